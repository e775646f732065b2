"""`device-probe watch`: devices live, until it is ended."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from rich.live import Live

from device_probe import console
from device_probe.cli.keyboard import pressed, single_keys
from device_probe.cli.options import FILE, JSON, TIMEOUT, Finite
from device_probe.cli.several import chosen_devices
from device_probe.cli.target import QUANTITY, device_options
from device_probe.learned import Memory
from device_probe.live import LiveView, line_of
from device_probe.loop import run
from device_probe.model import PlannedDevice
from device_probe.profile import Profile
from device_probe.sampling import Sample, Schedule, Wanted, sample_devices
from device_probe.schema import dump_snapshot

Show = Callable[[Sample], None]


@click.command()
@click.argument("plan_file", metavar="[PLAN]", type=FILE, required=False)
@device_options
@QUANTITY
@click.option(
    "--interval", "interval_s", type=Finite(0.1, 3600), default=1.0, show_default=True, help="Seconds."
)
@click.option("--samples", type=click.IntRange(1), help="End after so many; default: go on until ended.")
@TIMEOUT
@JSON
def watch(
    plan_file: Path | None, quantities: tuple[str, ...], interval_s: float, samples: int | None,
    timeout_s: float | None, as_json: bool, **where: Any,
) -> None:  # fmt: skip
    """Watch one device, or all of a plan; q or Ctrl-C ends.

    Without a terminal one line is printed for each sample; with --json one JSON document a line.

    \b
    Examples:
      device-probe watch --profile eastron-sdm630 --host 192.168.1.50 --unit 11
      device-probe watch plan.json --interval 2
      device-probe watch plan.json --quantity 'current_*' --json
    """
    devices, profiles, wanted, _ = chosen_devices(plan_file, where, quantities)
    watch_devices(devices, profiles, wanted, interval_s, as_json, Memory(), samples, timeout_s)


def watch_devices(
    devices: tuple[PlannedDevice, ...], profiles: Mapping[str, Profile], wanted: Wanted, interval_s: float,
    as_json: bool, memory: Memory, samples: int | None = None, timeout_s: float | None = None,
) -> None:  # fmt: skip
    """Show devices until the samples are through, or q or Ctrl-C is pressed."""
    named = any(names is not None for names in wanted.values())

    async def sampling(show: Show) -> None:
        schedule = Schedule(interval_s, samples)
        await sample_devices(
            devices, profiles, schedule, show, wanted=wanted, timeout_s=timeout_s, memory=memory
        )

    with suppress(KeyboardInterrupt):
        if as_json:
            run(sampling(_json_line))
        elif not sys.stdout.isatty():
            run(sampling(lambda sample: _text_line(sample, wanted.get(sample.tag) or ())))
        else:
            _live(sampling, LiveView(tuple(device.tag for device in devices), named))


def _live(sampling: Callable[[Show], Any], view: LiveView) -> None:
    with single_keys(), Live(view.picture(), console=console.out(), auto_refresh=False) as live:

        def show(sample: Sample) -> None:
            view.add(sample)
            live.update(view.picture(), refresh=True)

        async def until_ended() -> None:
            work = asyncio.create_task(sampling(show))
            key = asyncio.create_task(pressed("q"))
            done, _ = await asyncio.wait({work, key}, return_when=asyncio.FIRST_COMPLETED)
            for task in {work, key} - done:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            for task in done:
                task.result()

        run(until_ended())


def _text_line(sample: Sample, names: tuple[str, ...]) -> None:
    click.echo(line_of(sample, names))


def _json_line(sample: Sample) -> None:
    document: dict[str, Any] = {
        "sample": sample.number, "tag": sample.tag, "due_at": sample.due_at,
        "jitter_ms": round(1000 * sample.jitter_s, 3), "late": sample.late,
        "snapshot": dump_snapshot(sample.snapshot) if sample.snapshot else None, "missing": sample.missing,
    }  # fmt: skip
    click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
