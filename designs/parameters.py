"""Check what a site says against the parameters of a design, and fill in the defaults."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from designs.equipment_list import CLASSES, EquipmentList
from designs.errors import DesignError, listed
from designs.expressions import holds
from designs.ranges import Spans, check_left_out
from designs.scope import Scope
from designs.standard_design import CrossCheck, Parameter, StandardDesign
from designs.template import resolve

#: How much of a wrong value an error repeats.
SHOWN = 60
#: A text of a site is no longer than this.
MAX_TEXT = 1000
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]")
_WITH_UNIT = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*(\S.*)?\Z")


def fill_parameters(
    design: StandardDesign,
    given: Mapping[str, Any],
    equipment: EquipmentList,
    where: str,
    spans: Spans | None = None,
) -> dict[str, Any]:
    """Return every parameter with its checked value or its default; refuse what the design does not know.

    ``spans``: the design's ranges, which know their numbers afterwards.
    """
    allowed = [parameter.key for parameter in design.parameters]
    for key in given:
        if key not in allowed:
            raise DesignError(
                f"{where}: unknown parameter {_shown(key)}; {design.id} has {', '.join(allowed)}."
            )
    values: dict[str, Any] = {}
    scope = Scope(values, spans or Spans(design.ranges), equipment=equipment)
    for parameter in design.parameters:
        place = f"{where}: {parameter.key}"
        if parameter.kind == "table":
            values[parameter.key] = _table(parameter, given.get(parameter.key), scope, place)
        else:
            values[parameter.key] = _value(parameter, given.get(parameter.key), scope, place)
    check_left_out(design.ranges, scope, where)
    _cross_check(design.cross_checks, scope, where)
    return values


def _value(parameter: Parameter, given: Any, scope: Scope, where: str) -> Any:
    if given is None:
        if parameter.default is None and not parameter.optional:
            if parameter.kind == "numbers":
                return []
            raise DesignError(f"{where} ({parameter.title}) must be given{_expected(parameter)}.")
        given = resolve(parameter.default, scope, where)
    return None if given is None else _CHECKS[parameter.kind](parameter, given, where, _list_of(scope))


def _list_of(scope: Scope) -> EquipmentList:
    return scope.equipment or EquipmentList({})


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


def _numbers(parameter: Parameter, given: Any, where: str, _: EquipmentList) -> list[int]:
    if not isinstance(given, list | tuple):
        raise DesignError(
            f"{where} must be a list of whole numbers, {_bounds(parameter)}, not {_shown(given)}."
        )
    seen: set[int] = set()
    for number in given:
        _integer(parameter, number, where, _)
        if number in seen:
            raise DesignError(f"{where}: {number} stands here twice.")
        seen.add(number)
    return sorted(seen)


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
    if len(given) > MAX_TEXT:
        raise DesignError(f"{where} is longer than {MAX_TEXT} characters.")
    if parameter.pattern and not re.fullmatch(parameter.pattern, given):
        raise DesignError(f"{where} is {_shown(given)} but must look like {parameter.pattern}.")
    return given


def _equipment(parameter: Parameter, given: Any, where: str, equipment: EquipmentList) -> str:
    words = parameter.equipment_class.split()
    item = equipment.items.get(given) if isinstance(given, str) else None
    if item is None or not any(type(item) is CLASSES[word] for word in words):
        allowed = [key for word in words for key in equipment.of_class(word)]
        raise DesignError(
            f"{where}: {_shown(given)} is not approved here; approved are {listed(allowed, given)}."
        )
    return str(given)


_CHECKS: Mapping[str, Callable[[Parameter, Any, str, EquipmentList], Any]] = {
    "integer": _integer,
    "number": _number,
    "numbers": _numbers,
    "flag": _flag,
    "choice": _choice,
    "text": _free_text,
    "equipment": _equipment,
}


def _table(parameter: Parameter, given: Any, scope: Scope, where: str) -> dict[str, dict[str, Any]]:
    rows = {} if given is None else given
    if not isinstance(rows, Mapping):
        raise DesignError(f"{where} must be a table: rows with {_column_names(parameter)}.")
    by_text = {str(key): row for key, row in rows.items()}
    if len(by_text) < len(rows):  # 3 and "3" are the same row
        twice = next(key for key in by_text if sum(str(other) == key for other in rows) > 1)
        raise DesignError(f"{where}: the row {_shown(twice)} stands here twice; keep one of them.")
    if parameter.rows == "tags":
        keys = list(by_text)
    else:
        keys = _numbers_of(parameter.rows, scope, where)
        _refuse_rows(by_text, keys, where)
    # what the columns default to is the same for every row, so it is worked out and checked once
    defaults: dict[str, Any] = {}
    return {key: _row(parameter, by_text.get(key), scope, f"{where}.{key}", defaults) for key in keys}


def _numbers_of(range_name: str, scope: Scope, where: str) -> list[str]:
    entries = scope.spans.entries(range_name, scope, where)
    variable = scope.spans.variable(range_name)
    return [str(entry[variable]) for entry in entries]


def _refuse_rows(rows: Mapping[str, Any], keys: list[str], where: str) -> None:
    known = set(keys)
    for key in rows:
        if key not in known:
            raise DesignError(f"{where}: there is no row {_shown(key)}; {_row_names(keys)}.")


def _row_names(keys: list[str]) -> str:
    if not keys:
        return "there are no rows here"
    if int(keys[-1]) - int(keys[0]) == len(keys) - 1:
        return f"rows are {keys[0]} to {keys[-1]}"
    return f"rows are {', '.join(keys[:40])}" + (" and more" if len(keys) > 40 else "")


def _row(
    parameter: Parameter, given: Any, scope: Scope, where: str, defaults: dict[str, Any]
) -> dict[str, Any]:
    row = {} if given is None else given
    if not isinstance(row, Mapping):
        raise DesignError(f"{where} must have {_column_names(parameter)}, not {_shown(given)}.")
    made: dict[str, Any] = {}
    for column in parameter.columns:
        value = row.get(column.key)
        if value is not None:
            made[column.key] = _value(column, value, scope, f"{where}.{column.key}")
            continue
        if column.key not in defaults:
            defaults[column.key] = _value(column, None, scope, f"{where}.{column.key}")
        made[column.key] = defaults[column.key]
    for key in row:
        if key not in made:
            raise DesignError(f"{where}: unknown column {_shown(key)}; there are {_column_names(parameter)}.")
    return made


def _shown(given: Any) -> str:
    """Return what was given, short enough for a sentence."""
    said = repr(given[: SHOWN + 1] if isinstance(given, str | list | tuple) else given)
    return said if len(said) <= SHOWN else said[: SHOWN - 1] + "…"


def _column_names(parameter: Parameter) -> str:
    return "the columns " + ", ".join(column.key for column in parameter.columns)


def _cross_check(checks: tuple[CrossCheck, ...], scope: Scope, where: str) -> None:
    for check in checks:
        left, right = resolve(check.left, scope, where), resolve(check.right, scope, where)
        if left is None or right is None:
            continue
        if not holds(left, check.compare, right, where):
            raise DesignError(f"{where}: {resolve(check.sentence, _as_text(scope), where)}")


def _as_text(scope: Scope) -> Scope:
    shown = {key: f"{value:g}" if isinstance(value, float) else value for key, value in scope.values.items()}
    return Scope(shown, scope.spans, equipment=scope.equipment)
