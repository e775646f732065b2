"""Which wire is wrong: every kind of system, every way to miswire it, and what the data can't decide."""

import itertools
from typing import Any

import pytest

from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings
from tests.device_probe.miswired import SPLIT, document, four_wire, three_wire

RIGHT = ("L1", "L2", "L3")
RIGHT_I = ("+L1", "+L2", "+L3")
ORDERS = list(itertools.permutations(RIGHT))
CLOCKWISE, COUNTER = {"phase_sequence": "clockwise"}, {"phase_sequence": "counter_clockwise"}


def judged(readings: dict[str, Any], **meter: Any) -> dict[str, Any]:
    samples = meter.pop("samples", 3)
    return dump_judgement(judge_readings(load_readings(document(readings, samples, **meter))))


def wiring(readings: dict[str, Any], **meter: Any) -> dict[str, Any]:
    return dict(judged(readings, **meter)["wiring"])


def alike(found: dict[str, Any]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the best hypothesis and those that look like it."""
    best = found["hypotheses"][0]
    keys = [
        [(tuple(each["voltage_inputs"]), tuple(each["current_inputs"])) for each in group]
        for group in found["indistinguishable"]
    ]
    own = (tuple(best["voltage_inputs"]), tuple(best["current_inputs"]))
    return next((group for group in keys if group[0] == own), [own])


@pytest.mark.parametrize("load_angle", [-17.0, 0.0, 8.0, 25.0])
def test_all_288_wirings_of_a_four_wire_meter_are_named(load_angle: float) -> None:
    for order in ORDERS:
        even = order in (RIGHT, ("L2", "L3", "L1"), ("L3", "L1", "L2"))
        for conductors, signs in itertools.product(ORDERS, itertools.product("+-", repeat=3)):
            currents = tuple(s + c for s, c in zip(signs, conductors, strict=True))
            readings = four_wire(order, currents, angle=load_angle) | (CLOCKWISE if even else COUNTER)
            found = wiring(readings)
            right = even and currents == tuple(f"+{v}" for v in order)
            assert found["verdict"] == ("pass" if right else "fail"), (order, currents)
            assert (order, currents) in alike(found)


def test_a_mirrored_system_fails_where_the_sequence_was_read_and_passes_with_a_note_where_not() -> None:
    mirrored = four_wire(("L2", "L1", "L3"), ("+L2", "+L1", "+L3"))
    found = wiring(mirrored | COUNTER)
    assert found["verdict"] == "fail"
    assert "counter-clockwise" in found["reason"]
    unread = wiring(mirrored)
    assert unread["verdict"] == "pass"
    assert "phase sequence was not read" in unread["notes"][0]


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_voltage_is_named_whatever_else_flows(lost: int) -> None:
    inputs = tuple("0" if k == lost else v for k, v in enumerate(RIGHT))
    found = wiring(four_wire(inputs, RIGHT_I))
    assert found["verdict"] == "fail"
    assert found["hypotheses"][0]["voltage_inputs"] == list(inputs)
    assert f"no voltage at input L{lost + 1}" in found["reason"]


@pytest.mark.parametrize(
    ("inputs", "common"), [(("N", "L2", "L3"), "L1"), (("L1", "N", "L3"), "L2"), (("L1", "L2", "N"), "L3")]
)
def test_a_neutral_swapped_with_a_phase_is_named(inputs: tuple[str, ...], common: str) -> None:
    found = wiring(four_wire(inputs, RIGHT_I, common=common))
    assert found["verdict"] == "fail"
    assert found["hypotheses"][0]["voltage_inputs"] == list(inputs)
    assert "neutral" in found["reason"]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_silent_input_is_open_unless_its_phase_should_carry_current(gone: int) -> None:
    currents = tuple("0" if k == gone else c for k, c in enumerate(RIGHT_I))
    readings = four_wire(RIGHT, currents)
    assert wiring(readings)["verdict"] == "inconclusive"
    found = wiring(readings, expected_phases=["L1", "L2", "L3"])
    assert found["verdict"] == "fail"
    assert found["hypotheses"][0]["current_inputs"][gone] == "0"
    assert "shorting link" in found["correction"]


def test_one_phase_alone_may_fail_and_never_passes() -> None:
    amperes = {"L1": 40.0, "L2": 0.0, "L3": 0.0}
    right = wiring(four_wire(RIGHT, RIGHT_I, amperes=amperes))
    assert right["verdict"] == "inconclusive"
    assert "L2 and L3" in right["reason"]
    wrong = wiring(four_wire(RIGHT, ("-L1", "+L2", "+L3"), amperes=amperes))
    assert wrong["verdict"] == "fail"
    assert "What is on L2 and L3 is not known yet" in wrong["correction"]


def test_two_element_meters_without_neutral_are_judged_by_their_elements() -> None:
    for order in ORDERS:
        for first, second in itertools.permutations(RIGHT, 2):
            for signs in itertools.product("+-", repeat=2):
                currents = (signs[0] + first, signs[1] + second)
                found = wiring(three_wire(order, currents), system="3P3W")
                assert (order, currents) in alike(found), (order, currents)
                matched = currents == (f"+{order[0]}", f"+{order[2]}")
                assert (found["verdict"] == "pass") == matched, (order, currents)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_voltage_of_a_meter_without_neutral_is_named_though_it_floats(lost: int) -> None:
    inputs = tuple("0" if k == lost else v for k, v in enumerate(RIGHT))
    found = wiring(three_wire(inputs, ("+L1", "+L3")), system="3P3W")
    assert found["verdict"] == "fail"
    assert f"no voltage at input L{lost + 1}" in found["reason"]


def test_a_single_phase_meter_is_right_or_reversed() -> None:
    right = four_wire(("L1",), ("+L1",))
    assert wiring(right, system="1P")["verdict"] == "pass"
    found = wiring(four_wire(("L1",), ("-L1",)), system="1P")
    assert found["verdict"] == "fail"
    # phase and neutral swapped at the meter look the same
    assert [g["voltage_inputs"] for group in found["indistinguishable"] for g in group] == [["L1"], ["N"]]


def test_a_split_phase_meter_is_judged() -> None:
    right = four_wire(("L1", "L2"), ("+L1", "+L2"), at=SPLIT)
    assert wiring(right, system="split")["verdict"] == "pass"
    for currents in (("-L1", "+L2"), ("+L1", "-L2"), ("-L1", "-L2")):
        found = wiring(four_wire(("L1", "L2"), currents, at=SPLIT), system="split")
        assert found["verdict"] == "fail"
        assert (("L1", "L2"), currents) in alike(found)


def test_generation_and_mixed_places() -> None:
    exporting = four_wire(RIGHT, ("-L1", "-L2", "-L3"), angle=2.0)
    assert wiring(exporting)["verdict"] == "fail"
    assert wiring(exporting, role="generation")["verdict"] == "pass"
    mixed = wiring(exporting, role="mixed")
    assert mixed["verdict"] == "inconclusive"
    assert "Switch generation and storage off" in mixed["action"]
    crossed = four_wire(RIGHT, ("-L2", "-L1", "-L3"), angle=2.0)
    assert wiring(crossed, role="mixed")["verdict"] == "fail"


@pytest.mark.parametrize(
    ("amperes", "samples", "words"),
    [(4.9, 3, "5 A"), (40.0, 2, "Only 2 samples"), (0.0, 5, "No input carries")],
)
def test_too_little_is_inconclusive_and_says_what_is_missing(
    amperes: float, samples: int, words: str
) -> None:
    flow = dict.fromkeys(RIGHT, amperes)
    found = wiring(four_wire(RIGHT, ("+L1", "-L2", "+L3"), amperes=flow), samples=samples)
    assert found["verdict"] == "inconclusive"
    assert words in found["reason"]
    assert found["action"]


def test_a_load_beyond_what_was_assumed_never_makes_right_wiring_fail() -> None:
    for angle in (30.0, 33.9, 36.9):
        assert wiring(four_wire(RIGHT, RIGHT_I, angle=angle))["verdict"] == "inconclusive"
    assert wiring(four_wire(RIGHT, RIGHT_I, angle=30.0), load="general")["verdict"] == "pass"


def test_without_reactive_power_every_wrong_wiring_is_still_kept_from_passing() -> None:
    for conductors, signs in itertools.product(ORDERS, itertools.product("+-", repeat=3)):
        currents = tuple(s + c for s, c in zip(signs, conductors, strict=True))
        readings = {k: v for k, v in four_wire(RIGHT, currents).items() if not k.startswith("reactive")}
        right = currents == RIGHT_I
        verdict = wiring(readings | CLOCKWISE)["verdict"]
        assert verdict == "pass" if right else verdict != "pass", currents


def test_the_correction_is_safe_small_and_says_what_it_brings() -> None:
    found = wiring(four_wire(RIGHT, ("+L1", "-L2", "+L3")) | CLOCKWISE)
    assert "swap S1 and S2 of the CT at input L2" in found["correction"]
    assert "never open its secondary" in found["correction"]
    assert found["correction"].index("Isolate") < found["correction"].index("swap")
    assert "+9.1 kW on L2" in found["expect"]
    direct = wiring(four_wire(RIGHT, ("+L1", "-L2", "+L3")) | CLOCKWISE, ct_primary_a=None)
    assert "S1" not in direct["correction"]


def test_samples_that_disagree_decide_nothing() -> None:
    right, wrong = four_wire(RIGHT, RIGHT_I), four_wire(RIGHT, ("+L1", "-L2", "+L3"))
    given = document(right, 4)
    for place in (0, 2):
        given["samples"][place]["readings"] = wrong
    found = dump_judgement(judge_readings(load_readings(given)))["wiring"]
    assert found["verdict"] == "inconclusive"
