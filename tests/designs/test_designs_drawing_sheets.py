"""Sites of every size and kind on as many sheets as they need: complete, referenced both ways, legible."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from designs.drawing import Drawing, drawings, one_line_svg, thumbnail_svg
from designs.model import OneLine, SiteDesign, Transformer
from tests.designs import drawing_sites as sites

SVG = "{http://www.w3.org/2000/svg}"
Extent = tuple[float, float, float, float, str]


def two_transformers() -> SiteDesign:
    """A supply that feeds two transformers, each with its own board."""
    made = sites.hub()
    second = replace(sites.TR1, tag="TR2", title="Second transformer")
    board = replace(made.one_line.switchboards[0], tag="MSB2", title="Second switchboard")
    extra = (
        sites.circuit("G00", "TR2", "MSB2", sites.ACB, 12, 300),
        sites.circuit("G01", "MSB2", "CH90", sites.MCCB, 20, 185),
    )
    one_line = replace(
        made.one_line,
        transformers=(*made.one_line.transformers, second),
        switchboards=(*made.one_line.switchboards, board),
        circuits=(*made.one_line.circuits, *extra),
        stations=(*made.one_line.stations, sites.station(90, "DC")),
    )
    return replace(made, one_line=one_line)


def wide_board() -> SiteDesign:
    """Thirty stations straight on the main switchboard, each with a meter within its group's meter."""
    circuits = [sites.circuit("F00", "GRID", "MSB", sites.MCCB, 12, 95)]
    circuits += [sites.circuit(f"F{n:02}", "MSB", f"CH{n:02}") for n in range(1, 31)]
    meters = [sites.meter("PM0", "MSB", ("F00",))]
    groups = {start: tuple(f"F{n:02}" for n in range(start, start + 6)) for start in range(1, 31, 6)}
    meters += [sites.meter(f"PM{start}", "MSB", seen, 250) for start, seen in groups.items()]
    meters += [sites.meter(f"PM{100 + n}", "MSB", (f"F{n:02}",), 63) for n in range(1, 31)]
    depot = sites.depot(1, 1).one_line
    one_line = OneLine(
        sites.LV, (), depot.switchboards[:1], tuple(sites.station(n) for n in range(1, 31)), tuple(meters),
        tuple(circuits),
    )  # fmt: skip
    return sites.site(one_line, "Market Hall")


SITES: dict[str, Callable[[], SiteDesign]] = {
    "depot": sites.depot,
    "hub": sites.hub,
    "riser": sites.riser,
    "high riser": lambda: sites.riser(12, 5),
    "curbside": sites.curbside,
    "two transformers": two_transformers,
    "wide board": wide_board,
    "depot with a plan": sites.laid_depot,
    "large plan": sites.laid_large,
}


@pytest.fixture(scope="module", params=SITES)
def drawn(request: pytest.FixtureRequest) -> tuple[SiteDesign, tuple[Drawing, ...]]:
    design = SITES[request.param]()
    return design, drawings(design, sites.studied(design))


