"""Who may open which page and send which form: one table of address × person, and what strangers learn."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import select

from fieldapp.store.database import reading
from fieldapp.tables import (
    AssignmentRow,
    InstrumentCertificateRow,
    InvitationRow,
    JobRow,
    QualificationRow,
    TabletRow,
    TokenRow,
)
from fieldapp.usecases import invite, tokens, view_site
from tests.fieldapp.access_table import EVERYBODY, FORMS, PAGES, PUBLIC, WITH_FILES

PEOPLE = tuple(sorted(EVERYBODY))
PASSWORD = "correct horse battery"
#: What stands behind an address.
MORE = {"/sites/<site_id>/checklists.pdf": "?section=handover"}
#: Forms that an open site takes; everywhere else it is the one that was handed over.
OPEN = {"/sites/<site_id>/submit", "/sites/<site_id>/paper", "/sites/<site_id>/assign"}


@pytest.fixture(scope="module")
def places(built) -> dict[str, str]:
    """Return what stands in the place of each parameter of an address: things of the engineer's side."""
    engineer, admin, site = built.people["engineer"], built.people["admin"], built.sites["issued"]
    view = built.do(view_site.view_site, engineer, site)
    built.do(tokens.make_agent_token, engineer, "laptop", [site])
    built.do(invite.invite, admin, "Nora", "nora@example.com", "engineer", admin.organisation_id)
    with built.app.app_context(), reading() as db:

        def first(column: Any, *where: Any) -> str:
            return str(db.exec(select(column).where(*where)).first())

        certificate = InstrumentCertificateRow
        mine = certificate.instrument_id == built.instruments["earth-tester"]
        who = QualificationRow.person_id == built.people["contractor"].id
        return {
            "site_id": site,
            "open": built.sites["open"],
            "pack_id": view.packs[-1].id,
            "key": next(key for key, state in view.states.items() if state.status == "passed"),
            "sha256": next(iter(view.photos)),
            "design_id": "destination-ac",
            "person_id": built.people["second"].id,
            "number": "1",
            "run": str(view.probe_runs[0].number),
            "section_id": "none",
            "instrument_id": built.instruments["earth-tester"],
            "certificate_id": first(certificate.id, mine),
            "qualification_id": first(QualificationRow.id, who),
            "job_id": first(JobRow.id, JobRow.site_id == site, JobRow.kind == "issue_pack"),
            "assignment_id": first(AssignmentRow.id, AssignmentRow.site_id == site),
            "tablet_id": first(TabletRow.id),
            "token_id": first(TokenRow.id, TokenRow.kind == "agent"),
            "invitation_id": first(InvitationRow.id),
        }


@pytest.fixture(scope="module")
def clients(built):
    return {person: built.client(person) for person in PEOPLE}


def address_of(rule: str, places: Mapping[str, str], *, form: bool = False) -> str:
    """Return the address of a rule with things of the engineer's side in it."""
    own = {**places, "site_id": places["open"]} if form and rule in OPEN else places
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: own[found[1]], rule) + MORE.get(rule, "")


def test_every_route_has_its_line(built):
    rules = [rule for rule in built.app.url_map.iter_rules() if not rule.rule.startswith("/api/")]
    pages = {rule.rule for rule in rules if "GET" in (rule.methods or ())} - PUBLIC
    forms = {rule.rule for rule in rules if "POST" in (rule.methods or ())} - PUBLIC - WITH_FILES
    what = "Write its line into tests/fieldapp/access_table.py: who may use it?"
    assert pages == set(PAGES), what
    assert forms == set(FORMS), what


@pytest.mark.parametrize(("rule", "allowed"), PAGES.items(), ids=list(PAGES))
def test_pages(clients, places, rule, allowed):
    target = address_of(rule, places)
    answers = {person: client.get(target).status_code for person, client in clients.items()}
    assert {person for person, status in answers.items() if status in (200, 302)} == allowed, answers
    assert all(status in (200, 302, 403, 404) for status in answers.values()), answers


@pytest.mark.parametrize("rule", PAGES)
def test_nobody_sees_a_page_without_signing_in(built, places, rule):
    response = built.client().get(address_of(rule, places))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("state", ["open", "submitted", "approved"])
def test_before_the_handover_nobody_of_the_service_sees_a_site(clients, places, built, state):
    target = f"/sites/{built.sites[state]}"
    allowed = {person for person, client in clients.items() if client.get(target).status_code == 200}
    assert allowed == {"engineer", "reviewer", "admin", "contractor", "foreman"}


def test_a_stranger_cannot_tell_a_hidden_site_from_a_missing_one(clients, places):
    hidden = clients["stranger"].get(f"/sites/{places['site_id']}")
    missing = clients["stranger"].get("/sites/01900000-0000-7000-8000-000000000000")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text == missing.text


@pytest.mark.parametrize(("rule", "row"), FORMS.items(), ids=list(FORMS))
def test_forms_are_refused_to_everybody_else(built, clients, places, rule, row):
    (allowed, form), target = row, address_of(rule, places, form=True)
    before = heads(built)
    for person in set(PEOPLE) - allowed:
        sent = form | {"csrf_token": token_of(clients[person])}
        assert clients[person].post(target, data=sent).status_code in (403, 404), person
    assert heads(built) == before


@pytest.mark.parametrize(("rule", "row"), FORMS.items(), ids=list(FORMS))
def test_a_form_without_its_token_does_nothing(built, clients, places, rule, row):
    (allowed, form), target = row, address_of(rule, places, form=True)
    before = heads(built)
    for person in allowed:
        response = clients[person].post(target, data=form)
        assert response.status_code == 400
        assert "expired" in response.text
    assert heads(built) == before


def test_signing_in_and_out_needs_a_token_too(built):
    client = built.client("engineer")
    assert client.post("/sign-out").status_code == 400
    assert client.get("/").status_code == 200
    assert client.post("/sign-out", data={"csrf_token": token_of(client)}).status_code == 302
    assert client.get("/").status_code == 302
    assert client.post("/sign-in", data={"email": "x", "password": "y"}).status_code == 400


def test_a_wrong_password_is_said_without_saying_which_part(built):
    client = built.client()
    for email in ("engineer@example.com", "nobody@example.com"):
        form = {"csrf_token": token_of(client, "/sign-in"), "email": email, "password": "wrong"}
        response = client.post("/sign-in", data=form)
        assert response.status_code == 401
        assert "do not belong together" in response.text


def test_after_signing_in_one_arrives_where_one_wanted_to_go(built):
    client, site = built.client(), f"/sites/{built.sites['open']}"
    asked = client.get(site).headers["Location"]
    form = {"csrf_token": token_of(client, asked), "email": "engineer@example.com", "password": PASSWORD}
    wanted = re.search(r'name="next" value="([^"]*)"', client.get(asked).text)
    assert wanted
    response = client.post("/sign-in", data=form | {"next": wanted[1]})
    assert response.headers["Location"] == site


def heads(built) -> list[tuple[int, str]]:
    """Return where the journals of all sites stand."""
    engineer = built.people["engineer"]
    found = (built.do(view_site.view_site, engineer, site).journal_head for site in built.sites.values())
    return [(head.number, head.hash) for head in found]


def token_of(client, address: str = "/packs/verify") -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]
