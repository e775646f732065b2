"""Agents at work: real devices' registers over Modbus, and a server that does what servers do."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from device_probe.agent.bell import Bell
from device_probe.agent.jobs import Job
from device_probe.agent.spool import Begun, Spool
from device_probe.agent.standing import standing_of
from device_probe.agent.start import Wanted, run
from device_probe.cli import main
from device_probe.model import SitePlan
from device_probe.report import dump_plan, load_report
from device_probe.simulator import SimulatedSite, simulate
from tests.device_probe.scripted_hall import (
    HANG_UP,
    PORTAL,
    TOKEN,
    Reply,
    ScriptedHall,
    problem,
    scripted_hall,
)

Document = dict[str, Any]


@pytest.fixture(scope="module")
def small(plan: SitePlan) -> Iterator[SimulatedSite]:
    """Two meters are quick to read."""
    with simulate(replace(plan, devices=plan.devices[:2]), "healthy") as site:
        yield site


@pytest.fixture(scope="module")
def slow(plan: SitePlan) -> Iterator[SimulatedSite]:
    """One meter, which takes its time: what happens meanwhile happens in the middle."""
    with simulate(replace(plan, devices=plan.devices[:1]), "healthy", latency_s=0.2) as site:
        yield site


@pytest.fixture
def hall() -> Iterator[ScriptedHall]:
    with scripted_hall() as running:
        yield running


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries are counted, not waited for."""
    monkeypatch.setattr("device_probe.agent.patience.FIRST_S", 0.01)


def wanted(hall: ScriptedHall, folder: Path, **more: Any) -> Wanted:
    return Wanted(hall.url, TOKEN, None, False, folder, None, None, once=True, **more)


def once(hall: ScriptedHall, folder: Path, **more: Any) -> int:
    return run(wanted(hall, folder, **more))[0]


def test_a_job_is_read_and_its_report_sent(hall: ScriptedHall, small: SimulatedSite, tmp_path: Path) -> None:
    hall.ask(dump_plan(small.plan))
    code, left = run(wanted(hall, tmp_path))
    assert (code, set(left.values())) == (0, {0})
    assert [each.problem for each in load_report(hall.reports["job-1"]).snapshots] == [None, None]
    assert hall.count("result") == 1
    assert standing_of(tmp_path).last_contact
    assert once(hall, tmp_path) == 0, "nothing waits"


def test_devices_that_answer_elsewhere_are_found_by_option(
    hall: ScriptedHall, small: SimulatedSite, plan: SitePlan, tmp_path: Path
) -> None:
    hall.ask(dump_plan(replace(plan, devices=plan.devices[:2])))
    places = tuple(f"{each.tag}={each.host}:{each.port}" for each in small.plan.devices)
    assert once(hall, tmp_path, addresses=places) == 0
    assert all(each["problem"] is None for each in hall.reports["job-1"]["snapshots"])


@pytest.mark.parametrize(
    "trouble", [HANG_UP, PORTAL, Reply(500, "oops", kind="text/html"), problem(429, "too_many", "Wait.")]
)
def test_a_report_survives_what_the_server_does_and_is_sent_next_time(
    hall: ScriptedHall, small: SimulatedSite, tmp_path: Path, trouble: Reply
) -> None:
    hall.ask(dump_plan(small.plan))
    hall.always = {"result": trouble}
    assert once(hall, tmp_path) == 4
    assert [each.job for each in Spool(tmp_path).waiting()] == ["job-1"]
    assert standing_of(tmp_path).last_error
    hall.always = {}
    assert once(hall, tmp_path) == 0
    assert (len(hall.runs), Spool(tmp_path).waiting()) == (1, ())


def test_one_report_that_the_server_stumbles_over_holds_up_no_other(
    hall: ScriptedHall, small: SimulatedSite, tmp_path: Path
) -> None:
    for name in ("job-1", "job-2"):
        hall.ask(dump_plan(small.plan), name)
    hall.script = {"result": [Reply(500, "oops", kind="text/html")] * 3}
    assert once(hall, tmp_path) == 4
    assert set(hall.running) == {"job-1", "job-2"}
    assert once(hall, tmp_path) in (0, 4)
    assert once(hall, tmp_path) == 0
    assert set(hall.reports) == {"job-1", "job-2"}


