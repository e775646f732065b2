"""Which single mistakes explain a balance that is off. Pure.

Every mistake is undone in the readings (or in the plan) and all nodes it touches are judged again. What
makes them right is an explanation; one alone is named, several are all told.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from device_probe.diagnosis.balance.accuracy import DIRECT_A
from device_probe.diagnosis.balance.exchange import moves, swaps
from device_probe.diagnosis.balance.hypothesis import (
    Board,
    Change,
    Hypothesis,
    Kind,
    everywhere,
    needed,
    permuted,
    scaled,
    tested,
)
from device_probe.diagnosis.balance.node import MIN_ROUNDS, Node, allowed_w, median, rest_of, shape_off
from device_probe.diagnosis.balance.series import LANES, PHASES, TOTAL, Series, landing
from device_probe.diagnosis.transformers import STANDARD_PRIMARY_A

SECONDARY_A = 5.0  # where 1 A was set, or the other way round
NEAR_RATIO = 0.4
NEAR_ONE = 0.02
MAX_FACTOR = 60.0
SILENT_SHARE = 0.03  # of what should flow: a shorted or missing CT still shows a little
CLEARLY = 3.0  # how many times its limit a remainder moves before that speaks against a load without meter
GONE = 0.2  # of the remainder under load
PINNED = 1.4
OVERLOAD = 1.25  # of the rated current: more than that flows through no circuit for long
CYCLES = ((1, 2, 0), (2, 0, 1))
MIRRORED = ((0, 2, 1), (2, 1, 0), (1, 0, 2))


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
    yield from swaps(board, touched)
    for tag in board.failed:
        yield from moves(board, board.nodes[tag])


def _factors(board: Board, series: Series, lane: int) -> Iterator[float]:
    """Return by how much a device reads more than each node needs, least squares over the rounds."""
    # the node that says most first: an explanation keeps the first factor that fits
    near = [n for n in board.around(series.tag) if n.tag in board.failed]
    for node in sorted(near, key=lambda n: allowed_w(n, lane)):
        yield from _factor(node, series, lane)


def _factor(node: Node, series: Series, lane: int) -> Iterator[float]:
    sign, state = (-1.0 if node.tag == series.tag else 1.0), node.state
    seen_here = next((c for c in node.children if c.tag == series.tag), series)
    rounds, factor = node.rounds(lane), 1.0
    for _ in range(3):  # what a device tells wrongly makes the losses of its circuit wrong as well
        weighed = size = 0.0
        for k in rounds:
            read = series.power[lane][k]
            losses = seen_here.power[lane][k] - read
            wanted = read + sign * state.rest[lane][k] + losses * (1 - 1 / factor**2)
            # rounds in which much moves say little: one device was read before a step, another one after it
            weight = 1 / (state.worst[lane][k] + state.move[lane][k]) ** 2
            weighed, size = weighed + weight * read * wanted, size + weight * wanted * wanted
        if size <= 0.1 * len(rounds) or abs(weighed / size) < 1 / MAX_FACTOR:
            break
        factor = weighed / size
    if size > 0.1 * len(rounds):
        yield weighed / size


def _ratio(board: Board, series: Series) -> Iterator[Hypothesis]:
    for factor in dict.fromkeys(_factors(board, series, TOTAL)):
        if abs(factor + 1) < 0.15:
            yield _scale(board, series, "meter_reversed", -1.0, None)
        elif abs(factor) < SILENT_SHARE:
            yield Hypothesis("no_current", (series.tag,), changes=_free(board, series))
        elif _worth(factor):
            yield _scale(board, series, "ct_ratio", factor, None)


def _worth(factor: float) -> bool:
    return 1 / MAX_FACTOR < factor < MAX_FACTOR and abs(factor - 1) > NEAR_ONE


def _scale(board: Board, series: Series, kind: Kind, factor: float, phase: int | None) -> Hypothesis:
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
    )


def with_ratios(board: Board, one: Hypothesis) -> Hypothesis:
    """Return an explanation by a current transformer with every ratio of the standard series that fits."""
    device = board.site.devices[one.tags[0]]
    set_to, secondary = device.ct_primary_a, device.ct_secondary_a or 5.0
    if one.kind not in ("ct_ratio", "ct_ratio_phase") or set_to is None or one.factor is None:
        return one
    series, wanted = board.site.series[device.tag], set_to / one.factor
    other = 1.0 if secondary != 1.0 else SECONDARY_A  # the same primary with the other secondary
    known = [(float(a), f"{a}/{secondary:g} A") for a in STANDARD_PRIMARY_A if a != set_to]
    known.insert(0, (set_to * secondary / other, f"{set_to:g}/{other:g} A"))
    near = sorted(
        (abs(math.log(a / wanted)), n, a, name)
        for n, (a, name) in enumerate(known) if abs(math.log(a / wanted)) < NEAR_RATIO
    )  # fmt: skip
    fitting = [
        name
        for _, _, a, name in near
        if tested(board, _scale(board, series, one.kind, set_to / a, one.phase))
    ]
    return replace(one, likely=tuple(fitting))


def _one_phase(board: Board, series: Series) -> Iterator[Hypothesis]:
    for phase in PHASES:
        for factor in dict.fromkeys(_factors(board, series, phase)):
            if abs(factor + 1) < 0.15:
                yield _scale(board, series, "ct_reversed", -1.0, phase)
            elif abs(factor) < SILENT_SHARE:
                yield Hypothesis("no_current", (series.tag,), phase, changes=_free(board, series, phase))
            elif _worth(factor):
                yield _scale(board, series, "ct_ratio_phase", factor, phase)


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
    return everywhere(board, series, wanted) if _can_carry(board, node, wanted) else ()


def _can_carry(board: Board, node: Node, wanted: Series) -> bool:
    """Return True when what a node needs of a device is not more than its circuit is made for.

    Nor is it generation, where nothing generates.
    """
    device = board.site.devices[wanted.tag]
    rated = max(device.design_current_a or 0.0, device.ct_primary_a or 0.0) or DIRECT_A
    most, sources = OVERLOAD * rated * board.site.voltage_v, _sources(board, wanted.tag)
    for a in PHASES:
        values, slack = [wanted.power[a][k] for k in node.rounds(a)], allowed_w(node, a)
        if any(abs(v) > most + slack or (v < -slack and not sources) for v in values):
            return False
    return True


def _sources(board: Board, tag: str) -> bool:
    """Return True when a device may feed power back, does so by its own reading, or one below it does."""
    below = board.site.children(tag)
    if tag in board.site.around.roles or any(_sources(board, child) for child in below):
        return True
    series = board.site.series[tag]
    return not below and any(v < -e for v, e in zip(series.power[TOTAL], series.worst[TOTAL], strict=True))


def _turned(board: Board, series: Series) -> Iterator[Hypothesis]:
    read = (s.readings.get("phase_sequence") for s in board.site.samples[series.tag] if s is not None)
    # a mirrored meter shows itself by its phase sequence, where that was read
    orders = CYCLES if "clockwise" in read else (*CYCLES, *MIRRORED)
    for order in orders:
        turned = permuted(series, order)
        changes = everywhere(board, series, turned)
        if board.site.devices[series.tag].phases == 1:  # what is below it is on the same phase
            changes = tuple(change for change in changes if change.node != series.tag)
        yield Hypothesis(
            "meter_phases", (series.tag,), None, None, changes,
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
            own = frozenset(m.tag for m in members if board.site.devices[m.tag].parent == tag)
            factor = _common_factor(board, board.nodes[tag], own) if len(own) > 1 else None
            if factor is not None and _worth(factor):
                undo = 1 / factor
                changes = (c for m in members for c in everywhere(board, m, scaled(m, (undo, undo, undo))))
                yield Hypothesis(
                    "chargers_scaled", tuple(m.tag for m in members), None, factor, tuple(changes)
                )


def _common_factor(board: Board, node: Node, own: frozenset[str]) -> float | None:
    """Return how many times too much the chargers of a node tell, all alike; losses shrink with them."""
    rounds = node.rounds(TOTAL)
    told = median(sum(board.site.series[t].power[TOTAL][k] for t in own) for k in rounds)
    with_losses = median(sum(c.power[TOTAL][k] for c in node.children if c.tag in own) for k in rounds)
    factor = 1.0
    for _ in range(3):
        wanted = with_losses + rest_of(node, TOTAL) - (with_losses - told) / factor**2
        if not wanted > 0 or not told > 0:
            return None
        factor = told / wanted
    return factor


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
        "unmetered",
        (node.tag,),
        factor=way,
        sizes_w=tuple(sizes),
        moves=moving(node, 1.0),
        covers=frozenset({node.tag}),
    )


def moving(node: Node, times: float = CLEARLY) -> bool:
    """Return True when the remainder moves far more than errors and skew can make it."""
    members = (node.parent, *node.children)
    # rounds without load count, too: what is left then is no share of anything
    return any(shape_off(node.state, members, a, node.known[a], times) for a in LANES)


def vanishes(node: Node) -> bool:
    """Return True when the remainder is gone when the node carries nothing: a load of its own would stay."""
    idle = [k for k in node.known[TOTAL] if k not in node.counts[TOTAL]]
    left, usual = [abs(node.state.rest[TOTAL][k]) for k in idle], abs(rest_of(node, TOTAL))
    return len(idle) >= MIN_ROUNDS and all(rest <= GONE * usual for rest in left)


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
