"""`fieldapp jobs`: background work, listed, watched, tried again and called off."""

import time
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import json_option, say, show_json, show_table
from fieldapp.usecases import jobs as use
from fieldapp.usecases.viewer import Viewer

_GOING = ("queued", "running")
_STATE = click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(use.STATES),
    help="Only these; may be given more than once.",
)


@click.group(invoke_without_command=True)
@_STATE
@as_option
@json_option
@click.pass_context
def jobs(context: click.Context, states: tuple[str, ...], email: str | None, as_json: bool) -> None:
    """Background work: list, show, retry, cancel. Without more words it lists."""
    if context.invoked_subcommand is None:
        _list(states, email, as_json=as_json)


@jobs.command("list")
@_STATE
@as_option
@json_option
def list_command(states: tuple[str, ...], email: str | None, as_json: bool) -> None:
    """List the newest jobs of the sites that the person sees."""
    _list(states, email, as_json=as_json)


def _list(states: tuple[str, ...], email: str | None, *, as_json: bool) -> None:
    with application():
        found = use.list_jobs(acting(email, "manage_jobs"), states)
    if as_json:
        show_json({"jobs": [asdict(each) for each in found.lines], "counts": dict(found.counts)})
        return
    rows = [(each.id, each.title, each.site or "–", each.state, _standing(each)) for each in found.lines]
    show_table(("Job", "What", "Site", "State", "How far"), rows, "No such job.")


def _standing(line: use.JobLine) -> str:
    if line.state == "running":
        return f"{line.progress_percent} % {line.message}".strip()
    if line.next_try:
        return f"attempt {line.attempts} failed, next {line.next_try}: {line.error}"
    return line.error


@jobs.command("show")
@click.argument("job_id", metavar="JOB")
@click.option("--watch", is_flag=True, help="Stay with a progress bar until it has ended.")
@as_option
@json_option
def show_command(job_id: str, watch: bool, email: str | None, as_json: bool) -> int:
    """Show one job. Exit code 1: it failed or was cancelled."""
    with application():
        viewer = acting(email, "manage_jobs")
        found = watched(viewer, job_id) if watch else use.job_line(viewer, job_id)
    if as_json:
        show_json(asdict(found))
    else:
        rows = [(name.replace("_", " "), value) for name, value in asdict(found).items() if _tells(value)]
        show_table(("Question", "Answer"), rows)
    return 1 if found.state in ("failed", "cancelled") else 0


def _tells(value: Any) -> bool:
    return value not in (None, "", False)


def watched(viewer: Viewer, job_id: str) -> use.JobLine:
    """Show a progress bar until a job has ended; return it."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("waiting", total=100)
        while (found := use.job_line(viewer, job_id)).state in _GOING:
            bar.update(task, completed=found.progress_percent, description=found.message or found.title)
            time.sleep(0.5)
    return found


@jobs.command("retry")
@click.argument("job_id", metavar="JOB")
@as_option
@json_option
def retry_command(job_id: str, email: str | None, as_json: bool) -> None:
    """Queue a job again that failed or was cancelled."""
    with application():
        use.retry_job(acting(email, "manage_jobs"), job_id)
    show_json({"id": job_id, "state": "queued"}) if as_json else say("Queued again.")


@jobs.command("cancel")
@click.argument("job_id", metavar="JOB")
@as_option
@json_option
def cancel_command(job_id: str, email: str | None, as_json: bool) -> None:
    """Call a job off: at once while it waits, at its next step while it runs."""
    with application():
        state = use.cancel_job(acting(email, "manage_jobs"), job_id)
    if as_json:
        show_json({"id": job_id, "state": state})
    else:
        say("Cancelled." if state == "cancelled" else "It stops at its next step.")
