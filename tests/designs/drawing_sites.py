"""Sites built by hand for the drawings, with figures written down rather than computed."""

from dataclasses import replace

from designs.model import (
    BoardStudy,
    Cable,
    Circuit,
    CircuitStudy,
    ConnectionPointStudy,
    Connector,
    DesignRef,
    Duct,
    EmergencyStop,
    Figure,
    Finding,
    Layout,
    LayoutItem,
    Load,
    LoadController,
    Meter,
    ModbusAddress,
    NetworkDevice,
    OneLine,
    Point,
    ProtectiveDevice,
    PvInverter,
    ResidualCurrentDevice,
    Route,
    SiteDesign,
    SiteParameters,
    Station,
    Storage,
    Study,
    Supply,
    Switchboard,
    Transformer,
    TransformerStudy,
)

MV = Supply("GRID", "Medium-voltage supply", 20000, 50, "TN-S", 12.5, 0.1, None, 46, reserved_a=4)
LV = Supply("GRID", "Public low-voltage supply", 400, 50, "TT", 6, 0.9, 40, 100)
TR1 = Transformer("TR1", "Own transformer", "tr-1600", 1600, 410, 6, 14.5, "GRID")


def cable(length: float, area: float = 10, cores: int = 5, kind: str = "cable") -> Cable:
    return Cable(
        "cu-xlpe",
        "Cu",
        "XLPE",
        cores,
        area,
        area,
        length,
        "D1",
        4,
        20,
        1.83,
        0.08,
        1.83,
        55,
        kind="busbar" if kind == "busbar" else "cable",
        length_source="layout" if length > 20 else "surveyed",
    )


MCB = ProtectiveDevice("mcb-b40-10ka", "mcb", "B", 40, 10, 4, 200)
MCCB = ProtectiveDevice("mccb-630-50ka", "mccb", "", 630, 50, 4, 5000)
ACB = ProtectiveDevice("acb-2500-65ka", "acb", "", 2300, 65, 4, 18000, short_time_a=9600, short_time_s=0.2)
RCD = ResidualCurrentDevice("rcd-a-40-30ma", "A", 30, rated_current_a=40)


def circuit(
    tag: str, source: str, target: str, device: ProtectiveDevice = MCB, length: float = 25, area: float = 10
) -> Circuit:
    rcd = RCD if device.kind == "mcb" else None
    amps = device.rated_current_a * 0.8
    return Circuit(tag, f"Circuit {tag}", source, target, 3, amps, device, rcd, cable(length, area))


def station(number: int, current: str = "AC", outlets: int = 1, phases: int = 3) -> Station:
    tag = f"CH{number:02}"
    power = {("AC", 3): 22.0, ("AC", 1): 7.4}.get((current, phases), 300.0)
    kind = "ccs2" if current == "DC" else "type2-socket"
    connectors = tuple(Connector(f"{tag}.{n}", kind, 32, phases, power) for n in range(1, outlets + 1))
    return Station(
        tag,
        f"Charging station {number}",
        "alpitronic-hyc-300" if current == "DC" else "alfen-eve-single-pro",
        None,
        connectors,
        "isolated" if current == "DC" else "rdc-dd",
        ("L1L2L3", "L2L3L1", "L3L1L2")[number % 3],
        number % 4,
        ModbusAddress(f"10.20.30.{100 + number}", 502, 1),
        phases=phases,
        current="DC" if current == "DC" else "AC",
    )


def meter(tag: str, board: str, measures: tuple[str, ...], ct: float | None = 600) -> Meter:
    return Meter(
        tag,
        f"Meter {tag}",
        "janitza-umg-96rm-e",
        None,
        board,
        None,
        measures,
        ct,
        5 if ct else None,
        0.7,
        ModbusAddress("10.20.30.10", 502, int(tag[2:] or 1)),
    )


def site(one_line: OneLine, name: str = "Depot North") -> SiteDesign:
    ref = DesignRef("fleet-depot", 3, "Fleet depot, 10 to 60 charging stations", "fleet", "ab" * 32)
    return SiteDesign(
        ref, SiteParameters(name, "Hafenstrasse 1, Hamburg", "DE", "Europe/Berlin", {}), one_line, ()
    )


