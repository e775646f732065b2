"""How a meter's terminals and conductors belong together in each system, and every way to miswire them.

A *terminal* is a voltage input of the meter (1, 2, 3 or N); an *element* multiplies the voltage between two
terminals with one current input. Conductors are numbered 0 to 2 for L1 to L3; ``NEUTRAL`` and ``LOST`` stand
for what a voltage input can get besides.
"""

import cmath
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations, product
from typing import Literal

System = Literal["3P4W", "3P3W", "1P", "split"]
SYSTEMS: tuple[System, ...] = ("3P4W", "3P3W", "1P", "split")
NEUTRAL, LOST = 3, 4
NO_CURRENT = -1
Input = tuple[int, int]  # what a current input gets: a conductor or NO_CURRENT, and its direction


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of system: its conductors as phasors, its voltage inputs and its elements."""

    system: System
    phasors: tuple[complex, ...]  # of the conductors L1 ... in units of the voltage line to neutral
    inputs: int  # voltage inputs besides the common terminal
    elements: tuple[tuple[int, int, int], ...]  # (terminal, terminal it is measured against, current input)
    common_neutral: bool  # the last terminal belongs to the neutral


def _turned(degrees: float) -> complex:
    return cmath.rect(1.0, math.radians(degrees))


THREE = (_turned(0), _turned(-120), _turned(-240))
LAYOUTS: dict[System, Layout] = {
    "3P4W": Layout("3P4W", THREE, 3, ((0, 3, 0), (1, 3, 1), (2, 3, 2)), True),
    "3P3W": Layout("3P3W", THREE, 3, ((0, 1, 0), (2, 1, 2)), False),
    "1P": Layout("1P", THREE[:1], 1, ((0, 1, 0),), True),
    "split": Layout("split", (_turned(0), _turned(180)), 2, ((0, 2, 0), (1, 2, 1)), True),
}


@dataclass(frozen=True, slots=True)
class VoltageWiring:
    """What each voltage input gets, the common terminal last where there is one."""

    inputs: tuple[int, ...]  # a conductor, NEUTRAL or LOST
    common: int  # what the common terminal gets: NEUTRAL, or the conductor that the neutral took the place of
    faults: int

    def at(self, terminal: int) -> int:
        """Return what a terminal gets."""
        return self.inputs[terminal] if terminal < len(self.inputs) else self.common


@dataclass(frozen=True, slots=True)
class CurrentWiring:
    """Which conductor's current each current input gets, and in which direction."""

    conductors: tuple[int, ...]  # NO_CURRENT: nothing (no CT, a shorted one)
    signs: tuple[int, ...]
    faults: int


@cache
def voltage_wirings(system: System) -> tuple[VoltageWiring, ...]:
    """Return every way to connect the voltage inputs: all orders, some lost, the neutral swapped."""
    return tuple(dict.fromkeys(_voltages(LAYOUTS[system])))


def _voltages(layout: Layout) -> Iterator[VoltageWiring]:
    count = len(layout.phasors)
    for order in permutations(range(count), layout.inputs):
        yield VoltageWiring(order, NEUTRAL, transpositions(order))
        for lost in _subsets(layout.inputs):
            kept = tuple(LOST if k in lost else c for k, c in enumerate(order))
            yield VoltageWiring(kept, NEUTRAL, _partial_faults(kept) + len(lost))
        if layout.common_neutral:
            for place in range(layout.inputs):
                swapped = tuple(NEUTRAL if k == place else c for k, c in enumerate(order))
                yield VoltageWiring(swapped, order[place], 1 + transpositions(order))


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, count):
        for mask in product((False, True), repeat=count):
            if sum(mask) == size:
                yield tuple(k for k in range(count) if mask[k])


def transpositions(order: tuple[int, ...]) -> int:
    """Return how many exchanges of two leads put an order right."""
    seen: set[int] = set()
    cycles = 0
    for start in range(len(order)):
        if start in seen:
            continue
        cycles += 1
        while start not in seen:
            seen.add(start)
            start = order[start]  # noqa: PLW2901 - the walk along one cycle
    return len(order) - cycles


def _partial_faults(kept: tuple[int, ...]) -> int:
    return sum(1 for k, c in enumerate(kept) if c not in (k, LOST))


@cache
def current_wirings(system: System, silent: frozenset[int]) -> tuple[CurrentWiring, ...]:
    """Return every way in which the current inputs can be connected; only ``silent`` ones can get nothing."""
    layout = LAYOUTS[system]
    used = tuple(current for _, _, current in layout.elements)
    return tuple(dict.fromkeys(_currents(len(layout.phasors), used, silent)))


@cache
def inputs(system: System) -> tuple[Input, ...]:
    """Return everything that one current input can get."""
    conductors = range(len(LAYOUTS[system].phasors))
    return (*product(conductors, (1, -1)), (NO_CURRENT, 1))


class CurrentTable:
    """Every way to connect the current inputs, found by what each of them may get.

    A set of wirings is one integer with a bit for each, so that what fits all inputs is found at once.
    """

    def __init__(self, system: System, silent: frozenset[int]) -> None:
        self.wirings = current_wirings(system, silent)
        self.count = len(LAYOUTS[system].elements)
        self._sets: list[dict[Input, int]] = [dict.fromkeys(inputs(system), 0) for _ in range(self.count)]
        for number, wiring in enumerate(self.wirings):
            for found, each in zip(
                self._sets, zip(wiring.conductors, wiring.signs, strict=True), strict=True
            ):
                found[each] |= 1 << number

    def fitting(self, allowed: Sequence[Collection[Input]]) -> Iterator[CurrentWiring]:
        """Yield the wirings in which every input gets something of what is ``allowed`` to it."""
        left = -1
        for found, some in zip(self._sets, allowed, strict=True):
            left &= sum(found[each] for each in some)  # no wiring gives an input two things: a sum is a union
        while left:
            number = (left & -left).bit_length() - 1
            yield self.wirings[number]
            left &= left - 1


@cache
def current_table(system: System, silent: frozenset[int]) -> CurrentTable:
    """Return the table of a system in which only ``silent`` inputs can get nothing."""
    return CurrentTable(system, silent)


def _currents(conductors: int, used: tuple[int, ...], silent: frozenset[int]) -> Iterator[CurrentWiring]:
    for order in permutations(range(conductors), len(used)):
        for gone in product((False, True), repeat=len(used)):
            if any(g and used[k] not in silent for k, g in enumerate(gone)):
                continue
            kept = tuple(NO_CURRENT if g else c for c, g in zip(order, gone, strict=True))
            free = tuple(k for k, c in enumerate(kept) if c != NO_CURRENT)
            moved = _moved(kept, used)
            for signs in product((1, -1), repeat=len(free)):
                full = [1] * len(used)
                for k, sign in zip(free, signs, strict=True):
                    full[k] = sign
                yield CurrentWiring(kept, tuple(full), moved + signs.count(-1) + sum(gone))


def _moved(kept: tuple[int, ...], used: tuple[int, ...]) -> int:
    """Return how many exchanges put the current inputs right; a chain with a gap counts its moved leads."""
    wrong = [k for k, c in enumerate(kept) if c not in (NO_CURRENT, used[k])]
    whole = all(c != NO_CURRENT for c in kept) and sorted(kept) == sorted(used)
    if whole:
        return transpositions(tuple(sorted(used).index(c) for c in kept))
    return len(wrong)
