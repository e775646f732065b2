"""A harmonic of the voltage that grows against the load: a hint at a resonance, never a proof of one. Pure.

Harmonics that a load brings fall with its current. Where one rises while the current falls, or is far beyond
what the study says without resonance though the current holds no more of it than expected, capacitors
(compensation, filters of stations that stand idle) may resonate with the transformer. The grid's own
harmonics move too, hence the thresholds: wide ones where hours may lie between two recordings.
"""

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from device_probe.diagnosis.evidence import MIN_CURRENT_A, Sample
from device_probe.diagnosis.quality_limits import Limits
from device_probe.diagnosis.site_quality_background import Background
from device_probe.diagnosis.site_quality_expected import order_of
from device_probe.judgement import Check
from device_probe.model import Figure, Finding, PlannedDevice

FALL = 0.80  # the lower load is at most this part of the higher one
BASE_SHARE = 0.05  # of IL or of the design current, by which the load must have moved
CURRENTS = ("current_l1", "current_l2", "current_l3")
OF_ORDER = re.compile(r"harmonic_voltage_l[123]_h([2-9]|[1-9][0-9]+)")
QUARTER = 0.25  # of the span of currents: what counts as its lower and its upper end
WITHIN = (0.5, 1.25)  # between rounds: by how much a harmonic must rise, % of the fundamental and as a factor
BETWEEN = (1.0, 1.5)  # against a background recorded at another time
BEYOND = (1.0, 3.0)  # beyond what the study expects: %, and as a factor
CURRENT_AS_EXPECTED = 1.5  # a current of the order up to this multiple isn't itself the reason
REMEDY = (
    "Record this order at several loads: all stations off, then a third, two thirds, all of them charging. "
    "Look for capacitors (compensation, station filters) on this busbar before any filter is ordered."
)


@dataclass(frozen=True, slots=True)
class Growth:
    """A harmonic at a lower and at a higher load, both in % of the fundamental, currents in A."""

    quantity: str
    low: float
    high: float
    low_a: float
    high_a: float


def resonances(
    device: PlannedDevice, limits: Limits, samples: Sequence[Sample], background: Background | None,
    checks: Sequence[Check],
) -> tuple[Finding, ...]:  # fmt: skip
    """Return a finding for every order of the voltage that grows against the load, by its plainest sign."""
    found: dict[int, Finding] = {}
    least = max(MIN_CURRENT_A, BASE_SHARE * (limits.base_a or 0.0))
    for growth in _growing(samples, samples, least, WITHIN):
        _keep(found, growth.quantity, _rose(device, growth, "between the rounds"))
    if background is not None:
        for growth in _growing(background.samples, samples, least, BETWEEN):
            _keep(found, growth.quantity, _rose(device, growth, "with all stations off"))
        for check in checks:
            if _beyond(check, checks):
                _keep(found, check.quantity, _too_much(device, check))
    return tuple(found[order] for order in sorted(found))


def _keep(found: dict[int, Finding], quantity: str, finding: Finding) -> None:
    order = order_of(quantity)
    if order is not None:
        found.setdefault(order, finding)


def _growing(
    quiet: Sequence[Sample], loaded: Sequence[Sample], least_a: float, rise: tuple[float, float]
) -> Iterator[Growth]:
    """Yield the orders, the steepest first, that are higher at the lower load in every pair of samples."""
    low, high = _ends(quiet, loaded, least_a)
    found = []
    if low and high:
        amperes = [statistics.median(_amperes(side)) for side in (low, high)]
        for quantity in _quantities(low) & _quantities(high):
            at_low, at_high = _values(low, quantity), _values(high, quantity)
            apart = min(at_low) - max(at_high)
            if apart >= rise[0] and min(at_low) >= rise[1] * max(at_high):
                found.append(
                    Growth(quantity, statistics.median(at_low), statistics.median(at_high), *amperes)
                )
    yield from sorted(found, key=lambda growth: growth.high - growth.low)


def _ends(
    quiet: Sequence[Sample], loaded: Sequence[Sample], least_a: float
) -> tuple[list[Sample], list[Sample]]:
    """Return the samples at the lower and at the higher end of the currents; none where they don't differ."""
    currents = (*_amperes(quiet), *_amperes(loaded))
    if not currents:
        return [], []
    bottom, top = min(currents), max(currents)
    span = top - bottom
    if span < least_a or bottom > FALL * top:
        return [], []
    low = [each for each in quiet if _within(each, bottom, bottom + QUARTER * span)]
    return low, [each for each in loaded if _within(each, top - QUARTER * span, top)]


def _within(sample: Sample, start: float, end: float) -> bool:
    return any(start <= current <= end for current in _amperes((sample,)))


def _amperes(samples: Sequence[Sample]) -> list[float]:
    currents = ([sample.number(name) for name in CURRENTS] for sample in samples)
    known = ([abs(each) for each in row if each is not None] for row in currents)
    return [max(row) for row in known if row]


def _quantities(samples: Sequence[Sample]) -> set[str]:
    """Return the harmonic voltages to neutral, from order 2 on, that every one of the samples has."""
    each = [
        {name for name in sample.readings if OF_ORDER.fullmatch(name) and sample.number(name) is not None}
        for sample in samples
    ]
    return set.intersection(*each)


def _values(samples: Sequence[Sample], quantity: str) -> list[float]:
    return [value for sample in samples if (value := sample.number(quantity)) is not None]


def _beyond(check: Check, checks: Sequence[Check]) -> bool:
    """Return True for a voltage far above what the study expects, whose current is as expected."""
    if check.code != "harmonic-voltage" or check.expected is None or check.background is None:
        return False
    more, factor = BEYOND
    added = check.value - check.background
    if added <= max(factor * check.expected, check.expected + more):
        return False
    name = check.quantity.replace("voltage", "current")
    current = next((c for c in checks if c.quantity == name and c.code == "harmonic-current"), None)
    # without the current of this order the reason may as well be a station that brings more than its spectrum
    return (
        current is not None
        and current.expected is not None
        and current.value <= CURRENT_AS_EXPECTED * current.expected
    )


def _rose(device: PlannedDevice, growth: Growth, when: str) -> Finding:
    order = order_of(growth.quantity)
    sentence = (
        f"Order {order} of the voltage at {device.tag} grows against the load: {growth.low:.1f} % at "
        f"{growth.low_a:.3g} A {when}, {growth.high:.1f} % at {growth.high_a:.3g} A. A resonance near this "
        "order is suspected."
    )
    figures = (
        Figure(f"h{order}_low_load", round(growth.low, 2), "%"),
        Figure(f"h{order}_high_load", round(growth.high, 2), "%"),
        Figure("current_low", round(growth.low_a, 2), "A"),
        Figure("current_high", round(growth.high_a, 2), "A"),
    )
    return Finding("resonance-suspected", "warning", device.tag, sentence, figures, remedy=REMEDY)


def _too_much(device: PlannedDevice, check: Check) -> Finding:
    order, expected, background = order_of(check.quantity), check.expected or 0.0, check.background or 0.0
    sentence = (
        f"Order {order} of the voltage at {device.tag} is {check.value:.1f} %, of which the grid brings "
        f"{background:.1f} %; the study expects {expected:.1f} % of the site at this load, and the current "
        "holds no more of this order than expected. A resonance near it is suspected."
    )
    figures = (
        Figure(f"h{order}", round(check.value, 2), "%"),
        Figure("background", round(background, 2), "%"),
        Figure("expected", round(expected, 2), "%"),
    )
    return Finding("resonance-suspected", "warning", device.tag, sentence, figures, remedy=REMEDY)
