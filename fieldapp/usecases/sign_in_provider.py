"""Sign in with an OpenID Connect provider: it vouches for people who are known here, and never makes any."""

from fieldapp.clock import now
from fieldapp.oidc import Identity
from fieldapp.problems import Problem
from fieldapp.store import events, identities, people
from fieldapp.store.database import session
from fieldapp.store.people import Pair
from fieldapp.tables import IdentityRow
from fieldapp.usecases.viewer import Viewer, viewer_of

_UNKNOWN = (
    "nobody here has the address {email}. Ask your administrator for an invitation to exactly this one."
)
_UNVERIFIED = (
    "your provider has not verified the address {email}. Verify it there first, or sign in with a password."
)
_ANOTHER = "another account of this provider belongs to {email} already. Ask your administrator."
_INACTIVE = "your access was ended. Ask your administrator."
_MAX_SUBJECT = 255


def sign_in(identity: Identity) -> Viewer:
    """Return who an identity belongs to; the first time it is joined to whoever has its verified address."""
    if not 0 < len(identity.subject) <= _MAX_SUBJECT:
        raise _refused("your provider did not say who you are.")
    at = now()
    with session() as db:
        row = identities.get(db, identity.issuer, identity.subject)
        if row is not None:
            row.last_used_at = at
            pair = people.person(db, row.person_id)
        else:
            pair = _by_address(people.person_by_email(db, identity.email), identity)
            _refuse_second(identities.of_person(db, pair[0].id), identity)
            db.add(
                IdentityRow(
                    issuer=identity.issuer, subject=identity.subject, person_id=pair[0].id,
                    created_at=at, last_used_at=at,
                )
            )  # fmt: skip
            events.about(db, pair, "identity_joined", f"{pair[0].name} at {identity.issuer}", pair[0].id)
        if pair is None or not pair[0].active:
            raise _refused(_INACTIVE)
        return viewer_of(pair)


def _by_address(pair: Pair | None, identity: Identity) -> Pair:
    email = identity.email or "(none)"
    # Checked first: who only claims an address learns nothing about it.
    if not identity.email_verified or not identity.email:
        raise _refused(_UNVERIFIED.format(email=email))
    if pair is None:
        raise _refused(_UNKNOWN.format(email=email))
    if not pair[0].active:
        raise _refused(_INACTIVE)
    return pair


def _refuse_second(known: list[IdentityRow], identity: Identity) -> None:
    """An address may pass from one person to another at the provider; access here does not pass with it."""
    if any(row.issuer == identity.issuer for row in known):
        raise _refused(_ANOTHER.format(email=identity.email))


def _refused(why: str) -> Problem:
    return Problem("provider_refused", why=why)
