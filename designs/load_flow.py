"""Voltages at every node under load: three phases and neutral of a radial network, swept back and forth.

Consumers are constant currents (what a station draws is limited in amperes) at their power factor to the
voltage that they find. A line conductor and the neutral are put in as they are, which is the same as a zero
sequence of Z1 + 3·Z_N. The origin stands at nominal voltage; a transformer (Dyn) turns the voltages between
two phases into those of its star, and its zero sequence stays behind it. PV does not feed in.
"""

import cmath
import math
from collections.abc import Mapping
from dataclasses import dataclass

from designs import cable_rules, loading, source
from designs.model import Load, Phases, Station
from designs.topology import Topology

Vector = tuple[complex, complex, complex]
ZERO: Vector = (0j, 0j, 0j)
_TURNS = tuple(cmath.rect(1.0, -2.0 * math.pi * number / 3.0) for number in range(3))
#: Below this part of the nominal voltage the figures mean nothing: equipment has long switched off.
LOWEST = 0.5
ROUNDS = 60
CLOSE = 1e-9  # of the nominal voltage, from one round to the next


@dataclass(frozen=True, slots=True)
class Branch:
    """What leads to a node, in ohms: line conductor, neutral; ``winding``: V per V of a Dyn transformer."""

    line: complex
    neutral: complex
    winding: float | None = None


def voltages(topology: Topology, draws: loading.Draws) -> Mapping[str, Phases] | None:
    """Return the voltages from line to neutral in percent of nominal at every node, conductors hot.

    None when there is no solution above half the nominal voltage: the cables are far too small. On a
    single-phase circuit the figure of its own phase counts; the others only show how the neutral moves.
    """
    solution = _swept(topology, {tag: _branch(topology, tag) for tag in topology.order[1:]}, draws)
    if solution is None:
        return None
    return {tag: _percent(solution[tag], _u0(topology, tag)) for tag in topology.order}


def _swept(
    topology: Topology, branches: Mapping[str, Branch], draws: loading.Draws
) -> dict[str, Vector] | None:
    nominal = {tag: _u0(topology, tag) for tag in topology.order}
    found = {tag: _star(nominal[tag]) for tag in topology.order}
    phi = {tag: _angle(topology, tag) for tag in draws}
    for _ in range(ROUNDS):
        currents = _backward(topology, branches, found, draws, phi)
        new = _forward(topology, branches, currents, found[topology.order[0]])
        moved = max(
            abs(new[tag][k] - found[tag][k]) / nominal[tag] for tag in topology.order for k in range(3)
        )
        found = new
        if any(abs(found[tag][k]) < LOWEST * nominal[tag] for tag in topology.order for k in range(3)):
            return None
        if moved < CLOSE:
            return found
    return None


def _backward(
    topology: Topology,
    branches: Mapping[str, Branch],
    found: Mapping[str, Vector],
    draws: loading.Draws,
    phi: Mapping[str, float],
) -> dict[str, Vector]:
    """Return the currents that enter every node, on the side of the node."""
    currents: dict[str, Vector] = {}
    for tag in reversed(topology.order):
        amps = draws.get(tag)
        total = ZERO if amps is None else _drawn(amps, found[tag], phi[tag])
        for child in topology.children(tag):
            total = _plus(total, _at_source(branches[child], currents[child]))
        currents[tag] = total
    return currents


def _forward(
    topology: Topology, branches: Mapping[str, Branch], currents: Mapping[str, Vector], origin: Vector
) -> dict[str, Vector]:
    """Return the voltages at every node from the origin outwards."""
    found = {topology.order[0]: origin}
    for tag in topology.order[1:]:
        above, branch, amps = found[topology.source_of(tag) or ""], branches[tag], currents[tag]
        if branch.winding is not None:
            above = (
                (above[0] - above[1]) * branch.winding,
                (above[1] - above[2]) * branch.winding,
                (above[2] - above[0]) * branch.winding,
            )
        lost = branch.neutral * sum(amps)
        one, two, three = (volt - branch.line * amp - lost for volt, amp in zip(above, amps, strict=True))
        found[tag] = (one, two, three)
    return found


def _branch(topology: Topology, tag: str) -> Branch:
    transformer = topology.transformers.get(tag)
    if transformer is not None:
        one = source.transformer_impedance(transformer)
        zero = complex(one.real * transformer.r0_over_r1, one.imag * transformer.x0_over_x1)
        winding = transformer.rated_voltage_v / math.sqrt(3) / transformer.rated_primary_v
        return Branch(one, (zero - one) / 3, winding)
    cable = topology.feeder[tag].cable
    return Branch(cable_rules.line_impedance(cable, True), cable_rules.neutral_impedance(cable, True))


def _at_source(branch: Branch, amps: Vector) -> Vector:
    """Return the currents of a branch on its feeding side: a Dyn winding takes them between two lines."""
    if branch.winding is None:
        return amps
    one, two, three = amps
    return (
        (one - three) * branch.winding,
        (two - one) * branch.winding,
        (three - two) * branch.winding,
    )


def _drawn(amps: Phases, volts: Vector, phi: float) -> Vector:
    lag = cmath.rect(1.0, -phi)
    one, two, three = (
        amp * lag * volt / abs(volt) if amp else 0j for amp, volt in zip(amps, volts, strict=True)
    )
    return (one, two, three)


def _angle(topology: Topology, tag: str) -> float:
    node = topology.node_of[tag]
    return math.acos(min(1.0, node.power_factor)) if isinstance(node, Station | Load) else 0.0


def _u0(topology: Topology, tag: str) -> float:
    return topology.voltage_v(tag) / math.sqrt(3)


def _star(volts: float) -> Vector:
    return (volts * _TURNS[0], volts * _TURNS[1], volts * _TURNS[2])


def _plus(one: Vector, two: Vector) -> Vector:
    return (one[0] + two[0], one[1] + two[1], one[2] + two[2])


def _percent(volts: Vector, nominal: float) -> Phases:
    return (abs(volts[0]) / nominal * 100, abs(volts[1]) / nominal * 100, abs(volts[2]) / nominal * 100)
