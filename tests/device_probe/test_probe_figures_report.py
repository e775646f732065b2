"""Every figure of a report by one command: in the terminal, as files, of old reports too."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_probe.cli import main
from device_probe.diagnosis.evidence import Sample
from device_probe.figures import figures_of
from device_probe.figures.steps import plot_of
from device_probe.load_step.steps import Hold, Round
from device_probe.model import ProbeReport
from device_probe.report import load_report, rejudge

from .test_probe_figures_marks import described, inside

VECTOR = Path(__file__).parent.parent / "vectors" / "probe" / "probe-report-ct-reversed.json"


@pytest.fixture(scope="module")
def report() -> ProbeReport:
    return rejudge(load_report(json.loads(VECTOR.read_text(encoding="utf-8"))))


def test_every_figure_is_legible_at_a_telephones_width_and_told(report: ProbeReport) -> None:
    found = figures_of(report)
    assert {"balance", "thd", "phasor:PM1", "currents:PM1"} <= {figure.name for figure in found}
    for figure in found:
        inside(figure.drawn())
        assert described(figure.drawn())
        assert figure.told()
        assert figure.drawn() == figure.drawn()


def test_the_verdict_of_the_tree_is_that_of_the_report(report: ProbeReport) -> None:
    balance = next(figure for figure in figures_of(report) if figure.name == "balance")
    word = report.verdicts_of("PM1")["balance"].verdict
    assert described(balance.drawn()).endswith(word)


def test_files_are_written_and_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["figures", str(VECTOR), "--out", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert {"balance.svg", "thd.svg", "phasor-PM1.svg"} <= set(files)
    for name in files:
        ET.parse(tmp_path / "new" / name)


def test_the_terminal_shows_only_what_is_asked_for() -> None:
    done = CliRunner().invoke(main, ["figures", str(VECTOR), "--only", "phasor:*"])
    assert done.exit_code == 0
    assert "gets -L2" in done.output
    assert "Meters against one another" not in done.output
    as_json = CliRunner().invoke(main, ["figures", str(VECTOR), "--only", "balance", "--json"])
    (one,) = json.loads(as_json.output)
    assert (one["name"], one["file"]) == ("balance", None)


def test_a_name_that_is_none_and_a_place_that_takes_none_are_told(tmp_path: Path) -> None:
    none = CliRunner().invoke(main, ["figures", str(VECTOR), "--only", "phasors"])
    assert none.exit_code == 2
    assert "there are balance, thd" in none.output
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(main, ["figures", str(VECTOR), "--out", str(tmp_path / "file" / "deep")])
    assert done.exit_code == 4
    assert "cannot be made" in done.output


def test_a_run_becomes_a_plot_with_its_loads(report: ProbeReport) -> None:
    def taken(at: float, watts: float) -> Round:
        values = {f"active_power_l{k}": watts for k in (1, 2, 3)}
        return Round(at, {"PM1": Sample("2026-03-02T10:00:00Z", values)})

    tag = next(d.tag for d in report.plan.devices if d.role == "station")
    holds = (
        Hold(frozenset(), (taken(100, 4000), taken(101, 4000))),
        Hold(frozenset({tag}), (taken(110, 2000), taken(111, 2000))),
        Hold(frozenset(), (taken(120, 4000), taken(121, 4000))),
    )
    plot = plot_of(report.plan, holds, (tag,))
    assert [(mark.at_s, mark.words) for mark in plot.steps] == [
        (10, f"{tag} lowered"), (20, "all as they were")
    ]  # fmt: skip
    assert plot.strips[0].lowered == ((10, 20),)
    series = next(each for each in plot.series if each.name == "PM1")
    assert plot.change(series, 0) == pytest.approx(-6.0)
