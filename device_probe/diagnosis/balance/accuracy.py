"""How far the reading of one device may be off, by its class, its transformer, its load and its PF. Pure.

The chain of a meter: its own class, the ratio error of its current transformer (IEC 61869-2) and what the
transformer's phase displacement makes of the reactive power: phi (rad) times Q. In watts, because a sum of
loads and generation may be near zero while each of them is off by its own share.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from device_probe.model import PlannedDevice

#: Class -> (share of the rated current, ratio error in %, phase displacement in minutes).
CT_ERRORS: dict[float, tuple[tuple[float, float, float], ...]] = {
    0.1: ((0.05, 0.4, 15), (0.2, 0.2, 8), (1.0, 0.1, 5)),
    0.2: ((0.05, 0.75, 30), (0.2, 0.35, 15), (1.0, 0.2, 10)),
    0.5: ((0.05, 1.5, 90), (0.2, 0.75, 45), (1.0, 0.5, 30)),
    1.0: ((0.05, 3.0, 180), (0.2, 1.5, 90), (1.0, 1.0, 60)),
}
LOW_SHARE = 0.05  # below it classes promise nothing: the error in watts stays what it may be there
LOW_METER = 1.5  # what a meter's class is worth there
LOW_PF, LOW_PF_METER = 0.8, 1.2
CHARGER_PERCENT = (2.0, 5.0)  # a charger's own readings have no class
CHARGER_A = 0.1  # its resolution and standby, on each phase
DIRECT_A = 63.0  # rated current of a meter without transformer whose circuit is not known
DERIVED_PERCENT = 3.0  # power made from voltage and current: the power factor is assumed
MIN_CURRENT_A = 1.0


@dataclass(frozen=True, slots=True)
class Chain:
    """What the errors of one device depend on."""

    percent: float
    rated_a: float
    transformer: bool
    charger: bool
    resolution_a: float = 0.0

    @property
    def min_current_a(self) -> float:
        """Return the current from which on a phase of this device is judged."""
        return max(MIN_CURRENT_A, LOW_SHARE * self.rated_a if self.transformer else 0.0)

    def error_w(self, active_w: float, reactive_var: float, voltage_v: float) -> tuple[float, float]:
        """Return how far one phase may be off: likely (root sum of squares) and at worst (plain sum)."""
        if self.charger:
            error = abs(active_w) * self.percent / 100 + (CHARGER_A + self.resolution_a) * voltage_v
            return error, error
        apparent = math.hypot(active_w, reactive_var)
        share = apparent / (self.rated_a * voltage_v)
        meter, ratio, phase = self._shares(max(share, LOW_SHARE))
        if apparent and abs(active_w) < LOW_PF * apparent:
            meter *= LOW_PF_METER
        size = (
            max(abs(active_w), LOW_SHARE * self.rated_a * voltage_v) if share < LOW_SHARE else abs(active_w)
        )
        meter *= LOW_METER if share < LOW_SHARE else 1.0
        return _joined(meter * size, ratio * size, phase * abs(reactive_var))

    def reactive_error_var(
        self, active_w: float, reactive_var: float, voltage_v: float
    ) -> tuple[float, float]:
        """Return the same of reactive power: twice the class, and the active power that leaks into it."""
        if self.charger:
            error = self.percent / 100 * math.hypot(active_w, reactive_var) + CHARGER_A * voltage_v
            return error, error
        share = math.hypot(active_w, reactive_var) / (self.rated_a * voltage_v)
        meter, ratio, phase = self._shares(max(share, LOW_SHARE))
        size = max(abs(reactive_var), LOW_SHARE * self.rated_a * voltage_v)
        return _joined(2 * meter * size, ratio * size, (phase + meter) * abs(active_w))

    def _shares(self, share: float) -> tuple[float, float, float]:
        ratio, phase = ct_error(self.percent, share) if self.transformer else (0.0, 0.0)
        return self.percent / 100, ratio, phase


def chain_of(device: PlannedDevice, charger: bool, resolution_a: float = 0.0) -> Chain:
    """Return the chain of a planned device."""
    low, high = CHARGER_PERCENT
    percent = min(max(device.accuracy_percent, low), high) if charger else device.accuracy_percent
    rated = device.ct_primary_a or device.design_current_a or DIRECT_A
    return Chain(percent, rated, device.ct_primary_a is not None, charger, resolution_a)


@cache
def _rows(percent: float) -> tuple[tuple[float, float, float], ...]:
    for name, rows in CT_ERRORS.items():
        if percent <= name:
            return rows
    return tuple((x, ratio * percent, phase * percent) for x, ratio, phase in CT_ERRORS[1.0])


def ct_error(percent: float, share: float) -> tuple[float, float]:
    """Return ratio error (as a share) and phase displacement (rad) of a transformer of this class."""
    rows = _rows(percent)
    for (x0, r0, p0), (x1, r1, p1) in pairwise(rows):
        if share <= x1:
            along = max(math.log(share / x0) / math.log(x1 / x0), 0.0)
            return (r0 + (r1 - r0) * along) / 100, math.radians((p0 + (p1 - p0) * along) / 60)
    return rows[-1][1] / 100, math.radians(rows[-1][2] / 60)


def _joined(*parts: float) -> tuple[float, float]:
    return math.hypot(*parts), sum(parts)


def resolution(values: Sequence[float]) -> float:
    """Return half a step of a charger that tells whole amperes only, else 0."""
    flowing = [value for value in values if value]
    return 0.5 if flowing and all(value == int(value) for value in flowing) else 0.0


def counter_step(values: Sequence[float]) -> float:
    """Return the step in which a counter tells its values: 1000 Wh to 1 Wh, or 0 for finer ones."""
    return next((step for step in (1000.0, 100.0, 10.0, 1.0) if all(v % step == 0 for v in values)), 0.0)
