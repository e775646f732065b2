"""The layout plan: to scale, everything on it, labels legible, cut into parts only where that is needed."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from designs.drawing import drawings
from designs.drawing.plan import layout_sheets
from designs.drawing.plan_clip import Part, lines, outline
from designs.model import Layout, LayoutItem, Point
from tests.designs import drawing_sites as sites

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def titles(svg: str) -> dict[str, str]:
    found = (node for node in ET.fromstring(svg).iter(f"{SVG}g") if node.attrib.get("role") == "img")
    return {str(node[0].text): str(node[1].text) for node in found}


def test_a_site_without_a_plan_has_no_layout_sheet() -> None:
    assert layout_sheets(sites.hub()) == ()
    assert [sheet.name for sheet in drawings(sites.laid_hub())] == ["one-line-1", "layout"]


def test_everything_on_the_plan_is_drawn_and_named() -> None:
    design = sites.laid_hub()
    sheet = layout_sheets(design, sites.studied(design))[0]
    said, drawn = words(sheet.svg), titles(sheet.svg)
    assert design.layout is not None
    for item in design.layout.items:
        assert f"{item.tag} {item.title}" in drawn
    for route in design.layout.routes:
        assert drawn[f"Cable route of {route.circuit}"].startswith(f"{route.length_m:g} m")
        assert any(text.startswith(f"{route.circuit} {route.length_m:g} m") for text in said)
    assert {"CH01", "MSB Main switchboard", "TR1 Transformer station", "ES1", "BAY06", "SG1 Sign"} <= set(
        said
    )
    assert "DU1 trench · 6 ways · 0.6 m cover" in said
    assert drawn["North"] == "20° clockwise from up."
    assert "Scale 1:125" in drawn
    assert "Legend" in drawn


def test_the_plan_is_to_the_scale_it_names() -> None:
    design = sites.laid_hub()
    sheet = ET.fromstring(layout_sheets(design)[0].svg)
    frame = next(
        node for node in sheet.findall(f"{SVG}rect") if node.attrib["width"] == f"{40 * 4000 / 125:g}"
    )
    assert float(frame.attrib["height"]) == pytest.approx(26 * 4000 / 125)


def test_every_one_of_sixty_stations_is_labelled_with_its_cable() -> None:
    design = sites.laid_depot()
    sheets = layout_sheets(design, sites.studied(design))
    said = [text for sheet in sheets for text in words(sheet.svg)]
    assert [tag for tag in (f"CH{n:02}" for n in range(1, 61)) if tag not in said] == []
    assert [n for n in range(1, 61) if not any(text.startswith(f"F{n:02} ") for text in said)] == []


def test_a_large_crowded_plan_is_cut_into_parts_that_show_everything_once() -> None:
    design = sites.laid_large()
    whole, *parts = layout_sheets(design, sites.studied(design))
    assert [part.name for part in parts] == [f"layout-{n}" for n in range(1, len(parts) + 1)]
    assert 1 < len(parts) <= 5
    for number in range(1, len(parts) + 1):
        assert f"→ part {number}, page {number + 1}" in words(whole.svg)
    said = [text for part in parts for text in words(part.svg)]
    assert [tag for tag in (f"CH{n:02}" for n in range(1, 61)) if said.count(tag) != 1] == []


def test_a_plan_of_nothing_but_a_thing_outside_it_still_draws() -> None:
    item = LayoutItem("CH01", "station", "Far away", 500, -3, 0.6, 0.4)
    design = replace(sites.hub(), layout=Layout(20, 10, (item,)))
    (sheet,) = layout_sheets(design)
    assert "CH01 Far away" not in titles(sheet.svg)


def test_lines_and_outlines_are_cut_at_the_edge_of_a_part() -> None:
    part = Part(0, 0, 10, 10)
    assert lines((Point(-5, 5), Point(15, 5)), part) == [(Point(0, 5), Point(10, 5))]
    assert lines((Point(-5, -5), Point(-1, 20)), part) == []
    assert len(lines((Point(5, 5), Point(20, 5), Point(20, 8), Point(5, 8)), part)) == 2
    square = (Point(8, 8), Point(14, 8), Point(14, 14), Point(8, 14))
    assert set(outline(square, part)) == {Point(8, 8), Point(10, 8), Point(10, 10), Point(8, 10)}
    assert outline(tuple(Point(each.x_m + 20, each.y_m) for each in square), part) == ()
