"""`device-probe scan`: what answers in a network, and whether it is what was planned."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from device_probe import console
from device_probe.cli.group import STOPPED
from device_probe.cli.options import FILE, JSON, Finite
from device_probe.cli.output import write_json
from device_probe.json_file import read_json
from device_probe.model import SitePlan
from device_probe.problems import ScanRangeError
from device_probe.scan import search as scan
from device_probe.scan.compare import is_difference
from device_probe.scan.document import plan_of, scan_csv, scan_document
from device_probe.scan.result import FoundDevice, ScanRange, ScanResult
from device_probe.scan.targets import parse_hosts, parse_numbers
from device_probe.schema import dump_plan, load_plan

COLOURS = {"error": "bold red", "warning": "yellow", "info": ""}


@click.command(name="scan")
@click.argument("targets", nargs=-1, metavar="HOST...")
@click.option(
    "--units", default="", help="Unit ids at each address, like 1-10,71; default: 1, else usual ones."
)
@click.option("--port", "ports", default="502", show_default=True, help="TCP ports, like 502,1502.")
@click.option("--expected", "plan_file", type=FILE, help="Compare with this site plan.")
@click.option("--plan-out", type=FILE, help="Write what was found as the beginnings of a site plan.")
@click.option("--rate", type=Finite(0.1, 1000), default=20.0, show_default=True, help="Connects a second.")
@click.option(
    "--hosts", "hosts_at_once", type=click.IntRange(1, 256), default=16, show_default=True,
    help="Hosts asked at the same time.",
)  # fmt: skip
@click.option("--timeout", "timeout_s", type=Finite(0.05, 60), default=1.0, help="Seconds to wait.")
@click.option("--large", is_flag=True, help="Scan more than a /22 (1024 addresses).")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, one line a device.")
@JSON
def scan_command(
    targets: tuple[str, ...], units: str, ports: str, plan_file: Path | None, plan_out: Path | None,
    rate: float, hosts_at_once: int, timeout_s: float, large: bool, as_csv: bool, as_json: bool,
) -> None:  # fmt: skip
    """Look for devices at hosts, ranges (10.0.0.5-20), networks (10.0.0.0/24) or names. Never writes.

    Without any HOST those of the plan are looked at.

    Exit code 0: as expected, or without a plan something found; 1: differences, or nothing found;
    2: wrong call; 4: no way to the network.

    \b
    Examples:
      device-probe scan 192.168.1.0/24 --units 1-10
      device-probe scan 192.168.1.10-40 --expected plan.json
      device-probe scan gateway.lan --units 1-32 --port 502,1502 --json
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json are two ways to print the same; give one.")
    plan = load_plan(read_json(plan_file), plan_file.name) if plan_file else None
    wanted = ScanRange(
        _hosts(targets, plan, large), parse_numbers(ports, 1, 65535, "TCP port"),
        parse_numbers(units, 0, 255, "unit id") if units else (), rate, hosts_at_once, timeout_s,
    )  # fmt: skip
    with _progress(len(wanted.hosts)) as step:
        result = scan.scan(wanted, plan, step)
    if plan_out:
        _write_plan(plan_out, result)
    _show(result, plan, as_json, as_csv)
    sys.exit(_exit_code(result))


def _hosts(targets: tuple[str, ...], plan: SitePlan | None, large: bool) -> tuple[str, ...]:
    if targets:
        return parse_hosts(targets, large)
    if plan is None:
        raise ScanRangeError("Say where to look, for example 192.168.1.0/24, or give a plan with --expected.")
    return tuple(dict.fromkeys(device.host for device in plan.devices if device.link != "serial"))


def _exit_code(result: ScanResult) -> int:
    if not result.complete:
        click.echo("Stopped; this is what was found until then.", err=True)
        return STOPPED
    return 1 if not result.found or any(map(is_difference, result.findings)) else 0


def _write_plan(path: Path, result: ScanResult) -> None:
    plan = plan_of(result)
    if plan is None:
        click.echo(f"{path}: not written, nothing was found that a profile fits.", err=True)
        return
    write_json(path, dump_plan(plan))


@contextmanager
def _progress(total: int) -> Iterator[scan.Progress]:
    errors = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("hosts, left"),
        TimeRemainingColumn(), console=errors, transient=True, disable=not errors.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task("Scanning", total=total)

        def step(_host: str, done: int, hosts: int, found: int) -> None:
            bar.update(task, completed=done, total=hosts, description=f"Scanning, {found} found")

        yield step


def _show(result: ScanResult, plan: SitePlan | None, as_json: bool, as_csv: bool) -> None:
    if as_json:
        console.print_json(scan_document(result))
    elif as_csv:
        click.echo(scan_csv(result), nl=False)
    else:
        _show_tables(result, plan)


def _show_tables(result: ScanResult, plan: SitePlan | None) -> None:
    out = console.out()
    for found in result.found:
        more = f" (and {len(found.also_units)} more unit ids)" if found.also_units else ""
        name = f"{found.vendor} {found.model}".strip() or "unknown device"
        out.print(Text.assemble((f"{found.where}{more}", "bold"), f"  {name}"))
        out.print(f"  {_details(found)}")
    for place in result.silent:
        out.print(f"{place.host}:{place.port} takes connections, but nobody answers: {place.problem}")
    for finding in result.findings:
        out.print(Text(f"{finding.severity}: {finding.sentence}", COLOURS[finding.severity]))
        out.print(f"  do: {finding.remedy}")
    _show_summary(result, plan)


def _details(found: FoundDevice) -> str:
    parts = [f"profile {found.profile} ({found.confidence})" if found.profile else "no profile fits"]
    parts += [f"or {name}" for name in found.alternatives[:2] if found.confidence == "possible"]
    parts += [f"serial number {found.serial_number}"] if found.serial_number else []
    parts += [f"firmware {found.firmware_version}"] if found.firmware_version else []
    return ", ".join(parts)


def _show_summary(result: ScanResult, plan: SitePlan | None) -> None:
    undecided = sorted({f.decides for f in result.found if f.decides})
    out = console.out()
    for sentence in undecided:
        out.print(f"To be sure: {sentence}")
    expected = ""
    if plan is not None:
        differences = sum(map(is_difference, result.findings))
        expected = f", {differences} differences from {plan.name}" if differences else f", as in {plan.name}"
    out.print(
        f"{_counted(len(result.found), 'device')} at {_counted(len(result.hosts), 'host')}, "
        f"{result.requests} requests{expected}"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
