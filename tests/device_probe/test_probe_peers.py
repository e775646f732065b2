"""Strangers at the other end: libmodbus serves and we read, mbpoll and pyModbusTCP read what we simulate.

An error that our reader and our simulator have in common can't hide here.
"""

import asyncio
import re
import subprocess

import pytest
from pyModbusTCP.client import ModbusClient

from device_probe.bus import Bus, Manners
from device_probe.model import Endpoint, PlannedDevice, SitePlan, Snapshot
from device_probe.problems import DeviceRefusalError
from device_probe.profile import Point, Profile
from device_probe.profile_schema import load_profile
from device_probe.read import read_device
from device_probe.simulator import SimulatedSite
from tests.device_probe.libmodbus_server import libmodbus
from tests.device_probe.physical import Load, registers_of, values_of

SERVED = (
    "eastron-sdm630",
    "carlo-gavazzi-em24-e1",
    "schneider-pm5320",
    "siemens-pac3200",
    "phoenix-contact-ev-cc-ac1",
)
LONGEST = 125
LIMIT_S = 30
BIG, LITTLE = ("-B",), ()


def device(profile: Profile, port: int, unit: int) -> PlannedDevice:
    return PlannedDevice("PEER", profile.id, "127.0.0.1", port, unit, "other")


def filled(words: dict[int, int]) -> dict[int, int]:
    """A table without holes up to its end, and a few registers beyond."""
    return {address: words.get(address, 0) for address in range(max(words) + 9)}


@pytest.mark.parametrize("profile_id", SERVED)
def test_libmodbus_is_read_right(profile_id: str) -> None:
    profile = load_profile(profile_id)
    values = values_of(Load(), profile.phases)
    tables = {table: filled(words) for table, words in registers_of(profile, values).items()}
    bits = [p for p in profile.points if p.table in ("coil", "discrete") and p.access != "wo"]
    for at, point in enumerate(bits):
        tables.setdefault(point.table, {})[point.address] = at % 2
    with libmodbus({9: tables}) as port:
        snapshot = read_device(device(profile, port, 9), profile)
    assert snapshot.problem is None
    found = {reading.quantity: reading for reading in snapshot.readings}
    assert not [r for r in snapshot.readings if r.problem == "unreadable"]
    assert snapshot.diagnosis is None
    checked = [name for name in values if name in found and not name.startswith("active_energy")]
    for name in checked:
        step = abs(profile.point(name).scale) if "float" not in profile.point(name).type else 1e-3
        assert found[name].value == pytest.approx(values[name], abs=step, rel=1e-5), name
    assert len(checked) >= (4 if bits else 20)
    assert [int(found[point.quantity].raw) for point in bits] == [at % 2 for at in range(len(bits))]