def test_a_report_that_came_second_and_one_that_is_refused_are_kept(
    hall: ScriptedHall, small: SimulatedSite, tmp_path: Path
) -> None:
    hall.ask(dump_plan(small.plan))
    hall.reports["job-1"] = {"id": "earlier", "verdict": "pass"}
    assert once(hall, tmp_path) == 0
    hall.ask(dump_plan(small.plan), "job-2")
    hall.script = {"result": [problem(409, "wrong_job_state", "This job is cancelled.")]}
    assert once(hall, tmp_path) == 1
    (second,), (refused,) = (list((tmp_path / name).glob("job.*.json")) for name in ("taken", "refused"))
    assert load_report(json.loads(second.read_text())).id
    assert load_report(json.loads(refused.read_text())).id
    assert refused.with_suffix(".txt").read_text() == "This job is cancelled.\n"


def test_rights_that_are_missing_for_now_put_a_report_off(
    hall: ScriptedHall, small: SimulatedSite, tmp_path: Path
) -> None:
    hall.ask(dump_plan(small.plan))
    hall.script = {"result": [problem(403, "forbidden", "Your role does not allow this.")]}
    assert once(hall, tmp_path) == 4
    assert hall.count("result") == 1, "not at once again"
    assert once(hall, tmp_path) == 0
    assert len(hall.runs) == 1


def test_a_token_revoked_while_devices_are_read_ends_the_agent_with_its_report(
    hall: ScriptedHall, slow: SimulatedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hall.ask(dump_plan(slow.plan))
    hall.on = lambda verb, body: setattr(hall, "token", "new") if verb == "progress" else None
    assert run(replace(wanted(hall, tmp_path), once=False))[0] == 4
    assert len(Spool(tmp_path).waiting()) == 1
    said = capsys.readouterr().err
    assert "unknown, expired or revoked" in said
    assert TOKEN not in said
    hall.on = lambda verb, body: None
    assert run(replace(wanted(hall, tmp_path), token="new"))[0] == 0
    assert len(hall.runs) == 1


def test_a_slow_device_costs_no_lease_and_a_cancelled_job_stops_at_once(
    hall: ScriptedHall, plan: SitePlan, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        device = replace(plan.devices[0], host="127.0.0.1", port=silent.getsockname()[1])
        hall.ask(dump_plan(replace(plan, devices=(device,))), lease_seconds=1)
        hall.on = lambda verb, body: hall.cancelled.add("job-1") if hall.count("progress") == 4 else None
        assert once(hall, tmp_path, timeout_s=60) == 1
    assert hall.failed == [("job-1", "called off", False)]
    assert [body["percent"] for verb, body in hall.asked if verb == "progress"] == [0] * 4
    assert (hall.runs, Spool(tmp_path).begun()) == ([], ())


def test_a_server_that_is_away_while_devices_are_read_gets_the_report_later(
    hall: ScriptedHall, slow: SimulatedSite, tmp_path: Path
) -> None:
    hall.ask(dump_plan(slow.plan))
    hall.always = {"progress": HANG_UP}
    assert once(hall, tmp_path) == 0
    assert len(hall.runs) == 1


def test_a_lease_that_was_lost_does_not_lose_the_report(
    hall: ScriptedHall, slow: SimulatedSite, tmp_path: Path
) -> None:
    hall.ask(dump_plan(slow.plan))
    hall.always = {"progress": problem(409, "lease_lost", "This job is no longer this agent's.")}
    assert once(hall, tmp_path) == 0
    assert (hall.count("progress"), len(hall.runs)) == (1, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"profile": "/etc/passwd"}, "is a file"),
        ({"profile": "no-such-meter"}, "no-such-meter"),
        ({"port": -1}, "port"),
    ],
)
def test_a_plan_that_cannot_be_read_by_is_given_back_for_good(
    hall: ScriptedHall, small: SimulatedSite, tmp_path: Path, change: Document, reason: str
) -> None:
    document = dump_plan(small.plan)
    document["devices"][0].update(change)
    hall.ask(document)
    assert once(hall, tmp_path) == 1
    ((job, said, again),) = hall.failed
    assert (job, again) == ("job-1", False)
    assert reason in said


