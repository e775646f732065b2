"""What differs between two site designs and between two standard designs, in words."""

from dataclasses import replace

import pytest

from designs.apply import apply
from designs.compare import compare, touched
from designs.compare_designs import compare_designs
from designs.library import EXAMPLE_SITES, find_design, parse_site, read_site_file
from designs.model import Circuit, SiteDesign
from designs.site_text import site_text_of, with_as_built, with_revision
from designs.study import study

SITE = read_site_file(EXAMPLE_SITES / "hotel-seeblick.yaml")
DESIGN = find_design(SITE.design, revision=SITE.design_revision)


@pytest.fixture(scope="module")
def before() -> SiteDesign:
    return apply(DESIGN, SITE)


def changed(design: SiteDesign, **circuits: Circuit) -> SiteDesign:
    """Return the design with some circuits in the place of those with their tags."""
    lines = tuple(circuits.get(each.tag, each) for each in design.one_line.circuits)
    return replace(design, one_line=replace(design.one_line, circuits=lines))


def test_nothing_differs_from_itself(before):
    found = compare((before, None), (before, None))
    assert found.same
    assert found.sentences() == ()
    assert touched(found, before.one_line) == {}


def test_changed_affected_and_untouched_are_told_apart_with_figures(before):
    f03 = before.one_line.circuit("F03")
    thick = replace(f03.cable, equipment="cu-xlpe-5g16", area_mm2=16, pe_area_mm2=16, length_m=99.0)
    shared = before.one_line.circuit("F04")
    crowded = replace(shared, cable=replace(shared.cable, grouped_circuits=5))
    after = changed(before, F03=replace(f03, cable=thick), F04=crowded)
    found = {each.tag: each for each in compare((before, study(before)), (after, study(after))).tags}
    assert found["F03"].status == "changed"
    assert found["F03"].changes == (
        "cable Cu XLPE 5G10 → Cu XLPE 5G16",
        f"length {f03.cable.length_m:g} → 99 m",
    )
    assert any(each.startswith("Zs expected 0.") and each.endswith(" Ω") for each in found["F03"].effects)
    assert found["F04"].status == "affected"
    assert found["F04"].effects[0] == f"grouping {shared.cable.grouped_circuits} → 5 circuits"
    assert found["CH03"].status == "affected"
    assert found["F02"].status == "untouched"
    assert found["MSB"].status == "untouched"


def test_new_and_removed_tags_are_named(before):
    planless = replace(before, layout=None)
    tag = before.one_line.stations[0].tag
    fewer = replace(planless, one_line=replace(before.one_line, stations=before.one_line.stations[1:]))
    assert [each.tag for each in compare((planless, None), (fewer, None)).of("removed")] == [tag]
    assert [each.tag for each in compare((fewer, None), (planless, None)).of("new")] == [tag]


def test_a_length_touches_no_record_and_a_device_reaches_what_it_feeds(before):
    main = before.one_line.circuits[0]
    longer = changed(before, **{main.tag: replace(main, cable=replace(main.cable, length_m=1.0))})
    assert touched(compare((before, None), (longer, None)), longer.one_line) == {}
    device = replace(main.device, equipment="another", rated_current_a=63.0)
    other = changed(before, **{main.tag: replace(main, device=device)})
    reached = touched(compare((before, None), (other, None)), other.one_line)
    assert reached[main.tag].scope == "all"
    assert reached[main.target].scope == "tests"
    assert {reached[tag].scope for tag in ("F03", "CH03")} == {"path"}
    assert reached["F03"].reason.startswith(f"The path to it changed: {main.tag}: device ")


def test_standard_designs_are_compared_by_parameter_range_element_and_key():
    first, *rest = DESIGN.parameters
    stations = DESIGN.one_line.stations[0]
    later = replace(
        DESIGN,
        revision=DESIGN.revision + 1,
        parameters=(replace(first, maximum=99), *rest[1:]),
        ranges=DESIGN.ranges[:-1],
        one_line=replace(DESIGN.one_line, stations=({**stations, "title": "Post"},), switchboards=()),
        checklists=DESIGN.checklists[:1],
    )
    said = compare_designs(DESIGN, later)
    assert f"revision: {DESIGN.revision} → {DESIGN.revision + 1}" in said
    assert f"parameter {first.key}: maximum: {first.maximum:g} → 99" in said
    assert f"parameter {rest[0].key} removed" in said
    assert f"range {DESIGN.ranges[-1].name} removed" in said
    assert f"one-line, stations {stations['tag']}: title: {stations['title']} → Post" in said
    assert any(each.startswith("one-line, switchboards ") and each.endswith(" removed") for each in said)
    assert any(each.startswith("checklists: [") for each in said)
    assert compare_designs(DESIGN, DESIGN) == ()


def test_a_site_file_written_from_its_values_gives_the_same_design(before):
    text = site_text_of(before)
    assert apply(DESIGN, parse_site(text)) == before


def test_a_site_file_keeps_its_comments_when_a_revision_or_a_deviation_is_put_in():
    text = "# ours\nname: A\ndesign: x\nparameters: {stations: 4}  # four\n"
    revised = with_revision(text, 2)
    assert revised == "# ours\nname: A\ndesign: x\ndesign_revision: 2\nparameters: {stations: 4}  # four\n"
    assert with_revision(revised, None) == text
    built = with_as_built(text, {"F03": {"length_m": 31}})
    assert built == text + "as_built:\n  F03:\n    length_m: 31\n"
    again = with_as_built(built, {"F03": {"cable": "c"}, "F01": {"rcd": "none"}})
    assert again.endswith("as_built:\n  F03:\n    length_m: 31\n    cable: c\n  F01:\n    rcd: none\n")
    braces = "{name: A, design: x, parameters: {}}"
    assert "length_m: 31" in with_as_built(braces, {"F03": {"length_m": 31}})
    assert "design_revision: 2" in with_revision(braces, 2)
