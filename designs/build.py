"""Turn the rows of a template, the lengths of the plan's routes and the equipment list into a one-line."""

import math
from collections.abc import Mapping
from dataclasses import replace

from designs.build_devices import cable_of, protective_device, rcd_of
from designs.build_nodes import meter_of, pv_of, station_of, storage_of, switchboard_of, transformer_of
from designs.checks import check_one_line
from designs.equipment_list import ControllerType, EquipmentList, NetworkType
from designs.errors import DesignError
from designs.loading import design_currents
from designs.model import (
    Circuit,
    EmergencyStop,
    LengthSource,
    LoadController,
    NetworkDevice,
    OneLine,
    ProtectiveDevice,
    Station,
    Supply,
)
from designs.rows import CircuitRow, ControllerRow, NetworkRow, Rows, SupplyRow

#: Circuit tag -> length of its route on the layout plan, None when the design has no plan.
RouteLengths = Mapping[str, float] | None
_ORDERS = frozenset(str(order) for order in range(2, 51))


def build_one_line(rows: Rows, lengths: RouteLengths, equipment: EquipmentList, where: str) -> OneLine:
    """Return the checked one-line diagram of a site with its design currents."""
    stations = [station_of(row, equipment) for row in rows.stations]
    phases = {each.tag: each.phases for each in stations}
    phases |= {each.tag: 1 for each in rows.loads if sum(amps > 0 for amps in each.currents_a) == 1}
    circuits = _circuits(rows, lengths, equipment, phases, where)
    made = OneLine(
        supply=_supply(rows.supply, where),
        transformers=tuple([transformer_of(row, equipment) for row in rows.transformers]),
        switchboards=tuple(
            [switchboard_of(row, equipment, rows.supply.earthing) for row in rows.switchboards]
        ),
        stations=_with_dc_protection(stations, circuits),
        meters=tuple([meter_of(row, equipment) for row in rows.meters]),
        circuits=circuits,
        loads=rows.loads,
        storage=tuple([storage_of(row, equipment) for row in rows.storage]),
        pv=tuple([pv_of(row, equipment) for row in rows.pv]),
        emergency_stops=tuple([EmergencyStop(row.tag, row.title, row.opens) for row in rows.emergency_stops]),
        controllers=tuple([_controller(row, equipment) for row in rows.controllers]),
        network=tuple([_network(row, equipment) for row in rows.network]),
        rule_set=rows.rule_set,
    )
    check_one_line(made, where)
    currents = design_currents(made)
    return replace(
        made, circuits=tuple([replace(each, design_current_a=currents[each.tag]) for each in made.circuits])
    )


def _supply(row: SupplyRow, where: str) -> Supply:
    volts = math.sqrt(3) * row.voltage_v
    ik_max = _either(row.ik_max_ka, row.s_k_mva, 1000.0 / volts, "ik_max_ka", "s_k_mva", where)
    limit = _either(
        row.import_limit_a, row.import_limit_kva, 1000.0 / volts, "import_limit_a", "import_limit_kva", where
    )
    kept = 0.0
    if row.reserved_a is not None or row.reserved_kva is not None:
        kept = _either(row.reserved_a, row.reserved_kva, 1000.0 / volts, "reserved_a", "reserved_kva", where)
    if kept >= limit:
        raise DesignError(
            f"{where}: supply: the reserved {kept:g} A leave nothing of the import limit {limit:g} A."
        )
    if row.ik_min_ka is not None and row.ik_min_ka > ik_max:
        raise DesignError(f"{where}: supply: ik_min_ka {row.ik_min_ka:g} is above ik_max_ka {ik_max:g}.")
    _check_harmonic_limits(row.harmonic_limits or {}, where)
    return Supply(
        tag=row.tag,
        title=row.title,
        voltage_v=row.voltage_v,
        frequency_hz=row.frequency_hz,
        earthing=row.earthing,
        ik_max_ka=ik_max,
        r_over_x=row.r_over_x,
        ze_ohm=row.ze_ohm,
        import_limit_a=limit,
        own_transformer=row.own_transformer,
        ik_min_ka=row.ik_min_ka,
        reserved_a=kept,
        harmonic_limits=row.harmonic_limits or None,
    )


def _check_harmonic_limits(limits: Mapping[str, float], where: str) -> None:
    for order, percent in limits.items():
        if order not in _ORDERS:
            raise DesignError(f"{where}: supply: harmonic_limits: {order!r:.20} is no order from 2 to 50.")
        if not 0.0 < percent <= 100.0:
            raise DesignError(
                f"{where}: supply: harmonic_limits: order {order} must be above 0 and at most 100 %, "
                f"not {percent:g}."
            )


