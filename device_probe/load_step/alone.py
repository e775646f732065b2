"""Stations left alone, to see whether they fall back: which of them, and for how long. Pure."""

from dataclasses import dataclass, replace

from device_probe.load_step.evidence import LIFE_SIGN
from device_probe.load_step.record import Need
from device_probe.load_step.setpoint import FAILSAFE, LEFT, WATCHDOGS, drawn_current
from device_probe.model import PlannedDevice, Snapshot
from device_probe.profile import Profile

LIFE_SIGN_S = 20.0  # where no register tells after how long a life sign is missed: two of the longest known
MARGIN_S = 10.0
LEAST_A = 1.0


@dataclass(frozen=True, slots=True)
class Watch:
    """One station that should fall back, from what it says of itself."""

    device: PlannedDevice
    need: Need
    timeout_s: float | None
    failsafe_a: float | None

    @property
    def wait_s(self) -> float:
        """Return how long it must be left alone."""
        return (LIFE_SIGN_S if self.timeout_s is None else self.timeout_s) + MARGIN_S


def now_watched(watch: Watch, snapshot: Snapshot) -> Watch:
    """Return the same with what is left of its time now: some tell that, and not the whole of it."""
    left = snapshot.value(LEFT)
    return replace(watch, timeout_s=left) if watch.need == "set_point" and left else watch


def watch_of(device: PlannedDevice, profile: Profile, snapshot: Snapshot) -> Watch | None:
    """Return how a station's fall-back shows; None where it has none, or doesn't charge."""
    drawn = drawn_current(snapshot)
    if snapshot.problem is not None or drawn is None or drawn < LEAST_A:
        return None
    told = {name: snapshot.value(name) for name in WATCHDOGS if snapshot.value(name) is not None}
    failsafe = snapshot.value(FAILSAFE)
    if any(point.quantity == LIFE_SIGN for point in profile.points):
        return Watch(device, "life_sign", max((t for t in told.values() if t), default=None), failsafe)
    if LEFT in told and failsafe is not None:
        return Watch(device, "set_point", told[LEFT] or None, failsafe)
    if "communication_timeout" in told and failsafe is not None:
        return Watch(device, "contact", told["communication_timeout"], failsafe)
    return None
