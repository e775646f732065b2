"""A three-phase four-wire network as a tree: loads and impedances -> voltages and currents everywhere. Pure.

The fundamental is found by sweeping: currents add up towards the source, voltages fall away from it, until
nothing changes any more. Every load then is a source of harmonic current; each order is swept once over the
same tree, whose reactances grow with the order. The neutral's own drop shifts the voltages to neutral.
"""

import cmath
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from device_probe.simulator.spectrum import Spectrum

PHASES = (0, 1, 2)
ROTATION = cmath.exp(-2j * math.pi / 3)
TOLERANCE_V = 1e-9
MAX_SWEEPS = 60


@dataclass(frozen=True, slots=True)
class Conductor:
    """Voltage to neutral and current of one conductor.

    Fundamental phasors (rms), and one phasor for each harmonic order that flows.
    """

    voltage: complex
    current: complex
    voltage_harmonics: Mapping[int, complex] = field(default_factory=dict)
    current_harmonics: Mapping[int, complex] = field(default_factory=dict)

    @property
    def voltage_rms(self) -> float:
        """Return the rms voltage, harmonics included."""
        return math.hypot(abs(self.voltage), *map(abs, self.voltage_harmonics.values()))

    @property
    def current_rms(self) -> float:
        """Return the rms current, harmonics included."""
        return math.hypot(abs(self.current), *map(abs, self.current_harmonics.values()))

    @property
    def active_power(self) -> float:
        """Return the active power of all orders."""
        power = (self.voltage * self.current.conjugate()).real
        return power + sum(
            (u * complex(self.current_harmonics.get(h, 0)).conjugate()).real
            for h, u in self.voltage_harmonics.items()
        )

    @property
    def reactive_power(self) -> float:
        """Return the reactive power of the fundamental (IEEE 1459: Q1)."""
        return (self.voltage * self.current.conjugate()).imag


Three = tuple[Conductor, Conductor, Conductor]
Phasors = list[complex]


@dataclass(frozen=True, slots=True)
class Branch:
    """The conductors between a node and what feeds it; reactances at the fundamental."""

    r_ohm: float = 0.0
    x_ohm: float = 0.0
    neutral_r_ohm: float = 0.0
    neutral_x_ohm: float = 0.0

    def line(self, order: int) -> complex:
        """Return a phase conductor's impedance at one order."""
        return complex(self.r_ohm, order * self.x_ohm)

    def neutral(self, order: int) -> complex:
        """Return the neutral's impedance at one order."""
        return complex(self.neutral_r_ohm, order * self.neutral_x_ohm)


@dataclass(frozen=True, slots=True)
class Draw:
    """What one appliance draws from one phase: a current, or (``power_w``) a constant power.

    Negative values feed in. ``lag_rad`` is the angle by which the current of the fundamental lags.
    """

    current_a: float = 0.0
    lag_rad: float = 0.0
    power_w: float | None = None
    spectrum: Spectrum = field(default_factory=dict)

    def at(self, voltage: complex) -> complex:
        """Return the fundamental current at a voltage."""
        if self.power_w is None:
            return self.current_a * cmath.rect(1.0, cmath.phase(voltage) - self.lag_rad)
        apparent = complex(self.power_w, self.power_w * math.tan(self.lag_rad))
        return (apparent / voltage).conjugate()


Draws = tuple[tuple[Draw, ...], tuple[Draw, ...], tuple[Draw, ...]]
NO_DRAWS: Draws = ((), (), ())


@dataclass(frozen=True, slots=True)
class Node:
    """One place of the tree; a parent of None is the connection point."""

    tag: str
    parent: str | None
    branch: Branch = Branch()


@dataclass(frozen=True, slots=True)
class Source:
    """The grid: its voltages without load, its harmonics, and the impedance up to the connection point."""

    voltages: tuple[complex, complex, complex]
    spectra: tuple[Spectrum, Spectrum, Spectrum] = ({}, {}, {})
    branch: Branch = Branch()

    def at(self, order: int) -> Phasors:
        """Return the voltages of one order without load."""
        if order == 1:
            return list(self.voltages)
        return [
            abs(u) * spectrum.get(order, 0j) * cmath.rect(1.0, order * cmath.phase(u))
            for u, spectrum in zip(self.voltages, self.spectra, strict=True)
        ]


