"""The plan that device-probe reads a site by, from its one-line diagram and study."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlmodel import Session

from designs import harmonic_points
from designs.equipment_list import EquipmentList, load_equipment
from designs.harmonic_points import Expected
from designs.model import Meter, OneLine, PvInverter, Station, Storage, Study, Supply
from designs.topology import Topology
from device_probe.model import Expectation, SitePlan, VoltageStandard
from device_probe.report import dump_plan
from fieldapp.config import settings
from fieldapp.store import sites
from fieldapp.store.database import reading
from fieldapp.store.sites import Generated
from fieldapp.tables import SiteRow
from fieldapp.usecases import permissions
from fieldapp.usecases.planned_devices import devices_of
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

    Voltage and demand are those of the low-voltage side, where the devices measure; Isc/IL is a ratio, the
    same on both sides.
    """
    point, topology = study.connection_point, Topology(one_line)
    voltage = topology.voltage_v(one_line.switchboards[0].tag)
    devices = devices_of(one_line)
    read = {each.tag for each in devices}
    expected = harmonic_points.at_meters(one_line)
    return SitePlan(
        site=site_id,
        name=name,
        voltage_v=voltage,
        frequency_hz=one_line.supply.frequency_hz,
        thd_voltage_limit_percent=point.thd_voltage_limit_percent,
        thd_clause=point.thd_clause,
        demand_current_a=point.demand_managed_a * one_line.supply.voltage_v / voltage,
        tdd_current_limit_percent=point.tdd_current_limit_percent,
        devices=devices,
        isc_over_il=point.isc_over_il,
        voltage_standard=_voltage_standard(one_line),
        grid_harmonics=_grid_harmonics(one_line.supply, voltage),
        expected={tag: _expectation(each) for tag, each in expected.items() if tag in read},
    )


def _voltage_standard(one_line: OneLine) -> VoltageStandard:
    """EN 50160 where the public network ends; behind an own transformer the network is an industrial one.

    EN 50160 leaves those out (its scope): there IEC 61000-2-4 holds; in North America IEEE 519.
    """
    if one_line.rule_set == "nec":
        return "ieee519"
    return "61000-2-4-class-2" if one_line.supply.own_transformer else "en50160"


def _grid_harmonics(supply: Supply, voltage_v: float) -> dict[int, float]:
    """The network operator's limits hold where they were agreed: not on the other side of a transformer."""
    agreed = supply.harmonic_limits if supply.voltage_v == voltage_v else None
    return {int(order): percent for order, percent in (agreed or {}).items()}


def _expectation(found: Expected) -> Expectation:
    return Expectation(
        found.current_a,
        found.thd_voltage_percent,
        found.harmonic_voltage_percent,
        found.harmonic_current_a,
        found.statement,
    )