def words(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def tags(one_line: OneLine) -> Iterator[str]:
    yield from one_line.nodes()
    for group in (
        one_line.circuits, one_line.meters, one_line.emergency_stops, one_line.controllers, one_line.network,
    ):  # fmt: skip
        yield from (each.tag for each in group)


def test_every_tag_is_written_out_on_some_sheet(drawn: tuple[SiteDesign, tuple[Drawing, ...]]) -> None:
    design, sheets = drawn
    said = {
        word
        for sheet in sheets
        if sheet.name.startswith("one-line")
        for text in words(sheet.svg)
        for word in text.split()
    }
    assert [tag for tag in tags(design.one_line) if tag not in said] == []


def test_every_reference_leads_to_a_sheet_that_refers_back(
    drawn: tuple[SiteDesign, tuple[Drawing, ...]],
) -> None:
    _, sheets = drawn
    pages = {sheet.name: words(sheet.svg) for sheet in sheets if sheet.name.startswith("one-line")}
    onward: dict[str, set[str]] = {}
    for name, said in pages.items():
        onward[name] = {
            f"one-line-{found[1]}" for text in said if (found := re.search(r"→ page (\d+)", text))
        }
    assert set().union(*onward.values()) <= set(pages)
    for name, said in pages.items():
        back = {f"one-line-{found[1]}" for text in said if (found := re.search(r"from .*page (\d+)", text))}
        assert back <= set(pages)
        assert all(name in onward[before] for before in back), name
        assert back or name == "one-line-1", f"no way leads to {name}"


def test_texts_keep_off_one_another_and_stay_on_the_sheet(
    drawn: tuple[SiteDesign, tuple[Drawing, ...]],
) -> None:
    for sheet in drawn[1]:
        boxes = [extent(node) for node in ET.fromstring(sheet.svg).iter(f"{SVG}text")]
        off = [box[4] for box in boxes if box[0] < 16 or box[1] < 16 or box[2] > 1664 or box[3] > 1172]
        assert off == [], sheet.name
        over = [
            (one[4], other[4])
            for one, other in combinations(sorted(boxes), 2)
            if one[2] > other[0] and other[2] > one[0] and one[3] > other[1] and other[3] > one[1]
        ]
        assert over == [], sheet.name


def extent(node: ET.Element) -> Extent:
    """Return the rectangle of a text in DejaVu Sans: 0.54 em a character, 0.6 in bold, 0.7 em high."""
    said = node.text or ""
    size = float(node.attrib["font-size"])
    wide = len(said) * size * (0.6 if "font-weight" in node.attrib else 0.54)
    x, y = float(node.attrib["x"]), float(node.attrib["y"])
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[node.attrib["text-anchor"]]
    return left, y - 0.7 * size, left + wide, y + 0.1 * size, said


def test_no_text_is_smaller_than_two_millimetres_on_a3(drawn: tuple[SiteDesign, tuple[Drawing, ...]]) -> None:
    for sheet in drawn[1]:
        root = ET.fromstring(sheet.svg)
        assert root.attrib["viewBox"] == "0 0 1680 1188"
        assert min(float(node.attrib["font-size"]) for node in root.iter(f"{SVG}text")) / 4 >= 2


def test_every_symbol_has_a_title_and_a_description(drawn: tuple[SiteDesign, tuple[Drawing, ...]]) -> None:
    for sheet in drawn[1]:
        root = ET.fromstring(sheet.svg)
        groups = [node for node in root.iter(f"{SVG}g") if node.attrib.get("role") == "img"]
        assert len(groups) > 5
        for group in (root, *groups):
            assert [child.tag.removeprefix(SVG) for child in group[:2]] == ["title", "desc"]
            assert group[0].text
            assert group[1].text
            assert group.attrib["aria-label"] == group[0].text


def test_sheets_read_the_same_in_grey(drawn: tuple[SiteDesign, tuple[Drawing, ...]]) -> None:
    for sheet in drawn[1]:
        for node in ET.fromstring(sheet.svg).iter():
            for value in (node.attrib.get("fill", "none"), node.attrib.get("stroke", "none")):
                if value == "none" or is_nearly_grey(value):
                    continue
                # The only colours there are belong to words that carry a sign.
                said = node.text or ""
                assert "▲" in said or "■" in said, (value, said)


def is_nearly_grey(color: str) -> bool:
    parts = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return max(parts) - min(parts) <= 8


def test_every_sheet_names_itself_and_the_same_input_gives_the_same_bytes(
    drawn: tuple[SiteDesign, tuple[Drawing, ...]],
) -> None:
    design, sheets = drawn
    assert drawings(design, sites.studied(design)) == sheets
    assert sheets[0].svg == one_line_svg(design, sites.studied(design))
    names = [sheet.name for sheet in sheets]
    pages = [name for name in names if name.startswith("one-line")]
    assert pages == [f"one-line-{n}" for n in range(1, len(pages) + 1)]
    assert len(set(names)) == len(names)
    for number, sheet in enumerate(sheets[: len(pages)], start=1):
        said = words(sheet.svg)
        assert f"{number} of {len(pages)}" in said
        assert design.parameters.name in said
        assert any(design.design.id in text and design.design.digest[:16] in text for text in said)


def test_small_sites_need_one_sheet_and_large_ones_an_overview() -> None:
    assert [sheet.name for sheet in drawings(sites.curbside())] == ["one-line-1"]
    assert [sheet.name for sheet in drawings(sites.hub())] == ["one-line-1"]
    sheets = drawings(sites.depot(), sites.studied(sites.depot()))
    assert len(sheets) == 6
    overview = words(sheets[0].svg)
    assert {"DB1", "DB5", "BAT1", "PV1", "OFFICE", "TR1  Own transformer"} <= set(overview)
    assert "→ page 6" in overview
    assert "from MSB, page 1" in words(sheets[5].svg)
    assert {f"CH{n}" for n in range(49, 61)} <= set(words(sheets[5].svg))


def test_a_wide_main_board_begins_with_its_groups() -> None:
    sheets = drawings(wide_board(), sites.studied(wide_board()))
    assert {"F01–F06", "CH01–CH06", "→ page 2"} <= set(words(sheets[0].svg))
    assert "6× B40 4P" in {text.replace("\xa0", " ") for text in words(sheets[0].svg)}
    assert {"PM1", "PM101", "PM112"} <= set(words(sheets[1].svg))


def test_what_stands_beside_each_part() -> None:
    design = sites.depot()
    joined = "\n".join(text for sheet in drawings(design, sites.studied(design)) for text in words(sheet.svg))
    for said in (
        "Ik max 12.5 kA (S″k 433 MVA) · R/X 0.1", "Import limit 46 A per phase, 4 A kept free",
        "1600 kVA · 20 kV / 410 V · Dyn5", "uk 6 % · Pk 14.5 kW", "loaded 138 %, managed 79 %",
        "F00  ACB Ir 2300 A 4P · 65 kA", "60 m (L)", "19 m (S)", "CT 2500/5 A", "2×300 kW", "CCS2", "400 kWh",
        "opens Q1–Q5", "controls CH01–CH60, BAT1", "without communication 6 A per station", "SPD", "L2L3L1",
    ):  # fmt: skip
        assert said in joined, said


def test_single_phase_points_name_their_phase() -> None:
    said = words(drawings(sites.curbside())[0].svg)
    assert [text for text in said if text in ("L1", "L2", "L3")] == ["L2", "L3", "L1", "L2"]
    assert said.count("3G6") == 4


def test_figures_that_were_not_computed_are_dashes_never_zeros() -> None:
    design = replace(sites.curbside(), one_line=replace(sites.curbside().one_line, rule_set="nec"))
    said = words(one_line_svg(design, sites.studied(design, computed=False)))
    assert "32 / 40 / –" in said
    assert said.count("–") >= 8
    assert not any(text in ("0", "0.00", "0 kA", "0 A") for text in said)
    assert any("not computed" in text for text in said)


HOSTILE = "<script>alert('&\"')</script>\x00\x1b\x85\u202egnp.exe\u2066 漢字🔥 " + "W" * 200


def test_hostile_names_stay_words_on_the_sheet() -> None:
    made = sites.laid_hub()
    one_line = replace(
        made.one_line,
        supply=replace(made.one_line.supply, title=HOSTILE),
        transformers=tuple(named(each) for each in made.one_line.transformers),
        switchboards=tuple(replace(each, title=HOSTILE, spd=HOSTILE) for each in made.one_line.switchboards),
        stations=tuple(replace(each, title=HOSTILE, equipment=HOSTILE) for each in made.one_line.stations),
        emergency_stops=tuple(replace(each, title=HOSTILE) for each in made.one_line.emergency_stops),
    )
    assert made.layout is not None
    layout = replace(made.layout, items=tuple(replace(each, title=HOSTILE) for each in made.layout.items))
    parameters = replace(made.parameters, name=HOSTILE, address=HOSTILE)
    design = replace(made, one_line=one_line, layout=layout, parameters=parameters)
    for svg in (*(sheet.svg for sheet in drawings(design, sites.studied(design))), thumbnail_svg(design)):
        root = ET.fromstring(svg)
        assert "<script" not in svg
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", svg)
        boxes = [extent(node) for node in root.iter(f"{SVG}text")]
        assert [box[4] for box in boxes if box[2] > 1672 or box[0] < 8] == []


def named(part: Transformer) -> Transformer:
    return replace(part, title=HOSTILE, equipment=HOSTILE)


def test_the_small_picture_tells_the_kinds_apart() -> None:
    depot, street = thumbnail_svg(sites.depot()), thumbnail_svg(sites.curbside())
    described = ET.fromstring(depot)[1].text or ""
    assert (
        described
        == "60 charging stations in 4 groups, 4 of them DC, with transformer, with storage, with PV."
    )
    assert ET.fromstring(street)[1].text == "4 charging stations in 4 groups."
    assert depot.count('fill="#6b6b6b"') == 4
    assert "#6b6b6b" not in street
