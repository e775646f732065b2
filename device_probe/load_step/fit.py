"""Which wiring of a meter and which place of every station explain what the inputs saw. Pure.

A meter's input k gets the current of one conductor, with a sign, and the voltage of one: what it reads of a
load is turned by 120 degrees for each conductor between them. Every departure from the plan costs; what is
left over is counted in units of what background and classes allow.
"""

import cmath
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from operator import add

from device_probe.load_step.steps import PHASES, Lane, Steps, landing_of
from device_probe.model import SitePlan

DEVIATION_COST = 12.0  # in units of chi square
Order = tuple[int, int, int]
Below = tuple[tuple[str, Order], ...]  # stations and the conductors of their own phases
Flows = tuple[list[list[complex]], list[list[float]], list[list[float]]]
ORDERS: tuple[Order, ...] = tuple((a, b, c) for a, b, c in permutations(PHASES))
TURNS = tuple(cmath.rect(1.0, 2 * math.pi * k / 3) for k in PHASES)
RATIO_FREE = 0.12  # less than this is no other transformer: classes, and background that went along
LEAST_GAIN = 0.02
LEAST_SHARE = 0.08  # an input that sees less than this of what it should gets no current
NOWHERE = ""  # a station that no meter sees


def _moved(order: Order) -> int:
    """Return how many exchanges of two leads it takes."""
    return max(sum(a != b for a, b in zip(order, PHASES, strict=True)) - 1, 0)


PAIRS = tuple(sorted(((c, v, _moved(c) + _moved(v)) for c in ORDERS for v in ORDERS), key=lambda p: p[2]))


@dataclass(frozen=True, slots=True)
class Wiring:
    """How one meter is wired: for each input its conductors and sign, and what it reads of the truth."""

    currents: tuple[int, int, int] = (0, 1, 2)
    voltages: tuple[int, int, int] = (0, 1, 2)
    signs: tuple[int, int, int] = (1, 1, 1)  # 0: the input gets no current
    ratio: float = 1.0

    @property
    def deviations(self) -> int:
        """Return how many mistakes it would take."""
        signs = sum(s != 1 for s in self.signs)
        return _moved(self.currents) + _moved(self.voltages) + signs + (self.ratio != 1.0)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The best wiring of one meter under the places assumed for the stations."""

    wiring: Wiring
    chi: float
    free_ratio: float  # the ratio when it is left free
    ratio_spread: float
    cost: float  # chi square with the price of the mistakes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station is: the meter nearest upstream, and the conductor of each own phase."""

    feeder: str
    landing: tuple[int, int, int]


