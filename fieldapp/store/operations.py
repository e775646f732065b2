"""Operations: where the accepted ones stand in the journal, and what is held."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, or_, select

from checklists.model import KeptOperation, Operation
from checklists.operation_schema import kept_of
from fieldapp.store import bulk, direct
from fieldapp.tables import HeldOperationRow, OperationRow

#: No journal is longer: its numbers are 32 bits wide.
MOST_ENTRIES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Known:
    """An operation that is in the journal."""

    id: str
    site: str
    digest: str
    status: str
    number: int


def operation_of(document: Mapping[str, Any]) -> Operation:
    """Return the operation of JSON that was checked when it came in."""
    return Operation(**{**document, "base": tuple(document["base"])})


def known(session: Session, ids: Iterable[str]) -> dict[str, Known]:
    """Return which of these ids are journalled, on any site."""
    query = "SELECT id, site_id, digest, status, number FROM operation WHERE id IN :ids"
    return {row[0]: Known(*row) for row in direct.rows(session, query, ids=set(ids))}


def taken_numbers(
    session: Session, tablet: str, keys: Iterable[str], seqs: Iterable[int]
) -> dict[tuple[str, int], str]:
    """Return which sequence numbers of this tablet are used: (key, seq) -> operation id."""
    query = (
        "SELECT key_id, seq, id FROM operation WHERE tablet_id = :tablet AND key_id IN :keys AND seq IN :seqs"
    )
    found = direct.rows(session, query, tablet=tablet, keys=set(keys), seqs=set(seqs))
    return {(key, seq): operation for key, seq, operation in found}


def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the look-up rows of journalled operations."""
    bulk.write(session, OperationRow, rows)


_KEPT = (
    "SELECT entry.body, entry.author, entry.number, entry.received_at FROM operation "
    "JOIN journal_entry entry ON entry.site_id = operation.site_id AND entry.number = operation.number "
    "WHERE operation.site_id = :site"
)


def kept(
    session: Session, site_id: str, items: Collection[str] | None = None, *, up_to: int = MOST_ENTRIES
) -> list[KeptOperation]:
    """Return the journalled operations of a site, all or those of some items, in journal order."""
    some = "" if items is None else " AND operation.item IN :items"
    query = f"{_KEPT}{some} AND operation.number <= :last ORDER BY operation.number"
    found = direct.rows(session, query, site=site_id, items=list(items or ()), last=up_to)
    return [kept_entry(*row) for row in found]


def kept_entry(text: str, author: str, number: int, received_at: str) -> KeptOperation:
    """Return the operation of a journal entry, given the text of its body."""
    body = json.loads(text)
    return kept_of(operation_of(body["op"]), author, number, received_at, body)


def has_authored(session: Session, site_id: str, person_id: str) -> bool:
    """True when the person recorded an operation on the site."""
    query = select(OperationRow.id).where(OperationRow.site_id == site_id, OperationRow.author == person_id)
    return session.exec(query.limit(1)).first() is not None


def items_with_photo(session: Session, sha256: str) -> list[tuple[str, str]]:
    """Return (site, item) of every operation that names this photo."""
    query = select(OperationRow.site_id, OperationRow.item).where(OperationRow.photo == sha256).distinct()
    return [(site, item) for site, item in session.exec(query)]


def sites_with_photo(session: Session, sha256: str) -> set[str]:
    """Return the sites on which this photo was recorded."""
    return {site for site, _ in items_with_photo(session, sha256)}


def photos(session: Session, site_id: str) -> set[str]:
    """Return the SHA-256 of every photo recorded on a site."""
    query = select(OperationRow.photo).where(
        OperationRow.site_id == site_id, col(OperationRow.photo).is_not(None)
    )
    return {sha256 for sha256 in session.exec(query) if sha256}


