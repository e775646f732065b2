"""Wiring verdicts of a site: every wrong current wiring is found, no right one accused."""

import itertools
import math
from collections.abc import Iterable
from dataclasses import replace

import pytest

from device_probe.diagnosis.site_evidence import samples_of
from device_probe.diagnosis.site_wiring import judge_wiring
from device_probe.model import PlannedDevice, Reading, SitePlan, Snapshot
from device_probe.profile_schema import load_profile
from device_probe.report import judge
from device_probe.simulator.network import ROTATION, Conductor
from device_probe.simulator.values import quantities_of

METER = PlannedDevice("PM1", "eastron-sdm630", "h", 502, 1, "group_meter", ct_primary_a=150, ct_secondary_a=5)
MAIN = replace(METER, tag="PM0", role="main_meter")
ANALYSER = replace(METER, profile="janitza-umg-96rm-e")
NO_Q = replace(METER, profile="schneider-iem3155-iem3255")
INVERTER = PlannedDevice("PV1", "sunspec", "h", 502, 9, "other", parent="PM1", design_current_a=50)
WIRINGS = list(itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3)))
ANGLES = (0.0, 10.0, 25.0, -17.0)


def read(
    device: PlannedDevice, voltages, currents, angle_deg: float = 8.0, amperes=(40.0, 40.0, 40.0)
) -> Snapshot:
    """What a meter reads whose inputs get these conductors: (phase, factor) for each input."""
    turn = complex(math.cos(math.radians(-angle_deg)), math.sin(math.radians(-angle_deg)))
    supply = [230 * ROTATION**k for k in range(3)]
    flow = [amperes[k] * ROTATION**k * turn for k in range(3)]
    inputs = [
        Conductor(supply[v] * fv, flow[c] * fc) for (v, fv), (c, fc) in zip(voltages, currents, strict=True)
    ]
    profile = load_profile(device.profile)
    values = quantities_of(device, profile, (inputs[0], inputs[1], inputs[2]), 50.0)
    readings = tuple(Reading(p.quantity, values.get(p.quantity), p.unit) for p in profile.points)
    return Snapshot(device.tag, device.profile, "", "h", 502, 1, "2026-01-01T00:00:00Z", readings, (), 1)


def rounds(*snapshots: Snapshot, count: int = 3) -> list[Snapshot]:
    """The same readings several times, a second apart."""
    return [replace(s, taken_at=f"2026-01-01T00:00:0{k}Z") for k in range(count) for s in snapshots]


RIGHT_U = [(0, 1), (1, 1), (2, 1)]
RIGHT_I = [(0, 1), (1, 1), (2, 1)]
BACK_I = [(0, -1), (1, -1), (2, -1)]


def verdict(
    plan: SitePlan, device: PlannedDevice, *snapshots: Snapshot, beside: Iterable[PlannedDevice] = ()
):
    plan = replace(plan, devices=(device, *beside))
    return judge_wiring(plan, device, samples_of(plan, rounds(*snapshots)))


@pytest.mark.parametrize("device", [METER, ANALYSER])
@pytest.mark.parametrize("angle", ANGLES)
def test_all_48_current_wirings_are_judged_right(plan: SitePlan, device: PlannedDevice, angle: float) -> None:
    for order, polarity in WIRINGS:
        currents = list(zip(order, polarity, strict=True))
        judged, findings = verdict(plan, device, read(device, RIGHT_U, currents, angle))
        correct = order == (0, 1, 2) and polarity == (1, 1, 1)
        assert judged.verdict == ("pass" if correct else "fail"), (order, polarity)
        if device is ANALYSER and not correct and not any(f.code == "wiring-ambiguous" for f in findings):
            blamed = {f.phase for f in findings if f.code == "ct-reversed"}
            assert blamed == {f"L{k + 1}" for k in range(3) if polarity[k] < 0}
            assert any(f.code == "ct-on-wrong-phase" for f in findings) == (order != (0, 1, 2))


def test_without_reactive_power_the_48_wirings_still_never_pass_wrongly(plan: SitePlan) -> None:
    for order, polarity in WIRINGS:
        judged, _ = verdict(plan, NO_Q, read(NO_Q, RIGHT_U, list(zip(order, polarity, strict=True)), 8.0))
        assert (judged.verdict == "pass") == (order == (0, 1, 2) and polarity == (1, 1, 1))


