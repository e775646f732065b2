"""What one point of a profile must hold beyond its shape: vocabulary, unit, place, type, patterns. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from device_probe import quantities
from device_probe.profile import MAX_ADDRESS, REGISTERS
from device_probe.profile_format.faults import Fault, nearest
from device_probe.profile_format.yaml_text import Path

BITS = {"uint16": 16, "int16": 16, "bitmask16": 16, "uint32": 32, "int32": 32, "bitmask32": 32, "float32": 32,
        "uint64": 64, "int64": 64, "float64": 64}  # fmt: skip
FLOATS = ("float32", "float64")
FACTORS = {"m": 0.001, "k": 1000.0, "M": 1_000_000.0, "": 1.0}
OTHER_NAMES = {"°C": "degC", "C": "degC", "VAr": "var", "VAR": "var", "wh": "Wh", "percent": "%", "°": "deg"}


@dataclass(frozen=True, slots=True)
class Spot:
    """One value of the register map: a point, or one order of a harmonics table."""

    quantity: str
    path: Path
    table: str
    unit_id: int | None
    address: int
    registers: int
    raw: dict[str, Any]

    @property
    def end(self) -> int:
        """Return the first address behind the value."""
        return self.address + self.registers


def orders(raw: dict[str, Any]) -> range:
    """Return the orders of a harmonics table."""
    return range(raw["from_"], raw["to"] + 1, 2 if raw.get("odd_only") else 1)


def spots(name: str, raw: dict[str, Any]) -> tuple[Spot, ...]:
    """Return the values of an entry that is complete enough to have any."""
    size = raw.get("length", 0) if raw.get("type") == "string" else REGISTERS.get(raw.get("type", ""), 0)
    if not size or "table" not in raw:
        return ()
    path: Path = ("points", name)

    def spot(quantity: str, address: int) -> Spot:
        return Spot(quantity, path, raw["table"], raw.get("unit_id"), address, size, raw)

    if {"address_of_h1", "stride", "from_", "to"} <= raw.keys():
        first, step = raw["address_of_h1"], 2 if raw.get("odd_only") else 1
        return tuple(
            spot(f"{name}_h{order}", first + raw["stride"] * ((order - 1) // step)) for order in orders(raw)
        )
    return (spot(name, raw["address"]),) if "address" in raw else ()


def point_faults(name: str, raw: dict[str, Any], max_registers: int) -> Iterator[Fault]:
    """Return everything wrong with one point by itself."""
    path: Path = ("points", name)
    yield from _name_and_unit(path, name, raw)
    yield from _harmonics(path, name, raw) if "address_of_h1" in raw else _single(path, raw)
    yield from _place(path, raw, spots(name, raw), max_registers)
    kind = raw.get("type")
    if kind is None:
        return
    yield from _patterns(path, raw, kind)
    yield from _labels(path, raw, kind)
    yield from _numbers(path, raw, kind)


def _name_and_unit(path: Path, name: str, raw: dict[str, Any]) -> Iterator[Fault]:
    entry = quantities.find(name)
    if entry is None:
        like = nearest(name, quantities.example_names())
        remedy = f"did you mean {like}?" if like else "take a name from device_probe/quantities.py"
        yield Fault(path, "this name is not in the vocabulary of quantities", remedy)
        return
    for key in ("unit", "h1_unit"):
        if key == "h1_unit" and key not in raw:
            continue
        unit = raw.get(key) or "-"
        if unit not in entry.units:
            known = " or ".join(entry.units)
            shown = "has no unit" if known == "-" else f"must be {known}"
            yield Fault(
                (*path, key), f"{shown}, not {unit}" if unit != "-" else shown, _conversion(unit, entry)
            )


def _conversion(unit: str, entry: quantities.Quantity) -> str:
    if entry.units == ("-",):
        return "remove it"
    if unit == "-":
        return f"add unit: {entry.units[0]}"
    for known in entry.units:
        for prefix, factor in FACTORS.items():
            if unit == prefix + known or OTHER_NAMES.get(unit) == known:
                same = unit in OTHER_NAMES or factor == 1
                times = "" if same else f" and multiply scale by {factor:g}"
                return f"write unit: {known}{times}"
    return f"write unit: {entry.units[0]} and the scale that leads to it"


def _single(path: Path, raw: dict[str, Any]) -> Iterator[Fault]:
    if "address" not in raw:
        yield Fault((*path, "address"), "is missing", "give it as in the request, counted from 0")
    for key in ("stride", "from", "to", "odd_only", "h1_unit"):
        if key in raw or f"{key}_" in raw:
            yield Fault((*path, key), "belongs to a harmonics table", "add address_of_h1 or remove it")


def _harmonics(path: Path, name: str, raw: dict[str, Any]) -> Iterator[Fault]:
    if not name.startswith("harmonic_"):
        yield Fault((*path, "address_of_h1"), "is only for harmonic_… quantities", "write address instead")
    if "address" in raw:
        yield Fault((*path, "address"), "stands beside address_of_h1", "keep one of the two")
    for key in ("stride", "from_", "to"):
        if key not in raw:
            yield Fault((*path, key.rstrip("_")), "is missing", "a harmonics table needs stride, from and to")
    first, last = raw.get("from_", 1), raw.get("to", 127)
    if first > last:
        yield Fault((*path, "to"), f"{last} lies before from, {first}", "exchange them")
    if raw.get("odd_only") and (first % 2 == 0 or last % 2 == 0):
        yield Fault((*path, "odd_only"), "from and to must be odd then", "correct the orders")
    size = REGISTERS.get(raw.get("type", ""), 1)
    if raw.get("stride", size) < size:
        yield Fault((*path, "stride"), f"a value takes {size} registers", f"write {size} or more")


def _place(path: Path, raw: dict[str, Any], found: tuple[Spot, ...], max_registers: int) -> Iterator[Fault]:
    kind, table = raw.get("type"), raw.get("table")
    if kind == "string" and "length" not in raw:
        yield Fault((*path, "length"), "a string needs its length in registers", "add it")
    if kind not in (None, "string") and "length" in raw:
        yield Fault((*path, "length"), "is only for strings", "remove it: the type says how long it is")
    bits = table in ("coil", "discrete")
    if kind is not None and table is not None and bits != (kind == "coil"):
        wanted = "coil" if bits else "one that registers hold"
        yield Fault((*path, "type"), f"the type of a {table} must be {wanted}", "correct type or table")
    if found and (found[-1].end > MAX_ADDRESS + 1 or found[0].address < 0):
        where = found[-1].end - 1 if found[0].address >= 0 else found[0].address
        yield Fault(
            path, f"reaches address {where}; there are only 0 to {MAX_ADDRESS}", "correct the address"
        )
    if found and not bits and found[0].registers > max_registers:
        problem = f"takes {found[0].registers} registers, and a request may ask for {max_registers}"
        yield Fault(path, problem, "correct length, type or max_registers_per_read")


def _patterns(path: Path, raw: dict[str, Any], kind: str) -> Iterator[Fault]:
    if "na" not in raw or raw["na"] is None:
        return
    patterns = raw["na"] if isinstance(raw["na"], list) else [raw["na"]]
    for pattern in patterns:
        yield from pattern_faults((*path, "na"), pattern, kind)


def pattern_faults(path: Path, pattern: object, kind: str) -> Iterator[Fault]:
    """Return what is wrong with a raw value that means "not available"."""
    not_a_number = isinstance(pattern, str) and pattern.lower() == "nan"
    if kind in ("string", "coil"):
        yield Fault(path, f"a {kind} has no such pattern", "remove it: an empty text is not available anyway")
    elif not_a_number or (isinstance(pattern, float) and math.isnan(pattern)):
        if kind not in FLOATS:
            yield Fault(path, f"{kind} knows no NaN", "give the raw number, such as 0xFFFF")
    elif isinstance(pattern, int):
        low = -(1 << BITS[kind] - 1) if kind.startswith("int") else 0
        if not low <= pattern < 1 << BITS[kind]:
            yield Fault(path, f"{pattern} is no raw value of {kind}", "give the registers as one number")


def _labels(path: Path, raw: dict[str, Any], kind: str) -> Iterator[Fault]:
    if "enum" in raw and "enum_groups" in raw:
        yield Fault((*path, "enum_groups"), "stands beside enum", "keep one of the two")
    for key, label in raw.get("enum", {}).items():
        if isinstance(label, dict | list) or label is None:
            yield Fault((*path, "enum", str(key)), "a label must be text", "write one word")
        yield from _enum_key((*path, "enum", str(key)), key, kind, raw)
    if "bits" in raw and kind not in ("bitmask16", "bitmask32", "uint16", "uint32", "uint64"):
        yield Fault((*path, "bits"), f"{kind} has no bits to name", "take bitmask16 or bitmask32")
    elif raw.get("bits") and max(raw["bits"]) >= BITS.get(kind, 16):
        yield Fault((*path, "bits"), f"{kind} has bits 0 to {BITS[kind] - 1}", "correct the numbers")


def _enum_key(path: Path, key: object, kind: str, raw: dict[str, Any]) -> Iterator[Fault]:
    texts = kind == "string" or raw.get("encoding") == "ascii_low_byte"
    if isinstance(key, bool):
        yield Fault(path, "YAML reads this key as true or false", "quote it, or give the number")
    elif texts:
        return
    elif not isinstance(key, int):
        yield Fault(path, "the key of a label must be a raw whole number", f"{kind} holds numbers")
    elif kind != "coil" and not -(1 << BITS[kind] - 1) <= key < 1 << BITS[kind]:
        yield Fault(path, f"{key} is no raw value of {kind}", "correct the number or the type")
    elif (mask := raw.get("mask")) and key > mask >> raw.get("shift", 0):
        yield Fault(path, f"{key} cannot come out of the mask", "labels are of the masked and shifted number")


def _numbers(path: Path, raw: dict[str, Any], kind: str) -> Iterator[Fault]:
    if raw.get("scale") == 0:
        yield Fault((*path, "scale"), "0 makes every value 0", "give what one count is worth")
    for key in ("scale_register", "mask", "shift", "ratio_register", "scale", "offset"):
        allowed = key in ("ratio_register", "scale", "offset")
        if key in raw and (kind in ("string", "coil") or (kind in FLOATS and not allowed)):
            yield Fault((*path, key), f"has no meaning for {kind}", "remove it or correct the type")
    if "mask" in raw and raw["mask"] >= 1 << BITS.get(kind, 64):
        yield Fault((*path, "mask"), f"has more bits than {kind}", "correct mask or type")
    if raw.get("shift", 0) >= BITS.get(kind, 64):
        yield Fault((*path, "shift"), f"moves {kind} away", "correct shift or type")
    yield from _encoding(path, raw, kind)
    if len(raw.get("safe_range", ())) == 2 and raw["safe_range"][0] > raw["safe_range"][1]:
        yield Fault((*path, "safe_range"), "the lowest lies above the highest", "exchange them")
    for key in ("safe_range", "write_function", "zero_means"):
        if key in raw and raw.get("access", "r") == "r":
            yield Fault((*path, key), "is for set-points, and this point is only read", "add access: rw")


def _encoding(path: Path, raw: dict[str, Any], kind: str) -> Iterator[Fault]:
    fitting = {
        "four_quadrant": FLOATS, "ascii": ("string", "uint16"), "ascii_low_byte": ("string", "uint16"),
        "hex": ("string", "uint16", "uint32", "uint64"),
    }  # fmt: skip
    encoding = raw.get("encoding")
    if encoding in fitting and kind not in fitting[encoding]:
        yield Fault((*path, "encoding"), f"{encoding} is not for {kind}", "correct encoding or type")
