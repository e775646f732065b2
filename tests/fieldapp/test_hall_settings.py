"""Settings that change who the server thinks is asking, and the cookies it gives."""

from pathlib import Path

import pytest

from checklists.words import INSTRUMENTS
from fieldapp import auth
from fieldapp.config import ConfigError, read_config
from fieldapp.store import people
from fieldapp.store.database import session
from fieldapp.usecases import demo_people
from tests.fieldapp.hall_cast import PASSWORD, email_of, hall_of
from tests.fieldapp.signed_in import sign_in

GUESS = {
    "email": "x@example.org",
    "password": "guess",
    "tablet": {"id": "00000000-0000-4000-8000-000000000000", "name": "T"},
    "key": {"kty": "EC", "crv": "P-256", "x": "A", "y": "A"},
}


def guess(home: Path, proxies: str, addresses: list[str]) -> list[int]:
    hall = hall_of(home, FIELDAPP_SIGN_IN_LIMIT="1 per minute", FIELDAPP_PROXIES=proxies)
    post = hall.app.test_client().post
    return [
        post("/api/v1/tablets/sign-in", json=GUESS, headers={"X-Forwarded-For": each}).status_code
        for each in addresses
    ]


def test_behind_a_proxy_each_address_is_throttled_by_itself(hall_home: Path) -> None:
    assert guess(hall_home, "1", ["10.0.0.1", "10.0.0.2", "10.0.0.1"]) == [401, 401, 429]


def test_without_a_proxy_nobody_chooses_their_own_address(hall_home: Path) -> None:
    assert guess(hall_home, "0", ["10.0.0.1", "10.0.0.2"]) == [401, 429]


@pytest.mark.parametrize(
    ("base_url", "secure"), [("https://field.example", True), ("http://localhost", False)]
)
def test_cookies_are_secure_where_the_address_is(hall_home: Path, base_url: str, secure: bool) -> None:
    hall = hall_of(hall_home, FIELDAPP_BASE_URL=base_url)
    hall.app.config["WTF_CSRF_ENABLED"] = False
    answer = hall.app.test_client().post(
        "/sign-in", data={"email": email_of("reviewer"), "password": PASSWORD}, base_url=base_url
    )
    cookie = answer.headers["Set-Cookie"]
    assert answer.status_code in (302, 303)
    assert ("Secure" in cookie) is secure
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Strict-Transport-Security" in answer.headers) is secure


def test_signing_in_needs_the_forms_own_token(hall_home: Path) -> None:
    hall = hall_of(hall_home)
    data = {"email": email_of("reviewer"), "password": PASSWORD}
    answer = hall.app.test_client().post("/sign-in", data=data)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers or "_user_id" not in answer.headers["Set-Cookie"]


def test_revoking_the_sessions_of_a_person_ends_them(hall_home: Path) -> None:
    hall = hall_of(hall_home)
    viewer, client = hall.people["reviewer"], hall.app.test_client()
    sign_in(hall.app, client, viewer.id)
    for name, expected in (("", viewer), ("another", None)):
        with hall.inside(), session() as db:
            pair = people.person(db, viewer.id)
            assert pair
            pair[0].session = name or pair[0].session
        with client:
            client.get("/health")
            assert auth.current_viewer() == expected


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    config = read_config({"FIELDAPP_HOME": str(tmp_path / "new")}, {})
    first = config.secret()
    assert first == config.secret()
    assert len(first) >= 60
    assert (tmp_path / "new" / "secret").stat().st_mode & 0o077 == 0
    assert read_config({"FIELDAPP_SECRET_KEY": "given"}, {}).secret() == "given"


def test_a_database_url_may_be_written_as_everybody_writes_it() -> None:
    for url in ("postgres://u@h/d", "postgresql://u@h/d"):
        assert read_config({}, {"FIELDAPP_DATABASE_URL": url}).database == "postgresql+psycopg://u@h/d"
    with pytest.raises(ConfigError, match="FIELDAPP_DATABASE_URL"):
        read_config({}, {"FIELDAPP_DATABASE_URL": "nonsense"})


def test_the_demo_has_an_instrument_of_every_class() -> None:
    assert set(INSTRUMENTS) <= {row[1] for row in demo_people._INSTRUMENTS}
