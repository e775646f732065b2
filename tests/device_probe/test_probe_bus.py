"""How the bus speaks to devices: retries, parking, units in turn, one client, blocks that are too large."""

import asyncio
import struct

import pytest

from device_probe.bus import Bus, Manners
from device_probe.bus.turn import Turn
from device_probe.model import Endpoint, PlannedDevice
from device_probe.problems import (
    BusError,
    ConnectionLostError,
    DeviceRefusalError,
    NoAnswerError,
    NoConnectionError,
    ParkedError,
)
from device_probe.profile_schema import parse_profile
from device_probe.read import read_on
from tests.device_probe.fault_runs import expected, serving
from tests.device_probe.rtu_faultserver import RtuDevice

MANNERS = Manners(timeout_s=1.0, retries=0)


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


def test_a_device_that_serves_somebody_else_says_so_and_is_read_when_they_have_left() -> None:
    async def run():
        bus = Bus()
        async with serving("single-reject") as (_, port):
            _, other = await asyncio.open_connection("127.0.0.1", port)
            place = Endpoint("127.0.0.1", port)
            with pytest.raises(ConnectionLostError, match="another client holds the device"):
                await bus.channel(place, 1, Manners(retries=1, back_off_s=0.01)).read("holding", 0, 2)
            other.close()
            await other.wait_closed()
            answer = await bus.channel(place, 1, Manners(retries=1)).read("holding", 5, 2)
            await bus.close()
        return answer.data

    assert asyncio.run(run()) == expected(1, 5, 2)


def test_a_device_for_one_client_is_left_in_good_order() -> None:
    seen: list[str] = []

    async def client(reader, writer):
        head = await reader.readexactly(12)
        writer.write(head[:4] + struct.pack(">HBBBH", 5, head[6], head[7], 2, 7))
        seen.append("end" if await reader.read(1) == b"" else "more")
        await asyncio.sleep(0.2)
        seen.append("closed")
        writer.close()

    async def run():
        server = await asyncio.start_server(client, "127.0.0.1", 0)
        bus = Bus()
        place = Endpoint("127.0.0.1", server.sockets[0].getsockname()[1])
        answer = await bus.channel(place, 1, Manners(timeout_s=5, single_client=True)).read("input", 0, 1)
        await bus.close()
        found = list(seen)
        server.close()
        return answer.data, found

    assert asyncio.run(run()) == (b"\0\7", ["end", "closed"])


def test_where_nobody_ever_answers_the_later_units_are_asked_once_each() -> None:
    async def run():
        bus = Bus()
        async with serving("silent") as (device, port):
            for unit in range(1, 7):
                channel = bus.channel(Endpoint("127.0.0.1", port), unit, Manners(0.05, back_off_s=0.01))
                for _ in range(5):
                    with pytest.raises(BusError):
                        await channel.read("holding", 0, 2)
            await bus.close()
            return device.stats["requests"]

    assert asyncio.run(run()) == 2 * 6 + 4


def test_an_answer_over_rtu_is_never_that_of_an_earlier_request_for_the_same_registers() -> None:
    """The device always answers the request before; each sample must be its own or none."""

    async def run():
        bus, found = Bus(), []
        async with serving("one-behind", RtuDevice) as (device, port):
            channel = bus.channel(Endpoint("127.0.0.1", port, "rtu_tcp"), 1, Manners(0.2, back_off_s=0.01))
            for sample in range(4):
                device.store.update({(1, address): sample for address in range(5)})
                try:
                    found.append((sample, (await channel.read("holding", 0, 5)).data))
                except BusError:
                    found.append((sample, None))
            await bus.close()
        return found

    for sample, data in asyncio.run(run()):
        assert data in (None, sample.to_bytes(2, "big") * 5)


def test_frames_that_were_never_sent_are_not_counted() -> None:
    async def run():
        bus = Bus()
        async with serving("refuse") as (_, port):
            channel = bus.channel(Endpoint("127.0.0.1", port), 1, MANNERS)
            with pytest.raises(NoConnectionError):
                await channel.read("holding", 0, 2)
            await bus.close()
        return channel.requests

    assert asyncio.run(run()) == 0


def test_a_cancelled_read_leaves_no_answer_behind_for_the_next() -> None:
    async def run():
        bus = Bus()
        async with serving("late", first=1, delay=0.2) as (_, port):
            channel = bus.channel(Endpoint("127.0.0.1", port), 1, Manners(timeout_s=5))
            reading = asyncio.create_task(channel.read("holding", 0, 2))
            await asyncio.sleep(0.05)
            reading.cancel()
            await asyncio.wait((reading,))
            answer = await channel.read("holding", 50, 2)
            await bus.close()
        return reading.cancelled(), answer.data

    assert asyncio.run(run()) == (True, expected(1, 50, 2))


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


def test_the_turn_goes_on_when_those_who_wait_for_it_are_told_to_stop() -> None:
    async def run():
        turn, order = Turn(), []

        async def ask(name: str) -> None:
            if not turn.take():
                await turn.wait()
            order.append(name)
            await asyncio.sleep(0)
            turn.give()

        assert turn.take()
        tasks = {name: asyncio.create_task(ask(name)) for name in "abcd"}
        await asyncio.sleep(0)
        tasks["a"].cancel()  # while it waits
        turn.give()  # to b ...
        tasks["b"].cancel()  # ... which is told to stop before it could begin
        await asyncio.wait(tasks.values(), timeout=20)
        return order, turn.take()

    assert asyncio.run(run()) == (["c", "d"], True)
