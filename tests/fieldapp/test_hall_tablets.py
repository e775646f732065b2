"""Pairing by code, tablets of an organisation, and what becomes of one that is lost and found again."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from fieldapp.cli import cli
from fieldapp.clock import later
from fieldapp.pairing_codes import hash_of, new_code
from fieldapp.problems import Problem
from fieldapp.store.database import reading, session
from fieldapp.tables import AdminEventRow, HeldOperationRow, PairingRow, PersonRow
from fieldapp.usecases import pair_tablet, tablets
from tests.fieldapp.conftest import Reopen, close
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of, hall_of

on_both = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def post(app: Flask, path: str, body: dict[str, Any], address: str = "127.0.0.1") -> TestResponse:
    return app.test_client().post(f"/api/v1{path}", json=body, environ_base={"REMOTE_ADDR": address})


def pair(tablet: FieldTablet, code: str, name: str = "Tablet 7", address: str = "127.0.0.1") -> TestResponse:
    body = {"code": code, "tablet": {"id": tablet.id, "name": name}, "key": tablet.jwk, "protocol": 2}
    answer = post(tablet.hall, "/tablets/pair", body, address)
    if answer.status_code == 200:
        tablet.token = answer.json["token"]
    return answer


def sign_in(tablet: FieldTablet, who: str = "contractor") -> TestResponse:
    body = {"email": email_of(who), "password": PASSWORD, "tablet": {"id": tablet.id, "name": "Tab"}}
    return post(tablet.hall, "/tablets/sign-in", {**body, "key": tablet.jwk})


def code_for(hall: Hall, who: str = "contractor", by: str = "") -> str:
    with hall.inside():
        return pair_tablet.offer(hall.people[by or who], hall.people[who].id).code


def make_admin(hall: Hall, who: str = "colleague") -> None:
    """Make somebody the administrator of the contractor."""
    with hall.inside():
        with session() as db:
            found = db.get(PersonRow, hall.people[who].id)
            assert found
            found.role = "admin"
        hall.people[who] = tablets_viewer(hall, who)


def tablets_viewer(hall: Hall, who: str) -> Any:
    from fieldapp.usecases import manage_people

    return manage_people.find_person(email_of(who))


@pytest.fixture
def strict(reopen: Reopen) -> Hall:
    return reopen(FIELDAPP_TABLETS="paired")


@on_both
def test_a_code_names_its_person_and_pairs_one_tablet(hall: Hall) -> None:
    code = code_for(hall)
    said = post(hall.app, "/tablets/pairing", {"code": code})
    contractor = hall.people["contractor"]
    whom = {"id": contractor.id, "name": "Contractor", "organisation": "Contractor"}
    assert said.json["person"] == whom
    tablet = FieldTablet(hall.app)
    answer = pair(tablet, code.lower().replace("-", " "))
    assert (answer.status_code, answer.json["person"]) == (200, {**whom, "email": contractor.email})
    assert answer.json["key"] == tablet.key
    [result] = tablet.sync(tablet.record(hall.site, hall.item(), "note"))
    assert result["status"] == "applied", result
    with hall.inside():
        [listed] = tablets.list_tablets(hall.people["contractor"])
    assert (listed.name, listed.people, listed.paired_by) == ("Tablet 7", ("Contractor",), "Contractor")
    assert listed.clock == "right"
    assert listed.last_seen_at


def test_used_expired_and_wrong_codes_get_one_answer(hall: Hall) -> None:
    used, over = code_for(hall), code_for(hall)
    assert pair(FieldTablet(hall.app), used).status_code == 200
    with hall.inside(), session() as db:
        row = db.get(PairingRow, hash_of(over))
        assert row
        row.expires_at = later(-1)
    answers = [pair(FieldTablet(hall.app), code) for code in (used, over, new_code(), "x", "é\ud800")]
    answers += [post(hall.app, "/tablets/pairing", {"code": code}) for code in (used, over, new_code())]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json["code"] for answer in answers} == {"pairing_refused"}
    assert len({answer.text for answer in answers}) == 1


def test_the_code_of_somebody_who_left_is_worth_nothing(hall: Hall) -> None:
    code = code_for(hall)
    with hall.inside(), session() as db:
        person = db.get(PersonRow, hall.people["contractor"].id)
        assert person
        person.active = False
    assert pair(FieldTablet(hall.app), code).json["code"] == "pairing_refused"


def test_a_tablet_of_another_time_uses_no_code_up(hall: Hall) -> None:
    code, tablet = code_for(hall), FieldTablet(hall.app)
    body = {"code": code, "tablet": {"id": tablet.id, "name": "Old"}, "key": tablet.jwk}
    assert post(hall.app, "/tablets/pair", {**body, "protocol": 99}).json["code"] == "update_needed"
    assert pair(tablet, code).status_code == 200


@on_both
def test_of_two_tablets_with_one_code_one_is_paired(hall: Hall) -> None:
    code, both = code_for(hall), [FieldTablet(hall.app) for _ in range(4)]
    statuses: list[int] = []
    start = threading.Barrier(len(both))

    def run(tablet: FieldTablet) -> None:
        start.wait()
        statuses.append(pair(tablet, code).status_code)

    threads = [threading.Thread(target=run, args=(tablet,)) for tablet in both]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(statuses) == [200, 403, 403, 403]


def test_few_wrong_codes_an_hour_from_one_address(hall: Hall) -> None:
    wrong = [pair(FieldTablet(hall.app), new_code(), address="198.51.100.7").status_code for _ in range(22)]
    assert (wrong[:20], wrong[20:]) == ([403] * 20, [429] * 2)
    good = code_for(hall)
    assert pair(FieldTablet(hall.app), good, address="198.51.100.7").status_code == 429
    assert pair(FieldTablet(hall.app), good, address="198.51.100.8").status_code == 200


def test_codes_are_kept_as_hashes_and_hold_sixty_bits(hall: Hall) -> None:
    code = code_for(hall)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
    with hall.inside(), reading() as db:
        [row] = db.exec(select(PairingRow)).all()
        [event] = db.exec(select(AdminEventRow).where(AdminEventRow.kind == "pairing_offered")).all()
    assert code not in f"{row.model_dump()} {event.model_dump()}"
    assert len({new_code() for _ in range(200)}) == 200
    assert hash_of("oil0-7kqm") == hash_of(" 0110 7KQM ") != hash_of("0110-7KQN")


def test_a_code_is_made_for_oneself_and_by_an_administrator_for_everybody_there(hall: Hall) -> None:
    people = hall.people
    for by, who in (("contractor", "colleague"), ("contractor", "stranger"), ("contractor", "engineer")):
        with pytest.raises(Problem, match="no such person"):
            code_for(hall, who, by)
    for by in ("engineer", "admin", "reviewer", "service"):
        with pytest.raises(Problem) as refused:
            code_for(hall, by)
        assert refused.value.code == "forbidden"
    make_admin(hall)
    assert pair(FieldTablet(hall.app), code_for(hall, "contractor", "colleague")).status_code == 200
    with pytest.raises(Problem, match="no such person"):
        code_for(hall, "stranger", "colleague")
    with hall.inside():
        assert [each.id for each in pair_tablet.choices(people["colleague"])] == [people["contractor"].id]


def test_where_tablets_are_paired_a_password_alone_makes_none_known(strict: Hall) -> None:
    tablet = FieldTablet(strict.app)
    refused = sign_in(tablet)
    assert (refused.status_code, refused.json["code"]) == (403, "not_paired")
    assert "never paired" in refused.json["detail"]
    assert pair(tablet, code_for(strict)).status_code == 200
    assert sign_in(tablet).status_code == 200
    colleague = FieldTablet(strict.app, id=tablet.id)
    assert sign_in(colleague, "colleague").status_code == 200


def test_a_tablet_of_one_organisation_opens_for_nobody_of_another(hall: Hall) -> None:
    tablet = hall.tablet()
    guest = FieldTablet(hall.app, id=tablet.id)
    assert sign_in(guest, "stranger").json["code"] == "not_paired"
    code = code_for(hall, "stranger")
    assert pair(guest, code).json["code"] == "not_paired"
    assert pair(FieldTablet(hall.app), code).status_code == 200, "a refusal doesn't use the code up"
    with hall.inside():
        assert [each.id for each in tablets.list_tablets(hall.people["contractor"])] == [tablet.id]
        for act in (lambda: tablets.revoke(hall.people["stranger"], tablet.id),
                    lambda: tablets.rename(hall.people["stranger"], tablet.id, "Mine")):  # fmt: skip
            with pytest.raises(Problem, match="no such tablet"):
                act()


@on_both
def test_a_lost_tablet_is_shut_out_and_its_work_waits_for_a_decision_when_it_is_found(hall: Hall) -> None:
    tablet, colleague = hall.tablet(), hall.people["colleague"]
    unsent = tablet.record(hall.site, hall.item(), "note")
    with hall.inside():
        with pytest.raises(Problem, match="never worked on this tablet"):
            tablets.revoke(colleague, tablet.id)
        tablets.revoke(hall.people["contractor"], tablet.id)
    assert tablet.push(unsent).json["code"] == "token_invalid"
    refused = sign_in(tablet)
    assert (refused.status_code, refused.json["code"]) == (403, "not_paired")
    assert "revoked" in refused.json["detail"]

    # It turns up again: a fresh code lets it in, with a new key; what the old one signed is set apart.
    code = code_for(hall)
    assert pair(tablet, code).json["code"] == "key_taken"
    again = FieldTablet(hall.app, id=tablet.id)
    assert pair(again, code).status_code == 200
    [result] = again.sync(unsent)
    assert (result["status"], "revoked" in result["reason"]) == ("quarantined", True)
    [fresh] = again.sync(again.record(hall.site, hall.item(), "note"))
    assert fresh["status"] == "applied", fresh
    with hall.inside(), reading() as db:
        [kept] = db.exec(select(HeldOperationRow)).all()
        [listed] = tablets.list_tablets(hall.people["contractor"])
    assert (kept.operation_id, listed.held, listed.revoked_at) == (unsent["op"]["id"], 1, None)


def test_names_are_plain_and_every_change_is_noted(hall: Hall) -> None:
    tablet, contractor = hall.tablet(), hall.people["contractor"]
    with hall.inside():
        tablets.rename(contractor, tablet.id, "  Tablet 12 ")
        for name in ("", " ", "a\x00b", "x" * 61):
            with pytest.raises(Problem, match="give a name"):
                tablets.rename(contractor, tablet.id, name)
        tablets.revoke(contractor, tablet.id)
        tablets.revoke(contractor, tablet.id)
        assert [each.name for each in tablets.list_tablets(contractor)] == ["Tablet 12"]
        with reading() as db:
            events = db.exec(select(AdminEventRow).where(AdminEventRow.subject == tablet.id)).all()
    assert [(each.kind, each.actor) for each in events] == [
        ("tablet_renamed", contractor.id), ("tablet_revoked", contractor.id)
    ]  # fmt: skip


def client_of(hall: Hall, who: str) -> FlaskClient:
    client = hall.app.test_client()
    form = {"csrf_token": token_in(client.get("/sign-in").text), "email": email_of(who), "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_page_shows_a_code_once_and_never_in_an_address(hall: Hall) -> None:
    client = client_of(hall, "contractor")
    page = client.get("/tablets").text
    assert "No tablet is paired yet" in page
    shown = client.post("/tablets/pair", data={"csrf_token": token_in(page)})
    found = re.search(r"/field/#pair=([0-9A-Z-]{14})", shown.text)
    assert found
    assert "data:image/svg+xml;base64," in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    tablet = FieldTablet(hall.app)
    assert pair(tablet, found[1]).status_code == 200
    page = client.get("/tablets").text
    assert "Tablet 7" in page
    data = {"csrf_token": token_in(page), "name": "<b>Nine</b>"}
    assert client.post(f"/tablets/{tablet.id}/rename", data=data).status_code == 303
    assert "&lt;b&gt;Nine&lt;/b&gt;" in client.get("/tablets").text
    assert client.post(f"/tablets/{tablet.id}/revoke", data=data).status_code == 303
    assert tablet.call("GET", "/sites").status_code == 401
    assert "Revoked" in client.get("/tablets").text


def test_the_page_is_for_contractors_and_tells_nothing_to_others(hall: Hall) -> None:
    tablet = hall.tablet()
    for who in ("engineer", "reviewer", "service", "admin"):
        assert client_of(hall, who).get("/tablets").status_code == 403, who
    stranger = client_of(hall, "stranger")
    page = stranger.get("/tablets").text
    assert tablet.id not in page
    data = {"csrf_token": token_in(page), "name": "x"}
    for act in ("rename", "revoke"):
        assert stranger.post(f"/tablets/{tablet.id}/{act}", data=data).status_code == 404
    data["person"] = hall.people["contractor"].id
    assert stranger.post("/tablets/pair", data=data).status_code == 404


def test_the_command_line_pairs_lists_and_revokes(hall_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))
    monkeypatch.setenv("FIELDAPP_BASE_URL", "https://field.example/")
    runner = CliRunner()
    said = runner.invoke(cli, ["tablet", "pair", email_of("contractor")])
    assert said.exit_code == 0, said.output
    found = re.search(r"https://field.example/field/#pair=([0-9A-Z-]{14})", said.output)
    assert found
    assert "▀" in said.output
    hall = hall_of(hall_home)
    tablet = FieldTablet(hall.app)
    assert pair(tablet, found[1]).status_code == 200
    assert runner.invoke(cli, ["tablet", "revoke", tablet.id]).output == (
        "Tablet 7 is shut out: its sessions have ended.\n"
    )
    assert tablet.call("GET", "/sites").status_code == 401
    listed = runner.invoke(cli, ["tablet", "list", "--json"])
    assert f'"id": "{tablet.id}"' in listed.output
    assert isinstance(runner.invoke(cli, ["tablet", "pair", email_of("engineer")]).exception, Problem)
    close(hall)
