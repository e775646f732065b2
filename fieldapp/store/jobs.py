"""Job rows: background work, written in the transaction of the use case that wants it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app
from sqlalchemy import CursorResult, event, or_, update
from sqlmodel import Session, col, select

from fieldapp.clock import later, new_id, now
from fieldapp.problems import not_found
from fieldapp.tables import JobRow

WAKER = "fieldapp.wake"


def add(
    session: Session,
    kind: str,
    arguments: Mapping[str, Any],
    unique_key: str,
    *,
    site: str | None,
    person: str,
) -> JobRow:
    """Queue work unless the same work is queued already; a failed one is tried again."""
    at = now()
    row = session.exec(select(JobRow).where(JobRow.unique_key == unique_key)).first()
    if row is None:
        row = JobRow(
            id=new_id(), kind=kind, arguments=json.dumps(arguments), unique_key=unique_key, state="queued",
            run_after=at, site_id=site, person_id=person, created_at=at,
        )  # fmt: skip
    elif row.state == "failed":
        row.state, row.attempts, row.error, row.run_after, row.finished_at = "queued", 0, "", at, None
        row.progress_percent, row.message = 0, ""
    session.add(row)
    wake: Callable[[str], None] = current_app.extensions[WAKER]
    job_id = row.id
    # Only after the commit can another process see the row.
    event.listen(session, "after_commit", lambda _: wake(job_id), once=True)
    return row


def get(session: Session, job_id: str) -> JobRow | None:
    """Return a job."""
    return session.get(JobRow, job_id)


def arguments(session: Session, job_id: str, kind: str) -> dict[str, Any]:
    """Return what a job of this kind was asked to do; a job of another kind is none."""
    row = session.get(JobRow, job_id)
    if row is None or row.kind != kind:
        raise not_found("job")
    found: dict[str, Any] = json.loads(row.arguments)
    return found


def open_job(session: Session, site_id: str, kind: str) -> JobRow | None:
    """Return the queued or running job of one kind for a site."""
    query = select(JobRow).where(
        JobRow.site_id == site_id, JobRow.kind == kind, col(JobRow.state).in_(("queued", "running"))
    )
    return session.exec(query).first()


def claim(session: Session, job_id: str, owner: str, lease_seconds: int) -> JobRow | None:
    """Take a job that is due, or whose worker fell silent; None when somebody else has it."""
    at = now()
    due = (col(JobRow.state) == "queued") & (col(JobRow.run_after) <= at)
    silent = (col(JobRow.state) == "running") & (col(JobRow.lease_until) < at)
    taken = (
        update(JobRow)
        .where(col(JobRow.id) == job_id, or_(due, silent))
        .values(
            state="running", attempts=JobRow.attempts + 1, lease_until=later(lease_seconds), lease_owner=owner
        )
    )
    return session.get(JobRow, job_id, populate_existing=True) if _changed(session, taken) else None


def renew(session: Session, job_id: str, owner: str, lease_seconds: int) -> bool:
    """Keep the lease of a running job; False when it was lost."""
    values = {"lease_until": later(lease_seconds)}
    return _changed(session, update(JobRow).where(*_mine(job_id, owner)).values(**values))


def progress(session: Session, job_id: str, owner: str, percent: int, message: str) -> None:
    """Note how far a running job is."""
    _changed(
        session, update(JobRow).where(*_mine(job_id, owner)).values(progress_percent=percent, message=message)
    )


def finish(session: Session, job_id: str, owner: str, result: Mapping[str, Any]) -> bool:
    """Note that a job is done."""
    values = {
        "state": "done",
        "progress_percent": 100,
        "result": json.dumps(result),
        "error": "",
        "finished_at": now(),
    }
    return _changed(session, update(JobRow).where(*_mine(job_id, owner)).values(**values, lease_until=None))


def fail(session: Session, job_id: str, owner: str, error: str, retry_in: float | None) -> bool:
    """Note that a job failed: for good, or to be tried again after some seconds."""
    if retry_in is None:
        values: dict[str, Any] = {"state": "failed", "finished_at": now()}
    else:
        values = {"state": "queued", "run_after": later(retry_in)}
    return _changed(
        session, update(JobRow).where(*_mine(job_id, owner)).values(**values, error=error, lease_until=None)
    )


def due(session: Session) -> list[str]:
    """Return the jobs that somebody should take now: queued and due, or running with an expired lease."""
    at = now()
    queued = (col(JobRow.state) == "queued") & (col(JobRow.run_after) <= at)
    silent = (col(JobRow.state) == "running") & (col(JobRow.lease_until) < at)
    return list(session.exec(select(JobRow.id).where(or_(queued, silent)).order_by(col(JobRow.run_after))))


def _mine(job_id: str, owner: str) -> tuple[Any, ...]:
    return col(JobRow.id) == job_id, col(JobRow.lease_owner) == owner, col(JobRow.state) == "running"


def _changed(session: Session, statement: Any) -> bool:
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount > 0
