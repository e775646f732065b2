"""Signed in with a browser: seen, ended one by one or all at once, and never longer than it should be."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlmodel import Session, select

from fieldapp.clock import later, text_of
from fieldapp.passwords import MAX_LENGTH
from fieldapp.store import people, sessions
from fieldapp.store.database import reading, session
from fieldapp.tables import SignInFailureRow, WebSessionRow
from fieldapp.usecases.check_password import check_password
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of, hall_of
from tests.fieldapp.signed_in import sign_in

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17 Safari/604.1"


@pytest.fixture
def hall(hall_home):
    hall = hall_of(hall_home, FIELDAPP_LOCK_AFTER="3", FIELDAPP_SESSION_HOURS="12")
    hall.app.config["WTF_CSRF_ENABLED"] = False
    return hall


def browser(hall: Hall, who: str = "reviewer", agent: str = FIREFOX) -> FlaskClient:
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people[who].id, agent)
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def row_of(db: Session, hall: Hall, who: str = "reviewer") -> WebSessionRow:
    query = select(WebSessionRow).where(WebSessionRow.person_id == hall.people[who].id)
    return db.exec(query).one()


def test_one_browser_is_signed_out_from_another(hall: Hall) -> None:
    here, there = browser(hall), browser(hall, agent=SAFARI)
    page = here.get("/account").text
    assert page.index("This one") > page.index("Firefox on Windows")
    assert "Safari on an iPhone" in page
    (other,) = re.findall(r'name="session" value="(\w+)"', page)
    assert here.post("/account/sessions/end", data={"session": other}).status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)
    assert "Safari" not in here.get("/account").text


def test_nobody_ends_the_session_of_another(hall: Hall) -> None:
    mine, other = browser(hall), browser(hall, "engineer")
    (theirs,) = [each.id for each in rows(hall) if each.person_id == hall.people["engineer"].id]
    assert mine.post("/account/sessions/end", data={"session": theirs}).status_code == 404
    assert is_in(other)


def rows(hall: Hall) -> list[WebSessionRow]:
    with hall.inside(), reading() as db:
        return list(db.exec(select(WebSessionRow)))


def test_a_cookie_that_was_kept_is_worth_nothing_after_signing_out(hall: Hall) -> None:
    client = browser(hall)
    kept = client.get_cookie("session")
    assert kept
    client.post("/sign-out")
    client.set_cookie("session", kept.value)
    assert not is_in(client)


def test_everywhere_means_everywhere_but_tablets(hall: Hall) -> None:
    clients = [browser(hall, "contractor") for _ in range(3)]
    tablet = hall.tablet("contractor")
    assert is_in(clients[2])
    assert clients[0].post("/account/sessions/end-all").status_code == 303
    assert [is_in(each) for each in clients] == [False, False, False]
    assert tablet.call("GET", "/sites").status_code == 200


def test_the_secret_is_in_the_cookie_alone(hall: Hall, hall_home) -> None:
    client = hall.app.test_client()
    secret = sign_in(hall.app, client, hall.people["reviewer"].id)
    assert is_in(client)
    for path in hall_home.glob("fieldapp.db*"):
        assert secret.encode() not in path.read_bytes()
    with client.session_transaction() as cookie:
        cookie["secret"] = "guessed"
    assert not is_in(client)


def test_a_session_slides_and_ends(hall: Hall) -> None:
    client = browser(hall)
    with hall.inside(), session() as db:
        row = row_of(db, hall)
        row.last_seen_at, row.expires_at = later(-3600), later(3600)
    assert is_in(client)
    with hall.inside(), reading() as db:
        row = row_of(db, hall)
        assert row.last_seen_at > later(-60)
        assert row.expires_at > later(11 * 3600)
    with hall.inside(), session() as db:
        row_of(db, hall).expires_at = later(-1)
    assert not is_in(client)


def test_after_thirty_days_one_signs_in_again_however_busy_one_was(hall: Hall) -> None:
    client = browser(hall)
    begun = datetime.now(UTC) - timedelta(days=30) + timedelta(minutes=5)
    with hall.inside(), session() as db:
        row = row_of(db, hall)
        row.created_at, row.last_seen_at = text_of(begun), later(-3600)
    assert is_in(client)
    with hall.inside(), reading() as db:
        assert row_of(db, hall).expires_at == text_of(begun + timedelta(days=30))


def test_looking_at_pages_writes_once_a_minute(hall: Hall) -> None:
    client = browser(hall)
    before = rows(hall)[0].last_seen_at
    for _ in range(3):
        assert is_in(client)
    assert rows(hall)[0].last_seen_at == before


def test_a_changed_password_ends_the_other_browsers(hall: Hall) -> None:
    here, there = browser(hall), browser(hall)
    form = {"old": PASSWORD, "password": "a new one entirely", "again": "a new one entirely"}
    for wrong, sentence in (
        ({"old": "nonsense"}, "not the one you have"),
        ({"again": "another"}, "not the same"),
        ({"password": "short", "again": "short"}, "10 to"),
    ):
        headers = {"Referer": "http://localhost/account"}
        answer = here.post("/account/password", data=form | wrong, headers=headers, follow_redirects=True)
        assert sentence in answer.text
    assert is_in(there)
    assert here.post("/account/password", data=form).status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)
    assert try_in(hall, email_of("reviewer"), "a new one entirely")[0] == 302
    assert try_in(hall, email_of("reviewer"), PASSWORD)[0] == 401


def try_in(hall: Hall, email: str, password: str = "guess") -> tuple[int, str]:
    answer = hall.app.test_client().post("/sign-in", data={"email": email, "password": password})
    found = re.search(r'role="alert">.*?<p>(.*?)</p>', answer.text, re.DOTALL)
    return answer.status_code, found[1] if found else ""


def test_wrong_passwords_in_a_row_lock_and_nobody_learns_who_exists(hall: Hall) -> None:
    answers = {
        email: [try_in(hall, email) for _ in range(4)]
        for email in (email_of("reviewer"), "nobody@example.org")
    }
    known, unknown = answers.values()
    assert known == unknown
    assert [status for status, _ in known] == [401, 401, 401, 401]
    assert "do not belong together" in known[2][1]
    assert "Wait 15 minutes" in known[3][1]
    # The right password waits too, on tablets as well; another person does not.
    assert try_in(hall, email_of("reviewer"), PASSWORD)[1] == known[3][1]
    answer = hall.app.test_client().post(
        "/api/v1/tablets/sign-in",
        json={
            "email": email_of("Reviewer").upper(), "password": PASSWORD,
            "tablet": {"id": FieldTablet(hall.app).id, "name": "T"}, "key": FieldTablet(hall.app).jwk,
        },
    )  # fmt: skip
    assert (answer.status_code, answer.json["code"]) == (401, "locked")
    assert try_in(hall, email_of("engineer"), PASSWORD)[0] == 302


def test_a_lock_ends_by_itself_and_a_success_begins_anew(hall: Hall) -> None:
    reviewer = email_of("reviewer")
    for _ in range(3):
        try_in(hall, reviewer)
    assert "Wait" in try_in(hall, reviewer)[1]
    with hall.inside(), session() as db:
        db.exec(select(SignInFailureRow)).one().locked_until = later(-1)
    for _ in range(2):
        assert "do not belong" in try_in(hall, reviewer)[1]
    assert try_in(hall, reviewer, PASSWORD)[0] == 302
    for _ in range(3):
        assert "do not belong" in try_in(hall, reviewer)[1]


def test_many_guesses_at_once_are_no_more_than_as_many_in_a_row(hall: Hall) -> None:
    """Each is counted before the password is looked at."""
    with hall.inside(), session() as db:
        found = [sessions.count_attempt(db, "x@example.org", 3, 900).locked_until for _ in range(5)]
    assert [each is None for each in found] == [True, True, True, False, False]


def test_a_password_is_kept_by_todays_parameters(hall: Hall) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    reviewer = hall.people["reviewer"]
    with hall.inside(), session() as db:
        pair = people.person(db, reviewer.id)
        assert pair
        pair[0].password_hash = old
    with hall.inside():
        assert check_password(reviewer.email, PASSWORD) == reviewer
        with reading() as db:
            pair = people.person(db, reviewer.id)
            assert pair
            assert "m=65536,t=3" in pair[0].password_hash
        assert check_password(reviewer.email, PASSWORD) == reviewer


def test_a_person_without_a_password_and_one_that_is_no_text(hall: Hall) -> None:
    reviewer = hall.people["reviewer"]
    for given in ("\udc80", "x" * (MAX_LENGTH + 1), ""):
        assert try_in_directly(hall, reviewer.email, given) == "bad_credentials"
    with hall.inside(), session() as db:
        pair = people.person(db, reviewer.id)
        assert pair
        pair[0].password_hash = ""
        sessions.forget_attempts(db, reviewer.email)
    assert try_in_directly(hall, reviewer.email, "nobody has this password") == "bad_credentials"


def try_in_directly(hall: Hall, email: str, password: str) -> str:
    with hall.inside():
        try:
            check_password(email, password)
        except Exception as problem:  # noqa: BLE001
            return str(getattr(problem, "code", problem))
    return "in"
