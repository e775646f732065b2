"""Strict loaders made from this room's frozen values: plain data in, plain JSON out, an exact round trip.

A loader is made once per class from its type hints. Unknown keys, missing keys, wrong kinds, NaN and infinity
are refused with the path of the key. Text is never read as a number and a number never as text.
"""

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, is_dataclass
from dataclasses import fields as dataclass_fields
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from designs.errors import DesignError
from designs.model import SiteDesign, Study

T = TypeVar("T")
_Reader = Callable[[Any], Any]
#: Keys of a value that the software fills in itself; never named among the allowed ones.
COMPUTED = frozenset({"digest", "file", "published"})


class _WrongValueError(Exception):
    """What is wrong, and the keys on the way to it (innermost first)."""

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.message = message
        self.keys = list(keys)


def load_value(cls: type[T], data: object, where: str) -> T:
    """Make a frozen value from plain data; the error says where, which key, and what was expected."""
    if not isinstance(data, Mapping):
        raise DesignError(f"{where} must be a mapping of keys to values, not {_kind_of(data)}.")
    try:
        return cast("T", _reader_of_class(cls)(data))
    except _WrongValueError as error:
        path = ".".join(reversed(error.keys))
        raise DesignError(f"{where}: {path}: {error.message}.") from error


def to_jsonable(value: object) -> Any:
    """Return a frozen value as plain JSON types: dataclasses as objects, tuples as arrays."""
    if value is None or isinstance(value, str | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {name: to_jsonable(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_jsonable(item) for item in value]
    return value


def dump_site_design(design: SiteDesign) -> dict[str, Any]:
    """Return a site design as plain JSON values."""
    return cast("dict[str, Any]", to_jsonable(design))


def load_site_design(data: object) -> SiteDesign:
    """Return the site design that ``dump_site_design`` wrote, of this or an earlier version."""
    return load_value(SiteDesign, data, "site design")


def dump_study(study: Study) -> dict[str, Any]:
    """Return a study as plain JSON values."""
    return cast("dict[str, Any]", to_jsonable(study))


def load_study(data: object) -> Study:
    """Return the study that ``dump_study`` wrote, of this or an earlier version."""
    return load_value(Study, data, "study")


_NAMES: dict[type[Any], tuple[str, ...]] = {}
_READERS: dict[type[Any], _Reader] = {}


def _names(cls: type[Any]) -> tuple[str, ...]:
    if cls not in _NAMES:
        _NAMES[cls] = tuple(field.name for field in dataclass_fields(cls))
    return _NAMES[cls]


def _reader_of_class(cls: type[Any]) -> _Reader:
    if cls not in _READERS:
        _READERS[cls] = _make_reader(cls)
    return _READERS[cls]


def _make_reader(cls: type[Any]) -> _Reader:
    hints = get_type_hints(cls)
    readers = {name: _reader(hints[name]) for name in _names(cls)}
    required = [
        field.name
        for field in dataclass_fields(cls)
        if field.default is MISSING and field.default_factory is MISSING
    ]

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _WrongValueError(f"must be a mapping of keys to values, not {_kind_of(value)}")
        made: dict[str, Any] = {}
        for key, item in value.items():
            reader = readers.get(key)
            if reader is None:
                allowed = ", ".join(name for name in readers if name not in COMPUTED)
                raise _WrongValueError(f"unknown key, allowed are {allowed}", str(key))
            try:
                made[key] = reader(item)
            except _WrongValueError as error:
                error.keys.append(key)
                raise
        for name in required:
            if name not in made:
                raise _WrongValueError("missing data for required field", name)
        return cls(**made)

    return read


def _reader(hint: Any) -> _Reader:
    """Return what reads a value of a type hint."""
    plain, optional = _without_none(hint)
    reader = _plain_reader(plain)
    if not optional or reader is _as_it_is:
        return reader
    return lambda value: None if value is None else reader(value)


def _plain_reader(hint: Any) -> _Reader:
    if is_dataclass(hint):
        return _nested(cast("type[Any]", hint))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _sequence(_reader(arguments[0]), None if arguments[-1] is Ellipsis else len(arguments))
    if origin is Mapping:
        return _mapping(_reader(arguments[1]))
    if origin is Literal:
        return _one_of(arguments)
    if hint in (Union[float, str], float | str):  # noqa: UP007 - both spellings come out of get_type_hints
        return _number_or_text
    return _SIMPLE.get(hint, _as_it_is)


def _nested(cls: type[Any]) -> _Reader:
    def read(value: Any) -> Any:  # found on first use: a value may hold values of its own kind
        return _reader_of_class(cls)(value)

    return read


def _sequence(reader: _Reader, length: int | None) -> _Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise _WrongValueError("not a valid list")
        if length is not None and len(value) != length:
            raise _WrongValueError(f"not a list of {length} values")
        made = []
        for number, item in enumerate(value):
            try:
                made.append(reader(item))
            except _WrongValueError as error:
                error.keys.append(str(number))
                raise
        return tuple(made)

    return read


def _mapping(reader: _Reader) -> _Reader:
    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _WrongValueError("not a valid mapping type")
        made = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise _WrongValueError("the key is not a text; put quotes around it", str(key))
            try:
                made[key] = reader(item)
            except _WrongValueError as error:
                error.keys.append(key)
                raise
        return made

    return read


def _one_of(choices: tuple[Any, ...]) -> _Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise _WrongValueError(f"must be one of: {', '.join(map(str, choices))}")
        return value

    return read


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongValueError(f"not a number{_instead(value)}")
    try:
        number = float(value)
    except OverflowError as error:
        raise _WrongValueError("number too large") from error
    if not math.isfinite(number):
        raise _WrongValueError("special numeric values (nan or infinity) are not permitted")
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _WrongValueError(f"not a whole number{_instead(value)}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongValueError(f"not true or false{_instead(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongValueError(f"not a valid string{_instead(value)}")
    return value


def _number_or_text(value: Any) -> float | str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value  # a count stays a count
    return _number(value)


def _as_it_is(value: Any) -> Any:
    """Any plain JSON value; checked elsewhere by what it means."""
    return value


_SIMPLE: dict[Any, _Reader] = {float: _number, int: _whole, bool: _flag, str: _text}


def _instead(value: object) -> str:
    """Say what a template's misspelt expression left behind: a mapping where a plain value belongs."""
    if isinstance(value, Mapping) and value:
        return f" but a mapping with the key {str(next(iter(value)))[:40]}, which is no expression"
    return ""


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Return a hint without ``None``, and whether it had one."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    members = [member for member in get_args(hint) if member is not type(None)]
    if len(members) == len(get_args(hint)):
        return hint, False
    return (members[0] if len(members) == 1 else Union[tuple(members)]), True  # noqa: UP007


def _kind_of(value: object) -> str:
    return "empty" if value is None else f"a {type(value).__name__}"
