"""`device-probe agent`: a small computer at the site that reads its devices when somebody asks."""

import os
import sys
from pathlib import Path
from typing import Any, cast

import click

from device_probe import console
from device_probe.agent.digest import digested
from device_probe.agent.lock import SpoolLock
from device_probe.agent.pairing import DEFAULT_DOOR, door_token, link
from device_probe.agent.place import default_spool
from device_probe.agent.qr import qr_for, write_qr
from device_probe.agent.status import show_status, status_of
from device_probe.cli.options import FILE, JSON, TIMEOUT, Finite
from device_probe.json_file import read_json
from device_probe.problems import AgentCallError
from device_probe.report import load_report

SPOOL = click.option(
    "--spool", type=click.Path(file_okay=False, path_type=Path),
    help="Folder for jobs and reports; default: the state folder of the service or the user.",
)  # fmt: skip


@click.group(invoke_without_command=True)
@click.option(
    "--server", envvar="DEVICE_PROBE_SERVER", show_envvar=True,
    help="Address of the server, like https://field.example",
)  # fmt: skip
@click.option("--token", help="Token of the agent; others on this computer can see it: rather --token-file.")
@click.option("--token-file", type=FILE, help="File with the token, readable for its owner alone.")
@click.option(
    "--insecure-http", is_flag=True, help="Allow http:// to another computer: the token goes in clear."
)
@SPOOL
@click.option(
    "--serve", metavar="[ADDRESS:PORT]", is_flag=False, flag_value=DEFAULT_DOOR,
    envvar="DEVICE_PROBE_SERVE", show_envvar=True,
    help=f"Serve tablets at this address of this computer; without one at {DEFAULT_DOOR}.",
)  # fmt: skip
@click.option("--plan", "plan_file", type=FILE, help="Site plan for tablets; default: that of the last job.")
@click.option(
    "--address", "addresses", metavar="TAG=HOST:PORT", multiple=True,
    help="Where a device really answers, when not where the plan says; may be given several times.",
)  # fmt: skip
@click.option("--once", is_flag=True, help="Do what waits, then end.")
@click.option(
    "--poll",
    "poll_s",
    type=Finite(1, 86_400),
    default=15,
    show_default=True,
    help="Seconds between questions for work.",
)
@TIMEOUT
@JSON
@click.pass_context
def agent(
    ctx: click.Context, server: str | None, token: str | None, token_file: Path | None, insecure_http: bool,
    spool: Path | None, serve: str | None, plan_file: Path | None, addresses: tuple[str, ...], once: bool,
    poll_s: float, timeout_s: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Read the devices of a site for its server, and for tablets on the site network.

    Results are on disk before they are sent, and stay until the server has them. Never writes to a device.

    Exit code 0: done, or stopped; 1: with --once, a report was refused or a job has none; 4: the token was
    refused, the folder takes no file, or with --once something could not be sent.

    \b
    Examples:
      device-probe agent --server https://field.example --token-file token.txt
      device-probe agent --server https://field.example --serve 192.168.1.20:8642
      device-probe agent --serve --plan plan.json
      device-probe agent pair
      device-probe agent status
    """
    if ctx.invoked_subcommand is not None:
        return
    from device_probe.agent import start  # the client of the server takes long to load, for one command alone

    wanted = start.Wanted(
        server, token, token_file, insecure_http, spool or default_spool(os.environ), serve, plan_file,
        addresses, once, poll_s, timeout_s,
    )  # fmt: skip
    code, summary = start.run(wanted)
    if as_json:
        console.print_json(summary)
    ctx.exit(code)


@agent.command()
@SPOOL
@click.option("--new", is_flag=True, help="Make a new token: every tablet paired before has to scan again.")
@click.option("--out", "out_file", type=FILE, help="Write the QR code to this .svg or .png file.")
@JSON
def pair(spool: Path | None, new: bool, out_file: Path | None, as_json: bool) -> None:
    """Show the QR code that pairs a tablet with the agent of this computer.

    \b
    Example:
      device-probe agent pair --out pair.png
    """
    folder = spool or default_spool(os.environ)
    door = status_of(folder).standing.door
    if not door:
        raise AgentCallError(f"The agent of {folder} serves no tablets; start it with --serve ADDRESS:PORT.")
    url = link(door, door_token(folder, new=new))
    running = SpoolLock(folder / "lock").is_held()
    if out_file:
        write_qr(out_file, url)
    if as_json:
        console.print_json({"link": url, "address": door, "running": running})
        return
    if not out_file:
        click.echo(qr_for(sys.stdout, url))
        click.echo(url)
    if not running:
        click.echo("The agent is not running now; the code works as soon as it is.", err=True)


@agent.command()
@SPOOL
@JSON
def status(spool: Path | None, as_json: bool) -> None:
    """Show what waits to be sent, the last contact and the last error.

    Exit code 0: all is well; 1: something went wrong or was refused; 4: no agent runs on this folder.

    \b
    Example:
      device-probe agent status --json
    """
    found = status_of(spool or default_spool(os.environ))
    if as_json:
        console.print_json(found.document())
    else:
        show_status(found)
    click.get_current_context().exit(found.exit_code)


@agent.command()
@click.argument("report_file", metavar="REPORT", type=FILE)
@click.option("--out", "out_file", type=FILE, help="Write the QR code to this .svg or .png file.")
@JSON
def digest(report_file: Path, out_file: Path | None, as_json: bool) -> None:
    """Show findings and digest of a report as a QR code, for the way without a network.

    \b
    Example:
      device-probe agent digest report.json
    """
    raw = read_json(report_file)
    load_report(raw, report_file.name)  # what is no report has no digest
    found = digested(cast("dict[str, Any]", raw))
    if out_file:
        write_qr(out_file, found.text)
    if as_json:
        console.print_json({"sha256": found.sha256, "text": found.text})
    elif not out_file:
        click.echo(qr_for(sys.stdout, found.text))
        click.echo(found.text)
