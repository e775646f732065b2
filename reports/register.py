"""Registers: documents with the day until which they hold, instruments with the days they were used."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reports.gallery import Gallery
from reports.model import Certificate, HandoverPack, Instrument, ItemRecord
from reports.names import Names
from reports.words import Mark, mark


@dataclass(frozen=True, slots=True)
class Document:
    """One document; ``photos`` are the numbers of its pages in the chapter of photos."""

    number: str  # of the item
    tag: str
    title: str
    name: str
    expires: str
    mark: Mark
    photos: str
    by: str
    when: str


@dataclass(frozen=True, slots=True)
class InstrumentUse:
    """A test instrument with the days it was used, their certificates, and how many answers name it."""

    instrument: Instrument
    certificates: tuple[Certificate, ...]
    days: str
    answers: int
    mark: Mark  # whether its calibration held on each of these days


def documents(pack: HandoverPack, names: Names, gallery: Gallery) -> tuple[Document, ...]:
    """Return every document of the pack in the order of work."""
    asked = (record for record in pack.records if record.item.criterion.kind == "document")
    return tuple(_document(record, names, gallery) for record in asked)


def _document(record: ItemRecord, names: Names, gallery: Gallery) -> Document:
    item, value, behind = record.item, record.state.value, names.evidence.get(record.item.key)
    return Document(
        number=item.number,
        tag=item.tag,
        title=item.title,
        name=value.raw if value else record.state.reason or "–",
        expires=(value.expires if value else "") or "–",
        mark=mark(record.state.status),
        photos=gallery.numbers(record.state.photos),
        by=names.short(behind.by) if behind else "–",
        when=names.clock.day(behind.at) if behind else "–",
    )


def instruments(pack: HandoverPack, names: Names) -> tuple[InstrumentUse, ...]:
    """Return every instrument with the days on which answers name it."""
    used = _days(pack, names)
    return tuple(_use(each, used.get(each.id, ())) for each in pack.instruments)


def _days(pack: HandoverPack, names: Names) -> Mapping[str, list[str]]:
    used: defaultdict[str, list[str]] = defaultdict(list)
    for record in pack.records:
        for attempt in record.attempts:
            if attempt.instrument:
                used[attempt.instrument].append(names.clock.day(attempt.recorded_at))
    return used


def _use(instrument: Instrument, days: list[str] | tuple[()]) -> InstrumentUse:
    apart = sorted(set(days))
    latest = Certificate(instrument.calibrated_on, instrument.calibration_due)
    known = instrument.certificates or (latest,)
    used = tuple(each for each in known if any(each.since <= day <= each.until for day in apart))
    held = all(any(each.since <= day <= each.until for each in used) for day in apart)
    spans = ", ".join(_spans(apart)) or "–"
    return InstrumentUse(instrument, used or known[-1:], spans, len(days), mark("pass" if held else "fail"))


def _spans(days: list[str]) -> Iterator[str]:
    """Name up to three days; more as first, last and how many."""
    if len(days) > 3:
        yield f"{days[0]} to {days[-1]}, {len(days)} days"
    else:
        yield from days
