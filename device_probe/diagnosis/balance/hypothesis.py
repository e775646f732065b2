"""What one mistake changes in the readings or in the plan; undone, everything must balance. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from device_probe.diagnosis.balance.node import Node, State, changed, four, off, seen, shape_off
from device_probe.diagnosis.balance.series import LANES, PHASES, TOTAL, Lanes, Series, Site

Kind = Literal[
    "ct_ratio", "ct_ratio_phase", "meter_reversed", "ct_reversed", "no_current", "wrong_circuit",
    "meter_wrong",
    "addresses_swapped", "unmetered", "wrong_parent", "counted_twice", "meter_phases", "station_phases",
    "charger_readings", "chargers_scaled",
]  # fmt: skip
#: Explanations with a free number for every round fit nearly anything; they stand back when a rigid one fits
#: a remainder that moves.
FLEXIBLE: frozenset[Kind] = frozenset({"unmetered", "meter_wrong"})


@dataclass(frozen=True, slots=True)
class Change:
    """A device of a node reads something else, leaves it or joins it."""

    node: str
    old: Series | None
    new: Series | None

    def sign(self, node: Node) -> float:
        """Return +1 where the device is the parent of the node."""
        one = self.old or self.new
        return 1.0 if one is not None and one.tag == node.tag else -1.0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One mistake that may explain what does not balance."""

    kind: Kind
    tags: tuple[str, ...]
    phase: int | None = None
    factor: float | None = None
    changes: tuple[Change, ...] = ()
    likely: tuple[str, ...] = ()  # of a CT: the ratios that fit
    sizes_w: tuple[float, ...] = ()  # of a load, by phase
    moves: bool = False  # of a load without a meter: it changes
    landings: tuple[tuple[str, tuple[int, int, int]], ...] = ()  # station -> where its own phases lie
    covers: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells this explanation from another one."""
        return self.kind, self.tags, self.phase, self.landings


@dataclass(frozen=True, slots=True)
class Board:
    """All nodes of a site, and which of them fail."""

    site: Site
    nodes: Mapping[str, Node]
    failed: Mapping[str, tuple[int, ...]]

    def above(self, tag: str) -> Node | None:
        """Return the node in which a device is a child."""
        parent = self.site.devices[tag].parent
        return self.nodes.get(parent) if parent else None

    def around(self, tag: str) -> tuple[Node, ...]:
        """Return the nodes in which a device takes part."""
        return tuple(n for n in (self.nodes.get(tag), self.above(tag)) if n is not None)


def everywhere(board: Board, old: Series, new: Series) -> tuple[Change, ...]:
    """Return the changes of every node in which a device takes part, when it reads something else."""
    site = board.site
    return tuple(
        Change(node.tag, old, new)
        if node.tag == old.tag
        else Change(node.tag, seen(site, old), seen(site, new))
        for node in board.around(old.tag)
    )


def tested(board: Board, hypothesis: Hypothesis) -> Hypothesis | None:
    """Return the hypothesis with the failing nodes it puts right; None when one it touches is wrong."""
    states: dict[str, State] = {}
    replaced: dict[str, dict[str, Series | None]] = {}
    joined: dict[str, list[Series]] = {}
    for change in hypothesis.changes:
        node = board.nodes[change.node]
        states[node.tag] = changed(
            states.get(node.tag, node.state), change.sign(node), change.old, change.new
        )
        if change.old is not None:
            replaced.setdefault(node.tag, {})[change.old.tag] = change.new
        elif change.new is not None:
            joined.setdefault(node.tag, []).append(change.new)
    covers = set()
    for tag, state in states.items():
        node = board.nodes[tag]
        if any(off(node, state, a, node.known[a]) for a in LANES):
            return None
        gone = replaced.get(tag, {})
        members = [m for one in (node.parent, *node.children) if (m := gone.get(one.tag, one)) is not None]
        members += joined.get(tag, [])
        if any(shape_off(state, members, a, node.known[a]) for a in LANES):
            return None
        if tag in board.failed:
            covers.add(tag)
    return replace(hypothesis, covers=frozenset(covers)) if covers else None


def scaled(series: Series, factors: tuple[float, float, float]) -> Series:
    """Return what a device would read if its phases were multiplied by these factors."""

    def phases(lanes: Lanes, absolute: bool) -> Lanes:
        used = [abs(f) if absolute else f for f in factors]
        rows = [tuple(v * used[a] for v in lanes[a]) for a in PHASES]
        if len(set(factors)) == 1:
            return four([*rows, tuple(v * used[0] for v in lanes[TOTAL])])
        return four([*rows, tuple(a + b + c for a, b, c in zip(*rows, strict=True))])

    return replace(
        series, power=phases(series.power, False), reactive=phases(series.reactive, False),
        likely=phases(series.likely, True), worst=phases(series.worst, True), move=phases(series.move, True),
    )  # fmt: skip


def permuted(series: Series, order: tuple[int, int, int]) -> Series:
    """Return a device whose lanes are read from others: lane a holds what lane order[a] held."""

    def turned(lanes: Lanes) -> Lanes:
        return lanes[order[0]], lanes[order[1]], lanes[order[2]], lanes[TOTAL]

    return replace(
        series, power=turned(series.power), reactive=turned(series.reactive), likely=turned(series.likely),
        worst=turned(series.worst), move=turned(series.move),
    )  # fmt: skip


def combined(a: Lanes, b: Lanes, join: Callable[[float, float], float]) -> Lanes:
    """Return two sets of lanes joined value by value."""
    return four([tuple(join(v, w) for v, w in zip(a[k], b[k], strict=True)) for k in LANES])


def needed(node: Node, device: Series) -> Series:
    """Return what a device of a node would have to read for the node to balance, with the node's errors."""
    sign = -1.0 if device.tag == node.tag else 1.0
    rest, errors = node.state.rest, combined(node.state.worst, device.worst, lambda v, w: max(v - w, 0.0))
    return replace(
        device, power=combined(device.power, rest, lambda v, w: v + sign * w), worst=errors,
        move=combined(node.state.move, device.move, lambda v, w: max(v - w, 0.0)),
    )  # fmt: skip
