"""Raw blocks, figures and findings as JSON, wherever they stand: marshmallow schemas and the way back."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from device_probe.model import Figure, Finding
from device_probe.profile_schema import Strict


def is_moment(text: str) -> None:
    """Refuse what is no moment with its distance from UTC: the times of a report are compared."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year < 1970:
        raise ValidationError("must be a moment like 2026-05-11T08:30:00Z, from 1970 on.")


class BlockSchema(Strict):
    """The registers of one answered request."""

    unit = fields.Integer(required=True, strict=True)
    table = fields.String(required=True)
    address = fields.Integer(required=True, strict=True)
    count = fields.Integer(required=True, strict=True)
    data_hex = fields.String(required=True, validate=validate.Regexp(r"([0-9a-f]{2})*\Z"))
    taken_at = fields.String(required=True, validate=is_moment)

    @validates_schema
    def check_length(self, data: dict[str, Any], **_: object) -> None:
        """Refuse evidence that is shorter or longer than the request it claims to answer."""
        bits = data["table"] in ("coil", "discrete")
        size = (data["count"] + 7) // 8 if bits else 2 * data["count"]
        if len(data["data_hex"]) != 2 * size:
            raise ValidationError({"data_hex": [f"must hold {size} bytes for {data['count']} values"]})


class FigureSchema(Strict):
    """One named figure."""

    name = fields.String(required=True)
    value = fields.Raw(required=True)
    unit = fields.String(load_default="")


class FindingSchema(Strict):
    """One finding."""

    code = fields.String(required=True)
    severity = fields.String(required=True, validate=validate.OneOf(("error", "warning", "info")))
    tag = fields.String(required=True)
    sentence = fields.String(required=True)
    figures = fields.List(fields.Nested(FigureSchema), load_default=list)
    limit = fields.Nested(FigureSchema, load_default=None, allow_none=True)
    clause = fields.String(load_default="")
    remedy = fields.String(load_default="")
    phase = fields.String(load_default=None, allow_none=True)


def finding_of(raw: dict[str, Any]) -> Finding:
    """Return a checked finding as its value."""
    figures = tuple(Figure(**figure) for figure in raw["figures"])
    return Finding(**{**raw, "figures": figures, "limit": Figure(**raw["limit"]) if raw["limit"] else None})
