"""What a device says about power quality, in canonical terms. Pure.

Distortion and harmonic voltages in per cent of the fundamental, harmonic currents in amperes, whatever the
device relates them to.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from device_probe.diagnosis import formulas
from device_probe.diagnosis.evidence import Sample, Value
from device_probe.model import Snapshot
from device_probe.problems import ProbeError
from device_probe.profile_schema import load_profile

ORDER = re.compile(r"harmonic_(voltage|current)_(l[123](?:_l[123])?)_h([0-9]+)")
PHASES = ("l1", "l2", "l3")
UNUSABLE = ("suspect", "unreadable", "not_available")
ALWAYS_RMS = "thd_r_current_"  # by its name
#: A meter that tells any of these measures distortion.
DISTORTION = ("thd_voltage_", "harmonic_voltage_")


def sample_of(snapshot: Snapshot) -> Sample:
    """Return what one snapshot says in canonical terms, without what cannot be used."""
    usable = {
        reading.quantity: reading.value
        for reading in snapshot.readings
        if reading.problem not in UNUSABLE and not isinstance(reading.value, tuple)
    }
    return as_told(Sample(snapshot.taken_at, usable), snapshot)


def as_told(sample: Sample, snapshot: Snapshot) -> Sample:
    """Return a sample in canonical terms, with units and profile of a snapshot of the same device."""
    units = {
        reading.quantity: reading.unit for reading in snapshot.readings if "harmonic" in reading.quantity
    }
    return Sample(sample.at, canonical(sample.readings, units, rms_based(snapshot.profile)))


def canonical(
    readings: Mapping[str, Value], units: Mapping[str, str], rms: frozenset[str] = frozenset()
) -> dict[str, Value]:
    """Return readings in canonical terms.

    ``units`` are those of single orders (absent: the canonical one); ``rms`` names the distortions that are
    related to the total rms value.
    """
    found = of_fundamental(dict(readings), rms)
    for name in units:
        parts = ORDER.fullmatch(name)
        if parts is None or name not in readings:
            continue
        kind, place = parts.group(1, 2)
        if kind == "voltage" and units[name] == "V":
            found[name] = _percent(readings, found, name, place)
        elif kind == "current" and units[name] == "%":
            found[name] = _amperes(readings, found, units, name, place)
    return found


def rms_based(profile: str | None) -> frozenset[str]:
    """Return the quantities that a device relates to the total rms value; none where it isn't known."""
    try:
        points = load_profile(profile).points if profile else ()
    except ProbeError:
        return frozenset()
    return frozenset(point.quantity for point in points if point.basis == "rms")


def of_fundamental(readings: dict[str, Value], rms: frozenset[str]) -> dict[str, Value]:
    """Return readings with every distortion in per cent of the fundamental."""
    related = [name for name in readings if name in rms or name.startswith(ALWAYS_RMS)]
    return readings | {name: _converted(readings[name]) for name in related}


def medians(samples: Sequence[Sample]) -> dict[str, float]:
    """Return the median of every quantity over the samples that have it."""
    found = collected(samples)
    return {name: median(found[name]) for name in sorted(found)}


def collected(samples: Sequence[Sample]) -> dict[str, list[float]]:
    """Return every number of each quantity, in the order of the samples."""
    found: dict[str, list[float]] = {}
    for sample in samples:
        for name in sample.readings:
            if (value := sample.number(name)) is not None:
                found.setdefault(name, []).append(value)
    return found


def largest_current(values: Mapping[str, float]) -> float | None:
    """Return the highest phase current in A, None when none was read."""
    currents = [abs(values[name]) for k in PHASES if (name := f"current_{k}") in values]
    return max(currents, default=None)


def orders_of(values: Mapping[str, float], prefix: str) -> dict[int, float]:
    """Return order -> value of "harmonic_voltage_l1" and its like."""
    start = f"{prefix}_h"
    found = {
        int(order): value
        for name, value in values.items()
        if name.startswith(start) and (order := name.removeprefix(start)).isdecimal()
    }
    return dict(sorted(found.items()))


def measures_distortion(names: Iterable[str]) -> bool:
    """Return True when one of these quantities tells distortion of a voltage."""
    return any(name.startswith(DISTORTION) for name in names)


def thd_voltage(snapshot: Snapshot) -> dict[str, float]:
    """Return the distortion of the phase voltages in per cent of the fundamental, by phase ("L1")."""
    return _by_phase(snapshot, "thd_voltage")


def thd_current(snapshot: Snapshot) -> dict[str, float]:
    """Return the distortion of the phase currents in per cent of the fundamental, by phase ("L1")."""
    return _by_phase(snapshot, "thd_current")


def harmonic_voltages(snapshot: Snapshot) -> dict[int, float]:
    """Return the worst phase's voltage of each order in per cent of the fundamental."""
    return _worst(snapshot, "voltage")


def harmonic_currents(snapshot: Snapshot) -> dict[int, float]:
    """Return the worst phase's current of each order in A."""
    return _worst(snapshot, "current")


def _by_phase(snapshot: Snapshot, name: str) -> dict[str, float]:
    sample = sample_of(snapshot)
    return {
        phase.upper(): value
        for phase in PHASES
        if (value := sample.number(f"{name}_{phase}")) is not None
    }  # fmt: skip


def _worst(snapshot: Snapshot, kind: str) -> dict[int, float]:
    values = medians((sample_of(snapshot),))
    found: dict[int, float] = {}
    for phase in PHASES:
        for order, value in orders_of(values, f"harmonic_{kind}_{phase}").items():
            if order > 1:
                found[order] = max(found.get(order, 0.0), value)
    return dict(sorted(found.items()))


def _converted(value: Value) -> Value:
    if isinstance(value, str) or value is None:
        return value
    return formulas.of_fundamental(value) if 0 <= value < 100 else None


def _percent(readings: Mapping[str, Value], found: Mapping[str, Value], name: str, place: str) -> Value:
    """Return a harmonic voltage in V as per cent of its fundamental, None where that isn't known."""
    value, fundamental = _number(readings.get(name)), _number(readings.get(f"harmonic_voltage_{place}_h1"))
    if fundamental is None:
        rms = f"voltage_{place}" if "_" in place else f"voltage_{place}_n"
        fundamental = _fundamental(readings.get(rms), found.get(f"thd_voltage_{place}"))
    return None if value is None or not fundamental else 100 * value / fundamental


def _amperes(
    readings: Mapping[str, Value], found: Mapping[str, Value], units: Mapping[str, str], name: str, place: str
) -> Value:
    """Return a harmonic current in per cent of its fundamental as A, None where that isn't known."""
    first = f"harmonic_current_{place}_h1"
    fundamental = _number(readings.get(first)) if units.get(first) == "A" else None
    if fundamental is None:
        told = found.get(f"thd_current_{place}")
        fundamental = _fundamental(readings.get(f"current_{place}"), told)
    value = _number(readings.get(name))
    return None if value is None or fundamental is None else value / 100 * fundamental


def _fundamental(rms: Value, thd_percent: Value) -> float | None:
    """Return the fundamental of a total rms value; its distortion, where not known, is taken as none."""
    total, share = _number(rms), (_number(thd_percent) or 0.0) / 100
    return None if total is None else abs(total) / math.sqrt(1 + share * share)


def _number(value: Value) -> float | None:
    return None if value is None or isinstance(value, str) or not math.isfinite(value) else float(value)
