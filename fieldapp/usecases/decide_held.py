"""What was sent for a site and is not in its journal: a reviewer lets it in, or sets it aside with a reason.

Let in, it goes the way of everything else, signed by who recorded it, and the journal names the reviewer too.
Set aside, it is kept for ever and stays out, however often it is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from checklists.item_schema import load_value
from checklists.merge import canonical_bytes
from checklists.model import Item, Operation
from checklists.plausibility.conduct import clock_in_words
from checklists.showing import as_entered
from fieldapp.clock import now
from fieldapp.problems import Problem, not_found
from fieldapp.signatures import is_signed
from fieldapp.store import operations, people, sites
from fieldapp.store.database import reading, session
from fieldapp.tables import HeldOperationRow
from fieldapp.usecases import permissions
from fieldapp.usecases.arrivals import Arrival
from fieldapp.usecases.intake import Intake, arrival_of
from fieldapp.usecases.viewer import Viewer

#: What a reviewer may let in: refused operations broke a rule that nobody can lift.
ADOPTABLE = ("quarantined", "pending")
OPEN = (*ADOPTABLE, "rejected")
MAX_COMMENT = 4000


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """One operation that is held for a site, as a reviewer looks at it."""

    number: int
    operation: str
    item: str
    title: str
    entry: str  # what was entered, in words
    author: str
    organisation: str
    active: bool  # False: the author has left
    sender: str  # "" when the author sent it themselves
    recorded_at: str
    received_at: str
    clock: str  # what was wrong with the tablet's clock, in words
    status: str
    reason: str
    can_adopt: bool
    decided_by: str
    decided_at: str
    comment: str


def held_at(viewer: Viewer, site_id: str) -> tuple[HeldEntry, ...]:
    """Return what is held for a site, what waits for a decision first."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "decide_held")
        rows = operations.held_of_site(db, site.id, *OPEN, "set_aside")
        named = {who for row in rows for who in (row.author, row.sender, row.decided_by) if who}
        pairs = people.people(db, named)
        items = sites.generated(db, site).items
        found = [_entry(row, pairs, items) for row in rows]
    return tuple(sorted(found, key=lambda each: (bool(each.decided_at), not each.can_adopt, each.number)))


def waiting_at(viewer: Viewer, site_id: str) -> int | None:
    """Return how many operations of a site wait for this reviewer; None for whoever may not decide."""
    if not permissions.has_verb(viewer, "decide_held"):
        return None
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "decide_held")
        return len(operations.held_of_site(db, site.id, "quarantined"))


def _entry(row: HeldOperationRow, pairs: Mapping[str, people.Pair], items: Mapping[str, Item]) -> HeldEntry:
    arrival = arrival_of(row)
    operation = arrival.operation
    if operation is None or row.number is None:
        raise LookupError(f"held operation {row.operation_id} was never understood")
    author, item = pairs.get(row.author or ""), items.get(operation.item)
    return HeldEntry(
        number=row.number,
        operation=operation.id,
        item=operation.item,
        title=item.title if item else "not an item of this site",
        entry=in_words(operation),
        author=author[0].name if author else "unknown person",
        organisation=author[1].name if author else "",
        active=author is not None and author[0].active,
        sender=pairs[row.sender][0].name if row.sender != row.author and row.sender in pairs else "",
        recorded_at=operation.recorded_at,
        received_at=row.received_at,
        clock=clock_in_words(arrival.clock_offset_s, unknown=row.came_by == "push"),
        status=row.status,
        reason=row.reason,
        can_adopt=row.status in ADOPTABLE,
        decided_by=pairs[row.decided_by][0].name if row.decided_by and row.decided_by in pairs else "",
        decided_at=row.decided_at or "",
        comment=row.comment,
    )


def in_words(operation: Operation) -> str:
    """Return what an operation says, as a person reads it."""
    body = operation.body
    match operation.kind:
        case "answer":
            return as_entered(load_value(body["value"]))
        case "not_applicable":
            return f"not applicable: {body['reason']}"
        case "retract":
            return "entry withdrawn"
        case "photo":
            return f"photo {body['caption']}".strip()
        case "note":
            return f"note: {body['text']}"
        case "signature":
            return f"signed as {body['name']}"
    return f"{body['property']} at {body['tag']}: {body['value']}, {body['reason']}"


def adopt(viewer: Viewer, site_id: str, number: int) -> int:
    """Let an operation into the journal of its site; return its journal number there."""
    at = now()
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "decide_held", lock=True)
        row = _row(db, site.id, number, ADOPTABLE)
        arrival = arrival_of(row)
        if arrival.operation is None:
            raise Problem("held_refused", why="it was never understood.")
        arrival.message = canonical_bytes(arrival.operation)
        key = people.tablet_keys(db, [arrival.operation.key]).get(arrival.operation.key)
        if (
            key is None
            or key.person_id != row.author
            or not is_signed(arrival.message, row.signature, key.jwk)
        ):
            raise Problem("held_refused", why="its signature is not that of its author.")
        row.decided_by, row.decided_at, arrival.adopted_by = viewer.id, at, viewer.id
        Intake(db, site, at).take([arrival])
        if arrival.number is None or arrival.status not in ("applied", "conflict", "duplicate"):
            raise Problem("held_refused", why=arrival.reason)
        row.status, row.adopted_at = "adopted", at
        return arrival.number


def _check_signature(db: Session, arrival: Arrival) -> None:
    """Nothing goes in that its author did not sign; whether a revoked key counts is for the reviewer."""
    name = arrival.operation.key if arrival.operation else ""
    key = people.tablet_keys(db, [name]).get(name)
    if key is None or key.person_id != arrival.author:
        raise Problem("held_refused", why="its key is not its author's.")
    if not is_signed(arrival.message, arrival.signature, key.jwk):
        raise Problem("held_refused", why="its signature does not belong to its content.")


def set_aside(viewer: Viewer, site_id: str, number: int, comment: str) -> None:
    """Keep an operation out of the journal for good, with the reason."""
    text = comment.strip()
    if not text:
        raise Problem("invalid", where="comment", problem="say why, in a few words.")
    if len(text) > MAX_COMMENT or "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        problem = f"must be plain text of at most {MAX_COMMENT} characters."
        raise Problem("invalid", where="comment", problem=problem)
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "decide_held", lock=True)
        row = _row(db, site.id, number, OPEN)
        for each in operations.held_same(db, [row.operation_id], [row.digest]):
            # The same may have come twice, in a push and in a file: one word is enough for both.
            if (each.operation_id, each.digest) == (row.operation_id, row.digest) and each.status in OPEN:
                each.status, each.comment = "set_aside", text
                each.decided_by, each.decided_at = viewer.id, now()


def _row(db: Session, site_id: str, number: int, statuses: tuple[str, ...]) -> HeldOperationRow:
    row = operations.held(db, number)
    if row is None or row.site_id != site_id:
        raise not_found("held entry")
    if row.status in ("adopted", "set_aside"):
        raise Problem("held_refused", why="somebody has decided about it already.")
    if row.status not in statuses:
        raise Problem("held_refused", why=row.reason)
    return row
