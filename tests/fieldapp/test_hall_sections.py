"""Some stations go live before the rest: the same rules, a digest of their own, nobody else's work in it."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checklists.sections import section_items
from fieldapp.store import database, people
from fieldapp.store import sections as section_rows
from fieldapp.store.database import reading, session
from fieldapp.usecases import (
    check_journal,
    read_bundle,
    review_site,
    revise_site,
    section_states,
    sections,
    submit_site,
)
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, hall_of, probe_report
from tests.fieldapp.section_cast import act, do_items, refusal, row_of, signed_off

STATIONS = ["CH01", "CH02"]


@pytest.fixture(scope="module")
def half_home(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a section of two stations, done and submitted; of the other two nothing is done."""
    home = tmp_path_factory.mktemp("half") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home)
    section = act(hall, "engineer", sections.define, "North row", STATIONS)
    assert refusal(hall, "contractor", sections.submit, section).code == "blocked"
    tablet = hall.tablet()
    do_items(hall, tablet, scope(hall))
    assert tablet.call("POST", f"/sites/{hall.site}/probe-runs", json=probe_report(hall)).status_code == 200
    answer = tablet.call("POST", f"/sites/{hall.site}/submit", json={"section": section})
    assert (answer.status_code, answer.json["state"]) == (200, "submitted"), answer.text
    with hall.inside():
        database.database().dispose()
    return home


