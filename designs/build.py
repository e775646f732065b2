"""Turn an expanded template and the equipment list into the frozen values of a one-line diagram."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from designs.equipment_list import (
    CableType,
    CurrentTransformer,
    EquipmentList,
    Fuse,
    Mcb,
    Mccb,
    MeterType,
    Rcd,
    Spd,
    StationType,
    SwitchboardType,
)
from designs.errors import DesignError
from designs.loading import demand_through
from designs.model import (
    MCCB_TOLERANCE,
    Cable,
    Circuit,
    Connector,
    Meter,
    ModbusAddress,
    OneLine,
    ProtectiveDevice,
    ResidualCurrentDevice,
    Station,
    Supply,
    Switchboard,
)
from designs.schema import load_value
from designs.standard_design import Template
from designs.template import Scope, expand, resolve

T = TypeVar("T")

#: Upper edge of the instantaneous trip band, as a multiple of In (IEC 60898-1).
MCB_BAND = {"B": 5.0, "C": 10.0, "D": 20.0}
PROTECTIVE: tuple[type[Mcb | Mccb | Fuse], ...] = (Mcb, Mccb, Fuse)


@dataclass(frozen=True, slots=True)
class SwitchboardRow:
    """A switchboard as a template writes it."""

    tag: str
    title: str
    equipment: str
    spd: str | None = None


@dataclass(frozen=True, slots=True)
class StationRow:
    """A charging station as a template writes it."""

    tag: str
    title: str
    equipment: str
    phase_rotation: str
    group: int
    modbus: ModbusAddress | None = None


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter as a template writes it; ``ct`` is not used by a directly connected meter."""

    tag: str
    title: str
    equipment: str
    board: str
    measures: tuple[str, ...]
    parent: str | None = None
    ct: str | None = None
    modbus: ModbusAddress | None = None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A protective device as a template writes it, with the settings of an adjustable one."""

    equipment: str
    setting_a: float | None = None
    instantaneous_a: float | None = None


@dataclass(frozen=True, slots=True)
class CableRow:
    """A cable as laid, as a template writes it."""

    equipment: str
    length_m: float
    method: str
    grouped_circuits: int
    ambient_c: float
    parallel: int = 1


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """A circuit as a template writes it; ``managed_to_a`` is what load management keeps it within."""

    tag: str
    title: str
    source: str
    target: str
    device: DeviceRow
    cable: CableRow
    rcd: str | None = None
    managed_to_a: float | None = None


def build_one_line(template: Template, scope: Scope, equipment: EquipmentList) -> OneLine:
    """Return the one-line diagram of a template in a scope."""
    supply = load_value(Supply, resolve(dict(template.supply), scope.at(f"{scope.where}: supply")), "supply")
    boards = [
        _board(row, equipment) for row in _rows(SwitchboardRow, template.switchboards, scope, "switchboards")
    ]
    stations = [_station(row, equipment) for row in _rows(StationRow, template.stations, scope, "stations")]
    meters = [_meter(row, equipment) for row in _rows(MeterRow, template.meters, scope, "meters")]
    rows = _rows(CircuitRow, template.circuits, scope, "circuits")
    circuits = _circuits(rows, equipment, {station.tag: station for station in stations})
    stations = [_with_dc_protection(station, circuits) for station in stations]
    return OneLine(supply, (), tuple(boards), tuple(stations), tuple(meters), tuple(circuits))


def _rows(cls: type[T], elements: tuple[Any, ...], scope: Scope, name: str) -> list[T]:
    raws = expand(elements, scope.at(f"{scope.where}: {name}"))
    return [load_value(cls, raw, f"{scope.where}: {name} {raw.get('tag', '')}") for raw in raws]


def _board(row: SwitchboardRow, equipment: EquipmentList) -> Switchboard:
    kind = equipment.find(row.equipment, (SwitchboardType,), row.tag)
    if row.spd is not None:
        equipment.find(row.spd, (Spd,), row.tag)
    return Switchboard(
        row.tag, row.title, kind.id, kind.rated_current_a, kind.short_circuit_rating_ka, row.spd
    )


def _station(row: StationRow, equipment: EquipmentList) -> Station:
    kind = equipment.find(row.equipment, (StationType,), row.tag)
    connectors = tuple(
        Connector(f"{row.tag}.{number}", outlet.kind, outlet.rated_current_a, outlet.phases, outlet.power_kw)
        for number, outlet in enumerate(kind.connectors, start=1)
    )
    return Station(
        tag=row.tag,
        title=row.title,
        equipment=kind.id,
        profile=kind.profile,
        connectors=connectors,
        dc_fault_protection=kind.dc_fault_protection,
        phase_rotation=row.phase_rotation,
        group=row.group,
        modbus=row.modbus,
        rated_input_a=kind.rated_input_a,
        phases=kind.phases,
        point_rcd=kind.point_rcd,
    )


def _with_dc_protection(station: Station, circuits: list[Circuit]) -> Station:
    feeder = next((circuit for circuit in circuits if circuit.target == station.tag), None)
    upstream_b = feeder is not None and feeder.rcd is not None and feeder.rcd.type == "B"
    if station.dc_fault_protection == "none" and upstream_b:
        return replace(station, dc_fault_protection="rcd-b")
    return station


def _meter(row: MeterRow, equipment: EquipmentList) -> Meter:
    kind = equipment.find(row.equipment, (MeterType,), row.tag)
    transformer = _transformer(row, kind, equipment)
    classes = [kind.accuracy_percent, *([transformer.accuracy_percent] if transformer else [])]
    return Meter(
        tag=row.tag,
        title=row.title,
        equipment=kind.id,
        profile=kind.profile,
        board=row.board,
        parent=row.parent,
        measures=row.measures,
        ct_primary_a=transformer.primary_a if transformer else None,
        ct_secondary_a=transformer.secondary_a if transformer else None,
        accuracy_percent=round(math.hypot(*classes), 2),
        modbus=row.modbus,
        max_current_a=transformer.primary_a if transformer else kind.max_current_a,
    )


def _transformer(row: MeterRow, kind: MeterType, equipment: EquipmentList) -> CurrentTransformer | None:
    if kind.connection == "direct":
        return None
    if row.ct is None:
        raise DesignError(f"{row.tag}: the meter {kind.id} needs current transformers; name them as ct.")
    transformer = equipment.find(row.ct, (CurrentTransformer,), row.tag)
    if transformer.secondary_a not in kind.ct_secondaries_a:
        raise DesignError(
            f"{row.tag}: {kind.id} does not take the {transformer.secondary_a:g} A secondary of "
            f"{transformer.id}."
        )
    return transformer


def _circuits(
    rows: list[CircuitRow], equipment: EquipmentList, stations: Mapping[str, Station]
) -> list[Circuit]:
    ends = {row.tag: (row.source, row.target, row.managed_to_a) for row in rows}
    demand = demand_through(ends, stations)
    return [
        Circuit(
            tag=row.tag,
            title=row.title,
            source=row.source,
            target=row.target,
            phases=stations[row.target].phases if row.target in stations else 3,
            design_current_a=demand[row.tag],
            device=_device(row, equipment),
            rcd=_rcd(row, equipment),
            cable=_cable(row, equipment),
        )
        for row in rows
    ]


def _device(row: CircuitRow, equipment: EquipmentList) -> ProtectiveDevice:
    kind = equipment.find(row.device.equipment, PROTECTIVE, row.tag)
    if isinstance(kind, Mccb):
        return _mccb(row, kind)
    if row.device.setting_a is not None or row.device.instantaneous_a is not None:
        raise DesignError(f"{row.tag}: {kind.id} has no settings; leave the settings of this circuit out.")
    if isinstance(kind, Mcb):
        operating = MCB_BAND[kind.characteristic] * kind.rated_current_a
        return _protective(kind, "mcb", kind.rated_current_a, operating)
    return _protective(kind, "gg-fuse", kind.rated_current_a, kind.operating_5s_a)


def _mccb(row: CircuitRow, kind: Mccb) -> ProtectiveDevice:
    setting = kind.rated_current_a if row.device.setting_a is None else row.device.setting_a
    _check_setting(row.tag, "overload setting Ir", setting, kind.setting_min_a, kind.rated_current_a)
    instantaneous = row.device.instantaneous_a
    instantaneous = kind.instantaneous_min_a if instantaneous is None else instantaneous
    _check_setting(
        row.tag, "instantaneous setting Ii", instantaneous, kind.instantaneous_min_a, kind.instantaneous_max_a
    )
    return _protective(kind, "mccb", setting, MCCB_TOLERANCE * instantaneous)


def _check_setting(tag: str, name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise DesignError(
            f"{tag}: the {name} of this device goes from {low:g} to {high:g} A, not to {value:g} A."
        )


def _protective(kind: Mcb | Mccb | Fuse, word: Any, rated: float, operating: float) -> ProtectiveDevice:
    return ProtectiveDevice(
        equipment=kind.id,
        kind=word,
        characteristic=kind.characteristic if isinstance(kind, Mcb) else "",
        rated_current_a=rated,
        breaking_capacity_ka=kind.breaking_capacity_ka,
        poles=kind.poles,
        instantaneous_a=operating,
        i2t_a2s=kind.i2t_a2s,
    )


def _rcd(row: CircuitRow, equipment: EquipmentList) -> ResidualCurrentDevice | None:
    if row.rcd is None:
        return None
    kind = equipment.find(row.rcd, (Rcd,), row.tag)
    return ResidualCurrentDevice(
        kind.id, kind.type, kind.rated_residual_ma, kind.selective, kind.rated_current_a
    )


def _cable(row: CircuitRow, equipment: EquipmentList) -> Cable:
    kind = equipment.find(row.cable.equipment, (CableType,), row.tag)
    if row.cable.method not in kind.iz_a:
        known = ", ".join(kind.iz_a)
        raise DesignError(
            f"{row.tag}: {kind.id} has no current-carrying capacity for method {row.cable.method}, "
            f"only {known}."
        )
    return Cable(
        equipment=kind.id,
        conductor=kind.conductor,
        insulation=kind.insulation,
        cores=kind.cores,
        area_mm2=kind.area_mm2,
        pe_area_mm2=kind.pe_area_mm2,
        length_m=row.cable.length_m,
        method=row.cable.method,
        grouped_circuits=row.cable.grouped_circuits,
        ambient_c=row.cable.ambient_c,
        r20_ohm_per_km=kind.r20_ohm_per_km,
        x_ohm_per_km=kind.x_ohm_per_km,
        pe_r20_ohm_per_km=kind.pe_r20_ohm_per_km,
        iz_tabulated_a=kind.iz_a[row.cable.method],
        parallel=row.cable.parallel,
    )
