"""Sign in on a tablet: password once, then a bearer token bound to the person's key on that tablet."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.clock import later, new_id, now
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.signatures import KeyRefusedError, canonical_jwk, thumbprint
from fieldapp.store import people
from fieldapp.store.database import session
from fieldapp.tables import TabletKeyRow, TokenRow
from fieldapp.usecases.admit_tablet import admit_by_password, admit_pen
from fieldapp.usecases.check_password import check_password
from fieldapp.usecases.tokens import Bearer, authenticate, hash_of
from fieldapp.usecases.viewer import Viewer

__all__ = ["Bearer", "SignedIn", "authenticate", "check_password", "sign_in"]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh token; it is shown once and kept as a hash only."""

    token: str
    expires_at: str
    viewer: Viewer
    key: str


def sign_in(
    email: str, password: str, tablet: Mapping[str, str], jwk: Mapping[str, object], *, is_pen: bool = False
) -> SignedIn:
    """Register tablet and key for a person and return a token; a pen is the server's own, and no tablet."""
    viewer, at = check_password(email, password), now()
    key = read_key(jwk)
    with session() as db:
        if is_pen:
            admit_pen(db, tablet, at)
        else:
            admit_by_password(db, viewer, tablet, at)
        return give_token(db, viewer, tablet, key, at)


def read_key(jwk: Mapping[str, object]) -> tuple[str, str]:
    """Return thumbprint and canonical text of a public key."""
    try:
        return thumbprint(jwk), canonical_jwk(jwk)
    except KeyRefusedError as error:
        raise Problem("invalid", where="key", problem=str(error)) from error


def give_token(
    db: Session, viewer: Viewer, tablet: Mapping[str, str], key: tuple[str, str], at: str
) -> SignedIn:
    """Register the person's key on a tablet that is registered, and return a fresh token for both."""
    key_id, jwk = key
    token, expires = secrets.token_urlsafe(32), later(settings().token_days * 86_400)
    _register(db, viewer, tablet, key_id, jwk, at)
    db.add(
        TokenRow(
            hash=hash_of(token), id=new_id(), kind="tablet", name=tablet["name"], person_id=viewer.id,
            tablet_id=tablet["id"], key_id=key_id, created_at=at, expires_at=expires,
        )
    )  # fmt: skip
    return SignedIn(token, expires, viewer, key_id)


def _register(db: Session, viewer: Viewer, tablet: Mapping[str, str], key_id: str, jwk: str, at: str) -> None:
    key = people.tablet_key(db, key_id)
    if key is None:
        db.add(TabletKeyRow(id=key_id, jwk=jwk, person_id=viewer.id, tablet_id=tablet["id"], created_at=at))
        db.flush()
    elif (key.person_id, key.tablet_id) != (viewer.id, tablet["id"]) or key.revoked_at:
        raise Problem("key_taken")
