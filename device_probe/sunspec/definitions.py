"""The only door to sunspec2: its model definitions. Its client accepts stale answers and is never used."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from typing import Any

from device_probe.problems import ProfileError

# our type for each of theirs, and what means "not implemented" in it; floats and texts say it by themselves
NOT_IMPLEMENTED: dict[str, tuple[str, int | None]] = {
    "int16": ("int16", 0x8000),
    "uint16": ("uint16", 0xFFFF),
    "count": ("uint16", 0xFFFF),
    "acc16": ("uint16", 0),
    "enum16": ("uint16", 0xFFFF),
    "bitfield16": ("bitmask16", 0xFFFF),
    "int32": ("int32", 0x80000000),
    "uint32": ("uint32", 0xFFFFFFFF),
    "acc32": ("uint32", 0),
    "enum32": ("uint32", 0xFFFFFFFF),
    "bitfield32": ("bitmask32", 0xFFFFFFFF),
    "int64": ("int64", 0x8000000000000000),
    "uint64": ("uint64", 0xFFFFFFFFFFFFFFFF),
    "acc64": ("uint64", 0),
    "float32": ("float32", None),
    "float64": ("float64", None),
    "string": ("string", None),
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One point of a model: where it stands in its group, and how it is written there."""

    name: str
    type: str  # in our words; "" for scale factors, pads and addresses, which are no quantities
    offset: int  # registers from the first of the group
    size: int
    na: int | None
    scale_factor: str | int | None
    units: str
    symbols: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The points of a model, or of a group that repeats behind them."""

    name: str
    points: tuple[Definition, ...]
    size: int
    count: str | None  # the point that says how often the group repeats
    repeated: tuple["Group", ...]

    def point(self, name: str) -> Definition | None:
        """Return a point by its SunSpec name."""
        return next((point for point in self.points if point.name == name), None)


@cache
def model(model_id: int) -> Group:
    """Return the definition of a model; ProfileError when there is none."""
    file = resources.files("sunspec2").joinpath("models", "json", f"model_{model_id}.json")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"SunSpec has no model {model_id} that is defined.") from error
    return _group(document["group"])


def edition() -> str:
    """Return which definitions these are, for the digest of a profile made from them."""
    return f"pysunspec2 {metadata.version('pysunspec2')}"


def _group(raw: dict[str, Any]) -> Group:
    points, offset = [], 0
    for entry in raw["points"]:
        points.append(_point(entry, offset))
        offset += entry["size"] * entry.get("count", 1)
    repeated = tuple(_group(entry) for entry in raw.get("groups", ()))
    count = raw.get("count")
    return Group(raw["name"], tuple(points), offset, count if isinstance(count, str) else None, repeated)


def _point(raw: dict[str, Any], offset: int) -> Definition:
    kind, na = NOT_IMPLEMENTED.get(raw["type"], ("", None))
    symbols = tuple((int(symbol["value"]), label(symbol["name"])) for symbol in raw.get("symbols", ()))
    return Definition(
        raw["name"], kind, offset, raw["size"], na, raw.get("sf"), raw.get("units", ""), symbols
    )


def label(symbol: str) -> str:
    """Return a symbol in the manner of our own labels: SHUTTING_DOWN is shutting_down."""
    return symbol.removeprefix("M_EVENT_").lower().replace(" ", "_")
