"""The standard designs with their thumbnails, to choose from."""

from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

from designs.apply import apply
from designs.drawing import thumbnail_svg
from designs.equipment_list import EquipmentList, load_equipment
from designs.errors import DesignError
from designs.library import SiteInput, find_design
from designs.standard_design import Parameter, StandardDesign
from fieldapp.config import settings
from fieldapp.usecases import open_site
from fieldapp.usecases.viewer import Viewer


def gallery(viewer: Viewer) -> dict[str, Any]:
    """Return the designs, what they are for, and their thumbnails, for a template."""
    designs, folder = open_site.list_designs(viewer), settings().designs
    return {
        "designs": designs,
        "summaries": {it.id: find_design(it.id, folder, it.revision).summary for it in designs},
        "thumbnails": {it.id: _thumbnail(it.id, it.revision, folder) for it in designs},
    }


@cache
def _thumbnail(design_id: str, revision: int, folder: Path | None) -> str:
    """Return the drawing of a design with ordinary values, "" when it has none that fit together."""
    design = find_design(design_id, folder, revision)
    try:
        return thumbnail_svg(apply(design, _ordinary_site(design), load_equipment()))
    except DesignError:
        return ""


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
