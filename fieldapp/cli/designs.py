"""`fieldapp design`: look at standard designs, check, publish, apply and draw them. Needs no database."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from checklists.schema import dump_checklist
from designs import library, publishing
from designs.addresses import address_list
from designs.bill import bill
from designs.errors import DesignError
from designs.schema import dump_site_design, dump_study
from fieldapp.cli.design_tables import show_generated
from fieldapp.cli.showing import json_option, make_folder, read_text, say, show_json, show_table, write_file
from fieldapp.clock import today
from fieldapp.config import read_config
from fieldapp.store.sites import Generated
from fieldapp.usecases.open_site import apply_site, generate_site

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_design = click.argument("design_id", metavar="DESIGN")
_site = click.option("--site", "site", required=True, type=_FILE, help="The site's parameters as YAML.")
_approval = click.option(
    "--approval",
    type=click.Choice(["refuse", "flag"]),
    help="What becomes of equipment that is not approved; FIELDAPP_UNAPPROVED unless given.",
)


@click.group()
def design() -> None:
    """Standard designs: list, show, check, publish, apply, draw, count, compare."""


@design.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the standard designs: the built-in ones and your own (FIELDAPP_DESIGNS_DIR)."""
    rows = [
        {"id": each.id, "revision": each.revision, "published": publishing.is_published(each),
         "title": each.title, "segment": each.segment}
        for each in library.list_designs(read_config().designs)
    ]  # fmt: skip
    if as_json:
        show_json({"designs": rows})
        return
    table = [
        (it["id"], it["revision"], "yes" if it["published"] else "–", it["title"], it["segment"])
        for it in rows
    ]
    show_table(("Design", "Revision", "Published", "Title", "Segment"), table)


@design.command("show")
@_design
@click.option("--revision", type=int, help="A revision other than the newest.")
@json_option
def show_command(design_id: str, revision: int | None, as_json: bool) -> None:
    """Show a standard design and its parameters.

    \b
    fieldapp design show highway-dc-hub
    """
    found = library.find_design(design_id, read_config().designs, revision)
    parameters = [_parameter(each) for each in found.parameters]
    ref = found.ref
    if as_json:
        head = {"id": ref.id, "revision": ref.revision, "title": ref.title, "segment": ref.segment}
        show_json(
            {**head, "digest": ref.digest, "published": publishing.is_published(found),
             "parameters": parameters, "checklists": list(found.checklists)}
        )  # fmt: skip
        return
    published = "published" if publishing.is_published(found) else "not published"
    say(f"{ref.id} revision {ref.revision} ({published}): {ref.title}\n{found.summary}")
    rows = [
        (row["key"], row["kind"], row["unit"], _bounds(row), row["default"], row["title"])
        for row in parameters
    ]
    show_table(("Parameter", "Kind", "Unit", "Allowed", "Default", "Meaning"), rows)


def _parameter(parameter: Any) -> dict[str, Any]:
    names = ("key", "title", "kind", "unit", "default", "minimum", "maximum", "choices", "help")
    found = {name: getattr(parameter, name, None) for name in names}
    columns = [_parameter(each) for each in parameter.columns]
    plain = {name: list(each) if isinstance(each, tuple) else each for name, each in found.items()}
    return plain | ({"rows": parameter.rows, "columns": columns} if columns else {})


def _bounds(row: dict[str, Any]) -> str:
    if row["minimum"] is not None:
        return f"{row['minimum']:g} to {row['maximum']:g}"
    return ", ".join(row["choices"] or [each["key"] for each in row.get("columns", ())])


@design.command("check")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@json_option
def check_command(files: tuple[Path, ...], as_json: bool) -> int:
    """Check files of standard designs; each mistake is said in one sentence. Any mistake: exit code 2.

    \b
    fieldapp design check my-designs/standard/*.yaml
    """
    good: list[Any] = []
    wrong: list[tuple[str, str]] = []
    for path in files:
        try:
            good.append(library.load_design_file(path).ref)
        except DesignError as error:
            wrong.append((path.name, str(error)))
    if as_json:
        show_json(
            {"designs": [{"id": each.id, "revision": each.revision, "digest": each.digest} for each in good],
             "refused": [{"file": file, "problem": problem} for file, problem in wrong]}
        )  # fmt: skip
    else:
        if good:
            show_table(("Design", "Revision", "Digest"), [(it.id, it.revision, it.digest) for it in good])
        for _, problem in wrong:
            click.echo(f"fieldapp: {problem}", err=True)
    return 2 if wrong else 0


