"""The rules by which today's instruments judge a four-wire meter, as their manuals tell them."""

import math
from typing import Any

RULES = (
    "any P < 0", "|PF| < 0.55", "angle > 30°", "PF window 0.97 lag to 0.89 lead",
    "PF window 0.85 lag to 0.98 lead", "PF window 0.52 lag to 0.95 lag",
)  # fmt: skip
WINDOWS = ((-27.1, 14.1), (-11.5, 31.8), (18.2, 58.7))


def rules(document: dict[str, Any]) -> dict[str, bool] | None:
    """Say for each rule whether it calls this wiring wrong; None where no input carries enough current."""
    readings = document["samples"][-1]["readings"]
    enough = max(1.0, 0.05 * (document["meter"]["ct_primary_a"] or 0))
    angles = [
        math.degrees(math.atan2(readings[f"reactive_power_l{k}"], readings[f"active_power_l{k}"]))
        for k in (1, 2, 3)
        if readings[f"current_l{k}"] >= enough
    ]
    if not angles:
        return None
    windows = [any(not low <= a <= high for a in angles) for low, high in WINDOWS]
    found = [
        any(abs(a) > 90 for a in angles),
        any(abs(math.cos(math.radians(a))) < 0.55 for a in angles),
        any(abs(a) > 30 for a in angles),
        *windows,
    ]
    return dict(zip(RULES, found, strict=True))
