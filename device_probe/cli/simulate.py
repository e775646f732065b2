"""`device-probe simulate`: a site that is not there."""

import json
import queue
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from device_probe.cli.options import FILE, JSON, Finite
from device_probe.cli.output import write_json
from device_probe.json_file import read_json
from device_probe.problems import ProbeError
from device_probe.report import dump_plan, load_plan
from device_probe.simulator import SimulatedSite, list_scenarios, load_scenario, serve_image, simulate
from device_probe.simulator.commands import ControlFile, ScenarioFile, obey
from device_probe.simulator.example import example_plan
from device_probe.simulator.raw_image import load_raw_image

LOOK_S = 0.2
LONGEST_S = 31_536_000


@click.command(name="simulate")
@click.argument("plan_file", metavar="[PLAN]", type=FILE, required=False)
@click.option(
    "--scenario",
    default="healthy",
    show_default=True,
    help="Scenario name, or a YAML file: when it changes, it begins anew.",
)
@click.option("--list", "list_them", is_flag=True, help="Tell which scenarios there are.")
@click.option("--plan-out", type=FILE, help="Write the plan with the addresses in use to this file.")
@click.option(
    "--own-addresses", is_flag=True, help="Listen where the plan says instead of on free loopback ports."
)
@click.option("--any-address", is_flag=True, help="Also where other computers can reach it.")
@click.option("--latency-ms", type=Finite(0, 10000), default=0.0, help="Time that every answer takes.")
@click.option("--speed", type=Finite(0, 3600), help="Seconds of the site in one second.")
@click.option("--writes/--no-writes", default=None, help="Whether set-points may be written.")
@click.option("--control", type=FILE, help="File of commands, carried out anew whenever it changes.")
@click.option("--image", type=FILE, help="Serve registers written by hand instead of a plan.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="TCP port of an image; 0: a free one.")
@click.option("--seconds", type=Finite(0, LONGEST_S), help="End after this time; default: when interrupted.")
@JSON
def simulate_command(
    plan_file: Path | None, scenario: str, list_them: bool, plan_out: Path | None, own_addresses: bool,
    any_address: bool, latency_ms: float, speed: float | None, writes: bool | None, control: Path | None,
    image: Path | None, port: int, seconds: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Serve all devices of a plan as a simulated site, until interrupted.

    Without a plan a small example is served. While it runs, a scenario name and Enter changes the scenario;
    `help` tells what else can be changed.

    \b
    Example:
      device-probe simulate --plan-out site.json
      device-probe simulate plan.json --scenario ct-reversed --plan-out simulated.json
    """
    if list_them:
        _list(as_json)
        return
    if image is not None:
        _serve_image(image, port, any_address, seconds, as_json)
        return
    plan = load_plan(read_json(plan_file), plan_file.name) if plan_file else example_plan()
    place = {"host": None, "port": None} if own_addresses else {}
    with simulate(
        plan, load_scenario(scenario), latency_s=latency_ms / 1000, speed=speed, writes=writes,
        any_address=any_address, **place,
    ) as running:  # fmt: skip
        if plan_out:
            write_json(plan_out, dump_plan(running.plan))
        _announce(running, as_json)
        with _until_interrupted():
            _serve(running, seconds, _watched(running, scenario, control))


def _list(as_json: bool) -> None:
    scenarios = [load_scenario(name) for name in list_scenarios()]
    if as_json:
        found = [{"name": s.name, "title": s.title, "explanation": s.explanation} for s in scenarios]
        click.echo(json.dumps({"scenarios": found}, ensure_ascii=False))
        return
    for each in scenarios:
        click.echo(f"{each.name:16} {each.title}")
        click.echo(f"{'':16} {each.explanation}")


def _serve_image(image: Path, port: int, any_address: bool, seconds: float | None, as_json: bool) -> None:
    with serve_image(load_raw_image(image), port=port, any_address=any_address) as place:
        if as_json:
            click.echo(json.dumps({"host": place[0], "port": place[1]}))
        else:
            click.echo(f"{image.name}: {place[0]}:{place[1]}\nPress Ctrl-C to end.")
        sys.stdout.flush()
        with _until_interrupted():
            time.sleep(LONGEST_S if seconds is None else seconds)


@contextmanager
def _until_interrupted() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Ended.", err=True)


def _watched(running: SimulatedSite, scenario: str, control: Path | None) -> list[ScenarioFile | ControlFile]:
    """Return the files whose changes change the site."""
    found: list[ScenarioFile | ControlFile] = [ControlFile(control, running)] if control else []
    own = Path(scenario)
    return [ScenarioFile(own, running), *found] if own.suffix in (".yaml", ".yml") else found


def _serve(running: SimulatedSite, seconds: float | None, watched: list[ScenarioFile | ControlFile]) -> None:
    """Carry out what is typed and what the files say, until the time is over."""
    end = time.monotonic() + (LONGEST_S if seconds is None else seconds)
    typed: queue.Queue[str] = queue.Queue()
    if seconds is None:
        threading.Thread(target=_listen, args=(typed,), daemon=True).start()
    while True:
        for said in [words for file in watched for words in file.look()]:
            click.echo(said, err=True)
        left = end - time.monotonic()
        if left <= 0:
            return
        try:
            _carry_out(running, typed.get(timeout=min(left, LOOK_S)))
        except queue.Empty:
            continue


def _listen(typed: "queue.Queue[str]") -> None:
    for line in sys.stdin:
        typed.put(line)


def _carry_out(running: SimulatedSite, line: str) -> None:
    try:
        said = obey(running, line)
    except ProbeError as error:
        click.echo(f"Error: {error}", err=True)
    else:
        if said:
            click.echo(said, err=True)


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
        place = device.host if device.link == "serial" else f"{device.host}:{device.port}"
        click.echo(f"{device.tag:8} {place} unit {device.unit:<3} {device.profile}")
    click.echo("Press Ctrl-C to end; `help` and Enter tells what can be changed.")
    sys.stdout.flush()
