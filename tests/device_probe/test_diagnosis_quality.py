"""Is the power clean: every check that passes, fails or informs, and what too little load leaves open."""

import math
from typing import Any

import pytest

from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings

CLEAN = {
    "voltage_l1_n": 231.0, "voltage_l2_n": 230.0, "voltage_l3_n": 229.0, "frequency": 50.01,
    "voltage_l1_l2": 399.0, "voltage_l2_l3": 398.5, "voltage_l3_l1": 398.0,
    "current_l1": 40.0, "current_l2": 40.0, "current_l3": 40.0,
    "thd_voltage_l1": 2.0, "thd_voltage_l2": 2.1, "thd_voltage_l3": 2.2,
}  # fmt: skip
EN = {"voltage": "en50160"}
IEEE = {"current": "ieee519", "isc_over_il": 30, "il_a": 100}
AT_THE_GRID = {"measured_at": "connection_point"}


def judged(
    readings: dict[str, Any], limits: dict[str, Any] | None = None, samples: int = 3, **meter: Any
) -> dict[str, Any]:
    given = {
        "meter": {"system": "3P4W", "nominal_voltage_v": 230, "ct_primary_a": 100} | meter,
        "samples": [{"at": f"2026-03-02T10:00:0{n}Z", "readings": readings} for n in range(samples)],
        "limits": limits,
    }
    return dump_judgement(judge_readings(load_readings(given)))


