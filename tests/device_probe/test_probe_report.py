"""A report holds all rounds, is judged anywhere, and says what the rules of today say differently."""

import gzip
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from device_probe.cli import main
from device_probe.diagnosis.changes import changes
from device_probe.json_file import read_json
from device_probe.model import Finding, ProbeReport, Verdict
from device_probe.problems import PlanFileError
from device_probe.profile import PROFILES
from device_probe.read import read_rounds
from device_probe.report import dump_plan, dump_report, judge, judge_rounds, load_report, rejudge
from device_probe.simulator import SimulatedSite
from tests.device_probe.contract_schemas import faults

FAST = ("--interval", "0.02")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def probe(site: SimulatedSite, scenario: str = "healthy", rounds: int = 3) -> ProbeReport:
    site.set_scenario(scenario)
    return judge_rounds(site.plan, read_rounds(site.plan, rounds, 0.02))


@pytest.fixture
def plan_file(simulated: SimulatedSite, tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(dump_plan(simulated.plan)), encoding="utf-8")
    return path


def test_every_round_stands_in_the_report_in_the_order_of_time(simulated: SimulatedSite) -> None:
    report = probe(simulated, rounds=4)
    assert report.rounds == 4
    assert len(report.snapshots) == 16
    assert len(report.earlier) == 48
    times = [snapshot.taken_at for snapshot in report.all_of("PM1")]
    assert times == sorted(times)
    assert len(set(times)) == 4
    assert report.started_at == min(s.taken_at for s in report.earlier)
    assert report.finished_at == max(s.taken_at for s in report.snapshots)
    assert "of 250 A (74 %) at the connection point, 4 samples, 0." in report.load_statement
    assert faults("probe-report", dump_report(report)) == []
    assert load_report(json.loads(json.dumps(dump_report(report)))) == report


def test_the_id_covers_the_rounds_before_the_last(simulated: SimulatedSite) -> None:
    report = probe(simulated)
    first = report.earlier[0]
    block = replace(first.blocks[0], data_hex=first.blocks[0].data_hex[::-1])
    painted = (replace(first, blocks=(block, *first.blocks[1:])), *report.earlier[1:])
    assert rejudge(replace(report, earlier=painted)).id != report.id


def test_a_report_of_one_round_as_it_was_written_before_still_loads_and_keeps_its_id(
    simulated: SimulatedSite,
) -> None:
    report = probe(simulated, rounds=1)
    document = dump_report(report)
    assert "earlier" not in document
    document.pop("versions")
    old = load_report(document)
    assert (old.rounds, old.earlier, dict(old.versions)) == (1, (), {})
    again = rejudge(old)
    assert again.id == report.id
    wiring = again.verdicts_of("PM1")["wiring"]
    assert wiring.verdict == "inconclusive"
    assert "only 1 sample was taken" in wiring.reason


def test_a_device_that_failed_in_one_round_is_told_and_the_others_are_judged(
    simulated: SimulatedSite,
) -> None:
    *earlier, last = read_rounds(simulated.plan, 4, 0.02)
    failed = tuple(
        replace(s, problem="no answer within 1 s", readings=(), blocks=()) if s.tag == "PM2" else s
        for s in earlier[0]
    )
    report = judge_rounds(simulated.plan, [failed, *earlier[1:], last])
    assert [(f.code, f.severity, f.tag) for f in report.findings] == [("answers-sometimes", "warning", "PM2")]
    assert report.verdicts_of("PM2")["wiring"].verdict == "pass"
    assert report.verdict == "pass"


def test_gzip_is_written_by_name_and_read_by_content(
    simulated: SimulatedSite, plan_file: Path, tmp_path: Path
) -> None:
    plain, packed = tmp_path / "report.json", tmp_path / "report.json.gz"
    assert call("site", plan_file, "--out", packed, *FAST).exit_code == 0
    document = json.loads(gzip.decompress(packed.read_bytes()))
    plain.write_text(json.dumps(document), encoding="utf-8")
    assert read_json(plain) == read_json(packed) == document
    assert packed.stat().st_size < plain.stat().st_size / 5
    renamed = packed.rename(tmp_path / "renamed.json")
    assert call("judge", renamed, "--out", tmp_path / "again.json.gz").exit_code == 0
    assert read_json(tmp_path / "again.json.gz") == document


def test_a_damaged_or_exploding_archive_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gzip.compress(json.dumps({"site": "S" * 5000}).encode())
    for name, data in (("torn", whole[:-9]), ("changed", whole[:20] + b"!!!!" + whole[24:])):
        path = tmp_path / f"{name}.json.gz"
        path.write_bytes(data)
        result = call("judge", path)
        assert result.exit_code == 2
        assert "damaged" in result.stderr or "not JSON" in result.stderr
        assert result.stderr.count("\n") == 1
    monkeypatch.setattr("device_probe.json_file.MOST_BYTES", 1000)
    bomb = tmp_path / "bomb.json.gz"
    bomb.write_bytes(whole)
    with pytest.raises(PlanFileError, match="far too large"):
        read_json(bomb)


