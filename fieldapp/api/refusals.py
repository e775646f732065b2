"""What the description says of refusals: which statuses a route can answer with, each an RFC 9457 problem."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

#: status -> when it is answered. Codes and sentences: fieldapp/problems.py.
REFUSALS: Mapping[int, str] = {
    401: "Not signed in: no token, or one that is unknown, expired or revoked.",
    403: "Not allowed: another kind of token, or a role that doesn't do this.",
    404: "There is no such thing, or it isn't yours to see.",
    409: "Not now: what is there doesn't allow it; the sentence says what stands in the way.",
    413: "Too large; `limit` says how much may come at once.",
    415: "The body has another media type than the one asked for.",
    422: "Input not understood; the sentence names where and what.",
    426: "This version of the protocol is not spoken any more; `protocols` says which are.",
    429: "Too many attempts; wait a little.",
    500: "The server failed; what was sent before is kept.",
    503: "The database is busy or away; nothing was lost, try again.",
    507: "No room left; what arrived is kept.",
}


class ProblemSchema(Schema):
    """RFC 9457 with the code of our catalogue."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.List(fields.Raw())
    offset = fields.Integer()
    limit = fields.Integer()
    protocols = fields.List(fields.Integer())


def refusal(status: int) -> dict[str, Any]:
    """Return how a status is described."""
    content = {"application/problem+json": {"schema": ProblemSchema}}
    return {"description": REFUSALS[status], "content": content}


def prepare_refusals(doc: dict[str, Any], doc_info: Mapping[str, Any], **_: Any) -> dict[str, Any]:
    """Describe what every route like this one can refuse, instead of a default that says nothing."""
    by_hand = doc_info.get("manual_doc", {})
    found = {500, 503}
    if by_hand.get("security") != []:
        found |= {401, 403}
    if "requestBody" in doc or "requestBody" in by_hand:
        found |= {413, 415, 422}
    if "parameters" in doc:
        found.add(422)
    responses = doc.setdefault("responses", {})
    for given in ("default", 422, "422"):
        responses.pop(given, None)
    responses.update({str(status): refusal(status) for status in sorted(found)})
    return doc
