"""Two operators on one server, unmistakable words everywhere: no answer to one holds the other's."""

import hashlib
import re
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from fieldapp import create_app
from fieldapp.objects import objects
from fieldapp.store import database
from fieldapp.store.database import reading, session
from fieldapp.tables import (
    AdminEventRow,
    AssignmentRow,
    HeldOperationRow,
    InstrumentCertificateRow,
    InvitationRow,
    JobRow,
    PackRow,
    TokenRow,
)
from fieldapp.usecases import assign_site, invite, manage_people, open_site, preview_site, sections, tokens
from fieldapp.usecases.viewer import Viewer
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import PASSWORD, SITE_FILE, photo_of, picture
from tests.fieldapp.signed_in import sign_in

MARKS = ("Qxalpha", "Zybetaz")
ROLES = {
    "engineer": "Operator", "reviewer": "Operator", "admin": "Operator", "service": "Operator",
    "contractor": "Electric", "foreman": "Electric", "provider": "Watch",
}  # fmt: skip
#: What would not be an answer, or ends the session that asks.
LEFT_OUT = {"/assets/<name>", "/field/<path:name>", "/sign-in/provider", "/sign-in/provider/answer"}


@dataclass
class Side:
    """One operator with everybody who works for it, and the ids of its things."""

    mark: str
    people: dict[str, Viewer] = field(default_factory=dict)
    tablet: FieldTablet | None = None
    ids: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, tuple[Side, ...]]:
    home = tmp_path_factory.mktemp("markers")
    app = create_app({"FIELDAPP_HOME": str(home), "FIELDAPP_SIGN_IN_LIMIT": "10000 per minute"})
    app.testing = True
    with app.app_context():
        database.upgrade(database.database())
    return app, tuple(_side(app, mark, shade) for mark, shade in zip(MARKS, (40, 200), strict=True))


def _side(app: Flask, mark: str, shade: int) -> Side:
    side = Side(mark)
    with app.app_context():
        _people(side)
        _site(side)
    _work(app, side, shade)
    with app.app_context():
        _rest(side)
        side.ids |= _ids(side)
    return side


def _people(side: Side) -> None:
    mark, owner = side.mark, f"{side.mark} Operator"
    manage_people.add_organisation(owner, "operator")
    manage_people.add_organisation(f"{mark} Electric", "contractor", owner)
    manage_people.add_organisation(f"{mark} Watch", "service_provider", owner)
    roles = {"foreman": "admin", "provider": "service"}
    for who, organisation in ROLES.items():
        person = (f"{mark} {who}", f"{who}@{mark.lower()}.example", roles.get(who, who))
        side.people[who] = manage_people.add_person(*person, f"{mark} {organisation}", PASSWORD)
    day = datetime.now(UTC).date()
    held = [(day + timedelta(days=days)).isoformat() for days in (-30, 300)]
    words = ("installation tester", f"{mark} make", f"{mark} model", f"{mark} serial")
    side.ids["instrument_id"] = manage_people.add_instrument(f"{mark} Electric", *words, *held)


def _site(side: Side) -> None:
    text = SITE_FILE.replace("Parkhaus Nord", f"{side.mark} Parkhaus").replace("Nordring", side.mark)
    engineer = side.people["engineer"]
    site = open_site.open_site(engineer, "destination-ac", text)
    for who in ("contractor", "provider"):
        assign_site.assign_site(engineer, site, side.people[who].organisation_id)
    side.ids["site_id"] = site


def _work(app: Flask, side: Side, shade: int) -> None:
    """Words in everything that a tablet sends, what is refused and what waits included."""
    mark, site = side.mark, side.ids["site_id"]
    tablet = side.tablet = FieldTablet(app)
    tablet.sign_in(side.people["contractor"].email, PASSWORD)
    bundle = tablet.call("GET", f"/sites/{site}/bundle").json
    items = [item for each in bundle["checklists"] for item in each["items"]]
    item = next(each["key"] for each in items if each["criterion"]["kind"] == "equals")
    data = picture(shade)
    body = {**photo_of(data), "caption": f"{mark} caption"}
    reason = {"reason": f"{mark} reason"}
    sent = tablet.sync(
        tablet.record(site, item, "note", body={"text": f"{mark} note"}),
        tablet.record(site, item, "photo", body=body),
        tablet.record(site, items[1]["key"], "not_applicable", body=reason),
        tablet.record(site, "no-such-step@X", "note", body={"text": f"{mark} refused"}),
    )
    assert [each["status"] for each in sent] == ["applied", "applied", "applied", "rejected"]
    assert tablet.upload(data).status_code == 204
    side.ids |= {"key": item, "sha256": str(body["sha256"]), "tablet_id": tablet.id}


