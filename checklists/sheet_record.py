"""A sheet against what is on record: what it repeats, what an answer builds on, what wants a reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from checklists.item_schema import load_value
from checklists.model import ItemState, KeptOperation
from checklists.sheet_answers import Proposal, SheetReading, refused
from checklists.sheet_file import RowProblem

_SAY_WHY = "An answer that failed stands there: write mistyped, repaired or repeated into because."


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be signed, and the heads of its item that were there when it was recorded."""

    proposal: Proposal
    base: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A row that is not recorded again, and why in one sentence."""

    row: int
    item: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What a sheet adds to a site, what it only repeats, and the rows that were not taken."""

    ready: tuple[Ready, ...]
    on_record: tuple[OnRecord, ...]
    problems: tuple[RowProblem, ...]


def settle(
    found: SheetReading,
    kept: Mapping[str, Sequence[KeptOperation]],
    states: Mapping[str, ItemState],
    author: str,
) -> Settled:
    """Hold a sheet against the entries and states of its items; ``author`` is who will sign it."""
    ready: list[Ready] = []
    repeated: list[OnRecord] = []
    problems = list(found.problems)
    for item, group in groupby(found.answers, key=lambda each: each.item):
        entries, state = kept.get(item, ()), states.get(item)
        fresh, known = _sorted_out(list(group), entries, author)
        repeated += known
        unexplained = next((each for each in fresh if _wants_reason(each, state)), None)
        if unexplained is not None:
            problems += refused(unexplained.rows, unexplained.rows[0], _SAY_WHY)
            continue
        heads = [each for each in entries if state is not None and each.operation.id in state.heads]
        ready += [Ready(each, seen(each, heads)) for each in fresh]
    return Settled(tuple(ready), tuple(repeated), tuple(sorted(problems, key=lambda each: each.row.number)))


def _sorted_out(
    group: Sequence[Proposal], entries: Sequence[KeptOperation], author: str
) -> tuple[list[Proposal], list[OnRecord]]:
    fresh: list[Proposal] = []
    known: list[OnRecord] = []
    for each in group:
        entry = _on_record(each, entries, author)
        if entry is None:
            fresh.append(each)
        else:
            known.append(OnRecord(each.row, each.item, _told(each, entry)))
    return fresh, known


def _told(proposal: Proposal, entry: KeptOperation) -> str:
    again = "" if proposal.recorded_at else "; if you did it again, write when into recorded_at"
    return f"On record already, entry {entry.number} of the journal{again}."


def _on_record(proposal: Proposal, entries: Sequence[KeptOperation], author: str) -> KeptOperation | None:
    """Return the entry that says this already.

    With a time it is one made at that time, whoever made it; without one, any by the same person.
    """
    for each in reversed(entries):
        if each.operation.kind == proposal.kind and _says(each.operation.body, proposal.body):
            at = proposal.recorded_at
            same = _instant(at) == _instant(each.operation.recorded_at) if at else each.author == author
            if same:
                return each
    return None


def _says(recorded: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """True when two bodies say the same; a sheet need not tell again why an answer replaced another."""
    if "value" not in wanted:
        return recorded == wanted
    if load_value(recorded["value"]) != load_value(wanted["value"]):
        return False
    instruments = {str(each.get("instrument") or "") for each in (recorded, wanted)}
    return len(instruments) == 1 and wanted.get("because", "") in ("", recorded.get("because", ""))


def seen(proposal: Proposal, heads: Iterable[KeptOperation]) -> tuple[str, ...]:
    """Return the heads from before an answer: a later one stays beside it until a person picks."""
    at = proposal.recorded_at
    operations = (each.operation for each in heads)
    return tuple(each.id for each in operations if not at or _instant(each.recorded_at) <= _instant(at))


def _wants_reason(proposal: Proposal, state: ItemState | None) -> bool:
    """True when an answer replaces one that failed and does not say why."""
    if proposal.kind != "answer" or "because" in proposal.body or state is None:
        return False
    return len(state.heads) == 1 and state.value is not None and state.judgement.verdict == "fail"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
