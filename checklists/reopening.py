"""A failed test opens earlier ones again (IEC 60364-6, 6.4.3.1), and what a change at one item can touch.

Later means a greater operation id: ids are made from the time, so only the set of operations counts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from checklists.model import Item, KeptOperation, VerdictWord
from checklists.piles import Pile

Verdict = Callable[[Item, KeptOperation], VerdictWord]


@dataclass(frozen=True, slots=True)
class Reopened:
    """Until when answers of an item count no more: the id of the operation that failed, and the sentence."""

    operation: str
    reason: str


def reopened(items: Iterable[Item], piles: Mapping[str, Pile], verdict: Verdict) -> dict[str, Reopened]:
    """Return which items the failures among these items open again."""
    found: dict[str, Reopened] = {}
    for item in items:
        failed = _last_failure(item, piles.get(item.key), verdict) if item.repeats else ""
        if not failed:
            continue
        what = f"“{item.title}” at {item.tag} failed after this was recorded"
        reason = f"{what}; do it again (IEC 60364-6, 6.4.3.1)."
        for key in item.repeats:
            if key not in found or found[key].operation < failed:
                found[key] = Reopened(failed, reason)
    return found


def _last_failure(item: Item, pile: Pile | None, verdict: Verdict) -> str:
    """Return the id of the last failed answer that was a reading at all; "" when there is none."""
    if pile is None:
        return ""
    mistyped = set(_mistyped(pile))
    failed = (
        each.operation.id
        for each in reversed(pile.registers)
        if each.operation.kind == "answer"
        and each.operation.id not in mistyped
        and verdict(item, each) == "fail"
    )
    return next(failed, "")


def _mistyped(pile: Pile) -> Iterator[str]:
    """Yield the answers that their own successor says were never readings."""
    for each in pile.registers:
        if each.operation.body.get("because") == "mistyped":
            yield from each.operation.base


def touched(items: Mapping[str, Item], changed: Iterable[str]) -> set[str]:
    """Return the items whose states can differ after something was recorded at some."""
    found = set(changed)
    for key in tuple(found):
        if key in items:
            found.update(each for each in items[key].repeats if each in items)
    return found


def readers(items: Mapping[str, Item], wanted: Set[str]) -> set[str]:
    """Return the items that have to be folded together to know the states of some."""
    return set(wanted) | {key for key, item in items.items() if not wanted.isdisjoint(item.repeats)}


def repeated_by(items: Mapping[str, Item]) -> dict[str, tuple[str, ...]]:
    """Return for each item that is repeated the items whose failure opens it again: ``readers`` at hand."""
    found: dict[str, tuple[str, ...]] = {}
    for key, item in items.items():
        for each in item.repeats:
            found[each] = (*found.get(each, ()), key)
    return found
