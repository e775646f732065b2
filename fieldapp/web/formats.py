"""How values are written on a page: times in the site's zone, numbers, sizes, addresses of items."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask

from checklists.plan import hours
from checklists.words import COMPETENCES, EVIDENCE_WORDS, INSTRUMENTS, SEVERITY_WORDS
from fieldapp.web import words
from fieldapp.web.assets import address
from fieldapp.web.drawings import drawing

_KIB = 1024


def init_app(app: Flask) -> None:
    """Give the templates these formats."""
    filters: dict[str, Callable[..., Any]] = {
        "local_time": local_time,
        "iso": iso,
        "number": number,
        "file_size": file_size,
        "anchor": anchor,
        "hours": hours,
        "picture": picture,
        "drawing": drawing,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(
        asset=address,
        look=words.look,
        section_title=lambda value: words.SECTION_TITLES.get(value, value),
        aspect_title=lambda value: words.ASPECT_TITLES.get(value, value),
        role_title=lambda value: words.ROLE_TITLES.get(value, value),
        instrument_title=lambda value: INSTRUMENTS.get(value, value.replace("-", " ")),
        competence_title=lambda value: COMPETENCES.get(value, value),
        evidence_title=lambda value: EVIDENCE_WORDS.get(value, value),
        severity_title=lambda value: SEVERITY_WORDS.get(value, value),
        site_looks=words.SITE_LOOKS,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def local_time(value: str, zone: str = "UTC") -> str:
    """Return a moment in a time zone, with the zone named: ``22 Nov 2026, 09:14 CET``."""
    moment = parse_time(value)
    if moment is None:
        return value
    local = moment.astimezone(zone_of(zone))
    name = local.tzname() or "UTC"
    shown = name if name[:1].isalpha() else f"UTC{name}"
    return f"{local.day} {local:%b %Y, %H:%M} {shown}"


def iso(value: str) -> str:
    """Return a moment as ISO 8601 in UTC, for machines."""
    moment = parse_time(value)
    return value if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def parse_time(value: str) -> datetime | None:
    """Return the moment of an ISO 8601 text, None when it is not one; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone, UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def number(value: float | str) -> str:
    """Return a number with three significant digits, whole numbers in full, text as it is."""
    if isinstance(value, str):
        return value
    size = abs(value)
    if value == int(value) or size >= 1000:
        return f"{value:.0f}"
    decimals = 1 if size >= 100 else 2 if size >= 1 else 3 if size >= 0.1 else 4
    shown = f"{value:.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def file_size(size: int) -> str:
    """Return a size in bytes as people write it."""
    if size < _KIB:
        return f"{size} bytes"
    return f"{size / _KIB:.0f} KiB" if size < _KIB * _KIB else f"{size / _KIB / _KIB:.1f} MiB"


def picture(svg: str) -> str:
    """Return a picture as an address that an image loads without asking the server again."""
    if "xmlns=" not in svg:  # inside a page it needs none, as an image it does
        svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def anchor(key: str) -> str:
    """Return an item key as an HTML id: ``polarity@F03`` becomes ``i-polarity-F03``."""
    return "i-" + re.sub(r"[^A-Za-z0-9_-]", "-", key)
