"""One serial number at two tags, and one photo at two tags."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from checklists.model import Item, ItemState
from checklists.plausibility.alike import NAMED, Laid
from checklists.plausibility.doubt import ANSWERED, Doubt, answered, listed, named

#: What stands between the digits of a serial number; spelled out, because languages disagree on blanks.
_BETWEEN = str.maketrans("", "", " \t\u00a0\u202f-_./:#")


def same_serials(laid: Iterable[Laid]) -> Iterator[Doubt]:
    """Yield doubts where one serial number is recorded by one step at several tags."""
    groups: defaultdict[tuple[str, str], list[Item]] = defaultdict(list)
    for item, state in laid:
        serial = serial_of(item, state)
        if serial:
            groups[item.step, serial].append(item)
    for group in groups.values():
        for item in group if len(group) > 1 else ():
            near = _others(group, item)
            tags = listed([each.tag for each in near])
            sentence = (
                f"The same serial number is recorded at {tags}: read the nameplate again, and check the tag."
            )
            yield Doubt("serial", item.key, tuple(each.key for each in near), sentence)


def serial_of(item: Item, state: ItemState) -> str:
    """Return the serial number at an item without case and separators, so that "SN-12 a" is "sn12A"."""
    value = answered(state) if item.evidence == "serial" else None
    return normal(value.raw) if value else ""


def normal(text: str) -> str:
    """Return a serial number as it is compared."""
    return unicodedata.normalize("NFKC", text).upper().translate(_BETWEEN)


def same_photos(laid: Iterable[Laid]) -> Iterator[Doubt]:
    """Yield doubts where one photo stands at items of different equipment.

    Two items of one cabinet may share a picture that shows both, and one paper may serve many places.
    """
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for item, state in laid:
        for photo in photos_of(item, state):
            groups[photo].append(item)
    told = set()
    for group in groups.values():
        for item in group if len(group) > 1 else ():
            near = [each for each in _others(group, item) if _equipment(each) != _equipment(item)]
            if near and item.key not in told:
                told.add(item.key)
                sentence = f"The same photo stands at {named(near[0])}: take a photo of {item.tag} here."
                yield Doubt("photo", item.key, tuple(each.key for each in near), sentence)


def photos_of(item: Item, state: ItemState) -> tuple[str, ...]:
    """Return the photos that count at an item; the pages of a document are none."""
    counts = item.evidence != "document" and state.status in ANSWERED | {"open"}
    return state.photos if counts else ()


def _equipment(item: Item) -> str:
    """A connector belongs to its station: CH03.1 to CH03."""
    return item.tag.partition(".")[0]


def _others(group: list[Item], item: Item) -> list[Item]:
    """At most so many as a doubt names."""
    return [each for each in group[: NAMED + 1] if each is not item][:NAMED]
