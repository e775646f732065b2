"""What the study expects at a meter, brought to the load of the moment, beside what was measured. Pure.

Harmonic currents of the stations, and with them the voltages that they cause, are taken to grow in
proportion to the current: near the truth at medium and high load; at low load they fall less than the
current. What the grid brings by itself is no part of it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from device_probe.diagnosis.limits import LAST_ORDER
from device_probe.diagnosis.quality_limits import Limits
from device_probe.diagnosis.quality_values import largest_current, medians
from device_probe.diagnosis.site_evidence import Samples
from device_probe.judgement import Check
from device_probe.model import Expectation, PlannedDevice, SitePlan

MIN_SCALE = 0.10  # of the current that the study assumes; below it proportion says nothing


@dataclass(frozen=True, slots=True)
class Scale:
    """The load of the moment beside that of the study, at one meter."""

    tag: str
    present_a: float
    studied_a: float

    @property
    def factor(self) -> float | None:
        """Return by what to multiply; None where the load is too small to be compared."""
        factor = self.present_a / self.studied_a if self.studied_a else 0.0
        return factor if factor >= MIN_SCALE else None


@dataclass(frozen=True, slots=True)
class Loads:
    """The loads that a meter's currents and its voltage follow: its own, and that of the whole site."""

    own: Scale | None
    site: Scale | None


def loads_of(plan: SitePlan, device: PlannedDevice, values: Mapping[str, float], samples: Samples) -> Loads:
    """Return the loads that count for one meter: the voltage is distorted by all stations of the site."""
    own = _scale(plan, device.tag, values)
    mains = [each for each in plan.devices if each.role == "main_meter" and each.parent is None]
    whole = (
        _scale(plan, main.tag, medians(samples[main.tag]))
        for main in mains
        if main.tag in samples and main.tag != device.tag
    )
    return Loads(own, own if device in mains else next((s for s in whole if s is not None), own))


def _scale(plan: SitePlan, tag: str, values: Mapping[str, float]) -> Scale | None:
    expected, current = plan.expected.get(tag), largest_current(values)
    return None if expected is None or current is None else Scale(tag, current, expected.current_a)


def expecting(
    checks: tuple[Check, ...], expected: Expectation | None, loads: Loads, limits: Limits
) -> tuple[Check, ...]:
    """Return checks with what the study expects beside them."""
    if expected is None:
        return checks
    return tuple(_beside(check, expected, loads, limits) for check in checks)


def _beside(check: Check, expected: Expectation, loads: Loads, limits: Limits) -> Check:
    studied = _studied(check, expected, limits)
    scale = loads.site if check.code in ("thd-voltage", "harmonic-voltage") else loads.own
    if studied is None or scale is None:
        return check
    if scale.factor is None:
        return _noted(check, f"too little load at {scale.tag} to bring what the study expects to it")
    words = (
        f"the study expects {studied:.3g} {check.unit} of this site alone at {scale.studied_a:.4g} A; "
        f"in proportion to {scale.present_a:.4g} A at {scale.tag}"
    )
    return replace(_noted(check, words), expected=studied * scale.factor)


def _studied(check: Check, expected: Expectation, limits: Limits) -> float | None:
    """Return what the study says of one check, in its unit."""
    order = order_of(check.quantity)
    if check.code == "thd-voltage":
        return expected.thd_voltage_percent
    if check.code == "harmonic-voltage":
        return expected.harmonic_voltage_percent.get(order) if order else None
    if check.code == "harmonic-current" and order:
        amperes = expected.harmonic_current_a.get(order)
    elif check.code == "tdd-current" and check.quantity != "tdd_current":
        currents = expected.harmonic_current_a
        counted = [v for h, v in currents.items() if h <= LAST_ORDER["ieee519"]]
        amperes = math.hypot(*counted) if counted else None
    else:
        return None
    if amperes is None or check.unit == "A":
        return amperes
    return 100 * amperes / limits.il_a if limits.il_a else None


def order_of(quantity: str) -> int | None:
    """Return the order at the end of a quantity's name, None where it is none of a single order."""
    _, found, order = quantity.rpartition("_h")
    return int(order) if found and order.isdecimal() else None


def _noted(check: Check, words: str) -> Check:
    return replace(check, note="; ".join(filter(None, (check.note, words))))
