"""Harmonics by name: what kinds of loads draw, what the grid brings along. Demo data, not measurements."""

import cmath
import math
from collections.abc import Mapping

Spectrum = Mapping[int, complex]  # order -> part of the fundamental, with its angle

# order -> (share, angle in degrees); the shares are scaled to the distortion that is wanted
CURRENT_SHARES: Mapping[int, tuple[float, float]] = {
    3: (0.45, -170), 5: (0.70, 165), 7: (0.45, 30), 9: (0.15, -60), 11: (0.25, -120), 13: (0.15, 80),
}  # fmt: skip
VOLTAGE_SHARES: Mapping[int, tuple[float, float]] = {
    3: (0.25, 20), 5: (0.80, 170), 7: (0.50, -15), 9: (0.05, 90), 11: (0.20, 40), 13: (0.12, -100),
}  # fmt: skip

# per cent of the fundamental and angle, for scenarios that name a spectrum
NAMED: Mapping[str, Mapping[int, tuple[float, float]]] = {
    "charger": {3: (2.8, -170), 5: (4.2, 165), 7: (2.7, 30), 9: (0.9, -60), 11: (1.5, -120), 13: (0.9, 80)},
    "single_phase_charger": {
        3: (8.5, -175), 5: (4.0, 160), 7: (2.5, 40), 9: (1.5, -70), 11: (1.0, -110), 13: (0.7, 90),
        15: (0.5, 10), 17: (0.4, 150),
    },
    "six_pulse": {5: (30.0, 180), 7: (11.0, 0), 11: (8.0, 180), 13: (5.0, 0), 17: (4.0, 180), 19: (2.5, 0)},
    "building": {3: (12.0, -150), 5: (7.0, 140), 7: (4.0, 60), 9: (2.5, -30), 11: (1.5, -100)},
    "inverter": {3: (0.6, 10), 5: (1.2, 150), 7: (0.9, -40), 11: (0.5, 100), 13: (0.4, -10)},
    "none": {},
}  # fmt: skip


def named(name: str) -> Spectrum:
    """Return a spectrum by its name; KeyError when there is none."""
    return {order: _part(percent / 100, angle) for order, (percent, angle) in NAMED[name].items()}


def scaled(shares: Mapping[int, tuple[float, float]], thd_percent: float) -> Spectrum:
    """Return the spectrum with these shares whose total distortion is ``thd_percent``."""
    length = math.hypot(*(share for share, _ in shares.values()))
    return {
        order: _part(thd_percent / 100 * share / length, angle) for order, (share, angle) in shares.items()
    }


def _part(ratio: float, angle_deg: float) -> complex:
    return cmath.rect(ratio, math.radians(angle_deg))
