"""A Modbus/TCP server for tests, of plain sockets: serves hand-written registers and counts what clients do.

Nothing of device_probe or pymodbus is in it, so an error there can't hide here.
"""

import asyncio
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Words = Mapping[int, int]  # address -> register
GATEWAY_TARGET_SILENT = 0x0B


@dataclass
class Unit:
    """One unit: its registers by function code, and its basic identification (FC43)."""

    holding: Words = field(default_factory=dict)
    input: Words = field(default_factory=dict)
    identification: Mapping[int, str] = field(default_factory=dict)
    objects_an_answer: int = 9  # fewer: "more follows"
    longest: int = 125
    silent: bool = False


@dataclass
class Counters:
    """What the clients of one address did."""

    connects: int = 0
    open_now: int = 0
    open_most: int = 0
    writes: int = 0
    overlapping: int = 0  # requests that came before the last one was answered
    asked: list[tuple[int, int, int, int]] = field(default_factory=list)  # unit, function, address, count
    times: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return len(self.times)


class RegisterServer:
    """One listening address."""

    def __init__(
        self, units: Mapping[int, Unit], *, any_unit: Unit | None = None, unknown: str = "exception",
        hangs: bool = False,
    ) -> None:  # fmt: skip
        self.units, self.any_unit, self.unknown, self.hangs = dict(units), any_unit, unknown, hangs
        self.counters = Counters()
        self.host, self.port = "", 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._client, host, port)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = self.counters
        seen.connects += 1
        seen.open_now += 1
        seen.open_most = max(seen.open_most, seen.open_now)
        self._writers.add(writer)
        try:
            while True:
                tid, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                request = await reader.readexactly(length - 1)
                answer = self._answer(unit, request)
                if answer is not None and not self.hangs:
                    writer.write(struct.pack(">HHHB", tid, 0, len(answer) + 1, unit) + answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            seen.open_now -= 1
            self._writers.discard(writer)
            writer.close()

    def _answer(self, unit: int, request: bytes) -> bytes | None:
        function = request[0]
        address, count = struct.unpack(">HH", request[1:5]) if len(request) >= 5 else (request[3], 0)
        self.counters.times.append(time.monotonic())
        self.counters.asked.append((unit, function, address, count))
        self.counters.writes += function in (5, 6, 15, 16)
        served = self.units.get(unit, self.any_unit)
        if served is None:
            return bytes((function | 0x80, GATEWAY_TARGET_SILENT)) if self.unknown == "exception" else None
        if served.silent:
            return None
        if function == 0x2B:
            return self._identification(served, request[3])
        if function not in (3, 4):
            return bytes((function | 0x80, 1))
        words = served.holding if function == 3 else served.input
        if count > served.longest:
            return bytes((function | 0x80, 3))
        wanted = range(address, address + count)
        if not all(place in words for place in wanted):
            return bytes((function | 0x80, 2))
        return bytes((function, 2 * count)) + b"".join(struct.pack(">H", words[place]) for place in wanted)

    def _identification(self, served: Unit, first: int) -> bytes:
        objects = [
            (number, text.encode()) for number, text in served.identification.items() if number >= first
        ]
        if not objects:
            return bytes((0xAB, 1))
        part, rest = objects[: served.objects_an_answer], objects[served.objects_an_answer :]
        head = bytes((0x2B, 0x0E, 1, 0x81, 0xFF if rest else 0, rest[0][0] if rest else 0, len(part)))
        return head + b"".join(bytes((number, len(text))) + text for number, text in part)


@contextmanager
def serve(*places: tuple[RegisterServer, str] | tuple[RegisterServer, str, int]) -> Iterator[Any]:
    """Serve in a background thread: (server, host) at a free port, or (server, host, port)."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def do(coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)

    started: list[RegisterServer] = []
    try:
        for server, host, *port in places:
            do(server.start(host, port[0] if port else 0))
            started.append(server)
        yield started[0] if len(started) == 1 else started
    finally:
        for server in started:
            do(server.stop())
        do(_rest())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _rest() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
