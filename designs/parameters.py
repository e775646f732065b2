"""Check what a site says against the parameters of a design, and fill in the defaults."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from designs.equipment_list import EquipmentList
from designs.errors import DesignError
from designs.standard_design import CrossCheck, Parameter, StandardDesign
from designs.template import Scope, resolve

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
#: How much of a wrong value an error repeats.
SHOWN = 60
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]")
_WITH_UNIT = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*(\S.*)?\Z")


def fill_parameters(
    design: StandardDesign, given: Mapping[str, Any], equipment: EquipmentList, where: str
) -> dict[str, Any]:
    """Return every parameter with its checked value or its default; refuse what the design does not know."""
    allowed = [parameter.key for parameter in design.parameters]
    for key in given:
        if key not in allowed:
            raise DesignError(
                f"{where}: unknown parameter {_shown(key)}; {design.id} has {', '.join(allowed)}."
            )
    values: dict[str, Any] = {}
    for parameter in design.parameters:
        place = f"{where}: {parameter.key}"
        scope = Scope(values, design.ranges, place)
        if parameter.kind == "table":
            values[parameter.key] = _table(parameter, given.get(parameter.key), scope, equipment)
        else:
            values[parameter.key] = _value(parameter, given.get(parameter.key), scope, equipment)
    _cross_check(design.cross_checks, Scope(values, design.ranges, where))
    return values


def _value(parameter: Parameter, given: Any, scope: Scope, equipment: EquipmentList) -> Any:
    if given is None:
        if parameter.default is None and not parameter.optional:
            raise DesignError(f"{scope.where} ({parameter.title}) must be given{_expected(parameter)}.")
        given = resolve(parameter.default, scope)
    return None if given is None else _CHECKS[parameter.kind](parameter, given, scope.where, equipment)


def _expected(parameter: Parameter) -> str:
    if parameter.choices:
        return f": one of {', '.join(parameter.choices)}"
    if parameter.minimum is not None:
        return f": {_bounds(parameter)}"
    return ""


def _bounds(parameter: Parameter) -> str:
    unit = f" {parameter.unit}" if parameter.unit else ""
    return f"{parameter.minimum:g} to {parameter.maximum:g}{unit}"


def _integer(parameter: Parameter, given: Any, where: str, _: EquipmentList) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise DesignError(f"{where} must be a whole number, {_bounds(parameter)}, not {_shown(given)}.")
    _within(parameter, given, where)
    return given


def _number(parameter: Parameter, given: Any, where: str, _: EquipmentList) -> float:
    value = _split_unit(parameter, given, where) if isinstance(given, str) else given
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DesignError(f"{where} must be a number, {_bounds(parameter)}, not {_shown(given)}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise DesignError(f"{where} must be a finite number, {_bounds(parameter)}.")
    _within(parameter, value, where)
    return float(value)


def _split_unit(parameter: Parameter, given: str, where: str) -> float | None:
    if _DECIMAL_COMMA.match(given.strip()):
        raise DesignError(f"{where} must be written with a decimal point, not {_shown(given)}.")
    match = _WITH_UNIT.match(given.strip())
    if not match:
        return None
    if match[2] not in (None, parameter.unit):
        unit = parameter.unit or "a number without a unit"
        raise DesignError(f"{where} is in {match[2]!r} but must be in {unit} ({_bounds(parameter)}).")
    return float(match[1])


def _within(parameter: Parameter, value: float, where: str) -> None:
    if not (parameter.minimum or 0) <= value <= (parameter.maximum or 0):
        shown = f"{value:g}" if abs(value) < 1e15 else "a far too large number"
        raise DesignError(f"{where} must be {_bounds(parameter)}, not {shown}.")


def _flag(_parameter: Parameter, given: Any, where: str, _: EquipmentList) -> bool:
    if not isinstance(given, bool):
        raise DesignError(f"{where} must be true or false, not {_shown(given)}.")
    return given


def _choice(parameter: Parameter, given: Any, where: str, _: EquipmentList) -> str:
    if not isinstance(given, str) or given not in parameter.choices:
        raise DesignError(f"{where} must be one of {', '.join(parameter.choices)}, not {_shown(given)}.")
    return given


def _free_text(parameter: Parameter, given: Any, where: str, _: EquipmentList) -> str:
    if not isinstance(given, str) or not given.strip():
        raise DesignError(f"{where} must be a text, not {_shown(given)}; put quotes around it.")
    if parameter.pattern and not re.fullmatch(parameter.pattern, given):
        raise DesignError(f"{where} is {_shown(given)} but must look like {parameter.pattern}.")
    return given


def _equipment(parameter: Parameter, given: Any, where: str, equipment: EquipmentList) -> str:
    allowed = [key for word in parameter.equipment_class.split() for key in equipment.of_class(word)]
    if not isinstance(given, str) or given not in allowed:
        raise DesignError(
            f"{where}: {_shown(given)} is not approved here; approved are {', '.join(allowed)}."
        )
    return given


_CHECKS: Mapping[str, Callable[[Parameter, Any, str, EquipmentList], Any]] = {
    "integer": _integer,
    "number": _number,
    "flag": _flag,
    "choice": _choice,
    "text": _free_text,
    "equipment": _equipment,
}


def _table(
    parameter: Parameter, given: Any, scope: Scope, equipment: EquipmentList
) -> dict[str, dict[str, Any]]:
    rows = {} if given is None else given
    if not isinstance(rows, Mapping):
        raise DesignError(f"{scope.where} must be a table: rows with {_column_names(parameter)}.")
    if parameter.rows == "tags":
        keys = [str(key) for key in rows]
    else:
        keys = [str(*inner.numbers.values()) for inner in _own(parameter.rows, scope)]
        _refuse_rows(rows, keys, scope.where)
    by_text = {str(key): row for key, row in rows.items()}
    return {
        key: _row(parameter, by_text.get(key), scope.at(f"{scope.where}.{key}"), equipment) for key in keys
    }


def _own(range_name: str, scope: Scope) -> list[Scope]:
    variable = next((r.variable for r in scope.ranges if r.name == range_name), "")
    return [Scope({}, (), "", {variable: inner.numbers[variable]}) for inner in scope.repeat(range_name)]


def _refuse_rows(rows: Mapping[Any, Any], keys: list[str], where: str) -> None:
    for key in rows:
        if str(key) not in keys:
            raise DesignError(f"{where}: there is no row {_shown(key)}; rows are 1 to {len(keys)}.")


def _row(parameter: Parameter, given: Any, scope: Scope, equipment: EquipmentList) -> dict[str, Any]:
    row = {} if given is None else given
    if not isinstance(row, Mapping):
        raise DesignError(f"{scope.where} must have {_column_names(parameter)}, not {_shown(given)}.")
    known = {column.key for column in parameter.columns}
    for key in row:
        if key not in known:
            raise DesignError(
                f"{scope.where}: unknown column {_shown(key)}; there are {_column_names(parameter)}."
            )
    return {
        column.key: _value(column, row.get(column.key), scope.at(f"{scope.where}.{column.key}"), equipment)
        for column in parameter.columns
    }


def _shown(given: Any) -> str:
    """Return what was given, short enough for a sentence."""
    said = repr(given)
    return said if len(said) <= SHOWN else said[: SHOWN - 1] + "…"


def _column_names(parameter: Parameter) -> str:
    return "the columns " + ", ".join(column.key for column in parameter.columns)


def _cross_check(checks: tuple[CrossCheck, ...], scope: Scope) -> None:
    for check in checks:
        left, right = resolve(check.left, scope), resolve(check.right, scope)
        if left is None or right is None:
            continue
        if not _COMPARE[check.compare](left, right):
            raise DesignError(f"{scope.where}: {resolve(check.sentence, _as_text(scope))}")


def _as_text(scope: Scope) -> Scope:
    shown = {key: f"{value:g}" if isinstance(value, float) else value for key, value in scope.values.items()}
    return Scope(shown, scope.ranges, scope.where)
