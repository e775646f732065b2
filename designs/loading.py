"""Currents along the one-line: what each phase of each circuit carries at full and at managed demand.

Currents are added as if they were in phase, which is on the safe side of their true sum. Through a
transformer each phase is transferred by the ratio of the nominal voltages: with a Dyn winding the largest
line current of the primary is never above that.
"""

import cmath
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from designs.errors import DesignError
from designs.model import Circuit, Load, OneLine, Phases, PvInverter, Station, Storage
from designs.topology import Node, Topology

NOTHING: Phases = (0.0, 0.0, 0.0)
#: What every node draws of its own, by tag.
Draws = Mapping[str, Phases]
_TURN = cmath.rect(1.0, -2.0 * math.pi / 3.0)


@dataclass(frozen=True, slots=True)
class Demand:
    """Currents through the feeder of every node, at the node's own voltage; at the supply what leaves it."""

    draws: Draws
    through: Mapping[str, Phases]


def station_phases(station: Station) -> Phases:
    """Return what a station draws from L1, L2 and L3 of the supply, by its phase rotation."""
    landed = re.findall(r"L([123])", station.phase_rotation) or ["1", "2", "3"]
    used = landed[: station.phases]
    one, two, three = (station.rated_input_a if phase in used else 0.0 for phase in ("1", "2", "3"))
    return (one, two, three)


def draw_of(node: Node) -> Phases:
    """Return what a node draws at most; a storage charges, a PV inverter draws nothing."""
    if isinstance(node, Station):
        return station_phases(node)
    if isinstance(node, Load):
        return node.currents_a
    if isinstance(node, Storage):
        return (node.rated_current_a,) * 3
    return NOTHING


def full(topology: Topology) -> Demand:
    """Return the currents when everything draws all it can and nothing limits it."""
    draws = {tag: draw_of(node) for tag, node in topology.node_of.items()}
    return Demand(draws, _through(topology, draws))


def managed(topology: Topology) -> Demand:
    """Return the currents with load management: chargers and storage behind a cap share what is left.

    Caps are taken from the ends to the origin. At each, the loads come first; what remains of each phase is
    shared in proportion to what the chargers and storage behind would draw. One that uses several phases
    is held by the tightest of them, so a cap can leave current in the other phases unused.
    """
    draws = {tag: draw_of(node) for tag, node in topology.node_of.items()}
    for tag in reversed(topology.order):
        feeder = topology.feeder.get(tag)
        if feeder is not None and feeder.managed_to_a is not None:
            draws |= _shared(topology, tag, feeder.managed_to_a, draws)
    return Demand(draws, _through(topology, draws))


def design_currents(one_line: OneLine) -> dict[str, float]:
    """Return Ib of every circuit: its largest phase current, kept within each ``managed_to_a``.

    A circuit also carries the infeed behind it: PV and storage together, at the origin PV alone, since a
    storage does not export. DesignError when loads alone are above a cap: they can't be managed.
    """
    topology = Topology(one_line)
    draws = {tag: draw_of(node) for tag, node in topology.node_of.items()}
    _check_caps(topology, draws)
    demand = _through(topology, draws, capped=True)
    infeed, export = _infeed(topology, Storage, PvInverter), _infeed(topology, PvInverter)
    origin = {one_line.supply.tag, *(each.source for each in one_line.transformers)}
    found = {}
    for circuit in one_line.circuits:
        back = export if circuit.source in origin else infeed
        found[circuit.tag] = max(*demand.get(circuit.target, NOTHING), *back.get(circuit.target, NOTHING))
    return found


def full_demand(one_line: OneLine) -> Phases:
    """Return the current per phase at the origin when everything draws all it can and nothing limits it."""
    return full(Topology(one_line)).through[one_line.supply.tag]


