"""Where operations stand in a journal: the look-up rows as the journal says they must be."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlmodel import Session

from checklists.merge import canonical_bytes
from fieldapp.signatures import is_signed
from fieldapp.store import operation_rows, operations, people
from fieldapp.store.journal import Entry


def row_of(entry: Entry) -> dict[str, Any]:
    """Return the look-up row of a journalled operation."""
    operation = operations.operation_of(entry.body["op"])
    return {
        "id": operation.id,
        "site_id": entry.site,
        "number": entry.number,
        "item": operation.item,
        "digest": hashlib.sha256(canonical_bytes(operation)).hexdigest(),
        "status": entry.body["status"],
        "author": entry.author,
        "tablet_id": operation.tablet,
        "key_id": operation.key,
        "seq": operation.seq,
        "photo": operation.body["sha256"] if operation.kind == "photo" else None,
    }


def differences(session: Session, site_id: str, true: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the operations whose row is not what the journal says, or that have none, or no entry."""
    kept = operation_rows.of_site(session, site_id)
    return sorted(key for key in kept.keys() | true.keys() if kept.get(key) != true.get(key))


def unsigned(session: Session, entries: Iterable[Entry]) -> list[int]:
    """Return the numbers of operations that the key of their author never signed."""
    found = list(entries)
    keys = people.tablet_keys(session, {str(each.body["op"]["key"]) for each in found})
    return [each.number for each in found if not _is_signed(each, keys)]


def _is_signed(entry: Entry, keys: Mapping[str, Any]) -> bool:
    operation = operations.operation_of(entry.body["op"])
    key = keys.get(operation.key)
    if key is None or (key.person_id, key.tablet_id) != (entry.author, operation.tablet):
        return False
    return is_signed(canonical_bytes(operation), str(entry.body["signature"]), key.jwk)
