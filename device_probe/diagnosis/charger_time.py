"""What a charger says over time: values that never change, and the energy of its session. Pure."""

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from device_probe.diagnosis.balance.accuracy import counter_step
from device_probe.diagnosis.balance.series import TOTAL
from device_probe.diagnosis.charger_checks import MIN_ROUNDS, Check, Facts, state_word

ENERGY_PERCENT, ENERGY_STEPS, MIN_WH = 5.0, 20, 50.0
STILL_W = 100.0  # a load that moves less may well look the same in every sample
Row = tuple[str, float, float, float]  # moment, counter, own power, the meter's power


def frozen(facts: Facts) -> Check | None:
    """A value that never changes although what it measures does."""
    told = [v for v in facts.own.power[TOTAL] if v == v]
    if len(told) < 2 * MIN_ROUNDS or len(set(told)) > 1:
        return None
    words = {word for _, s in facts.read() if (word := state_word(s)) is not None}
    true = [v for v in facts.meter.power[TOTAL] if v == v] if facts.meter else []
    moved = bool(true) and max(true) - min(true) > 0.1 * max(map(abs, true)) + STILL_W and _steps(true)
    if moved or (told[0] > 200 and words == {"charging", "resting"}):
        sentence = f"{facts.tag} tells {told[0]:.0f} W in every sample, whatever it does."
        return Check(
            "frozen",
            "fail",
            sentence,
            "Restart the station; don't bill by its own meter until it follows.",
            told[0],
            unit="W",
        )
    return None


def _steps(values: Sequence[float]) -> bool:
    middle = (max(values) + min(values)) / 2
    high = sum(v > middle for v in values)
    return min(high, len(values) - high) >= 2


def energy(facts: Facts) -> Check | None:
    """The session's energy grows by what the power makes in the same time."""
    rows = [(s.at, v, facts.own.power[TOTAL][k], facts.meter.power[TOTAL][k] if facts.meter else math.nan)
            for k, s in facts.read() if (v := s.number("session_energy")) is not None]  # fmt: skip
    hours = _hours([row[0] for row in rows])
    steps = [b[1] - a[1] for a, b in pairwise(rows)]
    if hours is None or len(rows) < MIN_ROUNDS or any(step < 0 for step in steps):
        return None
    grown, grain = sum(steps), counter_step([row[1] for row in rows])
    made, source = _integral(hours, rows)
    if made != made or max(made, grown) < max(MIN_WH, ENERGY_STEPS * grain):
        return None
    permitted = ENERGY_PERCENT / 100 * made + 2 * grain + _uneven(hours, rows)
    if abs(grown - made) <= permitted:
        return Check(
            "energy",
            "pass",
            f"Session energy grew by {grown:.0f} Wh, power makes {made:.0f} Wh.",
            "",
            grown,
            made,
            permitted,
            "Wh",
        )
    sentence = f"{facts.tag}'s session energy grew by {grown:.0f} Wh where {source} makes {made:.0f} Wh."
    return Check(
        "energy",
        "fail",
        sentence,
        "Don't bill by this counter; check its scale and whether it counts VAh.",
        grown,
        made,
        permitted,
        "Wh",
    )


def _integral(hours: Sequence[float], rows: Sequence[Row]) -> tuple[float, str]:
    by_meter = all(row[3] == row[3] for row in rows)
    watts = [row[3] if by_meter else row[2] for row in rows]
    made = sum(
        (a + b) / 2 * (t1 - t0) for (a, b), (t0, t1) in zip(pairwise(watts), pairwise(hours), strict=True)
    )
    return made, "its meter's power" if by_meter else "its own power"


def _uneven(hours: Sequence[float], rows: Sequence[Row]) -> float:
    """Return what the power between two samples may have been beside its mean."""
    watts = [row[2] for row in rows]
    return sum(
        abs(b - a) / 2 * (t1 - t0) for (a, b), (t0, t1) in zip(pairwise(watts), pairwise(hours), strict=True)
    )


def _hours(moments: Sequence[str]) -> list[float] | None:
    try:
        return [datetime.fromisoformat(at).timestamp() / 3600 for at in moments]
    except ValueError:
        return None
