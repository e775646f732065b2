import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from checklists.errors import GenerationError, TemplateError
from checklists.generate import generate
from checklists.library import BUILT_IN, load_library, load_templates
from checklists.model import Item
from checklists.schema import dump_checklist
from checklists.template_model import Library
from checklists.template_schema import parse_template, read_template

SAFETY = {
    "pe-continuity",
    "insulation-resistance",
    "polarity",
    "loop-impedance",
    "rcd-trip-time",
    "rdc-dd-trip",
    "emergency-stop",
    "earth-electrode-resistance",
    "open-pen-protection",
    "proved-dead",
    "energise-permission",
    "protective-device-nameplate",
    "prospective-fault-current",
    "state-a-no-voltage",
}

ONE = """
id: extra-checks
section: inspection
title: Extra checks
steps:
  - id: bollard
    for_each: station
    title: Bollard at {{ station.tag }}
    instruction: Push.
    criterion: {kind: equals, values: ["yes"]}
    limit_source: Site rule
    clause: Site rule
"""


def items_of(site_and_study, **options) -> dict[str, Item]:
    return {item.key: item for each in generate(*site_and_study, **options) for item in each.items}


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.yaml")), ids=lambda path: path.name)
def test_every_built_in_template_loads_and_every_step_says_where_its_limit_comes_from(path: Path):
    template = read_template(path)
    assert template.id == path.stem
    assert template.steps
    assert all(step.limit_source and step.clause for step in template.steps)


def test_limits_come_from_the_study_of_that_very_circuit(small_site):
    items = items_of(small_site)
    assert items["loop-impedance@F03"].criterion.maximum == "0.76"
    assert items["loop-impedance@F03"].limit_text == "≤ 0.76 Ω"
    assert "2/3" in items["loop-impedance@F03"].limit_source
    assert items["insulation-resistance@F03"].limit_text == "≥ 1.0 MΩ"
    assert items["pe-continuity@F01"].criterion.maximum == "0.13"  # 0.0704 · 1.2 + 0.05, rounded down
    assert items["pe-continuity@F04"].criterion.maximum == "0.17"  # 0.1004 · 1.2 + 0.05, rounded down
    assert items["supply-voltage@MSB"].limit_text == "207 to 253 V"
    assert items["rcd-trip-time@F02"].limit_text == "≤ 300 ms"
    assert items["prospective-fault-current@MSB"].limit_text == "≤ 10.0 kA"
    assert items["rdc-dd-trip@CH02.1"].limit_text == "≤ 10 s"
    assert items["voltage-distortion@PM0"].limit_text == "THD ≤ 8 %"
    assert items["load-management-limit@GRID"].limit_text == "≤ 100 A"


def test_a_limit_is_never_looser_than_the_study(small_site):
    _, study = small_site
    for item in items_of(small_site).values():
        if item.step == "loop-impedance":
            assert Decimal(item.criterion.maximum) <= Decimal(str(study.circuit(item.tag).zs_permitted_ohm))


def test_steps_stand_where_they_apply_and_nowhere_else(small_site, british_site):
    items = items_of(small_site)
    assert "rcd-trip-time@F00" not in items  # the main circuit has no RCD
    assert "rcd-dc-trip-current@F01" not in items  # only type B
    assert "meter-balance@PM0" in items
    assert "meter-balance@PM1" not in items
    assert "open-pen-protection@GRID" not in items
    assert "open-pen-protection@GRID" in items_of(british_site)
    assert {item.tag for item in items.values() if item.step == "pp-coding"} == {
        f"CH0{n}.1" for n in range(1, 5)
    }


def test_a_tt_site_is_asked_for_its_electrode(small_site):
    design, study = small_site
    supply = replace(design.one_line.supply, earthing="TT", ze_ohm=41.287)
    site = replace(design, one_line=replace(design.one_line, supply=supply))
    electrode = items_of((site, study))["earth-electrode-resistance@GRID"]
    assert electrode.limit_text == "≤ 41.28 Ω"
    assert electrode.safety
    assert "earth-electrode-resistance@GRID" not in items_of(small_site)


def test_safety_steps_are_marked_and_only_they_forbid_a_concession(small_site, british_site):
    steps = {step.id: step for template in load_templates().values() for step in template.steps}
    assert {each for each in SAFETY if steps[each].severity != "safety"} == set()
    assert steps["voltage-drop"].severity != "safety"
    assert steps["meter-wiring"].severity != "safety"


def test_no_site_is_energised_without_its_electrode_or_its_open_pen_protection(small_site):
    design, study = small_site
    for earthing, step in (("TT", "earth-electrode-resistance"), ("TN-C-S", "open-pen-protection")):
        line = replace(design.one_line, supply=replace(design.one_line.supply, earthing=earthing))
        items = items_of((replace(design, one_line=line), study))
        assert f"{step}@GRID" in items["energise-permission@MSB"].requires
        assert items[f"{step}@GRID"].safety