def photos_of_key(session: Session, tablet: str, key: str) -> set[str]:
    """Return the SHA-256 of every photo recorded by one person on one tablet."""
    query = select(OperationRow.photo).where(
        OperationRow.tablet_id == tablet, OperationRow.key_id == key, col(OperationRow.photo).is_not(None)
    )
    return {sha256 for sha256 in session.exec(query) if sha256}


def sequence(session: Session, tablet: str, key: str) -> set[int]:
    """Return every sequence number that is here, journalled or held."""
    journalled = select(OperationRow.seq).where(OperationRow.tablet_id == tablet, OperationRow.key_id == key)
    waiting = select(HeldOperationRow.seq).where(
        HeldOperationRow.tablet_id == tablet, HeldOperationRow.key_id == key
    )
    return set(session.exec(journalled)) | set(session.exec(waiting))


def extent(session: Session, tablet: str, key: str) -> tuple[int, int]:
    """Return how many operations of one person on one tablet are journalled, and their highest number."""
    query = "SELECT COUNT(*), MAX(seq) FROM operation WHERE tablet_id = :tablet AND key_id = :key"
    ((count, last),) = direct.rows(session, query, tablet=tablet, key=key)
    return int(count), int(last or 0)


def held_numbers(session: Session, tablet: str, key: str) -> list[tuple[int, str]]:
    """Return the sequence numbers and the status of everything that was ever held of one person's."""
    query = "SELECT seq, status FROM held_operation WHERE tablet_id = :tablet AND key_id = :key"
    return [(seq, status) for seq, status in direct.rows(session, query, tablet=tablet, key=key)]


def sites_of_key(session: Session, tablet: str, key: str) -> list[str]:
    """Return the sites on which one person on one tablet has journalled operations."""
    query = select(OperationRow.site_id).where(OperationRow.tablet_id == tablet, OperationRow.key_id == key)
    return sorted(session.exec(query.distinct()))


def held_of_key(session: Session, tablet: str, key: str) -> list[HeldOperationRow]:
    """Return what one person on one tablet sent that is not in the journal."""
    query = select(HeldOperationRow).where(
        HeldOperationRow.tablet_id == tablet,
        HeldOperationRow.key_id == key,
        HeldOperationRow.status != "adopted",
    )
    return list(session.exec(query.order_by(col(HeldOperationRow.number))))


def held(session: Session, number: int) -> HeldOperationRow | None:
    """Return what is held under a number."""
    return session.get(HeldOperationRow, number) if 0 < number <= MOST_ENTRIES else None


def held_of_site(session: Session, site_id: str, *statuses: str) -> list[HeldOperationRow]:
    """Return what is held for a site."""
    query = select(HeldOperationRow).where(HeldOperationRow.site_id == site_id)
    query = query.where(col(HeldOperationRow.status).in_(statuses or ("pending", "rejected", "quarantined")))
    return list(session.exec(query.order_by(col(HeldOperationRow.number))))


def held_with(session: Session, site_id: str, ids: Collection[str]) -> list[HeldOperationRow]:
    """Return what waits at a site for another operation, and whatever is held under these ids."""
    query = (
        "SELECT number FROM held_operation WHERE site_id = :site AND status = 'pending' "
        "UNION SELECT number FROM held_operation WHERE operation_id IN :ids"
    )
    numbers = [row[0] for row in direct.rows(session, query, site=site_id, ids=ids)]
    if not numbers:
        return []
    wanted = select(HeldOperationRow).where(col(HeldOperationRow.number).in_(numbers))
    return list(session.exec(wanted.order_by(col(HeldOperationRow.number))))


def held_same(session: Session, ids: Iterable[str], digests: Iterable[str]) -> list[HeldOperationRow]:
    """Return what is held already under these ids or contents."""
    query = select(HeldOperationRow).where(
        or_(
            col(HeldOperationRow.operation_id).in_(sorted({each for each in ids if each})),
            col(HeldOperationRow.digest).in_(sorted(set(digests))),
        )
    )
    return list(session.exec(query))
