"""Which organisation works on which site, and on which days."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from fieldapp.clock import day_in
from fieldapp.tables import AssignmentRow, PackRow, SiteRow


def of_site(session: Session, site_id: str) -> list[AssignmentRow]:
    """Return every assignment of a site, the latest first, also those that have ended."""
    query = select(AssignmentRow).where(AssignmentRow.site_id == site_id)
    return list(session.exec(query.order_by(col(AssignmentRow.created_at).desc(), col(AssignmentRow.id))))


def standing(session: Session, site_id: str, work: str) -> list[AssignmentRow]:
    """Return the assignments of a site for one kind of work that nobody has ended, whatever their days."""
    return [each for each in of_site(session, site_id) if each.work == work and each.ended_at is None]


def works(session: Session, site: SiteRow, organisation_id: str) -> frozenset[str]:
    """Return the kinds of work that an organisation does on a site today: build, service."""
    query = select(AssignmentRow).where(
        AssignmentRow.site_id == site.id,
        AssignmentRow.organisation_id == organisation_id,
        col(AssignmentRow.ended_at).is_(None),
    )
    today = day_in(site.timezone)
    return frozenset(each.work for each in session.exec(query) if holds(each, today))


def sites_of(session: Session, organisation_id: str, work: str) -> list[SiteRow]:
    """Return the sites that an organisation works on today; for service, those that were handed over."""
    query = (
        select(AssignmentRow, SiteRow)
        .join(SiteRow, col(SiteRow.id) == AssignmentRow.site_id)
        .where(
            AssignmentRow.organisation_id == organisation_id,
            AssignmentRow.work == work,
            col(AssignmentRow.ended_at).is_(None),
        )
    )
    if work == "service":
        query = query.where(col(SiteRow.id).in_(select(PackRow.site_id)))
    found = {site.id: site for each, site in session.exec(query) if holds(each, day_in(site.timezone))}
    return list(found.values())


def holds(assignment: AssignmentRow, day: str) -> bool:
    """True when an assignment that nobody has ended holds on a day at its site."""
    return assignment.from_day <= day and (not assignment.until_day or day <= assignment.until_day)


def builders(session: Session, site_ids: Iterable[str]) -> set[str]:
    """Return the organisations that ever built on some sites."""
    query = select(AssignmentRow.organisation_id).where(
        col(AssignmentRow.site_id).in_(list(site_ids)), AssignmentRow.work == "build"
    )
    return set(session.exec(query))