def test_the_inspection_asks_for_what_the_capacity_of_a_cable_rests_on(small_site):
    """Iz holds only as laid: circuits together, their distance, and single cores in parallel kept apart."""
    site, studied = small_site
    step = "cable-as-designed@F01"

    def asked(**changes: object) -> str:
        circuits = tuple(
            replace(each, cable=replace(each.cable, **changes)) if each.tag == "F01" else each
            for each in site.one_line.circuits
        )
        changed = replace(site, one_line=replace(site.one_line, circuits=circuits))
        return items_of((changed, studied))[step].instruction

    assert "method D1, at most 4 circuits together, parallel cables counted: look before" in asked()
    assert "counted, 0.25 m apart:" in asked(spacing="0.25 m")
    assert "at most 6 circuits together" in asked(parallel=6)
    assert "4 in parallel at a clear distance" in asked(method="F", parallel=4, grouped_circuits=1)
    assert "no other loaded cable beside it" in asked(grouped_circuits=1)
    assert "Laid by" not in asked(kind="busbar")


def test_the_settings_of_an_adjustable_device_are_checked(small_site):
    design, study = small_site
    device = replace(
        design.one_line.circuit("F00").device, kind="mccb", rated_current_a=250.0, instantaneous_a=1500.0
    )
    circuits = tuple(
        replace(each, device=device) if each.tag == "F00" else each for each in design.one_line.circuits
    )
    items = items_of((replace(design, one_line=replace(design.one_line, circuits=circuits)), study))
    read = items["protective-device-nameplate@F00"]
    assert "set to Ir 250 A, Ii 1250 A and no higher" in read.instruction  # Ia 1500 A = 1.2 · Ii
    assert "In 40 A" in items["protective-device-nameplate@F01"].instruction
    assert read.safety


def test_dead_tests_come_before_energising_and_energising_before_live_tests(small_site):
    items = items_of(small_site)
    permission = items["energise-permission@MSB"]
    circuit_steps = (
        "protective-device-nameplate", "pe-continuity", "r1-r2-continuity",
        "insulation-resistance", "polarity",
    )  # fmt: skip
    board_steps = (
        "barriers-covers", "board-terminations", "protective-bonding",
        "conductor-identification", "reconnected",
    )  # fmt: skip
    site_steps = ("earthing-system", "exposed-parts", "main-bonding-continuity")
    assert set(permission.requires) == {
        *(f"{step}@F0{n}" for step in circuit_steps for n in range(5)),
        *(f"{step}@MSB" for step in board_steps),
        *(f"{step}@GRID" for step in site_steps),
        *(f"station-terminations@CH0{n}" for n in range(1, 5)),
    }
    assert items["board-terminations@MSB"].requires == ("proved-dead@MSB",)
    assert items["loop-impedance@F03"].requires == ("energise-permission@MSB",)
    assert items["rcd-trip-time@F03"].requires == ("loop-impedance@F03",)
    assert items["state-c-charging@CH03.1"].requires == ("state-b-locked@CH03.1",)
    assert items["connector-pe-continuity@CH03.1"].requires == ("pe-continuity@F03",)
    assert all(key in items for item in items.values() for key in item.requires)


def test_the_nearest_board_is_the_one_that_counts(small_site):
    design, study = small_site
    line = design.one_line
    feeder = replace(line.circuit("F01"), tag="F99", source="MSB", target="SB1")
    circuits = tuple(replace(each, source="SB1") if each.tag == "F01" else each for each in line.circuits)
    boards = (*line.switchboards, replace(line.switchboards[0], tag="SB1"))
    design = replace(design, one_line=replace(line, switchboards=boards, circuits=(*circuits, feeder)))
    studied = replace(
        study,
        circuits=(*study.circuits, replace(study.circuit("F01"), tag="F99")),
        boards=(*study.boards, replace(study.board("MSB"), tag="SB1")),
    )
    items = items_of((design, studied))
    assert items["loop-impedance@F01"].requires == ("energise-permission@SB1",)
    assert items["state-a-no-voltage@CH01.1"].requires == (
        "energise-permission@SB1",
        "loop-impedance@F01",
        "connector-pe-continuity@CH01.1",
    )
    assert items["loop-impedance@F02"].requires == ("energise-permission@MSB",)


def test_no_item_requires_one_that_comes_after_it(small_site):
    order = {key: number for number, key in enumerate(items_of(small_site))}
    late = [
        (key, each)
        for key, item in items_of(small_site).items()
        for each in item.requires
        if order[each] >= order[key]
    ]
    assert late == []


def test_work_goes_place_by_place_in_the_order_of_the_template(small_site):
    dead = next(each for each in generate(*small_site) if each.template == "dead-tests")
    at_f01 = [item.step for item in dead.items if item.tag == "F01"]
    assert at_f01 == ["pe-continuity", "r1-r2-continuity", "insulation-resistance", "polarity"]
    tags = [item.tag for item in dead.items]
    assert tags == sorted(tags, key=tags.index)  # every place is visited once, not step by step


