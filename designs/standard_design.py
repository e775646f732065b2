"""A standard design as it stands in its YAML file: parameters, cross-checks, ranges, templates.

How to write one: docs/design-language.md.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import rfc8785

from designs.equipment_list import CLASSES
from designs.errors import DesignError
from designs.findings import WARNINGS
from designs.model import DesignRef
from designs.schema import COMPUTED, load_value

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DIGEST_PREFIX = b"fieldapp-design-v1\n"

ParameterKind = Literal["integer", "number", "numbers", "flag", "choice", "text", "equipment", "table"]
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a site may or must say. Without a ``default`` and not ``optional`` it must."""

    key: str
    kind: ParameterKind
    title: str
    help: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    equipment_class: str = ""
    pattern: str = ""  # text: the whole value must match
    default: Any = None
    optional: bool = False
    rows: str = ""  # table: the range whose numbers are the row keys, or "tags"
    columns: tuple["Parameter", ...] = ()


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """A condition between two values that must hold, with the sentence shown when it does not."""

    left: Any
    compare: Comparison
    right: Any
    sentence: str


@dataclass(frozen=True, slots=True)
class Range:
    """Something to repeat over: ``count`` numbers from ``start``, or the groups of ``size`` of another range.

    ``without`` (a list of numbers) leaves numbers out: what bears one of the others keeps its tag.
    """

    name: str
    variable: str
    count: Any = None
    of: str = ""
    size: Any = None
    without: Any = None
    start: Any = 1


@dataclass(frozen=True, slots=True)
class Template:
    """The one-line diagram with values, references, patterns and repetition still in it."""

    supply: Mapping[str, Any]
    rule_set: Any = "iec"
    transformers: tuple[Any, ...] = ()
    switchboards: tuple[Any, ...] = ()
    stations: tuple[Any, ...] = ()
    loads: tuple[Any, ...] = ()
    storage: tuple[Any, ...] = ()
    pv: tuple[Any, ...] = ()
    meters: tuple[Any, ...] = ()
    circuits: tuple[Any, ...] = ()
    emergency_stops: tuple[Any, ...] = ()
    controllers: tuple[Any, ...] = ()
    network: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class LayoutTemplate:
    """The layout plan with values, references, patterns and repetition still in it."""

    width_m: Any
    depth_m: Any
    north_deg: Any = 0
    items: tuple[Any, ...] = ()
    ducts: tuple[Any, ...] = ()
    routes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class StandardDesign:
    """One revision of a standard design. ``published``: its digest stands in the list of published ones."""

    id: str
    revision: int
    title: str
    segment: str
    summary: str
    parameters: tuple[Parameter, ...]
    one_line: Template
    checklists: tuple[str, ...]
    cross_checks: tuple[CrossCheck, ...] = ()
    ranges: tuple[Range, ...] = ()
    layout: LayoutTemplate | None = None
    strict: tuple[str, ...] = ()  # codes of warnings that this design makes errors
    digest: str = ""
    file: str = ""
    published: bool = False

    @property
    def ref(self) -> DesignRef:
        """Return which design and revision this is."""
        return DesignRef(self.id, self.revision, self.title, self.segment, self.digest)


def parse_design(raw: object, file: str) -> StandardDesign:
    """Make a standard design from the plain values of its file; the digest is over these values."""
    if not isinstance(raw, Mapping):
        raise DesignError(f"{file} must be a mapping with the keys id, revision, title and so on.")
    for key in sorted(COMPUTED):
        if key in raw:
            raise DesignError(f"{file}: {key} is computed, take it out.")
    content = {**raw, "digest": digest_of(raw, file), "file": file}
    design = load_value(StandardDesign, content, file)
    for parameter in design.parameters:
        _check_parameter(parameter, f"{file}: parameter {parameter.key}")
    _refuse_twice([parameter.key for parameter in design.parameters], f"{file}: parameter")
    _refuse_twice([range_.name for range_ in design.ranges], f"{file}: range")
    _check_ranges(design)
    _check_own_name(design)
    _check_strict(design)
    return design


def digest_of(raw: Mapping[str, Any], file: str) -> str:
    """Return the SHA-256 over the canonical form (RFC 8785) of a design's content."""
    try:
        canonical = rfc8785.dumps(_text_keys(raw))
    except rfc8785.CanonicalizationError as error:
        raise DesignError(f"{file} holds a value that has no canonical form: {error}.") from error
    return hashlib.sha256(DIGEST_PREFIX + canonical).hexdigest()


def _text_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _text_keys(item) for key, item in value.items()}
    return [_text_keys(item) for item in value] if isinstance(value, list) else value


def _check_own_name(design: StandardDesign) -> None:
    if not _ID.fullmatch(design.id):
        raise DesignError(
            f"{design.file}: the id must be small letters and digits joined by -, like destination-ac."
        )
    if design.revision < 1:
        raise DesignError(f"{design.file}: revision must be a whole number from 1, not {design.revision}.")


def _check_strict(design: StandardDesign) -> None:
    for code in design.strict:
        if code not in WARNINGS:
            raise DesignError(
                f"{design.file}: strict: {code!r:.60} is no warning; there are {', '.join(WARNINGS)}."
            )


def _check_ranges(design: StandardDesign) -> None:
    above: set[str] = set()
    for range_ in design.ranges:
        where = f"{design.file}: range {range_.name}"
        if not _NAME.fullmatch(range_.variable):
            raise DesignError(f"{where}: the variable must be small letters, digits and _, like n.")
        if range_.of:
            if range_.of not in above:
                raise DesignError(f"{where} divides {range_.of}, which is not a range above it.")
            if range_.size is None or range_.count is not None or range_.without is not None:
                raise DesignError(f"{where} divides {range_.of} and has a size, no count and no without.")
        elif range_.count is None or range_.size is not None:
            raise DesignError(f"{where} needs a count, or of and size.")
        above.add(range_.name)


def _check_parameter(parameter: Parameter, where: str) -> None:
    needs = {"choice": "choices", "equipment": "equipment_class", "table": "columns"}.get(parameter.kind)
    if needs and not getattr(parameter, needs):
        raise DesignError(f"{where} is of kind {parameter.kind} and needs {needs}.")
    for word in parameter.equipment_class.split():
        if word not in CLASSES:
            raise DesignError(
                f"{where}: there is no equipment_class {word:.40}; there are {', '.join(CLASSES)}."
            )
    if parameter.kind == "table" and not parameter.rows:
        raise DesignError(f'{where} is a table and needs rows: a range, or "tags".')
    if not _NAME.fullmatch(parameter.key):
        raise DesignError(f"{where:.120}: a key is small letters, digits and _, like supply_ik.")
    if parameter.kind in ("integer", "number", "numbers") and (
        parameter.minimum is None or parameter.maximum is None
    ):
        raise DesignError(f"{where} needs a minimum and a maximum.")
    for column in parameter.columns:
        if column.kind == "table":
            raise DesignError(f"{where}, column {column.key}: a table in a table is not possible.")
        _check_parameter(column, f"{where}, column {column.key}")


def _refuse_twice(names: list[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DesignError(f"{where} {name} stands here twice.")
        seen.add(name)
