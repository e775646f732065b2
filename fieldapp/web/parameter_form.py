"""A form made from the typed parameters of a standard design, and the site file that a filled form makes.

Empty inputs are left out of the site file: the design's defaults stand for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import yaml

from designs.equipment_list import EquipmentList
from designs.library import SiteInput
from designs.standard_design import Parameter, StandardDesign

#: Rows offered at first in a table whose keys are tags.
BLANK_ROWS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Input:
    """One labelled input; ``standing`` is what the design puts in when it is left empty."""

    name: str
    label: str
    kind: str  # number, select or text
    value: str
    hint: str
    unit: str
    choices: tuple[Choice, ...]
    required: bool
    standing: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table; ``key_input`` asks for its tag where the rows are tags."""

    title: str
    key_input: Input | None
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the form."""

    key: str
    title: str
    filled: bool
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class ParameterForm:
    """The whole form: what must be given, what has a default, and what differs row by row."""

    needed: tuple[Input, ...]
    defaulted: tuple[Input, ...]
    tables: tuple[Table, ...]


def parameter_form(
    design: StandardDesign, given: Mapping[str, Any], equipment: EquipmentList
) -> ParameterForm:
    """Return the form of a design, filled with what is given so far."""
    plain = [parameter for parameter in design.parameters if parameter.kind != "table"]
    inputs = [_input(p, f"p.{p.key}", given.get(p.key), equipment) for p in plain]
    return ParameterForm(
        needed=tuple(it for it in inputs if it.required),
        defaulted=tuple(it for it in inputs if not it.required),
        tables=tuple(_table(design, p, given, equipment) for p in design.parameters if p.kind == "table"),
    )


def _input(parameter: Parameter, name: str, value: Any, equipment: EquipmentList) -> Input:
    number = parameter.kind in ("integer", "number")
    choices = _choices(parameter, equipment)
    bounds = f"{parameter.minimum:g} to {parameter.maximum:g}" if parameter.minimum is not None else ""
    return Input(
        name=name,
        label=parameter.title,
        kind="number" if number else "select" if choices else "text",
        value=_as_text(value, parameter.unit),
        hint=" ".join(part for part in (parameter.help, f"{bounds} {parameter.unit}".strip()) if part),
        unit=parameter.unit,
        choices=choices,
        required=parameter.default is None and not parameter.optional,
        standing=_standing(parameter, choices),
        whole=parameter.kind == "integer",
    )


def _choices(parameter: Parameter, equipment: EquipmentList) -> tuple[Choice, ...]:
    if parameter.kind == "flag":
        return (Choice("true", "Yes"), Choice("false", "No"))
    if parameter.kind == "equipment":
        ids = [key for word in parameter.equipment_class.split() for key in equipment.of_class(word)]
        return tuple(Choice(key, equipment.items[key].title) for key in ids)
    return tuple(Choice(value, value) for value in parameter.choices)


def _standing(parameter: Parameter, choices: tuple[Choice, ...]) -> str:
    """Return what stands when nothing is given; a reference to another parameter says so."""
    default = parameter.default
    if default is None:
        return ""
    if isinstance(default, Mapping) or (isinstance(default, str) and default.startswith("$")):
        return "as above"
    text = _as_text(default)
    return next((it.label for it in choices if it.value == text), text)


def _as_text(value: Any, unit: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.removesuffix(unit).rstrip() if unit else text


def _table(
    design: StandardDesign, parameter: Parameter, given: Mapping[str, Any], equipment: EquipmentList
) -> Table:
    rows = {str(key): row for key, row in (given.get(parameter.key) or {}).items()}
    if parameter.rows == "tags":
        keys = [*rows, *[""] * BLANK_ROWS]
        made = tuple(
            _tag_row(parameter, place, key, rows.get(key, {}), equipment) for place, key in enumerate(keys)
        )
    else:
        keys = [str(number) for number in range(1, _row_count(design, parameter.rows, given) + 1)]
        made = tuple(
            TableRow(
                f"{_singular(parameter.rows)} {key}",
                None,
                _cells(parameter, key, rows.get(key, {}), equipment),
            )
            for key in keys
        )
    return Table(parameter.key, parameter.title, bool(rows), made)


def _tag_row(parameter: Parameter, place: int, tag: str, row: Any, equipment: EquipmentList) -> TableRow:
    name = f"k.{parameter.key}.{place}"
    key = Input(name, "Tag", "text", tag, "", "", (), required=False)
    return TableRow(tag or "Another", key, _cells(parameter, str(place), row, equipment))


def _cells(parameter: Parameter, key: str, row: Any, equipment: EquipmentList) -> tuple[Input, ...]:
    known = row if isinstance(row, Mapping) else {}
    return tuple(
        _input(column, f"t.{parameter.key}.{key}.{column.key}", known.get(column.key), equipment)
        for column in parameter.columns
    )


def _singular(rows: str) -> str:
    return rows.removesuffix("s").capitalize()


def _row_count(design: StandardDesign, name: str, given: Mapping[str, Any]) -> int:
    """Return how many rows a range has with the values so far; its defaults otherwise."""
    found = next((range_ for range_ in design.ranges if range_.name == name), None)
    if found is None:
        return 0
    if found.of:
        return ceil(_row_count(design, found.of, given) / max(_number(design, found.size, given), 1))
    return _number(design, found.count, given)


def _number(design: StandardDesign, source: Any, given: Mapping[str, Any]) -> int:
    if isinstance(source, str) and source.startswith("$"):
        parameter = next((p for p in design.parameters if p.key == source[1:]), None)
        source = given.get(source[1:], parameter.default if parameter else 0)
    return min(int(source), 200) if isinstance(source, int) else 0


def site_text(design: StandardDesign, form: Mapping[str, str]) -> str:
    """Return the site file (YAML) of a filled form; what is empty stays with the design's defaults."""
    head = {key: form.get(key, "").strip() for key in ("name", "address", "country", "timezone")}
    document = {
        **head,
        "design": design.id,
        "design_revision": design.revision,
        "parameters": filled(design, form),
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


def filled(design: StandardDesign, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that a form gives."""
    values: dict[str, Any] = {}
    for parameter in design.parameters:
        value = (
            _filled_table(parameter, form)
            if parameter.kind == "table"
            else _typed(parameter, form.get(f"p.{parameter.key}", ""))
        )
        if value not in (None, {}):
            values[parameter.key] = value
    return values


def _filled_table(parameter: Parameter, form: Mapping[str, str]) -> dict[Any, dict[str, Any]]:
    rows: dict[Any, dict[str, Any]] = {}
    start = f"t.{parameter.key}."
    for name in form:
        if not name.startswith(start):
            continue
        place, _, column_key = name.removeprefix(start).partition(".")
        column = next((column for column in parameter.columns if column.key == column_key), None)
        value = _typed(column, form[name]) if column else None
        key = (
            form.get(f"k.{parameter.key}.{place}", "").strip()
            if parameter.rows == "tags"
            else _row_key(place)
        )
        if value is not None and key:
            rows.setdefault(key, {})[column_key] = value
    return rows


def _row_key(place: str) -> int | str:
    return int(place) if place.isascii() and place.isdigit() else place


def _typed(parameter: Parameter, text: str) -> Any:
    """Return what was typed as its parameter's type; the design refuses what stays text."""
    text = text.strip()
    if not text:
        return None
    if parameter.kind == "flag":
        return {"true": True, "false": False}.get(text, text)
    if parameter.kind not in ("integer", "number"):
        return text
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    return int(number) if number.is_integer() and ("." not in text or parameter.kind == "integer") else number


def given_by(site: SiteInput) -> dict[str, str]:
    """Return the head of a site file as form values."""
    return {"name": site.name, "address": site.address, "country": site.country, "timezone": site.timezone}
