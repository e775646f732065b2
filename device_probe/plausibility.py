"""Is what was read electrically possible at all? The gate before any judgement of wiring. Pure.

A swapped word order or an address that is off by one looks like a wiring fault unless it is caught here
first.
"""

import math

from device_probe.model import SitePlan, Snapshot

DEAD_SHARE = 0.20  # of the nominal voltage; below this an input is without voltage, not wrongly decoded
VOLTAGE_BAND = (0.70, 1.30)
FREQUENCY_BAND_HZ = (45.0, 65.0)
SHARE = 0.05  # agreement expected of V·I, S, P, Q and PF of one phase
FLOOR_VA = 5.0


def implausible(plan: SitePlan, snapshot: Snapshot) -> str | None:
    """Return in words what cannot be true about a snapshot, None when everything fits together."""
    checks = (_voltages(plan, snapshot), _frequency(snapshot), *(_phase(snapshot, k) for k in (1, 2, 3)))
    return next((words for words in checks if words), None)


def _voltages(plan: SitePlan, snapshot: Snapshot) -> str | None:
    nominal = plan.voltage_v / math.sqrt(3)
    for k in (1, 2, 3):
        value = snapshot.value(f"voltage_l{k}_n")
        if value is None or abs(value) < DEAD_SHARE * nominal:
            continue
        if not VOLTAGE_BAND[0] * nominal <= value <= VOLTAGE_BAND[1] * nominal:
            return f"voltage L{k}-N reads {value:.4g} V where about {nominal:.0f} V must be"
    return None


def _frequency(snapshot: Snapshot) -> str | None:
    value = snapshot.value("frequency")
    if value is None or FREQUENCY_BAND_HZ[0] <= value <= FREQUENCY_BAND_HZ[1]:
        return None
    return f"the frequency reads {value:.4g} Hz"


def _phase(snapshot: Snapshot, k: int) -> str | None:
    voltage, current = snapshot.value(f"voltage_l{k}_n"), snapshot.value(f"current_l{k}")
    power, reactive = snapshot.value(f"active_power_l{k}"), snapshot.value(f"reactive_power_l{k}")
    factor = snapshot.value(f"power_factor_l{k}")
    if voltage is None or current is None or power is None:
        return None
    apparent = voltage * abs(current)
    ceiling = apparent * (1 + SHARE) + FLOOR_VA
    if math.hypot(power, reactive or 0.0) > ceiling:
        return (
            f"on L{k} P and Q make {math.hypot(power, reactive or 0.0):.4g} VA but V·I only {apparent:.4g} VA"
        )
    if factor is not None and abs(abs(power) - apparent * abs(factor)) > SHARE * apparent + FLOOR_VA:
        return f"on L{k} P reads {power:.4g} W but V·I·PF is {apparent * abs(factor):.4g} W"
    return None
