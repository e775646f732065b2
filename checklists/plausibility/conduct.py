"""How work was recorded, for reviewers alone: in one go, before the site was opened, passed without a word,
by a tablet whose clock was wrong. Times are those of the tablets, corrected by what their clocks were off.

None of it is an accusation. Readings are often noted on paper and typed in the van; a reviewer who knows it
asks for the tester's own record.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType

from checklists.device_time import CLOCKS_AGREE_S, corrected
from checklists.item_schema import load_value
from checklists.judge import judge
from checklists.model import Item, ItemState, KeptOperation, Operation, Value
from checklists.plausibility.alike import NAMED, Laid
from checklists.plausibility.doubt import Doubt, answered, moment, spelled

IN_ONE_GO = 5
WITHIN_S = 60
#: An estimate below this may be a glance at a display.
TAKES_MINUTES = 2

_Timed = tuple[float, Item]
History = Mapping[str, Sequence[KeptOperation]]
_NO_HISTORY: History = MappingProxyType({})


def _recorded(state: ItemState, history: History) -> datetime | None:
    """When the entry that stands was recorded, by the corrected clock of its tablet."""
    if not state.recorded_at:
        return None
    kept = _standing(state, history)
    return corrected(state.recorded_at, kept.clock_offset_s if kept else None)


def _standing(state: ItemState, history: History) -> KeptOperation | None:
    entries = (kept for kept in history.get(state.item, ()) if kept.operation.id in state.heads)
    return next(entries, None)


def hurried(laid: Iterable[Laid], history: History = _NO_HISTORY) -> Iterator[Doubt]:
    """Yield one doubt for each run of readings that one person recorded faster than anybody measures."""
    by_author: defaultdict[str, list[_Timed]] = defaultdict(list)
    for item, state in laid:
        at = _recorded(state, history)
        if at and state.author and answered(state) and _takes_time(item):
            by_author[state.author].append((at.timestamp(), item))
    for timed in by_author.values():
        for run in _runs(sorted(timed, key=lambda each: each[0])):
            yield _one_go(run)


def _takes_time(item: Item) -> bool:
    return item.criterion.kind in ("range", "table") and item.minutes >= TAKES_MINUTES


def _runs(timed: Sequence[_Timed]) -> Iterator[Sequence[_Timed]]:
    """Yield the longest stretches in which every reading is one of five within a minute."""
    start = end = 0
    for first in range(len(timed) - IN_ONE_GO + 1):
        last = first + IN_ONE_GO
        if timed[last - 1][0] - timed[first][0] > WITHIN_S:
            continue
        if first >= end:
            yield from (timed[start:end],) if end else ()
            start = first
        end = last
    yield from (timed[start:end],) if end else ()


def _one_go(run: Sequence[_Timed]) -> Doubt:
    minutes = sum(item.minutes for _, item in run)
    sentence = (
        f"{len(run)} readings that take about {spelled(minutes * 60)} were recorded within "
        f"{spelled(run[-1][0] - run[0][0])} by one person: ask for the tester's own record."
    )
    keys = [item.key for _, item in run]
    return Doubt("hurried", keys[0], tuple(keys[1 : NAMED + 1]), sentence)


def early(laid: Iterable[Laid], opened_at: str, history: History = _NO_HISTORY) -> Iterator[Doubt]:
    """Yield one doubt for everything that was recorded before the site was opened."""
    opened = moment(opened_at)
    keys = [
        item.key
        for item, state in laid
        if opened and (at := _recorded(state, history)) and (opened - at).total_seconds() > CLOCKS_AGREE_S
    ]
    if keys:
        sentence = (
            f"{_entries(len(keys))} before the site was opened: the clock of the tablet was wrong, so the "
            "order of the tests and the days of calibration are not sure."
        )
        yield Doubt("early", keys[0], tuple(keys[1 : NAMED + 1]), sentence)


def _entries(count: int) -> str:
    if count == 2:
        return "This and 1 more entry were recorded"
    return "This was recorded" if count == 1 else f"This and {count - 1} more entries were recorded"


def clocks(laid: Iterable[Laid], history: History) -> Iterator[Doubt]:
    """Yield one doubt for each tablet clock that was more than five minutes wrong, or that nobody knows of.

    Only what stands at an item counts, and only what a tablet sent: a sheet or a file has no clock.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for item, state in laid:
        kept = _standing(state, history)
        said = clock_in_words(kept.clock_offset_s, unknown=kept.clock_unknown) if kept else ""
        if said:
            groups[said].append(item.key)
    for said, keys in groups.items():
        about = _entries(len(keys))
        sentence = f"{about} with the {said}: check the days of calibration and the order of the tests."
        yield Doubt("clock", keys[0], tuple(keys[1 : NAMED + 1]), sentence)


def clock_in_words(offset: float | None, *, unknown: bool) -> str:
    """Return what was wrong with a tablet's clock, ``tablet clock 2 h 3 min fast``; "" when nothing was."""
    if offset is None:
        return "tablet clock not compared with the server's" if unknown else ""
    if abs(offset) <= CLOCKS_AGREE_S:
        return ""
    return f"tablet clock {_length(abs(offset))} {'fast' if offset > 0 else 'slow'}"


def _length(seconds: float) -> str:
    """Two units are enough, and so that one tablet's pushes read alike no seconds are told."""
    minutes = round(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def unexplained(laid: Iterable[Laid], history: History) -> Iterator[Doubt]:
    """Yield doubts where a reading failed, another passed, and it wasn't said that something was repaired."""
    for item, state in laid:
        if state.status == "passed" and state.attempts > 1:
            said = _unexplained(item, history.get(item.key, ()))
            yield from (Doubt("unexplained", item.key, (), said),) if said else ()


def _unexplained(item: Item, kept: Iterable[KeptOperation]) -> str:
    """The last failure decides: what was entered next should say why."""
    answers = sorted((each.operation for each in kept if each.operation.kind == "answer"), key=_by_time)
    for earlier, later in reversed(list(pairwise(answers))):
        value = load_value(earlier.body["value"])
        if judge(value, item.criterion).verdict == "fail":
            failed = f"It passed after {_read(value)} had failed"
            return _WHY.get(str(later.body.get("because", "")), "").format(failed=failed)
    return ""


_WHY = {
    "": "{failed}, and nobody said why: ask what was repaired or measured again.",
    "mistyped": "{failed} and was called mistyped: ask for the tester's own record.",
}


def _by_time(operation: Operation) -> str:
    return operation.id  # UUIDv7 begins with the time


def _read(value: Value) -> str:
    return f"{value.raw} {value.unit}".strip() if value.type == "measured" else f"“{value.raw}”"
