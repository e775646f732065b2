"""The probe chapter: wiring, power quality, balance, load step and what is open; old reports too."""

import dataclasses
import json
from pathlib import Path

import pytest

from device_probe.agent.digest import report_sha256
from device_probe.figures import figures_of
from device_probe.judgement import Check
from device_probe.load_step.record import LoadStepRecord
from device_probe.load_step.result import FollowResult, InputResult, Judged, LoadStepResult, MeterResult
from device_probe.load_step.result import StationResult as Placed
from device_probe.model import ProbeReport, Verdict
from device_probe.report import dump_report, load_report, rejudge
from reports.metering import in_full, quality_lines, stations
from reports.model import HandoverPack, ProbeRun
from reports.probing import printed_figures, run_pages
from reports.render import render
from reports.stepping import step_pages
from tests.reports.inspect_pdf import text_of

VECTOR = Path(__file__).parent.parent / "vectors" / "probe" / "probe-report-ct-reversed.json"
GOOD = Judged("pass", 1.0, "seen")


@pytest.fixture(scope="module")
def recorded() -> ProbeReport:
    return load_report(json.loads(VECTOR.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def report(recorded: ProbeReport) -> ProbeReport:
    judged = rejudge(recorded)
    return dataclasses.replace(judged, load_step=stepped())


def stepped() -> LoadStepRecord:
    doubt = Judged("inconclusive", 0.5, "CH02 may be elsewhere.", "Repeat at a quieter time.")
    result = LoadStepResult(
        (Placed("CH01", "PM1", ("L1", "L2", "L3"), GOOD, GOOD), Placed("CH02", "PM1", ("L2",), GOOD, doubt)),
        (MeterResult("PM1", (InputResult("L1", "-L2", "L1", ("L2",), 7360.0, 7352.0, GOOD),), 1.0, None,
                     GOOD, GOOD),),
        (FollowResult("CH01", 10.0, 16.0, 9.8, 4.0, GOOD),), (), 5, 36,
    )  # fmt: skip
    return LoadStepRecord(
        "written", "2026-03-02T10:00:00Z", "2026-03-02T10:04:00Z", "coded", 15.0, ("CH01", "CH02"), (), (),
        (), (), (), result,
    )  # fmt: skip


def run(number: int, report: ProbeReport, *, last: bool = True) -> ProbeRun:
    found = {figure.name: figure for figure in figures_of(report)}
    names = printed_figures(report, tuple(found), full=last)
    drawn = {name: found[name].drawn() for name in names}
    return ProbeRun(number, "p-ab", report, drawn, report_sha256(dump_report(report)))


@pytest.fixture(scope="module")
def printed(small_pack: HandoverPack, recorded: ProbeReport, report: ProbeReport, tmp_path_factory) -> str:
    """The text of a pack with a report of an earlier version and one of today."""
    old = dataclasses.replace(recorded, judgements=())
    runs = (run(1, old, last=False), run(2, report))
    data = render(dataclasses.replace(small_pack, probe_runs=runs))
    text = text_of(data, tmp_path_factory.mktemp("probe"), "-layout")
    return " ".join(text.split())


def test_each_meter_is_printed_with_wiring_correction_and_what_it_must_read(
    printed: str, report: ProbeReport
) -> None:
    wiring = report.judgement("PM1").wiring
    assert wiring.reason in printed
    assert "gets -L2" in printed
    assert "After it, at the same load" in printed
    assert "Phasors of PM1" in printed
    assert "Harmonic" in printed


def test_the_report_is_named_by_its_digest_and_its_load(printed: str, report: ProbeReport) -> None:
    assert report_sha256(dump_report(report)) in printed.replace(" ", "")
    assert report.load_statement in printed
    assert report.judgement("PM1").power_quality.statement in printed


def test_what_is_inconclusive_stands_with_the_action_that_decides(printed: str, report: ProbeReport) -> None:
    open_ones = [v for v in report.verdicts if v.verdict == "inconclusive"]
    assert open_ones
    assert "What would decide what is inconclusive" in printed
    for verdict in open_ones:
        assert verdict.action.removeprefix(f"{verdict.tag}: ")[:40] in printed


def test_the_load_step_is_printed_with_what_was_changed_and_seen(printed: str) -> None:
    assert "5 steps, 36 rounds of readings, set-points were lowered and put back" in printed
    assert "7.36 kW" in printed
    assert "7.35 kW" in printed
    assert "CH02 may be elsewhere. Repeat at a quieter time." in printed
    assert "follows its limit (10.0 A)" in printed


def test_a_report_without_judgements_still_prints(printed: str, recorded: ProbeReport) -> None:
    assert "Run 1 of 2" in printed
    assert printed.count("Phasors of PM1") >= 2
    old = run(1, dataclasses.replace(recorded, judgements=()))
    assert "balance" in old.figures
    assert step_pages(None) is None


def test_a_quantity_stands_beside_what_was_expected_and_what_the_grid_has(report: ProbeReport) -> None:
    judged = report.judgement("PM1")
    checks = (
        Check("thd-voltage", "thd_voltage_l1", 2.0, 8.0, "%", "pass", "EN 50160", "", 2.4, 1.1),
        Check("thd-voltage", "thd_voltage_l3", 3.0, 8.0, "%", "pass", "EN 50160", "", 2.4, 1.1),
        Check("harmonic-voltage", "harmonic_voltage_l1_h5", 2.0, 6.0, "%", "pass"),
        Check("harmonic-voltage", "harmonic_voltage_l2_h7", 5.5, 5.0, "%", "fail"),
        Check("harmonic-voltage", "harmonic_voltage_l2_h9", 0.1, 1.5, "%", "pass"),
        Check("k-factor", "k_factor_l1", 3.13, None, "-", "info"),
    )
    quality = dataclasses.replace(judged.power_quality, checks=checks)
    thd, order, k_factor = quality_lines(dataclasses.replace(judged, power_quality=quality))
    assert (thd.title, thd.measured, thd.expected, thd.background, thd.limit) == (
        "THD of the voltage L3", "3\u00a0%", "2.4\u00a0%", "1.1\u00a0%", "8\u00a0%"
    )  # fmt: skip
    assert (order.title, order.mark.word) == ("Voltage, order 7 L2", "FAIL")
    assert (k_factor.title, k_factor.measured, k_factor.limit) == ("K-factor L1", "3.13", "–")


def test_of_many_meters_those_that_pass_are_printed_in_short(report: ProbeReport) -> None:
    meters = [device for device in report.plan.devices if device.role == "group_meter"]
    last = report.snapshot("PM1")
    more = tuple(dataclasses.replace(meters[0], tag=f"PM{n}") for n in range(10, 20))
    whole = dataclasses.replace(
        report, plan=dataclasses.replace(report.plan, devices=(*report.plan.devices, *more)),
        snapshots=(*report.snapshots, *(dataclasses.replace(last, tag=d.tag) for d in more)),
        verdicts=(*report.verdicts, *(Verdict(d.tag, "wiring", "pass", "right") for d in more[1:]),
                  Verdict("PM10", "wiring", "fail", "wrong")),
    )  # fmt: skip
    full = in_full(whole)
    assert {"PM1", "PM10"} <= set(full)
    assert not {"PM11", "PM19"} & set(full)
    names = printed_figures(whole, ("phasor:PM11", "phasor:PM10", "balance"), full=True)
    assert names == ("phasor:PM10", "balance")


def test_stations_that_agree_are_named_and_others_say_why(report: ProbeReport) -> None:
    found = stations(report)
    tags = {device.tag for device in report.plan.devices if device.role == "station"}
    judged = {v.tag for v in report.verdicts if v.aspect == "balance"} & tags
    assert {*found.agree, *(line.tag for line in found.others)} == judged
    assert all(line.reason for line in found.others)


def test_every_picture_bears_the_text_alternative_of_its_drawing(
    small_pack: HandoverPack, report: ProbeReport
) -> None:
    (pages,) = run_pages(dataclasses.replace(small_pack, probe_runs=(run(2, report),)))
    told = {picture.name: picture.alt for picture in pages.pictures}
    assert "current input wrong, gets -L2" in told["phasor:PM1"]
    assert told["balance"].startswith("Balance of the meters. PM1 reads")
    assert {"balance", "thd", "load-step", "phasor:PM1", "currents:PM1"} <= set(told)
