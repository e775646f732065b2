"""Whose assignment has ended, is yet to begin or was never: every route of the site is 404, page or API."""

from typing import Any

import pytest

from fieldapp.clock import later
from fieldapp.usecases import assign_site, manage_people, manage_staff
from fieldapp.usecases.viewer import Viewer
from tests.fieldapp.hall_cast import PASSWORD, Hall, photo_of, picture
from tests.fieldapp.hostile_hall import API, FIELDS, address, routes, rows
from tests.fieldapp.signed_in import sign_in

TOMORROW = later(2 * 86_400)[:10]


@pytest.fixture
def shut_out(hall: Hall) -> dict[str, Viewer]:
    """One person of each kind that sees nothing of the site today."""
    assign, engineer, people = assign_site.assign_site, hall.people["engineer"], hall.people
    with hall.inside():
        for name, kind in (("Watch", "service_provider"), ("Nobody", "contractor"), ("Past", "contractor")):
            manage_people.add_organisation(name, kind, "Operator")
        provider = manage_people.add_person("Wanda", "wanda@example.org", "service", "Watch", PASSWORD)
        never = manage_people.add_person("Never", "never@example.org", "admin", "Nobody", PASSWORD)
        past = manage_people.add_person("Past", "past@example.org", "contractor", "Past", PASSWORD)
        assign(engineer, hall.site, past.organisation_id, "2020-01-01", "2020-12-31")
        assign(engineer, hall.site, people["contractor"].organisation_id)
        assign(engineer, hall.site, people["stranger"].organisation_id, TOMORROW)  # ends the one before
        assign(engineer, hall.site, provider.organisation_id)
    return {
        "ended": people["contractor"], "days over": past, "to begin": people["stranger"], "never": never,
        "nothing handed over": provider, "another operator": people["other_engineer"],
    }  # fmt: skip


def site_routes(hall: Hall, *methods: str, api: bool) -> list[tuple[str, str]]:
    return [each for each in routes(hall, *methods, api=api) if "<site_id>" in each[1].replace("string:", "")]


def test_every_page_and_form_of_the_site_is_missing(hall: Hall, shut_out: dict[str, Viewer]) -> None:
    before, item = rows(hall), hall.item()
    for kind, person in shut_out.items():
        client = hall.app.test_client()
        sign_in(hall.app, client, person.id)
        token = client.get("/account").text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        form = dict.fromkeys(FIELDS, "x") | {"confirm": "yes", "csrf_token": token}
        assert "Parkhaus Nord" not in client.get("/").text + client.get("/sites").text, kind
        for method, rule in site_routes(hall, "GET", "POST", api=False):
            data: Any = form if method == "POST" else None
            answer = client.open(address(hall, rule, item), method=method, data=data)
            # A form without its file is sent back before anybody looks for its site.
            expected = (303, 404) if rule == "/sites/<site_id>/probe" else (404,)
            assert answer.status_code in expected, (kind, method, rule)
            assert "Parkhaus Nord" not in answer.text
    assert rows(hall) == before


def test_every_route_of_the_api_says_that_there_is_no_site(hall: Hall, shut_out: dict[str, Viewer]) -> None:
    for kind, person in shut_out.items():
        who = person.email.partition("@")[0]
        tablet = hall.tablet(who)
        for method, rule in site_routes(hall, "GET", "POST", api=True):
            body = {"json": {}} if method == "POST" else {}
            answer = tablet.call(method, address(hall, rule).removeprefix(API), **body)
            # A report that is none is told so before anybody looks for its site.
            expected = (404, 422) if rule.endswith("/probe-runs") else (404,)
            assert answer.status_code in expected, (kind, method, rule, answer.text)
        assert tablet.call("GET", "/sites").json == {"sites": []}, kind


def test_photos_of_the_site_end_with_the_assignment(hall: Hall) -> None:
    mine, colleague = hall.tablet(), hall.tablet("colleague")
    data = picture(33)
    body = photo_of(data)
    assert mine.sync(mine.record(hall.site, hall.item(), "photo", body=body))[0]["status"] == "applied"
    assert mine.upload(data).status_code == 204
    path = f"/objects/{body['sha256']}"
    assert colleague.call("GET", path).status_code != 404
    with hall.inside():
        engineer, stranger = hall.people["engineer"], hall.people["stranger"]
        assign_site.assign_site(engineer, hall.site, stranger.organisation_id)
    assert colleague.call("GET", path).status_code == 404
    assert hall.tablet("stranger").call("GET", path).status_code != 404


def test_whoever_was_deactivated_is_out_at_once(hall: Hall) -> None:
    tablet, client, person = hall.tablet(), hall.app.test_client(), hall.people["contractor"]
    sign_in(hall.app, client, person.id)
    assert client.get(f"/sites/{hall.site}").status_code == 200
    with hall.inside():
        manage_staff.deactivate(None, person.id)
    for method, rule in site_routes(hall, "GET", "POST", api=True):
        assert tablet.call(method, address(hall, rule).removeprefix(API)).status_code == 401, (method, rule)
    for _, rule in site_routes(hall, "GET", api=False):
        answer = client.get(address(hall, rule))
        assert (answer.status_code, "/sign-in" in answer.location) == (302, True), rule