def depot(boards: int = 5, per_board: int = 12) -> SiteDesign:
    """A medium-voltage depot: sub-boards with groups of four, AC and DC, storage, PV, offices."""
    names = [f"DB{n}" for n in range(1, boards + 1)]
    stations, circuits, meters = (
        [],
        [circuit("F00", "TR1", "MSB", ACB, 12, 300)],
        [meter("PM0", "MSB", ("F00",), 2500)],
    )
    for place, name in enumerate(names):
        feeder = f"Q{place + 1}"
        circuits.append(circuit(feeder, "MSB", name, MCCB, 60 + place, 240))
        meters.append(meter(f"PM{place + 1}", "MSB", (feeder,)))
        for n in range(1 + place * per_board, 1 + (place + 1) * per_board):
            stations.append(station(n, "DC" if place == 0 and n <= 4 else "AC", 2 if n <= 4 else 1))
            circuits.append(circuit(f"F{n:02}", name, f"CH{n:02}", length=15 + n))
        for n in range(1 + place * per_board, 1 + (place + 1) * per_board, 4):
            seen = tuple(f"F{k:02}" for k in range(n, min(n + 4, 1 + (place + 1) * per_board)))
            meters.append(meter(f"PM{10 + n}", name, seen, 150))
    for tag, target in (("Q90", "BAT1"), ("Q91", "PV1"), ("Q92", "OFFICE")):
        circuits.append(circuit(tag, "MSB", target, MCCB, 30, 95))
    return site(
        OneLine(
            MV,
            (TR1,),
            (
                Switchboard("MSB", "Main switchboard", "msb-2500", 2500, 50, "spd-t12-tn"),
                *(
                    Switchboard(n, f"Distribution board {n[2:]}", "db-630", 630, 25, "spd-t2", "distribution")
                    for n in names
                ),
            ),
            tuple(stations),
            tuple(meters),
            tuple(circuits),
            (Load("OFFICE", "Office and workshop building", "building", (80, 75, 70)),),
            (
                Storage(
                    "BAT1",
                    "Battery storage",
                    "bess-200",
                    None,
                    200,
                    290,
                    400,
                    modbus=ModbusAddress("10.20.30.60", 502, 1),
                ),
            ),
            (PvInverter("PV1", "Photovoltaics on the roof", "pv-100", None, 100, 145),),
            (
                EmergencyStop(
                    "ES1", "Emergency stop at the gate", tuple(f"Q{n}" for n in range(1, boards + 1))
                ),
                EmergencyStop("ES2", "Emergency stop at the storage", ("Q90",)),
            ),
            (
                LoadController(
                    "LC1",
                    "Load management",
                    "lm-controller",
                    None,
                    "MSB",
                    "PM0",
                    (*(s.tag for s in stations), "BAT1"),
                    1800,
                    6,
                    "dynamic",
                    ModbusAddress("10.20.30.5", 502, 1),
                ),
            ),
            (
                NetworkDevice(
                    "RT1", "Site router", "lte-router", "10.20.30.1", tuple(s.tag for s in stations)
                ),
            ),
        )
    )