def _either(
    direct: float | None, power: float | None, factor: float, name: str, other: str, where: str
) -> float:
    """Return a current given as such, or from the apparent power ``other`` by ``factor``, to 0.001."""
    if (direct is None) == (power is None):
        what = "both are given" if direct is not None else "none is given"
        raise DesignError(f"{where}: supply: give {name} or {other}; {what}.")
    return direct if direct is not None else round((power or 0.0) * factor, 3)


def _circuits(
    rows: Rows, lengths: RouteLengths, equipment: EquipmentList, phases: Mapping[str, int], where: str
) -> tuple[Circuit, ...]:
    by_tag = {row.tag: row for row in rows.circuits}
    devices: dict[str, ProtectiveDevice] = {}
    made = []
    for row in rows.circuits:
        length, source = _length(row, lengths, where)
        protecting = _protecting(row, by_tag, where)
        if protecting.tag not in devices:
            devices[protecting.tag] = protective_device(protecting.tag, protecting.device, equipment)
        made.append(
            Circuit(
                tag=row.tag,
                title=row.title,
                source=row.source,
                target=row.target,
                phases=phases.get(row.target, 3),
                design_current_a=0.0,
                device=devices[protecting.tag],
                rcd=rcd_of(row.tag, row.rcd, phases.get(row.target, 3), equipment),
                cable=cable_of(row, length, source, equipment),
                managed_to_a=row.managed_to_a,
                protected_by=row.device.protected_by,
            )
        )
    return tuple(made)


def _protecting(row: CircuitRow, by_tag: Mapping[str, CircuitRow], where: str) -> CircuitRow:
    """Return the circuit whose device protects a circuit: itself, or the one that it names."""
    name = row.device.protected_by
    if name is None:
        return row
    if any(value is not None for value in (row.device.equipment, row.device.setting_a)):
        raise DesignError(f"{where}: circuit {row.tag} has a device or is protected_by {name}, not both.")
    found = by_tag.get(name)
    if found is None or found.device.protected_by is not None:
        raise DesignError(
            f"{where}: circuit {row.tag} is protected_by {name:.60}, which is not a circuit with a device."
        )
    return found


def _length(row: CircuitRow, lengths: RouteLengths, where: str) -> tuple[float, LengthSource]:
    if row.cable.length_m is not None:
        return row.cable.length_m, "design" if lengths is None else "surveyed"
    if lengths is None:
        raise DesignError(f"{where}: circuit {row.tag} needs a length_m; the design has no layout.")
    if row.tag not in lengths:
        raise DesignError(f"{where}: circuit {row.tag} has neither a length_m nor a route on the layout.")
    if lengths[row.tag] <= 0:
        raise DesignError(f"{where}: the route of circuit {row.tag} is 0 m long; give ends_m or a length_m.")
    return lengths[row.tag], "layout"


def _with_dc_protection(stations: list[Station], circuits: tuple[Circuit, ...]) -> tuple[Station, ...]:
    behind_b = {each.target for each in circuits if each.rcd is not None and each.rcd.type == "B"}
    return tuple(
        [
            replace(station, dc_fault_protection="rcd-b")
            if station.dc_fault_protection == "none" and station.tag in behind_b
            else station
            for station in stations
        ]
    )


def _controller(row: ControllerRow, equipment: EquipmentList) -> LoadController:
    kind = equipment.find(row.equipment, (ControllerType,), row.tag)
    if row.mode not in kind.modes:
        raise DesignError(f"{row.tag}: {kind.id} works {' or '.join(kind.modes)}, not {row.mode}.")
    if len(row.controls) > kind.max_stations:
        raise DesignError(
            f"{row.tag}: {kind.id} controls at most {kind.max_stations} stations, not {len(row.controls)}."
        )
    return LoadController(
        tag=row.tag,
        title=row.title,
        equipment=kind.id,
        profile=kind.profile,
        board=row.board,
        meter=row.meter,
        controls=row.controls,
        limit_a=row.limit_a,
        fallback_a=row.fallback_a,
        mode=row.mode,
        modbus=row.modbus,
    )


def _network(row: NetworkRow, equipment: EquipmentList) -> NetworkDevice:
    kind = equipment.find(row.equipment, (NetworkType,), row.tag)
    return NetworkDevice(row.tag, row.title, kind.id, row.host, row.connects)
