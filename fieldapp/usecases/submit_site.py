"""Submit a site for review: nothing may be open, incomplete, in conflict, undecided or returned."""

from dataclasses import asdict

from checklists.progress import progress
from fieldapp.clock import now
from fieldapp.problems import Problem
from fieldapp.store import journal, sites
from fieldapp.store.database import session
from fieldapp.store.journal import Draft
from fieldapp.usecases import permissions, projection, sign_offs, states
from fieldapp.usecases.viewer import Viewer


def submit_site(viewer: Viewer, site_id: str) -> int:
    """Submit a site; return the journal number."""
    at = now()
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "submit", lock=True)
        states.require(site, "submit")
        found = progress(sites.generated(db, site).checklists, sites.states(db, site.id))
        refuse_blocked(found.blocks_submission)
        states.move(site, "submit")
        body = {"state_digest": projection.state_digest(db, site)}
        entry = journal.append(db, site, [Draft("submitted", body, viewer.id, at)], at)[0]
        sign_offs.add(db, site, entry)
    return entry.number


def refuse_blocked(blockers: tuple[object, ...]) -> None:
    """Refuse when anything stands in the way, with all of it in ``errors``."""
    if blockers:
        errors = [asdict(each) for each in blockers]  # type: ignore[call-overload]
        raise Problem("blocked", count=len(errors), first=errors[0]["reason"], extra={"errors": errors})
