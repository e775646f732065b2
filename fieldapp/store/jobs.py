"""Job rows: background work, written in the transaction of the use case that wants it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask import current_app
from sqlalchemy import CursorResult, event, or_, update
from sqlmodel import Session, col, select

from fieldapp.clock import later, new_id, now
from fieldapp.problems import not_found
from fieldapp.tables import JobRow

WAKER = "fieldapp.wake"
#: Who does a job: one of our workers, or a probe agent at the site.
Runner = Literal["worker", "agent"]
#: States from which a job may be tried again.
RETRIABLE = ("failed", "cancelled")
_CALLED_OFF = "It was cancelled."
#: Databases take only so many values in one statement.
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How far a job is: its state, why it failed, and its result as JSON text."""

    state: str
    error: str
    result: str


def add(
    session: Session,
    kind: str,
    arguments: Mapping[str, Any],
    unique_key: str,
    *,
    site: str | None,
    person: str | None,
    runner: Runner = "worker",
) -> JobRow:
    """Queue work unless the same work is queued already; one that failed or was cancelled is tried again."""
    row = session.exec(select(JobRow).where(JobRow.unique_key == unique_key)).first()
    if row is None:
        at = now()
        row = JobRow(
            id=new_id(), kind=kind, arguments=json.dumps(arguments), unique_key=unique_key, state="queued",
            runner=runner, run_after=at, site_id=site, person_id=person, created_at=at,
        )  # fmt: skip
    elif row.state in RETRIABLE:
        _queue_again(row)
    session.add(row)
    _wake_after_commit(session, row)
    return row


def _queue_again(row: JobRow) -> None:
    """How often it was tried before stays on record."""
    row.state, row.run_after, row.cancel_requested_at = "queued", now(), None
    row.progress_percent, row.message, row.error, row.result, row.finished_at = 0, "", "", "{}", None


def _wake_after_commit(session: Session, row: JobRow) -> None:
    if row.runner != "worker":
        return
    wake: Callable[[str], None] = current_app.extensions[WAKER]
    job_id = row.id
    # Only after the commit can another process see the row.
    event.listen(session, "after_commit", lambda _: wake(job_id), once=True)


def retry(session: Session, row: JobRow) -> None:
    """Queue work anew that failed or was cancelled."""
    _queue_again(row)
    session.add(row)
    _wake_after_commit(session, row)


def put_again(session: Session, row: JobRow, arguments: Mapping[str, Any]) -> None:
    """Queue work anew that has ended, with other arguments."""
    row.arguments = json.dumps(arguments)
    retry(session, row)


def result(row: JobRow) -> dict[str, Any]:
    """Return what came of a job, empty before its end."""
    found: dict[str, Any] = json.loads(row.result)
    return found


def with_key(session: Session, unique_key: str) -> JobRow | None:
    """Return the job with a unique key."""
    return session.exec(select(JobRow).where(JobRow.unique_key == unique_key)).first()


def ended(state: str) -> str:
    """Return a state as whoever waits for a result sees it: what was cancelled has none, like what failed."""
    return "failed" if state == "cancelled" else state


def ends(session: Session, job_ids: Iterable[str]) -> dict[str, JobEnd]:
    """Return how far some jobs are, without what they were asked to do."""
    wanted = list(job_ids)
    found: dict[str, JobEnd] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(JobRow.id, JobRow.state, JobRow.error, JobRow.result)
        part = session.exec(query.where(col(JobRow.id).in_(wanted[start : start + _AT_ONCE])))
        found.update((job_id, JobEnd(ended(state), error, result)) for job_id, state, error, result in part)
    return found


def running(session: Session) -> list[tuple[str, str]]:
    """Return (job, owner) of every job that a worker has taken."""
    query = select(JobRow.id, JobRow.lease_owner).where(JobRow.state == "running", JobRow.runner == "worker")
    return [(job_id, owner or "") for job_id, owner in session.exec(query)]


def release(session: Session, job_id: str, owner: str) -> bool:
    """Give a running job back: whoever had it was stopped before its end."""
    values = {"state": "queued", "run_after": now(), "lease_until": None, "attempts": JobRow.attempts - 1}
    return _changed(session, update(JobRow).where(*_mine(job_id, owner)).values(**values))


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


def newest(session: Session, site_id: str, kind: str) -> str | None:
    """Return the id of the newest job of one kind for a site."""
    query = select(JobRow.id).where(JobRow.site_id == site_id, JobRow.kind == kind)
    return session.exec(query.order_by(col(JobRow.created_at).desc()).limit(1)).first()


def claim(
    session: Session, job_id: str, owner: str, lease_seconds: int, runner: Runner = "worker"
) -> JobRow | None:
    """Take a job that is due, or whose worker fell silent; None when somebody else has it."""
    taken = (
        update(JobRow)
        .where(col(JobRow.id) == job_id, *_due(runner))
        .values(
            state="running", attempts=JobRow.attempts + 1, lease_until=later(lease_seconds), lease_owner=owner
        )
    )
    return session.get(JobRow, job_id, populate_existing=True) if _changed(session, taken) else None