def test_two_rounds_decide_nothing_and_say_so(plan: SitePlan) -> None:
    wrong = read(METER, RIGHT_U, BACK_I)
    plan = replace(plan, devices=(METER,))
    judged, findings = judge_wiring(plan, METER, samples_of(plan, rounds(wrong, count=2)))
    assert (judged.verdict, findings) == ("inconclusive", ())
    assert "Only 2 samples were taken" in judged.reason.replace("only", "Only")
    assert "at least 3 samples" in judged.action


def test_rounds_that_contradict_one_another_decide_nothing(plan: SitePlan) -> None:
    plan = replace(plan, devices=(METER,))
    taken = rounds(read(METER, RIGHT_U, RIGHT_I))
    taken[1] = replace(read(METER, RIGHT_U, [(0, 1), (1, -1), (2, 1)]), taken_at=taken[1].taken_at)
    assert judge_wiring(plan, METER, samples_of(plan, taken))[0].verdict == "inconclusive"


def test_the_remedy_of_a_reversed_ct_names_the_terminals_and_never_opens_a_secondary(plan: SitePlan) -> None:
    judged, findings = verdict(plan, METER, read(METER, RIGHT_U, [(0, 1), (1, -1), (2, 1)]))
    assert judged.reason == "PM1: the CT at input L2 is reversed."
    assert [(f.code, f.phase) for f in findings] == [("ct-reversed", "L2")]
    remedy = findings[0].remedy
    assert (
        "solate the circuit and prove it dead, or short the current transformer at its test block" in remedy
    )
    assert "never open its secondary" in remedy
    assert "swap S1 and S2 of the CT at input L2" in remedy
    assert "+9.1 kW on L2" in remedy
    assert {(f.name, f.value) for f in findings[0].figures} == {("active_power", -9103.4), ("current", 39.96)}
    assert "swap S1 and S2" in judged.action


def test_no_sentence_tells_anyone_to_open_a_current_transformer(plan: SitePlan) -> None:
    for order, polarity in WIRINGS:
        _, findings = verdict(plan, METER, read(METER, RIGHT_U, list(zip(order, polarity, strict=True))))
        for finding in findings:
            words = finding.remedy.lower()
            assert finding.code == "wiring-ambiguous" or words.index("isolate") < words.index("then ")
            assert "open" not in words.replace("never open", "")


def test_swapped_voltage_leads_are_told_from_swapped_cts_by_the_phase_sequence(plan: SitePlan) -> None:
    swapped = read(ANALYSER, [(1, 1), (0, 1), (2, 1)], RIGHT_I)
    judged, findings = verdict(plan, ANALYSER, swapped)
    assert judged.verdict == "fail"
    assert [(f.code, f.phase) for f in findings] == [("voltage-leads-swapped", "L1 and L2")]
    crossed = read(ANALYSER, RIGHT_U, [(1, 1), (0, 1), (2, 1)])
    assert [f.code for f in verdict(plan, ANALYSER, crossed)[1]] == ["ct-on-wrong-phase"]


def test_a_missing_voltage_names_its_phase(plan: SitePlan) -> None:
    judged, findings = verdict(plan, ANALYSER, read(ANALYSER, [(0, 1), (1, 1), (2, 0)], RIGHT_I))
    assert judged.verdict == "fail"
    assert (findings[0].code, findings[0].phase) == ("voltage-input-missing", "L3")


def test_a_mirrored_supply_fails_where_the_sequence_was_read_and_is_noted_elsewhere(plan: SitePlan) -> None:
    mirrored = [(1, 1), (0, 1), (2, 1)]
    judged, findings = verdict(plan, ANALYSER, read(ANALYSER, mirrored, mirrored))
    assert judged.verdict == "fail"
    assert [f.code for f in findings] == ["phase-sequence"]
    unread, findings = verdict(plan, METER, read(METER, mirrored, mirrored))
    assert (unread.verdict, findings) == ("pass", ())
    assert "a mirrored system would look the same" in unread.reason


