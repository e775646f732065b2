"""Measures of reading: requests a second and what each costs beside other clients, snapshots, many devices.

One server in a process of its own answers all; clients take turns, round after round, so that other work on
the machine meets them alike. The best round counts.
"""

import asyncio
import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module, util
from pathlib import Path
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pyModbusTCP.client import ModbusClient

from device_probe import loop
from device_probe.bus import Bus, Manners
from device_probe.model import Endpoint, PlannedDevice, SitePlan, Snapshot
from device_probe.profile_schema import load_profile
from device_probe.read import read_on, read_site
from device_probe.simulator import simulate

READS, ROUNDS = 400, 16  # short rounds, so that some fall into moments when nothing else runs
LATENCY_S = 0.02
REQUESTS = 3
SIZES = (2, 60, 125)
ORDERS = range(1, 64)
HARMONICS = tuple(
    f"harmonic_{kind}_l{n}_h{o}" for kind in ("voltage", "current") for n in (1, 2, 3) for o in ORDERS
)
CODES = {"holding": "3", "input": "4"}

Show = Callable[..., None]
Work = Callable[[int, int], tuple[float, float]]  # port, registers -> seconds and CPU seconds for READS reads


@contextmanager
def server(
    ports: int = 1, latency_s: float = 0.0, image: dict[str, str] | None = None
) -> Iterator[list[int]]:
    blank = bytes(2 * 65536).hex()
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("probe_server.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    wanted = {"ports": ports, "latency_s": latency_s, "image": {"3": blank, "4": blank} | (image or {})}
    process.stdin.write(json.dumps(wanted) + "\n")
    process.stdin.flush()
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


@contextmanager
def _clocked(found: list[float]) -> Iterator[None]:
    cpu, begin = time.process_time(), time.perf_counter()
    yield
    found += [time.perf_counter() - begin, time.process_time() - cpu]


async def _ours(port: int, registers: int, found: list[float]) -> None:
    bus = Bus()
    channel = bus.channel(Endpoint("127.0.0.1", port), 1, Manners(timeout_s=5))
    await channel.read("holding", 0, registers)
    with _clocked(found):
        for _ in range(READS):
            await channel.read("holding", 0, registers)
    await bus.close()


async def _pymodbus(port: int, registers: int, found: list[float]) -> None:
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=5)
    await client.connect()
    await client.read_holding_registers(0, count=registers, device_id=1)
    with _clocked(found):
        for _ in range(READS):
            answer = await client.read_holding_registers(0, count=registers, device_id=1)
            if answer.isError():
                raise SystemExit("pymodbus got no answer")
    client.close()


def _pymodbustcp(port: int, registers: int, found: list[float]) -> None:
    client = ModbusClient("127.0.0.1", port, timeout=5)
    client.read_holding_registers(0, registers)
    with _clocked(found):
        for _ in range(READS):
            if client.read_holding_registers(0, registers) is None:
                raise SystemExit("pyModbusTCP got no answer")
    client.close()


