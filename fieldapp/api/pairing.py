"""Pairing of a tablet by a code: whom it is for, and using it up."""

from typing import Any

from marshmallow import Schema, fields, validate

from fieldapp import auth
from fieldapp.api.openapi import PREFIX, ApiBlueprint, StrictSchema
from fieldapp.api.schemas import KeySchema, SignedInSchema, TabletSchema
from fieldapp.api.tablets import signed_in
from fieldapp.usecases import pair_tablet
from fieldapp.usecases.protocol import PROTOCOL, spoken

blueprint = ApiBlueprint("pairing", __name__, url_prefix=PREFIX, description="Pair a tablet")


class CodeSchema(StrictSchema):
    """A code as it was scanned or typed."""

    code = fields.String(required=True, validate=validate.Length(1, 100))


class PairSchema(CodeSchema):
    """A tablet with a code, and the key of the person whom it is for."""

    tablet = fields.Nested(TabletSchema, required=True)
    key = fields.Nested(KeySchema, required=True)
    protocol = fields.Integer(load_default=1, strict=True, metadata={"example": PROTOCOL})


class WhomSchema(Schema):
    """Somebody as a code names them."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    organisation = fields.String(required=True)


class OfferedSchema(Schema):
    """Whom a code is for."""

    person = fields.Nested(WhomSchema, required=True)
    expires_at = fields.String(required=True)


@blueprint.post("/tablets/pairing")
@blueprint.arguments(CodeSchema)
@blueprint.response(200, OfferedSchema)
@blueprint.refuses(403, 429)
@blueprint.doc(security=[])
def look(given: dict[str, Any]) -> dict[str, Any]:
    """Say whom a code is for; it stays good."""
    with auth.few_guesses("pairing_refused"):
        found = pair_tablet.look(given["code"])
    person = {key: getattr(found.person, key) for key in ("id", "name", "organisation")}
    return {"person": person, "expires_at": found.expires_at}


@blueprint.post("/tablets/pair")
@blueprint.arguments(PairSchema)
@blueprint.response(200, SignedInSchema)
@blueprint.refuses(403, 409, 426, 429)
@blueprint.doc(security=[])
def pair(given: dict[str, Any]) -> dict[str, Any]:
    """Pair a tablet and sign its person in."""
    spoken(given["protocol"])  # first: a code is not used up by a tablet that can't go on
    with auth.few_guesses("pairing_refused"):
        found = pair_tablet.pair(given["code"], given["tablet"], given["key"])
    return signed_in(found, given["protocol"])
