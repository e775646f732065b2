"""`fieldapp journal`: verify, rebuild, export."""

import json
from dataclasses import asdict

import click

from fieldapp.cli.inside import application
from fieldapp.cli.showing import json_option, say, show_json, show_table
from fieldapp.usecases import check_journal


@click.group()
def journal() -> None:
    """Journals: verify, rebuild, export."""


@journal.command("verify")
@click.argument("site_id", metavar="[SITE]", required=False)
@json_option
def verify_command(site_id: str | None, as_json: bool) -> int:
    """Recompute chain and item states of one site or all; anything that differs ends with exit code 1."""
    with application():
        found = check_journal.verify_journals(site_id)
    if as_json:
        show_json({"good": all(each.good for each in found), "journals": [asdict(each) for each in found]})
    else:
        rows = [
            (each.name, each.entries, each.head[:16], "intact" if each.good else each.problems[0])
            for each in found
        ]
        show_table(("Site", "Entries", "Head", "Verdict"), rows, "No journals yet.")
    return 0 if all(each.good for each in found) else 1


@journal.command("rebuild")
@click.argument("site_id", metavar="SITE")
@json_option
def rebuild_command(site_id: str, as_json: bool) -> None:
    """Fold the item states of a site anew from its journal."""
    with application():
        check_journal.rebuild(site_id)
    show_json({"id": site_id}) if as_json else say("Rebuilt.")


@journal.command("export")
@click.argument("site_id", metavar="SITE")
@json_option
def export_command(site_id: str, as_json: bool) -> None:
    """Print a site's journal, one entry a line (JSON Lines; with --json as one array)."""
    with application():
        entries = list(check_journal.export(site_id))
    if as_json:
        show_json(entries)
        return
    for entry in entries:
        click.echo(json.dumps(entry, ensure_ascii=False))
