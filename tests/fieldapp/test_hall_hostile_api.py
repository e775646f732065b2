"""Hostile requests to the API: bodies that are none, tokens that are no good, cookies: never in or broken."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from fieldapp.clock import later, now
from fieldapp.problems import CATALOGUE
from fieldapp.store.database import session
from fieldapp.tables import PersonRow, TokenRow
from fieldapp.usecases import tokens
from tests.fieldapp.conftest import close
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of, hall_of
from tests.fieldapp.hostile_hall import API, OPEN, address, places, replaced, routes, rows
from tests.fieldapp.signed_in import sign_in

DEEP = 100_000
#: Bodies that are no JSON, or none that anybody would send.
BODIES = {
    "nothing": b"",
    "half": b'{"protocol": 1',
    "nan": b'{"protocol": NaN}',
    "infinity": b"-Infinity",
    "no utf-8": b'{"protocol": "\xff\xfe"}',
    "lists in lists": b"[" * DEEP,
    "whole lists in lists": b"[" * 900 + b"]" * 900,
    "objects in objects": b'{"a":' * DEEP,
    "half a character": b'{"\\ud800": "\\ud800"}',
    "a long number": b'{"protocol": ' + b"9" * 5000 + b"}",
    "beyond numbers": b'{"protocol": 1e999}',
    "the same key twice": b'{"protocol": 1, "protocol": 2}',
    "null": b"null",
    "a list": b"[]",
    "text": b'"text"',
    "a prototype": b'{"__proto__": {"admin": true}, "__class__": "x"}',
}
#: What is put into every place of a body that would be good.
POISON: dict[str, Any] = {
    "half a character": "\ud800",
    "NUL": "a\x00b",
    "long": "a" * 70_000,
    "markup": "<script>alert(1)</script>",
    "huge": 10**400,
    "negative": -1,
    "none": None,
    "deep": json.loads("[" * 400 + "]" * 400),
    "an object": {"a": {"b": "\udfff"}},
    "true": True,
}


@pytest.fixture(scope="module")
def hall(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    home = tmp_path_factory.mktemp("hostile") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home, FIELDAPP_MAX_BODY_MB="1")
    yield hall
    close(hall)


@pytest.fixture(scope="module")
def contractor(hall: Hall) -> FieldTablet:
    return hall.tablet()


@pytest.fixture(scope="module")
def agent(hall: Hall) -> str:
    with hall.inside():
        return tokens.make_agent_token(hall.people["engineer"], "Box", [hall.site]).token


def is_described(hall: Hall, answer: TestResponse, what: object) -> None:
    """Hold an answer to be a success or a problem of the catalogue, as JSON."""
    assert answer.status_code < 500, (what, answer.text)
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json", what
        assert CATALOGUE[answer.json["code"]].status == answer.status_code, what
        assert "Traceback" not in answer.text


def token_of(rule: str, contractor: FieldTablet, agent: str) -> dict[str, str]:
    token = agent if rule.startswith(f"{API}/agent/") else contractor.token
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_none_is_refused(hall: Hall, contractor: FieldTablet, agent: str, name: str) -> None:
    before = rows(hall)
    for method, rule in routes(hall, "POST", api=True):
        answer = hall.app.test_client().post(
            address(hall, rule), data=BODIES[name], content_type="application/json",
            headers=token_of(rule, contractor, agent),
        )  # fmt: skip
        is_described(hall, answer, (method, rule))
        assert answer.status_code in (404, 409, 422), (method, rule, answer.text)
    assert rows(hall) == before


def good_bodies(hall: Hall, contractor: FieldTablet) -> dict[str, Any]:
    """Return a body for each route that takes one, as its client would send it."""
    signed = contractor.record(hall.site, hall.item())
    sign_in_body = {
        "email": email_of("contractor"), "password": PASSWORD, "protocol": 2,
        "tablet": {"id": contractor.id, "name": "T"}, "key": contractor.jwk,
    }  # fmt: skip
    pair_body = {key: sign_in_body[key] for key in ("tablet", "key", "protocol")}
    return {
        "/sync": {"protocol": 1, "tablet": contractor.id, "sent_at": now(), "operations": [signed]},
        "/tablets/sign-in": sign_in_body,
        "/tablets/pairing": {"code": "AAAA-BBBB-CCCC"},
        "/tablets/pair": {"code": "AAAA-BBBB-CCCC", **pair_body},
        f"/sites/{hall.site}/submit": {"section": "none"},
        f"/sites/{hall.site}/probe-runs": {"schema": 1, "id": "x", "site": {"id": hall.site}, "devices": []},
        "/agent/jobs/none/progress": {"percent": 5, "message": "x"},
        "/agent/jobs/none/fail": {"reason": "x", "again": True},
    }


@pytest.mark.parametrize("poison", POISON)
def test_whatever_stands_in_a_body_is_answered(
    hall: Hall, contractor: FieldTablet, agent: str, poison: str
) -> None:
    for path, good in good_bodies(hall, contractor).items():
        for place in places(good):
            body = json.dumps(replaced(good, place, POISON[poison]))
            answer = hall.app.test_client().post(
                API + path, data=body, content_type="application/json",
                headers=token_of(API + path, contractor, agent),
            )  # fmt: skip
            is_described(hall, answer, (path, place))


@pytest.mark.parametrize("length", [None, "2000000", "-1", "much"])
def test_a_body_that_is_too_large_is_told_the_limit(
    hall: Hall, contractor: FieldTablet, agent: str, length: str | None
) -> None:
    for _, rule in routes(hall, "POST", api=True):
        headers = token_of(rule, contractor, agent)
        options: dict[str, Any] = {"environ_overrides": {"CONTENT_LENGTH": length}} if length else {}
        answer = hall.app.test_client().post(
            address(hall, rule), data=b" " * 1_100_000, content_type="application/json", headers=headers,
            **options,
        )  # fmt: skip
        is_described(hall, answer, rule)
        if length in (None, "2000000"):
            assert (answer.status_code, answer.json["code"]) == (413, "too_large"), (rule, answer.text)
            assert answer.json["limit"] == 2**20


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_form_of_another_page_is_no_body(
    hall: Hall, contractor: FieldTablet, agent: str, kind: str
) -> None:
    """What a browser sends across origins without asking first is no JSON here."""
    for _, rule in routes(hall, "POST", api=True):
        headers = token_of(rule, contractor, agent) | {"Content-Type": kind}
        answer = hall.app.test_client().post(address(hall, rule), data=b"{}", headers=headers)
        assert answer.status_code == 415, (rule, answer.text)


BAD = {"expired": "colleague", "revoked": "engineer", "deactivated": "stranger"}


def not_good(hall: Hall) -> dict[str, str]:
    """Return tokens that were never good, or aren't any more."""
    good = {name: hall.tablet(who).token for name, who in BAD.items()}
    with hall.inside(), session() as db:
        for name, token in good.items():
            row = db.exec(select(TokenRow).where(TokenRow.hash == tokens.hash_of(token))).one()
            if name == "expired":
                row.expires_at = later(-1)
            elif name == "revoked":
                row.revoked_at = now()
            else:
                person = db.get(PersonRow, row.person_id)
                assert person
                person.active = False
    tampered = good["revoked"][:-1] + ("A" if good["revoked"][-1] != "A" else "B")
    return {**good, "guessed": "0" * 43, "tampered": tampered, "its own hash": tokens.hash_of(tampered)}


