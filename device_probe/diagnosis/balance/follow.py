"""A meter that follows another circuit than its own, or nothing that is known. Pure.

Whether two rows of readings follow one another shows only when loads move: equal levels alone prove nothing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from device_probe.diagnosis.balance.hypothesis import Board, Hypothesis, combined, everywhere, needed, tested
from device_probe.diagnosis.balance.node import Node, State, allowed_w, failing, median, shape_off
from device_probe.diagnosis.balance.series import TOTAL, Series


@dataclass(frozen=True, slots=True)
class Followed:
    """A hypothesis, and whether movement proves it."""

    hypothesis: Hypothesis
    proven: bool


def wrong_circuits(board: Board) -> Iterator[Followed]:
    """Return meters that may be on another circuit, and those that are wrong in an unknown way."""
    for tag in dict.fromkeys(
        one.tag for t in board.failed for one in (board.nodes[t].parent, *board.nodes[t].children)
    ):
        series = board.site.series[tag]
        node = next((n for n in board.around(tag) if n.tag in board.failed), None)
        if series.chain.charger or node is None or series.silent:
            continue
        wanted = needed(node, series)
        if not _plausible(board, node, wanted):
            continue
        free = tested(board, Hypothesis("meter_wrong", (tag,), changes=everywhere(board, series, wanted)))
        if free is None:
            continue
        found = list(_targets(board, node, series, wanted, free))
        yield from found
        # only what both of its nodes need alike accuses a meter without saying why
        if len(free.covers) > 1 and not any(one.proven for one in found):
            yield Followed(free, False)


def _targets(
    board: Board, node: Node, series: Series, wanted: Series, free: Hypothesis
) -> Iterator[Followed]:
    for tag, other in board.site.series.items():
        if tag == series.tag or other.silent or _told_by_parent(board, tag):
            continue
        if tag in board.failed and tag not in free.covers:
            continue  # its own meter is wrong as well: that is no mistake of one meter alone
        below = board.nodes.get(tag)
        # a circuit is known by what stands below its meter, and by the meter itself
        targets = (other,) if below is None else (needed(below, other), other)
        fitting = [t for t in targets if not _idle(node, t) and matches(node, series, t)]
        if fitting:
            own = replace(wanted, tag=series.tag)
            proven = all(not matches(node, own, t, levels=False) for t in fitting)
            yield Followed(replace(free, kind="wrong_circuit", tags=(series.tag, tag)), proven)


def matches(node: Node, one: Series, other: Series, levels: bool = True) -> bool:
    """Return True when two rows are the same within their errors, in level and shape (or in shape alone)."""
    state = State(
        combined(one.power, other.power, lambda v, w: v - w),
        combined(one.worst, other.worst, lambda v, w: v + w),
        node.state.likely, combined(one.move, other.move, lambda v, w: v + w),
    )  # fmt: skip
    lanes = [a for a in (0, 1, 2, TOTAL) if any(_known(v) for v in state.rest[a])]
    if not lanes or TOTAL not in lanes or len(node.rounds(TOTAL)) == 0:
        return False
    if levels and failing(node, state):
        return False
    return not any(shape_off(state, (one, other), a, node.rounds(a)) for a in lanes)


def _known(value: float) -> bool:
    return not math.isnan(value)


def _plausible(board: Board, node: Node, wanted: Series) -> bool:
    """A load doesn't give power, wherever its meter is."""
    if board.site.around.roles.get(wanted.tag, "load") != "load":
        return True
    level = median(wanted.power[TOTAL][k] for k in node.rounds(TOTAL))
    own = median(board.site.series[wanted.tag].power[TOTAL])
    return not level < -allowed_w(node, TOTAL) or own < 0


def _idle(node: Node, one: Series) -> bool:
    # a circuit without load looks like a transformer without current: that has its own name
    return abs(median(one.power[TOTAL][k] for k in node.rounds(TOTAL))) < allowed_w(node, TOTAL)


def _told_by_parent(board: Board, tag: str) -> bool:
    """An only child is on the same circuit as its meter: that one is named."""
    above = board.above(tag)
    return above is not None and len(above.children) == 1 and tag not in board.nodes
