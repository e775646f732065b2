"""A rollout wave as a spreadsheet: one site a row, read from CSV; the limits of its design come later.

UTF-8 with or without a byte order mark, comma or semicolon, columns in any order. A cell of a table has the
column ``table.row.column``, such as ``per_station.3.length``; an empty cell keeps the design's default.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml

from designs.standard_design import Parameter, StandardDesign
from fieldapp.problems import Problem
from fieldapp.usecases.cells import row_key, typed

#: A wave is bounded: a larger file is split, so that one mistake in it costs an hour and not a day.
MAX_ROWS = 5_000
MAX_BYTES = 8 * 1024 * 1024
MAX_CELL = 10_000
#: More than every design has with all cells of its tables.
MAX_COLUMNS = 2_000
_NEEDED = ("name", "address", "country", "timezone", "design")
#: ``reason`` is what a report of refused rows adds, so that the report can be corrected and fed again.
_HEAD = (*_NEEDED, "revision", "contractor", "reason")


@dataclass(frozen=True, slots=True)
class RolloutRow:
    """One row: its number as a spreadsheet shows it, its cells by column, and what is wrong with its form."""

    number: int
    cells: Mapping[str, str]
    problem: str = ""

    def __getitem__(self, column: str) -> str:
        """Return a cell without the blanks around it; "" where there is none."""
        return self.cells.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class RolloutFile:
    """A whole file: its columns, and the rows that are not empty."""

    columns: tuple[str, ...]
    rows: tuple[RolloutRow, ...]


def decode(content: bytes, name: str) -> str:
    """Return the text of a file; refuse what is no UTF-8 text or is larger than a wave can be."""
    if len(content) > MAX_BYTES:
        raise _wrong(name, f"it is larger than {MAX_BYTES // 1024 // 1024} MiB; split the wave.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(name, "it is not UTF-8 text; save it as CSV UTF-8.") from error
    if "\0" in text:
        raise _wrong(name, "it is not a text file; save it as CSV UTF-8.")
    return text


def read_rollout(text: str, name: str, designs: Sequence[StandardDesign]) -> RolloutFile:
    """Return the rows of a file; refuse the file when its columns are not those of its designs."""
    lines = _lines(text, name)
    if not lines:
        raise _wrong(name, f"it is empty; the first row names the columns {', '.join(_NEEDED)}, …")
    columns = tuple(cell.strip() for cell in lines[0][1])
    _check_head(columns, name)
    rows = tuple(_row(number, cells, columns) for number, cells in lines[1:])
    if not rows:
        raise _wrong(name, "it has columns but no row; give one row for each site.")
    _check_columns(columns, rows, name, designs)
    return RolloutFile(columns, rows)


def _lines(text: str, name: str) -> list[tuple[int, list[str]]]:
    head = text.lstrip().splitlines()[0] if text.strip() else ""
    delimiter = ";" if head.count(";") > head.count(",") else ","
    found = []
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
        ):
            if any(cell.strip() for cell in cells):
                found.append((number, cells))
            if len(found) > MAX_ROWS + 1:
                raise _wrong(name, f"it has more than {MAX_ROWS} rows; split the wave.")
    except csv.Error as error:
        raise _wrong(name, f"row {len(found) + 1} or later can't be read as CSV ({error}).") from error
    return found


def _check_head(columns: tuple[str, ...], name: str) -> None:
    missing = [each for each in _NEEDED if each not in columns]
    if missing and len(columns) == 1 and "\t" in columns[0]:
        raise _wrong(name, "its columns are separated by tabs; save it as CSV with commas or semicolons.")
    if missing:
        raise _wrong(name, f"the column {missing[0]} is missing; the first row names the columns.")
    if len(columns) > MAX_COLUMNS:
        raise _wrong(name, f"it has {len(columns)} columns, at most {MAX_COLUMNS}; leave out the empty ones.")
    for place, column in enumerate(columns, 1):
        if not column:
            raise _wrong(name, f"column {place} has no name in the first row.")
        if columns.index(column) != place - 1:
            raise _wrong(name, f"the column {column:.60} is there twice.")


def _row(number: int, cells: list[str], columns: tuple[str, ...]) -> RolloutRow:
    kept = dict(zip(columns, cells, strict=False))
    if len(cells) != len(columns):
        return RolloutRow(number, kept, f"it has {len(cells)} cells, the first row {len(columns)}.")
    long = next((column for column in columns if len(kept[column]) > MAX_CELL), None)
    return RolloutRow(number, kept, f"{long}: longer than {MAX_CELL} characters." if long else "")


def _check_columns(
    columns: tuple[str, ...], rows: Sequence[RolloutRow], name: str, designs: Sequence[StandardDesign]
) -> None:
    """Refuse a column that no design knows, naming those of the file's designs.

    A report of refused rows keeps the columns of the whole wave; those of other designs stay empty there.
    """
    wanted = {row["design"] for row in rows}
    used = [design for design in designs if design.id in wanted] or list(designs)
    for column in columns:
        if column not in _HEAD and not any(column_of(design, column) for design in designs):
            raise _wrong(name, _unknown_column(column, used))


def _unknown_column(column: str, designs: Sequence[StandardDesign]) -> str:
    known = list(dict.fromkeys([*_HEAD[:-1], *(each for design in designs for each in column_names(design))]))
    close = get_close_matches(column, known, 1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    return f"unknown column {column:.60}{meant}; there are {', '.join(known)}."


def column_names(design: StandardDesign) -> tuple[str, ...]:
    """Return the columns of a design; a table's row number or tag is written as N or TAG."""
    names = []
    for parameter in design.parameters:
        if parameter.kind != "table":
            names.append(parameter.key)
        row = "TAG" if parameter.rows == "tags" else "N"
        names += [f"{parameter.key}.{row}.{column.key}" for column in parameter.columns]
    return tuple(names)


