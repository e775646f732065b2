"""Work that a tablet could not send, brought as the file that it exported: the rules are those of a push.

Who brings it proves nothing by that: every operation is signed, and its author comes from the key. Work of
somebody who has left waits for a reviewer.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import people
from fieldapp.store.database import reading
from fieldapp.tables import SiteRow
from fieldapp.usecases import permissions
from fieldapp.usecases.arrivals import Arrival, check_signatures, understand
from fieldapp.usecases.hold_back import hold
from fieldapp.usecases.sync_tablet import durably, settle
from fieldapp.usecases.viewer import Viewer, viewer_of

FORMAT = "fieldapp-unsent-v1"
_LEFT = "Its author no longer works here; a reviewer decides about it."
_STRANGER = "It was brought by somebody who has nothing to do with it; a reviewer decides about it."
_NOT_YOURS = "Its author is not, or no longer, assigned to this site; a reviewer decides about it."


@dataclass(frozen=True, slots=True)
class ImportedEntry:
    """What became of one operation of a file."""

    operation: str
    site: str
    item: str
    author: str
    status: str
    reason: str
    number: int | None


def import_unsent(viewer: Viewer, content: bytes) -> tuple[ImportedEntry, ...]:
    """Journal or keep every operation of a file. The same file again changes nothing."""
    permissions.require_role(viewer, "import_unsent")
    tablet, sent = _read(content)
    size = settings().max_operations
    found: list[ImportedEntry] = []
    for start in range(0, len(sent), size):
        found += _take(viewer, tablet, sent[start : start + size])
    return tuple(found)


def _read(content: bytes) -> tuple[str, Sequence[Any]]:
    try:
        data = json.loads(content.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _refused("it is not JSON; choose the file that the tablet made.") from error
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise _refused(f"it is not work that a tablet exported ({FORMAT}).")
    tablet, sent = data.get("tablet"), data.get("operations")
    if not isinstance(tablet, str) or len(tablet) > 36 or not tablet.isprintable() or not tablet.isascii():
        raise _refused("it does not name its tablet.")
    if not isinstance(sent, list) or not sent:
        raise _refused("it holds no operations: everything had been sent.")
    return tablet, sent


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _refused(problem: str) -> Problem:
    return Problem("invalid", where="file", problem=problem)


def _take(viewer: Viewer, tablet: str, sent: Sequence[Any]) -> list[ImportedEntry]:
    arrivals = [understand(each, "file") for each in sent]
    check_signatures(arrivals)
    with reading() as db:
        authors = people.people(db, {each.author for each in arrivals if each.author})
    for each in arrivals:
        if each.author and not each.status and not authors[each.author][0].active:
            each.refuse(_LEFT, "quarantined")

    def admit(db: Session, site: SiteRow | None, mine: Sequence[Arrival]) -> None:
        for each in mine:
            _admit(db, viewer, site, each, authors)

    def write(db: Session, at: str) -> None:
        settle(db, arrivals, at, admit)
        hold(db, viewer.id, tablet, arrivals, at)

    durably(arrivals, write)
    return [_entry(each, authors) for each in arrivals]


def _admit(
    db: Session, viewer: Viewer, site: SiteRow | None, arrival: Arrival, authors: Mapping[str, people.Pair]
) -> None:
    author = viewer_of(authors[str(arrival.author)])
    if site is None or not permissions.sees(db, author, site):
        arrival.refuse(_NOT_YOURS, "quarantined")
    elif author.organisation_id != viewer.organisation_id and not permissions.sees(db, viewer, site):
        arrival.refuse(
            "It was brought by somebody who has nothing to do with it; a reviewer decides.", "quarantined"
        )


def _entry(arrival: Arrival, authors: Mapping[str, people.Pair]) -> ImportedEntry:
    author, operation = authors.get(arrival.author or ""), arrival.operation
    return ImportedEntry(
        operation=arrival.id,
        site=operation.site if operation else "",
        item=operation.item if operation else "",
        author=author[0].name if author else "",
        status=arrival.status,
        reason=arrival.reason,
        number=arrival.number,
    )
