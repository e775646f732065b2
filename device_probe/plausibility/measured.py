"""What is known about a value besides its number: how coarse it is and with which request it came. Pure."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from device_probe.kept import Kept
from device_probe.model import PlannedDevice, Reading, SitePlan, Snapshot
from device_probe.profile import Point, Profile

FLOATS = ("float32", "float64")
_POINTS: Kept[dict[str, Point]] = Kept()
# what the checks look at; everything else of a device (states, limits, texts) tells nothing about decoding
ELECTRICAL = re.compile(
    r"(native_|integer_|meter_)?("
    r"voltage_(l[123]_n|l1_l2|l2_l3|l3_l1|ln_avg|ll_avg|avg_system)|current_(l[123]|n|avg|sum)"
    r"|(active|reactive|apparent)_power_(l[123]|total)|(power_factor|cos_phi)_(l[123]|total)|frequency(_l[123])?)"
)
OTHERS = re.compile(
    r"thd_\w+|tdd_current|harmonic_voltage_\w+|battery_(soc|soh|voltage|power)|vehicle_soc|\w+_temperature"
    r"|\w*active_energy_(import|export)\w*|phase_angle_\w+|dc_voltage|ct_primary|ct_secondary|vt_primary"
    r"|nominal_frequency|voltage_unbalance\w*"
)


#: How devices name systems without neutral: what they would measure against it is then 0 or stands still.
THREE_WIRE = frozenset({"3P3W", "3P3WB", "3LL", "3P", "2LL"})
AGAINST_NEUTRAL = re.compile(
    r"(native_|integer_|meter_)?(voltage_(l[123]_n|ln_avg)|current_n"
    r"|(active|reactive|apparent)_power_l[123]|(power_factor|cos_phi|phase_angle)_l[123])"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A number, the step that its registers count in (0 for a float), and the request that it came with."""

    value: float
    grain: float = 0.0
    request: int | None = None


Values = Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Context:
    """What must be so where the device is: from the site plan, the profile and the device's own settings."""

    kind: str = "meter"
    phases: int = 3
    nominal_v: float | None = None  # phase to neutral, of the plan
    ct_a: float | None = None  # primary current of the transformers, as planned or else as set in the device
    ct_secondary_a: float | None = None
    planned_ct_a: float | None = None
    vt_v: float | None = None
    accuracy_percent: float = 1.0

    @property
    def current_error_a(self) -> float:
        """Return how far a small current may be off by the meter's class and no-load threshold."""
        return 0.005 * self.accuracy_percent * self.ct_a if self.ct_a else 0.05

    @property
    def sure_current_a(self) -> float:
        """Return the current from which on the power factor means something."""
        if self.ct_a:
            return max(1.0, 0.05 * self.ct_a)
        return 5.0 if self.kind in ("meter", "analyser") else 1.0


@cache
def examined(quantity: str) -> bool:
    """Return True for a quantity that some check looks at."""
    return bool(ELECTRICAL.fullmatch(quantity) or OTHERS.fullmatch(quantity))


@cache
def electrical(quantity: str) -> bool:
    """Return True for voltage, current, power, power factor and frequency."""
    return bool(ELECTRICAL.fullmatch(quantity))


def measured(readings: Iterable[Reading], profile: Profile | None) -> dict[str, Measured]:
    """Return the numbers of a snapshot that the checks look at."""
    points = _POINTS.get(profile, None, lambda: _points(profile)) if profile else {}
    found: dict[str, Measured] = {}
    readings = tuple(readings)
    three_wire = any(r.quantity == "system_type" and r.value in THREE_WIRE for r in readings)
    for reading in readings:
        value = reading.value
        if three_wire and AGAINST_NEUTRAL.fullmatch(reading.quantity):
            continue
        if isinstance(value, int | float) and examined(reading.quantity) and math.isfinite(value):
            point = points.get(reading.quantity)
            coarse = point is not None and point.type not in FLOATS
            grain = grain_of(point, reading.raw, value) if point and coarse else 0.0
            found[reading.quantity] = Measured(float(value), grain, reading.request)
    return found


def grain_of(point: Point, raw: str, value: float) -> float:
    """Return the step that a point counts in, 0 for a float."""
    if point.type in FLOATS:
        return 0.0
    if point.scale_register is None or not value:
        return abs(point.scale)
    # the exponent stands in another register: step = value / count, for the counts of 16-bit points
    count = int.from_bytes(bytes.fromhex(raw), "big", signed=True) if raw else 0
    return abs(value / count) if count else abs(point.scale)


def context_of(
    values: Values,
    profile: Profile | None = None,
    plan: SitePlan | None = None,
    device: PlannedDevice | None = None,
) -> Context:
    """Return what must be so for a device, from everything that is known about it."""
    if plan is not None and device is None:
        raise TypeError("a plan alone does not say which of its devices is meant")
    primary, secondary = _set_transformer(values)
    transformer = values.get("vt_primary")
    planned = device.ct_primary_a if device else None
    return Context(
        kind=profile.kind if profile else "meter",
        phases=device.phases if device and plan else (profile.phases if profile else 3),
        nominal_v=plan.voltage_v / math.sqrt(3) if plan else None,
        ct_a=planned or primary,
        ct_secondary_a=(device.ct_secondary_a if device else None) or secondary,
        planned_ct_a=planned,
        vt_v=transformer.value if transformer and transformer.value > 0 else None,
        accuracy_percent=device.accuracy_percent if device else 1.0,
    )


def device_of(plan: SitePlan, snapshot: Snapshot) -> PlannedDevice | None:
    """Return the planned device that a snapshot was taken of."""
    return next((device for device in plan.devices if device.tag == snapshot.tag), None)


def _set_transformer(values: Values) -> tuple[float | None, float | None]:
    primary, secondary = values.get("ct_primary"), values.get("ct_secondary")
    if primary is None or not 0 < primary.value <= 20_000:
        return None, None
    against = secondary.value if secondary and 0 < secondary.value <= 10 else 5.0
    # 5/5 or 1/1 is what a meter holds that has no transformers, or whose transformers nobody has set
    return (primary.value, against) if primary.value > against else (None, None)


def _points(profile: Profile) -> dict[str, Point]:
    return {point.quantity: point for point in profile.points if examined(point.quantity)}
