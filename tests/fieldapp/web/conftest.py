"""A real application with real people and sites in every state, made once through the product's own doors.

The tablet and the answers are those of ``fieldapp.story``; the probe reads simulated devices over Modbus/TCP.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient

from checklists.qualifications import KINDS
from checklists.words import INSTRUMENTS
from fieldapp import create_app, jobs
from fieldapp.store import database
from fieldapp.story import answers
from fieldapp.story.photos import nameplate
from fieldapp.story.probe import site_network
from fieldapp.story.tablet import Tablet
from fieldapp.usecases import (
    assign_site,
    issue_pack,
    manage_people,
    open_site,
    record_probe,
    review_site,
    site_plan,
    submit_site,
)
from fieldapp.usecases.qualifications import NewQualification, record_qualification
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
    "foreman": ("Frida Brandt", "Elektro Brandt GmbH"),
    "provider": ("Wanda Wacht", "Wacht und Dienst GmbH"),
    "other_admin": ("Olaf Andersen", "Other Operator"),
}
ROLES = {
    "second": "reviewer", "stranger": "engineer", "other_contractor": "contractor", "foreman": "admin",
    "provider": "service", "other_admin": "admin",
}  # fmt: skip


@dataclass
class Story:
    """An application with its people and the ids of its sites by state."""

    app: Flask
    people: dict[str, Viewer] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    instruments: dict[str, str] = field(default_factory=dict)  # id by class
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
    """Add the organisations, the people and an instrument of every class."""
    database.upgrade(database.database())
    for name, kind in (
        ("Voltwerk Charging", "operator"),
        ("Other Operator", "operator"),
        ("Fremd Elektro AG", "contractor"),
    ):
        manage_people.add_organisation(name, kind)
    story.contractor = manage_people.add_organisation(
        "Elektro Brandt GmbH", "contractor", "Voltwerk Charging"
    )
    manage_people.add_organisation("Wacht und Dienst GmbH", "service_provider", "Voltwerk Charging")
    for key, (name, organisation) in PEOPLE.items():
        role = ROLES.get(key, key)
        story.people[key] = manage_people.add_person(name, email_of(key), role, organisation, PASSWORD)
    today = datetime.now(UTC).date()
    held = [(today + timedelta(days=days)).isoformat() for days in (-90, 275)]
    for kind in INSTRUMENTS:
        tester = (kind, "Metrel", f"For {kind}", "20410377", *held)
        story.instruments[kind] = manage_people.add_instrument("Elektro Brandt GmbH", *tester)
    for competence in KINDS:
        qualification = NewQualification(competence, "2020-01-01")
        record_qualification(story.people["contractor"].id, qualification)


def work(story: Story, site_id: str, *, trouble: bool = False, share: float = 1.0) -> None:
    """Do the checklists of a site as a careful contractor would, with or without trouble."""
    tablet = story.tablet()
    bundle = tablet.bundle(site_id)
    items = [item for checklist in bundle["checklists"] for item in checklist["items"]]
    cases = troubles(items) if trouble else {}
    for item in items[: round(len(items) * share)]:
        record(story, tablet, site_id, item, cases.get(item["key"], ""))
    tablet.sync()
    tablet.close()


def troubles(items: list[dict[str, Any]]) -> dict[str, str]:
    """Return one item of each kind of trouble: a safety item fails, another item fails, and so on."""
    ranges = [item for item in items if item["criterion"]["kind"] == "range" and item["safety"]]
    # What opens earlier tests again when it fails is the main journey's.
    measured = [item["key"] for item in ranges if not item["repeats"] and item["evidence"] == "number"]
    choices = [item["key"] for item in items if item["criterion"]["kind"] == "equals"]
    plain = [item["key"] for item in items if item["key"] in choices and not item["safety"]]
    safe = [item["key"] for item in items if item["key"] in choices and item["safety"]]
    return {
        measured[0]: "fails",
        measured[1]: "again",
        plain[0]: "fails",
        plain[1]: "absent",
        safe[-1]: "absent",
    }


def record(story: Story, tablet: Tablet, site_id: str, item: dict[str, Any], case: str) -> None:
    """Record one item: photos, then the answer or the signature."""
    kind, key = item["criterion"]["kind"], item["key"]
    needed = max(item.get("photos", 0), item["criterion"].get("count", 1) if kind == "photo" else 0)
    for number in range(needed):
        picture = nameplate(item["tag"], (item["title"], f"{number + 1}", site_id))
        tablet.photo(site_id, key, picture, item["title"])
    if case == "absent":
        tablet.record(site_id, key, "not_applicable", {"reason": "There is none at this station."})
    elif kind == "signature":
        tablet.record(site_id, key, "signature", answers.signature("Done as recorded.", "Jonas Brandt", ""))
    elif kind not in ("photo", "probe"):
        instrument = {"instrument": story.instruments[item["instrument"]]} if item.get("instrument") else {}
        if case in ("fails", "again"):
            tablet.record(site_id, key, "answer", {"value": answers.bad_value(item)} | instrument)
        if case != "fails":
            because = {"because": "repaired"} if case == "again" else {}
            tablet.record(site_id, key, "answer", {"value": answers.good_value(item)} | instrument | because)


def open_assigned(story: Story, name: str, text: str = SITE_FILE) -> str:
    """Open a site and give it to the contractor."""
    engineer = story.people["engineer"]
    site_id: str = story.do(open_site.open_site, engineer, "destination-ac", text.format(name=name))
    story.do(assign_site.assign_site, engineer, site_id, story.contractor)
    return site_id


def probe(story: Story, site_id: str) -> None:
    """Probe a site twice: with a reversed current transformer, and after its correction."""
    contractor = story.people["contractor"]
    with site_network(story.do(site_plan.site_plan, contractor, site_id)) as network:
        story.do(record_probe.record_probe, contractor, site_id, network.probe()[1])
        network.correct_the_wiring()
        story.do(record_probe.record_probe, contractor, site_id, network.probe()[1])


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Build the story once. Tests only look at it; those that change something take ``story``."""
    story = Story(new_app(tmp_path_factory.mktemp("web") / "var"))
    build(story)
    return story


