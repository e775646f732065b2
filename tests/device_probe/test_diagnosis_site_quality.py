"""Power quality at the meters of a site: limits by place, expected and background beside, resonance."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from device_probe.diagnosis.evidence import Sample
from device_probe.diagnosis.hypotheses import Hypothesis
from device_probe.diagnosis.likelihood import Ranked
from device_probe.diagnosis.site_quality import SiteQuality, judge_site_quality
from device_probe.diagnosis.systems import NEUTRAL, CurrentWiring, VoltageWiring
from device_probe.diagnosis.wiring import WiringVerdict
from device_probe.judgement import Check
from device_probe.model import Expectation, PlannedDevice, Reading, SitePlan, Snapshot

MAIN = PlannedDevice("PM0", "none", "h", 502, 1, "main_meter", ct_primary_a=250)
FEEDER = PlannedDevice(
    "PM1", "none", "h", 502, 2, "group_meter", "PM0", ct_primary_a=100, design_current_a=80
)
PLAN = SitePlan(
    "s", "Site", 400, 50, 8, "EN 50160 4.2.5", 200, 8, (MAIN, FEEDER), isc_over_il=30,
    voltage_standard="en50160",
)  # fmt: skip
RIGHT, WRONG = WiringVerdict("pass", ""), WiringVerdict("fail", "")
CLEAN = {
    "voltage_l1_n": 230.0, "voltage_l2_n": 230.0, "voltage_l3_n": 230.0, "frequency": 50.0,
    "thd_voltage_l1": 2.0, "thd_voltage_l2": 2.0, "thd_voltage_l3": 2.0,
}  # fmt: skip
Values = Mapping[str, float]


def at(amperes: float, **more: float) -> dict[str, float]:
    return CLEAN | {f"current_l{k}": amperes for k in (1, 2, 3)} | more


def rounds(*values: Values, minute: int = 0) -> tuple[Sample, ...]:
    return tuple(Sample(f"2026-03-02T10:{minute:02}:{2 * n:02}Z", each) for n, each in enumerate(values))


def judged(
    samples: Iterable[Sample], quiet: Iterable[Sample] = (), device: PlannedDevice = MAIN,
    plan: SitePlan = PLAN, wiring: WiringVerdict = RIGHT, units: Mapping[str, str] | None = None,
    others: Mapping[str, tuple[Sample, ...]] | None = None,
) -> SiteQuality:  # fmt: skip
    readings = tuple(Reading(name, 0.0, unit) for name, unit in (units or {}).items())
    last = Snapshot(device.tag, "none", "", "h", 502, 1, "2026-03-02T10:00:04Z", readings, (), 1)
    said = {device.tag: tuple(samples), **(others or {})}
    return judge_site_quality(plan, device, last, said, {device.tag: tuple(quiet)}, wiring)


def check(found: SiteQuality, quantity: str) -> Check:
    [one] = [each for each in found.judged.checks if each.quantity == quantity]
    return one


def codes(found: SiteQuality) -> list[str]:
    return [finding.code for finding in found.findings]


def test_a_pass_says_at_which_load_over_what_and_that_the_grids_share_is_unknown() -> None:
    found = judged(rounds(*[at(118)] * 3))
    assert found.verdict is not None
    assert found.verdict.verdict == "pass"
    label = "indicative at 118 A of 200 A (59 %) at the connection point, 3 samples, 4.0 s"
    assert found.judged.statement == label
    assert label in found.verdict.reason
    assert "no background was recorded" in found.verdict.reason
    assert {each.window for each in found.judged.checks} == {"median of 3 samples, 4.0 s"}


@pytest.mark.parametrize(
    ("device", "amperes", "word"),
    [
        (MAIN, 19.9, "inconclusive"),
        (MAIN, 20.0, "pass"),
        (FEEDER, 7.9, "inconclusive"),
        (FEEDER, 8.0, "pass"),
    ],
)
def test_a_pass_needs_a_tenth_of_the_demand_or_of_the_design_current(
    device: PlannedDevice, amperes: float, word: str
) -> None:
    found = judged(rounds(at(amperes)), device=device)
    assert found.verdict is not None
    assert found.verdict.verdict == word
    assert found.verdict.action.startswith("Let stations charge until") is (word == "inconclusive")


def test_what_is_averaged_by_the_device_or_read_less_often_is_named() -> None:
    found = judged(rounds(at(50), at(50, current_demand_l1=44.0), at(50, current_demand_l1=46.0)))
    demand = check(found, "current_demand_l1")
    assert (demand.value, demand.verdict) == (45.0, "info")
    assert demand.window == "median of 2 samples, 4.0 s, each averaged by the device over its demand interval"


def test_limits_of_the_current_hold_at_the_connection_point_alone() -> None:
    spectrum = {f"harmonic_current_l{k}_h5": 15.0 for k in (1, 2, 3)}
    main = judged(rounds(at(150, **spectrum)))
    assert (check(main, "harmonic_current_l1_h5").limit, check(main, "tdd_current_l1").value) == (7.0, 7.5)
    assert "harmonic-current" in codes(main)
    feeder = judged(rounds(at(60, **spectrum)), device=FEEDER)
    assert (check(feeder, "tdd_current_l1").unit, check(feeder, "tdd_current_l1").limit) == ("A", None)
    assert codes(feeder) == []
    under = judged(rounds(at(150, **spectrum)), device=replace(MAIN, parent="PM9"))
    assert check(under, "tdd_current_l1").limit is None


def test_the_stricter_of_plan_and_table_limits_the_demand_distortion() -> None:
    spectrum = {f"harmonic_current_l{k}_h5": 11.0 for k in (1, 2, 3)}
    assert check(judged(rounds(at(150, **spectrum))), "tdd_current_l1").limit == 8.0
    weak = replace(PLAN, isc_over_il=15.0)
    assert check(judged(rounds(at(150, **spectrum)), plan=weak), "tdd_current_l1").limit == 5.0
    unknown = replace(PLAN, isc_over_il=None)
    found = judged(rounds(at(150, **spectrum)), plan=unknown)
    assert check(found, "tdd_current_l1").limit == 8.0
    assert "Isc/IL is not known" in check(found, "harmonic_current_l1_h5").note


def test_the_operators_own_limits_hold_where_they_were_agreed() -> None:
    plan = replace(PLAN, grid_harmonics={5: 3.0})
    values = at(100, harmonic_voltage_l2_h5=3.5)
    main = judged(rounds(values), plan=plan)
    assert (check(main, "harmonic_voltage_l2_h5").limit, codes(main)) == (3.0, ["harmonic-voltage"])
    assert main.findings[0].clause == "limit of the network operator"
    assert check(judged(rounds(values), device=FEEDER, plan=plan), "harmonic_voltage_l2_h5").limit == 6.0


def test_the_standard_is_the_plans_and_an_old_american_plan_is_known_by_its_clause() -> None:
    values = rounds(at(100, harmonic_voltage_l1_h19=1.7, harmonic_voltage_l1_h6=4.0))
    industry = judged(values, plan=replace(PLAN, voltage_standard="61000-2-4-class-2"))
    assert check(industry, "harmonic_voltage_l1_h19").limit == 1.76
    american = replace(PLAN, voltage_standard=None, thd_clause="IEEE 519-2022, voltage distortion limits")
    found = judged(values, plan=american)
    assert check(found, "harmonic_voltage_l1_h6").limit == 5.0
    assert check(found, "voltage_l1_n").limit is None
    assert found.verdict is not None
    assert found.verdict.verdict == "pass"


def test_harmonics_in_volts_and_in_per_cent_of_a_current_are_brought_to_one_measure() -> None:
    values = at(
        100, harmonic_voltage_l1_h1=230.0, harmonic_voltage_l1_h5=11.5, harmonic_current_l1_h5=10.0,
        thd_current_l1=75.0,
    )  # fmt: skip
    units = {"harmonic_voltage_l1_h1": "V", "harmonic_voltage_l1_h5": "V", "harmonic_current_l1_h5": "%"}
    found = judged(rounds(values), units=units)
    assert check(found, "harmonic_voltage_l1_h5").value == pytest.approx(5.0)
    # 100 A rms with 75 % distortion have a fundamental of 80 A: a tenth of it is 8 A, 4 % of IL
    assert check(found, "harmonic_current_l1_h5").value == pytest.approx(4.0)


def test_what_the_study_expects_is_brought_to_the_load_and_says_how() -> None:
    expected = Expectation(200.0, 2.4, {5: 2.0}, {5: 10.0, 7: 7.5}, "study")
    plan = replace(PLAN, expected={"PM0": expected})
    values = at(100, harmonic_voltage_l1_h5=1.5, harmonic_current_l1_h5=4.0)
    found = judged(rounds(values), plan=plan)
    assert check(found, "thd_voltage_l1").expected == pytest.approx(1.2)
    assert check(found, "harmonic_voltage_l1_h5").expected == pytest.approx(1.0)
    assert check(found, "harmonic_current_l1_h5").expected == pytest.approx(2.5)  # 5 A of 200 A
    assert check(found, "tdd_current_l1").expected == pytest.approx(100 * math.hypot(5, 3.75) / 200)
    assert "of this site alone at 200 A; in proportion to 100 A at PM0" in check(found, "thd_voltage_l1").note
    low = judged(rounds(at(15)), plan=plan)
    assert check(low, "thd_voltage_l1").expected is None
    assert "too little load" in check(low, "thd_voltage_l1").note


def test_the_voltage_of_a_feeder_is_distorted_by_the_whole_site() -> None:
    plan = replace(PLAN, expected={"PM0": Expectation(200.0, 2.0), "PM1": Expectation(80.0, 2.4)})
    main = rounds(at(150))
    found = judged(rounds(at(20)), device=FEEDER, plan=plan, others={"PM0": main})
    assert check(found, "thd_voltage_l1").expected == pytest.approx(2.4 * 0.75)


def test_the_background_stands_beside_and_the_sites_part_is_said_without_inventing_angles() -> None:
    quiet = rounds(at(1.0, harmonic_voltage_l1_h3=0.5, harmonic_voltage_l1_h5=1.0))
    found = judged(rounds(at(100, harmonic_voltage_l1_h3=1.5, harmonic_voltage_l1_h5=2.0)), quiet)
    third, fifth = check(found, "harmonic_voltage_l1_h3"), check(found, "harmonic_voltage_l1_h5")
    assert (third.background, fifth.background) == (0.5, 1.0)
    assert "1 % more than without, if both have the same angle, which is not known" in third.note
    plausible = (2.0**1.4 - 1.0) ** (1 / 1.4)
    assert f"by IEC 61000-3-6 (exponent 1.4) the site brings {plausible:.2g} %" in fifth.note
    assert found.verdict is not None
    assert "background of 2026-03-02 10:00 at 1 A" in found.verdict.reason


def test_a_fail_says_to_record_the_background_first_and_with_one_whose_it_is() -> None:
    dirty = rounds(*[at(100, thd_voltage_l1=9.0)] * 3)
    unknown = judged(dirty)
    assert codes(unknown) == ["thd-voltage"]
    assert unknown.verdict is not None
    assert unknown.verdict.action.startswith("First record the background")
    grid = judged(dirty, rounds(at(1, thd_voltage_l1=8.5)))
    assert "show the network operator" in grid.findings[0].remedy
    site = judged(dirty, rounds(at(1, thd_voltage_l1=3.0)))
    assert (
        "With all stations off it is 3 %: let stations charge one group at a time" in site.findings[0].remedy
    )


def test_every_code_keeps_its_meaning() -> None:
    lines = {"voltage_l1_l2": 400.0, "voltage_l2_l3": 390.0, "voltage_l3_l1": 410.0}
    orders = {f"harmonic_current_l{k}_h5": 30.0 for k in (1, 2, 3)}
    values = at(
        100, voltage_l1_n=254.0, frequency=51.0, thd_voltage_l2=9.0, harmonic_voltage_l1_h7=6.0, **lines,
         **orders, current_n=120.0,
    )  # fmt: skip
    found = judged(rounds(values))
    assert codes(found) == [
        "thd-voltage", "harmonic-voltage", "voltage-band", "frequency", "tdd-current", "harmonic-current",
        "voltage-unbalance", "neutral-current",
    ]  # fmt: skip
    said = {finding.code: finding.sentence for finding in found.findings}
    assert said["thd-voltage"].startswith("The voltage L2 at PM0 has a THD of 9.0 %, limit 8 % (indicative")
    assert "The voltage L1-N at PM0 is 254.0 V, outside 230 V ±10 %" in said["voltage-band"]
    assert "51.00 Hz, outside ±1 %" in said["frequency"]
    assert found.findings[-1].severity == "warning"


def test_a_wrongly_wired_meters_neutral_is_held_back() -> None:
    values = rounds(at(100, current_n=120.0))
    assert codes(judged(values)) == ["neutral-current"]
    held = judged(values, wiring=WRONG)
    assert codes(held) == []
    assert not [each for each in held.judged.checks if each.code == "neutral-current"]


def test_voltage_inputs_on_the_neutral_say_nothing_about_the_supply() -> None:
    wiring = Hypothesis("3P4W", VoltageWiring((NEUTRAL, 1, 2), 0, 1), CurrentWiring((0, 1, 2), (1, 1, 1), 0))
    wrong = replace(WRONG, hypotheses=(Ranked(wiring, 1.0, ((), (), None)),))
    found = judged(rounds(at(100, voltage_l2_n=400.0, voltage_l3_n=400.0)), wiring=wrong)
    assert codes(found) == []
    assert found.verdict is not None
    assert (found.verdict.verdict, "Put the wiring of PM0 right" in found.verdict.action) == (
        "inconclusive",
        True,
    )


def test_a_meter_without_distortion_has_no_verdict_unless_something_is_over_its_limit() -> None:
    plain = {k: v for k, v in at(100).items() if not k.startswith("thd")}
    silent = judged(rounds(plain))
    assert (silent.verdict, silent.judged.verdict) == (None, "inconclusive")
    high = judged(rounds(plain | {"voltage_l3_n": 260.0}))
    assert high.verdict is not None
    assert (high.verdict.verdict, codes(high)) == ("fail", ["voltage-band"])


def test_a_harmonic_that_rises_while_the_load_falls_is_suspected_of_resonance() -> None:
    def taken(amperes: float, percent: float) -> dict[str, float]:
        return at(amperes, harmonic_voltage_l1_h11=percent)

    grows = judged(rounds(taken(121, 1.0), taken(119, 1.2), taken(60, 2.0), taken(58, 2.2)))
    assert codes(grows) == ["resonance-suspected"]
    [finding] = grows.findings
    assert (finding.severity, finding.tag) == ("warning", "PM0")
    assert "Order 11" in finding.sentence
    assert "2.1 % at 59 A between the rounds, 1.1 % at 120 A" in finding.sentence
    assert "capacitors" in finding.remedy
    assert grows.verdict is not None
    assert grows.verdict.verdict == "pass"  # a hint decides nothing
    follows = judged(rounds(taken(120, 2.0), taken(119, 2.1), taken(60, 1.0), taken(58, 1.1)))
    steady = judged(rounds(taken(120, 1.0), taken(119, 2.0)))
    noise = judged(rounds(taken(120, 1.0), taken(60, 1.3)))
    assert codes(follows) == codes(steady) == codes(noise) == []


def test_against_a_background_of_another_time_resonance_needs_a_plainer_sign() -> None:
    loaded = rounds(*[at(100, harmonic_voltage_l2_h7=1.0)] * 3, minute=30)
    assert codes(judged(loaded, rounds(at(1, harmonic_voltage_l2_h7=2.2)))) == ["resonance-suspected"]
    assert codes(judged(loaded, rounds(at(1, harmonic_voltage_l2_h7=1.8)))) == []


@pytest.mark.parametrize(("amperes", "found"), [(5.0, ["resonance-suspected"]), (9.0, [])])
def test_far_beyond_the_study_is_resonance_only_where_the_current_does_not_explain_it(
    amperes: float, found: list[str]
) -> None:
    plan = replace(PLAN, expected={"PM0": Expectation(100.0, 1.0, {11: 0.6}, {11: 5.0})})
    values = at(100, harmonic_voltage_l1_h11=2.9, harmonic_current_l1_h11=amperes)
    quiet = rounds(at(1, harmonic_voltage_l1_h11=0.4))
    told = [code for code in codes(judged(rounds(values), quiet, plan=plan)) if code == "resonance-suspected"]
    assert told == found
    # without a background it may as well be the grid's
    assert "resonance-suspected" not in codes(judged(rounds(values), plan=plan))
