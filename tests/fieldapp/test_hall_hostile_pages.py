"""Hostile requests to the pages: forms from elsewhere, other hosts, ways out of a folder, markup in names."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fieldapp.config import settings
from fieldapp.usecases import assign_site, open_site, sections, tokens
from tests.fieldapp.conftest import close
from tests.fieldapp.hall_cast import PASSWORD, SITE_FILE, Hall, email_of, hall_of
from tests.fieldapp.hostile_hall import FIELDS, address, routes, rows
from tests.fieldapp.signed_in import sign_in

MARKUP = "<img src=x onerror=alert(1)>"
EVIL = "evil.example"
AWAY = [
    f"//{EVIL}", f"https://{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"/\t/{EVIL}", f"\t//{EVIL}", f"///{EVIL}",
    f"javascript:alert('{EVIL}')", f"/%0d%0aLocation:https://{EVIL}", f"/\r\nLocation: https://{EVIL}",
    f"http:{EVIL}", f"//{EVIL}/%2f..", f" //{EVIL}", f"@{EVIL}", f"/\u2028/{EVIL}",
]  # fmt: skip


@pytest.fixture(scope="module")
def hall(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    home = tmp_path_factory.mktemp("hostile") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home, FIELDAPP_MAX_BODY_MB="1", FIELDAPP_BASE_URL="http://localhost")
    yield hall
    close(hall)


def browser(hall: Hall, who: str) -> FlaskClient:
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people[who].id)
    return client


def form_token(client: FlaskClient) -> str:
    return client.get("/account").text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def test_a_form_from_elsewhere_changes_nothing(hall: Hall) -> None:
    """Without the token of this very session, with a guessed one or with somebody else's."""
    others = form_token(browser(hall, "stranger"))
    before = rows(hall)
    for who in ("contractor", "admin"):
        client = browser(hall, who)
        for _, rule in routes(hall, "POST", api=False):
            for token in (None, "guessed", others):
                form = {"organisation": hall.people["stranger"].organisation_id, "confirm": "yes"}
                form |= {} if token is None else {"csrf_token": token}
                answer = client.post(address(hall, rule), data=form)
                assert answer.status_code == 400, (who, rule, token, answer.text[:300])
        assert client.get("/account").status_code == 200, "nobody was signed out either"
    assert rows(hall) == before


def test_no_other_method_takes_the_place_of_a_form(hall: Hall) -> None:
    client, before = browser(hall, "admin"), rows(hall)
    only_forms = {rule for _, rule in routes(hall, "POST", api=False)} - {
        rule for _, rule in routes(hall, "GET", api=False)
    }
    override = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "X-Method-Override": "POST"}
    for rule in sorted(only_forms):
        for method in ("GET", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
            answer = client.open(
                address(hall, rule), method=method, headers=override, query_string={"_method": "POST"}
            )
            # "pair" is a tablet as well as a form, and so on: an address that isn't one is 404.
            assert answer.status_code in (400, 404, 405), (method, rule)
    assert rows(hall) == before


def test_an_answer_never_leads_to_a_host_that_the_request_names(hall: Hall) -> None:
    named = dict.fromkeys(("X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-Host"), EVIL)
    named |= {"Host": EVIL, "Forwarded": f"host={EVIL}", "Referer": f"https://{EVIL}/sites"}
    client, nobody = browser(hall, "admin"), hall.app.test_client()
    token = form_token(client)
    for _, rule in routes(hall, "GET", api=False):
        for each in (client, nobody):
            answer = each.get(address(hall, rule), headers=named)
            assert answer.status_code < 500 or rule == "/field/", rule
            assert EVIL not in answer.text + str(answer.headers), rule
    for path in (f"/sites/{hall.site}/assign", "/people/invite", "/tokens"):
        form = {"csrf_token": token, "name": "Box", "site": hall.site}
        answer = client.post(path, data=form, headers=named)
        assert EVIL not in answer.text + str(answer.headers), path


@pytest.mark.parametrize("referrer", ["//sites", "//jobs/", "http://localhost//sites", f"//{EVIL}/sites"])
def test_who_comes_from_an_odd_page_is_led_back_to_this_server(hall: Hall, referrer: str) -> None:
    client = browser(hall, "engineer")
    form = {"csrf_token": form_token(client), "organisation": "none", "from": "never"}
    partner = hall.people["contractor"].organisation_id
    answer = client.post(
        f"/sites/{hall.site}/assign", data=form | {"organisation": partner}, headers={"Referer": referrer}
    )
    assert answer.status_code == 303
    assert re.match(r"/[^/\\]|/\Z", answer.location), answer.location


@pytest.mark.parametrize("wanted", AWAY)
def test_a_sign_in_leads_nowhere_else(hall: Hall, wanted: str) -> None:
    client = hall.app.test_client()
    page = client.get("/sign-in", query_string={"next": wanted})
    token = page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, "email": email_of("service"), "password": PASSWORD, "next": wanted}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 302
    assert re.match(r"/[^/\\]|/\Z", answer.location), answer.location
    again = client.get("/sign-in", query_string={"next": wanted})
    assert re.match(r"/[^/\\]|/\Z", again.location), again.location


