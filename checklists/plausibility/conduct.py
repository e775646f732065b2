"""How work was recorded, for reviewers alone: in one go, before the site was opened, passed without a word.

None of it is an accusation. Readings are often noted on paper and typed in the van; a reviewer who knows it
asks for the tester's own record.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from checklists.item_schema import load_value
from checklists.judge import judge
from checklists.model import Item, KeptOperation, Operation, Value
from checklists.plausibility.alike import NAMED, Laid
from checklists.plausibility.doubt import Doubt, answered, moment, spelled
from checklists.plausibility.order import CLOCKS_AGREE_S

IN_ONE_GO = 5
WITHIN_S = 60
#: An estimate below this may be a glance at a display.
TAKES_MINUTES = 2

_Timed = tuple[float, Item]


def hurried(laid: Iterable[Laid]) -> Iterator[Doubt]:
    """Yield one doubt for each run of readings that one person recorded faster than anybody measures."""
    by_author: defaultdict[str, list[_Timed]] = defaultdict(list)
    for item, state in laid:
        at = moment(state.recorded_at)
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


def early(laid: Iterable[Laid], opened_at: str) -> Iterator[Doubt]:
    """Yield one doubt for everything that was recorded before the site was opened."""
    opened = moment(opened_at)
    keys = [
        item.key
        for item, state in laid
        if opened and (at := moment(state.recorded_at)) and (opened - at).total_seconds() > CLOCKS_AGREE_S
    ]
    if keys:
        sentence = (
            f"{_entries(len(keys))} before the site was opened: the clock of the tablet was wrong, so the "
            "order of the tests and the days of calibration are not sure."
        )
        yield Doubt("early", keys[0], tuple(keys[1 : NAMED + 1]), sentence)


def _entries(count: int) -> str:
    return "This was recorded" if count == 1 else f"This and {count - 1} more entries were recorded"


def unexplained(laid: Iterable[Laid], history: Mapping[str, Sequence[KeptOperation]]) -> Iterator[Doubt]:
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
