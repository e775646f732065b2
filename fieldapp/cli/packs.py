"""`fieldapp pack`: issue the handover pack of an approved site, and verify a file."""

import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from fieldapp import jobs
from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import json_option, say, show_json, show_table, write_file
from fieldapp.usecases import issue_pack
from fieldapp.usecases.jobs import job_view
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import JobView


@click.group()
def pack() -> None:
    """Handover packs: issue, verify."""


@pack.command("issue")
@click.argument("site_id", metavar="SITE")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Where to put the PDF.")
@as_option
@json_option
def issue_command(site_id: str, output: Path | None, email: str | None, as_json: bool) -> int:
    """Issue the pack of an approved site; made here, or by a worker that is faster."""
    with application():
        viewer = acting(email, "issue_pack")
        job_id = issue_pack.request_pack(viewer, site_id)
        jobs.run(job_id)
        done = _wait(viewer, job_id)
        if done.state == "done" and output is not None:
            write_file(output, issue_pack.pack_file(viewer, done.result["pack"])[0])
    if as_json:
        show_json({"state": done.state, "error": done.error, **done.result})
    elif done.state == "done":
        say(f"{done.result['bottom_line']}" + (f"\nWrote {output}." if output else ""))
    else:
        say(f"No pack: {done.error}")
    return 0 if done.state == "done" else 1


def _wait(viewer: Viewer, job_id: str) -> JobView:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("handover pack", total=100)
        while (found := job_view(viewer, job_id)).state in ("queued", "running"):
            bar.update(task, completed=found.progress_percent, description=found.message or "waiting")
            time.sleep(0.5)
    return found


@pack.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def verify_command(file: Path, as_json: bool) -> int:
    """Verify a pack against this server's records."""
    with application():
        found = issue_pack.verify_pack(file.read_bytes())
    if as_json:
        show_json({**asdict(found), "good": found.good, "bottom_line": found.bottom_line})
    else:
        say(found.bottom_line)
        show_table(("Question", "Answer"), [(name, value) for name, value in asdict(found).items()])
    return 0 if found.good else 1
