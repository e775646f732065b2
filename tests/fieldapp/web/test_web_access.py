"""Who may open which page and send which form: one table of address × person, and what strangers learn."""

import re

import pytest

from fieldapp.usecases import view_site

PEOPLE = ("engineer", "reviewer", "contractor", "service", "admin", "stranger", "other_contractor")
PASSWORD = "correct horse battery"
INSIDERS = {"engineer", "reviewer", "contractor", "service", "admin"}

#: address, who may open it; the others get 403 or 404.
PAGES = [
    ("/", set(PEOPLE)),
    ("/sites", set(PEOPLE)),
    ("/packs/verify", set(PEOPLE)),
    ("/people", {"admin"}),
    ("/objects", {"engineer", "admin", "stranger"}),
    ("/tablets", {"contractor", "other_contractor"}),
    ("/sites/new", {"engineer", "admin", "stranger"}),
    ("/sites/new/destination-ac", {"engineer", "admin", "stranger"}),
    ("/sites/{issued}", INSIDERS),
    ("/sites/{issued}/checklists", INSIDERS),
    ("/sites/{issued}/checklists.csv", INSIDERS),
    ("/sites/{issued}/paper", INSIDERS),
    ("/sites/{issued}/checklists.pdf?section=handover", INSIDERS),
    ("/sites/{issued}/items/{item}", INSIDERS),
    ("/sites/{issued}/one-line", INSIDERS),
    ("/sites/{issued}/one-line.svg", INSIDERS),
    ("/sites/{issued}/study", INSIDERS),
    ("/sites/{issued}/probe", INSIDERS),
    ("/sites/{issued}/site-plan.json", INSIDERS),
    ("/sites/{issued}/review", INSIDERS),
    ("/sites/{issued}/packs", INSIDERS),
    ("/sites/{issued}/revisions", INSIDERS),
    ("/sites/{issued}/proposals", INSIDERS),
    ("/sites/{issued}/revise", {"engineer", "admin"}),
    ("/designs/destination-ac/impact", {"engineer", "admin", "stranger"}),
    ("/sites/{issued}/packs/{pack}.pdf", INSIDERS - {"contractor"}),
    ("/sites/{issued}/journal", INSIDERS - {"service"}),
    ("/sites/{open}", INSIDERS - {"service"}),
    ("/sites/{unassigned}", INSIDERS - {"service", "contractor"}),
]

#: address, form, who may send it at all; the others get 403 or 404.
FORMS = [
    ("/sites/{unassigned}/assign", {"organisation": "none"}, {"engineer", "admin"}),
    ("/sites/{open}/submit", {}, {"contractor"}),
    ("/sites/{open}/sections", {"title": "x", "station": "CH01"}, {"engineer", "contractor", "admin"}),
    ("/sites/{open}/sections/none/remove", {}, {"engineer", "contractor", "admin"}),
    ("/sites/{open}/sections/none/submit", {}, {"contractor"}),
    ("/sites/{open}/sections/none/approve", {"confirm": "yes"}, {"reviewer"}),
    ("/sites/{open}/paper", {"do": "check"}, {"contractor"}),
    ("/sites/{submitted}/review/return", {"item": "none", "comment": "x"}, {"reviewer"}),
    ("/sites/{submitted}/review/concede", {"item": "none", "comment": "x"}, {"reviewer"}),
    ("/sites/{submitted}/review/accept-not-applicable", {"item": "none"}, {"reviewer"}),
    ("/sites/{submitted}/review/approve", {"confirm": "yes"}, {"reviewer"}),
    ("/sites/{approved}/packs", {}, {"engineer", "reviewer", "admin"}),
    ("/sites/{open}/revise", {"text": "name: x", "reason": "x"}, {"engineer", "admin"}),
    ("/sites/{open}/revisions", {"job": "none"}, {"engineer", "admin"}),
    ("/sites/{open}/proposals/accept", {"proposal": "none"}, {"engineer", "admin"}),
    ("/sites/{open}/proposals/refuse", {"proposal": "none", "reason": "x"}, {"engineer", "admin"}),
]


@pytest.fixture(scope="module")
def places(built) -> dict[str, str]:
    client = built.client("engineer")
    site = f"/sites/{built.sites['issued']}"
    pack = re.search(r"/packs/([0-9a-f-]+)\.pdf", client.get(f"{site}/packs").text)
    item = re.search(r"/items/([^\"]+)", client.get(f"{site}/checklists?status=passed").text)
    assert pack
    assert item
    return {**built.sites, "item": item[1], "pack": pack[1]}


@pytest.fixture(scope="module")
def clients(built):
    return {person: built.client(person) for person in PEOPLE}


@pytest.mark.parametrize(("address", "allowed"), PAGES, ids=[page for page, _ in PAGES])
def test_pages(clients, places, address, allowed):
    target = address.format(**places)
    answers = {person: client.get(target).status_code for person, client in clients.items()}
    assert {person for person, status in answers.items() if status == 200} == allowed, answers
    assert all(status in (200, 403, 404) for status in answers.values()), answers


@pytest.mark.parametrize("address", [page for page, _ in PAGES])
def test_nobody_sees_a_page_without_signing_in(built, places, address):
    response = built.client().get(address.format(**places))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in?next=")


def test_a_stranger_cannot_tell_a_hidden_site_from_a_missing_one(clients, places):
    hidden = clients["stranger"].get(f"/sites/{places['issued']}")
    missing = clients["stranger"].get("/sites/01900000-0000-7000-8000-000000000000")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text == missing.text


@pytest.mark.parametrize(("address", "form", "allowed"), FORMS, ids=[address for address, *_ in FORMS])
def test_forms_are_refused_to_everybody_else(built, clients, places, address, form, allowed):
    target = address.format(**places)
    before = head_of(built, target)
    for person in set(PEOPLE) - allowed:
        sent = form | {"csrf_token": token_of(clients[person])}
        assert clients[person].post(target, data=sent).status_code in (403, 404), person
    assert head_of(built, target) == before


@pytest.mark.parametrize(("address", "form", "allowed"), FORMS, ids=[address for address, *_ in FORMS])
def test_a_form_without_its_token_does_nothing(built, clients, places, address, form, allowed):
    target = address.format(**places)
    before = head_of(built, target)
    for person in allowed:
        response = clients[person].post(target, data=form)
        assert response.status_code == 400
        assert "expired" in response.text
    assert head_of(built, target) == before


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


def head_of(built, target: str) -> tuple[int, str]:
    """Return where the journal of the site in an address stands."""
    engineer = built.people["engineer"]
    head = built.do(view_site.view_site, engineer, target.split("/")[2]).journal_head
    return head.number, head.hash


def token_of(client, address: str = "/packs/verify") -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]
