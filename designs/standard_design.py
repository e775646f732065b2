"""A standard design as it stands in its YAML file: parameters, cross-checks, ranges and template."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import rfc8785

from designs.errors import DesignError
from designs.model import DesignRef
from designs.schema import load_value

DIGEST_PREFIX = b"fieldapp-design-v1\n"

ParameterKind = Literal["integer", "number", "flag", "choice", "text", "equipment", "table"]
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
    """Something to repeat over: ``count`` numbers from 1, or the groups of ``size`` of another range."""

    name: str
    variable: str
    count: Any = None
    of: str = ""
    size: Any = None


@dataclass(frozen=True, slots=True)
class Template:
    """The one-line diagram with values, references, patterns and repetition still in it."""

    supply: Mapping[str, Any]
    switchboards: tuple[Any, ...]
    stations: tuple[Any, ...]
    meters: tuple[Any, ...]
    circuits: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class StandardDesign:
    """One published revision of a standard design."""

    id: str
    revision: int
    title: str
    segment: str
    summary: str
    parameters: tuple[Parameter, ...]
    cross_checks: tuple[CrossCheck, ...]
    ranges: tuple[Range, ...]
    one_line: Template
    checklists: tuple[str, ...]
    digest: str = ""
    file: str = ""

    @property
    def ref(self) -> DesignRef:
        """Return which design and revision this is."""
        return DesignRef(self.id, self.revision, self.title, self.segment, self.digest)


def parse_design(raw: object, file: str) -> StandardDesign:
    """Make a standard design from the plain values of its file; the digest is over these values."""
    if not isinstance(raw, Mapping):
        raise DesignError(f"{file} must be a mapping with the keys id, revision, title and so on.")
    for key in ("digest", "file"):
        if key in raw:
            raise DesignError(f"{file}: {key} is computed, take it out.")
    content = {**raw, "digest": digest_of(raw, file), "file": file}
    design = load_value(StandardDesign, content, file)
    for parameter in design.parameters:
        _check_parameter(parameter, f"{file}: parameter {parameter.key}")
    _refuse_twice([parameter.key for parameter in design.parameters], f"{file}: parameter")
    _refuse_twice([range_.name for range_ in design.ranges], f"{file}: range")
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


def _check_parameter(parameter: Parameter, where: str) -> None:
    needs = {"choice": "choices", "equipment": "equipment_class", "table": "columns"}.get(parameter.kind)
    if needs and not getattr(parameter, needs):
        raise DesignError(f"{where} is of kind {parameter.kind} and needs {needs}.")
    if parameter.kind == "table" and not parameter.rows:
        raise DesignError(f'{where} is a table and needs rows: a range, or "tags".')
    if parameter.kind in ("integer", "number") and (parameter.minimum is None or parameter.maximum is None):
        raise DesignError(f"{where} needs a minimum and a maximum.")
    for column in parameter.columns:
        if column.kind == "table":
            raise DesignError(f"{where}, column {column.key}: a table in a table is not possible.")
        _check_parameter(column, f"{where}, column {column.key}")


def _refuse_twice(names: list[str], where: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DesignError(f"{where} {name} stands here twice.")
