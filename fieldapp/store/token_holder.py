"""Who a bearer token belongs to, asked at every request: everything that decides it in one look."""

from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.store import direct

_LOOK = (
    "SELECT token.id, token.hash, token.kind, token.expires_at, token.revoked_at, token.last_used_at, "
    "token.tablet_id, token.key_id, "
    "person.id, person.name, person.email, person.role, person.active, "
    "organisation.id, organisation.name, organisation.kind, "
    "tablet.id IS NOT NULL AND tablet.revoked_at IS NULL, "
    "CASE WHEN tablet_key.revoked_at IS NULL THEN tablet_key.jwk END, "
    "EXISTS (SELECT 1 FROM token_site WHERE token_site.token_id = token.id) "
    "FROM token JOIN person ON person.id = token.person_id "
    "JOIN organisation ON organisation.id = person.organisation_id "
    "LEFT JOIN tablet ON tablet.id = token.tablet_id LEFT JOIN tablet_key ON tablet_key.id = token.key_id "
    "WHERE token.hash = :hash"
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A token with its person, their organisation, its tablet and its key."""

    id: str
    hash: str
    kind: str
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None
    tablet_id: str | None
    key_id: str | None
    person_id: str
    name: str
    email: str
    role: str
    active: bool
    organisation_id: str
    organisation: str
    organisation_kind: str
    has_tablet: bool  # one that was not revoked
    jwk: str | None  # of the key, unless it was revoked
    names_sites: bool


def holder(session: Session, token_hash: str) -> Holder | None:
    """Return who holds the token with this hash."""
    found = direct.rows(session, _LOOK, hash=token_hash)
    return Holder(*found[0]) if found else None
