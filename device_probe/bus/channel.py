"""One unit on one line: retries, parking and the count of frames sent; and the bus, which holds all lines."""

import asyncio
import ssl
import time
from dataclasses import replace
from random import SystemRandom

from device_probe.bus.line import Line
from device_probe.bus.manners import Answer, Manners, now_text
from device_probe.bus.request import Request, identification, identified, reading
from device_probe.model import Endpoint
from device_probe.problems import BadFrameError, BusError
from device_probe.profile import Table

MAX_BACK_OFF_S = 5.0
MAX_CONNECTS = 64
JITTER = SystemRandom()


class Channel:
    """The way to one unit."""

    def __init__(self, line: Line, unit: int, manners: Manners) -> None:
        self.line, self.unit, self.manners = line, unit, manners
        self.requests = 0  # frames sent

    async def read(self, table: Table, address: int, count: int, unit: int | None = None) -> Answer:
        """Read registers (or bits) with function code 1, 2, 3 or 4."""
        data = await self._ask(reading(table, address, count, self.unit if unit is None else unit))
        return Answer(data, now_text())

    async def device_information(self) -> dict[int, str]:
        """Read the basic identification (function code 43/14), following "more follows"."""
        found: dict[int, str] = {}
        next_id: int | None = 0
        while next_id is not None:
            object_id = next_id
            objects, next_id = identified(await self._ask(identification(self.unit, object_id)))
            found.update(objects)
            if next_id is not None and next_id <= object_id:
                raise BadFrameError("the device identification never ends")
        return found

    async def _ask(self, request: Request) -> bytes:
        line, unit = self.line, request.unit
        if not line.turn.take():
            await line.turn.wait()
        sent, begin = line.frames, time.monotonic()
        try:
            if not line.health.spotless:
                line.health.refuse_parked(unit)
            answer = await line.exchange(request, self.manners)
        except BusError as error:
            answer = await self._again(request, error, begin)
        finally:
            self.requests += line.frames - sent
            line.turn.give()
        if not line.health.spotless:
            line.health.good(unit)
        return answer

    async def _again(self, request: Request, error: BusError, begin: float) -> bytes:
        """Repeat a request after a failure that may pass."""
        health, manners, unit = self.line.health, self.manners, request.unit
        delay = manners.back_off_s
        retries = manners.retries
        while True:
            retries -= 1
            if not (
                error.retry and health.may_retry(unit, time.monotonic() - begin, manners) and retries >= 0
            ):
                health.failed(unit, error)
                raise error
            begin = time.monotonic()
            await asyncio.sleep(delay * JITTER.uniform(0.75, 1.25))
            delay = min(2 * delay, MAX_BACK_OFF_S)
            try:
                health.refuse_parked(unit)
                return await self.line.exchange(request, manners)
            except BusError as again:
                error = again


class Bus:
    """All lines of one run: one connection per endpoint."""

    def __init__(self, tls: ssl.SSLContext | None = None, gate: asyncio.Semaphore | None = None) -> None:
        self._lines: dict[str, Line] = {}
        self._gate = gate or asyncio.Semaphore(MAX_CONNECTS)  # every connect passes it
        self._tls = tls

    def channel(self, endpoint: Endpoint, unit: int, manners: Manners) -> Channel:
        """Return the way to one unit; units behind the same endpoint share the connection."""
        line = self._lines.get(endpoint.place)
        if line is None:
            line = self._lines[endpoint.place] = Line(endpoint, self._gate, self._tls)
        line.single_client = line.single_client or manners.single_client
        if endpoint.link in ("rtu_tcp", "serial") and manners.baud != endpoint.baud:
            manners = replace(manners, baud=endpoint.baud)
        return Channel(line, unit, manners)

    def forgive(self) -> None:
        """Try once more who was left alone: a window lasts longer than a loose cable."""
        for line in self._lines.values():
            line.health.forgive()

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(line.close() for line in self._lines.values()))
