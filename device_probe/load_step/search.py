"""Which places of the stations explain all meters at once, and how sure that is. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from device_probe.load_step.fit import DEVIATION_COST, NOWHERE, Board, Fitted, Place, Sums
from device_probe.load_step.steps import PHASES

MOST_MOVES = 60
DOUBTFUL = 3.0  # times what background and classes leave over
ALIKE = 1.2  # currents that differ by less are taken for equal
CONDUCTOR_SHOWN = 10.0  # of one input; leads change places in pairs, so twice that
SHOWN = 25.0  # chi square from which on two places can be told apart: five standard deviations
Change = tuple[float, dict[str, Place]]  # what it gains, and the places after it
LANDINGS = ((0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0), (1, 0, 2))


@dataclass(frozen=True, slots=True)
class Sure:
    """How sure one aspect of a station's place is, and whether the loads could show it."""

    probability: float
    apart: float  # chi square between it and the place most like it; 0: these loads can't show it


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a station is."""

    place: Place
    feeder: Sure
    phases: Sure


def searched(board: Board) -> dict[str, Place]:
    """Return the places that explain everything with the fewest mistakes, found one after the other."""
    places = dict(board.declared)
    for _ in range(MOST_MOVES):
        best = max(_moves(board, places), key=lambda m: m[0], default=(0.0, {}))
        if best[0] <= 0:
            best = max(_exchanges(board, places), key=lambda m: m[0], default=(0.0, {}))
        if best[0] <= 0:
            break
        places |= best[1]
    for meter in board.read:
        board.scales[meter] = max(_residue(board, meter, places), 1.0)
    return places


def _residue(board: Board, meter: str, places: Mapping[str, Place]) -> float:
    lanes = sum(lane is not None for lane in board.steps.meters[meter])
    return board.fitted(meter, places).chi / max(2 * board.steps.count * lanes - 1, 1)


def _moves(board: Board, places: Mapping[str, Place]) -> Iterator[Change]:
    base = {meter: board.cost(places, (meter,)) for meter in board.read}
    for tag in board.tests:
        for place in others(board, tag, places[tag]):
            moved = {tag: place}
            yield _gain(board, places, moved, base), moved


def _exchanges(board: Board, places: Mapping[str, Place]) -> Iterator[Change]:
    """Try two stations in each other's place, where much is left over that no single move explains."""
    doubtful = {meter for meter in board.leaves if _residue(board, meter, places) > DOUBTFUL}
    for one, other in combinations(board.tests, 2):
        feeders = places[one].feeder, places[other].feeder
        if feeders[0] != feeders[1] and doubtful.intersection(feeders):
            moved = {
                one: replace(places[one], feeder=feeders[1]),
                other: replace(places[other], feeder=feeders[0]),
            }
            yield _gain(board, places, moved), moved


def others(board: Board, tag: str, place: Place) -> Iterator[Place]:
    """Return every other place of a station that could be told apart: one mistake away, or anew."""
    declared = board.declared[tag]
    landings = {
        _effect(board, tag, landing): landing
        for landing in reversed((place.landing, declared.landing, *LANDINGS))
    }
    feeders = (*board.read, NOWHERE)
    for feeder in feeders:
        for landing in landings.values():
            moved = (feeder != place.feeder) + (landing != place.landing)
            if moved == 1 or (moved == 2 and place != declared):
                yield Place(feeder, landing)


def placed(board: Board, tag: str, places: Mapping[str, Place]) -> Placed:
    """Return where a station is, and how sure that is against every other place."""
    place = places[tag]
    feeder: list[tuple[float, float]] = []
    phases: list[tuple[float, float]] = []
    for other in others(board, tag, place):
        against = -_gain(board, places, {tag: other})
        apart = _apart(board, places, tag, other)
        (feeder if other.feeder != place.feeder else phases).append((against, apart))
    return Placed(place, _sure(feeder), _sure(phases))


def _sure(alternatives: list[tuple[float, float]]) -> Sure:
    odds = sum(math.exp(-min(max(against, -60.0), 1400.0) / 2) for against, _ in alternatives)
    return Sure(1 / (1 + odds), min((apart for _, apart in alternatives), default=0.0))


