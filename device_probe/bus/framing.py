"""Bytes as they come, in any pieces, -> the answer to one request, or an error; never a guess. Pure.

A stream belongs to one connection. ``begin`` names the request that is out; ``feed`` takes what came and
returns the data when the answer is complete. ``stray`` takes what came while nothing was asked.
"""

import struct
from typing import Protocol

from device_probe.bus.request import IDENTIFICATION, RTU, Request, checked, identification_length
from device_probe.problems import BadFrameError, GarbledError

HEADER = struct.Struct(">HHHB")
HEADER_START = struct.Struct(">HHH")
MAX_LENGTH = 254
DATA_AT = 9  # header, function code, byte count
MOST_STALE = 4096
EXCEPTION_LENGTH = 5
NOISE = (0x00, 0xFF)  # what a line that is turned round reads as
LONGEST_RTU = 256


class Stream(Protocol):
    """What a connection needs of a framing."""

    def begin(self, request: Request, transaction: int, zero_ok: bool) -> bytes:
        """Return the frame to send; answers to anything else are now refused."""

    def feed(self, data: bytes) -> bytes | None:
        """Return the data of the answer once it is complete; BusError when it can't become one."""

    def stray(self, data: bytes) -> None:
        """Take what came unasked."""

    @property
    def clean(self) -> bool:
        """Return False when what came unasked could be taken for the next answer."""

    def forget(self) -> None:
        """Throw away what came unasked."""


class TcpStream:
    """Modbus/TCP: every frame names its length and its transaction."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._buffer = bytearray()
        self._request: Request | None = None
        self._transaction = 0
        self._zero_ok = False
        self._start = b""
        self._length = 0

    def begin(self, request: Request, transaction: int, zero_ok: bool) -> bytes:
        """Return the frame to send."""
        self._request, self._transaction, self._zero_ok = request, transaction, zero_ok
        number = transaction.to_bytes(2, "big")
        self._start = number + request.tcp_start
        self._length = -1 if request.size is None else DATA_AT + request.size
        return number + request.tcp_tail

    def feed(self, data: bytes) -> bytes | None:
        """Return the data of the answer that fits the request in every part of its header."""
        request = self._request
        if request is None:
            self.stray(data)
            return None
        # nearly every answer: whole, alone, and its first nine bytes exactly as they must be
        if len(data) == self._length and data.startswith(self._start) and not self._buffer:
            self._request = None
            return bytes(data[DATA_AT:])
        self._buffer += data
        while (frame := self._frame()) is not None:
            transaction, unit, pdu = frame
            if transaction == self._transaction or (transaction == 0 and self._zero_ok):
                if unit != request.unit:
                    raise BadFrameError(f"{self._place} answered for unit {unit} instead of {request.unit}")
                self._request = None
                found = checked(request, pdu)
                self._forget_stale()
                return found
            # an answer to an earlier request, sent twice or unasked: never data for this one
        return None

    def stray(self, data: bytes) -> None:
        """Take what came unasked: whole frames are late or double answers, known by their number."""
        if len(self._buffer) < MOST_STALE:
            self._buffer += data
            self._forget_stale()

    @property
    def clean(self) -> bool:
        """Return False when a part of a frame is left, or numbers mean nothing and anything is."""
        return not self._buffer

    def forget(self) -> None:
        """Throw away what came unasked."""
        self._buffer.clear()

    def _forget_stale(self) -> None:
        if self._zero_ok:
            return  # its number tells nothing: the connection is not clean any more
        try:
            while self._frame() is not None:
                pass
        except BadFrameError:
            pass  # what can't be read stays, and the connection is given up before the next request

    def _frame(self) -> tuple[int, int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < HEADER_START.size:
            return None
        transaction, protocol, length = HEADER_START.unpack_from(buffer)
        if protocol != 0 or not 2 <= length <= MAX_LENGTH:
            raise BadFrameError(f"{self._place} sent something that is not a Modbus/TCP answer")
        end = HEADER_START.size + length
        if len(buffer) < end:
            return None
        frame = bytes(buffer[:end])
        del buffer[:end]
        return transaction, frame[6], frame[7:]


class RtuStream:
    """RTU frames: no number, no length; the request says what must come, the checksum that it did."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._buffer = bytearray()
        self._request: Request | None = None
        self._echo = b""

    def begin(self, request: Request, transaction: int, zero_ok: bool) -> bytes:  # noqa: ARG002
        """Return the frame to send."""
        self._request, self._echo = request, request.rtu
        return request.rtu

    def feed(self, data: bytes) -> bytes | None:
        """Return the data of an answer that is alone, of the right length and right by its checksum."""
        request, buffer = self._request, self._buffer
        buffer += data
        if request is None:
            return None
        self._strip(request)
        if self._echo and self._echo.startswith(buffer):
            return None  # nothing yet, or the beginning of our own request coming back
        length = self._length(request)
        if length is None or len(buffer) < length:
            return None
        if len(buffer) > length or not _sound(buffer):
            raise self._garbled()
        self._request = None
        pdu = bytes(buffer[1:-2])
        buffer.clear()
        return checked(request, pdu)

    def stray(self, data: bytes) -> None:
        """Take what came unasked; nothing tells it from an answer."""
        if len(self._buffer) < MOST_STALE:
            self._buffer += data

    @property
    def clean(self) -> bool:
        """Return False when anything came unasked."""
        return not self._buffer

    def forget(self) -> None:
        """Throw away what came unasked."""
        self._buffer.clear()

    def _strip(self, request: Request) -> None:
        """Take off what a half-duplex adapter echoes and what the line reads when it is turned round."""
        buffer = self._buffer
        while buffer and buffer[0] in NOISE and buffer[0] != request.unit:
            del buffer[0]
        if self._echo and buffer.startswith(self._echo):
            del buffer[: len(self._echo)]
            self._echo = b""
            self._strip(request)

    def _length(self, request: Request) -> int | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        if buffer[0] != request.unit:
            raise self._refused(f"{self._place} answered for unit {buffer[0]} instead of {request.unit}")
        if buffer[1] == request.function | 0x80:
            return EXCEPTION_LENGTH
        if buffer[1] != request.function:
            raise self._refused(f"an answer with function code {buffer[1]} came")
        if request.function == IDENTIFICATION:
            pdu_length = identification_length(buffer[1:])
            return None if pdu_length is None else pdu_length + 3
        size = request.size or 0
        if len(buffer) > 2 and buffer[2] != size:
            raise self._refused(f"the answer to function code {request.function} has the wrong length")
        return size + EXCEPTION_LENGTH

    def _refused(self, words: str) -> BadFrameError | GarbledError:
        """A frame that is sound but answers something else is wrong; all other bytes are noise."""
        return BadFrameError(words) if _sound(self._buffer) else self._garbled()

    def _garbled(self) -> GarbledError:
        return GarbledError(
            f"{self._place} sent bytes that are no answer: damaged on the line, or speed or parity differ"
        )


def _sound(frame: bytearray) -> bool:
    if not 4 <= len(frame) <= LONGEST_RTU:
        return False
    return RTU.check_CRC(bytes(frame[:-2]), int.from_bytes(frame[-2:], "big"))
