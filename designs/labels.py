"""The words and figures that stand beside the symbols of a one-line diagram."""

from designs.model import (
    Cable,
    Circuit,
    Meter,
    ModbusAddress,
    ProtectiveDevice,
    ResidualCurrentDevice,
    Supply,
)


def current(kiloampere: float) -> str:
    """Return a short-circuit current in the unit that shows it best."""
    return f"{kiloampere:.2f} kA" if kiloampere >= 0.1 else f"{kiloampere * 1000:.1f} A"


def ohm(value: float) -> str:
    """Return an impedance with the digits that a loop tester can show."""
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def device(part: ProtectiveDevice) -> str:
    """Return what is marked on a protective device."""
    if part.kind == "mcb":
        return f"{part.characteristic}{part.rated_current_a:g} {part.poles}P"
    word = "MCCB Ir" if part.kind == "mccb" else "gG"
    return f"{word} {part.rated_current_a:g} A {part.poles}P"


def residual(part: ResidualCurrentDevice) -> str:
    """Return what is marked on an RCD."""
    selective = " S" if part.selective else ""
    return f"{part.type} {part.rated_residual_ma:g} mA{selective}"


def cable(part: Cable) -> str:
    """Return the cores and sizes of a cable, such as ``5G10`` or ``4×150+PE 95``."""
    several = f"{part.parallel}× " if part.parallel > 1 else ""
    if part.pe_area_mm2 == part.area_mm2:
        return f"{several}{part.cores}G{part.area_mm2:g}"
    return f"{several}{part.cores - 1}×{part.area_mm2:g}+PE {part.pe_area_mm2:g}"


def laid(part: Cable) -> str:
    """Return how long a cable is and how it is laid."""
    return f"{part.length_m:g} m · {part.method}"


def ratio(part: Meter) -> str:
    """Return the current transformer ratio of a meter, or that it has none."""
    if part.ct_primary_a is None or part.ct_secondary_a is None:
        return "direct"
    return f"CT {part.ct_primary_a:g}/{part.ct_secondary_a:g} A"


def address(part: ModbusAddress | None) -> tuple[str, str]:
    """Return host, and port with unit id, of a device."""
    return (part.host, f":{part.port} · unit {part.unit}") if part else ("–", "–")


def system(part: Supply) -> str:
    """Return the kind of supply in one line."""
    return f"3/N/PE ~ {part.voltage_v:g} V {part.frequency_hz:g} Hz, {part.earthing}"


def earthing(part: Supply) -> str:
    """Return the earth-fault loop of the supply, or with TT the electrode."""
    return f"{'RA' if part.earthing == 'TT' else 'Ze'} {part.ze_ohm:g} Ω"


def circuit_description(part: Circuit) -> str:
    """Return a circuit in one sentence for a screen reader."""
    rcd = f", RCD type {residual(part.rcd)}" if part.rcd else ""
    return (
        f"From {part.source} to {part.target}: {device(part.device)}, breaking capacity "
        f"{part.device.breaking_capacity_ka:g} kA{rcd}; cable {cable(part.cable)} mm² {part.cable.conductor} "
        f"{part.cable.insulation}, {laid(part.cable)}; Ib {part.design_current_a:g} A."
    )
