"""Values as people read them: readings with their unit, documents with their last day, rows by column."""

from dataclasses import dataclass

from checklists.judge import judge, limit_text
from checklists.model import Cell, Column, Criterion, Judgement, Value


@dataclass(frozen=True, slots=True)
class JudgedCell:
    """One column of a row: what was entered, None when nothing was, and its verdict."""

    column: Column
    cell: Cell | None
    judgement: Judgement

    @property
    def text(self) -> str:
        """Return what was entered with its unit, "" when nothing was."""
        return f"{self.cell.raw} {_unit(self.cell.raw, self.cell.unit)}".strip() if self.cell else ""

    @property
    def limit(self) -> str:
        """Return the limit of the column as it is printed."""
        return limit_text(self.column.criterion)


def as_entered(value: Value) -> str:
    """Return a value in one line: "0,42 Ω", "GO-1204, valid until 2027-11-26"."""
    if value.type == "measured":
        return f"{value.raw} {_unit(value.raw, value.unit)}".strip()
    return f"{value.raw}, valid until {value.expires}" if value.expires else value.raw


def judged_cells(value: Value, criterion: Criterion) -> tuple[JudgedCell, ...]:
    """Return every column that a row is asked for; an optional one only when it was filled."""
    cells = {cell.column: cell for cell in value.cells}
    asked = (each for each in criterion.columns if each.id in cells or not each.optional)
    return tuple(JudgedCell(each, cells.get(each.id), _judged(cells.get(each.id), each)) for each in asked)


def _judged(cell: Cell | None, column: Column) -> Judgement:
    if cell is None:
        return Judgement("inconclusive", "Nothing is recorded.")
    if cell.decimal is None:
        return judge(Value("choice", cell.raw), column.criterion)
    return judge(Value("measured", cell.raw, cell.decimal, cell.unit, cell.bound), column.criterion)


def _unit(raw: str, unit: str) -> str:
    """A unit typed behind the number is not said twice."""
    return "" if raw[-1:].isalpha() or raw[-1:] in "Ω%°" else unit
