"""The text of a site file: written from what a site was opened with, and with accepted deviations put in."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from designs.errors import DesignError
from designs.model import SiteDesign
from designs.reading import parse_yaml

_REVISION_LINE = re.compile(r"^design_revision:.*\n?", re.MULTILINE)
_DESIGN_LINE = re.compile(r"^design:.*$", re.MULTILINE)
AsBuilt = Mapping[str, Mapping[str, Any]]


def site_text_of(site_design: SiteDesign) -> str:
    """Return a site file that gives this site design again, with every parameter written out."""
    parameters = site_design.parameters
    document: dict[str, Any] = {
        "name": parameters.name,
        "address": parameters.address,
        "country": parameters.country,
        "timezone": parameters.timezone,
        "design": site_design.design.id,
        "parameters": {key: value for key, value in parameters.values.items() if value is not None},
    }
    if site_design.as_built:
        document["as_built"] = site_design.as_built
    return _dump(document)


def with_as_built(site_text: str, changes: AsBuilt, name: str = "site") -> str:
    """Return a site file with more deviations by tag and property; comments stay where they can."""
    document = _mapping(site_text, name)
    present = document.get("as_built") or {}
    if not isinstance(present, Mapping):
        raise DesignError(f"{name}: as_built must be a mapping of tags to properties.")
    merged = {tag: dict(values) for tag, values in present.items()}
    for tag, values in changes.items():
        merged.setdefault(tag, {}).update(values)
    return _with(site_text, document, "as_built", merged)


def with_revision(site_text: str, revision: int | None, name: str = "site") -> str:
    """Return a site file that names another revision of its design, or none."""
    document = _mapping(site_text, name)
    if document.get("design_revision") == revision:
        return site_text
    wanted = {key: value for key, value in document.items() if key != "design_revision"}
    if revision is not None:
        wanted["design_revision"] = revision
    rest = _REVISION_LINE.sub("", site_text)
    line = "" if revision is None else f"\ndesign_revision: {revision}"
    written = _DESIGN_LINE.sub(lambda found: f"{found.group()}{line}", rest, count=1)
    return written if _reads_as(written, wanted) else _dump(wanted)


def _mapping(site_text: str, name: str) -> dict[str, Any]:
    document = parse_yaml(site_text, name)
    if not isinstance(document, Mapping):
        raise DesignError(f"{name} must be a mapping with the keys name, address, country and so on.")
    return dict(document)


def _with(text: str, document: Mapping[str, Any], key: str, value: object) -> str:
    """Put one key into a file: appended when the file stays what it was, else the file is written anew."""
    wanted = {**document, key: _plain(value)}
    appended = f"{text.rstrip()}\n{_dump({key: value})}"
    return appended if key not in document and _reads_as(appended, wanted) else _dump(wanted)


def _reads_as(text: str, wanted: Mapping[str, Any]) -> bool:
    """True when a text that was put together says what it should; a file in braces, for example, does not."""
    try:
        return bool(parse_yaml(text, "site") == wanted)
    except DesignError:
        return False


def _dump(document: object) -> str:
    text: str = yaml.safe_dump(_plain(document), sort_keys=False, allow_unicode=True, width=100)
    return text


def _plain(value: Any) -> Any:
    """Return plain dicts and lists: what travels inside is mappings and tuples."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
