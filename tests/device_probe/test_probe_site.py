"""The simulated site over real Modbus/TCP, read, judged, corrected, and judged again from the file."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_probe.diagnosis.evidence import Sample
from device_probe.diagnosis.site_evidence import usable
from device_probe.diagnosis.site_quality import judge_site_quality
from device_probe.diagnosis.wiring import WiringVerdict
from device_probe.model import SitePlan
from device_probe.problems import PlanFileError, ProfileError
from device_probe.read import read_device, read_rounds, read_site
from device_probe.report import (
    dump_plan,
    dump_report,
    judge,
    judge_rounds,
    load_plan,
    load_report,
    rejudge,
)
from device_probe.simulator import SimulatedSite, list_scenarios, load_scenario, simulate
from device_probe.simulator.scenario import MeterFault


def probe(site: SimulatedSite):
    return judge_rounds(site.plan, read_rounds(site.plan, interval_s=0.02))


def words_of(report, tag: str, aspect: str):
    return report.verdicts_of(tag)[aspect]


def test_the_shipped_scenarios_load() -> None:
    assert {"healthy", "ct-reversed", "thd-high", "idle"} <= set(list_scenarios())
    assert all(load_scenario(name).title for name in list_scenarios())


def test_a_healthy_site_passes_and_every_device_answers(simulated: SimulatedSite) -> None:
    seen = []
    rounds = read_rounds(simulated.plan, 3, 0.02, lambda tag, done, total: seen.append((tag, done, total)))
    report = judge_rounds(simulated.plan, rounds)
    assert (report.verdict, report.findings) == ("pass", ())
    assert all([s.tag for s in one] == [d.tag for d in simulated.plan.devices] for one in rounds)
    assert {tag for tag, *_ in seen} == {d.tag for d in simulated.plan.devices}
    assert [(done, total) for _, done, total in seen] == [(k, 48) for k in range(1, 49)]
    assert all(r.problem != "unreadable" for one in rounds for s in one for r in s.readings)
    assert simulated.writes == 0


def test_three_units_share_one_gateway_and_a_low_word_first_meter_reads_right(
    simulated: SimulatedSite,
) -> None:
    gateway = [d for d in simulated.plan.devices if d.role == "group_meter"]
    assert len({(d.host, d.port) for d in gateway}) == 1
    assert len({d.unit for d in gateway}) == 3
    readings = [read_device(d) for d in gateway]
    for snapshot in readings:
        assert snapshot.value("voltage_l1_n") == pytest.approx(229.6, abs=0.2)
        assert snapshot.value("active_power_total") == pytest.approx(42_000, rel=0.02)


def test_a_reversed_ct_is_found_and_gone_after_its_correction(simulated: SimulatedSite) -> None:
    simulated.set_scenario("ct-reversed")
    report = probe(simulated)
    assert report.verdict == "fail"
    assert report.reason.startswith("PM1: the CT at input L2 is reversed.")
    assert [(f.code, f.tag, f.phase) for f in report.findings] == [("ct-reversed", "PM1", "L2")]
    assert words_of(report, "PM1", "balance").verdict == "inconclusive"
    assert words_of(report, "PM2", "balance").verdict == "pass"
    simulated.set_scenario("healthy")
    assert probe(simulated).verdict == "pass"
    assert simulated.writes == 0


def test_an_idle_site_is_inconclusive_and_says_what_to_do(simulated: SimulatedSite) -> None:
    simulated.set_scenario("idle")
    report = probe(simulated)
    assert report.verdict == "inconclusive"
    open_verdicts = [v for v in report.verdicts if v.verdict == "inconclusive"]
    assert {(v.tag, v.aspect) for v in open_verdicts} >= {
        ("PM0", "wiring"),
        ("PM0", "power_quality"),
        ("PM1", "balance"),
    }
    assert all("again" in v.action for v in open_verdicts)


def test_distortion_is_judged_against_the_plan_and_called_indicative(simulated: SimulatedSite) -> None:
    passed = words_of(probe(simulated), "PM0", "power_quality")
    assert passed.verdict == "pass"
    simulated.set_scenario("thd-high")
    report = probe(simulated)
    failed = words_of(report, "PM0", "power_quality")
    assert failed.verdict == "fail"
    finding = next(f for f in report.findings if f.code == "thd-voltage" and f.tag == "PM0")
    assert finding.limit.value == report.plan.thd_voltage_limit_percent
    assert finding.clause == report.plan.thd_clause
    for words in (passed.reason, failed.reason, report.load_statement):
        assert "indicative at" in words
        assert "complies" not in words
    assert "of 250 A" in report.load_statement


def checks_of(report, tag: str) -> dict:
    return {check.quantity: check for check in report.judgement(tag).power_quality.checks}


def with_values(report, tag: str, values: dict[str, float]):
    """Return the report judged again as if a meter had said this in every round."""
    last, earlier = (
        tuple(
            replace(s, readings=tuple(replace(r, value=values.get(r.quantity, r.value)) for r in s.readings))
            if s.tag == tag
            else s
            for s in some
        )
        for some in (report.snapshots, report.earlier)
    )
    return judge(report.plan, last, earlier=earlier)


def test_tdd_refers_to_the_demand_and_not_to_the_load(simulated: SimulatedSite) -> None:
    report = probe(simulated)
    fundamental = report.snapshot("PM0").value("current_l1") / math.sqrt(1 + 0.06**2)
    tdd = checks_of(report, "PM0")["tdd_current_l1"]
    assert tdd.value == pytest.approx(100 * fundamental * 0.06 / 250, rel=1e-3)
    assert (tdd.limit, tdd.verdict) == (report.plan.tdd_current_limit_percent, "pass")
    # at a feeder there is no demand current of the site: amperes, and no limit
    feeder = checks_of(report, "PM1")["tdd_current_l1"]
    assert (feeder.unit, feeder.limit) == ("A", None)


@pytest.mark.parametrize(
    ("volts", "percent"),
    [((400, 400, 400), 0.0), ((400, 396, 404), 1.155), ((400, 390, 410), 2.888), ((410, 400, 380), 4.424)],
)
def test_unbalance_matches_the_hand_computed_cases(simulated: SimulatedSite, volts, percent: float) -> None:
    names = dict(zip(("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1"), map(float, volts), strict=True))
    report = with_values(probe(simulated), "PM0", names)
    assert checks_of(report, "PM0")["voltage_unbalance"].value == pytest.approx(percent, abs=0.001)


@pytest.mark.parametrize(
    ("fault", "code", "word"),
    [
        (MeterFault("ct_ratio", tag="PM2", factor=150 / 200), "balance-ambiguous", "inconclusive"),
        (MeterFault("ct_swapped", tag="PM2", phase=1, other_phase=3), "ct-on-wrong-phase", "fail"),
        (MeterFault("voltage_swapped", tag="PM2", phase=1, other_phase=2), "voltage-leads-swapped", "fail"),
        (MeterFault("voltage_missing", tag="PM3", phase=1), "voltage-input-missing", "fail"),
        (MeterFault("ct_missing", tag="PM3", phase=2), "no-current", "fail"),
    ],
)
def test_every_injected_fault_is_found_where_it_is(
    simulated: SimulatedSite, fault: MeterFault, code: str, word: str
) -> None:
    simulated.set_scenario(replace(load_scenario("healthy"), faults=(fault,)))
    report = probe(simulated)
    assert report.verdict == word
    assert (code, fault.tag) in {(f.code, f.tag) for f in report.findings}
    assert {f.tag for f in report.findings if f.severity == "error"} <= {fault.tag, "PM0"}


def test_a_wrong_ct_ratio_names_the_likely_one(simulated: SimulatedSite) -> None:
    fault = MeterFault("ct_ratio", tag="PM1", factor=150 / 250)
    simulated.set_scenario(replace(load_scenario("healthy"), faults=(fault,)))
    # at steady, equal loads a meter of another circuit might read the same by chance: both are named
    finding = next(f for f in probe(simulated).findings if f.tag == "PM1")
    assert "PM1 reads 0.598 times what flows on every phase" in finding.sentence
    assert "probably 250/5 A instead of 150/5 A" in finding.sentence
    assert "while loads move" in finding.remedy


def test_the_simulation_is_consistent_and_repeats_itself(simulated: SimulatedSite) -> None:
    first, second = read_site(simulated.plan), read_site(simulated.plan)
    assert [s.readings for s in first] == [s.readings for s in second]
    for snapshot in first:
        for k in (1, 2, 3):
            u, i = snapshot.value(f"voltage_l{k}_n"), snapshot.value(f"current_l{k}")
            p, q = snapshot.value(f"active_power_l{k}"), snapshot.value(f"reactive_power_l{k}") or 0.0
            assert math.hypot(p, q) <= u * i * 1.001


def test_a_silent_device_fails_alone(plan: SitePlan, simulated: SimulatedSite) -> None:
    devices = tuple(replace(d, unit=99) if d.tag == "PM2" else d for d in simulated.plan.devices)
    broken = replace(simulated.plan, devices=devices)
    report = judge_rounds(broken, read_rounds(broken, interval_s=0.02))
    assert report.verdict == "fail"
    assert report.verdicts_of("PM2")["communication"].verdict == "fail"
    silent = report.snapshot("PM2")
    assert silent.problem
    assert all((r.value, r.problem) == (None, "unreadable") for r in silent.readings)
    assert report.verdicts_of("PM3")["wiring"].verdict == "pass"
    assert report.verdicts_of("PM0")["balance"].verdict == "inconclusive"


def test_a_report_survives_the_file_and_is_judged_again_from_it_alone(simulated: SimulatedSite) -> None:
    simulated.set_scenario("ct-reversed")
    report = probe(simulated)
    again = load_report(json.loads(json.dumps(dump_report(report))))
    assert again == report
    assert rejudge(again) == report
    # the verdicts come from the registers, not from what the file says about them
    forged = replace(again, verdict="pass", verdicts=(), findings=())
    assert rejudge(forged) == report


def test_rejudging_decodes_the_raw_registers(simulated: SimulatedSite) -> None:
    simulated.set_scenario("ct-reversed")
    report = probe(simulated)
    pm1 = report.snapshot("PM1")
    painted = tuple(replace(r, value=abs(r.value)) if isinstance(r.value, float) else r for r in pm1.readings)
    last, earlier = (
        tuple(replace(s, readings=painted) if s.tag == "PM1" else s for s in some)
        for some in (report.snapshots, report.earlier)
    )
    assert words_of(judge(report.plan, last, earlier=earlier), "PM1", "wiring").verdict == "pass"
    again = rejudge(replace(report, snapshots=last, earlier=earlier))
    assert words_of(again, "PM1", "wiring").verdict == "fail"


def test_evidence_that_does_not_fit_its_request_is_refused(simulated: SimulatedSite) -> None:
    document = dump_report(probe(simulated))
    document["snapshots"][0]["blocks"][0]["data_hex"] += "0000"
    with pytest.raises(PlanFileError, match=r"report.json: snapshots.0.blocks.0.data_hex: must hold"):
        load_report(document, "report.json")
    with pytest.raises(PlanFileError, match="Nothing was read"):
        judge(simulated.plan, ())


def test_an_unknown_profile_names_its_device(simulated: SimulatedSite) -> None:
    devices = (replace(simulated.plan.devices[0], profile="no-such"), *simulated.plan.devices[1:])
    with pytest.raises(ProfileError, match=r"PM0: There is no profile 'no-such'"):
        read_site(replace(simulated.plan, devices=devices))


def test_the_plans_own_addresses_can_be_served(plan: SitePlan) -> None:
    with simulate(plan, "healthy") as first:
        taken = first.plan
    with simulate(taken, "healthy", host=None, port=None, latency_s=0.001) as second:
        assert second.plan == taken
        assert read_device(taken.devices[0]).problem is None


def a_plan(plan: SitePlan, **changes):
    document = dump_plan(plan)
    document["devices"][1] |= changes
    return document


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tag": "pm 1"}, "devices.1.tag"),
        ({"unit": 300}, "devices.1.unit"),
        ({"role": "meter"}, "devices.1.role"),
        ({"colour": "red"}, "devices.1.colour: Unknown field"),
        ({"tag": "PM0"}, "the tag PM0 is given twice"),
        ({"parent": "PM9"}, "has the parent PM9"),
        ({"parent": "CH01"}, "is its own ancestor"),
        ({"ct_primary_a": -5}, "devices.1.ct_primary_a"),
    ],
)
def test_a_wrong_plan_is_refused_in_one_sentence(plan: SitePlan, changes, words: str) -> None:
    with pytest.raises(PlanFileError) as caught:
        load_plan(a_plan(plan, **changes), "plan.json")
    assert words in str(caught.value)
    assert str(caught.value).startswith("plan.json: ")
    assert "\n" not in str(caught.value)


def test_a_plan_survives_the_round_trip(plan: SitePlan) -> None:
    assert load_plan(json.loads(json.dumps(dump_plan(plan)))) == plan


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=5
    )
)
def test_any_other_document_is_refused_and_never_crashes(document) -> None:
    with pytest.raises(PlanFileError):
        load_plan(document)
    with pytest.raises(PlanFileError):
        load_report(document)


@pytest.mark.parametrize(("volts", "outside"), [(253.0, False), (253.5, True), (207.0, False), (206.9, True)])
def test_the_voltage_band_is_that_of_230_volts(simulated: SimulatedSite, volts: float, outside: bool) -> None:
    device = simulated.plan.devices[0]
    snapshot = read_device(device)
    sample = Sample(snapshot.taken_at, {**usable(snapshot), "voltage_l1_n": volts})
    right = WiringVerdict("pass", "")
    judged = judge_site_quality(simulated.plan, device, snapshot, {"PM0": (sample,) * 3}, {}, right)
    assert ("voltage-band" in {each.code for each in judged.findings}) is outside