def test_judging_again_says_what_changed(simulated: SimulatedSite, tmp_path: Path) -> None:
    report = probe(simulated, "ct-reversed")
    unchanged = tmp_path / "now.json"
    unchanged.write_text(json.dumps(dump_report(report)), encoding="utf-8")
    result = call("judge", unchanged)
    assert result.exit_code == 1
    assert "Judged as when it was recorded" in result.stdout
    # as if older rules had passed this meter, and had complained of something else
    others = tuple(v for v in report.verdicts if (v.tag, v.aspect) != ("PM1", "wiring"))
    old = replace(
        report, software="device-probe 0.0.1", verdict="pass", reason="All is good.",
        verdicts=(*others, Verdict("PM1", "wiring", "pass", "It fits.")),
        findings=(Finding("old-rule", "warning", "PM2", "An old rule complains of PM2."),),
    )  # fmt: skip
    recorded = tmp_path / "old.json"
    recorded.write_text(json.dumps(dump_report(old)), encoding="utf-8")
    words = " ".join(call("judge", recorded).stdout.split())
    assert "When it was recorded the verdict was pass." in words
    assert "changed: PM1 wiring, pass before, fail now." in words
    assert "new: PM1: the CT at input L2 is reversed." in words
    assert "gone: An old rule complains of PM2." in words
    printed = json.loads(call("judge", recorded, "--json").stdout)
    changed = printed["changed"]
    assert changed["verdict"] == {"before": "pass", "now": "fail"}
    assert [(v["tag"], v["before"], v["now"]) for v in changed["verdicts"]] == [("PM1", "pass", "fail")]
    assert [f["code"] for f in changed["came"]] == ["ct-reversed"]
    assert [f["code"] for f in changed["went"]] == ["old-rule"]
    assert faults("probe-report", printed) == []
    assert load_report(printed) == report  # what is printed is a report, too


def test_what_was_not_judged_before_is_told(simulated: SimulatedSite) -> None:
    report = probe(simulated)
    before = replace(report, verdicts=tuple(v for v in report.verdicts if v.aspect != "balance"))
    found = changes(before, report)
    assert {(v.aspect, v.before, v.now) for v in found.verdicts} == {("balance", None, "pass")}
    assert not changes(report, rejudge(report)).any


@pytest.fixture
def own_profile(simulated: SimulatedSite, tmp_path: Path) -> tuple[Path, ProbeReport]:
    """A report in which PM1 was read with a profile of the user's own."""
    mine = tmp_path / "mine.yaml"
    mine.write_text((PROFILES / "eastron-sdm630.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    simulated.set_scenario("ct-reversed")
    devices = tuple(replace(d, profile=str(mine)) if d.tag == "PM1" else d for d in simulated.plan.devices)
    plan = replace(simulated.plan, devices=devices)
    return mine, judge_rounds(plan, read_rounds(plan, 3, 0.02))


def test_a_profile_of_ones_own_travels_with_the_report(own_profile: tuple[Path, ProbeReport]) -> None:
    mine, report = own_profile
    assert [(p.name, p.text) for p in report.profiles] == [(str(mine), mine.read_text(encoding="utf-8"))]
    assert report.profiles[0].digest == report.snapshot("PM1").profile_digest
    assert faults("probe-report", dump_report(report)) == []
    mine.unlink()  # on another computer
    painted = replace(report, verdicts=(), findings=())
    again = rejudge(load_report(dump_report(painted)))
    assert [(f.code, f.tag) for f in again.findings] == [("ct-reversed", "PM1")]
    assert again == report


def test_a_profile_that_was_put_right_decodes_and_is_told(own_profile: tuple[Path, ProbeReport]) -> None:
    mine, report = own_profile
    text = mine.read_text(encoding="utf-8")
    mine.write_text(text + "# put right\n", encoding="utf-8")
    again = rejudge(report)
    assert changes(report, again).profiles == (str(mine),)
    assert again.snapshot("PM1").profile_digest == again.profiles[0].digest


def test_a_report_cannot_lend_a_profile_in_place_of_one_of_ours(simulated: SimulatedSite) -> None:
    report = probe(simulated, "ct-reversed")
    text = (PROFILES / "eastron-sdm630.yaml").read_text(encoding="utf-8")
    lie = {"name": "eastron-sdm630", "digest": "0" * 64, "text": text.replace("sign:", "# sign:")}
    document = {**dump_report(report), "profiles": [lie]}
    assert rejudge(load_report(document)) == report


def test_versions_are_those_of_what_read_it(simulated: SimulatedSite) -> None:
    report = probe(simulated)
    assert {"device-probe", "python", "pymodbus", "sunspec"} == set(report.versions)
    elsewhere = replace(report, versions={"device-probe": "0.0.1"})
    assert rejudge(elsewhere).versions == {"device-probe": "0.0.1"}


def test_samples_and_interval_decide_how_often_and_when(simulated: SimulatedSite, plan_file: Path) -> None:
    result = call("site", plan_file, "--samples", 5, "--interval", 0.1, "--json")
    report = load_report(json.loads(result.stdout))
    assert report.rounds == 5
    begun = [datetime.fromisoformat(s.taken_at) for s in report.all_of("PM0")]
    assert (begun[-1] - begun[0]).total_seconds() >= 0.39  # never sooner than a tenth of a second apart
    two = call("site", plan_file, "--samples", 2, "--interval", 0, "--json")
    assert two.exit_code == 3
    assert call("site", plan_file, "--samples", 0).exit_code == 2
    assert call("site", plan_file, "--interval", "nan").exit_code == 2


def test_a_site_without_any_round_is_refused(simulated: SimulatedSite) -> None:
    with pytest.raises(PlanFileError, match="Nothing was read"):
        judge(simulated.plan, ())
