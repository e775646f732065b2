"""Bytes on the wire -> requests, and answers -> bytes: Modbus/TCP, and bare RTU frames. Pure."""

import struct
from dataclasses import dataclass

MBAP = struct.Struct(">HHHB")
MAX_LENGTH = 254
RTU_FIXED = {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8, 43: 7}  # length of a whole request frame
RTU_COUNTED = (15, 16)  # unit, code, address, count, byte count, data, check sum


@dataclass(frozen=True, slots=True)
class Request:
    """One request: the unit it is for, its PDU, and the transaction id it must be answered with."""

    unit: int
    pdu: bytes
    transaction: int = 0


class BrokenStreamError(Exception):
    """What came is no Modbus; a device can only close the connection."""


def take_tcp(buffer: bytearray) -> Request | None:
    """Take the first whole Modbus/TCP request out of the buffer, None when it isn't there yet."""
    if len(buffer) < MBAP.size + 1:
        return None
    transaction, protocol, length, unit = MBAP.unpack_from(buffer)
    if protocol != 0 or not 2 <= length <= MAX_LENGTH:
        raise BrokenStreamError
    end = MBAP.size - 1 + length
    if len(buffer) < end:
        return None
    pdu = bytes(buffer[MBAP.size : end])
    del buffer[:end]
    return Request(unit, pdu, transaction)


def tcp_answer(request: Request, pdu: bytes) -> bytes:
    """Return the frame of an answer."""
    return MBAP.pack(request.transaction, 0, len(pdu) + 1, request.unit) + pdu


def take_rtu(buffer: bytearray) -> Request | None:
    """Take the first whole RTU request with a right check sum; what precedes it is noise on the line."""
    while len(buffer) >= 4:
        length = _rtu_length(buffer)
        if length is not None and length > len(buffer):
            return None
        if length is not None and crc16(buffer[:length]) == 0:
            request = Request(buffer[0], bytes(buffer[1 : length - 2]))
            del buffer[:length]
            return request
        del buffer[0]
    return None


def rtu_answer(request: Request, pdu: bytes) -> bytes:
    """Return the frame of an answer with its check sum."""
    frame = bytes([request.unit]) + pdu
    return frame + crc16(frame).to_bytes(2, "little")


def crc16(data: bytes | bytearray) -> int:
    """Return the check sum of an RTU frame; 0 for a frame together with its right check sum."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def _rtu_length(buffer: bytearray) -> int | None:
    code = buffer[1]
    if code in RTU_COUNTED:
        return 9 + buffer[6] if len(buffer) > 6 else 9
    return RTU_FIXED.get(code)
