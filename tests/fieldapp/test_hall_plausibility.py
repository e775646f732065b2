"""What a reviewer is told of odd entries, and what nobody is told of somebody else's sites."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from checklists.model import Item
from checklists.plausibility import Doubt
from fieldapp.store import database, elsewhere, sites
from fieldapp.usecases import assign_site, doubt_site, manage_people, open_site, view_site
from fieldapp.usecases.views import SiteView
from tests.fieldapp.field_tablet import MEASURED, YES, FieldTablet
from tests.fieldapp.hall_cast import (
    PASSWORD,
    SITE_FILE,
    Hall,
    email_of,
    good_answer,
    hall_of,
    instrument_for,
    picture,
)

READINGS = ("0.421", "253", "0.437", "24.6", "0.583", "1.247")
#: Name of the site -> who owns it and who works there; "Parkhaus Nord" is there already.
OTHERS = {
    "Parkhaus Süd": ("engineer", "contractor"),
    "Secret Place": ("other_engineer", "contractor"),
    "Hotel am See": ("engineer", "stranger"),
}


@pytest.fixture(scope="module")
def several_sites(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("several") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home)
    with hall.inside():
        manage_people.connect("Other operator", "Contractor")
        for name, (owner, contractor) in OTHERS.items():
            file = SITE_FILE.replace("Parkhaus Nord", name).replace("Nordring 4", f"{name} 1")
            site = open_site.open_site(hall.people[owner], "destination-ac", file)
            assign_site.assign_site(hall.people[owner], site, hall.people[contractor].organisation_id)
        database.database().dispose()
    return home


@pytest.fixture
def hall_home(several_sites: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(several_sites, home)
    return home


@pytest.fixture
def hall(hall: Hall) -> Hall:
    """The hall with the contractor's own site chosen among several."""
    hall.site = site_named(hall, "Parkhaus Nord")
    return hall


def site_named(hall: Hall, name: str) -> str:
    with hall.inside():
        own, others = (view_site.list_sites(hall.people[who]) for who in ("admin", "other_engineer"))
        everything = (*own, *others)
    return next(site.id for site in everything if site.name == name)


def tablet_of(hall: Hall, name: str) -> FieldTablet:
    who = OTHERS.get(name, ("", "contractor"))[1]
    tablet = FieldTablet(hall.app)
    tablet.sign_in(email_of(who), PASSWORD)
    return tablet


def varying(view: SiteView) -> SiteView:
    """A view in which every reading is one that varies from tag to tag."""
    checklists = tuple(
        replace(
            each, items=tuple(replace(item, varies=item.criterion.kind == "range") for item in each.items)
        )
        for each in view.checklists
    )
    return replace(view, checklists=checklists)


def items_of(view: SiteView) -> list[Item]:
    return [item for checklist in view.checklists for item in checklist.items]


def by_key(items: list[Item], key: str) -> Item:
    return next(item for item in items if item.key == key)


def measured_at(view: SiteView, tag: str) -> list[str]:
    return [item.key for item in items_of(view) if item.tag == tag and item.criterion.kind == "range"]


def measure(hall: Hall, name: str, tag: str = "F01", readings: tuple[str, ...] = READINGS) -> list[str]:
    """Record readings at one circuit of a site; return its items."""
    site, tablet = site_named(hall, name), tablet_of(hall, name)
    keys = measured_at(hall.view(), tag)[: len(readings)]
    values = [{**MEASURED, "raw": each, "decimal": each} for each in readings]
    signed = [
        tablet.record(site, key, body={"value": value}) for key, value in zip(keys, values, strict=False)
    ]
    assert {each["status"] for each in tablet.sync(*signed)} == {"applied"}
    return keys


def doubts_for(hall: Hall, who: str, name: str = "Parkhaus Nord") -> Mapping[str, tuple[Doubt, ...]]:
    with hall.inside():
        view = view_site.view_site(hall.people[who], site_named(hall, name))
        return doubt_site.doubts_of(hall.people[who], varying(view))


def told(doubts: Mapping[str, tuple[Doubt, ...]], code: str) -> list[str]:
    return sorted(key for key, group in doubts.items() if code in {doubt.code for doubt in group})


def test_a_reviewer_is_told_of_readings_copied_from_another_site_and_nobody_else_is(hall: Hall) -> None:
    keys = measure(hall, "Parkhaus Nord")
    assert len(keys) >= 3
    assert not told(doubts_for(hall, "reviewer"), "elsewhere")
    measure(hall, "Parkhaus Süd")
    found = doubts_for(hall, "reviewer")
    assert told(found, "elsewhere") == sorted(keys)
    sentence = next(each.sentence for each in found[keys[0]] if each.code == "elsewhere")
    assert sentence == (
        f"The readings of {len(keys)} tests at F01 are digit for digit those at F01 of Parkhaus Süd: "
        "have them measured again."
    )
    for who in ("contractor", "engineer", "admin"):
        assert not told(doubts_for(hall, who), "elsewhere")


def test_a_reviewer_learns_nothing_of_another_owners_site(hall: Hall) -> None:
    measure(hall, "Parkhaus Nord")
    measure(hall, "Secret Place")
    for who, name in (("reviewer", "Parkhaus Nord"), ("other_reviewer", "Secret Place")):
        found = doubts_for(hall, who, name)
        assert not told(found, "elsewhere")
        assert "Parkhaus" not in str(found)
        assert "Secret" not in str(found)


def test_another_contractors_work_is_no_source(hall: Hall) -> None:
    measure(hall, "Parkhaus Nord")
    measure(hall, "Hotel am See")
    assert not told(doubts_for(hall, "reviewer"), "elsewhere")


