"""A real application with real people and sites in every state, made once through the product's own doors.

The tablet and the answers are those of ``fieldapp.story``; the probe reads simulated devices over Modbus/TCP.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import create_app, jobs
from fieldapp.store import database
from fieldapp.story import answers
from fieldapp.story.photos import nameplate
from fieldapp.story.probe import site_network
from fieldapp.story.tablet import Tablet
from fieldapp.usecases import (
    issue_pack,
    manage_people,
    open_site,
    record_probe,
    review_site,
    site_plan,
    submit_site,
)
from fieldapp.usecases.viewer import Viewer

PASSWORD = "correct horse battery"
HOSTILE = '<script>alert("x")</script> & Söhne'

SITE_FILE = """
name: {name}
address: Uferstrasse 12, 78462 Konstanz
country: DE
timezone: Europe/Berlin
design: destination-ac
parameters: {{stations: 4, group_size: 2, supply_ik: 10 kA, supply_ze: 0.055 Ω, import_limit: 160 A}}
"""

PEOPLE = {
    "engineer": ("Ines Lindqvist", "Voltwerk Charging"),
    "reviewer": ("Mira Okafor", "Voltwerk Charging"),
    "second": ("Tomasz Wrona", "Voltwerk Charging"),
    "contractor": ("Jonas Brandt", "Elektro Brandt GmbH"),
    "service": ("Sam Ortiz", "Voltwerk Charging"),
    "admin": ("Ada Novak", "Voltwerk Charging"),
    "stranger": ("Eve Stranger", "Other Operator"),
    "other_contractor": ("Otto Fremd", "Fremd Elektro AG"),
}
ROLES = {"second": "reviewer", "stranger": "engineer", "other_contractor": "contractor"}


@dataclass
class Story:
    """An application with its people and the ids of its sites by state."""

    app: Flask
    people: dict[str, Viewer] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    instrument: str = ""
    contractor: str = ""

    def do(self, verb: Callable[..., Any], *given: Any) -> Any:
        """Run a use case. Requests run outside: inside a context of ours they would share its ``g``."""
        with self.app.app_context():
            return verb(*given)

    def client(self, person: str | None = None) -> FlaskClient:
        """Return a browser, signed in as a person."""
        client = self.app.test_client()
        if person:
            page = client.get("/sign-in").text
            form = {"csrf_token": token_in(page), "email": email_of(person), "password": PASSWORD}
            assert client.post("/sign-in", data=form).status_code == 302
        return client

    def tablet(self) -> Tablet:
        """Return the contractor's tablet, signed in; it speaks to the application without a socket."""
        tablet = Tablet("http://fieldapp.test", "Tablet 7")
        tablet._http = httpx.Client(
            transport=httpx.WSGITransport(app=self.app), base_url="http://fieldapp.test/api/v1"
        )
        tablet.sign_in(email_of("contractor"), PASSWORD)
        return tablet


def token_in(page: str) -> str:
    """Return the CSRF token of the first form of a page."""
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def email_of(person: str) -> str:
    """Return a person's e-mail address."""
    return f"{person.replace('_', '-')}@example.com"


def make_people(story: Story) -> None:
    """Add the organisations, the people and an instrument."""
    database.upgrade(database.database())
    for name, kind in (
        ("Voltwerk Charging", "operator"),
        ("Other Operator", "operator"),
        ("Fremd Elektro AG", "contractor"),
    ):
        manage_people.add_organisation(name, kind)
    story.contractor = manage_people.add_organisation("Elektro Brandt GmbH", "contractor")
    for key, (name, organisation) in PEOPLE.items():
        role = ROLES.get(key, key)
        story.people[key] = manage_people.add_person(name, email_of(key), role, organisation, PASSWORD)
    story.instrument = manage_people.add_instrument(
        "Elektro Brandt GmbH",
        "installation-tester",
        "Metrel",
        "MI 3155",
        "20410377",
        "2026-02-10",
        "2027-02-10",
    )


