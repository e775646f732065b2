"""How one simulated device answers a request: its registers, its limits, its identification. Pure."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from device_probe.profile import Point, Profile
from device_probe.simulator.image import BY_ITSELF, Image, Words, shares_its_place

READS = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
WRITES = {5: "coil", 6: "holding", 15: "coil", 16: "holding"}
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, BUSY, NO_TARGET = 1, 2, 3, 6, 11
MOST = {"coil": 2000, "discrete": 2000, "holding": 125, "input": 125}
IDENTIFY = 43
MEI_DEVICE = 14
MAX_OBJECTS = 240  # bytes of one answer


@dataclass(frozen=True, slots=True)
class Write:
    """A write request."""

    function: int
    table: str
    address: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """What stands behind a unit id right now; without a profile it is a bare image without limits."""

    image: Image
    profile: Profile | None = None
    unit: int = 1
    objects: Mapping[int, str] = field(default_factory=dict)  # device identification


def exception(function: int, code: int) -> bytes:
    """Return the PDU of an exception."""
    return bytes([function | 0x80, code])


def answer(served: Served, unit: int, pdu: bytes) -> bytes:
    """Return the answer to a read or an identification; everything else is an illegal function."""
    function = pdu[0]
    if function in READS and len(pdu) == 5:
        address, count = struct.unpack(">HH", pdu[1:])
        return _read(served, unit, function, address, count)
    if function == IDENTIFY and len(pdu) == 4 and pdu[1] == MEI_DEVICE:
        return _identification(served, pdu[2], pdu[3])
    return exception(function, ILLEGAL_FUNCTION)


def write_of(pdu: bytes) -> Write | None:
    """Return what a request wants to write, None when it is no (whole) write."""
    function = pdu[0]
    if function not in WRITES or len(pdu) < 5:
        return None
    address, number = struct.unpack(">HH", pdu[1:5])
    if function in (5, 6):
        return Write(function, WRITES[function], address, (number,))
    data = pdu[6:]
    if function == 16:
        words = struct.unpack(f">{len(data) // 2}H", data[: len(data) // 2 * 2])
        return Write(function, "holding", address, words) if len(words) == number else None
    bits = tuple(data[i // 8] >> i % 8 & 1 for i in range(min(number, 8 * len(data))))
    return Write(function, "coil", address, bits)


def obstacle(profile: Profile, unit: int, table: str, address: int, count: int) -> int | None:
    """Return the exception with which a device of this kind refuses a request, None when it takes it."""
    if count > min(profile.max_registers, MOST[table]) and table in ("holding", "input"):
        return ILLEGAL_VALUE
    end = address + count
    if profile.even_start and table in ("holding", "input") and (address % 2 or count % 2):
        return ILLEGAL_ADDRESS
    points = [p for p in profile.points if p.table == table and p.address < end and address < p.end]
    own = [p for p in points if p.unit_id in (None, unit) and p.access != "wo"]
    if profile.exact_reads and not any((p.address, p.registers) == (address, count) for p in own):
        return None if _is_scale(profile, table, address, count) else ILLEGAL_ADDRESS
    if profile.whole_values and any(p.address < at < p.end for p in own for at in (address, end)):
        return ILLEGAL_ADDRESS
    asked = (address, count)
    alone = [
        p for p in own if p.alone and (p.address, p.registers) != asked and not shares_its_place(p, profile)
    ]
    return ILLEGAL_ADDRESS if alone else None


def _is_scale(profile: Profile, table: str, address: int, count: int) -> bool:
    places = {(p.table, at) for p in profile.points for at in (p.scale_register, p.ratio_register)}
    return count == 1 and (table, address) in places


def _read(served: Served, unit: int, function: int, address: int, count: int) -> bytes:
    table = READS[function]
    if not 1 <= count <= MOST[table]:
        return exception(function, ILLEGAL_VALUE)
    if served.profile is not None:
        refusal = obstacle(served.profile, unit, table, address, count)
        if refusal is not None:
            return exception(function, refusal)
    words = served.image.get((unit, table), {})
    by_itself = served.image.get((unit, f"{table} {BY_ITSELF}"), {})
    if address in by_itself and count == 1:
        words = by_itself
    wanted = range(address, address + count)
    if table in ("coil", "discrete"):
        return _bits(function, words, wanted) if words else exception(function, ILLEGAL_ADDRESS)
    if any(a not in words for a in wanted):
        return exception(function, ILLEGAL_ADDRESS)
    return bytes([function, 2 * count]) + struct.pack(f">{count}H", *(words[a] for a in wanted))


def _bits(function: int, words: Words, wanted: range) -> bytes:
    data = bytearray((len(wanted) + 7) // 8)
    for i, address in enumerate(wanted):
        data[i // 8] |= (words.get(address, 0) & 1) << i % 8
    return bytes([function, len(data)]) + bytes(data)


def _identification(served: Served, read_code: int, object_id: int) -> bytes:
    if not served.objects:
        return exception(IDENTIFY, ILLEGAL_FUNCTION)
    if read_code not in (1, 2, 3, 4):
        return exception(IDENTIFY, ILLEGAL_VALUE)
    last = {1: 2, 2: 0x7F}.get(read_code, 0xFF)
    wanted = [key for key in sorted(served.objects) if object_id <= key <= last]
    if read_code == 4:
        wanted = [object_id] if object_id in served.objects else []
        if not wanted:
            return exception(IDENTIFY, ILLEGAL_ADDRESS)
    body, following = b"", 0
    taken = 0
    for key in wanted:
        text = served.objects[key].encode()[:MAX_OBJECTS]
        if len(body) + 2 + len(text) > MAX_OBJECTS:
            following = key
            break
        body += bytes([key, len(text)]) + text
        taken += 1
    conformity = 0x83 if max(served.objects) > 0x7F else 0x82 if max(served.objects) > 2 else 0x81
    more = 0xFF if following else 0
    return bytes([IDENTIFY, MEI_DEVICE, read_code, conformity, more, following, taken]) + body


def writable(profile: Profile, write: Write) -> Point | None:
    """Return the point that a write is for, None when no such point may be written."""
    for point in profile.points:
        if (point.table, point.address) == (write.table, write.address) and point.access in ("rw", "wo"):
            return point
    return None
