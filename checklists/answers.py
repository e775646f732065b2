"""What an item offers to choose from, and entries as typed -> values. Twin: core/answers.ts."""

from collections.abc import Mapping, Sequence

from checklists.model import Cell, Column, Criterion, Value
from checklists.readings import parse_value

#: The answer that says it is not so, where the criterion names the good one alone.
_OPPOSITES: Mapping[str, str] = {"no": "yes", "clockwise": "counter-clockwise", "pass": "fail"}


def offered(criterion: Criterion) -> tuple[str, ...]:
    """Return the words that an item or a column offers, the good ones first; () where it asks for none."""
    if criterion.choices or criterion.kind not in ("equals", "one_of"):
        return criterion.choices
    against = _OPPOSITES.get(criterion.values[0], "no") if len(criterion.values) == 1 else "no"
    return (*criterion.values, against)


def cell_of(column: Column, text: str) -> Cell:
    """Return one cell as typed; ReadingError where a reading is asked for and this is none."""
    if column.criterion.kind != "range":
        return Cell(column.id, text.strip())
    value = parse_value(text, column.criterion.unit)
    return Cell(column.id, value.raw, value.decimal, value.unit, value.bound)


def row_of(columns: Sequence[Column], cells: Sequence[Cell]) -> Value:
    """Return a row of readings, with all of it in one line for lists and print."""
    titles = {column.id: column.title for column in columns}
    parts = (f"{titles[cell.column]} {cell.raw} {cell.unit}".strip() for cell in cells)
    return Value("table", "; ".join(parts), cells=tuple(cells))