def quality(readings: dict[str, Any], limits: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return dict(judged(readings, limits, **more)["power_quality"])


def check(found: dict[str, Any], quantity: str) -> dict[str, Any]:
    [one] = [each for each in found["checks"] if each["quantity"] == quantity]
    return dict(one)


def test_clean_power_passes_and_says_at_which_load() -> None:
    found = quality(CLEAN, EN)
    assert found["verdict"] == "pass"
    assert "indicative at 40 A, 3 samples" in found["statement"]
    assert {each["verdict"] for each in found["checks"]} == {"pass"}
    assert all(each["clause"] for each in found["checks"])


@pytest.mark.parametrize(
    ("quantity", "at_limit", "over", "unit", "clause"),
    [
        ("voltage_l1_n", 253.0, 253.1, "%", "EN 50160 4.2.2"),
        ("voltage_l1_n", 207.0, 206.9, "%", "EN 50160 4.2.2"),
        ("frequency", 50.5, 50.51, "%", "EN 50160 4.2.1"),
        ("frequency", 49.5, 49.49, "%", "EN 50160 4.2.1"),
        ("thd_voltage_l2", 8.0, 8.01, "%", "EN 50160 4.2.5"),
        ("harmonic_voltage_l1_h5", 6.0, 6.01, "%", "EN 50160 4.2.5"),
        ("harmonic_voltage_l3_h15", 0.5, 0.51, "%", "EN 50160 4.2.5"),
    ],
)
def test_a_value_at_its_limit_passes_and_one_above_fails(
    quantity: str, at_limit: float, over: float, unit: str, clause: str
) -> None:
    good = check(quality(CLEAN | {quantity: at_limit}, EN), quantity)
    assert good["verdict"] == "pass"
    assert (good["unit"], good["clause"]) == (unit, clause)
    found = judged(CLEAN | {quantity: over}, EN)
    bad = check(found["power_quality"], quantity)
    assert bad["verdict"] == "fail"
    assert "the standard judges averages over a longer time" in bad["note"]
    assert found["power_quality"]["verdict"] == found["verdict"] == "fail"
    assert found["power_quality"]["action"]
    assert bad["code"] in {each["code"] for each in found["findings"]}


def test_unbalance_by_cigre() -> None:
    lines = {"voltage_l1_l2": 400.0, "voltage_l2_l3": 390.0, "voltage_l3_l1": 410.0}
    found = check(quality(CLEAN | lines, EN), "voltage_unbalance")
    assert found["verdict"] == "fail"
    assert found["value"] == pytest.approx(2.888, abs=0.001)
    lines = {"voltage_l1_l2": 400.0, "voltage_l2_l3": 396.0, "voltage_l3_l1": 404.0}
    assert check(quality(CLEAN | lines, EN), "voltage_unbalance")["verdict"] == "pass"


def test_unbalance_that_the_device_computes_itself_is_information() -> None:
    readings = {k: v for k, v in CLEAN.items() if "_l1_l2" not in k} | {"voltage_unbalance": 3.0}
    found = check(quality(readings, EN), "voltage_unbalance")
    assert (found["verdict"], found["limit"]) == ("info", None)


def test_lengths_that_make_no_triangle_are_not_judged() -> None:
    lines = {"voltage_l1_l2": 400.0, "voltage_l2_l3": 400.0, "voltage_l3_l1": 900.0}
    assert not [c for c in quality(CLEAN | lines, EN)["checks"] if c["code"] == "voltage-unbalance"]


def test_limits_of_industrial_networks_differ_at_order_19() -> None:
    readings = CLEAN | {"harmonic_voltage_l1_h19": 1.7}
    assert check(quality(readings, EN), "harmonic_voltage_l1_h19")["verdict"] == "fail"
    found = check(quality(readings, {"voltage": "61000-2-4-class-2"}), "harmonic_voltage_l1_h19")
    assert (found["verdict"], found["limit"], found["clause"]) == ("pass", 1.76, "IEC 61000-2-4 class 2")


def test_thd_is_made_of_the_orders_where_the_device_has_none() -> None:
    readings = {k: v for k, v in CLEAN.items() if not k.startswith("thd")}
    readings |= {"harmonic_voltage_l1_h5": 3.0, "harmonic_voltage_l1_h7": 4.0}
    assert check(quality(readings, EN), "thd_voltage_l1")["value"] == pytest.approx(5.0)


def test_the_network_operators_own_limits_come_first() -> None:
    readings = CLEAN | {"harmonic_voltage_l1_h5": 4.5}
    found = check(quality(readings, EN | {"harmonics": {"h5": 4.0}}), "harmonic_voltage_l1_h5")
    assert (found["verdict"], found["limit"], found["clause"]) == (
        "fail", 4.0, "limit of the network operator",
    )  # fmt: skip
    alone = judged(readings, {"harmonics": {"h5": 4.5}})
    assert check(alone["power_quality"], "harmonic_voltage_l1_h5")["verdict"] == "pass"
    # an order without a limit stays information
    assert check(quality(readings, {"harmonics": {"h7": 4.0}}), "harmonic_voltage_l1_h5")["verdict"] == "info"


def test_without_limits_everything_is_information_and_nothing_is_proved() -> None:
    found = quality(CLEAN)
    assert found["verdict"] == "inconclusive"
    assert {each["verdict"] for each in found["checks"]} == {"info"}
    assert "has a limit" in found["reason"]


def test_harmonic_currents_are_held_against_ieee_519_at_the_connection_point_only() -> None:
    readings = CLEAN | {"harmonic_current_l1_h5": 7.0, "harmonic_current_l1_h11": 3.6}
    found = quality(readings, IEEE, **AT_THE_GRID)
    assert check(found, "harmonic_current_l1_h5")["verdict"] == "pass"
    eleven = check(found, "harmonic_current_l1_h11")
    assert (eleven["verdict"], eleven["value"], eleven["limit"], eleven["unit"]) == ("fail", 3.6, 3.5, "%")
    assert eleven["clause"] == "IEEE 519-2022 table 2"
    assert check(found, "tdd_current_l1")["value"] == pytest.approx(math.hypot(7.0, 3.6))
    at_the_feeder = quality(readings, IEEE, measured_at="feeder")
    tdd = check(at_the_feeder, "tdd_current_l1")
    assert (tdd["verdict"], tdd["limit"]) == ("info", None)
    assert "connection point only" in tdd["note"]
    assert check(at_the_feeder, "harmonic_current_l1_h11")["verdict"] == "info"


@pytest.mark.parametrize(
    ("limits", "unit", "words"),
    [
        ({"current": "ieee519", "il_a": 100}, "%", "Isc/IL is not known"),
        ({"current": "ieee519", "isc_over_il": 30}, "A", "IL is not known"),
        ({"current": "ieee519"}, "A", "IL is not known"),
        ({"il_a": 100}, "%", "no limit was given"),
    ],
)
def test_what_is_unknown_makes_information_with_its_reason(
    limits: dict[str, Any], unit: str, words: str
) -> None:
    found = quality(CLEAN | {"harmonic_current_l1_h5": 7.0}, limits, **AT_THE_GRID)
    for quantity in ("tdd_current_l1", "harmonic_current_l1_h5"):
        one = check(found, quantity)
        assert (one["verdict"], one["unit"], one["limit"]) == ("info", unit, None)
        assert words in one["note"]


def test_distortion_of_a_small_current_is_judged_by_the_demand() -> None:
    # 80 % of 2 A is 1.25 A, 1.25 % of the demand: nothing
    readings = {k: v for k, v in CLEAN.items() if not k.startswith("current")}
    readings |= {"current_l1": 2.0, "current_l2": 2.0, "current_l3": 2.0, "thd_current_l1": 80.0}
    found = quality(readings, IEEE, **AT_THE_GRID)
    assert check(found, "thd_current_l1")["verdict"] == "info"
    tdd = check(found, "tdd_current_l1")
    assert tdd["verdict"] == "pass"
    assert tdd["value"] == pytest.approx(2.0 * 0.8 / math.sqrt(1.64))
    assert found["verdict"] == "inconclusive"
    assert "10 A" in found["action"]


@pytest.mark.parametrize(("amperes", "verdict"), [(9.9, "inconclusive"), (10.0, "pass")])
def test_a_pass_needs_a_tenth_of_the_demand(amperes: float, verdict: str) -> None:
    flow = dict.fromkeys(("current_l1", "current_l2", "current_l3"), amperes)
    assert quality(CLEAN | flow, EN | {"il_a": 100})["verdict"] == verdict


def test_without_a_known_demand_a_pass_needs_what_the_transformers_see() -> None:
    flow = dict.fromkeys(("current_l1", "current_l2", "current_l3"), 4.0)
    assert quality(CLEAN | flow, EN)["verdict"] == "inconclusive"
    assert quality(CLEAN | flow, EN, ct_primary_a=None)["verdict"] == "pass"


def test_a_fault_shows_at_any_load() -> None:
    flow = dict.fromkeys(("current_l1", "current_l2", "current_l3"), 0.0)
    assert quality(CLEAN | flow | {"voltage_l2_n": 260.0}, EN)["verdict"] == "fail"


def test_the_middle_of_the_samples_counts() -> None:
    given = {
        "meter": {"system": "3P4W", "nominal_voltage_v": 230},
        "samples": [{"readings": CLEAN | {"thd_voltage_l1": value}} for value in (2.0, 30.0, 2.5)],
        "limits": EN,
    }
    found = dump_judgement(judge_readings(load_readings(given)))["power_quality"]
    assert check(found, "thd_voltage_l1")["value"] == 2.5


def test_sixty_hertz() -> None:
    found = check(quality(CLEAN | {"frequency": 60.6}, EN, nominal_frequency_hz=60), "frequency")
    assert found["verdict"] == "pass"
    assert check(quality(CLEAN | {"frequency": 50.0}, EN, nominal_frequency_hz=60), "frequency")[
        "verdict"
    ] == "fail"  # fmt: skip


def test_a_system_without_neutral_is_judged_between_its_lines() -> None:
    readings = {
        "voltage_l1_l2": 442.0,
        "voltage_l2_l3": 398.0,
        "voltage_l3_l1": 398.0,
        "thd_voltage_l1_l2": 9.0,
    }
    found = quality(readings, EN, system="3P3W")
    assert check(found, "voltage_l1_l2")["verdict"] == "fail"
    assert check(found, "voltage_l2_l3")["verdict"] == "pass"
    assert check(found, "thd_voltage_l1_l2")["verdict"] == "fail"


def test_devices_that_relate_distortion_to_the_rms_value_are_converted() -> None:
    readings = CLEAN | {"thd_current_l1": 60.0}
    plain = check(quality(readings, {"il_a": 100}), "thd_current_l1")
    rms = check(quality(readings, {"il_a": 100}, profile="siemens-pac3200"), "thd_current_l1")
    assert plain["value"] == 60.0
    assert rms["value"] == pytest.approx(75.0)
    # 60 % of 40 A rms are 24 A, whatever the basis was
    of_demand = check(quality(readings, {"il_a": 100}, profile="siemens-pac3200"), "tdd_current_l1")
    assert of_demand["value"] == pytest.approx(24.0)
    assert check(quality(readings, {}, profile="no-such-device"), "thd_current_l1")["value"] == 60.0


def test_k_factor_and_neutral_are_information() -> None:
    spectrum = {f"harmonic_current_l{k}_h3": 5.0 for k in (1, 2, 3)} | {"harmonic_current_l1_h1": 40.0}
    found = quality(CLEAN | spectrum | {"current_n": 15.0})
    factor = check(found, "k_factor_l1")
    assert factor["verdict"] == "info"
    assert factor["value"] == pytest.approx((1600 + 9 * 25) / 1625)
    neutral = check(found, "current_n")
    assert (neutral["verdict"], neutral["value"]) == ("info", 37.5)
    assert "third harmonics of the phases make 15 A" in neutral["note"]
    assert check(quality(CLEAN | spectrum), "current_n")["value"] == pytest.approx(15.0)
