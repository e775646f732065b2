"""What a careful contractor would enter at an item: a reading, a choice, a document, a row, a signature."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fieldapp.clock import today
from fieldapp.story.errors import StoryError
from fieldapp.story.figures import measured, read_off, reading_inside, reading_outside, spread
from fieldapp.story.typical import AROUND, EXACT

# A pen stroke that reads as a signature, in canvas pixels.
STROKES = [
    [[20, 90], [34, 40], [48, 22], [58, 40], [46, 84], [40, 104], [60, 72], [84, 60], [96, 78], [110, 60]],
    [[118, 78], [132, 56], [146, 78], [160, 52], [176, 80], [204, 60], [236, 74], [300, 62], [352, 70]],
]
_YEAR = timedelta(days=365)
#: Criteria that a value answers; the others wait for a photo, a signature or the probe.
BY_VALUE = frozenset({"range", "equals", "one_of", "present", "document", "table"})
Item = Mapping[str, Any]  # as JSON, as a tablet has it
Columns = Sequence[Mapping[str, Any]]


def good_value(item: Item, attempt: int = 1) -> dict[str, Any]:
    """Return a value that meets the item's criterion; measured again, a reading is a little different."""
    criterion, again = item["criterion"], "" if attempt == 1 else f"#{attempt}"
    if criterion["kind"] == "table":
        return _row(item, again)
    if criterion["kind"] == "document":
        return _document(item, _YEAR if criterion["expires"] == "required" else None)
    if criterion["kind"] == "present":
        return {"type": "text", "raw": _text(item)}
    return _good(item, criterion, item["step"], item["key"] + again, item.get("expect"))


def bad_value(item: Item) -> dict[str, Any]:
    """Return a value that misses the item's criterion; StoryError where none does."""
    criterion = item["criterion"]
    if criterion["kind"] == "table":
        return _bad_row(item)
    if criterion["kind"] == "document":
        return _document(item, -timedelta(days=30))
    value = _bad(criterion)
    if value is None:
        raise StoryError(f"Nothing that can be entered at {item['key']} fails.")
    return value


def signature(statement: str, name: str, digest: str) -> dict[str, Any]:
    """Return the body of a signature operation."""
    return {"statement": statement, "name": name, "digest": digest, "strokes": STROKES}


def _good(
    item: Item, criterion: Mapping[str, Any], name: str, key: str, expect: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a good reading, choice or text; ``name`` is the step, and in a row its column too."""
    if criterion["kind"] == "range":
        unit, exact = criterion.get("unit", ""), EXACT.get(name)
        if exact is not None:
            return measured(read_off(exact, criterion), unit)
        return measured(reading_inside(key, criterion, expect, AROUND.get(name)), unit)
    if criterion["kind"] in ("equals", "one_of"):
        return {"type": "choice", "raw": criterion["values"][0]}
    return {"type": "text", "raw": EXACT.get(name, "as drawn").format(tag=item["tag"])}


def _bad(criterion: Mapping[str, Any]) -> dict[str, Any] | None:
    if criterion["kind"] == "range":
        number = reading_outside(criterion)
        return None if number is None else measured(number, criterion.get("unit", ""))
    if criterion["kind"] in ("equals", "one_of"):
        wrong = (each for each in criterion.get("choices", ()) if each not in criterion["values"])
        return {"type": "choice", "raw": next(wrong, "no")}
    return None


def _row(item: Item, again: str = "") -> dict[str, Any]:
    columns, cells = item["criterion"]["columns"], []
    for each in columns:
        name = f"{item['step']}:{each['id']}"
        value = _good(item, each["criterion"], name, f"{item['key']}:{each['id']}{again}")
        cells.append(_cell(each["id"], value))
    return {"type": "table", "raw": _line(columns, cells), "cells": cells}


def _bad_row(item: Item) -> dict[str, Any]:
    """Miss the first column that can be missed; the others are good."""
    columns = item["criterion"]["columns"]
    missed, wrong = next(
        ((each["id"], bad) for each in columns if (bad := _bad(each["criterion"]))), ("", None)
    )
    if wrong is None:
        raise StoryError(f"Nothing that can be entered at {item['key']} fails.")
    good = _row(item)["cells"]
    cells = [_cell(missed, wrong) if each["column"] == missed else each for each in good]
    return {"type": "table", "raw": _line(columns, cells), "cells": cells}


def _line(columns: Columns, cells: Sequence[Mapping[str, Any]]) -> str:
    """Say a row in one line, as a tablet does."""
    pairs = zip(columns, cells, strict=True)
    return "; ".join(
        f"{column['title']} {cell['raw']} {cell.get('unit', '')}".strip() for column, cell in pairs
    )


def _cell(column: str, value: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: value[name] for name in ("raw", "decimal", "unit", "bound") if name in value}
    return {"column": column, **named}


def _document(item: Item, days: timedelta | None) -> dict[str, Any]:
    initials = "".join(word[0] for word in item["step"].split("-")).upper()
    number = f"{initials}-{int(spread(item['key']) * 8999) + 1000}"
    document = {"type": "document", "raw": number}
    return document if days is None else document | {"expires": (today() + days).isoformat()}


def _text(item: Item) -> str:
    """Return what is written: a serial number is never that of another tag."""
    if item.get("evidence") == "serial" or "serial" in item["step"]:
        return f"{item['tag'].replace('.', '-')}-{int(spread(item['key']) * 89999999) + 10000000}"
    named = "Klaus Hartmann" if item["limit_text"].startswith("name ") else "Checked on site, as drawn."
    return EXACT.get(item["step"], named).format(tag=item["tag"])
