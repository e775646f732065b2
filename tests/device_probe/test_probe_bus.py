"""The strict bus against 71 ways to misbehave: a value is right or there is none; nothing is ever written."""

import argparse
import asyncio
import importlib.util
import socket
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from device_probe.bus import Bus, Manners
from device_probe.model import Endpoint, PlannedDevice
from device_probe.problems import (
    BadFrameError,
    BusError,
    ConnectionLostError,
    DeviceRefusalError,
    NoAnswerError,
    NoConnectionError,
    ParkedError,
)
from device_probe.profile_schema import parse_profile
from device_probe.read import read_on

spec = importlib.util.spec_from_file_location("faultserver", Path(__file__).with_name("faultserver.py"))
faultserver = importlib.util.module_from_spec(spec)
spec.loader.exec_module(faultserver)

MODES = list(faultserver.MODES)
# modes in which a second request on a new connection is answered properly
HEALED_BY_A_RETRY = {
    "close", "rst", "half-close", "half-rst", "half-stall", "blackhole", "silent", "len-long", "wrong-tid",
    "zero-tid", "exc5", "exc6", "exc10", "exc11",
}  # fmt: skip
AT_ONCE = {"close", "rst", "half-close", "half-rst", "accept-close", "accept-rst"}
# answers that do not fit the request, though the data in some of them would
MISFITS = {
    "wrong-unit", "zero-unit", "wrong-pid", "wrong-fc", "unknown-fc", "short-count", "long-count",
    "short-data", "odd-count", "empty", "header-only", "exc-short", "len-short", "len-zero", "len-huge",
    "garbage", "http",
}  # fmt: skip
NO_DATA = {"nan": bytes.fromhex("7fc00000") * 5, "ffff": b"\xff\xff" * 10}
MANNERS = Manners(timeout_s=1.0, retries=0)


def options(**changes):
    known = {
        "host": "127.0.0.1", "delay": 0.03, "latency": 0, "timeout": 0.05, "block": False, "first": None,
        "every": None, "prob": 1.0, "seed": 1, "code": 4, "max_regs": 30, "gap": "60-69", "units": "1-3",
        "data": "addr", "ident_step": 0,
    }  # fmt: skip
    return argparse.Namespace(**(known | changes))


@asynccontextmanager
async def serving(mode: str, **changes):
    device = faultserver.Device(mode, 0, options(**changes))
    await device.start()
    kept = device.keep[0]
    port = kept.getsockname()[1] if isinstance(kept, socket.socket) else kept.sockets[0].getsockname()[1]
    try:
        yield device, port
    finally:
        for thing in device.keep:
            thing.close()
        for writer in list(device.writers):
            writer.close()
        await asyncio.sleep(0)


def expected(unit: int, address: int, count: int) -> bytes:
    return b"".join(((a ^ unit << 8) & 0xFFFF).to_bytes(2, "big") for a in range(address, address + count))


async def reads_after_a_late_answer(mode: str) -> list[bool | None]:
    """Read three times while the first answer comes too late; True: right, False: wrong, None: no value."""
    bus, found = Bus(), []
    async with serving(mode, first=1, delay=1.2) as (_, port):
        channel = bus.channel(Endpoint("127.0.0.1", port), 1, MANNERS)
        for address in (10, 40, 70):
            try:
                found.append((await channel.read("holding", address, 4)).data == expected(1, address, 4))
            except BusError:
                found.append(None)
            await asyncio.sleep(0.4)
        await bus.close()
    return found


def test_an_old_answer_is_never_taken_for_a_new_one() -> None:
    async def run():
        modes = ("late", "late-conc", "stale-burst", "dup", "unsolicited")
        return await asyncio.gather(*(reads_after_a_late_answer(mode) for mode in modes))

    for found in asyncio.run(run()):
        assert False not in found
        assert True in found


async def outcome(mode: str, retries: int, **changes):
    """Read twice from a misbehaving device; return the two answers or errors and the device's counters."""
    bus = Bus()
    found = []
    async with serving(mode, **changes) as (device, port):
        channel = bus.channel(Endpoint("127.0.0.1", port), 1, Manners(timeout_s=1.0, retries=retries))
        for address in (10, 40):
            try:
                found.append((await channel.read("holding", address, 10)).data)
            except BusError as error:
                found.append(error)
        await bus.close()
    return mode, found, device.stats


