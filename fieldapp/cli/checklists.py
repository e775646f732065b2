"""`fieldapp checklist`: a day without tablets, and what a template makes before there is a site."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from checklists.generate import generate
from checklists.item_schema import dump_item
from checklists.listing import listing
from checklists.model import SECTIONS, Checklist
from checklists.plan import PhasePlan, hours, plan
from checklists.progress import DONE
from checklists.sheet_file import MAX_BYTES
from checklists.words import INSTRUMENTS
from designs.library import parse_site
from designs.model import SiteDesign
from designs.study import study
from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import json_option, read_bytes, read_text, say, show_json, show_table, write_file
from fieldapp.config import read_config
from fieldapp.usecases import import_sheet, paper_sheet, print_sheet, view_site
from fieldapp.usecases.import_sheet import ImportedSheet
from fieldapp.usecases.open_site import apply_site
from fieldapp.usecases.views import SiteView

View = TypeVar("View", bound=Callable[..., Any])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, path_type=Path)
#: So many rows of one result are shown on a terminal; --json gives all.
_SHOWN = 50
_site = click.argument("site_id", metavar="SITE")


def _section(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Return the section of a phase that is given by its word (dead-tests) or its number (4); "" for all."""
    word = value.strip().lower().replace("-", "_").replace(" ", "_")
    if word in ("", *SECTIONS):
        return word
    numbers = {str(number): section for number, section in enumerate(SECTIONS, 1)}
    if word not in numbers:
        known = ", ".join(f"{number} {each.replace('_', '-')}" for number, each in numbers.items())
        raise click.BadParameter(f"{value} is no phase; there are {known}.", ctx, param)
    return numbers[word]


def phase_option(command: View) -> View:
    """Add --phase to a command."""
    text = "Only this phase: its number or word, such as 4 or dead-tests."
    return click.option("--phase", "section", default="", callback=_section, help=text)(command)


@click.group()
def checklist() -> None:
    """Checklists on paper: list, export, print, import, preview."""


@checklist.command("list")
@_site
@as_option
@json_option
def list_command(site_id: str, email: str | None, as_json: bool) -> None:
    """List the phases of a site: items, what is done, time and instruments.

    \b
    fieldapp checklist list 0199a3c4-…
    """
    with application():
        view = view_site.view_site(acting(email, "open_site"), site_id)
    rows = [
        {**asdict(each), "number": SECTIONS.index(each.section) + 1, "done": _done(view, each.section)}
        for each in plan(view.checklists)
    ]
    if as_json:
        show_json({"site": site_id, "revision": view.revision, "phases": rows})
        return
    table = [
        (it["number"], it["title"], it["items"], it["done"], hours(it["minutes"]), _named(it["instruments"]))
        for it in rows
    ]
    show_table(("No.", "Phase", "Items", "Done", "Time", "Instruments"), table)


def _done(view: SiteView, section: str) -> int:
    items = [item for each in view.checklists if each.section == section for item in each.items]
    return sum(item.key in view.states and view.states[item.key].status in DONE for item in items)


def _named(classes: tuple[str, ...]) -> str:
    return ", ".join(INSTRUMENTS.get(each, each).partition(" (")[0] for each in classes) or "–"


@checklist.command("export")
@_site
@phase_option
@click.option("--filled", is_flag=True, help="With what is recorded in the columns to fill in.")
@click.option("--output", "-o", type=_OUTPUT, help="File to write; without it one is named after the site.")
@as_option
@json_option
def export_command(
    site_id: str, section: str, filled: bool, output: Path | None, email: str | None, as_json: bool
) -> None:
    """Write the checklists of a site as a CSV sheet to fill in.

    \b
    fieldapp checklist export 0199a3c4-… --phase dead-tests -o dead-tests.csv

    One row an item, one more for each reading of a row. Fill in value, or not_applicable_reason, and where
    they matter instrument_id, expires, because, recorded_at and note; leave the other columns as they are.
    """
    with application():
        found = paper_sheet.export_sheet(acting(email, "open_site"), site_id, section, filled=filled)
    _written(output or Path(found.name), found.content, as_json=as_json)


def _written(path: Path, content: bytes, *, as_json: bool) -> None:
    write_file(path, content)
    show_json({"file": str(path), "bytes": len(content)}) if as_json else say(f"Wrote {path}.")


@checklist.command("print")
@_site
@phase_option
@click.option("--output", "-o", type=_OUTPUT, help="File to write; without it one is named after the site.")
@as_option
@json_option
def print_command(site_id: str, section: str, output: Path | None, email: str | None, as_json: bool) -> None:
    """Write the checklists of a site as a blank PDF to print and fill in by hand.

    \b
    fieldapp checklist print 0199a3c4-… --phase dead-tests -o dead-tests.pdf

    What was written on it goes into the CSV sheet afterwards: fieldapp checklist export and import.
    """
    with application():
        found = print_sheet.print_sheet(acting(email, "open_site"), site_id, section)
    _written(output or Path(found.name), found.content, as_json=as_json)


