"""`device-probe read`: one device, now."""

import csv
import io
import sys
from pathlib import Path
from typing import Any

import click

from device_probe import console
from device_probe.choice import choose
from device_probe.cli.options import JSON, TIMEOUT, Finite
from device_probe.cli.target import QUANTITY, device_options, planned_device
from device_probe.cli.watch import watch_devices
from device_probe.learned import Memory
from device_probe.model import Reading, Snapshot
from device_probe.problems import BusError, PlanFileError
from device_probe.read import is_connected, read_device
from device_probe.schema import dump_snapshot

COLUMNS = ("quantity", "value", "unit", "problem", "cause", "raw", "taken_at")
CACHE = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder where limits learned from refusals are kept for the next run.",
)


@click.command()
@device_options
@QUANTITY
@click.option("--watch", "every_s", type=Finite(0.1, 3600), help="Go on reading, every so many seconds.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
@CACHE
@TIMEOUT
@JSON
def read(
    quantities: tuple[str, ...], every_s: float | None, as_csv: bool, cache: Path | None,
    timeout_s: float | None, as_json: bool, **where: Any,
) -> None:  # fmt: skip
    """Read one device.

    Exit code 0: every value was answered, if only with "not available"; 1: some could not be read;
    4: no connection or no answer at all.

    \b
    Examples:
      device-probe read --profile eastron-sdm630 --host 192.168.1.50 --unit 11
      device-probe read --profile my-meter.yaml --host meter.lan --quantity 'voltage_*' --json
      device-probe read --profile eastron-sdm120 --serial-port /dev/ttyUSB0 --baud 2400 --csv
      device-probe read --profile alfen-eve-ng9xx --host 192.168.1.60 --watch 2
    """
    device, profile = planned_device(where)
    wanted = choose(profile, quantities)
    if as_csv and (as_json or every_s):
        raise PlanFileError("--csv goes neither with --json nor with --watch.")
    memory = Memory(cache)
    if every_s:
        chosen = ((device,), {device.tag: profile}, {device.tag: wanted})
        watch_devices(*chosen, every_s, as_json, memory, timeout_s=timeout_s)
        return
    snapshot = read_device(device, profile, wanted, timeout_s, memory)
    memory.save()
    _print(snapshot, as_json, as_csv)
    if not is_connected(snapshot):
        raise BusError(str(snapshot.problem))
    sys.exit(1 if any(r.problem == "unreadable" for r in snapshot.readings) or snapshot.problem else 0)


def _print(snapshot: Snapshot, as_json: bool, as_csv: bool) -> None:
    if as_json:
        place = {"host": snapshot.host, "port": snapshot.port, "unit": snapshot.unit, "link": snapshot.link}
        console.print_json({"device": place, **dump_snapshot(snapshot)})
    elif as_csv:
        click.echo(_csv(snapshot), nl=False)
    elif is_connected(snapshot):
        console.show_snapshot(snapshot)


def _csv(snapshot: Snapshot) -> str:
    """Return the readings as RFC 4180 has it."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    table.writerows(_row(snapshot, reading) for reading in snapshot.readings)
    return text.getvalue()


def _row(snapshot: Snapshot, reading: Reading) -> tuple[object, ...]:
    value = "; ".join(reading.value) if isinstance(reading.value, tuple) else reading.value
    block = None if reading.request is None else snapshot.blocks[reading.request]
    taken_at = block.taken_at if block else snapshot.taken_at
    cells = (reading.problem or "", reading.cause, reading.raw, taken_at)
    return (reading.quantity, "" if value is None else value, reading.unit, *cells)