async def all_outcomes(retries: int, **changes):
    gate = asyncio.Semaphore(24)  # a start-up rush of 71 connections would time out on a loaded machine

    async def one(mode: str):
        async with gate:
            return await outcome(mode, retries, **changes)

    return await asyncio.gather(*(one(mode) for mode in MODES))


def assert_nothing_wrong(results) -> None:
    assert len(results) == 71
    for mode, answers, stats in results:
        for address, answer in zip((10, 40), answers, strict=True):
            if isinstance(answer, bytes):
                assert answer == NO_DATA.get(mode, expected(1, address, 10)), mode
        assert stats["writes"] == 0, mode


def test_a_fault_on_every_request_never_yields_a_wrong_value() -> None:
    results = asyncio.run(all_outcomes(retries=0))
    assert_nothing_wrong(results)
    for mode, answers, _ in results:
        if mode in AT_ONCE:
            assert all(isinstance(answer, ConnectionLostError) for answer in answers), (mode, answers)
        if mode in MISFITS:
            assert all(isinstance(answer, BadFrameError) for answer in answers), (mode, answers)
        if mode in ("wrong-tid", "swap-tid", "zero-tid", "late-tid0", "silent", "blackhole"):
            assert all(isinstance(answer, NoAnswerError) for answer in answers), (mode, answers)


def test_a_fault_on_the_first_request_leaves_the_next_read_right() -> None:
    results = asyncio.run(all_outcomes(retries=1, first=1))
    assert_nothing_wrong(results)
    for mode, answers, _ in results:
        if mode in HEALED_BY_A_RETRY:
            assert isinstance(answers[0], bytes), (mode, answers)
        if mode not in ("refuse", "syn-drop", "accept-close", "accept-rst", "late-tid0"):
            assert isinstance(answers[1], bytes), (mode, answers)


def test_a_device_that_always_answers_transaction_0_needs_its_profile_to_say_so() -> None:
    async def run():
        bus = Bus()
        async with serving("zero-tid") as (_, port):
            with pytest.raises(NoAnswerError):
                await bus.channel(Endpoint("127.0.0.1", port), 1, MANNERS).read("holding", 3, 2)
            lenient = bus.channel(Endpoint("127.0.0.1", port), 1, Manners(retries=0, tid_zero_ok=True))
            answer = await lenient.read("holding", 3, 2)
            await bus.close()
        return answer.data

    assert asyncio.run(run()) == expected(1, 3, 2)


@pytest.mark.parametrize(
    ("code", "frames"), [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (6, 2), (10, 2), (11, 2)]
)
def test_only_passing_exceptions_are_asked_again(code: int, frames: int) -> None:
    async def run():
        bus = Bus()
        async with serving("exc", code=code) as (_, port):
            channel = bus.channel(Endpoint("127.0.0.1", port), 1, Manners(retries=1, back_off_s=0.01))
            with pytest.raises(DeviceRefusalError, match=f"exception {code} "):
                await channel.read("input", 0, 2)
            await bus.close()
        return channel.requests

    assert asyncio.run(run()) == frames


def test_a_dead_unit_is_parked_while_the_others_behind_the_gateway_go_on() -> None:
    async def run():
        bus = Bus()
        async with serving("gateway", units="1-2") as (device, port):
            dead = bus.channel(Endpoint("127.0.0.1", port), 9, Manners(retries=0))
            alive = bus.channel(Endpoint("127.0.0.1", port), 2, Manners(retries=0))
            for _ in range(3):
                with pytest.raises(DeviceRefusalError):
                    await dead.read("holding", 0, 2)
            with pytest.raises(ParkedError):
                await dead.read("holding", 0, 2)
            answer = await alive.read("holding", 7, 2)
            await bus.close()
            return dead.requests, answer.data, device.stats["connections"]

    assert asyncio.run(run()) == (3, expected(2, 7, 2), 1)


