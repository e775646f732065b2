"""Items that ask for a row of readings: one table per step, one row per tag, one column per reading."""

from collections.abc import Iterable, Sequence

from checklists.judge import limit_text
from checklists.model import Column as AskedColumn
from checklists.showing import JudgedCell, judged_cells
from reports.grid import Cell, Column, Matrix, Row, cell, row
from reports.model import ItemRecord
from reports.names import Names
from reports.words import mark

RESULT = Column("Result", "", "", "", safety=False)


def row_matrices(records: Sequence[ItemRecord], names: Names) -> Iterable[Matrix]:
    """Yield a table for each step that asks for a row, in the order of work."""
    asked = [record for record in records if record.item.criterion.columns]
    for step in dict.fromkeys(record.item.step for record in asked):
        yield _matrix([record for record in asked if record.item.step == step], names)


def _matrix(records: Sequence[ItemRecord], names: Names) -> Matrix:
    first = records[0].item
    wanted = list(dict.fromkeys(each.id for record in records for each in record.item.criterion.columns))
    columns = {name: _column(records, name, safety=first.safety) for name in wanted}
    rows = tuple(_row(record, columns, names) for record in records)
    return Matrix(f"{first.title.replace(first.tag, '').strip()}", (*columns.values(), RESULT), rows)


def _column(records: Sequence[ItemRecord], name: str, *, safety: bool) -> Column:
    found = [each for record in records for each in record.item.criterion.columns if each.id == name]
    limits, units = {limit_text(each.criterion) for each in found}, {each.criterion.unit for each in found}
    return Column(
        title=found[0].title,
        unit=found[0].criterion.unit if len(units) == 1 else "",
        limit=limits.pop() if len(limits) == 1 else "",
        clause="",
        safety=safety,
    )


def _row(record: ItemRecord, columns: dict[str, Column], names: Names) -> Row:
    value = record.state.value
    judged = {each.column.id: each for each in judged_cells(value, record.item.criterion)} if value else {}
    asked = {each.id: each for each in record.item.criterion.columns}
    cells = [_cell(judged.get(name), asked.get(name), column) for name, column in columns.items()]
    result = cell(record, names, limit="")
    return row(record.item.tag, [record], (*cells, result), names)


def _cell(judged: JudgedCell | None, asked: AskedColumn | None, column: Column) -> Cell | None:
    if judged is None or asked is None or judged.cell is None:
        return None
    same = judged.cell.unit == column.unit
    limit = "" if column.limit else limit_text(asked.criterion)
    return Cell(
        text=judged.cell.raw if same else judged.text,
        mark=mark(judged.judgement.verdict),
        limit=limit,
        number=None,
        repeated=False,
    )
