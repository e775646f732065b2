"""Hypotheses against evidence: which are possible, how likely each is, which of them look alike. Pure."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from device_probe.diagnosis.evidence import MIN_SAMPLES, WINDOWS_DEG, Element, Evidence, Meter
from device_probe.diagnosis.hypotheses import Family, Hypothesis, Shown, families, wrapped
from device_probe.diagnosis.systems import LAYOUTS, LOST, NO_CURRENT, System

FAULT_WEIGHT = 0.02  # each single mistake is this much less likely a priori
AGREEING = 0.8  # share of an element's samples that have to allow what it adds
FLOATING = 1.2  # between 0 and a line voltage of 1.73, as multiples of the voltage line to neutral
DEAD_POWER = 0.4  # of nominal voltage times current: more can't come from an input without voltage
LEVEL_BANDS = ((0.0, 0.0, 0.3), (1.0, 0.8, 1.2), (1.73, 1.5, 1.95), (2.0, 1.7, 2.3))
Picture = tuple[tuple[float | None, ...], tuple[float, ...], str | None]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A possible hypothesis with its probability among all that are possible."""

    hypothesis: Hypothesis
    probability: float
    picture: Picture


@dataclass(frozen=True, slots=True)
class Ranking:
    """What remains possible, the likeliest first, and the pictures that these make."""

    ranked: tuple[Ranked, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Return the different pictures, that of the likeliest hypothesis first."""
        return tuple(dict.fromkeys(each.picture for each in self.ranked))

    def in_picture(self, picture: Picture) -> tuple[Ranked, ...]:
        """Return the hypotheses that look alike, the simplest first."""
        return tuple(each for each in self.ranked if each.picture == picture)


def rank(meter: Meter, evidence: Evidence) -> Ranking:
    """Return every hypothesis that the evidence allows."""
    silent = frozenset(e.current_input for e in evidence.elements if not e.flowing)
    logs = [_added_likelihoods(meter, element) for element in evidence.elements]
    found: list[tuple[float, Hypothesis, Picture]] = []
    for family in families(meter.system):
        if not all(fits(evidence, family) for fits in (_levels_fit, _sequence_fits, _power_fits)):
            continue
        for hypothesis, seen, faults in family.members(silent):
            weight = _weight(seen, evidence, logs) if _currents_fit(meter, evidence, hypothesis) else None
            if weight is not None:
                weight *= FAULT_WEIGHT**faults
                found.append((weight, hypothesis, _picture(meter, evidence, seen)))
    total = sum(weight for weight, _, _ in found)
    ranked = (Ranked(h, weight / total, picture) for weight, h, picture in found if total)
    return Ranking(tuple(sorted(ranked, key=lambda r: (-r.probability, r.hypothesis.faults, _plain(r)))))


def _plain(ranked: Ranked) -> tuple[int, ...]:
    return ranked.hypothesis.voltage.inputs + ranked.hypothesis.current.conductors


def _levels_fit(evidence: Evidence, family: Family) -> bool:
    if all(level is None for level in evidence.levels):
        # nothing was said about levels: then neither a lost lead nor a swapped neutral is assumed
        return family.ordinary
    return all(
        measured is None or _in_band(family.system, measured, level)
        for measured, level in zip(evidence.levels, family.levels, strict=True)
    )


def _in_band(system: System, measured: float, level: float) -> bool:
    if not level and system == "3P3W":  # an open lead floats between the two others
        return measured <= FLOATING
    return any(low <= measured <= high for known, low, high in LEVEL_BANDS if abs(known - level) < 0.05)


def _power_fits(evidence: Evidence, family: Family) -> bool:
    """Refuse a lost voltage where nobody read that voltage and its element measures power."""
    layout = LAYOUTS[family.system]
    for element, (a, b, _) in zip(evidence.elements, layout.elements, strict=True):
        lost = [t for t in (a, b) if t < layout.inputs and family.voltage.at(t) == LOST]
        unread = lost and all(evidence.levels[t] is None for t in lost)
        if unread and (element.power_share or 0.0) > DEAD_POWER:
            return False
    return True


def _sequence_fits(evidence: Evidence, family: Family) -> bool:
    return evidence.sequence is None or family.sequence in (None, evidence.sequence)


def _currents_fit(meter: Meter, evidence: Evidence, hypothesis: Hypothesis) -> bool:
    """Refuse that an input is silent although its conductor should carry current."""
    if meter.expected_phases is None or not evidence.some:
        return True
    return all(
        element.flowing or conductor == NO_CURRENT or conductor not in meter.expected_phases
        for element, conductor in zip(evidence.elements, hypothesis.current.conductors, strict=True)
    )


def _weight(seen: Shown, evidence: Evidence, logs: list[dict[float, float]]) -> float | None:
    total = 0.0
    for added, element, log in zip(seen.added_deg, evidence.elements, logs, strict=True):
        if not element.loaded:
            continue
        if added is None:  # no voltage there: its angle says nothing
            continue
        value = log.get(added)
        if value is None:
            return None
        total += value
    return math.exp(total)


def _picture(meter: Meter, evidence: Evidence, seen: Shown) -> Picture:
    """What the meter can tell of a hypothesis: elements without current and unread sequences are left out."""
    added = tuple(
        (None if a is None else _folded(meter, a)) if element.loaded else None
        for a, element in zip(seen.added_deg, evidence.elements, strict=True)
    )
    return added, seen.levels, seen.sequence if evidence.sequence is not None else None


def _folded(meter: Meter, added: float) -> float:
    # where power may flow either way, a reversed current looks like the other direction
    return added % 180.0 if meter.role == "mixed" else added % 360.0


def _added_likelihoods(meter: Meter, element: Element) -> dict[float, float]:
    """Return, for every angle that wiring can add, the mean log-likelihood; only those that samples allow."""
    found: dict[float, float] = {}
    needed = max(MIN_SAMPLES, math.ceil(AGREEING * len(element.angles)))
    spread = _spread(element)
    for step in range(12):
        added = wrapped(30.0 * step)
        allowed, total = 0, 0.0
        for angle in element.angles:
            density = max(
                (
                    _density(meter, wrapped(degrees - added), angle.tolerance_deg + spread)
                    for degrees in angle.degrees
                ),
                default=0.0,
            )
            allowed += density > 0
            total += math.log(max(density, 1e-6))
        if allowed >= needed:
            found[added] = MIN_SAMPLES * total / len(element.angles)
    return found


def _spread(element: Element) -> float:
    """Return how far the angles of the samples lie apart: registers read while the load changes."""
    if len(element.angles) < MIN_SAMPLES or any(len(angle.degrees) > 1 for angle in element.angles):
        return 0.0
    turned = [angle.degrees[0] for angle in element.angles]
    off = [wrapped(degrees - turned[0]) for degrees in turned]
    middle = statistics.median(off)
    return statistics.mean(abs(each - middle) for each in off)


def _density(meter: Meter, load_angle: float, tolerance: float) -> float:
    """Return how likely an angle of the load is; 0 beyond the tolerance around the permitted window."""
    return max(_in_window(load_angle, window, tolerance) for window in windows(meter))


def windows(meter: Meter) -> tuple[tuple[float, float], ...]:
    """Return the angles that the load itself can have, in degrees."""
    low, high = WINDOWS_DEG[meter.load]
    back = (low + 180.0, high + 180.0)
    by_role = {"load": ((low, high),), "generation": (back,), "mixed": ((low, high), back)}
    return by_role[meter.role]


def _in_window(load_angle: float, window: tuple[float, float], tolerance: float) -> float:
    low, high = window
    offset = wrapped(load_angle - (low + high) / 2)
    half = (high - low) / 2
    if abs(offset) > half + tolerance:
        return 0.0
    sigma = max(tolerance / 2, 0.3)
    share = _normal((half - offset) / sigma) - _normal((-half - offset) / sigma)
    return max(share, 1e-6) / (2 * half)


def _normal(x: float) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def silent_inputs(meter: Meter, evidence: Evidence) -> Iterable[int]:
    """Return the elements without enough current, as phase numbers from 0 on."""
    used = [current for _, _, current in LAYOUTS[meter.system].elements]
    return tuple(k for k, element in zip(used, evidence.elements, strict=True) if not element.loaded)