def test_tokens_that_are_not_good_open_nothing(hall: Hall) -> None:
    bad, before = not_good(hall), rows(hall)
    for method, rule in routes(hall, "GET", "HEAD", "POST", "PATCH", api=True):
        if rule in OPEN:
            continue
        for name, token in bad.items():
            answer = hall.app.test_client().open(
                address(hall, rule), method=method, headers={"Authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 401, (name, method, rule, answer.text)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert hall.site not in answer.text
    assert rows(hall) == before


def test_a_cookie_opens_no_route_of_the_api(hall: Hall) -> None:
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people["admin"].id)
    for method, rule in routes(hall, "GET", "HEAD", "POST", "PATCH", api=True):
        if rule not in OPEN:
            answer = client.open(address(hall, rule), method=method)
            assert answer.status_code == 401, (method, rule, answer.text)


def test_bytes_that_are_no_evidence_never_become_an_object(hall: Hall, contractor: FieldTablet) -> None:
    picture = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    page = b"<!doctype html><script>alert(1)</script>"
    for data in (picture, page, b"GIF89a<script>alert(1)</script>", b"%PDF-1.7 /JavaScript"):
        answer = contractor.upload(data)
        assert (answer.status_code, answer.json["code"]) == (422, "evidence_refused"), answer.text
