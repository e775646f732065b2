"""Devices that stand in one another's place, or below another meter than the plan says. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from device_probe.diagnosis.balance.hypothesis import Board, Change, Hypothesis, everywhere, permuted
from device_probe.diagnosis.balance.node import Node, allowed_w, median, rest_of
from device_probe.diagnosis.balance.series import TOTAL, Series, landing
from device_probe.model import PlannedDevice

SCREEN = 1.5  # how much coarser medians are screened before all rounds are judged


def _level(series: Series, rounds: tuple[int, ...]) -> float:
    return median(series.power[TOTAL][k] for k in rounds)


def swaps(board: Board, touched: tuple[str, ...]) -> Iterator[Hypothesis]:
    """Two devices whose readings fit each other's places."""
    seen = set()
    for first in touched:
        one = board.site.series[first]
        for second, other in board.site.series.items():
            pair = (first, second) if first < second else (second, first)
            if first == second or pair in seen or one.chain.charger != other.chain.charger:
                continue
            seen.add(pair)
            if _helps(board, one, other):
                yield _exchanged(board, one, other)


def _helps(board: Board, one: Series, other: Series) -> bool:
    """Screen by medians of the total: the failing nodes of the first must come right by what changes."""
    for node in board.around(one.tag):
        if other.tag in (node.tag, *(c.tag for c in node.children)):
            continue
        gain = median(other.power[TOTAL][k] - one.power[TOTAL][k] for k in node.rounds(TOTAL))
        change = gain if node.tag == one.tag else -gain
        rest = rest_of(node, TOTAL)
        if rest == rest and abs(rest + change) > SCREEN * allowed_w(node, TOTAL) + 0.1 * abs(gain):
            return False
    return True


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
