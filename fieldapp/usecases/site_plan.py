"""The plan that device-probe reads a site by, from its one-line diagram and study."""

from typing import Any

from designs.model import Circuit, Meter, OneLine, Station, Study
from device_probe.model import PlannedDevice, SitePlan
from device_probe.report import dump_plan
from fieldapp.store import sites
from fieldapp.store.database import reading
from fieldapp.usecases import permissions
from fieldapp.usecases.viewer import Viewer


def site_plan(viewer: Viewer, site_id: str) -> dict[str, Any]:
    """Return the site plan as JSON."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id)
        generated = sites.generated(db, site)
    return dump_plan(plan_of(site_id, site.name, generated.site_design.one_line, generated.study))


def plan_of(site_id: str, name: str, one_line: OneLine, study: Study) -> SitePlan:
    """Return the plan of a one-line diagram: every meter and station that answers Modbus."""
    point = study.connection_point
    meters = (_meter(each, one_line) for each in one_line.meters)
    stations = (_station(each, one_line) for each in one_line.stations)
    return SitePlan(
        site=site_id,
        name=name,
        voltage_v=one_line.supply.voltage_v,
        frequency_hz=one_line.supply.frequency_hz,
        thd_voltage_limit_percent=point.thd_voltage_limit_percent,
        thd_clause=point.thd_clause,
        demand_current_a=point.demand_managed_a,
        tdd_current_limit_percent=point.tdd_current_limit_percent,
        devices=tuple(each for each in (*meters, *stations) if each),
    )


def _meter(meter: Meter, one_line: OneLine) -> PlannedDevice | None:
    if meter.modbus is None or meter.profile is None:
        return None
    circuits = [one_line.circuit(tag) for tag in meter.measures]
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
        ct_primary_a=meter.ct_primary_a,
        ct_secondary_a=meter.ct_secondary_a,
        design_current_a=_design_current(circuits),
        accuracy_percent=meter.accuracy_percent,
    )


def _station(station: Station, one_line: OneLine) -> PlannedDevice | None:
    circuit = one_line.circuit_to(station.tag)
    if station.modbus is None or station.profile is None or circuit is None:
        return None
    return PlannedDevice(
        tag=station.tag,
        profile=station.profile,
        host=station.modbus.host,
        port=station.modbus.port,
        unit=station.modbus.unit,
        role="station",
        parent=_meter_above(circuit, one_line),
        circuits=(circuit.tag,),
        phases=circuit.phases,
        phase_rotation=station.phase_rotation,
        design_current_a=circuit.design_current_a,
    )


def _meter_above(circuit: Circuit, one_line: OneLine) -> str | None:
    """The meter that sees this circuit's current, the nearest one up the one-line."""
    path = [each.tag for each in one_line.path_to(circuit.target)]
    for tag in reversed(path):
        for meter in one_line.meters:
            if tag in meter.measures:
                return meter.tag
    return None


def _design_current(circuits: list[Circuit]) -> float | None:
    return sum(circuit.design_current_a for circuit in circuits) or None