def test_libmodbus_answers_the_longest_block_bits_and_two_units() -> None:
    words = {address: (address * 40503) & 0xFFFF for address in range(300)}
    bits = {address: (address * 7 // 3) % 2 for address in range(2100)}
    other = dict.fromkeys(range(20), 42405)

    async def run(port: int):
        bus = Bus()
        place = Endpoint("127.0.0.1", port)
        one, two, gone = (bus.channel(place, unit, Manners(retries=0)) for unit in (1, 2, 3))
        try:
            long = [await one.read(table, 100, LONGEST) for table in ("holding", "input")]
            many = [await one.read(table, 50, 2000) for table in ("coil", "discrete")]
            second = await two.read("holding", 3, 4)
            refused = []
            for channel, address in ((one, 299), (two, 19), (gone, 0)):
                with pytest.raises(DeviceRefusalError) as caught:
                    await channel.read("holding", address, 2)
                refused.append(caught.value.code)
            again = await one.read("holding", 298, 2)
        finally:
            await bus.close()
        return long, many, second, refused, again

    units = {1: {"holding": words, "input": words, "coil": bits, "discrete": bits}, 2: {"holding": other}}
    with libmodbus(units) as port:
        long, many, second, refused, again = asyncio.run(run(port))
    expected = b"".join(words[a].to_bytes(2, "big") for a in range(100, 100 + LONGEST))
    assert [answer.data for answer in long] == [expected, expected]
    for answer in many:
        assert [answer.data[i // 8] >> i % 8 & 1 for i in range(2000)] == [bits[50 + i] for i in range(2000)]
    assert second.data == b"\xa5" * 8
    assert refused == [2, 2, 11]
    assert again.data == b"".join(words[a].to_bytes(2, "big") for a in (298, 299))


@pytest.fixture(scope="module")
def read_by_us(running: SimulatedSite) -> dict[str, Snapshot]:
    running.set_scenario("healthy")
    return {
        one.profile: read_device(one, load_profile(one.profile)) for one in reversed(running.plan.devices)
    }


def mbpoll(port: int, unit: int, kind: str, address: int, count: int, *more: str) -> list[str]:
    """Return what mbpoll prints for these references, in order."""
    done = subprocess.run(
        ["mbpoll", "-m", "tcp", "-1", "-0", "-a", str(unit), "-t", kind, "-r", str(address), "-c", str(count),
         "-p", str(port), "-o", "5", *more, "127.0.0.1"],
        capture_output=True, text=True, timeout=LIMIT_S, check=True,
    )  # fmt: skip
    return re.findall(r"^\[\d+\]:\s+(\S+)", done.stdout, re.MULTILINE)


def mbpoll_kind(point: Point) -> str | None:
    table = {"holding": "4", "input": "3"}.get(point.table)
    kind = {"uint16": "", "int16": "", "uint32": ":int", "int32": ":int", "float32": ":float"}.get(point.type)
    return None if table is None or kind is None else table + kind


def number(text: str, point: Point, profile: Profile) -> float:
    """What a person makes of mbpoll's number with the manual in hand."""
    raw = float(text)
    if point.type == "int16" and raw > 0x7FFF:
        raw -= 0x10000
    if point.type == "uint32" and raw < 0:
        raw += 2**32
    return raw * point.scale + point.offset


WANTED = ("voltage_l1_n", "voltage_l3_n", "current_l2", "active_power_l1", "active_power_total", "frequency",
          "thd_voltage_l2")  # fmt: skip


def test_mbpoll_reads_from_the_simulator_what_we_read(
    plan: SitePlan, running: SimulatedSite, read_by_us: dict[str, Snapshot]
) -> None:
    compared = 0
    for one in {d.profile: d for d in reversed(running.plan.devices)}.values():
        profile, ours = load_profile(one.profile), read_by_us[one.profile]
        for point in profile.points:
            kind = mbpoll_kind(point)
            plain = not (point.enum or point.bits or point.byte_swap or point.mask or point.encoding)
            if point.quantity in WANTED and kind and plain and not profile.inverted(point.quantity):
                order = BIG if profile.word_order == "big" else LITTLE
                said = mbpoll(one.port, ours.unit, kind, point.address, 1, *order)
                assert ours.value(point.quantity) == pytest.approx(
                    number(said[0], point, profile), rel=1e-4, abs=1e-6
                ), (one.profile, point.quantity)
                compared += 1
    assert compared >= 8


def test_pymodbustcp_reads_from_the_simulator_the_very_same_registers(
    running: SimulatedSite, read_by_us: dict[str, Snapshot]
) -> None:
    compared = 0
    for one in {d.profile: d for d in reversed(running.plan.devices)}.values():
        client = ModbusClient(one.host, one.port, auto_open=True, timeout=5)
        for block in read_by_us[one.profile].blocks:
            client.unit_id = block.unit
            ask = {"holding": client.read_holding_registers, "input": client.read_input_registers}.get(
                block.table
            )
            if ask is not None:
                words = ask(block.address, block.count)
                assert words is not None, (client.last_error_as_txt, block)
                assert b"".join(w.to_bytes(2, "big") for w in words).hex() == block.data_hex
                compared += block.count
        client.close()
    assert compared > 200
