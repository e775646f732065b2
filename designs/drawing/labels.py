"""The words and figures that stand beside the symbols of a one-line diagram."""

import re
from collections.abc import Iterable

from designs.model import (
    Cable,
    Circuit,
    Meter,
    ModbusAddress,
    ProtectiveDevice,
    ResidualCurrentDevice,
    Supply,
    Transformer,
)

#: Stands where a rule set gave no figure; never a zero.
UNKNOWN = "–"


def current(kiloampere: float | None) -> str:
    """Return a short-circuit current in the unit that shows it best."""
    if kiloampere is None:
        return UNKNOWN
    return f"{kiloampere:.2f} kA" if kiloampere >= 0.1 else f"{kiloampere * 1000:.1f} A"


def figure(value: float | None, digits: int | None = None) -> str:
    """Return a figure with so many decimals (None: as short as it is), a dash where there is none."""
    if value is None:
        return UNKNOWN
    return f"{value:g}" if digits is None else f"{value:.{digits}f}"


def phases(rotation: str, count: int) -> str:
    """Return the supply phases that a point with so many phases stands on, e.g. ``L2`` or ``L2L3L1``."""
    return rotation[: 2 * count]


def ohm(value: float | None) -> str:
    """Return an impedance with the digits that a loop tester can show."""
    if value is None:
        return UNKNOWN
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def device(part: ProtectiveDevice) -> str:
    """Return what is marked on a protective device."""
    if part.kind == "mcb":
        return f"{part.characteristic}{part.rated_current_a:g} {part.poles}P"
    word = {"mccb": "MCCB Ir", "acb": "ACB Ir"}.get(part.kind, "gG")
    return f"{word} {part.rated_current_a:g} A {part.poles}P"


def residual(part: ResidualCurrentDevice) -> str:
    """Return what is marked on an RCD."""
    selective = " S" if part.selective else ""
    return f"{part.type} {part.rated_residual_ma:g} mA{selective}"


def cable(part: Cable) -> str:
    """Return the cores and sizes of a cable, such as ``5G10`` or ``4×150+PE 95``."""
    several = f"{part.parallel}× " if part.parallel > 1 else ""
    if part.kind == "busbar":
        return f"{several}busbar {part.iz_tabulated_a:g} A"
    if part.pe_area_mm2 == part.area_mm2:
        return f"{several}{part.cores}G{part.area_mm2:g}"
    return f"{several}{part.cores - 1}×{part.area_mm2:g}+PE {part.pe_area_mm2:g}"


def laid(part: Cable) -> str:
    """Return how long a cable is, where the length comes from, and how it is laid."""
    mark = {"layout": " (L)", "surveyed": " (S)"}.get(part.length_source, "")
    return f"{part.length_m:g} m{mark} · {part.method}"


def ratio(part: Meter) -> str:
    """Return the current transformer ratio of a meter, or that it has none."""
    if part.ct_primary_a is None or part.ct_secondary_a is None:
        return "direct"
    return f"CT {part.ct_primary_a:g}/{part.ct_secondary_a:g} A"


def address(part: ModbusAddress | None) -> tuple[str, str]:
    """Return host, and port with unit id, of a device."""
    return (part.host, f":{part.port} · unit {part.unit}") if part else ("–", "–")


def voltage(volts: float) -> str:
    """Return a nominal voltage in V, from 1000 V in kV."""
    return f"{volts / 1000:g} kV" if volts > 1000 else f"{volts:g} V"


def system(part: Supply) -> str:
    """Return the kind of supply in one line."""
    wires = "3" if part.voltage_v > 1000 else "3/N/PE"
    return f"{wires} ~ {voltage(part.voltage_v)} {part.frequency_hz:g} Hz, {part.earthing}"


def earthing(part: Supply) -> str:
    """Return the earth-fault loop of the supply, or with TT the electrode; empty with an own transformer."""
    return f"{'RA' if part.earthing == 'TT' else 'Ze'} {part.ze_ohm:g} Ω" if part.ze_ohm is not None else ""


def stiffness(part: Supply) -> str:
    """Return the short circuit that the network operator declares; at medium voltage its power too."""
    power = (
        f" (S″k {3**0.5 * part.voltage_v * part.ik_max_ka / 1000:.0f} MVA)" if part.voltage_v > 1000 else ""
    )
    said = f"Ik max {part.ik_max_ka:g} kA{power} · R/X {part.r_over_x:g}"
    return f"{said} · {earthing(part)}" if part.ze_ohm is not None else said


def import_limit(part: Supply) -> str:
    """Return the agreed capacity, and what of it is kept free."""
    kept = f", {part.reserved_a:.4g} A kept free" if part.reserved_a else ""
    return f"Import limit {part.import_limit_a:.4g} A per phase{kept}"


def transformer(part: Transformer) -> tuple[str, ...]:
    """Return the nameplate of a transformer in two lines."""
    volts = f"{voltage(part.rated_primary_v)} / {part.rated_voltage_v:g} V"
    return (
        f"{part.rated_power_kva:g} kVA · {volts} · {part.vector_group}",
        f"uk {part.uk_percent:g} % · Pk {part.copper_loss_kw:g} kW · {part.equipment}",
    )


_NUMBERED = re.compile(r"(.*?)(\d+)\Z")


def ranges(tags: Iterable[str]) -> str:
    """Return tags with consecutive numbers drawn together: ``CH01–CH12, PM0``."""
    runs: list[list[str]] = []
    for tag in tags:
        before = _NUMBERED.match(runs[-1][-1]) if runs else None
        here = _NUMBERED.match(tag)
        follows = before and here and (before[1], int(before[2]) + 1) == (here[1], int(here[2]))
        if follows:
            runs[-1].append(tag)
        else:
            runs.append([tag])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def circuit_description(part: Circuit) -> str:
    """Return a circuit in one sentence for a screen reader."""
    rcd = f", RCD type {residual(part.rcd)}" if part.rcd else ""
    return (
        f"From {part.source} to {part.target}: {device(part.device)}, breaking capacity "
        f"{part.device.breaking_capacity_ka:g} kA{rcd}; cable {cable(part.cable)} mm² {part.cable.conductor} "
        f"{part.cable.insulation}, {laid(part.cable)}; Ib {part.design_current_a:g} A."
    )
