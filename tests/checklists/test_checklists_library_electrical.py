"""The library from survey to live tests: what is safe comes first, and every limit has a ground."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import designs
from checklists.generate import generate
from checklists.library import load_library
from checklists.model import Item
from designs.apply import apply
from designs.library import SiteInput, find_design, read_site_file
from designs.model import ResidualCurrentDevice, SiteDesign, Study, Transformer
from designs.study import study

SITES = sorted((Path(designs.__file__).parent / "sites").glob("*.yaml"))
SIZES = Path(__file__).parents[1] / "designs" / "sizes"
RULES = ("iec", "bs7671", "nec")
EVERY = [(path.stem, rules) for path in SITES for rules in RULES]
PHASES = ("survey", "civil", "inspection", "dead_tests", "energisation", "live_tests")
STEPS = {
    step.id: (template, step)
    for template in load_library().templates.values()
    for step in template.steps
    if template.section in PHASES
}
#: Each limit of these phases and what it rests on: a row of the published facts with how sure it is, the
#: design, the study, or our own rule. A row that is doubtful (L) may never stand here.
GROUNDS = {
    "grid-capacity": "design", "grid-capacity-mv": "design", "grid-declared": "design",
    "trench-cover": "design", "protection-settings": "design", "busbar-joints": "own, at least one",
    "earth-electrode-resistance": "design; D6 H", "main-bonding-continuity": "own",
    "pe-continuity": "own, study", "r1-r2-continuity": "own, study",
    "insulation-resistance": "IR2 H, IR4 H", "nec-insulation-resistance": "IR7 M, IR8 M",
    "selv-separation": "IR1 H", "supply-voltage": "Q2 H, Q11 M+",
    "prospective-fault-current": "design; K11 M+", "loop-impedance": "study: L2 M+, L4 H, D4 H",
    "rcd-trip-time": "3.2 H, R1 H", "rcd-trip-time-selective": "3.2 H, R1 H",
    "rcd-pulsating-trip-time": "3.2 M", "rcd-dc-trip-current": "3.2 H", "rcd-dc-trip-time": "3.2 M",
    "voltage-drop": "V1 H, V2 H, V3 H", "nec-voltage-drop": "N7 H",
    "open-pen-trip": "P4 H, P5 H", "open-pen-trip-upstream": "P4 H, P5 H",
    "nec-branch-circuit": "N1 H", "nec-interrupting-rating": "design; N9 M+",
}  # fmt: skip

Made = tuple[SiteDesign, dict[str, Item]]


@cache
def made(name: str, rules: str = "iec") -> Made:
    """Return an example site by one of the rule sets, with its items by key."""
    site = read_site_file(Path(designs.__file__).parent / "sites" / f"{name}.yaml")
    applied = apply(find_design(site.design), site)
    applied = replace(applied, one_line=replace(applied.one_line, rule_set=rules))
    return applied, items_of(applied, study(applied))


def items_of(applied: SiteDesign, studied: Study) -> dict[str, Item]:
    return {item.key: item for each in generate(applied, studied) for item in each.items}


def changed(site: tuple[SiteDesign, Study], **changes: Any) -> dict[str, Item]:
    applied, studied = site
    return items_of(replace(applied, one_line=replace(applied.one_line, **changes)), studied)


def with_circuit(site: tuple[SiteDesign, Study], tag: str, **changes: Any) -> dict[str, Item]:
    wires = site[0].one_line.circuits
    return changed(site, circuits=tuple(replace(it, **changes) if it.tag == tag else it for it in wires))


def steps_at(items: Mapping[str, Item], tag: str) -> set[str]:
    return {item.step for item in items.values() if item.tag == tag}


def before(items: Mapping[str, Item], key: str) -> set[str]:
    """Return every item that must have passed before this one, however far back."""
    found: set[str] = set()
    waiting = list(items[key].requires)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += items[each].requires
    return found


def limits(item: Item) -> Iterator[str]:
    """Yield the lowest and highest readings that an item or a column of it allows."""
    for criterion in (item.criterion, *(column.criterion for column in item.criterion.columns)):
        yield from (each for each in (criterion.minimum, criterion.maximum) if each is not None)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_says_who_how_long_and_where_its_limit_comes_from(step):
    template, found = STEPS[step]
    assert found.limit_source.strip()
    assert found.clause.strip()
    assert found.who or found.severity == "info"
    assert 1 <= found.minutes <= 120
    assert found.evidence != "document" or found.photos
    assert template.always or template.id in ("inspection", "dead-tests", "live-tests")


@pytest.mark.parametrize(("name", "rules"), EVERY)
def test_a_hard_limit_has_a_ground_and_none_of_them_is_doubtful(name, rules):
    _, items = made(name, rules)
    asked = {item.step for item in items.values() if item.section in PHASES and any(limits(item))}
    assert asked - set(GROUNDS) == set()
    assert [each for each in GROUNDS.values() if "⚠" in each or each.split(";")[0].endswith(" L")] == []


def test_figures_that_nobody_could_confirm_stay_information():
    doubtful = {
        ("m", "0.5"), ("m", "1.5"), ("m", "0.75"), ("m", "1.2"),  # height of an outlet, E9
        ("MΩ", "0.3"), ("ms", "999"), ("A", "1000"), ("A", "1200"),  # IR6, R3, N11
    }  # fmt: skip
    for name, rules in EVERY:
        for item in made(name, rules)[1].values():
            if item.section in PHASES and item.step not in ("protection-settings", "grid-capacity"):
                used = {(item.criterion.unit, each) for each in limits(item)}
                assert not used & doubtful, item.key


@pytest.mark.parametrize(("name", "rules"), EVERY)
def test_no_test_and_no_terminal_before_it_is_proved_dead(name, rules):
    _, items = made(name, rules)
    touched = ("board-terminations", "station-terminations", "busbar-joints", "protective-bonding")
    dead = [
        each
        for each in items.values()
        if (each.section == "dead_tests" and each.step != "transformer-insulation") or each.step in touched
    ]
    assert len(dead) > 20
    for item in dead:
        assert any(key.startswith("proved-dead@") for key in before(items, item.key)), item.key
    for key, item in items.items():
        if item.step == "proved-dead":
            assert "permit-to-work@GRID" in before(items, key)
            assert item.stops_work


@pytest.mark.parametrize(("name", "rules"), EVERY)
def test_the_permission_to_energise_reaches_every_safety_item_before_it(name, rules):
    _, items = made(name, rules)
    reached: set[str] = set()
    for key, item in items.items():
        if item.step == "energise-permission":
            reached |= before(items, key)
    wanted = {
        key for key, item in items.items() if item.safety and item.section in ("inspection", "dead_tests")
    }
    assert wanted - reached == set()
    assert len(wanted) > 10


@pytest.mark.parametrize(("name", "rules"), EVERY)
def test_nothing_live_is_measured_without_that_permission(name, rules):
    _, items = made(name, rules)
    live = [key for key, item in items.items() if item.section == "live_tests"]
    assert live
    for key in live:
        assert any(each.startswith("energise-permission@") for each in before(items, key)), key


def test_a_feeder_between_two_boards_waits_for_both():
    _, items = made("depot-hafen")
    assert set(items["pe-continuity@FB1"].requires) == {"proved-dead@MSB", "proved-dead@DB1"}
    assert set(items["loop-impedance@FB1"].requires) == {
        "energise-permission@MSB", "energise-permission@DB1",
    }  # fmt: skip


@pytest.mark.parametrize("rules", RULES)
def test_what_a_test_voltage_destroys_is_off_before_it_and_on_again_before_energising(rules):
    _, items = made("hotel-seeblick", rules)
    test = "nec-insulation-resistance@F03" if rules == "nec" else "insulation-resistance@F03"
    assert "insulation-preparation@MSB" in items[test].requires
    prepared = items["insulation-preparation@MSB"]
    assert prepared.stops_work
    assert "something is still connected" in set(prepared.criterion.choices) - set(prepared.criterion.values)
    assert ("L and N joined, test with 250 V" in prepared.criterion.values) == (rules != "nec")
    for part in ("SPD", "voltage inputs of meters (PM0, PM1, PM2, PM3)", "insulation monitors", "stations"):
        assert part in prepared.instruction
    assert test in items["reconnected@MSB"].requires
    assert "reconnected@MSB" in items["energise-permission@MSB"].requires


@pytest.mark.parametrize("name", [path.stem for path in SITES])
def test_nobody_tests_at_500_volts_with_anything_left_on(name):
    for key, item in made(name)[1].items():
        if "with 500 V" in item.instruction:
            assert "surge protective devices are disconnected" in item.instruction, key
            assert "250 V DC only, never with 500 V" in item.instruction, key


def test_medium_voltage_is_for_the_authorised_person_alone():
    _, items = made("rastplatz-heidehof")
    off, on = items["mv-switched-off@T1"], items["mv-energised@T1"]
    assert (off.who, on.who) == ("mv-authorised", "mv-authorised")
    assert (off.stops_work, on.stops_work) == (True, True)
    assert "mv-authorisation@GRID" in off.requires
    assert "mv-switched-off@T1" in items["proved-dead@MSB"].requires
    assert "energise-permission@MSB" in on.requires
    assert "mv-energised@T1" in items["board-energised@MSB"].requires
    low = {item.step for item in made("hotel-seeblick")[1].values()}
    assert not {step for step in low if step.startswith(("mv-", "transformer-"))}


def test_a_board_above_1000_volts_is_never_tested_like_a_low_one(small_site):
    site, _ = small_site
    high = Transformer("T1", "Transformer", "tr", 630, 400, 6, 5, source="MSB")
    items = changed(
        small_site,
        supply=replace(site.one_line.supply, voltage_v=20000.0, ze_ohm=None),
        transformers=(high,),
        circuits=tuple(
            it if it.tag == "F00" else replace(it, source="T1") for it in site.one_line.circuits
        ),
    )  # fmt: skip
    board, feeder = steps_at(items, "MSB"), steps_at(items, "F00")
    assert "mv-board-isolated" in board
    assert "mv-cable-report" in feeder
    assert not board & {"proved-dead", "board-terminations", "supply-voltage", "phase-sequence"}
    assert not feeder & {"pe-continuity", "insulation-resistance", "polarity", "loop-impedance"}
    assert items["mv-board-isolated@MSB"].who == "mv-authorised"
    assert "mv-board-isolated@MSB" in items["energise-permission@MSB"].requires


def test_a_source_that_feeds_back_is_locked_before_a_board_is_proved_dead():
    _, items = made("rastplatz-heidehof")
    assert items["source-isolated@PV"].stops_work
    assert "source-isolated@PV" in items["proved-dead@MSB"].requires


def test_the_earthing_of_the_site_decides_what_is_asked(small_site):
    supply = small_site[0].one_line.supply
    for earthing in ("TN-S", "TN-C-S", "TT"):
        items = changed(small_site, supply=replace(supply, earthing=earthing), rule_set="bs7671")
        assert items["earthing-system@GRID"].criterion.values == (earthing,)
        assert ("earth-electrode-resistance@GRID" in items) == (earthing == "TT")
        assert ("open-pen-method@GRID" in items) == (earthing == "TN-C-S")
        assert ("open-pen-trip-upstream@GRID" in items) == (earthing == "TN-C-S")
    tt = changed(small_site, supply=replace(supply, earthing="TT", ze_ohm=350.0), rule_set="bs7671")
    assert tt["earth-electrode-resistance@GRID"].criterion.maximum == "200.00"  # a stable electrode


def test_open_pen_is_tried_at_the_station_that_has_it(small_site):
    site, _ = small_site
    stations = [replace(each, open_pen_protection=True) for each in site.one_line.stations]
    pen = replace(site.one_line.supply, earthing="TN-C-S")
    items = changed(small_site, stations=tuple(stations), supply=pen, rule_set="bs7671")
    assert items["open-pen-trip@CH02"].limit_text == "≤ 5 s"
    assert "open-pen-trip-upstream@GRID" not in items
    assert "balanced load only" not in items["open-pen-method@GRID"].criterion.values


RCD_STEPS = {
    "rcd-no-trip-half", "rcd-trip-time", "rcd-trip-time-selective", "rcd-pulsating-trip-time",
    "rcd-dc-trip-current", "rcd-dc-trip-time", "rcd-test-button",
}  # fmt: skip
COMMON = {"rcd-no-trip-half", "rcd-pulsating-trip-time", "rcd-test-button"}


@pytest.mark.parametrize(
    ("kind", "selective", "rules", "wanted"),
    [
        ("A", False, "iec", COMMON | {"rcd-trip-time"}),
        ("F", False, "iec", COMMON | {"rcd-trip-time"}),
        ("B", False, "iec", COMMON | {"rcd-trip-time", "rcd-dc-trip-current", "rcd-dc-trip-time"}),
        ("B", True, "iec", COMMON | {"rcd-trip-time-selective", "rcd-dc-trip-current", "rcd-dc-trip-time"}),
        ("A", False, "bs7671", {"rcd-trip-time", "rcd-test-button"}),
        ("B", False, "bs7671", {"rcd-trip-time", "rcd-test-button"}),
        ("B", True, "bs7671", {"rcd-trip-time-selective", "rcd-test-button"}),
    ],
)
def test_each_type_of_rcd_has_its_tests(small_site, kind, selective, rules, wanted):
    site, studied = small_site
    line = replace(site.one_line, rule_set=rules)
    rcd = ResidualCurrentDevice("rcd", kind, 100 if selective else 30, selective)
    items = with_circuit((replace(site, one_line=line), studied), "F02", rcd=rcd)
    assert steps_at(items, "F02") & RCD_STEPS == wanted
    if "rcd-pulsating-trip-time" in wanted:
        assert items["rcd-pulsating-trip-time@F02"].limit_text == ("≤ 500 ms" if selective else "≤ 300 ms")


def test_no_direct_current_is_sent_through_a_type_a_upstream(small_site):
    site, studied = small_site
    above = ResidualCurrentDevice("rcd", "A", 300, selective=True)
    wires = tuple(
        replace(it, rcd=above) if it.tag == "F00" else replace(it, rcd=replace(it.rcd, type="B"))
        for it in site.one_line.circuits
    )
    items = changed((site, studied), circuits=wires)
    assert not steps_at(items, "F01") & {"rcd-dc-trip-current", "rcd-dc-trip-time"}


def test_settings_are_held_against_those_of_the_design():
    _, items = made("depot-hafen")
    main = {each.id: each.criterion.maximum for each in items["protection-settings@F00"].criterion.columns}
    assert main == {"ir": "900.0", "isd": "3600.0", "tsd": "0.20", "ii": "10000.0"}
    feeder = {each.id: each.criterion.maximum for each in items["protection-settings@FB1"].criterion.columns}
    assert feeder == {"ir": "250.0", "ii": "1250.0"}
    assert "protection-settings@F01" not in items  # a miniature circuit-breaker has none
    assert [key for key in items if key.startswith("acb-functional@")] == ["acb-functional@F00"]


def test_a_loop_below_a_tenth_of_an_ohm_asks_for_the_high_current_tester():
    _, items = made("depot-hafen")
    assert items["loop-impedance@F00"].instrument == "loop-tester-high-current"
    assert items["loop-impedance@F01"].instrument == "installation-tester"


def test_a_loop_is_never_expected_below_the_one_where_the_circuit_begins(small_site):
    items = items_of(*small_site)
    found = items["loop-impedance@F02"].expect
    assert (found.value, found.least) == ("0.150", "0.150")  # the study by hand has the same for the feeder
    assert items["loop-impedance@F00"].expect.least is None  # a declared Ze is a ceiling
    tt = changed(small_site, supply=replace(small_site[0].one_line.supply, earthing="TT"))
    assert tt["loop-impedance@F02"].expect.least is None


def test_what_a_failure_may_have_touched_is_done_again():
    _, items = made("hotel-seeblick")
    assert items["loop-impedance@F03"].repeats == (
        "pe-continuity@F03", "r1-r2-continuity@F03", "insulation-resistance@F03", "polarity@F03",
    )  # fmt: skip
    assert items["insulation-resistance@F03"].repeats == ("pe-continuity@F03", "r1-r2-continuity@F03")
    assert "protective-device-nameplate@F03" in items["rcd-trip-time@F03"].repeats
    assert items["phase-sequence@MSB"].repeats == ("board-terminations@MSB",)
    order = {key: number for number, key in enumerate(items)}
    late = [(key, each) for key, item in items.items() for each in item.repeats if order[each] > order[key]]
    assert [pair for pair in late if items[pair[0]].section in PHASES] == []


@pytest.mark.parametrize("name", [path.stem for path in SITES])
def test_by_the_nec_nothing_begins_before_the_engineers_design_and_nothing_of_iec_is_a_limit(name):
    _, items = made(name, "nec")
    first = next(iter(items.values()))
    assert (first.step, first.stops_work, first.photos) == ("nec-engineer-design", True, 2)
    for key, item in items.items():
        if item.section in ("inspection", "dead_tests", "energisation", "live_tests"):
            said = item.clause + item.limit_source
            assert [each for each in ("IEC", "BS 7671", "EN 50110") if each in said] == [], key
        if item.step in ("permit-to-work", "energise-permission"):
            assert "nec-engineer-design@GRID" in before(items, key)
    assert "nec-ahj-inspection@GRID" in items["energise-permission@MSB"].requires


def test_by_the_nec_the_voltage_decides_the_insulation_test(small_site):
    site, studied = small_site
    low = replace(site.one_line, rule_set="nec", supply=replace(site.one_line.supply, voltage_v=208.0))
    item = items_of(replace(site, one_line=low), studied)["nec-insulation-resistance@F01"]
    assert (item.limit_text, "500 V DC" in item.instruction) == ("≥ 25 MΩ", True)
    item = made("hotel-seeblick", "nec")[1]["nec-insulation-resistance@F01"]
    assert (item.limit_text, "1000 V DC" in item.instruction) == ("≥ 100 MΩ", True)
    branch = made("hotel-seeblick", "nec")[1]["nec-branch-circuit@F01"]
    assert branch.criterion.columns[0].criterion.minimum == "40"  # 125 % of 32 A


def test_foundations_belong_to_what_stands_on_them():
    _, items = made("rastplatz-heidehof")
    assert "FO03, Foundation for a DC station" in items["foundation-level@CH03"].instruction
    assert "FOT, " in items["substation-site@T1"].instruction
    assert not any(key.startswith("board-foundation@") for key in items)
    assert "FOM, " in made("lindenallee")[1]["board-foundation@MSB"].instruction
    assert not any(key.startswith("foundation-level@") for key in made("office-campus-sud")[1])


def test_a_site_without_a_plan_is_asked_for_every_foundation(small_site):
    items = items_of(*small_site)
    assert {"foundation-level@CH01", "foundation-level@CH04", "buried-services@GRID"} <= set(items)
    assert "trench-cover@GRID" not in items


def test_the_cover_of_the_ducts_is_that_of_the_plan():
    columns = made("lindenallee")[1]["trench-cover@GRID"].criterion.columns
    assert {each.id: each.criterion.minimum for each in columns}["cover"] == "0.70"


def sized(design: str, size: str) -> int:
    """Return how many items a site of the sizes used for the designs has."""
    row = yaml.safe_load((SIZES / f"{design}.yaml").read_text("utf-8"))[size]
    site = SiteInput("Test", "Street 1", "DE", "Europe/Berlin", design, None, row["parameters"])
    applied = apply(find_design(design), site)
    return len(items_of(applied, study(applied)))


def test_a_depot_of_sixty_and_a_site_of_twelve_are_work_that_can_be_done():
    assert 2000 <= sized("fleet-depot", "largest") <= 3500
    assert 450 <= sized("destination-ac", "largest") <= 700
