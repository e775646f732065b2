"""`device-probe site --record-background` and `--background`: what the grid brings, recorded and refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from device_probe.background import background_of, unfit
from device_probe.cli import main
from device_probe.model import ProbeReport, Reading, SitePlan
from device_probe.problems import PlanFileError
from device_probe.read import read_rounds
from device_probe.report import dump_plan, dump_report, judge_rounds, load_report, rejudge
from device_probe.simulator import SimulatedSite
from tests.device_probe.contract_schemas import faults

QUICK = ("--samples", "3", "--interval", "0.02")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture
def plan_file(simulated: SimulatedSite, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(dump_plan(simulated.plan)), encoding="utf-8")
    return path


def load(path: Path) -> ProbeReport:
    return load_report(json.loads(path.read_text(encoding="utf-8")))


def quiet_report(simulated: SimulatedSite) -> ProbeReport:
    simulated.set_scenario("idle")
    found = judge_rounds(simulated.plan, read_rounds(simulated.plan, 2, 0.02))
    simulated.set_scenario("healthy")
    return found


def test_the_background_is_recorded_given_and_travels_with_the_report(
    simulated: SimulatedSite, plan_file: Path, tmp_path: Path
) -> None:
    background, report, later = (tmp_path / name for name in ("background.json", "report.json", "later.json"))
    simulated.set_scenario("idle")
    recorded = call("site", plan_file, *QUICK, "--record-background", "--out", background)
    assert recorded.exit_code == 0, recorded.output
    assert "Background: indicative at" in recorded.output
    simulated.set_scenario("healthy")
    given = call("site", plan_file, *QUICK, "--background", background, "--out", report)
    assert given.exit_code == 0, given.output
    assert "Background" in given.output
    found = load(report)
    assert {each.tag for each in found.background} == {"PM0", "PM1", "PM2", "PM3"}
    assert faults("probe-report", dump_report(found)) == []
    judged = found.judgement("PM0")
    assert judged is not None
    assert judged.power_quality is not None
    thd = next(c for c in judged.power_quality.checks if c.quantity == "thd_voltage_l1")
    assert thd.background is not None
    assert 0 < thd.background < thd.value
    assert rejudge(found) == found
    assert rejudge(replace(found, background=())).id != found.id
    # a report recorded without one can be given it afterwards
    assert call("site", plan_file, *QUICK, "--out", later).exit_code == 0
    assert "not known: no background" in load(later).verdicts_of("PM0")["power_quality"].reason
    assert call("judge", later, "--background", background, "--out", later).exit_code == 0
    assert "background of" in load(later).verdicts_of("PM0")["power_quality"].reason


def test_nothing_is_recorded_while_a_station_draws_current(plan_file: Path, tmp_path: Path) -> None:
    refused = call("site", plan_file, *QUICK, "--record-background", "--out", tmp_path / "no.json")
    assert refused.exit_code == 1
    assert "This is no background: CH01 drew" in refused.output
    assert not (tmp_path / "no.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [("--record-background",), ("--record-background", "--out", "b.json", "--background", "x.json")],
)
def test_a_record_needs_a_file_to_go_to_and_no_other_background(
    plan_file: Path, arguments: tuple[str, ...]
) -> None:
    wrong = call("site", plan_file, *arguments)
    assert wrong.exit_code == 2
    assert "--out FILE" in wrong.output


def test_a_file_that_is_no_background_of_this_site_is_refused_in_one_sentence(
    simulated: SimulatedSite, plan_file: Path, tmp_path: Path
) -> None:
    charging = judge_rounds(simulated.plan, read_rounds(simulated.plan, 1, 0.02))
    quiet = quiet_report(simulated)
    elsewhere = replace(quiet, plan=replace(quiet.plan, site="other"))
    fewer = tuple(s for s in quiet.snapshots if s.tag != "PM2")
    without = replace(quiet, snapshots=fewer, earlier=())
    for report, words in (
        (charging, "CH01 drew"),
        (elsewhere, "this is a report of site other, not of"),
        (without, "PM2 was not read in it"),
    ):
        file = tmp_path / "wrong.json"
        file.write_text(json.dumps(dump_report(report)), encoding="utf-8")
        refused = call("site", plan_file, *QUICK, "--background", file)
        assert refused.exit_code == 2
        assert words in refused.output
        assert refused.output.strip().count("\n") == 0


def changed(report: ProbeReport, tag: str, readings: tuple[Reading, ...], problem: str | None) -> ProbeReport:
    snapshots, earlier = (
        tuple(replace(s, readings=readings, problem=problem) if s.tag == tag else s for s in some)
        for some in (report.snapshots, report.earlier)
    )
    return replace(report, snapshots=snapshots, earlier=earlier)


def test_a_station_that_is_switched_off_answers_nothing_and_its_meter_vouches_for_it(
    simulated: SimulatedSite, plan: SitePlan
) -> None:
    quiet = quiet_report(simulated)
    off = changed(quiet, "CH01", (), "no answer within 1 s")
    assert unfit(off, simulated.plan) is None
    charging = judge_rounds(simulated.plan, read_rounds(simulated.plan, 1, 0.02))
    for tag in (device.tag for device in plan.devices if device.role == "station"):
        charging = changed(charging, tag, (), "no answer within 1 s")
    why = unfit(charging, simulated.plan)
    assert why is not None
    assert "did not say what it drew" in why


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (Reading("active_power_total", 3600.0, "W"), "drew 3600 W"),
        (Reading("charger_state", "charging", ""), "was charging"),
        (Reading("charger_state", "no_vehicle", ""), None),
    ],
)
def test_a_station_that_tells_no_current_is_known_by_power_or_state(
    simulated: SimulatedSite, reading: Reading, words: str | None
) -> None:
    found = changed(quiet_report(simulated), "CH02", (reading,), None)
    why = unfit(found, simulated.plan)
    assert (why is None) if words is None else (why is not None and words in why)
    if words:
        with pytest.raises(PlanFileError, match="record the background with all stations off"):
            background_of(found, simulated.plan, "file.json")
