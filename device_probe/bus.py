"""The only door to pymodbus for reading.

Its PDUs and framer are the codec; the transaction is ours and strict.

Only the function codes 1 to 4 and 43 can be built here, so reading is incapable of writing. Every answer
must fit its request in transaction id, protocol id, unit, function code and byte count, or it is never
used: pymodbus' own client takes some that do not fit. After a timeout or a bad frame the connection is
dropped, so no late answer can be taken for the next one.
"""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest, ReadDeviceInformationResponse
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from device_probe.model import Endpoint
from device_probe.problems import (
    BadFrameError,
    BusError,
    ConnectionLostError,
    DeviceRefusalError,
    NoAnswerError,
    NoConnectionError,
    ParkedError,
)
from device_probe.profile import Table

REQUESTS: dict[str, type[ModbusPDU]] = {
    "coil": ReadCoilsRequest,
    "discrete": ReadDiscreteInputsRequest,
    "holding": ReadHoldingRegistersRequest,
    "input": ReadInputRegistersRequest,
}
HEADER = struct.Struct(">HHHB")
MAX_LENGTH = 254
FAILURES_BEFORE_PARKING = 3
MAX_BACK_OFF_S = 5.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manners:
    """How a device wants to be spoken to."""

    timeout_s: float = 1.0
    retries: int = 1
    back_off_s: float = 0.1
    connect_delay_s: float = 0.0
    min_gap_s: float = 0.0
    tid_zero_ok: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The data bytes of one answer and when they came (UTC, ISO 8601)."""

    data: bytes
    taken_at: str


def now_text() -> str:
    """Return the present time as every snapshot writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Line:
    """One connection; all units behind it are asked in turn."""

    endpoint: Endpoint
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    transaction: int = 0
    last_request: float = 0.0
    refused_connects: int = 0
    closed_unused: int = 0
    fresh: bool = True

    @property
    def place(self) -> str:
        """Return host:port for messages."""
        return self.endpoint.place

    async def exchange(self, request: ModbusPDU, manners: Manners) -> bytes:
        """Send one request and return the PDU of the answer that fits it."""
        await self._connect(manners)
        await self._wait_turn(manners)
        try:
            async with asyncio.timeout(manners.timeout_s):
                return await self._transact(request, manners)
        except TimeoutError as error:
            raise NoAnswerError(f"no answer within {manners.timeout_s:g} s from {self.place}") from error
        except asyncio.IncompleteReadError as error:
            raise self._closed(error.partial) from error
        except OSError as error:
            raise self._closed(b"") from error

    def drop(self) -> None:
        """Forget the connection; the next request makes a new one."""
        if self.writer is not None:
            self.writer.transport.abort()
        self.reader = self.writer = None

    async def close(self) -> None:
        """Close the connection in an orderly way."""
        writer, self.reader, self.writer = self.writer, None, None
        if writer is None:
            return
        writer.close()
        try:
            await writer.wait_closed()
        except OSError:
            writer.transport.abort()  # the other side was gone already

    async def _connect(self, manners: Manners) -> None:
        if self.reader is not None and not self.reader.at_eof():
            return
        self.drop()
        if self.refused_connects >= FAILURES_BEFORE_PARKING:
            raise ParkedError(f"{self.place} cannot be reached; it is left alone for this run")
        try:
            async with asyncio.timeout(manners.timeout_s):
                self.reader, self.writer = await asyncio.open_connection(
                    self.endpoint.host, self.endpoint.port
                )
        except (OSError, TimeoutError, ValueError) as error:  # ValueError: a host that can't be a name
            self.refused_connects += 1
            raise NoConnectionError(
                f"no connection to {self.place}; check address, cable and power"
            ) from error
        self.refused_connects, self.fresh = 0, True
        if manners.connect_delay_s:
            await asyncio.sleep(manners.connect_delay_s)

    async def _wait_turn(self, manners: Manners) -> None:
        clock = asyncio.get_running_loop().time
        wait = self.last_request + manners.min_gap_s - clock()
        if manners.min_gap_s and wait > 0:
            await asyncio.sleep(wait)
        self.last_request = clock()

    async def _transact(self, request: ModbusPDU, manners: Manners) -> bytes:
        if self.reader is None or self.writer is None:
            raise NoConnectionError(f"no connection to {self.place}")
        self.transaction = self.transaction % 0xFFFF + 1
        request.transaction_id = self.transaction
        self.writer.write(FramerSocket(DecodePDU(False)).buildFrame(request))
        await self.writer.drain()
        while True:
            tid, pdu = await self._frame(self.reader, request.dev_id)
            if tid == self.transaction or (tid == 0 and manners.tid_zero_ok):
                self.fresh, self.closed_unused = False, 0
                return pdu
            # an answer to an earlier request, sent twice or unasked: never data for this one

    async def _frame(self, reader: asyncio.StreamReader, unit: int) -> tuple[int, bytes]:
        tid, protocol, length, answered_unit = HEADER.unpack(await reader.readexactly(HEADER.size))
        if protocol != 0 or not 2 <= length <= MAX_LENGTH:
            raise BadFrameError(f"{self.place} sent something that is not a Modbus/TCP answer")
        pdu = await reader.readexactly(length - 1)
        if tid == self.transaction and answered_unit != unit:
            raise BadFrameError(f"{self.place} answered for unit {answered_unit} instead of {unit}")
        return tid, pdu

    def _closed(self, partial: bytes) -> ConnectionLostError:
        if self.fresh and not partial:
            self.closed_unused += 1
        if self.closed_unused >= 2:
            return ConnectionLostError(
                f"{self.place} accepts and closes at once: another client holds the device; end that one"
            )
        return ConnectionLostError(f"{self.place} closed the connection before it answered")


