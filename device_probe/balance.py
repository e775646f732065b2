"""What a parent and its children read, for the balance figure; `diagnosis/balance/` judges. Pure.

The permitted difference follows from the accuracies: beyond their root sum of squares it is doubtful,
beyond their plain sum (all errors at worst and in the same direction) it is wrong.
"""

import math
from dataclasses import dataclass

from device_probe.model import PlannedDevice, Snapshot

FEEDER_LOSS_SHARE = 0.005
NOT_SIMULTANEOUS_SHARE = 0.01  # devices are read one after the other while the load goes on
STANDARD_CT_A = (
    30,
    40,
    50,
    60,
    75,
    80,
    100,
    125,
    150,
    200,
    250,
    300,
    400,
    500,
    600,
    750,
    800,
    1000,
    1200,
    1250,
    1500,
    1600,
    2000,
    2500,
    3000,
)
Snapshots = dict[str, Snapshot]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Parent against the sum of its children, for one phase ("") means all."""

    phase: str
    parent_w: float
    children_w: float
    doubtful_w: float  # root sum of squares
    wrong_w: float  # plain sum

    @property
    def difference_w(self) -> float:
        """Return parent minus children."""
        return self.parent_w - self.children_w


def compare(
    device: PlannedDevice, children: list[PlannedDevice], snapshots: Snapshots
) -> tuple[Comparison, ...]:
    """Return the comparison of the total, and of each phase where all devices tell their phases."""
    found = [_comparison("", device, children, _powers(device, children, snapshots, None))]
    for k in (1, 2, 3):
        powers = _powers(device, children, snapshots, k)
        if powers is not None:
            found.append(_comparison(f"L{k}", device, children, powers))
    return tuple(found)


def own_phase(device: PlannedDevice, supply_phase: int) -> int:
    """Return which of a device's own phases (1 to 3) lies on a phase of the supply."""
    if device.role != "station":
        return supply_phase
    digits = [int(char) for char in device.phase_rotation if char.isdigit()]
    return digits.index(supply_phase) + 1 if supply_phase in digits else supply_phase


def _powers(
    device: PlannedDevice, children: list[PlannedDevice], snapshots: Snapshots, phase: int | None
) -> list[float] | None:
    found = []
    for one in (device, *children):
        name = "active_power_total" if phase is None else f"active_power_l{own_phase(one, phase)}"
        value = snapshots[one.tag].value(name)
        if value is None:
            return None
        found.append(value)
    return found


def _comparison(
    phase: str, device: PlannedDevice, children: list[PlannedDevice], powers: list[float] | None
) -> Comparison:
    parent, *rest = powers or [0.0]
    errors = [abs(parent) * device.accuracy_percent / 100]
    errors += [abs(p) * c.accuracy_percent / 100 for p, c in zip(rest, children, strict=True)]
    margin = abs(parent) * (FEEDER_LOSS_SHARE + NOT_SIMULTANEOUS_SHARE)
    return Comparison(phase, parent, sum(rest), math.hypot(*errors) + margin, sum(errors) + margin)
