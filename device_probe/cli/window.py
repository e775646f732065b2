"""`device-probe window`: samples at an interval, into a file."""

import sys
from pathlib import Path
from typing import Any

import click

from device_probe import console
from device_probe.cli.options import FILE, JSON, TIMEOUT, Finite
from device_probe.cli.several import chosen_devices
from device_probe.cli.target import QUANTITY, device_options
from device_probe.console_plan import show_window
from device_probe.learned import Memory
from device_probe.problems import BusError
from device_probe.sampling import Sample
from device_probe.window.measure import Window, measure, summarise


@click.command()
@click.argument("plan_file", metavar="[PLAN]", type=FILE, required=False)
@device_options
@QUANTITY
@click.option(
    "--interval", "interval_s", type=Finite(0.05, 86400), default=1.0, show_default=True, help="Seconds."
)
@click.option("--samples", type=click.IntRange(1, 100_000_000), required=True, help="How many.")
@click.option("--out", "out_file", type=FILE, required=True, help="Write the window to this file.")
@click.option("--resume", is_flag=True, help="Go on where this file ends.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder where limits learned from refusals are kept for the next run.",
)
@TIMEOUT
@JSON
def window(
    plan_file: Path | None, quantities: tuple[str, ...], interval_s: float, samples: int, out_file: Path,
    resume: bool, cache: Path | None, timeout_s: float | None, as_json: bool, **where: Any,
) -> None:  # fmt: skip
    """Measure for a while: so many samples of one device, or of all of a plan, at an interval.

    Every sample is in the file before the next; after a crash or Ctrl-C go on with --resume.

    Exit code 0: all is there; 1: samples or values are missing; 4: no answer at all, or the disk is full.

    \b
    Examples:
      device-probe window plan.json --interval 1 --samples 300 --out load-test.jsonl
      device-probe window --profile eastron-sdm630 --host 192.168.1.50 --quantity 'voltage_*' \\
        --interval 10 --samples 8640 --out day.jsonl
    """
    devices, profiles, wanted, plan = chosen_devices(plan_file, where, quantities)
    what = Window(devices, profiles, interval_s, samples, wanted, plan)
    try:
        with console.progress_bar() as bar:
            task = bar.add_task("Measuring", total=samples * len(devices))

            def step(sample: Sample) -> None:
                bar.update(task, advance=1, description=f"Sample {sample.number + 1}")

            summary = measure(
                what, out_file, resume=resume, progress=step, timeout_s=timeout_s, memory=Memory(cache)
            )
    except KeyboardInterrupt:
        click.echo(f"{out_file} holds what was measured; --resume goes on.", err=True)
        summarised = summarise(out_file)
        console.print_json(summarised.document()) if as_json else show_window(summarised)
        raise
    console.print_json(summary.document()) if as_json else show_window(summary)
    if summary.empty:
        raise BusError("No device answered in any sample; check the network of this computer")
    sys.exit(0 if summary.complete else 1)
