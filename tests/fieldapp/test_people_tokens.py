"""Tokens of probe agents: for chosen sites, shown once, ended in time, and good for nothing else."""

import hashlib
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlmodel import select

from fieldapp import create_app
from fieldapp.cli import cli
from fieldapp.clock import later
from fieldapp.problems import Problem
from fieldapp.store import tokens as rows
from fieldapp.store.database import database, reading, session
from fieldapp.tables import AdminEventRow, TokenRow, TokenSiteRow
from fieldapp.usecases import manage_staff, open_site, record_probe, tokens
from fieldapp.usecases.tokens import NewToken
from tests.fieldapp.hall_cast import SITE_FILE, Hall, hall_of, probe_report
from tests.fieldapp.signed_in import sign_in

#: What a probe agent needs; its jobs have routes of their own.
FOR_AGENTS = {"/api/v1/sites/<string:site_id>/plan", "/api/v1/sites/<string:site_id>/probe-runs"}
#: Where nobody has a token yet.
OPEN = {f"/api/v1/{path}" for path in ("openapi.json", "tablets/sign-in", "tablets/pair", "tablets/pairing")}
PUSH = {
    "protocol": 1,
    "tablet": "00000000-0000-4000-8000-000000000000",
    "sent_at": "2026-11-22T10:00:00Z",
    "operations": [],
}
BODIES: dict[str, dict[str, object]] = {
    "/api/v1/sync": {"json": PUSH},
    "/api/v1/receipts": {"query_string": {"tablet": "00000000-0000-4000-8000-000000000000"}},
}


@pytest.fixture
def hall(hall_home: Path) -> Hall:
    hall = hall_of(hall_home)
    hall.app.config["WTF_CSRF_ENABLED"] = False
    return hall


def make(hall: Hall, who: str = "engineer", *sites: str) -> NewToken:
    with hall.inside():
        return tokens.make_agent_token(hall.people[who], "Cabinet 2", sites or (hall.site,))


def call(hall: Hall, token: str, path: str, method: str = "GET", **options: object) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}  # type: ignore[dict-item]
    answer = hall.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **options)
    return answer.status_code, answer.json.get("code", "") if answer.data and answer.is_json else ""


def second_site(hall: Hall) -> str:
    with hall.inside():
        text = SITE_FILE.replace("Parkhaus Nord", "Parkhaus Süd")
        return open_site.open_site(hall.people["engineer"], "destination-ac", text)


def test_an_agent_reads_the_plan_and_sends_what_it_read(hall: Hall) -> None:
    made = make(hall)
    assert call(hall, made.token, f"/sites/{hall.site}/plan")[0] == 200
    status, _ = call(hall, made.token, f"/sites/{hall.site}/probe-runs", "POST", json=probe_report(hall))
    assert status == 200
    with hall.inside(), reading() as db:
        token = db.exec(select(TokenRow).where(TokenRow.id == made.id)).one()
        assert token.hash == hashlib.sha256(made.token.encode()).hexdigest()
        assert made.token not in repr(token)
        assert token.last_used_at
        assert token.last_used_at > later(-60)
    # Who lent their name to the agent has measured, and can't approve what was measured.
    with hall.inside(), reading() as db:
        from fieldapp.usecases import permissions

        assert permissions.is_author(db, hall.people["engineer"], hall.site)


def test_an_agent_opens_nothing_else(hall: Hall) -> None:
    made = make(hall)
    for rule in hall.app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or "/agent" in rule.rule or rule.rule in OPEN | FOR_AGENTS:
            continue
        path = re.sub("<[^>]+>", "a" * 64, rule.rule.replace("<string:site_id>", hall.site))[len("/api/v1") :]
        for method in (rule.methods or set()) - {"OPTIONS"}:
            status, _ = call(hall, made.token, path, method, **BODIES.get(rule.rule, {"json": {}}))
            assert status == 403 or (status == 422 and method == "POST"), (method, rule.rule, status)


def test_a_token_is_good_for_its_sites_alone(hall: Hall) -> None:
    made, other = make(hall), second_site(hall)
    assert call(hall, made.token, f"/sites/{other}/plan") == (404, "not_found")
    assert call(hall, made.token, f"/sites/{other}/probe-runs", "POST", json=probe_report(hall))[0] == 404
    # A tablet's token may be narrowed too: no list, no bundle, no receipt of the rest.
    tablet = hall.tablet("engineer")
    with hall.inside(), session() as db:
        row = db.exec(select(TokenRow).where(TokenRow.kind == "tablet")).one()
        db.add(TokenSiteRow(token_id=row.id, site_id=hall.site))
    listed = tablet.call("GET", "/sites").json["sites"]
    assert [each["id"] for each in listed] == [hall.site]
    assert tablet.call("GET", f"/sites/{other}/bundle").status_code == 404
    assert tablet.call("GET", f"/sites/{hall.site}/bundle").status_code == 200


