"""What is done, what is open, and what stands in the way of submission and of approval."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checklists.model import (
    Blocker,
    Checklist,
    Item,
    ItemState,
    ItemStatus,
    OpenDeviation,
    Progress,
    SectionProgress,
)

#: Nothing more has to be done here.
DONE: frozenset[ItemStatus] = frozenset({"passed", "not_applicable", "conceded"})

_BLOCKS_SUBMISSION: dict[ItemStatus, str] = {
    "open": "is not done yet.",
    "incomplete": "still lacks a photo or its bytes.",
    "conflict": "has two entries side by side; record the right one again.",
    "inconclusive": "can't be decided from what is recorded; repeat it.",
    "returned": "was returned by the reviewer; do it again.",
    "stale": "was recorded before the design changed; do it again.",
}


def progress(
    checklists: Sequence[Checklist],
    states: Mapping[str, ItemState],
    deviations: Sequence[OpenDeviation] = (),
) -> Progress:
    """Return counts per section and every item that blocks submission or approval, in work order.

    A recorded deviation that no engineer has accepted or refused blocks approval too.
    """
    items = [item for checklist in checklists for item in checklist.items]
    known = {item.key: item for item in items}
    submission = [(item, _blocks_submission(item, states)) for item in items]
    approval = [(item, _blocks_approval(item, states, known)) for item in items]
    return Progress(
        sections=tuple(_sections(items, states)),
        done=sum(_status(item, states) in DONE for item in items),
        total=len(items),
        blocks_submission=tuple(Blocker(item.key, reason) for item, reason in submission if reason),
        blocks_approval=(
            *(Blocker(item.key, reason) for item, reason in approval if reason),
            *(Blocker(each.item, _undecided(each)) for each in deviations),
        ),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """The nearest item that has to pass before this one; ``stop``: work must stop until it does."""

    item: str  # key of that other item
    stop: bool


def waiting(items: Iterable[Item], states: Mapping[str, ItemState]) -> dict[str, Waiting]:
    """Return for every item that waits what it waits for; a stop anywhere on the way comes first.

    Nothing recorded is refused for it: somebody else may have done the first thing on another tablet.
    """
    known = {item.key: item for item in items}
    unmet = {key: _unmet(item, states, known) for key, item in known.items()}
    stops: dict[str, str] = {}
    found = {}
    for key in known:
        stop = _stop(key, unmet, known, stops)
        if stop or unmet[key]:
            found[key] = Waiting(stop or unmet[key][0], bool(stop))
    return found


def _unmet(item: Item, states: Mapping[str, ItemState], known: Mapping[str, Item]) -> list[str]:
    return [key for key in item.requires if key in known and _status(known[key], states) not in DONE]


def _stop(key: str, unmet: Mapping[str, list[str]], known: Mapping[str, Item], stops: dict[str, str]) -> str:
    """Return the first item that stops work on the way to this one; "" when there is none."""
    if key not in stops:
        stops[key] = ""  # nobody waits for themselves: templates that do are refused
        stops[key] = next(
            (each for each in unmet[key] if known[each].stops_work),
            next((found for each in unmet[key] if (found := _stop(each, unmet, known, stops))), ""),
        )
    return stops[key]


def _blocks_submission(item: Item, states: Mapping[str, ItemState]) -> str:
    status = _status(item, states)
    if item.severity == "info" and status == "inconclusive":
        return ""
    why = _BLOCKS_SUBMISSION.get(status)
    return f"{_name(item)} {why}" if why else ""


def _blocks_approval(item: Item, states: Mapping[str, ItemState], known: Mapping[str, Item]) -> str:
    """Everything that blocks submission, and what only a reviewer can settle."""
    status = _status(item, states)
    if status == "failed" and item.severity == "info":
        return ""
    if status == "failed":
        way_out = "do it again" if item.safety else "do it again or concede it"
        return f"{_name(item)} failed; {way_out}."
    if status == "conceded" and item.safety:
        return f"{_name(item)} is a safety item and can't be conceded; do it again."
    if status == "not_applicable" and item.safety and not states[item.key].accepted:
        return f"{_name(item)} is a safety item; a reviewer must accept that it does not apply."
    return _blocks_submission(item, states) or _out_of_order(item, states, known)


def _out_of_order(item: Item, states: Mapping[str, ItemState], known: Mapping[str, Item]) -> str:
    """Name the first item that had to pass before this one and has not."""
    if _status(item, states) != "passed":
        return ""
    unmet = (known[key] for key in item.requires if key in known and _status(known[key], states) not in DONE)
    first = next(unmet, None)
    return f"{_name(item)} is recorded, but {_name(first)} must pass before it." if first else ""


def _undecided(deviation: OpenDeviation) -> str:
    what = deviation.property.replace("_", " ")
    return f"{deviation.tag} differs from the drawing ({what}); an engineer has to accept or refuse it."


def _name(item: Item) -> str:
    return f"“{item.title}” at {item.tag}"


def _status(item: Item, states: Mapping[str, ItemState]) -> ItemStatus:
    state = states.get(item.key)
    return state.status if state else "open"


def _sections(items: Iterable[Item], states: Mapping[str, ItemState]) -> Iterable[SectionProgress]:
    counts: dict[str, Counter[ItemStatus]] = {}
    order: list[Item] = []
    for item in items:
        if item.section not in counts:
            order.append(item)
        counts.setdefault(item.section, Counter())[_status(item, states)] += 1
    for item in order:
        yield _section(item, counts[item.section])


def _section(item: Item, count: Counter[ItemStatus]) -> SectionProgress:
    total, named = count.total(), count["passed"] + count["failed"] + count["open"]
    return SectionProgress(
        item.section, total, count["passed"], count["failed"], count["open"], total - named
    )
