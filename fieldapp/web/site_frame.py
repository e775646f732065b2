"""What every page of a site shares: the view, the tabs with their counts, and the names of people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from fieldapp.usecases.permissions import ALLOWED
from fieldapp.usecases.views import SiteView
from fieldapp.web.visitor import visitor
from fieldapp.web.words import EXCEPTIONS

Place = tuple[str, str, str, str]

#: key, label, endpoint, and the verb that a person's role must have to go there.
_PLACES: tuple[Place, ...] = (
    ("overview", "Overview", "sites.overview", "view"),
    ("checklists", "Checklists", "sites.checklists", "view"),
    ("one_line", "One-line diagram", "sites.one_line", "view"),
    ("study", "Study", "sites.study", "view"),
    ("probe", "Device probe", "sites.probe", "view"),
    ("review", "Review", "review.panel", "view"),
    ("proposals", "As built", "revisions.proposals", "view"),
    ("revisions", "Revisions", "revisions.index", "view"),
    ("packs", "Handover pack", "packs.index", "view"),
    ("journal", "Journal", "journal.index", "read_journal"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a site; ``counted`` says in words what ``count`` counts."""

    label: str
    href: str
    current: bool
    count: int = 0
    counted: str = ""
    urgent: bool = False


def frame(view: SiteView, current: str) -> dict[str, Any]:
    """Return the template values that every page of a site needs."""
    viewer = visitor()
    places = [place for place in _PLACES if viewer.role in ALLOWED[place[3]]]
    return {"view": view, "tabs": _tabs(view, current, places), "people_name": names_of(view)}


def names_of(view: SiteView) -> Callable[[str | None], str]:
    """Return a function from a person's id to name and organisation."""

    def name_of(person_id: str | None) -> str:
        person = view.people.get(person_id or "")
        return f"{person.name}, {person.organisation}" if person else "unknown person"

    return name_of


def _tabs(view: SiteView, current: str, places: Sequence[Place]) -> tuple[Tab, ...]:
    # A concession is a decision made: it stays in the lists of exceptions, but asks nobody for anything.
    waiting = set(EXCEPTIONS) - {"conceded"}
    exceptions = sum(state.status in waiting for state in view.states.values())
    undecided = sum(each.status == "open" for each in view.proposals)
    counts = {
        "checklists": (exceptions, "need attention", exceptions > 0),
        "probe": (len(view.probe_runs), "probe runs", False),
        "packs": (len(view.packs), "packs", False),
        "proposals": (undecided, "deviations to decide about", undecided > 0),
        "revisions": (len(view.revisions), "revisions after the first", False),
    }
    site_id = view.summary.id
    return tuple(
        Tab(label, url_for(endpoint, site_id=site_id), key == current, *counts.get(key, (0, "", False)))
        for key, label, endpoint, _ in places
    )
