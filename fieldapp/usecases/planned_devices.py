"""From a one-line diagram to the devices that the probe reads: where they answer, how connected. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from designs import cable_rules
from designs.model import Circuit, Load, Meter, OneLine, PvInverter, Station, Storage
from designs.topology import Topology
from device_probe.model import PlannedDevice, PlannedLoad
from device_probe.problems import ProfileError
from device_probe.profile_schema import load_profile

#: Other consumers count from this share of a meter's CTs on: a judgement begins at 5 %, and a quarter of that
#: can't move the displacement of charging vehicles out of its band. Below it the meter sees charging alone.
OTHERS_COUNT = 0.05 / 4
OTHERS_COUNT_A = 0.25  # of a directly connected meter, by the same reasoning from 1 A


def devices_of(one_line: OneLine) -> tuple[PlannedDevice, ...]:
    """Return every meter, station, storage and inverter that answers Modbus, in this order."""
    topology = Topology(one_line)
    meters = (_meter(each, topology) for each in one_line.meters)
    stations = (each for station in one_line.stations for each in _connectors(station, topology))
    storage = (_source(each, topology) for each in one_line.storage)
    pv = (_source(each, topology) for each in one_line.pv)
    return _with_shared([each for each in (*meters, *stations, *storage, *pv) if each], topology)


def _meter(meter: Meter, topology: Topology) -> PlannedDevice | None:
    if meter.modbus is None or meter.profile is None:
        return None
    circuits = [topology.one_line.circuit(tag) for tag in meter.measures]
    return PlannedDevice(
        tag=meter.tag,
        profile=meter.profile,
        host=meter.modbus.host,
        port=meter.modbus.port,
        unit=meter.modbus.unit,
        role="group_meter" if meter.parent else "main_meter",
        parent=meter.parent,
        circuits=meter.measures,
        phases=max((circuit.phases for circuit in circuits), default=3),
        phase_rotation=_single_phase_rotation(circuits, topology),
        ct_primary_a=meter.ct_primary_a,
        ct_secondary_a=meter.ct_secondary_a,
        design_current_a=_design_current(circuits),
        accuracy_percent=meter.accuracy_percent,
        resistance_ohm=_resistance_ohm(meter.parent, meter.board, topology),
        load=_load(circuits, meter.ct_primary_a, topology),
    )


def _single_phase_rotation(circuits: Sequence[Circuit], topology: Topology) -> str:
    """The phase that the meter of one single-phase point sits on, first; every other meter sees L1 L2 L3."""
    if len(circuits) == 1 and circuits[0].phases == 1:
        fed = topology.node_of[circuits[0].target]
        if isinstance(fed, Station):
            return fed.phase_rotation
    return "L1L2L3"


def _load(circuits: Sequence[Circuit], ct_primary_a: float | None, topology: Topology) -> PlannedLoad | None:
    """What a meter feeds: generation alone, other consumers that count, else charging stations."""
    behind = [each for circuit in circuits for each in topology.below(circuit.target)]
    nodes = [topology.node_of[tag] for tag in behind if tag in topology.node_of]
    others = [node for node in nodes if isinstance(node, Load)]
    charging = any(isinstance(node, Station) for node in nodes)
    if others and (not charging or _count(others, ct_primary_a)):
        return "general"
    if charging:
        return "ev_charging"
    return "generation" if any(isinstance(node, PvInverter | Storage) for node in nodes) else None


def _count(others: Sequence[Load], ct_primary_a: float | None) -> bool:
    together = max(sum(each.currents_a[phase] for each in others) for phase in range(3))
    return together >= (OTHERS_COUNT_A if ct_primary_a is None else OTHERS_COUNT * ct_primary_a)


def _station(station: Station, topology: Topology) -> PlannedDevice | None:
    circuit = topology.feeder.get(station.tag)
    if station.modbus is None or station.profile is None or circuit is None:
        return None
    parent = _meter_above(circuit, topology)
    return PlannedDevice(
        tag=station.tag,
        profile=station.profile,
        host=station.modbus.host,
        port=station.modbus.port,
        unit=station.modbus.unit,
        role="station",
        parent=parent,
        circuits=(circuit.tag,),
        phases=circuit.phases,
        phase_rotation=station.phase_rotation,
        design_current_a=circuit.design_current_a,
        resistance_ohm=_resistance_ohm(parent, station.tag, topology),
        load="ev_charging",
    )


def _connectors(station: Station, topology: Topology) -> Iterator[PlannedDevice]:
    """The station with its first connector, then those further ones that its register map tells apart.

    They bear the connectors' own tags; what they draw adds up at the meter above.
    """
    first = _station(station, topology)
    if first is None:
        return
    yield first
    told = min(len(station.connectors), _connectors_told(first.profile))
    for number in range(2, told + 1):
        yield replace(first, tag=station.connectors[number - 1].tag, connector=number)


@lru_cache(maxsize=256)
def _connectors_told(profile: str) -> int:
    try:
        return load_profile(profile).connectors
    except ProfileError:  # a user's own profile that this server does not have
        return 1


def _source(source: Storage | PvInverter, topology: Topology) -> PlannedDevice | None:
    """Storage and PV are identified only: the sign of their power is the maker's, so no meter adds it up."""
    circuit = topology.feeder.get(source.tag)
    if source.modbus is None or source.profile is None or circuit is None:
        return None
    return PlannedDevice(
        tag=source.tag,
        profile=source.profile,
        host=source.modbus.host,
        port=source.modbus.port,
        unit=source.modbus.unit,
        role="other",
        circuits=(circuit.tag,),
        phases=circuit.phases,
        design_current_a=source.rated_current_a,
        load="generation",
    )


