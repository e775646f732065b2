"""Sections of a site: some stations are submitted and approved before the rest, by the same rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from checklists.model import ItemState, Progress
from checklists.progress import progress
from fieldapp.clock import new_id, now
from fieldapp.problems import Problem, not_found
from fieldapp.store import journal, sections, sites
from fieldapp.store.database import reading, session
from fieldapp.store.journal import Draft
from fieldapp.tables import SectionRow, SiteRow
from fieldapp.usecases import permissions, section_states, sign_offs, states
from fieldapp.usecases.plain_text import plain_text
from fieldapp.usecases.submit_site import refuse_blocked
from fieldapp.usecases.viewer import Viewer

MAX_TITLE = 100
_VERBS = {"submit": "submit_section", "approve": "approve_section", "remove": "remove_section"}


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as a person sees it; ``actions`` are submit, approve and remove, as far as they may now."""

    id: str
    title: str
    tags: tuple[str, ...]
    state: str
    stations: tuple[str, ...]  # the titles of those that the site still has
    items: frozenset[str]
    progress: Progress
    submissions: int
    approval_number: int
    actions: frozenset[str]


@dataclass(frozen=True, slots=True)
class SubmittedSection:
    """A section that waits for its reviewer while its site is in work."""

    site_id: str
    site_name: str
    title: str
    tags: tuple[str, ...]


def define(viewer: Viewer, site_id: str, title: str, tags: Sequence[str]) -> str:
    """Make a section of some stations; return its id."""
    title, at, chosen = plain_text(title, "title"), now(), tuple(dict.fromkeys(tags))
    if len(title) > MAX_TITLE:
        raise Problem("invalid", where="title", problem=f"must have at most {MAX_TITLE} characters.")
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "define_section", lock=True)
        states.move(site, "define_section")
        _refuse_tags(db, site, chosen)
        row = sections.add(db, site.id, new_id(), title, chosen, states.OPEN["section"], at)
        body = {"section": row.id, "title": title, "tags": list(chosen)}
        journal.append(db, site, [Draft("section_defined", body, viewer.id, at)], at)
        return row.id


def _refuse_tags(db: Session, site: SiteRow, tags: Sequence[str]) -> None:
    known = {station.tag for station in sites.generated(db, site).site_design.one_line.stations}
    if not tags:
        raise Problem("invalid", where="stations", problem="choose at least one.")
    if strange := [each for each in tags if each not in known]:
        raise Problem(
            "invalid", where="stations", problem=f"{strange[0][:40]!a} is no charging station here."
        )
    for row in sections.of_site(db, site.id):
        if taken := set(tags) & set(sections.tags_of(row)):
            problem = f"{min(taken)} belongs to the section {row.title} already."
            raise Problem("invalid", where="stations", problem=problem)


def remove(viewer: Viewer, site_id: str, section_id: str) -> int:
    """Take a section away while it is in work: nothing recorded is lost; return the journal number."""
    at = now()
    with session() as db:
        site, row = _section_for(db, viewer, site_id, section_id, "remove")
        sections.remove(db, row)
        entry = journal.append(db, site, [Draft("section_removed", {"section": row.id}, viewer.id, at)], at)[
            0
        ]
    return entry.number


def submit(viewer: Viewer, site_id: str, section_id: str) -> int:
    """Submit a section for review; return the journal number."""
    with session() as db:
        site, row = _section_for(db, viewer, site_id, section_id, "submit")
        found = _progress(db, site, row, sites.states(db, site.id))
        if not found.total:
            raise Problem(
                "wrong_section_state", state=row.state, why="the site has none of its stations any more."
            )
        refuse_blocked(found.blocks_submission)
        return _sign(db, viewer, site, row, "section_submitted")


