"""Sections and sign-offs on the pages: made, submitted and approved by forms, and told in sentences."""

import re

from flask.testing import FlaskClient

from checklists.sections import section_items
from fieldapp.usecases import read_bundle, sections
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, probe_report
from tests.fieldapp.section_cast import SIGNATURE, act, digest_on_tablet, do_items, sign
from tests.fieldapp.signed_in import sign_in

TITLE = "North <b>row</b>"


def browser(hall: Hall, who: str) -> FlaskClient:
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people[who].id)
    return client


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def words(html: str) -> str:
    """Return the text of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def send(client: FlaskClient, site: str, form: str, **fields: object) -> int:
    """Send a form of the site's page as it stands there, with its token."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(client, site))
    assert token
    return client.post(site + form, data={"csrf_token": token[1], **fields}).status_code


def test_a_section_from_its_first_form_to_its_approval(hall: Hall, tablet: FieldTablet) -> None:
    site, contractor, reviewer = f"/sites/{hall.site}", browser(hall, "contractor"), browser(hall, "reviewer")
    assert "submitted and approved as a whole" in page(contractor, site)
    assert "Make the section" not in page(reviewer, site)
    assert send(contractor, site, "/sections", title=TITLE, station=["CH01", "CH02"]) == 302
    section = hall.view().sections[0].id
    shown = page(contractor, site)
    assert "North &lt;b&gt;row&lt;/b&gt;" in shown
    assert TITLE not in shown
    assert f'action="{site}/sections/{section}/submit"' not in shown  # nothing is done yet
    view = hall.view()
    keys = section_items(view.checklists, view.site_design.one_line, ["CH01", "CH02"])
    do_items(hall, tablet, keys)
    tablet.call("POST", f"/sites/{hall.site}/probe-runs", json=probe_report(hall))
    listed = page(contractor, f"{site}/checklists?part={section}")
    assert f'Passed <span class="count">{len(keys)}</span>' in listed
    assert "CH03" not in listed.partition('<form class="search"')[2].partition("</form>")[2]
    assert f'action="{site}/sections/{section}/submit"' in page(contractor, site)
    assert send(contractor, site, f"/sections/{section}/submit") == 302
    assert f'action="{site}/sections/{section}/approve"' not in page(contractor, site)
    assert "1 waiting for you" in page(reviewer, "/")
    assert "of Parkhaus Nord CH01, CH02" in words(page(reviewer, "/"))
    assert send(reviewer, site, f"/sections/{section}/approve") == 303  # the box was not ticked
    assert hall.view().sections[0].state == "submitted"
    assert send(reviewer, site, f"/sections/{section}/approve", confirm="yes") == 302
    assert hall.view().sections[0].state == "approved"
    assert f"approved section {TITLE}" in words(page(reviewer, site)).replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    assert "Section approved" in page(reviewer, f"{site}/journal")


def test_who_signed_is_told_with_what_changed_since(hall: Hall, tablet: FieldTablet) -> None:
    site, reviewer = f"/sites/{hall.site}", browser(hall, "reviewer")
    bundle = dict(act(hall, "contractor", read_bundle.bundle))
    tablet.sync(sign(hall, tablet, digest_on_tablet(bundle, [], SIGNATURE)))
    for place in ("", "/review", f"/items/{SIGNATURE}"):
        told = words(page(reviewer, site + place))
        assert "Carla Contractor (Contractor, Contractor) signed" in told
        assert "Nothing changed since that was signed." in told
    colleague = hall.tablet("colleague")
    items = [hall.item("equals", number=number) for number in range(7)]
    numbers = [colleague.sync(colleague.record(hall.site, item, "note"))[0]["number"] for item in items]
    for place in ("", "/review", f"/items/{SIGNATURE}"):
        told = words(page(reviewer, site + place))
        assert "Superseded" in told
        assert "7 entries since then changed what was signed:" in told
        assert f"entry {numbers[0]}," in told
        assert "and 2 more" in told


def test_a_section_is_taken_away_by_its_form(hall: Hall) -> None:
    site, engineer = f"/sites/{hall.site}", browser(hall, "engineer")
    section = act(hall, "engineer", sections.define, "South", ["CH04"])
    assert send(engineer, site, f"/sections/{section}/remove") == 302
    assert hall.view().sections == ()
    assert send(engineer, site, f"/sections/{section}/remove") == 404