def _effect(board: Board, tag: str, landing: tuple[int, int, int]) -> tuple[int, ...]:
    """Return what a landing would show: equal currents look alike whichever way round they are."""
    sizes = board.sizes[tag]
    used = [own for own in PHASES if sizes[own] > 0.1 * max(sizes)]
    conductors = [landing[own] for own in used]
    alike = max(sizes[own] for own in used) < ALIKE * min(sizes[own] for own in used) if used else True
    return tuple(sorted(conductors) if alike else conductors)


def _gain(
    board: Board, places: Mapping[str, Place], moved: Mapping[str, Place],
    base: Mapping[str, float] | None = None,
) -> float:  # fmt: skip
    """Return by how much these moves explain more than they cost."""
    touched: dict[str, None] = {}
    price = 0.0
    for tag, place in moved.items():
        touched |= dict.fromkeys((*board.upstream(places[tag].feeder), *board.upstream(place.feeder)))
        price += _price(place, board.declared[tag], board, tag)
        price -= _price(places[tag], board.declared[tag], board, tag)
    before = board.cost(places, touched) if base is None else sum(base[meter] for meter in touched)
    return before - board.cost({**places, **moved}, touched) - price


def _price(place: Place, declared: Place, board: Board, tag: str) -> float:
    turned = _effect(board, tag, place.landing) != _effect(board, tag, declared.landing)
    return DEVIATION_COST * (turned + (place.feeder != declared.feeder))


def _apart(board: Board, places: Mapping[str, Place], tag: str, other: Place) -> float:
    """Return how far two places of a station lie apart in what the meters would see, as they are wired."""
    total = 0.0
    load, place = board.steps.loads[tag], places[tag]
    for meter in dict.fromkeys((*board.upstream(place.feeder), *board.upstream(other.feeder))):
        fitted = board.fitted(meter, places)
        here, there = (meter in board.upstream(p.feeder) for p in (place, other))
        for k, lane in enumerate(board.steps.meters[meter]):
            if lane is None or not fitted.wiring.signs[k]:
                continue
            c = fitted.wiring.currents[k]
            for step in load.steps:
                flows = [sum(step[own] for own in PHASES if p.landing[own] == c) if seen else 0j
                         for p, seen in ((place, here), (other, there))]  # fmt: skip
                change = abs(flows[0] - flows[1]) * fitted.wiring.ratio
                doubt = lane.spread_p**2 + (load.share * abs(flows[0])) ** 2
                total += change**2 / doubt / board.scales.get(meter, 1.0)
    return total


@dataclass(frozen=True, slots=True)
class InputSure:
    """How much speaks for what an input was found to be."""

    pairing: (
        float  # chi square by which its sign, and that current and voltage belong together, beat the others
    )
    conductors: tuple[int, ...]  # that could carry its current, the best first
    planned: float  # chi square by which it beats the connection of the plan


def inputs_sure(board: Board, meter: str, fitted: Fitted, sums: Mapping[int, Sums]) -> dict[int, InputSure]:
    """Return for each input how much speaks for what it was found to be."""
    found = {}
    wiring, scale = fitted.wiring, board.scales.get(meter, 1.0)
    for k, each in sums.items():
        own, sign = wiring.currents[k], wiring.signs[k]
        turn = (own - wiring.voltages[k]) % 3
        best = _left(each, own, turn, sign, wiring.ratio)
        worse = {
            (c, t, s): (_left(each, c, t, s, wiring.ratio) - best) / scale
            for c in PHASES for t in PHASES for s in (1, -1)
        }  # fmt: skip
        pairing = min(w for (c, t, s), w in worse.items() if c == own and (t, s) != (turn, sign))
        alike = [c for c in PHASES if c != own and worse[c, turn, sign or 1] < CONDUCTOR_SHOWN]
        planned = (_left(each, k, 0, 1, 1.0) - best) / scale
        found[k] = InputSure(pairing, (own, *alike), planned)
    return found


def _left(sums: Sums, c: int, turn: int, sign: int, ratio: float) -> float:
    return sums.own - 2 * sign * ratio * sums.product[c][turn] + abs(sign) * ratio**2 * sums.square[c][turn]
