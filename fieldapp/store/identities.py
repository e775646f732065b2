"""Whom an OpenID Connect provider knows as whom."""

from sqlmodel import Session, select

from fieldapp.tables import IdentityRow


def get(session: Session, issuer: str, subject: str) -> IdentityRow | None:
    """Return an identity."""
    return session.get(IdentityRow, (issuer, subject))


def of_person(session: Session, person_id: str) -> list[IdentityRow]:
    """Return the identities of a person."""
    return list(session.exec(select(IdentityRow).where(IdentityRow.person_id == person_id)))
