"""`device-probe simulate`: a site that is not there."""

import json
import sys
import time
from pathlib import Path

import click

from device_probe.cli.options import FILE, JSON, Finite
from device_probe.cli.output import write_json
from device_probe.problems import ProbeError
from device_probe.report import dump_plan, load_plan
from device_probe.schema import read_json
from device_probe.simulator import SimulatedSite, list_scenarios, load_scenario, simulate


@click.command(name="simulate")
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
            write_json(plan_out, dump_plan(running.plan))
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
