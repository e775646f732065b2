"""`device-probe profile`: look at profiles, check one's own, begin a new one."""

from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import click

from device_probe import console
from device_probe.cli.options import FILE, JSON
from device_probe.cli.output import write_text
from device_probe.cli.profiles import profiles
from device_probe.problems import ProbeError
from device_probe.profile import Point, Profile, for_connector
from device_probe.profile_format.check import check_file, would_of
from device_probe.profile_format.console import check_document, place_of, remarks, show_check, show_profile
from device_probe.profile_format.json_schema import json_schema
from device_probe.profile_format.keys import KINDS
from device_probe.profile_format.new import Wishes, new_profile
from device_probe.profile_schema import load_profile

WRONG = 2
MANNERS = (
    "transport", "default_port", "ports", "default_unit_id", "unit_ids", "word_order", "max_registers",
    "max_gap", "forbidden", "joint_reads", "exact_reads", "whole_values", "even_start", "tables_alike",
    "connect_delay_ms", "min_gap_ms", "baud", "parity", "stop_bits", "single_client", "tid_zero_ok",
    "zero_when_absent", "word_order_setting", "sign", "connectors", "connector_stride",
    "connector_unit_stride",
)  # fmt: skip


@click.group()
def profile() -> None:
    """Look at device profiles, check your own, begin a new one.

    \b
    Examples:
      device-probe profile list --kind meter
      device-probe profile show eastron-sdm630
      device-probe profile new my-meter.yaml --like eastron-sdm630
      device-probe profile check my-meter.yaml
    """


@profile.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@JSON
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Say everything that is wrong in profile files, and what reading with them would cost.

    Exit code 0: good, warnings or not; 2: faults.

    \b
    Example:
      device-probe profile check my-meter.yaml
    """
    checks = [check_file(path) for path in files]
    if as_json:
        console.print_json([check_document(found) for found in checks])
    else:
        for found in checks:
            show_check(found)
    ctx.exit(0 if all(found.good for found in checks) else WRONG)


@profile.command()
@click.argument("file", type=FILE)
@click.option("--vendor", help="Who makes the device.")
@click.option("--model", help="What it is called.")
@click.option("--kind", type=click.Choice(KINDS))
@click.option("--phases", type=click.Choice(["1", "2", "3"]))
@click.option("--transport", type=click.Choice(["tcp", "rtu_gateway"]), help="rtu_gateway: a serial device.")
@click.option("--word-order", type=click.Choice(["big", "little"]), help="little: low word first.")
@click.option("--like", metavar="ID", help="Copy a known profile instead of starting with comments.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@JSON
def new(file: Path, like: str | None, force: bool, as_json: bool, phases: str | None, **wishes: Any) -> None:
    """Begin a profile in FILE, with a comment on every key; its name is the profile's id.

    \b
    Examples:
      device-probe profile new my-meter.yaml --vendor Acme --model M1 --transport rtu_gateway
      device-probe profile new my-meter.yaml --like eastron-sdm630
    """
    wanted = Wishes(**wishes, phases=int(phases) if phases else None)
    text = new_profile(file.stem, file.name, wanted, like)
    if file.suffix not in (".yaml", ".yml"):
        raise ProbeError(f"{file}: a profile is a YAML file; write {file.name}.yaml.")
    if file.exists() and not force:
        raise ProbeError(f"{file}: there is a file already; give another name, or --force to replace it.")
    write_text(file, text)
    if as_json:
        console.print_json({"file": str(file), "id": file.stem})
    else:
        click.echo(f"{file}: begun. Fill in the facts, then run device-probe profile check {file}.")


@profile.command()
@click.argument("name", metavar="ID|FILE")
@click.option("--connector", type=click.IntRange(1, 99), default=1, help="Which connector of a station.")
@JSON
def show(name: str, connector: int, as_json: bool) -> None:
    """Show the points of a profile and how its device wants to be read.

    \b
    Example:
      device-probe profile show alfen-eve-ng9xx --connector 2
    """
    found = for_connector(load_profile(name), connector)
    manners = {key: plain(value) for key in MANNERS if (value := getattr(found, key)) != usual(key)}
    if not as_json:
        show_profile(found, manners, would_of(found))
        return
    console.print_json(
        {
            "id": found.id, "vendor": found.vendor, "model": found.model, "kind": found.kind,
            "confidence": found.confidence, "digest": found.digest, "manners": manners,
            "points": [
                {
                    "quantity": p.quantity, "place": place_of(p), "table": p.table,
                    "address": p.address, "type": p.type, "scale": p.scale, "offset": p.offset,
                    "unit": p.unit, "remarks": remarks(p),
                }
                for p in found.points
            ],
            "notes": list(found.notes), "sources": list(found.sources),
        }
    )  # fmt: skip


@profile.command()
def schema() -> None:
    """Print the JSON Schema of a profile file, for an editor that knows such schemas.

    \b
    Example:
      device-probe profile schema > profile.schema.json
    """
    console.print_json(json_schema())


def usual(key: str) -> Any:
    """Return what a profile has when its file doesn't say; None for what is always shown."""
    field = Profile.__dataclass_fields__[key]
    if field.default_factory is not MISSING:
        return field.default_factory()
    return None if field.default is MISSING else field.default


def plain(value: Any) -> Any:
    """Return a manner as JSON knows it; of a dataclass what is not as usual."""
    if isinstance(value, Point):
        return f"{place_of(value)} {value.type}"
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {key: plain(item) for key, item in named.items() if item not in (None, False, {})}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


profile.add_command(profiles, "list")
