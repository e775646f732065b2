"""What the steps say of a place in words: devices, cables, meters, firmware, spare parts."""

from dataclasses import asdict
from typing import Any

from designs.bill import bill
from designs.cable_rules import grouped
from designs.equipment_item import FirmwareRange
from designs.equipment_list import EquipmentList
from designs.model import Circuit, Meter, SiteDesign, Station, Supply


def firmware_text(firmware: FirmwareRange | None) -> str:
    """Say which versions are approved; "" where none is named."""
    low, high = (firmware.minimum, firmware.maximum) if firmware else (None, None)
    if low and high:
        return f"{low} to {high}"
    return f"{low} or later" if low else f"up to {high}" if high else ""


def spares_text(site_design: SiteDesign, equipment: EquipmentList) -> str:
    """Say which spare parts the bill of quantities asks for."""
    lines = [each for each in bill(site_design, equipment) if each.kind == "spare"]
    return ", ".join(f"{each.quantity:g} × {each.title}" for each in lines)


def reserved_text(supply: Supply) -> str:
    """Say how much of the import limit stays free; "" where nothing does."""
    if supply.reserved_a <= 0:
        return ""
    return f", of which {supply.reserved_a:.4g} A per phase stay free for others or for later"


def rcd_text(circuit: Circuit) -> str:
    """Say which RCD stands in a circuit."""
    rcd = circuit.rcd
    if circuit.protected_by is not None:
        return f"no device here: {circuit.protected_by} protects this section"
    return f"RCD type {rcd.type} {rcd.rated_residual_ma:g} mA" if rcd else "no RCD in this circuit"


def laid_text(circuit: Circuit) -> str:
    """Say how the cable must lie for its capacity to hold: seen before a trench or a tray is closed."""
    cable = circuit.cable
    if cable.kind == "busbar":
        return ""
    count = grouped(cable)
    said = f"Laid by method {cable.method}, "
    if cable.parallel > count:
        said += f"{cable.parallel} in parallel at a clear distance of twice their diameter, others too"
    elif count > 1:
        said += f"at most {count} circuits together, parallel cables counted"
        said += f", {cable.spacing} apart" if cable.spacing != "touching" else ""
    else:
        said += "with no other loaded cable beside it"
    return f"{said}: look before trench or tray is closed, or ask for photos. "


def device_text(circuit: Circuit) -> str:
    """Say what must stand on the device; the loop limit only holds with Ii no higher than designed."""
    said = circuit.device.setting_text
    return f"set to {said} and no higher" if circuit.device.kind in ("mccb", "acb") else said


def connection_text(meter: Meter) -> str:
    """Say how a meter sees its currents."""
    if meter.ct_primary_a is None or meter.ct_secondary_a is None:
        return "directly connected"
    ratio = f"{meter.ct_primary_a:g}/{meter.ct_secondary_a:g} A"
    return f"current transformers {ratio}, each on its own phase with P1 towards the supply"


def station_values(station: Station) -> dict[str, Any]:
    """A station's values; ``networked`` saves steps from asking for an address that may be missing."""
    return asdict(station) | {"networked": station.modbus is not None}
