"""Route × person × allowed: nobody gets in, and a new API route without a row here fails."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from fieldapp import auth
from fieldapp.problems import CATALOGUE
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of, hall_of
from tests.fieldapp.signed_in import sign_in

SHA256 = "a" * 64
OK, NO, GONE = "ok", 403, 404
#: (method, rule) -> what each person gets on the contractor's site; "ok" is anything that isn't a refusal.
TABLE: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "/api/v1/sites"): dict.fromkeys(
        ("contractor", "colleague", "engineer", "reviewer", "service", "admin", "stranger"), OK
    ),
    ("GET", "/api/v1/sites/<string:site_id>/bundle"): {
        "contractor": OK, "colleague": OK, "engineer": OK, "reviewer": OK, "admin": OK,
        "service": GONE, "stranger": GONE, "other_engineer": GONE, "other_reviewer": GONE,
    },
    ("GET", "/api/v1/sites/<string:site_id>/journal"): {
        "contractor": OK, "engineer": OK, "reviewer": OK, "admin": OK,
        "service": GONE, "stranger": GONE, "other_engineer": GONE, "other_reviewer": GONE,
    },
    ("GET", "/api/v1/sites/<string:site_id>/plan"): {
        "contractor": OK, "engineer": OK, "reviewer": OK, "admin": OK,
        "service": GONE, "stranger": GONE, "other_engineer": GONE, "other_reviewer": GONE,
    },
    **{  # OK: it was not approved yet
        ("GET", f"/api/v1/sites/<string:site_id>/{each}"): {
            "contractor": OK, "colleague": OK, "engineer": OK, "reviewer": OK, "admin": OK,
            "service": GONE, "stranger": GONE, "other_engineer": GONE, "other_reviewer": GONE,
        }
        for each in ("baseline", "drift")
    },
    ("POST", "/api/v1/sites/<string:site_id>/drift"): {
        "contractor": OK, "engineer": OK, "reviewer": OK, "admin": OK,
        "service": GONE, "stranger": GONE, "other_engineer": GONE,
    },
    ("POST", "/api/v1/sites/<string:site_id>/submit"): {
        "contractor": OK, "engineer": NO, "reviewer": NO, "admin": NO,
        "service": GONE, "stranger": GONE, "other_engineer": GONE,
    },
    ("POST", "/api/v1/sites/<string:site_id>/probe-runs"): {
        "contractor": OK, "engineer": OK, "reviewer": OK, "stranger": OK,  # refused by its content first
    },
    ("POST", "/api/v1/sites/<string:site_id>/probe-jobs"): {
        "contractor": OK, "engineer": OK, "reviewer": NO, "admin": NO,  # OK: no agent has a token here
        "service": GONE, "stranger": GONE, "other_engineer": GONE,
    },
    # For probe agents alone; tests/fieldapp/test_hall_agents.py says which agent may what.
    **{
        ("POST", f"/api/v1/agent/jobs/{each}"): {"contractor": NO, "engineer": NO, "stranger": NO}
        for each in ("claim", *(f"<string:job_id>/{verb}" for verb in ("progress", "result", "fail")))
    },
    ("POST", "/api/v1/sync"): {
        "contractor": OK, "colleague": OK, "stranger": OK,
        "engineer": NO, "reviewer": NO, "service": NO, "admin": NO,
    },
    ("GET", "/api/v1/receipts"): {"contractor": OK, "engineer": OK, "stranger": OK},
    ("HEAD", "/api/v1/objects/<string:sha256>"): {"contractor": GONE, "engineer": GONE, "stranger": GONE},
    ("GET", "/api/v1/objects/<string:sha256>"): {"contractor": GONE, "engineer": GONE, "stranger": GONE},
    ("PATCH", "/api/v1/objects/<string:sha256>"): {
        "contractor": OK, "stranger": OK, "engineer": NO, "reviewer": NO, "service": NO, "admin": NO,
    },
    ("POST", "/api/v1/tablets/sign-in"): {},
    ("POST", "/api/v1/tablets/pairing"): {},
    ("POST", "/api/v1/tablets/pair"): {},
    ("GET", "/api/v1/openapi.json"): {},
}  # fmt: skip
OPEN = {
    ("POST", "/api/v1/tablets/sign-in"),
    ("POST", "/api/v1/tablets/pairing"),
    ("POST", "/api/v1/tablets/pair"),
    ("GET", "/api/v1/openapi.json"),
}


@pytest.fixture(scope="module")
def hall(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Hall:
    """One instance for all tests here: none of them changes the site."""
    home = tmp_path_factory.mktemp("access") / "home"
    shutil.copytree(furnished_home, home)
    return hall_of(home)


def api_routes(hall: Hall) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in hall.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods or ()
        if method != "OPTIONS" and (method != "HEAD" or "GET" not in (rule.methods or ()))
    }


def options_of(method: str, rule: str, tablet_id: str) -> tuple[str, dict[str, Any]]:
    path = rule.replace("<string:sha256>", SHA256)
    if rule.endswith("/receipts"):
        return path, {"query_string": {"tablet": tablet_id}}
    if rule.endswith("/sync"):
        body = {"protocol": 1, "tablet": tablet_id, "sent_at": "2026-11-22T10:00:00Z", "operations": []}
        return path, {"json": body}
    if method == "POST":
        return path, {"json": {}}
    if method == "PATCH":
        headers = {
            "Upload-Offset": "0",
            "Upload-Length": "5",
            "Content-Type": "application/offset+octet-stream",
        }
        return path, {"headers": headers, "data": b"xy"}
    return path, {}


def test_every_route_has_its_row(hall: Hall) -> None:
    assert api_routes(hall) == set(TABLE)


@pytest.mark.parametrize(("method", "rule"), sorted(set(TABLE) - OPEN))
def test_who_gets_what(hall: Hall, method: str, rule: str) -> None:
    for who, expected in TABLE[method, rule].items():
        tablet = hall.tablet(who)
        path, options = options_of(method, rule, tablet.id)
        answer = tablet.call(method, path.replace("<string:site_id>", hall.site)[len("/api/v1") :], **options)
        if expected == OK:
            assert answer.status_code not in (401, 403, 404, 500), (who, answer.text)
        else:
            assert answer.status_code == expected, (who, answer.text)


@pytest.mark.parametrize(
    "header", [None, "Bearer ", "Bearer guessed", "Basic YTpi", "guessed", "Bearer \udc80x"]
)
def test_nobody_without_a_token(hall: Hall, header: str | None) -> None:
    for method, rule in sorted(set(TABLE) - OPEN):
        path, options = options_of(method, rule, "00000000-0000-4000-8000-000000000000")
        headers = {**options.pop("headers", {}), **({"Authorization": header} if header else {})}
        address = path.replace("<string:site_id>", hall.site)
        answer = hall.app.test_client().open(address, method=method, headers=headers, **options)
        assert answer.status_code == 401, (method, rule)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_cookie_opens_no_api(hall: Hall) -> None:
    client = hall.app.test_client()
    viewer = hall.people["contractor"]
    sign_in(hall.app, client, viewer.id)
    with client:
        client.get("/health")
        assert auth.current_viewer() == viewer
    answer = client.get(f"/api/v1/sites/{hall.site}/bundle")
    assert (answer.status_code, answer.json["code"]) == (401, "cookies_refused")


def test_lists_hold_nothing_of_others(hall: Hall) -> None:
    for who, sees in {
        "contractor": True,
        "engineer": True,
        "admin": True,
        "stranger": False,
        "service": False,
    }.items():
        answer = hall.tablet(who).call("GET", "/sites")
        assert [each["id"] for each in answer.json["sites"]] == ([hall.site] if sees else []), who
        assert ("Parkhaus Nord" in answer.text) is sees


@pytest.mark.parametrize("body", [{}, {"email": "a"}, [], "x", {"email": "a@b", "password": "x" * 2000}])
def test_sign_in_answers_nonsense_with_a_sentence(hall: Hall, body: object) -> None:
    answer = hall.app.test_client().post("/api/v1/tablets/sign-in", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_sign_in_refuses_a_wrong_password_and_a_private_key(hall: Hall) -> None:
    tablet = hall.tablet()
    body = {"email": email_of("contractor"), "tablet": {"id": tablet.id, "name": "T"}, "key": tablet.jwk}
    post = hall.app.test_client().post
    assert (
        post("/api/v1/tablets/sign-in", json={**body, "password": "wrong"}).json["code"] == "bad_credentials"
    )
    nobody = {**body, "email": "nobody@example.org", "password": PASSWORD}
    assert post("/api/v1/tablets/sign-in", json=nobody).json["code"] == "bad_credentials"
    for change in ({"d": "secret"}, {"crv": "P-384"}, {"x": "AA"}, {"y": tablet.jwk["x"]}):
        answer = post(
            "/api/v1/tablets/sign-in", json={**body, "password": PASSWORD, "key": {**tablet.jwk, **change}}
        )
        assert (answer.status_code, answer.json["code"]) == (422, "invalid"), change


def test_guessing_passwords_is_slowed_down(hall_home: Path) -> None:
    hall = hall_of(hall_home, FIELDAPP_SIGN_IN_LIMIT="3 per minute")
    body = {
        "email": "x@example.org", "password": "guess",
        "tablet": {"id": "00000000-0000-4000-8000-000000000000", "name": "T"},
        "key": {"kty": "EC", "crv": "P-256", "x": "A", "y": "A"},
    }  # fmt: skip
    found = [hall.app.test_client().post("/api/v1/tablets/sign-in", json=body).status_code for _ in range(5)]
    assert found == [401, 401, 401, 429, 429]


def test_unknown_addresses_and_methods_answer_as_problems(hall: Hall) -> None:
    client = hall.app.test_client()
    for method, path, code in (
        ("GET", "/api/v1/nothing", "not_found"),
        ("DELETE", "/api/v1/sites", "method_not_allowed"),
        ("GET", "/api/v1/sites/../../etc/passwd", "not_found"),
    ):
        answer = client.open(path, method=method)
        assert answer.json["code"] == code
        assert answer.status_code == CATALOGUE[code].status
        assert answer.content_type == "application/problem+json"
        assert set(answer.json) >= {"type", "title", "status", "detail", "code"}


def test_answers_carry_the_security_headers(hall: Hall) -> None:
    answer = hall.app.test_client().get("/api/v1/sites")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_description_is_valid_openapi_and_complete(hall: Hall) -> None:
    document = hall.app.test_client().get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    described = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }
    routed = {
        (method, rule.replace("<string:", "{").replace(">", "}"))
        for method, rule in api_routes(hall)
        if not rule.endswith("openapi.json")
    }
    assert {(method, path) for method, path in described} == routed
    for methods in document["paths"].values():
        for name, operation in methods.items():
            if name != "parameters":
                assert operation["summary"]
                assert "default" not in operation["responses"]  # each status is named
