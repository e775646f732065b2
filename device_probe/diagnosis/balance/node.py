"""One meter and the devices below it: the remainder of each round, and how large it may be. Pure.

remainder = parent - children - losses. In steady operation its median is judged; besides, rounds that are off
by more than everything that moved around them, when there are several.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from device_probe.diagnosis.balance.losses import lost, shared
from device_probe.diagnosis.balance.series import LANES, NAN, TOTAL, Lane, Lanes, Series, Site
from device_probe.model import PlannedDevice

MIN_ROUNDS = 3
VOTES = 0.2  # share of rounds that are off by themselves
SHAPE_FLOOR_W = 15.0


@dataclass(frozen=True, slots=True)
class State:
    """Remainder and what it may be, by lane and round; changed copies stand for hypotheses."""

    rest: Lanes
    worst: Lanes
    likely: Lanes
    move: Lanes


@dataclass(frozen=True, slots=True)
class Node:
    """A parent, its children, and what the rounds say about their balance."""

    tag: str
    parent: Series
    children: tuple[Series, ...]
    losses: Lanes
    state: State
    counts: tuple[tuple[int, ...], ...]  # the rounds that count, by lane
    known: tuple[tuple[int, ...], ...]  # the rounds in which everything was read, by lane
    share: float

    @property
    def weak(self) -> bool:
        """Return True when only chargers stand below: nothing with an accuracy class."""
        return all(child.chain.charger for child in self.children)

    def rounds(self, lane: int) -> tuple[int, ...]:
        """Return the rounds that count on a lane, () when they are too few."""
        return self.counts[lane] if len(self.counts[lane]) >= MIN_ROUNDS else ()


def build(site: Site, tag: str) -> Node | None:
    """Return the node of a meter with children; None without any."""
    below = [site.series[child] for child in site.children(tag)]
    if not below:
        return None
    parent, children = site.series[tag], tuple(seen(site, child) for child in below)
    more = shared(site, below)
    losses = [
        tuple(
            sum(c.power[a][k] - b.power[a][k] for c, b in zip(children, below, strict=True)) + more[a][k] / 2
            for k in range(site.rounds)
        )
        for a in LANES
    ]
    state = _state(site, parent, children, more)
    counts = _rounds(parent, children, parent.chain.min_current_a * site.voltage_v)
    return Node(
        tag, parent, children, four(losses), state, counts, _rounds(parent, children, 0.0), site.share
    )


def _state(site: Site, parent: Series, children: tuple[Series, ...], more: Lanes) -> State:
    """``more``: what may be lost besides on ways that children share; half of it is taken for granted."""
    members, span = (parent, *children), range(site.rounds)
    rest = [
        tuple(parent.power[a][k] - sum(c.power[a][k] for c in children) - more[a][k] / 2 for k in span)
        for a in LANES
    ]
    worst = [tuple(sum(m.worst[a][k] for m in members) + more[a][k] / 2 for k in span) for a in LANES]
    likely = [
        tuple(math.hypot(*(m.likely[a][k] for m in members)) + more[a][k] / 2 for k in span) for a in LANES
    ]
    move = [tuple(sum(m.move[a][k] for m in members) for k in span) for a in LANES]
    return State(four(rest), four(worst), four(likely), four(move))


def four(lanes: Sequence[Lane]) -> Lanes:
    """Return four lanes as a tuple of that length."""
    return lanes[0], lanes[1], lanes[2], lanes[3]


def seen(site: Site, child: Series) -> Series:
    """Return a device as the meter above sees it: with the losses of the circuit between them."""
    watts, doubt = lost(site, child)
    return replace(
        child, power=_added(child.power, watts), worst=_added(child.worst, doubt),
        likely=_added(child.likely, doubt),
    )  # fmt: skip


def _added(lanes: Lanes, more: Lanes) -> Lanes:
    return four([tuple(v + w for v, w in zip(lanes[a], more[a], strict=True)) for a in LANES])


def _rounds(parent: Series, children: Sequence[Series], needed: float) -> tuple[tuple[int, ...], ...]:
    """A round counts where the parent, or what should flow through it, is large enough to be judged."""
    found = []
    for a in LANES:
        rounds = []
        for k in range(len(parent.power[a])):
            below = [c.power[a][k] for c in children]
            here = parent.power[a][k]
            if here == here and all(v == v for v in below):
                flowing = max(abs(here), sum(map(abs, below)))
                if flowing >= needed:
                    rounds.append(k)
        found.append(tuple(rounds))
    return tuple(found)


def off(node: Node, state: State, lane: int, rounds: Sequence[int] | None = None) -> bool:
    """Return True when the remainder of a lane is larger than all errors at worst."""
    rounds = node.rounds(lane) if rounds is None else rounds
    if len(rounds) < MIN_ROUNDS:
        return False
    rest, worst, move = state.rest[lane], state.worst[lane], state.move[lane]
    middle = statistics.median(rest[k] for k in rounds)
    allowed = statistics.median(worst[k] for k in rounds) + node.share * statistics.median(
        move[k] for k in rounds
    )
    if abs(middle) > allowed:
        return True
    votes = sum(abs(rest[k]) > worst[k] + move[k] for k in rounds)
    return votes >= max(MIN_ROUNDS, VOTES * len(rounds))


def allowed_w(node: Node, lane: int, likely: bool = False) -> float:
    """Return the permitted remainder of a lane (of what is likely), 0 without rounds."""
    rounds = node.rounds(lane)
    if not rounds:
        return 0.0
    errors = (node.state.likely if likely else node.state.worst)[lane]
    return statistics.median(errors[k] for k in rounds) + node.share * statistics.median(
        node.state.move[lane][k] for k in rounds
    )


def failing(node: Node, state: State | None = None) -> tuple[int, ...]:
    """Return the lanes whose remainder can't be explained by errors."""
    return tuple(a for a in LANES if off(node, state or node.state, a))


