"""`fieldapp journal`: verify, rebuild, export."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from fieldapp.cli.inside import application
from fieldapp.cli.showing import json_option, read_bytes, say, show_json, show_table
from fieldapp.usecases import check_journal, journal_heads
from fieldapp.usecases.check_journal import JournalCheck

#: More than any handover pack.
_LARGEST = 1024 * 1024 * 1024


@click.group()
def journal() -> None:
    """Journals: verify, rebuild, export."""


@journal.command("verify")
@click.argument("site_id", metavar="[SITE]", required=False)
@click.option(
    "--against", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A handover pack or a receipt (JSON) that somebody kept: its heads are compared too.",
)  # fmt: skip
@json_option
def verify_command(site_id: str | None, files: tuple[Path, ...], as_json: bool) -> int:
    """Recompute chain, signatures and item states of one site or all.

    They are compared with the heads in stored packs and in receipts, and with those of files that you name.
    Anything that differs ends with exit code 1; the first entry that differs is named.
    """
    console = Console(stderr=True)
    quiet = not console.is_terminal  # who reads along a pipe gets no bar
    with application(), Progress(console=console, transient=True, disable=quiet) as bar:
        given = [
            head for file in files for head in journal_heads.of_file(file.name, read_bytes(file, _LARGEST))
        ]
        task = bar.add_task("journals", total=None)
        found = check_journal.verify_journals(
            site_id, given=given, tell=lambda done, total: bar.update(task, completed=done, total=total)
        )
    if as_json:
        journals = [asdict(each) | {"good": each.good} for each in found]
        show_json({"good": all(each.good for each in found), "journals": journals})
    else:
        columns = ("Site", "Entries", "Head", "Compared with", "Verdict")
        show_table(columns, [_row(each) for each in found], "No journals yet.")
    return 0 if all(each.good for each in found) else 1


def _row(found: JournalCheck) -> tuple[object, ...]:
    heads = f"{found.compared} head{'' if found.compared == 1 else 's'} given out"
    verdict = "intact" if found.good else " ".join(found.problems)
    return found.name, found.entries, found.head[:16], heads, verdict


@journal.command("rebuild")
@click.argument("site_id", metavar="SITE")
@json_option
def rebuild_command(site_id: str, as_json: bool) -> None:
    """Make all that is kept beside a site's journal anew from it: states, proposals, look-up rows."""
    with application():
        check_journal.rebuild(site_id)
    show_json({"id": site_id}) if as_json else say("Rebuilt.")


@journal.command("export")
@click.argument("site_id", metavar="SITE")
@json_option
def export_command(site_id: str, as_json: bool) -> None:
    """Print a site's journal, one entry a line (JSON Lines; with --json as one array)."""
    with application():
        if as_json:
            show_json(list(check_journal.export(site_id)))
            return
        for entry in check_journal.export(site_id):
            click.echo(json.dumps(entry, ensure_ascii=False))
