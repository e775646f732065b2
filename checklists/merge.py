"""Operations -> item states. Pure, and a function of the *set* of operations: order of arrival is nothing.

Heads are the register operations of an item that no other register operation of it names in its ``base``.
One head decides, two are a conflict. Photos and notes stand beside the heads.

A review mark holds while the heads are those it names. Items answered by a photo or a probe run need no head;
there a mark holds until a photo or a run with a later journal number stands beside it.

A revision of the site can take the ground from what was recorded (``Since``), and a later test that failed
opens earlier ones again (``repeats``): the entries stay readable, and the item is stale until something newer
answers it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from checklists import canonical
from checklists.device_time import day_in
from checklists.item_schema import dump_item_state
from checklists.judge import judge, judge_item
from checklists.model import (
    REGISTER_KINDS,
    Cell,
    Checklist,
    Instrument,
    Item,
    ItemState,
    ItemStatus,
    Judgement,
    KeptOperation,
    OpenDeviation,
    Operation,
    ProbeOutcome,
    ReviewMark,
    Since,
    Value,
    VerdictWord,
)
from checklists.operation_schema import dump_operation
from checklists.piles import Pile, photos_required, piles_of
from checklists.reopening import readers, reopened, touched

__all__ = [
    "fold",
    "heads",
    "makes_conflict",
    "operation_digest",
    "readers",
    "receive",
    "state_digest",
    "touched",
]

_STATUS_OF_VERDICT: dict[str, ItemStatus] = {
    "pass": "passed",
    "fail": "failed",
    "inconclusive": "inconclusive",
    "none": "open",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is to be done with an operation that arrived, and why in one sentence when it isn't new."""

    status: Literal["new", "duplicate", "pending", "rejected"]
    reason: str = ""


def canonical_bytes(operation: Operation) -> bytes:
    """Return the bytes that an author signs: domain prefix, newline, RFC 8785 form."""
    return canonical.prefixed(canonical.OPERATION, dump_operation(operation))


def operation_digest(operation: Operation) -> str:
    """Return the SHA-256 of the signed bytes in lower-case hex."""
    return hashlib.sha256(canonical_bytes(operation)).hexdigest()


def state_digest(
    design_digest: str,
    checklists: Sequence[Checklist],
    states: Mapping[str, ItemState],
    deviations: Iterable[OpenDeviation] = (),
) -> str:
    """Return what a sign-off or an approval binds: design, checklists, the state of every item.

    Deviations that nobody has decided about belong to it too: what they say may be so.
    """
    state: dict[str, Any] = {
        "design": design_digest,
        "checklists": [{"id": each.id, "template_digest": each.template_digest} for each in checklists],
        "states": {key: dump_item_state(state) for key, state in states.items()},
    }
    waiting = sorted(each.id for each in deviations)
    return canonical.digest(canonical.STATE, state | {"deviations": waiting} if waiting else state)


def receive(
    operation: Operation, *, known: Mapping[str, str], items: Container[str], revision: int = 1
) -> Receipt:
    """Decide what an operation is to a site at a revision that holds operations ``known`` (id -> digest)."""
    if operation.id in known:
        if known[operation.id] == operation_digest(operation):
            return Receipt("duplicate", "This operation is here already.")
        return Receipt("rejected", "Another operation with this id is here already.")
    if operation.item not in items:
        return Receipt("rejected", f"{operation.item} is not an item of this site.")
    if operation.revision > revision:
        return Receipt("rejected", f"It names revision {operation.revision} of a site that is at {revision}.")
    missing = (
        [each for each in operation.base if each not in known] if operation.kind in REGISTER_KINDS else []
    )
    if missing:
        return Receipt("pending", f"It builds on operation {missing[0]}, which has not arrived yet.")
    return Receipt("new")


def makes_conflict(operation: Operation, heads: Iterable[str]) -> bool:
    """True when a new operation leaves a head standing that its author had not seen."""
    return operation.kind in REGISTER_KINDS and not set(heads) <= set(operation.base)


def heads(kept: Iterable[KeptOperation]) -> dict[str, tuple[str, ...]]:
    """Return the sorted head ids of every item that has any."""
    return {item: pile.head_ids for item, pile in piles_of(kept).items() if pile.heads}


