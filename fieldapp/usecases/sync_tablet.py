"""Take a tablet's operations into the journal: one short transaction, one answer each, nothing dropped."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import operations, people, sites
from fieldapp.store.database import reading, session
from fieldapp.tables import HeldOperationRow
from fieldapp.usecases import permissions
from fieldapp.usecases.arrivals import Arrival, check_signatures, understand
from fieldapp.usecases.intake import Intake
from fieldapp.usecases.sign_in_tablet import PROTOCOL, Bearer

_NOT_YOURS = "You are not, or no longer, assigned to this site; a reviewer decides about it."


def push(bearer: Bearer, batch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Take a batch of operations; return one result for each in the order sent."""
    sent = _checked(bearer, batch)
    arrivals = [understand(each) for each in sent]
    with reading() as db:
        check_signatures(db, bearer, arrivals)
    offset = _clock_offset(batch.get("sent_at"))
    for attempt in (1, 2, 3):
        try:
            with session() as db:
                _take(db, bearer, arrivals, offset)
            break
        except IntegrityError as error:
            # On PostgreSQL another push can bring the same operation to another site at the same moment.
            if attempt == 3:
                raise Problem("busy") from error
            arrivals = [_again(each) for each in arrivals]
    return [each.result() for each in arrivals]


def _checked(bearer: Bearer, batch: Mapping[str, Any]) -> Sequence[Any]:
    permissions.require_role(bearer.viewer, "work")
    if batch.get("protocol") != PROTOCOL:
        raise Problem("update_needed", protocol=str(batch.get("protocol"))[:20])
    if batch.get("tablet") != bearer.tablet:
        raise Problem("invalid", where="tablet", problem="this token belongs to another tablet.")
    sent: Sequence[Any] = batch["operations"]
    if len(sent) > settings().max_operations:
        raise Problem("too_large", what="The push", limit=f"{settings().max_operations} operations")
    return sent


def _again(arrival: Arrival) -> Arrival:
    """Forget what became of an operation in a transaction that was rolled back."""
    if arrival.signed and arrival.status != "quarantined":
        arrival.status, arrival.reason, arrival.number = "", "", None
    return arrival


def _clock_offset(sent_at: object) -> float | None:
    try:
        moment = datetime.fromisoformat(str(sent_at))
        return (moment - datetime.now(UTC)).total_seconds() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _take(db: Session, bearer: Bearer, arrivals: list[Arrival], offset: float | None) -> None:
    at = now()
    tablet = people.tablet(db, bearer.tablet)
    if tablet is not None and offset is not None:
        tablet.clock_offset_s = round(offset, 1)
    by_site: defaultdict[str, list[Arrival]] = defaultdict(list)
    for each in arrivals:
        if each.operation is not None and not each.status:
            by_site[each.operation.site].append(each)
    # In one order everywhere, so that two pushes can't wait for one another.
    for site_id in sorted(by_site):
        site = sites.lock(db, site_id)
        if site is None or not permissions.sees(db, bearer.viewer, site):
            for each in by_site[site_id]:
                each.refuse(_NOT_YOURS, "quarantined")
        else:
            Intake(db, site, at).take(by_site[site_id])
    _hold(db, bearer, arrivals, at)


def _hold(db: Session, bearer: Bearer, arrivals: list[Arrival], at: str) -> None:
    """Keep what was not journalled, once; what was journalled after all is no longer held."""
    kept = [each for each in arrivals if each.status in ("pending", "rejected", "quarantined")]
    if not kept:
        return
    same = {
        (row.operation_id, row.digest, row.signature, row.sender): row
        for row in operations.held_same(db, (each.kept_id for each in kept), (each.digest for each in kept))
    }
    known_sites = {each.operation.site for each in kept if each.operation}
    existing = {site_id for site_id in known_sites if sites.get(db, site_id)}
    for each in kept:
        key = (each.kept_id, each.digest, each.signature, bearer.viewer.id)
        if key not in same:
            same[key] = _held_row(each, bearer, existing, at)
            db.add(same[key])
        elif same[key].status != "adopted":
            same[key].status, same[key].reason = each.status, each.reason


def _held_row(arrival: Arrival, bearer: Bearer, existing: set[str], at: str) -> HeldOperationRow:
    operation = arrival.operation
    return HeldOperationRow(
        operation_id=arrival.kept_id,
        digest=arrival.digest,
        signature=arrival.signature,
        site_id=operation.site if operation and operation.site in existing and arrival.signed else None,
        author=arrival.author,
        sender=bearer.viewer.id,
        tablet_id=bearer.tablet,
        key_id=operation.key if operation and arrival.signed else "",
        seq=operation.seq if operation and arrival.signed else 0,
        status=arrival.status,
        reason=arrival.reason,
        document=json.dumps(arrival.document),
        received_at=at,
    )