def hub() -> SiteDesign:
    """A highway hub on one switchboard: six DC stations, storage, PV, an auxiliary load."""
    stations = tuple(station(n, "DC", 2) for n in range(1, 7))
    circuits = [circuit("F00", "TR1", "MSB", ACB, 12, 300)]
    circuits += [
        replace(circuit(f"F{n:02}", "MSB", f"CH{n:02}", MCCB, 18 + 4 * n, 185), managed_to_a=400)
        for n in range(1, 7)
    ]
    circuits += [
        circuit(t, "MSB", to, MCCB, 30, 95) for t, to in (("Q90", "BAT1"), ("Q91", "PV1"), ("Q92", "AUX"))
    ]
    one_line = OneLine(
        MV,
        (TR1,),
        (Switchboard("MSB", "Main switchboard", "msb-2500", 2500, 50, "spd-t12-tn"),),
        stations,
        (meter("PM0", "MSB", ("F00",), 2500), *(meter(f"PM{n}", "MSB", (f"F{n:02}",)) for n in range(1, 7))),
        tuple(circuits),
        (Load("AUX", "Lighting of the forecourt", "lighting", (20, 15, 10)),),
        (Storage("BAT1", "Battery storage", "bess-200", None, 200, 290, 400),),
        (PvInverter("PV1", "Photovoltaics on the roof", "pv-100", None, 100, 145),),
        (EmergencyStop("ES1", "Emergency stop", tuple(f"F{n:02}" for n in range(1, 7))),),
        (
            LoadController(
                "LC1",
                "Load management",
                "lm",
                None,
                "MSB",
                "PM0",
                tuple(s.tag for s in stations),
                1800,
                10,
                "dynamic",
            ),
        ),
    )
    return site(one_line, "Rasthof Süd")


def riser(floors: int = 12, per_floor: int = 1) -> SiteDesign:
    """A busbar riser with a tap-off unit per floor, single-phase points and a meter per resident."""
    boards = [Switchboard("MSB", "Main switchboard", "msb-250", 250, 25, "spd-t12-tn")]
    boards += [
        Switchboard(f"TO{n:02}", f"Floor {n}", "tap-off-63", 63, 10, None, "tap-off")
        for n in range(1, floors + 1)
    ]
    circuits = [circuit("F00", "GRID", "MSB", MCCB, 10, 95)]
    stations, meters = [], [meter("PM0", "MSB", ("F00",), 250)]
    for n in range(1, floors + 1):
        source = "MSB" if n == 1 else f"TO{n - 1:02}"
        link = circuit(f"R{n:02}", source, f"TO{n:02}", MCCB, 3, 50)
        circuits.append(
            replace(link, cable=cable(3, 50, 5, "busbar"), protected_by=None if n == 1 else "R01")
        )
        for k in range(per_floor):
            number = (n - 1) * per_floor + k + 1
            stations.append(station(number, phases=1))
            made = circuit(f"F{number:02}", f"TO{n:02}", f"CH{number:02}", length=12)
            circuits.append(replace(made, phases=1, cable=cable(12, 6, 3)))
            meters.append(meter(f"PM{number}", f"TO{n:02}", (f"F{number:02}",), None))
    return site(
        OneLine(LV, (), tuple(boards), tuple(stations), tuple(meters), tuple(circuits)), "Residence Linden"
    )


def curbside() -> SiteDesign:
    """Single-phase posts on a public low-voltage network, TT."""
    made = [
        circuit(
            "F00",
            "GRID",
            "FP1",
            replace(MCCB, kind="gg-fuse", equipment="gg-nh-100", rated_current_a=100),
            5,
            35,
        )
    ]
    made += [
        replace(
            circuit(f"F{n:02}", "FP1", f"CH{n:02}", length=12 + 7 * n),
            phases=1,
            cable=cable(12 + 7 * n, 6, 3),
        )
        for n in range(1, 5)
    ]
    one_line = OneLine(
        LV,
        (),
        (Switchboard("FP1", "Feeder pillar", "pillar-100", 100, 10, "spd-t12-tt", "pillar"),),
        tuple(station(n, phases=1) for n in range(1, 5)),
        (meter("PM0", "FP1", ("F00",), None),),
        tuple(made),
        loads=(),
        emergency_stops=(),
        rule_set="bs7671",
    )
    return site(one_line, "Elm Street")


