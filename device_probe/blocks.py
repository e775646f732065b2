"""Recorded answers -> readings. Pure.

What one value needs of others (its scale, its sign, whether it is there at all) is put together here.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from device_probe.decode import FLOATS, decode, decode_bit
from device_probe.kept import Kept
from device_probe.model import RawBlock, Reading
from device_probe.profile import Point, Profile, SignFrom, ValidWhen, WordOrder, WordOrderSetting
from device_probe.sheet import Sheet, sheet_of
from device_probe.sunspec.profile import fitted

BIT_TABLES = ("coil", "discrete")
_POINTS: Kept[tuple[Point, ...]] = Kept()
_SHEETS: Kept[Sheet] = Kept()
_TURNED: Kept[Profile] = Kept()
NOT_FOUND = "no answer holds these registers"
NOT_OFFERED = "this variant of the device does not offer it"


@dataclass(frozen=True, slots=True)
class _Answers:
    """The answers of one device, and why others are missing."""

    unit: int
    blocks: tuple[RawBlock, ...]
    data: tuple[bytes, ...]
    causes: Mapping[str, str]
    places: dict[tuple[int, str, int, int, bool], int | None]  # what was looked for in such answers before

    def place(self, point: Point) -> int | None:
        """Return the index of the smallest block that holds a point whole (of two the later one), or None."""
        unit = self.unit if point.unit_id is None else point.unit_id
        key = (unit, point.table, point.address, point.registers, point.alone)
        if key not in self.places:
            self.places[key] = self._found(point, unit)
        return self.places[key]

    def _found(self, point: Point, unit: int) -> int | None:
        holding = [
            (block.count, -index) for index, block in enumerate(self.blocks)
            if block.address <= point.address and point.end <= block.address + block.count
            and (block.unit, block.table) == (unit, point.table)
            # what means something else when it is read along with others is taken from no other answer
            and (not point.alone or block.count == point.registers)
        ]  # fmt: skip
        return -min(holding)[1] if holding else None

    def registers(self, point: Point) -> bytes | None:
        """Return the bytes of a point; one byte, 0 or 1, for a bit."""
        place = self.place(point)
        if place is None:
            return None
        data, offset = self.data[place], point.address - self.blocks[place].address
        if point.table in BIT_TABLES:
            return bytes([data[offset // 8] >> (offset % 8) & 1])
        return data[2 * offset : 2 * (offset + point.registers)]


def decode_blocks(
    profile: Profile,
    unit: int,
    blocks: Iterable[RawBlock],
    causes: Mapping[str, str],
    wanted: Iterable[str] | None = None,
) -> tuple[Reading, ...]:
    """Decode recorded blocks with a profile; what no block covers is unreadable, with its cause."""
    found = tuple(blocks)
    data = tuple(bytes.fromhex(block.data_hex) for block in found)
    profile, doubt = _as_set(fitted(profile, unit, found), _Answers(unit, found, data, causes, {}))
    names = None if wanted is None else tuple(wanted)
    points = _POINTS.get(profile, names, lambda: _points(profile, names))
    layout = (unit, names, tuple((b.unit, b.table, b.address, b.count) for b in found))
    sheet = _SHEETS.get(profile, layout, lambda: _sheet(profile, unit, points, found))
    answers = _Answers(unit, found, data, causes, sheet.places)
    readings: list[Reading | None] = [None] * len(points)
    if not doubt:
        sheet.fill(data, readings)
    return tuple(
        reading or replace(_reading(profile, point, answers, doubt), request=answers.place(point))
        for point, reading in zip(points, readings, strict=True)
    )


def _points(profile: Profile, names: tuple[str, ...] | None) -> tuple[Point, ...]:
    wanted = None if names is None else set(names)
    return tuple(p for p in profile.points if p.access != "wo" and (wanted is None or p.quantity in wanted))


def _sheet(profile: Profile, unit: int, points: tuple[Point, ...], blocks: tuple[RawBlock, ...]) -> Sheet:
    answers = _Answers(unit, blocks, (), {}, {})
    places = [answers.place(point) for point in points]
    sheet = sheet_of(profile, points, places, [block.address for block in blocks])
    sheet.places.update(answers.places)
    return sheet


def _as_set(profile: Profile, answers: _Answers) -> tuple[Profile, str]:
    """Return the profile with the word order that the device is set to, and what is doubtful about it."""
    setting = profile.word_order_setting
    if setting is None:
        return profile, ""
    data = answers.registers(setting.point)
    if data is None:
        words = "the register with the word order could not be read, the usual one was taken"
        return profile, words if setting.read_first else ""
    order = _order(setting, data)
    if order is None:
        return profile, f"the register for the word order holds {data.hex()}, the usual one was taken"
    if order == profile.word_order:
        return profile, ""
    return _TURNED.get(profile, order, lambda: replace(profile, word_order=order)), ""


def _order(setting: WordOrderSetting, data: bytes) -> WordOrder | None:
    if setting.pattern is None:
        return setting.values.get(int.from_bytes(data, "big"))
    kind = setting.point.type
    straight = (
        struct.pack(FLOATS[kind], setting.pattern) if kind in FLOATS
        else int(setting.pattern).to_bytes(len(data), "big")
    )  # fmt: skip
    turned = b"".join(straight[i : i + 2] for i in range(len(straight) - 2, -2, -2))
    orders: dict[bytes, WordOrder] = {turned: "little", straight: "big"}
    return orders.get(data)


def _reading(profile: Profile, point: Point, answers: _Answers, doubt: str = "") -> Reading:
    data = answers.registers(point)
    if data is None:
        cause = answers.causes.get(point.quantity, NOT_FOUND)
        problem = "not_available" if cause == NOT_OFFERED else "unreadable"
        return Reading(point.quantity, None, point.unit, problem, cause)
    if point.type == "coil" or point.table in BIT_TABLES:
        return decode_bit(point, data != b"\0")
    exponent = None
    if point.scale_register is not None:
        scale = answers.registers(_beside(point, point.scale_register))
        if scale is None:
            return _none(point, "unreadable", "its scale register could not be read", data)
        exponent = int.from_bytes(scale, "big", signed=True)
    reading = decode(profile, point, data, exponent)
    if reading.value is None:
        return reading
    if doubt and point.registers > 1 and point.type != "string":
        reading = _doubted(reading, doubt)
    if point.valid_when is not None:
        reading = _if_valid(_other(profile, point.valid_when.quantity, answers), point.valid_when, reading)
    if point.ratio_register is not None:
        reading = _multiplied(answers.registers(_beside(point, point.ratio_register)), reading)
    if point.sign_from is not None and reading.value:
        reading = _directed(_other(profile, point.sign_from.quantity, answers), point.sign_from, reading)
    return reading


def _beside(point: Point, address: int) -> Point:
    return Point("beside", point.table, address, "int16", unit_id=point.unit_id)


def _none(point: Point, problem: str, cause: str, data: bytes) -> Reading:
    return Reading(point.quantity, None, point.unit, problem, cause, data.hex())


def _doubted(reading: Reading, cause: str) -> Reading:
    return replace(reading, problem="suspect", cause=cause)


def _other(profile: Profile, name: str, answers: _Answers) -> Reading:
    return _reading(profile, profile.point(name), answers)


def _if_valid(other: Reading, wanted: ValidWhen, reading: Reading) -> Reading:
    """Take the value back when another quantity says that it isn't there."""
    if other.value is None:
        return _doubted(reading, f"{other.quantity}, which decides whether it is there, could not be read")
    said = f"{other.value:g}" if isinstance(other.value, float) else str(other.value)
    if said in wanted.values:
        return reading
    cause = f"the device has this value only with {other.quantity} {' or '.join(wanted.values)}"
    return replace(reading, value=None, problem="not_available", cause=f"{cause}, and it is {said}")


def _multiplied(ratio: bytes | None, reading: Reading) -> Reading:
    """Turn a secondary value into a primary one."""
    if not isinstance(reading.value, float):
        return reading
    number = int.from_bytes(ratio, "big") if ratio else 0
    if not number:
        state = "reads 0" if ratio else "could not be read"
        return _doubted(reading, f"the register with its ratio {state}: this may be a secondary value")
    return replace(reading, value=reading.value * number)


def _directed(other: Reading, bits: SignFrom, reading: Reading) -> Reading:
    """Give a magnitude its sign."""
    if not isinstance(reading.value, float):
        return reading
    names = other.value if isinstance(other.value, tuple) else ()
    positive, negative = bits.positive in names, bits.negative in names
    if positive == negative:
        cause = f"{other.quantity}, which holds its direction, names none"
        return _doubted(reading, f"{cause}: the sign is unknown")
    return replace(reading, value=abs(reading.value) * (1 if positive else -1))
