"""Where a rollout wave stands: every row with its site, or with why it is refused and what to do."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from designs import library
from fieldapp.config import settings
from fieldapp.problems import not_found
from fieldapp.store import jobs
from fieldapp.store.database import reading
from fieldapp.store.jobs import JobEnd
from fieldapp.usecases import permissions, rollout_file
from fieldapp.usecases.jobs import job_view
from fieldapp.usecases.open_rollout import CHECK, KIND, rollout_key
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import JobView

RowState = Literal["waiting", "studying", "open", "already", "refused", "ready"]
_STATES: Mapping[str, RowState] = {"queued": "waiting", "running": "studying", "failed": "refused"}


@dataclass(frozen=True, slots=True)
class RowStanding:
    """One row: its site once that is open, or why it is refused, with the findings of its study."""

    number: int
    name: str
    address: str
    design: str
    state: RowState
    site: str = ""
    reason: str = ""
    findings: tuple[Mapping[str, Any], ...] = ()

    @property
    def sentence(self) -> str:
        """Return why it is refused and, from its study, what to do."""
        errors = [each for each in self.findings if each["severity"] == "error"]
        remedy = errors[0]["remedy"] if errors else ""
        more = f" ({len(errors) - 1} more errors)" if len(errors) > 1 else ""
        return " ".join(part for part in (self.reason, remedy) if part) + more


@dataclass(frozen=True, slots=True)
class RolloutView:
    """A wave as its engineer sees it; ``rows`` is empty until all of them have been read."""

    job: JobView
    file: str
    only_check: bool
    rows: tuple[RowStanding, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many rows are in which state."""
        return Counter(row.state for row in self.rows)

    @property
    def refused(self) -> tuple[RowStanding, ...]:
        """Return the refused rows."""
        return tuple(row for row in self.rows if row.state == "refused")

    @property
    def left(self) -> int:
        """Return how many rows wait for their study."""
        return sum(row.state in ("waiting", "studying") for row in self.rows)

    @property
    def ended(self) -> bool:
        """True when nothing more will happen to this wave."""
        return self.job.state == "failed" or (self.job.state == "done" and self.left == 0)


def view_rollout(viewer: Viewer, job_id: str) -> RolloutView:
    """Return where a wave stands that the viewer asked for."""
    permissions.require_role(viewer, "open_site")
    job = job_view(viewer, job_id)
    asked = _arguments(job)
    taken = job.result.get("rows", []) if job.state == "done" else []
    with reading() as db:
        ends = jobs.ends(db, [each["value"] for each in taken if each["state"] == "queued" and each["value"]])
    rows = tuple(_standing(each, ends) for each in taken)
    return RolloutView(job, asked["file"], job.kind == CHECK, rows)


def find_rollout(viewer: Viewer, content: bytes) -> str:
    """Return the job of the wave that was opened from a file."""
    permissions.require_role(viewer, "open_site")
    with reading() as db:
        found = [jobs.with_key(db, rollout_key(viewer, content, again=again)) for again in (False, True)]
    waves = [row for row in found if row is not None]
    if not waves:
        raise not_found("rollout: this file has not been opened")
    return max(waves, key=lambda row: row.created_at).id


def refused_report(viewer: Viewer, job_id: str) -> str:
    """Return the refused rows of a wave as CSV with the reason: corrected, it is the next file."""
    found = view_rollout(viewer, job_id)
    asked = _arguments(found.job)
    designs = library.list_designs(settings().designs)
    file = rollout_file.read_rollout(asked["text"], asked["file"], designs)
    return rollout_file.refused_csv(file, {row.number: row.sentence for row in found.refused})


def content_of(viewer: Viewer, job_id: str) -> tuple[str, bytes]:
    """Return the name and the bytes of the file of a wave."""
    permissions.require_role(viewer, "open_site")
    asked = _arguments(job_view(viewer, job_id))
    return asked["file"], asked["text"].encode()


def _arguments(job: JobView) -> dict[str, Any]:
    if job.kind not in (KIND, CHECK):
        raise not_found("rollout")
    with reading() as db:
        return jobs.arguments(db, job.id, job.kind)


def _standing(taken: Mapping[str, Any], ends: Mapping[str, JobEnd]) -> RowStanding:
    head = (taken["number"], taken["name"], taken["address"], taken["design"])
    if taken["state"] == "refused":
        return RowStanding(*head, "refused", reason=taken["value"])
    if taken["state"] == "already":
        return RowStanding(*head, "already", site=taken["value"])
    if not taken["value"]:
        return RowStanding(*head, "ready")
    end = ends.get(taken["value"])
    if end is None:
        return RowStanding(*head, "refused", reason="its work is gone from the database; feed the row again.")
    if end.state != "done":
        return RowStanding(*head, _STATES[end.state], reason=end.error if end.state == "failed" else "")
    result = json.loads(end.result)
    if "site" in result:
        return RowStanding(*head, "open", site=result["site"])
    return RowStanding(*head, "refused", reason=result["refused"], findings=tuple(result["findings"]))
