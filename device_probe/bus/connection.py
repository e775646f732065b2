"""One open connection: sends a request, waits for the bytes that answer it, and knows when it is over."""

import asyncio
import time

from device_probe.bus.framing import Stream
from device_probe.bus.request import Request
from device_probe.problems import BusError, ConnectionLostError, NoAnswerError

GRACE_S = 0.005  # a busy loop looks at its timers before it reads what came in time
FAREWELL_S = 1.0


class Connection(asyncio.Protocol):
    """Bytes to and from one device; one request is out at a time."""

    def __init__(self, stream: Stream, place: str) -> None:
        self.stream = stream
        self.over = False  # the other side has closed, or we have
        self.used = False  # an answer came over it
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._gone = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = self._timer_due = 0.0
        self._timeout_s = 0.0
        self._in_grace = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what the loop made."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Wake the reader when its answer is complete, or cannot become one."""
        waiting = self._waiting
        if waiting is None or waiting.done():
            self.stream.stray(data)
            return
        try:
            answer = self.stream.feed(data)
        except BusError as error:
            waiting.set_exception(error)
        else:
            if answer is not None:
                self.used = True
                waiting.set_result(answer)

    def eof_received(self) -> bool:
        """The other side says no more: nothing asked from now on can be answered."""
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the reason changes nothing
        """Fail what waits, at once."""
        self._end()
        if not self._gone.done():
            self._gone.set_result(None)

    async def ask(self, request: Request, transaction: int, zero_ok: bool, timeout_s: float) -> bytes:
        """Send a request and return the data of its answer."""
        if self._transport is None or self.over:
            raise ConnectionLostError(f"{self._place} closed the connection before it was asked")
        waiting: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting = waiting
        self._set_timer(timeout_s)
        self._transport.write(self.stream.begin(request, transaction, zero_ok))
        try:
            return await waiting
        finally:
            self._waiting = None

    def drop(self) -> None:
        """Forget the connection without a word."""
        self._end()
        if self._transport is not None:
            self._transport.abort()

    async def leave(self, polite: bool) -> None:
        """Close in good order; ``polite`` waits until the other side has closed too."""
        transport = self._transport
        if transport is None or self._gone.done():
            return
        self._end()
        if polite and not transport.is_closing() and transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()
        await self.gone()
        if not self._gone.done():
            transport.abort()
            await self.gone()

    async def gone(self) -> None:
        """Wait until nothing is left of the connection."""
        await asyncio.wait((self._gone,), timeout=FAREWELL_S)

    def _end(self) -> None:
        self.over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting is not None and not self._waiting.done():
            words = f"{self._place} closed the connection before it answered"
            self._waiting.set_exception(ConnectionLostError(words))

    def _set_timer(self, timeout_s: float) -> None:
        # one timer for many requests: to start and stop one for each would cost more than the request
        self._timeout_s, self._in_grace = timeout_s, False
        self._deadline = time.monotonic() + timeout_s
        if self._timer is not None and self._timer_due <= self._deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._arm(timeout_s)

    def _arm(self, delay_s: float) -> None:
        self._timer_due = time.monotonic() + delay_s
        self._timer = self._loop.call_later(delay_s, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        waiting = self._waiting
        if waiting is None or waiting.done():
            return
        left = self._deadline - time.monotonic()
        if left > 0:
            self._arm(left)
        elif not self._in_grace:
            self._in_grace = True
            self._arm(GRACE_S)
        else:
            words = f"no answer within {self._timeout_s:g} s from {self._place}"
            waiting.set_exception(NoAnswerError(words))
