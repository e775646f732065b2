"""Sections: which items are asked of some charging stations that go live before the rest (decision 0011)."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from checklists.model import Checklist
from designs.one_line_model import OneLine
from designs.topology import Topology


def section_items(
    checklists: Sequence[Checklist], one_line: OneLine, stations: Collection[str]
) -> tuple[str, ...]:
    """Return the keys of a section's items in the order of work; none when the site has none of the stations.

    Those of its stations with their connectors, of everything that feeds them up to the supply, of the load
    management and emergency stops that act on them, and what safety asks of the site as a whole.
    """
    present = [station for station in one_line.stations if station.tag in set(stations)]
    if not present:
        return ()
    tags, site = section_tags(one_line, [station.tag for station in present]), one_line.supply.tag
    items = (item for checklist in checklists for item in checklist.items)
    return tuple(item.key for item in items if (item.safety if item.tag == site else item.tag in tags))


def section_tags(one_line: OneLine, stations: Iterable[str]) -> frozenset[str]:
    """Return the tags of some stations, their connectors and all that they can't go live without."""
    chosen, topology = frozenset(stations), Topology(one_line)
    feeding = frozenset(_feeding(topology, chosen))
    connectors = {
        connector.tag
        for station in one_line.stations
        if station.tag in chosen
        for connector in station.connectors
    }
    stops = {stop.tag for stop in one_line.emergency_stops if feeding & set(stop.opens)}
    return chosen | feeding | connectors | stops | frozenset(_managing(one_line, chosen))


def _feeding(topology: Topology, stations: Iterable[str]) -> Iterator[str]:
    """Yield the circuits, boards and transformers between stations and the supply."""
    for station in stations:
        yield from topology.way(station)
        yield from (circuit.tag for circuit in topology.path(station))


def _managing(one_line: OneLine, stations: Collection[str]) -> Iterator[str]:
    """Yield the controllers that keep these stations within the limit, and the meters that they read."""
    for controller in one_line.controllers:
        if set(controller.controls) & set(stations):
            yield controller.tag
            if controller.meter is not None:
                yield controller.meter
