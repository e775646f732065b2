"""Nodes and meters of the one-line: what a row says joined with the approved equipment."""

import math

from designs.equipment_list import (
    CurrentTransformer,
    EquipmentList,
    MeterType,
    PvInverterType,
    Spd,
    StationType,
    StorageType,
    SwitchboardType,
    TransformerType,
)
from designs.errors import DesignError
from designs.model import Connector, Earthing, Meter, PvInverter, Station, Storage, Switchboard, Transformer
from designs.rows import MeterRow, SourceRow, StationRow, SwitchboardRow, TransformerRow

#: A switchboard is fed by a circuit of three phases.
BOARD_PHASES = 3


def transformer_of(row: TransformerRow, equipment: EquipmentList) -> Transformer:
    """Return an own transformer."""
    kind = equipment.find(row.equipment, (TransformerType,), row.tag)
    return Transformer(
        tag=row.tag,
        title=row.title,
        equipment=kind.id,
        rated_power_kva=kind.rated_power_kva,
        rated_voltage_v=kind.rated_voltage_v,
        uk_percent=kind.uk_percent,
        copper_loss_kw=kind.copper_loss_kw,
        source=row.source,
        rated_primary_v=kind.rated_primary_v,
        nominal_voltage_v=kind.nominal_voltage_v,
        vector_group=kind.vector_group,
        x0_over_x1=kind.x0_over_x1,
        r0_over_r1=kind.r0_over_r1,
    )


def switchboard_of(row: SwitchboardRow, equipment: EquipmentList, earthing: Earthing) -> Switchboard:
    """Return a switchboard with its surge protective device.

    DesignError for one that the system earthing can't have: in TT varistors from the lines to PE would carry
    the mains current of a fault over the electrode (IEC 60364-5-53, 534.4.3: 3+1 before the RCD).
    """
    kind = equipment.find(row.equipment, (SwitchboardType,), row.tag)
    if row.spd is not None:
        spd = equipment.find(row.spd, (Spd,), row.tag)
        if earthing not in spd.earthings:
            known = ", ".join(spd.earthings)
            raise DesignError(f"{row.tag}: {spd.id} is for {known}, not for {earthing}; choose another SPD.")
        if spd.phases < BOARD_PHASES:
            raise DesignError(f"{row.tag}: {spd.id} is single-phase, the board has three phases.")
    return Switchboard(
        tag=row.tag,
        title=row.title,
        equipment=kind.id,
        rated_current_a=kind.rated_current_a,
        short_circuit_rating_ka=kind.short_circuit_rating_ka,
        spd=row.spd,
        kind=row.kind or kind.kind,
    )


def station_of(row: StationRow, equipment: EquipmentList) -> Station:
    """Return a charging station with its connectors."""
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
        current=kind.current,
        power_factor=kind.power_factor,
        minimum_a=kind.minimum_a,
        third_harmonic_percent=kind.third_harmonic_percent,
        spectrum=kind.spectrum,
        open_pen_protection=kind.open_pen_protection,
    )


def storage_of(row: SourceRow, equipment: EquipmentList) -> Storage:
    """Return a battery storage."""
    kind = equipment.find(row.equipment, (StorageType,), row.tag)
    return Storage(
        tag=row.tag,
        title=row.title,
        equipment=kind.id,
        profile=kind.profile,
        rated_power_kw=kind.rated_power_kw,
        rated_current_a=kind.rated_current_a,
        capacity_kwh=kind.capacity_kwh,
        short_circuit_factor=kind.short_circuit_factor,
        modbus=row.modbus,
        spectrum=kind.spectrum,
    )


def pv_of(row: SourceRow, equipment: EquipmentList) -> PvInverter:
    """Return a PV inverter."""
    kind = equipment.find(row.equipment, (PvInverterType,), row.tag)
    return PvInverter(
        tag=row.tag,
        title=row.title,
        equipment=kind.id,
        profile=kind.profile,
        rated_power_kw=kind.rated_power_kw,
        rated_current_a=kind.rated_current_a,
        short_circuit_factor=kind.short_circuit_factor,
        modbus=row.modbus,
        spectrum=kind.spectrum,
    )


def meter_of(row: MeterRow, equipment: EquipmentList) -> Meter:
    """Return a meter with its current transformers; accuracies add as the root of squares."""
    kind = equipment.find(row.equipment, (MeterType,), row.tag)
    transformer = _current_transformer(row, kind, equipment)
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


def _current_transformer(
    row: MeterRow, kind: MeterType, equipment: EquipmentList
) -> CurrentTransformer | None:
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
