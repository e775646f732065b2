"""`fieldapp site`: open, assign, list and show sites, and write the plan for the probe."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from device_probe.diagnosis.drift import dump_drift
from device_probe.json_file import read_json
from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.rollouts import Options, open_wave, rollout_options
from fieldapp.cli.showing import json_option, read_text, say, show_json, show_table, write_file
from fieldapp.problems import Problem, not_found
from fieldapp.usecases import assign_site, open_site, probe_history, site_plan, view_site
from fieldapp.usecases.viewer import Viewer

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def site() -> None:
    """Sites: open, assign, list, show, plan."""


@site.command("open")
@click.argument("design_id", metavar="[DESIGN]", required=False)
@click.option("--site", "file", type=_FILE, help="The site's parameters as YAML: opens this one site.")
@click.option("--csv", "wave", type=_FILE, help="A rollout wave, one site a row: opens all of them.")
@click.option("--assign", "organisation", help="With --site: name or id of the contractor to assign it to.")
@rollout_options
@as_option
@json_option
def open_command(
    design_id: str | None,
    file: Path | None,
    wave: Path | None,
    organisation: str | None,
    email: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Open one site from a design and a site file, or a whole rollout wave from a CSV file.

    \b
    fieldapp site open highway-dc-hub --site hub-a7.yaml --assign "Elektro Brandt GmbH"
    fieldapp site open --csv wave-1.csv --dry-run
    fieldapp site open --csv wave-1.csv --report refused.csv

    In the CSV every site is a row with the columns name, address, country, timezone, design, and if
    wanted revision and contractor; then parameters (a table cell as per_station.3.length). The wave may be
    stopped at any time: the same command goes on where it stood. Exit code 1: some rows were refused.
    """
    if wave is not None:
        if design_id or file or organisation:
            raise click.UsageError("With --csv, design, parameters and contractor stand in the file.")
        return open_wave(wave, Options(**options), email, as_json=as_json)
    if design_id is None or file is None:
        raise click.UsageError("Give DESIGN with --site FILE for one site, or --csv FILE for many.")
    with application():
        viewer = acting(email, "open_site")
        site_id = open_site.open_site(viewer, design_id, read_text(file))
        if organisation:
            assign_site.assign_site(viewer, site_id, _partner(viewer, organisation))
    show_json({"id": site_id}) if as_json else say(f"Opened site {site_id}.")
    return 0


@site.command("assign")
@click.argument("site_id", metavar="SITE")
@click.argument("organisation")
@click.option("--from", "from_day", default="", help="First day there, 2026-11-22; by default today.")
@click.option("--until", "until_day", default="", help="Last day; by default without end.")
@as_option
@json_option
def assign_command(
    site_id: str, organisation: str, from_day: str, until_day: str, email: str | None, as_json: bool
) -> None:
    """Assign a site to a contractor, or to a service provider for the time after the handover."""
    with application():
        viewer = acting(email, "assign")
        assign_site.assign_site(viewer, site_id, _partner(viewer, organisation), from_day, until_day)
    show_json({"id": site_id, "organisation": organisation}) if as_json else say(
        f"Assigned to {organisation}."
    )


@site.command("unassign")
@click.argument("site_id", metavar="SITE")
@click.argument("organisation")
@as_option
@json_option
def unassign_command(site_id: str, organisation: str, email: str | None, as_json: bool) -> int:
    """End the work of an organisation on a site; what it did stays in the journal."""
    with application():
        ended = assign_site.unassign(acting(email, "assign"), site_id, organisation)
    show_json({"id": site_id, "ended": ended}) if as_json else say(
        f"Ended for {organisation}." if ended else f"{organisation} was not assigned."
    )
    return 0 if ended else 1


def _partner(viewer: Viewer, wanted: str) -> str:
    partners = assign_site.list_organisations(viewer)
    for each in partners:
        if wanted in (each.id, each.name):
            return each.id
    known = ", ".join(each.name for each in partners)
    raise not_found(f"contractor {wanted} (there are {known or 'none'})")


