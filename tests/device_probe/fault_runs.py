"""Devices that misbehave, and what reading from them came to."""

import argparse
import asyncio
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from device_probe.bus import Bus, Manners
from device_probe.model import Endpoint
from device_probe.problems import BusError
from tests.device_probe.faultserver import Device

READS = ((1, 10, 10), (1, 40, 10), (2, 70, 10))  # unit, address, registers: the fault meets the first
STAGGER_S = 0.03  # a start-up rush of all of them would time out on a loaded machine
NO_DATA = {"nan": bytes.fromhex("7fc00000") * 5, "ffff": b"\xff\xff" * 10}


def options(**changes):
    known = {
        "host": "127.0.0.1", "delay": 0.03, "latency": 0, "timeout": 0.05, "block": False, "first": None,
        "every": None, "prob": 1.0, "seed": 1, "code": 4, "max_regs": 30, "gap": "60-69", "units": "1-3",
        "data": "addr", "ident_step": 0,
    }  # fmt: skip
    return argparse.Namespace(**(known | changes))


@asynccontextmanager
async def serving(mode: str, kind: type[Device] = Device, **changes):
    device = kind(mode, 0, options(**changes))
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


@dataclass
class Run:
    """Reads from a device in one mode: its answers or errors, what each took, and the device's counters."""

    mode: str
    found: list[bytes | BusError] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    neighbour: list[bool] = field(default_factory=list)  # whether a healthy device was read rightly meanwhile
    stats: dict[str, int] = field(default_factory=dict)

    @property
    def right(self) -> list[bool | None]:
        """True: the right value; False: a wrong one; None: no value."""
        return [
            None if isinstance(each, BusError) else each == NO_DATA.get(self.mode, expected(*place))
            for each, place in zip(self.found, READS, strict=True)
        ]


async def read_once(channel, unit: int, address: int, count: int, run: Run) -> None:
    begin = time.monotonic()
    try:
        run.found.append((await channel.read("holding", address, count, unit)).data)
    except BusError as error:
        run.found.append(error)
    run.seconds.append(time.monotonic() - begin)


async def run_mode(
    mode: str, link: str, kind: type[Device], healthy: int, manners: Manners, **changes
) -> Run:
    """Read from a device in this mode, and from a healthy one at another port at the same time."""
    run, bus = Run(mode), Bus()
    async with serving(mode, kind, **changes) as (device, port):
        faulty = bus.channel(Endpoint("127.0.0.1", port, link), 1, manners)
        well = bus.channel(Endpoint("127.0.0.1", healthy, link), 1, Manners(timeout_s=5))
        for unit, address, count in READS:
            begun = asyncio.create_task(read_once(faulty, unit, address, count, run))
            data = (await well.read("holding", address, count, 1)).data
            run.neighbour.append(data == expected(1, address, count))
            await begun
        await bus.close()
        run.stats = device.stats
    return run


async def run_modes(modes, link: str, kind: type[Device], manners: Manners, **changes) -> list[Run]:
    gate = asyncio.Semaphore(24)

    async def one(place: int, mode: str, healthy: int) -> Run:
        await asyncio.sleep(STAGGER_S * place)
        async with gate:
            return await run_mode(mode, link, kind, healthy, manners, **changes)

    async with serving("ok", kind) as (_, healthy):
        return await asyncio.gather(*(one(place, mode, healthy) for place, mode in enumerate(modes)))
