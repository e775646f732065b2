"""The journal of a site: append-only, numbered without gaps, chained by SHA-256 (docs/contracts)."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from sqlmodel import Session, col, select

from checklists.canonical import canonical_json
from fieldapp.store import bulk, direct
from fieldapp.tables import AnchorRow, JournalEntryRow, SiteRow

PREFIX = b"fieldapp-journal-v1\n"
START = "0" * 64


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has a number."""

    type: str
    body: Mapping[str, Any]
    author: str
    recorded_at: str
    canonical: bytes | None = None  # of the body, where it is at hand already


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the journal."""

    site: str
    number: int
    type: str
    body: Mapping[str, Any]
    author: str
    recorded_at: str
    received_at: str
    previous: str
    hash: str

    def document(self) -> dict[str, Any]:
        """Return the entry as JSON."""
        return self.unhashed() | {"hash": self.hash}

    def unhashed(self) -> dict[str, Any]:
        """Return what the hash is taken over."""
        return {
            "schema": 1,
            "site": self.site,
            "number": self.number,
            "type": self.type,
            "body": self.body,
            "author": self.author,
            "recorded_at": self.recorded_at,
            "received_at": self.received_at,
            "previous": self.previous,
        }


def entry_hash(document: Mapping[str, Any]) -> str:
    """Return the hash of an entry given without its ``hash``."""
    return hashlib.sha256(PREFIX + rfc8785.dumps(dict(document))).hexdigest()


def append(session: Session, site: SiteRow, drafts: Sequence[Draft], received_at: str) -> list[Entry]:
    """Number, chain and write entries. The caller holds the lock on the site row."""
    entries, rows = [], []
    number, previous = site.head_number, site.head_hash
    for draft in drafts:
        number += 1
        body = draft.canonical or canonical_json(dict(draft.body))
        entry = _chained(site.id, number, draft, received_at, previous, body)
        previous = entry.hash
        entries.append(entry)
        rows.append(_row(entry, body))
    if entries:
        bulk.write(session, JournalEntryRow, rows)
        site.head_number, site.head_hash, site.updated_at = number, previous, received_at
        session.add(site)
    return entries


def _chained(site: str, number: int, draft: Draft, received_at: str, previous: str, body: bytes) -> Entry:
    """Return an entry with the hash that ``entry_hash`` returns; its body is in canonical form already."""
    before = canonical_json({"author": draft.author})[:-1]
    after = canonical_json(
        {
            "number": number,
            "previous": previous,
            "received_at": received_at,
            "recorded_at": draft.recorded_at,
            "schema": 1,
            "site": site,
            "type": draft.type,
        }
    )
    found = hashlib.sha256(b'%s%s,"body":%s,%s' % (PREFIX, before, body, after[1:])).hexdigest()
    return Entry(
        site, number, draft.type, draft.body, draft.author, draft.recorded_at, received_at, previous, found
    )


_READ = (
    "SELECT site_id, number, type, body, author, recorded_at, received_at, previous, hash FROM journal_entry "
    "WHERE site_id = :site AND number > :after AND number <= :last"
)
_LAST = 2**31 - 1


def read(
    session: Session, site_id: str, *, after: int = 0, up_to: int | None = None, types: Iterable[str] = ()
) -> list[Entry]:
    """Return entries in order, those after a number, or of some types only."""
    chosen = tuple(types)
    query = f"{_READ}{' AND type IN :types' if chosen else ''} ORDER BY number"
    last = _LAST if up_to is None else up_to
    found = direct.rows(session, query, site=site_id, after=after, last=last, types=chosen)
    return [_entry(*row) for row in found]


def _entry(site_id: str, number: int, kind: str, body: str, *rest: str) -> Entry:
    return Entry(site_id, number, kind, json.loads(body), *rest)


def head_at(session: Session, site_id: str, number: int) -> str | None:
    """Return the hash of one entry, None when there is no such entry."""
    row = session.get(JournalEntryRow, (site_id, number))
    return row.hash if row else None


def stream(session: Session, site_id: str) -> Iterator[Entry]:
    """Yield every entry of a site in order, some hundred at a time."""
    query = select(JournalEntryRow).where(JournalEntryRow.site_id == site_id)
    rows = session.exec(query.order_by(col(JournalEntryRow.number)).execution_options(yield_per=500))
    for row in rows:
        yield entry_of(row)


def anchors(session: Session, site_id: str) -> list[AnchorRow]:
    """Return the heads that were given out, the earliest first."""
    query = select(AnchorRow).where(AnchorRow.site_id == site_id)
    return list(session.exec(query.order_by(col(AnchorRow.number), col(AnchorRow.source))))


def anchor(session: Session, site: SiteRow, source: str, at: str) -> None:
    """Remember that the present head was given out."""
    if not session.get(AnchorRow, (site.id, site.head_number, source)):
        row = AnchorRow(
            site_id=site.id, number=site.head_number, source=source, hash=site.head_hash, given_at=at
        )
        session.add(row)


def entry_of(row: JournalEntryRow) -> Entry:
    """Return the entry of a row."""
    return Entry(
        row.site_id,
        row.number,
        row.type,
        json.loads(row.body),
        row.author,
        row.recorded_at,
        row.received_at,
        row.previous,
        row.hash,
    )


def _row(entry: Entry, body: bytes) -> dict[str, Any]:
    return {
        "site_id": entry.site,
        "number": entry.number,
        "type": entry.type,
        "body": body.decode(),
        "author": entry.author,
        "recorded_at": entry.recorded_at,
        "received_at": entry.received_at,
        "previous": entry.previous,
        "hash": entry.hash,
    }
