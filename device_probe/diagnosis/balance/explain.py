"""Which single mistakes explain a balance that is off. Pure.

Every mistake is undone in the readings (or in the plan) and all nodes it touches are judged again. What
makes them right is an explanation; one alone is named, several are all told.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from device_probe.diagnosis.balance.accuracy import DIRECT_A
from device_probe.diagnosis.balance.hypothesis import (
    Board,
    Change,
    Hypothesis,
    everywhere,
    needed,
    permuted,
    scaled,
)
from device_probe.diagnosis.balance.node import Node, allowed_w, median, rest_of, shape_off
from device_probe.diagnosis.balance.series import LANES, PHASES, TOTAL, Series, landing
from device_probe.model import PlannedDevice

STANDARD_CT_A = (
    5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 125, 150, 160, 200, 250, 300, 400, 500, 600, 750, 800,
    1000, 1200, 1250, 1500, 1600, 2000, 2500, 3000, 4000, 5000, 6000,
)  # fmt: skip
SECONDARY_FACTOR = 5.0  # 1 A where 5 A was set, or the other way round
NEAR_ONE = 0.02
MAX_FACTOR = 60.0
SILENT_SHARE = 0.03  # of what should flow: a shorted or missing CT still shows a little
SCREEN = 1.5  # how much coarser medians are screened before all rounds are judged
CLEARLY = 3.0  # how many times its limit a remainder moves before that speaks against a load without meter
PINNED = 1.4
CYCLES = tuple(permutations((0, 1, 2)))[1:]


def candidates(board: Board) -> Iterator[Hypothesis]:
    """Return every mistake worth testing: those that touch a failing node."""
    touched = tuple(dict.fromkeys(
        one.tag for tag in board.failed for one in (board.nodes[tag].parent, *board.nodes[tag].children)
    ))  # fmt: skip
    for tag in touched:
        series = board.site.series[tag]
        if series.chain.charger:
            yield from _charger(board, series)
        else:
            yield from _ratio(board, series)
            yield from _one_phase(board, series)
            yield from _turned(board, series)
    yield from _all_chargers(board)
    yield from _swaps(board, touched)
    for tag in board.failed:
        yield from _moves(board, board.nodes[tag])


def _factors(board: Board, series: Series, lane: int) -> Iterator[float]:
    """Return by how much a device reads more than each node needs, least squares over the rounds."""
    for node in board.around(series.tag):
        if node.tag not in board.failed:
            continue
        sign = -1.0 if node.tag == series.tag else 1.0
        pairs = [
            (series.power[lane][k], series.power[lane][k] + sign * node.state.rest[lane][k])
            for k in node.rounds(lane)
        ]
        size = sum(wanted * wanted for _, wanted in pairs)
        if size > len(pairs) * (0.3 * allowed_w(node, lane)) ** 2:
            yield sum(read * wanted for read, wanted in pairs) / size


def _ratio(board: Board, series: Series) -> Iterator[Hypothesis]:
    device = board.site.devices[series.tag]
    for factor in dict.fromkeys(_factors(board, series, TOTAL)):
        if abs(factor + 1) < 0.15:
            yield _scale(board, series, "meter_reversed", -1.0, None)
        elif abs(factor) < SILENT_SHARE:
            yield Hypothesis("no_current", (series.tag,), changes=_free(board, series))
        elif _worth(factor):
            yield _scale(
                board, series, "ct_ratio", factor, None, _likely(device, factor, _doubt(board, series, TOTAL))
            )


def _worth(factor: float) -> bool:
    return 1 / MAX_FACTOR < factor < MAX_FACTOR and abs(factor - 1) > NEAR_ONE


def _scale(
    board: Board, series: Series, kind: str, factor: float, phase: int | None, likely: tuple[str, ...] = ()
) -> Hypothesis:
    undo = 1 / factor
    factors = (
        (undo, undo, undo)
        if phase is None
        else (undo if phase == 0 else 1.0, undo if phase == 1 else 1.0, undo if phase == 2 else 1.0)
    )
    return Hypothesis(
        kind,
        (series.tag,),
        phase,
        factor,
        everywhere(board, series, scaled(series, factors)),
        likely,  # type: ignore[arg-type]
    )


def _doubt(board: Board, series: Series, lane: int) -> float:
    """Return how far a factor may be off: what the best node permits, as a share of what flows."""
    found = []
    for node in board.around(series.tag):
        if node.tag in board.failed:
            level = abs(median(series.power[lane][k] for k in node.rounds(lane)))
            rest = rest_of(node, lane)
            wanted = abs(level + (-rest if node.tag == series.tag else rest))
            found.append(allowed_w(node, lane) / wanted if wanted else 1.0)
    return min(min(found, default=1.0), 0.3)


def _likely(device: PlannedDevice, factor: float, width: float) -> tuple[str, ...]:
    """Return the ratios of the standard series that are as far from the planned one as what was read."""
    if device.ct_primary_a is None:
        return ()
    wanted, secondary = device.ct_primary_a / factor, device.ct_secondary_a or 5.0
    near = sorted((abs(a / wanted - 1), a) for a in STANDARD_CT_A if a != device.ct_primary_a)
    found = [f"{a}/{secondary:g} A" for distance, a in near if distance <= width]
    other = 1.0 if secondary != 1.0 else 5.0
    mixed = device.ct_primary_a * secondary / other  # same primary, the other secondary
    if abs(mixed / wanted - 1) <= width:
        found.insert(0, f"{device.ct_primary_a:g}/{other:g} A")
    return tuple(found)


def _one_phase(board: Board, series: Series) -> Iterator[Hypothesis]:
    device = board.site.devices[series.tag]
    for phase in PHASES:
        for factor in dict.fromkeys(_factors(board, series, phase)):
            if abs(factor + 1) < 0.15:
                yield _scale(board, series, "ct_reversed", -1.0, phase)
            elif abs(factor) < SILENT_SHARE:
                yield Hypothesis("no_current", (series.tag,), phase, changes=_free(board, series, phase))
            elif _worth(factor):
                yield _scale(
                    board,
                    series,
                    "ct_ratio_phase",
                    factor,
                    phase,
                    _likely(device, factor, _doubt(board, series, phase)),
                )


def _free(board: Board, series: Series, phase: int | None = None) -> tuple[Change, ...]:
    """Let a device read what one of its nodes needs; the other node decides whether that makes sense."""
    node = next((n for n in board.around(series.tag) if n.tag in board.failed), None)
    if node is None:
        return ()
    wanted = needed(node, series)
    if phase is not None:
        lanes = [wanted.power[a] if a == phase else series.power[a] for a in PHASES]
        total = tuple(a + b + c for a, b, c in zip(*lanes, strict=True))
        wanted = replace(wanted, power=(lanes[0], lanes[1], lanes[2], total))
    return everywhere(board, series, wanted)


def _turned(board: Board, series: Series) -> Iterator[Hypothesis]:
    for order in CYCLES:
        turned = permuted(series, order)  # type: ignore[arg-type] # three of three
        yield Hypothesis(
            "meter_phases", (series.tag,), None, None, everywhere(board, series, turned),
            landings=((series.tag, _inverse(order)),),
        )  # fmt: skip


def _inverse(order: tuple[int, ...]) -> tuple[int, int, int]:
    # own phase order[a] is what lies on the supply phase a
    return order.index(0), order.index(1), order.index(2)


def _charger(board: Board, series: Series) -> Iterator[Hypothesis]:
    above = board.above(series.tag)
    if above is None or above.tag not in board.failed:
        return
    for factor in _factors(board, series, TOTAL):
        if _worth(factor):
            yield _scale(board, series, "charger_readings", factor, None)
    powers = [v for v in series.power[TOTAL] if v == v]
    if len(powers) > 2 and len(set(powers)) == 1 and _could_take(board, above, series):
        yield Hypothesis(
            "charger_readings", (series.tag,), changes=everywhere(board, series, needed(above, series))
        )


def _could_take(board: Board, above: Node, series: Series) -> bool:
    """Return True when what a node needs of a silent or frozen charger is what such a charger can take."""
    device, wanted = board.site.devices[series.tag], needed(above, series)
    own = landing(device)[: device.phases]
    most = 1.15 * (device.design_current_a or DIRECT_A) * board.site.voltage_v
    for a in PHASES:
        values, limit = [wanted.power[a][k] for k in above.rounds(a)], 2 * allowed_w(above, a)
        if values and (min(values) < -limit or max(values) > (most if a in own else 0.0) + limit):
            return False
    return True


def _all_chargers(board: Board) -> Iterator[Hypothesis]:
    """All chargers, or all of one product, may tell another unit than the profile says."""
    stations = [s for s in board.site.series.values() if s.chain.charger and board.above(s.tag) is not None]
    groups = {"": stations}
    for one in stations:
        groups.setdefault(board.site.devices[one.tag].profile, []).append(one)
    for members in groups.values():
        for tag in board.failed:
            node = board.nodes[tag]
            own = [m for m in members if board.site.devices[m.tag].parent == tag]
            read = (
                median(sum(m.power[TOTAL][k] for m in own) for k in node.rounds(TOTAL)) if own else math.nan
            )
            wanted = read + rest_of(node, TOTAL)
            if len(own) < 2 or not wanted > 0 or not _worth(read / wanted):
                continue
            undo = wanted / read
            changes = tuple(c for m in members for c in everywhere(board, m, scaled(m, (undo, undo, undo))))
            yield Hypothesis("chargers_scaled", tuple(m.tag for m in members), None, read / wanted, changes)


def _level(series: Series, rounds: tuple[int, ...]) -> float:
    return median(series.power[TOTAL][k] for k in rounds)


def _swaps(board: Board, touched: tuple[str, ...]) -> Iterator[Hypothesis]:
    """Two devices whose readings fit each other's places."""
    seen = set()
    for first in touched:
        one = board.site.series[first]
        for second, other in board.site.series.items():
            pair = (first, second) if first < second else (second, first)
            if first == second or pair in seen or one.chain.charger != other.chain.charger:
                continue
            seen.add(pair)
            if _exchange_helps(board, one, other):
                yield _exchanged(board, one, other)


