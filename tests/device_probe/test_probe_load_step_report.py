"""The report of a load step: one file that is judged again anywhere, and verdicts that are put together."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_probe.cli import main
from device_probe.load_step.evidence import judged_again
from device_probe.load_step.merged import merged
from device_probe.load_step.record import LoadStepRecord
from device_probe.load_step.result import Judged, LoadStepResult, MeterResult
from device_probe.load_step.run import Settings
from device_probe.model import Finding, ProbeReport, SitePlan, Verdict
from device_probe.problems import PlanFileError
from device_probe.read import read_rounds
from device_probe.report import dump_report, judge_rounds, load_report, rejudge
from device_probe.simulator import MeterFault

from .contract_schemas import faults
from .load_step_sites import reached, record_of, running, scenario, site_plan

PLAN = site_plan(4, 2)
TAGS = [d.tag for d in PLAN.devices if d.role == "station"]


def measured(tmp_path: Path, plan: SitePlan = PLAN, fault: MeterFault | None = None) -> ProbeReport:
    chosen = scenario(plan, TAGS[:3], phases=(1, 1, 2))
    with running(plan, replace(chosen, faults=(fault,) if fault else ())) as site:
        rounds = read_rounds(site.plan, 3, 0.0)
        record = record_of(site, tmp_path, Settings(rounds=4, passes=1))
        return judge_rounds(reached(site, plan), rounds, record)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ProbeReport:
    return measured(tmp_path_factory.mktemp("journals"))


def step_of(report: ProbeReport) -> LoadStepRecord:
    assert report.load_step is not None
    return report.load_step


def test_the_file_holds_all_of_it_and_says_the_same_when_judged_again(report: ProbeReport) -> None:
    document = json.loads(json.dumps(dump_report(report)))
    assert faults("probe-report", document) == []
    again = load_report(document)
    assert again == report
    assert rejudge(again).load_step == report.load_step
    assert rejudge(again).verdicts == report.verdicts
    record = step_of(report)
    assert {write.tag for write in record.writes} == set(TAGS[:3])
    assert all(write.value == write.read_back for write in record.writes)
    assert [load.found for load in record.loads] == [32.0] * 3
    assert [hold.lowered for hold in record.holds] == [(), *((tag,) for tag in TAGS[:3]), ()]
    (unused,) = record.result.left_out
    assert (unused.tag, unused.code) == ("CH04", "no-load")


def test_it_is_the_registers_that_are_judged_again_not_what_was_said_of_them(report: ProbeReport) -> None:
    record = step_of(report)
    nothing = replace(record, result=LoadStepResult((), (), (), (), 0, 0, record.result.left_out))
    assert judged_again(report.plan, nothing) == record
    other = replace(report.plan, devices=tuple(
        replace(d, parent="PM2") if d.tag == "CH01" else d for d in report.plan.devices
    ))  # fmt: skip
    moved = judged_again(other, record).result
    assert [(f.code, f.tag) for f in moved.findings] == [("station-on-wrong-feeder", "CH01")]


def test_a_file_that_was_tampered_with_is_refused(report: ProbeReport) -> None:
    document = dump_report(report)
    document["load_step"]["holds"][0]["rounds"][0]["reads"][0]["blocks"][0]["data_hex"] += "00"
    with pytest.raises(PlanFileError, match="data_hex"):
        load_report(document)
    document = dump_report(report)
    document["load_step"]["tests"] = ["CH99"]
    with pytest.raises(PlanFileError, match="CH99"):
        load_report(document)


def test_load_management_is_judged_for_each_station_and_for_the_import(report: ProbeReport) -> None:
    found = {v.tag: v for v in report.verdicts if v.aspect == "load_management"}
    assert {tag: v.verdict for tag, v in found.items()} == dict.fromkeys(["", *TAGS[:3]], "pass")
    assert "the import at PM0 fell" in found[""].reason


def test_on_the_command_line_what_changed_is_told(report: ProbeReport, tmp_path: Path) -> None:
    verdicts = tuple(
        replace(v, verdict="fail") if (v.tag, v.aspect) == ("CH01", "load_management") else v
        for v in report.verdicts
    )
    file = tmp_path / "report.json.gz"
    file.write_bytes(gzip.compress(json.dumps(dump_report(replace(report, verdicts=verdicts))).encode()))
    told = json.loads(CliRunner().invoke(main, ["judge", str(file), "--json"]).stdout)
    assert told["changed"]["verdicts"] == [
        {"tag": "CH01", "aspect": "load_management", "before": "fail", "now": "pass",
         "reason": report.verdicts_of("CH01")["load_management"].reason}
    ]  # fmt: skip
    assert faults("probe-report", told) == []


YES, NO = Judged("pass", 0.999, "Right."), Judged("fail", 0.999, "Wrong.")
OPEN = Judged("inconclusive", 0.0, "Open.", "Repeat.")


def wiring(alone: str, codes: tuple[str, ...], steps: Judged, stepped: tuple[str, ...], scale: Judged = YES):
    verdicts = [Verdict("PM1", "wiring", alone, "Alone.")]  # type: ignore[arg-type]
    made = [
        [Finding(code, "error", "PM1", "", clause="IEC 60364-6") for code in each]
        for each in (codes, stepped)
    ]
    meter = MeterResult("PM1", (), 1.0, None, steps, scale)
    result = LoadStepResult((), (meter,), (), tuple(made[1]), 2, 12)
    (verdict,), findings = merged(verdicts, made[0], result, held=())
    return verdict.verdict, {(f.code, f.severity) for f in findings}


def test_readings_and_load_step_are_put_together() -> None:
    assert wiring("inconclusive", (), YES, ())[0] == "pass"
    assert wiring("inconclusive", (), NO, ("ct-reversed",))[0] == "fail"
    assert wiring("inconclusive", (), OPEN, ())[0] == "inconclusive"
    assert wiring("pass", (), OPEN, ())[0] == "pass"
    assert wiring("fail", ("ct-reversed",), OPEN, ())[0] == "fail"
    assert wiring("fail", ("ct-reversed",), NO, ("ct-reversed",)) == ("fail", {("ct-reversed", "error")})


def test_a_contradiction_decides_nothing() -> None:
    assert wiring("fail", ("ct-reversed",), YES, ()) == ("inconclusive", {("ct-reversed", "warning")})
    assert wiring("pass", (), NO, ("ct-reversed",)) == ("inconclusive", {("ct-reversed", "warning")})


def test_what_only_one_of_them_can_see_stays() -> None:
    assert wiring("fail", ("system-setting",), YES, ())[0] == "fail"
    assert wiring("pass", (), NO, ("phases-rotated",)) == ("fail", {("phases-rotated", "error")})
    assert wiring("pass", (), YES, ("ct-ratio",), scale=NO)[0] == "fail"
    assert merged([Verdict("PM1", "wiring", "inconclusive", "held")], (), LoadStepResult(
        (), (MeterResult("PM1", (), 1.0, None, YES, YES),), (), (), 2, 12
    ), held={"PM1"})[0][0].verdict == "inconclusive"  # fmt: skip


def test_an_open_rotation_is_decided_and_a_reversed_transformer_is_told_once(tmp_path: Path) -> None:
    bad = measured(tmp_path, fault=MeterFault("ct_reversed", tag="PM1", phase=1))
    assert bad.verdicts_of("PM1")["wiring"].verdict == "fail"
    assert [(f.code, f.phase) for f in bad.findings if f.tag == "PM1"].count(("ct-reversed", "L1")) == 1
