"""The people of every test: two operators, a contractor with a colleague, a stranger; and a small site."""

import hashlib
import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image

from checklists.item_schema import dump_item
from checklists.model import Item
from checklists.qualifications import KINDS
from checklists.words import INSTRUMENTS
from device_probe.read import read_rounds
from device_probe.report import dump_report, judge_rounds, load_plan
from device_probe.simulator.server import simulate
from fieldapp import create_app
from fieldapp.store import database
from fieldapp.story.answers import bad_value, good_value
from fieldapp.usecases import assign_site, manage_people, open_site, site_plan, view_site
from fieldapp.usecases.qualifications import NewQualification, record_qualification
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import SiteView
from tests.fieldapp.field_tablet import FieldTablet

PASSWORD = "correct horse battery"
SITE_FILE = """
name: Parkhaus Nord
address: Nordring 4, 20095 Hamburg
country: DE
timezone: Europe/Berlin
design: destination-ac
parameters:
  stations: 4
  earthing: TN-S
  supply_ik: 10 kA
  supply_r_over_x: 0.6
  supply_ze: 0.055 Ω
  import_limit: 200 A
  main_length: 18 m
  per_station:
    1: {length: 14 m}
    2: {length: 17 m}
    3: {length: 20 m}
    4: {length: 23 m}
"""
STAFF = {
    "engineer": ("Operator", "engineer"),
    "reviewer": ("Operator", "reviewer"),
    "service": ("Operator", "service"),
    "admin": ("Operator", "admin"),
    "contractor": ("Contractor", "contractor"),
    "colleague": ("Contractor", "contractor"),
    "stranger": ("Other contractor", "contractor"),
    "other_engineer": ("Other operator", "engineer"),
    "other_reviewer": ("Other operator", "reviewer"),
}
ORGANISATIONS = {
    "Operator": "operator",
    "Other operator": "operator",
    "Contractor": "contractor",
    "Other contractor": "contractor",
}


#: Class of instrument -> id of the contractor's one.
#: No item asks for more photos than this.
MOST_PHOTOS = 6
INSTRUMENT_OF = {"installation-tester": "IT1"} | {
    kind: kind.upper() for kind in INSTRUMENTS if kind != "installation-tester"
}


def email_of(who: str) -> str:
    return f"{who}@example.org"


@dataclass
class Hall:
    """A running application with its people and one site."""

    app: Flask
    people: dict[str, Viewer]
    site: str

    def tablet(self, who: str = "contractor", **options: Any) -> FieldTablet:
        tablet = FieldTablet(self.app, **options)
        tablet.sign_in(email_of(who), PASSWORD)
        return tablet

    def view(self, who: str = "engineer") -> SiteView:
        with self.app.app_context():
            return view_site.view_site(self.people[who], self.site)

    def status(self, item: str) -> str:
        return self.view().states[item].status

    @contextmanager
    def inside(self) -> Iterator[Flask]:
        with self.app.app_context():
            yield self.app

    def item(self, kind: str = "equals", *, safety: bool | None = None, number: int = 0) -> str:
        """Return the key of an item with this kind of criterion and no photos."""
        found = [
            item.key
            for checklist in self.view().checklists
            for item in checklist.items
            if item.criterion.kind == kind and not item.photos and safety in (None, item.safety)
        ]
        return found[number]


def good_answer(item: Item) -> dict[str, Any]:
    """Return a value that meets an item's criterion."""
    return good_value(dump_item(item))


def bad_answer(item: Item) -> dict[str, Any]:
    """Return a value that misses an item's criterion."""
    return bad_value(dump_item(item))


def instrument_for(item: Item) -> dict[str, str]:
    """Return the part of an answer's body that names the contractor's instrument of the class asked for."""
    return {"instrument": INSTRUMENT_OF[item.instrument]} if item.instrument else {}


def picture(shade: int = 120) -> bytes:
    """Return a small JPEG."""
    output = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, shade, 90)).save(output, "JPEG")
    return output.getvalue()


