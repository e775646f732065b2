"""Operations sorted to their items: heads, photos, notes, and what of them still counts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checklists.model import REGISTER_KINDS, Item, KeptOperation, Since

if TYPE_CHECKING:
    from checklists.reopening import Reopened


@dataclass(slots=True)
class Pile:
    """Everything recorded at one item, in the order of the operation ids (they are made from the time)."""

    registers: list[KeptOperation] = field(default_factory=list)
    photos: list[KeptOperation] = field(default_factory=list)
    notes: list[KeptOperation] = field(default_factory=list)
    heads: tuple[KeptOperation, ...] = ()
    since: Since | None = None
    reopened: "Reopened | None" = None  # by a later test that failed

    def counts(self, number: int, revision: int | None = None) -> bool:
        """True for what was recorded on the ground of the present revision."""
        since = self.since
        if since is None:
            return True
        return number > since.number and (revision is None or revision >= since.revision)

    def fresh(self, kept: KeptOperation) -> bool:
        """True for an operation that counts."""
        return self.counts(kept.number, kept.operation.revision)

    @property
    def head_ids(self) -> tuple[str, ...]:
        """The ids of the heads, sorted."""
        return tuple(head.operation.id for head in self.heads)

    @property
    def head(self) -> KeptOperation | None:
        """The one head that is shown; None when there is none or a conflict."""
        return self.heads[0] if len(self.heads) == 1 else None

    @property
    def deciding(self) -> KeptOperation | None:
        """The one head, when it counts."""
        return self.head if self.head and self.fresh(self.head) else None

    @property
    def opened_again(self) -> bool:
        """True when the answer that decides was given before a test failed that it may have influenced."""
        head = self.deciding
        if self.reopened is None or head is None or head.operation.kind not in ("answer", "signature"):
            return False
        return head.operation.id < self.reopened.operation

    @property
    def photo_count(self) -> int:
        """How many different photos count."""
        return len({str(each.operation.body["sha256"]) for each in self.photos if self.fresh(each)})


def piles_of(kept: Iterable[KeptOperation]) -> dict[str, Pile]:
    """Sort operations to their items; the same id twice counts once."""
    unique = {each.operation.id: each for each in kept}
    piles: defaultdict[str, Pile] = defaultdict(Pile)
    for _, each in sorted(unique.items()):
        pile = piles[each.operation.item]
        kind = each.operation.kind
        if kind in REGISTER_KINDS:
            pile.registers.append(each)
        elif kind in ("photo", "note"):
            (pile.photos if kind == "photo" else pile.notes).append(each)
    for pile in piles.values():
        superseded = {base for each in pile.registers for base in each.operation.base}
        pile.heads = tuple(each for each in pile.registers if each.operation.id not in superseded)
    return dict(piles)


def photos_required(item: Item) -> int:
    """Return how many photos an item asks for, as its answer or besides it."""
    return item.photos + (item.criterion.count if item.criterion.kind == "photo" else 0)
