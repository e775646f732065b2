"""Protective devices, RCDs and cables of circuits: what a row says joined with the approved equipment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from designs.equipment_classes import BusbarType
from designs.equipment_list import Acb, CableType, EquipmentList, Fuse, Mcb, Mccb, Rcd
from designs.errors import DesignError
from designs.model import (
    MCCB_TOLERANCE,
    Cable,
    LengthSource,
    ProtectiveDevice,
    ResidualCurrentDevice,
)
from designs.rows import CableRow, CircuitRow, DeviceRow

#: The instantaneous trip band as multiples of In (IEC 60898-1): lower and upper edge.
MCB_BAND = {"B": (3.0, 5.0), "C": (5.0, 10.0), "D": (10.0, 20.0)}
PROTECTIVE: tuple[type[Mcb | Mccb | Acb | Fuse], ...] = (Mcb, Mccb, Acb, Fuse)
#: The adjustable values of each kind of device.
_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "mccb": ("setting_a", "instantaneous_a"),
    "acb": ("setting_a", "instantaneous_a", "short_time_a", "short_time_s"),
}


def settings_of(kind: object) -> tuple[str, ...]:
    """Return which settings an equipment class has, by the keys of a circuit's ``device``."""
    word = "mccb" if isinstance(kind, Mccb) else "acb" if isinstance(kind, Acb) else ""
    return _SETTINGS.get(word, ())


def protective_device(tag: str, row: DeviceRow, equipment: EquipmentList) -> ProtectiveDevice:
    """Return the protective device of a circuit with its settings."""
    if row.equipment is None:
        raise DesignError(f"{tag}: the device needs an equipment, or protected_by.")
    kind = equipment.find(row.equipment, PROTECTIVE, tag)
    _refuse_settings(tag, kind.id, row, settings_of(kind))
    if isinstance(kind, Acb):
        return _acb(tag, row, kind)
    if isinstance(kind, Mccb):
        return _mccb(tag, row, kind)
    if isinstance(kind, Mcb):
        low, high = (edge * kind.rated_current_a for edge in MCB_BAND[kind.characteristic])
        return _protective(kind, "mcb", kind.rated_current_a, high, low)
    return _protective(kind, "gg-fuse", kind.rated_current_a, kind.operating_5s_a, None)


def rcd_of(
    tag: str, equipment_id: str | None, phases: int, equipment: EquipmentList
) -> ResidualCurrentDevice | None:
    """Return the RCD of a circuit, None when it has none; it opens every phase and the neutral."""
    if equipment_id is None:
        return None
    kind = equipment.find(equipment_id, (Rcd,), tag)
    if kind.poles < phases + 1:
        raise DesignError(
            f"{tag}: {kind.id} has {kind.poles} poles, too few for {phases} phases and neutral."
        )
    return ResidualCurrentDevice(
        kind.id, kind.type, kind.rated_residual_ma, kind.selective, kind.rated_current_a
    )


def cable_of(row: CircuitRow, length_m: float, source: LengthSource, equipment: EquipmentList) -> Cable:
    """Return the cable of a circuit as laid."""
    laid: CableRow = row.cable
    kind = equipment.find(laid.equipment, (CableType,), row.tag)
    if laid.method not in kind.iz_a:
        known = ", ".join(kind.iz_a)
        raise DesignError(
            f"{row.tag}: {kind.id} has no current-carrying capacity for method {laid.method:.20}, "
            f"only {known}."
        )
    return Cable(
        equipment=kind.id,
        conductor=kind.conductor,
        insulation=kind.insulation,
        cores=kind.cores,
        area_mm2=kind.area_mm2,
        pe_area_mm2=kind.pe_area_mm2,
        length_m=length_m,
        method=laid.method,
        grouped_circuits=laid.grouped_circuits,
        ambient_c=laid.ambient_c,
        r20_ohm_per_km=kind.r20_ohm_per_km,
        x_ohm_per_km=kind.x_ohm_per_km,
        pe_r20_ohm_per_km=kind.pe_r20_ohm_per_km,
        iz_tabulated_a=kind.iz_a[laid.method],
        parallel=laid.parallel,
        kind=kind.kind,
        neutral_area_mm2=kind.neutral_area_mm2,
        neutral_r20_ohm_per_km=kind.neutral_r20_ohm_per_km,
        spacing=laid.spacing,
        soil_km_per_w=laid.soil_km_per_w,
        length_source=source,
        short_circuit_rating_ka=kind.short_circuit_rating_ka if isinstance(kind, BusbarType) else None,
    )