class Channel:
    """One unit on one line: retries, parking and the count of frames sent."""

    def __init__(self, line: Line, unit: int, manners: Manners, failures: dict[int, int]) -> None:
        self.line, self.unit, self.manners = line, unit, manners
        self.requests = 0
        self._failures = failures

    async def read(self, table: Table, address: int, count: int, unit: int | None = None) -> Answer:
        """Read registers (or bits) with function code 1, 2, 3 or 4."""
        asked = self.unit if unit is None else unit
        request_type = REQUESTS[table]
        size = (count + 7) // 8 if table in ("coil", "discrete") else 2 * count

        def request() -> ModbusPDU:
            return request_type(address=address, count=count, dev_id=asked)

        def check(pdu: bytes) -> bytes:
            return _data(pdu, request_type.function_code, size)

        data = await self._ask(asked, request, check)
        return Answer(data, now_text())

    async def device_information(self) -> dict[int, str]:
        """Read the basic identification (function code 43/14), following "more follows"."""
        found: dict[int, str] = {}
        next_id: int | None = 0
        while next_id is not None:
            object_id = next_id

            def request(object_id: int = object_id) -> ModbusPDU:
                return ReadDeviceInformationRequest(read_code=1, object_id=object_id, dev_id=self.unit)

            objects, next_id = await self._ask(self.unit, request, _identification)
            found.update(objects)
            if next_id is not None and next_id <= object_id:
                raise BadFrameError("the device identification never ends")
        return found

    async def _ask(self, unit: int, request: Callable[[], ModbusPDU], check: Callable[[bytes], T]) -> T:
        async with self.line.lock:
            if self._failures.get(unit, 0) >= FAILURES_BEFORE_PARKING:
                raise ParkedError(
                    f"unit {unit} failed {FAILURES_BEFORE_PARKING} times; it is left alone for this run"
                )
            delay = self.manners.back_off_s
            for attempt in range(self.manners.retries + 1):
                try:
                    answer = await self._once(request, check)
                except BusError as error:
                    if not error.retry or attempt == self.manners.retries:
                        self._count(unit, error)
                        raise
                else:
                    self._failures[unit] = 0
                    return answer
                await asyncio.sleep(delay)
                delay = min(2 * delay, MAX_BACK_OFF_S)
        raise NoAnswerError(f"no answer from unit {unit}")

    def _count(self, unit: int, error: BusError) -> None:
        # a refusal of one address says nothing about the health of the unit
        if not isinstance(error, DeviceRefusalError) or error.retry:
            self._failures[unit] = self._failures.get(unit, 0) + 1

    async def _once(self, request: Callable[[], ModbusPDU], check: Callable[[bytes], T]) -> T:
        try:
            pdu = await self.line.exchange(self._counted(request()), self.manners)
            return check(_without_exception(pdu, request().function_code))
        except BusError as error:
            if error.drops_connection:
                self.line.drop()
            raise
        except asyncio.CancelledError:
            self.line.drop()
            raise

    def _counted(self, request: ModbusPDU) -> ModbusPDU:
        self.requests += 1
        return request


class Bus:
    """All lines of one run: one connection per endpoint."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[Line, dict[int, int]]] = {}

    def channel(self, endpoint: Endpoint, unit: int, manners: Manners) -> Channel:
        """Return the way to one unit; units behind the same endpoint share the connection."""
        line, failures = self._lines.setdefault(endpoint.place, (Line(endpoint), {}))
        return Channel(line, unit, manners, failures)

    async def close(self) -> None:
        """Close every connection."""
        for line, _ in self._lines.values():
            await line.close()


def _without_exception(pdu: bytes, function_code: int) -> bytes:
    if pdu[0] == function_code | 0x80:
        if len(pdu) != 2:
            raise BadFrameError("a Modbus exception of the wrong length came")
        raise DeviceRefusalError(pdu[1])
    if pdu[0] != function_code:
        raise BadFrameError(f"an answer with function code {pdu[0]} instead of {function_code} came")
    return pdu


def _data(pdu: bytes, function_code: int, size: int) -> bytes:
    if len(pdu) != size + 2 or pdu[1] != size:
        raise BadFrameError(f"the answer to function code {function_code} has the wrong length")
    return pdu[2:]


def _identification(pdu: bytes) -> tuple[dict[int, str], int | None]:
    response = ReadDeviceInformationResponse()
    try:
        response.decode(pdu[1:])
    except (struct.error, IndexError) as error:
        raise BadFrameError("the device identification is cut short") from error
    found = {
        key: value.decode("utf-8", "replace").strip("\0 ")
        for key, value in response.information.items()
        if isinstance(value, bytes)
    }
    more = bool(response.more_follows)
    return found, response.next_object_id if more else None