def test_units_behind_one_address_are_asked_in_turn_on_one_connection() -> None:
    async def run():
        bus = Bus()
        async with serving("gateway-drop", units="1-3", delay=0.02) as (device, port):
            channels = [bus.channel(Endpoint("127.0.0.1", port), unit, MANNERS) for unit in (1, 2, 3)]
            answers = await asyncio.gather(*(c.read("holding", 5, 4) for c in channels))
            await bus.close()
            return [a.data for a in answers], device.stats

    answers, stats = asyncio.run(run())
    assert answers == [expected(unit, 5, 4) for unit in (1, 2, 3)]
    assert (stats["connections"], stats["faults"]) == (1, 0)


def test_another_client_holding_the_device_is_named() -> None:
    async def run():
        bus = Bus()
        async with serving("accept-close") as (_, port):
            with pytest.raises(ConnectionLostError, match="another client holds the device"):
                await bus.channel(Endpoint("127.0.0.1", port), 1, Manners(retries=1, back_off_s=0.01)).read(
                    "holding", 0, 2
                )
            await bus.close()

    asyncio.run(run())


def test_an_unreachable_address_is_given_up_after_three_tries() -> None:
    async def run():
        bus = Bus()
        async with serving("refuse") as (_, port):
            channel = bus.channel(Endpoint("127.0.0.1", port), 1, Manners(retries=3, back_off_s=0.01))
            with pytest.raises(ParkedError):
                await channel.read("holding", 0, 2)
            with pytest.raises(BusError) as caught:
                await bus.channel(Endpoint("127.0.0.1", port), 2, MANNERS).read("holding", 0, 2)
            await bus.close()
            return caught.value

    assert not isinstance(asyncio.run(run()), NoConnectionError)


def test_device_identification_follows_more_follows() -> None:
    async def run():
        bus = Bus()
        async with serving("ok", ident_step=1) as (_, port):
            channel = bus.channel(Endpoint("127.0.0.1", port), 1, MANNERS)
            found = await channel.device_information()
            await bus.close()
            return found, channel.requests

    assert asyncio.run(run()) == ({0: "Fault Works", 1: "FS-1", 2: "1.0"}, 3)


def test_coils_and_discrete_inputs_are_read_with_their_own_functions() -> None:
    async def run():
        bus = Bus()
        async with serving("ok") as (_, port):
            channel = bus.channel(Endpoint("127.0.0.1", port), 1, MANNERS)
            answers = [(await channel.read(table, 1, 10)).data for table in ("coil", "discrete")]
            await bus.close()
            return answers

    assert asyncio.run(run()) == [bytes([0b01010101, 0b01])] * 2


POINTS = "".join(
    f"  harmonic_voltage_l1_h{n}: {{table: holding, address: {address}, type: uint16, unit: V}}\n"
    for n, address in enumerate([*range(50, 60), *range(70, 80)], start=2)
)
PROFILE = "id: t\nvendor: V\nmodel: M\nkind: meter\nphases: 3\ntransport: tcp\npoints:\n" + POINTS


@pytest.mark.parametrize(("mode", "requests"), [("gaps", 3), ("limit", 1), ("ok", 1)])
def test_a_refused_block_is_split_and_every_value_still_comes(mode: str, requests: int) -> None:
    profile = parse_profile(PROFILE, "t.yaml")

    async def run():
        bus = Bus()
        async with serving(mode) as (_, port):
            device = PlannedDevice("D", "t", "127.0.0.1", port, 1, "other")
            snapshot = await read_on(bus, device, profile)
            await bus.close()
            return snapshot

    snapshot = asyncio.run(run())
    values = {reading.quantity: reading.value for reading in snapshot.readings}
    assert values == {p.quantity: float(p.address ^ 256) for p in profile.points}
    assert snapshot.requests == requests


def test_a_value_that_cannot_be_read_is_absent_with_its_cause() -> None:
    profile = parse_profile(PROFILE, "t.yaml")

    async def run():
        bus = Bus()
        async with serving("gaps", gap="55-55") as (_, port):
            snapshot = await read_on(bus, PlannedDevice("D", "t", "127.0.0.1", port, 1, "other"), profile)
            await bus.close()
            return snapshot

    snapshot = asyncio.run(run())
    missing = [r for r in snapshot.readings if r.problem]
    assert [(r.quantity, r.value, r.problem) for r in missing] == [
        ("harmonic_voltage_l1_h7", None, "unreadable")
    ]
    assert "illegal address" in missing[0].cause
    assert len(snapshot.readings) == 20
