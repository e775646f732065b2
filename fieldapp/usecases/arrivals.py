"""Operations as they arrive: understood, signed by a known key, sent by whose they are. Writes nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from checklists.errors import ContractError
from checklists.merge import canonical_bytes
from checklists.model import Operation
from checklists.operation_schema import load_operation
from fieldapp.signatures import is_signed
from fieldapp.store import people
from fieldapp.tables import TabletKeyRow
from fieldapp.usecases.sign_in_tablet import Bearer

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


def understand(sent: Any) -> Arrival:
    """Read one element of a push; what can't be read is kept as it came, with the reason."""
    document = sent if isinstance(sent, Mapping) else {"op": sent}
    raw = document.get("op")
    claimed = raw.get("id") if isinstance(raw, Mapping) else None
    signature = document.get("signature")
    arrival = Arrival(
        document=document,
        id=claimed[:64] if isinstance(claimed, str) else "",
        signature=signature if isinstance(signature, str) and _is_plain(signature) else "",
        digest=hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest(),
    )
    try:
        operation = load_operation(raw)
    except ContractError as error:
        arrival.refuse(str(error))
        return arrival
    if operation.seq > MAX_SEQ:
        arrival.refuse(f"operation: seq: must be at most {MAX_SEQ}.")
        return arrival
    if set(document) - {"op", "signature"}:
        arrival.refuse("Beside op and signature nothing may be sent.")
        return arrival
    arrival.operation, arrival.message = operation, canonical_bytes(operation)
    arrival.digest = hashlib.sha256(arrival.message).hexdigest()
    return arrival


def _is_plain(text: str) -> bool:
    return len(text) <= _MAX_SIGNATURE and text.isascii() and text.isprintable()


def check_signatures(db: Session, bearer: Bearer, arrivals: Sequence[Arrival]) -> None:
    """Find each author from the key, and refuse what is not signed by it or not the sender's own."""
    keys = people.tablet_keys(db, (each.operation.key for each in arrivals if each.operation))
    for each in arrivals:
        if each.operation is not None:
            _check(each, each.operation, keys.get(each.operation.key), bearer)


def _check(arrival: Arrival, operation: Operation, key: TabletKeyRow | None, bearer: Bearer) -> None:
    if key is None:
        return arrival.refuse("It is signed with a key that was never registered; sign in on this tablet.")
    if not is_signed(arrival.message, arrival.signature, key.jwk):
        return arrival.refuse("Its signature does not belong to its content.")
    if key.tablet_id != operation.tablet or operation.tablet != bearer.tablet:
        return arrival.refuse("It was made on another tablet.")
    if key.person_id != bearer.viewer.id:
        return arrival.refuse("It belongs to another person of this tablet; they have to sign in to send it.")
    arrival.author, arrival.signed = key.person_id, True
    if key.revoked_at:
        arrival.refuse("The key it is signed with was revoked; a reviewer decides about it.", "quarantined")
    return None
