"""The two requests that write registers, and a connection that sends nothing else.

pymodbus' PDUs are the codec; the transaction is that of the bus: an answer counts only when every byte is as
it must be. No other part of this package may build one; a bus can't send one.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.register_message import WriteMultipleRegistersRequest, WriteSingleRegisterRequest

from device_probe.bus.connection import Connection
from device_probe.bus.request import Request
from device_probe.model import Endpoint
from device_probe.problems import BadFrameError, BadRequestError, ConnectionLostError, DeviceRefusalError

WRITING = (6, 16)
HEAD = 5  # function code, address, and the value (6) or the count (16): what the answer repeats
TCP, RTU = FramerSocket(DecodePDU(False)), FramerRTU(DecodePDU(False))


@dataclass(frozen=True, slots=True)
class Write:
    """One request that writes one value of one unit."""

    unit: int
    function: int
    pdu: bytes
    rtu: bytes

    def __post_init__(self) -> None:
        if self.function not in WRITING or self.pdu[:1] != bytes((self.function,)):
            raise BadRequestError(f"function code {self.pdu[0]} writes no register; it is never sent")
        if self.rtu[:1] + self.rtu[1:-2] != bytes((self.unit,)) + self.pdu:
            raise BadRequestError("the frames of a write differ; none is ever sent")


def writing(address: int, words: Sequence[int], unit: int, function: int) -> Write:
    """Return the request that writes these registers with function code 6 or 16."""
    if function not in WRITING or (function == 6 and len(words) != 1):
        raise BadRequestError(f"{len(words)} registers can't be written with function code {function}")
    try:
        message = _message(address, words, unit, function)
        frame = RTU.buildFrame(message)
    except (ValueError, OverflowError, ModbusException, struct.error) as error:
        raise BadRequestError(f"that can't be written: {error}") from error
    return Write(unit, function, frame[1:-2], frame)


def _message(address: int, words: Sequence[int], unit: int, function: int) -> ModbusPDU:
    if function == 6:
        return WriteSingleRegisterRequest(address=address, registers=list(words), dev_id=unit)
    return WriteMultipleRegistersRequest(
        address=address, count=len(words), registers=list(words), dev_id=unit
    )


class WriteStream:
    """Bytes -> the one answer that a write can have, known to the last bit before it is sent."""

    def __init__(self, place: str, rtu: bool) -> None:
        self._place, self._rtu = place, rtu
        self._buffer = bytearray()
        self._good = self._bad = b""
        self._echo = b""

    def of(self, write: Write, transaction: int) -> bytes:
        """Return the frame to send."""
        good, bad = write.pdu[:HEAD], bytes((write.function | 0x80,))
        self._buffer.clear()
        if self._rtu:
            unit = bytes((write.unit,))
            crc = RTU.compute_CRC(unit + good).to_bytes(2, "big")
            self._good, self._bad, self._echo = unit + good + crc, unit + bad, write.rtu
            return write.rtu
        head = struct.Struct(">HHHB")
        self._good = head.pack(transaction, 0, len(good) + 1, write.unit) + good
        self._bad = head.pack(transaction, 0, 3, write.unit) + bad
        return head.pack(transaction, 0, len(write.pdu) + 1, write.unit) + write.pdu

    def begin(self, request: Request, transaction: int, zero_ok: bool) -> bytes:  # noqa: ARG002
        """Refuse: whoever writes reads elsewhere."""
        raise BadRequestError("this connection only writes; nothing was sent")

    def feed(self, data: bytes) -> bytes | None:
        """Return b"" once the write is confirmed; BusError when the device refuses or answers wrongly."""
        buffer = self._buffer
        buffer += data
        if len(self._echo) > len(self._good) and buffer.startswith(self._echo):
            del buffer[: len(self._echo)]  # a half-duplex adapter repeats what it sends
            self._echo = b""
        if bytes(buffer) == self._good:
            return b""
        if self._good.startswith(buffer) or (self._echo and self._echo.startswith(buffer)):
            return None
        if self._bad.startswith(buffer[: len(self._bad)]):
            return self._refused()
        raise BadFrameError(f"{self._place} answered a write with something that is no answer to it")

    def stray(self, data: bytes) -> None:
        """Take what came unasked; it makes the next answer wrong, as it should."""
        self._buffer += data

    @property
    def clean(self) -> bool:
        """Return False when anything came unasked."""
        return not self._buffer

    def forget(self) -> None:
        """Throw away what came unasked."""
        self._buffer.clear()

    def _refused(self) -> bytes | None:
        at = len(self._bad)
        whole = at + (3 if self._rtu else 1)
        if len(self._buffer) < whole:
            return None
        frame = bytes(self._buffer)
        sound = not self._rtu or RTU.compute_CRC(frame[:-2]).to_bytes(2, "big") == frame[-2:]
        if len(frame) > whole or not sound:
            raise BadFrameError(f"{self._place} answered a write with something that is no answer to it")
        raise DeviceRefusalError(frame[at])


class WriteConnection(Connection):
    """A connection over which one write is sent."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._writes = WriteStream(endpoint.place, endpoint.link in ("rtu_tcp", "serial"))
        super().__init__(self._writes, endpoint.place)

    async def send(self, write: Write, transaction: int, timeout_s: float) -> None:
        """Send a write and return when the device has confirmed it."""
        if self._transport is None or self.over:
            raise ConnectionLostError(f"{self._place} closed the connection before anything was written")
        self._waiting = self._loop.create_future()
        self._set_timer(timeout_s)
        self._transport.write(self._writes.of(write, transaction))
        try:
            await self._waiting
        finally:
            self._waiting = None