def _rest(side: Side) -> None:
    mark, site, engineer, admin = (
        side.mark,
        side.ids["site_id"],
        side.people["engineer"],
        side.people["admin"],
    )
    tokens.make_agent_token(engineer, f"{mark} agent", [site])
    invite.invite(admin, f"{mark} guest", f"guest@{mark.lower()}.example", "engineer", admin.organisation_id)
    sections.define(engineer, site, f"{mark} section", ["CH01"])
    text = SITE_FILE.replace("Parkhaus Nord", f"{mark} preview")
    side.ids["job_id"] = preview_site.request_preview(engineer, "destination-ac", text)
    with session() as db:
        row = db.get(JobRow, side.ids["job_id"])
        assert row
        row.state, row.error, row.message = "failed", f"{mark} error", f"{mark} message"
        pack = f"{mark} pack".encode()
        sha256 = hashlib.sha256(pack).hexdigest()
        objects().put(sha256, pack)
        db.add(
            PackRow(
                id=f"{mark}-pack", site_id=site, number=1, approval_number=1, sha256=sha256, size=len(pack),
                issued_at="2026-11-01T00:00:00.000Z", issued_by=engineer.id, manifest_digest="",
                head_number=1, bottom_line=f"{mark} bottom line",
            )
        )  # fmt: skip


def _ids(side: Side) -> dict[str, str]:
    site, owner = side.ids["site_id"], side.people["engineer"].organisation_id
    with reading() as db:

        def first(column: Any, *where: Any) -> str:
            return str(db.exec(select(column).where(*where)).first())

        assert db.exec(select(AdminEventRow)).first()
        return {
            "design_id": "destination-ac", "person_id": side.people["reviewer"].id, "name": "x",
            "secret": "x",
            "pack_id": f"{side.mark}-pack",
            "number": first(HeldOperationRow.number, HeldOperationRow.site_id == site),
            "section_id": sections_of(side),
            "assignment_id": first(AssignmentRow.id, AssignmentRow.site_id == site),
            "certificate_id": first(
                InstrumentCertificateRow.id,
                InstrumentCertificateRow.instrument_id == side.ids["instrument_id"],
            ),
            "qualification_id": "none", "run": "1",
            "token_id": first(TokenRow.id, TokenRow.person_id == side.people["engineer"].id),
            "invitation_id": first(InvitationRow.id, InvitationRow.organisation_id == owner),
        }  # fmt: skip


def sections_of(side: Side) -> str:
    from fieldapp.tables import SectionRow

    with reading() as db:
        return str(db.exec(select(SectionRow.id).where(SectionRow.site_id == side.ids["site_id"])).first())


def rules(app: Flask, method: str, *, api: bool) -> list[str]:
    found = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    return sorted({rule.rule for rule in found if rule.rule.startswith("/api/") is api} - LEFT_OUT)


def filled(rule: str, ids: dict[str, str]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], rule)


def mixed(rule: str, own: Side, other: Side) -> set[str]:
    """Return the addresses of a rule with one's own things, the other's, the other's at one's own site."""
    crossed = other.ids | {"site_id": own.ids["site_id"]}
    return {filled(rule, ids) for ids in (own.ids, other.ids, crossed)}


def words_of(data: bytes) -> str:
    """Return everything that can be read in an answer."""
    if data.startswith(b"%PDF-"):
        read = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
        return read.stdout.decode()
    return data.decode(errors="replace")


def check(answer: Any, address: str, who: str, own: Side, other: Side) -> bool:
    """Refuse an answer with a word of the other side; True when it holds one of the own."""
    text = words_of(answer.data) + str(answer.headers)
    # What was asked for may be said again: an address in a link back is no news to who sent it.
    asked = [each for each in other.ids.values() if other.mark in each]
    for each in asked:
        text = text.replace(each, "")
    assert other.mark.lower() not in text.lower(), (who, address)
    assert answer.status_code < 500, (who, address)
    return own.mark in text