@checklist.command("preview")
@click.argument("site_file", type=_FILE)
@phase_option
@click.option("--output", "-o", type=_OUTPUT, help="File to write instead of the terminal.")
@json_option
def preview_command(site_file: Path, section: str, output: Path | None, as_json: bool) -> None:
    """Show what a site file generates before there is a site: steps, places and limits.

    \b
    fieldapp checklist preview designs/sites/hotel-seeblick.yaml --phase dead-tests

    The file names its design, a built-in one or your own (FIELDAPP_DESIGNS_DIR), and may name a revision of
    it. Whether the study accepts the site is said by fieldapp design apply.
    """
    applied = _applied(site_file)
    wanted = paper_sheet.of_phase(generate(applied, study(applied)), section)
    if as_json:
        phases = [_previewed(each, wanted) for each in plan(wanted)]
        show_json({"site": applied.parameters.name, "phases": phases})
        return
    text = listing(wanted).strip()
    if output is None:
        say(text)
        return
    write_file(output, f"{text}\n".encode())
    say(f"Wrote {output}.")


def _applied(site_file: Path) -> SiteDesign:
    """Return a site file applied to the design and revision that it names, built in or one's own."""
    text = read_text(site_file)
    named = parse_site(text, site_file.name).design
    return apply_site(named, text, read_config().designs, site_file.name)


def _previewed(phase: PhasePlan, checklists: Sequence[Checklist]) -> dict[str, object]:
    items = [item for each in checklists if each.section == phase.section for item in each.items]
    return {**asdict(phase), "items": [dump_item(item) for item in items]}


@checklist.command("import")
@_site
@click.argument("file", type=_FILE)
@click.option(
    "--email", required=True, help="E-mail address of who did the work; it is signed with their name."
)
@click.option("--check", is_flag=True, help="Only say what would be recorded; asks for no password.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, for scripts.")
@click.option("--report", type=_OUTPUT, help="Write the refused rows and why, to correct.")
@json_option
def import_command(
    site_id: str,
    file: Path,
    email: str,
    check: bool,
    password_stdin: bool,
    report: Path | None,
    as_json: bool,
) -> int:
    """Record what a filled sheet says, signed by the person who did the work.

    \b
    fieldapp checklist import 0199a3c4-… filled.csv --email kim@example.org --check
    fieldapp checklist import 0199a3c4-… filled.csv --email kim@example.org --report refused.csv

    The same rules hold as for a tablet. What is on record already is not recorded again, so a file may be
    imported twice. Photos, signatures and probe runs still need the tablet. Exit code 1: some rows were
    refused.
    """
    content = read_bytes(file, MAX_BYTES)
    with application():
        if check:
            found = import_sheet.check_sheet(email, site_id, content, file.name)
        else:
            found = import_sheet.import_sheet(email, _password(password_stdin), site_id, content, file.name)
    if report is not None:
        write_file(report, found.refused_csv.encode("utf-8-sig"))
    _show_json(site_id, found) if as_json else _show(found)
    return 1 if found.count("refused") else 0


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, err=True)
    return password


def _show_json(site_id: str, found: ImportedSheet) -> None:
    counts = {result: found.count(result) for result in _RESULTS}
    rows = [asdict(each) for each in found.lines]
    show_json({"site": site_id, "counts": counts, "notices": list(found.notices), "rows": rows})


#: What became of rows, in words, those that want a look last.
_RESULTS = {
    "ready": "would be recorded",
    "recorded": "recorded",
    "on_record": "on record already",
    "conflict": "recorded beside a newer entry",
    "refused": "refused",
}


def _show(found: ImportedSheet) -> None:
    counts = {word: found.count(result) for result, word in _RESULTS.items()}
    if not found.lines:
        say("Nothing is filled in on this sheet.")
        return
    for result, word in _RESULTS.items():
        lines = [each for each in found.lines if each.result == result]
        rows = [(each.row, each.key, each.entry or "–", each.sentence) for each in lines[:_SHOWN]]
        if rows:
            show_table(("Row", "Item", "Entry", word.capitalize()), rows)
        if len(lines) > _SHOWN:
            say(f"… and {len(lines) - _SHOWN} more; --json gives all of them.")
    for notice in found.notices:
        say(notice)
    say(f"{', '.join(f'{count} {word}' for word, count in counts.items() if count)}.")