def studied(design: SiteDesign, computed: bool = True) -> Study:
    """A study with figures that look like such a site's; ``computed=False``: of a rule set without data."""
    one_line = design.one_line
    found = (
        Finding(
            "voltage_drop",
            "warning",
            one_line.circuits[-1].tag,
            f"Circuit {one_line.circuits[-1].tag}: the voltage drop is 5.2 %, guidance is 5 %.",
            (Figure("du", 5.2, "%"),),
        ),
        *(
            Finding(
                "adiabatic_undecided",
                "info",
                each.tag,
                f"k²S² is not decided for {each.tag}: there is no let-through energy from the maker.",
            )
            for each in one_line.circuits
        ),
    )
    limit = 0.76 if computed else None
    return Study(
        "IEC 60364; IEC 60909-0 with cmax 1.10, cmin 0.95" if computed else "NEC (not computed)",
        tuple(BoardStudy(tag, 21.4, 9.87, 0.021) for tag in one_line.nodes()) if computed else (),
        tuple(
            CircuitStudy(
                each.tag,
                each.design_current_a,
                each.device.rated_current_a,
                612.5 if computed else None,
                20,
                1.5,
                0.321,
                0.254,
                limit,
                "rule",
                0.12,
                0.2,
                0.4,
                1.2,
                3.45,
                full_a=None,
            )
            for each in one_line.circuits
        ),
        ConnectionPointStudy(
            12.5, 3200, 1800, 46, 18.2, 8, "EN 50160", 5, "IEEE 519", None, "unknown", reserved_a=4
        ),
        found,
        tuple(TransformerStudy(each.tag, 2309, 36.2, 138, 79) for each in one_line.transformers),
    )


def plan(design: SiteDesign, per_row: int, rows: int, width: float, depth: float) -> SiteDesign:
    """A site with a layout plan: rows of bays with a station each, a trench per row, the rest beside them."""
    items, ducts, routes = [LayoutItem("ROAD", "road", "Drive lane", width / 2, depth / 2, width, 6)], [], []
    stations = design.one_line.stations
    for n, each in enumerate(stations):
        column, row = n % per_row, n // per_row
        x, y = 14 + 2.8 * column, 6 + row * (depth - 12) / max(rows, 1)
        kind = "accessible-bay" if n % 12 == 0 else "bay"
        items.append(LayoutItem(f"BAY{n + 1:02}", kind, f"Bay {n + 1}", x, y + 3.2, 2.6, 5))  # type: ignore[arg-type]
        items.append(
            LayoutItem(f"FD{n + 1:02}", "foundation", "Foundation", x, y, 0.9, 0.8, equipment="fd-1")
        )
        items.append(LayoutItem(each.tag, "station", each.title, x, y, 0.6, 0.4))
        feeder = next(c for c in design.one_line.circuits if c.target == each.tag)
        way = (Point(4, 6), Point(4, y - 1.2), Point(x, y - 1.2), Point(x, y))
        routes.append(Route(feeder.tag, way, 4, feeder.cable.length_m))
    for row in range(rows):
        y = 4.8 + row * (depth - 12) / max(rows, 1)
        ducts.append(
            Duct(f"DU{row + 1}", "Trench", "trench", (Point(4, y), Point(14 + 2.8 * per_row, y)), 6, 0.6)
        )
    items += [
        LayoutItem("MSB", "switchboard", "Main switchboard", 4, 6, 1.8, 0.6),
        LayoutItem("TR1", "transformer", "Transformer station", 4, 2.2, 3, 2.4),
        LayoutItem("BAT1", "storage", "Battery storage", 4, 12, 2.4, 6),
        LayoutItem("ES1", "emergency-stop", "Emergency stop", 8, 6, 0.2, 0.2),
        LayoutItem("SG1", "sign", "Sign", 9, depth / 2 + 4, 0.8, 0.2, turned_deg=45),
        *(LayoutItem(f"BO{n}", "bollard", "Bollard", 2 + n, 8, 0.2, 0.2) for n in range(1, 5)),
    ]
    return replace(design, layout=Layout(width, depth, tuple(items), tuple(ducts), tuple(routes), 20))


def laid_hub() -> SiteDesign:
    """The hub on a plan of 40 m by 26 m."""
    return plan(hub(), 6, 1, 40, 26)


def laid_depot() -> SiteDesign:
    """The depot on a plan of 100 m by 60 m."""
    return plan(depot(), 30, 2, 104, 52)


def laid_large() -> SiteDesign:
    """The same depot on a narrow plan of 300 m, which needs parts."""
    return plan(depot(), 60, 1, 300, 40)
