"""Currents along the one-line: what each phase of each circuit carries at full and at managed demand."""

import re
from collections.abc import Mapping

from designs.model import OneLine, Station

Phases = tuple[float, float, float]
NOTHING: Phases = (0.0, 0.0, 0.0)


def station_phases(station: Station) -> Phases:
    """Return what a station draws from L1, L2 and L3 of the supply, by its phase rotation."""
    landed = re.findall(r"L([123])", station.phase_rotation) or ["1", "2", "3"]
    used = landed[: station.phases]
    one, two, three = (station.rated_input_a if phase in used else 0.0 for phase in ("1", "2", "3"))
    return (one, two, three)


def demand_through(
    circuits: Mapping[str, tuple[str, str, float | None]], stations: Mapping[str, Station]
) -> dict[str, float]:
    """Return the design current of every circuit: its largest phase current, kept within ``managed_to_a``.

    ``circuits`` maps a tag to its source, its target and the limit of load management, if any.
    """
    demand: dict[str, float] = {}
    for tag, (_, target, limit) in circuits.items():
        full = max(_sum_at(target, circuits, stations, frozenset()))
        demand[tag] = full if limit is None else min(full, limit)
    return demand


def full_demand(one_line: OneLine) -> Phases:
    """Return the current per phase when every station draws all it can and nothing limits it."""
    return _add([station_phases(station) for station in one_line.stations])


def managed_demand_a(one_line: OneLine) -> float:
    """Return the largest phase current at the origin with load management: the sum of its circuits' Ib."""
    return sum(
        circuit.design_current_a for circuit in one_line.circuits if circuit.source == one_line.supply.tag
    )


def _sum_at(
    node: str,
    circuits: Mapping[str, tuple[str, str, float | None]],
    stations: Mapping[str, Station],
    seen: frozenset[str],
) -> Phases:
    if node in stations:
        return station_phases(stations[node])
    if node in seen:  # a circular feed; refused with its own sentence once the one-line stands
        return NOTHING
    below = []
    for source, target, limit in circuits.values():
        if source == node:
            phases = _sum_at(target, circuits, stations, seen | {node})
            below.append(phases if limit is None else _capped(phases, limit))
    return _add(below)


def _capped(phases: Phases, limit: float) -> Phases:
    one, two, three = (min(phase, limit) for phase in phases)
    return (one, two, three)


def _add(parts: list[Phases]) -> Phases:
    return (
        sum(part[0] for part in parts),
        sum(part[1] for part in parts),
        sum(part[2] for part in parts),
    )
