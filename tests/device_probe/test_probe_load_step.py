"""A load step over real Modbus: on a simulated site whose background walks at random."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from device_probe.cli import main
from device_probe.load_step.result import LoadStepResult
from device_probe.load_step.run import Settings
from device_probe.model import SitePlan
from device_probe.problems import BusError, RefusedError
from device_probe.schema import dump_plan
from device_probe.simulator import MeterFault, SimulatedSite, simulate

from .load_step_sites import SiteClock, running, scenario, site_plan, step_through

PLAN = site_plan(8, 2)
TAGS = [d.tag for d in PLAN.devices if d.role == "station"]
QUICK = ("--rounds", "4", "--interval", "0.2")
SHORT = (*QUICK, "--follow", "2", "--passes", "1")


def believed(plan: SitePlan, **changes: dict[str, object]) -> SitePlan:
    """Return what the plan says where the site is something else."""
    return replace(plan, devices=tuple(replace(d, **changes.get(d.tag, {})) for d in plan.devices))


def limits(site: SimulatedSite) -> dict[str, float]:
    return {tag: line["limit_a"] for tag, line in site.state()["devices"].items() if "limit_a" in line}


def stepped(tmp_path: Path, faults=(), plan: SitePlan = PLAN, count: int = 8) -> LoadStepResult:
    real = site_plan(8, 2)
    # single-phase cars: the only ones that can show which phase is which
    chosen = replace(scenario(real, TAGS[:count], phases=(1, 1, 2)), faults=tuple(faults))
    with running(real, chosen) as site:
        before = limits(site)
        result = step_through(site, tmp_path, Settings(), plan=plan)
        assert limits(site) == before
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]
        below = [write for write in site.written if write[3][-1] > 32_000]
        assert not below
    return result


def test_all_that_the_loads_can_show_is_right(tmp_path: Path) -> None:
    result = stepped(tmp_path)
    assert not result.findings
    assert result.steps == 5
    assert {s.below.verdict for s in result.stations} == {"pass"}
    assert {s.phases.verdict for s in result.stations} == {"pass"}
    assert {f.judged.verdict for f in result.following} == {"pass"}
    assert not {"fail"} & {m.wiring.verdict for m in result.meters}


def test_mistakes_are_found_and_named(tmp_path: Path) -> None:
    faults = [
        MeterFault("ct_reversed", tag="PM1", phase=1), MeterFault("ct_ratio", tag="PM2", factor=2.0),
    ]  # fmt: skip
    wrong = believed(PLAN, CH01={"parent": "PM2"}, CH04={"phase_rotation": "L3L1L2"})
    result = stepped(tmp_path, faults, wrong)
    found = {(f.code, f.tag, f.phase) for f in result.findings}
    assert found == {
        ("ct-reversed", "PM1", "L1"), ("ct-ratio", "PM2", None), ("station-on-wrong-feeder", "CH01", None),
        ("station-phase-rotation", "CH04", None),
    }  # fmt: skip


def test_another_client_that_sets_the_limits_ends_it(tmp_path: Path) -> None:
    with running(PLAN, scenario(PLAN, TAGS[:2])) as site:
        found = limits(site)

        class Meddler:
            passed = 0.0

            def now(self) -> float:
                return self.passed

            async def sleep(self, seconds: float) -> None:
                site.advance(seconds)
                self.passed += seconds
                if site.accepted and "CH01" in {t for t, v in limits(site).items() if v == 6.0}:
                    site.set_point("CH01", 9)

        with pytest.raises(RefusedError, match=r"CH01.*another client"):
            step_through(site, tmp_path, clock=Meddler())  # type: ignore[arg-type]
        assert limits(site) == found | {"CH01": 9.0}


def test_a_station_that_does_not_follow_is_named(tmp_path: Path) -> None:
    chosen = scenario(PLAN, TAGS[:3])
    deaf = replace(chosen.stations["CH02"], reaction_s=500.0)
    with running(PLAN, replace(chosen, stations={**chosen.stations, "CH02": deaf})) as site:
        result = step_through(site, tmp_path, Settings(rounds=4, passes=1))
    assert {f.tag: f.judged.verdict for f in result.following} == {
        "CH01": "pass",
        "CH02": "fail",
        "CH03": "pass",
    }


@pytest.mark.parametrize(
    ("profile", "words"), [("kathrein-kwb", "session"), ("schneider-evlink-pro-ac", "life sign")]
)
def test_it_refuses_and_writes_nothing(tmp_path: Path, profile: str, words: str) -> None:
    plan = site_plan(2, 1, profile)
    with running(plan, scenario(plan, ["CH01", "CH02"])) as site:
        with pytest.raises(RefusedError, match=words):
            step_through(site, tmp_path)
        assert site.writes == 0
        if words == "session":
            assert step_through(site, tmp_path, Settings(rounds=4, passes=1, cards=("RFID_TAG",))).steps == 2


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["load-step", *arguments])


def begun(site: SimulatedSite, *arguments: str) -> subprocess.Popen[str]:
    """Start a run and return as soon as it has lowered something."""
    before = site.accepted
    command = [sys.executable, "-m", "device_probe", "load-step", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while site.accepted == before and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert process.poll() is None
    return process


def test_on_the_command_line_it_shows_writes_and_restores(tmp_path: Path) -> None:
    plan = site_plan(2, 1)
    file, journals = tmp_path / "plan.json", ("--journal", str(tmp_path / "journals"))
    allowed = (str(file), "--allow-writes", "--site-is-closed", *journals, *SHORT)
    with simulate(plan, scenario(plan, ["CH01", "CH02"], background=False), speed=4, writes=True) as site:
        file.write_text(json.dumps(dump_plan(site.plan)), encoding="utf-8")
        time.sleep(0.5)
        found = limits(site)

        shown = call(str(file), "--json", *journals)
        assert shown.exit_code == 0, shown.stderr
        assert json.loads(shown.stdout)["steps"] == [["CH01"], ["CH02"]]
        open_site = call(str(file), "--allow-writes", *journals)
        assert open_site.exit_code == 1
        assert "--site-is-closed" in open_site.stderr
        assert call("--allow-writes").exit_code == 2
        assert call(str(file), "--manual", "--allow-writes").exit_code == 2
        assert site.writes == 0

        ended = begun(site, *allowed)
        ended.send_signal(signal.SIGTERM)
        _, said = ended.communicate(timeout=30)
        assert (ended.returncode, limits(site)) == (130, found), said

        killed = begun(site, *allowed)
        assert list((tmp_path / "journals").glob("*.json")), (
            "the old values are on disk before the first write"
        )
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate(timeout=30)
        left = limits(site)
        assert left != found
        assert all(left[tag] <= found[tag] for tag in found)
        # the next run of any kind of writing restores all of it before it does anything else
        result = call(*allowed, "--json")
        assert "is back at 32 A" in result.stderr
        assert json.loads(result.stdout)["steps"] >= 2, result.stderr
        kept = Path(json.loads(result.stdout)["report"])
        assert kept.parent == tmp_path / "journals" / "reports"
        again = CliRunner().invoke(main, ["judge", str(kept), "--json"])
        assert json.loads(again.stdout)["changed"]["verdicts"] == []
        assert limits(site) == found

        assert call(str(file), "--restore", *journals).stdout == "No run left anything behind.\n"


def test_restore_puts_back_what_a_killed_run_left(tmp_path: Path) -> None:
    plan = site_plan(2, 1)
    file, journals = tmp_path / "plan.json", ("--journal", str(tmp_path / "journals"))
    with simulate(plan, scenario(plan, ["CH01", "CH02"], background=False), speed=4, writes=True) as site:
        file.write_text(json.dumps(dump_plan(site.plan)), encoding="utf-8")
        time.sleep(0.5)
        found = limits(site)
        killed = begun(site, str(file), "--allow-writes", "--site-is-closed", *journals, *SHORT)
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate(timeout=30)
        site.set_point("CH02", 20)  # meanwhile somebody else has set this one: it is theirs now
        restored = call("--restore", *journals)
        assert restored.exit_code == 0, restored.stderr
        assert limits(site) == found | {"CH02": 20.0}


def test_by_hand_nothing_is_written(tmp_path: Path) -> None:
    plan = site_plan(2, 1)
    file = tmp_path / "plan.json"
    with simulate(plan, scenario(plan, ["CH01"]), speed=4, writes=True) as site:
        file.write_text(json.dumps(dump_plan(site.plan)), encoding="utf-8")
        command = [sys.executable, "-m", "device_probe", "load-step", str(file), "--manual", "--json", *QUICK]
        person = subprocess.Popen(
            [*command, "--only", "CH01", "--out", str(tmp_path / "report.json.gz")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert person.stdin is not None
        assert person.stderr is not None
        stop, start = (0.0, "Stop charging at CH01"), (16.0, "start charging at CH01")
        for demand, asked in ((None, "Leave every"), stop, start):
            words = next(line for line in person.stderr if "press Enter" in line)
            assert asked in words
            if demand is not None:
                site.set_demand("CH01", demand)
                time.sleep(0.8)
            person.stdin.write("\n")
            person.stdin.flush()
        said, _ = person.communicate(timeout=30)
        assert site.writes == 0
    (station,) = json.loads(said)["stations"]
    assert (station["feeder"], station["below"]["verdict"]) == ("PM1", "pass")
    judged = CliRunner().invoke(main, ["judge", str(tmp_path / "report.json.gz"), "--json"])
    assert json.loads(judged.stdout)["load_step"]["how"] == "by_hand"
    assert json.loads(judged.stdout)["changed"]["verdicts"] == []


def test_a_run_that_fails_in_the_middle_puts_everything_back(tmp_path: Path) -> None:
    with running(PLAN, scenario(PLAN, TAGS[:4])) as site:
        found = limits(site)

        class Interrupted(SiteClock):
            async def sleep(self, seconds: float) -> None:
                if site.accepted >= 3:
                    raise RefusedError("the lights went out")
                await super().sleep(seconds)

        with pytest.raises(RefusedError, match="lights"):
            step_through(site, tmp_path, clock=Interrupted(site))
        assert limits(site) == found
        assert site.accepted > 3
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_station_that_dies_while_lowered_stays_in_the_journal(tmp_path: Path) -> None:
    with running(PLAN, scenario(PLAN, TAGS[:2])) as site:
        found = limits(site)

        class Dying(SiteClock):
            async def sleep(self, seconds: float) -> None:
                if site.accepted == 1:
                    site.inject(MeterFault("dead", tag="CH01"))
                await super().sleep(seconds)

        with pytest.raises(BusError, match=r"CH01 could not be set back to 32 A.*--restore"):
            step_through(site, tmp_path, Settings(rounds=4, follow_s=2), clock=Dying(site))
        site.clear()
        assert limits(site) == found | {"CH01": 6.0}
        assert call("--restore", "--journal", str(tmp_path)).exit_code == 0
        assert limits(site) == found
