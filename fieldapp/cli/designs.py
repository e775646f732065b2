"""`fieldapp design`: look at standard designs, apply them, draw them. Needs no database."""

from pathlib import Path
from typing import Any

import click

from checklists.schema import dump_checklist
from designs import library
from designs.schema import dump_site_design, dump_study
from fieldapp.cli.showing import json_option, read_text, say, show_json, show_table, write_file
from fieldapp.config import read_config
from fieldapp.store.sites import Generated
from fieldapp.usecases.open_site import generate_site

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def design() -> None:
    """Standard designs: list, show, check, apply, draw."""


@design.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the standard designs."""
    rows = [
        {"id": each.id, "revision": each.revision, "title": each.title, "segment": each.segment}
        for each in library.list_designs(read_config().designs)
    ]
    if as_json:
        show_json({"designs": rows})
    else:
        show_table(("Design", "Revision", "Title", "Segment"), [tuple(row.values()) for row in rows])


@design.command("show")
@click.argument("design_id", metavar="DESIGN")
@json_option
def show_command(design_id: str, as_json: bool) -> None:
    """Show a standard design and its parameters."""
    found = library.find_design(design_id, read_config().designs)
    parameters = [_parameter(each) for each in found.parameters]
    ref = found.ref
    if as_json:
        document = {"id": ref.id, "revision": ref.revision, "title": ref.title, "segment": ref.segment}
        show_json(
            {**document, "digest": ref.digest, "parameters": parameters, "checklists": list(found.checklists)}
        )
        return
    say(f"{ref.id} revision {ref.revision}: {ref.title}")
    rows = [(row["key"], row["kind"], row["unit"], row["default"], row["title"]) for row in parameters]
    show_table(("Parameter", "Kind", "Unit", "Default", "Meaning"), rows)


def _parameter(parameter: Any) -> dict[str, Any]:
    names = ("key", "title", "kind", "unit", "default", "minimum", "maximum", "choices", "help")
    found = {name: getattr(parameter, name, None) for name in names}
    return {name: list(each) if isinstance(each, tuple) else each for name, each in found.items()}


@design.command("check")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@json_option
def check_command(files: tuple[Path, ...], as_json: bool) -> None:
    """Check files of standard designs; the first mistake ends with its sentence."""
    found = [library.load_design_file(path).ref for path in files]
    if as_json:
        show_json(
            {"designs": [{"id": each.id, "revision": each.revision, "digest": each.digest} for each in found]}
        )
    else:
        show_table(
            ("Design", "Revision", "Digest"), [(each.id, each.revision, each.digest) for each in found]
        )


def _generate(design_id: str, site: Path) -> Generated:
    return generate_site(design_id, read_text(site), read_config().designs, site.name)


@design.command("apply")
@click.argument("design_id", metavar="DESIGN")
@click.option("--site", "site", required=True, type=_FILE, help="The site's parameters as YAML.")
@json_option
def apply_command(design_id: str, site: Path, as_json: bool) -> int:
    """Apply a design to a site: one-line, study, findings, checklists. Refused by its study: exit code 1."""
    found = _generate(design_id, site)
    if as_json:
        show_json(_document(found))
    else:
        _show(found)
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


def _show(found: Generated) -> None:
    design_ref = found.site_design.design
    say(f"{found.site_design.parameters.name}: {design_ref.id} revision {design_ref.revision}")
    rows = [
        (each.tag, f"{each.ib_a:.0f} ≤ {each.in_a:.0f} ≤ {each.iz_a:.0f}", f"{each.zs_expected_cold_ohm:.2f}",
         f"{each.zs_permitted_ohm:.2f}", f"{each.voltage_drop_total_percent:.1f}")
        for each in found.study.circuits
    ]  # fmt: skip
    show_table(("Circuit", "Ib ≤ In ≤ Iz, A", "Zs expected, Ω", "Zs permitted, Ω", "Voltage drop, %"), rows)
    findings = [
        (each.severity, each.tag, each.sentence, each.clause, each.remedy) for each in found.study.findings
    ]
    show_table(("Severity", "Tag", "Finding", "Clause", "Remedy"), findings, empty="No findings.")
    say(f"{len(found.items)} items in {len(found.checklists)} checklists.")


@design.command("draw")
@click.argument("design_id", metavar="DESIGN")
@click.option("--site", "site", required=True, type=_FILE, help="The site's parameters as YAML.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="SVG file to write.")
@json_option
def draw_command(design_id: str, site: Path, output: Path | None, as_json: bool) -> None:
    """Draw the one-line diagram of a site as SVG."""
    svg = _generate(design_id, site).one_line_svg
    if output is None:
        show_json({"svg": svg}) if as_json else say(svg)
        return
    write_file(output, svg.encode())
    show_json({"file": str(output)}) if as_json else say(f"Wrote {output}.")