@pytest.fixture
def story(built: Story, tmp_path: Path) -> Story:
    """Return a copy of the story that a test may change."""
    built.do(lambda: database.database().dispose())
    shutil.copytree(built.app.config["HOME_FOLDER"], tmp_path / "var")
    return replace(built, app=new_app(tmp_path / "var"))


def new_app(home: Path) -> Flask:
    """Return the real application on a real SQLite file."""
    app = create_app({"FIELDAPP_HOME": str(home), "FIELDAPP_SIGN_IN_LIMIT": "1000/minute"})
    app.testing = True
    app.config["HOME_FOLDER"] = home
    return app


def build(story: Story) -> None:
    """Make people and one site in every state."""
    story.do(make_people, story)
    engineer = story.people["engineer"]
    hostile = SITE_FILE.format(name=repr(HOSTILE))
    story.sites["unassigned"] = story.do(open_site.open_site, engineer, "destination-ac", hostile)
    story.sites["open"] = open_assigned(story, "Hotel Seeblick")
    work(story, story.sites["open"], trouble=True, share=0.6)
    story.sites["submitted"] = submitted(story, "Parkhaus Nord")
    story.sites["approved"] = approved(story, "Büropark Ost")
    story.sites["issued"] = approved(story, "Marina West")
    story.do(jobs.run, story.do(issue_pack.request_pack, engineer, story.sites["issued"]))
    looks_after = story.people["provider"].organisation_id
    story.do(assign_site.assign_site, engineer, story.sites["issued"], looks_after)


def submitted(story: Story, name: str) -> str:
    """Return a site that was worked on with trouble, probed and submitted."""
    site_id = open_assigned(story, name)
    work(story, site_id, trouble=True)
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
