"""Current transformers: the primaries that are made, and what a class permits (IEC 61869-2). Pure."""

import math
from itertools import pairwise

#: Rated primary currents: IEC 61869-2 (10 to 75 A in its steps, times ten), IEEE C57.13 (80, 120, 800 …), and
#: 160 and 1600 A from makers' low-voltage series. Wider than either: what is on a plate must be found.
STANDARD_PRIMARY_A = (
    5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 125, 150, 160, 200, 250, 300, 400, 500, 600, 750,
    800, 1000, 1200, 1250, 1500, 1600, 2000, 2500, 3000, 4000, 5000, 6000,
)  # fmt: skip
LEAST_USUAL_A = 30  # a smaller load is measured directly; only a plate says otherwise
#: Phase displacement of a class 1 transformer in degrees at shares of its rated current.
CT_PHASE_DEG = ((0.05, 3.0), (0.20, 1.5), (1.0, 1.0))


def displacement_deg(share: float) -> float:
    """Return the phase displacement that a class 1 CT may have at a share of its rated current."""
    if share <= CT_PHASE_DEG[0][0]:
        return CT_PHASE_DEG[0][1]
    for (x0, y0), (x1, y1) in pairwise(CT_PHASE_DEG):
        if share <= x1:
            return y0 + (y1 - y0) * math.log(share / x0) / math.log(x1 / x0)
    return CT_PHASE_DEG[-1][1]
