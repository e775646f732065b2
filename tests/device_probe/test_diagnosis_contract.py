"""Judging readings from a file: what a stranger may put into it, and how long a verdict takes."""

import json
import math
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings
from device_probe.problems import PlanFileError
from tests.device_probe.miswired import document, four_wire

RIGHT, RIGHT_I = ("L1", "L2", "L3"), ("+L1", "+L2", "+L3")
REVERSED = ("+L1", "-L2", "+L3")


def judged(file: object) -> dict[str, Any]:
    found = dump_judgement(judge_readings(load_readings(file)))
    json.dumps(found, allow_nan=False)  # always a document
    return found


def changed(readings: dict[str, Any], samples: int = 3, **meter: Any) -> dict[str, Any]:
    return judged(document(four_wire(RIGHT, REVERSED) | readings, samples, **meter))


def test_the_list_form_of_a_snapshot_says_the_same() -> None:
    given = document(four_wire(RIGHT, REVERSED))
    listed = document({})
    for sample in listed["samples"]:
        sample["readings"] = [
            {"quantity": name, "value": value, "unit": "", "problem": None, "raw": "0x1"}
            for name, value in given["samples"][0]["readings"].items()
        ]
    assert judged(listed) == judged(given)


@pytest.mark.parametrize("problem", ["unreadable", "not_available", "suspect"])
def test_a_reading_with_a_problem_counts_as_not_read(problem: str) -> None:
    listed = document({})
    for sample in listed["samples"]:
        sample["readings"] = [
            {"quantity": name, "value": value, "problem": problem if "l2" in name else None}
            for name, value in four_wire(RIGHT, REVERSED).items()
        ]
    assert judged(listed)["wiring"]["verdict"] == "inconclusive"


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, 10**400, -1e300, "", "⚡ 12", []])
@pytest.mark.parametrize("quantity", ["voltage_l2_n", "current_l2", "active_power_l2", "reactive_power_l2"])
def test_a_value_that_is_none_is_left_out(quantity: str, value: Any) -> None:
    found = changed({quantity: value})
    without = changed({quantity: None})
    assert found["wiring"] == without["wiring"]
    assert found["wiring"]["verdict"] != "pass"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ([], "a JSON object with meter and samples"),
        (None, "a JSON object with meter and samples"),
        ({}, "meter"),
        ({"meter": {"nominal_voltage_v": 230}}, "samples"),
        ({"meter": {"nominal_voltage_v": 0}, "samples": []}, "nominal_voltage_v"),
        ({"meter": {"nominal_voltage_v": math.nan}, "samples": []}, "nominal_voltage_v"),
        ({"meter": {"nominal_voltage_v": 1e12}, "samples": []}, "nominal_voltage_v"),
        ({"meter": {"nominal_voltage_v": 230, "system": "2P"}, "samples": []}, "system"),
        ({"meter": {"nominal_voltage_v": 230, "colour": "red"}, "samples": []}, "colour"),
        ({"meter": {"nominal_voltage_v": 230, "expected_phases": ["L4"]}, "samples": []}, "expected_phases"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [5]}, "samples"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [{"at": "x"}]}, "readings"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [{"readings": 7}]}, "samples.0.readings"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [{"readings": ["a"]}]}, "quantity and value"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [{"readings": [[1]]}]}, "quantity and value"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [{"readings": {"Ü": 1}}]}, "no name of a quantity"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [{"readings": {"current_l1": True}}]}, "_l1"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [{"readings": {"current_l1": {}}}]}, "current_l1"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [], "limits": {"harmonics": {"h1": 1}}}, "h5"),
        ({"meter": {"nominal_voltage_v": 230}, "samples": [], "limits": {"current": "iec"}}, "current"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_one_sentence(file: object, words: str) -> None:
    with pytest.raises(PlanFileError) as refused:
        load_readings(file, "readings.json")
    said = str(refused.value)
    assert said.startswith("readings.json:")
    assert words in said
    assert "\n" not in said


def test_no_samples_and_empty_samples_decide_nothing() -> None:
    for count in (0, 5):
        found = judged(document({}, count))
        assert found["verdict"] == "inconclusive"
        assert found["wiring"]["action"]
        assert found["power_quality"]["verdict"] == "inconclusive"


def test_unknown_quantities_are_no_harm() -> None:
    plain = changed({})
    more = changed({
        "harmonic_voltage_l1_hx": 3, "harmonic_current_l1_h": 1, "harmonic_voltage_l1_h5_max": 2,
        "harmonic_voltage_l1_h0": 1, "teapot": "⚡", "current_l9": 1,
    })  # fmt: skip
    assert more["wiring"] == plain["wiring"]


def test_power_without_the_sign_of_the_current_is_the_same() -> None:
    negative = {name: -value for name, value in four_wire(RIGHT, REVERSED).items() if "current" in name}
    assert changed(negative)["wiring"]["verdict"] == "fail"


def test_current_without_any_power_is_no_missing_current() -> None:
    # a lost voltage: the current flows, no power is measured
    inputs = ("L1", "0", "L3")
    readings = four_wire(inputs, RIGHT_I)
    assert readings["active_power_l2"] == readings["reactive_power_l2"] == 0
    found = judged(document(readings, expected_phases=["L1", "L2", "L3"]))["wiring"]
    assert found["verdict"] == "fail"
    assert found["hypotheses"][0] | {"probability": 0} == {
        "voltage_inputs": list(inputs), "current_inputs": list(RIGHT_I), "probability": 0,
    }  # fmt: skip
    assert "gets nothing" not in found["reason"]


def test_power_that_an_input_without_voltage_cannot_give_excludes_that_it_is_lost() -> None:
    readings = {k: v for k, v in four_wire(RIGHT, RIGHT_I).items() if k != "voltage_l2_n"}
    found = judged(document(readings | {"phase_sequence": "clockwise"}))["wiring"]
    assert not [each for each in found["hypotheses"] if each["voltage_inputs"][1] == "0"]


def test_a_correction_is_named_only_where_it_helps_whatever_is_true() -> None:
    # one loaded phase and no phase sequence: a swapped lead and a swapped current look the same
    amperes = {"L1": 0.0, "L2": 40.0, "L3": 0.0}
    found = judged(document(four_wire(RIGHT, ("+L2", "+L1", "+L3"), amperes=amperes)))["wiring"]
    assert found["verdict"] == "fail"
    assert found["correction"].startswith("Check the phase sequence at the meter's voltage inputs.")
    assert len(found["corrected"]) == 2
    read = four_wire(RIGHT, ("+L2", "+L1", "+L3"), amperes=amperes) | {"phase_sequence": "clockwise"}
    sure = judged(document(read))["wiring"]
    assert len(sure["corrected"]) == 1
    assert "CTs" in sure["correction"]


def test_reversed_currents_where_power_flows_both_ways_are_not_corrected_by_guess() -> None:
    swapped = four_wire(RIGHT, ("+L2", "+L1", "-L3"))
    found = judged(document(swapped | {"phase_sequence": "clockwise"}, role="mixed"))["wiring"]
    assert found["verdict"] == "fail"
    assert not found["correction"]
    assert "Switch generation and storage off" in found["action"]


def test_neutral_and_lost_leads_come_first_where_the_rest_is_open() -> None:
    readings = four_wire(("N", "L2", "L3"), ("+L1", "-L2", "+L3"), common="L1")
    found = judged(document(readings))
    wiring = found["wiring"]
    assert wiring["verdict"] == "fail"
    assert "exchange the leads at N and at the voltage input L1" in wiring["correction"]
    assert {each["code"] for each in found["findings"]} >= {"neutral-swapped"}


def test_loads_between_two_lines_never_make_right_wiring_fail() -> None:
    for at in range(-18, 37, 3):
        # one station between L1 and L3: U12 leads its current by 60° + φ - 60°, U32 lags behind
        readings = {
            "voltage_l1_l2": 230.0, "voltage_l2_l3": 230.0, "voltage_l3_l1": 230.0,
            "current_l1": 40.0, "current_l3": 40.0,
            **{
                f"{kind}_power_l{k}": 9200 * part(math.radians(turned + at))
                for k, turned in ((1, 60), (3, -60))
                for kind, part in (("active", math.cos), ("reactive", math.sin))
            },
        }  # fmt: skip
        given = document(readings, system="3P3W", nominal_voltage_v=132.8, load="general")
        assert judged(given)["wiring"]["verdict"] != "fail", at


@pytest.mark.parametrize(
    ("currents", "more"),
    [(RIGHT_I, {}), (REVERSED, {}), (("+L2", "+L1", "+L3"), {"role": "mixed"}), (("+L3", "0", "0"), {}),
     (("-L1", "0", "+L3"), {"load": "general"})],
)  # fmt: skip
def test_hypotheses_stand_by_probability_and_the_first_group_holds_the_best(
    currents: tuple[str, ...], more: dict[str, Any]
) -> None:
    wiring = judged(document(four_wire(RIGHT, currents), **more))["wiring"]
    likely = [each.pop("probability") for each in wiring["hypotheses"]]
    assert likely == sorted(likely, reverse=True)
    assert wiring["indistinguishable"][0][0] == wiring["hypotheses"][0]
    assert all(len(group) > 1 for group in wiring["indistinguishable"][1:])


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("quantity", ["phase_angle", "cos_phi"])
def test_angles_of_the_device_count_where_reactive_power_is_missing(quantity: str, turn: int) -> None:
    # strong distortion: P over U times I alone would look like 37 degrees
    readings = four_wire(RIGHT, RIGHT_I, angle=4.0)
    for k in (1, 2, 3):
        readings[f"current_l{k}"] *= 1.25
        del readings[f"reactive_power_l{k}"]
    assert judged(document(readings | {"phase_sequence": "clockwise"}))["wiring"]["verdict"] != "pass"
    told = turn * 4.0 if quantity == "phase_angle" else turn * math.cos(math.radians(4))
    readings |= {f"{quantity}_l{k}": told for k in (1, 2, 3)}
    assert judged(document(readings | {"phase_sequence": "clockwise"}))["wiring"]["verdict"] == "pass"


def test_the_smallest_numbers_are_nothing() -> None:
    tiny = dict.fromkeys(("current_l1", "current_l2", "current_l3", "voltage_l1_l2", "voltage_l2_l3"), 5e-324)
    found = changed(tiny | {"voltage_l3_l1": 5e-324, "current_n": 1e15})
    assert found["wiring"]["verdict"] == "inconclusive"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(
    st.sampled_from([f"{q}_l{k}{s}" for k in (1, 2, 3) for q, s in (
        ("voltage", "_n"), ("current", ""), ("active_power", ""), ("reactive_power", ""),
        ("power_factor", ""),
    )] + ["voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1", "phase_sequence", "frequency", "current_n"]),
    st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=3)),
), st.sampled_from(["3P4W", "3P3W", "1P", "split"]))  # fmt: skip
def test_any_readings_are_judged_without_harm(readings: dict[str, Any], system: str) -> None:
    limits = {"voltage": "en50160", "current": "ieee519", "isc_over_il": 30, "il_a": 100}
    file = document(readings, system=system, measured_at="connection_point") | {"limits": limits}
    assert judged(file)["verdict"] in ("pass", "fail", "inconclusive")


def test_a_hundred_thousand_samples_take_seconds() -> None:
    file = document(four_wire(RIGHT, REVERSED), 100_000)
    begin = time.process_time()
    found = judged(file)
    assert time.process_time() - begin < 30
    assert found["wiring"]["verdict"] == "fail"
    assert "100000 samples" in found["power_quality"]["statement"]


def test_five_hundred_meters_of_ten_samples_take_seconds() -> None:
    chance = random.Random(1)
    files = [document(four_wire(RIGHT, chance.choice((RIGHT_I, REVERSED))), 10) for _ in range(500)]
    begin = time.process_time()
    for file in files:
        judged(file)
    assert time.process_time() - begin < 15
