"""Record what a filled sheet says: signed with a key of its author, taken in as from a tablet, row by row."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from checklists.item_schema import load_value
from checklists.judge import judge_item
from checklists.model import ItemState
from checklists.sheet_answers import Proposal
from checklists.sheet_file import refused_sheet
from checklists.sheet_record import Ready
from checklists.showing import as_entered
from fieldapp.clock import now
from fieldapp.config import settings
from fieldapp.pen import Pen, local_now
from fieldapp.store import sites
from fieldapp.store.database import reading
from fieldapp.usecases import manage_people, sign_in_tablet, sync_tablet
from fieldapp.usecases.judged import day_of
from fieldapp.usecases.paper_sheet import FilledSheet, read_filled
from fieldapp.usecases.sign_in_tablet import Bearer

#: The tablet that stands for the sheet in the journal.
TABLET = "Paper sheet import"
_KEPT_BOTH = "Something newer stands there: both are kept until a person picks one on the tablet."


@dataclass(frozen=True, slots=True)
class SheetLine:
    """What became of one row, or of the note in it."""

    row: int
    key: str
    entry: str  # what was read, in words
    result: Literal["recorded", "conflict", "on_record", "refused", "ready"]
    sentence: str


@dataclass(frozen=True, slots=True)
class ImportedSheet:
    """What became of every filled row, in the order of the sheet; ``refused_csv`` holds the refused ones."""

    lines: tuple[SheetLine, ...]
    notices: tuple[str, ...]
    refused_csv: str

    def count(self, result: str) -> int:
        """Return how many rows have a result."""
        return sum(each.result == result for each in self.lines)


def check_sheet(email: str, site_id: str, content: bytes, name: str) -> ImportedSheet:
    """Say what an import would do; nothing is recorded."""
    sheet = read_filled(manage_people.find_person(email), site_id, content, name)
    lines = [_line(each.proposal, "ready", _judged(each.proposal, sheet)) for each in sheet.settled.ready]
    return _imported(sheet, lines)


def import_sheet(email: str, password: str, site_id: str, content: bytes, name: str) -> ImportedSheet:
    """Sign and record what a sheet adds to a site. The same sheet again records nothing again."""
    viewer = sign_in_tablet.check_password(email, password)
    sheet = read_filled(viewer, site_id, content, name)
    ready = sheet.settled.ready
    if not ready:
        return _imported(sheet, [])
    pen = Pen(str(uuid.uuid4()))
    tablet = {"id": pen.tablet, "name": TABLET}
    signed_in = sign_in_tablet.sign_in(email, password, tablet, pen.key.jwk, is_pen=True)
    bearer = Bearer(signed_in.viewer, pen.tablet, signed_in.key)
    results = list(_pushed(bearer, pen, site_id, ready))
    with reading() as db:
        states = sites.states(db, site_id, {each.proposal.item for each in ready})
    lines = [_taken(each.proposal, result, states) for each, result in zip(ready, results, strict=True)]
    return _imported(sheet, lines)


def _pushed(bearer: Bearer, pen: Pen, site_id: str, ready: Sequence[Ready]) -> Iterator[Mapping[str, Any]]:
    """Sign everything and push it in batches, each a short transaction of its own."""
    size = settings().max_operations
    at = local_now()
    for start in range(0, len(ready), size):
        operations = [
            pen.write(
                site_id,
                each.proposal.item,
                each.proposal.kind,
                each.proposal.body,
                base=each.base,
                revision=each.proposal.revision,
                recorded_at=each.proposal.recorded_at or at,
            )
            for each in ready[start : start + size]
        ]
        # On paper there is no clock: what a person wrote there is the time.
        yield from sync_tablet.take(bearer, operations, "file")[0]


def _taken(proposal: Proposal, result: Mapping[str, Any], states: Mapping[str, ItemState]) -> SheetLine:
    """Say what the intake said of one operation, and what the item is now."""
    if result["status"] == "conflict":
        return _line(proposal, "conflict", _KEPT_BOTH)
    if result["status"] not in ("applied", "duplicate"):
        return _line(
            proposal, "refused", f"{result['reason']} It is kept for the reviewer ({result['status']})."
        )
    state = states.get(proposal.item)
    if state is None or proposal.kind == "note":
        return _line(proposal, "recorded", result["reason"])
    photos = " Its photos are still to be taken with the tablet." if state.status == "incomplete" else ""
    return _line(proposal, "recorded", f"{state.status.replace('_', ' ')}: {state.judgement.reason}{photos}")


def _judged(proposal: Proposal, sheet: FilledSheet) -> str:
    """Return the verdict that an answer would get."""
    if proposal.kind != "answer":
        return ""
    day = day_of(proposal.recorded_at or now(), sheet.timezone)
    instrument = sheet.instruments.get(proposal.body.get("instrument", ""))
    value = load_value(proposal.body["value"])
    found = judge_item(value, sheet.items[proposal.item], day=day, instrument=instrument)
    return f"{found.verdict}: {found.reason}"


def _line(
    proposal: Proposal, result: Literal["recorded", "conflict", "refused", "ready"], sentence: str
) -> SheetLine:
    return SheetLine(proposal.row, proposal.item, _entry(proposal), result, sentence)


def _entry(proposal: Proposal) -> str:
    if proposal.kind == "answer":
        return as_entered(load_value(proposal.body["value"]))
    if proposal.kind == "not_applicable":
        return f"not applicable: {proposal.body['reason']}"
    return f"note: {proposal.body['text']}"


def _imported(sheet: FilledSheet, lines: Sequence[SheetLine]) -> ImportedSheet:
    settled = sheet.settled
    known = [SheetLine(each.row, each.item, "", "on_record", each.sentence) for each in settled.on_record]
    problems = [
        SheetLine(each.row.number, each.key, each.row["value"], "refused", each.sentence)
        for each in settled.problems
    ]
    ordered = sorted([*lines, *known, *problems], key=lambda each: each.row)
    return ImportedSheet(tuple(ordered), sheet.notices, refused_sheet(settled.problems))
