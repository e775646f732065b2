"""The devices that a command is about: those of a plan file, or the one named by options."""

from pathlib import Path
from typing import Any

from device_probe.choice import choose, choose_for
from device_probe.cli.target import is_given, planned_device
from device_probe.json_file import read_json
from device_probe.model import PlannedDevice, SitePlan
from device_probe.problems import PlanFileError
from device_probe.profile import Profile
from device_probe.read import profiles_of
from device_probe.sampling import Wanted
from device_probe.schema import load_plan

Chosen = tuple[tuple[PlannedDevice, ...], dict[str, Profile], Wanted, SitePlan | None]


def chosen_devices(plan_file: Path | None, where: dict[str, Any], quantities: tuple[str, ...]) -> Chosen:
    """Return devices, their profiles and what to read of each; the plan when there is one."""
    if plan_file is None:
        device, profile = planned_device(where)
        return (device,), {device.tag: profile}, {device.tag: choose(profile, quantities)}, None
    if is_given(where):
        raise PlanFileError("Give a plan file or the options of one device, not both.")
    plan = load_plan(read_json(plan_file), plan_file.name)
    profiles = profiles_of(plan)
    chosen = choose_for((profiles[device.tag] for device in plan.devices), quantities)
    wanted = {device.tag: names for device, names in zip(plan.devices, chosen, strict=True)}
    devices = tuple(device for device in plan.devices if wanted[device.tag] != ())
    return devices, profiles, wanted, plan
