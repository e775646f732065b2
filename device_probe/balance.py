"""Meters against one another along the one-line: a parent must read the sum of its children. Pure.

The permitted difference follows from the accuracies: beyond their root sum of squares it is doubtful,
beyond their plain sum (all errors at worst and in the same direction) it is wrong.
"""

import math
from dataclasses import dataclass

from device_probe.model import Figure, Finding, PlannedDevice, SitePlan, Snapshot, Verdict

MIN_CT_SHARE = 0.05
MIN_CURRENT_A = 1.0
FEEDER_LOSS_SHARE = 0.005
NOT_SIMULTANEOUS_SHARE = 0.01  # devices are read one after the other while the load goes on
RATIO_SPREAD = 0.02
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
CLAUSE = "sum of sub-meters against the main meter within combined accuracy"
Snapshots = dict[str, Snapshot]
Judged = tuple[Verdict, tuple[Finding, ...]]


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


def judge_balance(
    plan: SitePlan,
    device: PlannedDevice,
    snapshots: Snapshots,
    miswired: frozenset[str],
    doubtful: frozenset[str] = frozenset(),
) -> Judged | None:
    """Judge one meter against its children; None when it has none."""
    children = [child for child in plan.devices if child.parent == device.tag]
    if not children:
        return None
    for tag in (device.tag, *(child.tag for child in children)):
        if tag in doubtful:
            action = f"Clear how {tag} is to be read, then probe again."
            return _open(device, f"The readings of {tag} cannot be true, so they cannot be compared.", action)
        if tag in miswired:
            action = f"Correct the wiring of {tag}, then probe again."
            return _open(device, f"{tag} is wired wrongly, so its readings cannot be compared.", action)
        if tag not in snapshots or snapshots[tag].value("active_power_total") is None:
            action = f"Make {tag} answer with its active power, then probe again."
            return _open(device, f"{tag} gave no active power.", action)
    comparisons = compare(device, children, snapshots)
    if not _enough(device, snapshots[device.tag]):
        limit = _threshold(device)
        action = f"Let stations charge until {device.tag} reads {limit:.3g} A per phase, then probe again."
        return _open(
            device, f"{device.tag} carries less than {limit:.3g} A; meters cannot be compared.", action
        )
    return _verdict(device, children, comparisons)


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


def _threshold(device: PlannedDevice) -> float:
    return max(MIN_CURRENT_A, MIN_CT_SHARE * (device.ct_primary_a or 0.0))


def _enough(device: PlannedDevice, snapshot: Snapshot) -> bool:
    currents = [snapshot.value(f"current_l{k}") for k in (1, 2, 3)]
    return max((abs(c) for c in currents if c is not None), default=0.0) >= _threshold(device)


def _open(device: PlannedDevice, reason: str, action: str) -> Judged:
    return Verdict(device.tag, "balance", "inconclusive", reason, action), ()


def _verdict(
    device: PlannedDevice, children: list[PlannedDevice], comparisons: tuple[Comparison, ...]
) -> Judged:
    total = comparisons[0]
    worst = max(comparisons, key=lambda c: abs(c.difference_w) - c.wrong_w)
    share = 100 * total.difference_w / total.parent_w if total.parent_w else 0.0
    if abs(worst.difference_w) <= worst.wrong_w:
        reason = (
            f"{device.tag} reads {total.parent_w / 1000:.2f} kW, its {len(children)} meters below "
            f"{total.children_w / 1000:.2f} kW together: {share:+.1f} %, within the accuracies."
        )
        doubtful = [c for c in comparisons if abs(c.difference_w) > c.doubtful_w]
        findings = tuple(_doubtful(device, c) for c in doubtful[:1])
        return Verdict(device.tag, "balance", "pass", reason), findings
    finding = _wrong(device, children, comparisons, worst)
    return Verdict(device.tag, "balance", "fail", finding.sentence, finding.remedy), (finding,)


def _figures(comparison: Comparison) -> tuple[Figure, ...]:
    return (
        Figure("parent", round(comparison.parent_w, 1), "W"),
        Figure("children", round(comparison.children_w, 1), "W"),
        Figure("difference", round(comparison.difference_w, 1), "W"),
    )


def _doubtful(device: PlannedDevice, comparison: Comparison) -> Finding:
    where = f" on {comparison.phase}" if comparison.phase else ""
    return Finding(
        "balance-doubtful", "warning", device.tag,
        f"{device.tag} and the meters below it differ by {comparison.difference_w:+.0f} W{where}, "
        "more than their accuracies make likely.",
        _figures(comparison), Figure("likely", round(comparison.doubtful_w, 1), "W"), CLAUSE,
        "Probe again while the load is steady; if it stays, look for a load without a meter.",
        comparison.phase or None,
    )  # fmt: skip


def _wrong(
    device: PlannedDevice,
    children: list[PlannedDevice],
    comparisons: tuple[Comparison, ...],
    worst: Comparison,
) -> Finding:
    ratio = _common_ratio(comparisons)
    likely = _likely_ct(device.ct_primary_a, ratio) if ratio and device.ct_primary_a else None
    if ratio and likely:
        return _wrong_ratio(device, comparisons[0], ratio, likely)
    where = f" on {worst.phase}" if worst.phase else ""
    tags = ", ".join(child.tag for child in children)
    return Finding(
        "balance-broken", "error", device.tag,
        f"{device.tag} reads {worst.parent_w / 1000:.2f} kW{where}, but {tags} together "
        f"{worst.children_w / 1000:.2f} kW.",
        _figures(worst), Figure("permitted", round(worst.wrong_w, 1), "W"), CLAUSE,
        f"Look for a load without a meter below {device.tag}, a meter on another circuit, "
        "and current transformer ratios that differ from the plan.",
        worst.phase or None,
    )  # fmt: skip


def _common_ratio(comparisons: tuple[Comparison, ...]) -> float | None:
    """Return parent / children when it is the same on every phase: what a wrong CT ratio looks like."""
    ratios = [c.parent_w / c.children_w for c in comparisons if abs(c.children_w) > 1.0]
    if len(ratios) < 2 or min(ratios) <= 0:
        return None
    return ratios[0] if (max(ratios) - min(ratios)) / ratios[0] <= RATIO_SPREAD else None


def _likely_ct(planned_a: float, ratio: float) -> int | None:
    """Return the standard primary current that would explain the ratio, when one lies close enough."""
    wanted = planned_a / ratio
    nearest = min(STANDARD_CT_A, key=lambda a: abs(a - wanted))
    return nearest if abs(nearest - wanted) <= 0.04 * wanted and nearest != planned_a else None


def _wrong_ratio(device: PlannedDevice, total: Comparison, ratio: float, likely_a: int) -> Finding:
    secondary = f"{device.ct_secondary_a or 5:g}"
    return Finding(
        "ct-ratio",
        "error",
        device.tag,
        f"{device.tag} reads {ratio:.2f} times the sum of the meters below it on every phase: its current "
        f"transformers are probably {likely_a}/{secondary} A, set as {device.ct_primary_a:g}/{secondary} A.",
        (*_figures(total), Figure("ratio", round(ratio, 3))),
        None,
        CLAUSE,
        f"Isolate and prove dead, read the plates of {device.tag}'s current transformers, set the meter to "
        "them and probe again.",
    )