def _raw(port: int, registers: int, found: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with _clocked(found):
            for number in range(READS):
                raw.sendall(struct.pack(">HHHBBHH", number, 0, 6, 1, 3, 0, registers))
                answer = raw.recv(9 + 2 * registers, socket.MSG_WAITALL)
                if len(answer) != 9 + 2 * registers:
                    raise SystemExit("the raw socket got no answer")


def _on_loop(work: Callable[..., Any], fast: bool) -> Callable[..., None]:
    return lambda *given: loop.run(work(*given), fast=fast)


CLIENTS: dict[str, Callable[..., None]] = {
    "ours": _on_loop(_ours, fast=True),
    "ours_asyncio": _on_loop(_ours, fast=False),
    "pymodbus": _on_loop(_pymodbus, fast=False),
    "pymodbus_uvloop": _on_loop(_pymodbus, fast=True),
    "pyModbusTCP": _pymodbustcp,
    "raw_socket": _raw,
}


def measure_reads(show: Show) -> None:
    """Reads a second and CPU per read, one connection, one request at a time."""
    with server() as (port,):
        for registers in SIZES:
            best: dict[str, list[float]] = {}
            for _ in range(ROUNDS):
                for name, client in CLIENTS.items():
                    found: list[float] = []
                    client(port, registers, found)
                    best[name] = [min(pair) for pair in zip(found, best.get(name, found), strict=True)]
            rates = {name: round(READS / wall) for name, (wall, _) in best.items()}
            show(
                "probe-reads", registers=registers, per_second=rates,
                cpu_us={name: round(1e6 * cpu / READS) for name, (_, cpu) in best.items()},
                times_pymodbus=round(rates["ours"] / rates["pymodbus"], 1), aim_times=2,
                times_pymodbus_uvloop=round(rates["ours"] / rates["pymodbus_uvloop"], 1),
                times_asyncio=round(rates["ours_asyncio"] / rates["pymodbus"], 1),
            )  # fmt: skip


def _device(tag: str, profile: str, port: int = 502) -> PlannedDevice:
    return PlannedDevice(tag, profile, "127.0.0.1", port, 1, "main_meter")


def _plan(devices: Sequence[PlannedDevice]) -> SitePlan:
    return SitePlan("bench", "Bench", 400, 50, 8, "EN 50160", 200, 12, tuple(devices))


def image_of(profile: str) -> dict[str, str]:
    """Return the registers of a healthy simulated device, as our server serves them."""
    registers = {code: bytearray(2 * 65536) for code in CODES.values()}
    with simulate(_plan([_device("M", profile)]), "healthy") as site:
        (snapshot,) = read_site(site.plan)
    for block in snapshot.blocks:
        if block.table in CODES:
            data = bytes.fromhex(block.data_hex)
            registers[CODES[block.table]][2 * block.address : 2 * block.address + len(data)] = data
    return {code: words.hex() for code, words in registers.items()}


def measure_snapshots(show: Show) -> None:
    """A whole meter and a table of harmonics, from the request to readings that passed the gate."""
    for name, profile, wanted in (
        ("SDM630, everything", "eastron-sdm630", None),
        ("UMG 512, 6 x 63 harmonics", "janitza-umg-512-pro", HARMONICS),
    ):
        with server(image=image_of(profile)) as (port,):
            best, snapshot = loop.run(_snapshots(_device("M", profile, port), wanted))
        bad = sum(reading.problem == "unreadable" for reading in snapshot.readings)
        show(
            "probe-snapshot", device=name, requests=snapshot.requests, readings=len(snapshot.readings),
            unreadable=bad, best_ms=ms(best[0]), cpu_ms=ms(best[1]),
        )  # fmt: skip


async def _snapshots(device: PlannedDevice, wanted: Sequence[str] | None) -> tuple[list[float], Snapshot]:
    bus, profile = Bus(), load_profile(device.profile)
    snapshot = await read_on(bus, device, profile, wanted)
    best = [float("inf")] * 2
    for _ in range(20):
        found: list[float] = []
        with _clocked(found):
            snapshot = await read_on(bus, device, profile, wanted)
        best = [min(pair) for pair in zip(best, found, strict=True)]
    await bus.close()
    return best, snapshot


async def _sweep(ports: Sequence[int], found: list[float]) -> None:
    """Connect to every device and read three blocks of each, all at once."""
    bus = Bus()

    async def device(port: int) -> None:
        channel = bus.channel(Endpoint("127.0.0.1", port), 1, Manners(timeout_s=10))
        for address in range(0, 80 * REQUESTS, 80):
            await channel.read("input", address, 80)

    with _clocked(found):
        async with asyncio.TaskGroup() as group:
            for port in ports:
                group.create_task(device(port))
    await bus.close()


def measure_many(show: Show, counts: Sequence[int] = (10, 100, 500)) -> None:
    """Devices that take 20 ms an answer: requests alone, and the readings of a whole site."""
    image, aims = image_of("eastron-sdm630"), {10: 1.5, 100: 1.5, 500: 3}
    for count in counts:
        with server(count, LATENCY_S, image) as ports:
            plan = _plan([_device(f"M{n}", "eastron-sdm630", port) for n, port in enumerate(ports)])
            bus_best, site_best = [float("inf")] * 2, [float("inf")] * 2
            for _ in range(ROUNDS):
                found: list[float] = []
                loop.run(_sweep(ports, found))
                bus_best = [min(pair) for pair in zip(bus_best, found, strict=True)]
                found = []
                with _clocked(found):
                    snapshots = read_site(plan)
                site_best = [min(pair) for pair in zip(site_best, found, strict=True)]
        floor, requests = REQUESTS * LATENCY_S, max(snapshot.requests for snapshot in snapshots)
        site_floor = requests * LATENCY_S
        show(
            "probe-many", devices=count, latency_ms=ms(LATENCY_S),
            bus={"requests": REQUESTS, "floor_ms": ms(floor), "best_ms": ms(bus_best[0]),
                 "cpu_ms": ms(bus_best[1]), "ratio": round(bus_best[0] / floor, 2)},
            site={"requests": requests, "floor_ms": ms(site_floor), "best_ms": ms(site_best[0]),
                  "cpu_ms": ms(site_best[1]), "ratio": round(site_best[0] / site_floor, 2),
                  "unread": sum(snapshot.problem is not None for snapshot in snapshots)},
            aim_ratio=aims[count],
        )  # fmt: skip


def measure(show: Show) -> None:
    """All of it; the memory of a long window is measured where the window is."""
    measure_reads(show)
    measure_snapshots(show)
    measure_many(show)
    if util.find_spec("window_measures"):
        import_module("window_measures").window_memory(show)


def ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


if __name__ == "__main__":
    measure(lambda name, **figures: print(json.dumps({"bench": name, **figures}), flush=True))  # noqa: T201
