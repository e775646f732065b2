"""A charger's own readings against the meter of its circuit, its state, its limit and itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from device_probe.diagnosis.balance import Circumstances
from device_probe.diagnosis.charger import ChargerVerdict, judge_chargers
from device_probe.diagnosis.charger_checks import state_word
from device_probe.diagnosis.evidence import Sample, Value
from device_probe.model import PlannedDevice, SitePlan

U = 230.0
ROUNDS = 12
Amperes = Callable[[int], tuple[float, float, float]]
METER = PlannedDevice("M", "x", "h", 502, 1, "group_meter", None, accuracy_percent=0.5, design_current_a=32)
STATION = PlannedDevice("C", "x", "h", 502, 1, "station", "M", accuracy_percent=2, design_current_a=32)


def plan(*devices: PlannedDevice) -> SitePlan:
    return SitePlan("s", "S", 400, 50, 8, "", 200, 8, devices)


ALONE = plan(METER, STATION)


def steps(k: int) -> tuple[float, float, float]:
    amperes = 16.0 if k < 7 else 8.0
    return amperes, amperes, amperes


def told(amperes: Amperes, more: Callable[[int], dict[str, Value]] = lambda k: {}) -> tuple[Sample, ...]:
    found = []
    for k in range(ROUNDS):
        row = amperes(k)
        readings: dict[str, Value] = {"active_power_total": U * sum(row)}
        for own, one in enumerate(row, 1):
            readings |= {f"active_power_l{own}": U * one, f"current_l{own}": abs(one)}
            readings |= {f"voltage_l{own}_n": U, f"reactive_power_l{own}": 0.0}
        found.append(Sample(f"2026-03-02T10:{k:02}:00+00:00", readings | more(k)))
    return tuple(found)


def judged(
    station: tuple[Sample, ...], meter: tuple[Sample, ...] | None = None, of: SitePlan = ALONE
) -> ChargerVerdict:
    return judge_chargers(of, {"M": meter or told(steps), "C": station}, Circumstances(skew_s=1))[0]


def codes(verdict: ChargerVerdict, word: str = "fail") -> set[str]:
    return {check.code for check in verdict.checks if check.word == word}


def charging(k: int) -> dict[str, Value]:
    return {"charger_state": "C2", "max_current_limit": 16.0, "phases_used": "3_phase"}


def test_a_right_charger_passes_in_every_check() -> None:
    verdict = judged(told(steps, charging))
    assert verdict.verdict == "pass"
    assert codes(verdict, "pass") >= {
        "against-meter",
        "state",
        "limit",
        "own-figures",
        "voltage",
        "phases-in-use",
    }


@pytest.mark.parametrize("factor", [0.5, 1.25, 1.732])
def test_a_charger_that_tells_another_power_fails_with_the_factor(factor: float) -> None:
    verdict = judged(told(lambda k: tuple(factor * i for i in steps(k)), charging))  # type: ignore[arg-type,return-value]
    assert verdict.verdict == "fail"
    assert f"{factor:.3g} times as much" in verdict.reason
    assert "clamp meter" in verdict.action


def test_phases_in_another_order_are_named() -> None:
    def own(k: int) -> tuple[float, float, float]:
        return steps(k)[0], 0.0, 0.0

    def seen(k: int) -> tuple[float, float, float]:
        return 0.0, steps(k)[0], 0.0

    verdict = judged(told(own), told(seen))
    assert codes(verdict) == {"phase-order"}
    assert "its L1 is M's L2" in verdict.reason
    turned = plan(METER, replace(STATION, phase_rotation="L2L3L1"))
    assert judged(told(own), told(seen), turned).verdict == "pass"


def test_a_value_that_never_changes_is_a_lie() -> None:
    assert "frozen" in codes(judged(told(lambda k: (12.0, 12.0, 12.0))))


def test_current_without_charging_fails_and_charging_without_current_stays_open() -> None:
    resting = judged(told(steps, lambda k: {"charger_state": "B1"}))
    assert codes(resting) == {"state"}
    full = judged(
        told(lambda k: (16.0, 16.0, 16.0) if k < 3 else (0.0, 0.0, 0.0), charging),
        told(lambda k: (16.0, 16.0, 16.0) if k < 3 else (0.0, 0.0, 0.0)),
    )
    assert full.verdict == "inconclusive"
    assert "another vehicle" in full.action


@pytest.mark.parametrize(
    ("label", "word"),
    [("C2", "charging"), ("charging", "charging"), ("A", "resting"), ("no_vehicle", "resting"), ("C1", None)],
)
def test_states_of_iec_61851_and_of_makers(label: str, word: str | None) -> None:
    assert state_word(Sample("", {"charger_state": label})) == word


def test_a_limit_must_hold_and_a_limit_that_does_not_bind_proves_nothing() -> None:
    over = judged(told(steps, lambda k: {"max_current_limit": 10.0 if k < 7 else 8.0}))
    assert codes(over) == {"limit"}
    assert "16.0 A with a limit of 10.0 A" in over.reason
    loose = judged(told(steps, lambda k: {"max_current_limit": 63.0}))
    assert "limit" in codes(loose, "info")
    lowered = judged(told(steps, lambda k: {"max_current_limit": 16.0 if k < 6 else 8.0}))
    assert "limit" not in codes(lowered)  # it follows one sample later


def test_more_phases_than_told_fail() -> None:
    verdict = judged(told(steps, lambda k: {"phases_used": "1_phase"}))
    assert codes(verdict) == {"phases-in-use"}


@pytest.mark.parametrize(("scale", "word"), [(1.0, "pass"), (1.3, "fail")])
def test_session_energy_against_power(scale: float, word: str) -> None:
    counted = [0.0]
    for k in range(1, ROUNDS):
        counted.append(counted[-1] + scale * U * 3 * (steps(k)[0] + steps(k - 1)[0]) / 2 / 60)
    verdict = judged(told(steps, lambda k: {"session_energy": counted[k]}))
    assert "energy" in codes(verdict, word)


def test_own_power_must_be_voltage_times_current() -> None:
    wrong = told(steps, lambda k: {"current_l1": 160.0, "current_l2": 160.0, "current_l3": 160.0})
    assert "own-figures" in codes(judged(wrong))


def test_behind_a_shared_meter_the_sum_is_compared() -> None:
    shared = plan(METER, STATION, replace(STATION, tag="D"))
    both = told(lambda k: tuple(2 * i for i in steps(k)))  # type: ignore[arg-type,return-value]
    right = judge_chargers(shared, {"M": both, "C": told(steps), "D": told(steps)}, Circumstances(skew_s=1))
    assert [v.verdict for v in right] == ["pass", "pass"]
    assert "sum" in right[0].reason
    lying = told(lambda k: tuple(3 * i for i in steps(k)))  # type: ignore[arg-type,return-value]
    open_ones = judge_chargers(shared, {"M": both, "C": told(steps), "D": lying}, Circumstances(skew_s=1))
    assert all(v.verdict == "inconclusive" and v.action for v in open_ones)


def test_without_a_vehicle_or_a_meter_nothing_is_decided() -> None:
    off = judged(told(lambda k: (0.0, 0.0, 0.0)), told(lambda k: (0.0, 0.0, 0.0)))
    assert off.verdict == "inconclusive"
    assert "did not charge" in off.reason
    unknown = judge_chargers(plan(replace(STATION, parent=None)), {"C": told(steps)})[0]
    assert unknown.verdict == "inconclusive"
    silent = judge_chargers(ALONE, {"M": told(steps)})[0]
    assert silent.verdict == "inconclusive"
