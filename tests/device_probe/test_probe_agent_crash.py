"""The agent as a process: killed in the middle, stopped, started twice, on a full disk."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_probe.agent.lock import SpoolLock
from device_probe.agent.start import Wanted, run
from device_probe.cli import main
from device_probe.model import SitePlan
from device_probe.problems import SpoolError
from device_probe.report import dump_plan
from device_probe.simulator import SimulatedSite, simulate
from tests.device_probe.scripted_hall import HANG_UP, TOKEN, ScriptedHall, scripted_hall, until

SECONDS = 60


@pytest.fixture(scope="module")
def slow(plan: SitePlan) -> Iterator[SimulatedSite]:
    with simulate(replace(plan, devices=plan.devices[:2]), "healthy", latency_s=0.15) as site:
        yield site


@pytest.fixture
def hall() -> Iterator[ScriptedHall]:
    with scripted_hall() as running:
        yield running


@contextmanager
def box(hall: ScriptedHall, folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "device_probe", "agent", "--server", hall.url, "--spool", str(folder)]
    environment = {**os.environ, "DEVICE_PROBE_TOKEN": TOKEN}
    process = subprocess.Popen([*command, *more], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=SECONDS)


def once(hall: ScriptedHall, folder: Path) -> int:
    """The next life of the agent, on the same folder."""
    return run(Wanted(hall.url, TOKEN, None, False, folder, None, None, once=True))[0]


def test_killed_while_it_reads_it_reads_again_and_reports_once(
    hall: ScriptedHall, slow: SimulatedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hall.ask(dump_plan(slow.plan))
    with box(hall, tmp_path) as process:
        until(lambda: hall.count("progress"))
        process.send_signal(signal.SIGKILL)
        process.wait(SECONDS)
    assert not hall.runs
    assert (once(hall, tmp_path), len(hall.runs)) == (0, 1)
    assert "broken off; it is read again" in capsys.readouterr().err


@pytest.mark.parametrize("arrives", [True, False])
def test_killed_while_it_sends_the_report_arrives_exactly_once(
    hall: ScriptedHall, slow: SimulatedSite, tmp_path: Path, arrives: bool
) -> None:
    hall.ask(dump_plan(slow.plan))
    with box(hall, tmp_path) as process:
        hall.script = {} if arrives else {"result": [HANG_UP]}
        hall.on = lambda verb, body: process.kill() if verb == "result" else None
        process.wait(SECONDS)
    hall.on = lambda verb, body: None
    assert len(list((tmp_path / "outbox").glob("job.job-1.*.json"))) == 1
    assert len(hall.runs) == arrives
    assert (once(hall, tmp_path), len(hall.runs), hall.count("result")) == (0, 1, 2)
    assert not list((tmp_path / "outbox").iterdir())


def test_a_signal_ends_it_in_an_orderly_way_and_the_job_goes_back(
    hall: ScriptedHall, slow: SimulatedSite, tmp_path: Path
) -> None:
    hall.ask(dump_plan(slow.plan))
    with box(hall, tmp_path) as process:
        until(lambda: hall.count("progress"))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert hall.failed == [("job-1", "the agent was stopped before its end", True)]
    assert said.rstrip().endswith("Stopped.")
    assert TOKEN not in said


def test_two_agents_never_share_a_folder_and_a_killed_one_leaves_it_free(
    hall: ScriptedHall, tmp_path: Path
) -> None:
    with box(hall, tmp_path) as process:
        until(lambda: hall.count("claim"))
        with pytest.raises(
            SpoolError, match=rf"Another agent \(process {process.pid}\) works with {tmp_path}"
        ):
            once(hall, tmp_path)
        process.kill()
        process.wait(SECONDS)
    assert not SpoolLock(tmp_path / "lock").is_held()
    assert once(hall, tmp_path) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set on Linux alone")
def test_a_disk_without_room_is_told_and_the_job_goes_back(
    hall: ScriptedHall, slow: SimulatedSite, tmp_path: Path
) -> None:
    """The kernel itself refuses to let a file grow beyond what the plan needs."""
    hall.ask(dump_plan(slow.plan))
    most = len(json.dumps(dump_plan(slow.plan))) + 2000
    with box(hall, tmp_path, "--once") as process:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 1, said
    ((job, reason, again),) = hall.failed
    assert (job, again) == ("job-1", True)
    assert "no room left" in reason
    assert not list(tmp_path.rglob("*.part"))
    assert not hall.runs


def test_status_tells_what_waits_without_disturbing(
    hall: ScriptedHall, slow: SimulatedSite, tmp_path: Path
) -> None:
    hall.ask(dump_plan(slow.plan))
    hall.always = {"result": HANG_UP}
    assert once(hall, tmp_path) == 4
    asked = ["agent", "status", "--spool", str(tmp_path)]
    found = CliRunner().invoke(main, [*asked, "--json"])
    document = json.loads(found.output)
    assert (found.exit_code, document["running"], document["waiting"]) == (4, False, 1)
    assert "No connection" in document["last_error"]
    assert TOKEN not in found.output
    with SpoolLock(tmp_path / "lock"):
        shown = CliRunner().invoke(main, asked)
    assert shown.exit_code == 1
    assert "Reports to send" in shown.output
