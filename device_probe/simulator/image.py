"""The registers of a simulated device: a profile and values -> words by table and address. Pure."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from device_probe.profile import Identity, Point, Profile
from device_probe.simulator.encode import LIMITS, Encodable, encode, encode_bit
from device_probe.simulator.values import in_its_unit, value_for
from device_probe.sunspec.profile import chain_words

Words = dict[int, int]  # address -> word (0 or 1 for a bit)
Image = dict[tuple[int, str], Words]  # (unit id, table) -> words
EXPONENT = -1
FILLED_GAP = 64  # holes up to this size answer zeros, as most devices do; wider ones answer exception 2
BITS = ("coil", "discrete")
BY_ITSELF = "by itself"  # behind a table: registers that tell something else when nothing is read with them
ALIKE = {"holding": "input", "input": "holding"}


def build_image(
    profile: Profile, unit: int, values: dict[str, Encodable], steps: Mapping[str, float] | None = None
) -> Image:
    """Encode all points of a device that can be read, and fill the small holes."""
    return completed(profile, encoded(profile, unit, values, steps))


def encoded(
    profile: Profile, unit: int, values: dict[str, Encodable], steps: Mapping[str, float] | None = None
) -> Image:
    """Encode all points of a device that can be read.

    Later points never go over earlier ones; ``steps`` are resolutions by unit, coarser than the register's.
    """
    image: Image = {}
    exponents = _exponents(profile, values)
    for identity in profile.identity:
        _place_identity(profile, identity, unit, image)
    for point in profile.points:
        if point.access != "wo":
            own = unit if point.unit_id is None else point.unit_id
            place = f"{point.table} {BY_ITSELF}" if shares_its_place(point, profile) else point.table
            _place(profile, point, values, steps or {}, exponents, image.setdefault((own, place), {}))
    _place_setting(profile, unit, image)
    for address, word in chain_words(profile).items():
        image.setdefault((unit, "holding"), {})[address] = word
    return image


def completed(profile: Profile, image: Image) -> Image:
    """Fill the small holes between the registers of one device, or of all connectors of a station."""
    for (_, table), words in image.items():
        _fill(profile, table, words)
    return _alike(image) if profile.tables_alike else image


def shares_its_place(point: Point, profile: Profile) -> bool:
    """Return True for a register that tells something else when it is read by itself."""
    return point.alone and any(
        p is not point and p.table == point.table and p.address < point.end and point.address < p.end
        for p in profile.points
    )


def _place(
    profile: Profile,
    point: Point,
    values: dict[str, Encodable],
    steps: Mapping[str, float],
    exponents: Mapping[tuple[str, int], int],
    words: Words,
) -> None:
    value = _value(point, values)
    if point.type == "coil" or point.table in BITS:
        words.setdefault(point.address, int(encode_bit(point, value)))
        return
    exponent = 0
    if point.scale_register is not None:
        exponent = exponents[point.table, point.scale_register]
        words.setdefault(point.scale_register, exponent & 0xFFFF)
    if point.ratio_register is not None:
        ratio = _ratio(values)
        words.setdefault(point.ratio_register, ratio)
        value = value / ratio if isinstance(value, float) else value
    if value is None and (profile.zero_when_absent or point.na is None):
        value = 0.0  # a device without a pattern for "not available" shows nothing as 0
    step = steps.get(point.unit)
    if step and isinstance(value, float):
        value = round(value / step) * step
    _put(words, point, encode(profile, point, value, exponent))


def _value(point: Point, values: dict[str, Encodable]) -> Encodable:
    by_unit = point.quantity.startswith(("harmonic_", "thd_")) and point.quantity in values
    return in_its_unit(point, values) if by_unit else value_for(point, values)


def _exponents(profile: Profile, values: dict[str, Encodable]) -> dict[tuple[str, int], int]:
    """Return what each scale register holds: the finest power of ten that all of its values fit."""
    found: dict[tuple[str, int], int] = {}
    for point in profile.points:
        if point.scale_register is None:
            continue
        value, place = _value(point, values), (point.table, point.scale_register)
        exponent = found.setdefault(place, EXPONENT)
        # one less at either end may mean "not available"
        most = LIMITS[point.type][1] - 1 if point.type in LIMITS else math.inf
        while isinstance(value, float) and abs(value) / 10.0**exponent > most:
            exponent += 1
        found[place] = exponent
    return found


def _ratio(values: dict[str, Encodable]) -> int:
    """Return the ratio of the current transformers, as it is set in a device that shows secondary values."""
    primary, secondary = values["ct_primary"], values["ct_secondary"]
    return (
        max(round(primary / secondary), 1)
        if isinstance(primary, float) and isinstance(secondary, float)
        else 1
    )


def _place_identity(profile: Profile, identity: Identity, unit: int, image: Image) -> None:
    """Put the number there by which this kind of device is known; a text stands in the points themselves."""
    numbers = (*identity.values, *(identity.range or ())[:1])
    known = {p.quantity for p in profile.points if _same_place(p, identity.point)}
    if identity.absent or (known and not numbers):
        return
    value: Encodable = identity.contains or float(next(iter(numbers), 0))
    own = unit if identity.point.unit_id is None else identity.point.unit_id
    _put(
        image.setdefault((own, identity.point.table), {}),
        identity.point,
        encode(profile, identity.point, value),
    )


def _same_place(point: Point, other: Point) -> bool:
    return (point.table, point.address) == (other.table, other.address)


def _place_setting(profile: Profile, unit: int, image: Image) -> None:
    """Put the word order that the device is set to where it keeps it."""
    setting = profile.word_order_setting
    if setting is None:
        return
    number = setting.pattern
    if number is None:
        number = next((float(n) for n, order in setting.values.items() if order == profile.word_order), 0.0)
    words = image.setdefault((unit, setting.point.table), {})
    # it is what is set, whatever a point over the same register says
    data = encode(profile, replace(setting.point, enum={}), number)
    for i in range(0, len(data), 2):
        words[setting.point.address + i // 2] = int.from_bytes(data[i : i + 2], "big")


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
            words.update({a: 0 for a in range(low + 1, high) if not _refused(profile, table, a)})
    if profile.even_start and table not in BITS:
        for address in addresses:
            words.setdefault(address ^ 1, 0)


def _refused(profile: Profile, table: str, address: int) -> bool:
    absent = (i.point for i in profile.identity if i.absent)
    return any(gap.table == table and gap.first <= address <= gap.last for gap in profile.forbidden) or any(
        point.table == table and point.address <= address < point.end for point in absent
    )


def _alike(image: Image) -> Image:
    """Return the image of a device whose holding and input registers answer the same."""
    found = {key: dict(words) for key, words in image.items()}
    for (unit, table), words in image.items():
        if table in ALIKE:
            other = found.setdefault((unit, ALIKE[table]), {})
            for address, word in words.items():
                other.setdefault(address, word)
    return found
