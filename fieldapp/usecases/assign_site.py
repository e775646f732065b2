"""Give a site to those who work on it, from a day until a day, and take it away again."""

from datetime import date

from sqlmodel import Session

from fieldapp.clock import day_in, new_id, now
from fieldapp.problems import Problem, not_found
from fieldapp.store import assignments, journal, people
from fieldapp.store.database import reading, session
from fieldapp.store.journal import Draft
from fieldapp.tables import AssignmentRow, OrganisationRow, SiteRow
from fieldapp.usecases import permissions, states
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import AssignmentView, OrganisationView

#: kind of an organisation -> what it does on a site.
WORK = {"contractor": "build", "service_provider": "service"}


def list_organisations(viewer: Viewer) -> tuple[OrganisationView, ...]:
    """Return the contractors and service providers that the viewer's organisation works with."""
    permissions.require_role(viewer, "assign")
    with reading() as db:
        found = people.partners(db, viewer.organisation_id)
        return tuple(OrganisationView(row.id, row.name, row.kind) for row in found)


def assign_site(
    viewer: Viewer, site_id: str, organisation_id: str, from_day: str = "", until_day: str = ""
) -> None:
    """Give a site to a contractor or service provider; the work of the one before stays in the journal.

    Days are those at the site, ISO 8601; from today and without end unless said otherwise. A site has one
    contractor: the assignment of the one before ends.
    """
    at = now()
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "assign", lock=True)
        organisation = _partner(db, viewer, organisation_id)
        work = WORK[organisation.kind]
        if work == "build":  # who looks after it may change at any time
            states.move(site, "assign")
        since, until = _days(site, from_day, until_day)
        if work == "build":
            for each in assignments.standing(db, site.id, work):
                each.ended_at, each.ended_by = at, viewer.id
            site.contractor_id = organisation.id
        row = AssignmentRow(
            id=new_id(), site_id=site.id, organisation_id=organisation.id, work=work, from_day=since,
            until_day=until, created_by=viewer.id, created_at=at,
        )  # fmt: skip
        db.add(row)
        body = {"organisation": organisation.id, "name": organisation.name} | _told(row)
        journal.append(db, site, [Draft("assigned", body, viewer.id, at)], at)


def end_assignment(viewer: Viewer, site_id: str, assignment_id: str) -> None:
    """End an assignment at once; what arrives from there later is set apart for a reviewer."""
    at = now()
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "assign", lock=True)
        row = db.get(AssignmentRow, assignment_id)
        if row is None or row.site_id != site.id:
            raise not_found("assignment")
        if row.ended_at is not None:
            return
        row.ended_at, row.ended_by = at, viewer.id
        if row.work == "build" and site.contractor_id == row.organisation_id:
            site.contractor_id = None
        organisation = people.organisation(db, row.organisation_id)
        name = organisation.name if organisation else ""
        body = {"organisation": row.organisation_id, "name": name} | _told(row)
        journal.append(db, site, [Draft("assignment_ended", body, viewer.id, at)], at)


def list_assignments(viewer: Viewer, site_id: str) -> tuple[AssignmentView, ...]:
    """Return who works and worked on a site and when, the latest first."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "read_journal")
        names = {row.id: row.name for row in people.organisations(db)}
        today = day_in(site.timezone)
        return tuple(
            AssignmentView(
                each.id, names[each.organisation_id], each.work, each.from_day, each.until_day,
                each.ended_at, each.ended_at is None and assignments.holds(each, today),
            )
            for each in assignments.of_site(db, site.id)
        )  # fmt: skip


def unassign(viewer: Viewer, site_id: str, organisation: str) -> int:
    """End every assignment of an organisation, by name or id, on a site; return how many there were."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "assign")
        names = {row.id: row.name for row in people.partners(db, site.owner_id)}
        standing = [each for each in assignments.of_site(db, site.id) if each.ended_at is None]
    found = [
        each.id
        for each in standing
        if organisation in (each.organisation_id, names.get(each.organisation_id))
    ]
    for each_id in found:
        end_assignment(viewer, site_id, each_id)
    return len(found)


def _partner(db: Session, viewer: Viewer, organisation_id: str) -> OrganisationRow:
    known = {row.id: row for row in people.partners(db, viewer.organisation_id)}
    if organisation_id not in known:
        raise not_found("contractor or service provider")
    return known[organisation_id]


def _days(site: SiteRow, from_day: str, until_day: str) -> tuple[str, str]:
    since, until = from_day.strip() or day_in(site.timezone), until_day.strip()
    for where, day in (("from", since), ("until", until)):
        if day and not _is_day(day):
            raise Problem("invalid", where=where, problem=f"{day:.20} is not a day like 2026-11-22.")
    if until and until < since:
        raise Problem("invalid", where="until", problem=f"{until} lies before {since}; choose a later day.")
    return since, until


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _told(row: AssignmentRow) -> dict[str, str]:
    return {"work": row.work, "from": row.from_day, "until": row.until_day}
