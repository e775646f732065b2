"""A site of twelve charging stations as designed and studied: the hand-made ground under the sample pack."""

from designs.model import (
    BoardStudy,
    Cable,
    Circuit,
    CircuitStudy,
    ConnectionPointStudy,
    Connector,
    DesignRef,
    Figure,
    Finding,
    Meter,
    ModbusAddress,
    OneLine,
    ProtectiveDevice,
    ResidualCurrentDevice,
    SiteDesign,
    SiteParameters,
    Station,
    Study,
    Supply,
    Switchboard,
)

GATEWAY, CHARGERS = "10.20.4.10", "10.20.4"
TN_RULE = "Zs ≤ 2/3 · U0 / Ia measured cold, Ia = 10 · In (characteristic C): IEC 60364-4-41, 411.4.4"
MAIN_RULE = "Zs ≤ 2/3 · U0 / Ia, Ia at 5 s: IEC 60364-4-41, 411.3.2.3"


def cable(length: float, area: float, iz: float) -> Cable:
    return Cable(
        equipment=f"nyy-j-5x{area:g}",
        conductor="Cu",
        insulation="PVC",
        cores=5,
        area_mm2=area,
        pe_area_mm2=area,
        length_m=length,
        method="D1",
        grouped_circuits=4,
        ambient_c=20,
        r20_ohm_per_km=18.1 / area,
        x_ohm_per_km=0.08,
        pe_r20_ohm_per_km=18.1 / area,
        iz_tabulated_a=iz,
    )


def station_circuit(n: int) -> Circuit:
    device = ProtectiveDevice("mcb-c40-3p", "mcb", "C", 40, 10, 3, 400, 18000)
    rcd = ResidualCurrentDevice("rcd-a-40-30", "A", 30)
    return Circuit(
        f"F{n:02}",
        f"Supply of charging station {n}",
        f"DB{(n - 1) // 4 + 1}",
        f"CH{n:02}",
        3,
        32,
        device,
        rcd,
        cable(18 + 4.5 * n, 10, 57),
    )


def group_circuit(g: int) -> Circuit:
    device = ProtectiveDevice("mccb-160", "mccb", "", 125, 36, 3, 1250)
    return Circuit(
        f"G{g}", f"Feeder of group {g}", "MSB", f"DB{g}", 3, 118, device, None, cable(30 + 12 * g, 70, 179)
    )


def one_line() -> OneLine:
    incoming = Circuit(
        "Q01",
        "Incoming supply",
        "GRID",
        "MSB",
        3,
        250,
        ProtectiveDevice("mccb-400", "mccb", "", 315, 50, 3, 3150),
        None,
        cable(12, 185, 334),
    )
    stations = tuple(
        Station(
            f"CH{n:02}",
            f"Charging station {n}",
            "wallbox-22",
            "keba-p30",
            (Connector(f"CH{n:02}.1", "type2-socket", 32, 3, 22),),
            "rdc-dd",
            ("L1L2L3", "L2L3L1", "L3L1L2")[n % 3],
            (n - 1) // 4 + 1,
            ModbusAddress(f"{CHARGERS}.{20 + n}", 502, 255),
        )
        for n in range(1, 13)
    )
    groups = tuple(
        Meter(
            f"PM{g}",
            f"Meter of group {g}",
            "em-24-ct",
            "carlo-gavazzi-em24",
            f"DB{g}",
            "PM0",
            (f"G{g}",),
            150,
            5,
            1,
            ModbusAddress(GATEWAY, 502, 10 + g),
        )
        for g in (1, 2, 3)
    )
    main = Meter(
        "PM0",
        "Main meter",
        "pm-5560",
        "schneider-pm5560",
        "MSB",
        None,
        ("Q01",),
        400,
        5,
        0.5,
        ModbusAddress("10.20.4.9", 502, 1),
    )
    return OneLine(
        Supply("GRID", "Low-voltage connection", 400, 50, "TN-S", 18.5, 0.35, 0.04, 315),
        (),
        (
            Switchboard("MSB", "Main switchboard", "board-630", 630, 36, "spd-t1-t2"),
            *(Switchboard(f"DB{g}", f"Distribution board {g}", "board-160", 160, 15) for g in (1, 2, 3)),
        ),
        stations,
        (main, *groups),
        (incoming, *(group_circuit(g) for g in (1, 2, 3)), *(station_circuit(n) for n in range(1, 13))),
    )


def circuit_study(circuit: Circuit) -> CircuitStudy:
    final = circuit.tag.startswith("F")
    length = circuit.cable.length_m
    cold = 0.06 + 2 * circuit.cable.r20_ohm_per_km * length / 1000
    return CircuitStudy(
        tag=circuit.tag,
        ib_a=circuit.design_current_a,
        in_a=circuit.device.rated_current_a,
        iz_a=circuit.cable.iz_tabulated_a * 0.8,
        ik_max_source_ka=9.4 if final else 17.2,
        ik_min_end_ka=0.23 / cold * 0.95,
        zs_expected_ohm=cold * 1.2,
        zs_expected_cold_ohm=cold,
        zs_permitted_ohm=0.38 if final else 0.12 if circuit.tag != "Q01" else 0.04,
        zs_rule=TN_RULE if final else MAIN_RULE,
        r1_plus_r2_ohm=cold - 0.06,
        pe_path_ohm=cold / 2,
        disconnection_time_s=0.4 if final else 5,
        voltage_drop_percent=length * 0.028,
        voltage_drop_total_percent=length * 0.028 + 0.9,
    )


def study(line: OneLine) -> Study:
    warning = Finding(
        "voltage-drop",
        "warning",
        "F12",
        "The voltage drop to CH12 is above the guidance value at full current.",
        (Figure("voltage_drop_total", 5.3, "%"),),
        Figure("guidance", 5.0, "%"),
        "IEC 60364-5-52, table G.52.1",
        "Lay 16 mm² or keep CH12 at 25 A by the load management.",
    )
    return Study(
        "iec-60364:2024",
        (
            BoardStudy("MSB", 17.2, 8.1, 0.026),
            *(BoardStudy(f"DB{g}", 9.4, 3.9, 0.057) for g in (1, 2, 3)),
            *(BoardStudy(f"CH{n:02}", 4.1 - 0.2 * n, 1.9 - 0.1 * n, 0.11 + 0.012 * n) for n in range(1, 13)),
        ),
        tuple(circuit_study(circuit) for circuit in line.circuits),
        ConnectionPointStudy(
            18.5,
            384,
            280,
            315,
            58.7,
            8,
            "EN 50160, 4.2.5",
            8,
            "IEEE 519-2022, table 2",
            None,
            "The makers’ spectra are not published; measure instead.",
        ),
        (warning,),
    )


def site_design(name: str) -> SiteDesign:
    return SiteDesign(
        DesignRef("destination-ac", 3, "Destination AC, 4–12 stations 22 kW", "destination", "ab" * 32),
        SiteParameters(
            name,
            "Hafenstraße 12, 20457 Hamburg",
            "DE",
            "Europe/Berlin",
            {
                "stations": 12,
                "import_limit_a": 315,
                "system_earthing": "TN-S",
                "ik_max_ka": 18.5,
                "longest_cable_m": 72,
            },
        ),
        one_line(),
        ("inspection-lv", "dead-tests", "live-tests", "evse-function", "power-quality", "handover"),
    )
