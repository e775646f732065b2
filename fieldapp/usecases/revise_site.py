"""Revise a site: another site file or design revision, studied anew, with what becomes of the recorded work.

Extending a finished site is the same: more stations in the file, and every tag stays what it was.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from checklists.carry import Carry, carry
from checklists.generate import generate
from designs import library
from designs.compare import Comparison, compare, touched
from designs.errors import DesignError
from designs.site_text import with_revision
from fieldapp.clock import now
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import jobs, journal, revisions, sites
from fieldapp.store.database import reading, session
from fieldapp.store.journal import Draft
from fieldapp.store.sites import Generated
from fieldapp.tables import SiteRow
from fieldapp.usecases import open_site, permissions, projection, section_states, states
from fieldapp.usecases.issue_pack import Tell
from fieldapp.usecases.jobs import job_view
from fieldapp.usecases.plain_text import plain_text
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import JobView

KIND = "preview_revision"


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision that could be made of a site: what was generated, what differs, what becomes of the work."""

    base: int  # the revision that it was compared with
    generated: Generated
    comparison: Comparison
    carry: Carry
    proposals: tuple[str, ...] = ()

    @property
    def changes_anything(self) -> bool:
        """True when there is something to revise."""
        changed = any(self.carry.of(each) for each in ("stale", "new", "withdrawn"))
        return bool(self.comparison.sentences()) or changed


@dataclass(frozen=True, slots=True)
class RevisionPreview:
    """What was asked for, how far the work is, and what came of it (None before the end)."""

    job: JobView
    site_id: str
    text: str
    reason: str
    proposals: tuple[str, ...]
    revision: Revision | None


def site_file(viewer: Viewer, site_id: str) -> str:
    """Return the present file of a site, to edit; it names the design revision that the site stands on."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "revise")
        return _file_of(db, site)


def _file_of(db: Session, site: SiteRow) -> str:
    return with_revision(sites.generated(db, site).site_text, site.design_revision)


def prepare(viewer: Viewer, site_id: str, site_text: str, proposals: Sequence[str] = ()) -> Revision:
    """Return the revision that a site file would make, studied (seconds); nothing is kept."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "revise")
        _refuse_decided(db, site, proposals)
        base, before, design = site.revision, sites.generated(db, site), site.design_id
    generated = open_site.generate_site(design, site_text, settings().designs, "site file")
    return _compared(base, before, generated, tuple(proposals))


def _compared(base: int, before: Generated, after: Generated, proposals: tuple[str, ...]) -> Revision:
    # by a rule set without data there are none, and the study's own finding refuses the revision
    lists = tuple(generate(after.site_design, after.study, revision=base + 1)) if after.checklists else ()
    items = {item.key: item for checklist in lists for item in checklist.items}
    after = replace(after, checklists=lists, items=items)
    comparison = compare((before.site_design, before.study), (after.site_design, after.study))
    lost = touched(comparison, after.site_design.one_line)
    return Revision(base, after, comparison, carry(before.checklists, after.checklists, lost), proposals)


def revise_site(
    viewer: Viewer, site_id: str, site_text: str, reason: str, proposals: Sequence[str] = ()
) -> int:
    """Make a site file the next revision of a site; it studies the site first, so it is for command lines."""
    plain_text(reason, "reason")
    return keep(viewer, site_id, prepare(viewer, site_id, site_text, proposals), reason)


def keep(viewer: Viewer, site_id: str, revision: Revision, reason: str) -> int:
    """Make what was prepared the next revision of the site and return its number.

    The study may not refuse it. When somebody else revised the site meanwhile, nothing is done: 409.
    """
    reason, at = plain_text(reason, "reason"), now()
    open_site.refuse_bad_study(revision.generated.study)
    if not revision.changes_anything:
        raise Problem("invalid", where="Site file", problem="it says what the site is already.")
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "revise", lock=True)
        _refuse_overtaken(site, revision)
        _refuse_decided(db, site, revision.proposals)
        _keep(db, viewer, site, revision, reason, at)
    return revision.base + 1


