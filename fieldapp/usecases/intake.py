"""New operations into the journal of one site, those that waited for them included; the site is locked."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from checklists.arrival import Desk, Taken, settle
from checklists.canonical import canonical_json
from checklists.model import Operation
from fieldapp.store import journal, operations, people, revisions, sites
from fieldapp.store.journal import Draft
from fieldapp.tables import HeldOperationRow, SiteRow
from fieldapp.usecases import permissions, projection
from fieldapp.usecases.arrivals import Arrival
from fieldapp.usecases.viewer import viewer_of


class Intake:
    """One transaction's work on one site."""

    def __init__(self, db: Session, site: SiteRow, at: str) -> None:
        self.db, self.site, self.at = db, site, at
        self.items = sites.generated(db, site).items
        self.held: list[HeldOperationRow] = []
        self.states: Mapping[str, Any] = {}  # of every item that is touched, as JSON
        #: What belonged to the site once: late work there is kept and readable, it answers nothing.
        self.withdrawn = revisions.withdrawn(revisions.revised(db, site.id)) if site.revision > 1 else {}
        items = self.items.keys() | self.withdrawn.keys() if self.withdrawn else self.items
        self.desk = Desk(items, site.revision)
        self.first: dict[str, operations.Known] = {}  # the journalled ones, for the answer to a duplicate
        self.accepted: list[Arrival] = []

    def take(self, arrivals: Sequence[Arrival]) -> None:
        """Journal what can be journalled; the others get their status and reason."""
        self.held = operations.held_with(self.db, self.site.id, {each.id for each in arrivals})
        arrivals = [each for each in arrivals if not self._is_set_aside(each)]
        held = [arrival_of(row) for row in self.held if self._waits_here(row)]
        self._load([*arrivals, *(arrival for arrival in held)])
        waiting = [each for each in arrivals if not self._accept(each)]
        waiting = [each for each in waiting if each.status == "pending"]
        still = [each for each in held if each.id not in {other.id for other in arrivals}]
        self._adopt(waiting + self._entitled(still))
        self._write()
        numbers = {each.id: each.number for each in self.accepted}
        for each in arrivals:
            if each.status == "duplicate" and each.number is None:
                each.number = numbers.get(each.id)

    def _is_set_aside(self, arrival: Arrival) -> bool:
        """What a reviewer decided against stays out, however often it is sent."""
        for row in self.held:
            if row.status == "set_aside" and (row.operation_id, row.digest) == (arrival.id, arrival.digest):
                arrival.refuse(f"A reviewer set this aside: {row.comment}")
                return True
        return False

    def _waits_here(self, row: HeldOperationRow) -> bool:
        return row.status == "pending" and row.site_id == self.site.id

    def _entitled(self, held: Sequence[Arrival]) -> list[Arrival]:
        """Leave out what waited from people who are no longer assigned to the site."""
        if not held:
            return []
        pairs = people.people(self.db, {each.author for each in held if each.author})
        able = {
            key
            for key, pair in pairs.items()
            if pair[0].active and permissions.sees(self.db, viewer_of(pair), self.site)
        }
        return [each for each in held if each.author in able]

    def _load(self, arrivals: Sequence[Arrival]) -> None:
        wanted = [each.operation for each in arrivals if each.operation]
        ids = {operation.id for operation in wanted}
        found = operations.known(self.db, ids.union(*(operation.base for operation in wanted)))
        # An operation may build on what is here only; its own id counts wherever it stands.
        self.first = {key: each for key, each in found.items() if key in ids or each.site == self.site.id}
        self.desk.known = {key: each.digest for key, each in self.first.items()}
        for tablet in {operation.tablet for operation in wanted}:
            mine = [operation for operation in wanted if operation.tablet == tablet]
            numbers = operations.taken_numbers(
                self.db, tablet, (each.key for each in mine), (each.seq for each in mine)
            )
            self.desk.taken |= {(tablet, key, seq): operation for (key, seq), operation in numbers.items()}
        touched = projection.touched(self.db, self.site, {operation.item for operation in wanted})
        self.states = sites.state_documents(self.db, self.site.id, touched)
        self.desk.heads = {item: set(state["heads"]) for item, state in self.states.items()}

    def _accept(self, arrival: Arrival) -> bool:
        """Decide about one operation; True when it is to be journalled."""
        operation = arrival.operation
        if operation is None:
            return False
        found = self.desk.take(operation, arrival.digest)
        if found.fate == "duplicate":
            first = self.first.get(operation.id)
            arrival.refuse(found.reason, "duplicate")
            arrival.number = first.number if first else None
            return False
        if not found.accepted:
            arrival.refuse(found.reason, found.fate)
            return False
        self._note(arrival, operation, found)
        return True

    def _note(self, arrival: Arrival, operation: Operation, found: Taken) -> None:
        arrival.status, arrival.reason = found.fate, found.reason
        if operation.item in self.withdrawn:
            revision = self.withdrawn[operation.item]
            arrival.reason = f"This item left the site with revision {revision}; your entry is kept."
        self.accepted.append(arrival)

    def _adopt(self, waiting: Sequence[Arrival]) -> None:
        """Journal what waited for an operation that is here now, and what waited for that."""
        settle(
            waiting,
            lambda each: each.operation is not None and self.desk.is_ready(each.operation),
            self._accept,
        )

    def _write(self) -> None:
        numbered = [(each, each.operation) for each in self.accepted if each.operation and each.author]
        if not numbered:
            return
        drafts = [
            Draft("operation", _body(each), str(each.author), operation.recorded_at, _canonical_body(each))
            for each, operation in numbered
        ]
        entries = journal.append(self.db, self.site, drafts, self.at)
        for (each, _), entry in zip(numbered, entries, strict=True):
            each.number = entry.number
        operations.add(self.db, [_row(each, operation) for each, operation in numbered])
        self._mark_adopted()
        if any(operation.kind == "deviation" for _, operation in numbered):
            projection.renew_proposals(self.db, self.site)
        fresh = [kept for each, _ in numbered if (kept := each.kept(self.at))]
        projection.refold_with(self.db, self.site, fresh, self.states)

    def _mark_adopted(self) -> None:
        """What is in the journal now is no longer held under the same signature, whoever sent it first."""
        accepted = {(each.id, each.digest): each for each in self.accepted}
        for row in self.held:
            if (row.operation_id, row.digest) in accepted:
                row.status, row.adopted_at = "adopted", self.at


