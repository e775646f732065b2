"""Wiring verdicts: every wrong current wiring is found, no right one accused, doubt comes with its cure."""

import itertools
import math
from dataclasses import replace

import pytest

from device_probe.model import PlannedDevice, Reading, SitePlan, Snapshot
from device_probe.profile_schema import load_profile
from device_probe.simulator.network import ROTATION, Conductor
from device_probe.simulator.values import quantities_of
from device_probe.wiring_verdict import judge_wiring

METER = PlannedDevice("PM1", "eastron-sdm630", "h", 502, 1, "group_meter", ct_primary_a=150, ct_secondary_a=5)
ANALYSER = replace(METER, profile="janitza-umg-96rm-e")
NO_Q = replace(METER, profile="schneider-iem3155-iem3255")
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


RIGHT_U = [(0, 1), (1, 1), (2, 1)]
RIGHT_I = [(0, 1), (1, 1), (2, 1)]


def verdict(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, generation: bool = False):
    return judge_wiring(plan, device, snapshot, generation)


@pytest.mark.parametrize("device", [METER, ANALYSER])
@pytest.mark.parametrize("angle", ANGLES)
def test_all_48_current_wirings_are_judged_right(plan: SitePlan, device: PlannedDevice, angle: float) -> None:
    for order, polarity in WIRINGS:
        currents = list(zip(order, polarity, strict=True))
        judged, findings = verdict(plan, device, read(device, RIGHT_U, currents, angle))
        correct = order == (0, 1, 2) and polarity == (1, 1, 1)
        assert judged.verdict == ("pass" if correct else "fail"), (order, polarity)
        if device is ANALYSER and not correct:
            blamed = {f.phase for f in findings if f.code == "ct-reversed"}
            assert blamed == {f"L{k + 1}" for k in range(3) if polarity[k] < 0}
            assert any(f.code == "ct-on-wrong-phase" for f in findings) == (order != (0, 1, 2))


def test_without_reactive_power_the_48_wirings_still_never_pass_wrongly(plan: SitePlan) -> None:
    for order, polarity in WIRINGS:
        judged, _ = verdict(plan, NO_Q, read(NO_Q, RIGHT_U, list(zip(order, polarity, strict=True)), 8.0))
        assert (judged.verdict == "pass") == (order == (0, 1, 2) and polarity == (1, 1, 1))


def test_the_remedy_of_a_reversed_ct_names_the_terminals_and_never_opens_a_secondary(plan: SitePlan) -> None:
    judged, findings = verdict(plan, METER, read(METER, RIGHT_U, [(0, 1), (1, -1), (2, 1)]))
    assert judged.reason == "The CT on L2 of PM1 is reversed."
    assert [f.code for f in findings] == ["ct-reversed"]
    assert findings[0].phase == "L2"
    assert (
        "isolate the circuit and prove it dead, or short the current transformer at its test block"
        in judged.action
    )
    assert "never open its secondary" in judged.action
    assert "swap S1 and S2 of the CT on L2 of PM1" in judged.action
    assert "about +9.1 kW" in judged.action


def test_no_sentence_tells_anyone_to_open_a_current_transformer(plan: SitePlan) -> None:
    for order, polarity in WIRINGS:
        _, findings = verdict(plan, METER, read(METER, RIGHT_U, list(zip(order, polarity, strict=True))))
        for finding in findings:
            words = finding.remedy.lower()
            assert words.index("isolate") < words.index("then ")
            assert "open" not in words.replace("never open", "")


def test_swapped_voltage_leads_are_told_from_swapped_cts_by_the_phase_sequence(plan: SitePlan) -> None:
    swapped = read(ANALYSER, [(1, 1), (0, 1), (2, 1)], RIGHT_I)
    judged, findings = verdict(plan, ANALYSER, swapped)
    assert judged.verdict == "fail"
    assert [(f.code, f.phase) for f in findings] == [("voltage-leads-swapped", "L1 and L2")]
    crossed = read(ANALYSER, RIGHT_U, [(1, 1), (0, 1), (2, 1)])
    assert [f.code for f in verdict(plan, ANALYSER, crossed)[1]] == ["ct-on-wrong-phase"]
    # a meter that tells neither sequence nor reactive power cannot decide, and says so
    doubt = verdict(plan, NO_Q, read(NO_Q, RIGHT_U, [(1, 1), (0, 1), (2, 1)]))[1]
    assert "voltage leads may be swapped instead" in doubt[0].sentence


def test_a_missing_voltage_names_its_phase(plan: SitePlan) -> None:
    judged, findings = verdict(plan, ANALYSER, read(ANALYSER, [(0, 1), (1, 1), (2, 0)], RIGHT_I))
    assert judged.verdict == "fail"
    assert (findings[0].code, findings[0].phase) == ("voltage-input-missing", "L3")


def test_a_mirrored_supply_passes_with_a_warning_about_the_sequence(plan: SitePlan) -> None:
    mirrored = [(1, 1), (0, 1), (2, 1)]
    judged, findings = verdict(plan, ANALYSER, read(ANALYSER, mirrored, mirrored))
    assert judged.verdict == "pass"
    assert [f.code for f in findings] == ["phase-sequence"]


def test_too_little_load_is_inconclusive_with_the_action_that_decides(plan: SitePlan) -> None:
    judged, findings = verdict(plan, METER, read(METER, RIGHT_U, RIGHT_I, amperes=(0.3, 0.3, 0.3)))
    assert (judged.verdict, findings) == ("inconclusive", ())
    assert "7.5 A" in judged.action
    assert "probe again" in judged.action


def test_one_phase_without_load_is_left_open_and_named(plan: SitePlan) -> None:
    judged, _ = verdict(plan, METER, read(METER, RIGHT_U, RIGHT_I, amperes=(40, 40, 0.2)))
    assert judged.verdict == "inconclusive"
    assert "L3" in judged.reason
    wrong, _ = verdict(plan, METER, read(METER, RIGHT_U, [(0, 1), (1, -1), (2, 1)], amperes=(40, 40, 0.2)))
    assert wrong.verdict == "fail"


def test_flow_back_is_left_open_only_where_something_can_generate(plan: SitePlan) -> None:
    backwards = read(METER, RIGHT_U, [(k, -1) for k in range(3)])
    assert verdict(plan, METER, backwards)[0].verdict == "fail"
    judged, _ = verdict(plan, METER, backwards, generation=True)
    assert judged.verdict == "inconclusive"
    assert "Switch the generation" in judged.action


def test_an_angle_that_no_charging_load_has_is_not_explained_away(plan: SitePlan) -> None:
    judged, _ = verdict(plan, ANALYSER, read(ANALYSER, RIGHT_U, RIGHT_I, angle_deg=34.0))
    assert judged.verdict == "inconclusive"


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
    snapshot = read(METER, RIGHT_U, RIGHT_I)
    readings = tuple(replace(r, value=value) if r.quantity == quantity else r for r in snapshot.readings)
    judged, findings = verdict(plan, METER, replace(snapshot, readings=readings))
    assert judged.verdict == "inconclusive"
    assert words in judged.reason
    assert [f.code for f in findings] == ["decoding-implausible"]


def test_a_direct_meter_gets_no_advice_about_current_transformers(plan: SitePlan) -> None:
    direct = replace(METER, ct_primary_a=None, ct_secondary_a=None)
    judged, _ = verdict(plan, direct, read(direct, RIGHT_U, [(0, -1), (1, 1), (2, 1)]))
    assert judged.verdict == "fail"
    assert "transformer" not in judged.action
    assert "prove it dead" in judged.action
