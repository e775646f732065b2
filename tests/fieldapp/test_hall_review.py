"""From work to approval: what blocks, what returns, who may decide, and when an approval lapses."""

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldapp.problems import Problem
from fieldapp.store import database, people
from fieldapp.store.database import session
from fieldapp.usecases import assign_site, issue_pack, record_probe, review_site, submit_site, view_site
from fieldapp.usecases.viewer import Viewer
from tests.fieldapp.conftest import Reopen
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, do_all_items, hall_of, probe_report


def failing(hall: Hall) -> tuple[str, str]:
    """Return a safety item and another one that can fail."""
    return hall.item("equals", safety=True), hall.item("equals", safety=False)


@pytest.fixture(scope="module")
def worked_home(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with everything done, two items failing."""
    home = tmp_path_factory.mktemp("worked") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home)
    do_all_items(hall, hall.tablet(), wrong=failing(hall))
    with hall.inside():
        database.database().dispose()
    return home


@pytest.fixture
def hall_home(worked_home: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(worked_home, home)
    return home


def act(hall: Hall, who: str, verb: Callable[..., object], *arguments: object) -> object:
    with hall.inside():
        return verb(hall.people[who], hall.site, *arguments)


def refusal(hall: Hall, who: str, verb: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(Problem) as caught:
        act(hall, who, verb, *arguments)
    return caught.value.code


def submit_and_settle(hall: Hall) -> FieldTablet:
    """Submit, return the safety item, concede the other, redo, submit again: ready for approval."""
    safety, other = failing(hall)
    act(hall, "contractor", submit_site.submit_site)
    act(hall, "reviewer", review_site.return_item, safety, "measure again")
    act(hall, "reviewer", review_site.concede_item, other, "agreed with the operator")
    tablet = hall.tablet("contractor")
    heads = list(hall.view().states[safety].heads)
    assert tablet.sync(tablet.record(hall.site, safety, base=heads))[0]["status"] == "applied"
    act(hall, "contractor", submit_site.submit_site)
    return tablet


def test_the_whole_review(hall: Hall) -> None:
    safety, other = failing(hall)
    assert hall.view().summary.failed == 2
    act(hall, "contractor", submit_site.submit_site)
    assert hall.view().summary.state == "submitted"
    act(hall, "reviewer", review_site.return_item, safety, "measure again")
    view = hall.view()
    assert (view.summary.state, view.states[safety].status) == ("open", "returned")
    assert view.states[safety].comment == "measure again"
    assert refusal(hall, "contractor", submit_site.submit_site) == "blocked"
    act(hall, "reviewer", review_site.concede_item, other, "agreed with the operator")
    assert hall.status(other) == "conceded"
    tablet = hall.tablet()
    heads = list(hall.view().states[safety].heads)
    tablet.sync(tablet.record(hall.site, safety, base=heads))
    act(hall, "contractor", submit_site.submit_site)
    act(hall, "reviewer", review_site.approve_site)
    view = hall.view("reviewer")
    assert view.summary.state == "approved"
    assert view.approval_digest == view.state_digest
    assert [each.kind for each in view.decisions] == ["returned", "conceded", "approved"]
    assert len(view.history[safety]) == 2


def test_a_site_with_open_items_can_not_be_submitted(furnished_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "fresh"
    shutil.copytree(furnished_home, home)
    fresh = hall_of(home)
    answer = fresh.tablet().call("POST", f"/sites/{fresh.site}/submit", json={})
    assert (answer.status_code, answer.json["code"]) == (409, "blocked")
    assert len(answer.json["errors"]) == fresh.view().progress.total
    assert set(answer.json["errors"][0]) == {"item", "reason"}


def test_a_safety_item_is_never_conceded(hall: Hall) -> None:
    safety, _ = failing(hall)
    act(hall, "contractor", submit_site.submit_site)
    assert refusal(hall, "reviewer", review_site.concede_item, safety, "never mind") == "wrong_state"
    assert refusal(hall, "reviewer", review_site.approve_site) == "blocked"


def test_a_decision_needs_its_reason(hall: Hall) -> None:
    _, other = failing(hall)
    act(hall, "contractor", submit_site.submit_site)
    assert refusal(hall, "reviewer", review_site.concede_item, other, "  ") == "invalid"
    assert refusal(hall, "reviewer", review_site.return_item, other, "") == "invalid"
    assert refusal(hall, "reviewer", review_site.return_item, "no-such@X", "why") == "not_found"


def test_reviewers_wait_for_the_first_submission(hall: Hall) -> None:
    safety, other = failing(hall)
    assert refusal(hall, "reviewer", review_site.return_item, safety, "early") == "wrong_state"
    assert refusal(hall, "reviewer", review_site.concede_item, other, "early") == "wrong_state"
    assert refusal(hall, "reviewer", review_site.approve_site) == "wrong_state"


@pytest.mark.parametrize("who", ["engineer", "contractor", "service", "stranger", "other_reviewer"])
def test_only_the_operators_reviewer_decides(hall: Hall, who: str) -> None:
    safety, _ = failing(hall)
    act(hall, "contractor", submit_site.submit_site)
    expected = "forbidden" if who in ("engineer", "contractor") else "not_found"
    for verb, arguments in (
        (review_site.return_item, (safety, "x")),
        (review_site.concede_item, (safety, "x")),
        (review_site.accept_not_applicable, (safety, "x")),
        (review_site.approve_site, ()),
    ):
        assert refusal(hall, who, verb, *arguments) == expected


def test_who_recorded_a_probe_run_can_not_approve(hall: Hall, reopen: Reopen) -> None:
    """Somebody who changed from engineer to reviewer is still an author."""
    act(hall, "engineer", record_probe.record_probe, probe_report(hall))
    submit_and_settle(hall)
    with hall.inside(), session() as db:
        pair = people.person(db, hall.people["engineer"].id)
        assert pair
        pair[0].role = "reviewer"
    turned = reopen().people["engineer"]
    assert turned.role == "reviewer"
    with hall.inside(), pytest.raises(Problem) as caught:
        review_site.approve_site(turned, hall.site)
    assert caught.value.code == "four_eyes"
    assert "approve" not in _actions(hall, turned)
    assert "approve" in hall.view("reviewer").actions


def _actions(hall: Hall, viewer: Viewer) -> frozenset[str]:
    with hall.inside():
        return view_site.view_site(viewer, hall.site).actions


def test_who_recorded_an_operation_can_not_approve(hall: Hall, reopen: Reopen) -> None:
    submit_and_settle(hall)
    with hall.inside(), session() as db:
        pair = people.person(db, hall.people["contractor"].id)
        assert pair
        pair[0].role, pair[0].organisation_id = "reviewer", hall.people["reviewer"].organisation_id
    turned = reopen().people["contractor"]
    with hall.inside(), pytest.raises(Problem) as caught:
        review_site.approve_site(turned, hall.site)
    assert caught.value.code == "four_eyes"


def test_a_later_entry_that_changes_the_state_lapses_the_approval(hall: Hall) -> None:
    tablet = submit_and_settle(hall)
    act(hall, "reviewer", review_site.approve_site)
    item = hall.item("equals", safety=True, number=1)
    heads = list(hall.view().states[item].heads)
    late = tablet.record(hall.site, item, base=heads, body={"value": {"type": "choice", "raw": "no"}})
    assert tablet.sync(late)[0]["status"] == "applied"
    view = hall.view()
    assert (view.summary.state, view.states[item].status) == ("submitted", "failed")
    assert view.approval_digest != view.state_digest
    assert refusal(hall, "engineer", issue_pack.request_pack) == "wrong_state"


def test_what_is_sent_again_does_not_lapse_the_approval(hall: Hall) -> None:
    tablet = submit_and_settle(hall)
    signed = tablet.record(hall.site, failing(hall)[0], "note")
    tablet.sync(signed)
    act(hall, "reviewer", review_site.approve_site)
    assert tablet.sync(signed)[0]["status"] == "duplicate"
    tablet.receipts()
    assert hall.view().summary.state == "approved"


def test_not_applicable_on_a_safety_item_needs_the_reviewer(hall: Hall) -> None:
    safety, other = failing(hall)
    tablet = hall.tablet()
    view = hall.view()
    for item in (safety, other):
        record = tablet.record(
            hall.site,
            item,
            "not_applicable",
            base=list(view.states[item].heads),
            body={"reason": "no such circuit"},
        )
        assert tablet.sync(record)[0]["status"] == "applied"
    act(hall, "contractor", submit_site.submit_site)
    assert refusal(hall, "reviewer", review_site.approve_site) == "blocked"
    act(hall, "reviewer", review_site.accept_not_applicable, safety, "seen on site")
    act(hall, "reviewer", review_site.approve_site)
    assert hall.view().summary.state == "approved"


def test_assignment_ends_with_the_submission(hall: Hall) -> None:
    act(hall, "contractor", submit_site.submit_site)
    other = hall.people["stranger"].organisation_id
    assert refusal(hall, "engineer", assign_site.assign_site, other) == "wrong_state"


def test_actions_say_what_may_be_done_now(hall: Hall) -> None:
    assert hall.view("contractor").actions == {"submit", "upload_probe", "define_section"}
    assert hall.view("engineer").actions == {
        "assign", "upload_probe", "revise", "decide_deviation", "define_section",
    }  # fmt: skip
    assert hall.view("reviewer").actions == frozenset()
    submit_and_settle(hall)
    assert hall.view("reviewer").actions == {"return", "concede", "accept_na", "approve"}
    act(hall, "reviewer", review_site.approve_site)
    assert hall.view("reviewer").actions == {"return", "issue_pack"}
    assert hall.view("engineer").actions == {"issue_pack", "revise", "decide_deviation"}


def test_a_probe_report_is_judged_again_here(hall: Hall) -> None:
    """A report that claims to have passed is believed only as far as its registers say so."""
    report = probe_report(hall, "ct-reversed")
    honest = report["verdict"]
    report["verdict"], report["verdicts"], report["findings"] = "pass", [], []
    tablet = hall.tablet()
    answer = tablet.call("POST", f"/sites/{hall.site}/probe-runs", json=report)
    assert answer.status_code == 200, answer.text
    assert honest == answer.json["verdict"] == "fail"
    again = tablet.call("POST", f"/sites/{hall.site}/probe-runs", json=report)
    assert again.json["number"] == answer.json["number"]
    assert len(hall.view().probe_runs) == 2
    wiring = [
        key for key, state in hall.view().states.items() if state.status == "failed" and "wiring" in key
    ]
    assert wiring


def test_a_probe_report_of_another_site_is_refused(hall: Hall) -> None:
    report = probe_report(hall, "healthy")
    report["plan"]["site"] = "another"
    answer = hall.tablet().call("POST", f"/sites/{hall.site}/probe-runs", json=report)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    nonsense = hall.tablet().call("POST", f"/sites/{hall.site}/probe-runs", json={"schema": 1})
    assert (nonsense.status_code, nonsense.json["code"]) == (422, "invalid")


def test_the_plan_of_a_report_is_not_believed(hall: Hall) -> None:
    """Generous limits and other transformers in the sender's copy of the plan change no verdict."""
    report = probe_report(hall, "thd-high")
    assert report["verdict"] == "fail"
    report["plan"]["thd_voltage_limit_percent"] = 99.0
    for device in report["plan"]["devices"]:
        device["role"] = "other"
    answer = hall.tablet().call("POST", f"/sites/{hall.site}/probe-runs", json=report)
    assert (answer.status_code, answer.json["verdict"]) == (200, "fail"), answer.text


@pytest.mark.parametrize("where", ["snapshot", "plan"])
def test_a_report_names_no_file_of_the_server(hall: Hall, where: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2", "utf-8")
    report = probe_report(hall)
    if where == "snapshot":
        report["snapshots"][0]["profile"] = str(secret)
    else:
        report["plan"]["devices"][0]["tag"] = "XX99"
    answer = hall.tablet().call("POST", f"/sites/{hall.site}/probe-runs", json=report)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert "hunter2" not in answer.text


def test_a_mangled_report_is_refused_in_a_sentence(hall: Hall) -> None:
    """Every leaf of a real report replaced by nonsense: never a failure of the server."""
    tablet, original = hall.tablet(), probe_report(hall)
    for path in list(leaves(original, ()))[::23]:
        for nonsense in (None, "\ud800", "x\x00", -1, 2**70, [], {"a": 1}, "zz"):
            report = copy.deepcopy(original)
            parent: Any = report
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = nonsense
            answer = tablet.call("POST", f"/sites/{hall.site}/probe-runs", json=report)
            assert answer.status_code in (200, 422), (path, nonsense, answer.text)


def leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = False
    for step, each in steps:
        if not (isinstance(step, int) and step > 2):
            found = True
            yield from leaves(each, (*path, step))
    if not found and path:
        yield path
