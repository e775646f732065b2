"""The registers of a simulated device: a profile and values -> words by table and address. Pure."""

from collections.abc import Mapping
from itertools import pairwise

from device_probe.profile import Point, Profile
from device_probe.simulator.encode import Encodable, encode, encode_bit
from device_probe.simulator.values import in_percent, value_for
from device_probe.sunspec_profile import chain_words

Image = dict[tuple[int, str], dict[int, int]]  # (unit id, table) -> address -> word (0 or 1 for a bit)
EXPONENT = -1
FILLED_GAP = 64  # holes up to this size answer zeros, as most devices do; wider ones answer exception 2


def build_image(profile: Profile, unit: int, values: dict[str, Encodable]) -> Image:
    """Encode all points of a device, later points never over earlier ones, and fill the small holes."""
    image: Image = {}
    for point in profile.points:
        place = image.setdefault((unit if point.unit_id is None else point.unit_id, point.table), {})
        _place(profile, point, values, place)
    for identity in profile.identity:
        place = image.setdefault((identity.point.unit_id or unit, identity.point.table), {})
        _place_identity(profile, identity.point, identity.contains, identity.values, place)
    for address, word in chain_words(profile).items():
        image.setdefault((unit, "holding"), {}).setdefault(address, word)
    for (_, table), words in image.items():
        _fill(profile, table, words)
    return image


def _place(profile: Profile, point: Point, values: dict[str, Encodable], words: dict[int, int]) -> None:
    value = in_percent(values, point) if "harmonic" in point.quantity else value_for(point, values)
    if point.type == "coil" or point.table in ("coil", "discrete"):
        words.setdefault(point.address, int(encode_bit(point, value)))
        return
    exponent = 0
    if point.scale_register is not None:
        exponent = EXPONENT
        words.setdefault(point.scale_register, EXPONENT & 0xFFFF)
    if value is None and "harmonic" in point.quantity:
        value = 0.0
    _put(words, point.address, encode(profile, point, value, exponent))


def _place_identity(
    profile: Profile, point: Point, contains: str | None, known: Mapping[int, str], words: dict[int, int]
) -> None:
    value: Encodable = contains if contains else float(next(iter(known), 0))
    _put(words, point.address, encode(profile, point, value))


def _put(words: dict[int, int], address: int, data: bytes) -> None:
    for i in range(0, len(data), 2):
        words.setdefault(address + i // 2, int.from_bytes(data[i : i + 2], "big"))


def _fill(profile: Profile, table: str, words: dict[int, int]) -> None:
    addresses = sorted(words)
    for low, high in pairwise(addresses):
        if high - low <= FILLED_GAP and profile.max_gap is None:
            words.update({a: 0 for a in range(low + 1, high) if not _forbidden(profile, table, a)})


def _forbidden(profile: Profile, table: str, address: int) -> bool:
    return any(gap.table == table and gap.first <= address <= gap.last for gap in profile.forbidden)
