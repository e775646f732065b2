"""A test recorded before what has to come first had passed, by the clocks of the tablets.

Entries of one tablet are compared as they stand, unless its clock was set in between. Between tablets, and
where the tablet isn't known, clocks are corrected by what the server found them to be off, and a difference
of up to five minutes is the clocks'. What passed once and was returned, repeated or retyped later had
passed: the first time counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from checklists.device_time import CLOCKS_AGREE_S, corrected
from checklists.item_schema import load_value
from checklists.judge import judge
from checklists.model import Item, ItemState, ItemStatus, KeptOperation
from checklists.plausibility.alike import NAMED
from checklists.plausibility.doubt import ANSWERED, Doubt, moment, named, spelled
from checklists.progress import DONE

#: It may have passed before somebody sent it back; without its history nobody knows.
_AGAIN: frozenset[ItemStatus] = frozenset({"returned", "stale", "conflict"})


@dataclass(frozen=True, slots=True)
class _Entry:
    """When something was recorded, on which tablet, and how far its clock was off; "" and None: not known."""

    at: datetime
    tablet: str = ""
    clock_offset_s: float | None = None

    def is_before(self, other: "_Entry") -> float:
        """Return by how many seconds this is before another entry, 0 within what clocks may differ."""
        ahead = (other.at - self.at).total_seconds()
        if self._has_the_clock_of(other):
            return max(ahead, 0)
        ahead -= (other.clock_offset_s or 0) - (self.clock_offset_s or 0)
        return ahead if ahead > CLOCKS_AGREE_S else 0

    def _has_the_clock_of(self, other: "_Entry") -> bool:
        """True for entries of one tablet whose clock nobody set in between; each push finds a little else."""
        if self.tablet == "" or self.tablet != other.tablet:
            return False
        if self.clock_offset_s is None or other.clock_offset_s is None:
            return True
        return abs(self.clock_offset_s - other.clock_offset_s) <= CLOCKS_AGREE_S


@dataclass(slots=True)
class Order:
    """The order in which a site was recorded; what had passed when is looked up once an item."""

    items: Mapping[str, Item]
    states: Mapping[str, ItemState]
    history: Mapping[str, Sequence[KeptOperation]]
    _passes: dict[str, list[_Entry]] = field(default_factory=dict)

    def doubts(self, items: Iterable[Item]) -> Iterator[Doubt]:
        """Yield a doubt at each item that was recorded before an item it requires had passed."""
        for item in items:
            state = self.states.get(item.key)
            if item.requires and state is not None and state.status in ANSWERED and _recorded(state):
                yield from self._doubt(item, state)

    def _doubt(self, item: Item, state: ItemState) -> Iterator[Doubt]:
        entry = self._entry(state)
        required = [self.items[key] for key in item.requires if key in self.items]
        early = {each.key: gap for each in required if (gap := self._gap(entry, each)) is not None}
        if not early:
            return
        never = [key for key, gap in early.items() if gap == 0]
        first = (never or list(early))[0]
        more = f" (and {len(early) - 1} more)" if len(early) > 1 else ""
        name = named(self.items[first])
        sentence = (
            f"{name} has to pass before this and has not{more}: do that first, then repeat this."
            if never
            else f"It was recorded {spelled(early[first])} before {name} had passed{more}: repeat it."
        )
        yield Doubt("order", item.key, tuple(early)[:NAMED], sentence)

    def _gap(self, entry: _Entry | None, required: Item) -> float | None:
        """Seconds from an entry until what it requires had passed; 0: never, None: nothing odd."""
        state = self.states.get(required.key) or ItemState(required.key, "open")
        if state.status == "not_applicable":
            return None
        passes = self._passes_of(required, state)
        if passes:
            gaps = [entry.is_before(each) for each in passes] if entry else [0.0]
            return min(gaps) or None
        return None if state.status in DONE or _may_have_passed(state) else 0

    def _passes_of(self, item: Item, state: ItemState) -> list[_Entry]:
        if item.key not in self._passes:
            kept = self.history.get(item.key, ())
            found = [_entry_of(each) for each in kept if _passed(item, each)]
            standing = self._entry(state) if state.status in DONE else None
            self._passes[item.key] = found or ([standing] if standing else [])
        return self._passes[item.key]

    def _entry(self, state: ItemState) -> _Entry | None:
        for kept in self.history.get(state.item, ()):
            if kept.operation.id in state.heads:
                return _entry_of(kept)
        at = moment(state.recorded_at)
        return _Entry(at) if at else None


def _recorded(state: ItemState) -> bool:
    return state.value is not None or state.recorded_at is not None


def _may_have_passed(state: ItemState) -> bool:
    """What only lacks a photo, or the bytes of one, has passed as a test."""
    return state.status in _AGAIN or (state.status == "incomplete" and state.judgement.verdict == "pass")


def _entry_of(kept: KeptOperation) -> _Entry:
    operation = kept.operation
    return _Entry(corrected(operation.recorded_at, None), operation.tablet, kept.clock_offset_s)


def _passed(item: Item, kept: KeptOperation) -> bool:
    operation = kept.operation
    if operation.kind == "answer":
        return judge(load_value(operation.body["value"]), item.criterion).verdict == "pass"
    return operation.kind == "signature" and item.criterion.kind == "signature"