def median(values: Iterable[float]) -> float:
    """Return the median of the known values, NaN without any."""
    found = [v for v in values if v == v]
    return statistics.median(found) if found else NAN


def rest_of(node: Node, lane: int) -> float:
    """Return the median remainder of the rounds that count, NaN when they are too few."""
    return median(node.state.rest[lane][k] for k in node.rounds(lane))


def changed(state: State, sign: float, old: Series | None, new: Series | None) -> State:
    """Return a state in which a device reads something else, left or joined; sign +1 for the parent."""

    def one(lanes: Lanes, name: str, factor: float) -> Lanes:
        rows: list[Lane] = []
        for a in LANES:
            row = lanes[a]
            if old is not None:
                row = tuple(v - factor * w for v, w in zip(row, getattr(old, name)[a], strict=True))
            if new is not None:
                row = tuple(v + factor * w for v, w in zip(row, getattr(new, name)[a], strict=True))
            rows.append(row)
        return four(rows)

    return State(
        one(state.rest, "power", sign),
        one(state.worst, "worst", 1.0),
        state.likely,
        one(state.move, "move", 1.0),
    )


def shape_off(
    state: State, members: Sequence[Series], lane: int, rounds: Sequence[int], times: float = 1.0
) -> bool:
    """Return True when a remainder moves more than the gain errors of what moves, and skew, can make it.

    A constant error of a device cancels between two rounds; what is left of it grows with the change.
    """
    if len(rounds) < MIN_ROUNDS:
        return False
    rest, move = state.rest[lane], state.move[lane]
    usual = median(move[k] for k in rounds)
    steady = [k for k in rounds if move[k] <= usual]
    if len(steady) < 2:
        return False
    level = median(rest[k] for k in steady)
    middle = min(steady, key=lambda k: (abs(rest[k] - level), k))
    needed = max(2, VOTES * len(rounds))
    wrong = 0
    for k in rounds:
        apart = abs(rest[k] - rest[middle])
        # the errors of the members are many sums: they are asked only where skew alone doesn't explain it
        if apart <= times * (move[k] + move[middle] + SHAPE_FLOOR_W):
            continue
        wrong += apart > times * shape_slack(state, members, lane, k, middle)
        if wrong >= needed:
            return True
    return False


def shape_slack(state: State, members: Sequence[Series], lane: int, k: int, j: int) -> float:
    """Return how far the remainders of two rounds may lie apart: gain errors of what moved, and skew."""
    gained = sum(_gained(m, lane, k, j) for m in members)
    return gained + state.move[lane][k] + state.move[lane][j] + SHAPE_FLOOR_W


def _gained(member: Series, lane: int, k: int, j: int) -> float:
    p, q = member.power[lane][k], member.power[lane][j]
    a, b = member.worst[lane][k], member.worst[lane][j]
    low, high = (a, b) if abs(p) <= abs(q) else (b, a)
    size = max(abs(p), abs(q))
    share = high / size if size else 0.0
    small = min(abs(p), abs(q)) if p * q > 0 else 0.0
    return share * abs(p - q) + max(low - share * small, 0.0)


def circuit_w(device: PlannedDevice, voltage: float) -> float:
    """Return what a phase of a device's circuit carries at its design current."""
    return (device.design_current_a or 32.0) * voltage


__all__ = [
    "TOTAL",
    "Node",
    "State",
    "allowed_w",
    "build",
    "changed",
    "circuit_w",
    "failing",
    "four",
    "median",
    "off",
    "rest_of",
    "shape_off",
]  # fmt: skip