def _refuse_settings(tag: str, kind_id: str, row: DeviceRow, allowed: tuple[str, ...]) -> None:
    for name in _SETTINGS["acb"]:
        if getattr(row, name) is not None and name not in allowed:
            if not allowed:
                raise DesignError(
                    f"{tag}: {kind_id} has no settings; leave the settings of this circuit out."
                )
            raise DesignError(f"{tag}: {kind_id} has no {name}, only {', '.join(allowed)}.")


def _mccb(tag: str, row: DeviceRow, kind: Mccb) -> ProtectiveDevice:
    setting = _set(tag, "overload setting Ir", row.setting_a, kind.rated_current_a, kind.setting_min_a)
    instantaneous = _instantaneous(tag, row, kind)
    return _protective(
        kind, "mccb", setting, MCCB_TOLERANCE * instantaneous, (2 - MCCB_TOLERANCE) * instantaneous
    )


def _acb(tag: str, row: DeviceRow, kind: Acb) -> ProtectiveDevice:
    setting = _set(tag, "overload setting Ir", row.setting_a, kind.rated_current_a, kind.setting_min_a)
    instantaneous = _instantaneous(tag, row, kind)
    made = _protective(
        kind, "acb", setting, MCCB_TOLERANCE * instantaneous, (2 - MCCB_TOLERANCE) * instantaneous
    )
    if row.short_time_a is None and row.short_time_s is None:
        return made
    if row.short_time_a is None or row.short_time_s is None:
        raise DesignError(f"{tag}: short_time_a and short_time_s go together; give both or none.")
    low, high = kind.short_time_min_ir * setting, kind.short_time_max_ir * setting
    _check_setting(tag, "short-time setting Isd", row.short_time_a, low, high)
    if row.short_time_s not in kind.short_time_delays_s:
        known = ", ".join(f"{delay:g}" for delay in kind.short_time_delays_s)
        raise DesignError(f"{tag}: the short-time delay of {kind.id} is one of {known} s.")
    return replace(made, short_time_a=MCCB_TOLERANCE * row.short_time_a, short_time_s=row.short_time_s)


def _instantaneous(tag: str, row: DeviceRow, kind: Mccb | Acb) -> float:
    """Return the instantaneous setting Ii: the lowest of the device unless given."""
    value = kind.instantaneous_min_a if row.instantaneous_a is None else row.instantaneous_a
    _check_setting(tag, "instantaneous setting Ii", value, kind.instantaneous_min_a, kind.instantaneous_max_a)
    return value


def _set(tag: str, name: str, given: float | None, highest: float, lowest: float) -> float:
    value = highest if given is None else given
    _check_setting(tag, name, value, lowest, highest)
    return value


def _check_setting(tag: str, name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise DesignError(
            f"{tag}: the {name} of this device goes from {low:g} to {high:g} A, not to {value:g} A."
        )


def _protective(
    kind: Mcb | Mccb | Acb | Fuse,
    word: Literal["mcb", "mccb", "acb", "gg-fuse"],
    rated: float,
    operating: float,
    low: float | None,
) -> ProtectiveDevice:
    return ProtectiveDevice(
        equipment=kind.id,
        kind=word,
        characteristic=kind.characteristic if isinstance(kind, Mcb) else "",
        rated_current_a=rated,
        breaking_capacity_ka=kind.breaking_capacity_ka,
        poles=kind.poles,
        instantaneous_a=operating,
        i2t_a2s=None if isinstance(kind, Acb) else kind.i2t_a2s,
        instantaneous_low_a=low,
        operating_04s_a=kind.operating_04s_a if isinstance(kind, Fuse) else None,
        let_through=kind.let_through,
        let_through_source=kind.let_through_source,
    )
