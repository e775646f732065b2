"""One-lines put together by hand, for tests of the study, the rules and the drawing."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from designs.model import (
    Cable,
    Circuit,
    Connector,
    DesignRef,
    Load,
    OneLine,
    ProtectiveDevice,
    PvInverter,
    SiteDesign,
    SiteParameters,
    Station,
    Storage,
    Supply,
    Switchboard,
    Transformer,
)

#: Ω/km at 20 °C by IEC 60228 class 2, and X by IEC 60364-5-52 Annex G: (metal, mm²) -> (R20, X).
CONDUCTORS = {
    ("Cu", 2.5): (7.41, 0.103), ("Cu", 6.0): (3.08, 0.097), ("Cu", 10.0): (1.83, 0.091),
    ("Cu", 16.0): (1.15, 0.086), ("Cu", 25.0): (0.727, 0.085), ("Cu", 35.0): (0.524, 0.083),
    ("Cu", 50.0): (0.387, 0.083), ("Cu", 70.0): (0.268, 0.077), ("Cu", 95.0): (0.193, 0.077),
    ("Cu", 120.0): (0.153, 0.075), ("Cu", 150.0): (0.124, 0.075), ("Cu", 240.0): (0.0754, 0.074),
    ("Al", 50.0): (0.641, 0.083), ("Al", 95.0): (0.320, 0.077), ("Al", 150.0): (0.206, 0.075),
    ("Al", 240.0): (0.125, 0.074),
}  # fmt: skip


def supply(**changes: Any) -> Supply:
    """Return a public supply at 400 V, TN-S, 10 kA, Ze 0.04 Ω."""
    return replace(Supply("GRID", "Supply", 400.0, 50.0, "TN-S", 10.0, 0.4, 0.04, 250.0), **changes)


def mv_supply(**changes: Any) -> Supply:
    """Return a supply at 20 kV, 500 MVA, R/X 0.1; the site's own transformer makes a TN-S system."""
    return supply(
        voltage_v=20000.0, ik_max_ka=500 / (3**0.5 * 20), r_over_x=0.1, ze_ohm=None,
        import_limit_a=40.0, own_transformer=True,
    ) if not changes else replace(mv_supply(), **changes)  # fmt: skip


def transformer(**changes: Any) -> Transformer:
    """Return 630 kVA, 20 kV / 400 V, 4 %, copper loss 4.6 kW, Dyn5."""
    return replace(Transformer("T1", "Transformer", "tr-630", 630.0, 400.0, 4.0, 4.6, "GRID"), **changes)


def board(tag: str, **changes: Any) -> Switchboard:
    """Return a switchboard for 630 A and 25 kA with an SPD."""
    return replace(Switchboard(tag, f"Board {tag}", "msb", 630.0, 25.0, "spd-t12-tn"), **changes)


def station(tag: str, amps: float = 32.0, phases: int = 3, **changes: Any) -> Station:
    """Return an AC station with one socket; the DC fault protection is built in."""
    outlet = Connector(f"{tag}.1", "type2-socket", amps, phases, round(0.23 * amps * phases, 1))
    made = Station(
        tag, f"Station {tag}", "post", None, (outlet,), "rdc-dd", "L1L2L3", 1, None, amps, phases, "A"
    )
    return replace(made, **changes)


def load(tag: str, currents_a: tuple[float, float, float], **changes: Any) -> Load:
    """Return a building as a load."""
    return replace(Load(tag, f"Load {tag}", "building", currents_a), **changes)


def storage(tag: str, amps: float = 144.0, **changes: Any) -> Storage:
    """Return a battery storage of 100 kW and 200 kWh."""
    return replace(Storage(tag, f"Storage {tag}", "bess", None, 100.0, amps, 200.0), **changes)


def pv(tag: str, amps: float = 72.0, **changes: Any) -> PvInverter:
    """Return a photovoltaic inverter of 50 kW."""
    return replace(PvInverter(tag, f"PV {tag}", "inverter", None, 50.0, amps), **changes)


