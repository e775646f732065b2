"""The drawing: complete, accessible, self-contained, deterministic, and within its sheet."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from designs.apply import apply
from designs.drawing import drawings, one_line_svg, thumbnail_svg
from designs.library import EXAMPLE_SITES, find_design, read_site_file
from designs.model import SiteDesign, Study
from designs.study import study

Make = Callable[..., SiteDesign]
SVG = "{http://www.w3.org/2000/svg}"
#: All that browsers and WeasyPrint draw alike, without style sheets, scripts or references.
ALLOWED = {"svg", "g", "title", "desc", "line", "rect", "circle", "ellipse", "path", "text"}


@pytest.fixture(scope="module")
def drawing(hotel: SiteDesign, hotel_study: Study) -> str:
    return one_line_svg(hotel, hotel_study)


def words(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_tag_rating_cable_and_address_is_on_the_sheet(hotel: SiteDesign, drawing: str) -> None:
    said = words(drawing)
    joined = "\n".join(said)
    for tag in (
        "PM0",
        "PM1",
        "PM2",
        "PM3",
        *(f"CH{n:02}" for n in range(1, 13)),
        *(f"F{n:02}" for n in range(1, 13)),
    ):
        assert tag in said
    for word in (
        "B40 4P",
        "10 kA",
        "RCD A 40 A",
        "5G10",
        "152 m (S)",
        "CT 150/5 A",
        "192.168.40.11:502 · unit 3",
        "SPD",
    ):
        assert word in said
    assert "MCCB Ir 250 A" in joined
    assert "Ik max 10 kA" in joined
    assert "4×150+PE 95 mm² Cu XLPE · 18 m (S) · E" in said


def test_study_results_stand_under_their_station(hotel_study: Study, drawing: str) -> None:
    said = words(drawing)
    assert "0.595" in said
    assert "0.86 kA" in said
    assert "5.21" in said
    assert hotel_study.circuit("F12").zs_expected_cold_ohm == pytest.approx(0.5954, abs=0.001)


def test_a_figure_that_a_rule_doubts_bears_its_sign(make_design: Make) -> None:
    long = make_design(per_station={4: {"length": "250 m"}})
    found = study(long)
    said = words(one_line_svg(long, found))
    assert "voltage_drop" in {finding.code for finding in found.findings if finding.tag == "F04"}
    assert f"{found.circuit('F04').voltage_drop_total_percent:.2f} ▲" in said
    assert any("voltage drop to CH04" in each for each in said)


def test_a_site_of_the_first_revision_still_draws_on_one_sheet() -> None:
    site = read_site_file(EXAMPLE_SITES / "hotel-seeblick.yaml")
    first = apply(find_design("destination-ac", revision=1), site)
    (sheet,) = drawings(first)
    assert sheet.name == "one-line-1"
    assert {"CH01", "CH12", "PM3", "152 m · D1", "CT 150/5 A", "1 of 1"} <= set(words(sheet.svg))


def test_without_a_study_nothing_is_claimed(hotel: SiteDesign) -> None:
    said = words(one_line_svg(hotel))
    assert "not studied" in said
    assert not any("Zs" in each and "Ω" in each and "cold ≤" in each for each in said)
    assert "Findings of the study" not in said
    assert "CH12" in said


def test_a_refused_design_says_so_without_relying_on_colour(make_design: Make) -> None:
    wrong = make_design(station_device="mcb-b40-6ka")
    said = words(one_line_svg(wrong, study(wrong)))
    assert any(each.startswith("■ refused") for each in said)
    assert "6 kA ■" in said


def test_the_picture_is_accessible_and_safe_to_embed(drawing: str, hotel: SiteDesign) -> None:
    for svg in (drawing, thumbnail_svg(hotel)):
        root = ET.fromstring(svg)
        assert {node.tag.removeprefix(SVG) for node in root.iter()} <= ALLOWED
        names = {name for node in root.iter() for name in node.attrib}
        assert not any(name.startswith("on") or name.endswith(("href", "}base")) for name in names)
        assert names.isdisjoint({"style", "class", "id"})
        assert root.attrib["role"] == "img"
        assert root[0].tag == f"{SVG}title"
        for group in root.iter(f"{SVG}g"):
            assert [child.tag.removeprefix(SVG) for child in group[:2]] == ["title", "desc"]
            assert group[0].text
            assert group[1].text


def test_text_stays_text_in_the_named_font(drawing: str) -> None:
    root = ET.fromstring(drawing)
    fonts = {node.attrib["font-family"] for node in root.iter(f"{SVG}text")}
    assert fonts == {"DejaVu Sans, Arial, sans-serif"}
    sizes = [float(node.attrib["font-size"]) for node in root.iter(f"{SVG}text")]
    assert min(sizes) / 4 >= 2.2


def test_the_sheet_is_a3_landscape_and_scales(drawing: str, make_design: Make) -> None:
    for svg in (drawing, one_line_svg(make_design())):
        root = ET.fromstring(svg)
        width, height = (float(each) for each in root.attrib["viewBox"].split()[2:])
        assert width / height == pytest.approx(420 / 297, rel=0.001)
        assert "width" not in root.attrib


SITES: list[dict[str, object]] = [
    {"stations": 4},
    {"stations": 12},
    {"stations": 12, "group_size": 1},
    {"stations": 9, "group_size": 2, "earthing": "TT", "supply_ze": 80, "own_transformer": True},
    {
        "stations": 12,
        "station_type": "alfen-eve-double-pro",
        "station_device": "mcb-b63-10ka",
        "station_rcd": "rcd-b-63-30ma",
    },
    {
        "stations": 5,
        "main_device": "gg-nh-250",
        "network": "192.168.140",
        "addresses": {"CH05": {"port": 65535, "unit": 255}},
    },
]


@pytest.mark.parametrize("parameters", SITES, ids=lambda p: " ".join(map(str, p.values())))
def test_no_text_overlaps_another_or_leaves_the_sheet(
    make_design: Make, parameters: dict[str, object]
) -> None:
    made = make_design(**parameters)
    root = ET.fromstring(one_line_svg(made, study(made)))
    width, height = (float(each) for each in root.attrib["viewBox"].split()[2:])
    boxes = [extent(node) for node in root.iter(f"{SVG}text")]
    for left, top, right, bottom, said in boxes:
        assert left >= 16, said
        assert right <= width - 16, said
        assert top >= 16, said
        assert bottom <= height - 16, said
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


def extent(node: ET.Element) -> tuple[float, float, float, float, str]:
    """Return the rectangle of a text in DejaVu Sans: 0.56 em a character, 0.62 in bold, 0.73 em high."""
    said = node.text or ""
    size = float(node.attrib["font-size"])
    wide = len(said) * size * (0.62 if "font-weight" in node.attrib else 0.56)
    x, y = float(node.attrib["x"]), float(node.attrib["y"])
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[node.attrib["text-anchor"]]
    return left, y - 0.73 * size, left + wide, y + 0.1 * size, said


def test_the_same_input_gives_the_same_bytes(hotel: SiteDesign, hotel_study: Study, drawing: str) -> None:
    assert one_line_svg(hotel, hotel_study) == drawing
    assert one_line_svg(hotel, study(hotel)) == drawing
    assert thumbnail_svg(hotel) == thumbnail_svg(hotel)


def test_names_can_not_break_out_of_the_picture(hotel: SiteDesign, hotel_study: Study) -> None:
    name = "<script>alert('&\"')</script>\x00\x1b" + "W" * 300
    evil = replace(hotel, parameters=replace(hotel.parameters, name=name, address=name))
    for svg in (one_line_svg(evil, hotel_study), thumbnail_svg(evil)):
        root = ET.fromstring(svg)
        assert root[0].text is not None
        assert "alert('&\"')" in root[0].text
        assert "<script" not in svg


def test_weasyprint_draws_every_word(hotel: SiteDesign, drawing: str, tmp_path: Path) -> None:
    weasyprint = pytest.importorskip("weasyprint")
    pikepdf = pytest.importorskip("pikepdf")
    page = "<style>@page{size:420mm 297mm;margin:0}svg{width:420mm;height:297mm}</style>"
    target = tmp_path / "a3.pdf"
    weasyprint.HTML(string=f"<html lang='en'><title>x</title>{page}<body>{drawing}</body></html>").write_pdf(
        target
    )
    with pikepdf.open(target) as document:
        box = [float(each) for each in document.pages[0].mediabox]
        assert len(document.pages) >= 1
        assert box[2] / box[3] == pytest.approx(420 / 297, rel=0.01)
        fonts = {str(font["/BaseFont"]) for font in document.pages[0]["/Resources"]["/Font"].values()}
    assert any(re.search("DejaVu", font) for font in fonts)
