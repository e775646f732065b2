"""SunSpec by discovery: what hand-written devices say, and what hostile ones may not make us say."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from device_probe.blocks import decode_blocks
from device_probe.bus import Bus
from device_probe.model import PlannedDevice, SitePlan, Snapshot
from device_probe.profile_schema import load_profile
from device_probe.read import read_device, read_on
from device_probe.report import judge, load_report, rejudge
from device_probe.schema import dump_report
from device_probe.simulator.image import build_image
from device_probe.sunspec.profile import fitted
from tests.device_probe import sunspec_images as images
from tests.device_probe.register_server import RegisterServer, Unit, serve


def read(registers, profile: str = "sunspec", wanted=None, **unit) -> tuple[Snapshot, RegisterServer]:
    server = RegisterServer({1: Unit(holding=registers, **unit)})
    with serve((server, "127.0.0.1")):
        device = PlannedDevice("INV1", profile, server.host, server.port, 1, "other")
        snapshot = read_device(device, None, wanted, 0.5)
    assert server.counters.writes == 0
    return snapshot, server


def values(snapshot: Snapshot) -> dict[str, object]:
    return {reading.quantity: reading.value for reading in snapshot.readings}


@pytest.mark.parametrize("base", [40000, 50000, 0])
@pytest.mark.parametrize("length", [65, 66])
def test_an_inverter_is_read_wherever_its_header_stands(base: int, length: int) -> None:
    snapshot, server = read(images.solaredge(base, length))
    assert snapshot.problem is None
    found = values(snapshot)
    assert found["manufacturer"] == "SolarEdge"
    assert found["serial_number"] == "7E1A2B3C"
    assert found["firmware_version"] == "0004.0018.0518"
    assert (found["voltage_l1_n"], found["voltage_l2_l3"], found["current_l1"]) == (230.1, 401.0, 17.9)
    assert found["active_power_total"] == -12345  # the inverter counts what it gives; import is positive here
    assert found["apparent_power_total"] == 12400
    assert found["power_factor_total"] == pytest.approx(0.9956)
    assert found["active_energy_export_total"] == 1234567
    assert found["dc_voltage"] == 750.1
    assert found["device_state"] == "mppt"
    assert found["error_code"] == ("dc_over_volt", "over_temp")
    problems = {r.quantity: r.problem for r in snapshot.readings if r.problem}
    assert problems == {"dc_power": "not_available", "vendor_state": "not_available",
                        "device_options": "not_available"}  # fmt: skip
    # header, common models with the header behind them, three headers; one request for the values
    assert server.counters.requests == snapshot.requests == snapshot.planned
    assert snapshot.requests <= 6 + [40000, 50000, 0].index(base)


def test_the_meter_behind_an_inverter_is_a_device_of_its_own_with_its_makers_sign() -> None:
    snapshot, _ = read(images.solaredge(), "sunspec-2")
    found = values(snapshot)
    assert found["device_model"] == "WND-3Y-400-MB"
    assert found["serial_number"] == "2141234"
    # SolarEdge's meters count export positive: -2500 W is drawn
    assert (found["active_power_total"], found["active_power_l2"]) == (2500, 850)
    assert (found["active_energy_export_total"], found["active_energy_import_total"]) == (10000, 20000)
    assert found["power_factor_total"] == pytest.approx(-0.96)
    assert found["voltage_l3_l1"] == 398.8
    assert found["error_code"] == ("power_failure",)
    not_there = {r.quantity for r in snapshot.readings if r.problem == "not_available"}
    assert {"active_energy_export_l1", "active_energy_import_l3"} <= not_there


def test_a_meter_of_another_maker_counts_as_the_standard_says() -> None:
    snapshot, _ = read(images.fronius_meter())
    found = values(snapshot)
    assert found["active_power_total"] == 2850.5
    assert found["power_factor_total"] == pytest.approx(0.983)  # a factor, not percent, in the float models
    assert found["apparent_power_l1"] is None
    assert found["reactive_power_total"] == -321.5
    assert load_profile("sunspec").points == ()  # what one device said is not kept for the next


def test_measurements_of_a_storage_are_gathered_from_all_its_models() -> None:
    snapshot, _ = read(images.der())
    found = values(snapshot)
    assert found["active_power_total"] == 3000  # it takes 3 kW in
    assert found["active_power_l3"] == 1000
    assert found["frequency"] == pytest.approx(49.98)
    assert found["active_energy_export_total"] == 5e9
    assert found["active_energy_export_l1"] is None
    assert found["power_factor_total"] == pytest.approx(-0.99)
    assert found["device_state"] == "running"
    assert found["system_type"] == "three_phase"
    assert (found["battery_soc"], found["battery_soh"], found["battery_rated_capacity"]) == (60, 98.5, 10200)
    assert (found["dc_current"], found["dc_power"]) == (30, 1200)
    assert (found["dc_current_port_2"], found["dc_voltage_port_2"], found["dc_power_port_2"]) == (
        -20,
        48,
        -960,
    )
    assert "dc_power_port_3" not in found


@pytest.mark.parametrize(
    ("exponent", "problem"), [(0x8000, "not_available"), (11, "unreadable"), (images.i16(-11), "unreadable")]
)
def test_a_scale_factor_that_is_none_makes_no_value(exponent: int, problem: str) -> None:
    inverter = images.inverter_103()
    inverter[15] = exponent  # W_SF
    snapshot, _ = read(images.placed(40000, images.common("A", "B", "1", "2"), inverter))
    power = next(r for r in snapshot.readings if r.quantity == "active_power_total")
    assert (power.value, power.problem) == (None, problem)
    assert snapshot.value("frequency") == 49.98


COMMON = images.common("Maker", "Model", "1", "SN1")
HOSTILE = {
    "no header": (dict.fromkeys(range(40000, 40200), 0x5375), "without a SunSpec header"),
    "length 0": (images.placed(40000, COMMON, [103, 0, *images.inverter_103()[2:]]), "length 0"),
    "absurd length": (images.placed(40000, COMMON, [103, 60000, *images.inverter_103()[2:]]), "beyond"),
    "common of 64": (images.placed(40000, images.common("M", "M", "1", "1", 64)), "65 or 66"),
    "no common": (images.placed(40000, images.inverter_103()), "begins with the common model"),
    "no end, never": ({40000 + a: [0x5375, 0x6E53, *COMMON][a] if a < 70 else 7 for a in range(4000)},
                      "none that can be read"),
    "the same model for ever": ({a: (COMMON[(a - 40002) % 68] if a > 40001 else [0x5375, 0x6E53][a - 40000])
                                 for a in range(40000, 65536)}, "none that can be read"),
    "only the common model": (images.placed(40000, COMMON), "none that can be read"),
    "unknown models": (images.placed(40000, COMMON, [64001, 3, 1, 2, 3]), "models 1, 64001"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_chain_ends_and_gives_no_value(name: str) -> None:
    registers, words = HOSTILE[name]
    snapshot, server = read(registers)
    assert snapshot.problem is not None
    assert words in snapshot.problem
    assert all(reading.value is None for reading in snapshot.readings)
    assert server.counters.requests < 80


def test_a_chain_that_ends_by_a_refusal_is_read_as_far_as_it_goes() -> None:
    snapshot, _ = read(images.placed(40000, COMMON, images.inverter_103(), end=[]))
    assert values(snapshot)["active_power_total"] == -12345


def test_a_device_of_short_requests_is_read_too() -> None:
    snapshot, _ = read(images.solaredge(), longest=50)
    found = values(snapshot)
    assert (found["manufacturer"], found["serial_number"]) == ("SolarEdge", "7E1A2B3C")
    assert found["active_power_total"] == -12345


def test_a_model_shorter_than_the_standard_gives_only_what_it_holds() -> None:
    short = [103, 30, *images.inverter_103()[2:32]]
    snapshot, _ = read(images.placed(40000, COMMON, short))
    assert "device_state" not in values(snapshot)
    assert values(snapshot)["dc_voltage"] == 750.1


def test_a_device_that_is_not_in_the_chain_is_named_with_those_that_are() -> None:
    snapshot, _ = read(images.solaredge(), "sunspec-3")
    assert "sunspec-1 SE10K-RW0TEBNN4, sunspec-2 WND-3Y-400-MB" in (snapshot.problem or "")


@pytest.mark.parametrize("base", [40000, 50000, 0])
@pytest.mark.parametrize(
    ("profile", "quantity", "value"),
    [
        ("sunspec-inverter-103", "active_power_total", -12345),
        ("sunspec-meter-203", "active_power_total", 2500),
    ],
)
def test_a_profile_file_finds_its_model_elsewhere(
    base: int, profile: str, quantity: str, value: float
) -> None:
    snapshot, _ = read(images.solaredge(base), profile)
    assert snapshot.problem is None
    assert values(snapshot)[quantity] == value
    assert values(snapshot)["sunspec_id"] is not None


def test_a_profile_file_refuses_a_device_of_other_models() -> None:
    snapshot, _ = read(images.fronius_meter(), "sunspec-inverter-103")
    assert "models 1, 213" in (snapshot.problem or "")
    assert all(reading.value is None for reading in snapshot.readings)


def test_a_profile_file_reads_a_device_without_a_header_where_it_says() -> None:
    registers = {a: w for a, w in images.solaredge(length=66).items() if a >= 40070}
    snapshot, _ = read(registers, "sunspec-inverter-103", ["active_power_total"])
    assert values(snapshot) == {"active_power_total": -12345}


def test_only_what_is_asked_is_read() -> None:
    snapshot, server = read(images.solaredge(), wanted=["frequency"])
    assert values(snapshot) == {"frequency": 49.98}
    assert server.counters.asked[-1][2:] == (40085, 2)


@pytest.mark.parametrize("profile", ["sunspec", "sunspec-2", "sunspec-meter-203"])
def test_a_report_is_judged_again_without_the_device(profile: str) -> None:
    snapshot, _ = read(images.solaredge(50000), profile)
    device = PlannedDevice("INV1", profile, "192.0.2.1", 502, 1, "main_meter", ct_primary_a=100.0)
    plan = SitePlan("S", "Site", 400, 50, 8, "EN 50160", 100, 8, (device,))
    report = judge(plan, [replace(snapshot, tag="INV1")])
    again = rejudge(load_report(dump_report(report)))
    assert again.snapshots[0].readings == snapshot.readings
    assert again.snapshots[0].profile_digest == snapshot.profile_digest
    assert (again.verdicts, again.findings) == (report.verdicts, report.findings)


def test_fitting_again_changes_nothing() -> None:
    snapshot, _ = read(images.solaredge())
    once = fitted(load_profile("sunspec"), 1, snapshot.blocks)
    assert fitted(once, 1, snapshot.blocks) == replace(once, notes=fitted(once, 1, snapshot.blocks).notes)
    assert decode_blocks(once, 1, snapshot.blocks, {}) == snapshot.readings


def test_only_one_file_knows_sunspec2_and_only_its_definitions() -> None:
    room = Path(__file__).parents[2] / "device_probe"
    knowing = [
        path.relative_to(room).as_posix()
        for path in room.rglob("*.py")
        if "sunspec2" in path.read_text(encoding="utf-8")
    ]
    assert knowing == ["sunspec/definitions.py"]
    assert "import sunspec2" not in (room / "sunspec" / "definitions.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["inverter-103", "inverter-113", "meter-203", "meter-213"])
def test_the_profile_files_and_discovery_say_the_same_of_a_simulated_device(name: str) -> None:
    profile = load_profile(f"sunspec-{name}")
    values_there: dict[str, float | str | tuple[str, ...] | None] = {
        "active_power_total": -1500.0, "voltage_l1_n": 231.0, "frequency": 50.0, "serial_number": "SIM1",
        "manufacturer": "Maker", "current_l2": 6.5,
    }  # fmt: skip
    words = build_image(profile, 1, values_there)[1, "holding"]
    by_file, server = read(words, f"sunspec-{name}")
    found, _ = read(words)
    assert by_file.problem is None
    assert server.counters.requests <= 4  # header, common model, then at most two for the values
    shared = set(values(found)) & set(values_there)
    assert len(shared) == len(values_there)
    assert {q: values(found)[q] for q in shared} == {q: values(by_file)[q] for q in shared}
    assert values(found)["active_power_total"] == -1500


def test_in_a_window_the_chain_is_walked_once_and_a_change_of_it_is_noticed() -> None:
    server = RegisterServer({1: Unit(holding=images.solaredge())})

    async def run() -> list[Snapshot]:
        bus, profile = Bus(), load_profile("sunspec")
        device = PlannedDevice("INV1", "sunspec", server.host, server.port, 1, "other")
        try:
            taken = [await read_on(bus, device, profile) for _ in range(3)]
            server.units[1] = Unit(
                holding=images.solaredge(length=66)
            )  # everything moves by a register or two
            return [*taken, await read_on(bus, device, profile)]
        finally:
            await bus.close()

    with serve((server, "127.0.0.1")):
        first, second, third, moved = asyncio.run(run())
    assert first.requests == 6
    assert (second.requests, third.requests) == (2, 2)
    assert moved.requests > 6
    assert {snapshot.value("active_power_total") for snapshot in (first, second, third, moved)} == {-12345}
    assert len(second.blocks) == len(first.blocks)  # each sample can be decoded by itself
