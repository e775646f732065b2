"""`fieldapp held`: what waits for a reviewer. `fieldapp sync import`: work that came as a file."""

from dataclasses import asdict
from pathlib import Path

import click

from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import json_option, say, show_json, show_table
from fieldapp.usecases import decide_held, import_unsent


@click.group()
def held() -> None:
    """What was sent for a site and is not in its journal: list, let in, set aside."""


@held.command("list")
@click.argument("site_id", metavar="SITE")
@as_option
@json_option
def held_list(site_id: str, email: str | None, as_json: bool) -> None:
    """List what is held for a site: who entered what when, and why it waits."""
    with application():
        found = decide_held.held_at(acting(email, "decide_held"), site_id)
    if as_json:
        show_json({"held": [asdict(each) for each in found]})
        return
    rows = [
        (str(each.number), each.item, each.entry, each.author, each.recorded_at, each.status, each.reason)
        for each in found
    ]
    headings = ("No.", "Item", "Entered", "By", "When", "Status", "Why")
    show_table(headings, rows, "Nothing is held for this site.")


@held.command("adopt")
@click.argument("site_id", metavar="SITE")
@click.argument("number", type=int)
@as_option
@json_option
def held_adopt(site_id: str, number: int, email: str | None, as_json: bool) -> None:
    """Let a held entry into the journal, as its author's, with the reviewer named."""
    with application():
        entry = decide_held.adopt(acting(email, "decide_held"), site_id, number)
    show_json({"number": entry}) if as_json else say(f"Let in as entry {entry} of the journal.")


@held.command("set-aside")
@click.argument("site_id", metavar="SITE")
@click.argument("number", type=int)
@click.option("--comment", required=True, help="Why it stays out of the journal.")
@as_option
@json_option
def held_set_aside(site_id: str, number: int, comment: str, email: str | None, as_json: bool) -> None:
    """Keep a held entry out of the journal for good, with the reason."""
    with application():
        decide_held.set_aside(acting(email, "decide_held"), site_id, number, comment)
    show_json({"set_aside": number}) if as_json else say("Set aside; it is kept with the reason.")


@click.group()
def sync() -> None:
    """What tablets could not send by themselves."""


@sync.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_option
@json_option
@click.pass_context
def sync_import(context: click.Context, file: Path, email: str | None, as_json: bool) -> None:
    """Take in the file of a tablet; ends with 1 when something was refused or waits for a reviewer."""
    with application():
        found = import_unsent.import_unsent(acting(email, "import_unsent"), file.read_bytes())
    if as_json:
        show_json({"operations": [asdict(each) for each in found]})
    else:
        rows = [(each.item or each.operation, each.author, each.status, each.reason) for each in found]
        show_table(("Item", "By", "Result", "Why"), rows)
    if any(each.status in ("rejected", "quarantined", "pending") for each in found):
        context.exit(1)
