"""Checklists as a sheet of CSV for a day without tablets: one row an item, and one for each column of a row.

A cell that a spreadsheet would run as a formula gets an apostrophe in front; reading takes it away again.
How the columns are filled: docs/recipes/a-day-without-tablets.md.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from checklists.answers import offered
from checklists.judge import limit_text
from checklists.model import Cell, Checklist, Column, Item, ItemState
from checklists.words import INSTRUMENTS, PHASES

#: What a person fills in.
FILLED = (
    "value", "instrument_id", "expires", "because", "not_applicable_reason", "recorded_at", "note",
)  # fmt: skip
#: What the import needs beside it.
KEYS = ("key", "column", "site", "revision")
COLUMNS = (
    "key", "column", "number", "phase", "tag", "title", "instruction", "answer", "unit", "limit",
    "instrument", "status", *FILLED, "checklist", "site", "revision",
)  # fmt: skip
#: What a sheet of refused rows has behind the others.
PROBLEM = "problem"
Separator = Literal[",", ";"]

_SHORT = 160
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DECIMAL_POINT = frozenset({"GB", "IE", "US", "CA", "AU", "NZ", "IN", "SG", "MT", "ZA"})
_ANSWERS = {
    "photo": "photo, with the tablet",
    "signature": "signature, on the tablet",
    "probe": "by the device probe",
    "document": "number or name of the document",
    "table": "in the rows below",
    "range": "a number",
    "present": "a text",
}


def separator_for(country: str) -> Separator:
    """Return what spreadsheets of a country take for the separator of columns."""
    return "," if country in _DECIMAL_POINT else ";"


def defused(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return what a cell said before it was defused."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def write_sheet(
    site: str,
    revision: int,
    checklists: Sequence[Checklist],
    states: Mapping[str, ItemState] = MappingProxyType({}),
    *,
    filled: bool = False,
    separator: Separator = ",",
) -> str:
    """Return the sheet of a site at a revision; ``filled`` puts what stands there into the cells to fill."""
    known = states if filled else {}
    rows = (
        {
            **row,
            "status": states[item.key].status if item.key in states else "open",
            "checklist": checklist.id,
            "site": site,
            "revision": str(revision),
        }
        for checklist in checklists
        for item in checklist.items
        for row in _rows(item, known.get(item.key))
    )
    return written(COLUMNS, rows, separator)


def written(columns: Sequence[str], rows: Iterator[Mapping[str, str]], separator: Separator = ",") -> str:
    """Return rows as CSV text with a header; a missing cell is empty."""
    output = io.StringIO()
    writer = csv.writer(output, delimiter=separator, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([defused(row.get(column, "")) for column in columns])
    return output.getvalue()


def _rows(item: Item, state: ItemState | None) -> Iterator[dict[str, str]]:
    head = {"key": item.key, "number": item.number, "phase": PHASES[item.section], "tag": item.tag}
    yield {
        **head,
        "title": item.title,
        "instruction": short(item.instruction),
        "answer": _answer(item),
        "unit": item.criterion.unit,
        "limit": item.limit_text,
        "instrument": INSTRUMENTS.get(item.instrument or "", item.instrument or ""),
        **(_recorded(state) if state else {}),
    }
    cells = {cell.column: cell for cell in state.value.cells} if state and state.value else {}
    for column in item.criterion.columns:
        yield {**head, **_column(column, cells.get(column.id))}


def _column(column: Column, cell: Cell | None) -> dict[str, str]:
    wanted = " / ".join(offered(column.criterion)) or _ANSWERS[column.criterion.kind]
    return {
        "column": column.id,
        "title": column.title,
        "answer": f"{wanted}, if there is one" if column.optional else wanted,
        "unit": column.criterion.unit,
        "limit": limit_text(column.criterion),
        "value": cell.raw if cell else "",
    }


def _answer(item: Item) -> str:
    if item.evidence == "serial":
        return "serial number"
    return " / ".join(offered(item.criterion)) or _ANSWERS[item.criterion.kind]


def _recorded(state: ItemState) -> dict[str, str]:
    if state.value is None and not state.reason:
        return {}  # a photo, a signature, the probe, or two entries side by side: nothing that a sheet holds
    value = state.value if state.value and state.value.type != "table" else None
    return {
        "value": value.raw if value else "",
        "expires": value.expires if value else "",
        "not_applicable_reason": state.reason,
        "recorded_at": state.recorded_at or "",
        "instrument_id": state.instrument or "",
    }


def short(text: str, most: int = _SHORT) -> str:
    """Return the first sentences of a text that fit, or its beginning where none does."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    end = line.rfind(". ", 0, most)
    if end > most // 3:
        return line[: end + 1]
    return f"{line[:most].rpartition(' ')[0] or line[:most]} …"
