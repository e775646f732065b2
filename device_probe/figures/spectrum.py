"""Single orders of a voltage or current: measured, expected, of the grid alone, and permitted. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from device_probe.diagnosis.limits import VOLTAGE
from device_probe.diagnosis.quality_values import harmonic_voltages
from device_probe.judgement import Check, QualityVerdict
from device_probe.model import ProbeReport, Snapshot

LAST_ORDER = 25
Kind = Literal["voltage", "current"]
UNIT_WORDS = {
    ("voltage", "%"): "worst phase, % of the fundamental",
    ("current", "%"): "worst phase, % of the demand current",
    ("current", "A"): "worst phase, A",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Values of single orders, what is permitted and expected of each, and what the grid has by itself."""

    title: str
    subtitle: str
    orders: Mapping[int, float]
    limits: Mapping[int, float] = field(default_factory=dict)
    unit: str = "%"
    source: str = ""
    expected: Mapping[int, float] = field(default_factory=dict)
    background: Mapping[int, float] = field(default_factory=dict)
    statement: str = ""

    def over(self, order: int) -> bool:
        """Return True when an order is above its limit."""
        limit = self.limits.get(order)
        return limit is not None and self.orders[order] > limit

    @property
    def top(self) -> float:
        """Return the largest value that has to be shown."""
        beside = (self.limits, self.expected, self.background)
        known = [*self.orders.values(), *(each.get(h, 0.0) for each in beside for h in self.orders)]
        return max(known, default=1.0) or 1.0

    @property
    def spoken(self) -> str:
        """Return the text alternative."""
        if not self.orders:
            return "No order was read."
        worst = max(self.orders, key=lambda h: self.orders[h])
        said = f"The largest is order {worst} with {self.orders[worst]:.1f} {self.unit}"
        for words, values in (("expected", self.expected), ("all stations off", self.background)):
            said += f", {words} {values[worst]:.1f} {self.unit}" if worst in values else ""
        high = [h for h in self.orders if self.over(h)]
        each = "; ".join(
            f"order {h} {self.orders[h]:.1f} {self.unit}, limit {self.limits[h]:g} {self.unit}" for h in high
        )
        if not self.limits:
            return f"{said}. No limits are known."
        return f"{said}. Over the limit: {each}." if high else f"{said}. None is over its limit."


def spectra(report: ProbeReport, tag: str) -> tuple[tuple[Kind, Spectrum], ...]:
    """Return the spectra that one device of a report tells; from its judgement where there is one."""
    judged = report.judgement(tag)
    if judged is None or judged.power_quality is None:
        snapshot = next((s for s in report.snapshots if s.tag == tag and s.problem is None), None)
        found: tuple[tuple[Kind, Spectrum], ...] = (
            (("voltage", voltage_spectrum(snapshot)),) if snapshot else ()
        )
    else:
        kinds: tuple[Kind, ...] = ("voltage", "current")
        found = tuple((kind, judged_spectrum(tag, judged.power_quality, kind)) for kind in kinds)
    return tuple((kind, one) for kind, one in found if one.orders)


def judged_spectrum(tag: str, quality: QualityVerdict, kind: Kind) -> Spectrum:
    """Return the highest phase of each order as it was judged."""
    worst: dict[int, Check] = {}
    for check in quality.checks:
        order = _order(check, kind)
        if order is not None and (order not in worst or check.value > worst[order].value):
            worst[order] = check
    worst = dict(sorted(worst.items()))
    unit = next((check.unit for check in worst.values()), "%")
    return Spectrum(
        f"Harmonics of the {kind} at {tag}", UNIT_WORDS.get((kind, unit), f"worst phase, {unit}"),
        {h: c.value for h, c in worst.items()},
        {h: c.limit for h, c in worst.items() if c.limit is not None}, unit,
        next((c.clause for c in worst.values() if c.limit is not None), ""),
        {h: c.expected for h, c in worst.items() if c.expected is not None},
        {h: c.background for h, c in worst.items() if c.background is not None}, quality.statement,
    )  # fmt: skip


def _order(check: Check, kind: Kind) -> int | None:
    found = re.fullmatch(rf"harmonic_{kind}_l\d(?:_l\d)?_h(\d+)", check.quantity)
    order = int(found[1]) if found else 0
    return order if 1 < order <= LAST_ORDER else None


def voltage_spectrum(snapshot: Snapshot) -> Spectrum:
    """Return the orders of a device's voltage as it was read in one go, the highest phase of each."""
    orders = {h: value for h, value in harmonic_voltages(snapshot).items() if 1 < h <= LAST_ORDER}
    title, limits = f"Harmonics of the voltage at {snapshot.tag}", VOLTAGE["en50160"]
    return Spectrum(
        title, UNIT_WORDS["voltage", "%"], orders, limits.harmonics, "%", limits.clause_harmonics
    )  # fmt: skip
