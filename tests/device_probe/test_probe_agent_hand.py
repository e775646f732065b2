"""The load step by hand from a tablet beside the agent: over its door, on a simulated site, over Modbus."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device_probe.agent.start import Wanted, run
from device_probe.agent.work import Worker
from device_probe.model import SitePlan
from device_probe.report import load_report, rejudge
from device_probe.simulator import MeterFault, SimulatedSite, simulate
from tests.device_probe.scripted_hall import TOKEN, scripted_hall, until
from tests.device_probe.site_tablet import Tablet, tablet

from .load_step_sites import scenario, site_plan

PLAN = site_plan(4, 2)


def idle_site(*faults: MeterFault) -> Any:
    """Return a site whose cars draw nothing until somebody plugs them in."""
    chosen = scenario(PLAN, ["CH01", "CH02", "CH03", "CH04"], phases=(1, 3), background=False)
    loads = {tag: replace(load, current_a=0.0) for tag, load in chosen.stations.items()}
    return replace(chosen, stations=loads, faults=faults)


@contextmanager
def at_site(
    folder: Path, site: SimulatedSite, plan: SitePlan | None = None, server: str = ""
) -> Iterator[Tablet]:
    with tablet(folder, plan or site.plan, server) as paired:
        paired.desk.hand.interval_s = 0.05
        yield paired


def hand(paired: Tablet) -> dict[str, Any]:
    return dict(paired.state()["hand"] or {})


def begin(paired: Tablet, *tags: str) -> None:
    assert paired.post("/api/hand/begin?" + "&".join(f"tag={tag}" for tag in tags)).status_code == 202
    until(lambda: (asked(paired) or {}).get("kind") not in (None, "wait"))


def asked(paired: Tablet) -> dict[str, Any] | None:
    return hand(paired).get("asked")


def press(paired: Tablet, what: str, turn: int | None = None) -> bool:
    now = hand(paired).get("turn", 0) if turn is None else turn
    answer = paired.post(f"/api/hand/press?what={what}&turn={now}")
    assert answer.status_code == 202
    return bool(answer.json()["taken"])


def obey(paired: Tablet, site: SimulatedSite) -> None:
    """Do what is asked for, and wait until the page asks for something else."""
    now = asked(paired)
    assert now is not None
    site.set_demand(now["tag"], 16.0 if now["kind"] == "start" else 0.0)
    until(lambda: asked(paired) != now)


@pytest.fixture
def site() -> Iterator[SimulatedSite]:
    with simulate(PLAN, idle_site(MeterFault("ct_reversed", tag="PM1", phase=1)), speed=20) as running:
        yield running


def test_from_the_choice_to_the_report_without_a_press(site: SimulatedSite, tmp_path: Path) -> None:
    with at_site(tmp_path, site) as paired:
        assert paired.post("/api/hand/look").status_code == 202
        until(lambda: hand(paired).get("phase") == "choosing")
        assert [each["why"] for each in hand(paired)["stations"]] == [""] * 4
        begin(paired, "CH01", "CH02")
        assert asked(paired) == {"number": 2, "of": 5, "kind": "start", "tag": "CH01"}
        rows = {row["tag"]: row["role"] for row in hand(paired)["live"]}
        assert rows == {"CH01": "asked", "PM1": "upstream", "PM0": "upstream"}
        for _ in range(4):
            obey(paired, site)
        until(lambda: paired.state()["hand"] is None)
        shown = paired.state()["report"]
        assert (shown["fate"], shown["load_step"]["verdict"]) == ("kept", "fail")
        document = paired.get("/api/report").json()
        assert ("ct-reversed", "PM1", "L1") in {
            (f["code"], f["tag"], f["phase"]) for f in document["findings"]
        }
        report = load_report(document)
        assert report.load_step is not None
        assert report.load_step.how == "by_hand"
        assert report.background
        assert rejudge(report).load_step == report.load_step, "judged again from the registers alone"
        assert "error PM1 ct-reversed L1" in shown["digest"]
        assert not list((tmp_path / "hand").iterdir())
        assert [each.report for each in paired.desk.spool.waiting()] == [report.id]
    assert site.writes == 0


def test_it_goes_on_after_a_restart_in_the_middle(site: SimulatedSite, tmp_path: Path) -> None:
    with at_site(tmp_path, site) as paired:
        begin(paired, "CH01", "CH02")
        obey(paired, site)
        before = asked(paired)
    with at_site(tmp_path, site) as paired:
        assert hand(paired)["phase"] == "paused"
        assert paired.post("/api/hand/look").status_code == 409
        paired.desk.hand.resume()
        until(lambda: asked(paired) is not None)
        assert asked(paired) == before == {"number": 3, "of": 5, "kind": "stop", "tag": "CH01"}
        for _ in range(3):
            obey(paired, site)
        until(lambda: paired.state()["hand"] is None)
        stations = paired.state()["report"]["load_step"]["stations"]
        assert [(s["tag"], s["below"]["verdict"]) for s in stations] == [("CH01", "pass"), ("CH02", "pass")]


def test_a_run_left_long_ago_waits_for_a_person(
    site: SimulatedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_site(tmp_path, site) as paired:
        begin(paired, "CH01")
        monkeypatch.setattr("device_probe.agent.hand.IDLE_S", 0.0)
        until(lambda: hand(paired)["phase"] == "paused")
        assert paired.read()["report"], "others may use the devices meanwhile"
        monkeypatch.setattr("device_probe.agent.hand.IDLE_S", 1800.0)
        assert paired.post("/api/hand/go-on").status_code == 202
        until(lambda: asked(paired) is not None)
        assert press(paired, "leave")
        until(lambda: paired.state()["hand"] is None)
        assert not list((tmp_path / "hand").iterdir())


def test_two_tablets_see_one_run_and_a_late_press_harms_nothing(site: SimulatedSite, tmp_path: Path) -> None:
    with at_site(tmp_path, site) as paired:
        begin(paired, "CH01", "CH02", "CH03")
        assert paired.post("/api/hand/begin?tag=CH04").status_code == 202, "the second tablet only joins"
        assert hand(paired)["tags"] == ["CH01", "CH02", "CH03"]
        turn = hand(paired)["turn"]
        assert press(paired, "cannot", turn)
        assert not press(paired, "cannot", turn), "pressed on both at once: one station is left out, not two"
        assert hand(paired)["left_out"] == ["CH01"]
        assert (asked(paired) or {})["tag"] == "CH02"
        assert press(paired, "back")
        assert hand(paired)["left_out"] == []
        for odd in ("what=done&turn=x", "what=write&turn=1", "what=done", "turn=1"):
            assert paired.post(f"/api/hand/press?{odd}").status_code == 422
        assert paired.post("/api/read").status_code == 409
        assert press(paired, "judge")
        until(lambda: paired.state()["hand"] is None)
        assert paired.state()["report"]["load_step"]["verdict"] == "inconclusive"


def test_the_wrong_station_is_shown_and_counts_after_a_press(site: SimulatedSite, tmp_path: Path) -> None:
    with at_site(tmp_path, site) as paired:
        begin(paired, "CH01", "CH02")
        site.set_demand("CH02", 16.0)
        until(lambda: hand(paired)["seen"]["what"] == "other")
        assert [one["tag"] for one in hand(paired)["seen"]["changed"]] == ["CH02"]
        assert {"CH02": "moved", "PM2": "elsewhere"}.items() <= {
            row["tag"]: row["role"] for row in hand(paired)["live"]
        }.items()
        assert press(paired, "done")
        until(lambda: (asked(paired) or {}).get("kind") == "stop")
        assert (asked(paired) or {})["tag"] == "CH02"


def test_who_does_not_answer_or_tells_no_current_is_listed_with_why(
    site: SimulatedSite, tmp_path: Path
) -> None:
    site.inject(MeterFault("dead", tag="CH03"))
    with at_site(tmp_path, site) as paired:
        paired.post("/api/hand/look")
        until(lambda: hand(paired).get("phase") == "choosing")
        assert {each["tag"]: each["why"] for each in hand(paired)["stations"]} == {
            "CH01": "", "CH02": "", "CH03": "no_answer", "CH04": "",
        }  # fmt: skip
        assert press(paired, "leave")
        assert paired.state()["hand"] is None


def test_a_job_of_the_server_waits_and_says_for_what(site: SimulatedSite, tmp_path: Path) -> None:
    with scripted_hall() as hall, at_site(tmp_path / "spool", site, server=hall.url) as paired:
        begin(paired, "CH01")
        worker = Worker(None, None, paired.desk.reader, None, print, None, print)  # type: ignore[arg-type]
        assert worker._waits_for() == "waits for a load step by hand that was begun at the site"


def test_without_a_plan_or_a_token_nothing_begins(tmp_path: Path) -> None:
    with tablet(tmp_path, None) as paired:
        assert paired.post("/api/hand/look").status_code == 422
        assert paired.post("/api/hand/begin?tag=CH01").status_code == 422
        assert paired.post("/api/hand/look", Authorization="Bearer x").status_code == 401
        assert paired.state()["hand"] is None


def test_a_disk_without_room_is_told_and_stops_nobody(
    site: SimulatedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_site(tmp_path, site) as paired:
        begin(paired, "CH01")

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("device_probe.agent.hand_folder.write_document", full)
        obey(paired, site)
        assert "No space left" in hand(paired)["trouble"]
        monkeypatch.undo()
        obey(paired, site)
        until(lambda: paired.state()["hand"] is None)
        assert paired.state()["report"]["load_step"]["stations"]


def test_its_report_goes_to_the_server_like_others(site: SimulatedSite, tmp_path: Path) -> None:
    with scripted_hall() as hall:
        with at_site(tmp_path, site, server=hall.url) as paired:
            begin(paired, "CH01")
            obey(paired, site)
            press(paired, "judge")
            until(lambda: paired.state()["hand"] is None)
            report = paired.state()["report"]["id"]
        assert run(Wanted(hall.url, TOKEN, None, False, tmp_path, None, None, once=True))[0] == 0
        assert [each["id"] for each in hall.runs] == [report]
