"""Refuse a one-line that can't be built: tags, feeds, meters, controllers, stops, network, phases."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from designs.errors import DesignError
from designs.model import OneLine, Station
from designs.rows import Rows

_TAG = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*(\.[0-9]+)?\Z")
_ROTATION = re.compile(r"(L[123]){1,3}\Z")
#: A tag is written on a label: no longer than this.
MAX_TAG = 24


class Tagged(Protocol):
    """Anything that bears a tag."""

    @property
    def tag(self) -> str:
        """Return the tag."""


def check_one_line(one_line: OneLine, where: str) -> None:
    """Refuse a one-line that can't be built, in one sentence that begins with ``where``."""
    check_structure(one_line, where)
    check_tags(_all_tags(one_line), where)
    _check_protected(one_line, where)
    _check_phases(one_line, where)
    _check_meters(one_line, where)
    _check_controllers(one_line, where)
    _check_stops(one_line, where)
    _check_network(one_line, where)
    _check_addresses(one_line, where)


def check_structure(line: OneLine | Rows, where: str) -> None:
    """Refuse bad or repeated tags, dangling ends, circular feeds and unfed nodes; rows can be judged, too."""
    check_tags(_own_tags(line), where)
    _check_feeds(line, where)


def check_tags(tags: Iterable[str], where: str) -> None:
    """Refuse what is not a tag, and a tag that stands twice."""
    seen: set[str] = set()
    for tag in tags:
        if not _TAG.match(tag) or len(tag) > MAX_TAG:
            raise DesignError(
                f"{where}: {tag!r:.80} is not a tag; tags are capitals and digits, such as MSB or CH03."
            )
        if tag in seen:
            raise DesignError(f"{where}: the tag {tag} is used twice.")
        seen.add(tag)


def _all_tags(one_line: OneLine) -> list[str]:
    connectors = [connector.tag for station in one_line.stations for connector in station.connectors]
    return [*_own_tags(one_line), *connectors]


def _nodes(line: OneLine | Rows) -> list[str]:
    groups: tuple[Sequence[Tagged], ...] = (
        line.transformers, line.switchboards, line.stations, line.loads, line.storage, line.pv,
    )  # fmt: skip
    return [line.supply.tag, *(node.tag for group in groups for node in group)]


def _own_tags(line: OneLine | Rows) -> list[str]:
    groups: tuple[Sequence[Tagged], ...] = (
        line.meters, line.circuits, line.emergency_stops, line.controllers, line.network,
    )  # fmt: skip
    return [*_nodes(line), *(each.tag for group in groups for each in group)]


def _check_feeds(line: OneLine | Rows, where: str) -> None:
    nodes = set(_nodes(line))
    fed: dict[str, tuple[str, str]] = {}  # node -> what feeds it, and from where
    for transformer in line.transformers:
        if transformer.source not in nodes:
            raise DesignError(
                f"{where}: transformer {transformer.tag} is fed from {transformer.source:.60}, "
                "which does not exist."
            )
        fed[transformer.tag] = (transformer.tag, transformer.source)
    for circuit in line.circuits:
        for end in (circuit.source, circuit.target):
            if end not in nodes:
                raise DesignError(f"{where}: circuit {circuit.tag} ends at {end:.60}, which does not exist.")
        if circuit.target == line.supply.tag:
            raise DesignError(f"{where}: circuit {circuit.tag} ends at the supply; turn it round.")
        if circuit.target in fed:
            raise DesignError(
                f"{where}: {circuit.target} is fed by more than one circuit: {fed[circuit.target][0]} and "
                f"{circuit.tag}."
            )
        fed[circuit.target] = (circuit.tag, circuit.source)
    _check_tree(line, {node: source for node, (_, source) in fed.items()}, where)


def _check_tree(line: OneLine | Rows, source_of: Mapping[str, str], where: str) -> None:
    """Refuse nodes whose way up does not end at the supply, and nodes that can't feed anything."""
    reached = {line.supply.tag}
    for start in _nodes(line):
        way, at = [], start
        while at not in reached:
            way.append(at)
            reached.add(at)
            if at not in source_of:
                raise DesignError(f"{where}: {at} is not fed from {line.supply.tag} by any circuit.")
            at = source_of[at]
            if at in way:
                raise DesignError(f"{where}: {start} is fed in a circle through {at}.")
    ends = {node.tag for group in (line.stations, line.loads) for node in group}
    for node, source in source_of.items():
        if source in ends:
            raise DesignError(f"{where}: {node} is fed from {source}, which can't feed anything.")


def _check_protected(one_line: OneLine, where: str) -> None:
    feeder = {circuit.target: circuit for circuit in one_line.circuits}
    for circuit in one_line.circuits:
        name = circuit.protected_by
        if name is None:
            continue
        above = feeder.get(circuit.source)
        while above is not None and above.tag != name:
            above = feeder.get(above.source)
        if above is None:
            raise DesignError(
                f"{where}: circuit {circuit.tag} is protected_by {name}, which is not upstream of it."
            )


