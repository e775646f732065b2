"""Devices that stand in one another's place, or below another meter than the plan says. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from device_probe.diagnosis.balance.hypothesis import Board, Change, Hypothesis, everywhere, permuted
from device_probe.diagnosis.balance.node import Node, allowed_w, median, rest_of
from device_probe.diagnosis.balance.series import LANES, TOTAL, Lane, Series, landing
from device_probe.model import PlannedDevice

SCREEN = 1.5  # how much coarser medians are screened before all rounds are judged


def _level(series: Series, rounds: tuple[int, ...]) -> float:
    return median(series.power[TOTAL][k] for k in rounds)


def swaps(board: Board, touched: tuple[str, ...]) -> Iterator[Hypothesis]:
    """Two devices whose readings fit each other's places."""
    seen, screen = set(), Screen(board)
    for first in touched:
        one = board.site.series[first]
        for second, other in board.site.series.items():
            pair = (first, second) if first < second else (second, first)
            if first == second or pair in seen or one.chain.charger != other.chain.charger:
                continue
            seen.add(pair)
            if screen.helps(one, other):
                yield _exchanged(board, one, other)


class Screen:
    """Means over the rounds of a node: what an exchange would change, without trying it."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._means: dict[str, dict[str, tuple[float, ...]]] = {}
        self._rest: dict[str, list[tuple[float, float]]] = {}

    def helps(self, one: Series, other: Series) -> bool:
        """Return True when the nodes of the first can come right by what an exchange changes."""
        nodes = self.board.around(one.tag)
        if self.board.site.devices[one.tag].parent == self.board.site.devices[other.tag].parent:
            return self._inside(one, other)
        return all(self._fits(node, one, other) for node in nodes if other.tag != node.tag)

    def _inside(self, one: Series, other: Series) -> bool:
        """Below the same meter an exchange changes nothing but phases, and what stands below the two."""
        board = self.board
        if one.tag in board.nodes or other.tag in board.nodes:
            return all(self._fits(n, one, other) for n in board.around(one.tag) if n.tag == one.tag)
        above = board.above(one.tag)
        alike = landing(board.site.devices[one.tag]) == landing(board.site.devices[other.tag])
        return above is not None and TOTAL not in board.failed.get(above.tag, (TOTAL,)) and not alike

    def _fits(self, node: Node, one: Series, other: Series) -> bool:
        if any(c.tag == other.tag for c in node.children):
            return True
        means, rest = self._means_of(node), self._rest[node.tag]
        devices, here, there = self.board.site.devices, means[one.tag], means[other.tag]
        place, own = landing(devices[one.tag]), landing(devices[other.tag])
        for a in LANES:
            gain = there[a if a == TOTAL else own[place.index(a)]] - here[a]
            after = rest[a][0] + (gain if node.tag == one.tag else -gain)
            if abs(after) > SCREEN * rest[a][1] + 0.1 * abs(gain):
                return False
        return True

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
    rest, slack = rest_of(node, TOTAL), SCREEN * allowed_w(node, TOTAL)
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
