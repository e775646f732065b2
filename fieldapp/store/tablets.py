"""Tablets with their keys and tokens, and the codes that pair them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, cast

from sqlalchemy import CursorResult, func, update
from sqlmodel import Session, col, select

from fieldapp.tables import HeldOperationRow, PairingRow, TabletKeyRow, TabletRow, TokenRow

#: What the journal does not have, though it was sent: it waits for something or somebody.
_HELD = ("pending", "rejected", "quarantined")


def lock(session: Session, tablet_id: str) -> TabletRow | None:
    """Return a tablet for this transaction alone: a sign-in and a revocation come one after the other."""
    query = select(TabletRow).where(TabletRow.id == tablet_id)
    return session.exec(query.with_for_update()).first()


def of_organisation(session: Session, organisation_id: str) -> list[TabletRow]:
    """Return the tablets of an organisation by name."""
    query = select(TabletRow).where(TabletRow.organisation_id == organisation_id)
    return list(session.exec(query.order_by(col(TabletRow.name), col(TabletRow.created_at))))


def users(session: Session, tablet_ids: Iterable[str]) -> Mapping[str, set[str]]:
    """Return the ids of the people who have a key on each tablet."""
    query = select(TabletKeyRow.tablet_id, TabletKeyRow.person_id)
    found: dict[str, set[str]] = {}
    for tablet_id, person_id in session.exec(query.where(col(TabletKeyRow.tablet_id).in_(list(tablet_ids)))):
        found.setdefault(tablet_id, set()).add(person_id)
    return found


def held(session: Session, tablet_ids: Iterable[str]) -> Mapping[str, int]:
    """Return how many operations of each tablet arrived without being in a journal."""
    query = (
        select(HeldOperationRow.tablet_id, func.count())
        .where(col(HeldOperationRow.tablet_id).in_(list(tablet_ids)), col(HeldOperationRow.status).in_(_HELD))
        .group_by(col(HeldOperationRow.tablet_id))
    )
    return Counter(dict(session.exec(query).all()))


def revoke(session: Session, tablet_id: str, at: str) -> None:
    """End every token and every key of a tablet."""
    for table in (TokenRow, TabletKeyRow):
        session.execute(
            update(table)
            .where(col(table.tablet_id) == tablet_id, col(table.revoked_at).is_(None))
            .values(revoked_at=at)
        )


def pairing(session: Session, code_hash: str) -> PairingRow | None:
    """Return what a code stands for."""
    return session.get(PairingRow, code_hash)


def use_pairing(session: Session, code_hash: str, at: str) -> bool:
    """Use a code up; false when it is unknown, used or over. Of two at once only one gets true."""
    fresh = (col(PairingRow.hash) == code_hash, col(PairingRow.used_at).is_(None))
    query = update(PairingRow).where(*fresh, col(PairingRow.expires_at) > at).values(used_at=at)
    found = cast("CursorResult[Any]", session.execute(query))
    return found.rowcount == 1
