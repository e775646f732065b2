"""The background of a site from a file: what the meters said with all stations off."""

from pathlib import Path

import click

from device_probe.background import background_of
from device_probe.cli.options import FILE
from device_probe.json_file import read_json
from device_probe.model import SitePlan, Snapshot
from device_probe.report import load_report, rejudge

BACKGROUND = click.option(
    "--background", "background_file", type=FILE,
    help="A report recorded with all stations off: what the grid brings by itself.",
)  # fmt: skip


def read_background(file: Path, plan: SitePlan) -> tuple[Snapshot, ...]:
    """Return the background for a plan from a report; PlanFileError says why a file is none."""
    return background_of(rejudge(load_report(read_json(file), file.name)), plan, file.name)
