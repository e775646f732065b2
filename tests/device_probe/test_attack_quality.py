"""The power quality of judge --readings against figures worked out by hand, limits at their very edge."""

import math
from typing import Any

import pytest

from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings

EN, CLASS_2 = {"voltage": "en50160"}, {"voltage": "61000-2-4-class-2"}


def quality(
    readings: dict[str, float], limits: dict[str, Any] | None, amperes: float = 100.0, **meter: Any
) -> dict[str, Any]:
    loaded = {f"current_l{k}": amperes for k in (1, 2, 3)} | {f"voltage_l{k}_n": 230.0 for k in (1, 2, 3)}
    document = {
        "meter": {"system": "3P4W", "nominal_voltage_v": 230, "ct_primary_a": 250, "role": "load",
                  "load": "general", "measured_at": "connection_point"} | meter,
        "samples": [{"at": f"2026-03-02T10:00:0{k}Z", "readings": loaded | readings} for k in range(4)],
        "limits": limits,
    }  # fmt: skip
    found: dict[str, Any] = dump_judgement(judge_readings(load_readings(document)))["power_quality"]
    return found


def check(found: dict[str, Any], quantity: str) -> dict[str, Any]:
    return next(each for each in found["checks"] if each["quantity"] == quantity)


@pytest.mark.parametrize(
    ("limits", "quantity", "value", "limit", "word"),
    [
        (EN, "harmonic_voltage_l1_h5", 6.0, 6.0, "pass"),
        (EN, "harmonic_voltage_l1_h5", 6.01, 6.0, "fail"),
        (EN, "harmonic_voltage_l2_h21", 0.45, 0.5, "pass"),
        (CLASS_2, "harmonic_voltage_l2_h21", 0.45, 0.3, "fail"),
        (CLASS_2, "harmonic_voltage_l3_h15", 0.45, 0.4, "fail"),
        (CLASS_2, "harmonic_voltage_l3_h19", 1.7, 1.76, "pass"),
        (EN, "thd_voltage_l3", 8.1, 8.0, "fail"),
        (EN | {"harmonics": {"h5": 3.0}}, "harmonic_voltage_l1_h5", 4.0, 3.0, "fail"),
        ({"harmonics": {"h5": 3.0}}, "harmonic_voltage_l1_h7", 4.0, None, "info"),
        (None, "harmonic_voltage_l1_h5", 40.0, None, "info"),
    ],
)
def test_a_voltage_is_held_against_its_limit(
    limits: dict[str, Any] | None, quantity: str, value: float, limit: float | None, word: str
) -> None:
    found = check(quality({quantity: value}, limits), quantity)
    assert (found["value"], found["limit"], found["verdict"]) == (pytest.approx(value), limit, word)
    assert ("averages" in found["note"]) is (word == "fail")


@pytest.mark.parametrize(
    ("ratio", "row", "tdd"),
    [(19.9, (4, 2, 2.0), 5), (20, (7, 3.5, 3.5), 8), (50, (10, 4.5, 5.0), 12), (100, (12, 5.5, 6.0), 15),
     (1000, (12, 5.5, 6.0), 15), (1001, (15, 7, 7.5), 20)],
)  # fmt: skip
def test_ieee_519_takes_the_row_of_isc_over_il(
    ratio: float, row: tuple[float, float, float], tdd: float
) -> None:
    currents = {"harmonic_current_l1_h5": 3.0, "harmonic_current_l1_h11": 4.0, "harmonic_current_l1_h4": 1.0}
    found = quality(currents, {"current": "ieee519", "isc_over_il": ratio, "il_a": 100})
    assert [check(found, f"harmonic_current_l1_h{h}")["limit"] for h in (5, 11, 4)] == list(row)
    total = check(found, "tdd_current_l1")
    assert (total["value"], total["limit"]) == (pytest.approx(math.sqrt(26)), tdd)


@pytest.mark.parametrize(
    ("limits", "place"),
    [
        ({"current": "ieee519", "isc_over_il": 15, "il_a": 100}, "feeder"),
        ({"current": "ieee519", "il_a": 100}, "connection_point"),
        ({"current": "ieee519", "isc_over_il": 15}, "connection_point"),
        ({"isc_over_il": 15, "il_a": 100}, "connection_point"),
    ],
)
def test_a_current_without_what_its_limit_needs_is_information(limits: dict[str, Any], place: str) -> None:
    found = quality({"harmonic_current_l1_h5": 90.0}, limits, measured_at=place)
    assert check(found, "harmonic_current_l1_h5")["verdict"] == "info"
    assert found["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("lines", "percent"),
    [((400, 400, 400), 0.0), ((400, 396, 404), 1.155), ((400, 390, 410), 2.888), ((410, 400, 380), 4.424)],
)
def test_unbalance_is_that_of_cigre(lines: tuple[float, ...], percent: float) -> None:
    names = ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")
    found = check(quality(dict(zip(names, lines, strict=True)), EN), "voltage_unbalance")
    assert found["value"] == pytest.approx(percent, abs=0.001)
    assert found["verdict"] == ("fail" if percent > 2 else "pass")


def test_good_values_at_little_load_prove_nothing_and_bad_ones_fail() -> None:
    assert quality({"thd_voltage_l1": 3.0}, EN, amperes=2.0)["verdict"] == "inconclusive"
    assert quality({"thd_voltage_l1": 3.0}, EN | {"il_a": 5000})["verdict"] == "inconclusive"
    assert quality({"thd_voltage_l1": 3.0}, EN)["verdict"] == "pass"
    assert quality({"thd_voltage_l1": 9.0}, EN, amperes=2.0)["verdict"] == "fail"
