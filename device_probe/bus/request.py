"""The requests that reading needs, built by pymodbus, and what an answer must look like to be one. Pure.

Only the function codes 1 to 4 and 43/14 can be built, so what is sent can read and never write.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest, ReadDeviceInformationResponse
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from device_probe.problems import BadFrameError, BadRequestError, DeviceRefusalError
from device_probe.profile import Table

TABLES: dict[str, type[ModbusPDU]] = {
    "coil": ReadCoilsRequest,
    "discrete": ReadDiscreteInputsRequest,
    "holding": ReadHoldingRegistersRequest,
    "input": ReadInputRegistersRequest,
}
READING = (1, 2, 3, 4)
IDENTIFICATION = 43
IDENTIFICATION_KIND = 14  # the other kinds of function 43 belong to CANopen and can write
IDENTIFICATION_HEAD = 7
OTHER_SIZES = 4
TCP_PDU_AT = 5  # behind the transaction id
LONGEST_ANSWER = 253
TCP, RTU = FramerSocket(DecodePDU(False)), FramerRTU(DecodePDU(False))


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one unit, as bytes for either framing, and the shape of its answer."""

    unit: int
    function: int
    pdu: bytes
    size: int | None  # data bytes of the answer; None: the answer says how long it is
    tcp_tail: bytes  # the frame behind its transaction id
    tcp_start: bytes  # how the right answer begins behind its transaction id
    rtu: bytes

    def __post_init__(self) -> None:
        reads = self.function in READING or (
            self.function == IDENTIFICATION and self.pdu[1:2] == bytes((IDENTIFICATION_KIND,))
        )
        if not reads or self.pdu[:1] != bytes((self.function,)):
            raise BadRequestError(f"function code {self.pdu[0]} does not read; it is never sent")
        if not self.pdu == self.tcp_tail[TCP_PDU_AT:] == self.rtu[1:-2]:
            raise BadRequestError("the frames of a request differ; none is ever sent")

    @property
    def kind(self) -> tuple[int, int, int | None]:
        """Return all by which an answer without a transaction id can be told from another."""
        return self.unit, self.function, self.size

    @property
    def characters(self) -> int:
        """Return how many characters request and answer take on a serial line."""
        return len(self.rtu) + (64 if self.size is None else self.size + 5)


@lru_cache(maxsize=8192)
def reading(table: Table, address: int, count: int, unit: int) -> Request:
    """Return the request that reads registers (or bits) with function code 1, 2, 3 or 4."""
    size = (count + 7) // 8 if table in ("coil", "discrete") else 2 * count
    return _request(partial(TABLES[table], address=address, count=count, dev_id=unit), unit, size)


def identification(unit: int, object_id: int) -> Request:
    """Return the request for the basic identification (function code 43/14) from one object on."""
    question = partial(ReadDeviceInformationRequest, read_code=1, object_id=object_id, dev_id=unit)
    return _request(question, unit, None)


def of_another_size(request: Request, number: int) -> Request:
    """Return a small read of the same unit whose answer can't be taken for that of the given one.

    Nor, most likely, for that of the last such read: ``number`` varies the length.
    """
    if request.size is None:
        return reading("holding", 0, 1 + number % OTHER_SIZES, request.unit)
    address, _ = struct.unpack(">HH", request.pdu[1:])
    table: Table = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}[request.function]  # type: ignore[assignment]
    step = 8 if request.function in (1, 2) else 1
    one = reading(table, address, 1 + step * (number % OTHER_SIZES), request.unit)
    return one if one.size != request.size else reading(table, address, 1 + step * OTHER_SIZES, request.unit)


def _request(make: Callable[[], ModbusPDU], unit: int, size: int | None) -> Request:
    try:
        message = make()
        tcp, rtu = TCP.buildFrame(message), RTU.buildFrame(message)
    except (ValueError, OverflowError, ModbusException, struct.error) as error:
        raise BadRequestError(f"no device can be asked for that: {error}") from error
    function = message.function_code
    start = b"" if size is None else struct.pack(">HHBBB", 0, size + 3, unit, function, size & 0xFF)
    return Request(unit, function, rtu[1:-2], size, tcp[2:], start, rtu)


def checked(request: Request, pdu: bytes | bytearray) -> bytes:
    """Return the data of an answer to this request, the whole PDU for an identification."""
    if not pdu:
        raise BadFrameError("an answer without a function code came")
    if pdu[0] == request.function | 0x80:
        if len(pdu) != 2:
            raise BadFrameError("a Modbus exception of the wrong length came")
        raise DeviceRefusalError(pdu[1])
    if pdu[0] != request.function:
        raise BadFrameError(f"an answer with function code {pdu[0]} instead of {request.function} came")
    if request.size is None:
        if pdu[1:2] != bytes((IDENTIFICATION_KIND,)) or identification_length(pdu) != len(pdu):
            raise BadFrameError("the device identification is cut short")
        return bytes(pdu)
    if len(pdu) != request.size + 2 or pdu[1] != request.size:
        raise BadFrameError(f"the answer to function code {request.function} has the wrong length")
    return bytes(pdu[2:])


def identification_length(pdu: bytes | bytearray) -> int | None:
    """Return how long an identification will be, None while too little of it is there to tell."""
    if len(pdu) < IDENTIFICATION_HEAD:
        return None
    end = IDENTIFICATION_HEAD
    for _ in range(pdu[IDENTIFICATION_HEAD - 1]):
        if len(pdu) < end + 2:
            return None
        end += 2 + pdu[end + 1]
        if end > LONGEST_ANSWER:
            raise BadFrameError("the device identification is longer than an answer can be")
    return end


def identified(pdu: bytes) -> tuple[dict[int, str], int | None]:
    """Return the objects of an identification, and the next one to ask for when more follow."""
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
    return found, response.next_object_id if response.more_follows else None
