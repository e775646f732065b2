"""`device-probe plan`: which requests will be made, and why."""

from pathlib import Path

import click

from device_probe import console
from device_probe.choice import choose_for
from device_probe.cli.options import JSON
from device_probe.cli.target import QUANTITY
from device_probe.connector import profile_at
from device_probe.console_plan import show_plan
from device_probe.json_file import read_json
from device_probe.model import PlannedDevice
from device_probe.plan_view import DevicePlan, explain
from device_probe.profile import Profile
from device_probe.profile_schema import load_profile
from device_probe.read import planned_for, profiles_of
from device_probe.schema import load_plan


@click.command()
@click.argument("what", metavar="PROFILE|PLAN")
@QUANTITY
@click.option("--unit", type=click.IntRange(0, 255), help="Modbus unit id; default: what the profile says.")
@click.option("--baud", type=click.IntRange(300, 1_000_000), help="Of the serial line.")
@click.option("--connector", type=click.IntRange(1, 99), default=1, help="Which connector of a station.")
@JSON
def plan(
    what: str, quantities: tuple[str, ...], unit: int | None, baud: int | None, connector: int, as_json: bool
) -> None:
    """Show the requests that read a device, or all devices of a plan: none can be left out.

    Nothing is sent. Each request says why it is not one with the next.

    \b
    Examples:
      device-probe plan eastron-sdm630
      device-probe plan eastron-sdm630 --quantity 'voltage_*' --baud 19200
      device-probe plan site-plan.json --json
    """
    chosen = _devices(what, unit, baud, connector)
    wanted = choose_for((profile for _, profile in chosen), quantities)
    plans = [
        _plan(device, profile_at(device, profile), names)
        for (device, profile), names in zip(chosen, wanted, strict=True)
        if names != ()
    ]
    if as_json:
        console.print_json({"devices": [each.document() for each in plans]})
    else:
        show_plan(plans, pictures=len(plans) == 1)


def _plan(device: PlannedDevice, profile: Profile, names: tuple[str, ...] | None) -> DevicePlan:
    return explain(device, profile, planned_for(device, profile, names))


def _devices(
    what: str, unit: int | None, baud: int | None, connector: int
) -> list[tuple[PlannedDevice, Profile]]:
    path = Path(what)
    if path.suffix == ".json":
        site = load_plan(read_json(path), path.name)
        profiles = profiles_of(site)
        return [(device, profiles[device.tag]) for device in site.devices]
    profile = load_profile(what)
    device = PlannedDevice(
        "DEVICE", what, "HOST", profile.default_port, profile.default_unit_id if unit is None else unit,
        "other", baud=baud, connector=connector,
    )  # fmt: skip
    return [(device, profile)]
