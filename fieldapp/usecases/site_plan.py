"""The plan that device-probe reads a site by, from its one-line diagram and study."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlmodel import Session

from designs.equipment_list import EquipmentList, load_equipment
from designs.model import Circuit, Meter, OneLine, PvInverter, Station, Storage, Study
from designs.topology import Topology
from device_probe.model import PlannedDevice, SitePlan
from device_probe.problems import ProfileError
from device_probe.profile_schema import load_profile
from device_probe.report import dump_plan
from fieldapp.config import settings
from fieldapp.store import sites
from fieldapp.store.database import reading
from fieldapp.store.sites import Generated
from fieldapp.tables import SiteRow
from fieldapp.usecases import permissions
from fieldapp.usecases.viewer import Viewer


def site_plan(viewer: Viewer, site_id: str) -> dict[str, Any]:
    """Return the site plan as JSON."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id)
        generated = sites.generated(db, site)
        serials = _recorded_serials(db, site, generated)
    one_line = generated.site_design.one_line
    plan = plan_of(site_id, site.name, one_line, generated.study)
    return dump_plan(as_approved(plan, one_line, _listed(settings().designs), serials))


def as_approved(
    plan: SitePlan, one_line: OneLine, equipment: EquipmentList, serials: Mapping[str, str]
) -> SitePlan:
    """Add what a scan has to find: the firmware that the equipment list approves, serial numbers by tag."""
    nodes: tuple[Meter | Station | Storage | PvInverter, ...] = (
        *one_line.meters,
        *one_line.stations,
        *one_line.storage,
        *one_line.pv,
    )
    firmware = {node.tag: _firmware(equipment, node.equipment) for node in nodes}
    devices = (
        replace(each, approved_firmware=firmware.get(each.tag, ()), serial_number=serials.get(each.tag))
        for each in plan.devices
    )
    return replace(plan, devices=tuple(devices))


def _firmware(equipment: EquipmentList, equipment_id: str) -> tuple[str, ...]:
    item = equipment.items.get(equipment_id)
    if item is None or item.firmware is None:
        return ()
    bounds = ((">=", item.firmware.minimum), ("<=", item.firmware.maximum))
    return tuple(f"{sign}{version}" for sign, version in bounds if version is not None)


def _recorded_serials(db: Session, site: SiteRow, generated: Generated) -> dict[str, str]:
    """Return the serial numbers that were read off the nameplates, by tag."""
    asked = {key: item.tag for key, item in generated.items.items() if item.evidence == "serial"}
    found = sites.states(db, site.id, asked.keys())
    return {asked[key]: state.value.raw for key, state in found.items() if state.value is not None}


@lru_cache(maxsize=4)
def _listed(folder: Path | None) -> EquipmentList:
    """Return the equipment list; it does not change while the server runs."""
    return load_equipment(folder)


def plan_of(site_id: str, name: str, one_line: OneLine, study: Study) -> SitePlan:
    """Return the plan of a one-line diagram: every meter, station, storage and inverter that answers Modbus.

    Voltage and demand are those of the low-voltage side, where the devices measure.
    """
    point, topology = study.connection_point, Topology(one_line)
    voltage = topology.voltage_v(one_line.switchboards[0].tag)
    meters = (_meter(each, topology) for each in one_line.meters)
    stations = (each for station in one_line.stations for each in _connectors(station, topology))
    storage = (_source(each, topology) for each in one_line.storage)
    pv = (_source(each, topology) for each in one_line.pv)
    return SitePlan(
        site=site_id,
        name=name,
        voltage_v=voltage,
        frequency_hz=one_line.supply.frequency_hz,
        thd_voltage_limit_percent=point.thd_voltage_limit_percent,
        thd_clause=point.thd_clause,
        demand_current_a=point.demand_managed_a * one_line.supply.voltage_v / voltage,
        tdd_current_limit_percent=point.tdd_current_limit_percent,
        devices=tuple(each for each in (*meters, *stations, *storage, *pv) if each),
    )


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
    )


def _single_phase_rotation(circuits: list[Circuit], topology: Topology) -> str:
    """The phase that the meter of one single-phase point sits on, first; every other meter sees L1 L2 L3."""
    if len(circuits) == 1 and circuits[0].phases == 1:
        fed = topology.node_of[circuits[0].target]
        if isinstance(fed, Station):
            return fed.phase_rotation
    return "L1L2L3"


def _station(station: Station, topology: Topology) -> PlannedDevice | None:
    circuit = topology.feeder.get(station.tag)
    if station.modbus is None or station.profile is None or circuit is None:
        return None
    return PlannedDevice(
        tag=station.tag,
        profile=station.profile,
        host=station.modbus.host,
        port=station.modbus.port,
        unit=station.modbus.unit,
        role="station",
        parent=_meter_above(circuit, topology),
        circuits=(circuit.tag,),
        phases=circuit.phases,
        phase_rotation=station.phase_rotation,
        design_current_a=circuit.design_current_a,
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
    )


def _meter_above(circuit: Circuit, topology: Topology) -> str | None:
    """The meter that sees this circuit's current, the nearest one up the one-line."""
    measured_by = {tag: meter.tag for meter in reversed(topology.one_line.meters) for tag in meter.measures}
    path = topology.path(circuit.target)
    return next((measured_by[each.tag] for each in reversed(path) if each.tag in measured_by), None)


def _design_current(circuits: list[Circuit]) -> float | None:
    return sum(circuit.design_current_a for circuit in circuits) or None
