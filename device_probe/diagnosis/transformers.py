"""What the class of a current transformer permits (IEC 61869-2). Pure."""

import math
from itertools import pairwise

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
