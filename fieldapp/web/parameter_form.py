"""A form made from the typed parameters of a standard design, and the site file that a filled form makes.

Empty inputs are left out of the site file: the design's defaults stand for them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from designs.equipment_list import EquipmentList
from designs.errors import DesignError
from designs.library import SiteInput
from designs.ranges import Spans
from designs.scope import Scope
from designs.standard_design import Parameter, StandardDesign
from designs.template import resolve
from fieldapp.usecases.cells import whole_numbers

#: Rows offered at first in a table whose keys are tags.
BLANK_ROWS = 3
#: More rows than this belong into a site file.
MAX_FORM_ROWS = 200
#: What parameters are about, told by how their keys begin; the first that matches, the last takes the rest.
_SECTIONS = (
    (
        "How many and where",
        r"(.*_)?(stations|posts|removed|floors)|sockets|point_kind|[a-z]+_per_|group_size|board_size|post_dist",
    ),
    ("Supply, limits and rules", r"supply_|earthing|rule_set|import_|reserved|own_|transformer|building_"),
    ("Main switchboard", r"main_|switchboard|spd"),
    ("Boards, risers and groups", r"board|riser|pillar|group_|tap_off"),
    ("Storage, PV and other loads", r"storage|pv|lighting|aux"),
    ("Load management and network", r"controller|load_management|mode|fallback|router|network"),
    ("Ground and surroundings", r"ambient|soil|foundation|bollard|sign"),
    ("Charging stations and their circuits", r""),
)


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
class Section:
    """Inputs that belong together; ``given`` counts those that differ from the design."""

    title: str
    inputs: tuple[Input, ...]

    @property
    def given(self) -> int:
        """Return how many inputs hold a value of their own."""
        return sum(it.value != "" for it in self.inputs)


@dataclass(frozen=True, slots=True)
class ParameterForm:
    """The whole form: what must be given, what has a default, and what differs row by row."""

    needed: tuple[Input, ...]
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]

    @property
    def defaulted(self) -> tuple[Input, ...]:
        """Return every input that may stay empty."""
        return tuple(it for section in self.sections for it in section.inputs)


def parameter_form(
    design: StandardDesign, given: Mapping[str, Any], equipment: EquipmentList
) -> ParameterForm:
    """Return the form of a design, filled with what is given so far."""
    plain = [parameter for parameter in design.parameters if parameter.kind != "table"]
    inputs = [_input(p, f"p.{p.key}", given.get(p.key), equipment) for p in plain]
    return ParameterForm(
        needed=tuple(it for it in inputs if it.required),
        sections=_sections([it for it in inputs if not it.required]),
        tables=tuple(_table(design, p, given, equipment) for p in design.parameters if p.kind == "table"),
    )


def _sections(inputs: Sequence[Input]) -> tuple[Section, ...]:
    """Return the inputs by what they are about, in the order of _SECTIONS."""
    found: dict[str, list[Input]] = {title: [] for title, _ in _SECTIONS}
    for it in inputs:
        key = it.name.removeprefix("p.")
        found[next(title for title, words in _SECTIONS if re.match(words, key))].append(it)
    return tuple(Section(title, tuple(each)) for title, each in found.items() if each)


def _input(parameter: Parameter, name: str, value: Any, equipment: EquipmentList) -> Input:
    number = parameter.kind in ("integer", "number")
    choices = _choices(parameter, equipment)
    bounds = f"{parameter.minimum:g} to {parameter.maximum:g}" if parameter.minimum is not None else ""
    return Input(
        name=name,
        label=parameter.title,
        kind="number" if number else "select" if choices else "text",
        value=_as_text(value, parameter.unit),
        hint=" ".join(
            part for part in (parameter.help, f"{bounds} {parameter.unit}".strip(), _form(parameter)) if part
        ),
        unit=parameter.unit,
        choices=choices,
        required=parameter.default is None and not parameter.optional,
        standing=_standing(parameter, choices),
        whole=parameter.kind == "integer",
    )


def _form(parameter: Parameter) -> str:
    return "Whole numbers with blanks between them, such as 3 7." if parameter.kind == "numbers" else ""


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
    if isinstance(value, list | tuple):
        return " ".join(str(each) for each in value)
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
        keys = [str(number) for number in _row_numbers(design, parameter.rows, given)]
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
    return {"ac": "AC station", "dc": "DC station"}.get(rows, rows.removesuffix("s").capitalize())


def _row_numbers(design: StandardDesign, name: str, given: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the numbers of a range with the values so far; none while they do not fit together."""
    spans = Spans(design.ranges)
    values: dict[str, Any] = {}
    try:
        for parameter in design.parameters:
            if parameter.kind != "table":
                start = resolve(parameter.default, Scope(values, spans))
                values[parameter.key] = _known(parameter, given.get(parameter.key), start)
        entries = spans.entries(name, Scope(values, spans), design.id)
    except (DesignError, TypeError):
        return ()
    return tuple(entry[spans.variable(name)] for entry in entries)[:MAX_FORM_ROWS]


def _known(parameter: Parameter, given: Any, start: Any) -> Any:
    """Return what is given where it can be counted with, and what the design starts from otherwise."""
    fits = {"integer": isinstance(given, int), "numbers": isinstance(given, list)}.get(parameter.kind)
    return start if given is None or fits is False else given


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
    if parameter.kind == "numbers":
        return whole_numbers(text)
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