def approve(viewer: Viewer, site_id: str, section_id: str) -> int:
    """Approve the present state of a section with four eyes; return the journal number."""
    with session() as db:
        site, row = _section_for(db, viewer, site_id, section_id, "approve")
        if permissions.is_author(db, viewer, site.id):
            raise Problem("four_eyes")
        refuse_blocked(_progress(db, site, row, sites.states(db, site.id)).blocks_approval)
        number = _sign(db, viewer, site, row, "section_approved")
        row.approval_digest, row.approval_number = section_states.digest_of(db, site, row), number
        db.add(row)
        return number


def _section_for(
    db: Session, viewer: Viewer, site_id: str, section_id: str, verb: str
) -> tuple[SiteRow, SectionRow]:
    """Find a section that the viewer may do this to, and move it; a refusal later undoes all."""
    site = permissions.site_for(db, viewer, site_id, _VERBS[verb], lock=True)
    row = next((each for each in sections.of_site(db, site.id) if each.id == section_id), None)
    if row is None:
        raise not_found("section")
    states.move(site, _VERBS[verb])
    states.move(row, verb)
    db.add(row)
    return site, row


def _sign(db: Session, viewer: Viewer, site: SiteRow, row: SectionRow, entry_type: str) -> int:
    at = now()
    body = {"section": row.id, "state_digest": section_states.digest_of(db, site, row)}
    entry = journal.append(db, site, [Draft(entry_type, body, viewer.id, at)], at)[0]
    sign_offs.add(db, site, entry)
    return entry.number


def _progress(db: Session, site: SiteRow, row: SectionRow, found: Mapping[str, ItemState]) -> Progress:
    """Return what is done in a section and what stands in its way; other items are not asked for."""
    items = set(section_states.items_of(db, site, row))
    checklists = [
        replace(each, items=tuple(item for item in each.items if item.key in items))
        for each in sites.generated(db, site).checklists
    ]
    return progress(checklists, found, section_states.deviations_of(db, site, row))


def list_sections(viewer: Viewer, site_id: str) -> tuple[SectionView, ...]:
    """Return the sections of a site in the order in which they were made."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id)
        return views(db, viewer, site, sites.states(db, site.id))


def submitted_sections(site_ids: Collection[str]) -> tuple[SubmittedSection, ...]:
    """Return the sections that wait for a review on some sites, which the caller may see."""
    with reading() as db:
        found = sections.submitted(db, site_ids)
        return tuple(
            SubmittedSection(row.site_id, name, row.title, sections.tags_of(row)) for row, name in found
        )


def views(
    db: Session, viewer: Viewer, site: SiteRow, found: Mapping[str, ItemState]
) -> tuple[SectionView, ...]:
    """Return the sections of a site that was found for the viewer."""
    return tuple(_view(db, viewer, site, row, found) for row in sections.of_site(db, site.id))


def _view(
    db: Session, viewer: Viewer, site: SiteRow, row: SectionRow, found: Mapping[str, ItemState]
) -> SectionView:
    tags, done = sections.tags_of(row), _progress(db, site, row, found)
    stations = sites.generated(db, site).site_design.one_line.stations
    return SectionView(
        row.id, row.title, tags, row.state,
        tuple(each.title for each in stations if each.tag in tags),
        frozenset(section_states.items_of(db, site, row)), done, row.submissions, row.approval_number,
        _actions(db, viewer, site, row, done),
    )  # fmt: skip


def _actions(db: Session, viewer: Viewer, site: SiteRow, row: SectionRow, done: Progress) -> frozenset[str]:
    found = {
        verb
        for verb, site_verb in _VERBS.items()
        if permissions.has_verb(viewer, site_verb) and states.may(site, site_verb) and states.may(row, verb)
    }
    if done.blocks_submission or not done.total:
        found.discard("submit")
    if done.blocks_approval or permissions.is_author(db, viewer, site.id):
        found.discard("approve")
    return frozenset(found)


def documents(db: Session, site: SiteRow) -> list[dict[str, object]]:
    """Return the sections of a site as a tablet is told of them."""
    return [
        {"id": row.id, "title": row.title, "tags": list(sections.tags_of(row)), "state": row.state}
        for row in sections.of_site(db, site.id)
    ]