def _body(arrival: Arrival) -> dict[str, Any]:
    signed = {"op": arrival.document["op"], "signature": arrival.signature, "status": arrival.status}
    return signed | arrival.beside()


def _canonical_body(arrival: Arrival) -> bytes | None:
    """Put the journal body together from the canonical form that the signature was checked on."""
    if not arrival.message:
        return None
    beside = canonical_json(arrival.beside())[1:-1]
    # What stands beside it sorts before "op".
    return b'{%s"op":%s,"signature":"%s","status":"%s"}' % (
        beside + b"," if beside else b"",
        arrival.message.partition(b"\n")[2],
        arrival.signature.encode(),
        arrival.status.encode(),
    )


def arrival_of(row: HeldOperationRow) -> Arrival:
    """Return a held operation that was signed as it arrived."""
    document = json.loads(row.document)
    return Arrival(
        document=document,
        id=row.operation_id,
        signature=row.signature,
        digest=row.digest,
        operation=operations.operation_of(document["op"]),
        author=row.author,
        signed=True,
        came_by=row.came_by,
        clock_offset_s=row.clock_offset_s,
    )


def _row(arrival: Arrival, operation: Operation) -> dict[str, object]:
    return {
        "id": operation.id,
        "site_id": operation.site,
        "number": arrival.number,
        "item": operation.item,
        "digest": arrival.digest,
        "status": arrival.status,
        "author": arrival.author,
        "tablet_id": operation.tablet,
        "key_id": operation.key,
        "seq": operation.seq,
        "photo": operation.body["sha256"] if operation.kind == "photo" else None,
    }
