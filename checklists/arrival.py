"""Operations as they arrive at a site: applied, in conflict, duplicate, waiting or rejected; none is dropped.

Pure but for the desk, which remembers what it took: the hall fills one for each transaction.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from checklists.merge import makes_conflict, receive
from checklists.model import REGISTER_KINDS, Operation

Fate = Literal["applied", "conflict", "duplicate", "pending", "rejected"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one operation, and why in one sentence when it was not simply applied."""

    fate: Fate
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """True when it belongs into the journal."""
        return self.fate in ("applied", "conflict")


@dataclass(slots=True)
class Desk:
    """What a site holds: digests by operation id, heads by item, who has which sequence number."""

    items: Container[str]
    revision: int = 1
    known: dict[str, str] = field(default_factory=dict)
    heads: dict[str, set[str]] = field(default_factory=dict)
    taken: dict[tuple[str, str, int], str] = field(default_factory=dict)

    def take(self, operation: Operation, digest: str) -> Taken:
        """Decide about one operation and remember it when it is accepted."""
        receipt = receive(operation, known=self.known, items=self.items, revision=self.revision)
        if receipt.status != "new":
            return Taken(receipt.status, receipt.reason)
        place = (operation.tablet, operation.key, operation.seq)
        if self.taken.get(place, operation.id) != operation.id:
            return Taken("rejected", f"Its sequence number {operation.seq} belongs to another operation.")
        heads = self.heads.setdefault(operation.item, set())
        conflict = makes_conflict(operation, heads)
        if operation.kind in REGISTER_KINDS:
            heads.difference_update(operation.base)
            heads.add(operation.id)
        self.known[operation.id], self.taken[place] = digest, operation.id
        if conflict:
            return Taken("conflict", "Somebody else recorded this item too; both stand.")
        return Taken("applied")

    def is_ready(self, operation: Operation) -> bool:
        """True when everything that an operation builds on is here."""
        return self.known.keys() >= set(operation.base)


def settle(waiting: Iterable[T], is_ready: Callable[[T], bool], take: Callable[[T], object]) -> list[T]:
    """Take what waited for something that is here now, and what waited for that; return what still waits."""
    left = list(waiting)
    while ready := [each for each in left if is_ready(each)]:
        left = [each for each in left if each not in ready]
        for each in ready:
            take(each)
    return left


def arrive(
    desk: Desk, batch: Sequence[Operation], digests: Mapping[str, str], waiting: Sequence[Operation] = ()
) -> tuple[dict[str, Taken], list[Operation]]:
    """Take a batch and what it frees of what waited; return the last word on each, and what waits now.

    ``digests`` holds the digest of every operation by its id.
    """
    fates: dict[str, Taken] = {}

    def take(operation: Operation) -> None:
        found = desk.take(operation, digests[operation.id])
        if not (found.fate == "duplicate" and fates.get(operation.id, found).accepted):
            fates[operation.id] = found

    for operation in batch:
        take(operation)
    pending = [each for each in batch if fates[each.id].fate == "pending"]
    once = {each.id: each for each in (*waiting, *pending) if each.id not in desk.known}
    return fates, settle(once.values(), desk.is_ready, take)