def test_the_same_input_gives_the_same_bytes_and_only_the_named_templates(small_site):
    design, study = small_site
    one, other = (json.dumps([dump_checklist(each) for each in generate(design, study)]) for _ in range(2))
    assert one == other
    named = replace(design, checklists=("live-tests", "inspection"))
    only = [each.id for each in generate(named, study, revision=3)]
    assert only.index("inspection-r3") < only.index("live-tests-r3")  # phases come in the order of work
    always = {each.id for each in load_templates().values() if each.always}
    assert {each.removesuffix("-r3") for each in only} <= always | {"live-tests", "inspection"}


def test_item_keys_are_unique(small_site):
    keys = [item.key for each in generate(*small_site) for item in each.items]
    assert len(keys) == len(set(keys))


def test_an_unknown_template_is_refused_with_those_that_exist(small_site):
    design, study = small_site
    with pytest.raises(GenerationError, match=r"no checklist template dc-tests; there are civil, "):
        generate(replace(design, checklists=("dc-tests",)), study)


def test_a_new_template_is_one_file_and_no_python(tmp_path, small_site):
    (tmp_path / "extra.yaml").write_text(ONE, encoding="utf-8")
    design, study = small_site
    design = replace(design, checklists=("extra-checks",))
    made = {each.template: each for each in generate(design, study, library=load_library(tmp_path))}
    assert [item.title for item in made["extra-checks"].items] == [f"Bollard at CH0{n}" for n in range(1, 5)]


def test_the_digest_follows_the_content_not_the_layout():
    plain = parse_template(ONE.encode(), "one.yaml")
    assert parse_template(("# remark\n" + ONE).encode(), "one.yaml").digest == plain.digest
    assert parse_template(ONE.replace("Push.", "Pull.").encode(), "one.yaml").digest != plain.digest


BROKEN = [
    (
        ("title: Extra checks", "title: Extra checks\ntitle: Twice"),
        "extra.yaml, line 5: the key title stands here twice",
    ),
    (
        ("for_each: station", "for_each: stations"),
        r"extra.yaml: steps\[0\].for_each \(step bollard\): must be one of",
    ),
    (("clause: Site rule", "clause: Site rule\n    colour: red"), "colour .*: is not known here; remove it"),
    (("    instruction: Push.\n", ""), r"instruction \(step bollard\): is missing"),
    (("{kind: equals", "{kind: equal"), r"criterion.kind \(step bollard\): must be one of"),
    (("station.tag", "station.__class__"), r"title \(step bollard\): the name __class__ is not allowed"),
    (("Push.", "'{% for x in y %}{% endfor %}'"), "for is not allowed"),
    (("id: bollard", "id: Bollard"), "is not a step id"),
    (("instruction: Push.", "instruction: [Push.]"), "must be a text"),
    (("title: Extra checks", "title: &a Extra"), None),
    (("title: Extra checks", "title: *a"), "alias is not allowed"),
    (
        ("section: inspection", "section: !!python/object:os.system inspection"),
        "could not determine a constructor",
    ),
    (
        ("limit_source: Site rule", "limit_source: Site rule\n    requires: [nothing]"),
        "requires nothing, which no template has",
    ),
    (("limit_source: Site rule", "limit_source: Site rule\n    when: station.tag"), None),
    (("id: bollard", "id: polarity"), "The step polarity stands in"),
    ((ONE, "- a list"), "must be an object with keys"),
    ((ONE, "steps: [" + "[" * 50), "extra.yaml"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN, ids=lambda part: str(part)[:40])
def test_a_broken_template_is_refused_with_file_key_and_remedy(tmp_path, change, message):
    (tmp_path / "extra.yaml").write_text(ONE.replace(*change), encoding="utf-8")
    if message is None:
        assert "extra-checks" in load_templates(tmp_path)
        return
    with pytest.raises(TemplateError, match=message) as refused:
        load_templates(tmp_path)
    assert "\n" not in str(refused.value)


def test_an_expression_that_fails_at_a_place_names_template_step_and_tag(small_site):
    design, study = small_site
    bad = parse_template(ONE.replace("station.tag", "station.tga").encode(), "one.yaml")
    with pytest.raises(GenerationError, match=r"extra-checks: step bollard at CH01: .*tga is not known here"):
        generate(
            replace(design, checklists=("extra-checks",)), study, library=Library({"extra-checks": bad}, {})
        )


def test_a_limit_that_is_no_number_is_refused(small_site):
    design, study = small_site
    criterion = '{kind: range, maximum: "{{ station.tag }}", unit: Ω}'
    source = ONE.replace('{kind: equals, values: ["yes"]}', criterion)
    bad = parse_template(source.encode(), "one.yaml")
    with pytest.raises(GenerationError, match=r"CH01: criterion: maximum: .CH01. is not a decimal number"):
        generate(
            replace(design, checklists=("extra-checks",)), study, library=Library({"extra-checks": bad}, {})
        )
