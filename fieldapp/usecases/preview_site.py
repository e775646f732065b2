"""Look at a site before it is opened: asked for on a page, studied by a worker, opened as looked at."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import jobs, sites
from fieldapp.store.database import reading, session
from fieldapp.store.sites import Generated
from fieldapp.usecases import open_site, permissions
from fieldapp.usecases.issue_pack import Tell
from fieldapp.usecases.jobs import job_view
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import JobView

KIND = "preview_site"


@dataclass(frozen=True, slots=True)
class Preview:
    """What was asked for, how far the work is, and what came of it (None before the end)."""

    job: JobView
    design_id: str
    text: str
    generated: Generated | None


def request_preview(viewer: Viewer, design_id: str, site_text: str) -> str:
    """Ask for a site to be studied; return the job. Wrong input is refused here and now."""
    permissions.require_role(viewer, "open_site")
    applied = open_site.apply_site(design_id, site_text, settings().designs)
    content = "\n".join((viewer.id, applied.design.digest, site_text))
    key = f"{KIND}:{hashlib.sha256(content.encode()).hexdigest()}"
    arguments = {"design": design_id, "text": site_text}
    with session() as db:
        return jobs.add(db, KIND, arguments, key, site=None, person=viewer.id).id


def make_preview(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Study a site and generate its checklists: the work of the job."""
    tell(10, "studying the design")
    generated = open_site.generate_site(arguments["design"], arguments["text"], settings().designs)
    tell(90, "drawing it")
    return sites.dump_generated(generated)


def preview(viewer: Viewer, job_id: str) -> Preview:
    """Return a preview that the viewer asked for."""
    permissions.require_role(viewer, "open_site")
    found = job_view(viewer, job_id)
    with reading() as db:
        asked = jobs.arguments(db, job_id, KIND)
    generated = sites.load_generated(found.result) if found.state == "done" else None
    return Preview(found, asked["design"], asked["text"], generated)


def open_previewed(viewer: Viewer, job_id: str) -> str:
    """Open the site that was looked at; return its id."""
    looked_at = preview(viewer, job_id)
    if looked_at.generated is None:
        raise Problem("wrong_state", state=looked_at.job.state, why="wait until the study has ended.")
    return open_site.open_generated(viewer, looked_at.generated)
