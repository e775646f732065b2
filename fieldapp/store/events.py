"""What was done to people, tokens, tablets and instruments: rows that are added and never changed."""

from sqlmodel import Session, col, or_, select

from fieldapp.clock import now
from fieldapp.store.people import Pair
from fieldapp.tables import AdminEventRow, PersonRow


def add(
    session: Session, kind: str, subject: str, detail: str, *, organisation: str, actor: str | None
) -> None:
    """Note what happened in an organisation; without an actor it was done at the machine itself."""
    session.add(
        AdminEventRow(
            at=now(), kind=kind, organisation_id=organisation, actor=actor, subject=subject, detail=detail
        )
    )


def about(session: Session, pair: Pair, kind: str, detail: str, actor: str | None) -> None:
    """Note what happened to a person."""
    add(session, kind, pair[0].id, detail, organisation=pair[1].id, actor=actor)


def listed(session: Session, organisation_id: str, before: int, limit: int) -> list[AdminEventRow]:
    """Return the latest events of an organisation or of its people, below a number, the newest first."""
    own = select(PersonRow.id).where(PersonRow.organisation_id == organisation_id)
    mine = or_(AdminEventRow.organisation_id == organisation_id, col(AdminEventRow.actor).in_(own))
    query = select(AdminEventRow).where(mine, col(AdminEventRow.number) < before)
    return list(session.exec(query.order_by(col(AdminEventRow.number).desc()).limit(limit)))
