"""The small language of templates: references, patterns and expressions. Nothing is evaluated.

A template is compiled once into functions of a scope; what each word means stands in docs/design-language.md.

* ``$name``: the value of a parameter or of a repetition's number.
* ``CH{n:02}``: a text with numbers or texts put in; only a name and a width may stand in the braces.
* ``repeat: range`` in an element makes one element per number of a range; ``when`` leaves elements out.
* Every other expression is a mapping with one of the words of ``EXPRESSIONS`` (designs.expressions).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from designs.errors import DesignError
from designs.expressions import EXPRESSIONS, Getter, check_keys, compile_condition
from designs.scope import Scope

#: A text that a template makes is no longer than this.
MAX_TEXT = 2000
_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)(?::(0[1-9]))?\}")
_REFERENCE = re.compile(r"\$([a-z_][a-z0-9_]*)\Z")


class Constant:
    """A part of a template in which nothing is to be put."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, _: Scope) -> Any:
        """Return the value, the same everywhere."""
        return self.value


@dataclass(frozen=True, slots=True)
class Element:
    """One compiled element of a list: what it repeats over, when it stands, and its content."""

    repeat: str | None
    when: Callable[[Scope], bool] | None
    content: Getter
    where: str


def resolve(template: Any, scope: Scope, where: str = "") -> Any:
    """Return a template with every reference, pattern and expression replaced by its value."""
    if template is None or isinstance(template, bool | int | float):
        return template
    return compile_value(template, where)(scope)


def compile_value(template: Any, where: str) -> Getter:
    """Return the function of a scope that gives a template's value; refuse what the language has not."""
    if isinstance(template, str):
        return _text(template, where)
    if isinstance(template, list | tuple):
        return _list([compile_value(item, f"{where}.{n}") for n, item in enumerate(template)])
    if not isinstance(template, Mapping):
        return Constant(template)
    for word, (keys, optional, make) in EXPRESSIONS.items():
        if word in template:
            check_keys(template, word, keys, optional, where)
            return make(template, where, compile_value)
    return _mapping({key: compile_value(item, f"{where}.{key}") for key, item in template.items()})


def compile_elements(elements: Sequence[Any], where: str) -> tuple[Element, ...]:
    """Compile a list of elements with ``repeat`` and ``when``."""
    return tuple(_element(element, f"{where}, element {n}") for n, element in enumerate(elements, start=1))


def expand(elements: Sequence[Element], scope: Scope) -> list[dict[str, Any]]:
    """Return the elements of a template with ``repeat`` and ``when`` carried out."""
    made: list[dict[str, Any]] = []
    for element in elements:
        scopes = scope.repeat(element.repeat, element.where) if element.repeat is not None else (scope,)
        for inner in scopes:
            scope.spans.spend(element.where)
            if element.when is None or element.when(inner):
                content = element.content(inner)
                if not isinstance(content, dict):
                    raise DesignError(f"{element.where} must give a mapping of keys to values.")
                made.append(content)
    return made


def _element(element: Any, where: str) -> Element:
    if not isinstance(element, Mapping):
        raise DesignError(f"{where} must be a mapping of keys to values.")
    repeat = element.get("repeat")
    if "repeat" in element and not isinstance(repeat, str):
        raise DesignError(f"{where}: repeat needs the name of a range.")
    when = None
    if "when" in element:
        when = compile_condition(element["when"], f"{where}.when", compile_value)
    body = {key: item for key, item in element.items() if key not in ("repeat", "when")}
    return Element(repeat, when, compile_value(body, where), where)


def _list(parts: list[Getter]) -> Getter:
    if all(isinstance(part, Constant) for part in parts):
        return Constant([part.value for part in parts if isinstance(part, Constant)])
    return lambda scope: [part(scope) for part in parts]


def _mapping(parts: dict[Any, Getter]) -> Getter:
    if all(isinstance(part, Constant) for part in parts.values()):
        return Constant({key: part.value for key, part in parts.items() if isinstance(part, Constant)})
    items = tuple(parts.items())
    return lambda scope: {key: part(scope) for key, part in items}


def _text(template: str, where: str) -> Getter:
    if len(template) > MAX_TEXT:
        raise DesignError(f"{where}: a text of a template has at most {MAX_TEXT} characters.")
    if reference := _REFERENCE.match(template):
        name = reference[1]
        return lambda scope: scope.look_up(name, where)
    if template.startswith("$"):
        raise DesignError(
            f"{where}: {template!r:.60} is not a reference; write $ and a name, like $stations."
        )
    literal = _PLACE.split(template)  # text, name, width, text, name, width, text ...
    if any("{" in text or "}" in text for text in literal[::3]):
        raise DesignError(f"{where}: {template!r:.200} may hold only {{name}} or {{name:02}} in braces.")
    if len(literal) == 1:
        return Constant(template)
    places = [
        (literal[at], literal[at + 1], int(literal[at + 2] or 0)) for at in range(0, len(literal) - 1, 3)
    ]
    return _pattern(places, literal[-1], where)


def _pattern(places: list[tuple[str, str, int]], end: str, where: str) -> Getter:
    def put_in(scope: Scope) -> str:
        made = ""
        for before, name, width in places:
            value = scope.look_up(name, where)
            if isinstance(value, bool) or not isinstance(value, int | str):
                raise DesignError(f"{where}: {{{name}}} is neither a whole number nor a text.")
            made += before + str(value).zfill(width)
        if len(made) + len(end) > MAX_TEXT:
            raise DesignError(f"{where}: a text of a template has at most {MAX_TEXT} characters.")
        return made + end

    return put_in
