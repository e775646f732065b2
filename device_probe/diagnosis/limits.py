"""Limits of power quality as tables, each with its clause. Percent of the fundamental unless said otherwise.

EN 50160:2010 4.2 (10-minute values over a week; orders 15 and 21 changed in a later edition, not seen),
IEC 61000-2-4 class 2, IEEE 519-2022 tables 1 (up to 1 kV) and 2 (both only at the connection point).
"""

from dataclasses import dataclass
from typing import Literal

from device_probe.model import VoltageStandard

CurrentStandard = Literal["ieee519"]

EN_50160 = {
    2: 2.0, 3: 5.0, 4: 1.0, 5: 6.0, 6: 0.5, 7: 5.0, 8: 0.5, 9: 1.5, 10: 0.5, 11: 3.5, 12: 0.5, 13: 3.0,
    14: 0.5, 15: 0.5, 16: 0.5, 17: 2.0, 18: 0.5, 19: 1.5, 20: 0.5, 21: 0.5, 22: 0.5, 23: 1.5, 24: 0.5,
    25: 1.5,
}  # fmt: skip
CLASS_2 = {
    2: 2.0, 3: 5.0, 4: 1.0, 5: 6.0, 6: 0.5, 7: 5.0, 8: 0.5, 9: 1.5, 10: 0.5, 11: 3.5, 12: 0.46, 13: 3.0,
    14: 0.43, 15: 0.4, 16: 0.41, 17: 2.0, 18: 0.39, 19: 1.76, 20: 0.38, 21: 0.3, 22: 0.36,
    23: 1.41, 24: 0.35, 25: 1.27,
    29: 1.06, 31: 0.97, 35: 0.83, 37: 0.77, 41: 0.67, 43: 0.63, 47: 0.55, 49: 0.52,
}  # fmt: skip
#: Upper end of Isc/IL -> limits of the odd orders from 3, 11, 17, 23 and 35 on, and TDD, in % of IL.
IEEE_519 = (
    (20.0, (4.0, 2.0, 1.5, 0.6, 0.3), 5.0),
    (50.0, (7.0, 3.5, 2.5, 1.0, 0.5), 8.0),
    (100.0, (10.0, 4.5, 4.0, 1.5, 0.7), 12.0),
    (1000.0, (12.0, 5.5, 5.0, 2.0, 1.0), 15.0),
    (float("inf"), (15.0, 7.0, 6.0, 2.5, 1.4), 20.0),
)
ORDER_STEPS = (11, 17, 23, 35)
LAST_HALVED = 6
LAST_STEP = 1000.0
LAST_ORDER = {"en50160": 40, "61000-2-4-class-2": 50, "ieee519": 50}  # of a THD


@dataclass(frozen=True, slots=True)
class VoltageLimits:
    """What a standard permits of a voltage."""

    harmonics: dict[int, float]
    thd_percent: float
    band_percent: float | None  # of the nominal voltage; None: the standard says nothing
    unbalance_percent: float | None
    clause_harmonics: str
    clause_thd: str
    clause_band: str
    clause_unbalance: str


VOLTAGE: dict[VoltageStandard, VoltageLimits] = {
    "en50160": VoltageLimits(
        EN_50160, 8.0, 10.0, 2.0, "EN 50160 4.2.5", "EN 50160 4.2.5", "EN 50160 4.2.2", "EN 50160 4.2.4"
    ),
    "61000-2-4-class-2": VoltageLimits(CLASS_2, 8.0, 10.0, 2.0, *("IEC 61000-2-4 class 2",) * 4),
    "ieee519": VoltageLimits(
        dict.fromkeys(range(2, 51), 5.0), 8.0, None, None, *("IEEE 519-2022 table 1",) * 4
    ),
}
#: Of the nominal frequency, interconnected systems, 99.5 % of a year.
FREQUENCY_PERCENT, FREQUENCY_CLAUSE = 1.0, "EN 50160 4.2.1"
TDD_CLAUSE = "IEEE 519-2022 table 2"


def current_limit(order: int, isc_over_il: float) -> float | None:
    """Return the limit of one order of the current in % of IL at the connection point (120 V to 69 kV).

    Even orders up to 6 are held to half of the odd limit; beyond order 50 there is none.
    """
    if not 2 <= order <= LAST_ORDER["ieee519"]:
        return None
    _, limits, _ = _row(isc_over_il)
    place = sum(order >= step for step in ORDER_STEPS)
    return limits[place] * (0.5 if order % 2 == 0 and order <= LAST_HALVED else 1.0)


def tdd_limit(isc_over_il: float) -> float:
    """Return the limit of the total demand distortion in % of IL."""
    return _row(isc_over_il)[2]


def _row(isc_over_il: float) -> tuple[float, tuple[float, ...], float]:
    if isc_over_il < IEEE_519[0][0]:
        return IEEE_519[0]
    # the table's steps include their lower end: at 20 the second row holds; the last one begins above 1000
    return next(row for row in IEEE_519[1:] if isc_over_il < row[0] or isc_over_il == row[0] == LAST_STEP)
