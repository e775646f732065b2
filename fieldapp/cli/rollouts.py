"""Rollout waves: `fieldapp site open --csv FILE` and `fieldapp rollout show`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fieldapp import jobs
from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import (
    PlainConsole,
    json_option,
    read_bytes,
    say,
    show_json,
    show_table,
    write_file,
)
from fieldapp.problems import Problem
from fieldapp.usecases import open_rollout, rollout_standing
from fieldapp.usecases.jobs import job_view
from fieldapp.usecases.rollout_file import MAX_BYTES
from fieldapp.usecases.rollout_standing import RolloutView
from fieldapp.usecases.viewer import Viewer

View = TypeVar("View", bound=Callable[..., Any])
_LOOK_AGAIN_S = 0.5
#: So many refused rows are shown on a terminal; the report file holds all.
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Options:
    """How a wave is opened."""

    again: bool
    dry_run: bool
    wait: bool
    processes: int
    report: Path | None


def rollout_options(command: View) -> View:
    """Add the options of a wave to a command."""
    output = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.option("--report", type=output, help="With --csv: write the refused rows and why, to correct."),
        click.option(
            "--processes", type=click.IntRange(0, 64), default=2, show_default=True,
            help="With --csv: studies at the same time; 0 leaves them to `fieldapp worker`.",
        ),
        click.option("--wait/--no-wait", default=True, help="With --csv: follow the studies to their end."),
        click.option("--dry-run", is_flag=True, help="With --csv: only say what would be refused."),
        click.option("--again", is_flag=True, help="With --csv: open sites though they are open already."),
    ):  # fmt: skip
        command = option(command)
    return command


def open_wave(path: Path, options: Options, email: str | None, *, as_json: bool) -> int:
    """Open a wave and show what came of it; 1 when rows were refused."""
    try:
        found = _opened(path, options, email)
    except KeyboardInterrupt:
        click.echo("What is open stays open; the same command goes on from here.", err=True)
        raise
    return _show(found, as_json=as_json)


def _opened(path: Path, options: Options, email: str | None) -> RolloutView:
    # One byte more than a wave can have: a larger file is refused without being read whole.
    content = read_bytes(path, MAX_BYTES)
    with application():
        viewer = acting(email, "open_site")
        jobs.free_dead()
        job = open_rollout.request_rollout(
            viewer, path.name, content, again=options.again, only_check=options.dry_run
        )
        _read_rows(viewer, job)
        found = rollout_standing.view_rollout(viewer, job)
        if found.job.state == "failed":
            raise Problem("unavailable", what="The wave", why=found.job.error)
        if options.wait and found.left:
            found = _studied(viewer, found, options.processes)
        if options.report is not None:
            write_file(options.report, rollout_standing.refused_report(viewer, job).encode("utf-8-sig"))
    return found


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int, str], None]]:
    """Show a bar on stderr, with the time left; a pipe gets none."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=PlainConsole(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=total)
        yield lambda done, text: bars.update(task, completed=done, description=text)


def _read_rows(viewer: Viewer, job: str) -> None:
    """Have the rows read here, or follow a worker that took the job before us."""
    with _bar(100) as tell:
        tell(0, "reading the rows")
        while (found := job_view(viewer, job)).state in ("queued", "running"):
            tell(found.progress_percent, found.message)
            if not jobs.run(job, tell):
                time.sleep(_LOOK_AGAIN_S)


def _studied(viewer: Viewer, found: RolloutView, processes: int) -> RolloutView:
    """Follow the studies of a wave, with processes of our own that do them."""
    with _bar(len(found.rows)) as tell, _at_work(processes) as crew:
        while not found.ended:
            counts = found.counts
            opened, refused = counts["open"] + counts["already"], counts["refused"]
            tell(len(found.rows) - found.left, f"{opened} open, {refused} refused")
            if processes and all(each.poll() is not None for each in crew):
                why = "every process that studies has ended; run the same command again to go on."
                raise Problem("unavailable", what="The study", why=why)
            time.sleep(_LOOK_AGAIN_S)
            found = rollout_standing.view_rollout(viewer, found.job.id)
    return found


@contextmanager
def _at_work(processes: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Run processes that do the studies; they end with us, however we end."""
    command = [sys.executable, "-m", "fieldapp", "rollout", "work"]
    crew = [
        # A session of its own: Ctrl-C is ours to pass on.
        subprocess.Popen([*command, str(number / processes)], start_new_session=True)  # noqa: S603
        for number in range(processes)
    ]
    try:
        yield crew
    finally:
        for each in crew:
            each.terminate()
        for each in crew:
            try:
                each.wait(20)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


def _show(found: RolloutView, *, as_json: bool) -> int:
    counts = found.counts
    if as_json:
        rows = [asdict(row) for row in found.rows]
        show_json({"rollout": found.job.id, "file": found.file, "counts": dict(counts), "rows": rows})
        return 1 if found.refused else 0
    words = (
        ("ready", "would be opened"), ("open", "open"), ("already", "already open"),
        ("studying", "being studied"), ("waiting", "waiting for their study"), ("refused", "refused"),
    )  # fmt: skip
    said = ", ".join(f"{counts[state]} {word}" for state, word in words if counts[state])
    say(f"{len(found.rows)} {'row' if len(found.rows) == 1 else 'rows'}: {said}.")
    for row in found.rows:
        if row.state == "already" and counts["already"] <= _SHOWN:
            say(f"Row {row.number}, {row.name}: already open as {row.site}.")
    refused = [(row.number, row.name, row.sentence) for row in found.refused[:_SHOWN]]
    if refused:
        show_table(("Row", "Site", "Refused because"), refused)
    if len(found.refused) > _SHOWN:
        say(f"… and {len(found.refused) - _SHOWN} more; --report FILE.csv or --json gives all of them.")
    if found.left:
        say(f"Follow it with: fieldapp rollout show {found.job.id}")
    return 1 if found.refused else 0


@click.group()
def rollout() -> None:
    """Rollout waves: where every row of a CSV file stands."""


@rollout.command("show")
@click.argument("wave", metavar="FILE|ID")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the refused rows here."
)
@as_option
@json_option
def show_command(wave: str, report: Path | None, email: str | None, as_json: bool) -> int:
    """Show where a wave stands, by its file or its id. Rows refused: exit code 1.

    \b
    fieldapp rollout show wave-1.csv
    fieldapp rollout show wave-1.csv --report refused.csv
    """
    with application():
        viewer = acting(email, "open_site")
        path = Path(wave)
        job = rollout_standing.find_rollout(viewer, read_bytes(path, MAX_BYTES)) if path.is_file() else wave
        found = rollout_standing.view_rollout(viewer, job)
        if report is not None:
            write_file(report, rollout_standing.refused_report(viewer, job).encode("utf-8-sig"))
    return _show(found, as_json=as_json)


@rollout.command("work", hidden=True)
@click.argument("place", type=click.FloatRange(0, 1, max_open=True))
@json_option
def work_command(place: float, as_json: bool) -> None:
    """Do the studies of waves for as long as the process that started this one lives."""
    parent = os.getppid()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with application():
            jobs.run_due(open_rollout.ROW, place, lambda: os.getppid() == parent)
    except KeyboardInterrupt:
        # How this ends when there is nothing left to do.
        if as_json:
            show_json({"ended": True})
