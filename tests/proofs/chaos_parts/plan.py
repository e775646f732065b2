"""What each tablet will have to say: operations signed beforehand, and photos, all from one seed."""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import photo_of

#: Of a hundred operations so many build on one that is sent later, on one of a foreign site, on no item.
_BASE_LATER, _ELSEWHERE, _NO_ITEM = 5, 2, 2
_FORGED = 3  # so many of a hundred are sent again with other content under the same id
_VALUES = ("yes", "no")


@dataclass
class Plan:
    """One tablet's work in the order in which it is offered."""

    tablet: FieldTablet
    signed: list[dict[str, Any]]
    photos: list[bytes]
    forged: list[dict[str, Any]]  # each is sent after what it pretends to be


def plan_work(
    tablet: FieldTablet, site: str, items: Sequence[str], operations: int, photos: int, chance: random.Random
) -> Plan:
    """Return so many operations, and photos each with an operation of its own on top."""
    signed: list[dict[str, Any]] = []
    heads: dict[str, str] = {}
    while len(signed) < operations:
        signed += _next(tablet, site, items, heads, operations - len(signed), chance)
    pictures = [_picture(chance) for _ in range(photos)]
    for data in pictures:
        photo = tablet.record(site, chance.choice(items), "photo", body=photo_of(data))
        signed.insert(chance.randrange(len(signed) + 1), photo)
    proper = [each for each in signed if each["op"]["site"] == site and each["op"]["item"] in items]
    forged = [_forge(tablet, each) for each in proper if chance.randrange(100) < _FORGED]
    return Plan(tablet, signed, pictures, forged)


def _next(
    tablet: FieldTablet,
    site: str,
    items: Sequence[str],
    heads: dict[str, str],
    most: int,
    chance: random.Random,
) -> list[dict[str, Any]]:
    item, lot = chance.choice(items), chance.randrange(100)
    if lot < _BASE_LATER and most > 1:
        first = _answer(tablet, site, item, heads, chance)
        count = min(chance.randrange(12), most - 2)
        between = [tablet.record(site, chance.choice(items), "note") for _ in range(count)]
        return [_answer(tablet, site, item, heads, chance), *between, first]
    if _BASE_LATER <= lot < _BASE_LATER + _ELSEWHERE:
        return [tablet.record("another-site", item, "note")]
    if _BASE_LATER + _ELSEWHERE <= lot < _BASE_LATER + _ELSEWHERE + _NO_ITEM:
        return [tablet.record(site, "no-such-step@MSB", "note")]
    return [_answer(tablet, site, item, heads, chance)]


def _answer(
    tablet: FieldTablet, site: str, item: str, heads: dict[str, str], chance: random.Random
) -> dict[str, Any]:
    """Answer an item, on top of what this tablet said of it before."""
    body = {"value": {"type": "choice", "raw": chance.choice(_VALUES)}, "instrument": "IT1"}
    base = [heads[item]] if item in heads else []
    made = tablet.record(site, item, body=body, base=base)
    heads[item] = made["op"]["id"]
    return made


def _forge(tablet: FieldTablet, signed: dict[str, Any]) -> dict[str, Any]:
    return tablet.signed(signed["op"] | {"kind": "note", "body": {"text": "it never was like this"}})


def _picture(chance: random.Random) -> bytes:
    output = io.BytesIO()
    size = chance.randrange(40, 160), chance.randrange(40, 120)
    Image.frombytes("RGB", size, chance.randbytes(size[0] * size[1] * 3)).save(output, "JPEG", quality=80)
    return output.getvalue()