def _check_phases(one_line: OneLine, where: str) -> None:
    stations = {station.tag: station for station in one_line.stations}
    for station in one_line.stations:
        _check_rotation(station, where)
    for circuit in one_line.circuits:
        target = stations.get(circuit.target)
        if circuit.device.poles < circuit.phases and circuit.protected_by is None:
            raise DesignError(
                f"{where}: circuit {circuit.tag} to {circuit.target} has {circuit.phases} phases, its device "
                f"{circuit.device.equipment} only {circuit.device.poles} poles."
            )
        if circuit.cable.cores == 3 and circuit.phases == 3 and circuit.cable.kind == "cable":
            need = f"{target.equipment} has three phases" if target else "only a single-phase end may have it"
            raise DesignError(
                f"{where}: circuit {circuit.tag} to {circuit.target} has the single-phase cable "
                f"{circuit.cable.equipment}; {need}."
            )


def _check_rotation(station: Station, where: str) -> None:
    landed = re.findall("L[123]", station.phase_rotation)
    right = _ROTATION.match(station.phase_rotation) and len(set(landed)) == len(landed)
    if not right or len(landed) not in (3, station.phases):
        raise DesignError(
            f"{where}: {station.tag}: phase_rotation must be like L1L2L3 or L2L3L1, "
            f"not {station.phase_rotation!r:.40}."
        )


def _check_meters(one_line: OneLine, where: str) -> None:
    circuits = {circuit.tag for circuit in one_line.circuits}
    parents = {meter.tag: meter.parent for meter in one_line.meters}
    boards = _boards(one_line)
    for meter in one_line.meters:
        for tag in meter.measures:
            if tag not in circuits:
                raise DesignError(f"{where}: meter {meter.tag} measures {tag:.60}, which is not a circuit.")
        if meter.parent is not None and (meter.parent not in parents or meter.parent == meter.tag):
            raise DesignError(
                f"{where}: the parent {meter.parent:.60} of meter {meter.tag} is not another meter."
            )
        if meter.board not in boards:
            raise DesignError(
                f"{where}: meter {meter.tag} stands in {meter.board:.60}, which is not a switchboard."
            )
    _check_parents(parents, where)


def _check_parents(parents: Mapping[str, str | None], where: str) -> None:
    known: set[str] = set()
    for start in parents:
        way: list[str] = []
        at: str | None = start
        while at is not None and at not in known:
            if at in way:
                raise DesignError(f"{where}: the meter {start} is its own parent through {at}.")
            way.append(at)
            at = parents[at]
        known.update(way)


def _boards(one_line: OneLine) -> set[str]:
    """Return where a meter or a controller can stand: switchboards and the terminals of a transformer."""
    return {each.tag for group in (one_line.switchboards, one_line.transformers) for each in group}


def _check_controllers(one_line: OneLine, where: str) -> None:
    flexible = {each.tag for group in (one_line.stations, one_line.storage) for each in group}
    meters, boards = {meter.tag for meter in one_line.meters}, _boards(one_line)
    controlled: dict[str, str] = {}
    for each in one_line.controllers:
        if each.board not in boards:
            raise DesignError(
                f"{where}: controller {each.tag} stands in {each.board:.60}, which is not a switchboard."
            )
        if each.meter is not None and each.meter not in meters:
            raise DesignError(f"{where}: controller {each.tag} reads {each.meter:.60}, which is not a meter.")
        for tag in each.controls:
            if tag not in flexible:
                raise DesignError(
                    f"{where}: controller {each.tag} controls {tag:.60}, which is no station and no storage."
                )
            if controlled.setdefault(tag, each.tag) != each.tag:
                raise DesignError(f"{where}: {tag} is controlled by {controlled[tag]} and by {each.tag}.")


def _check_stops(one_line: OneLine, where: str) -> None:
    circuits = {circuit.tag for circuit in one_line.circuits}
    for stop in one_line.emergency_stops:
        if not stop.opens:
            raise DesignError(f"{where}: emergency stop {stop.tag} opens no circuit.")
        for tag in stop.opens:
            if tag not in circuits:
                raise DesignError(
                    f"{where}: emergency stop {stop.tag} opens {tag:.60}, which is not a circuit."
                )


def _check_network(one_line: OneLine, where: str) -> None:
    known = {*_all_tags(one_line)}
    for device in one_line.network:
        for tag in device.connects:
            if tag not in known or tag == device.tag:
                raise DesignError(f"{where}: {device.tag} connects {tag:.60}, which does not exist.")


def _check_addresses(one_line: OneLine, where: str) -> None:
    groups = (one_line.meters, one_line.stations, one_line.storage, one_line.pv, one_line.controllers)
    seen: dict[tuple[str, int, int], str] = {}
    for group in groups:
        for device in group:
            if device.modbus is None:
                continue
            address = (device.modbus.host.lower(), device.modbus.port, device.modbus.unit)
            other = seen.setdefault(address, device.tag)
            if other != device.tag:
                raise DesignError(
                    f"{where}: {other} and {device.tag} answer at the same host {address[0]:.80}, "
                    f"port {address[1]} and unit {address[2]}."
                )
