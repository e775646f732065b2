"""What administrators do to people, what they can't, and that all of it is written down."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlmodel import select

from fieldapp import create_app
from fieldapp.cli import cli
from fieldapp.problems import Problem
from fieldapp.store.database import database, reading
from fieldapp.tables import AdminEventRow
from fieldapp.usecases import issue_pack, manage_people, manage_staff, review_site, sessions, submit_site
from fieldapp.usecases.check_password import check_password
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import PASSWORD, Hall, do_all_items, email_of, hall_of
from tests.fieldapp.signed_in import sign_in


@pytest.fixture
def hall(hall_home: Path) -> Hall:
    hall = hall_of(hall_home, FIELDAPP_LOCK_AFTER="2")
    hall.app.config["WTF_CSRF_ENABLED"] = False
    return hall


def browser(hall: Hall, who: str) -> FlaskClient:
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people[who].id)
    return client


def refused(hall: Hall, verb: Any, *given: Any) -> str:
    with hall.inside(), pytest.raises(Problem) as found:
        verb(*given)
    return found.value.code


def test_an_ended_access_ends_everywhere_and_comes_back(hall: Hall) -> None:
    reviewer, admin = browser(hall, "reviewer"), browser(hall, "admin")
    tablet = hall.tablet("reviewer")
    page = f"/people/{hall.people['reviewer'].id}"
    assert "Deactivate" in admin.get(page).text
    assert admin.post(f"{page}/deactivate").status_code == 303
    assert reviewer.get("/").status_code == 302
    assert tablet.call("GET", "/sites").status_code == 401
    assert refused(hall, check_password, email_of("reviewer"), PASSWORD) == "bad_credentials"
    assert refused(hall, sessions.begin, hall.people["reviewer"].id, "password", "") == "bad_credentials"
    assert "Deactivated" in admin.get("/people").text
    assert admin.post(f"{page}/activate").status_code == 303
    # What was held before stays worth nothing.
    assert reviewer.get("/").status_code == 302
    assert tablet.call("GET", "/sites").status_code == 401
    with hall.inside():
        assert check_password(email_of("reviewer"), PASSWORD).id == hall.people["reviewer"].id


def test_work_of_somebody_whose_access_was_ended_is_not_taken(hall: Hall) -> None:
    tablet = hall.tablet("contractor")
    signed = tablet.record(hall.site, hall.item())
    with hall.inside():
        manage_staff.deactivate(None, hall.people["contractor"].id)
    assert tablet.push(signed).status_code == 401
    with hall.inside():
        manage_staff.activate(None, hall.people["contractor"].id)
    tablet.sign_in(email_of("contractor"), PASSWORD)
    assert tablet.sync(signed)[0]["status"] == "applied"


def test_a_role_changes_and_they_sign_in_anew(hall: Hall) -> None:
    engineer, admin = browser(hall, "engineer"), browser(hall, "admin")
    page = f"/people/{hall.people['engineer'].id}"
    assert admin.post(f"{page}/role", data={"role": "reviewer"}).status_code == 303
    assert engineer.get("/").status_code == 302
    with hall.inside():
        assert manage_people.find_person(email_of("engineer")).role == "reviewer"
    for role in ("contractor", "nonsense", ""):
        assert (
            refused(hall, manage_staff.change_role, hall.people["admin"], hall.people["engineer"].id, role)
            == "invalid"
        )


def test_nobody_takes_an_organisation_its_last_administrator(hall: Hall) -> None:
    admin = hall.people["admin"]
    assert refused(hall, manage_staff.deactivate, admin, admin.id) == "last_admin"
    assert refused(hall, manage_staff.change_role, admin, admin.id, "engineer") == "last_admin"
    with hall.inside():
        manage_staff.change_role(admin, hall.people["engineer"].id, "admin")
        manage_staff.change_role(admin, admin.id, "engineer")
        other = manage_people.find_person(email_of("engineer"))
        manage_staff.deactivate(other, admin.id)
    assert refused(hall, manage_staff.deactivate, other, other.id) == "last_admin"


VERBS = (
    manage_staff.deactivate, manage_staff.activate, manage_staff.end_sessions, manage_staff.unlock,
    manage_staff.staff_member,
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_only_an_administrator_and_only_at_home(hall: Hall, verb: Any) -> None:
    people = hall.people
    assert refused(hall, verb, people["engineer"], people["reviewer"].id) == "forbidden"
    for other in ("contractor", "other_engineer"):
        assert refused(hall, verb, people["admin"], people[other].id) == "not_found"
    assert refused(hall, verb, people["admin"], "nobody") == "not_found"


def test_a_locked_person_is_let_in_by_an_administrator(hall: Hall) -> None:
    for _ in range(2):
        refused(hall, check_password, email_of("reviewer"), "wrong")
    assert refused(hall, check_password, email_of("reviewer"), PASSWORD) == "locked"
    admin, page = browser(hall, "admin"), f"/people/{hall.people['reviewer'].id}"
    assert "Locked" in admin.get("/people").text
    assert "Let them try again now" in admin.get(page).text
    admin.post(f"{page}/unlock")
    with hall.inside():
        assert check_password(email_of("reviewer"), PASSWORD)


def test_the_pages_are_for_administrators(hall: Hall) -> None:
    reviewer = hall.people["reviewer"].id
    pages = ("", "/invite", "/events", f"/{reviewer}")
    verbs = ("role", "deactivate", "activate", "end-sessions", "unlock")
    forms = (
        "/invite", "/invitations/x/resend", "/invitations/x/revoke",
        *(f"/{reviewer}/{verb}" for verb in verbs),
    )  # fmt: skip
    for who in ("engineer", "contractor", "reviewer", "service"):
        client = browser(hall, who)
        assert {client.get(f"/people{page}").status_code for page in pages} == {403}, who
        assert {client.post(f"/people{form}").status_code for form in forms} == {403}, who
    anybody = hall.app.test_client()
    assert {anybody.get(f"/people{page}").status_code for page in pages} == {302}
    assert browser(hall, "admin").get(f"/people/{hall.people['stranger'].id}").status_code == 404


def test_everything_that_was_done_is_written_down(hall: Hall) -> None:
    admin, reviewer = browser(hall, "admin"), hall.people["reviewer"]
    for verb in ("deactivate", "activate", "end-sessions"):
        admin.post(f"/people/{reviewer.id}/{verb}")
        admin.post(f"/people/{reviewer.id}/{verb}")  # once more changes nothing that is not changed
    with hall.inside():
        manage_staff.give_password(email_of("reviewer"), "one that is new to all")
        with reading() as db:
            rows = db.exec(select(AdminEventRow).order_by(AdminEventRow.number)).all()  # type: ignore[arg-type]
    found = [(row.kind, row.actor, row.subject) for row in rows if not row.kind.startswith("qualification")]
    actor = hall.people["admin"].id
    assert found == [
        ("person_deactivated", actor, reviewer.id),
        ("person_activated", actor, reviewer.id),
        ("sessions_ended", actor, reviewer.id),
        ("sessions_ended", actor, reviewer.id),
        ("password_changed", None, reviewer.id),
    ]
    page = admin.get("/people/events").text
    assert "At the machine" in page
    assert "Let in again" in page
    assert "one that is new" not in page
    # Other organisations read nothing of it.
    with hall.inside():
        manage_staff.change_role(None, hall.people["other_engineer"].id, "admin")
        other = manage_people.find_person(email_of("other_engineer"))
        seen = {each.detail for each in manage_staff.history(other, 10**9, 100)}
    assert "Other_Engineer: engineer to admin" in seen
    assert not any(each.startswith("Reviewer") for each in seen)


def test_the_machine_itself_does_it_by_command(
    hall: Hall, hall_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))
    client, email = browser(hall, "admin"), email_of("admin")
    run = CliRunner().invoke

    def say(*words: str) -> str:
        found = run(cli, ["user", *words])
        assert found.exit_code == 0, found.output
        return found.stdout

    assert "1 browser." in say("sessions", email)
    assert "out of 1 browser" in say("sessions", email, "--end")
    assert client.get("/").status_code == 302
    assert "Admin" in say("deactivate", email)  # even the last one: here is a way back
    assert "again" in say("activate", email)
    monkeypatch.setenv("FIELDAPP_NEW_PASSWORD", "typed by a person")
    say("set-password", email)
    monkeypatch.delenv("FIELDAPP_NEW_PASSWORD")
    with hall.inside():
        assert check_password(email, "typed by a person")
        for _ in range(2):
            refused(hall, check_password, email, "wrong")
    say("unlock", email)
    invited = say(
        "invite", "nina@example.org", "--name", "Nina", "--role", "reviewer", "--org", "Operator", "--json"
    )
    assert json.loads(invited)["mail"] == "sent"
    assert len(list((hall_home / "mail").iterdir())) == 1
    assert run(cli, ["user", "deactivate", "nobody@example.org"]).exception
    with create_app().app_context():
        database().dispose()


def test_four_eyes_are_the_use_cases_own(hall: Hall, tablet: FieldTablet) -> None:
    """Whoever recorded anything can't approve, whatever role they have got since; who approved may issue."""
    do_all_items(hall, tablet)
    with hall.inside():
        submit_site.submit_site(hall.people["contractor"], hall.site)
        # The technician changes sides: same person, now a reviewer of the operator.
        author = replace(hall.people["reviewer"], id=hall.people["contractor"].id)
    assert refused(hall, review_site.approve_site, author, hall.site) == "four_eyes"
    for who in ("engineer", "admin"):
        assert refused(hall, review_site.approve_site, hall.people[who], hall.site) == "forbidden"
    assert refused(hall, review_site.approve_site, hall.people["other_reviewer"], hall.site) == "not_found"
    assert refused(hall, issue_pack.request_pack, hall.people["reviewer"], hall.site) == "wrong_state"
    with hall.inside():
        review_site.approve_site(hall.people["reviewer"], hall.site)
        assert issue_pack.request_pack(hall.people["reviewer"], hall.site)
