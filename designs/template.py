"""The small language of a one-line template: references, patterns and five expressions. Nothing is evaluated.

* ``$name``: the value of a parameter or of a repetition's number.
* ``CH{n:02}``: a text with numbers or texts put in; only a name and a width may stand in the braces.
* ``{pick: [a, b, c], by: $n}``: the n-th of a list, starting again at its end.
* ``{switch: $name, cases: {x: 1, y: 2}, otherwise: 3}``: one of several values.
* ``{table: name, row: $n, column: c, otherwise: v}``: a cell; ``otherwise`` when the site left it out.
* ``{least: [a, b]}``: the smallest; ``null`` counts as no limit.
* ``{each: range, value: ...}``: a list, one value per number of a range (of the present group, inside one).
* ``repeat: range`` in an element makes one element per number of a range.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from designs.errors import DesignError
from designs.standard_design import Range

_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)(?::(0[1-9]))?\}")
_REFERENCE = re.compile(r"\$([a-z_][a-z0-9_]*)\Z")


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at one place of a template: values, tables (in values) and expanded ranges."""

    values: Mapping[str, Any]
    ranges: tuple[Range, ...] = ()
    where: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)

    def look_up(self, name: str) -> Any:
        """Return the value of a name; refuse an unknown one with what there is."""
        if name in self.numbers:
            return self.numbers[name]
        if name in self.values:
            return self.values[name]
        known = ", ".join([*self.numbers, *self.values])
        raise DesignError(f"{self.where}: ${name} is not known here; there are {known}.")

    def at(self, where: str) -> "Scope":
        """Return the same scope, with its place for error messages."""
        return replace(self, where=where)

    def repeat(self, name: str) -> Iterator["Scope"]:
        """Yield one scope per number of a range, with the number of the group that it belongs to."""
        range_ = self._range(name)
        if not range_.of:
            for number in range(1, self._whole(range_.count) + 1):
                yield self._with_groups(name, {range_.variable: number})
            return
        members = self._whole(self._range(range_.of).count)
        for number in range(1, -(-members // self._whole(range_.size)) + 1):
            yield replace(self, numbers={**self.numbers, range_.variable: number})

    def _with_groups(self, name: str, numbers: dict[str, int]) -> "Scope":
        for group in self.ranges:
            if group.of == name:
                first = next(iter(numbers.values()))
                numbers[group.variable] = -(-first // self._whole(group.size))
        return replace(self, numbers={**self.numbers, **numbers})

    def members(self, name: str) -> Iterator["Scope"]:
        """Yield the scopes of a range that belong to the present group, or all outside of any group."""
        groups = [
            group.variable for group in self.ranges if group.of == name and group.variable in self.numbers
        ]
        for scope in self.repeat(name):
            if all(scope.numbers[group] == self.numbers[group] for group in groups):
                yield scope

    def _range(self, name: str) -> Range:
        for range_ in self.ranges:
            if range_.name == name:
                return range_
        known = ", ".join(range_.name for range_ in self.ranges)
        raise DesignError(f"{self.where}: there is no range {name}; there are {known}.")

    def _whole(self, template: Any) -> int:
        value = resolve(template, self)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise DesignError(f"{self.where}: a range needs a whole number from 1, not {value!r}.")
        return value


def resolve(template: Any, scope: Scope) -> Any:
    """Return a template with every reference, pattern and expression replaced by its value."""
    if isinstance(template, str):
        return _text(template, scope)
    if isinstance(template, list | tuple):
        return [resolve(item, scope) for item in template]
    if not isinstance(template, Mapping):
        return template
    for word, (keys, optional, evaluate) in _EXPRESSIONS.items():
        if word in template:
            _check_keys(template, word, keys, optional, scope)
            return evaluate(template, scope)
    return {key: resolve(item, scope.at(f"{scope.where}.{key}")) for key, item in template.items()}


def expand(elements: tuple[Any, ...], scope: Scope) -> list[dict[str, Any]]:
    """Return the elements of a template with ``repeat`` carried out."""
    made: list[dict[str, Any]] = []
    for number, element in enumerate(elements, start=1):
        here = scope.at(f"{scope.where}, element {number}")
        if not isinstance(element, Mapping):
            raise DesignError(f"{here.where} must be a mapping of keys to values.")
        body = {key: item for key, item in element.items() if key != "repeat"}
        scopes = here.repeat(str(element["repeat"])) if "repeat" in element else [here]
        made.extend(resolve(body, inner) for inner in scopes)
    return made


def _text(template: str, scope: Scope) -> Any:
    if reference := _REFERENCE.match(template):
        return scope.look_up(reference[1])
    made = _PLACE.sub(lambda place: _placed(place, scope), template)
    if "{" in _PLACE.sub("", template) or "}" in _PLACE.sub("", template):
        raise DesignError(f"{scope.where}: {template!r} may hold only {{name}} or {{name:02}} in braces.")
    return made


def _placed(place: re.Match[str], scope: Scope) -> str:
    value = scope.look_up(place[1])
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise DesignError(f"{scope.where}: {{{place[1]}}} is neither a whole number nor a text.")
    return str(value).zfill(int(place[2])) if place[2] else str(value)


def _check_keys(
    template: Mapping[str, Any], word: str, keys: set[str], optional: set[str], scope: Scope
) -> None:
    if not keys <= set(template) <= keys | optional:
        raise DesignError(
            f"{scope.where}: the expression {word} has the keys {', '.join(sorted(keys | optional))}."
        )


def _pick(template: Mapping[str, Any], scope: Scope) -> Any:
    number = resolve(template["by"], scope)
    values = template["pick"]
    if isinstance(number, bool) or not isinstance(number, int) or not isinstance(values, list) or not values:
        raise DesignError(f"{scope.where}: pick needs a list and a whole number to pick by.")
    return resolve(values[(number - 1) % len(values)], scope)


def _switch(template: Mapping[str, Any], scope: Scope) -> Any:
    value = resolve(template["switch"], scope)
    cases = template["cases"]
    if not isinstance(cases, Mapping) or not isinstance(value, str | int | bool):
        raise DesignError(f"{scope.where}: switch needs cases and a text, number or flag to choose by.")
    if value in cases:
        return resolve(cases[value], scope)
    if "otherwise" not in template:
        raise DesignError(f"{scope.where}: there is no case for {value!r}.")
    return resolve(template["otherwise"], scope)


def _cell(template: Mapping[str, Any], scope: Scope) -> Any:
    table = scope.look_up(str(template["table"]))
    if not isinstance(table, Mapping):
        raise DesignError(f"{scope.where}: {template['table']} is not a table.")
    value = table.get(str(resolve(template["row"], scope)), {}).get(str(template["column"]))
    return resolve(template.get("otherwise"), scope) if value is None else value


def _least(template: Mapping[str, Any], scope: Scope) -> Any:
    values = [value for value in resolve(template["least"], scope) if value is not None]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        raise DesignError(f"{scope.where}: least needs numbers.")
    return min(values, default=None)


def _each(template: Mapping[str, Any], scope: Scope) -> Any:
    return [resolve(template["value"], inner) for inner in scope.members(str(template["each"]))]


_EXPRESSIONS: dict[str, tuple[set[str], set[str], Any]] = {
    "pick": ({"pick", "by"}, set(), _pick),
    "switch": ({"switch", "cases"}, {"otherwise"}, _switch),
    "table": ({"table", "row", "column"}, {"otherwise"}, _cell),
    "least": ({"least"}, set(), _least),
    "each": ({"each", "value"}, set(), _each),
}
