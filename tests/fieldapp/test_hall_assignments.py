"""Who works on which site and when: seen on those days, by those organisations, and by nobody else."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import select

from fieldapp.problems import Problem
from fieldapp.store.database import reading, session
from fieldapp.tables import AssignmentRow, OrganisationRow, PackRow, SiteRow
from fieldapp.usecases import assign_site, check_journal, manage_people, permissions, view_site
from fieldapp.usecases.viewer import ROLES_IN, Viewer
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import PASSWORD, Hall

#: Days are those at the site: its evening may be over while it is still the day before elsewhere.
ZONE = ZoneInfo("Europe/Berlin")


def day(days: int) -> str:
    return (datetime.now(ZONE).date() + timedelta(days=days)).isoformat()


def sees(hall: Hall, viewer: Viewer) -> bool:
    with hall.inside():
        listed = [each.id for each in view_site.list_sites(viewer)]
        if not listed:
            with pytest.raises(Problem) as caught:
                view_site.view_site(viewer, hall.site)
            assert caught.value.status == 404
            return False
        view_site.view_site(viewer, hall.site)
    assert listed == [hall.site]
    return True


def assign(hall: Hall, to: str, *days: str, who: str = "engineer") -> None:
    with hall.inside():
        organisation = hall.people[to].organisation_id
        assign_site.assign_site(hall.people[who], hall.site, organisation, *days)


def refusal(hall: Hall, *arguments: Any, **options: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        assign(hall, *arguments, **options)
    return caught.value


def provider(hall: Hall) -> Viewer:
    """Return somebody of a service provider that the operator works with."""
    with hall.inside():
        manage_people.add_organisation("Watch GmbH", "service_provider", "Operator")
        return manage_people.add_person("Wanda", "wanda@example.org", "service", "Watch GmbH", PASSWORD)


@pytest.mark.parametrize(
    ("since", "until", "seen"),
    [(0, 0, True), (-9, 9, True), (-9, None, True), (2, None, False), (-9, -2, False)],
)
def test_a_contractor_sees_the_site_on_the_days_of_the_assignment(
    hall: Hall, since: int, until: int | None, seen: bool
) -> None:
    assign(hall, "stranger", day(since), day(until) if until is not None else "")
    assert sees(hall, hall.people["stranger"]) is seen
    assert not sees(hall, hall.people["contractor"]), "a site has one contractor"
    with hall.inside():
        first, before = assign_site.list_assignments(hall.people["engineer"], hall.site)
    assert (first.organisation, first.holds, first.ended_at) == ("Other contractor", seen, None)
    assert (before.organisation, before.holds) == ("Contractor", False)
    assert before.ended_at


def test_what_arrives_after_the_end_is_set_apart(hall: Hall, tablet: FieldTablet) -> None:
    early, late = (tablet.record(hall.site, hall.item(number=number)) for number in range(2))
    assert tablet.sync(early)[0]["status"] == "applied"
    with hall.inside():
        (standing,) = assign_site.list_assignments(hall.people["engineer"], hall.site)
        assign_site.end_assignment(hall.people["engineer"], hall.site, standing.id)
        assign_site.end_assignment(hall.people["engineer"], hall.site, standing.id)  # twice is once
        kinds = [each["type"] for each in check_journal.export(hall.site)]
    assert kinds.count("assignment_ended") == 1
    assert tablet.sync(late)[0]["status"] == "quarantined"
    assert tablet.call("GET", f"/sites/{hall.site}/bundle").status_code == 404
    assert tablet.call("GET", "/sites").json == {"sites": []}
    assert hall.view().organisation is None


def test_a_service_provider_sees_what_was_handed_over(hall: Hall) -> None:
    wanda = provider(hall)
    with hall.inside():
        assign_site.assign_site(hall.people["engineer"], hall.site, wanda.organisation_id)
    assert not sees(hall, wanda), "nothing was handed over yet"
    assert sees(hall, hall.people["contractor"]), "who builds goes on"
    with hall.inside(), session() as db:
        db.add(a_pack(hall))
    assert sees(hall, wanda)
    with hall.inside():
        assert assign_site.unassign(hall.people["engineer"], hall.site, "Watch GmbH") == 1
    assert not sees(hall, wanda)


def a_pack(hall: Hall) -> PackRow:
    return PackRow(
        id="p1", site_id=hall.site, number=1, approval_number=1, issued_at="2026-11-01T00:00:00.000Z",
        issued_by=hall.people["engineer"].id, sha256="a" * 64, size=1, manifest_digest="", head_number=1,
        bottom_line="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (("yesterday", ""), "is not a day"),
        (("2026-1-5", ""), "is not a day"),
        (("", "2020-01-01"), "lies before"),
        (("2026-02-30", ""), "is not a day"),
        (("\x00", "\ud800"), "is not a day"),
    ],
)
def test_days_that_are_none_are_refused(hall: Hall, days: tuple[str, str], says: str) -> None:
    problem = refusal(hall, "stranger", *days)
    assert problem.code == "invalid"
    assert says in problem.detail
    assert sees(hall, hall.people["contractor"])


def test_who_is_no_partner_is_not_there(hall: Hall) -> None:
    with hall.inside():
        manage_people.add_organisation("Unknown", "contractor", "Other operator")
        manage_people.add_person("Una", "una@example.org", "contractor", "Unknown", PASSWORD)
        hall.people["una"] = manage_people.find_person("una@example.org")
        names = [each.name for each in assign_site.list_organisations(hall.people["engineer"])]
    assert names == ["Contractor", "Other contractor"]
    assert refusal(hall, "una").status == 404
    assert refusal(hall, "contractor", who="other_engineer").status == 404
    assert refusal(hall, "contractor", who="contractor").status == 403
    with hall.inside():
        manage_people.connect("Operator", "Unknown")
        manage_people.connect("Operator", "Unknown")
    assign(hall, "una")
    assert sees(hall, hall.people["una"])


def test_a_contractors_administrator_sees_its_sites_and_does_nothing_of_the_owners(hall: Hall) -> None:
    with hall.inside():
        boss = manage_people.add_person("Boss", "boss@example.org", "admin", "Contractor", PASSWORD)
    hall.people["boss"] = boss
    assert sees(hall, boss)
    problem = refusal(hall, "stranger", who="boss")
    assert (problem.status, "of the operator" in problem.detail) == (403, True)
    with hall.inside():
        assert not {"assign", "revise", "issue_pack"} & view_site.view_site(boss, hall.site).actions
        other = manage_people.add_person("Chef", "chef@example.org", "admin", "Other operator", PASSWORD)
    assert not sees(hall, other), "an administrator of another operator"


VIEWERS = [(kind, role) for kind, roles in ROLES_IN.items() for role in roles]


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_what_is_listed_is_what_is_seen(hall: Hall, data: st.DataObject) -> None:
    """Whatever is assigned to whom and when: a list holds a site exactly when its page opens."""
    days = st.integers(-2, 2).map(day)
    with hall.inside():
        with session() as db:
            names = {row.name: row.id for row in db.exec(select(OrganisationRow))}
            db.execute(delete(AssignmentRow))
            db.execute(delete(PackRow))
            for number in range(data.draw(st.integers(0, 4))):
                row = AssignmentRow(
                    id=str(number), site_id=hall.site,
                    organisation_id=names[data.draw(st.sampled_from(["Contractor", "Other contractor"]))],
                    work=data.draw(st.sampled_from(["build", "service"])), from_day=data.draw(days),
                    until_day=data.draw(st.just("") | days), created_at="x",
                    ended_at=data.draw(st.none() | st.just("x")),
                )  # fmt: skip
                db.add(row)
            if data.draw(st.booleans()):
                db.add(a_pack(hall))
        kind, role = data.draw(st.sampled_from(VIEWERS))
        organisation = data.draw(st.sampled_from(sorted(names.values())))
        only = data.draw(st.sampled_from([None, frozenset({hall.site}), frozenset({"other"})]))
        viewer = Viewer("x", "x", "x", role, organisation, "x", kind, only)
        with reading() as db:
            listed = permissions.seen(db, viewer)
            found = [site for site in db.exec(select(SiteRow)) if permissions.sees(db, viewer, site)]
    assert listed == found
