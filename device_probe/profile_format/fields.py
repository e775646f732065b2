"""The kinds of value that a key of a profile can hold, each with its words for what is wrong."""

import math
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

TABLES = ("holding", "input", "coil", "discrete")


class Strict(Schema):
    """A schema that refuses keys it does not know."""

    class Meta:
        """marshmallow's options."""

        unknown = RAISE


def _finite_number(value: object) -> None:
    # text that looks like a number is refused, because YAML reads 1e3 as text
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValidationError("must be a number")


def _true_or_false(value: object) -> None:
    if not isinstance(value, bool):
        raise ValidationError("must be true or false")


def raw_pattern(value: object) -> None:
    """Refuse what is no raw value of registers."""
    not_a_number = value.lower() == "nan" if isinstance(value, str) else value != value
    if not not_a_number and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValidationError("must be a raw number (such as 0xFFFF) or NaN")


def raw_patterns(value: object) -> None:
    """Refuse what is neither a raw value nor a list of them."""
    for pattern in value if isinstance(value, list) else [value]:
        raw_pattern(pattern)


def text(means: str, **more: Any) -> fields.String:
    """Return the field of a text."""
    return fields.String(metadata={"means": means}, error_messages={"invalid": "must be text"}, **more)


def one_of(values: tuple[Any, ...], means: str, **more: Any) -> fields.Field[Any]:
    """Return the field of one of several words."""
    check = validate.OneOf(values, error="must be one of: {choices}")
    return text(means, validate=check, **more)


def whole(low: int, high: int, means: str, **more: Any) -> fields.Integer:
    """Return the field of a whole number within bounds."""
    between = validate.Range(low, high, error="must be between {min} and {max}")
    return fields.Integer(
        strict=True, validate=between, metadata={"means": means},
        error_messages={"invalid": "must be a whole number"}, **more,
    )  # fmt: skip


def choice(values: tuple[int, ...], means: str, **more: Any) -> fields.Integer:
    """Return the field of one of several whole numbers."""
    check = validate.OneOf(values, error="must be one of: {choices}")
    return fields.Integer(
        strict=True, validate=check, metadata={"means": means},
        error_messages={"invalid": "must be a whole number"}, **more,
    )  # fmt: skip


def number(means: str) -> fields.Field[Any]:
    """Return the field of a number."""
    return fields.Raw(validate=_finite_number, metadata={"means": means, "json": {"type": "number"}})


def flag(means: str) -> fields.Field[Any]:
    """Return the field of true or false."""
    return fields.Raw(validate=_true_or_false, metadata={"means": means, "json": {"type": "boolean"}})


def listed(inner: fields.Field[Any], means: str, **more: Any) -> fields.List[Any]:
    """Return the field of a list."""
    return fields.List(inner, metadata={"means": means}, error_messages={"invalid": "must be a list"}, **more)


def mapping(means: str, keys: Any = None, values: Any = None, **more: Any) -> fields.Dict:
    """Return the field of a mapping."""
    return fields.Dict(
        keys=keys, values=values, metadata={"means": means},
        error_messages={"invalid": "must be a mapping"}, **more,
    )  # fmt: skip


def nested(schema: type[Schema], means: str) -> fields.Nested:
    """Return the field of a mapping whose keys are known."""
    return fields.Nested(schema, metadata={"means": means}, error_messages={"type": "must be a mapping"})