@site.command("list")
@as_option
@json_option
def list_command(email: str | None, as_json: bool) -> None:
    """List the sites that the person sees."""
    with application():
        found = view_site.list_sites(acting(email, "open_site"))
    if as_json:
        show_json({"sites": [asdict(each) for each in found]})
        return
    rows = [
        (each.id, each.name, each.state, f"{each.done}/{each.total}", each.failed, each.organisation or "–")
        for each in found
    ]
    show_table(("Site", "Name", "State", "Done", "Failed", "Contractor"), rows, "No sites yet.")


@site.command("show")
@click.argument("site_id", metavar="SITE")
@as_option
@json_option
def show_command(site_id: str, email: str | None, as_json: bool) -> None:
    """Show where a site stands."""
    with application():
        found = view_site.view_site(acting(email, "open_site"), site_id)
    if as_json:
        show_json(
            {
                **asdict(found.summary),
                "sections": [asdict(each) for each in found.progress.sections],
                "blocks_submission": [asdict(each) for each in found.progress.blocks_submission],
                "blocks_approval": [asdict(each) for each in found.progress.blocks_approval],
                "packs": [asdict(each) for each in found.packs],
                "journal": asdict(found.journal_head),
                "state_digest": found.state_digest,
                "states": {key: state.status for key, state in found.states.items()},
            }
        )
        return
    head = found.summary
    say(f"{head.name}, {head.address}: {head.state}, {head.done} of {head.total} items done")
    rows = [
        (each.section, each.total, each.passed, each.failed, each.open) for each in found.progress.sections
    ]
    show_table(("Section", "Items", "Passed", "Failed", "Open"), rows)
    blockers = [(each.item, each.reason) for each in found.progress.blocks_approval[:10]]
    show_table(("In the way", "Why"), blockers, "Nothing stands in the way of approval.")


@site.command("plan")
@click.argument("site_id", metavar="SITE")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@as_option
@json_option
def plan_command(site_id: str, output: Path | None, email: str | None, as_json: bool) -> None:
    """Write the site plan that `device-probe site` reads."""
    with application():
        plan = site_plan.site_plan(acting(email, "open_site"), site_id)
    if output is None:
        show_json(plan)
        return
    write_file(output, (json.dumps(plan, ensure_ascii=False, indent=2) + "\n").encode())
    show_json({"file": str(output)}) if as_json else say(f"Wrote {output}.")


def _report(file: Path) -> dict[str, Any]:
    document = read_json(file)
    if not isinstance(document, dict):
        raise Problem("invalid", where=file.name, problem="a probe report was expected.")
    return document


#: Exit codes as `device-probe drift` has them.
_EXIT_OF_ANSWER = {"same": 0, "moved": 1, "not_comparable": 3}


@site.command("drift")
@click.argument("site_id", metavar="SITE")
@click.option(
    "--run", "number", type=int, help="Journal number of the run to compare; by default the latest."
)
@click.option("--report", "file", type=_FILE, help="A new report to compare instead; it is not recorded.")
@as_option
@json_option
def drift_command(
    site_id: str, number: int | None, file: Path | None, email: str | None, as_json: bool
) -> int:
    """Say what moved at a site since its approved state: by a recorded run, or by a new report.

    Exit code 0: nothing moved; 1: something did; 3: the loads differ too much to tell.
    """
    with application():
        viewer = acting(email, "open_site")
        found = (
            probe_history.site_drift(viewer, site_id, number)
            if file is None
            else probe_history.compared(viewer, site_id, _report(file))
        ).found
    if as_json:
        show_json(dump_drift(found))
        return _EXIT_OF_ANSWER[found.answer]
    say(f"Since the approved state of {found.baseline[1]}: {found.sentence}")
    rows = [(each.tag, each.sentence, each.remedy) for each in found.moved]
    rows += [(each.tag, f"Not compared: {each.quantity}. {each.reason}", "") for each in found.still_open]
    if rows:
        show_table(("Device", "What", "What to do"), rows)
    if found.answer == "not_comparable":
        say(found.action)
    return _EXIT_OF_ANSWER[found.answer]
