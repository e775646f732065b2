"""JSON of operations (docs/contracts/README.md). What is signed is kept as it came, byte for byte."""

import copy
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from checklists.canonical import OPERATION, canonical_json
from checklists.criterion_schema import ValueSchema
from checklists.errors import ContractError
from checklists.fields import (
    PLAIN_ID,
    THUMBPRINT,
    UUID,
    Strict,
    Text,
    TupleOf,
    Whole,
    first_problem,
    item_key,
    load,
    sha256,
    tag,
    uuid7,
    words,
)
from checklists.model import KeptOperation, Operation
from checklists.plain_operation import read_plain

#: The longest canonical form of one operation; a signature's strokes are the largest part.
MAX_OPERATION_BYTES = 256 * 1024
#: What stands in front of the canonical form in the bytes that are signed.
SIGNED = OPERATION.encode() + b"\n"
MAX_PHOTO_BYTES = 64 * 1024 * 1024
MAX_REVISION = 100_000
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif")

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


class Moment(Text):
    """A time with its offset, ISO 8601; kept as text so that the signed bytes stay the same."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(40, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **rest)
        try:
            if _TIME.fullmatch(text):
                datetime.fromisoformat(text)
                return text
        except ValueError:
            pass
        raise ValidationError(f"“{text}” is not a time with offset like 2026-11-22T09:14:03.120+01:00.")


class AnswerBody(Strict):
    """The value a person entered, the instrument it came from, and why it replaces an earlier one.

    ``because`` is left out at a first answer. "mistyped" says that the earlier answer was never a reading.
    """

    value = fields.Nested(ValueSchema, required=True)
    instrument = Text(64, pattern=PLAIN_ID, like="the id of an instrument", allow_none=True)
    because = words("mistyped", "repaired", "repeated")


class NotApplicableBody(Strict):
    """Why the item does not apply here."""

    reason = Text(2000, shortest=1, required=True)


class RetractBody(Strict):
    """Nothing: the item is open again."""


class PhotoBody(Strict):
    """A photo by its hash; the bytes travel by themselves."""

    sha256 = sha256(required=True)
    size = Whole(1, MAX_PHOTO_BYTES, required=True)
    media_type = words(*MEDIA_TYPES, required=True)
    caption = Text(500, required=True)


class NoteBody(Strict):
    """A note beside the item."""

    text = Text(4000, shortest=1, required=True)


class SignatureBody(Strict):
    """A statement signed by hand; ``digest`` is the state digest signed, "" when made offline."""

    statement = Text(2000, shortest=1, required=True)
    name = Text(200, shortest=1, required=True)
    digest = Text(64, pattern="(?:[0-9a-f]{64})?", like="a state digest or empty", required=True)
    strokes = fields.List(
        fields.List(
            fields.List(Whole(-100_000, 100_000), validate=validate.Length(equal=2)),
            validate=validate.Length(1, 20_000),
        ),
        validate=validate.Length(1, 1_000),
        required=True,
    )


class DeviationBody(Strict):
    """What differs from the drawing at a tag: one of designs.as_built.PROPERTIES, or ``other`` in words.

    A property that this release does not know is kept all the same: an engineer decides about it.
    """

    tag = tag(required=True)
    property = Text(40, pattern="[a-z][a-z0-9_]*", like="a property like cable", required=True)
    value = Text(500, shortest=1, required=True)
    reason = Text(2000, shortest=1, required=True)


BODIES: dict[str, Strict] = {
    "answer": AnswerBody(),
    "not_applicable": NotApplicableBody(),
    "retract": RetractBody(),
    "photo": PhotoBody(),
    "note": NoteBody(),
    "signature": SignatureBody(),
    "deviation": DeviationBody(),
}


class OperationSchema(Strict):
    """An operation; its body is checked by its kind and kept as it came."""

    target = Operation
    schema = Whole(1, 1, required=True)
    id = uuid7(required=True)
    site = Text(64, pattern=PLAIN_ID, like="a site id", required=True)
    item = item_key(required=True)
    kind = words(*BODIES, required=True)
    body = fields.Raw(required=True)
    base = TupleOf(uuid7(), longest=64, required=True)
    tablet = Text(36, pattern=UUID, like="a UUID in lower case", required=True)
    key = Text(43, pattern=THUMBPRINT, like="a key id (RFC 7638 thumbprint)", required=True)
    seq = Whole(1, required=True)
    recorded_at = Moment(required=True)
    revision = Whole(2, MAX_REVISION)

    @validates_schema
    def body_of_kind(self, data: dict[str, Any], **_: Any) -> None:
        """Check the body by the kind."""
        problems = BODIES[data["kind"]].validate(data["body"])
        if problems:
            path, problem = first_problem(problems)
            raise ValidationError(problem, f"body.{path}" if path else "body")

    @validates_schema
    def base_in_order(self, data: dict[str, Any], **_: Any) -> None:
        """Check that the base is sorted, unique and does not name the operation itself."""
        base = data["base"]
        if list(base) != sorted(set(base)):
            raise ValidationError("must be sorted, each id once.", "base")
        if data["id"] in base:
            raise ValidationError("must not name the operation itself.", "base")


class KeptSchema(Strict):
    """An operation with what the server added."""

    op = fields.Raw(required=True)
    author = Text(64, pattern=PLAIN_ID, like="the id of a person", required=True)
    number = Whole(1, required=True)
    received_at = Moment(required=True)
    clock_offset_s = fields.Float(allow_nan=False, allow_none=True)
    adopted_by = Text(64, pattern=PLAIN_ID, like="the id of a person")


def dump_operation(operation: Operation) -> dict[str, Any]:
    """Return an operation as the JSON that is signed; a first revision is not named."""
    return _document(operation) | {"body": copy.deepcopy(dict(operation.body))}


def _document(operation: Operation) -> dict[str, Any]:
    document = {
        "schema": operation.schema,
        "id": operation.id,
        "site": operation.site,
        "item": operation.item,
        "kind": operation.kind,
        "body": operation.body,
        "base": list(operation.base),
        "tablet": operation.tablet,
        "key": operation.key,
        "seq": operation.seq,
        "recorded_at": operation.recorded_at,
    }
    return document | {"revision": operation.revision} if operation.revision > 1 else document


def load_operation(data: Any) -> Operation:
    """Return the operation of some JSON; ContractError names the key that is wrong."""
    return read_operation(copy.deepcopy(data))[0]


def read_operation(data: Any) -> tuple[Operation, bytes]:
    """Return the operation of JSON that nobody changes any more, and its canonical form."""
    operation = read_plain(data) or load(OperationSchema, data, "operation", Operation)
    canonical = canonical_json(_document(operation))
    if len(canonical) > MAX_OPERATION_BYTES:
        raise ContractError(
            "operation", "", f"is {len(canonical)} bytes long, at most {MAX_OPERATION_BYTES} are allowed."
        )
    return operation, canonical


def dump_kept(kept: KeptOperation) -> dict[str, Any]:
    """Return a kept operation as JSON: ``{op, author, number, received_at}`` and what is known besides."""
    document = {
        "op": dump_operation(kept.operation),
        "author": kept.author,
        "number": kept.number,
        "received_at": kept.received_at,
    }
    return document | beside(kept)


def beside(kept: KeptOperation) -> dict[str, Any]:
    """Return what is known of some operations only: the clock of the tablet, and who let it in."""
    found: dict[str, Any] = {}
    if kept.clock_offset_s is not None or kept.clock_unknown:
        found["clock_offset_s"] = kept.clock_offset_s
    return found | ({"adopted_by": kept.adopted_by} if kept.adopted_by else {})


def load_kept(data: Any) -> KeptOperation:
    """Return the kept operation of some JSON."""
    loaded = load(KeptSchema, data, "kept operation", dict)
    return kept_of(
        load_operation(loaded["op"]), loaded["author"], loaded["number"], loaded["received_at"], loaded
    )


def kept_of(
    operation: Operation, author: str, number: int, received_at: str, body: Mapping[str, Any]
) -> KeptOperation:
    """Return an operation with what the server added; ``body`` is that of its journal entry.

    A clock offset that is null was asked for and not told; one that is absent never travelled.
    """
    offset = body.get("clock_offset_s")
    unknown = "clock_offset_s" in body and offset is None
    return KeptOperation(
        operation, author, number, received_at, offset, unknown, adopted_by=body.get("adopted_by")
    )