def renew(session: Session, job_id: str, owner: str, lease_seconds: int) -> bool:
    """Keep the lease of a running job; False when it was lost."""
    values = {"lease_until": later(lease_seconds)}
    return _changed(session, update(JobRow).where(*_mine(job_id, owner)).values(**values))


def progress(session: Session, job_id: str, owner: str, percent: int, message: str) -> bool:
    """Note how far a running job is; True when somebody wants it cancelled."""
    values = {"progress_percent": percent, "message": message}
    wanted = (
        update(JobRow)
        .where(*_mine(job_id, owner))
        .values(**values)
        .returning(col(JobRow.cancel_requested_at))
    )
    return session.execute(wanted).scalar() is not None


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


def finish_late(session: Session, job_id: str, result: Mapping[str, Any]) -> bool:
    """Note the result of an agent, late or not; False when there is one already, or none is wanted."""
    values = {"state": "done", "progress_percent": 100, "result": json.dumps(result), "error": ""}
    begun = col(JobRow.attempts) > 0, col(JobRow.state).in_(("queued", "running", "failed"))
    wanted = update(JobRow).where(col(JobRow.id) == job_id, col(JobRow.runner) == "agent", *begun)
    return _changed(session, wanted.values(**values, finished_at=now(), lease_until=None))


def fail(session: Session, job_id: str, owner: str, error: str, retry_in: float | None) -> bool:
    """Note that a job failed: for good, or to be tried again after some seconds."""
    if retry_in is None:
        values: dict[str, Any] = {"state": "failed", "finished_at": now()}
    else:
        values = {"state": "queued", "run_after": later(retry_in)}
    return _changed(
        session, update(JobRow).where(*_mine(job_id, owner)).values(**values, error=error, lease_until=None)
    )


def cancel(session: Session, job_id: str) -> str | None:
    """End a queued job, or ask whoever runs it to stop; return its state then, None when it had ended."""
    at, this = now(), col(JobRow.id) == job_id
    waiting = update(JobRow).where(this, col(JobRow.state) == "queued")
    if _changed(session, waiting.values(cancel_requested_at=at, **_cancelled(at))):
        return "cancelled"
    going = update(JobRow).where(this, col(JobRow.state) == "running")
    return "running" if _changed(session, going.values(cancel_requested_at=at)) else None


def end_cancelled(session: Session, job_id: str, owner: str) -> bool:
    """Note that a running job stopped because somebody wanted it."""
    return _changed(session, update(JobRow).where(*_mine(job_id, owner)).values(**_cancelled(now())))


def _cancelled(at: str) -> dict[str, Any]:
    return {"state": "cancelled", "error": _CALLED_OFF, "finished_at": at, "lease_until": None}


def end_silent(session: Session, most_attempts: int) -> None:
    """End what was to be cancelled and nobody works on, and what has ended worker after worker."""
    at = now()
    silent = (col(JobRow.state) == "running") & (col(JobRow.lease_until) < at)
    unwanted = col(JobRow.cancel_requested_at).is_not(None) & or_(col(JobRow.state) == "queued", silent)
    session.execute(update(JobRow).where(unwanted).values(**_cancelled(at)))
    error = f"Whoever worked on it fell silent, {most_attempts} times; it is not tried again by itself."
    lost = update(JobRow).where(silent, col(JobRow.attempts) >= most_attempts)
    session.execute(lost.values(state="failed", error=error, finished_at=at, lease_until=None))


def due(
    session: Session,
    kind: str | None = None,
    *,
    runner: Runner = "worker",
    sites: Iterable[str] | None = None,
) -> list[str]:
    """Return the jobs that somebody should take now: queued and due, or running with an expired lease."""
    query = select(JobRow.id).where(*_due(runner)).order_by(col(JobRow.run_after), col(JobRow.id))
    if kind is not None:
        query = query.where(JobRow.kind == kind)
    if sites is not None:
        query = query.where(col(JobRow.site_id).in_(sorted(sites)))
    return list(session.exec(query))


def _due(runner: Runner) -> tuple[Any, ...]:
    at = now()
    queued = (col(JobRow.state) == "queued") & (col(JobRow.run_after) <= at)
    silent = (col(JobRow.state) == "running") & (col(JobRow.lease_until) < at)
    wanted = col(JobRow.cancel_requested_at).is_(None)
    return col(JobRow.runner) == runner, wanted, or_(queued, silent)


def _mine(job_id: str, owner: str) -> tuple[Any, ...]:
    return col(JobRow.id) == job_id, col(JobRow.lease_owner) == owner, col(JobRow.state) == "running"


def _changed(session: Session, statement: Any) -> bool:
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount > 0
