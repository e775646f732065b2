"""`device-probe drift`: what moved between two reports of a site."""

import sys
from pathlib import Path

import click

from device_probe import console
from device_probe.cli.options import FILE, JSON
from device_probe.console_diagnosis import show_drift
from device_probe.diagnosis.drift import drift, dump_drift
from device_probe.json_file import read_json
from device_probe.report import load_report, rejudge

EXIT_OF_ANSWER = {"same": 0, "moved": 1, "not_comparable": 3}


@click.command(name="drift")
@click.argument("baseline_file", metavar="BASELINE", type=FILE)
@click.argument("now_file", metavar="NOW", type=FILE)
@JSON
def drift_command(baseline_file: Path, now_file: Path, as_json: bool) -> None:
    """Say what moved at a site since an earlier report, the approved state for instance.

    Wiring, voltage, distortion at like load, balance, devices and their settings. Both reports are judged
    with the rules of today first.

    Exit code 0: nothing moved; 1: something did; 3: the loads differ too much to tell.

    \b
    Example:
      device-probe drift approved.json.gz today.json.gz
    """
    baseline, now = (rejudge(load_report(read_json(file), file.name)) for file in (baseline_file, now_file))
    found = drift(baseline, now)
    if as_json:
        console.print_json(dump_drift(found))
    else:
        show_drift(found)
    sys.exit(EXIT_OF_ANSWER[found.answer])
