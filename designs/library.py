"""Find and load standard designs and site files: the built-in ones and those of a user's own folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from designs.equipment_list import EquipmentList, load_equipment
from designs.errors import DesignError
from designs.reading import parse_yaml, read_yaml
from designs.schema import load_value
from designs.standard_design import StandardDesign, parse_design

BUILT_IN = Path(__file__).parent
EXAMPLE_SITES = BUILT_IN / "sites"

__all__ = [
    "EXAMPLE_SITES",
    "EquipmentList",
    "SiteInput",
    "find_design",
    "list_designs",
    "load_design_file",
    "load_equipment",
    "parse_site",
    "read_site_file",
]


@dataclass(frozen=True, slots=True)
class SiteInput:
    """What a site file says, not yet checked against its design."""

    name: str
    address: str
    country: str
    timezone: str
    design: str
    design_revision: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    file: str = "site"


def list_designs(folder: Path | None = None) -> tuple[StandardDesign, ...]:
    """Return every standard design, built in and from ``folder``/standard, by id and revision."""
    places = [BUILT_IN / "standard", *([folder / "standard"] if folder else [])]
    paths = [path for place in places for path in sorted(place.glob("*.yaml"))]
    found = [load_design_file(path) for path in paths]
    _refuse_two_contents(found)
    return tuple(sorted(found, key=lambda design: (design.id, design.revision)))


def find_design(design_id: str, folder: Path | None = None, revision: int | None = None) -> StandardDesign:
    """Return one standard design, its newest revision when none is named."""
    designs = list_designs(folder)
    matching = [
        design for design in designs if design.id == design_id and revision in (None, design.revision)
    ]
    if not matching:
        wanted = design_id if revision is None else f"{design_id} revision {revision}"
        known = ", ".join(f"{design.id} (revision {design.revision})" for design in designs)
        raise DesignError(f"There is no standard design {wanted}; there are {known}.")
    return matching[-1]


def load_design_file(path: Path) -> StandardDesign:
    """Return the standard design of one YAML file."""
    return parse_design(read_yaml(path), path.name)


def read_site_file(path: Path) -> SiteInput:
    """Return what a site file says."""
    return _site(read_yaml(path), path.name)


def parse_site(text: str, name: str = "site") -> SiteInput:
    """Return what the text of a site file says."""
    return _site(parse_yaml(text, name), name)


def _site(raw: Any, file: str) -> SiteInput:
    if not isinstance(raw, Mapping):
        raise DesignError(
            f"{file} must be a mapping with the keys name, address, country, timezone, design, parameters."
        )
    if "file" in raw:
        raise DesignError(f"{file}: file: unknown key, take it out.")
    site = load_value(SiteInput, {**raw, "file": file}, file)
    if not isinstance(site.parameters, Mapping):
        raise DesignError(f"{file}: parameters must be a mapping of the design's parameters to values.")
    for key in ("name", "address", "country", "timezone"):
        if not str(getattr(site, key)).strip():
            raise DesignError(f"{file}: {key} is empty.")
    return site


def _refuse_two_contents(designs: list[StandardDesign]) -> None:
    seen: dict[tuple[str, int], StandardDesign] = {}
    for design in designs:
        other = seen.setdefault((design.id, design.revision), design)
        if other is not design:
            raise DesignError(
                f"{design.file}: {design.id} revision {design.revision} is already in {other.file}; "
                "give the changed design a new revision."
            )
