"""Sections of sites: some stations that are submitted and approved before the rest."""

import json
from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from fieldapp.tables import SectionRow, SiteRow


def of_site(session: Session, site_id: str) -> list[SectionRow]:
    """Return the sections of a site in the order in which they were made."""
    query = select(SectionRow).where(SectionRow.site_id == site_id)
    return list(session.exec(query.order_by(col(SectionRow.created_at), col(SectionRow.id))))


def submitted(session: Session, site_ids: Collection[str]) -> list[tuple[SectionRow, str]]:
    """Return the submitted sections of some sites that are in work, with the name of each site."""
    query = select(SectionRow, SiteRow.name).join(SiteRow, col(SiteRow.id) == SectionRow.site_id)
    where = (SectionRow.state == "submitted", SiteRow.state == "open", col(SiteRow.id).in_(list(site_ids)))
    return list(session.exec(query.where(*where).order_by(SiteRow.name, col(SectionRow.created_at))))


def any_submitted(session: Session, site_id: str) -> bool:
    """True when some section of a site was submitted once."""
    query = select(SectionRow.id).where(SectionRow.site_id == site_id, SectionRow.submissions > 0)
    return session.exec(query.limit(1)).first() is not None


def add(
    session: Session, site_id: str, section_id: str, title: str, tags: Sequence[str], state: str, at: str
) -> SectionRow:
    """Keep a new section."""
    row = SectionRow(
        site_id=site_id, id=section_id, title=title, tags=json.dumps(list(tags)), state=state, created_at=at
    )
    session.add(row)
    session.flush()
    return row


def remove(session: Session, row: SectionRow) -> None:
    """Forget a section; the journal still tells of it."""
    session.delete(row)
    session.flush()


def tags_of(row: SectionRow) -> tuple[str, ...]:
    """Return the tags of the stations of a section."""
    return tuple(json.loads(row.tags))
