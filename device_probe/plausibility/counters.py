"""Energy counters of one device between two snapshots: they only ever rise, unless they overflow. Pure."""

import math
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache

from device_probe.model import PlannedDevice, Reading, Snapshot
from device_probe.plausibility.gate import marked
from device_probe.plausibility.measured import context_of, measured
from device_probe.plausibility.outcome import Doubt
from device_probe.plausibility.ranges import MAX_CURRENT_A, OVER_CT, title
from device_probe.profile import Point, Profile

COUNTER = re.compile(r"(native_|meter_)?active_energy_(import|export)_(l[123]|total)|reactive_energy_\w+")
BITS = {"uint16": 16, "int16": 15, "uint32": 32, "int32": 31, "uint64": 64, "int64": 63}
NEAR_END = 0.98  # of what a counter holds; only from there on it can have begun again
MOST_VOLTS = 480.0
SLACK = 1.2


def rising(
    earlier: Snapshot, later: Snapshot, profile: Profile, device: PlannedDevice | None = None
) -> tuple[Doubt, ...]:
    """Return what cannot be true about the counters of a device between two snapshots of it."""
    points = {point.quantity: point for point in profile.points if _is_counter(point.quantity)}
    before = {r.quantity: r.value for r in earlier.readings if _sound(r)}
    most = _most_wh(earlier, later, profile, device)
    found: list[Doubt] = []
    for reading in later.readings:
        point, was = points.get(reading.quantity), before.get(reading.quantity)
        if (
            point
            and isinstance(was, int | float)
            and isinstance(reading.value, int | float)
            and _sound(reading)
        ):
            found.extend(_judged(point, float(was), float(reading.value), most))
    return tuple(found)


def with_earlier(
    earlier: Snapshot, later: Snapshot, profile: Profile, device: PlannedDevice | None = None
) -> Snapshot:
    """Return the later snapshot with the counters marked that fell, or rose more than can flow."""
    return marked(later, rising(earlier, later, profile, device))


@cache
def _is_counter(quantity: str) -> bool:
    return COUNTER.fullmatch(quantity) is not None


def _sound(reading: Reading) -> bool:
    return isinstance(reading.value, int | float) and reading.problem is None


def _judged(point: Point, was: float, now: float, most: float | None) -> Iterator[Doubt]:
    name, step = title(point.quantity), abs(point.scale)
    if now < was - step:
        fell = f"{name} fell from {was:.6g} to {now:.6g} {point.unit}"
        end = _end(point, was, now)
        why = f"its counter overflowed at {end:.6g} {point.unit}" if end else "no counter counts back"
        yield Doubt((point.quantity,), f"{fell}: {why}", False)
    elif most is not None and now - was > most + 2 * step:
        words = (
            f"{name} rose by {now - was:.6g} {point.unit}, more than can have flowed meanwhile ({most:.3g})"
        )
        yield Doubt((point.quantity,), words, False)


def _end(point: Point, was: float, now: float) -> float | None:
    """Return where a counter began again: at the end of its registers, or of its decimal places."""
    ends = [2.0 ** BITS[point.type] * point.scale] if point.type in BITS else []
    digits = math.ceil(math.log10(was / point.scale)) if was > 0 and point.scale > 0 else 0
    ends += [10.0**digits * point.scale] if digits >= 5 else []
    fits = [end for end in ends if NEAR_END * end <= was <= end and now <= (1 - NEAR_END) * end]
    return min(fits, default=None)


def _most_wh(
    earlier: Snapshot, later: Snapshot, profile: Profile, device: PlannedDevice | None
) -> float | None:
    seconds = (_moment(later.taken_at) - _moment(earlier.taken_at)).total_seconds()
    if seconds <= 0:
        return None
    context = context_of(measured(later.readings, profile), profile, device=device)
    current = OVER_CT * context.ct_a if context.ct_a else MAX_CURRENT_A
    return SLACK * context.phases * MOST_VOLTS * current * seconds / 3600


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
