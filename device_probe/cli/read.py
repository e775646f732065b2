"""`device-probe read`: one device, now."""

import sys
from dataclasses import asdict

import click

from device_probe import console
from device_probe.cli.options import HOST, JSON, PORT, TIMEOUT, UNIT
from device_probe.model import PlannedDevice, Snapshot
from device_probe.problems import BusError, PlanFileError
from device_probe.profile_schema import load_profile
from device_probe.read import read_device


@click.command()
@click.option("--profile", "profile_name", required=True, help="Profile id, or the path of a profile file.")
@HOST
@PORT
@UNIT
@click.option(
    "--quantity", "quantities", multiple=True, help="Read only this quantity; may be given several times."
)
@TIMEOUT
@JSON
def read(
    profile_name: str, host: str, port: int | None, unit: int | None, quantities: tuple[str, ...],
    timeout_s: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Read one device.

    Exit code 0: every value was answered; 1: some could not be read; 4: no answer at all.

    \b
    Examples:
      device-probe read --profile eastron-sdm630 --host 192.168.1.50 --unit 11
      device-probe read --profile my-meter.yaml --host meter.lan --quantity frequency --json
    """
    profile = load_profile(profile_name)
    if unknown := set(quantities) - set(profile.quantities):
        raise PlanFileError(
            f"{profile.id} has no quantity {min(unknown)}; `device-probe profiles --json` lists them."
        )
    device = PlannedDevice(
        "DEVICE", profile_name, host, port or profile.default_port,
        profile.default_unit_id if unit is None else unit, "other",
    )  # fmt: skip
    snapshot = read_device(device, profile, quantities or None, timeout_s)
    if snapshot.problem and not as_json:
        raise BusError(snapshot.problem)
    if as_json:
        console.print_json(_reading_document(snapshot, profile.id))
    else:
        console.show_snapshot(snapshot)
    if snapshot.problem:
        raise BusError(snapshot.problem)
    sys.exit(1 if any(r.problem == "unreadable" for r in snapshot.readings) else 0)


def _reading_document(snapshot: Snapshot, profile_id: str) -> dict[str, object]:
    return {
        "device": {"host": snapshot.host, "port": snapshot.port, "unit": snapshot.unit},
        "profile": profile_id,
        "taken_at": snapshot.taken_at,
        "readings": [
            {"quantity": r.quantity, "value": r.value, "unit": r.unit, "problem": r.problem}
            for r in snapshot.readings
        ],
        "requests": snapshot.requests,
    } | ({"diagnosis": asdict(snapshot.diagnosis)} if snapshot.diagnosis else {})
