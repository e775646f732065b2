"""Checklists -> a PDF to print and fill in by hand, for a day without tablets.

What is written on it is typed into the CSV sheet of the same site afterwards (checklists.sheet).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from checklists.answers import offered
from checklists.judge import limit_text
from checklists.model import SECTIONS, Checklist, Column, Criterion, Item
from checklists.plan import PhasePlan, hours, plan
from checklists.sheet import short
from checklists.words import INSTRUMENTS
from reports.render import plain_pdf

#: So many letters of an instruction fit on two lines; the tablet and the page have all of it.
INSTRUCTION = 130

_ELSEWHERE = {
    "photo": "Photo, with the tablet",
    "signature": "Signature, on the tablet",
    "probe": "By the device probe",
}


@dataclass(frozen=True, slots=True)
class BlankSite:
    """What the head of every page says."""

    id: str
    name: str
    address: str
    revision: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Where something is written: boxes to tick, a line with its unit behind it, or room for words."""

    title: str
    choices: tuple[str, ...]
    unit: str
    limit: str
    takes_words: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One item; ``elsewhere`` says how it is answered when paper can't, ``instrument`` is "" for none."""

    item: Item
    instruction: str
    instrument: str
    entry: Entry
    cells: tuple[Entry, ...]
    elsewhere: str
    is_document: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase with what it takes."""

    number: int
    title: str
    summary: str
    instruments: tuple[str, ...]
    rows: tuple[Row, ...]


def blank(site: BlankSite, checklists: Sequence[Checklist]) -> bytes:
    """Return the PDF, A4; RenderError when it can't be composed."""
    phases = tuple(_phase(each, checklists) for each in plan(checklists))
    return plain_pdf("blank.html", "blank.css", {"site": site, "phases": phases})


def _phase(found: PhasePlan, checklists: Sequence[Checklist]) -> Phase:
    items = [item for each in checklists if each.section == found.section for item in each.items]
    count = "1 item" if len(items) == 1 else f"{len(items)} items"
    return Phase(
        SECTIONS.index(found.section) + 1,
        found.title,
        f"{count}, {hours(found.minutes)}" if found.minutes else count,
        tuple(map(_named, found.instruments)),
        tuple(map(_row, items)),
    )


def _named(instrument: str) -> str:
    return INSTRUMENTS.get(instrument, instrument).partition(" (")[0]


def _row(item: Item) -> Row:
    kind = item.criterion.kind
    return Row(
        item,
        short(item.instruction, INSTRUCTION),
        _named(item.instrument or ""),
        _entry("", item.criterion, item.limit_text),
        tuple(map(_cell, item.criterion.columns)),
        _ELSEWHERE.get(kind, ""),
        kind == "document",
    )


def _cell(column: Column) -> Entry:
    title = f"{column.title} (if there is one)" if column.optional else column.title
    criterion = column.criterion
    return _entry(title, criterion, limit_text(criterion) if criterion.kind == "range" else "")


def _entry(title: str, criterion: Criterion, limit: str) -> Entry:
    takes_words = criterion.kind in ("present", "document")
    return Entry(title, tuple(offered(criterion)), criterion.unit, limit, takes_words)