def _meter_above(circuit: Circuit, topology: Topology) -> str | None:
    """The meter that sees this circuit's current, the nearest one up the one-line."""
    measured_by = {tag: meter.tag for meter in reversed(topology.one_line.meters) for tag in meter.measures}
    path = topology.path(circuit.target)
    return next((measured_by[each.tag] for each in reversed(path) if each.tag in measured_by), None)


def _resistance_ohm(parent: str | None, node: str, topology: Topology) -> float | None:
    """One phase conductor from the board of the parent's meter to a node, at 20 °C; None where unknown.

    Cold: a run on site may last minutes, so that cables have hardly warmed; whoever uses it allows for warm
    ones. What several devices share of the way stands in each of theirs, and again in ``shared_ohm``.
    """
    steps = _steps(parent, node, topology)
    return None if steps is None else round(sum(_cold_ohm(step, topology) for step in steps), 5)


def _steps(parent: str | None, node: str, topology: Topology) -> tuple[str, ...] | None:
    """Return the nodes at whose feeders the cables end, from the parent's board to a node."""
    board = next((each.board for each in topology.one_line.meters if each.tag == parent), None)
    way = topology.way(node)
    if board not in way:
        return None
    steps = way[way.index(board) + 1 :]
    # a transformer on the way: two voltages
    return steps if all(step in topology.feeder for step in steps) else None


def _cold_ohm(step: str, topology: Topology) -> float:
    return cable_rules.line_impedance(topology.feeder[step].cable, hot=False).real


def _with_shared(devices: Sequence[PlannedDevice], topology: Topology) -> tuple[PlannedDevice, ...]:
    """Add to each device the resistance of what other devices of the same parent use of its way."""
    line = topology.one_line
    nodes = {meter.tag: meter.board for meter in line.meters}
    nodes |= {c.tag: station.tag for station in line.stations for c in station.connectors}
    ways = {d.tag: _steps(d.parent, nodes.get(d.tag, d.tag), topology) or () for d in devices}
    used = Counter((d.parent, step) for d in devices for step in ways[d.tag])

    def shared(device: PlannedDevice) -> float:
        common = (step for step in ways[device.tag] if used[device.parent, step] > 1)
        return round(sum(_cold_ohm(step, topology) for step in common), 5)

    return tuple(replace(d, shared_ohm=ohms) if (ohms := shared(d)) else d for d in devices)


def _design_current(circuits: Sequence[Circuit]) -> float | None:
    return sum(circuit.design_current_a for circuit in circuits) or None
