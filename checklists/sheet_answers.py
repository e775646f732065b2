"""The rows of a sheet -> what is to be recorded, and what is wrong with the others, in one sentence each.

An item is taken whole or not at all: one bad cell of a row of readings sends all its rows back.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from checklists.answers import cell_of, offered, row_of
from checklists.errors import ReadingError
from checklists.fields import first_problem
from checklists.item_schema import dump_value
from checklists.model import Cell, Column, Criterion, Item, OperationKind, Value
from checklists.operation_schema import BODIES
from checklists.readings import parse_value
from checklists.sheet_file import RowProblem, SheetError, SheetRow
from checklists.sheet_time import day_of, moment_of
from checklists.words import BECAUSE_WORDS

_NOT_ON_PAPER = {
    "photo": "It is answered by a photo: take it with the tablet.",
    "signature": "It is answered by a signature: sign on the tablet.",
    "probe": "It is answered by the device probe: run the probe.",
}


@dataclass(frozen=True, slots=True)
class SheetSite:
    """The site that a sheet is read for; ``instruments``: what people call each one -> its id."""

    id: str
    revision: int
    timezone: str
    items: Mapping[str, Item]
    instruments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One operation to be signed; ``recorded_at`` is "" where the sheet says no time."""

    rows: tuple[SheetRow, ...]  # of its item, as filled in
    item: str
    kind: OperationKind
    body: Mapping[str, Any]
    recorded_at: str
    revision: int  # of the site, as who filled the sheet saw it

    @property
    def row(self) -> int:
        """Return the number of its first row."""
        return self.rows[0].number


@dataclass(frozen=True, slots=True)
class SheetReading:
    """What a sheet says: answers in its own order, and the rows that were not taken."""

    answers: tuple[Proposal, ...]
    problems: tuple[RowProblem, ...]


class _RowError(Exception):
    """One row is wrong; the message is the sentence."""

    def __init__(self, row: SheetRow, sentence: str) -> None:
        self.row = row
        super().__init__(sentence)


def read_sheet(rows: Sequence[SheetRow], site: SheetSite, now: datetime) -> SheetReading:
    """Return what the filled rows say; SheetError when the whole sheet belongs elsewhere."""
    _refuse_other_site(rows, site)
    answers: list[Proposal] = []
    problems: list[RowProblem] = []
    for group in _by_item(rows).values():
        try:
            answers += _proposals(group, site, now)
        except _RowError as error:
            problems += refused(group, error.row, str(error))
    return SheetReading(tuple(answers), tuple(sorted(problems, key=lambda each: each.row.number)))


def _refuse_other_site(rows: Sequence[SheetRow], site: SheetSite) -> None:
    others = [row for row in rows if row["site"] != site.id]
    if others and len(others) == len(rows):
        raise SheetError(
            f"Row {others[0].number} belongs to site “{others[0]['site']:.64}”, this is {site.id}: import it"
            " there."
        )


def _by_item(rows: Sequence[SheetRow]) -> dict[str, list[SheetRow]]:
    """Return the rows of every item in which something was filled in."""
    groups: defaultdict[str, list[SheetRow]] = defaultdict(list)
    for row in rows:
        if row.is_filled:
            groups[row["key"]].append(row)
    return groups


def refused(group: Sequence[SheetRow], row: SheetRow, sentence: str) -> Iterator[RowProblem]:
    """Yield all rows of an item of which one can't be taken."""
    yield RowProblem(row, row["key"], sentence)
    for each in group:
        if each is not row:
            yield RowProblem(each, each["key"], f"It goes with row {row.number}, which is refused.")


def _proposals(group: Sequence[SheetRow], site: SheetSite, now: datetime) -> Iterator[Proposal]:
    """Yield what the rows of one item say: an answer or why there is none, and a note."""
    item, revision = _item(group, site)
    _refuse_twice(group, item)
    head = group[0]
    recorded_at = _recorded_at(group, site, now)
    found = [(kind, body) for kind, body in _bodies(group, item, site) if body is not None]
    if not found:
        raise _RowError(
            head, "There is neither a value nor a reason nor a note: write one, or empty the row."
        )
    for kind, body in found:
        wrong = BODIES[kind].validate(body)
        if wrong:
            path, sentence = first_problem(wrong)
            raise _RowError(head, f"{path}: {sentence}")
        yield Proposal(tuple(group), item.key, kind, body, recorded_at, revision)


def _item(group: Sequence[SheetRow], site: SheetSite) -> tuple[Item, int]:
    """Return the item of some rows and the revision they were exported at."""
    for row in group:
        if row["site"] != site.id:
            raise _RowError(
                row, f"It belongs to site “{row['site']:.64}”, this is {site.id}: import it there."
            )
    revisions = {row["revision"] for row in group}
    text = revisions.pop()
    if revisions or not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= site.revision):
        raise _RowError(
            group[0],
            f"It names revision “{text:.20}”, the site is at {site.revision}: export the sheet anew.",
        )
    item = site.items.get(group[0]["key"])
    if item is None:
        old = int(text) < site.revision
        why = f", it left with a revision after {text}" if old else ""
        raise _RowError(
            group[0], f"“{group[0]['key']:.80}” is no item of this site{why}: keep the key as exported."
        )
    return item, int(text)


def _recorded_at(group: Sequence[SheetRow], site: SheetSite, now: datetime) -> str:
    row, text = _one(group, "recorded_at")
    if not text:
        return ""
    try:
        return moment_of(text, site.timezone, now)
    except ReadingError as error:
        raise _RowError(row, f"recorded_at: {error}") from error


