"""One connection, all units behind it in turn: made when needed, dropped on any doubt."""

import asyncio
import ssl
import time
from collections.abc import Coroutine
from contextlib import suppress
from secrets import randbelow

from device_probe.bus.connection import Connection
from device_probe.bus.health import LineHealth
from device_probe.bus.manners import LINE_TIMES_TO_WAIT, Manners, line_time_s, silence_s
from device_probe.bus.opening import new_connection, open_connection
from device_probe.bus.request import Request, of_another_size
from device_probe.bus.turn import Turn
from device_probe.model import Endpoint
from device_probe.problems import (
    BusError,
    ConnectionLostError,
    DeviceRefusalError,
    NoAnswerError,
    NoConnectionError,
)

POLL_S = 0.001
SETTLE_S = 0.1  # a device that another client holds closes within this time, unasked
PAUSE_S = 0.2  # so long a device that takes one client needs to notice that we have left
HELD = "accepts and closes at once: another client holds the device; end that one"


class Line:
    """The way to one endpoint. The caller has the ``turn`` while it exchanges."""

    def __init__(self, endpoint: Endpoint, gate: asyncio.Semaphore, tls: ssl.SSLContext | None) -> None:
        self.endpoint, self.turn = endpoint, Turn()
        self.health = LineHealth(endpoint.place)
        self.frames = 0  # sent
        self.single_client = False
        self._gate, self._tls = gate, tls
        self._connection: Connection | None = None
        self._leaving: Connection | None = None
        self._transaction = randbelow(0xFFFF)  # two runs after each other don't use the same numbers
        self._not_before = 0.0
        self._suspicious = False  # the last fresh connection was closed before it brought an answer
        self._numbered = endpoint.link in ("tcp", "tls")  # answers carry a transaction id
        self._watchful = True  # an answer changes what we believe of the line
        self._unanswered: set[tuple[int, int, int | None]] = set()

    def exchange(self, request: Request, manners: Manners) -> Coroutine[None, None, bytes]:
        """Send one request and return the data of the answer that fits it."""
        if self._numbered and not manners.tid_zero_ok:
            return self._exchange(request, manners)
        return self._unnumbered(request, manners)

    async def _unnumbered(self, request: Request, manners: Manners) -> bytes:
        await self._quieten(manners)
        if request.kind in self._unanswered:
            await self._overtake(request, manners)
        return await self._exchange(request, manners)

    async def close(self) -> None:
        """Close the connection in good order."""
        if self._connection is not None:
            await self._connection.leave(polite=self.single_client)
        if self._leaving is not None:
            await self._leaving.gone()
        self._connection = self._leaving = None

    def drop(self) -> None:
        """Forget the connection; the next request makes a new one."""
        self._watchful = True
        if self._connection is not None:
            self._connection.drop()
            self._leaving, self._connection = self._connection, None

    async def _exchange(self, request: Request, manners: Manners) -> bytes:
        connection = self._connection
        if connection is None or connection.over or not connection.stream.clean:
            connection = await self._connect(manners)
        if self._not_before:
            await self._wait_turn()
        self._transaction = self._transaction % 0xFFFF + 1
        timeout_s = manners.timeout_s
        if manners.baud:
            timeout_s = max(timeout_s, LINE_TIMES_TO_WAIT * line_time_s(manners.baud, request.characters))
        self.frames += 1
        try:
            answer = await connection.ask(request, self._transaction, manners.tid_zero_ok, timeout_s)
        except DeviceRefusalError:
            connection.used = True
            self._answered(request, manners)
            raise
        except asyncio.CancelledError:
            self._spoilt(request, manners)
            raise
        except BusError as error:
            explained = self._explained(connection, request, error)
            self._spoilt(request, manners)
            raise explained from error
        if self._watchful or manners.min_gap_s or manners.tid_zero_ok:
            self._answered(request, manners)
        return answer

    def _answered(self, request: Request, manners: Manners) -> None:
        self._suspicious = False
        self._watchful = not self._numbered
        self.health.closed_unasked = 0
        gap = manners.min_gap_s
        if not self._numbered or manners.tid_zero_ok:
            gap = max(gap, silence_s(manners.baud or self.endpoint.baud))
        self._not_before = time.monotonic() + gap if gap else 0.0
        if self._unanswered:
            # units answer in turn: what was asked before this and is told from it can't come any more
            self._unanswered &= {request.kind}

    def _spoilt(self, request: Request, manners: Manners) -> None:
        """Give the connection up; a late answer may still be on its way over a serial line."""
        if not self._numbered or manners.tid_zero_ok:
            self._unanswered.add(request.kind)
        if manners.baud:
            self._not_before = time.monotonic() + line_time_s(manners.baud, request.characters)
        self.drop()

    def _explained(self, connection: Connection, request: Request, error: BusError) -> BusError:
        """Say what may be behind an error on a connection that never brought an answer."""
        if connection.used:
            return error
        if isinstance(error, ConnectionLostError):
            again, self._suspicious = self._suspicious, True
            if again:
                return ConnectionLostError(
                    f"{error}, the second time without any answer: another client may hold the device, "
                    f"or unit {request.unit} is not known there"
                )
        if isinstance(error, NoAnswerError) and self.single_client:
            return NoAnswerError(f"{error}; it takes one client at a time, and another may hold it")
        return error

    async def _connect(self, manners: Manners) -> Connection:
        self.drop()
        if self._leaving is not None:
            await self._leaving.gone()  # a serial port is opened once, and some devices take one client
            self._leaving = None
            if self.single_client:
                await asyncio.sleep(PAUSE_S)
        try:
            async with self._gate:
                timeout_s = manners.timeout_s
                connection = await open_connection(self.endpoint, timeout_s, self._tls, new_connection)
        except NoConnectionError as error:
            self.health.not_connected(error)
            raise
        self._connection = connection
        self.health.connected()
        delay = max(manners.connect_delay_s, SETTLE_S if self._suspicious else 0.0)
        if delay:
            await asyncio.sleep(delay)
            if connection.over:
                self.health.closed_unasked += 1
                first = self.health.closed_unasked == 1 and not self._suspicious
                self._suspicious = True
                self.drop()
                words = "closed the connection before it was asked" if first else HELD
                raise ConnectionLostError(f"{self.endpoint.place} {words}")
        return connection

    async def _wait_turn(self) -> None:
        wait = self._not_before - time.monotonic()
        self._not_before = 0.0
        if wait > 0:
            await asyncio.sleep(wait)

    async def _quieten(self, manners: Manners) -> None:
        """Throw away what came unasked, until the line is silent; nothing tells it from an answer."""
        connection = self._connection
        if connection is None or connection.over:
            if not self._unanswered:
                return
            connection = await self._connect(manners)
        await self._wait_turn()
        await asyncio.sleep(POLL_S)  # what lies in the socket is seen only when the loop comes round
        silence = 2 * silence_s(manners.baud or self.endpoint.baud)
        end = time.monotonic() + manners.timeout_s
        while not connection.stream.clean:
            if time.monotonic() > end:
                self.drop()
                raise NoAnswerError(f"{self.endpoint.place} sends unasked; its line never falls silent")
            connection.stream.forget()
            await asyncio.sleep(silence)

    async def _overtake(self, request: Request, manners: Manners) -> None:
        """Bring a late answer out before one that it could be taken for is asked for.

        RTU answers carry no number. Units answer in turn, so once a request with an answer of another length
        was answered, that of an earlier one can't come any more; not even an old one for the same registers.
        """
        with suppress(DeviceRefusalError):  # an answer as well
            await self._exchange(of_another_size(request, self._transaction), manners)