@design.command("publish")
@click.argument("file", type=_FILE)
@json_option
def publish_command(file: Path, as_json: bool) -> None:
    """Publish the revision of a design file: from now on its content can't change.

    A line with its digest goes into published.yaml beside the file; a change needs a new revision.
    """
    line = publishing.publish(file, on=today())
    if as_json:
        show_json({"id": line.id, "revision": line.revision, "digest": line.digest, "day": line.day})
    else:
        say(f"Published {line.id} revision {line.revision}, digest {line.digest}.")


def _generate(design_id: str, site: Path, approval: str | None = None) -> Generated:
    return generate_site(design_id, read_text(site), read_config().designs, site.name, unapproved=approval)


@design.command("apply")
@_design
@_site
@_approval
@json_option
def apply_command(design_id: str, site: Path, approval: str | None, as_json: bool) -> int:
    """Apply a design to a site: findings, study, checklists. Refused by its study: exit code 1.

    \b
    fieldapp design apply highway-dc-hub --site hub-a7.yaml
    fieldapp design apply destination-ac --site hotel.yaml --approval flag --json
    """
    found = _generate(design_id, site, approval)
    show_json(_document(found)) if as_json else show_generated(found)
    return 1 if found.study.refused else 0


def _document(found: Generated) -> dict[str, Any]:
    whole, study = dump_site_design(found.site_design), dump_study(found.study)
    return {
        "design": {**whole["design"], "parameters": whole["parameters"]},
        "one_line": whole["one_line"],
        "study": {key: value for key, value in study.items() if key != "findings"},
        "findings": study["findings"],
        "checklists": [dump_checklist(each) for each in found.checklists],
    }


@design.command("draw")
@_design
@_site
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="A folder for all sheets, or one file ending in .svg.",
)
@click.option("--page", type=click.IntRange(min=1), help="Only this page of the one-line diagram.")
@click.option("--layout", is_flag=True, help="Only the layout plan.")
@json_option
def draw_command(
    design_id: str, site: Path, output: Path | None, page: int | None, layout: bool, as_json: bool
) -> None:
    """Draw a site as SVG: every page of the one-line diagram and the layout plan.

    \b
    fieldapp design draw fleet-depot --site depot.yaml -o drawings/
    fieldapp design draw fleet-depot --site depot.yaml --layout -o plan.svg
    """
    found = _generate(design_id, site).drawings
    if page or layout:
        wanted = "layout" if layout else f"one-line-{page}"
        names = ", ".join(each.name for each in found)
        found = tuple(each for each in found if each.name == wanted)
        if not found:
            raise click.UsageError(f"There is no sheet {wanted}; there are {names}.")
    if output is None:
        sheets = [{"name": each.name, "title": each.title, "svg": each.svg} for each in found]
        show_json({"svg": found[0].svg, "sheets": sheets}) if as_json else say(found[0].svg)
        return
    single = not output.is_dir() and (output.suffix.lower() == ".svg" or output.exists())
    if single:
        found = found[:1]
    else:
        make_folder(output)
    written = {(output if single else output / f"{each.name}.svg"): each.svg for each in found}
    for path, svg in written.items():
        write_file(path, svg.encode())
    files = [str(path) for path in written]
    show_json({"file": files[0], "files": files}) if as_json else say(f"Wrote {', '.join(files)}.")


def _applied(design_id: str, site: Path) -> Any:
    return apply_site(design_id, read_text(site), read_config().designs, site.name)


@design.command("bill")
@_design
@_site
@json_option
def bill_command(design_id: str, site: Path, as_json: bool) -> None:
    """List what a site needs: equipment, metres of cable, spare parts."""
    lines = bill(_applied(design_id, site), library.load_equipment())
    if as_json:
        show_json({"bill": [asdict(each) for each in lines]})
        return
    rows = [
        (f"{it.quantity:g}", it.unit, it.title, it.maker or "–", it.equipment, _shortened(it.tags))
        for it in lines
    ]
    show_table(("Quantity", "Unit", "Title", "Maker", "Equipment", "Tags"), rows)


def _shortened(tags: tuple[str, ...]) -> str:
    return ", ".join(tags) if len(tags) <= 6 else f"{tags[0]} … {tags[-1]} ({len(tags)})"


@design.command("addresses")
@_design
@_site
@json_option
def addresses_command(design_id: str, site: Path, as_json: bool) -> None:
    """List the Modbus addresses of a site, as they are set on the devices."""
    lines = [asdict(each) for each in address_list(_applied(design_id, site).one_line)]
    if as_json:
        show_json({"addresses": lines})
        return
    columns = tuple(lines[0]) if lines else ()
    rows = [tuple("–" if cell is None else cell for cell in each.values()) for each in lines]
    show_table([name.replace("_", " ").capitalize() for name in columns], rows, "No device has an address.")
