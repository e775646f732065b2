"""`device-probe identify`: who is at this address."""

import sys

import click

from device_probe import console
from device_probe.cli.options import HOST, JSON, Finite
from device_probe.identify import identify_device


@click.command()
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
