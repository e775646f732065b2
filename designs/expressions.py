"""The words of the template language, each compiled into a function of a scope.

* ``{pick: [a, b, c], by: $n}``: the n-th of a list, starting again at its end.
* ``{switch: $name, cases: {x: 1, y: 2}, otherwise: 3}``: one of several values.
* ``{table: name, row: $n, column: c, otherwise: v}``: a cell; ``otherwise`` when the site left it out.
* ``{least: [..]}``, ``{greatest: ..}``, ``{sum: ..}``, ``{product: ..}``: of numbers; ``null`` is left out.
* ``{each: range, value: .., when: ..}``: a list, one value per number of a range (in a group: its members).
* ``{join: [..lists..]}``: one list from several.
* ``{lookup: equipment id, figure: rated_input_a}``: a figure of an approved equipment.
"""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from designs.errors import DesignError
from designs.scope import Scope

Getter = Callable[[Scope], Any]
Compile = Callable[[Any, str], Getter]
Maker = Callable[[Mapping[str, Any], str, Compile], Getter]

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
#: Sums and products stay below this; nothing on a site is larger.
LARGEST = 1e12


def check_keys(
    template: Mapping[Any, Any], word: str, keys: set[str], optional: set[str], where: str
) -> None:
    """Refuse an expression that has other keys than its word asks for."""
    if not keys <= set(template) <= keys | optional:
        allowed = ", ".join(sorted(keys | optional))
        raise DesignError(f"{where}: the expression {word} has the keys {allowed}.")


