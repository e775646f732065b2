"""`device-probe site`: every device of a plan in several rounds, and the verdicts."""

import sys
from pathlib import Path

import click

from device_probe import console
from device_probe.cli.options import FILE, JSON, TIMEOUT, Finite
from device_probe.cli.output import write_json
from device_probe.cli.site_progress import SiteProgress
from device_probe.json_file import read_json
from device_probe.model import SitePlan, Snapshot
from device_probe.problems import BusError
from device_probe.read import INTERVAL_S, ROUNDS, lines_of, profiles_of, read_rounds
from device_probe.report import dump_report, judge_rounds, load_plan

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
@TIMEOUT
@JSON
def site(
    plan_file: Path, out_file: Path | None, samples: int, interval_s: float, timeout_s: float | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Read every device of a site plan and judge wiring, power quality and balance.

    `fieldapp site plan ID` writes the plan.

    Exit code 0: pass; 1: fail; 3: inconclusive; 4: no device answered.

    \b
    Examples:
      device-probe site plan.json --out report.json
      device-probe site plan.json --samples 10 --interval 5 --out report.json.gz
    """
    plan = load_plan(read_json(plan_file), plan_file.name)
    report = judge_rounds(plan, _read_with_progress(plan, samples, interval_s, timeout_s))
    if out_file:
        write_json(out_file, dump_report(report))
    if as_json:
        console.print_json(dump_report(report))
    else:
        console.show_report(report)
    if all(snapshot.problem for snapshot in (*report.earlier, *report.snapshots)):
        raise BusError(f"No device of {plan_file.name} answered; check the network of this computer.")
    sys.exit(EXIT_OF_VERDICT[report.verdict])


def _read_with_progress(plan: SitePlan, samples: int, interval_s: float, timeout_s: float | None) -> Rounds:
    with SiteProgress(lines_of(plan.devices, profiles_of(plan)), samples) as shown:
        return read_rounds(plan, samples, interval_s, timeout_s=timeout_s, watcher=shown)
