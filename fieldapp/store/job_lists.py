"""Lists of job rows for the people whose sites or wishes they are."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from fieldapp.tables import JobRow, PersonRow

#: So many jobs are shown at once, the newest first.
SHOWN = 200


def listed(session: Session, allowed: Any, states: Collection[str]) -> list[JobRow]:
    """Return the newest of the jobs that are ``allowed``; no states are all."""
    query = select(JobRow).where(allowed).order_by(col(JobRow.created_at).desc(), col(JobRow.id).desc())
    if states:
        query = query.where(col(JobRow.state).in_(sorted(states)))
    return list(session.exec(query.limit(SHOWN)))


def counts(session: Session, allowed: Any) -> dict[str, int]:
    """Return state -> number of the jobs that are ``allowed``."""
    query = select(JobRow.state, func.count()).where(allowed).group_by(JobRow.state)
    return dict(session.exec(query).all())


def concerning(sites: Collection[str], person: str, organisation: str | None) -> Any:
    """Return the condition for jobs of some sites, and of none when a person asked for them, or a colleague.

    ``organisation`` None: the person's own alone.
    """
    own: Any = col(JobRow.person_id) == person
    if organisation is not None:
        people = select(PersonRow.id).where(PersonRow.organisation_id == organisation)
        own = or_(own, col(JobRow.site_id).is_(None) & col(JobRow.person_id).in_(people))
    return or_(own, col(JobRow.site_id).in_(sorted(sites)))


def is_concerned(session: Session, job_id: str, allowed: Any) -> bool:
    """True when a job is among those that are ``allowed``."""
    return session.exec(select(JobRow.id).where(JobRow.id == job_id, allowed)).first() is not None