def is_number(value: Any) -> bool:
    """Tell whether a value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def holds(left: Any, compare: str, right: Any, where: str) -> bool:
    """Compare two values: numbers by size, anything by equality; refuse to order what is not a number."""
    if compare not in COMPARE:
        raise DesignError(f"{where}: compare is one of {', '.join(COMPARE)}, not {compare!r:.20}.")
    if compare not in ("==", "!=") and not (is_number(left) and is_number(right)):
        raise DesignError(f"{where}: {compare} compares numbers, not {left!r:.60} with {right!r:.60}.")
    return COMPARE[compare](left, right)


def compile_condition(raw: Any, where: str, compile_: Compile) -> Callable[[Scope], bool]:
    """Compile a ``when``: a flag, or ``{left, compare, right}``; to order ``null`` never holds."""
    if isinstance(raw, Mapping) and "left" in raw:
        check_keys(raw, "when", {"left", "compare", "right"}, set(), where)
        left, right = compile_(raw["left"], f"{where}.left"), compile_(raw["right"], f"{where}.right")
        compare = str(raw["compare"])
        return lambda scope: _compared(left(scope), compare, right(scope), where)
    flag = compile_(raw, where)
    return lambda scope: _flag(flag(scope), where)


def _compared(left: Any, compare: str, right: Any, where: str) -> bool:
    if compare not in ("==", "!=") and (left is None or right is None):
        return False
    return holds(left, compare, right, where)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise DesignError(f"{where} needs a flag, or left, compare and right, not {value!r:.60}.")
    return value


def _pick(template: Mapping[str, Any], where: str, compile_: Compile) -> Getter:
    by, values = compile_(template["by"], where), template["pick"]
    if not isinstance(values, list | tuple) or not values:
        raise DesignError(f"{where}: pick needs a list and a whole number to pick by.")
    getters = [compile_(value, where) for value in values]

    def pick(scope: Scope) -> Any:
        number = by(scope)
        if type(number) is not int:
            raise DesignError(f"{where}: pick needs a list and a whole number to pick by.")
        return getters[(number - 1) % len(getters)](scope)

    return pick


def _switch(template: Mapping[str, Any], where: str, compile_: Compile) -> Getter:
    by, raw = compile_(template["switch"], where), template["cases"]
    if not isinstance(raw, Mapping):
        raise DesignError(f"{where}: switch needs cases and a text, number or flag to choose by.")
    cases = {(type(key), key): compile_(value, where) for key, value in raw.items()}
    otherwise = compile_(template["otherwise"], where) if "otherwise" in template else None

    def switch(scope: Scope) -> Any:
        value = by(scope)
        if value is not None and not isinstance(value, str | int):
            raise DesignError(f"{where}: switch needs cases and a text, number or flag to choose by.")
        chosen = cases.get((type(value), value), otherwise)
        if chosen is None:
            raise DesignError(f"{where}: there is no case for {value!r:.60}.")
        return chosen(scope)

    return switch


def _cell(template: Mapping[str, Any], where: str, compile_: Compile) -> Getter:
    name, column = str(template["table"]), str(template["column"])
    row, otherwise = compile_(template["row"], where), compile_(template.get("otherwise"), where)

    def cell(scope: Scope) -> Any:
        table = scope.look_up(name, where)
        if not isinstance(table, Mapping):
            raise DesignError(f"{where}: {name:.60} is not a table.")
        value = table.get(str(row(scope)), {}).get(column)
        return otherwise(scope) if value is None else value

    return cell


def _of_numbers(word: str, combine: Callable[[list[Any]], Any]) -> Maker:
    def make(template: Mapping[str, Any], where: str, compile_: Compile) -> Getter:
        listed = compile_(template[word], where)

        def of_numbers(scope: Scope) -> Any:
            found = listed(scope)
            if not isinstance(found, list | tuple):
                raise DesignError(f"{where}: {word} needs a list of numbers.")
            values = [value for value in found if value is not None]
            if not all(is_number(value) for value in values):
                raise DesignError(f"{where}: {word} needs numbers.")
            return _bounded(combine(values), word, where)

        return of_numbers

    return make


def _bounded(value: Any, word: str, where: str) -> Any:
    if value is not None and not -LARGEST <= value <= LARGEST:
        raise DesignError(f"{where}: the {word} is too large a number.")
    return value


def _least(values: list[Any]) -> Any:
    return min(values, default=None)


def _greatest(values: list[Any]) -> Any:
    return max(values, default=None)


def _product(values: list[Any]) -> Any:
    made: Any = 1
    for value in values:
        made *= value
        if abs(made) > LARGEST:  # before whole numbers grow without end
            return math.inf
    return made


def _each(template: Mapping[str, Any], where: str, compile_: Compile) -> Getter:
    name, value = str(template["each"]), compile_(template["value"], f"{where}.value")
    when = compile_condition(template["when"], f"{where}.when", compile_) if "when" in template else None

    def each(scope: Scope) -> list[Any]:
        made = []
        for inner in scope.members(name, where):
            scope.spans.spend_value(where)
            if when is None or when(inner):
                made.append(value(inner))
        return made

    return each


def _join(template: Mapping[str, Any], where: str, compile_: Compile) -> Getter:
    parts = compile_(template["join"], where)

    def join(scope: Scope) -> list[Any]:
        lists = parts(scope)
        if not isinstance(lists, list) or not all(part is None or isinstance(part, list) for part in lists):
            raise DesignError(f"{where}: join needs a list of lists.")
        return [item for part in lists if part is not None for item in part]

    return join


def _lookup(template: Mapping[str, Any], where: str, compile_: Compile) -> Getter:
    wanted, figure = compile_(template["lookup"], where), template["figure"]

    def lookup(scope: Scope) -> Any:
        equipment_id = wanted(scope)
        if equipment_id is None:
            return None
        item = scope.equipment.items.get(equipment_id) if scope.equipment else None
        if item is None:
            raise DesignError(f"{where}: {equipment_id!r:.60} is not on the approved equipment list.")
        if figure not in item.__dataclass_fields__:
            known = ", ".join(item.__dataclass_fields__)
            raise DesignError(f"{where}: {item.id} has no figure {figure!r:.40}; it has {known}.")
        value = getattr(item, figure)
        if value is not None and not isinstance(value, str | int | float):
            raise DesignError(f"{where}: {figure} of {item.id} is not a single figure.")
        return value

    return lookup


#: Word -> keys that must stand, keys that may, and what compiles it.
EXPRESSIONS: Mapping[str, tuple[set[str], set[str], Maker]] = {
    "pick": ({"pick", "by"}, set(), _pick),
    "switch": ({"switch", "cases"}, {"otherwise"}, _switch),
    "table": ({"table", "row", "column"}, {"otherwise"}, _cell),
    "least": ({"least"}, set(), _of_numbers("least", _least)),
    "greatest": ({"greatest"}, set(), _of_numbers("greatest", _greatest)),
    "sum": ({"sum"}, set(), _of_numbers("sum", sum)),
    "product": ({"product"}, set(), _of_numbers("product", _product)),
    "each": ({"each", "value"}, {"when"}, _each),
    "join": ({"join"}, set(), _join),
    "lookup": ({"lookup", "figure"}, set(), _lookup),
}
