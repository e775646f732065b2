"""`fieldapp demo`: the story with a progress display, and what to do next."""

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from fieldapp.config import read_config
from fieldapp.story.errors import StoryError
from fieldapp.story.proof import in_words
from fieldapp.story.run import STEPS, Story, run_story


class Screen:
    """A narrator for a terminal: a bar for the story, a line for the step, notes above them."""

    def __init__(self, console: Console, bars: Progress) -> None:
        self._console, self._bars = console, bars
        self._story = bars.add_task("", total=len(STEPS))
        self._long: TaskID | None = None

    def step(self, number: int, title: str) -> None:
        """Show the step."""
        if self._long is not None:
            self._bars.remove_task(self._long)
            self._long = None
        self._console.print(f"[bold]{number}. {title}[/]")
        self._bars.update(self._story, completed=number - 1, description=f"step {number} of {len(STEPS)}")

    def note(self, text: str) -> None:
        """Show a note."""
        self._console.print(f"   {text}", markup=False, highlight=False)

    def progress(self, what: str, done: int, total: int) -> None:
        """Move the second bar."""
        if self._long is None:
            self._long = self._bars.add_task(what, total=total)
        self._bars.update(self._long, description=what, completed=done, total=total)

    def finish(self) -> None:
        """Fill the bar."""
        self._bars.update(self._story, completed=len(STEPS), description="done")


def run_demo(*, as_json: bool) -> int:
    """Run the story in FIELDAPP_HOME; 0 when two verifiers agree that the pack is good."""
    console = Console(stderr=as_json)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        screen = Screen(console, bars)
        try:
            story = run_story(read_config().home, screen)
        except StoryError as error:
            click.echo(f"fieldapp demo: {error}", err=True)
            return error.exit_code
        screen.finish()
    good = bool(story.verification and story.verification.good and story.pdfsig)
    good = good and bool(story.journal and story.journal.good and story.files and story.files.good)
    if story.pdfsig and story.pdfsig.output:
        good = good and story.pdfsig.valid and story.pdfsig.whole_document
    click.echo(json.dumps(_summary(story), indent=2, ensure_ascii=False)) if as_json else _say(console, story)
    return 0 if good else 1


def _summary(story: Story) -> dict[str, object]:
    return {
        "home": str(story.home),
        "site": story.site,
        "pack": str(story.pack),
        "verification": asdict(story.verification) if story.verification else None,
        "bottom_line": story.verification.bottom_line if story.verification else "",
        "pdfsig": asdict(story.pdfsig) if story.pdfsig else None,
        "journal": asdict(story.journal) if story.journal else None,
        "files": asdict(story.files) if story.files else None,
        "probes": [report.verdict for report in story.probes],
        "rollout": [[row.name, row.state] for row in story.rollout.rows] if story.rollout else [],
        "offline_in_browser": story.browser_used,
    }


def _say(console: Console, story: Story) -> None:
    console.print()
    console.print("[bold]The handover pack[/]")
    console.print(f"  {story.pack}", soft_wrap=True, highlight=False)
    if story.verification:
        console.print(f"  {story.verification.bottom_line}", highlight=False)
    if story.pdfsig:
        console.print(f"  {story.pdfsig.sentence}", highlight=False)
    if story.journal and story.files:
        for sentence in in_words(story.journal, story.files):
            console.print(f"  {sentence}", highlight=False)
    if story.rollout:
        counts = story.rollout.counts
        opened = counts["open"] + counts["already"]
        console.print("\n[bold]The rollout wave[/]")
        console.print(f"  {opened} sites open, {counts['refused']} row refused (docs/rollout.md)")
    console.print("\n[bold]See the pages[/]: run script/serve and open http://localhost:8000 as")
    table = Table("sign in as", "password", "role", "organisation", box=None, pad_edge=False)
    for person in story.people:
        table.add_row(person.email, person.password, person.role, person.organisation)
    console.print(table)
