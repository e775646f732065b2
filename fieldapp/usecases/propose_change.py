"""What contractors recorded as built: an engineer accepts it as a new revision of the site, or refuses it."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from designs.errors import DesignError
from designs.site_text import with_as_built, with_revision
from fieldapp.clock import now
from fieldapp.problems import Problem
from fieldapp.store import journal, operations, revisions, sites
from fieldapp.store.database import reading, session
from fieldapp.store.journal import Draft
from fieldapp.tables import SiteRow
from fieldapp.usecases import permissions, projection, revise_site
from fieldapp.usecases.plain_text import plain_text
from fieldapp.usecases.view_revisions import proposal_views, value_of
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import ProposalView


def list_proposals(viewer: Viewer, site_id: str) -> tuple[ProposalView, ...]:
    """Return the recorded deviations of a site, the open ones first."""
    with reading() as db:
        return _views(db, permissions.site_for(db, viewer, site_id, "read_journal"))


def _views(db: Session, site: SiteRow) -> tuple[ProposalView, ...]:
    items = {row.item for row in revisions.proposals(db, site.id)}
    history: dict[str, tuple[Any, ...]] = {}
    for kept in operations.kept(db, site.id, items) if items else ():
        history[kept.operation.item] = (*history.get(kept.operation.item, ()), kept)
    return proposal_views(db, site, sites.generated(db, site), history)


def site_text_with(viewer: Viewer, site_id: str, proposals: Sequence[str]) -> str:
    """Return the site file with some recorded deviations put in; one that can't be says why."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "decide_deviation")
        known = {each.id: each for each in _views(db, site)}
        text = with_revision(sites.generated(db, site).site_text, site.design_revision)
    changes: dict[str, dict[str, object]] = {}
    for wanted in dict.fromkeys(proposals):
        each = known.get(wanted)
        if each is None:
            raise Problem("not_found", what=f"proposal {wanted}")
        _refuse_unfit(each, changes)
        changes.setdefault(each.tag, {})[each.property] = value_of(each.property, each.value)
    if not changes:
        raise Problem("invalid", where="Proposals", problem="choose at least one.")
    try:
        return with_as_built(text, changes)
    except DesignError as error:
        raise Problem("invalid", where="Site file", problem=str(error)) from error


def _refuse_unfit(each: ProposalView, changes: dict[str, dict[str, object]]) -> None:
    what = f"{each.tag}, {each.title}"
    if each.status != "open":
        raise Problem("wrong_state", state="open", why=f"the proposal for {what} was {each.status} already.")
    if each.problem:
        raise Problem("invalid", where=what, problem=each.problem)
    if each.property in changes.get(each.tag, {}):
        raise Problem("invalid", where=what, problem="two proposals say different things; refuse one first.")


def accept(viewer: Viewer, site_id: str, proposals: Sequence[str], reason: str = "") -> int:
    """Accept recorded deviations as a new revision, studied first; return its number."""
    text = site_text_with(viewer, site_id, proposals)
    return revise_site.revise_site(
        viewer, site_id, text, reason or _accepted(proposals), tuple(dict.fromkeys(proposals))
    )


def request_acceptance(viewer: Viewer, site_id: str, proposals: Sequence[str], reason: str = "") -> str:
    """Ask for the revision that some deviations make to be studied; return the job."""
    chosen = tuple(dict.fromkeys(proposals))
    text = site_text_with(viewer, site_id, chosen)
    return revise_site.request_preview(viewer, site_id, text, reason or _accepted(chosen), chosen)


def _accepted(proposals: Sequence[str]) -> str:
    count = len(set(proposals))
    return "Recorded on site, accepted as built." if count == 1 else f"{count} deviations accepted as built."


def refuse(viewer: Viewer, site_id: str, proposal: str, reason: str) -> int:
    """Refuse a recorded deviation with a reason that the contractor reads; return the journal number."""
    reason, at = plain_text(reason, "reason"), now()
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "decide_deviation", lock=True)
        row = next((each for each in revisions.proposals(db, site.id) if each.id == proposal), None)
        if row is None:
            raise Problem("not_found", what=f"proposal {proposal}")
        if row.status != "open":
            raise Problem("wrong_state", state=site.state, why=f"this proposal was {row.status} already.")
        body = {"proposal": proposal, "item": row.item, "reason": reason}
        entry = journal.append(db, site, [Draft(projection.REFUSED, body, viewer.id, at)], at)[0]
        projection.renew_proposals(db, site)
        projection.refold(db, site, [row.item])
    return entry.number
