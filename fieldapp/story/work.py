"""The contractor's work of the story: every item answered, three of them first out of limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fieldapp.story.answers import bad_value, good_value, signature
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

Items = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Book:
    """The site as the tablet has it: items by key in the order of work, instruments by kind."""

    site: str
    items: Items
    instruments: Mapping[str, str]

    def instrument(self, item: Mapping[str, Any]) -> dict[str, str]:
        """Return the instrument of an item as part of an answer's body."""
        kind = (item.get("instrument") or "").replace("-", " ")
        found = next((key for name, key in self.instruments.items() if name.replace("-", " ") == kind), None)
        return {"instrument": found} if found else {}


def book_of(site: str, bundle: Mapping[str, Any]) -> Book:
    """Return the book of a bundle."""
    items = {item["key"]: item for checklist in bundle["checklists"] for item in checklist["items"]}
    return Book(site, items, {each["kind"]: each["id"] for each in bundle["instruments"]})


def work_through(tablet: Tablet, book: Book, name: str) -> None:
    """Answer every item that a person answers, in order; three fail, one of them is measured again."""
    for key, item in book.items.items():
        photos(tablet, book, item)
        if key == OFFLINE or item["criterion"]["kind"] in ("probe", "photo"):
            continue
        if item["criterion"]["kind"] == "signature":
            statement = item["instruction"]
            tablet.record(book.site, key, "signature", signature(statement, name, ""))
        else:
            answer(tablet, book, key, first_value(item))
    tablet.record(
        book.site, REMEASURED, "note", {"text": "Damp in the cable inlet of CH05. Dried, measured again."}
    )
    answer(tablet, book, REMEASURED, good_value(book.items[REMEASURED]))


def answer(tablet: Tablet, book: Book, key: str, value: Mapping[str, Any]) -> None:
    """Record an answer with the instrument that the item asks for."""
    tablet.record(book.site, key, "answer", {"value": dict(value), **book.instrument(book.items[key])})


def first_value(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is entered first: out of limits for the three items of the story."""
    if item["key"] == CONCEDED:
        return measured(Decimal("5.6"), item["criterion"]["unit"])
    return bad_value(item) if item["key"] in (REMEASURED, RETURNED) else good_value(item)


def photos(tablet: Tablet, book: Book, item: Mapping[str, Any]) -> None:
    """Take the photos that an item asks for."""
    wanted = max(int(item["photos"]), int(item["criterion"].get("count", 1)) if _by_photo(item) else 0)
    for number in range(wanted):
        picture = nameplate(item["tag"], (item["title"], f"Picture {number + 1} of {wanted}"))
        tablet.photo(book.site, item["key"], picture, f"{item['tag']}: {item['title']}")


def _by_photo(item: Mapping[str, Any]) -> bool:
    return bool(item["criterion"]["kind"] == "photo")


def redo_returned(tablet: Tablet, book: Book, returned: Iterable[str]) -> Sequence[str]:
    """Measure the returned items again after the cause was removed; return their keys."""
    done = []
    for key in returned:
        tablet.record(
            book.site, key, "note", {"text": "Terminal of PE at the RCD was loose. Tightened to 3.5 Nm."}
        )
        answer(tablet, book, key, good_value(book.items[key]))
        done.append(key)
    return done
