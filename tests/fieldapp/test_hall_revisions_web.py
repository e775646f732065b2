"""The pages of revisions and recorded deviations, as an engineer goes through them."""

import re
from typing import Any

from flask.testing import FlaskClient

from fieldapp import jobs
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of
from tests.fieldapp.test_hall_revisions import EXTENDED

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def browser(hall: Hall, who: str = "engineer") -> FlaskClient:
    client = hall.app.test_client()
    send(client, "/sign-in", "/sign-in", email=email_of(who), password=PASSWORD)
    return client


def send(client: FlaskClient, page: str, address: str, **form: Any) -> str:
    """Send a form of a page and return where it leads."""
    found = TOKEN.search(client.get(page).text)
    assert found
    answer = client.post(address, data={"csrf_token": found[1], **form})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def studied(hall: Hall, client: FlaskClient, address: str) -> str:
    """Have a worker study what a page waits for; return the page."""
    assert "<progress" in client.get(address).text
    with hall.inside():
        assert jobs.run(address.rsplit("/", 1)[1])
    return client.get(address).text


def test_an_engineer_accepts_one_deviation_and_refuses_another(hall: Hall) -> None:
    tablet, item = hall.tablet(), "insulation-resistance@F03"
    bodies = [
        {"tag": "F03", "property": "cable", "value": "cu-xlpe-5g16", "reason": "<b>stock</b>"},
        {"tag": "F02", "property": "other", "value": "the duct is blocked", "reason": "rock"},
    ]
    signed = [tablet.record(hall.site, item, "deviation", body=body) for body in bodies]
    tablet.sync(*signed)
    client, site = browser(hall), f"/sites/{hall.site}"
    page = client.get(f"{site}/proposals").text
    assert "cu-xlpe-5g10" in page
    assert "&lt;b&gt;stock&lt;/b&gt;" in page
    assert "change the site file by hand" in page
    assert page.count("Accept as built") == 1  # what is said in words can't be ticked
    for where in ("", "/checklists", f"/items/{item}", "/review", "/revisions"):
        assert client.get(f"{site}{where}").status_code == 200
    assert "F03, cable: cu-xlpe-5g16 (" in client.get(f"{site}/journal").text
    preview = send(client, f"{site}/proposals", f"{site}/proposals/accept", proposal=signed[0]["op"]["id"])
    page = studied(hall, client, preview)
    assert "cable Cu XLPE 5G10 → Cu XLPE 5G16" in page
    assert "Make it revision 2" in page
    assert send(client, preview, f"{site}/revisions", job=preview.rsplit("/", 1)[1]) == f"{site}/revisions"
    page = client.get(f"{site}/revisions").text
    assert "Recorded on site, accepted as built." in page
    assert "1 recorded deviation" in page
    refusal = {"proposal": signed[1]["op"]["id"], "reason": "Take the other duct."}
    send(client, f"{site}/proposals", f"{site}/proposals/refuse", **refusal)
    assert "Take the other duct." in browser(hall, "reviewer").get(f"{site}/proposals").text


def test_a_site_is_extended_on_the_page_and_bad_files_come_back_with_their_text(hall: Hall) -> None:
    client, site = browser(hall), f"/sites/{hall.site}"
    form = client.get(f"{site}/revise").text
    assert "per_station" in form
    token = TOKEN.search(form)
    assert token
    for text, reason, problem in [
        (EXTENDED.replace("stations: 5", "stations: many"), "more", "stations"),
        (EXTENDED, " ", "say why, in a few words"),
    ]:
        given = {"csrf_token": token[1], "text": text, "reason": reason}
        answer = client.post(f"{site}/revise", data=given)
        assert answer.status_code == 422
        assert problem in answer.text
        assert "{length: 26 m}" in answer.text
    preview = send(client, f"{site}/revise", f"{site}/revise", text=EXTENDED, reason="One more.")
    page = studied(hall, client, preview)
    assert "untouched, but affected" in page
    assert "<svg" in page
    send(client, preview, f"{site}/revisions", job=preview.rsplit("/", 1)[1])
    assert hall.view().revision == 2
    assert "The site was revised meanwhile" in client.get(preview).text


def test_the_impact_page_lists_the_sites_of_a_design(hall: Hall) -> None:
    page = browser(hall).get("/designs/destination-ac/impact").text
    assert "Parkhaus Nord" in page
    assert "Same" in page
    assert browser(hall, "contractor").get("/designs/destination-ac/impact").status_code == 403
