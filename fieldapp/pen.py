"""What writes a person's operations: numbers them and signs them with a key of its own, as tablets do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from checklists.merge import canonical_bytes
from checklists.model import Operation, OperationKind
from checklists.operation_schema import dump_operation
from fieldapp.clock import new_id
from fieldapp.signatures import SigningKey, thumbprint


@dataclass
class Pen:
    """One person's key on one tablet, and how many operations it has signed."""

    tablet: str
    key: SigningKey = field(default_factory=SigningKey)
    seq: int = 0

    def __post_init__(self) -> None:
        self.key_id = thumbprint(self.key.jwk)

    def write(
        self,
        site: str,
        item: str,
        kind: OperationKind,
        body: Mapping[str, Any],
        *,
        base: Iterable[str] = (),
        revision: int = 1,
        recorded_at: str = "",
    ) -> dict[str, Any]:
        """Return a signed operation as it is pushed; it is recorded now unless it says when."""
        self.seq += 1
        operation = Operation(
            id=new_id(), site=site, item=item, kind=kind, body=body, base=tuple(sorted(base)),
            tablet=self.tablet, key=self.key_id, seq=self.seq, recorded_at=recorded_at or local_now(),
            revision=revision,
        )  # fmt: skip
        return {"op": dump_operation(operation), "signature": self.key.sign(canonical_bytes(operation))}


def local_now() -> str:
    """Return the time as a device keeps it: ISO 8601 with its own offset."""
    return datetime.now(UTC).astimezone().isoformat(timespec="milliseconds")
