"""`device-probe load-step`: known loads are changed, and every meter is judged by what it sees of that."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import click

from device_probe import console
from device_probe.bus import now_text
from device_probe.cli.options import FILE, JSON, Finite
from device_probe.cli.output import write_json
from device_probe.json_file import read_json
from device_probe.load_step.journal import Journals, default_folder
from device_probe.load_step.manual import (
    ManualState,
    begin,
    complaint_about,
    leave_out,
    next_instruction,
    note_done,
    undo,
)
from device_probe.load_step.manual_report import report_of
from device_probe.load_step.observe import Observer
from device_probe.load_step.result import LoadStepResult, dump_result
from device_probe.load_step.run import LoadStep, Restored, Settings, Survey, refuse, restore_left_over
from device_probe.load_step.show import show_result, show_survey
from device_probe.load_step.steps import Round
from device_probe.loop import run
from device_probe.model import ProbeReport, SitePlan
from device_probe.problems import BusError, OutputError, RefusedError
from device_probe.report import dump_report, judge_rounds, load_plan

EXIT_OF_VERDICT = {"pass": 0, "fail": 1, "inconclusive": 3}
ENDINGS = ("SIGTERM", "SIGHUP")


@click.command(name="load-step")
@click.argument("plan_file", metavar="[PLAN]", type=FILE, required=False)
@click.option("--allow-writes", is_flag=True, help="Lower the set-points; without it nothing is written.")
@click.option("--site-is-closed", is_flag=True, help="The site serves nobody now; needed to write.")
@click.option("--manual", is_flag=True, help="Write nothing; ask a person to start and stop the stations.")
@click.option("--restore", is_flag=True, help="Put back what an interrupted run left lower, and end.")
@click.option("--order", type=click.Choice(("coded", "single")), default="coded", show_default=True,
              help="Several at once by code words, or one at a time.")  # fmt: skip
@click.option("--only", multiple=True, metavar="TAG", help="Use only this station; may be given again.")
@click.option("--card", "cards", multiple=True, help="A card of your own; other sessions make it refuse.")
@click.option("--rounds", type=click.IntRange(4, 600), default=6, show_default=True, help="Readings a step.")
@click.option(
    "--interval", "interval_s", type=Finite(0.2, 60), default=1.0, show_default=True, help="Seconds."
)
@click.option("--follow", "follow_s", type=Finite(1, 300), default=15.0, show_default=True,
              help="Seconds within which a station must follow its set-point.")  # fmt: skip
@click.option(
    "--passes",
    type=click.IntRange(1, 10),
    default=3,
    show_default=True,
    help="Most; later ones only for stations not as planned or not sure.",
)
@click.option("--fall-back", is_flag=True, help="Also leave stations alone until they fall back.")
@click.option("--journal", "folder", type=click.Path(file_okay=False, path_type=Path),
              help="Folder where the old values are kept.")  # fmt: skip
@click.option(
    "--out", "out_file", type=FILE, help="Write the report with all evidence here (.json, .json.gz)."
)
@JSON
def load_step(
    plan_file: Path | None, allow_writes: bool, site_is_closed: bool, manual: bool, restore: bool,
    folder: Path | None, out_file: Path | None, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Change known loads and judge by what every meter sees: feeder, phases, polarity, CT ratio.

    Without --allow-writes it shows what it would do. With it, set-points of stations that charge are lowered
    below what they were, watched, and put back, also on Ctrl-C; `--restore` does so after a crash. All that
    was read and written is kept in a report, which `device-probe judge` judges again.

    Exit code 0: pass, or shown; 1: fail or refused; 2: wrong call; 3: inconclusive; 4: not all put back.

    \b
    Examples:
      device-probe load-step plan.json
      device-probe load-step plan.json --allow-writes --site-is-closed --out report.json.gz
      device-probe load-step plan.json --manual
      device-probe load-step --restore
    """
    settings = _settings(options)
    journals = Journals(folder or default_folder(os.environ))
    if restore:
        with journals:
            _show_restored(_restored(journals, settings), as_json)
        return
    if plan_file is None:
        raise click.UsageError("Give the file of the site plan (or --restore alone).")
    plan = load_plan(read_json(plan_file), plan_file.name)
    if manual:
        if allow_writes:
            raise click.UsageError("--manual writes nothing; leave --allow-writes out.")
        _keep(run(_by_hand(plan, settings)), out_file, journals.folder, as_json)
    elif not allow_writes:
        _dry_run(plan, settings, journals, as_json)
    elif not site_is_closed:
        raise RefusedError(
            "The load step is refused while the site may serve the public; close it, then give "
            "--site-is-closed"
        )
    else:
        with journals:
            _step(plan, settings, journals, out_file, as_json)


def _step(
    plan: SitePlan, settings: Settings, journals: Journals, out_file: Path | None, as_json: bool
) -> None:
    """Put back what an earlier run left, do it, keep the report, and end with its verdict."""
    if left := _restored(journals, settings):
        for one in left:
            click.echo(f"Left by an earlier run: {one.words}.", err=True)
        time.sleep(settings.follow_s)  # the stations take up again what they drew
    _keep(_run(plan, settings, journals), out_file, journals.folder, as_json)


def _keep(report: ProbeReport, out_file: Path | None, folder: Path, as_json: bool) -> None:
    file = out_file or _place_of(report, folder)
    write_json(file, dump_report(report))
    if report.load_step:
        _end(report.load_step.result, file, as_json)


