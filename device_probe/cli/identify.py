"""`device-probe identify`: who is at this address."""

import sys

import click

from device_probe import console
from device_probe.cli.options import HOST, JSON, Finite
from device_probe.identify.device import Identification, identify_device


@click.command()
@HOST
@click.option("--port", type=click.IntRange(1, 65535), default=502, show_default=True, help="TCP port.")
@click.option(
    "--unit",
    type=click.IntRange(0, 255),
    help="Modbus unit id; default: those that known devices have, in turn.",
)
@click.option("--timeout", "timeout_s", type=Finite(0.05, 60), default=1.0, help="Seconds to wait.")
@JSON
def identify(host: str, port: int, unit: int | None, timeout_s: float, as_json: bool) -> None:
    """Find out which profile fits the device at an address, with few requests, and how sure that is.

    Exit code 0: something fits; 1: nothing known fits; 4: nobody answers.

    \b
    Examples:
      device-probe identify --host 192.168.1.50
      device-probe identify --host 192.168.1.50 --unit 11 --json
    """
    found = identify_device(host, port, unit, timeout_s=timeout_s)
    if as_json:
        console.print_json(_document(host, port, found))
    else:
        console.show_identification(found)
    sys.exit(0 if found.candidates else 1)


def _document(host: str, port: int, found: Identification) -> dict[str, object]:
    return {
        "host": host,
        "port": port,
        "unit": found.unit,
        "requests": found.requests,
        "device_information": {str(k): v for k, v in found.device_information.items()},
        "serial_number": found.plate.serial_number,
        "firmware_version": found.plate.firmware_version,
        "decides": found.decides,
        "candidates": [
            {
                "profile": c.profile,
                "vendor": c.vendor,
                "model": c.model,
                "score": c.score,
                "confidence": c.confidence,
                "evidence": c.evidence,
            }
            for c in found.candidates
        ],
        "behind": [
            {"profile": p.profile, "vendor": p.vendor, "model": p.model, "serial_number": p.serial_number,
             "firmware_version": p.firmware_version}
            for p in found.behind
        ],
    }  # fmt: skip
