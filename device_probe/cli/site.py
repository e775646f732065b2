"""`device-probe site`: every device of a plan in several rounds, and the verdicts."""

import sys
from itertools import chain
from pathlib import Path

import click

from device_probe import console
from device_probe.background import check_background
from device_probe.cli.background import BACKGROUND, read_background
from device_probe.cli.options import FILE, JSON, TIMEOUT, Finite
from device_probe.cli.output import write_json
from device_probe.cli.site_progress import SiteProgress
from device_probe.console_quality import show_quality
from device_probe.json_file import read_json
from device_probe.model import ProbeReport, SitePlan, Snapshot
from device_probe.problems import BusError
from device_probe.read import INTERVAL_S, ROUNDS, lines_of, profiles_of, read_rounds
from device_probe.report import dump_report, judge, load_plan

EXIT_OF_VERDICT = {"pass": 0, "fail": 1, "inconclusive": 3}
Rounds = tuple[tuple[Snapshot, ...], ...]


@click.command()
@click.argument("plan_file", metavar="PLAN", type=FILE)
@click.option("--out", "out_file", type=FILE, help="Write the report to this file (.json, .json.gz).")
@click.option(
    "--samples", type=click.IntRange(1, 100), default=ROUNDS, show_default=True,
    help="How often each device is read; less than 3 decide nothing about wiring.",
)  # fmt: skip
@click.option(
    "--interval", "interval_s", type=Finite(0, 600), default=INTERVAL_S, show_default=True,
    help="Seconds from the beginning of one round to the next.",
)  # fmt: skip
@BACKGROUND
@click.option(
    "--record-background", is_flag=True, help="Record such a report; refused while a station draws."
)
@TIMEOUT
@JSON
def site(
    plan_file: Path, out_file: Path | None, samples: int, interval_s: float, background_file: Path | None,
    record_background: bool, timeout_s: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Read every device of a site plan and judge wiring, power quality and balance.

    `fieldapp site plan ID` writes the plan. For power quality record the background first, with all
    stations off, and give it when the stations charge.

    Exit code 0: pass (with --record-background: recorded); 1: fail, refused; 3: inconclusive; 4: no device
    answered.

    \b
    Examples:
      device-probe site plan.json --out report.json
      device-probe site plan.json --samples 10 --interval 5 --out report.json.gz
      device-probe site plan.json --record-background --out background.json.gz
      device-probe site plan.json --background background.json.gz --out report.json.gz
    """
    if record_background and (background_file is not None or not (out_file or as_json)):
        raise click.UsageError("Give --record-background with --out FILE, and without --background.")
    plan = load_plan(read_json(plan_file), plan_file.name)
    background = read_background(background_file, plan) if background_file else ()
    rounds = _read_with_progress(plan, samples, interval_s, timeout_s)
    report = judge(plan, rounds[-1], earlier=chain.from_iterable(rounds[:-1]), background=background)
    silent = all(snapshot.problem for snapshot in (*report.earlier, *report.snapshots))
    if record_background and not silent:
        check_background(report)
    if out_file and not (record_background and silent):
        write_json(out_file, dump_report(report))
    _show(report, as_json, record_background)
    if silent:
        raise BusError(f"No device of {plan_file.name} answered; check the network of this computer.")
    sys.exit(0 if record_background else EXIT_OF_VERDICT[report.verdict])


def _show(report: ProbeReport, as_json: bool, as_background: bool) -> None:
    if as_json:
        console.print_json(dump_report(report))
        return
    show_quality(report)
    if as_background:  # nothing is judged without load
        console.out().print(f"Background: {report.load_statement}")
    else:
        console.show_report(report)


def _read_with_progress(plan: SitePlan, samples: int, interval_s: float, timeout_s: float | None) -> Rounds:
    with SiteProgress(lines_of(plan.devices, profiles_of(plan)), samples) as shown:
        return read_rounds(plan, samples, interval_s, timeout_s=timeout_s, watcher=shown)
