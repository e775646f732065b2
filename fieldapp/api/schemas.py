"""What travels over /api/v1, for checking requests and for the description."""

from typing import Any

from marshmallow import Schema, fields, validate

from fieldapp.api.openapi import StrictSchema
from fieldapp.usecases.protocol import PROTOCOL

UUID = validate.Regexp(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", error="must be a UUID in lower case.")
_PRINTABLE = validate.Regexp(r"[^\x00-\x1f\ud800-\udfff]+\Z", error="must be plain text.")


class TabletSchema(StrictSchema):
    """A tablet as it names itself."""

    id = fields.String(required=True, validate=UUID)
    name = fields.String(required=True, validate=[validate.Length(1, 100), _PRINTABLE])


class KeySchema(Schema):
    """A public key as JWK; WebCrypto adds members such as ext and key_ops."""

    kty = fields.String(required=True)
    crv = fields.String(required=True)
    x = fields.String(required=True, validate=validate.Length(max=100))
    y = fields.String(required=True, validate=validate.Length(max=100))
    d = fields.String()

    class Meta:
        """Read what is needed."""

        unknown = "exclude"


class SignInSchema(StrictSchema):
    """A person signs in on a tablet."""

    email = fields.String(required=True, validate=[validate.Length(1, 254), _PRINTABLE])
    password = fields.String(required=True, validate=validate.Length(1, 1000))
    tablet = fields.Nested(TabletSchema, required=True)
    key = fields.Nested(KeySchema, required=True)
    protocol = fields.Integer(load_default=1, strict=True, metadata={"example": PROTOCOL})


class PersonSchema(Schema):
    """Somebody with their organisation."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    organisation = fields.String(required=True)
    email = fields.String()


class SignedInSchema(Schema):
    """A fresh token."""

    token = fields.String(required=True)
    expires_at = fields.String(required=True)
    person = fields.Nested(PersonSchema, required=True)
    key = fields.String(required=True)
    protocol = fields.Integer(required=True)
    protocols = fields.List(fields.Integer())
    server_time = fields.String(required=True)


class PushSchema(StrictSchema):
    """A batch of operations; each is checked by itself, so that one bad one stops no other."""

    protocol = fields.Integer(required=True, strict=True, metadata={"example": PROTOCOL})
    tablet = fields.String(required=True, validate=UUID)
    sent_at = fields.String(validate=validate.Length(max=40))
    operations = fields.List(fields.Raw(allow_none=True), required=True)


class ResultSchema(Schema):
    """What became of one operation."""

    id = fields.String(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(
            ["applied", "duplicate", "conflict", "pending", "rejected", "quarantined"],
        ),
    )
    reason = fields.String(required=True)
    number = fields.Integer(required=True, allow_none=True)


def ranges(**rest: Any) -> fields.List[Any]:
    """Return a field for the first and last of the sequence numbers that are missing between others."""
    pair = fields.List(fields.Integer(), validate=validate.Length(equal=2))
    return fields.List(pair, **rest)


class ReceiptSchema(Schema):
    """What is here of one person on one tablet."""

    contiguous = fields.Integer(required=True)
    gaps = ranges(required=True)
    held = fields.Integer(required=True)


class PushedSchema(Schema):
    """One result per operation, in the order sent; receipt and clock from protocol 2 on."""

    server_time = fields.String(required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)
    receipt = fields.Nested(ReceiptSchema)
    clock_offset_s = fields.Float(allow_none=True)


class SiteSchema(Schema):
    """A site in a list."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    state = fields.String(required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)


class SitesSchema(Schema):
    """The sites a person may work on."""

    sites = fields.List(fields.Nested(SiteSchema), required=True)


class AfterSchema(StrictSchema):
    """Where to go on."""

    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**31 - 1))


class RunSchema(StrictSchema):
    """Which probe run, by its journal number; left out: the latest."""

    run = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 2**31 - 1))


class TabletQuerySchema(StrictSchema):
    """Which tablet."""

    tablet = fields.String(required=True, validate=UUID)


class ProtocolQuerySchema(StrictSchema):
    """Which version of the protocol the answer is for."""

    protocol = fields.Integer(load_default=1)


class ReceiptsQuerySchema(TabletQuerySchema, ProtocolQuerySchema):
    """Which tablet, in which version."""


class SubmitSchema(StrictSchema):
    """What is submitted: the site, or one of its sections."""

    section = fields.String(load_default="", validate=[validate.Length(1, 64), _PRINTABLE])


class SubmittedSchema(Schema):
    """The new state of the site or the section."""

    state = fields.String(required=True)
    number = fields.Integer(required=True)


class ProbeRunSchema(Schema):
    """A probe run as judged here."""

    id = fields.String(required=True)
    verdict = fields.String(required=True)
    number = fields.Integer(required=True)


class RefusedObjectSchema(Schema):
    """Bytes that were no evidence, and why."""

    sha256 = fields.String(required=True)
    reason = fields.String(required=True)


class ReceiptsSchema(Schema):
    """What the server vouches for."""

    tablet = fields.String(required=True)
    person = fields.String(required=True)
    contiguous = fields.Integer(required=True)
    gaps = ranges()
    held = fields.List(fields.String(), required=True)
    missing_objects = fields.List(fields.String(), required=True)
    refused_objects = fields.List(fields.Nested(RefusedObjectSchema))
    journal_heads = fields.List(fields.Dict(), required=True)
    server_time = fields.String(required=True)


class JournalSchema(Schema):
    """Entries without gaps."""

    entries = fields.List(fields.Dict(), required=True)
    number = fields.Integer(required=True)
    hash = fields.String(required=True)
