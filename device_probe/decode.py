"""Registers -> reading. Pure; simulator/encode.py is the inverse."""

import math
import struct
from decimal import Decimal

from device_probe.model import Reading
from device_probe.profile import Point, Profile, WordOrder, is_not_available
from device_probe.quantities import is_text

INTEGERS = {
    "uint16": ">H",
    "int16": ">h",
    "bitmask16": ">H",
    "uint32": ">I",
    "bitmask32": ">I",
    "int32": ">i",
    "uint64": ">Q",
    "int64": ">q",
}
FLOATS = {"float32": ">f", "float64": ">d"}
EXPONENT_NOT_AVAILABLE = -32768
MAX_EXPONENT = 10  # SunSpec: -10 to 10
Value = float | str | tuple[str, ...] | None


def straighten(point: Point, word_order: WordOrder, data: bytes) -> bytes:
    """Return the value's bytes in big-endian order; the function is its own inverse."""
    if point.fully_swapped:
        return data[::-1]
    if point.byte_swap:
        data = b"".join(data[i : i + 2][::-1] for i in range(0, len(data), 2))
    if word_order == "little" and point.type != "string" and len(data) > 2:
        data = b"".join(data[i : i + 2] for i in range(len(data) - 2, -2, -2))
    return data


def decode(profile: Profile, point: Point, data: bytes, exponent: int | None = None) -> Reading:
    """Turn the bytes of one point into a reading; ``exponent`` is the content of its scale register."""
    ordered = straighten(point, profile.word_order, data)
    if exponent is not None and exponent != EXPONENT_NOT_AVAILABLE and abs(exponent) > MAX_EXPONENT:
        cause = f"its scale register holds {exponent}, which no device means"
        return Reading(point.quantity, None, point.unit, "unreadable", cause, data.hex())
    if is_not_available(point, ordered) or exponent == EXPONENT_NOT_AVAILABLE:
        return _absent(point, data, "the device says that this value is not available")
    if point.type == "string" or point.encoding == "ascii_low_byte":
        return _text(point, ordered, data)
    if point.type in FLOATS:
        number: float = struct.unpack(FLOATS[point.type], ordered)[0]
        if not math.isfinite(number):
            return _absent(point, data, "the register holds a number that is not finite")
    else:
        number = struct.unpack(INTEGERS[point.type], ordered)[0]
    value = _value(profile, point, number, exponent)
    if isinstance(value, float) and not math.isfinite(value):
        return _absent(point, data, "the number is beyond everything that can be counted")
    return Reading(point.quantity, value, point.unit, raw=data.hex())


def decode_bit(point: Point, bit: bool) -> Reading:
    """Turn one coil or discrete input into a reading."""
    return Reading(point.quantity, point.enum.get(str(int(bit)), float(bit)), point.unit, raw=str(int(bit)))


def _absent(point: Point, data: bytes, cause: str) -> Reading:
    return Reading(point.quantity, None, point.unit, "not_available", cause, data.hex())


def _text(point: Point, ordered: bytes, data: bytes) -> Reading:
    if not ordered.strip(b"\0") or not ordered.strip(b"\xff"):
        return _absent(point, data, "the text is empty")
    if point.encoding == "hex":
        return Reading(point.quantity, ordered.hex().upper(), point.unit, raw=data.hex())
    if point.encoding == "ascii_low_byte":
        ordered = ordered[1::2]
    content = ordered.split(b"\0", 1)[0]
    try:
        text = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        words = "the text is not valid UTF-8, read as Latin-1"
        return Reading(
            point.quantity, content.decode("latin-1").strip(), point.unit, "suspect", words, data.hex()
        )
    return Reading(point.quantity, _label(point, text) or text, point.unit, raw=data.hex())


def _label(point: Point, text: str) -> str | None:
    # several chargers pad the state letter or add a digit ("C2"); the longest key that fits decides
    for length in range(len(text), 0, -1):
        if text[:length] in point.enum:
            return point.enum[text[:length]]
    return None


def _value(profile: Profile, point: Point, number: float, exponent: int | None) -> Value:
    if point.mask is not None:
        number = (int(number) & point.mask) >> point.shift
    if point.bits or point.type in ("bitmask16", "bitmask32"):
        return _set_bits(point, int(number))
    label = _enum_label(point, number)
    if label is not None:
        return label
    if point.encoding == "hex":
        return f"{int(number):X}"
    if point.encoding == "four_quadrant":
        return _four_quadrant(number)
    value = _scaled(point, number, exponent)
    if is_text(point.quantity):
        return f"{value:.15g}"
    return -value if profile.inverted(point.quantity) and value else value


def _set_bits(point: Point, number: int) -> tuple[str, ...]:
    return tuple(point.bits.get(bit, str(bit)) for bit in range(64) if number >> bit & 1)


def _enum_label(point: Point, number: float) -> str | None:
    if not point.enum or number != int(number):
        return None
    unsigned = int(number) & 0xFFFF if point.type == "int16" else int(number)
    return point.enum.get(str(int(number)), point.enum.get(str(unsigned)))


def _four_quadrant(number: float) -> float:
    """Schneider's 4Q_FP_PF: beyond ±1 the factor is leading and counts back from ±2."""
    if number > 1:
        return 2 - number
    return -2 - number if number < -1 else number


def _scaled(point: Point, number: float, exponent: int | None) -> float:
    if point.scale == 1 and point.offset == 0 and not exponent:
        return float(number)
    # decimal arithmetic, so that 2301 counts of 0.1 V are 230.1 V and not 230.10000000000002 V
    whole = point.whole_below is not None and number < point.whole_below
    scale = 1 if whole else point.scale
    scaled = Decimal(str(number)) * Decimal(str(scale)) * Decimal(10) ** (exponent or 0)
    return float(scaled + Decimal(str(point.offset)))