def column_of(design: StandardDesign, column: str) -> tuple[Parameter, str, Parameter | None] | None:
    """Return the parameter of a column and, for a table, its row and cell; None when the design has none."""
    key, _, rest = column.partition(".")
    row, _, cell = rest.rpartition(".")
    for parameter in design.parameters:
        if parameter.key != key:
            continue
        if parameter.kind != "table":
            return None if rest else (parameter, "", None)
        found = next((each for each in parameter.columns if each.key == cell), None)
        return (parameter, row, found) if found and row else None
    return None


def site_file(row: RolloutRow, design: StandardDesign) -> str:
    """Return the site file (YAML) of a row; a value in a column that its design does not have is refused."""
    document: dict[str, Any] = {key: row[key] for key in _NEEDED}
    if row["revision"]:
        document["design_revision"] = row_key(row["revision"])
    document["parameters"] = _parameters(row, design)
    return yaml.dump(document, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=100)


_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _parameters(row: RolloutRow, design: StandardDesign) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in row.cells:
        if column in _HEAD or not row[column]:
            continue
        found = column_of(design, column)
        if found is None:
            problem = f"{design.id} has no column {column:.60}; leave the cell empty."
            raise Problem("invalid", where=f"row {row.number}", problem=problem)
        parameter, key, cell = found
        value = typed(cell or parameter, row[column])
        if cell is None:
            values[parameter.key] = value
        else:
            values.setdefault(parameter.key, {}).setdefault(row_key(key), {})[cell.key] = value
    return values


def refused_csv(file: RolloutFile, reasons: Mapping[int, str]) -> str:
    """Return the refused rows with the reason in the last column: corrected, it is the next file."""
    columns = [column for column in file.columns if column != "reason"] + ["reason"]
    output = io.StringIO()
    writer = csv.DictWriter(output, columns, extrasaction="ignore", restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in file.rows:
        if row.number in reasons:
            writer.writerow({**row.cells, "reason": reasons[row.number]})
    return output.getvalue()


def _wrong(name: str, problem: str) -> Problem:
    return Problem("invalid", where=name, problem=problem)