def _bodies(
    group: Sequence[SheetRow], item: Item, site: SheetSite
) -> Iterator[tuple[OperationKind, dict[str, Any] | None]]:
    row, reason = _one(group, "not_applicable_reason")
    answer = _answer(group, item, site, is_excused=bool(reason))
    if reason and answer is not None:
        raise _RowError(row, "There is a value and a reason why there is none: keep one of them.")
    yield "answer", answer
    yield "not_applicable", {"reason": reason} if reason else None
    _, note = _one(group, "note")
    yield "note", {"text": note} if note else None


def _answer(
    group: Sequence[SheetRow], item: Item, site: SheetSite, *, is_excused: bool
) -> dict[str, Any] | None:
    value = _value(group, item)
    (named, instrument), (told, because) = _one(group, "instrument_id"), _one(group, "because")
    body: dict[str, Any] = {}
    if because:
        if because.lower() not in BECAUSE_WORDS:
            raise _RowError(
                told, f"because is “{because:.40}”: write {', '.join(BECAUSE_WORDS)}, or nothing."
            )
        body["because"] = because.lower()
    if instrument:
        body["instrument"] = _instrument(named, instrument, site)
    if value is None:
        if body and not is_excused:
            raise _RowError(group[0], f"There is {' and '.join(body)} without a value: write the value.")
        return None
    return {"value": _plain(value), **body}


def _instrument(row: SheetRow, text: str, site: SheetSite) -> str:
    found = site.instruments.get(text.casefold())
    if found is None:
        known = ", ".join(sorted(set(site.instruments.values()))) or "none"
        raise _RowError(row, f"There is no instrument “{text:.64}”: write its id or serial number ({known}).")
    return found


def _value(group: Sequence[SheetRow], item: Item) -> Value | None:
    cells = _cells(group, item)
    row = next((each for each in group if not each["column"]), None)
    text = row["value"] if row else ""
    expiring, expires = _one(group, "expires")
    if row is not None and text and item.criterion.columns:
        raise _RowError(row, "Its readings stand in the rows below: write them there.")
    if expires and (item.criterion.kind != "document" or not text):
        wanted = "the number or name of the document" if item.criterion.kind == "document" else "nothing here"
        raise _RowError(expiring, f"There is a last day, “{expires:.40}”: write {wanted}.")
    if cells:
        return row_of(item.criterion.columns, cells)
    if row is None or not text:
        return None
    value = _entry(row, item.criterion, text)
    return replace(value, expires=_day(expiring, expires)) if expires else value


def _day(row: SheetRow, text: str) -> str:
    try:
        return day_of(text)
    except ReadingError as error:
        raise _RowError(row, f"expires: {error}") from error


def _refuse_twice(group: Sequence[SheetRow], item: Item) -> None:
    """Refuse a second row for the same thing, and a row for nothing."""
    known = {"", *(each.id for each in item.criterion.columns)}
    seen: dict[str, SheetRow] = {}
    for row in group:
        name = row["column"]
        if name in seen:
            raise _RowError(row, f"Row {seen[name].number} answers the same: keep one of them.")
        if name not in known:
            raise _RowError(row, f"There is no column “{name:.40}” here: keep the sheet as exported.")
        seen[name] = row


def _cells(group: Sequence[SheetRow], item: Item) -> list[Cell]:
    rows = {row["column"]: row for row in group if row["value"]}
    return [_cell(rows[each.id], each) for each in item.criterion.columns if each.id in rows]


def _cell(row: SheetRow, column: Column) -> Cell:
    words = offered(column.criterion)
    try:
        return cell_of(column, _chosen(row["value"], words) if words else row["value"])
    except ReadingError as error:
        raise _RowError(row, str(error)) from error


def _entry(row: SheetRow, criterion: Criterion, text: str) -> Value:
    """Return what stands in the value of one row as the kind of value that its criterion takes."""
    if criterion.kind in _NOT_ON_PAPER:
        raise _RowError(row, _NOT_ON_PAPER[criterion.kind])
    try:
        if criterion.kind == "range":
            return parse_value(text, criterion.unit)
        if criterion.kind in ("equals", "one_of"):
            return Value("choice", _chosen(text, offered(criterion)))
    except ReadingError as error:
        raise _RowError(row, str(error)) from error
    return Value("document" if criterion.kind == "document" else "text", text)


def _chosen(text: str, words: Sequence[str]) -> str:
    """Return the word that was meant, whatever its capitals."""
    for word in words:
        if word.casefold() == text.casefold():
            return word
    raise ReadingError(f"“{text:.60}” is not offered here: write {' or '.join(words)}.")


def _one(group: Sequence[SheetRow], column: str) -> tuple[SheetRow, str]:
    """Return what the rows of an item say in a column of which there is one for all of them."""
    found = {row[column]: row for row in reversed(group) if row[column]}
    if len(found) > 1:
        row = max(found.values(), key=lambda each: each.number)
        raise _RowError(row, f"{column} says something else in another row of this item: keep one of them.")
    text, row = next(iter(found.items()), ("", group[0]))
    return row, text


def _plain(value: Value) -> dict[str, Any]:
    """Return a value as tablets write it: nothing that is empty anyway."""
    document = _sparse(dump_value(value))
    if value.cells:
        document["cells"] = [_sparse(cell) for cell in document["cells"]]
    return document


def _sparse(document: Mapping[str, Any]) -> dict[str, Any]:
    if document.get("decimal") is not None:
        return dict(document)
    return {key: each for key, each in document.items() if each not in (None, "")}
