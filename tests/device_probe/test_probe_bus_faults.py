"""71 ways to misbehave over Modbus/TCP: a value is right or there is none; nothing is ever written."""

import asyncio

import pytest

from device_probe.bus import Bus, Manners
from device_probe.model import Endpoint
from device_probe.problems import (
    BadFrameError,
    BusError,
    ConnectionLostError,
    DeviceRefusalError,
    GarbledError,
    NoAnswerError,
    NoConnectionError,
    ParkedError,
)
from tests.device_probe.fault_runs import expected, run_modes, serving
from tests.device_probe.faultserver import MODES, Device
from tests.device_probe.rtu_faultserver import RTU_MODES, RtuDevice

T = 1.0
SLACK_S = 4.0  # the machine may be busy: what separates the kinds of failure is the error, not the clock
LATE_S = 1.5 * T  # on the first request: the second try waits for it and is answered
NEVER_S = 60.0

Table = dict[str, tuple[type[BusError] | None, int]]


def fails(error: type[BusError] | None, timeouts: int, modes: str) -> Table:
    return dict.fromkeys(modes.split(), (error, timeouts))


# mode -> error of a read that meets the fault each time, and the most timeouts it may cost with one retry;
# in all other modes every read is right, and at once
PERSISTENT: Table = {
    **fails(NoConnectionError, 0, "refuse"),
    **fails(NoConnectionError, 2, "syn-drop"),
    **fails(ConnectionLostError, 0, "accept-close accept-rst close rst half-close half-rst"),
    **fails(
        NoAnswerError, 2, "blackhole silent half-stall late late-conc late-tid0 split split-last trickle"
    ),
    **fails(NoAnswerError, 2, "wrong-tid zero-tid len-long"),
    **fails(None, 2, "swap-tid"),  # of a number like 0x4d4d the right one, and then the answer is right
    **fails(BadFrameError, 0, "wrong-unit zero-unit wrong-pid wrong-fc unknown-fc short-count long-count"),
    **fails(BadFrameError, 0, "short-data odd-count empty header-only exc-short len-short len-zero len-huge"),
    **fails(BadFrameError, 0, "garbage garbage-flood garbage-prefix http rtu"),
    **fails(DeviceRefusalError, 0, "exc exc1 exc2 exc3 exc4 exc5 exc6 exc8 exc10 exc11 exc-ff"),
    **fails(None, 1, "stale-burst"),  # every second request is answered, with the answer before it
}
# the fault is not narrowed to one request: the whole life of the device is meant
WHOLE_LIFE = {"refuse", "syn-drop", "accept-close", "accept-rst", "late-tid0"}
# a second try on a new connection is answered properly
HEALED_NAMES = """
close rst half-close half-rst half-stall blackhole silent late late-conc split split-last trickle
len-long wrong-tid swap-tid zero-tid exc5 exc6 exc10 exc11 stale-burst
"""
HEALED = set(HEALED_NAMES.split())

RTU_PERSISTENT: Table = {
    **{mode: entry for mode, entry in PERSISTENT.items() if mode in RTU_MODES},
    **fails(
        GarbledError, 2, "bad-crc bad-data swapped-crc noise-after mbap exc-bad-crc garbage garbage-flood"
    ),
    **fails(GarbledError, 2, "garbage-prefix http dup unsolicited zero-unit other-master"),
    **fails(NoAnswerError, 2, "lost-byte echo-only late-shared short-data exc-short"),
    **fails(BadFrameError, 0, "wrong-unit wrong-fc unknown-fc short-count long-count odd-count empty"),
    **fails(BadFrameError, 0, "header-only"),
    **fails(None, 2, "one-behind stale-burst"),
}
RTU_HEALED = (HEALED & set(RTU_MODES)) | {
    mode for mode, (error, _) in RTU_PERSISTENT.items() if error in (GarbledError, NoAnswerError)
}


def delays(mode: str, first: int | None) -> dict[str, float]:
    if mode in ("late", "late-conc", "late-tid0", "late-shared", "split", "split-last"):
        return {"delay": LATE_S if first else NEVER_S}
    return {"trickle": {"delay": 0.2}, "idle-close": {"delay": NEVER_S}}.get(mode, {})


async def every_mode(modes, link, kind, first=None):
    """All modes at once, those with delays of their own in groups."""
    groups: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for mode in modes:
        groups.setdefault(tuple(delays(mode, first).items()), []).append(mode)
    manners = Manners(timeout_s=T, retries=1)
    found = await asyncio.gather(
        *(run_modes(group, link, kind, manners, **dict(key), first=first) for key, group in groups.items())
    )
    return {run.mode: run for runs in found for run in runs}


WAYS_OF_BEING_DEAD = """
refuse syn-drop accept-close accept-rst blackhole close rst half-close half-stall late split trickle wrong-tid
len-long wrong-unit garbage garbage-flood exc4 exc5 exc6 exc10 exc11
"""


PATIENT = Manners(timeout_s=1.5, baud=9600)  # a gateway's longer timeout; all else as it comes


async def seconds_lost(mode: str, kind: type[Device], link: str) -> tuple[str, float]:
    """Ask a device that never answers well for twenty blocks and return what it cost."""
    loop, bus = asyncio.get_running_loop(), Bus()
    async with serving(mode, kind, delay=NEVER_S) as (device, port):
        channel = bus.channel(Endpoint("127.0.0.1", port, link), 1, PATIENT)
        begin = loop.time()
        for address in range(0, 200, 10):
            with pytest.raises(BusError):
                await channel.read("input", address, 10)
        taken = loop.time() - begin
        await bus.close()
        assert device.stats["writes"] == 0
    return f"{mode} {link}", taken


