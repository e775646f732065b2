"""The shape of a profile file as JSON Schema, from the same keys that the code checks."""

from typing import Any

from marshmallow import Schema, fields, validate

from device_probe import quantities
from device_probe.profile import SIGN_FAMILIES, SIGNS
from device_probe.profile_format.fields import TABLES
from device_probe.profile_format.keys import (
    RAW_PATTERN,
    IdentityPointSchema,
    PointSchema,
    ProfileSchema,
)

STRIDE = {"type": "integer", "minimum": 0, "maximum": 65535}
SPECIAL: dict[str, Any] = {
    "addresses_from": {
        "anyOf": [
            STRIDE,
            {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(TABLES, STRIDE)},
        ]
    },
    "na": {"anyOf": [{"type": "null"}, *RAW_PATTERN["anyOf"], {"type": "array", "items": RAW_PATTERN}]},
    "connector_stride": {
        "anyOf": [
            STRIDE,
            {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(TABLES, STRIDE)},
        ]
    },
    "zero_based_addresses": {"const": True},
    "sign": {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {**{family: {"enum": list(SIGNS)} for family in SIGN_FAMILIES}, "note": {}},
    },
    "points": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {
            "pattern": "^(" + "|".join(q.pattern().pattern for q in quantities.VOCABULARY) + ")$"
        },
        "additionalProperties": {"$ref": "#/$defs/point"},
    },
    "identity": {
        "type": "object",
        "properties": {"fc43": {"type": "object", "additionalProperties": {"type": "string"}}},
        "additionalProperties": {"$ref": "#/$defs/identity"},
    },
}


def json_schema() -> dict[str, Any]:
    """Return the contract docs/contracts/profile.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "profile.schema.json",
        "title": "Device profile",
        "description": "One device profile (YAML). What its parts must be to one another (units, overlaps, "
        "limits) `device-probe profile check` says.",
        **_object(ProfileSchema()),
        "$defs": {"point": _object(PointSchema()), "identity": _object(IdentityPointSchema())},
    }


def _object(schema: Schema) -> dict[str, Any]:
    named = {field.data_key or name: field for name, field in schema.fields.items()}
    return {
        "type": "object",
        "required": [name for name, field in named.items() if field.required],
        "additionalProperties": False,
        "properties": {name: _property(name, field) for name, field in named.items()},
    }


def _property(name: str, field: fields.Field[Any]) -> dict[str, Any]:
    words = {"description": field.metadata["means"]} if field.metadata.get("means") else {}
    return {**(SPECIAL[name] if name in SPECIAL else _value(field)), **words}


def _value(field: fields.Field[Any]) -> dict[str, Any]:
    found = _kind(field)
    for check in field.validators:
        if isinstance(check, validate.Range):
            found |= {"minimum": check.min, "maximum": check.max}
        elif isinstance(check, validate.OneOf):
            found = {"enum": list(check.choices)}
        elif isinstance(check, validate.Length) and check.equal is not None:
            found |= {"minItems": check.equal, "maxItems": check.equal}
        elif isinstance(check, validate.Length):
            found |= {"minItems": check.min}
        elif isinstance(check, validate.Regexp):
            found |= {"pattern": "^" + str(check.regex.pattern).replace(r"\Z", "$")}
    if field.allow_none and "type" in found:
        found["type"] = [found["type"], "null"]
    return found


def _kind(field: fields.Field[Any]) -> dict[str, Any]:
    if "json" in field.metadata:
        return dict(field.metadata["json"])
    if isinstance(field, fields.Nested):
        return _object(field.schema)
    if isinstance(field, fields.List):
        return {"type": "array", "items": _value(field.inner)}
    if isinstance(field, fields.Dict):
        return _mapping(field)
    return {"type": "integer" if isinstance(field, fields.Integer) else "string"}


def _mapping(field: fields.Dict) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object"}
    key, value = field.key_field, field.value_field
    if isinstance(key, fields.Integer):  # JSON knows no other keys than text
        found["propertyNames"] = {"pattern": "^-?[0-9]+$"}
    elif key is not None and key.validators:
        found["propertyNames"] = _value(key)
    if value is not None:
        found["additionalProperties"] = _value(value)
    return found