class Tree:
    """The nodes in the order from the connection point outwards."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        by_tag = {node.tag: node for node in nodes}
        self.nodes = sorted(nodes, key=lambda node: self._depth(node, by_tag))

    def _depth(self, node: Node, by_tag: Mapping[str, Node]) -> int:
        depth = 0
        while node.parent is not None:
            node, depth = by_tag[node.parent], depth + 1
        return depth

    def gather(self, own: Mapping[str, Phasors]) -> tuple[dict[str, Phasors], Phasors]:
        """Return the current into each node, and that at the connection point: own and all below."""
        flow = {node.tag: list(own[node.tag]) for node in self.nodes}
        top: Phasors = [0j, 0j, 0j]
        for node in reversed(self.nodes):
            above = top if node.parent is None else flow[node.parent]
            for k in PHASES:
                above[k] += flow[node.tag][k]
        return flow, top

    def drop(
        self, order: int, source: Source, flow: Mapping[str, Phasors], top: Phasors
    ) -> dict[str, Phasors]:
        """Return the voltages to neutral at each node."""
        begin = _behind(source.branch, order, source.at(order), top)
        found: dict[str, Phasors] = {}
        for node in self.nodes:
            above = begin if node.parent is None else found[node.parent]
            found[node.tag] = _behind(node.branch, order, above, flow[node.tag])
        return found


def solve(nodes: Sequence[Node], draws: Mapping[str, Draws], source: Source) -> dict[str, Three]:
    """Return what really stands and flows at every node: voltages there, currents into it."""
    tree = Tree(nodes)
    voltages, flow, own = _fundamental(tree, draws, source)
    orders = {order for spectrum in source.spectra for order in spectrum}
    orders |= {
        order for three in draws.values() for phase in three for draw in phase for order in draw.spectrum
    }
    at_order: dict[int, tuple[dict[str, Phasors], dict[str, Phasors]]] = {}
    for order in sorted(orders):
        injected = {tag: _injected(order, draws.get(tag, NO_DRAWS), own[tag]) for tag in own}
        harmonic_flow, top = tree.gather(injected)
        at_order[order] = tree.drop(order, source, harmonic_flow, top), harmonic_flow
    return {node.tag: _conductors(node.tag, voltages, flow, at_order) for node in nodes}


def neutral_current(inputs: Three) -> dict[int, complex]:
    """Return the phasor of the neutral current for each order: the sum of the phases."""
    found = {1: sum((c.current for c in inputs), 0j)}
    for order in sorted({h for c in inputs for h in c.current_harmonics}):
        found[order] = sum((c.current_harmonics.get(order, 0j) for c in inputs), 0j)
    return found


def _fundamental(
    tree: Tree, draws: Mapping[str, Draws], source: Source
) -> tuple[dict[str, Phasors], dict[str, Phasors], dict[str, list[list[complex]]]]:
    voltages = {node.tag: source.at(1) for node in tree.nodes}
    for _ in range(MAX_SWEEPS):
        own = {
            tag: [[draw.at(u) for draw in draws.get(tag, NO_DRAWS)[k]] for k, u in enumerate(at)]
            for tag, at in voltages.items()
        }
        flow, top = tree.gather({tag: [sum(phase, 0j) for phase in three] for tag, three in own.items()})
        before, voltages = voltages, tree.drop(1, source, flow, top)
        if all(abs(voltages[t][k] - before[t][k]) < TOLERANCE_V for t in voltages for k in PHASES):
            break
    return voltages, flow, own


def _injected(order: int, draws: Draws, own: list[list[complex]]) -> Phasors:
    """Return the harmonic current of one order: its angle is fixed to that of the load's own current."""
    return [
        sum(
            (
                abs(current) * draw.spectrum.get(order, 0j) * cmath.rect(1.0, order * cmath.phase(current))
                for draw, current in zip(draws[k], own[k], strict=True)
            ),
            0j,
        )
        for k in PHASES
    ]


def _behind(branch: Branch, order: int, above: Phasors, flow: Phasors) -> Phasors:
    neutral = branch.neutral(order) * sum(flow, 0j)
    line = branch.line(order)
    return [above[k] - line * flow[k] - neutral for k in PHASES]


def _conductors(
    tag: str,
    voltages: Mapping[str, Phasors],
    flow: Mapping[str, Phasors],
    at_order: Mapping[int, tuple[dict[str, Phasors], dict[str, Phasors]]],
) -> Three:
    found = [
        Conductor(
            voltages[tag][k],
            flow[tag][k],
            {order: at[tag][k] for order, (at, _) in at_order.items()},
            {order: through[tag][k] for order, (_, through) in at_order.items()},
        )
        for k in PHASES
    ]
    return found[0], found[1], found[2]