def _exchange_helps(board: Board, one: Series, other: Series) -> bool:
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


def _moves(board: Board, node: Node) -> Iterator[Hypothesis]:
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


def unmetered(node: Node) -> Hypothesis | None:
    """Return a load (or generation) without a meter, when the remainder has one direction on all phases."""
    sizes = [rest_of(node, a) for a in LANES]
    limits = [allowed_w(node, a) for a in LANES]
    known = [(s, w) for s, w in zip(sizes, limits, strict=True) if s == s]
    if not known:
        return None
    way = 1.0 if sum(s for s, _ in known) > 0 else -1.0
    if any(way * s < -w for s, w in known):
        return None
    return Hypothesis(
        "unmetered", (node.tag,), factor=way, sizes_w=tuple(sizes), covers=frozenset({node.tag})
    )


def moving(node: Node) -> bool:
    """Return True when the remainder moves far more than errors and skew can make it."""
    members = (node.parent, *node.children)
    return any(shape_off(node.state, members, a, node.rounds(a), CLEARLY) for a in LANES)


def pinned(board: Board, one: Hypothesis) -> bool:
    """Return True when a mistake fits so many different loads that no unknown circuit would fit by chance.

    One factor over phases or moments that differ much; or two phases that are right besides the wrong one.
    """
    series = board.site.series[one.tags[0]]
    node = board.nodes[next(iter(sorted(one.covers)))]
    sizes = [abs(median(series.power[a])) for a in PHASES]
    if one.kind in ("ct_ratio_phase", "ct_reversed", "no_current") and one.phase is not None:
        return all(sizes[a] > 3 * allowed_w(node, a) for a in PHASES if a != one.phase)
    if one.kind == "meter_phases":
        return True
    if one.kind not in ("ct_ratio", "meter_reversed"):
        return False
    moves = [abs(v) for v in series.power[TOTAL] if v == v]
    spread = max(sizes) / max(min(sizes), 1.0) if all(s == s for s in sizes) else 1.0
    return spread > PINNED or max(moves, default=1.0) > PINNED * max(min(moves, default=1.0), 1.0)
