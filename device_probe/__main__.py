"""The command line `device-probe`.

Exit codes: 0 good, 1 the answer is no, 2 wrong call or input, 3 inconclusive, 4 environment.
"""

import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from device_probe import console
from device_probe.identify import identify_device
from device_probe.model import PlannedDevice, ProbeReport, SitePlan, Snapshot
from device_probe.problems import BusError, OutputError, PlanFileError, ProbeError
from device_probe.profile_schema import list_profiles, load_profile
from device_probe.read import read_device, read_site
from device_probe.report import dump_plan, dump_report, judge, load_plan, load_report, rejudge
from device_probe.schema import read_json
from device_probe.simulator import SimulatedSite, list_scenarios, load_scenario, simulate

EXIT_OF_VERDICT = {"pass": 0, "fail": 1, "inconclusive": 3}
STOPPED = 130  # as shells say it: neither the answer yes nor the answer no


class Finite(click.FloatRange):
    """A number in a range; "not a number" is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what compares with nothing before the range is looked at."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value} is not a number.", param, ctx)
        return found


JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
HOST = click.option("--host", required=True, help="Name or address of the device or its gateway.")
PORT = click.option(
    "--port", type=click.IntRange(1, 65535), help="TCP port; default: what the profile says, else 502."
)
UNIT = click.option(
    "--unit", type=click.IntRange(0, 255), help="Modbus unit id; default: what the profile says, else 1."
)
TIMEOUT = click.option(
    "--timeout",
    "timeout_s",
    type=Finite(0.05, 60),
    help="Seconds to wait for an answer (default 1 to 1.5).",
)
FILE = click.Path(dir_okay=False, path_type=Path)


class OneSentence(click.Group):
    """Turns this package's errors into one sentence and an exit code."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run, and say so when the help itself can't be written."""
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            sys.exit(_output_failed(error))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; never show a traceback for what a person can put right."""
        try:
            return super().invoke(ctx)
        except ProbeError as error:
            click.echo(f"Error: {_sentence(str(error))}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(STOPPED)
        except OSError as error:
            ctx.exit(_output_failed(error))


def _output_failed(error: OSError) -> int:
    # What is still buffered would fail once more at the end of the process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if not isinstance(error, BrokenPipeError):  # then whoever read it has gone, and nobody is left to tell
        click.echo(f"Error: The output can't be written: {error.strerror or error}.", err=True)
    # never 0: an answer that nobody got is not the answer yes
    return OutputError.exit_code


@click.group(cls=OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Read meters and chargers over Modbus/TCP, judge their wiring and the power quality. Never writes.

    \b
    Examples:
      device-probe profiles
      device-probe read --profile eastron-sdm630 --host 192.168.1.50 --unit 11
      device-probe identify --host 192.168.1.50
      device-probe site plan.json --out report.json
      device-probe judge report.json
      device-probe simulate plan.json --scenario ct-reversed
    """


@main.command()
@click.option(
    "--kind", type=click.Choice(["meter", "analyser", "ac_charger", "dc_charger", "inverter", "bess"])
)
@JSON
def profiles(kind: str | None, as_json: bool) -> None:
    """List the device profiles.

    \b
    Example:
      device-probe profiles --kind analyser
    """
    found = [profile for profile in list_profiles() if kind in (None, profile.kind)]
    if not as_json:
        console.show_profiles(found)
        return
    console.print_json(
        [
            {
                "id": p.id,
                "vendor": p.vendor,
                "model": p.model,
                "kind": p.kind,
                "transport": p.transport,
                "word_order": p.word_order,
                "default_unit_id": p.default_unit_id,
                "default_port": p.default_port,
                "quantities": list(p.quantities),
                "confidence": p.confidence,
                "partial": p.partial,
                "digest": p.digest,
            }
            for p in found
        ]
    )


@main.command()
@click.option("--profile", "profile_name", required=True, help="Profile id, or the path of a profile file.")
@HOST
@PORT
@UNIT
@click.option(
    "--quantity", "quantities", multiple=True, help="Read only this quantity; may be given several times."
)
@TIMEOUT
@JSON
def read(
    profile_name: str, host: str, port: int | None, unit: int | None, quantities: tuple[str, ...],
    timeout_s: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Read one device.

    Exit code 0: every value was answered; 1: some could not be read; 4: no answer at all.

    \b
    Examples:
      device-probe read --profile eastron-sdm630 --host 192.168.1.50 --unit 11
      device-probe read --profile my-meter.yaml --host meter.lan --quantity frequency --json
    """
    profile = load_profile(profile_name)
    if unknown := set(quantities) - set(profile.quantities):
        raise PlanFileError(
            f"{profile.id} has no quantity {min(unknown)}; `device-probe profiles --json` lists them."
        )
    device = PlannedDevice(
        "DEVICE", profile_name, host, port or profile.default_port,
        profile.default_unit_id if unit is None else unit, "other",
    )  # fmt: skip
    snapshot = read_device(device, profile, quantities or None, timeout_s)
    if snapshot.problem and not as_json:
        raise BusError(snapshot.problem)
    if as_json:
        console.print_json(_reading_document(snapshot, profile.id))
    else:
        console.show_snapshot(snapshot)
    if snapshot.problem:
        raise BusError(snapshot.problem)
    sys.exit(1 if any(r.problem == "unreadable" for r in snapshot.readings) else 0)


@main.command()
@HOST
@click.option("--port", type=click.IntRange(1, 65535), default=502, show_default=True, help="TCP port.")
@click.option("--unit", type=click.IntRange(0, 255), default=1, show_default=True, help="Modbus unit id.")
@click.option("--timeout", "timeout_s", type=Finite(0.05, 60), default=1.0, help="Seconds to wait.")
@JSON
def identify(host: str, port: int, unit: int, timeout_s: float, as_json: bool) -> None:
    """Find out which profile fits the device at an address.

    Exit code 1: nothing known fits.

    \b
    Example:
      device-probe identify --host 192.168.1.50 --unit 11
    """
    found = identify_device(host, port, unit, timeout_s=timeout_s)
    if as_json:
        console.print_json(
            {
                "host": host,
                "port": port,
                "unit": unit,
                "requests": found.requests,
                "device_information": {str(k): v for k, v in found.device_information.items()},
                "candidates": [
                    {
                        "profile": c.profile,
                        "vendor": c.vendor,
                        "model": c.model,
                        "score": c.score,
                        "evidence": c.evidence,
                    }
                    for c in found.candidates
                ],
            }
        )
    else:
        console.show_identification(found)
    sys.exit(0 if found.candidates else 1)


@main.command(name="judge")
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


@main.command()
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
        _write(out_file, dump_report(report))
    _show(report, as_json)
    if all(snapshot.problem for snapshot in report.snapshots):
        raise BusError(f"No device of {plan_file.name} answered; check the network of this computer.")
    sys.exit(EXIT_OF_VERDICT[report.verdict])


@main.command(name="simulate")
@click.argument("plan_file", metavar="PLAN", type=FILE)
@click.option("--scenario", default="healthy", show_default=True, help="Scenario name or YAML file.")
@click.option("--plan-out", type=FILE, help="Write the plan with the addresses in use to this file.")
@click.option(
    "--own-addresses", is_flag=True, help="Listen where the plan says instead of on free loopback ports."
)
@click.option("--latency-ms", type=Finite(0, 10000), default=0.0, help="Time that every answer takes.")
@click.option("--seconds", type=Finite(0, 31_536_000), help="End after this time; default: when interrupted.")
@JSON
def simulate_command(
    plan_file: Path, scenario: str, plan_out: Path | None, own_addresses: bool, latency_ms: float,
    seconds: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Serve all devices of a plan as a simulated site, until interrupted.

    While it runs, a scenario name and Enter changes the scenario.

    \b
    Example:
      device-probe simulate plan.json --scenario ct-reversed --plan-out simulated.json
    """
    plan = load_plan(read_json(plan_file), plan_file.name)
    chosen, address = load_scenario(scenario), None if own_addresses else 0
    host = None if own_addresses else "127.0.0.1"
    with simulate(plan, chosen, host=host, port=address, latency_s=latency_ms / 1000) as running:
        if plan_out:
            _write(plan_out, dump_plan(running.plan))
        _announce(running, as_json)
        try:
            _serve(running, seconds)
        except KeyboardInterrupt:
            click.echo("Ended.", err=True)


def _serve(running: SimulatedSite, seconds: float | None) -> None:
    if seconds is not None:
        time.sleep(seconds)
        return
    for line in sys.stdin:
        try:
            running.set_scenario(line.strip())
            click.echo(f"Scenario: {running.scenario.title}", err=True)
        except ProbeError as error:
            click.echo(f"Error: {error}", err=True)
    while True:  # no keyboard: go on until interrupted
        time.sleep(3600)


def _announce(running: SimulatedSite, as_json: bool) -> None:
    if as_json:
        document = {
            "scenario": running.scenario.name,
            "scenarios": list_scenarios(),
            "plan": dump_plan(running.plan),
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        sys.stdout.flush()
        return
    click.echo(f"Scenario: {running.scenario.title}")
    for device in running.plan.devices:
        click.echo(f"{device.tag:8} {device.host}:{device.port} unit {device.unit:<3} {device.profile}")
    click.echo("Press Ctrl-C to end.")


def _read_with_progress(plan: SitePlan, timeout_s: float | None) -> tuple[Snapshot, ...]:
    with console.progress_bar() as bar:
        task = bar.add_task("Reading", total=len(plan.devices))

        def step(tag: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=f"Reading {tag}")

        return read_site(plan, step, timeout_s)


def _show(report: ProbeReport, as_json: bool) -> None:
    if as_json:
        console.print_json(dump_report(report))
    else:
        console.show_report(report)


def _reading_document(snapshot: Snapshot, profile_id: str) -> dict[str, object]:
    return {
        "device": {"host": snapshot.host, "port": snapshot.port, "unit": snapshot.unit},
        "profile": profile_id,
        "taken_at": snapshot.taken_at,
        "readings": [
            {"quantity": r.quantity, "value": r.value, "unit": r.unit, "problem": r.problem}
            for r in snapshot.readings
        ],
        "requests": snapshot.requests,
    }


def _write(path: Path, document: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{path}: the file cannot be written ({error.strerror or error}); "
            "check folder, space and permissions."
        ) from error


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!")) else f"{text}."


if __name__ == "__main__":
    main()