@dataclass
class Board:
    """All that was measured, prepared for many guesses."""

    plan: SitePlan
    steps: Steps
    tests: tuple[str, ...]
    scales: dict[str, float] = field(default_factory=dict)  # by how much a meter's residue exceeds its doubts
    _known: dict[tuple[str, Below], Fitted] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parents = {d.tag: d.parent for d in self.plan.devices}
        self.declared = {
            d.tag: Place(d.parent or NOWHERE, landing_of(d))
            for d in self.plan.devices
            if d.tag in self.steps.loads
        }
        self._own = {
            tag: (
                [[step[own] for step in load.steps] for own in PHASES],
                [[(load.share * abs(step[own])) ** 2 for step in load.steps] for own in PHASES],
                [[(load.share_q * abs(step[own])) ** 2 for step in load.steps] for own in PHASES],
            )
            for tag, load in self.steps.loads.items()
        }
        self._upstream: dict[str, tuple[str, ...]] = {}
        self.sizes = {
            tag: [max((abs(step[own]) for step in load.steps), default=0.0) for own in PHASES]
            for tag, load in self.steps.loads.items()
        }
        self.read = tuple(
            t for t, lanes in self.steps.meters.items() if any(lane is not None for lane in lanes)
        )
        self.leaves = tuple(
            dict.fromkeys(p.feeder for p in self.declared.values() if p.feeder in self.steps.meters)
        )

    def upstream(self, feeder: str) -> tuple[str, ...]:
        """Return the meters that see what hangs below one, itself first."""
        if feeder not in self._upstream:
            found: list[str] = []
            tag: str | None = feeder
            while tag and tag not in found:
                found.append(tag)
                tag = self.parents.get(tag)
            self._upstream[feeder] = tuple(t for t in found if t in self.read)
        return self._upstream[feeder]

    def fitted(self, meter: str, places: Mapping[str, Place]) -> Fitted:
        """Return the wiring of a meter that explains its inputs best."""
        below = self.below(meter, places)
        key = (meter, below)
        if key not in self._known:
            inputs = self.sums(meter, below)
            self._known[key] = _best(list(inputs.values()), list(inputs))
        return self._known[key]

    def cost(self, places: Mapping[str, Place], meters: Iterable[str]) -> float:
        """Return what these meters leave unexplained."""
        total = 0.0
        for meter in meters:
            fitted = self.fitted(meter, places)
            total += fitted.chi / self.scales.get(meter, 1.0) + DEVIATION_COST * fitted.wiring.deviations
        return total

    def below(self, meter: str, places: Mapping[str, Place]) -> Below:
        """Return the stations that a meter sees, and the conductors they are on."""
        return tuple((t, p.landing) for t, p in places.items() if meter in self.upstream(p.feeder))

    def flows(self, below: Below) -> Flows:
        """Return by conductor and step what flows below a meter, and how unsure P and Q of it are."""
        zero = [[0.0] * self.steps.count for _ in PHASES]
        total, unsure_p, unsure_q = [[0j] * self.steps.count for _ in PHASES], list(zero), list(zero)
        for tag, landing in below:
            steps, doubts_p, doubts_q = self._own[tag]
            for own, c in enumerate(landing):
                total[c] = list(map(add, total[c], steps[own]))
                unsure_p[c] = list(map(add, unsure_p[c], doubts_p[own]))
                unsure_q[c] = list(map(add, unsure_q[c], doubts_q[own]))
        return total, unsure_p, unsure_q

    def sums(self, meter: str, below: Below) -> dict[int, "Sums"]:
        """Return what each input of a meter saw against what flows below it."""
        flows = self.flows(below)
        return {
            k: sums_of(lane, flows) for k, lane in enumerate(self.steps.meters[meter]) if lane is not None
        }


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one input: its own square; for each conductor and turn the product with it and its square."""

    own: float
    product: tuple[tuple[float, float, float], ...]
    square: tuple[tuple[float, float, float], ...]


def sums_of(lane: Lane, expected: Flows) -> Sums:
    """Return the sums over all changes of one input against every conductor."""
    flows, unsure_p, unsure_q = expected
    # the same weights for every conductor, or one that carries more would be believed for its doubts
    doubts = [(max(p[s] for p in unsure_p), max(q[s] for q in unsure_q)) for s in range(len(lane.steps))]
    weights = [(1 / (lane.spread_p**2 + p), 1 / (lane.spread_q**2 + q)) for p, q in doubts]
    weighed = [(wp, wq, wp * y.real, wq * y.imag) for (wp, wq), y in zip(weights, lane.steps, strict=True)]
    own = sum(wp * y.real**2 + wq * y.imag**2 for (wp, wq), y in zip(weights, lane.steps, strict=True))
    product, square = [], []
    for flow in flows:
        products, squares = [], []
        for turn in TURNS:
            a = b = 0.0
            for (wp, wq, yp, yq), each in zip(weighed, flow, strict=True):
                m = turn * each
                a += yp * m.real + yq * m.imag
                b += wp * m.real * m.real + wq * m.imag * m.imag
            products.append(a)
            squares.append(b)
        product.append((products[0], products[1], products[2]))
        square.append((squares[0], squares[1], squares[2]))
    return Sums(own, tuple(product), tuple(square))


def _best(inputs: list[Sums], lanes: list[int]) -> Fitted:
    """Return the cheapest wiring: numbers first, 36 orders of leads are many."""
    tables = [
        [[(_sign(p, q), p, q) for p, q in zip(ps, qs, strict=True)]
         for ps, qs in zip(sums.product, sums.square, strict=True)]
        for sums in inputs
    ]  # fmt: skip
    own = sum(sums.own for sums in inputs)
    least, best = math.inf, (PHASES, PHASES, False)
    for currents, voltages, moved in PAIRS:
        if DEVIATION_COST * moved >= least:
            break  # they are sorted by what they cost at least
        product = square = mistakes = 0.0
        for k, table in zip(lanes, tables, strict=True):
            sign, a, b = table[currents[k]][(currents[k] - voltages[k]) % 3]
            mistakes += sign != 1
            if sign:
                product, square = product + sign * a, square + b
        chi, other = _chi(own, product, square)
        price = DEVIATION_COST * (moved + mistakes)
        if chi + price < least:
            least, best = chi + price, (currents, voltages, False)
        if other is not None and other + price + DEVIATION_COST < least:
            least, best = other + price + DEVIATION_COST, (currents, voltages, True)
    return _chosen(own, tables, lanes, *best)


def _chi(own: float, product: float, square: float) -> tuple[float, float | None]:
    """Return what is left over with the ratio of the plan, and with a free one where it may be another."""
    planned = max(own - 2 * product + square, 0.0)
    if not square:
        return planned, None
    free = product / square
    if abs(free - 1) <= max(RATIO_FREE, 4 / math.sqrt(square)) or free < LEAST_GAIN:
        return planned, None
    return planned, max(own - product * free, 0.0)


def _chosen(
    own: float, tables: list[list[list[tuple[int, float, float]]]], lanes: list[int], currents: Order,
    voltages: Order, other_ratio: bool,
) -> Fitted:  # fmt: skip
    product = square = 0.0
    signs = [1, 1, 1]
    for k, table in zip(lanes, tables, strict=True):
        signs[k], a, b = table[currents[k]][(currents[k] - voltages[k]) % 3]
        if signs[k]:
            product, square = product + signs[k] * a, square + b
    free = product / square if square else 1.0
    spread = 1 / math.sqrt(square) if square else math.inf
    planned, other = _chi(own, product, square)
    wiring = Wiring(currents, voltages, (signs[0], signs[1], signs[2]), free if other_ratio else 1.0)
    chi = other if other_ratio and other is not None else planned
    return Fitted(wiring, chi, free, spread, chi + DEVIATION_COST * wiring.deviations)


def _sign(product: float, square: float) -> int:
    """Return the sign of an input: 0 when it would rather see nothing, by more than a mistake costs."""
    if 2 * abs(product) - square < -DEVIATION_COST and abs(product) < LEAST_SHARE * square:
        return 0
    return -1 if -4 * product > DEVIATION_COST else 1
