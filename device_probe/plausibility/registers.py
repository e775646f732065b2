"""The registers that were recorded, to be decoded once more in another way. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from device_probe.decode import decode
from device_probe.model import RawBlock
from device_probe.plausibility.measured import FLOATS, Measured, electrical, examined
from device_probe.profile import Point, Profile

Place = tuple[int, str]  # unit id and table


@dataclass(frozen=True, slots=True)
class Recorded:
    """Every register that was read: the word and the request that it came with, by place and address."""

    words: Mapping[Place, Mapping[int, tuple[bytes, int]]]

    def tables(self, unit: int) -> frozenset[str]:
        """Return the tables of which something was read."""
        return frozenset(table for known, table in self.words if known == unit)

    def data(self, point: Point, unit: int) -> tuple[bytes, int] | None:
        """Return the bytes of a point and their request, None when a register of it was not read."""
        place = self.words.get((unit if point.unit_id is None else point.unit_id, point.table))
        if place is None:
            return None
        found = [place.get(address) for address in range(point.address, point.end)]
        if not found or None in found:
            return None
        words = [item for item in found if item is not None]
        return b"".join(word for word, _ in words), words[0][1]


def recorded(blocks: Iterable[RawBlock]) -> Recorded:
    """Return the registers of recorded answers; of one read twice the last."""
    found: dict[Place, dict[int, tuple[bytes, int]]] = {}
    for index, block in enumerate(blocks):
        if block.table in ("holding", "input"):
            place, data = found.setdefault((block.unit, block.table), {}), bytes.fromhex(block.data_hex)
            for i in range(min(block.count, len(data) // 2)):
                place[block.address + i] = (data[2 * i : 2 * i + 2], index)
    return Recorded(found)


def checked_points(profile: Profile) -> Profile:
    """Return the profile with only those points that tell right decoding from wrong."""
    return replace(profile, points=tuple(p for p in profile.points if _worth(p)))


def values_of(profile: Profile, registers: Recorded, unit: int) -> dict[str, Measured]:
    """Decode what was recorded as this profile says."""
    found: dict[str, Measured] = {}
    for point in profile.points:
        item = registers.data(point, unit)
        exponent = _exponent(point, registers, unit)
        if item is None or (exponent is None and point.scale_register is not None):
            continue
        value = decode(profile, point, item[0], exponent).value
        if isinstance(value, int | float):
            grain = 0.0 if point.type in FLOATS else abs(point.scale) * 10.0 ** (exponent or 0)
            found[point.quantity] = Measured(float(value), grain, item[1])
    return found


def _worth(point: Point) -> bool:
    settings = ("ct_primary", "ct_secondary", "vt_primary")
    numeric = point.type not in ("string", "coil") and point.table in ("holding", "input")
    wanted = electrical(point.quantity) or point.quantity in settings
    return numeric and wanted and examined(point.quantity) and point.access != "wo"


def _exponent(point: Point, registers: Recorded, unit: int) -> int | None:
    if point.scale_register is None:
        return None
    place = Point("scale", point.table, point.scale_register, "int16", unit_id=point.unit_id)
    item = registers.data(place, unit)
    return None if item is None else int.from_bytes(item[0], "big", signed=True)