def photo_of(data: bytes) -> dict[str, Any]:
    """Return the body of a photo operation."""
    digest = hashlib.sha256(data).hexdigest()
    return {"sha256": digest, "size": len(data), "media_type": "image/jpeg", "caption": ""}


def add_people() -> None:
    for name, kind in ORGANISATIONS.items():
        manage_people.add_organisation(name, kind, "" if kind == "operator" else "Operator")
    for who, (organisation, role) in STAFF.items():
        manage_people.add_person(who.title(), email_of(who), role, organisation, PASSWORD)
    day = datetime.now(UTC).date()
    held = [(day + timedelta(days=days)).isoformat() for days in (-100, 265)]
    for kind, key in INSTRUMENT_OF.items():
        name = kind.replace("-", " ")
        manage_people.add_instrument("Contractor", name, "Benning", kind, key, *held, instrument_id=key)
    for who in ("contractor", "colleague"):
        person = manage_people.find_person(email_of(who))
        for kind in KINDS:
            record_qualification(person.id, NewQualification(kind, "2020-01-01"))


def cast() -> dict[str, Viewer]:
    return {who: manage_people.find_person(email_of(who)) for who in STAFF}


def furnish(app: Flask) -> str:
    """Make the tables, the people and a site assigned to the contractor; return the site's id."""
    with app.app_context():
        database.upgrade(database.database())
        add_people()
        people = cast()
        site = open_site.open_site(people["engineer"], "destination-ac", SITE_FILE)
        assign_site.assign_site(people["engineer"], site, people["contractor"].organisation_id)
    return site


def hall_of(home: Path, **settings: Any) -> Hall:
    """Open the application of a furnished home."""
    app = create_app({"FIELDAPP_HOME": str(home), "FIELDAPP_SIGN_IN_LIMIT": "10000 per minute", **settings})
    app.testing = True
    with app.app_context():
        people = cast()
        return Hall(app, people, view_site.list_sites(people["engineer"])[0].id)


def probe_report(hall: Hall, scenario: str = "healthy") -> dict[str, Any]:
    """Read the site's simulated devices over Modbus/TCP and judge them."""
    with hall.inside():
        plan = load_plan(site_plan.site_plan(hall.people["engineer"], hall.site))
    with simulate(plan, scenario) as network:
        return dump_report(judge_rounds(network.plan, read_rounds(network.plan, interval_s=0.02)))


def do_all_items(hall: Hall, tablet: FieldTablet, wrong: Collection[str] = ()) -> None:
    """Answer, photograph and sign everything that isn't the probe's."""
    pictures = [picture(120 + 9 * number) for number in range(MOST_PHOTOS)]
    taken = [photo_of(data) for data in pictures]
    signed = []
    for item in (item for checklist in hall.view().checklists for item in checklist.items):
        kind, photos = item.criterion.kind, item.photos
        if kind == "photo":
            photos += item.criterion.count
        elif kind == "signature":
            body = {"statement": "Done.", "name": "C", "digest": "", "strokes": [[[0, 0], [9, 9]]]}
            signed.append(tablet.record(hall.site, item.key, "signature", body=body))
        elif kind != "probe":
            value = bad_answer(item) if item.key in wrong else good_answer(item)
            signed.append(tablet.record(hall.site, item.key, body={"value": value, **instrument_for(item)}))
        signed += [tablet.record(hall.site, item.key, "photo", body=body) for body in taken[:photos]]
    for start in range(0, len(signed), 400):
        assert {each["status"] for each in tablet.sync(*signed[start : start + 400])} == {"applied"}
    assert {tablet.upload(data).status_code for data in pictures} == {204}
    answer = tablet.call("POST", f"/sites/{hall.site}/probe-runs", json=probe_report(hall))
    assert (answer.status_code, answer.json["verdict"]) == (200, "pass"), answer.text
