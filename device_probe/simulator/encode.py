"""Values -> registers: the inverse of device_probe.decode, for the simulator and its tests."""

import math
import struct
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from device_probe.decode import FLOATS, INTEGERS, straighten
from device_probe.profile import Point, Profile

Encodable = float | str | tuple[str, ...] | None
LIMITS = {
    "uint16": (0, 0xFFFF), "int16": (-0x8000, 0x7FFF), "bitmask16": (0, 0xFFFF), "uint32": (0, 0xFFFFFFFF),
    "bitmask32": (0, 0xFFFFFFFF),
    "int32": (-0x80000000, 0x7FFFFFFF), "uint64": (0, 2**64 - 1), "int64": (-(2**63), 2**63 - 1),
}  # fmt: skip


def encode(profile: Profile, point: Point, value: Encodable, exponent: int = 0) -> bytes:
    """Return the registers that decode to ``value`` (to its "not available" pattern for None)."""
    if value is None:
        ordered = _not_available(point)
    elif point.type == "string":
        ordered = _text(point, _raw_text(point, str(value)))
    elif point.encoding == "ascii_low_byte":
        ordered = b"\0" + _raw_text(point, str(value)).encode()[:1]
    elif point.type in FLOATS:
        ordered = struct.pack(FLOATS[point.type], float(_raw(profile, point, value, exponent)))
    else:
        ordered = _integer(point, round(_raw(profile, point, value, exponent)))
    return straighten(point, profile.word_order, ordered)


def encode_bit(point: Point, value: Encodable) -> bool:
    """Return the coil that decodes to ``value``."""
    return bool(int(_enum_key(point, value) or float(value or 0) if isinstance(value, float | int) else 0))


def _not_available(point: Point) -> bytes:
    size = 2 * point.registers
    if point.na is not None and not (isinstance(point.na, float) and math.isnan(point.na)):
        return (int(point.na) & ((1 << 8 * size) - 1)).to_bytes(size, "big")
    if point.type in FLOATS:
        return struct.pack(FLOATS[point.type], math.nan)
    return bytes(size)


def _raw_text(point: Point, value: str) -> str:
    labels = {label: key for key, label in point.enum.items()}
    return labels.get(value, value)


def _text(point: Point, text: str) -> bytes:
    size = 2 * point.registers
    if point.encoding == "hex":
        return bytes.fromhex(text)[:size].ljust(size, b"\0")
    if point.encoding == "ascii_low_byte":
        return b"".join(b"\0" + bytes([char]) for char in text.encode()[: point.registers]).ljust(size, b"\0")
    return text.encode()[:size].ljust(size, b"\0")


def _integer(point: Point, raw: int) -> bytes:
    if point.mask is not None:
        raw = raw << point.shift & point.mask
    low, high = LIMITS[point.type]
    return struct.pack(INTEGERS[point.type], min(max(raw, low), high))


def _raw(profile: Profile, point: Point, value: Encodable, exponent: int) -> float:
    if isinstance(value, tuple):
        return float(_bits(point, value))
    key = _enum_key(point, value)
    if key is not None:
        return float(int(key))
    if point.encoding == "hex":
        return float(int(str(value), 16))
    number = float(value or 0.0)
    if profile.inverted(point.quantity):
        number = -number
    if point.sign_from is not None:
        number = abs(number)
    if (point.scale == 1 and point.offset == 0 and not exponent) or number < _whole_below(point):
        return number
    raw = (Decimal(str(number)) - Decimal(str(point.offset))) / (
        Decimal(str(point.scale)) * Decimal(10) ** exponent
    )
    return float(raw if point.type in FLOATS else raw.to_integral_value(ROUND_HALF_EVEN))


def _whole_below(point: Point) -> float:
    """Return the value below which its raw number would be taken for whole units."""
    return -math.inf if point.whole_below is None else point.whole_below * point.scale


def _bits(point: Point, names: tuple[str, ...]) -> int:
    numbers: Mapping[str, int] = {name: bit for bit, name in point.bits.items()}
    return sum(1 << numbers.get(name, int(name) if name.isdigit() else 0) for name in names)


def _enum_key(point: Point, value: Encodable) -> str | None:
    return next((key for key, label in point.enum.items() if label == value), None)
