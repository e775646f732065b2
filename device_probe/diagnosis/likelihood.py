"""Hypotheses against evidence: which are possible, how likely each is, which of them look alike. Pure."""

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from device_probe.diagnosis.evidence import MIN_SAMPLES, WINDOWS_DEG, Element, Evidence, Meter
from device_probe.diagnosis.hypotheses import Family, Hypothesis, families, wrapped
from device_probe.diagnosis.lines import lines_fit, odd
from device_probe.diagnosis.systems import (
    LAYOUTS,
    LOST,
    CurrentWiring,
    Input,
    System,
    current_table,
    inputs,
)

FAULT_WEIGHT = 0.02  # each single mistake is this much less likely a priori
AGREEING = 0.8  # share of an element's samples that have to allow what it adds
FLOATING = 1.2  # between 0 and a line voltage of 1.73, as multiples of the voltage line to neutral
DEAD_POWER = 0.4  # of nominal voltage times current: more can't come from an input without voltage
LIVE_POWER = 0.1  # P and Q together: an input with voltage gives more
SILENT_SHARE = 0.25  # of the current that counts: more than this isn't nothing
LEVEL_BANDS = ((0.0, 0.0, 0.3), (1.0, 0.8, 1.2), (1.73, 1.5, 1.95), (2.0, 1.7, 2.3))
LEVELS = tuple(known for known, _, _ in LEVEL_BANDS)  # as hypotheses have them
Bands = list[set[float] | None]
Window = tuple[float, float]
Logs = dict[float, float]  # degrees added by the wiring -> log-likelihood of an element's samples
Picture = tuple[tuple[float | None, ...], tuple[float, ...], str | None]
Possible = tuple[float, int, Hypothesis, Picture]  # weight and faults of what is possible


@dataclass(frozen=True, slots=True)
class Ranked:
    """A possible hypothesis with its probability among all that are possible."""

    hypothesis: Hypothesis
    probability: float
    picture: Picture


