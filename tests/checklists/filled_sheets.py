"""A sheet of a small site, its rows as a spreadsheet has them, and cells filled in."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from checklists.model import Item
from checklists.sheet import written
from checklists.sheet_answers import SheetReading, SheetSite, read_sheet
from checklists.sheet_file import read_rows

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
SITE = "019a-site"
Cells = dict[str, str]

#: Texts that hurt: formulas, separators, quotes, lines, apostrophes, other scripts.
hostile = st.one_of(
    st.sampled_from(
        ["=HYPERLINK(1)", "'=1", "+49 40 1", "-", "@x", "a;b,c", 'say "no"', "two\nlines", "'", "''+1", "≤½"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=80),
).map(str.strip).filter(bool)  # fmt: skip


def rows_of(text: str, separator: str = ",") -> list[Cells]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def with_cells(rows: list[Cells], key: str, column: str = "", **cells: str) -> list[Cells]:
    """Return the rows with some cells of one of them filled in."""
    assert any(row["key"] == key and row["column"] == column for row in rows), (key, column)
    return [row | cells if (row["key"], row["column"]) == (key, column) else row for row in rows]


def file_of(rows: list[Cells], separator: Any = ",") -> bytes:
    return written(list(rows[0]), iter(rows), separator).encode("utf-8-sig")


def read(rows: list[Cells], site: SheetSite) -> SheetReading:
    return read_sheet(read_rows(file_of(rows)), site, NOW)


def first(items: Mapping[str, Item], wanted: Callable[[Item], bool]) -> Item:
    return next(item for item in items.values() if wanted(item))


def of_kind(items: Mapping[str, Item], kind: str) -> Item:
    return first(items, lambda item: item.criterion.kind == kind)


def number_of(rows: list[Cells], key: str, column: str = "") -> int:
    """Return the number of a row as a spreadsheet shows it."""
    return 2 + next(n for n, row in enumerate(rows) if (row["key"], row["column"]) == (key, column))
