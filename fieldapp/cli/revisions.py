"""`fieldapp design diff|impact` and `fieldapp site file|revise|proposals|accept|refuse`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from designs import library
from designs.compare import Comparison
from designs.compare_designs import compare_designs
from designs.schema import dump_study
from designs.standard_design import StandardDesign
from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import (
    PlainConsole,
    json_option,
    read_text,
    say,
    show_json,
    show_table,
    write_file,
)
from fieldapp.config import read_config
from fieldapp.problems import Problem
from fieldapp.usecases import design_impact, propose_change, revise_site
from fieldapp.usecases.revise_site import Revision

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_site = click.argument("site_id", metavar="SITE")


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
def diff_command(before: str, after: str, as_json: bool) -> None:
    """Say in words what changed between two standard designs: files, ids, or ids with @revision."""
    old, new = _design(before), _design(after)
    sentences = compare_designs(old, new)
    if as_json:
        named = [{"id": each.id, "revision": each.revision, "digest": each.digest} for each in (old, new)]
        show_json({"before": named[0], "after": named[1], "changes": list(sentences)})
        return
    for sentence in sentences or ("Nothing differs.",):
        say(sentence)


def _design(named: str) -> StandardDesign:
    """Return the design of a file, else of an id with or without a revision."""
    if named.endswith((".yaml", ".yml")) or "/" in named:
        return library.load_design_file(Path(named))
    design_id, at, revision = named.partition("@")
    if at and not (revision.isdecimal() and len(revision) < 10):
        raise Problem(
            "invalid", where=named[:80], problem="write the revision as a number: destination-ac@2."
        )
    return library.find_design(design_id, read_config().designs, int(revision) if at else None)


@click.command("impact")
@click.argument("design_id", metavar="DESIGN")
@click.option("--study", "studied", is_flag=True, help="Study each site too and compare the figures (slow).")
@as_option
@json_option
def impact_command(design_id: str, studied: bool, email: str | None, as_json: bool) -> None:
    """List the sites that differ from the newest revision of their design, and in which circuits."""
    with application(), Progress(console=PlainConsole(stderr=True), transient=True) as bars:
        task = bars.add_task("comparing sites", total=None)

        def tell(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        found = design_impact.impact(acting(email, "revise"), design_id, studied=studied, tell=tell)
    if as_json:
        show_json({"design": design_id, "sites": [_impact_json(each) for each in found]})
        return
    rows = [
        (each.site.id, each.site.name, each.site.state, each.site.design_revision, each.sentence)
        for each in found
    ]
    empty = "No site was opened from this design."
    show_table(("Site", "Name", "State", "Revision", "Newest revision"), rows, empty)


def _impact_json(each: design_impact.SiteImpact) -> dict[str, Any]:
    return {
        "site": each.site.id,
        "name": each.site.name,
        "state": each.site.state,
        "design_revision": each.site.design_revision,
        "newest_revision": each.revision,
        "status": each.status,
        "circuits": list(each.circuits),
        "changes": list(each.comparison.sentences()) if each.comparison else [],
        "problem": each.problem,
    }


@click.command("file")
@_site
@click.option("--newest", is_flag=True, help="Name the newest revision of the design instead of the present.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@as_option
@json_option
def file_command(site_id: str, newest: bool, output: Path | None, email: str | None, as_json: bool) -> None:
    """Write the present file of a site, to edit it for `site revise`."""
    with application():
        viewer = acting(email, "revise")
        text = (revise_site.file_on_newest if newest else revise_site.site_file)(viewer, site_id)
    if output is None:
        show_json({"site": site_id, "text": text}) if as_json else click.echo(text.rstrip())
        return
    write_file(output, text.encode())
    show_json({"site": site_id, "file": str(output)}) if as_json else say(f"Wrote {output}.")


@click.command("revise")
@_site
@click.option("--site", "file", required=True, type=_FILE, help="The changed site file.")
@click.option("--reason", help="Why, for the journal and for the contractor.")
@click.option("--settles", "proposals", multiple=True, metavar="PROPOSAL", help="A proposal that it settles.")
@click.option("--preview", "only_look", is_flag=True, help="Show what it would do and keep nothing.")
@as_option
@json_option
def revise_command(
    site_id: str,
    file: Path,
    reason: str | None,
    proposals: Sequence[str],
    only_look: bool,
    email: str | None,
    as_json: bool,
) -> None:
    """Make a changed site file the next revision of a site; extending a finished site is the same."""
    if reason is None and not only_look:
        raise click.UsageError("Say why with --reason, or only look with --preview.")
    with application():
        viewer = acting(email, "revise")
        made = revise_site.prepare(viewer, site_id, read_text(file), proposals)
        number = None if only_look else revise_site.keep(viewer, site_id, made, reason or "")
    _show_revision(made, number, as_json)
    if number is None and made.generated.study.refused:
        click.get_current_context().exit(1)


def _show_revision(made: Revision, number: int | None, as_json: bool) -> None:
    if as_json:
        show_json({"revision": number, **_revision_json(made)})
        return
    _show_comparison(made.comparison)
    for each in made.generated.study.findings:
        say(f"{each.severity}: {each.tag}: {each.sentence}")
    counts = {name: len(made.carry.of(name)) for name in ("carried", "stale", "new", "withdrawn")}
    say("Items: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")
    if number is not None:
        say(f"The site is at revision {number}.")


def _show_comparison(comparison: Comparison) -> None:
    rows = [
        (each.tag, each.status, "; ".join((*each.changes, *each.effects)))
        for each in comparison.tags
        if each.status != "untouched"
    ]
    for sentence in comparison.site:
        say(sentence)
    show_table(("Tag", "", "What differs"), rows, "No tag differs.")


def _revision_json(made: Revision) -> dict[str, Any]:
    return {
        "summary": made.comparison.summary,
        "site": list(made.comparison.site),
        "tags": [asdict(each) for each in made.comparison.tags],
        "findings": dump_study(made.generated.study)["findings"],
        "items": [asdict(each) for each in made.carry.items],
    }


@click.command("proposals")
@_site
@as_option
@json_option
def proposals_command(site_id: str, email: str | None, as_json: bool) -> None:
    """List what contractors recorded as different from the drawing."""
    with application():
        found = propose_change.list_proposals(acting(email, "decide_deviation"), site_id)
    if as_json:
        show_json({"proposals": [asdict(each) for each in found]})
        return
    rows = [
        (
            each.id,
            each.tag,
            each.title,
            f"{each.present} → {each.value}",
            each.reason,
            each.status,
            each.problem,
        )
        for each in found
    ]
    columns = ("Proposal", "Tag", "What", "Drawn → built", "Why", "Status", "In the way")
    show_table(columns, rows, "Nobody recorded a deviation.")


@click.command("accept")
@_site
@click.argument("proposals", metavar="PROPOSAL…", nargs=-1, required=True)
@click.option("--reason", default="", help="Why; “accepted as built” without it.")
@as_option
@json_option
def accept_command(
    site_id: str, proposals: Sequence[str], reason: str, email: str | None, as_json: bool
) -> None:
    """Accept recorded deviations as a new revision of the site, studied first."""
    with application():
        number = propose_change.accept(acting(email, "decide_deviation"), site_id, proposals, reason)
    show_json({"revision": number}) if as_json else say(f"Accepted; the site is at revision {number}.")


@click.command("refuse")
@_site
@click.argument("proposal")
@click.option("--reason", required=True, help="Why; the contractor reads it.")
@as_option
@json_option
def refuse_command(site_id: str, proposal: str, reason: str, email: str | None, as_json: bool) -> None:
    """Refuse a recorded deviation with a reason."""
    with application():
        number = propose_change.refuse(acting(email, "decide_deviation"), site_id, proposal, reason)
    show_json({"number": number}) if as_json else say("Refused.")


DESIGN_COMMANDS = (diff_command, impact_command)
SITE_COMMANDS = (
    file_command,
    revise_command,
    proposals_command,
    accept_command,
    refuse_command,
)
