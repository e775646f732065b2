"""Sign-in, sync and receipts of a tablet."""

from typing import Any

from flask import Response, jsonify

from fieldapp import auth
from fieldapp.api.answers import bearer
from fieldapp.api.openapi import PREFIX, ApiBlueprint
from fieldapp.api.schemas import (
    PushedSchema,
    PushSchema,
    ReceiptsQuerySchema,
    ReceiptsSchema,
    SignedInSchema,
    SignInSchema,
)
from fieldapp.clock import now
from fieldapp.usecases import receipts, sign_in_tablet, sync_tablet
from fieldapp.usecases.protocol import announced, spoken

blueprint = ApiBlueprint("tablets", __name__, url_prefix=PREFIX, description="A tablet and its person")


@blueprint.post("/tablets/sign-in")
@blueprint.arguments(SignInSchema)
@blueprint.response(200, SignedInSchema)
@blueprint.refuses(401, 403, 409, 426, 429)
@blueprint.doc(security=[])
def sign_in(given: dict[str, Any]) -> dict[str, Any]:
    """Sign a person in on a tablet and register their key."""
    auth.throttle()
    found = sign_in_tablet.sign_in(given["email"], given["password"], given["tablet"], given["key"])
    return signed_in(found, given["protocol"])


def signed_in(found: sign_in_tablet.SignedIn, protocol: object) -> dict[str, Any]:
    """Return what a tablet is told that has just signed somebody in."""
    viewer, announcement = found.viewer, announced(protocol)
    # Protocol 1 knows no address: its tablets sign in by typing one.
    keys = ("id", "name", "organisation") if protocol == 1 else ("id", "name", "organisation", "email")
    return {
        "token": found.token,
        "expires_at": found.expires_at,
        "person": {key: getattr(viewer, key) for key in keys},
        "key": found.key,
        **announcement,
        "server_time": now(),
    }


@blueprint.post("/sync")
@blueprint.arguments(PushSchema)
@blueprint.response(200, PushedSchema)
@blueprint.refuses(426)
def sync(batch: dict[str, Any]) -> Response:
    """Take an ordered batch of operations; one result each, and what is here now."""
    pushed = sync_tablet.push(bearer(), batch)
    # As it is: to look at every result once more takes as long as to journal it.
    return jsonify({"server_time": now(), **pushed.document()})


@blueprint.get("/receipts")
@blueprint.arguments(ReceiptsQuerySchema, location="query")
@blueprint.response(200, ReceiptsSchema)
@blueprint.refuses(426)
def receipt(query: dict[str, Any]) -> dict[str, Any]:
    """Say what of the person's work on the tablet is durably here."""
    return receipts.receipts(bearer(), query["tablet"], spoken(query["protocol"]))
