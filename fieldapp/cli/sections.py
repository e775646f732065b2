"""`fieldapp site sections`: the stations of a site that go live before the rest."""

from typing import Any

import click

from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import json_option, show_json, show_table
from fieldapp.usecases import sections
from fieldapp.usecases.sections import SectionView


@click.command("sections")
@click.argument("site_id", metavar="SITE")
@as_option
@json_option
def sections_command(site_id: str, email: str | None, as_json: bool) -> None:
    """List the sections of a site: stations, state, what is done and what is in the way."""
    with application():
        found = sections.list_sections(acting(email, "open_site"), site_id)
    if as_json:
        show_json({"sections": [_document(each) for each in found]})
        return
    rows = [
        (
            each.id,
            each.title,
            ", ".join(each.tags),
            each.state,
            f"{each.progress.done}/{each.progress.total}",
            _in_the_way(each) or "–",
        )
        for each in found
    ]
    headings = ("Section", "Title", "Stations", "State", "Done", "In the way")
    show_table(headings, rows, "The site has no sections.")


def _in_the_way(section: SectionView) -> str:
    """Say how much stands in the way of the next state, and the first of it."""
    blockers = {"open": section.progress.blocks_submission, "submitted": section.progress.blocks_approval}
    found = blockers.get(section.state, ())
    return f"{len(found)}: {found[0].reason}" if found else ""


def _document(section: SectionView) -> dict[str, Any]:
    progress = section.progress
    return {
        "id": section.id,
        "title": section.title,
        "tags": list(section.tags),
        "state": section.state,
        "done": progress.done,
        "total": progress.total,
        "blocks_submission": [
            {"item": each.item, "reason": each.reason} for each in progress.blocks_submission
        ],
        "blocks_approval": [{"item": each.item, "reason": each.reason} for each in progress.blocks_approval],
    }
