"""What arrived and is not journalled: kept for ever, once, with its reason: waiting, refused or set apart."""

import json
from collections.abc import Collection, Sequence

from sqlmodel import Session

from fieldapp.store import operations, sites
from fieldapp.tables import HeldOperationRow
from fieldapp.usecases.arrivals import Arrival

#: What a person decided about stays decided, whatever the tablet sends again.
_DECIDED = ("adopted", "set_aside")


def hold(db: Session, sender: str, tablet: str, arrivals: Sequence[Arrival], at: str) -> None:
    """Keep what was not journalled; what is held already only gets its newest status and reason."""
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
        key = (each.kept_id, each.digest, each.signature, sender)
        if key not in same:
            same[key] = _row(each, sender, tablet, existing, at)
            db.add(same[key])
        elif same[key].status not in _DECIDED:
            same[key].status, same[key].reason = each.status, each.reason


def _row(arrival: Arrival, sender: str, tablet: str, existing: Collection[str], at: str) -> HeldOperationRow:
    operation = arrival.operation if arrival.signed else None
    return HeldOperationRow(
        operation_id=arrival.kept_id,
        digest=arrival.digest,
        signature=arrival.signature,
        site_id=operation.site if operation and operation.site in existing else None,
        author=arrival.author,
        sender=sender,
        tablet_id=operation.tablet if operation else tablet,
        key_id=operation.key if operation else "",
        seq=operation.seq if operation else 0,
        status=arrival.status,
        reason=arrival.reason,
        document=json.dumps(arrival.document),
        received_at=at,
        came_by=arrival.came_by,
        clock_offset_s=arrival.clock_offset_s,
    )
