"""Sign in with a real OpenID Connect provider: a process of its own, real sockets, no browser."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from sqlmodel import select
from werkzeug.serving import make_server

from fieldapp import oidc
from fieldapp.store.database import database, reading
from fieldapp.tables import IdentityRow, PersonRow, WebSessionRow
from fieldapp.usecases import manage_staff
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of, hall_of

PEOPLE = {
    "reviewer-there": {"email": email_of("reviewer"), "email_verified": True},
    "second-there": {"email": email_of("reviewer").upper(), "email_verified": True},
    "claims-to-be-admin": {"email": email_of("admin"), "email_verified": False},
    "says-yes": {"email": email_of("admin"), "email_verified": "true"},
    "says-nothing": {"email": email_of("admin")},
    "stranger-there": {"email": "somebody@elsewhere.example", "email_verified": True},
    "service-there": {"email": email_of("service"), "email_verified": True},
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    users = [f"--user-claims={json.dumps({'sub': sub} | claims)}" for sub, claims in PEOPLE.items()]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *users]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait(lambda: httpx.get(f"{address}/jwks").status_code == 200)
            yield address
        finally:
            process.terminate()


def wait(there: Callable[[], bool]) -> None:
    for _ in range(200):
        try:
            if there():
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the provider did not start within 20 seconds")


@contextmanager
def serving(home: Path, issuer: str) -> Iterator[tuple[Hall, httpx.Client]]:
    """Serve the application on a socket of its own; return it with a browser that knows no other cookies."""
    settings = {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": "fieldapp",
        "OIDC_CLIENT_SECRET": "s",
        "OIDC_NAME": "Volt ID",
    }
    hall = hall_of(home, **{f"FIELDAPP_{name}": value for name, value in settings.items()})
    hall.app.config["WTF_CSRF_ENABLED"] = False
    server = make_server("127.0.0.1", 0, hall.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as browser:
            yield hall, browser
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with hall.inside():
            database().dispose()


@pytest.fixture
def served(hall_home: Path, issuer: str) -> Iterator[tuple[Hall, httpx.Client]]:
    with serving(hall_home, issuer) as found:
        yield found


def go_there(browser: httpx.Client, wanted: str = "/sites") -> str:
    """Press the button; return the provider's address that it leads to."""
    page = browser.get("/sign-in", params={"next": wanted}).text
    assert "Sign in with Volt ID" in page
    answer = browser.get("/sign-in/provider", params={"next": wanted})
    assert answer.status_code == 302
    return answer.headers["Location"]