@dataclass(frozen=True, slots=True)
class Ranking:
    """What remains possible, the likeliest first, and by the pictures that these make."""

    ranked: tuple[Ranked, ...]
    by_picture: Mapping[Picture, tuple[Ranked, ...]]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Return the different pictures, that of the likeliest hypothesis first."""
        return tuple(self.by_picture)

    def in_picture(self, picture: Picture) -> tuple[Ranked, ...]:
        """Return the hypotheses that look alike, the simplest first."""
        return self.by_picture.get(picture, ())


def rank(meter: Meter, evidence: Evidence) -> Ranking:
    """Return every hypothesis that the evidence allows."""
    silent = frozenset(e.current_input for e in evidence.elements if not e.flowing)
    table = current_table(meter.system, silent)
    logs = [_added_likelihoods(meter, e) if e.loaded else None for e in evidence.elements]
    known = [_currents_fitting(meter, evidence, element) for element in evidence.elements]
    found: list[Possible] = []
    for family in fitting(meter, evidence):
        if _sequence_fits(evidence, family) and _power_fits(evidence, family):
            found += _possible(meter, evidence, family, table.fitting(_allowed(family, logs, known)), logs)
    return _ranking(found)


def fitting(meter: Meter, evidence: Evidence) -> Iterator[Family]:
    """Yield every wiring of the voltage inputs that fits the voltages."""
    bands = _levels_fitting(meter.system, evidence)
    unusual = bool(evidence.lines) and odd(evidence.lines, meter.system)
    for family in families(meter.system):
        if _levels_fit(bands, family, unusual) and lines_fit(evidence.lines, family, evidence.levels):
            yield family


def _allowed(
    family: Family, logs: Sequence[Logs | None], known: Sequence[Iterable[Input]]
) -> list[list[Input]]:
    """Return what each current input may get: what its samples allow, where it has any."""
    return [
        [each for each in some if log is None or (turned := added[each]) is None or turned in log]
        for added, log, some in zip(family.added(), logs, known, strict=True)
    ]


def _possible(
    meter: Meter, evidence: Evidence, family: Family, wirings: Iterable[CurrentWiring],
    logs: Sequence[Logs | None],
) -> Iterator[Possible]:  # fmt: skip
    """Yield each hypothesis of a family with its weight, its faults and its picture."""
    sequence = family.sequence if evidence.sequence is not None else None
    tables = family.added()
    for current in wirings:
        total = 0.0
        seen: list[float | None] = []
        for element, added, log, each in zip(
            evidence.elements, tables, logs, zip(current.conductors, current.signs, strict=True), strict=True
        ):
            turned = added[each] if log is not None else None
            if log is None or turned is None:  # no current, or no voltage: its angle says nothing
                seen.append(None)
                continue
            total += log[turned]
            seen.append(_folded(meter, turned, element.unsigned))
        hypothesis = family.hypothesis(current)
        faults = hypothesis.faults
        weight = math.exp(total) * FAULT_WEIGHT**faults
        yield weight, faults, hypothesis, (tuple(seen), family.levels, sequence)


def _ranking(found: Sequence[Possible]) -> Ranking:
    total = sum(weight for weight, _, _, _ in found)
    ordered = sorted(found, key=lambda each: (-each[0] / total, each[1], _plain(each[2]))) if total else ()
    ranked = tuple(Ranked(h, weight / total, picture) for weight, _, h, picture in ordered)
    by_picture: dict[Picture, list[Ranked]] = {}
    for each in ranked:
        by_picture.setdefault(each.picture, []).append(each)
    return Ranking(ranked, {picture: tuple(some) for picture, some in by_picture.items()})


def _plain(hypothesis: Hypothesis) -> tuple[int, ...]:
    return hypothesis.voltage.inputs + hypothesis.current.conductors


def _levels_fitting(system: System, evidence: Evidence) -> Bands | None:
    """Return the levels that fit what was measured at each input; None where nothing was said at all."""
    if all(level is None for level in evidence.levels):
        return None
    return [
        None if measured is None else {each for each in LEVELS if _in_band(system, measured, each)}
        for measured in evidence.levels
    ]


def _levels_fit(bands: Bands | None, family: Family, unusual: bool) -> bool:
    if bands is None:
        # no voltage to neutral, none odd between lines: no lost lead and no swapped neutral is assumed
        return family.ordinary or unusual
    return all(band is None or level in band for band, level in zip(bands, family.levels, strict=True))


def _in_band(system: System, measured: float, level: float) -> bool:
    if not level and system == "3P3W":  # an open lead floats between the two others
        return measured <= FLOATING
    return any(low <= measured <= high for known, low, high in LEVEL_BANDS if known == level)


def _power_fits(evidence: Evidence, family: Family) -> bool:
    """Where a voltage was not read: refuse it lost when its element measures power, and live when none."""
    layout = LAYOUTS[family.system]
    for element, (a, b, _) in zip(evidence.elements, layout.elements, strict=True):
        own = [t for t in (a, b) if t < layout.inputs]
        lost = [t for t in own if family.voltage.at(t) == LOST]
        share = element.power_share
        if share is None or any(evidence.levels[t] is not None for t in lost or own):
            continue
        if share > DEAD_POWER if lost else share < LIVE_POWER and not element.unsigned:
            return False
    return True


def _sequence_fits(evidence: Evidence, family: Family) -> bool:
    return evidence.sequence is None or family.sequence in (None, evidence.sequence)


def _currents_fitting(meter: Meter, evidence: Evidence, element: Element) -> Sequence[Input]:
    """Return what an input may get; not silent although its conductor should carry current."""
    expected = meter.expected_phases
    every = inputs(meter.system)
    if expected is None or not evidence.some or element.current_a > SILENT_SHARE * meter.min_current_a:
        return every
    return [each for each in every if each[0] not in expected]


def _folded(meter: Meter, added: float, unsigned: bool) -> float:
    # where power may flow either way, a reversed current looks like the other direction
    whole = 180.0 if meter.role == "mixed" else 360.0
    turned = added % whole
    # where Q was not read, ahead looks like behind
    return min(turned, whole - turned) if unsigned else turned


def _added_likelihoods(meter: Meter, element: Element) -> Logs:
    """Return, for every angle that wiring can add, the mean log-likelihood; only those that samples allow."""
    count, spread = len(element.angles), _spread(element)
    bearable = count - max(MIN_SAMPLES, math.ceil(AGREEING * count))  # samples that may speak against it
    angles = [(angle.degrees, angle.tolerance_deg + spread) for angle in element.angles]
    loads = windows(meter)
    found: Logs = {}
    for step in range(12):
        added = wrapped(30.0 * step)
        total = _log_likelihood(angles, loads, added, bearable)
        if total is not None:
            found[added] = MIN_SAMPLES * total / count
    return found


def _log_likelihood(
    angles: Sequence[tuple[tuple[float, ...], float]], loads: Sequence[Window], added: float, bearable: int
) -> float | None:
    """Return the sum over the samples if wiring adds so much; None when too many speak against it."""
    total = 0.0
    for degrees, tolerance in angles:
        density = 0.0
        for each in degrees:
            turned = wrapped(each - added)
            for window in loads:
                density = max(density, _in_window(turned, window, tolerance))
        if density <= 0:
            bearable -= 1
            if bearable < 0:
                return None
        total += math.log(max(density, 1e-6))
    return total


def _spread(element: Element) -> float:
    """Return how far the angles of the samples lie apart: registers read while the load changes."""
    if len(element.angles) < MIN_SAMPLES or any(len(angle.degrees) > 1 for angle in element.angles):
        return 0.0
    turned = [angle.degrees[0] for angle in element.angles]
    off = [wrapped(degrees - turned[0]) for degrees in turned]
    middle = statistics.median(off)
    return statistics.mean(abs(each - middle) for each in off)


def windows(meter: Meter) -> tuple[Window, ...]:
    """Return the angles that the load itself can have, in degrees."""
    low, high = WINDOWS_DEG[meter.load]
    back = (low + 180.0, high + 180.0)
    by_role = {"load": ((low, high),), "generation": (back,), "mixed": ((low, high), back)}
    return by_role[meter.role]


def _in_window(load_angle: float, window: Window, tolerance: float) -> float:
    """Return how likely an angle of the load is; 0 beyond the tolerance around what is permitted."""
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