def _keep(db: Session, viewer: Viewer, site: SiteRow, made: Revision, reason: str, at: str) -> None:
    generated, number = made.generated, made.base + 1
    design, parameters = generated.site_design.design, generated.site_design.parameters
    digests = open_site.digests_of(generated)
    sites.add_revision(db, site.id, number, generated, open_site.sha256_of(digests), at)
    site.name, site.address, site.timezone = parameters.name, parameters.address, parameters.timezone
    site.design_revision, site.revision = design.revision, number
    states.move(site, "revise")
    section_states.revise(db, site)
    body = {
        "revision": number,
        "name": parameters.name,
        "address": parameters.address,
        "timezone": parameters.timezone,
        "design": {"id": design.id, "revision": design.revision, "digest": design.digest},
        "digests": digests,
        "reason": reason,
        "proposals": sorted(made.proposals),
        "comparison": {
            "summary": made.comparison.summary,
            "sentences": list(made.comparison.sentences()),
        },
        "items": _items(made.carry),
    }
    db.flush()
    journal.append(db, site, [Draft(revisions.REVISED, body, viewer.id, at)], at)
    projection.renew_proposals(db, site)
    projection.refold(db, site)


def _items(found: Carry) -> dict[str, Any]:
    return {
        "carried": len(found.of("carried")),
        "stale": [{"item": each.item, "reason": each.reason} for each in found.of("stale")],
        "new": [each.item for each in found.of("new")],
        "withdrawn": [each.item for each in found.of("withdrawn")],
        "why": {each.item: each.reason for each in (*found.of("new"), *found.of("withdrawn"))},
    }


def _refuse_overtaken(site: SiteRow, revision: Revision) -> None:
    if site.revision != revision.base:
        raise Problem(
            "wrong_state",
            state=site.state,
            why=f"it is at revision {site.revision} now, this was made from {revision.base}; look again.",
        )


def _refuse_decided(db: Session, site: SiteRow, proposals: Sequence[str]) -> None:
    known = {row.id: row.status for row in revisions.proposals(db, site.id)}
    for each in proposals:
        if each not in known:
            raise Problem("not_found", what=f"proposal {each}")
        if known[each] != "open":
            raise Problem(
                "wrong_state", state=site.state, why=f"proposal {each} was {known[each]} meanwhile."
            )


def request_preview(
    viewer: Viewer, site_id: str, site_text: str, reason: str, proposals: Sequence[str] = ()
) -> str:
    """Ask for a revision to be studied; return the job. Wrong input is refused here and now."""
    reason = plain_text(reason, "reason")
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "revise")
        _refuse_decided(db, site, proposals)
        open_site.apply_site(site.design_id, site_text, settings().designs, "site file")
        content = "\n".join((viewer.id, site.id, str(site.revision), reason, *proposals, site_text))
        key = f"{KIND}:{hashlib.sha256(content.encode()).hexdigest()}"
        arguments = {
            "site": site.id,
            "text": site_text,
            "reason": reason,
            "proposals": list(proposals),
            "design": site.design_id,
            "base": site.revision,
        }
        return jobs.add(db, KIND, arguments, key, site=site.id, person=viewer.id).id


def make_preview(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Study a revision and generate its checklists: the work of the job."""
    tell(10, "studying the design")
    generated = open_site.generate_site(
        arguments["design"], arguments["text"], settings().designs, "site file"
    )
    tell(90, "comparing it")
    return sites.dump_generated(generated)


def preview(viewer: Viewer, site_id: str, job_id: str) -> RevisionPreview:
    """Return a revision that was asked for, compared with what the site was then."""
    found = job_view(viewer, job_id)
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "revise")
        asked = jobs.arguments(db, job_id, KIND)
        if asked["site"] != site.id:
            raise Problem("not_found", what="job")
        before = revisions.generated_at(db, site.id, asked["base"])
    proposals = tuple(asked["proposals"])
    made = None
    if found.state == "done":
        made = _compared(asked["base"], before, sites.load_generated(found.result), proposals)
    return RevisionPreview(found, site.id, asked["text"], asked["reason"], proposals, made)


def keep_previewed(viewer: Viewer, site_id: str, job_id: str) -> int:
    """Make the revision that was looked at; return its number."""
    looked_at = preview(viewer, site_id, job_id)
    if looked_at.revision is None:
        raise Problem("wrong_state", state=looked_at.job.state, why="wait until the study has ended.")
    return keep(viewer, site_id, looked_at.revision, looked_at.reason)


def file_on_newest(viewer: Viewer, site_id: str) -> str:
    """Return the present file of a site for the newest revision of its design."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "revise")
        text, design = sites.generated(db, site).site_text, site.design_id
    try:
        return with_revision(text, library.find_design(design, settings().designs).revision)
    except DesignError as error:
        raise Problem("invalid", where="Site design", problem=str(error)) from error
