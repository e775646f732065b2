"""A sheet of CSV -> its rows, strictly: what can't be taken as a whole is refused in one sentence."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from checklists.errors import ChecklistError
from checklists.sheet import COLUMNS, FILLED, KEYS, PROBLEM, restored, written

#: Several times the sheet of the largest site.
MAX_BYTES = 8 * 1024 * 1024
MAX_ROWS = 50_000
_SAVE = "save it as “CSV UTF-8” and try again."


class SheetError(ChecklistError):
    """The file can't be taken as a sheet of this site; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as a spreadsheet shows it, and its cells by column."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell without the blanks around it; "" where there is none."""
        return self.cells.get(column, "").strip()

    @property
    def is_filled(self) -> bool:
        """True when a person wrote something into it."""
        return any(self[column] for column in FILLED)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was not taken, and why in one sentence."""

    row: SheetRow
    key: str
    sentence: str


def read_rows(content: bytes) -> tuple[SheetRow, ...]:
    """Return the rows of a file that are not empty; SheetError when it is no sheet of ours."""
    lines = _lines(_decoded(content))
    number, head = next(lines, (0, []))
    if not number:
        raise SheetError("The file is empty: export the sheet anew.")
    columns = _named(head)
    _check_columns(columns)
    rows: list[SheetRow] = []
    for number, cells in lines:
        if len(rows) == MAX_ROWS:
            raise SheetError(f"The file has more than {MAX_ROWS} rows: import it phase by phase.")
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise SheetError(
                f"Row {number} has more cells than there are columns: a separator in a text splits it; put"
                " the text in quotes or take the separator out."
            )
        rows.append(SheetRow(number, dict(zip(columns, map(restored, cells), strict=False))))
    return tuple(rows)


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise SheetError(
            f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB: import it phase by phase."
        )
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise SheetError(f"The file is a workbook, not CSV: in the spreadsheet, {_SAVE}")
    if b"\0" in content:
        raise SheetError(f"The file is no text: open it in a spreadsheet, {_SAVE}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise SheetError(
            f"The file is not UTF-8 (line {line}, byte 0x{byte:02X}; it may be Windows-1252): {_SAVE}"
        ) from error


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold something, with their number."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise SheetError(f"Row {number + 1} can't be read as CSV ({error}): {_SAVE}") from error


def _separator(text: str) -> str:
    """Return what separates most names of the header."""
    head = text.lstrip().partition("\n")[0]
    return max((",", ";", "\t"), key=head.count)


def _named(head: Sequence[str]) -> list[str]:
    """Return the names of the columns without the empty ones that spreadsheets leave at the end."""
    columns = [cell.strip().lower() for cell in head]
    while columns and not columns[-1]:
        columns.pop()
    return columns


def _check_columns(columns: Sequence[str]) -> None:
    missing = [each for each in (*KEYS, *FILLED) if each not in columns]
    if missing:
        raise SheetError(
            f"The column {missing[0]} is missing in row 1: keep the columns as they were exported."
        )
    for place, column in enumerate(columns):
        if column not in (*COLUMNS, PROBLEM):
            close = get_close_matches(column, COLUMNS, 1)
            meant = f" (did you mean {close[0]}?)" if close else ""
            raise SheetError(f"Row 1 has a column “{column:.40}”{meant}: move what it says to note.")
        if columns.index(column) != place:
            raise SheetError(f"Row 1 has the column {column} twice: keep one of them.")


def refused_sheet(problems: Sequence[RowProblem]) -> str:
    """Return the rows that were not taken with the reason behind each: corrected, it is the next sheet."""
    columns = (*COLUMNS, PROBLEM)
    rows = ({**each.row.cells, PROBLEM: f"Row {each.row.number}: {each.sentence}"} for each in problems)
    return written(columns, rows)