@pytest.mark.parametrize(
    "way",
    [
        "../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd",
        "....//....//etc/passwd", "..%5c..%5cetc%5cpasswd", "%2fetc%2fpasswd", "/etc/passwd",
        "..%252f..%252fetc%252fpasswd", "..%00/etc/passwd", "%00", "%0a", "%c0%ae%c0%ae/etc/passwd", "%ff",
        "a" * 5000, ".", "..", "%ed%a0%80", "C:%5cWindows%5cwin.ini", "index.html%00.svg", "secret.key",
    ],
)  # fmt: skip
def test_no_address_leads_out_of_its_folder(hall: Hall, way: str) -> None:
    with hall.inside():
        secret = settings().secret()
    client = browser(hall, "admin")
    for _, rule in routes(hall, "GET", api=False):
        if "<" not in rule:
            continue
        for path in {address(hall, rule, way), re.sub(r"<[^>]+>", lambda _: way, rule)}:
            if way not in path:
                continue
            answer = client.get(path)
            assert answer.status_code < 500, (path, answer.text[:300])
            assert b"root:" not in answer.data, path
            assert secret.encode() not in answer.data, path


@pytest.mark.parametrize("value", ["%ED%A0%80%FF%00%0D%0A", "1e999", "LONG", "MARKUP"])
def test_whatever_stands_in_a_form_is_answered(hall: Hall, value: str) -> None:
    """Every name of a field at once, in every form, by everybody who has one."""
    filled = {"LONG": "9" * 60_000, "MARKUP": MARKUP.replace("<", "%3C").replace(">", "%3E")}.get(
        value, value
    )
    fields = FIELDS if value != "LONG" else FIELDS[::3]
    body = "&".join(f"{name}={filled}" for name in fields)
    for who in ("contractor", "reviewer", "admin"):
        client = browser(hall, who)
        token = form_token(client)
        for _, rule in routes(hall, "POST", api=False):
            if rule in ("/sign-out", "/account/sessions/end-all"):
                continue
            answer = client.post(
                address(hall, rule), data=f"csrf_token={token}&{body}",
                content_type="application/x-www-form-urlencoded",
            )  # fmt: skip
            assert answer.status_code < 500, (who, rule, answer.text[:500])
            assert MARKUP not in answer.text, (who, rule)


def test_markup_in_a_name_stays_text_on_every_page(hall: Hall) -> None:
    engineer = hall.people["engineer"]
    text = SITE_FILE.replace("Parkhaus Nord", f"'{MARKUP}'").replace("Nordring 4, 20095", f"'{MARKUP}'#")
    with hall.inside():
        site = open_site.open_site(engineer, "destination-ac", text)
        assign_site.assign_site(engineer, site, hall.people["contractor"].organisation_id)
        sections.define(engineer, site, MARKUP, ["CH01"])
        tokens.make_agent_token(engineer, MARKUP, [site])
    tablet, (first, second) = hall.tablet(), (hall.item(number=number) for number in range(2))
    signed = [
        tablet.record(site, first, "note", body={"text": MARKUP}),
        tablet.record(site, second, "not_applicable", body={"reason": MARKUP}),
    ]
    assert {each["status"] for each in tablet.sync(*signed)} == {"applied"}
    here = Hall(hall.app, hall.people, site)
    seen = 0
    rules = [rule for _, rule in routes(hall, "GET", api=False) if not rule.endswith(".pdf")]
    for who in ("contractor", "reviewer", "admin"):
        client = browser(hall, who)
        pages = [address(here, rule, first) for rule in rules]
        for path in [*pages, f"/sites/{site}/items/{second}", "/sites?q=%3Cimg%20src=x"]:
            answer = client.get(path)
            assert answer.status_code < 500 or path == "/field/", path
            assert MARKUP not in answer.text or answer.mimetype in ("text/csv", "application/json"), path
            seen += "&lt;img src=x onerror" in answer.text
            assert MARKUP not in str(answer.headers)
    assert seen > 20
