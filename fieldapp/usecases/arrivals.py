"""Operations as they arrive: understood, signed by a known key, brought by whoever may. Writes nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

from checklists.errors import ContractError
from checklists.model import KeptOperation, Operation
from checklists.operation_schema import SIGNED, kept_of, read_operation
from fieldapp.signatures import is_signed
from fieldapp.store import people
from fieldapp.store.database import reading
from fieldapp.usecases.sign_in_tablet import Bearer

#: How an operation came: in a push, which should tell the tablet's clock; as a file or sheet, which can't.
CameBy = Literal["push", "file"]
#: Sequence numbers beyond this don't fit every database's integers.
MAX_SEQ = 2**31 - 1
_MAX_SIGNATURE = 200


@dataclass(slots=True)
class Arrival:
    """One operation as sent, and what became of it."""

    document: Mapping[str, Any]  # {"op": …, "signature": …} as sent
    id: str  # as claimed, for the answer
    signature: str
    digest: str
    operation: Operation | None = None
    message: bytes = b""  # the signed bytes
    author: str | None = None
    signed: bool = False
    status: str = ""
    reason: str = ""
    number: int | None = None
    came_by: str = ""
    clock_offset_s: float | None = None  # of the tablet when it was sent
    adopted_by: str | None = None  # the reviewer who let it in

    def refuse(self, reason: str, status: str = "rejected") -> None:
        """Set the operation apart with a reason."""
        # The reason may quote what was sent, and that may hold what no database stores.
        self.status, self.reason = status, reason.encode(errors="replace").decode().replace("\x00", "?")

    @property
    def kept_id(self) -> str:
        """Return the id to keep: that of an operation that could be read."""
        return self.operation.id if self.operation else ""

    def result(self) -> dict[str, Any]:
        """Return what the tablet is told."""
        return {"id": self.id, "status": self.status, "reason": self.reason, "number": self.number}

    def beside(self) -> dict[str, Any]:
        """Return what the journal keeps beside operation and signature, where there is something to keep.

        An offset of a push that is null says: it should have been told, and was not.
        """
        found: dict[str, Any] = {}
        if self.adopted_by:
            found["adopted_by"] = self.adopted_by
        if self.clock_offset_s is not None or self.came_by == "push":
            found["clock_offset_s"] = self.clock_offset_s
        return found

    def kept(self, received_at: str) -> KeptOperation | None:
        """Return the operation as it stands in the journal now; None when it doesn't."""
        if self.operation is None or self.author is None or self.number is None:
            return None
        return kept_of(self.operation, self.author, self.number, received_at, self.beside())


def understand(sent: Any, came_by: CameBy, clock_offset_s: float | None = None) -> Arrival:
    """Read one element of a push; what can't be read is kept as it came, with the reason."""
    document = sent if isinstance(sent, Mapping) else {"op": sent}
    raw = document.get("op")
    claimed = raw.get("id") if isinstance(raw, Mapping) else None
    signature = document.get("signature")
    arrival = Arrival(
        document=document,
        id=claimed[:64] if isinstance(claimed, str) else "",
        signature=signature if isinstance(signature, str) and _is_plain(signature) else "",
        digest="",
        came_by=came_by,
        clock_offset_s=clock_offset_s,
    )
    _read(arrival, raw)
    if not arrival.digest:
        arrival.digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return arrival


def _read(arrival: Arrival, raw: Any) -> None:
    try:
        operation, form = read_operation(raw)
    except ContractError as error:
        return arrival.refuse(str(error))
    if operation.seq > MAX_SEQ:
        return arrival.refuse(f"operation: seq: must be at most {MAX_SEQ}.")
    if set(arrival.document) - {"op", "signature"}:
        return arrival.refuse("Beside op and signature nothing may be sent.")
    arrival.operation, arrival.message = operation, SIGNED + form
    arrival.digest = hashlib.sha256(arrival.message).hexdigest()
    return None


def _is_plain(text: str) -> bool:
    return len(text) <= _MAX_SIGNATURE and text.isascii() and text.isprintable()


def check_signatures(arrivals: Sequence[Arrival], sender: Bearer | None = None) -> None:
    """Find each author from the key, and refuse what is not signed by it.

    With a ``sender`` everything has to be that person's own work of that tablet, as in a push.
    """
    keys = _keys({each.operation.key for each in arrivals if each.operation}, sender)
    for each in arrivals:
        if each.operation is not None:
            _check(each, each.operation, keys.get(each.operation.key), sender)


def _keys(ids: Set[str], sender: Bearer | None) -> Mapping[str, people.Key]:
    """Return the keys of these thumbprints; what the sender's token said of theirs a moment ago will do."""
    if sender is not None and sender.jwk and ids <= {sender.key}:
        return {sender.key: people.Key(sender.key, sender.jwk, sender.viewer.id, sender.tablet, None)}
    with reading() as db:
        return people.tablet_keys(db, ids)


def _check(arrival: Arrival, operation: Operation, key: people.Key | None, sender: Bearer | None) -> None:
    if key is None:
        return arrival.refuse("It is signed with a key that was never registered; sign in on this tablet.")
    if not is_signed(arrival.message, arrival.signature, key.jwk):
        return arrival.refuse("Its signature does not belong to its content.")
    if key.tablet_id != operation.tablet or (sender and operation.tablet != sender.tablet):
        return arrival.refuse("It was made on another tablet.")
    if sender and key.person_id != sender.viewer.id:
        return arrival.refuse("It belongs to another person of this tablet; they have to sign in to send it.")
    arrival.author, arrival.signed = key.person_id, True
    if key.revoked_at:
        arrival.refuse("The key it is signed with was revoked; a reviewer decides about it.", "quarantined")
    return None
