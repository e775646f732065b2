"""What the server vouches for: what one person on one tablet sent that is durably here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.problems import Problem
from fieldapp.store import journal, objects, operations, sites
from fieldapp.store.database import session
from fieldapp.usecases import permissions
from fieldapp.usecases.sign_in_tablet import Bearer

#: So many gaps are named; whoever closes them is told of the next ones.
MOST_GAPS = 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far a sequence is here without a gap, the first gaps after it, and how many of it are held back."""

    contiguous: int
    gaps: tuple[tuple[int, int], ...]
    held: int

    def document(self) -> dict[str, Any]:
        """Return the receipt as a push is answered with it."""
        return {"contiguous": self.contiguous, "gaps": [list(each) for each in self.gaps], "held": self.held}


def receipt_of(db: Session, tablet: str, key: str) -> Receipt:
    """Return what is here of one person on one tablet, this transaction's own writes included."""
    db.flush()
    waiting = operations.held_numbers(db, tablet, key)
    count, last = operations.extent(db, tablet, key)
    held = sum(1 for _, status in waiting if status != "adopted")
    if count == last and all(seq <= last for seq, _ in waiting):
        return Receipt(last, (), held)
    contiguous, gaps = reached(operations.sequence(db, tablet, key))
    return Receipt(contiguous, gaps, held)


def reached(numbers: Iterable[int]) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return up to where numbers run from 1 without a gap, and the first gaps as (first, last) missing."""
    gaps, contiguous, before = [], 0, 0
    for number in sorted(each for each in numbers if each > 0):
        if number > before + 1:
            gaps.append((before + 1, number - 1))
        if not gaps:
            contiguous = number
        before = number
    return contiguous, tuple(gaps[:MOST_GAPS])


def receipts(bearer: Bearer, tablet: str, protocol: int) -> dict[str, Any]:
    """Return the receipt of a token's person and tablet; its journal heads are remembered as given out."""
    if tablet != bearer.tablet:
        raise Problem("invalid", where="tablet", problem="this token belongs to another tablet.")
    at = now()
    # Under the writers' lock: a head that is given out must be one that stays.
    with session() as db:
        photos = operations.photos_of_key(db, bearer.tablet, bearer.key)
        contiguous, gaps = reached(operations.sequence(db, bearer.tablet, bearer.key))
        missing = photos - objects.sound(db, photos)
        answer = {
            "tablet": bearer.tablet,
            "person": bearer.viewer.id,
            "contiguous": contiguous,
            "held": [row.operation_id for row in operations.held_of_key(db, bearer.tablet, bearer.key)],
            "missing_objects": sorted(missing),
            "journal_heads": _heads(db, bearer, at),
            "server_time": at,
        }
        if protocol == 1:
            return answer
        refused = objects.refused(db, missing, bearer.viewer.id)
        return answer | {
            "gaps": [list(each) for each in gaps],
            "refused_objects": [{"sha256": key, "reason": refused[key]} for key in sorted(refused)],
        }


def _heads(db: Session, bearer: Bearer, at: str) -> list[dict[str, Any]]:
    heads = []
    for site_id in operations.sites_of_key(db, bearer.tablet, bearer.key):
        site = sites.lock(db, site_id)
        if site is not None and permissions.sees(db, bearer.viewer, site):
            journal.anchor(db, site, f"receipt:{bearer.tablet}", at)
            heads.append({"site": site.id, "number": site.head_number, "hash": site.head_hash})
    return heads
