"""The registers of a simulated device: a profile and values -> words by table and address. Pure."""

from collections.abc import Mapping
from itertools import pairwise

from device_probe.profile import Point, Profile
from device_probe.simulator.encode import Encodable, encode, encode_bit
from device_probe.simulator.values import in_its_unit, value_for

Words = dict[int, int]  # address -> word (0 or 1 for a bit)
Image = dict[tuple[int, str], Words]  # (unit id, table) -> words
EXPONENT = -1
FILLED_GAP = 64  # holes up to this size answer zeros, as most devices do; wider ones answer exception 2
BITS = ("coil", "discrete")


def build_image(
    profile: Profile, unit: int, values: dict[str, Encodable], steps: Mapping[str, float] | None = None
) -> Image:
    """Encode all points of a device that can be read, and fill the small holes.

    Later points never go over earlier ones; ``steps`` are resolutions by unit, coarser than the register's.
    """
    image: Image = {}
    for point in profile.points:
        if point.access != "wo":
            place = image.setdefault((unit if point.unit_id is None else point.unit_id, point.table), {})
            _place(profile, point, values, steps or {}, place)
    for identity in profile.identity:
        own = identity.point.unit_id or unit
        place = image.setdefault((own, identity.point.table), {})
        _place_identity(profile, identity.point, identity.contains, identity.values, place)
    for (_, table), words in image.items():
        _fill(profile, table, words)
    return image


def _place(
    profile: Profile, point: Point, values: dict[str, Encodable], steps: Mapping[str, float], words: Words
) -> None:
    by_unit = point.quantity.startswith(("harmonic_", "thd_")) and point.quantity in values
    value = in_its_unit(point, values) if by_unit else value_for(point, values)
    if point.type == "coil" or point.table in BITS:
        words.setdefault(point.address, int(encode_bit(point, value)))
        return
    exponent = 0
    if point.scale_register is not None:
        exponent = EXPONENT
        words.setdefault(point.scale_register, EXPONENT & 0xFFFF)
    if value is None and point.na is None:
        value = 0.0  # a device without a pattern for "not available" shows nothing as 0
    step = steps.get(point.unit)
    if step and isinstance(value, float):
        value = round(value / step) * step
    _put(words, point, encode(profile, point, value, exponent))


def _place_identity(
    profile: Profile, point: Point, contains: str | None, known: Mapping[int, str], words: Words
) -> None:
    value: Encodable = contains if contains else float(next(iter(known), 0))
    _put(words, point, encode(profile, point, value))


def _put(words: Words, point: Point, data: bytes) -> None:
    taken = set(words)
    for i in range(0, len(data), 2):
        address, word = point.address + i // 2, int.from_bytes(data[i : i + 2], "big")
        if address not in taken:
            words[address] = word
        elif point.mask is not None:  # its neighbours in the same register stand there already
            words[address] |= word


def _fill(profile: Profile, table: str, words: Words) -> None:
    widest = FILLED_GAP if profile.max_gap is None else profile.max_gap
    addresses = sorted(words)
    for low, high in pairwise(addresses):
        if high - low - 1 <= widest:
            words.update({a: 0 for a in range(low + 1, high) if not _forbidden(profile, table, a)})
    if profile.even_start and table not in BITS:
        for address in addresses:
            words.setdefault(address ^ 1, 0)


def _forbidden(profile: Profile, table: str, address: int) -> bool:
    return any(gap.table == table and gap.first <= address <= gap.last for gap in profile.forbidden)