def test_readings_that_only_resemble_are_not_doubted(hall: Hall) -> None:
    measure(hall, "Parkhaus Nord")
    measure(hall, "Parkhaus Süd", readings=("0.421", "253", "0.438", "24.7", "0.584", "1.248"))
    assert not told(doubts_for(hall, "reviewer"), "elsewhere")


def test_a_photo_of_another_site_is_doubted(hall: Hall) -> None:
    data = picture()
    sha256 = hashlib.sha256(data).hexdigest()
    key = hall.item("equals")
    for name in ("Parkhaus Nord", "Parkhaus Süd"):
        tablet, site = tablet_of(hall, name), site_named(hall, name)
        body = {"sha256": sha256, "size": len(data), "media_type": "image/jpeg", "caption": ""}
        answered = [
            tablet.record(site, key, "photo", body=body),
            tablet.record(site, key, body={"value": YES}),
        ]
        assert {each["status"] for each in tablet.sync(*answered)} == {"applied"}
    found = doubts_for(hall, "reviewer")
    assert [each.sentence for each in found[key] if each.code == "elsewhere"] == [
        f"The same photo stands at {key.partition('@')[2]} of Parkhaus Süd: have one taken here."
    ]
    assert not told(doubts_for(hall, "contractor"), "elsewhere")


def test_only_the_latest_sites_are_looked_at_and_in_two_questions(hall: Hall, monkeypatch) -> None:
    measure(hall, "Parkhaus Nord")
    measure(hall, "Parkhaus Süd")
    asked: list[str] = []
    with hall.inside(), database.reading() as db:
        site = sites.get(db, site_named(hall, "Parkhaus Nord"))
        assert site is not None
        steps = {key.partition("@")[0] for key in measured_at(hall.view(), "F01")}
        event.listen(db.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
        (found,) = elsewhere.other_sites(db, site, steps)
        assert (found.name, len(found.states)) == ("Parkhaus Süd", min(len(steps), len(READINGS)))
        assert len(asked) == 2
        monkeypatch.setattr(elsewhere, "SITES", 0)
        assert elsewhere.other_sites(db, site, steps) == ()


def test_a_site_without_a_contractor_is_compared_with_nothing(hall: Hall) -> None:
    with hall.inside(), database.reading() as db:
        site = sites.get(db, site_named(hall, "Parkhaus Nord"))
        assert site is not None
        lonely = replace_contractor(site)
        assert elsewhere.other_sites(db, lonely, {"insulation-resistance"}) == ()


def replace_contractor(site: sites.SiteRow) -> sites.SiteRow:
    return sites.SiteRow(**{**site.model_dump(), "contractor_id": None})


def test_what_was_recorded_before_the_site_was_opened_is_for_the_reviewer(hall: Hall) -> None:
    tablet, key = hall.tablet(), hall.item("equals")
    long_ago = tablet.record(hall.site, key, recorded_at="2020-01-01T09:00:00.000+00:00")
    assert tablet.sync(long_ago)[0]["status"] == "applied"
    assert told(doubts_for(hall, "reviewer"), "early") == [key]
    assert told(doubts_for(hall, "contractor"), "early") == []


def test_a_failure_that_passed_without_a_word_is_for_the_reviewer(hall: Hall) -> None:
    tablet, key = hall.tablet(), measured_at(hall.view(), "F01")[0]
    item = by_key(items_of(hall.view()), key)
    wrong = {**MEASURED, "raw": "99", "decimal": "99", "unit": item.criterion.unit}
    first = tablet.operation(hall.site, key, body={"value": wrong, **instrument_for(item)})
    body = {"value": good_answer(item), **instrument_for(item)}
    second = tablet.record(hall.site, key, base=[first["id"]], body=body)
    assert {each["status"] for each in tablet.sync(tablet.signed(first), second)} == {"applied"}
    assert hall.status(key) == "passed"
    assert told(doubts_for(hall, "reviewer"), "unexplained") == [key]
    assert told(doubts_for(hall, "contractor"), "unexplained") == []


def browser(hall: Hall, who: str):
    client = hall.app.test_client()
    page = client.get("/sign-in").text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, "email": email_of(who), "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


def test_the_review_begins_with_what_is_hard_to_believe_and_the_item_leads_to_what_it_resembles(
    hall: Hall,
) -> None:
    items = items_of(hall.view())
    late = next(item for item in items if item.requires and item.criterion.kind == "range")
    wrong = next(item for item in items if item.criterion.kind == "equals" and not item.photos)
    tablet = hall.tablet()
    signed = [
        tablet.record(hall.site, late.key, body={"value": good_answer(late), **instrument_for(late)}),
        tablet.record(hall.site, wrong.key, body={"value": {**YES, "raw": "no"}}),
    ]
    tablet.sync(*signed)
    reviewer = browser(hall, "reviewer")
    page = reviewer.get(f"/sites/{hall.site}/review").text
    sentence = (
        f"“{by_key(items, late.requires[0]).title}” at {late.requires[0].partition('@')[2]} has to pass"
    )
    assert page.index("Hard to believe</h3>") < page.index(sentence) < page.index("Wrong</h3>")
    own = reviewer.get(f"/sites/{hall.site}/items/{late.key}").text
    assert sentence in own
    assert f'href="/sites/{hall.site}/items/{late.requires[0]}"' in own.split(sentence)[1].split("</div>")[0]
    assert sentence in browser(hall, "contractor").get(f"/sites/{hall.site}/items/{late.key}").text