def neutral_a(topology: Topology, circuit: Circuit, demand: Demand) -> float | None:
    """Return the neutral current of a low-voltage circuit: unbalance and third harmonic, root of squares.

    Third harmonics of the three phases are in phase and add up in the neutral. None where the third harmonic
    of a consumer behind the circuit is not known, or where there is no neutral (above 1000 V).
    """
    if topology.voltage_v(circuit.target) > 1000.0:
        return None
    third = 0.0
    for tag in topology.below(circuit.target):
        drawn = sum(demand.draws.get(tag, NOTHING))
        if drawn == 0.0 or not _same_voltage(topology, tag, circuit.target):
            continue
        percent = third_harmonic_percent(topology.node_of[tag])
        if percent is None:
            return None
        third += drawn * percent / 100.0
    one, two, three = demand.through[circuit.target]
    unbalance = abs(one + two * _TURN + three * _TURN.conjugate())
    return math.hypot(unbalance, third)


def third_harmonic_percent(node: Node) -> float | None:
    """Return the third harmonic of a consumer in percent of its line current, None when unknown."""
    if isinstance(node, Station) and node.third_harmonic_percent is not None:
        return node.third_harmonic_percent
    if isinstance(node, Station) and node.current == "DC":
        return 0.0  # its rectifier is fed by three lines: no third harmonic reaches a neutral
    spectrum = node.spectrum if isinstance(node, Station | Storage) else None
    return None if spectrum is None else spectrum.percent.get("3", 0.0)


def ratio(topology: Topology, node: str, to: str) -> float:
    """Return what a current at a node is multiplied by to have it at the voltage of another one."""
    return topology.voltage_v(node) / topology.voltage_v(to)


def _through(topology: Topology, draws: Draws, capped: bool = False) -> dict[str, Phases]:
    found: dict[str, Phases] = {}
    for tag in reversed(topology.order):
        total = draws.get(tag, NOTHING)
        for child in topology.children(tag):
            total = _plus(total, found[child], ratio(topology, child, tag))
        feeder = topology.feeder.get(tag)
        if capped and feeder is not None and feeder.managed_to_a is not None:
            limit = feeder.managed_to_a
            total = (min(total[0], limit), min(total[1], limit), min(total[2], limit))
        found[tag] = total
    return found


def _shared(topology: Topology, tag: str, limit: float, draws: Draws) -> dict[str, Phases]:
    """Return what the chargers and storage behind a cap draw so that each phase stays within it."""
    fixed, flexible, managed_ones = NOTHING, NOTHING, []
    for each in topology.below(tag):
        if each not in draws:
            continue
        weight = ratio(topology, each, tag)
        if isinstance(topology.node_of[each], Station | Storage):
            flexible = _plus(flexible, draws[each], weight)
            managed_ones.append(each)
        else:
            fixed = _plus(fixed, draws[each], weight)
    factors = [
        min(1.0, max(0.0, limit - rest) / wanted) if wanted > 0.0 else 1.0
        for rest, wanted in zip(fixed, flexible, strict=True)
    ]
    return {each: _times(draws[each], _tightest(draws[each], factors)) for each in managed_ones}


def _tightest(drawn: Phases, factors: list[float]) -> float:
    return min((factor for factor, amps in zip(factors, drawn, strict=True) if amps > 0.0), default=1.0)


def _check_caps(topology: Topology, draws: Draws) -> None:
    loads = {tag: draws[tag] if isinstance(topology.node_of[tag], Load) else NOTHING for tag in draws}
    for tag, phases in _through(topology, loads).items():
        feeder = topology.feeder.get(tag)
        if feeder and feeder.managed_to_a is not None and max(phases) > feeder.managed_to_a:
            raise DesignError(
                f"{feeder.tag}: the loads behind it draw {max(phases):g} A, more than the "
                f"{feeder.managed_to_a:g} A that load management keeps it within; loads can't be managed: "
                "raise the limit or move them."
            )


def _infeed(topology: Topology, *kinds: type) -> dict[str, Phases]:
    draws = {
        tag: (node.rated_current_a,) * 3
        for tag, node in topology.node_of.items()
        if isinstance(node, Storage | PvInverter) and isinstance(node, kinds)
    }
    return _through(topology, draws)


def _same_voltage(topology: Topology, one: str, other: str) -> bool:
    return topology.transformer_above(one) is topology.transformer_above(other)


def _plus(total: Phases, more: Phases, weight: float = 1.0) -> Phases:
    return (total[0] + weight * more[0], total[1] + weight * more[1], total[2] + weight * more[2])


def _times(phases: Phases, factor: float) -> Phases:
    return (phases[0] * factor, phases[1] * factor, phases[2] * factor)
