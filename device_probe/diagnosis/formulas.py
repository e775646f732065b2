"""Figures of power quality from rms values. Pure; each with the clause or the law it follows."""

import math
from collections.abc import Mapping, Sequence


def thd(harmonics: Mapping[int, float], fundamental: float, last: int = 40) -> float:
    """Return the total harmonic distortion in % of the fundamental (IEC 61000-2-2: orders 2 to 40)."""
    return 100 * math.hypot(*(v for h, v in harmonics.items() if 2 <= h <= last)) / fundamental


def tdd(harmonics: Mapping[int, float], demand_current: float, last: int = 50) -> float:
    """Return the total demand distortion: harmonic currents in % of the demand current IL (IEEE 519)."""
    return 100 * math.hypot(*(v for h, v in harmonics.items() if 2 <= h <= last)) / demand_current


def harmonic_rms(thd_percent: float, rms: float) -> float:
    """Return the rms of all harmonics from their THD (of the fundamental) and the total rms value."""
    share = thd_percent / 100
    return rms * share / math.sqrt(1 + share * share)


def of_fundamental(thd_r_percent: float) -> float:
    """Return the THD in % of the fundamental from one in % of the total rms value; below 100 %."""
    share = thd_r_percent / 100
    if not 0 <= share < 1:
        raise ValueError("a distortion related to the total rms value is below 100 %")
    return 100 * share / math.sqrt(1 - share * share)


def k_factor(currents: Mapping[int, float]) -> float:
    """Return the K-factor of a current spectrum, the fundamental as order 1 (UL 1561)."""
    total = sum(value**2 for value in currents.values())
    return sum(h * h * value**2 for h, value in currents.items()) / total if total else 1.0


def unbalance_cigre(lines: Sequence[float]) -> float:
    """Return U2/U1 in % from three line-to-line rms voltages; exact without angles (CIGRE)."""
    squares = sum(value**2 for value in lines)
    beta = sum(value**4 for value in lines) / squares**2
    root = math.sqrt(max(3 - 6 * beta, 0.0))
    return 100 * math.sqrt(max((1 - root) / (1 + root), 0.0))


def unbalance_true(phasors: Sequence[complex]) -> float:
    """Return U2/U1 in % from three phasors by symmetrical components (EN 50160 4.2.4)."""
    turn = complex(-0.5, math.sqrt(3) / 2)
    a, b, c = phasors
    positive, negative = abs(a + turn * b + turn**2 * c), abs(a + turn**2 * b + turn * c)
    return 100 * negative / positive if positive else 0.0


def unbalance_nema(lines: Sequence[float]) -> float:
    """Return the largest deviation from the mean of three line-to-line voltages in % (NEMA MG 1)."""
    return _deviation(lines)


def unbalance_phase(voltages: Sequence[float]) -> float:
    """Return the largest deviation from the mean of three line-to-neutral voltages in % (IEEE)."""
    return _deviation(voltages)


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return 100 * max(abs(value - mean) for value in values) / mean


def summation_exponent(order: int) -> float:
    """Return alpha of the general summation law of IEC 61000-3-6: higher orders meet at random angles."""
    if order < 5:
        return 1.0
    return 1.4 if order <= 10 else 2.0


def own_share(total: float, background: float, order: int) -> float:
    """Return what is plausibly added to a background of one order: the summation law solved for it."""
    alpha = summation_exponent(order)
    return math.pow(max(math.pow(total, alpha) - math.pow(background, alpha), 0.0), 1 / alpha)


def neutral_triplen(thirds: Sequence[float]) -> float:
    """Return the current that third harmonics of the phases, which are in phase, make in the neutral."""
    return sum(thirds)


def neutral_share(third: float) -> float:
    """Return neutral current over line current of a balanced load whose third harmonic is ``third`` of I1."""
    return 3 * third / math.sqrt(1 + third * third)
