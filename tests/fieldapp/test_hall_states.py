"""Every verb in every state of a site or section leads where the contract says, or changes nothing."""

import ast
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from fieldapp import jobs, tables
from fieldapp.clock import new_id
from fieldapp.problems import Problem
from fieldapp.store import database, sites
from fieldapp.store import sections as section_rows
from fieldapp.store.database import reading
from fieldapp.usecases import (
    assign_site,
    issue_pack,
    projection,
    record_probe,
    review_site,
    revise_site,
    section_states,
    sections,
    states,
    submit_site,
)
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, do_all_items, hall_of, probe_report
from tests.fieldapp.section_cast import act, row_of

ROOT = Path(__file__).parents[2]
CONTRACT = json.loads((ROOT / "docs" / "contracts" / "site-state.schema.json").read_text("utf-8"))
ROWS = CONTRACT["x-transitions"]
FAILED, ABSENT, DONE = "surface-drainage@GRID", "signs-fitted@GRID", "bollards-fitted@GRID"
#: What the sections of a worked site are for: one in work, one submitted, one approved, one in work again.
TAG = {"open": "CH04", "submitted": "CH03", "approved": "CH02", "open again": "CH01"}
SITE_STATES = ("open", "open again", "submitted", "approved", pytest.param("issued", marks=pytest.mark.slow))


def rule(thing: str, state: str, verb: str) -> dict[str, Any] | None:
    """Return what the contract says of a verb in a state, None when it is refused."""
    row = next(
        (
            each
            for each in ROWS
            if (each["thing"], each["from"], each["verb"]) == (thing, state.split()[0], verb)
        ),
        None,
    )
    return None if row and row.get("again") and state == "open" else row


# --- the worked homes -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worked(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with everything done and a section in each state; never submitted as a whole."""
    home = tmp_path_factory.mktemp("states") / "worked"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home)
    tablet = hall.tablet()
    do_all_items(hall, tablet, wrong=(FAILED,))
    absent = {"base": list(hall.view().states[ABSENT].heads), "body": {"reason": "none here"}}
    tablet.sync(tablet.record(hall.site, ABSENT, "not_applicable", **absent))
    made = {name: act(hall, "engineer", sections.define, name, [tag]) for name, tag in TAG.items()}
    for name in ("submitted", "approved", "open again"):
        act(hall, "contractor", sections.submit, made[name])
    act(hall, "reviewer", sections.approve, made["approved"])
    act(hall, "reviewer", review_site.return_item, "station-label@CH01", "again")
    return closed(hall, home)


def closed(hall: Hall, home: Path) -> Path:
    with hall.inside():
        database.database().dispose()
    return home


