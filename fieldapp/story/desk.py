"""The desks of the story: reviewer and service person, through the use cases that the pages call."""

import time
from collections.abc import Callable
from pathlib import Path

from fieldapp.story.errors import StoryError
from fieldapp.usecases import issue_pack, jobs, review_site
from fieldapp.usecases.demo_people import DemoPerson
from fieldapp.usecases.manage_people import find_person
from fieldapp.usecases.viewer import Viewer
from reports.model import Verification

PACK_SECONDS = 600


class PackError(StoryError):
    """The worker could not make the pack."""


def people_by_role(people: tuple[DemoPerson, ...]) -> dict[str, Viewer]:
    """Return one person of each role, the first one named."""
    found: dict[str, Viewer] = {}
    for person in people:
        if person.role not in found:
            found[person.role] = find_person(person.email)
    return found


def approve(reviewer: Viewer, site: str) -> str:
    """Approve the site; return what happened as a sentence."""
    number = review_site.approve_site(reviewer, site)
    return f"{reviewer.name}, who recorded nothing on this site, approved it (journal entry {number})."


def issue(viewer: Viewer, site: str, progress: Callable[[str, int, int], None]) -> str:
    """Ask for the pack and wait until the worker has made it; return its id."""
    job, deadline = issue_pack.request_pack(viewer, site), time.monotonic() + PACK_SECONDS
    while time.monotonic() < deadline:
        view = jobs.job_view(viewer, job)
        progress(view.message or "waiting for the worker", view.progress_percent, 100)
        if view.state == "failed":
            raise PackError(f"The pack could not be made: {view.error}")
        if view.state == "done":
            return str(view.result["pack"])
        time.sleep(0.3)
    raise PackError(f"The worker did not finish the pack within {PACK_SECONDS // 60} minutes.")


def download(service: Viewer, pack_id: str, folder: Path) -> tuple[Path, Verification]:
    """Download the pack as a service person does, keep it in ``folder``, verify what was kept."""
    data, name = issue_pack.pack_file(service, pack_id)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{pack_id[:8]}-{name}"
    path.write_bytes(data)
    return path, issue_pack.verify_pack(path.read_bytes())
