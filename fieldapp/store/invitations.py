"""Invitations and links for a new password."""

from typing import Any

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from fieldapp.clock import now
from fieldapp.tables import InvitationRow, PersonRow


def get(session: Session, invitation_id: str) -> InvitationRow | None:
    """Return an invitation."""
    return session.get(InvitationRow, invitation_id)


def open_with_hash(session: Session, secret_hash: str) -> InvitationRow | None:
    """Return the invitation that a link leads to while it can be accepted."""
    query = select(InvitationRow).where(InvitationRow.hash == secret_hash, *_open())
    return session.exec(query).first()


def open_for(session: Session, email: str, organisation_id: str) -> InvitationRow | None:
    """Return the open invitation of an address to an organisation."""
    query = select(InvitationRow).where(
        InvitationRow.kind == "join",
        InvitationRow.email == email,
        InvitationRow.organisation_id == organisation_id,
        *_open(),
    )
    return session.exec(query).first()


def of_organisation(session: Session, organisation_id: str) -> list[InvitationRow]:
    """Return the invitations by an organisation's people that still stand or expired, newest first."""
    query = (
        select(InvitationRow)
        .join(PersonRow, col(InvitationRow.invited_by) == PersonRow.id)
        .where(
            InvitationRow.kind == "join",
            PersonRow.organisation_id == organisation_id,
            col(InvitationRow.accepted_at).is_(None),
            col(InvitationRow.revoked_at).is_(None),
        )
    )
    return list(session.exec(query.order_by(col(InvitationRow.created_at).desc())))


def accept(session: Session, invitation_id: str) -> bool:
    """Use an open invitation up; False when somebody was faster."""
    query = update(InvitationRow).where(col(InvitationRow.id) == invitation_id, *_open())
    result = session.execute(query.values(accepted_at=now()))
    return isinstance(result, CursorResult) and result.rowcount == 1


def close_links(session: Session, person_id: str) -> None:
    """Revoke every open link for a new password of a person."""
    query = update(InvitationRow).where(
        col(InvitationRow.kind) == "new_password", col(InvitationRow.person_id) == person_id, *_open()
    )
    session.execute(query.values(revoked_at=now()))


def _open() -> tuple[Any, ...]:
    return (
        col(InvitationRow.accepted_at).is_(None),
        col(InvitationRow.revoked_at).is_(None),
        col(InvitationRow.expires_at) > now(),
    )