@pytest.fixture(scope="module")
def homes(worked: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a home by the state of its site; each is made from the one before by what people do."""
    folder, made = tmp_path_factory.mktemp("states"), {"sections": worked}

    def home(state: str) -> Path:
        if state not in made:
            before, doers = _WAYS[state]
            path = folder / state.replace(" ", "-")
            shutil.copytree(home(before), path)
            hall = hall_of(path)
            for doer in doers:
                doer(hall)
            assert row_of(hall).state == state.split()[0]
            made[state] = closed(hall, path)
        return made[state]

    return home


def tablet_of(hall: Hall, who: str = "contractor") -> FieldTablet:
    """Return the one tablet that somebody uses in a hall: signing in takes its time."""
    if (id(hall), who) not in _TABLETS:
        _TABLETS[id(hall), who] = (hall, hall.tablet(who))
    return _TABLETS[id(hall), who][1]


_TABLETS: dict[tuple[int, str], tuple[Hall, FieldTablet]] = {}


def redo(hall: Hall) -> None:
    """Do again whatever was returned."""
    tablet, view = tablet_of(hall), hall.view()
    items = {item.key: item for each in view.checklists for item in each.items}
    for key, state in view.states.items():
        if state.status == "returned":
            assert items[key].criterion.kind in ("equals", "present"), key
            tablet.sync(tablet.record(hall.site, key, base=list(state.heads)))


def issue(hall: Hall) -> None:
    with hall.inside():
        assert jobs.run(issue_pack.request_pack(hall.people["engineer"], hall.site))


def approve(hall: Hall) -> None:
    """Concede what failed, where that is the reviewer's to do, and approve."""
    if row_of(hall).state == "submitted" and hall.status(FAILED) == "failed":
        act(hall, "reviewer", review_site.concede_item, FAILED, "agreed")
    act(hall, "reviewer", review_site.approve_site)


def verb(who: str, do: Callable[..., Any], *arguments: Any) -> Callable[[Hall], None]:
    def doer(hall: Hall) -> None:
        act(hall, who, do, *(each(hall) if callable(each) else each for each in arguments))

    return doer


def named(state: str) -> Callable[[Hall], str]:
    """Return the section that a worked site has for a state."""
    return lambda hall: next(row.id for row in sections_of(hall) if row.title == state)


def sections_of(hall: Hall) -> list[tables.SectionRow]:
    with hall.inside(), reading() as db:
        return section_rows.of_site(db, hall.site)


def work(item: str) -> Callable[[Hall], None]:
    def doer(hall: Hall) -> None:
        tablet = tablet_of(hall, "colleague")
        assert tablet.sync(tablet.record(hall.site, item, "note"))[0]["status"] == "applied"

    return doer


_WAYS: Mapping[str, tuple[str, tuple[Callable[[Hall], None], ...]]] = {
    "open": ("sections", (redo,)),
    "submitted": ("open", (verb("contractor", submit_site.submit_site),)),
    "open again": (
        "submitted",
        (verb("reviewer", review_site.return_item, DONE, "again"), redo),
    ),
    "approved": ("submitted", (approve,)),
    "issued": ("approved", (issue,)),
}


def report(hall: Hall) -> dict[str, Any]:
    return {**_REPORTS.setdefault(hall.site, probe_report(hall)), "id": new_id()}


_REPORTS: dict[str, dict[str, Any]] = {}


def revise(hall: Hall) -> None:
    """Make the second revision of a site; it is the same in every home, so it is studied once."""
    with hall.inside():
        engineer = hall.people["engineer"]
        if hall.site not in _REVISIONS:
            text = revise_site.site_file(engineer, hall.site).replace("23 m", "26 m")
            _REVISIONS[hall.site] = revise_site.prepare(engineer, hall.site, text)
        revise_site.keep(engineer, hall.site, _REVISIONS[hall.site], "round the pillar")


_REVISIONS: dict[str, revise_site.Revision] = {}


def _spare(hall: Hall) -> None:
    """Make a section of a station that has none: free one first, so that only the state can refuse it."""
    if rule("site", row_of(hall).state, "remove_section"):
        act(hall, "engineer", sections.remove, named("open")(hall))
    act(hall, "engineer", sections.define, "spare", [TAG["open"]])


SITE_VERBS: Mapping[str, Callable[[Hall], None]] = {
    "assign": verb(
        "engineer", assign_site.assign_site, lambda hall: hall.people["contractor"].organisation_id
    ),
    "define_section": _spare,
    "remove_section": verb("contractor", sections.remove, named("open")),
    "submit_section": verb("contractor", sections.submit, named("open")),
    "approve_section": verb("reviewer", sections.approve, named("submitted")),
    "upload_probe": verb("contractor", record_probe.record_probe, report),
    "submit": verb("contractor", submit_site.submit_site),
    "concede": verb("reviewer", review_site.concede_item, FAILED, "agreed"),
    "accept_na": verb("reviewer", review_site.accept_not_applicable, ABSENT),
    "return": verb("reviewer", review_site.return_item, DONE, "again"),
    "approve": approve,
    "issue_pack": issue,
    "revise": revise,
    "lapse": work(DONE),
}


SECTION_VERBS: Mapping[str, Callable[[str], Callable[[Hall], None]]] = {
    "submit": lambda name: verb("contractor", sections.submit, named(name)),
    "return": lambda name: verb("reviewer", review_site.return_item, f"station-label@{TAG[name]}", "again"),
    "approve": lambda name: verb("reviewer", sections.approve, named(name)),
    "remove": lambda name: verb("engineer", sections.remove, named(name)),
    "revise": lambda name: revise,
    "lapse": lambda name: work(f"station-label@{TAG[name]}"),
}


# --- the tests --------------------------------------------------------------------------------------------


def dump(hall: Hall) -> dict[str, list[Any]]:
    """Return everything in the database that a refused verb may not touch."""
    kinds = (
        tables.SiteRow,
        tables.SectionRow,
        tables.SignOffRow,
        tables.ItemStateRow,
        tables.JobRow,
        tables.ProbeRunRow,
    )
    with hall.inside(), reading() as db:
        return {kind.__name__: [row.model_dump() for row in db.exec(select(kind))] for kind in kinds}


def attempt(hall: Hall, doer: Callable[[Hall], None]) -> int:
    """Return 200, or the status of the problem."""
    try:
        doer(hall)
    except Problem as problem:
        return problem.status
    return 200


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[Path], Hall]]:
    halls: list[Hall] = []

    def open_copy(home: Path) -> Hall:
        path = tmp_path / str(len(halls))
        shutil.copytree(home, path)
        halls.append(hall_of(path))
        return halls[-1]

    yield open_copy
    for hall in halls:
        closed(hall, Path())


