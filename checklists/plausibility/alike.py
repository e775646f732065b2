"""Readings of one test that are exactly alike at many tags, where that is more than chance.

How likely is it that honest readings agree? Say that readings of one test lie within ± 10 % of one another,
and that the instrument shows them with the digits that were typed. Then a reading with the digits ``m``
(0.42: 42; 2.53: 253) could as well have been any of ``k = m / 5``; with one digit k is 1, such readings say
nothing. Among ``N`` readings, groups of ``n`` equal ones are expected ``C(N, n) / k^(n-1)`` times; less than
once in a hundred sites is a doubt, and four tags are the least. So four insulation readings of 2.5 MΩ are a
doubt where there are four, and chance where there are sixty; sixty of sixty are always a doubt. Insulation
resistance spreads much wider than ± 10 %, so the rule rather says too little.

Off-scale readings (> 999 MΩ) are alike by nature and don't count.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import comb

from checklists.model import Item, ItemState
from checklists.plausibility.doubt import Doubt, answered, listed

AT_LEAST = 4
#: Expected less than once in so many honest sites.
RARE = 100
#: So many of the others are named by their keys.
NAMED = 8

#: A reading as typed: decimal string and unit.
Shown = tuple[str, str]
Laid = tuple[Item, ItemState]


def exact(state: ItemState | None) -> Shown | None:
    """Return the reading that counts at an item; None for what is off-scale or no number."""
    value = answered(state)
    if value is None or value.type != "measured" or value.decimal is None or value.bound:
        return None
    return value.decimal, value.unit


def others_as_likely(shown: Shown) -> int:
    """Return k: how many different readings within ± 10 % the instrument could have shown."""
    return max(1, int(shown[0].lstrip("-").replace(".", "")) // 5)


def alike(laid: Iterable[Laid]) -> Iterator[Doubt]:
    """Yield a doubt at every item of a group of readings too equal to be measured."""
    steps: defaultdict[str, list[tuple[Item, Shown]]] = defaultdict(list)
    for item, state in laid:
        shown = exact(state) if item.varies else None
        if shown is not None:
            steps[item.step].append((item, shown))
    for readings in steps.values():
        yield from _groups(readings)


def _groups(readings: Sequence[tuple[Item, Shown]]) -> Iterator[Doubt]:
    groups: defaultdict[Shown, list[Item]] = defaultdict(list)
    for item, shown in readings:
        groups[shown].append(item)
    for shown, group in groups.items():
        if len(group) >= AT_LEAST and _rare(len(readings), len(group), others_as_likely(shown)):
            yield from _doubts(shown, group)


def _rare(readings: int, equal: int, likely: int) -> bool:
    chances: int = likely ** (equal - 1)
    return comb(readings, equal) * RARE < chances


def _doubts(shown: Shown, group: list[Item]) -> Iterator[Doubt]:
    keys = [item.key for item in group]
    said = f"Exactly {' '.join(shown).strip()} is recorded in this test at {len(group)} tags"
    sentence = (
        f"{said} ({listed([item.tag for item in group])}): measure again at each, "
        "and write > in front where the tester was off-scale."
    )
    for key in keys:
        yield Doubt("alike", key, tuple(each for each in keys[: NAMED + 1] if each != key)[:NAMED], sentence)
