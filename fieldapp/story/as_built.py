"""As built in the story: a cable is longer than drawn; recorded, accepted, its tests done again."""

from collections.abc import Mapping, Sequence
from typing import Any

from fieldapp.story import work
from fieldapp.story.tablet import Tablet
from fieldapp.story.work import Book
from fieldapp.usecases import propose_change
from fieldapp.usecases.viewer import Viewer

#: The circuit whose trench goes around a tree, and the item at which the contractor says so.
TAG, ITEM, LENGTH_M = "F05", work.REMEASURED, "36"
REASON = "The trench goes around the roots of the old lime tree."


def record_deviation(tablet: Tablet, site: str) -> Sequence[Mapping[str, Any]]:
    """Record on the tablet what differs from the drawing and send it; return the server's results."""
    body = {"tag": TAG, "property": "length_m", "value": LENGTH_M, "reason": REASON}
    tablet.record(site, ITEM, "deviation", body)
    return tablet.sync()


def accept_deviation(engineer: Viewer, site: str) -> int:
    """Accept every open deviation of the site as a new revision; return its number."""
    found = propose_change.list_proposals(engineer, site)
    wanted = [each.id for each in found if each.status == "open"]
    return propose_change.accept(engineer, site, wanted, "Length measured on site; the study still holds.")


def do_again(tablet: Tablet, book: Book, states: Mapping[str, Any], name: str) -> Sequence[str]:
    """Do again what the revision made stale; return the keys of these items."""
    stale = (key for key, state in states.items() if state["status"] == "stale")
    return work.redo(tablet, book, stale, name, 4)
