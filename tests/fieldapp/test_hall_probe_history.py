"""The approved state as a site's electrical fingerprint, what moved since, and what the grid brings."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from device_probe.model import SitePlan
from device_probe.read import read_rounds
from device_probe.report import dump_report, judge_rounds, load_plan, load_report
from device_probe.simulator.scenario_file import load_scenario
from device_probe.simulator.server import SimulatedSite, simulate
from fieldapp import cli
from fieldapp.problems import Problem
from fieldapp.store import journal
from fieldapp.store.database import session
from fieldapp.store.journal import Draft
from fieldapp.tables import SiteRow
from fieldapp.usecases import probe_history, record_probe, site_plan
from fieldapp.usecases.views import ProbeRunView, SiteView
from tests.fieldapp.hall_cast import Hall, hall_of
from tests.fieldapp.test_hall_contracts import validator


@pytest.fixture
def hall(hall_home: Path) -> Hall:
    return hall_of(hall_home)


@pytest.fixture
def network(hall: Hall) -> Iterator[SimulatedSite]:
    with simulate(plan_of(hall), "idle") as opened:
        yield opened


def plan_of(hall: Hall) -> SitePlan:
    with hall.inside():
        return load_plan(site_plan.site_plan(hall.people["engineer"], hall.site))


def run(hall: Hall, network: SimulatedSite, scenario: str) -> int:
    """Probe the site in a scenario and record the report."""
    network.set_scenario(load_scenario(scenario))
    report = dump_report(judge_rounds(network.plan, read_rounds(network.plan, interval_s=0.02)))
    with hall.inside():
        return record_probe.record_probe(hall.people["contractor"], hall.site, report)


def approve(hall: Hall) -> None:
    """Put the journal entry of an approval there: here it matters when, not what made it possible."""
    with hall.inside(), session() as db:
        site = db.get_one(SiteRow, hall.site)
        at = "2026-11-28T10:00:00Z"
        journal.append(
            db, site, [Draft("approved", {"state_digest": "0" * 64}, hall.people["reviewer"].id, at)], at
        )


def shown(hall: Hall) -> tuple[SiteView, list[ProbeRunView]]:
    view = hall.view()
    return view, list(view.probe_runs)


def test_the_last_run_before_the_approval_is_the_fingerprint_and_later_ones_are_held_against_it(
    hall: Hall, hall_home: Path, network: SimulatedSite, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))
    first, healthy = run(hall, network, "ct-reversed"), run(hall, network, "healthy")
    engineer = hall.people["engineer"]
    with hall.inside(), pytest.raises(Problem) as none:
        probe_history.site_drift(engineer, hall.site)
    assert none.value.code == "no_baseline"
    approve(hall)
    same, wrong = run(hall, network, "healthy"), run(hall, network, "voltage-swapped")
    view, runs = shown(hall)
    assert (probe_history.baseline(view), runs[0].number) == (runs[1], first)
    with hall.inside():
        unmoved = probe_history.site_drift(engineer, hall.site, same)
        moved = probe_history.site_drift(engineer, hall.site)
        with pytest.raises(Problem):
            probe_history.site_drift(engineer, hall.site, 9999)
        assert load_report(probe_history.run_report(engineer, hall.site)) == runs[1].report
    assert (unmoved.baseline, unmoved.run, unmoved.found.answer) == (healthy, same, "same")
    assert (moved.run, moved.found.answer) == (wrong, "moved")
    assert [(each.kind, each.tag) for each in moved.found.moved] == [("wiring", "PM1")]
    answer_of_the_api(hall, healthy, wrong, same)
    answer_of_the_command_line(hall, same, monkeypatch, capsys)


def answer_of_the_api(hall: Hall, healthy: int, wrong: int, same: int) -> None:
    tablet = hall.tablet("contractor")
    moved = tablet.call("GET", f"/sites/{hall.site}/drift")
    validator("drift").validate(moved.json)
    assert (moved.status_code, moved.json["answer"]) == (200, "moved")
    assert tablet.call("GET", f"/sites/{hall.site}/drift?run={same}").json["answer"] == "same"
    assert tablet.call("GET", f"/sites/{hall.site}/drift?run=7777").status_code == 404
    fingerprint = tablet.call("GET", f"/sites/{hall.site}/baseline").json
    validator("probe-report").validate(fingerprint)
    assert fingerprint["id"] == moved.json["baseline"]["id"]


def answer_of_the_command_line(
    hall: Hall, same: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = command(monkeypatch, capsys, "drift", hall.site)
    assert said[0] == 1
    assert "PM1" in said[1]
    again = command(monkeypatch, capsys, "drift", hall.site, "--run", str(same))
    assert again[0] == 0
    assert "Nothing moved" in again[1]


def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["fieldapp", "site", *arguments])
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0), capsys.readouterr().out


def test_a_site_is_measured_again_after_its_handover_without_recording_anything(
    hall: Hall, network: SimulatedSite
) -> None:
    number = run(hall, network, "healthy")
    approve(hall)
    network.set_scenario("ct-reversed")
    report = dump_report(judge_rounds(network.plan, read_rounds(network.plan, interval_s=0.02)))
    tablet = hall.tablet("reviewer")
    answer = tablet.call("POST", f"/sites/{hall.site}/drift", json=report)
    validator("drift").validate(answer.json)
    assert [each["tag"] for each in answer.json["moved"]] == ["PM1"]
    assert [each.number for each in hall.view().probe_runs] == [number]
    assert tablet.call("POST", f"/sites/{hall.site}/drift", json={}).status_code == 422


def test_a_run_that_missed_a_meter_is_no_fingerprint_where_another_has_them_all(
    hall: Hall, network: SimulatedSite
) -> None:
    whole = run(hall, network, "healthy")
    part = dump_report(judge_rounds(network.plan, read_rounds(network.plan, interval_s=0.02)))
    part["snapshots"] = [each for each in part["snapshots"] if each["tag"] != "PM1"]
    with hall.inside():
        record_probe.record_probe(hall.people["contractor"], hall.site, part)
    approve(hall)
    found = probe_history.baseline(hall.view())
    assert found is not None
    assert found.number == whole


def test_a_run_with_all_stations_off_is_the_background_of_later_ones(
    hall: Hall, network: SimulatedSite
) -> None:
    off, on = run(hall, network, "idle"), run(hall, network, "healthy")
    view, (quiet, loaded) = shown(hall)
    assert (quiet.number, loaded.number) == (off, on)
    assert probe_history.stations_off(quiet.report)
    assert not probe_history.stations_off(loaded.report)
    assert probe_history.background_run(view, loaded) == quiet
    assert probe_history.background_run(view, quiet) is None
    before = probe_history.run_before(view, loaded)
    assert before == quiet
    changed = probe_history.changed_since(quiet, loaded)
    became: Any = {(each.tag, each.aspect): each.now for each in changed.verdicts}
    assert became["PM0", "wiring"] == "pass"
