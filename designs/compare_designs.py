"""What changed between two revisions of a standard design, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from designs.standard_design import CrossCheck, Parameter, Range, StandardDesign

_HEAD = ("id", "revision", "title", "segment", "summary")


def compare_designs(before: StandardDesign, after: StandardDesign) -> tuple[str, ...]:
    """Return one sentence for each difference between two standard designs; none when they are alike."""
    return tuple(_all(before, after))


def _all(before: StandardDesign, after: StandardDesign) -> Iterator[str]:
    for name in _HEAD:
        yield from _change(name, getattr(before, name), getattr(after, name))
    yield from _parameters("parameter", before.parameters, after.parameters)
    yield from _named("range", {each.name: _range(each) for each in before.ranges},
                      {each.name: _range(each) for each in after.ranges})  # fmt: skip
    yield from _named("cross-check", {each.sentence: _check(each) for each in before.cross_checks},
                      {each.sentence: _check(each) for each in after.cross_checks})  # fmt: skip
    yield from _sections("one-line", before.one_line, after.one_line)
    yield from _layout(before, after)
    yield from _change("checklists", before.checklists, after.checklists)
    yield from _change("warnings made errors", before.strict, after.strict)


def _change(what: str, old: Any, new: Any) -> Iterator[str]:
    if old != new:
        yield f"{what}: {_text(old)} → {_text(new)}"


def _parameters(what: str, before: tuple[Parameter, ...], after: tuple[Parameter, ...]) -> Iterator[str]:
    old, new = {each.key: each for each in before}, {each.key: each for each in after}
    for key, parameter in new.items():
        if key not in old:
            yield f"{what} {key} added: {_parameter(parameter)}"
        else:
            yield from _parameter_changes(f"{what} {key}", old[key], parameter)
    yield from (f"{what} {key} removed" for key in old if key not in new)


def _parameter_changes(what: str, old: Parameter, new: Parameter) -> Iterator[str]:
    for field in fields(Parameter):
        if field.name not in ("key", "columns"):
            yield from _change(
                f"{what}: {field.name.replace('_', ' ')}", getattr(old, field.name), getattr(new, field.name)
            )
    yield from _parameters(f"{what}, column", old.columns, new.columns)


def _parameter(parameter: Parameter) -> str:
    bounds = (
        f", {_text(parameter.minimum)} to {_text(parameter.maximum)} {parameter.unit}".rstrip()
        if parameter.minimum is not None or parameter.maximum is not None
        else ""
    )
    needed = "optional" if parameter.optional else f"default {_text(parameter.default)}"
    if parameter.default is None and not parameter.optional:
        needed = "every site must say it"
    return f"{parameter.title} ({parameter.kind}{bounds}, {needed})"


def _range(each: Range) -> dict[str, Any]:
    return {field.name: getattr(each, field.name) for field in fields(Range) if field.name != "name"}


def _check(each: CrossCheck) -> dict[str, Any]:
    return {"condition": [each.left, each.compare, each.right]}


def _named(
    what: str, before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    for name, values in after.items():
        if name not in before:
            yield f"{what} {name} added"
        else:
            yield from _keys(f"{what} {name}", before[name], values)
    yield from (f"{what} {name} removed" for name in before if name not in after)


def _keys(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in (*new, *(each for each in old if each not in new)):
        yield from _change(f"{what}: {key}", old.get(key), new.get(key))


def _sections(what: str, old: Any, new: Any) -> Iterator[str]:
    """Compare templates section by section: lists by the tag pattern of their elements, the rest by key."""
    for field in fields(new):
        one, other = getattr(old, field.name), getattr(new, field.name)
        name = f"{what}, {field.name.replace('_', ' ')}"
        if isinstance(other, tuple) and isinstance(one, tuple):
            yield from _named(name, _by_tag(one), _by_tag(other))
        elif isinstance(other, Mapping) and isinstance(one, Mapping):
            yield from _keys(name, one, other)
        else:
            yield from _change(name, one, other)


def _by_tag(elements: tuple[Any, ...]) -> dict[str, Mapping[str, Any]]:
    """Name elements by their tag pattern (a route by its circuit); the same pattern again gets a number."""
    found: dict[str, Mapping[str, Any]] = {}
    for element in elements:
        values = element if isinstance(element, Mapping) else {"value": element}
        name = _text(values.get("tag", values.get("circuit", values.get("repeat", "element"))))
        seen = sum(each == name or each.startswith(f"{name} (") for each in found)
        found[f"{name} ({seen + 1})" if seen else name] = values
    return found


def _layout(before: StandardDesign, after: StandardDesign) -> Iterator[str]:
    if before.layout is None or after.layout is None:
        if before.layout is not after.layout:
            yield "layout plan added" if before.layout is None else "layout plan removed"
        return
    yield from _sections("layout", before.layout, after.layout)


def _text(value: Any) -> str:
    """Write a value as it stands in the file, short."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return str(value)
