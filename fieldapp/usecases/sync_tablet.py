"""Take a tablet's operations into the journal: one short transaction, one answer each, nothing dropped."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import people, sites
from fieldapp.store.database import session
from fieldapp.tables import SiteRow
from fieldapp.usecases import permissions
from fieldapp.usecases.arrivals import Arrival, CameBy, check_signatures, understand
from fieldapp.usecases.hold_back import hold
from fieldapp.usecases.intake import Intake
from fieldapp.usecases.protocol import spoken
from fieldapp.usecases.receipts import Receipt, receipt_of
from fieldapp.usecases.sign_in_tablet import Bearer
from fieldapp.usecases.turns import turn

_NOT_YOURS = "You are not, or no longer, assigned to this site; a reviewer decides about it."
_ATTEMPTS = 3
_LOG = logging.getLogger(__name__)
T = TypeVar("T")

#: Says which of the operations of one site may not go into its journal now, by refusing them.
Admit = Callable[[Session, SiteRow | None, Sequence[Arrival]], None]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a push: one result for each operation in the order sent, and what is here now."""

    protocol: int
    results: tuple[Mapping[str, Any], ...]
    receipt: Receipt | None
    clock_offset_s: float | None  # tablet minus server, to a tenth of a second; None: it did not say

    def document(self) -> dict[str, Any]:
        """Return the answer in the version of the protocol that was asked for."""
        answer: dict[str, Any] = {"results": list(self.results)}
        if self.protocol == 1 or self.receipt is None:
            return answer
        return answer | {"receipt": self.receipt.document(), "clock_offset_s": self.clock_offset_s}


def push(bearer: Bearer, batch: Mapping[str, Any]) -> Pushed:
    """Take a batch of operations of one person on one tablet."""
    offset = _clock_offset(batch.get("sent_at"))
    permissions.require_role(bearer.viewer, "work")
    protocol = spoken(batch.get("protocol"))
    if batch.get("tablet") != bearer.tablet:
        raise Problem("invalid", where="tablet", problem="this token belongs to another tablet.")
    results, receipt = take(bearer, batch["operations"], "push", offset)
    return Pushed(protocol, results, receipt, offset)


def take(
    bearer: Bearer, sent: Sequence[Any], came_by: CameBy, clock_offset_s: float | None = None
) -> tuple[tuple[Mapping[str, Any], ...], Receipt]:
    """Journal or keep signed operations of the bearer's own; return one result each, and what is here now."""
    refuse_too_many(sent)
    with turn():
        return _taken(bearer, sent, came_by, clock_offset_s)


def _taken(
    bearer: Bearer, sent: Sequence[Any], came_by: CameBy, clock_offset_s: float | None
) -> tuple[tuple[Mapping[str, Any], ...], Receipt]:
    arrivals = [understand(each, came_by, clock_offset_s) for each in sent]
    check_signatures(arrivals, bearer)

    def admit(db: Session, site: SiteRow | None, mine: Sequence[Arrival]) -> None:
        if site is None or not permissions.sees(db, bearer.viewer, site):
            for each in mine:
                each.refuse(_NOT_YOURS, "quarantined")

    def write(db: Session, at: str) -> Receipt:
        if clock_offset_s is not None:
            people.tablet_clock(db, bearer.tablet, clock_offset_s)
        settle(db, arrivals, at, admit)
        hold(db, bearer.viewer.id, bearer.tablet, arrivals, at)
        return receipt_of(db, bearer.tablet, bearer.key)

    receipt = durably(arrivals, write)
    return tuple(each.result() for each in arrivals), receipt


def refuse_too_many(sent: Sequence[Any]) -> None:
    """Refuse what is more than one request may hold; the limit travels so that a client can split."""
    most = settings().max_operations
    if len(sent) > most:
        raise Problem("too_large", what="The push", limit=f"{most} operations", extra={"limit": most})


def durably(arrivals: Sequence[Arrival], write: Callable[[Session, str], T]) -> T:
    """Write in one transaction; when another brought the same at the same moment, look again and repeat."""
    before = [(each.status, each.reason) for each in arrivals]
    for _ in range(_ATTEMPTS):
        try:
            with session() as db:
                return write(db, now())
        except IntegrityError as error:
            # On PostgreSQL another push can bring the same operation to another site at the same moment.
            _LOG.info("A push met another that brought the same: %s", error.orig)
            for each, (status, reason) in zip(arrivals, before, strict=True):
                each.status, each.reason, each.number = status, reason, None
    raise Problem("busy")


def settle(db: Session, arrivals: Sequence[Arrival], at: str, admit: Admit) -> None:
    """Journal what can be journalled, site by site; every arrival has its status then."""
    by_site: defaultdict[str, list[Arrival]] = defaultdict(list)
    for each in arrivals:
        if each.operation is not None and not each.status:
            by_site[each.operation.site].append(each)
    # In one order everywhere, so that two pushes can't wait for one another.
    for site_id in sorted(by_site):
        site = sites.lock(db, site_id)
        admit(db, site, by_site[site_id])
        admitted = [each for each in by_site[site_id] if not each.status]
        if site is not None and admitted:
            Intake(db, site, at).take(admitted)


def _clock_offset(sent_at: object) -> float | None:
    """Return by how many seconds the tablet's clock is fast; None when it didn't say a time."""
    try:
        moment = datetime.fromisoformat(str(sent_at))
        return round((moment - datetime.now(UTC)).total_seconds(), 1) + 0.0 if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
