"""From the snapshots of a site to samples by tag, and to what is known about each meter. Pure."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import zip_longest

from device_probe.diagnosis.evidence import Load, Meter, Role, Sample, Value
from device_probe.diagnosis.systems import System
from device_probe.model import PlannedDevice, SitePlan, Snapshot
from device_probe.plausibility import implausible
from device_probe.problems import ProfileError
from device_probe.profile_schema import load_profile

GENERATORS = ("inverter", "bess")
IDLE_W, IDLE_SHARE = 50.0, 0.01  # of its rating: less than that is no generation
Samples = Mapping[str, tuple[Sample, ...]]
#: Problems of a reading whose value must not be used.
UNUSABLE = ("suspect", "unreadable", "not_available")


def samples_of(plan: SitePlan, snapshots: Iterable[Snapshot]) -> dict[str, tuple[Sample, ...]]:
    """Return what each device said in each round, without what cannot be true.

    The n-th snapshot of every device belongs to round n; all samples of a round bear the time it began.
    """
    rounds = list(_rounds(snapshots))
    phases = {device.tag: device.phases for device in plan.devices}
    found: dict[str, list[Sample]] = {}
    for one in rounds:
        begun = min(snapshot.taken_at for snapshot in one)
        for snapshot in one:
            if snapshot.problem is None and implausible(plan, snapshot) is None:
                sample = Sample(begun, usable(snapshot, phases.get(snapshot.tag, 3)))
                found.setdefault(snapshot.tag, []).append(sample)
    return {tag: tuple(row) for tag, row in found.items()}


def skew_of(snapshots: Iterable[Snapshot]) -> float:
    """Return how many seconds lie at most between two devices of one round."""
    spans = []
    for one in _rounds(snapshots):
        times = [datetime.fromisoformat(snapshot.taken_at) for snapshot in one]
        spans.append((max(times) - min(times)).total_seconds())
    return max(spans, default=0.0)


def _rounds(snapshots: Iterable[Snapshot]) -> Iterable[list[Snapshot]]:
    by_tag: dict[str, list[Snapshot]] = {}
    for snapshot in snapshots:
        by_tag.setdefault(snapshot.tag, []).append(snapshot)
    last_first = (row[::-1] for row in by_tag.values())  # the last round has every device
    return [[s for s in one if s is not None] for one in zip_longest(*last_first)][::-1]


def usable(snapshot: Snapshot, phases: int = 3) -> dict[str, Value]:
    """Return the values of a snapshot; None where there is none that can be used.

    What a meter of a single phase tells in total is what its one phase carries.
    """
    found: dict[str, Value] = {
        r.quantity: None if r.problem in UNUSABLE or isinstance(r.value, tuple) else r.value
        for r in snapshot.readings
    }
    for kind in ("active_power", "reactive_power", "apparent_power", "power_factor") if phases == 1 else ():
        if found.get(f"{kind}_l1") is None and (whole := found.get(f"{kind}_total")) is not None:
            found[f"{kind}_l1"] = whole
    return found


def line_to_neutral(voltage_v: float) -> float:
    """Return the nominal voltage to neutral: 230 V in a 400 V system (IEC 60038), else U/√3."""
    return 230.0 if voltage_v == 400.0 else voltage_v / math.sqrt(3)


def meter_of(plan: SitePlan, device: PlannedDevice, role: Role = "load", load: Load = "ev_charging") -> Meter:
    """Return a planned device as the meter to be judged."""
    system: System = "1P" if device.phases == 1 else "3P4W"
    return Meter(
        system, line_to_neutral(plan.voltage_v), device.ct_primary_a, meter_class=device.accuracy_percent,
        role=role, load=load, tag=device.tag,
    )  # fmt: skip


def roles_of(plan: SitePlan) -> dict[str, Role]:
    """Return the devices of a plan that can feed power back."""
    found: dict[str, Role] = {}
    for device in plan.devices:
        kind = _kind(device)
        if kind in GENERATORS:
            found[device.tag] = "generation" if kind == "inverter" else "mixed"
    return found


def at_work(plan: SitePlan, samples: Samples) -> tuple[PlannedDevice, ...]:
    """Return the devices that can feed power back and were not read as idle."""
    able = roles_of(plan)
    return tuple(d for d in plan.devices if d.tag in able and not _idle(plan, d, samples.get(d.tag, ())))


def _idle(plan: SitePlan, device: PlannedDevice, row: tuple[Sample, ...]) -> bool:
    powers = [_power(sample) for sample in row]
    if not powers or None in powers:
        return False
    rating = math.sqrt(3) * plan.voltage_v * (device.design_current_a or 0.0)
    return all(abs(power) < max(IDLE_W, IDLE_SHARE * rating) for power in powers if power is not None)


def _power(sample: Sample) -> float | None:
    """Return the power of a source: in total, or of its phases where it tells no total."""
    if (whole := sample.number("active_power_total")) is not None:
        return whole
    phases = [sample.number(f"active_power_l{k}") for k in (1, 2, 3)]
    known = [power for power in phases if power is not None]
    return sum(known) if len(known) == len(phases) else None


def above(plan: SitePlan, device: PlannedDevice) -> frozenset[str]:
    """Return the tags of all meters upstream of a device."""
    parents = {each.tag: each.parent for each in plan.devices}
    found: set[str] = set()
    tag = device.parent
    while tag is not None and tag not in found:
        found.add(tag)
        tag = parents.get(tag)
    return frozenset(found)


def ends_below(plan: SitePlan, tag: str) -> tuple[PlannedDevice, ...]:
    """Return the devices below a meter that are no meters themselves."""
    meters = ("main_meter", "group_meter")
    return tuple(d for d in plan.devices if d.role not in meters and tag in above(plan, d))


def for_sources_only(plan: SitePlan, tag: str) -> bool:
    """Return True for a meter below which the plan has nothing but photovoltaics and storage."""
    ends, able = ends_below(plan, tag), roles_of(plan)
    return bool(ends) and all(each.tag in able for each in ends)


def _kind(device: PlannedDevice) -> str | None:
    try:
        return load_profile(device.profile).kind
    except ProfileError:  # a report may be judged where a user's own profile is not at hand
        return None
