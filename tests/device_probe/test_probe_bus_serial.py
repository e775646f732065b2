"""RTU over a serial port of this computer, proven over pairs of pseudo terminals."""

import asyncio
import sys

import pytest

from device_probe import loop
from device_probe.bus import Bus, Channel, Manners, serial_port
from device_probe.model import Endpoint
from device_probe.problems import BusError, ConnectionLostError, NoAnswerError, NoConnectionError
from tests.device_probe.fault_runs import expected, options

if sys.platform == "win32":
    pytest.skip("there are no pseudo terminals", allow_module_level=True)
from tests.device_probe.rtu_faultserver import PtyDevice

HEALED = ("bad-crc", "bad-data", "lost-byte", "noise-after", "silent", "echo-only", "mbap", "dup")
HARMLESS = ("ok", "echo", "echo-split", "noise-before", "split", "trickle")


def endpoint(device: PtyDevice) -> Endpoint:
    return Endpoint(device.name, 0, "serial", baud=115200)


async def values(channel: Channel) -> list[bytes | None]:
    found: list[bytes | None] = []
    for unit, address in ((1, 10), (1, 40), (2, 10)):
        try:
            found.append((await channel.read("holding", address, 10, unit)).data)
        except BusError:
            found.append(None)
    return found


RIGHT = [expected(1, 10, 10), expected(1, 40, 10), expected(2, 10, 10)]


async def read_mode(mode: str, **changes) -> list[bytes | None]:
    async with PtyDevice(mode, options(**({"delay": 0.002} | changes))) as device:
        bus = Bus()
        found = await values(bus.channel(endpoint(device), 1, Manners(timeout_s=0.6, retries=1)))
        await bus.close()
        assert device.device.stats["writes"] == 0
    return found


async def all_modes(modes, **changes):
    found = await asyncio.gather(*(read_mode(mode, **changes) for mode in modes))
    return dict(zip(modes, found, strict=True))


@pytest.mark.parametrize("fast", [True, False], ids=["uvloop", "asyncio"])
def test_registers_come_over_a_serial_port_whatever_the_line_does_to_them(fast: bool) -> None:
    assert loop.run(all_modes(HARMLESS), fast=fast) == dict.fromkeys(HARMLESS, RIGHT)


def test_a_disturbed_answer_is_asked_for_again() -> None:
    assert loop.run(all_modes(HEALED, first=1)) == dict.fromkeys(HEALED, RIGHT)


def test_a_line_that_is_always_disturbed_gives_no_value() -> None:
    found = loop.run(all_modes(HEALED))
    assert found == dict.fromkeys(HEALED, [None] * 3)


def test_an_adapter_that_is_pulled_out_fails_at_once() -> None:
    async def run():
        async with PtyDevice("ok", options()) as device:
            bus = Bus()
            channel = bus.channel(endpoint(device), 1, Manners(timeout_s=30, retries=0))
            await channel.read("input", 0, 2)
            device.unplug()
            begin = asyncio.get_running_loop().time()
            with pytest.raises((ConnectionLostError, NoConnectionError)):
                await channel.read("input", 0, 2)
            await bus.close()
            return asyncio.get_running_loop().time() - begin

    assert loop.run(run()) < 10


def test_a_port_that_is_not_there_or_that_another_program_holds_is_one_sentence() -> None:
    async def run():
        bus, other = Bus(), Bus()
        async with PtyDevice("ok", options()) as device:
            await other.channel(endpoint(device), 1, Manners()).read("input", 0, 2)
            for place in (endpoint(device), Endpoint("/dev/no-such-port", 0, "serial")):
                with pytest.raises(NoConnectionError, match=f"serial port {place.host} can't be opened"):
                    await bus.channel(place, 1, Manners(retries=0)).read("input", 0, 2)
            await bus.close()
            await other.close()

    loop.run(run())


def test_speed_parity_and_stop_bits_are_those_of_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    class Port:
        def __init__(self, name, baud, **settings):
            asked.update(settings, name=name, baud=baud)
            raise OSError("only looking")

    monkeypatch.setattr(serial_port.serial, "Serial", type("Serial", (Port,), {"close": None}))

    async def run():
        place = Endpoint("COM3", 0, "serial", 19200, "E", 2)
        with pytest.raises(NoConnectionError):
            await Bus().channel(place, 1, Manners(retries=0)).read("input", 0, 2)

    loop.run(run())
    assert asked["exclusive"] is True
    assert (asked["name"], asked["baud"], asked["parity"], asked["stopbits"]) == ("COM3", 19200, "E", 2)


def test_an_answer_may_take_three_times_what_the_line_needs_however_short_the_timeout() -> None:
    async def run():
        async with PtyDevice("late", options(delay=0.3)) as device:  # 258 characters at 9600 baud take 0.3 s
            bus = Bus()
            slow = Endpoint(device.name, 0, "serial", baud=9600)
            answer = await bus.channel(slow, 1, Manners(timeout_s=0.05, retries=0)).read("holding", 0, 120)
            with pytest.raises(NoAnswerError):
                await bus.channel(slow, 1, Manners(timeout_s=0.05, retries=0)).read("holding", 0, 2)
            await bus.close()
        return answer.data

    assert loop.run(run()) == expected(1, 0, 120)