def fold(
    items: Iterable[Item],
    kept: Iterable[KeptOperation],
    *,
    marks: Iterable[ReviewMark] = (),
    outcomes: Iterable[ProbeOutcome] = (),
    present: Set[str] = frozenset(),
    since: Mapping[str, Since] = MappingProxyType({}),
    instruments: Mapping[str, Instrument] = MappingProxyType({}),
    timezone: str = "UTC",
) -> dict[str, ItemState]:
    """Return the state of every item; ``present`` are the SHA-256 of the photos whose bytes are here.

    ``since`` says for some items from which revision of the site on entries count. ``instruments`` by id are
    those that readings may name; ``timezone`` is the site's, in it a day is a day.
    """
    wanted, piles, bench = list(items), piles_of(kept), _Bench(instruments, ZoneInfo(timezone))
    for key, ground in since.items():
        piles.setdefault(key, Pile()).since = ground
    for key, again in reopened(wanted, piles, bench.verdict).items():
        piles.setdefault(key, Pile()).reopened = again
    marks_of, latest = _latest_first(marks), _latest_outcomes(outcomes)
    return {
        it.key: _state(it, piles.get(it.key) or Pile(), marks_of.get(it.key, ()), latest, present, bench)
        for it in wanted
    }


@dataclass(frozen=True, slots=True)
class _Bench:
    """What judging an operation needs beside its item: the instruments, and where days begin.

    A test that repeats others is asked for its verdict twice; it is judged once.
    """

    instruments: Mapping[str, Instrument]
    zone: ZoneInfo
    _judged: dict[str, Judgement] = field(default_factory=dict)

    def judged(self, item: Item, kept: KeptOperation) -> Judgement:
        """Return the verdict on an answer, on the day that the tablet's corrected clock says."""
        operation = kept.operation
        if operation.id not in self._judged:
            self._judged[operation.id] = self._judge(item, operation, kept.clock_offset_s)
        return self._judged[operation.id]

    def verdict(self, item: Item, kept: KeptOperation) -> VerdictWord:
        """Return the verdict word of an answer."""
        return self.judged(item, kept).verdict

    def _judge(self, item: Item, operation: Operation, clock_offset_s: float | None) -> Judgement:
        value = _value(operation.body["value"])
        day = day_in(self.zone, operation.recorded_at, clock_offset_s)
        if not item.number:
            # Generated before instruments were asked for: judged as it was then, so that no approval lapses.
            return judge(value, item.criterion, day=day)
        named = operation.body.get("instrument")
        instrument = self.instruments.get(named) if isinstance(named, str) else None
        return judge_item(value, item, day=day, instrument=instrument)


def _latest_first(marks: Iterable[ReviewMark]) -> dict[str, list[ReviewMark]]:
    by_item: defaultdict[str, list[ReviewMark]] = defaultdict(list)
    for mark in sorted(marks, key=lambda mark: mark.number, reverse=True):
        by_item[mark.item].append(mark)
    return by_item


def _latest_outcomes(outcomes: Iterable[ProbeOutcome]) -> dict[tuple[str, str], ProbeOutcome]:
    return {(each.tag, each.aspect): each for each in sorted(outcomes, key=lambda each: each.number)}


def _outcome(item: Item, latest: Mapping[tuple[str, str], ProbeOutcome]) -> ProbeOutcome | None:
    """What the probe says of this item: of its own tag, else of the whole site."""
    if item.criterion.kind != "probe":
        return None
    aspect = item.criterion.aspect
    return latest.get((item.tag, aspect)) or latest.get(("", aspect))


def _mark_in_force(
    item: Item, pile: Pile, marks: Sequence[ReviewMark], outcome: ProbeOutcome | None
) -> ReviewMark | None:
    """Return the latest mark that names the present heads and that no newer photo or run has overtaken."""
    newest = outcome.number if outcome else 0
    if item.criterion.kind == "photo":
        newest = max((photo.number for photo in pile.photos), default=0)
    named = (mark for mark in marks if tuple(sorted(mark.heads)) == pile.head_ids and mark.number > newest)
    return next((mark for mark in named if pile.counts(mark.number)), None)


