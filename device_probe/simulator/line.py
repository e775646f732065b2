"""One port of the simulated site: connections, and a line on which requests are served in turn."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from device_probe.simulator.frames import (
    BrokenStreamError,
    Request,
    rtu_answer,
    take_rtu,
    take_tcp,
    tcp_answer,
)

Reply = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a request (None: there is none) and how long the line is taken by it."""

    pdu: bytes | None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PortManners:
    """How a port treats its clients."""

    single_client: bool = False
    connect_delay_s: float = 0.0  # requests that come sooner after connecting are not heard
    min_gap_s: float = 0.0


class Answers(Protocol):
    """What stands behind a port."""

    def handle(self, request: Request) -> Outcome:
        """Answer one request."""

    def manners(self) -> PortManners:
        """Return how the port treats its clients now."""

    def reachable(self) -> bool:
        """Return False while nothing at all answers here."""


class Line:
    """All units behind one port are served in turn, in the order in which their requests came."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.connections: set[asyncio.BaseTransport] = set()
        self._waiting: deque[tuple[Request, Reply]] = deque()
        self._busy = False
        self._begun = -1e9

    def submit(self, request: Request, reply: Reply) -> None:
        """Serve a request as soon as the line is free."""
        self._waiting.append((request, reply))
        if not self._busy:
            self._next()

    def _next(self) -> None:
        clock = asyncio.get_running_loop()
        while self._waiting:
            gap = self.answers.manners().min_gap_s
            early = self._begun + gap - clock.time() if gap else 0.0
            if early > 0:
                self._later(early, lambda: None)
                return
            request, reply = self._waiting.popleft()
            self._begun = clock.time()
            outcome = self.answers.handle(request)
            if outcome.seconds > 0:
                self._later(outcome.seconds, partial(_send, outcome, reply))
                return
            _send(outcome, reply)

    def _later(self, seconds: float, then: Callable[[], None]) -> None:
        def go_on() -> None:
            self._busy = False
            then()
            self._next()

        self._busy = True
        asyncio.get_running_loop().call_later(seconds, go_on)


def _send(outcome: Outcome, reply: Reply) -> None:
    if outcome.pdu is not None:
        reply(outcome.pdu)


class TcpConnection(asyncio.Protocol):
    """One client's connection, with Modbus/TCP or bare RTU frames."""

    def __init__(self, line: Line, rtu: bool) -> None:
        self._line, self._rtu = line, rtu
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the client, or send it away when the device takes one only."""
        if not isinstance(transport, asyncio.Transport):
            return
        self._transport, self._since = transport, asyncio.get_running_loop().time()
        taken = self._line.connections and self._line.answers.manners().single_client
        if taken or not self._line.answers.reachable():
            transport.close()
            return
        self._line.connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """Forget the client."""
        if self._transport is not None:
            self._line.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Serve every whole request in what came, however it was cut up."""
        self._buffer += data
        try:
            while (request := self._take()) is not None:
                self._line.submit(request, self._replying(request))
        except BrokenStreamError:
            if self._transport is not None:
                self._transport.close()

    def _take(self) -> Request | None:
        take = take_rtu if self._rtu else take_tcp
        delay = self._line.answers.manners().connect_delay_s
        early = bool(delay) and asyncio.get_running_loop().time() < self._since + delay
        while (request := take(self._buffer)) is not None and early:
            continue  # not heard
        return request

    def _replying(self, request: Request) -> Reply:
        frame = rtu_answer if self._rtu else tcp_answer

        def reply(pdu: bytes) -> None:
            if self._transport is not None and not self._transport.is_closing():
                self._transport.write(frame(request, pdu))

        return reply
