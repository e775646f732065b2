"""On which phases of the supply each station really is, against the rotation that was declared. Pure.

A station whose phases carry the same current looks the same in every rotation, and two stations with the same
load can stand for one another: then this says so instead of guessing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

from device_probe.diagnosis.balance.hypothesis import Board, Change, Hypothesis, permuted
from device_probe.diagnosis.balance.node import MIN_ROUNDS, VOTES, Node, median, shape_slack
from device_probe.diagnosis.balance.series import PHASES, TOTAL, Lane, Series, Site, landing

Landing = tuple[int, int, int]
Word = Literal["confirmed", "other", "undecided"]
ACTIVE_A = 0.5  # an own phase that carries less says nothing about where it lies
MAX_PAIRS = 4000  # tests of two stations at once, for each station
MAX_CHANGES = 12
LANDINGS: tuple[Landing, ...] = tuple((a, b, c) for a, b, c in permutations(PHASES))
Three = tuple[Lane, Lane, Lane]


@dataclass(frozen=True, slots=True)
class StationPhases:
    """Where a station's own phases lie."""

    tag: str
    declared: Landing
    verdict: Word
    found: Landing | None = None
    reason: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One other way in which a station may be connected, and what it changes in the remainder."""

    tag: str
    landing: Landing
    change: Three
    level: tuple[float, float, float]
    more: tuple[float, float, float]  # by how much the errors grow where the station would be


@dataclass(frozen=True, slots=True)
class Puzzle:
    """The remainder of a node by phase, its limits, and what each station could change."""

    node: Node
    rest: Three
    options: Mapping[str, tuple[Option, ...]]
    level: tuple[float, float, float]
    limit: tuple[float, float, float]
    middle: int  # the steadiest round: others are held against it
    slack: Three  # how far the remainder of a round may lie from that one's

    def fits(self, *changes: Option) -> bool:
        """Return True when the remainder with these changes stays inside its limits."""
        for a in PHASES:
            limit = 1.2 * self.limit[a] + sum(c.more[a] for c in changes)
            if abs(self.level[a] + sum(c.level[a] for c in changes)) > limit:
                return False
        return all(self._lane(a, changes) for a in PHASES)

    def _lane(self, a: int, changes: Sequence[Option]) -> bool:
        rounds, state = self.node.known[a], self.node.state
        wrong = moved = 0
        more = sum(c.more[a] for c in changes)
        most = max(MIN_ROUNDS, VOTES * len(rounds))
        still = self.rest[a][self.middle] + sum(c.change[a][self.middle] for c in changes)
        for k in rounds:
            value = self.rest[a][k] + sum(c.change[a][k] for c in changes)
            wrong += abs(value) > state.worst[a][k] + state.move[a][k] + more
            moved += abs(value - still) > self.slack[a][k] + more
        return wrong < most and moved < max(2.0, VOTES * len(rounds))


def puzzle(site: Site, node: Node) -> Puzzle | None:
    """Return what can be said about the stations below a meter; None without phases."""
    if not all(len(node.known[a]) >= MIN_ROUNDS for a in PHASES) or not node.rounds(TOTAL):
        return None
    options = {
        child.tag: tuple(_options(site, node, child))
        for child in node.children
        if site.devices[child.tag].role == "station"
    }
    rest = (node.state.rest[0], node.state.rest[1], node.state.rest[2])
    level = (_level(node, rest[0], 0), _level(node, rest[1], 1), _level(node, rest[2], 2))
    return Puzzle(
        node, rest, options, level, (_limit(node, 0), _limit(node, 1), _limit(node, 2)), *_slack(node)
    )


def _slack(node: Node) -> tuple[int, Three]:
    middle = min(node.known[TOTAL], key=lambda k: (node.state.move[TOTAL][k], k))
    members = (node.parent, *node.children)
    rows = [
        tuple(shape_slack(node.state, members, a, k, middle) for k in range(len(node.state.rest[a])))
        for a in PHASES
    ]
    return middle, (rows[0], rows[1], rows[2])


def _level(node: Node, lane: Lane, a: int) -> float:
    return median(lane[k] for k in node.known[a])


def _limit(node: Node, a: int) -> float:
    rounds, state = node.known[a], node.state
    return median(state.worst[a][k] for k in rounds) + node.share * median(state.move[a][k] for k in rounds)


def _options(site: Site, node: Node, child: Series) -> Iterator[Option]:
    declared = landing(site.devices[child.tag])
    active = [b for b in PHASES if _carries(site, child, declared[b])]
    seen = {tuple(declared[b] for b in active)}
    for other in LANDINGS:
        key = tuple(other[b] for b in active)
        if key in seen:
            continue
        seen.add(key)
        new = permuted(child, (declared[other.index(0)], declared[other.index(1)], declared[other.index(2)]))
        rows = [tuple(o - n for o, n in zip(child.power[a], new.power[a], strict=True)) for a in PHASES]
        change = (rows[0], rows[1], rows[2])
        level = (_level(node, rows[0], 0), _level(node, rows[1], 1), _level(node, rows[2], 2))
        more = tuple(
            max(_level(node, new.worst[a], a) - _level(node, child.worst[a], a), 0.0) for a in PHASES
        )
        yield Option(child.tag, other, change, level, (more[0], more[1], more[2]))


def _carries(site: Site, child: Series, lane: int) -> bool:
    return max((abs(v) for v in child.power[lane] if v == v), default=0.0) > ACTIVE_A * site.voltage_v


def solutions(board: Board, node: Node) -> Iterator[Hypothesis]:
    """Return the stations on other phases that put a failing node right: one, else two, else a greedy row."""
    found = puzzle(board.site, node)
    if found is None or TOTAL in board.failed[node.tag]:
        return
    singles = [(o,) for row in found.options.values() for o in row if found.fits(o)]
    solved: list[tuple[Option, ...]] = list(singles or _pairs(found)) or _greedy(found)
    for changes in solved[:50]:
        yield _hypothesis(board, node, changes)


def _hypothesis(board: Board, node: Node, changes: Sequence[Option]) -> Hypothesis:
    made = []
    for option in changes:
        old = next(c for c in node.children if c.tag == option.tag)
        declared = landing(board.site.devices[option.tag])
        order = (
            declared[option.landing.index(0)],
            declared[option.landing.index(1)],
            declared[option.landing.index(2)],
        )
        made.append(Change(node.tag, old, permuted(old, order)))
    landings = tuple((o.tag, o.landing) for o in changes)
    return Hypothesis("station_phases", tuple(o.tag for o in changes), changes=tuple(made), landings=landings)


def _pairs(found: Puzzle) -> Iterator[tuple[Option, ...]]:
    tags = list(found.options)
    for n, tag in enumerate(tags):
        for first in found.options[tag]:
            for other in tags[n + 1 :]:
                for second in found.options[other]:
                    if found.fits(first, second):
                        yield first, second


def _greedy(found: Puzzle) -> list[tuple[Option, ...]]:
    """Turn the station that helps most, again and again; more than one row that ends well is no answer."""
    chosen: dict[str, Option] = {}
    every = [o for row in found.options.values() for o in row]
    for _ in range(MAX_CHANGES):
        best = min(every, key=lambda o: _cost(found, {**chosen, o.tag: o}), default=None)
        if best is None or _cost(found, {**chosen, best.tag: best}) >= _cost(found, chosen):
            return []
        chosen[best.tag] = best
        if found.fits(*chosen.values()):
            return [tuple(chosen.values()), *_rivals(found, chosen)]
    return []


def _rivals(found: Puzzle, chosen: Mapping[str, Option]) -> list[tuple[Option, ...]]:
    """Return other rows near the found one: one station more or another way for one of them."""
    rows = []
    for option in (o for row in found.options.values() for o in row):
        if chosen.get(option.tag) != option:
            other = {**chosen, option.tag: option}
            if found.fits(*other.values()):
                rows.append(tuple(other.values()))
            for dropped in chosen:
                fewer = {t: o for t, o in other.items() if t != dropped or t == option.tag}
                if fewer != other and found.fits(*fewer.values()):
                    rows.append(tuple(fewer.values()))
    return rows


def _cost(found: Puzzle, chosen: Mapping[str, Option]) -> float:
    return sum(abs(found.level[a] + sum(o.level[a] for o in chosen.values())) for a in PHASES)


def confirmations(site: Site, node: Node) -> Iterator[StationPhases]:
    """Say for each station below a meter that balances whether its declared phases are proven."""
    found = puzzle(site, node)
    for child in node.children:
        device = site.devices[child.tag]
        if device.role == "station":
            yield _confirmed(site, found, child, landing(device))


def _confirmed(site: Site, found: Puzzle | None, child: Series, declared: Landing) -> StationPhases:
    alone = f"Let {child.tag} charge by itself for a minute, best a single-phase vehicle; measure again."
    if found is None:
        return StationPhases(
            child.tag, declared, "undecided", None, "The meter above tells no phases.", alone
        )
    if not any(_carries(site, child, a) for a in PHASES):
        return StationPhases(child.tag, declared, "undecided", None, f"{child.tag} was not charging.", alone)
    for option in found.options[child.tag]:
        if found.fits(option):
            reason = f"Another rotation of {child.tag} fits as well: its phases carry too little or the same."
            return StationPhases(child.tag, declared, "undecided", None, reason, alone)
    if (other := _partner(found, child.tag)) is not None:
        reason = f"{child.tag} and {other} could stand on each other's phases: their loads are alike."
        return StationPhases(child.tag, declared, "undecided", None, reason, alone)
    return StationPhases(child.tag, declared, "confirmed", declared, "Only the declared phases fit.")


def _partner(found: Puzzle, tag: str) -> str | None:
    tests = 0
    for option in found.options[tag]:
        for other, row in found.options.items():
            if other == tag:
                continue
            for second in row:
                tests += 1
                if tests > MAX_PAIRS or found.fits(option, second):
                    return other
    return None
