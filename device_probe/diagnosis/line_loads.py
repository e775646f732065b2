"""A system without neutral whose loads stand between two lines: what right wiring then shows. Pure.

Such a load draws its current 30 degrees off the star voltages, so the angle at one element says little. The
whole still has the power factor of the loads: two elements rightly wired add up to it, whatever the balance.
"""

import cmath
import math
import statistics
from collections.abc import Sequence

from device_probe.diagnosis.evidence import Evidence, Meter, Sample, thinned
from device_probe.diagnosis.hypotheses import wrapped
from device_probe.diagnosis.likelihood import windows

BALANCED = 0.10  # spread of three currents from which on they are one three-phase load
LEAST_SUM = 0.45  # of all U times I: one load between the outer lines gives half, a balanced one 0.87


def line_load_explains(meter: Meter, samples: Sequence[Sample], evidence: Evidence) -> bool:
    """Return True when loads of the assumed power factor between lines show this with right wiring."""
    samples = thinned(samples)
    if _balanced(samples):
        return False
    loaded = [element for element in evidence.elements if element.loaded]
    place = 3 if any(s.number("active_power_l3") is not None for s in samples) else 2
    powers = [_power(samples, k) for k in (1, place)]
    active = sum(power for power, _ in powers)
    if any(reactive is None for _, reactive in powers):
        return active > 0 if meter.role == "load" else meter.role == "mixed" or active < 0
    total = complex(active, sum(reactive or 0.0 for _, reactive in powers))
    apparent = sum((e.voltage_v or 0.0) * e.current_a for e in loaded)
    if abs(total) < LEAST_SUM * apparent:
        return False
    tolerance = max((angle.tolerance_deg for element in loaded for angle in element.angles), default=0.0)
    angle = math.degrees(cmath.phase(total))
    return any(
        abs(wrapped(angle - (low + high) / 2)) <= (high - low) / 2 + tolerance for low, high in windows(meter)
    )


def _power(samples: Sequence[Sample], place: int) -> tuple[float, float | None]:
    found = [
        (power, sample.number(f"reactive_power_l{place}"))
        for sample in samples
        if (power := sample.number(f"active_power_l{place}")) is not None
    ]
    reactive = [each for _, each in found if each is not None]
    active = statistics.median(power for power, _ in found) if found else 0.0
    return active, statistics.median(reactive) if reactive else None


def _balanced(samples: Sequence[Sample]) -> bool:
    """Return True when three currents were read and are alike."""
    for sample in samples:
        currents = [sample.number(f"current_l{k}") for k in (1, 2, 3)]
        known = [abs(current) for current in currents if current is not None]
        if len(known) < 3 or max(known) - min(known) > BALANCED * max(known):
            return False
    return bool(samples)
