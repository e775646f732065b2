"""Invited by a mail that a real SMTP server takes or refuses; the link works once, and not for ever."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from fieldapp import jobs
from fieldapp.clock import later, now
from fieldapp.mail import Mail, MailError, MailRefusedError, can_be_written_to, send
from fieldapp.problems import Problem
from fieldapp.store import jobs as rows
from fieldapp.store.database import reading, session
from fieldapp.tables import InvitationRow, JobRow, OrganisationRow, PartnerRow
from fieldapp.usecases import choose_password, invite, manage_staff
from fieldapp.usecases.viewer import Viewer
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of, hall_of
from tests.fieldapp.mail_server import Inbox, mail_server, own_authority
from tests.fieldapp.signed_in import sign_in

NEW = "nina@example.org"
CHOSEN = {"password": "nine lives of a cat", "again": "nine lives of a cat"}


@pytest.fixture
def post() -> Iterator[tuple[Inbox, int]]:
    with mail_server() as found:
        yield found


@pytest.fixture
def inbox(post: tuple[Inbox, int]) -> Inbox:
    return post[0]


@pytest.fixture
def hall(hall_home: Path, post: tuple[Inbox, int]) -> Hall:
    return open_hall(hall_home, f"smtp://127.0.0.1:{post[1]}")


def open_hall(home: Path, mail_url: str) -> Hall:
    hall = hall_of(home, FIELDAPP_MAIL_URL=mail_url, FIELDAPP_BASE_URL="https://field.example")
    hall.app.config["WTF_CSRF_ENABLED"] = False
    hall.app.config["SESSION_COOKIE_SECURE"] = False
    return hall


def work(hall: Hall) -> list[JobRow]:
    """Do every job, as a worker would that has waited long enough."""
    with hall.inside():
        with session() as db:
            for row in db.exec(select(JobRow).where(JobRow.state == "queued")):
                row.run_after = now()
        with reading() as db:
            due = rows.due(db)
        for job_id in due:
            jobs.run(job_id)
        with reading() as db:
            return [row for row in db.exec(select(JobRow)) if row.id in due]


def ask(
    hall: Hall, email: str = NEW, role: str = "reviewer", organisation: str = "", who: str = "admin"
) -> str:
    with hall.inside():
        return invite.invite(hall.people[who], "Nina Neu", email, role, organisation)


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"https://field\.example(/invitations/[\w-]+)", mail.get_content())
    assert found, mail
    return found[1]


def open_link(hall: Hall, link: str) -> tuple[int, str]:
    answer = hall.app.test_client().get(link)
    return answer.status_code, answer.text


def accept(hall: Hall, link: str) -> FlaskClient:
    client = hall.app.test_client()
    assert client.post(link, data=CHOSEN).status_code == 303
    return client


def test_who_is_invited_joins_by_the_link_once(hall: Hall, inbox: Inbox, hall_home: Path) -> None:
    admin = hall.app.test_client()
    sign_in(hall.app, admin, hall.people["admin"].id)
    form = {"name": "Nina Neu", "email": f" {NEW.title()} ", "role": "reviewer"}
    assert admin.post("/people/invite", data=form).status_code == 303
    assert "Mail waits" in admin.get("/people").text
    (job,) = work(hall)
    assert job.state == "done"
    (mail,) = inbox.mails
    assert (mail["To"], inbox.envelopes) == (f"Nina Neu <{NEW}>", [[NEW]])
    assert "Admin of Operator invites you" in mail.get_content()
    link = link_in(mail)
    status, page = open_link(hall, link)
    assert status == 200
    assert "<strong>Admin</strong> of Operator invites you" in page
    assert hall.app.test_client().get(link).headers["Referrer-Policy"] == "no-referrer"
    short = hall.app.test_client().post(link, data={"password": "short", "again": "short"})
    assert (short.status_code, "10 to" in short.text) == (422, True)
    client = accept(hall, link)
    assert "Nina Neu" in client.get("/account").text
    assert open_link(hall, link)[0] == 404
    assert hall.app.test_client().post(link, data=CHOSEN).status_code == 404
    assert "not accepted yet" not in admin.get("/people").text
    events = admin.get("/people/events").text
    assert events.index("Joined") < events.index("Invited")
    # Neither the secret nor the link ever lay on this server.
    for path in hall_home.rglob("*"):
        assert not path.is_file() or link.rpartition("/")[2].encode() not in path.read_bytes(), path


def test_a_refused_mail_is_told_and_a_busy_server_is_tried_again(hall: Hall, inbox: Inbox) -> None:
    inbox.answers = ["550 no such person"]
    invitation = ask(hall)
    (job,) = work(hall)
    assert (job.state, job.attempts) == ("failed", 1)
    admin = hall.app.test_client()
    sign_in(hall.app, admin, hall.people["admin"].id)
    assert "answered 550: no such person" in admin.get("/people").text
    inbox.answers = ["451 come again"]
    assert admin.post(f"/people/invitations/{invitation}/resend").status_code == 303
    (job,) = work(hall)
    assert job.state == "queued"
    assert inbox.mails == []
    (job,) = work(hall)
    assert job.state == "done"
    accept(hall, link_in(inbox.mails[0]))


def test_a_server_that_is_down_is_tried_again(hall_home: Path) -> None:
    with mail_server() as (_, port):
        pass
    hall = open_hall(hall_home, f"smtp://127.0.0.1:{port}")
    ask(hall)
    (job,) = work(hall)
    assert job.state == "queued"
    with mail_server() as (inbox, port):
        again = open_hall(hall_home, f"smtp://127.0.0.1:{port}")
        assert work(again)[0].state == "done"
        assert len(inbox.mails) == 1


def test_the_password_goes_over_tls_alone(
    hall_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = own_authority(tmp_path)
    mail = Mail("1", "Nina", NEW, "Hello", "Text\n")
    with mail_server(context=context, password="s3cret:@") as (inbox, port):
        hall = open_hall(hall_home, f"smtp://us%65r:s3cret%3A%40@127.0.0.1:{port}")
        with hall.inside():
            with pytest.raises(MailError, match="certificate verify failed"):
                send(mail)
            monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
            assert send(mail) == "handed to 127.0.0.1"
        wrong = open_hall(hall_home, f"smtp://user:wrong@127.0.0.1:{port}")
        with wrong.inside(), pytest.raises(MailRefusedError, match="answered 535"):
            send(mail)
    assert inbox.was_tls == [True]
    with mail_server() as (inbox, port):
        plain = open_hall(hall_home, f"smtp://user:s3cret@127.0.0.1:{port}")
        with plain.inside(), pytest.raises(MailRefusedError, match="offers no TLS"):
            send(mail)
    assert inbox.mails == []


def test_without_a_server_mails_are_files_for_this_user_alone(hall_home: Path) -> None:
    hall = open_hall(hall_home, "")
    ask(hall)
    (job,) = work(hall)
    (path,) = (hall_home / "mail").iterdir()
    assert (job.state, str(path) in job.result) == ("done", True)
    assert (path.suffix, path.stat().st_mode & 0o777) == (".eml", 0o600)
    admin = hall.app.test_client()
    sign_in(hall.app, admin, hall.people["admin"].id)
    assert str(path) in admin.get("/people").text
    found = re.search(r"(/invitations/[\w-]+)", path.read_text())
    assert found
    accept(hall, found[1])


@pytest.mark.parametrize(
    "name", ["Nina\nBcc: all@example.org", "Nina\r\n\r\nHello", "", " ", "x" * 201, "\u2028"]
)
def test_no_name_gets_into_a_header(hall: Hall, inbox: Inbox, name: str) -> None:
    with hall.inside():
        with pytest.raises(Problem, match="name"):
            invite.invite(hall.people["admin"], name, NEW, "reviewer")
        if "\n" in name:
            with pytest.raises(ValueError, match=r"(?i)line|cr"):
                send(Mail("1", name, NEW, "Hello", "Text"))
            with pytest.raises(ValueError, match="Header values"):
                send(Mail("1", "Nina", NEW, name, "Text"))
    assert inbox.mails == []


def test_names_of_all_kinds_arrive(hall: Hall, inbox: Inbox) -> None:
    with hall.inside():
        for name in ('Åsa Öst, "the" <boss>@x', "名前", "{inviter}"):
            send(Mail("1", name, NEW, f"Hello {name}", f"Hello {name}\n"))
    found = [(mail["To"].addresses[0].display_name, inbox.envelopes[0]) for mail in inbox.mails]
    assert [name for name, _ in found] == ['Åsa Öst, "the" <boss>@x', "名前", "{inviter}"]
    assert inbox.envelopes == [[NEW]] * 3


@pytest.mark.parametrize(
    "email", ["", "nina", "a@b, c@d", "a b@x", "<a@b>", "ä@example.org", "a@b\n", "a(b)@c", "@x"]
)
def test_what_is_no_address_is_refused(hall: Hall, email: str) -> None:
    assert not can_be_written_to(email)
    with hall.inside(), pytest.raises(Problem, match="e-mail"):
        invite.invite(
            hall.people["admin"], "Nina", email.strip() if email != "a@b\n" else "a@\nb", "reviewer"
        )


def test_a_new_link_ends_the_one_before_and_revoked_ones_lead_nowhere(hall: Hall, inbox: Inbox) -> None:
    invitation, admin = ask(hall), hall.people["admin"]
    work(hall)
    first = link_in(inbox.mails[0])
    with hall.inside():
        invite.resend(admin, invitation)
    assert open_link(hall, first)[0] == 404  # before the new mail is on its way
    work(hall)
    second = link_in(inbox.mails[1])
    assert open_link(hall, second)[0] == 200
    with hall.inside():
        invite.revoke(admin, invitation)
    assert open_link(hall, second)[0] == 404
    with hall.inside(), pytest.raises(Problem, match="revoked"):
        invite.resend(admin, invitation)


def test_an_expired_link_leads_nowhere_until_it_is_sent_again(hall: Hall, inbox: Inbox) -> None:
    invitation = ask(hall)
    work(hall)
    with hall.inside(), session() as db:
        row = db.get(InvitationRow, invitation)
        assert row
        row.expires_at = later(-1)
    assert open_link(hall, link_in(inbox.mails[0]))[0] == 404
    with hall.inside():
        assert [each.expired for each in invite.open_invitations(hall.people["admin"])] == [True]
        invite.resend(hall.people["admin"], invitation)
    work(hall)
    accept(hall, link_in(inbox.mails[1]))


def test_to_whom_an_administrator_may_invite(hall: Hall, inbox: Inbox) -> None:
    contractor, other = (hall.people[who].organisation_id for who in ("contractor", "stranger"))
    with hall.inside(), session() as db:
        if db.get(PartnerRow, (hall.people["admin"].organisation_id, contractor)) is None:
            owner = hall.people["admin"].organisation_id
            db.add(PartnerRow(owner_id=owner, partner_id=contractor, created_at=now()))
    ask(hall, role="admin", organisation=contractor)
    work(hall)
    assert "at Contractor" in inbox.mails[0].get_content()
    person = who_joined(hall, link_in(inbox.mails[0]))
    assert (person.role, person.organisation) == ("admin", "Contractor")
    # Now the contractor's own administrator invites, at home and nowhere else.
    with hall.inside():
        assert [each.name for each in invite.may_invite_to(person)] == ["Contractor"]
        assert {each.organisation for each in manage_staff.staff(person)} == {"Contractor"}
        for organisation, role, code in (
            (hall.people["admin"].organisation_id, "engineer", "not_found"),
            (other, "contractor", "not_found"),
            (contractor, "reviewer", "invalid"),
        ):
            with pytest.raises(Problem) as refused:
                invite.invite(person, "X", "x@example.org", role, organisation)
            assert refused.value.code == code
        with pytest.raises(Problem, match="role"):
            invite.invite(hall.people["engineer"], "X", "x@example.org", "engineer")
    with hall.inside(), reading() as db:
        assert db.exec(select(OrganisationRow.id)).all()


def who_joined(hall: Hall, link: str) -> Viewer:
    with hall.inside():
        return choose_password.choose_password(link.rpartition("/")[2], *CHOSEN.values())


def test_known_people_are_not_invited_and_strangers_stay_unknown(hall: Hall, inbox: Inbox) -> None:
    with pytest.raises(Problem, match="already exists"):
        ask(hall, email_of("engineer"))
    # Whether a stranger's employee is known here is nobody's business: the mail goes, and they are told.
    ask(hall, email_of("other_engineer"))
    with pytest.raises(Problem, match="open invitation"):
        ask(hall, email_of("other_engineer"))
    work(hall)
    answer = hall.app.test_client().post(link_in(inbox.mails[0]), data=CHOSEN)
    assert (answer.status_code, "An account with the address" in answer.text) == (409, True)
    assert open_link(hall, link_in(inbox.mails[0]))[0] == 200


def forget(hall: Hall, email: str) -> tuple[int, str]:
    answer = hall.app.test_client().post("/forgot-password", data={"email": email})
    return answer.status_code, answer.text


def test_a_forgotten_password_is_chosen_anew_and_nobody_learns_who_exists(hall: Hall, inbox: Inbox) -> None:
    browser = hall.app.test_client()
    sign_in(hall.app, browser, hall.people["reviewer"].id)
    with hall.inside():
        manage_staff.deactivate(None, hall.people["service"].id)
    answers = {
        forget(hall, email)
        for email in (email_of("reviewer"), "nobody@example.org", email_of("service"), "no address")
    }
    assert len(answers) == 1
    forget(hall, email_of("reviewer").upper())  # impatient: within ten minutes that is the same
    assert [job.state for job in work(hall)] == ["done"] * 3
    (mail,) = inbox.mails
    assert mail["To"].addresses[0].addr_spec == email_of("reviewer")
    assert "Choose a new password" in open_link(hall, link_in(mail))[1]
    assert browser.get("/").status_code == 200
    accept(hall, link_in(mail))
    assert browser.get("/").status_code == 302
    assert open_link(hall, link_in(mail))[0] == 404
    for password, status in ((PASSWORD, 401), (CHOSEN["password"], 302)):
        form = {"email": email_of("reviewer"), "password": password}
        assert hall.app.test_client().post("/sign-in", data=form).status_code == status


def test_only_the_newest_link_for_a_password_works(hall: Hall, inbox: Inbox) -> None:
    with hall.inside(), session() as db:
        from fieldapp.usecases import send_mail

        for moment in ("1", "2"):
            send_mail.queue_new_password(db, email_of("reviewer"), moment)
    work(hall)
    first, second = map(link_in, inbox.mails)
    assert (open_link(hall, first)[0], open_link(hall, second)[0]) == (404, 200)