def test_too_little_load_is_inconclusive_with_the_action_that_decides(plan: SitePlan) -> None:
    judged, findings = verdict(plan, METER, read(METER, RIGHT_U, RIGHT_I, amperes=(0.3, 0.3, 0.3)))
    assert (judged.verdict, findings) == ("inconclusive", ())
    assert "7.5 A" in judged.action
    assert judged.action.startswith("PM1: Let stations charge")


def test_one_phase_without_load_is_left_open_and_named(plan: SitePlan) -> None:
    judged, _ = verdict(plan, METER, read(METER, RIGHT_U, RIGHT_I, amperes=(40, 40, 0.2)))
    assert judged.verdict == "inconclusive"
    assert "L3" in judged.reason
    wrong, _ = verdict(plan, METER, read(METER, RIGHT_U, [(0, 1), (1, -1), (2, 1)], amperes=(40, 40, 0.2)))
    assert wrong.verdict == "fail"


def at_work(watts: float) -> Snapshot:
    readings = (Reading("active_power_total", watts, "W"),)
    return Snapshot("PV1", INVERTER.profile, "", "h", 502, 9, "2026-01-01T00:00:00Z", readings, (), 1)


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> PlannedDevice:
    monkeypatch.setattr(
        "device_probe.diagnosis.site_evidence._kind", lambda d: "inverter" if d.tag == "PV1" else "meter"
    )
    return INVERTER


def test_flow_back_is_left_open_only_below_something_that_generates_now(
    plan: SitePlan, generator: PlannedDevice
) -> None:
    backwards = read(METER, RIGHT_U, BACK_I)
    assert verdict(plan, METER, backwards)[0].verdict == "fail"
    judged, _ = verdict(plan, METER, backwards, at_work(-20_000), beside=[generator])
    assert judged.verdict == "inconclusive"
    assert "Switch generation and storage off" in judged.action
    # off, it explains nothing; and a meter elsewhere is no place for its power
    assert verdict(plan, METER, backwards, at_work(20), beside=[generator])[0].verdict == "fail"
    elsewhere = replace(generator, parent="PM2")
    assert verdict(plan, METER, backwards, at_work(-20_000), beside=[elsewhere])[0].verdict == "fail"


def test_a_source_without_a_place_in_the_plan_excuses_flow_back_but_spoils_no_pass(
    plan: SitePlan, generator: PlannedDevice
) -> None:
    somewhere = replace(generator, parent=None)
    generating = at_work(-20_000)
    back, right = read(METER, RIGHT_U, BACK_I), read(METER, RIGHT_U, RIGHT_I)
    assert verdict(plan, METER, back, generating, beside=[somewhere])[0].verdict == "inconclusive"
    assert verdict(plan, METER, right, generating, beside=[somewhere])[0].verdict == "pass"
    main = read(MAIN, RIGHT_U, RIGHT_I)  # where the power of the site may flow out it can't be told
    assert verdict(plan, MAIN, main, generating, beside=[somewhere])[0].verdict == "inconclusive"


def test_a_site_that_feeds_out_without_a_source_in_its_plan_is_not_accused(plan: SitePlan) -> None:
    judged, findings = verdict(plan, MAIN, read(MAIN, RIGHT_U, BACK_I))
    assert (judged.verdict, findings) == ("inconclusive", ())
    # meters below that read as much as flows, while the load moves, show that it is the main meter
    one, other = (replace(METER, tag=tag, parent="PM0") for tag in ("PM1", "PM2"))
    flows = [((40, 30, 20), (20, 20, 30)), ((90, 80, 35), (60, 20, 30)), ((15, 14, 13), (10, 15, 20))]
    taken = [
        replace(read(device, RIGHT_U, currents, amperes=amperes), taken_at=f"2026-01-01T00:{k:02}:00Z")
        for k, (left, right) in enumerate(sorted(4 * flows), 1)
        for device, currents, amperes in (
            (MAIN, BACK_I, tuple(map(sum, zip(left, right, strict=True)))),
            (one, RIGHT_I, left), (other, RIGHT_I, right),
        )
    ]  # fmt: skip
    site = replace(plan, devices=(MAIN, one, other))
    assert judge_wiring(site, MAIN, samples_of(site, taken))[0].verdict == "fail"


