"""Devices that stand in one another's place, or below another meter than the plan says. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from device_probe.diagnosis.balance.hypothesis import Board, Change, Hypothesis, everywhere, permuted
from device_probe.diagnosis.balance.node import Node, allowed_w, median, rest_of
from device_probe.diagnosis.balance.series import LANES, TOTAL, Lane, Series, landing
from device_probe.model import PlannedDevice

SCREEN = 1.1  # means are screened a little coarser than all rounds are judged
COARSE = 1.5
METERS = ("main_meter", "group_meter")
MOST = 500  # exchanges that are tried: where more fit, loads are too small to tell


def _level(series: Series, rounds: tuple[int, ...]) -> float:
    return median(series.power[TOTAL][k] for k in rounds)


def swaps(board: Board, touched: tuple[str, ...]) -> Iterator[Hypothesis]:
    """Two devices whose readings fit each other's places, those that fit best first."""
    seen, screen, found = set(), Screen(board), []
    for first in touched:
        one = board.site.series[first]
        for second, other in board.site.series.items():
            pair = (first, second) if first < second else (second, first)
            if first == second or pair in seen or not _exchangeable(board, first, second):
                continue
            seen.add(pair)
            left = screen.left(one, other)
            if left <= SCREEN and (left := max(left, screen.left(other, one))) <= SCREEN:
                found.append((left, pair))
    for _, (first, second) in sorted(found)[:MOST]:
        yield _exchanged(board, board.site.series[first], board.site.series[second])


def _exchangeable(board: Board, first: str, second: str) -> bool:
    """Return True for two devices that can be taken for one another.

    By their address when both answer alike; meters by their transformers, too, stations by their cables.
    """
    one, other = board.site.devices[first], board.site.devices[second]
    charger = board.site.series[first].chain.charger
    if charger != board.site.series[second].chain.charger:
        return False
    if one.profile == other.profile:
        return True
    # cables of two stations below the same meter: that is nothing but other phases for them
    return one.parent != other.parent if charger else one.role in METERS and other.role in METERS


class Screen:
    """Means over the rounds of a node: what an exchange would change, without trying it."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._landings = {tag: landing(device) for tag, device in board.site.devices.items()}
        self._means: dict[str, dict[str, tuple[float, ...]]] = {}
        self._rest: dict[str, list[tuple[float, float]]] = {}

    def left(self, one: Series, other: Series) -> float:
        """Return what an exchange leaves in the nodes of the first, in units of what is permitted."""
        nodes = self.board.around(one.tag)
        if self.board.site.devices[one.tag].parent != self.board.site.devices[other.tag].parent:
            return max((self._left(node, one, other) for node in nodes), default=0.0)
        if one.tag in self.board.nodes or other.tag in self.board.nodes:
            return max((self._left(n, one, other) for n in nodes if n.tag == one.tag), default=0.0)
        return 0.0 if self._only_phases(one, other) else math.inf

    def _only_phases(self, one: Series, other: Series) -> bool:
        """Below the same meter an exchange changes nothing but phases."""
        board, above = self.board, self.board.above(one.tag)
        alike = landing(board.site.devices[one.tag]) == landing(board.site.devices[other.tag])
        return above is not None and TOTAL not in board.failed.get(above.tag, (TOTAL,)) and not alike

    def _left(self, node: Node, one: Series, other: Series) -> float:
        if other.tag == node.tag or self.board.site.devices[other.tag].parent == node.tag:
            return 0.0
        means, rest = self._means_of(node), self._rest[node.tag]
        here, there = means[one.tag], means[other.tag]
        place, own = self._landings[one.tag], self._landings[other.tag]
        most = 0.0
        for a in LANES:
            gain = there[a if a == TOTAL else own[place.index(a)]] - here[a]
            after = rest[a][0] + (gain if node.tag == one.tag else -gain)
            if after == after:
                most = max(most, (abs(after) - 0.1 * abs(gain)) / rest[a][1])
                if most > SCREEN:
                    break
        return most

    def _means_of(self, node: Node) -> dict[str, tuple[float, ...]]:
        if node.tag not in self._means:
            rounds = node.known[TOTAL]
            self._means[node.tag] = {
                tag: tuple(_mean(s.power[a], rounds) for a in LANES)
                for tag, s in self.board.site.series.items()
            }
            state = node.state
            self._rest[node.tag] = [
                (_mean(state.rest[a], rounds), _mean(state.worst[a], rounds) + _mean(state.move[a], rounds))
                for a in LANES
            ]
        return self._means[node.tag]


def _mean(lane: Lane, rounds: Sequence[int]) -> float:
    return math.fsum(lane[k] for k in rounds) / len(rounds) if rounds else math.nan


def _exchanged(board: Board, one: Series, other: Series) -> Hypothesis:
    devices = board.site.devices
    first = _in_place(one, devices[one.tag], other, devices[other.tag])
    second = _in_place(other, devices[other.tag], one, devices[one.tag])
    tags = (one.tag, other.tag) if one.tag < other.tag else (other.tag, one.tag)
    return Hypothesis(
        "addresses_swapped", tags, changes=everywhere(board, one, first) + everywhere(board, other, second)
    )


def _in_place(place: Series, here: PlannedDevice, source: Series, there: PlannedDevice) -> Series:
    """What one device reads, standing in another's place with that place's phases."""
    own, new = landing(there), landing(here)
    moved = permuted(source, (own[new.index(0)], own[new.index(1)], own[new.index(2)]))
    return replace(moved, tag=place.tag)


def moves(board: Board, node: Node) -> Iterator[Hypothesis]:
    """A device that stands below another meter than the plan says, or is counted twice."""
    rest, slack = rest_of(node, TOTAL), COARSE * allowed_w(node, TOTAL)
    for child in node.children:
        if abs(rest + _level(child, node.rounds(TOTAL))) <= slack:
            leaving = Change(node.tag, child, None)
            yield Hypothesis("counted_twice", (child.tag,), changes=(leaving,))
            for other in board.nodes.values():
                if other.tag not in (node.tag, child.tag):
                    yield Hypothesis(
                        "wrong_parent",
                        (child.tag, other.tag),
                        changes=(leaving, Change(other.tag, None, child)),
                    )
    for other in board.nodes.values():
        if other.tag == node.tag or other.tag in board.failed:
            continue
        for child in other.children:
            if child.tag != node.tag and abs(rest - _level(child, node.rounds(TOTAL))) <= slack:
                changes = (Change(other.tag, child, None), Change(node.tag, None, child))
                yield Hypothesis("wrong_parent", (child.tag, node.tag), changes=changes)
