"""The classic mistakes, each as a profile that would put it right. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from device_probe.plausibility.registers import Recorded
from device_probe.profile import Point, Profile, Table, WordOrder

INTEGERS = ("uint16", "int16", "uint32", "int32", "uint64", "int64")
AS_INTEGER = {"float32": "int32", "float64": "int64"}
AS_FLOAT = {"uint32": "float32", "int32": "float32", "uint64": "float64", "int64": "float64"}
SIDES: dict[Table, Table] = {"holding": "input", "input": "holding"}
PROFILE_REMEDY = "Correct the profile"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that may be wrong: the profile as it should be, and how to say it."""

    kind: str
    words: str  # "The registers make sense ..."
    remedy: str
    profile: Profile
    factors: dict[str, float] = field(default_factory=dict)  # quantity -> what its value must be times
    cost: int = 1  # how many things are wrong at once
    scaled: str = ""  # which values have the factors, in words


def structural(
    profile: Profile, registers: Recorded, unit: int, doubtful: frozenset[str]
) -> Iterator[Mistake]:
    """Return every single mistake in how the registers of a profile are put together.

    The type may be wrong for all values or for those alone that are in doubt.
    """
    yield from _orders(profile)
    yield from _shifts(profile)
    yield from _types(profile)
    names = {point.quantity for point in profile.points}
    if doubtful and doubtful < names:
        for some in _types(profile):
            fixed = {point.quantity: point for point in some.profile.points if point.quantity in doubtful}
            points = tuple(fixed.get(point.quantity, point) for point in profile.points)
            words = f"{some.words} where they are in doubt"
            yield replace(some, words=words, profile=replace(profile, points=points))
    other = {table for table in ("holding", "input") if table in registers.tables(unit)}
    used = {point.table for point in profile.points}
    if any(SIDES[table] in other for table in used if table in SIDES):
        words = f"in the {_named(profile, SIDES)} registers instead of the {_named(profile, {})} registers"
        remedy = f"{PROFILE_REMEDY}: the points stand in the other table."
        yield Mistake("table", words, remedy, _with(profile, _other_table))


def combined(profile: Profile) -> Iterator[Mistake]:
    """Return two such mistakes at once."""
    for first in _orders(profile):
        for second in (*_shifts(first.profile), *_types(first.profile)):
            words = f"{first.words}, and {second.words}"
            remedy = f"{first.remedy} {second.remedy}"
            yield Mistake(f"{first.kind}+{second.kind}", words, remedy, second.profile, cost=2)


def _orders(profile: Profile) -> Iterator[Mistake]:
    wide = any(point.registers > 1 for point in profile.points)
    low_first = profile.word_order == "big"
    order: WordOrder = "little" if low_first else "big"
    said = "low" if low_first else "high"
    turned = replace(profile, word_order=order)
    if wide:
        yield Mistake(
            "word_order",
            f"with the {said} word of every 32 or 64-bit value first",
            f"{PROFILE_REMEDY}: word_order: {order} - or set the device's own word order back.",
            turned,
        )
    swap = "with the two bytes of every register exchanged"
    remedy = f"{PROFILE_REMEDY}: byte_swap at the points - or set the device's or the gateway's byte order."
    yield Mistake("byte_order", swap, remedy, _with(profile, _swapped))
    if wide:
        words = f"{swap} and the {said} word first"
        yield Mistake("byte_order", words, remedy, _with(turned, _swapped))


def _shifts(profile: Profile) -> Iterator[Mistake]:
    for step, side in ((-1, "lower"), (1, "higher")):
        said = "counted from 1, where the request counts from 0" if step < 0 else "one too low"
        yield Mistake(
            "address",
            f"one address {side} than the profile says",
            f"{PROFILE_REMEDY}: its addresses are {said}.",
            _with(profile, _moved(step)),
        )


def _types(profile: Profile) -> Iterator[Mistake]:
    types = {point.type for point in profile.points}
    if types & AS_INTEGER.keys():
        words, remedy = "as integers instead of floating-point numbers", f"{PROFILE_REMEDY}: int32 or uint32."
        yield Mistake("type", words, remedy, _with(profile, _typed(AS_INTEGER)))
    if types & AS_FLOAT.keys():
        words, remedy = "as floating-point numbers instead of integers", f"{PROFILE_REMEDY}: type float32."
        yield Mistake("type", words, remedy, _with(profile, _typed(AS_FLOAT)))
        yield Mistake("type", words, f"{remedy[:-1]}, scale 1.", _with(profile, _typed(AS_FLOAT, 1.0)))
    if types & set(INTEGERS):
        words = "with their signs: numbers that were read without as signed, and the other way round"
        remedy = f"{PROFILE_REMEDY}: int instead of uint where a value can be negative, uint where it cannot."
        yield Mistake("sign", words, remedy, _with(profile, _signed))


def _with(profile: Profile, change: Callable[[Point], Point]) -> Profile:
    return replace(profile, points=tuple(change(point) for point in profile.points))


def _swapped(point: Point) -> Point:
    return replace(point, byte_swap=not point.byte_swap)


def _moved(step: int) -> Callable[[Point], Point]:
    def move(point: Point) -> Point:
        scale = None if point.scale_register is None else max(0, point.scale_register + step)
        return replace(point, address=max(0, point.address + step), scale_register=scale)

    return move


def _typed(types: dict[str, str], scale: float | None = None) -> Callable[[Point], Point]:
    def change(point: Point) -> Point:
        if point.type not in types:
            return point
        return replace(point, type=types[point.type], scale=point.scale if scale is None else scale, na=None)

    return change


def _signed(point: Point) -> Point:
    if point.type not in INTEGERS:
        return point
    return replace(point, type=point.type[1:] if point.type[0] == "u" else f"u{point.type}", na=None)


def _other_table(point: Point) -> Point:
    return replace(point, table=SIDES.get(point.table, point.table))


def _named(profile: Profile, sides: dict[Table, Table]) -> str:
    return " and ".join(sorted({sides.get(point.table, point.table) for point in profile.points}))
