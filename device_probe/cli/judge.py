"""`device-probe judge`: a recorded report, or a file of readings, judged with the rules of today."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from device_probe import console
from device_probe.cli.background import BACKGROUND, read_background
from device_probe.cli.options import FILE, JSON
from device_probe.cli.output import write_json
from device_probe.console_diagnosis import show_changes, show_judgement
from device_probe.console_quality import show_quality
from device_probe.diagnosis.changes import changes, dump_changes
from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings
from device_probe.json_file import read_json
from device_probe.report import dump_report, load_report, rejudge

READINGS = "readings of one meter (docs/contracts/readings.schema.json)"
EXIT_OF_VERDICT = {"pass": 0, "fail": 1, "inconclusive": 3}


@click.command(name="judge")
@click.argument("report_file", metavar="[REPORT]", type=FILE, required=False)
@click.option("--readings", "readings_file", type=FILE, help="Judge readings of one meter from this file.")
@click.option("--out", "out_file", type=FILE, help="Write the report as judged now (.json, .json.gz).")
@BACKGROUND
@JSON
def judge_command(
    report_file: Path | None, readings_file: Path | None, out_file: Path | None,
    background_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Judge a recorded report again, from its raw registers and with the rules of today.

    With --readings: the wiring of one meter and the power quality at its place, from values in a file
    (docs/contracts/readings.schema.json). Neither needs a network.

    Exit code 0: pass; 1: fail; 3: inconclusive.

    \b
    Examples:
      device-probe judge report.json.gz
      device-probe judge report.json --out judged-again.json.gz
      device-probe judge report.json --background background.json.gz
      device-probe judge --readings readings.json --json
    """
    if (report_file is None) == (readings_file is None):
        raise click.UsageError("Give a report, or --readings with a file.")
    if readings_file is not None:
        if out_file is not None or background_file is not None:
            raise click.UsageError("--out and --background are for reports; use --json for readings.")
        sys.exit(_judge_readings(readings_file, as_json))
    if report_file is not None:
        sys.exit(_judge_report(report_file, background_file, out_file, as_json))


def _judge_readings(file: Path, as_json: bool) -> int:
    readings = load_readings(read_json(file, READINGS), file.name)
    judgement = judge_readings(readings)
    if as_json:
        console.print_json(dump_judgement(judgement))
    else:
        show_judgement(judgement)
    return EXIT_OF_VERDICT[judgement.verdict]


def _judge_report(file: Path, background_file: Path | None, out_file: Path | None, as_json: bool) -> int:
    recorded = load_report(read_json(file), file.name)
    known = recorded
    if background_file:
        known = replace(recorded, background=read_background(background_file, recorded.plan))
    report = rejudge(known)
    if out_file:
        write_json(out_file, dump_report(report))
    changed = changes(recorded, report)
    if as_json:
        console.print_json({**dump_report(report), "changed": dump_changes(changed)})
    else:
        show_quality(report)
        console.show_report(report)
        show_changes(changed)
    return EXIT_OF_VERDICT[report.verdict]