def work(story: Story, site_id: str, *, bad: int = 0, share: float = 1.0, photos: bool = True) -> None:
    """Do the checklists of a site as a careful contractor would, with some readings that fail."""
    tablet = story.tablet()
    bundle = tablet.bundle(site_id)
    items = [item for checklist in bundle["checklists"] for item in checklist["items"]]
    failing = [item for item in items if item["criterion"]["kind"] == "range"][:: max(len(items) // 40, 1)][
        :bad
    ]
    for item in items[: round(len(items) * share)]:
        record(story, tablet, site_id, item, fails=item in failing)
    if not photos:
        tablet.photos.clear()
    tablet.sync()
    tablet.close()


def record(story: Story, tablet: Tablet, site_id: str, item: dict[str, Any], *, fails: bool) -> None:
    """Record one item: photos, then the answer or the signature."""
    kind = item["criterion"]["kind"]
    needed = max(item.get("photos", 0), item["criterion"].get("count", 1) if kind == "photo" else 0)
    for number in range(needed):
        tablet.photo(
            site_id, item["key"], nameplate(item["tag"], (item["title"], f"{number + 1}")), item["title"]
        )
    if kind == "signature":
        tablet.record(
            site_id, item["key"], "signature", answers.signature("Done as recorded.", "Jonas Brandt", "")
        )
    elif kind not in ("photo", "probe"):
        value = answers.bad_value(item) if fails else answers.good_value(item)
        body = {"value": value} | ({"instrument": story.instrument} if item.get("instrument") else {})
        tablet.record(site_id, item["key"], "answer", body)


def open_assigned(story: Story, name: str, text: str = SITE_FILE) -> str:
    """Open a site and give it to the contractor."""
    engineer = story.people["engineer"]
    site_id: str = story.do(open_site.open_site, engineer, "destination-ac", text.format(name=name))
    story.do(open_site.assign_site, engineer, site_id, story.contractor)
    return site_id


def probe(story: Story, site_id: str) -> None:
    """Probe a site twice: with a reversed current transformer, and after its correction."""
    contractor = story.people["contractor"]
    with site_network(story.do(site_plan.site_plan, contractor, site_id)) as network:
        story.do(record_probe.record_probe, contractor, site_id, network.probe()[1])
        network.correct_the_wiring()
        story.do(record_probe.record_probe, contractor, site_id, network.probe()[1])


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Build the story once; tests that change something take ``story``, a copy of it."""
    home = tmp_path_factory.mktemp("web") / "var"
    story = Story(new_app(home))
    build(story)
    yield story


def new_app(home: Path) -> Flask:
    """Return the real application on a real SQLite file."""
    app = create_app({"FIELDAPP_HOME": str(home), "FIELDAPP_SIGN_IN_LIMIT": "1000/minute"})
    app.testing = True
    return app


def build(story: Story) -> None:
    """Make people and one site in every state."""
    story.do(make_people, story)
    engineer = story.people["engineer"]
    hostile = SITE_FILE.format(name=repr(HOSTILE))
    story.sites["unassigned"] = story.do(open_site.open_site, engineer, "destination-ac", hostile)
    story.sites["open"] = open_assigned(story, "Hotel Seeblick")
    work(story, story.sites["open"], bad=2, share=0.6, photos=False)
    story.sites["submitted"] = submitted(story, "Parkhaus Nord")
    story.sites["approved"] = approved(story, "Büropark Ost")
    story.sites["issued"] = approved(story, "Marina West")
    story.do(jobs.run, story.do(issue_pack.request_pack, engineer, story.sites["issued"]))


def submitted(story: Story, name: str) -> str:
    """Return a site that was worked on with two failing readings, probed and submitted."""
    site_id = open_assigned(story, name)
    work(story, site_id, bad=2)
    probe(story, site_id)
    story.do(submit_site.submit_site, story.people["contractor"], site_id)
    return site_id


def approved(story: Story, name: str) -> str:
    """Return a site that was worked on without a failing reading, probed, submitted and approved."""
    site_id = open_assigned(story, name)
    work(story, site_id)
    probe(story, site_id)
    story.do(submit_site.submit_site, story.people["contractor"], site_id)
    story.do(review_site.approve_site, story.people["reviewer"], site_id)
    return site_id
