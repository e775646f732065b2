"""Criteria and values at the boundary: strict, and a value must say what its own raw text says."""

from collections.abc import Mapping
from typing import Any, get_args

from marshmallow import ValidationError, fields, validates_schema

from checklists.errors import ReadingError
from checklists.fields import DECIMAL, STEP, Flag, Strict, Text, TupleOf, Whole, words
from checklists.model import Cell, Column, Criterion, CriterionKind, Value
from checklists.readings import parse_value

ASPECTS = ("communication", "wiring", "power_quality", "balance", "load_management")
CRITERION_KINDS = get_args(CriterionKind)
#: A day that exists is checked where days are compared; here its shape.
DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"


def day(**rest: Any) -> Text:
    """Return a field for a day, or "" for none."""
    return Text(10, pattern=f"(?:{DAY})?", like="a day like 2026-11-22", **rest)


def decimal_field(**rest: Any) -> Text:
    """Return a field for a decimal number as text."""
    return Text(32, pattern=DECIMAL, like="a decimal number as text, like 0.95", **rest)


class ColumnSchema(Strict):
    """A column of a table row."""

    target = Column
    id = Text(40, pattern=STEP, like="a column id like l1-pe", required=True)
    title = Text(60, shortest=1, required=True)
    criterion = fields.Nested("CriterionSchema", required=True)
    optional = Flag()


class CriterionSchema(Strict):
    """A criterion; what doesn't belong to its kind is refused."""

    target = Criterion
    kind = words(*CRITERION_KINDS, required=True)
    minimum = decimal_field(allow_none=True)
    maximum = decimal_field(allow_none=True)
    unit = Text(16)
    values = TupleOf(Text(100, shortest=1), longest=50)
    count = Whole(1, 50)
    aspect = words("", *ASPECTS)
    choices = TupleOf(Text(100, shortest=1), longest=50)
    expires = words("", "required", "optional")
    columns = TupleOf(fields.Nested(ColumnSchema), longest=12)

    @validates_schema
    def belongs(self, data: dict[str, Any], **_: Any) -> None:
        """Check that the keys fit the kind."""
        kind = data["kind"]
        given = {key for key, value in data.items() if value not in (None, "", (), 1)} - {"kind"}
        strangers = sorted(given - _OF_KIND.get(kind, set()))
        if strangers:
            raise ValidationError(f"does not belong to a criterion of kind {kind}; remove it.", strangers[0])
        if kind in ("equals", "one_of"):
            _check_values(kind, data.get("values", ()))
            _check_choices(data.get("values", ()), data.get("choices", ()))
        if kind == "table":
            _check_columns(data.get("columns", ()))
        if kind == "document" and not data.get("expires"):
            raise ValidationError("must be required or optional.", "expires")
        if kind == "probe" and not data.get("aspect"):
            raise ValidationError(f"must be one of: {', '.join(ASPECTS)}.", "aspect")
        _check_limits(data)


_OF_KIND = {
    "range": {"minimum", "maximum", "unit"},
    "equals": {"values", "choices"},
    "one_of": {"values", "choices"},
    "photo": {"count"},
    "probe": {"aspect"},
    "document": {"expires"},
    "table": {"columns"},
}


def _check_choices(values: tuple[str, ...], choices: tuple[str, ...]) -> None:
    if choices and not set(values) < set(choices):
        raise ValidationError("must hold every good value and at least one other.", "choices")


def _check_columns(columns: tuple[Column, ...]) -> None:
    if not columns:
        raise ValidationError("a table needs at least one column.", "columns")
    ids = [column.id for column in columns]
    if len(set(ids)) != len(ids):
        raise ValidationError("each column has an id of its own.", "columns")
    if any(column.criterion.kind not in ("range", "equals", "one_of", "present") for column in columns):
        raise ValidationError("a column asks for a range, a choice or present.", "columns")
    if all(column.optional for column in columns):
        raise ValidationError("at least one column must be filled.", "columns")


def _check_values(kind: str, values: tuple[str, ...]) -> None:
    if kind == "equals" and len(values) != 1:
        raise ValidationError("equals needs exactly one value.", "values")
    if len(values) < 1 or len(set(values)) != len(values):
        raise ValidationError("needs at least one value, each only once.", "values")


def _check_limits(data: Mapping[str, Any]) -> None:
    low, high = data.get("minimum"), data.get("maximum")
    if low is not None and high is not None and float(low) > float(high):
        raise ValidationError(f"{low} is above the maximum {high}.", "minimum")


class CellSchema(Strict):
    """What was entered in one column of a table row."""

    target = Cell
    column = Text(40, pattern=STEP, like="a column id like l1-pe", required=True)
    raw = Text(200, shortest=1, required=True)
    decimal = decimal_field(allow_none=True)
    unit = Text(16)
    bound = words("", "above", "below")

    @validates_schema
    def true_to_raw(self, data: dict[str, Any], **_: Any) -> None:
        """Check that a number is the one that was typed; a choice has neither unit nor bound."""
        cell = Cell(**data)
        if cell.decimal is not None:
            _check_number(cell.raw, cell.unit, cell.decimal, cell.bound)
        elif cell.unit or cell.bound:
            raise ValidationError("a cell without a number has no unit and no bound.", "unit")


class ValueSchema(Strict):
    """A value; a measured one must say what its own raw text says."""

    target = Value
    type = words("measured", "choice", "text", "table", "document", required=True)
    raw = Text(2000, shortest=1, required=True)
    decimal = decimal_field(allow_none=True)
    unit = Text(16)
    bound = words("", "above", "below")
    cells = TupleOf(fields.Nested(CellSchema), longest=12)
    expires = day()

    @validates_schema
    def true_to_raw(self, data: dict[str, Any], **_: Any) -> None:
        """Check that the number is the one that was typed, and that nothing stands elsewhere."""
        value = Value(**data)
        if value.cells and value.type != "table":
            raise ValidationError(f"a value of type {value.type} has no cells.", "cells")
        if value.expires and value.type != "document":
            raise ValidationError(f"a value of type {value.type} does not run out.", "expires")
        if value.type == "table":
            _check_cells(value.cells)
        if value.type == "measured":
            _check_number(value.raw, value.unit, value.decimal, value.bound)
        elif (value.decimal, value.unit, value.bound) != (None, "", ""):
            raise ValidationError(
                f"a value of type {value.type} has no number; send type and raw only.", "decimal"
            )


def _check_cells(cells: tuple[Cell, ...]) -> None:
    columns = [cell.column for cell in cells]
    if not columns or len(set(columns)) != len(columns):
        raise ValidationError("a table row has at least one cell, each column once.", "cells")


def _check_number(raw: str, unit: str, decimal: str | None, bound: str) -> None:
    try:
        parsed = parse_value(raw, unit)
    except ReadingError as error:
        raise ValidationError(str(error), "raw") from error
    if (parsed.decimal, parsed.bound) != (decimal, bound):
        raise ValidationError(f"does not say what was typed; “{raw}” is {parsed.decimal}.", "decimal")
