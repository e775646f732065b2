"""marshmallow schemas made from this room's frozen values: strict in, plain JSON out, an exact round trip."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, is_dataclass
from dataclasses import Field as DataclassField
from dataclasses import fields as dataclass_fields
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from designs.errors import DesignError
from designs.model import SiteDesign, Study

T = TypeVar("T")


class Number(fields.Float):
    """A finite number; text and booleans are refused."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a number.")
        try:
            return super()._validated(value)
        except OverflowError as error:
            raise ValidationError("Number too large.") from error


class Whole(fields.Integer):
    """A whole number; booleans, text and fractions are refused."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Not a whole number.")
        return value


class Flag(fields.Boolean):
    """true or false, nothing that merely looks like it."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Not true or false.")
        return value


class NumberOrText(fields.Field[float | str]):
    """The value of a figure: a finite number or a text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float | str:
        if isinstance(value, str):
            return value
        return (
            Number().deserialize(value, attr, data, **kwargs)
            if isinstance(value, float)
            else self._int(value)
        )

    @staticmethod
    def _int(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Not a number or text.")
        return value


class Plain(fields.Field[Any]):
    """Any plain JSON value; checked elsewhere by what it means."""


def schema_of(cls: type[Any]) -> Schema:
    """Return the strict schema of a frozen dataclass: unknown keys are refused, defaults may be left out."""
    if cls not in _SCHEMAS:
        _SCHEMAS[cls] = _make_schema(cls)
    return _SCHEMAS[cls]


_SCHEMAS: dict[type[Any], Schema] = {}


def _make_schema(cls: type[Any]) -> Schema:
    hints = get_type_hints(cls)
    members = {field.name: _field(hints[field.name], field) for field in dataclass_fields(cls)}
    made = Schema.from_dict(cast("Any", members), name=f"{cls.__name__}Schema")
    return made(unknown=RAISE)


def load_value(cls: type[T], data: object, where: str) -> T:
    """Make a frozen value from plain data; the error says where, which key, and what was expected."""
    if not isinstance(data, Mapping):
        raise DesignError(f"{where} must be a mapping of keys to values, not {_kind_of(data)}.")
    try:
        loaded = schema_of(cls).load(dict(data))
    except ValidationError as error:
        raise DesignError(f"{where}: {explain(error, cls)}.") from error
    return _build(cls, cast("Mapping[str, Any]", loaded))


def to_jsonable(value: object) -> Any:
    """Return a frozen value as plain JSON types: dataclasses as objects, tuples as arrays."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_jsonable(getattr(value, field.name)) for field in dataclass_fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_jsonable(item) for item in value]
    return value


def dump_site_design(design: SiteDesign) -> dict[str, Any]:
    """Return a site design as plain JSON values."""
    return cast("dict[str, Any]", to_jsonable(design))


def load_site_design(data: object) -> SiteDesign:
    """Return the site design that ``dump_site_design`` wrote."""
    return load_value(SiteDesign, data, "site design")


def dump_study(study: Study) -> dict[str, Any]:
    """Return a study as plain JSON values."""
    return cast("dict[str, Any]", to_jsonable(study))


def load_study(data: object) -> Study:
    """Return the study that ``dump_study`` wrote."""
    return load_value(Study, data, "study")


def explain(error: ValidationError, cls: type[Any] | None = None) -> str:
    """Return the first message of a validation error with its key path, or the keys allowed."""
    path: list[str] = []
    messages: Any = error.messages
    while isinstance(messages, Mapping):
        key = next(iter(messages))
        if key != "_schema":
            path.append(str(key))
        messages = messages[key]
    text = str(messages[0] if isinstance(messages, list) else messages).rstrip(".")
    if text == "Unknown field" and cls is not None and len(path) == 1:
        text = "unknown key, allowed are " + ", ".join(field.name for field in dataclass_fields(cls))
    return f"{'.'.join(path)}: {text[:1].lower()}{text[1:]}" if path else text


def _build(cls: type[T], loaded: Mapping[str, Any]) -> T:
    hints = get_type_hints(cls)
    return cls(**{name: _built(hints[name], value) for name, value in loaded.items()})


def _built(hint: Any, value: Any) -> Any:
    hint = _without_none(hint)
    if value is None:
        return None
    if is_dataclass(hint):
        return _build(cast("type[Any]", hint), value)
    if get_origin(hint) is tuple:
        return tuple(_built(get_args(hint)[0], item) for item in value)
    return value


def _field(hint: Any, field: DataclassField[Any]) -> fields.Field[Any]:
    optional = hint is not _without_none(hint)
    has_default = field.default is not MISSING or field.default_factory is not MISSING
    return _plain_field(_without_none(hint), required=not has_default, allow_none=optional)


def _plain_field(hint: Any, **options: Any) -> fields.Field[Any]:
    if is_dataclass(hint):
        nested = cast("type[Any]", hint)  # made on first use: a value may hold values of its own kind
        return fields.Nested(lambda: schema_of(nested), unknown=RAISE, **options)
    origin = get_origin(hint)
    if origin is tuple:
        return fields.List(_plain_field(get_args(hint)[0]), **options)
    if origin is Mapping:
        return fields.Dict(keys=fields.String(), values=_plain_field(get_args(hint)[1]), **options)
    if origin is Literal:
        return fields.String(validate=validate.OneOf(get_args(hint)), **options)
    if hint in (Union[float, str], float | str):  # noqa: UP007 - both spellings come out of get_type_hints
        return NumberOrText(**options)
    if hint in _SIMPLE:
        return _SIMPLE[hint](**options)
    return Plain(**{**options, "allow_none": True})


_SIMPLE: dict[Any, type[fields.Field[Any]]] = {float: Number, int: Whole, bool: Flag, str: fields.String}


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    members = [member for member in get_args(hint) if member is not type(None)]
    if len(members) == len(get_args(hint)):
        return hint
    return members[0]


def _kind_of(value: object) -> str:
    return "empty" if value is None else f"a {type(value).__name__}"
