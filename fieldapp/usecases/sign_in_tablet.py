"""Sign in on a tablet: password once, then a bearer token bound to the person's key on that tablet."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.clock import later, new_id, now
from fieldapp.config import settings
from fieldapp.passwords import matches
from fieldapp.problems import Problem
from fieldapp.signatures import KeyRefusedError, canonical_jwk, thumbprint
from fieldapp.store import people
from fieldapp.store.database import reading, session
from fieldapp.tables import TabletKeyRow, TabletRow, TokenRow
from fieldapp.usecases.viewer import Viewer, viewer_of

PROTOCOL = 1


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token belongs to, on which tablet, with which key."""

    viewer: Viewer
    tablet: str
    key: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh token; it is shown once and kept as a hash only."""

    token: str
    expires_at: str
    viewer: Viewer
    key: str


def check_password(email: str, password: str) -> Viewer:
    """Return the active person with this e-mail address and password."""
    with reading() as db:
        pair = people.person_by_email(db, email) if email.isprintable() else None
    # Outside the transaction: hashing takes its time on purpose.
    fits = matches(password, pair[0].password_hash if pair else None)
    if not fits or pair is None or not pair[0].active:
        raise Problem("bad_credentials")
    return viewer_of(pair)


def sign_in(email: str, password: str, tablet: Mapping[str, str], jwk: Mapping[str, object]) -> SignedIn:
    """Register tablet and key for a person and return a token."""
    viewer = check_password(email, password)
    try:
        key_id = thumbprint(jwk)
    except KeyRefusedError as error:
        raise Problem("invalid", where="key", problem=str(error)) from error
    token, at, expires = secrets.token_urlsafe(32), now(), later(settings().token_days * 86_400)
    with session() as db:
        _register(db, viewer, tablet, key_id, canonical_jwk(jwk), at)
        db.add(
            TokenRow(
                hash=_hash(token), id=new_id(), kind="tablet", name=tablet["name"], person_id=viewer.id,
                tablet_id=tablet["id"], key_id=key_id, created_at=at, expires_at=expires,
            )
        )  # fmt: skip
    return SignedIn(token, expires, viewer, key_id)


def _register(db: Session, viewer: Viewer, tablet: Mapping[str, str], key_id: str, jwk: str, at: str) -> None:
    if people.tablet(db, tablet["id"]) is None:
        db.add(TabletRow(id=tablet["id"], name=tablet["name"], created_at=at))
        db.flush()
    key = people.tablet_key(db, key_id)
    if key is None:
        db.add(TabletKeyRow(id=key_id, jwk=jwk, person_id=viewer.id, tablet_id=tablet["id"], created_at=at))
        db.flush()
    elif (key.person_id, key.tablet_id) != (viewer.id, tablet["id"]) or key.revoked_at:
        raise Problem("key_taken")


def authenticate(token: str) -> Bearer:
    """Return whose token this is."""
    with reading() as db:
        row = people.token(db, _hash(token))
        if row is None or row.revoked_at or row.expires_at <= now():
            raise Problem("token_invalid")
        pair = people.person(db, row.person_id)
        if pair is None or not pair[0].active:
            raise Problem("token_invalid")
        if row.tablet_id is None or row.key_id is None:
            raise Problem("token_invalid")
        return Bearer(viewer_of(pair), row.tablet_id, row.key_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