def cable(
    area_mm2: float, length_m: float, pe_mm2: float | None = None, metal: str = "Cu", **changes: Any
) -> Cable:
    """Return a cable with XLPE, laid alone in air at 30 °C; the PE is of the line's size unless given."""
    resistance, reactance = CONDUCTORS[metal, area_mm2]
    earth = area_mm2 if pe_mm2 is None else pe_mm2
    made = Cable(
        equipment=f"{metal.lower()}-{area_mm2:g}", conductor="Cu" if metal == "Cu" else "Al",
        insulation="XLPE", cores=5, area_mm2=area_mm2, pe_area_mm2=earth, length_m=length_m, method="E",
        grouped_circuits=1, ambient_c=30.0, r20_ohm_per_km=resistance, x_ohm_per_km=reactance,
        pe_r20_ohm_per_km=CONDUCTORS[metal, earth][0], iz_tabulated_a=10 * area_mm2**0.7,
    )  # fmt: skip
    return replace(made, **changes)


def mcb(amps: float, characteristic: str = "B", **changes: Any) -> ProtectiveDevice:
    """Return a miniature circuit-breaker for 10 kA."""
    band = {"B": 5.0, "C": 10.0, "D": 20.0}[characteristic]
    made = ProtectiveDevice(f"mcb-{amps:g}", "mcb", characteristic, amps, 10.0, 4, band * amps)
    return replace(made, **changes)


def mccb(amps: float, **changes: Any) -> ProtectiveDevice:
    """Return a moulded-case circuit-breaker for 50 kA that trips at once at 1.2 × 5 × Ir."""
    return replace(ProtectiveDevice(f"mccb-{amps:g}", "mccb", "", amps, 50.0, 4, 6.0 * amps), **changes)


def circuit(tag: str, source: str, target: str, wire: Cable, amps: float = 32.0, **changes: Any) -> Circuit:
    """Return a circuit; its device is an MCB B up to 63 A, else an MCCB. ``amps`` is Ib and In."""
    device = mcb(amps) if amps <= 63 else mccb(amps)
    return replace(Circuit(tag, f"Circuit {tag}", source, target, 3, amps, device, None, wire), **changes)


def one_line(origin: Supply, nodes: Iterable[Any], circuits: Iterable[Circuit], **changes: Any) -> OneLine:
    """Return a one-line from nodes of any kind and circuits between them, without meters."""
    found = list(nodes)

    def of(kind: type) -> tuple[Any, ...]:
        return tuple(node for node in found if isinstance(node, kind))

    made = OneLine(
        supply=origin, transformers=of(Transformer), switchboards=of(Switchboard), stations=of(Station),
        meters=(), circuits=tuple(circuits), loads=of(Load), storage=of(Storage), pv=of(PvInverter),
    )  # fmt: skip
    return replace(made, **changes)


def site_design(line: OneLine) -> SiteDesign:
    """Return a site design around a one-line."""
    ref = DesignRef("by-hand", 1, "By hand", "test", "0" * 64)
    return SiteDesign(ref, SiteParameters("Test", "Street 1", "DE", "Europe/Berlin", {}), line, ())


def small_site(**changes: Any) -> OneLine:
    """Return a public supply, a main board and three stations: F00 to MSB, F01 to F03 to CH01 to CH03."""
    stations = [station(f"CH{number:02}") for number in (1, 2, 3)]
    wires = [cable(10.0, 20.0 + 10.0 * number) for number in (1, 2, 3)]
    feeders = [
        circuit(f"F{number:02}", "MSB", f"CH{number:02}", wire, 40.0, design_current_a=32.0)
        for number, wire in enumerate(wires, start=1)
    ]
    main = circuit("F00", "GRID", "MSB", cable(70.0, 15.0, 35.0), 160.0, design_current_a=96.0)
    return one_line(supply(), [board("MSB"), *stations], [main, *feeders], **changes)
