"""Plain numbers of a whole answer in one go: the same values as ``decode`` gives, without asking twice.

For one layout of answers it is worked out once which registers hold which value. Then each answer is taken
apart by one ``struct``. What isn't a plain number, or isn't one just now, is left to ``decode``.
"""

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter

from device_probe.decode import FLOATS, INTEGERS, straighten
from device_probe.model import Reading
from device_probe.profile import Point, Profile
from device_probe.quantities import is_text

LARGEST_SCALE = 1e9
MOST_DIGITS = 8  # of a scale; with the 20 of 64 bits the decimal arithmetic of ``decode`` is exact
Numbers = tuple[float, ...]
Turn = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class _Cell:
    """One plain number of an answer: where its reading goes and what is made of it."""

    position: int
    quantity: str
    unit: str
    start: int  # of its registers, in hex digits
    end: int
    finite: bool  # a float that must be finite, not an integer
    absent: frozenset[float]  # numbers that may mean "not available"
    turn: Turn | None


@dataclass(slots=True)
class _Column:
    """The plain numbers of one answer."""

    place: int
    numbers: struct.Struct
    order: Callable[[bytes], tuple[int, ...]] | None  # of the bytes, when they must be put in order
    cells: tuple[_Cell, ...]


@dataclass(slots=True)
class Sheet:
    """What a layout of answers holds: plain numbers by column, and where every point was found."""

    columns: tuple[_Column, ...]
    places: dict[tuple[int, str, int, int, bool], int | None] = field(default_factory=dict)

    def fill(self, answers: Sequence[bytes], found: list[Reading | None]) -> None:
        """Put the readings of the plain numbers where they belong."""
        for column in self.columns:
            data = answers[column.place]
            ordered = data if column.order is None else bytes(column.order(data))
            digits = data.hex()
            for cell, number in zip(column.cells, column.numbers.unpack_from(ordered), strict=True):
                if (cell.finite and number - number) or number in cell.absent:
                    continue  # `decode` knows why
                value = float(number) if cell.turn is None else cell.turn(number)
                found[cell.position] = Reading(
                    cell.quantity, value, cell.unit, None, "", digits[cell.start : cell.end], column.place
                )


def sheet_of(
    profile: Profile, points: Sequence[Point], places: Iterable[int | None], addresses: Sequence[int]
) -> Sheet:
    """Work out a sheet: ``places`` says in which answer each point is found, which begin at ``addresses``."""
    plain: dict[int, list[tuple[int, Point]]] = {}
    for position, (point, place) in enumerate(zip(points, places, strict=True)):
        if place is not None and _is_plain(point):
            plain.setdefault(place, []).append((position, point))
    return Sheet(tuple(_column(profile, place, addresses[place], cells) for place, cells in plain.items()))


def _column(profile: Profile, place: int, address: int, cells: list[tuple[int, Point]]) -> _Column:
    order, kinds = b"", ">"
    for _, point in cells:
        first = 2 * (point.address - address)
        # an answer has 250 bytes at most, so their numbers fit in bytes and can be put in order like data
        order += straighten(point, profile.word_order, bytes(range(first, first + 2 * point.registers)))
        kinds += (FLOATS | INTEGERS)[point.type][1]
    straight = order == bytes(range(len(order)))
    return _Column(
        place,
        struct.Struct(kinds),
        None if straight else itemgetter(*order),
        tuple(_cell(profile, position, point, address) for position, point in cells),
    )


def _cell(profile: Profile, position: int, point: Point, address: int) -> _Cell:
    start = 4 * (point.address - address)
    patterns = [raw for raw in (point.na, *point.also_na) if raw is not None and not math.isnan(raw)]
    return _Cell(
        position, point.quantity, point.unit, start, start + 4 * point.registers, point.type in FLOATS,
        frozenset(_pattern(point, raw) for raw in patterns),
        _turned(point, profile.inverted(point.quantity)),
    )  # fmt: skip


def _is_plain(point: Point) -> bool:
    """Return True when nothing but scale, offset and sign is done to the number."""
    kinds = FLOATS | {kind: code for kind, code in INTEGERS.items() if not kind.startswith("bitmask")}
    if point.type not in kinds or point.table not in ("holding", "input") or is_text(point.quantity):
        return False
    if len(Decimal(str(point.scale)).as_tuple().digits) > MOST_DIGITS:
        return False
    if point.type in FLOATS and abs(point.scale) > (1 if point.type == "float64" else LARGEST_SCALE):
        return False  # it may leave what a float can hold
    # whatever else a point may say, now or one day, is left to ``decode``
    known = replace(
        point, quantity="", table="holding", address=0, unit="", scale=1, offset=0, na=None, also_na=(),
        access="r", basis="fundamental", unit_id=None, byte_swap=False, fully_swapped=False, alone=False,
        optional=False, may_close=False, retry_na=False, value=None, safe_range=None, station=False,
        write_function=None, conflict="",
    )  # fmt: skip
    return known == Point("", "holding", 0, point.type)


def _pattern(point: Point, raw: float) -> float:
    """Return the number that the bits of a "not available" value are read as."""
    size = 2 * point.registers
    bits = (int(raw) & ((1 << 8 * size) - 1)).to_bytes(size, "big")
    number: float = struct.unpack((FLOATS | INTEGERS)[point.type], bits)[0]
    return number


def _turned(point: Point, inverted: bool) -> Turn | None:
    scale, offset = Decimal(str(point.scale)), Decimal(str(point.offset))
    if scale == 1 and offset == 0:
        return (lambda number: -float(number) if number else 0.0) if inverted else None
    sign = -1 if inverted else 1
    if point.type in FLOATS:
        return lambda number: sign * float(Decimal(str(number)) * scale + offset) or 0.0
    step, begin = Fraction(scale), Fraction(offset)
    below = step.denominator * begin.denominator
    by, plus = int(step * below), int(begin * below)
    # a quotient of whole numbers is rounded once, like the decimal arithmetic of ``decode``
    return lambda number: sign * ((number * by + plus) / below) or 0.0
