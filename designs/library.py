"""Find and load standard designs and site files: the built-in ones and those of a user's own folder."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from designs.equipment_list import EquipmentList, load_equipment
from designs.errors import DesignError
from designs.publishing import PUBLISHED, checked
from designs.reading import parse_yaml, read_once, read_yaml
from designs.regions import COUNTRIES
from designs.schema import load_value
from designs.standard_design import StandardDesign, parse_design

BUILT_IN = Path(__file__).parent
EXAMPLE_SITES = BUILT_IN / "sites"
_TEXTS = ("name", "address", "country", "timezone", "design")
#: A name and an address stand in headings and on every page.
_LONGEST = {"name": 200, "address": 500}
#: They turn round how the text after them is shown: somebody would read another name than is stored.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: What a folder of time zones holds besides them: of this machine, of nobody, or with leap seconds.
_NO_PLACE = ("localtime", "posixrules", "Factory", "posix/", "right/")
#: XK, Kosovo, is in use though ISO 3166 leaves it to its users.
_PLACES = COUNTRIES | {"XK"}

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
    as_built: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # accepted deviations by tag


def list_designs(folder: Path | None = None) -> tuple[StandardDesign, ...]:
    """Return every standard design, built in and from ``folder``/standard, by id and revision."""
    if folder and not folder.is_dir():
        raise DesignError(f"{folder} is not a folder; give the folder that holds your own designs.")
    places = [BUILT_IN / "standard", *([folder / "standard"] if folder else [])]
    paths = [path for place in places for path in sorted(place.glob("*.yaml")) if path.name != PUBLISHED]
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
    """Return the standard design of one YAML file, read anew only when the file was changed.

    A published one whose content is another than its digest in ``published.yaml`` says is refused.
    """
    return checked(read_once(path, _parse_design_file), path.parent)


def _parse_design_file(path: Path) -> StandardDesign:
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
    _check_keys(raw, file)
    _check_texts(raw, file)
    site = load_value(SiteInput, {**raw, "file": file}, file)
    for key in _TEXTS[:4]:
        if not any(each.isprintable() and not each.isspace() for each in str(getattr(site, key))):
            raise DesignError(f"{file}: {key} is empty.")
    if site.country not in _PLACES:
        raise DesignError(
            f"{file}: country: there is no country {site.country!r:.40}; give its two letters, like DE."
        )
    _check_timezone(site.timezone, file)
    return site


def _check_keys(raw: Mapping[Any, Any], file: str) -> None:
    allowed = [each.name for each in fields(SiteInput) if each.name != "file"]
    for key in raw:
        if key not in allowed:
            raise DesignError(f"{file}: {key}: unknown key, allowed are {', '.join(allowed)}.")


def _check_texts(raw: Mapping[str, Any], file: str) -> None:
    for key in _TEXTS:
        value = raw.get(key, "")
        if not isinstance(value, str):
            # YAML reads a bare NO as false, and a bare 42 as a number
            raise DesignError(
                f'{file}: {key} must be a text; put quotes around it, for example country: "NO".'
            )
        if any(map(_is_control, value)):
            raise DesignError(f"{file}: {key} holds a control character; write it anew.")
        if len(value) > _LONGEST.get(key, len(value)):
            raise DesignError(f"{file}: {key} is longer than {_LONGEST[key]} characters; write it shorter.")


def _is_control(each: str) -> bool:
    """Tell whether a character is none that is read, but rules how others are shown."""
    return (unicodedata.category(each) in ("Cc", "Zl", "Zp") and each not in "\t\r\n") or each in _TURNING


def _check_timezone(name: str, file: str) -> None:
    try:
        if name.startswith(_NO_PLACE):
            raise ZoneInfoNotFoundError(name)
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DesignError(
            f"{file}: timezone: there is no time zone {name!r:.80}; give one like Europe/Berlin."
        ) from error


def _refuse_two_contents(designs: list[StandardDesign]) -> None:
    seen: dict[tuple[str, int], StandardDesign] = {}
    for design in designs:
        other = seen.setdefault((design.id, design.revision), design)
        if other is not design:
            raise DesignError(
                f"{design.file}: {design.id} revision {design.revision} is already in {other.file}; "
                "give the changed design a new revision."
            )