@pytest.mark.parametrize("state", SITE_STATES)
def test_a_site_moves_as_the_contract_says(homes: Any, opened: Callable[[Path], Hall], state: str) -> None:
    refusing = opened(homes(state))
    before = dump(refusing)
    for name, doer in SITE_VERBS.items():
        row = rule("site", state, name)
        if name == "lapse" and row is None:
            continue  # work is always taken; where nothing is approved it lapses nothing, see below
        if row is None:
            assert (name, attempt(refusing, doer)) == (name, 409)
            assert dump(refusing) == before, name
        elif name != "issue_pack":  # the home of an issued site is made by it
            hall = opened(homes(state))
            assert (name, attempt(hall, doer), row_of(hall).state) == (name, 200, row["to"])


def named_state(hall: Hall, name: str) -> str:
    return next(row.state for row in sections_of(hall) if row.title == name)


@pytest.mark.parametrize("state", ["open", "open again", "submitted"])
def test_work_moves_no_site_that_is_not_approved(
    homes: Any, opened: Callable[[Path], Hall], state: str
) -> None:
    hall = opened(homes(state))
    work(DONE)(hall)
    assert row_of(hall).state == state.split()[0]


@pytest.mark.parametrize("state", list(TAG))
def test_a_section_moves_as_the_contract_says(homes: Any, opened: Callable[[Path], Hall], state: str) -> None:
    home = homes("sections" if state == "open again" else "open")
    refusing = opened(home)
    before = dump(refusing)
    for name, doer_of in SECTION_VERBS.items():
        row = rule("section", state, name)
        if row is None and name != "lapse":
            assert (name, attempt(refusing, doer_of(state))) == (name, 409)
            assert dump(refusing) == before, name
        elif row is not None and (state, name) != ("open again", "submit"):
            hall = opened(home)
            assert (name, attempt(hall, doer_of(state))) == (name, 200)
            found = {row.title: row.state for row in sections_of(hall)}
            assert found.get(state) == row["to"], name
    if state == "open again":  # the returned item has to be done first
        hall = opened(home)
        assert attempt(hall, SECTION_VERBS["submit"](state)) == 409
        redo(hall)
        assert attempt(hall, SECTION_VERBS["submit"](state)) == 200
        assert named_state(hall, state) == "submitted"


RANDOM = [each for each in SITE_VERBS if each not in ("issue_pack", "define_section", "remove_section")]


@settings(
    max_examples=2, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
@given(st.lists(st.sampled_from([*RANDOM, "redo", "redo", "submit", "approve"]), min_size=10, max_size=14))
def test_whatever_people_do_in_whatever_order_states_move_along_the_table(
    homes: Any, verbs: list[str]
) -> None:
    path = homes("open").parent / new_id()
    shutil.copytree(homes("open"), path)
    hall = hall_of(path)
    for name in verbs:
        before, kept = row_of(hall).state, dump(hall)
        status = attempt(hall, redo if name == "redo" else SITE_VERBS[name])
        row = row_of(hall)
        if status != 200:
            assert dump(hall) == kept, name
        elif row.state != before:
            assert (before, row.state) in {
                (each["from"], each["to"]) for each in ROWS if each["thing"] == "site"
            }
            assert rule("site", before + " again", name if name != "redo" else "lapse")
        assert_bound(hall)
    assert_kept(hall)
    closed(hall, path)
    shutil.rmtree(path)


def assert_bound(hall: Hall) -> None:
    """An approval that stands always fits what it approved."""
    with hall.inside(), reading() as db:
        site = sites.get(db, hall.site)
        assert site is not None
        assert (site.state == "approved") <= (site.approval_digest == projection.state_digest(db, site))
        for row in section_rows.of_site(db, site.id):
            digest = section_states.digest_of(db, site, row)
            assert (row.state == "approved") <= (row.approval_digest == digest)


def assert_kept(hall: Hall) -> None:
    with hall.inside(), reading() as db:
        site = sites.get(db, hall.site)
        assert site is not None
        assert projection.differences(db, site) == []


def test_the_table_is_the_contract() -> None:
    told = {
        (each["thing"], each["from"], each["verb"], each["to"] or "", each["by"], each.get("again", False))
        for each in ROWS
        if each["from"] is not None
    }
    table = {(each.thing, each.state, each.verb, each.to, each.entry, each.again) for each in states.TABLE}
    assert told == table
    why = {(each["thing"], each["verb"]): each["why"] for each in CONTRACT["x-why-not"]}
    assert why == dict(states.WHY)
    verbs = {(each.thing, each.verb) for each in states.TABLE}
    sure = {key for key in verbs if all(rule(key[0], each, key[1]) for each in states.STATES[key[0]])}
    assert verbs - sure == set(why)  # whatever can be refused has its sentence


def test_nobody_sets_a_state_past_the_table() -> None:
    found = [
        f"{path.name}: {node.lineno}"
        for path in sorted((ROOT / "fieldapp" / "usecases").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if node.attr in ("state", "submissions")
    ]
    assert {each.partition(":")[0] for each in found} == {"states.py"}
