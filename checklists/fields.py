"""marshmallow fields and the strict base schema that every boundary of this room uses."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from checklists.errors import ContractError

TAG = r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*(?:\.[0-9]+)?"
STEP = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
SHA256 = r"[0-9a-f]{64}"
THUMBPRINT = r"[A-Za-z0-9_-]{43}"
PLAIN_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
DECIMAL = r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"
#: Integers beyond this are not the same number in every JSON reader.
SAFE_INTEGER = 2**53 - 1

T = TypeVar("T")


class Text(fields.String):
    """A text that can be stored and hashed anywhere: bounded, no NUL, no lone surrogate."""

    def __init__(
        self, longest: int, *, shortest: int = 0, pattern: str = "", like: str = "", **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.longest, self.shortest = longest, shortest
        self.pattern, self.like = re.compile(pattern) if pattern else None, like

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **rest)
        if len(text) > self.longest:
            raise ValidationError(f"is {len(text)} characters long, at most {self.longest} are allowed.")
        if len(text.strip()) < self.shortest:
            raise ValidationError("must not be empty.")
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ValidationError("holds a character that can't be stored; remove it.")
        if self.pattern and not self.pattern.fullmatch(text):
            raise ValidationError(f"{json.dumps(text[:80], ensure_ascii=False)} is not {self.like}.")
        return text


class Whole(fields.Integer):
    """An integer within bounds; neither a float nor a boolean nor a text passes."""

    def __init__(self, least: int = 0, most: int = SAFE_INTEGER, **rest: Any) -> None:
        super().__init__(
            strict=True,
            validate=validate.Range(least, most, error=f"must be from {least} to {most}."),
            **rest,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        if type(value) is not int:
            raise ValidationError("must be a whole number.")
        return super()._deserialize(value, attr, data, **rest)


class Flag(fields.Boolean):
    """True or false, not "yes" and not 1."""

    def _deserialize(self, value: Any, *place: Any, **rest: Any) -> Any:
        if type(value) is not bool:
            raise ValidationError("must be true or false.")
        return super()._deserialize(value, *place, **rest)


class TupleOf(fields.List[Any]):
    """A list that arrives as a tuple, bounded in length."""

    def __init__(self, inner: fields.Field[Any], longest: int = 10_000, **rest: Any) -> None:
        super().__init__(inner, validate=validate.Length(max=longest), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **rest))


class Strict(Schema):
    """Unknown keys are refused; with ``target`` the loaded keys become that value."""

    target: ClassVar[Callable[..., Any] | None] = None

    class Meta:
        """Strict."""

        unknown = RAISE

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Build the value of this room."""
        return self.target(**data) if self.target else data


def words(*allowed: str, **rest: Any) -> fields.String:
    """Return a field for one of a few words."""
    choices = ", ".join(allowed)
    return fields.String(validate=validate.OneOf(allowed, error=f"must be one of: {choices}."), **rest)


def item_key(**rest: Any) -> Text:
    """Return a field for an item key, ``<step id>@<tag>``."""
    return Text(120, pattern=f"{STEP}@{TAG}", like="an item key like insulation-resistance@F03", **rest)


def tag(**rest: Any) -> Text:
    """Return a field for an equipment tag."""
    return Text(60, pattern=TAG, like="a tag like F03 or CH03.1", **rest)


def uuid7(**rest: Any) -> Text:
    """Return a field for an operation id."""
    return Text(36, pattern=UUID7, like="a UUIDv7 in lower case", **rest)


def sha256(**rest: Any) -> Text:
    """Return a field for a SHA-256 in lower-case hex."""
    return Text(64, pattern=SHA256, like="a SHA-256 in lower-case hex", **rest)


def load(schema: type[Strict], data: Any, what: str, kind: type[T]) -> T:
    """Load strictly into a value of this kind; ContractError names the first key that is wrong."""
    try:
        loaded = _instance(schema).load(data)
    except ValidationError as error:
        path, problem = first_problem(error.messages)
        raise ContractError(what, path, problem) from error
    if not isinstance(loaded, kind):
        raise TypeError(f"{schema.__name__} makes {type(loaded).__name__}, not {kind.__name__}.")
    return loaded


@cache
def _instance(schema: type[Strict]) -> Strict:
    """Schemas are made once; making one costs more than loading with it."""
    return schema()


def first_problem(messages: Any, path: str = "") -> tuple[str, str]:
    """Return the path and the sentence of the first problem that marshmallow reports."""
    while isinstance(messages, dict):
        key, messages = next(iter(messages.items()))
        if key != "_schema":
            path += f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
    problem = messages[0] if isinstance(messages, list) and messages else messages
    return path, _SENTENCES.get(str(problem), str(problem))


_SENTENCES = {
    "Unknown field.": "is not known here; remove it or correct its spelling.",
    "Missing data for required field.": "is missing.",
    "Not a valid string.": "must be a text.",
    "Not a valid list.": "must be a list.",
    "Field may not be null.": "must not be null.",
    "Invalid input type.": "must be an object with keys.",
}