def come_back(address: str, subject: str) -> str:
    """Sign in at the provider; return the address that it sends the browser back to."""
    answer = httpx.post(address, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def sign_in(browser: httpx.Client, subject: str) -> httpx.Response:
    return browser.get(come_back(go_there(browser), subject))


def test_who_is_known_signs_in_and_stays_the_same_person(served: tuple[Hall, httpx.Client]) -> None:
    hall, browser = served
    address = go_there(browser)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert asked["redirect_uri"] == f"{browser.base_url}/sign-in/provider/answer".replace("//sign", "/sign")
    answer = browser.get(come_back(address, "reviewer-there"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sites")
    assert email_of("reviewer") in browser.get("/account").text
    assert "through your organisation" in browser.get("/account").text
    # The provider's name for a person counts from now on, not the address.
    with hall.inside(), reading() as db:
        (row,) = db.exec(select(IdentityRow)).all()
        assert (row.subject, row.person_id) == ("reviewer-there", hall.people["reviewer"].id)
        assert db.exec(select(WebSessionRow)).one().method == "provider"
    browser.post("/sign-out")
    assert sign_in(browser, "reviewer-there").headers["Location"] == "/sites"
    # A second account with the same address is another person until somebody says otherwise.
    browser.post("/sign-out")
    refused = sign_in(browser, "second-there")
    assert (refused.status_code, "another account" in refused.text) == (403, True)


@pytest.mark.parametrize(
    ("subject", "sentence"),
    [
        ("stranger-there", "nobody here has the address somebody@elsewhere.example"),
        ("claims-to-be-admin", "has not verified the address"),
        ("says-yes", "has not verified the address"),
        ("says-nothing", "has not verified the address"),
    ],
)
def test_nobody_else_gets_in_and_nobody_is_made(
    served: tuple[Hall, httpx.Client], subject: str, sentence: str
) -> None:
    hall, browser = served
    answer = sign_in(browser, subject)
    assert (answer.status_code, sentence in answer.text) == (403, True), answer.text
    assert browser.get("/account").status_code == 302
    with hall.inside(), reading() as db:
        assert db.exec(select(IdentityRow)).all() == []
        assert len(db.exec(select(PersonRow)).all()) == len(hall.people)


def test_whose_access_was_ended_stays_out(served: tuple[Hall, httpx.Client]) -> None:
    hall, browser = served
    assert sign_in(browser, "service-there").status_code == 302
    for _ in range(2):  # joined before, and the first time
        with hall.inside():
            manage_staff.deactivate(None, hall.people["service"].id)
        assert browser.get("/account").status_code == 302
        answer = sign_in(browser, "service-there")
        assert (answer.status_code, "access was ended" in answer.text) == (403, True)


def test_an_answer_is_good_once_and_in_the_browser_that_asked(
    served: tuple[Hall, httpx.Client],
) -> None:
    _, browser = served
    address = go_there(browser)
    back = come_back(address, "reviewer-there")
    with httpx.Client(base_url=browser.base_url) as other:
        assert "begun elsewhere" in other.get(back).text  # somebody was sent a link that signs them in
        # Another's code with one's own state: the token was made for another question.
        own = dict(parse_qsl(urlsplit(go_there(other)).query))["state"]
        given = dict(parse_qsl(urlsplit(come_back(address, "reviewer-there")).query)) | {"state": own}
        answer = other.get(f"/sign-in/provider/answer?{urlencode(given)}")
        assert (answer.status_code, "trusted" in answer.text) == (403, True)
        assert other.get("/account").status_code == 302
    wrong = browser.get("/sign-in/provider/answer", params={"state": "guessed", "code": "x"})
    assert (wrong.status_code, "begun elsewhere" in wrong.text) == (403, True)
    # That was the one answer to the question; the right one comes too late.
    assert browser.get(back).status_code == 403
    back = come_back(go_there(browser), "reviewer-there")
    assert browser.get(back).status_code == 302
    browser.post("/sign-out")
    replayed = browser.get(back)
    assert (replayed.status_code, browser.get("/account").status_code) == (403, 302)


def test_who_changes_their_mind_and_a_code_that_was_used(served: tuple[Hall, httpx.Client]) -> None:
    _, browser = served
    state = dict(parse_qsl(urlsplit(go_there(browser)).query))["state"]
    answer = browser.get("/sign-in/provider/answer", params={"state": state, "error": "access_denied"})
    assert (answer.status_code, "did not sign you in" in answer.text) == (403, True)
    state = dict(parse_qsl(urlsplit(go_there(browser)).query))["state"]
    answer = browser.get("/sign-in/provider/answer", params={"state": state, "code": "never-given"})
    assert (answer.status_code, "trusted" in answer.text) == (403, True)


def test_a_provider_that_is_away_or_says_nothing_keeps_nobody_out(
    hall_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "_TIMEOUT", (0.5, 0.5))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (free_port(), silent.getsockname()[1]):
            with serving(hall_home, f"http://127.0.0.1:{port}") as (_, browser):
                assert browser.get("/sign-in").status_code == 200  # asks nobody
                answer = browser.get("/sign-in/provider")
                assert (answer.status_code, "does not answer now" in answer.text) == (503, True)
                form = {"email": email_of("reviewer"), "password": PASSWORD}
                assert browser.post("/sign-in", data=form).status_code == 302


def test_without_a_provider_there_is_no_button(hall_home: Path) -> None:
    hall = hall_of(hall_home)
    client = hall.app.test_client()
    assert "Sign in with" not in client.get("/sign-in").text
    assert client.get("/sign-in/provider").status_code == 404


def test_a_provider_is_asked_where_nobody_listens_in() -> None:
    for address in ("http://provider.example/token", "ftp://127.0.0.1/", ""):
        with pytest.raises(oidc.ProviderDownError, match="https"):
            oidc._safe(address)
    assert oidc._safe("https://provider.example/token")
