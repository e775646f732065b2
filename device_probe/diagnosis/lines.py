"""What the voltages between two inputs say about lost leads and a swapped neutral. Pure.

The voltages to neutral say more; these count where a meter doesn't tell those, and where two inputs that
seem right stand on one conductor.
"""

import statistics
from collections.abc import Mapping, Sequence

from device_probe.diagnosis.evidence import Meter, Sample
from device_probe.diagnosis.hypotheses import Family
from device_probe.diagnosis.systems import LAYOUTS, LOST, NEUTRAL, System

Ends = tuple[int, int]
Lines = Mapping[Ends, float]  # between which inputs -> in units of the nominal voltage line to neutral
PAIRS: dict[str, Ends] = {"voltage_l1_l2": (0, 1), "voltage_l2_l3": (1, 2), "voltage_l3_l1": (0, 2)}
BETWEEN: dict[System, tuple[float, float]] = {"3P4W": (1.4, 2.1), "split": (1.6, 2.4)}  # 1.73 and 2
TO_LOST = (0.0, 1.4)  # an open input floats
TO_NEUTRAL = (0.8, 1.2)


def lines_of(meter: Meter, samples: Sequence[Sample]) -> Lines:
    """Return the voltages between inputs in units of the nominal one to neutral; none where none is used."""
    if meter.system not in BETWEEN:
        return {}
    found: dict[Ends, float] = {}
    for name, ends in PAIRS.items():
        values = [v for sample in samples if (v := sample.number(name)) is not None]
        if values and max(ends) < LAYOUTS[meter.system].inputs:
            found[ends] = statistics.median(values) / meter.nominal_voltage_v
    return found


def odd(lines: Lines, system: System) -> bool:
    """Return True when some voltage is not that between two conductors."""
    return any(not _within(line, BETWEEN[system]) for line in lines.values())


def lines_fit(lines: Lines, family: Family, levels: Sequence[float | None]) -> bool:
    """Return True when a wiring of the voltage inputs can show these lines."""
    return all(_fits(line, ends, family, levels) for ends, line in lines.items())


def _fits(line: float, ends: Ends, family: Family, levels: Sequence[float | None]) -> bool:
    at = [family.voltage.at(end) for end in ends]
    if LOST not in at and NEUTRAL not in at:
        return _within(line, BETWEEN[family.system])
    if all(levels[end] is not None for end in ends):  # said better by the voltages to neutral
        return True
    return _within(line, TO_LOST if LOST in at else TO_NEUTRAL)


def _within(value: float, band: tuple[float, float]) -> bool:
    return band[0] <= value <= band[1]
