"""The state of a section: what its approval binds, and when that lapses."""

from collections.abc import Collection

from sqlmodel import Session

from checklists import merge
from checklists.model import OpenDeviation
from checklists.sections import section_items
from fieldapp.store import revisions, sections, sites
from fieldapp.tables import SectionRow, SiteRow
from fieldapp.usecases import states


def items_of(session: Session, site: SiteRow, row: SectionRow) -> tuple[str, ...]:
    """Return the keys of a section's items in the order of work."""
    generated = sites.generated(session, site)
    return section_items(generated.checklists, generated.site_design.one_line, sections.tags_of(row))


def around(session: Session, site: SiteRow, item: str) -> list[SectionRow]:
    """Return the sections that an item belongs to."""
    return [row for row in sections.of_site(session, site.id) if item in items_of(session, site, row)]


def revise(session: Session, site: SiteRow) -> None:
    """Bring every section back into work: the site has a new revision."""
    for row in sections.of_site(session, site.id):
        states.move(row, "revise")
        session.add(row)


def deviations_of(session: Session, site: SiteRow, row: SectionRow) -> tuple[OpenDeviation, ...]:
    """Return the open deviations at a section's items or stations."""
    items, tags = set(items_of(session, site, row)), set(sections.tags_of(row))
    waiting = revisions.open_deviations(session, site.id)
    return tuple(each for each in waiting if each.item in items or each.tag in tags)


def digest_of(session: Session, site: SiteRow, row: SectionRow) -> str:
    """Return what an approval of the section's present state binds."""
    items = items_of(session, site, row)
    return merge.state_digest(
        sites.revision_digest(session, site),
        sites.generated(session, site).checklists,
        sites.states(session, site.id, items),
        deviations_of(session, site, row),
    )


def lapse(session: Session, site: SiteRow, touched: Collection[str] | None = None) -> None:
    """Let the approvals of sections lapse that no longer fit; work at other items touches none."""
    for row in sections.of_site(session, site.id):
        if row.state != "approved" or not _concerns(session, site, row, touched):
            continue
        if digest_of(session, site, row) != row.approval_digest:
            states.move(row, "lapse")
            session.add(row)


def _concerns(session: Session, site: SiteRow, row: SectionRow, touched: Collection[str] | None) -> bool:
    if touched is None or not set(touched).isdisjoint(items_of(session, site, row)):
        return True
    return bool(deviations_of(session, site, row))