def test_a_job_of_an_earlier_life_is_read_again_or_dropped(
    hall: ScriptedHall, small: SimulatedSite, tmp_path: Path
) -> None:
    hall.ask(dump_plan(small.plan))
    hall.script = {"progress": [problem(401, "token_invalid", "No.")]}
    spool = Spool(tmp_path)
    spool.prepare()
    for name in ("job-1", "job-2"):
        document = {"id": name, "site": "S", "attempt": 1, "plan": dump_plan(small.plan), "lease_seconds": 60}
        (tmp_path / "jobs" / f"{name}.json").write_text(
            json.dumps({"job": document, "reason": "", "again": True})
        )
    assert once(hall, tmp_path) == 4, "the token first"
    hall.running["job-1"] = hall.jobs.pop()
    assert once(hall, tmp_path) == 0
    assert (set(hall.reports), spool.begun()) == ({"job-1"}, ())


def test_a_job_whose_report_is_on_disk_is_not_read_again(
    hall: ScriptedHall, small: SimulatedSite, tmp_path: Path
) -> None:
    hall.ask(dump_plan(small.plan))
    hall.script = {"result": [Reply(500, "oops", kind="text/html")] * 2}
    assert once(hall, tmp_path) == 4
    job = Job("job-1", "S", 1, dump_plan(small.plan), 60)
    Spool(tmp_path).begin(Begun(job))  # as if killed between the two
    asked = hall.count("progress")
    assert once(hall, tmp_path) == 4
    assert once(hall, tmp_path) == 0
    assert (len(hall.runs), hall.count("progress")) == (1, asked)


def test_a_stop_hands_the_job_back(
    hall: ScriptedHall, plan: SitePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bells: list[Bell] = []
    monkeypatch.setattr(
        Bell, "__init__", lambda self, real=Bell.__init__: (real(self), bells.append(self))[0]
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        device = replace(plan.devices[0], host="127.0.0.1", port=silent.getsockname()[1])
        hall.ask(dump_plan(replace(plan, devices=(device,))))
        hall.on = lambda verb, body: bells[0].stop() if verb == "progress" else None
        assert run(replace(wanted(hall, tmp_path, timeout_s=60), once=False))[0] == 0
    assert hall.failed == [("job-1", "the agent was stopped before its end", True)]
    assert not [each for each in threading.enumerate() if each.name == "reading"]


def test_a_stop_without_a_network_is_told_at_the_next_start(
    hall: ScriptedHall, plan: SitePlan, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        device = replace(plan.devices[0], host="127.0.0.1", port=silent.getsockname()[1])
        hall.ask(dump_plan(replace(plan, devices=(device,))))
        hall.cancelled.add("job-1")
        hall.script = {"fail": [HANG_UP]}
        assert once(hall, tmp_path, timeout_s=60) in (1, 4)
    if not hall.failed:
        assert once(hall, tmp_path) == 0
    assert hall.failed == [("job-1", "called off", False)]
    assert hall.count("fail") == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Give --server ADDRESS"),
        (["--once", "--serve"], "--once does what the server asks for"),
        (["--server", "http://10.0.0.1"], "use https"),
        (["--server", "https://field.example"], "No token"),
        (["--serve", "box.lan"], "--serve box.lan"),
        (["--serve", "--address", "PM1"], "--address PM1"),
        (["--serve", "--plan", "none.json"], "none.json"),
    ],
)
def test_a_wrong_call_is_told_before_anything_begins(tmp_path: Path, words: list[str], said: str) -> None:
    done = CliRunner().invoke(main, ["agent", "--spool", str(tmp_path / "spool"), *words])
    assert (done.exit_code, said in done.output) == (2, True), done.output


def test_what_is_left_is_printed_as_json(hall: ScriptedHall, tmp_path: Path) -> None:
    words = ["--server", hall.url, "--token", TOKEN, "--spool", str(tmp_path), "--once", "--json"]
    done = CliRunner().invoke(main, ["agent", *words])
    assert (done.exit_code, json.loads(done.stdout)) == (
        0, {"outbox": 0, "jobs": 0, "taken": 0, "refused": 0},
    )  # fmt: skip