def test_a_main_meter_with_an_unmetered_load_may_have_that_loads_power_factor(plan: SitePlan) -> None:
    """A fan of 0.80 besides charging is no wrong wiring; below a group meter nothing else is expected."""
    main = read(MAIN, RIGHT_U, RIGHT_I, angle_deg=33.0, amperes=(80, 80, 80))
    below = replace(METER, parent="PM0")
    small = read(below, RIGHT_U, RIGHT_I, angle_deg=5.0)
    assert verdict(plan, MAIN, main, small, beside=[below])[0].verdict == "pass"
    assert verdict(plan, METER, read(METER, RIGHT_U, RIGHT_I, angle_deg=33.0))[0].verdict == "inconclusive"


@pytest.mark.parametrize(
    ("quantity", "value", "words"),
    [
        ("voltage_l1_n", 1.4e9, "voltage L1"),
        ("frequency", 5.0, "frequency"),
        ("active_power_l2", 9e5, "on L2"),
        ("power_factor_l3", 0.1, "on L3"),
    ],
)
def test_wrong_decoding_is_not_taken_for_wrong_wiring(
    plan: SitePlan, quantity: str, value: float, words: str
) -> None:
    snapshot = read(METER, RIGHT_U, BACK_I)
    readings = tuple(replace(r, value=value) if r.quantity == quantity else r for r in snapshot.readings)
    *earlier, last = rounds(replace(snapshot, readings=readings))
    report = judge(replace(plan, devices=(METER,)), [last], earlier=earlier)
    judged = report.verdicts_of("PM1")["wiring"]
    assert judged.verdict == "inconclusive"
    assert judged.reason.startswith("The readings contradict each other.")
    assert all(f.code.startswith("decoding-") for f in report.findings)
    assert words in str(report.findings) + str(report.snapshots[0].readings)


def test_a_round_that_cannot_be_true_is_no_sample(plan: SitePlan) -> None:
    plan = replace(plan, devices=(METER,))
    taken = rounds(read(METER, RIGHT_U, RIGHT_I), count=4)
    painted = tuple(replace(r, value=1.4e9) if r.quantity == "voltage_l1_n" else r for r in taken[0].readings)
    taken[0] = replace(taken[0], readings=painted)
    assert len(samples_of(plan, taken)["PM1"]) == 3
    assert judge_wiring(plan, METER, samples_of(plan, taken))[0].verdict == "pass"


def test_a_device_that_was_not_there_in_the_first_round_keeps_step_with_the_others(plan: SitePlan) -> None:
    late = replace(METER, tag="PM2")
    plan = replace(plan, devices=(METER, late))
    taken = rounds(read(METER, RIGHT_U, RIGHT_I), read(late, RIGHT_U, RIGHT_I))
    samples = samples_of(plan, [s for k, s in enumerate(taken) if (k, s.tag) != (1, "PM2")])
    assert [sample.at[17:19] for sample in samples["PM1"]] == ["00", "01", "02"]
    assert [sample.at[17:19] for sample in samples["PM2"]] == ["01", "02"]


@pytest.mark.parametrize("amperes", [(40, 40, 40), (0.1, 0.1, 0.1)])
def test_a_meter_that_is_set_to_another_system_fails_before_any_load(plan: SitePlan, amperes) -> None:
    snapshot = read(METER, RIGHT_U, RIGHT_I, amperes=amperes)
    assert next(r for r in snapshot.readings if r.quantity == "system_type").value == "3P4W"
    readings = tuple(
        replace(r, value="3P3W") if r.quantity == "system_type" else r for r in snapshot.readings
    )
    judged, findings = verdict(plan, METER, replace(snapshot, readings=readings))
    assert judged.verdict == "fail"
    assert judged.reason.startswith("PM1 is set to 3P3W (system_type)")
    assert [f.code for f in findings] == ["system-setting"]
    single = replace(METER, phases=1)
    assert verdict(plan, single, replace(snapshot, readings=readings))[0].verdict != "fail"


def test_a_direct_meter_gets_no_advice_about_current_transformers(plan: SitePlan) -> None:
    direct = replace(METER, ct_primary_a=None, ct_secondary_a=None)
    judged, _ = verdict(plan, direct, read(direct, RIGHT_U, [(0, -1), (1, 1), (2, 1)]))
    assert judged.verdict == "fail"
    assert "transformer" not in judged.action
    assert "prove it dead" in judged.action
