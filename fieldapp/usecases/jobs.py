"""Background work as a person sees it: how far it is, what failed and why; tried again or called off."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from fieldapp.problems import Problem, not_found
from fieldapp.store import job_lists, jobs, people, sites
from fieldapp.store.database import reading, session
from fieldapp.tables import JobRow
from fieldapp.usecases import permissions, view_site
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import JobView

#: In the order of interest.
STATES = ("failed", "running", "queued", "done", "cancelled")
_TITLES: Mapping[str, str] = {
    "issue_pack": "Handover pack",
    "preview_site": "Study of a new site",
    "preview_revision": "Comparison of a revision",
    "open_rollout": "Rollout wave",
    "check_rollout": "Check of a rollout wave",
    "open_site": "Site of a rollout wave",
    "mail": "E-mail",
    "probe": "Probe run by an agent",
    "renditions": "Pictures for screen and print",
    "verify_objects": "Daily look at all stored files",
    "rejudge": "Judging anew after a change of certificates",
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a list; ``next_try`` is set while it waits after a failed attempt."""

    id: str
    kind: str
    title: str
    state: str
    runner: str
    site_id: str | None
    site: str
    asked_by: str
    created_at: str
    finished_at: str | None
    attempts: int
    next_try: str | None
    progress_percent: int
    message: str
    error: str
    cancelling: bool
    may_retry: bool
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class JobsView:
    """The newest jobs that a person is concerned with, and how many of each state there are."""

    lines: tuple[JobLine, ...]
    counts: Mapping[str, int]


def job_view(viewer: Viewer, job_id: str) -> JobView:
    """Return how far a job is, for who sees its site; without a site, for who asked for it."""
    with reading() as db:
        row = jobs.get(db, job_id)
        if row is None or not _sees(db, viewer, row):
            raise not_found("job")
    return JobView(
        row.id,
        row.kind,
        jobs.ended(row.state),
        row.progress_percent,
        row.message,
        row.error,
        json.loads(row.result),
    )


def _sees(db: Session, viewer: Viewer, row: JobRow) -> bool:
    if row.site_id is None:
        return row.person_id == viewer.id
    site = sites.get(db, row.site_id)
    return site is not None and permissions.sees(db, viewer, site)


def list_jobs(viewer: Viewer, states: Collection[str] = ()) -> JobsView:
    """Return the newest jobs of the sites that the viewer sees, and their organisation's without a site."""
    permissions.require_role(viewer, "manage_jobs")
    for state in states:
        if state not in STATES:
            raise Problem("invalid", where="state", problem=f"must be one of {', '.join(STATES)}.")
    allowed = _allowed(viewer)
    with reading() as db:
        lines = _lines(db, viewer, job_lists.listed(db, allowed, states))
        return JobsView(lines, job_lists.counts(db, allowed))


def failed_jobs(viewer: Viewer) -> int:
    """Return how many failed jobs the viewer looks after."""
    if not permissions.has_verb(viewer, "manage_jobs"):
        return 0
    allowed = _allowed(viewer)
    with reading() as db:
        return job_lists.counts(db, allowed).get("failed", 0)


def job_line(viewer: Viewer, job_id: str) -> JobLine:
    """Return one job of those that the viewer is concerned with."""
    allowed = _allowed(viewer)
    with reading() as db:
        return _lines(db, viewer, [_concerning(db, job_id, allowed)])[0]


def retry_job(viewer: Viewer, job_id: str) -> None:
    """Queue a job again that failed or was cancelled."""
    allowed = _allowed(viewer)
    with session() as db:
        row = _to_manage(db, viewer, job_id, allowed)
        if row.state not in jobs.RETRIABLE:
            raise Problem(
                "wrong_job_state", state=row.state, why="only what failed or was cancelled is tried again."
            )
        jobs.retry(db, row)


def cancel_job(viewer: Viewer, job_id: str) -> str:
    """Call a job off; return "cancelled", or "running" when whoever runs it has yet to notice."""
    allowed = _allowed(viewer)
    with session() as db:
        row = _to_manage(db, viewer, job_id, allowed)
        state = jobs.cancel(db, job_id)
        if state is None:
            raise Problem("wrong_job_state", state=row.state, why="it has ended already.")
    return state


def _allowed(viewer: Viewer) -> Any:
    seen = [site.id for site in view_site.list_sites(viewer)]
    looks_after = permissions.has_verb(viewer, "manage_jobs")
    return job_lists.concerning(seen, viewer.id, viewer.organisation_id if looks_after else None)


def _concerning(db: Session, job_id: str, allowed: Any) -> JobRow:
    row = jobs.get(db, job_id)
    if row is None or not job_lists.is_concerned(db, job_id, allowed):
        raise not_found("job")
    return row


def _to_manage(db: Session, viewer: Viewer, job_id: str, allowed: Any) -> JobRow:
    row = _concerning(db, job_id, allowed)
    if row.person_id != viewer.id:
        permissions.require_role(viewer, "manage_jobs")
    return row


def _lines(db: Session, viewer: Viewer, rows: list[JobRow]) -> tuple[JobLine, ...]:
    named = {row.site_id for row in rows} - {None}
    names = {site_id: site.name for site_id in named if site_id and (site := sites.get(db, site_id))}
    asked = {
        key: pair[0].name for key, pair in people.people(db, {row.person_id or "" for row in rows}).items()
    }
    looks_after = permissions.has_verb(viewer, "manage_jobs")
    return tuple(_line(row, names, asked, may=looks_after or row.person_id == viewer.id) for row in rows)


def _line(row: JobRow, names: Mapping[str, str], asked: Mapping[str, str], *, may: bool) -> JobLine:
    waits = row.state == "queued" and row.attempts > 0
    title = _TITLES.get(row.kind, row.kind.replace("_", " ").capitalize())
    return JobLine(
        row.id, row.kind, title, row.state, row.runner, row.site_id, names.get(row.site_id or "", ""),
        asked.get(row.person_id or "", ""), row.created_at, row.finished_at, row.attempts,
        row.run_after if waits else None, row.progress_percent, row.message, row.error,
        row.cancel_requested_at is not None and row.state == "running",
        may and row.state in jobs.RETRIABLE,
        may and row.state in ("queued", "running") and row.cancel_requested_at is None,
    )  # fmt: skip
