"""What stands in the head of every page: who is signed in and where they may go."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for

from fieldapp import __version__
from fieldapp.auth import current_viewer
from fieldapp.usecases.viewer import Viewer

_PLACES = (
    ("Home", "home.home", ()),
    ("Sites", "sites.index", ()),
    ("Open a site", "new_site.choose", ("engineer", "admin")),
    ("Tablet", "field.index", ("contractor",)),
    ("Tablets", "tablet_list.index", ("contractor", "admin")),
    ("Verify a pack", "packs.verify", ()),
    ("Tokens", "tokens.index", ("engineer",)),  # administrators find them on the page People
    ("Certificates", "instruments.index", ("engineer", "contractor", "reviewer", "admin")),
    ("Jobs", "jobs.index", ("engineer", "admin")),
    ("Stored files", "objects_page.index", ("admin",)),
    ("People", "people.index", ("admin",)),
)
#: Pages that only people of one kind of organisation have.
_KINDS = {"tablet_list.index": "contractor"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the main navigation."""

    label: str
    href: str
    current: bool


def init_app(app: Flask) -> None:
    """Give every template the viewer and the navigation."""
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    viewer = current_viewer()
    return {"viewer": viewer, "navigation": entries(viewer) if viewer else (), "version": __version__}


def entries(viewer: Viewer) -> tuple[Entry, ...]:
    """Return the links that a person's role has."""
    return tuple(
        Entry(label, url_for(endpoint), request.endpoint == endpoint)
        for label, endpoint, roles in _PLACES
        if (not roles or viewer.role in roles) and _KINDS.get(endpoint, viewer.kind) == viewer.kind
    )