@pytest.fixture
def hall_home(half_home: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(half_home, home)
    return home


def scope(hall: Hall) -> set[str]:
    """Return the keys of the items of the section."""
    view = hall.view()
    return set(section_items(view.checklists, view.site_design.one_line, STATIONS))


def only(hall: Hall, who: str = "engineer") -> sections.SectionView:
    return hall.view(who).sections[0]


def approved(hall: Hall) -> str:
    section = only(hall).id
    act(hall, "reviewer", sections.approve, section)
    return section


def digest(hall: Hall) -> str:
    with hall.inside(), reading() as db:
        site = row_of(hall)
        return section_states.digest_of(db, site, section_rows.of_site(db, site.id)[0])


def test_two_of_four_stations_go_live_first(hall: Hall) -> None:
    view = hall.view()
    assert view.summary.state == "open"
    assert view.progress.blocks_submission  # nothing is done at the others
    assert refusal(hall, "contractor", submit_site.submit_site).code == "blocked"
    section = only(hall, "reviewer")
    assert (section.state, section.actions) == ("submitted", {"approve"})
    assert section.progress.done == section.progress.total == len(scope(hall))
    approved(hall)
    assert (only(hall).state, row_of(hall).state) == ("approved", "open")
    kinds = [(row.kind, bool(row.section), row.standing) for row in signed_off(hall)]
    assert kinds == [("submission", True, "bound"), ("approval", True, "bound")]
    assert "approved" not in {each.kind for each in hall.view().decisions}  # the site as a whole is not
    with hall.inside():
        assert check_journal.verify_journals(hall.site)[0].good


def test_work_elsewhere_never_touches_an_approval_and_work_here_always_does(hall: Hall) -> None:
    """A property of any sequence: the section's approval lapses exactly when its own digest changes."""
    section, chance, tablet = approved(hall), random.Random(7), hall.tablet("colleague")
    inside = scope(hall)
    items = {item.key: item for each in hall.view().checklists for item in each.items}
    # A failed test may open earlier ones again, at the boards above too; a note opens nothing.
    outside = sorted(items.keys() - inside)
    before = digest(hall)
    for _ in range(6):
        sent = [tablet.record(hall.site, chance.choice(outside), "note") for _ in range(4)]
        assert {each["status"] for each in tablet.sync(*sent)} == {"applied"}
        assert (only(hall).state, digest(hall)) == ("approved", before)
    tablet.sync(tablet.record(hall.site, chance.choice(sorted(inside)), "note"))
    assert only(hall).state == "submitted"
    assert digest(hall) != before
    act(hall, "reviewer", sections.approve, section)
    assert only(hall).state == "approved"
    assert [row.standing for row in signed_off(hall) if row.kind == "approval"] == ["superseded", "bound"]


def test_a_returned_item_brings_back_its_section_alone(hall: Hall, tablet: FieldTablet) -> None:
    approved(hall)
    other = act(hall, "contractor", sections.define, "South row", ["CH03"])
    item = "station-label@CH01"
    act(hall, "reviewer", review_site.return_item, item, "blurred")
    assert [each.state for each in hall.view().sections] == ["open", "open"]
    assert only(hall).progress.blocks_submission[0].item == item
    assert refusal(hall, "contractor", sections.submit, only(hall).id).code == "blocked"
    assert refusal(hall, "reviewer", review_site.return_item, "station-label@CH03", "x").code == "wrong_state"
    tablet.sync(tablet.record(hall.site, item, base=list(hall.view().states[item].heads)))
    act(hall, "contractor", sections.submit, only(hall).id)
    assert {each.id: each.state for each in hall.view().sections}[other] == "open"
    entries = [each for each in journal(hall) if each["type"] == "section_returned"]
    assert [(each["body"]["item"], each["body"]["from"]) for each in entries] == [(item, "approved")]


def journal(hall: Hall) -> list[dict[str, Any]]:
    with hall.inside():
        return list(check_journal.export(hall.site))


def test_an_open_deviation_at_a_station_waits_for_the_engineer(hall: Hall, tablet: FieldTablet) -> None:
    """Even one that was recorded at an item of the whole site."""
    section = approved(hall)
    body = {"tag": "CH01", "property": "other", "value": "left hinge", "reason": "a wall"}
    at = sorted(hall.view().states.keys() - scope(hall))[0]
    tablet.sync(tablet.record(hall.site, at, "deviation", body=body))
    assert only(hall).state == "submitted"
    assert refusal(hall, "reviewer", sections.approve, section).code == "blocked"


def test_who_recorded_work_does_not_approve_a_section(hall: Hall, reopen: Callable[[], Hall]) -> None:
    with hall.inside(), session() as db:
        pair = people.person(db, hall.people["contractor"].id)
        assert pair
        pair[0].role, pair[0].organisation_id = "reviewer", hall.people["reviewer"].organisation_id
    assert refusal(reopen(), "contractor", sections.approve, only(hall).id).code == "four_eyes"


def test_sections_are_for_those_who_work_there(hall: Hall) -> None:
    refused: dict[str, list[tuple[str, Callable[..., Any]]]] = {
        "forbidden": [
            ("reviewer", sections.define),
            ("reviewer", sections.submit),
            ("engineer", sections.submit),
            ("contractor", sections.approve),
            ("reviewer", sections.remove),
        ],
        "not_found": [
            ("service", sections.define),
            ("stranger", sections.define),
            ("other_engineer", sections.define),
            ("other_reviewer", sections.approve),
            ("stranger", sections.remove),
        ],
    }
    section = only(hall).id
    for code, calls in refused.items():
        for who, verb in calls:
            given = ("x", ["CH03"]) if verb is sections.define else (section,)
            assert refusal(hall, who, verb, *given).code == code, (who, verb.__name__)


def test_a_section_is_some_stations_of_the_site(hall: Hall) -> None:
    for title, tags, said in (
        ("", ["CH03"], "in a few words"),
        ("x" * 101, ["CH03"], "at most 100"),
        ("South", [], "choose at least one"),
        ("South", ["F03"], "'F03' is no charging station here"),
        ("South", ["CH03", "CH99"], "CH99"),
        ("South", ["CH02"], "CH02 belongs to the section North row already"),
    ):
        problem = refusal(hall, "contractor", sections.define, title, tags)
        assert problem.code == "invalid"
        assert said in problem.detail
    assert len(hall.view().sections) == 1


def test_a_section_that_is_not_there_is_told_like_one_of_others(hall: Hall, tablet: FieldTablet) -> None:
    for wanted in ("nothing", "01a2047c-9e07-71f0-a035-4959ba8ec143"):
        answer = tablet.call("POST", f"/sites/{hall.site}/submit", json={"section": wanted})
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    again = tablet.call("POST", f"/sites/{hall.site}/submit", json={"section": only(hall).id})
    assert (again.status_code, again.json["code"]) == (409, "wrong_section_state")


def test_the_tablet_is_told_of_sections(hall: Hall) -> None:
    told = act(hall, "contractor", read_bundle.bundle)["sections"]
    assert told == [{"id": only(hall).id, "title": "North row", "tags": STATIONS, "state": "submitted"}]


def test_a_new_revision_brings_every_section_back(hall: Hall) -> None:
    section = approved(hall)
    with hall.inside():
        engineer = hall.people["engineer"]
        text = revise_site.site_file(engineer, hall.site).replace("23 m", "26 m")
        revise_site.revise_site(engineer, hall.site, text, "round the pillar")
    assert (only(hall).id, only(hall).state) == (section, "open")
    assert {row.standing for row in signed_off(hall)} == {"superseded"}
    assert not only(hall).progress.blocks_submission  # the way to these stations is what it was
    act(hall, "contractor", sections.submit, section)
    act(hall, "reviewer", sections.approve, section)
    assert only(hall).state == "approved"


def test_what_was_taken_away_leaves_its_stations_free(hall: Hall) -> None:
    assert refusal(hall, "contractor", sections.remove, only(hall).id).code == "wrong_section_state"
    act(hall, "reviewer", review_site.return_item, "station-label@CH01", "again")
    act(hall, "contractor", sections.remove, only(hall).id)
    assert hall.view().sections == ()
    act(hall, "contractor", sections.define, "Everything", ["CH01", "CH02", "CH03", "CH04"])
    assert signed_off(hall)[0].kind == "submission"  # of the section that is gone: still told
