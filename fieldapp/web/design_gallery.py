"""The standard designs with their thumbnails, to choose from."""

from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

from designs.apply import apply
from designs.drawing import thumbnail_svg
from designs.equipment_list import EquipmentList, load_equipment
from designs.errors import DesignError
from designs.library import EXAMPLE_SITES, SiteInput, find_design, list_designs, parse_site
from designs.standard_design import Parameter, StandardDesign
from fieldapp.config import settings
from fieldapp.usecases import open_site
from fieldapp.usecases.rollout_file import read_rollout, site_file
from fieldapp.usecases.viewer import Viewer


def gallery(viewer: Viewer) -> dict[str, Any]:
    """Return the designs, what they are for, and their thumbnails, for a template."""
    folder = settings().designs
    # Sorted by revision: the newest of each design is what a new site gets.
    designs = tuple({it.id: it for it in open_site.list_designs(viewer)}.values())
    return {
        "designs": designs,
        "summaries": {it.id: find_design(it.id, folder, it.revision).summary for it in designs},
        "thumbnails": {it.id: _thumbnail(it.id, it.revision, folder) for it in designs},
    }


@cache
def _thumbnail(design_id: str, revision: int, folder: Path | None) -> str:
    """Return the drawing of a design with ordinary values, "" when it has none that fit together."""
    design = find_design(design_id, folder, revision)
    for site in (*_example_sites(design), _ordinary_site(design)):
        try:
            return thumbnail_svg(apply(design, site, load_equipment()))
        except DesignError:
            continue
    return ""


def _example_sites(design: StandardDesign) -> tuple[SiteInput, ...]:
    """Return the sites of the example wave that use a design, as far as their rows can be read."""
    text = (EXAMPLE_SITES / "rollout-example.csv").read_text("utf-8")
    rows = read_rollout(text, "rollout-example.csv", list_designs()).rows
    mine = [
        row for row in rows if row["design"] == design.id and row["revision"] in ("", str(design.revision))
    ]
    return tuple(parse_site(site_file(row, design)) for row in mine)


def _ordinary_site(design: StandardDesign) -> SiteInput:
    needed = [p for p in design.parameters if p.default is None and not p.optional and p.kind != "table"]
    values = {parameter.key: _ordinary(parameter, load_equipment()) for parameter in needed}
    return SiteInput("Example", "Example", "DE", "Europe/Berlin", design.id, parameters=values)


def _ordinary(parameter: Parameter, equipment: EquipmentList) -> Any:
    if parameter.kind == "equipment":
        return next(iter(equipment.of_class(parameter.equipment_class.split()[0])), None)
    if parameter.kind == "flag":
        return False
    if parameter.kind in ("integer", "number"):
        middle = sqrt(max(parameter.minimum or 0, 0.001) * (parameter.maximum or 1))
        return round(middle) if parameter.kind == "integer" else middle
    return parameter.choices[0] if parameter.choices else "example"