def test_tokens_end(hall: Hall) -> None:
    revoked, expired, orphan, good = (make(hall) for _ in range(4))
    path = f"/sites/{hall.site}/plan"
    with hall.inside():
        tokens.revoke_token(hall.people["admin"], revoked.id)
        with session() as db:
            for made, change in (
                (expired, {"expires_at": later(-1)}),
                (orphan, {"person_id": hall.people["admin"].id}),
            ):
                row = rows.with_id(db, made.id)
                assert row
                for name, value in change.items():
                    setattr(row, name, value)
        manage_staff.deactivate(None, hall.people["admin"].id)
    for made in (revoked, expired, orphan):
        assert call(hall, made.token, path) == (401, "token_invalid")
    assert call(hall, good.token, path)[0] == 200
    # Let in again, a person is not let in by what they held before.
    with hall.inside():
        manage_staff.activate(None, hall.people["admin"].id)
    assert call(hall, orphan.token, path)[0] == 401


def test_who_may_make_and_end_tokens(hall: Hall) -> None:
    made = make(hall)
    for who, code in (
        ("contractor", "forbidden"),
        ("reviewer", "forbidden"),
        ("other_engineer", "not_found"),
    ):
        with hall.inside(), pytest.raises(Problem) as refused:
            tokens.make_agent_token(hall.people[who], "X", [hall.site])
        assert refused.value.code == code
        with hall.inside(), pytest.raises(Problem) as refused:
            tokens.revoke_token(hall.people[who], made.id)
        assert refused.value.code == "not_found"
    with hall.inside():
        assert tokens.agent_tokens(hall.people["other_engineer"]) == ()
        for name, sites in (("", [hall.site]), ("x" * 101, [hall.site]), ("a\nb", [hall.site]), ("X", [])):
            with pytest.raises(Problem, match=r"name|site"):
                tokens.make_agent_token(hall.people["engineer"], name, sites)


def test_the_agent_of_an_administrator_has_no_more_than_an_engineers_rights(hall: Hall) -> None:
    made = make(hall, "admin")
    with hall.inside():
        bearer = tokens.authenticate(made.token)
        assert (bearer.kind, bearer.viewer.role, bearer.sites) == ("agent", "engineer", {hall.site})
        number, _ = record_probe.record(bearer.viewer, hall.site, probe_report(hall))
        assert number > 0


def test_the_page_shows_a_token_once(hall: Hall) -> None:
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people["engineer"].id)
    assert "No token was made yet" in client.get("/tokens").text
    answer = client.post("/tokens", data={"name": "Cabinet 2", "site": hall.site})
    token = re.search(r'id="made" class="mono" readonly value="([\w-]+)"', answer.text)
    assert token
    assert answer.headers["Cache-Control"] == "no-store"
    assert call(hall, token[1], f"/sites/{hall.site}/plan")[0] == 200
    page = client.get("/tokens").text
    assert token[1] not in page
    assert "Parkhaus Nord" in page
    (revoke,) = re.findall(r'action="(/tokens/[\w-]+/revoke)"', page)
    assert client.post(revoke).status_code == 303
    assert "Revoked" in client.get("/tokens").text
    assert call(hall, token[1], f"/sites/{hall.site}/plan")[0] == 401
    for form in ({"name": "", "site": hall.site}, {"name": "X"}):
        answer = client.post("/tokens", data=form)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    with hall.inside(), reading() as db:
        kinds = [each.kind for each in db.exec(select(AdminEventRow)) if each.kind.startswith("token")]
        assert kinds == ["token_made", "token_revoked"]


@pytest.mark.parametrize("who", ["contractor", "reviewer", "service"])
def test_the_page_is_for_engineers_and_administrators(hall: Hall, who: str) -> None:
    client: FlaskClient = hall.app.test_client()
    sign_in(hall.app, client, hall.people[who].id)
    assert client.get("/tokens").status_code == 403
    assert client.post("/tokens", data={"name": "X", "site": hall.site}).status_code == 403


def test_the_account_lists_a_tablet_and_revokes_it(hall: Hall) -> None:
    tablet, client = hall.tablet("contractor"), hall.app.test_client()
    tablet.call("GET", "/sites")
    sign_in(hall.app, client, hall.people["contractor"].id)
    page = client.get("/account").text
    assert "Last used" in page
    (revoke,) = re.findall(r'action="(/account/tokens/[\w-]+/revoke)"', page)
    other = hall.app.test_client()
    sign_in(hall.app, other, hall.people["colleague"].id)
    assert other.post(revoke).status_code == 404
    assert client.post(revoke).status_code == 303
    assert tablet.call("GET", "/sites").status_code == 401


def test_the_command_line_makes_lists_and_ends_them(
    hall: Hall, hall_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))
    run = CliRunner().invoke
    made = run(cli, ["token", "add", "Cabinet 2", "--site", hall.site])
    assert made.exit_code == 0, made.output
    assert call(hall, made.stdout.strip(), f"/sites/{hall.site}/plan")[0] == 200
    listed = run(cli, ["token", "list", "--json"]).stdout
    assert "Cabinet 2" in listed
    assert made.stdout.strip() not in listed
    token = re.search(r'"id": "([\w-]+)"', listed)
    assert token
    assert run(cli, ["token", "revoke", token[1]]).exit_code == 0
    assert call(hall, made.stdout.strip(), f"/sites/{hall.site}/plan")[0] == 401
    with create_app().app_context():
        database().dispose()
