"""Who recorded an answer without the qualification that the item asks for, on the day of the work. For
reviewers alone: it changes no verdict (decision 0013).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from checklists.device_time import day_in
from checklists.model import Item, ItemState, KeptOperation
from checklists.plausibility.alike import NAMED, Laid
from checklists.plausibility.doubt import Doubt
from checklists.qualifications import UNCHECKED, Qualification, in_words, lack


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who recorded answers: name, organisation, and what is recorded of their qualifications.

    ``known`` is False where nothing is recorded of anybody of the organisation.
    """

    name: str
    organisation: str
    held: tuple[Qualification, ...]
    known: bool = True


def unqualified(
    laid: Iterable[Laid],
    history: Mapping[str, Sequence[KeptOperation]],
    authors: Mapping[str, Author],
    zone: ZoneInfo,
) -> Iterator[Doubt]:
    """Yield a doubt at each item whose answer somebody gave who was not qualified on that day.

    Of an organisation for whose people nothing is recorded at all it is said once, not at every item.
    """
    unknown: defaultdict[str, list[Item]] = defaultdict(list)
    for item, state in laid:
        for kept in _answers(state, history):
            author = authors.get(kept.author)
            if author is None or not item.who or item.who in UNCHECKED:
                continue
            if not author.known:
                unknown[author.organisation].append(item)
                break
            day = day_in(zone, kept.operation.recorded_at, kept.clock_offset_s)
            if missing := lack(item.who, author.held, day):
                yield Doubt("unqualified", item.key, (), in_words(missing, author.name))
                break
    for organisation, items in unknown.items():
        yield _nothing(organisation, items)


def _answers(state: ItemState, history: Mapping[str, Sequence[KeptOperation]]) -> list[KeptOperation]:
    return [kept for kept in history.get(state.item, ()) if kept.operation.id in state.heads]


def _nothing(organisation: str, items: Sequence[Item]) -> Doubt:
    """The items that matter most are named."""
    keys = [item.key for item in sorted(items, key=lambda item: not (item.safety or item.stops_work))]
    sentence = (
        f"No qualification of anybody of {organisation} is recorded, so for "
        f"{'this item' if len(keys) == 1 else f'{len(keys)} items'} it can't be checked who did the work."
    )
    return Doubt("unqualified", keys[0], tuple(keys[1 : NAMED + 1]), sentence)
