"""A small site with everything a template may ask about, written by hand: no study is run for it."""

from dataclasses import replace

import pytest

from checklists.generate import generate
from checklists.model import Checklist, Item
from checklists.sheet import write_sheet
from checklists.sheet_answers import SheetSite
from designs.model import (
    BoardStudy,
    Cable,
    Circuit,
    CircuitStudy,
    ConnectionPointStudy,
    Connector,
    DesignRef,
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
from tests.checklists.filled_sheets import SITE, Cells, rows_of

ALL = ("inspection", "dead-tests", "live-tests", "evse-function", "power-quality", "handover")


def make_cable(length_m: float) -> Cable:
    return Cable("cu-5g10", "Cu", "XLPE", 5, 10, 10, length_m, "D1", 4, 20, 1.83, 0.08, 1.83, 63)


def make_circuit(number: int, source: str, target: str) -> Circuit:
    breaker = ProtectiveDevice("mcb-b40", "mcb", "B", 40, 10, 4, 200)
    rcd = ResidualCurrentDevice("rcd-a-40-30ma", "A", 30) if number else None
    return Circuit(f"F{number:02}", "Circuit", source, target, 3, 32, breaker, rcd, make_cable(20 + number))


def make_circuit_study(number: int) -> CircuitStudy:
    return CircuitStudy(
        tag=f"F{number:02}",
        ib_a=32,
        in_a=40,
        iz_a=50,
        ik_max_source_ka=6,
        ik_min_end_ka=1,
        zs_expected_ohm=0.2,
        zs_expected_cold_ohm=0.15,
        zs_permitted_ohm=0.7666,
        zs_rule="Zs measured cold ≤ 2/3 · U0 / Ia",
        r1_plus_r2_ohm=0.1208,
        pe_path_ohm=0.0604 + number / 100,
        disconnection_time_s=0.4,
        voltage_drop_percent=0.9,
        voltage_drop_total_percent=1.24,
    )


def make_site(stations: int, checklists: tuple[str, ...] = ALL) -> tuple[SiteDesign, Study]:
    numbers = range(1, stations + 1)
    line = OneLine(
        supply=Supply("GRID", "Supply", 400, 50, "TN-S", 10, 0.6, 0.055, 100),
        transformers=(),
        switchboards=(Switchboard("MSB", "Main switchboard", "msb-250", 250, 25, "spd-t2"),),
        stations=tuple(
            Station(
                tag=f"CH{n:02}",
                title=f"Station {n}",
                equipment="wallbox",
                profile="wallbox",
                connectors=(Connector(f"CH{n:02}.1", "type2-socket", 32, 3, 22),),
                dc_fault_protection="rdc-dd",
                phase_rotation="L1L2L3",
                group=1,
                modbus=ModbusAddress("127.0.0.1", 502, n),
            )
            for n in numbers
        ),
        meters=(
            Meter(
                "PM0",
                "Main",
                "m",
                "m",
                "MSB",
                None,
                ("F00",),
                250,
                5,
                0.7,
                ModbusAddress("127.0.0.1", 502, 1),
            ),
            Meter(
                "PM1",
                "Group",
                "m",
                "m",
                "MSB",
                "PM0",
                ("F01",),
                None,
                None,
                1,
                ModbusAddress("127.0.0.1", 502, 2),
            ),
        ),
        circuits=(
            make_circuit(0, "GRID", "MSB"),
            *(make_circuit(n, "MSB", f"CH{n:02}") for n in numbers),
        ),
    )
    ref = DesignRef("by-hand", 1, "By hand", "destination", "0" * 64)
    site = SiteParameters("Hotel Seeblick", "Uferstrasse 12", "DE", "Europe/Berlin", {})
    point = ConnectionPointStudy(
        10, 32.0 * stations, 100, 100, 100, 8, "EN 50160, 4.2.5", 12, "IEEE 519", None, ""
    )
    boards = (BoardStudy("MSB", 9.1, 3.5, 0.06),)
    circuits = tuple(make_circuit_study(n) for n in range(stations + 1))
    return SiteDesign(ref, site, line, checklists), Study("iec", boards, circuits, point, ())


@pytest.fixture
def small_site() -> tuple[SiteDesign, Study]:
    return make_site(4)


@pytest.fixture
def british_site() -> tuple[SiteDesign, Study]:
    """PME earthing in Great Britain."""
    design, study = make_site(1)
    supply = replace(design.one_line.supply, earthing="TN-C-S")
    line = replace(design.one_line, supply=supply)
    return replace(design, one_line=line, parameters=replace(design.parameters, country="GB")), study


@pytest.fixture(scope="session")
def checklists() -> tuple[Checklist, ...]:
    return generate(*make_site(2))


@pytest.fixture(scope="session")
def items(checklists: tuple[Checklist, ...]) -> dict[str, Item]:
    return {item.key: item for checklist in checklists for item in checklist.items}


@pytest.fixture(scope="session")
def site(items: dict[str, Item]) -> SheetSite:
    named = {"it1": "IT1", "sn-0042": "IT1"}
    return SheetSite(SITE, 2, "Europe/Berlin", items, named)


@pytest.fixture(scope="session")
def rows(checklists: tuple[Checklist, ...]) -> list[Cells]:
    return rows_of(write_sheet(SITE, 2, checklists))