async def seconds_lost_on_a_name() -> tuple[str, float]:
    loop, bus = asyncio.get_running_loop(), Bus()
    channel, begin = bus.channel(Endpoint("meter.invalid"), 1, PATIENT), loop.time()
    for _ in range(5):
        with pytest.raises(BusError):
            await channel.read("input", 0, 10)
    return "name", loop.time() - begin


async def dead_devices() -> list[tuple[str, float]]:
    ways = WAYS_OF_BEING_DEAD.split()
    rtu = (*(way for way in ways if way in RTU_MODES), "bad-crc", "echo-only")
    return await asyncio.gather(
        *(seconds_lost(way, Device, "tcp") for way in ways),
        *(seconds_lost(way, RtuDevice, "rtu_tcp") for way in rtu),
        seconds_lost_on_a_name(),
    )


@pytest.fixture(scope="module")
def outcomes():
    """Both framings, the fault on the first request only and on every one; and dead devices."""

    async def run():
        return await asyncio.gather(
            every_mode(MODES, "tcp", Device, first=1),
            every_mode(MODES, "tcp", Device),
            every_mode(RTU_MODES, "rtu_tcp", RtuDevice, first=1),
            every_mode(RTU_MODES, "rtu_tcp", RtuDevice),
            dead_devices(),
        )

    names = ("tcp-first", "tcp-persistent", "rtu-first", "rtu-persistent", "dead")
    return dict(zip(names, asyncio.run(run()), strict=True))


@pytest.mark.parametrize("name", ["tcp-first", "tcp-persistent", "rtu-first", "rtu-persistent"])
def test_no_value_is_ever_wrong_nothing_is_written_and_neighbours_are_unharmed(outcomes, name: str) -> None:
    runs = outcomes[name]
    assert len(runs) == (71 if name.startswith("tcp") else len(RTU_MODES))
    for mode, run in runs.items():
        assert False not in run.right, (mode, run.found)
        assert run.stats["writes"] == 0, mode
        assert run.neighbour == [True] * 3, mode


@pytest.mark.parametrize(
    ("name", "table"), [("tcp-persistent", PERSISTENT), ("rtu-persistent", RTU_PERSISTENT)]
)
def test_a_fault_on_every_request_fails_as_it_must_and_in_bounded_time(outcomes, name: str, table) -> None:
    for mode, run in outcomes[name].items():
        error, timeouts = table.get(mode, (None, 0))
        assert max(run.seconds) <= timeouts * T + SLACK_S, (mode, run.seconds)
        if mode not in table:
            assert run.right == [True] * 3, (mode, run.found)
        elif error is not None:
            assert isinstance(run.found[0], error), (mode, run.found)
            assert all(isinstance(each, error | ParkedError) for each in run.found), (mode, run.found)


@pytest.mark.parametrize(("name", "healed"), [("tcp-first", HEALED), ("rtu-first", RTU_HEALED)])
def test_a_fault_on_the_first_request_leaves_later_reads_right(outcomes, name: str, healed: set[str]) -> None:
    for mode, run in outcomes[name].items():
        if mode in healed:
            assert run.right[0], (mode, run.found)
        if mode not in WHOLE_LIFE | {"one-behind"}:  # which never has the answer that was asked for
            assert run.right[1:] == [True, True], (mode, run.found)


@pytest.mark.parametrize(("link", "kind"), [("tcp", Device), ("rtu_tcp", RtuDevice)])
def test_a_connection_that_the_device_closes_when_it_is_not_used_is_made_again(link, kind) -> None:
    async def run():
        bus, found = Bus(), []
        async with serving("idle-close", kind, delay=0.3) as (device, port):
            channel = bus.channel(Endpoint("127.0.0.1", port, link), 1, Manners(timeout_s=5, retries=3))
            for address in (10, 40, 70):
                found.append((await channel.read("holding", address, 10)).data == expected(1, address, 10))
                await asyncio.sleep(0.6)
            await bus.close()
            return found, device.stats["connections"] >= 3

    assert asyncio.run(run()) == ([True] * 3, True)


def test_one_retry_less_still_gives_no_wrong_value_after_a_late_answer() -> None:
    async def run():
        modes = ("late", "late-conc", "stale-burst", "late-shared", "one-behind")
        manners = Manners(timeout_s=0.5, retries=0)
        return await asyncio.gather(
            run_modes(modes[:3], "tcp", Device, manners, first=1, delay=0.7),
            run_modes(modes, "rtu_tcp", RtuDevice, manners, first=1, delay=0.7),
        )

    for runs in asyncio.run(run()):
        for found in runs:
            assert False not in found.right, (found.mode, found.found)


def test_a_dead_device_costs_at_most_ten_seconds_whatever_its_way_of_being_dead(outcomes) -> None:
    assert len(outcomes["dead"]) > 35
    for way, taken in outcomes["dead"]:
        assert taken <= 10.0, way


def test_a_gateway_slower_than_the_timeout_of_others_is_given_its_line_time() -> None:
    async def run():
        bus = Bus()
        async with serving("gateway", delay=0.4) as (_, port):
            channel = bus.channel(
                Endpoint("127.0.0.1", port), 1, Manners(timeout_s=0.2, baud=2400, retries=0)
            )
            answer = await channel.read("holding", 5, 10)  # 33 characters: 0.2 s on the line
            await bus.close()
        return answer.data

    assert asyncio.run(run()) == expected(1, 5, 10)
