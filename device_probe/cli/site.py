"""`device-probe site` and `judge`: every device of a plan, and the verdicts."""

import sys
from pathlib import Path

import click

from device_probe import console
from device_probe.cli.options import FILE, JSON, TIMEOUT
from device_probe.cli.output import write_json
from device_probe.cli.site_progress import SiteProgress
from device_probe.model import ProbeReport, SitePlan, Snapshot
from device_probe.problems import BusError
from device_probe.read import lines_of, profiles_of, read_site
from device_probe.report import dump_report, judge, load_plan, load_report, rejudge
from device_probe.schema import read_json

EXIT_OF_VERDICT = {"pass": 0, "fail": 1, "inconclusive": 3}


@click.command(name="judge")
@click.argument("report_file", metavar="REPORT", type=FILE)
@JSON
def judge_command(report_file: Path, as_json: bool) -> None:
    """Judge a recorded report again, from its raw registers and with the rules of today.

    Exit code 0: pass; 1: fail; 3: inconclusive.

    \b
    Example:
      device-probe judge report.json
    """
    recorded = load_report(read_json(report_file), report_file.name)
    report = rejudge(recorded)
    _show(report, as_json)
    if not as_json and report.verdict != recorded.verdict:
        click.echo(f"When it was recorded the verdict was {recorded.verdict}.")
    sys.exit(EXIT_OF_VERDICT[report.verdict])


@click.command()
@click.argument("plan_file", metavar="PLAN", type=FILE)
@click.option("--out", "out_file", type=FILE, help="Write the report to this file.")
@TIMEOUT
@JSON
def site(plan_file: Path, out_file: Path | None, timeout_s: float | None, as_json: bool) -> None:
    """Read every device of a site plan and judge wiring, power quality and balance.

    `fieldapp site plan ID` writes the plan.

    Exit code 0: pass; 1: fail; 3: inconclusive; 4: no device answered.

    \b
    Example:
      device-probe site plan.json --out report.json
    """
    plan = load_plan(read_json(plan_file), plan_file.name)
    report = judge(plan, _read_with_progress(plan, timeout_s))
    if out_file:
        write_json(out_file, dump_report(report))
    _show(report, as_json)
    if all(snapshot.problem for snapshot in report.snapshots):
        raise BusError(f"No device of {plan_file.name} answered; check the network of this computer.")
    sys.exit(EXIT_OF_VERDICT[report.verdict])


def _read_with_progress(plan: SitePlan, timeout_s: float | None) -> tuple[Snapshot, ...]:
    with SiteProgress(lines_of(plan.devices, profiles_of(plan))) as shown:
        return read_site(plan, timeout_s=timeout_s, watcher=shown)


def _show(report: ProbeReport, as_json: bool) -> None:
    if as_json:
        console.print_json(dump_report(report))
    else:
        console.show_report(report)
