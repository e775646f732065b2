"""A doubt, and how its sentence names items, tags and spans of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from checklists.model import Item, ItemState, ItemStatus, Value

Code = Literal[
    "impossible",  # outside what the circuit can show
    "unusual",  # far from what the study expects
    "zero_time",  # a measured time of nothing
    "digits",  # finer than the instrument shows
    "order",  # before what has to come first
    "alike",  # the same reading at many tags
    "copied",  # a whole sequence of readings as at another tag
    "serial",  # one serial number at two tags
    "photo",  # one photo at two tags
    # For reviewers alone:
    "hurried",  # faster than anybody measures
    "early",  # before the site was opened
    "unexplained",  # failed, then passed, and nobody said why
    "elsewhere",  # the evidence of another site
    "clock",  # the clock of the tablet was wrong, or nobody knows
    "unqualified",  # who recorded it had no qualification for it on that day
]

#: What was recorded counts: it was neither withdrawn nor sent back, nor has it lost its ground.
ANSWERED: frozenset[ItemStatus] = frozenset({"passed", "failed", "inconclusive", "incomplete", "conceded"})


@dataclass(frozen=True, slots=True)
class Doubt:
    """One odd thing at an item: a stable code, other items it concerns, and what is odd and what to do."""

    code: Code
    item: str
    others: tuple[str, ...]
    sentence: str


def answered(state: ItemState | None) -> Value | None:
    """Return the value that counts at an item."""
    return state.value if state is not None and state.status in ANSWERED else None


def named(item: Item) -> str:
    """Return an item as a sentence names it."""
    return f"“{item.title}” at {item.tag}"


def moment(text: str | None) -> datetime | None:
    """Return a time of the journal; None without one. Times without an offset are UTC."""
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def listed(tags: Sequence[str]) -> str:
    """Return at most three tags and how many more: ``F01, F02, F03 and 9 more``."""
    shown, more = list(tags[:3]), len(tags) - 3
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def spelled(seconds: float) -> str:
    """Return a span of time in its largest unit: ``12 minutes``; below a second it is one."""
    whole = max(1, int(seconds))
    size, word = next(each for each in _SPANS if whole >= each[0])
    count = whole // size
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
