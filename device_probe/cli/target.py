"""The options that say which device is meant and how it is reached."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from device_probe.cli.options import PORT, UNIT
from device_probe.model import Link, PlannedDevice
from device_probe.problems import PlanFileError
from device_probe.profile import Profile
from device_probe.profile_schema import load_profile

F = TypeVar("F", bound=Callable[..., Any])
LINKS: dict[str, Link] = {"tcp": "tcp", "rtu-tcp": "rtu_tcp", "serial": "serial", "tls": "tls"}
TLS_PORT = 802
QUANTITY = click.option(
    "--quantity",
    "quantities",
    multiple=True,
    help="Only this quantity, or a pattern like 'voltage_*'; may be given several times.",
)

_OPTIONS = (
    click.option("--profile", "profile_name", help="Profile id, or the path of a profile file."),
    click.option("--host", help="Name or address of the device or its gateway; COM3 for a serial link."),
    PORT,
    UNIT,
    click.option(
        "--link",
        type=click.Choice(list(LINKS)),
        help="How frames travel; default tcp, or serial with --serial-port.",
    ),
    click.option("--serial-port", help="Serial port of this computer, e.g. /dev/ttyUSB0 or COM3."),
    click.option(
        "--baud",
        type=click.IntRange(300, 1_000_000),
        help="Of the serial line; default: what the profile says.",
    ),
    click.option("--parity", type=click.Choice(["N", "E", "O"]), help="Default: what the profile says."),
    click.option(
        "--stop-bits", type=click.Choice(["1", "2"]), help="Default: what the profile says, else 1."
    ),
    click.option(
        "--connector", type=click.IntRange(1, 99), default=1, help="Which connector of a station; default 1."
    ),
)


def device_options(command: F) -> F:
    """Add the options of one device to a command; it gets them as keyword arguments."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def is_given(where: dict[str, Any]) -> bool:
    """Return True when a device was named on the command line."""
    return bool(where["profile_name"] or where["host"] or where["serial_port"])


def planned_device(where: dict[str, Any]) -> tuple[PlannedDevice, Profile]:
    """Return the device that the options name, and its profile."""
    if not where["profile_name"]:
        raise PlanFileError("Name the kind of device with --profile; `device-probe profiles` lists them.")
    profile = load_profile(where["profile_name"])
    link = LINKS[where["link"] or ("serial" if where["serial_port"] else "tcp")]
    host = where["serial_port"] or where["host"]
    if not host:
        raise PlanFileError("Say where the device is: --host, or --serial-port for a serial line.")
    if where["serial_port"] and (link != "serial" or where["host"]):
        raise PlanFileError("--serial-port is the whole way to the device; leave out --host and other links.")
    port = 0 if link == "serial" else where["port"] or (TLS_PORT if link == "tls" else profile.default_port)
    device = PlannedDevice(
        "DEVICE", where["profile_name"], host, port,
        profile.default_unit_id if where["unit"] is None else where["unit"], "other",
        link=link, baud=where["baud"], parity=where["parity"] or profile.parity,
        stop_bits=int(where["stop_bits"] or profile.stop_bits), connector=where["connector"],
    )  # fmt: skip
    return device, profile