SIDES = [(0, 1), (1, 0)]


@pytest.mark.parametrize(("mine", "theirs"), SIDES)
@pytest.mark.parametrize("who", ROLES)
def test_no_page_holds_a_word_of_the_other(
    world: tuple[Flask, tuple[Side, ...]], who: str, mine: int, theirs: int
) -> None:
    app, sides = world
    own, other = sides[mine], sides[theirs]
    client = signed(app, own, who)
    seen = 0
    for rule in rules(app, "GET", api=False):
        for address in sorted(mixed(rule, own, other)):
            for query in ("", f"?q={other.mark}&state=all") if rule in ("/", "/sites") else ("",):
                asked = client.get(address + query)
                if not query:
                    seen += check(asked, address, who, own, other)
                else:
                    assert f"{other.mark} " not in asked.text, (who, address)
    assert seen > 3, "it does see its own"


@pytest.mark.parametrize("who", ["engineer", "foreman", "reviewer", "contractor"])
def test_no_refusal_holds_a_word_of_the_other(world: tuple[Flask, tuple[Side, ...]], who: str) -> None:
    """Every form at the other's things: refused, and the page that says so knows nothing."""
    app, (own, other) = world
    client = signed(app, own, who)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/packs/verify").text)
    assert token
    form = {
        "csrf_token": token[1], "reason": "x", "comment": "x", "item": other.ids["key"], "confirm": "yes",
        "organisation": other.people["contractor"].organisation_id, "job": other.ids["job_id"],
        "title": "x", "station": "CH01", "role": "engineer", "name": "x", "sites": other.ids["site_id"],
    }  # fmt: skip
    for rule in rules(app, "POST", api=False):
        if "<" in rule and "account" not in rule:
            crossed = other.ids | {"site_id": own.ids["site_id"]}
            addresses = {filled(rule, other.ids), filled(rule, crossed)}
            for address in addresses - {filled(rule, own.ids)}:
                check(client.post(address, data=form, follow_redirects=True), address, who, own, other)
    with app.app_context(), reading() as db:
        assert db.get(JobRow, other.ids["job_id"]).state == "failed"  # type: ignore[union-attr]
        ended = select(AssignmentRow).where(AssignmentRow.site_id == other.ids["site_id"])
        assert all(each.ended_at is None for each in db.exec(ended))


def signed(app: Flask, side: Side, who: str) -> FlaskClient:
    client = app.test_client()
    sign_in(app, client, side.people[who].id)
    return client


@pytest.mark.parametrize(("mine", "theirs"), SIDES)
def test_no_answer_to_a_token_holds_a_word_of_the_other(
    world: tuple[Flask, tuple[Side, ...]], mine: int, theirs: int
) -> None:
    app, sides = world
    own, other = sides[mine], sides[theirs]
    tablet = own.tablet
    assert tablet
    assert other.tablet
    seen = 0
    for rule in rules(app, "GET", api=True):
        for address in sorted(mixed(rule, own, other)):
            for named in (own.tablet, other.tablet):
                asked = {"tablet": named.id} if named else {}
                query = asked if rule.endswith("/receipts") else {}
                answer = tablet.call("GET", address.removeprefix("/api/v1"), query_string=query)
                seen += check(answer, address, "contractor", own, other)
    assert seen
    for method, path in (("HEAD", "/objects/{sha256}"), ("POST", "/sites/{site_id}/submit")):
        answer = tablet.call(method, path.format(**other.ids), **({"json": {}} if method == "POST" else {}))
        assert answer.status_code == 404
    sent = tablet.push(tablet.record(other.ids["site_id"], other.ids["key"], "note"))
    check(sent, "sync", "contractor", own, other)
    assert sent.json["results"][0]["status"] == "quarantined"


def test_whoever_has_not_signed_in_learns_nothing(
    world: tuple[Flask, tuple[Side, ...]], tmp_path: Path
) -> None:
    app, sides = world
    for side in sides:
        for api in (True, False):
            for rule in rules(app, "GET", api=api):
                answer = app.test_client().get(filled(rule, side.ids), follow_redirects=True)
                text = answer.text
                for each in (each for each in side.ids.values() if side.mark in each):
                    text = text.replace(each, "")
                assert side.mark not in text, rule
