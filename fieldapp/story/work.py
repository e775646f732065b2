"""The contractor's work of the story: every item in the order of work, three of them first out of limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from checklists.instruments import does_for
from fieldapp.story.answers import BY_VALUE, bad_value, good_value, signature
from fieldapp.story.figures import measured
from fieldapp.story.photos import nameplate
from fieldapp.story.tablet import Tablet

#: The reading that is taken again on site, because a socket box was damp.
REMEASURED = "insulation-resistance@F05"
#: The safety item that the reviewer returns.
RETURNED = "loop-impedance@F03"
#: The deviation that the reviewer concedes: the study had warned of it.
CONCEDED = "voltage-drop@F12"
#: Entered without network in the real tablet.
OFFLINE = "insulation-resistance@F01"

#: Signs for the owner on the contractor's tablet.
OWNER = "Klaus Hartmann"

Items = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Book:
    """The site as the tablet has it: items by key in the order of work, instruments by kind."""

    site: str
    items: Items
    instruments: Mapping[str, str]

    def instrument(self, item: Mapping[str, Any]) -> dict[str, str]:
        """Return the instrument of an item as part of an answer's body."""
        wanted = item.get("instrument")
        found = next(
            (key for kind, key in self.instruments.items() if wanted and does_for(kind, wanted)), None
        )
        return {"instrument": found} if found else {}

    def before(self, key: str) -> Sequence[str]:
        """Return the items that come before one in the order of work."""
        keys = list(self.items)
        return keys[: keys.index(key)]


def book_of(site: str, bundle: Mapping[str, Any]) -> Book:
    """Return the book of a bundle."""
    items = {item["key"]: item for checklist in bundle["checklists"] for item in checklist["items"]}
    return Book(site, items, {each["kind"]: each["id"] for each in bundle["instruments"]})


def work_through(tablet: Tablet, book: Book, keys: Iterable[str], name: str) -> None:
    """Answer what a person answers of these items; three fail, one of them is measured again at once."""
    for key in keys:
        do(tablet, book, key, name, first_value(book.items[key]))
        if key in (REMEASURED, RETURNED):
            # A failed test opens earlier ones again: IEC 60364-6, 6.4.3.1.
            redo(tablet, book, book.items[key]["repeats"], name)
        if key == REMEASURED:
            tablet.record(
                book.site, key, "note", {"text": "Damp in the cable inlet of CH05. Dried, measured again."}
            )
            answer(tablet, book, key, good_value(book.items[key]), "repaired")


def do(
    tablet: Tablet, book: Book, key: str, name: str, value: Mapping[str, Any] | None, because: str = ""
) -> None:
    """Do one item: its photos, then its answer or signature; the probe answers for itself."""
    item = book.items[key]
    photos(tablet, book, item)
    if item["criterion"]["kind"] == "signature":
        signer = OWNER if item["who"] == "owner" else name
        tablet.record(book.site, key, "signature", signature(item["instruction"], signer, ""))
    elif value is not None:
        answer(tablet, book, key, value, because)


def redo(tablet: Tablet, book: Book, keys: Iterable[str], name: str, attempt: int = 2) -> Sequence[str]:
    """Do items again that passed before, in the order of work; return their keys."""
    wanted = set(keys)
    found = [key for key in book.items if key in wanted]
    for key in found:
        item = book.items[key]
        value = good_value(item, attempt) if item["criterion"]["kind"] in BY_VALUE else None
        do(tablet, book, key, name, value, "repeated")
    return found


def answer(tablet: Tablet, book: Book, key: str, value: Mapping[str, Any], because: str = "") -> None:
    """Record an answer with the instrument that the item asks for, and why it replaces an earlier one."""
    body = {"value": dict(value), **book.instrument(book.items[key])}
    tablet.record(book.site, key, "answer", body | ({"because": because} if because else {}))


def first_value(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what is entered first: out of limits for the three items of the story; None: nothing is."""
    if item["criterion"]["kind"] not in BY_VALUE:
        return None
    if item["key"] == CONCEDED:
        return measured(Decimal("5.6"), item["criterion"]["unit"])
    return bad_value(item) if item["key"] in (REMEASURED, RETURNED) else good_value(item)


def photos(tablet: Tablet, book: Book, item: Mapping[str, Any]) -> None:
    """Take the photos that an item asks for."""
    by_photo = item["criterion"]["kind"] == "photo"
    wanted = max(int(item["photos"]), int(item["criterion"].get("count", 1)) if by_photo else 0)
    for number in range(wanted):
        picture = nameplate(item["tag"], (item["title"], f"Picture {number + 1} of {wanted}"))
        tablet.photo(book.site, item["key"], picture, f"{item['tag']}: {item['title']}")


def redo_returned(tablet: Tablet, book: Book, key: str, name: str) -> Sequence[str]:
    """Measure a returned item again after its cause was removed, then what was done on the strength of it."""
    text = "Terminal of PE at the RCD was loose. Tightened to 3.5 Nm."
    tablet.record(book.site, key, "note", {"text": text})
    redo(tablet, book, book.items[key]["repeats"], name, 3)
    answer(tablet, book, key, good_value(book.items[key]), "repaired")
    return redo(tablet, book, (each for each, item in book.items.items() if key in item["requires"]), name)
