"""Probe runs by an agent at the site: asked for here, claimed with a lease, their report taken once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from device_probe.model import ProbeReport
from fieldapp.clock import new_id
from fieldapp.config import settings
from fieldapp.job_lease import wait_before
from fieldapp.problems import Problem, not_found
from fieldapp.store import agents, jobs, sites, tokens
from fieldapp.store.database import reading, session
from fieldapp.store.jobs import Runner
from fieldapp.tables import JobRow
from fieldapp.usecases import permissions, record_probe
from fieldapp.usecases.jobs import JobLine, job_line
from fieldapp.usecases.record_probe import Through
from fieldapp.usecases.site_plan import site_plan
from fieldapp.usecases.tokens import Bearer
from fieldapp.usecases.viewer import Viewer

KIND = "probe"
_AGENT: Runner = "agent"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that an agent has now: what to read, and until when it has to give a sign of life."""

    id: str
    kind: str
    site: str
    attempt: int
    plan: Mapping[str, Any]
    lease_seconds: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report; ``taken`` False: the job had another's report already, which is told."""

    id: str
    verdict: str
    number: int
    taken: bool


@dataclass(frozen=True, slots=True)
class AgentStanding:
    """The agents that have a token for a site, and the newest job that one of them was or is asked to do."""

    agents: tuple[str, ...]
    job: JobLine | None


class _AlreadyDone(Exception):  # noqa: N818 - not an error: somebody was faster
    """Another report came first."""


def ask_for_probe(viewer: Viewer, site_id: str) -> str:
    """Ask the agent at a site for a probe run; return the job. Asking while one waits gives the same job."""
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "upload_probe", lock=True)
        permissions.require_state(site, "upload_probe")
        if waiting := jobs.open_job(db, site.id, KIND):
            return waiting.id
        if not agents.names_at(db, site.id):
            raise Problem("no_agent")
        key = f"{KIND}:{site.id}:{new_id()}"
        return jobs.add(db, KIND, {}, key, site=site.id, person=viewer.id, runner=_AGENT).id


def standing(viewer: Viewer, site_id: str) -> AgentStanding:
    """Return which agents can read a site's devices, and how far the newest job is."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id)
        names, newest = agents.names_at(db, site.id), jobs.newest(db, site.id, KIND)
    return AgentStanding(names, job_line(viewer, newest) if newest else None)


def claim(agent: Bearer) -> Claimed | None:
    """Take the oldest job that waits at the sites of an agent's token; None when there is none."""
    seconds = settings().job_lease_seconds
    with session() as db:
        row = next(filter(None, (_take(db, agent, job_id, seconds) for job_id in _due(db, agent))), None)
    if row is None or row.site_id is None:
        return None
    return Claimed(row.id, row.kind, row.site_id, row.attempts, site_plan(agent.viewer, row.site_id), seconds)


def _due(db: Session, agent: Bearer) -> list[str]:
    found = (sites.get(db, site_id) for site_id in sorted(agent.sites or ()))
    seen = [site.id for site in found if site and permissions.sees(db, agent.viewer, site)]
    return jobs.due(db, runner=_AGENT, sites=seen)


def _take(db: Session, agent: Bearer, job_id: str, seconds: int) -> JobRow | None:
    return jobs.claim(db, job_id, _owner(agent), seconds, _AGENT)


def progress(agent: Bearer, job_id: str, percent: int, message: str) -> tuple[bool, int]:
    """Renew the lease and note how far the agent is; return whether to stop, and the seconds of the lease."""
    seconds = settings().job_lease_seconds
    with session() as db:
        row = _job(db, agent, job_id)
        if row.state == "cancelled":
            return True, 0
        if not jobs.renew(db, job_id, _owner(agent), seconds):
            raise Problem("lease_lost")
        return jobs.progress(db, job_id, _owner(agent), percent, message), seconds


def result(agent: Bearer, job_id: str, report: Mapping[str, Any]) -> Taken:
    """Record the report of a job under the rules of every report; late ones too, but one for each job.

    The author is who made the agent's token; the journal says through which agent, and for which job.
    """
    with reading() as db:
        row = _job(db, agent, job_id)
        if first := _first(row):
            return _answer(first, report)
        _refuse_unwanted(row)
        words = _words(db, agent, row)

    def recorded(db: Session, number: int, judged: ProbeReport) -> None:
        found = {"run": judged.id, "verdict": judged.verdict, "number": number}
        if not jobs.finish_late(db, job_id, found):
            raise _AlreadyDone

    try:
        number, judged = record_probe.record(agent.viewer, str(row.site_id), report, Through(words, recorded))
    except _AlreadyDone:
        return _told(agent, job_id, report)
    return Taken(judged.id, judged.verdict, number, taken=True)


def fail(agent: Bearer, job_id: str, reason: str, *, again: bool) -> str:
    """Note why an agent has no report; return the state of the job then."""
    with session() as db:
        row = _job(db, agent, job_id)
        if row.state == "cancelled" or (
            row.cancel_requested_at and jobs.end_cancelled(db, job_id, _owner(agent))
        ):
            return "cancelled"
        final = not again or row.attempts % settings().job_attempts == 0
        text = f"The agent says: {reason}"
        if not jobs.fail(db, job_id, _owner(agent), text, None if final else wait_before(row.attempts)):
            raise Problem("lease_lost")
        return "failed" if final else "queued"


def _told(agent: Bearer, job_id: str, report: Mapping[str, Any]) -> Taken:
    """What came first while this report was on its way."""
    with reading() as db:
        row = _job(db, agent, job_id)
        if first := _first(row):
            return _answer(first, report)
        _refuse_unwanted(row)
    raise Problem("busy")


def _first(row: JobRow) -> dict[str, Any] | None:
    return jobs.result(row) if row.state == "done" else None


def _answer(first: Mapping[str, Any], report: Mapping[str, Any]) -> Taken:
    return Taken(first["run"], first["verdict"], first["number"], taken=report.get("id") == first["run"])


def _refuse_unwanted(row: JobRow) -> None:
    if row.state == "cancelled":
        why = "its report is not wanted; one that matters can be uploaded on the page Device probe."
        raise Problem("wrong_job_state", state=row.state, why=why)
    if row.attempts == 0:
        raise Problem("wrong_job_state", state=row.state, why="no agent has claimed it yet.")


def _words(db: Session, agent: Bearer, row: JobRow) -> dict[str, str]:
    token = tokens.with_id(db, agent.id)
    return {
        "agent": token.name if token else "",
        "token": agent.id,
        "job": row.id,
        "asked_by": row.person_id or "",
    }


def _job(db: Session, agent: Bearer, job_id: str) -> JobRow:
    """Return an agent's job at a site that its token names and its maker sees."""
    row = jobs.get(db, job_id)
    if row is None or row.runner != _AGENT or row.site_id is None:
        raise not_found("job")
    site = sites.get(db, row.site_id)
    if site is None or not permissions.sees(db, agent.viewer, site):
        raise not_found("job")
    return row


def _owner(agent: Bearer) -> str:
    return f"agent:{agent.id}"
