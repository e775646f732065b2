"""What is odd about what was recorded, although its verdict may be good: a doubt with what to do about it.

A doubt warns. It never refuses a value and never changes a verdict: there are odd sites, and honest people
with odd readings. The contractor sees it at once (``fieldapp/tablet/src/core/plausibility.ts`` is the twin of
this file, held to it by tests/vectors/plausibility.json), the reviewer later.

``conduct`` and ``elsewhere`` hold what is for reviewers alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from checklists.model import Instrument, Item, ItemState, KeptOperation
from checklists.plausibility.alike import alike
from checklists.plausibility.copied import copied
from checklists.plausibility.doubt import Doubt
from checklists.plausibility.evidence import same_photos, same_serials
from checklists.plausibility.order import Order
from checklists.plausibility.reading import odd_reading

__all__ = ["Doubt", "doubts", "doubts_at"]

_NO_HISTORY: Mapping[str, Sequence[KeptOperation]] = MappingProxyType({})
_NO_INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType({})


def doubts(
    items: Iterable[Item],
    states: Mapping[str, ItemState],
    *,
    instruments: Mapping[str, Instrument] = _NO_INSTRUMENTS,
    history: Mapping[str, Sequence[KeptOperation]] = _NO_HISTORY,
) -> tuple[Doubt, ...]:
    """Return what is odd on a whole site, in the order of work; the time it takes grows with the items."""
    known = {item.key: item for item in items}
    found = defaultdict(list)
    for doubt in (
        *_alone(known.values(), states, instruments),
        *Order(known, states, history).doubts(known.values()),
        *_together(known.values(), states),
    ):
        found[doubt.item].append(doubt)
    return tuple(doubt for key in known for doubt in found.get(key, ()))


def doubts_at(
    item: Item,
    items: Iterable[Item],
    states: Mapping[str, ItemState],
    *,
    instruments: Mapping[str, Instrument] = _NO_INSTRUMENTS,
    history: Mapping[str, Sequence[KeptOperation]] = _NO_HISTORY,
) -> tuple[Doubt, ...]:
    """Return what is odd at one item of a site."""
    known = {each.key: each for each in items}
    order = Order(known, states, history).doubts([item])
    near = [
        each for each in known.values() if each.varies or each.step == item.step or _pictured(each, states)
    ]
    together = (doubt for doubt in _together(near, states) if doubt.item == item.key)
    return (*_alone([item], states, instruments), *order, *together)


def _pictured(item: Item, states: Mapping[str, ItemState]) -> bool:
    state = states.get(item.key)
    return state is not None and bool(state.photos)


def _alone(
    items: Iterable[Item], states: Mapping[str, ItemState], instruments: Mapping[str, Instrument]
) -> Iterator[Doubt]:
    """What the reading at each item shows by itself."""
    for item in items:
        state = states.get(item.key)
        if state is not None:
            yield from odd_reading(item, state, instruments.get(state.instrument or ""))


def _together(items: Iterable[Item], states: Mapping[str, ItemState]) -> Iterator[Doubt]:
    """What shows only when items are laid side by side."""
    laid = [(item, states[item.key]) for item in items if item.key in states]
    yield from alike(laid)
    yield from copied(laid)
    yield from same_serials(laid)
    yield from same_photos(laid)
