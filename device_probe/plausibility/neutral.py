"""A neutral that stands at a phase's input: voltages impossible in a right meter, and yet read right. Pure.

The meter's N is then on that phase: its own input reads the phase backwards, the two others read line to
line; and of the voltages between lines those at that phase read line to neutral.
"""

import re

from device_probe.plausibility.measured import Context, Values

NEAR = 0.08
ROOT = 3**0.5
PAIRS = {0: ("voltage_l1_l2", "voltage_l3_l1"), 1: ("voltage_l1_l2", "voltage_l2_l3"),
         2: ("voltage_l2_l3", "voltage_l3_l1")}  # fmt: skip
BETWEEN = ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")
VOLTAGE = re.compile(r"(native_|integer_|meter_)?voltage_(l\d_n|l\d_l\d|ln_avg|ll_avg|avg_system)")


def swapped_neutral(values: Values, context: Context) -> int | None:
    """Return the phase (0 to 2) at whose input the neutral stands, None when the voltages don't say so."""
    to_neutral = [values.get(f"voltage_l{k}_n") for k in (1, 2, 3)]
    if context.nominal_v is None or None in to_neutral:
        return None
    shares = [item.value / context.nominal_v for item in to_neutral if item is not None]
    for phase in range(3):
        wanted = [1.0 if k == phase else ROOT for k in range(3)]
        if _near(shares, wanted) and _between(values, context.nominal_v, phase):
            return phase
    return None


def _between(values: Values, nominal_v: float, phase: int) -> bool:
    known = [name for name in BETWEEN if name in values]
    shares = [values[name].value / nominal_v for name in known]
    return _near(shares, [1.0 if name in PAIRS[phase] else ROOT for name in known])


def _near(shares: list[float], wanted: list[float]) -> bool:
    return all(abs(share / want - 1) < NEAR for share, want in zip(shares, wanted, strict=True))
