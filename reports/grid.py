"""Tables of results as values: tags against tests, each result with its limit and its journal entry."""

from collections.abc import Sequence
from dataclasses import dataclass

from checklists.showing import as_entered
from reports.model import ItemRecord
from reports.names import Names
from reports.words import Mark, mark


@dataclass(frozen=True, slots=True)
class Column:
    """One test; ``limit`` is set when it is the same for every row."""

    title: str
    unit: str
    limit: str
    clause: str
    safety: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One result with its limit and the journal entry it comes from; ``unit`` where no heading says it."""

    text: str
    mark: Mark
    limit: str
    number: int | None
    repeated: bool
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Everything found at one tag."""

    tag: str
    title: str
    cells: tuple[Cell | None, ...]
    by: str
    when: str
    instruments: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """Tags against tests."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def cell(record: ItemRecord, names: Names, *, limit: str | None = None) -> Cell:
    """Return the result of one item as it stands now."""
    behind, text = names.evidence.get(record.item.key), _text(record)
    value, wanted = record.state.value, record.item.criterion.unit
    return Cell(
        text=text,
        mark=mark(record.state.status),
        limit=record.item.limit_text if limit is None else limit,
        number=behind.number if behind else None,
        repeated=len(record.attempts) > 1,
        unit=wanted if value is not None and text == value.raw and value.type == "measured" else "",
    )


def row(tag: str, records: Sequence[ItemRecord], cells: tuple[Cell | None, ...], names: Names) -> Row:
    """Return a row with who stands behind it, when it was finished, and with which instruments."""
    behind = [names.evidence[each.item.key] for each in records if each.item.key in names.evidence]
    instruments = dict.fromkeys(source.instrument for source in behind if source.instrument)
    return Row(
        tag=tag,
        title=names.title(tag),
        cells=cells,
        by=", ".join(dict.fromkeys(names.short(source.by) for source in behind)),
        when=names.clock.short(names.clock.latest(source.at for source in behind)),
        instruments=", ".join(names.instrument(instrument) for instrument in instruments),
    )


def _text(record: ItemRecord) -> str:
    """Say the result; a row says it column by column elsewhere."""
    kind, state = record.item.criterion.kind, record.state
    if state.status == "not_applicable" or kind in ("probe", "table"):
        return mark(state.status).word
    if kind == "photo":
        return f"{len(state.photos)} photo{'s' * (len(state.photos) != 1)}"
    if kind == "signature":
        return "signed" if record.attempts else "–"
    if state.value is None:
        return "–"
    # The heading has the unit that is asked for; another one has to stand with the reading.
    same = state.value.type == "measured" and state.value.unit == record.item.criterion.unit
    return state.value.raw if same else as_entered(state.value)