def _state(
    item: Item,
    pile: Pile,
    marks: Sequence[ReviewMark],
    latest: Mapping[tuple[str, str], ProbeOutcome],
    present: Set[str],
    bench: _Bench,
) -> ItemState:
    outcome = _outcome(item, latest)
    mark = _mark_in_force(item, pile, marks, outcome)
    photos = tuple(dict.fromkeys(str(each.operation.body["sha256"]) for each in pile.photos))
    missing = tuple(photo for photo in photos if photo not in present)
    judgement = _judgement(item, pile, outcome, bench)
    status = _status(item, pile, mark, judgement, bool(missing), _is_stale(item, pile, outcome))
    head = pile.head
    body = head.operation.body if head else {}
    return ItemState(
        item=item.key,
        status=status,
        heads=pile.head_ids,
        value=_value(body.get("value")),
        judgement=judgement,
        author=head.author if head else None,
        instrument=_text(body.get("instrument")),
        recorded_at=head.operation.recorded_at if head else None,
        photos=photos,
        missing_photos=missing,
        notes=tuple(str(each.operation.body["text"]) for each in pile.notes),
        attempts=sum(each.operation.kind == "answer" for each in pile.registers),
        comment=mark.comment if mark and _MARKED_STATUS[mark.kind] == status else "",
        reason=str(body.get("reason", "")),
        accepted=mark is not None and mark.kind == "not_applicable_accepted" and status == "not_applicable",
    )


_MARKED_STATUS = {"returned": "returned", "conceded": "conceded", "not_applicable_accepted": "not_applicable"}


def _is_stale(item: Item, pile: Pile, outcome: ProbeOutcome | None) -> bool:
    """True when all that answered this item is from before its ground changed or a test failed."""
    if pile.opened_again:
        return True
    answers = [pile.fresh(each) for each in pile.heads]
    if item.criterion.kind == "photo":
        answers += [pile.fresh(each) for each in pile.photos]
    if outcome is not None:
        answers.append(pile.counts(outcome.number))
    return bool(answers) and not any(answers)


def _judgement(item: Item, pile: Pile, outcome: ProbeOutcome | None, bench: _Bench) -> Judgement:
    """Judge the one head, or what answers items without heads."""
    if len(pile.heads) > 1:
        return Judgement("none", "Two entries stand side by side: pick one by recording it again.")
    if pile.since is not None and _is_stale(item, pile, outcome):
        return Judgement("none", pile.since.reason)
    if pile.reopened is not None and pile.opened_again:
        return Judgement("none", pile.reopened.reason)
    deciding = pile.deciding
    operation = deciding.operation if deciding else None
    if operation is not None and operation.kind in ("not_applicable", "retract"):
        withdrawn = operation.kind == "retract"
        return Judgement("none", "The entry was withdrawn." if withdrawn else "It does not apply here.")
    if item.criterion.kind == "probe":
        return (
            Judgement(outcome.verdict, outcome.reason)
            if outcome and pile.counts(outcome.number)
            else Judgement("none", "No probe run has judged this yet.")
        )
    if item.criterion.kind == "photo":
        return _judge_photos(pile.photo_count, photos_required(item))
    if deciding is None or operation is None:
        return judge(None, item.criterion)
    if operation.kind == "signature":
        return _judge_signature(item, str(operation.body["name"]))
    return bench.judged(item, deciding)


def _judge_photos(photos: int, required: int) -> Judgement:
    taken = f"{photos} of {required} photos taken."
    return Judgement("pass" if photos >= required else "none", taken)


def _judge_signature(item: Item, name: str) -> Judgement:
    if item.criterion.kind == "signature":
        return Judgement("pass", f"Signed by {name}.")
    return Judgement("none", "A signature does not answer this.")


def _status(
    item: Item, pile: Pile, mark: ReviewMark | None, judgement: Judgement, missing: bool, stale: bool
) -> ItemStatus:
    """Precedence: conflict, returned, stale, incomplete, then not applicable, conceded or the verdict."""
    if len(pile.heads) > 1:
        return "conflict"
    if mark is not None and mark.kind == "returned":
        return "returned"
    if stale:
        return "stale"
    photos = pile.photo_count
    not_applicable = pile.deciding is not None and pile.deciding.operation.kind == "not_applicable"
    begun = judgement.verdict != "none" or (item.criterion.kind == "photo" and photos > 0)
    if missing or (begun and not not_applicable and photos < photos_required(item)):
        return "incomplete"
    if not_applicable:
        return "not_applicable"
    doubtful = judgement.verdict in ("fail", "inconclusive")
    if mark is not None and mark.kind == "conceded" and doubtful and not item.safety:
        return "conceded"
    return _STATUS_OF_VERDICT[judgement.verdict]


def _value(body: Any) -> Value | None:
    """The value of an answer, whose shape was checked when it came in."""
    if not isinstance(body, Mapping):
        return None
    return Value(
        type=body["type"],
        raw=body["raw"],
        decimal=body.get("decimal"),
        unit=body.get("unit", ""),
        bound=body.get("bound", ""),
        cells=tuple(Cell(**cell) for cell in body.get("cells", ())),
        expires=body.get("expires", ""),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