def _place_of(report: ProbeReport, folder: Path) -> Path:
    """Return where a report is kept when nobody says where: evidence of a step is never thrown away."""
    kept = folder / "reports"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = f"{kept}: the report can't be kept ({error.strerror or error}); give a file with --out."
        raise OutputError(words) from error
    stamp = "".join(char for char in report.started_at[:19] if char.isalnum())
    return kept / f"load-step-{stamp}-{report.id[:8]}.json.gz"


def _settings(options: dict[str, Any]) -> Settings:
    order: Literal["coded", "single"] = options["order"]
    return Settings(
        order, options["rounds"], options["interval_s"], options["follow_s"], options["passes"],
        options["cards"], options["only"], options["fall_back"],
    )  # fmt: skip


def _dry_run(plan: SitePlan, settings: Settings, journals: Journals, as_json: bool) -> None:
    left = journals.left_over()
    if left:
        click.echo(
            "An earlier run left set-points lower; `device-probe load-step --restore` puts them back.",
            err=True,
        )
    survey = run(_survey(plan, settings))
    if as_json:
        console.print_json(_survey_document(survey))
    else:
        show_survey(survey)
        click.echo("Nothing was written. To do it: --allow-writes --site-is-closed")
    refuse(survey)


async def _survey(plan: SitePlan, settings: Settings) -> Survey:
    step = LoadStep(plan, settings)
    try:
        return await step.survey()
    finally:
        await step.close()


def _survey_document(survey: Survey) -> dict[str, Any]:
    return {
        "stations": [
            {"tag": p.tag, "quantity": p.point.quantity, "found": p.found, "low": p.low, "unit": p.unit,
             "drawn_a": p.drawn_a, "refresh_s": p.refresh_s}
            for p in survey.points
        ],
        "left_out": [{"tag": o.tag, "code": o.code, "reason": o.reason} for o in survey.obstacles],
        "steps": [sorted(state) for state in survey.states],
        "seconds": survey.seconds,
    }  # fmt: skip


def _run(plan: SitePlan, settings: Settings, journals: Journals) -> ProbeReport:
    with console.progress_bar() as bar:
        task = bar.add_task("Looking at the stations", total=None)

        def progress(words: str, done: int, total: int) -> None:
            each = settings.rounds * settings.interval_s + settings.follow_s / 2
            left = f"about {max(total - done, 0) * each / 60:.0f} min left"
            bar.update(task, description=f"{words} ({left})", completed=done, total=total)

        try:
            return run(_watched(plan, settings, journals, progress))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None  # told to end, and everything is put back


async def _watched(plan: SitePlan, settings: Settings, journals: Journals, progress: Any) -> ProbeReport:
    step = LoadStep(plan, settings, progress=progress)
    try:
        with _ending():
            refuse(await step.survey())
            site = await step.read_site()
            record = await step.run(await step.survey(), journals)
            return judge_rounds(plan, site, record)
    finally:
        await step.close()


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """Let the signals that end a program end it the way Ctrl-C does: after everything is put back."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    known = [getattr(signal, name) for name in ENDINGS if hasattr(signal, name)]
    for one in known:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(one, task.cancel if task else lambda: False)
    try:
        yield
    finally:
        for one in known:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(one)


def _restored(journals: Journals, settings: Settings) -> tuple[Restored, ...]:
    found = run(restore_left_over(journals, lambda plan: LoadStep(plan, settings)))
    if left := [one.words for one in found if not one.done]:
        raise BusError(f"{'; '.join(left)}. It stands lower than before, which is safe; try again")
    return found


def _show_restored(found: tuple[Restored, ...], as_json: bool) -> None:
    if as_json:
        console.print_json([{"tag": one.tag, "restored": one.done, "words": one.words} for one in found])
        return
    for one in found:
        click.echo(f"{one.words}.")
    if not found:
        click.echo("No run left anything behind.")


async def _by_hand(plan: SitePlan, settings: Settings) -> ProbeReport:
    step, started = LoadStep(plan, settings), now_text()
    state = begin(plan, settings.only)
    try:
        observer = Observer.everything(step.bus, plan, step.profiles)
        click.echo("Reading the site …", err=True)
        site = await step.read_site()
        while (asked := next_instruction(state)) is not None:
            answer = await _asked(f"[{asked.number}/{asked.of}] {asked.words}")
            if answer == "q":
                break
            if answer in ("s", "b"):
                state = leave_out(state) if answer == "s" else undo(state)
                continue
            state = await _seen(state, observer, step, settings)
    finally:
        await step.close()
    return report_of(state, site, (), started, now_text())


async def _seen(state: ManualState, observer: Observer, step: LoadStep, settings: Settings) -> ManualState:
    click.echo("Reading …", err=True)
    rounds: list[Round] = []
    for number in range(settings.rounds):
        if number:
            await asyncio.sleep(settings.interval_s)
        rounds.append(await observer.round(step.clock.now()))
    if why := complaint_about(state, rounds):
        click.echo(why, err=True)
        return state
    return note_done(state, rounds)


async def _asked(words: str) -> str:
    keys = "s: leave this station out, b: undo the last, q: end and judge"
    click.echo(f"{words} Then press Enter ({keys}).", err=True)
    line = await asyncio.to_thread(sys.stdin.readline)
    return "q" if not line else line.strip().lower()


def _end(result: LoadStepResult, report_file: Path, as_json: bool) -> None:
    if as_json:
        console.print_json({**dump_result(result), "report": str(report_file)})
    else:
        show_result(result)
        click.echo(f"The report is in {report_file}; `device-probe judge` judges it again.")
    sys.exit(EXIT_OF_VERDICT[result.verdict])
