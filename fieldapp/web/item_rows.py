"""One checklist item as a page shows it: state, reading, history, evidence, and what to doubt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from checklists.model import REGISTER_KINDS, Item, ItemState, KeptOperation, Method
from checklists.plausibility import Doubt
from checklists.showing import JudgedCell, as_entered, judged_cells
from checklists.words import BECAUSE_WORDS
from fieldapp.usecases.judged import value_of, verdict_on
from fieldapp.usecases.views import HeldView, InstrumentView, SiteView
from fieldapp.web.formats import parse_time, zone_of
from fieldapp.web.site_frame import names_of
from fieldapp.web.words import OPERATION_WORDS

#: A tablet clock that is further ahead than this is a reviewer's warning.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One operation on an item, as journalled."""

    number: int
    kind: str
    text: str
    because: str  # why it replaced an earlier answer, in words
    cells: tuple[JudgedCell, ...]
    verdict: str
    by: str
    recorded_at: str
    received_at: str
    instrument: InstrumentView | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Something that a tablet sent and that does not count, with the reason."""

    item: str
    kind: str
    text: str
    status: str
    reason: str
    by: str
    received_at: str


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """A photo of an item; not ``present`` while its bytes are still on the tablet, or lost or refused."""

    sha256: str
    caption: str
    present: bool
    problem: str = ""  # what is wrong with it, in a sentence


@dataclass(frozen=True, slots=True)
class Ink:
    """A drawn signature as polylines inside a view box."""

    name: str
    statement: str
    box: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoubtRow:
    """What to look at although the verdict may be good; ``code`` is "" for what isn't hard to believe."""

    sentence: str
    code: str = ""
    others: tuple[Item, ...] = ()  # to compare with


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with everything that is known of it."""

    item: Item
    state: ItemState
    reading: str
    cells: tuple[JudgedCell, ...]  # of a table row
    method: Method | None
    instrument: InstrumentView | None
    attempts: tuple[AttemptRow, ...]
    photos: tuple[PhotoCard, ...]
    signatures: tuple[Ink, ...]
    doubts: tuple[DoubtRow, ...]  # what is hard to believe first
    after: tuple[Item, ...]  # items that have to pass before
    repeats: tuple[Item, ...]  # items that a failure here opens again

    @property
    def short(self) -> str:
        """Return the reading for one line of a list: of a row, what fails in it or how many values."""
        if not self.cells:
            return self.reading
        wrong = next((each for each in self.cells if each.judgement.verdict == "fail"), None)
        return f"{wrong.column.title} {wrong.text}" if wrong else f"{len(self.cells)} values"


#: The doubts about each item, as ``doubt_site`` finds them.
Doubts = Mapping[str, Sequence[Doubt]]


def item_rows(view: SiteView, doubts: Doubts) -> tuple[ItemRow, ...]:
    """Return every item of a site in the order of work."""
    known = {item.key: item for checklist in view.checklists for item in checklist.items}
    methods = {each.id: each for checklist in view.checklists for each in checklist.methods}
    return tuple(_row(view, it, known, methods, doubts.get(it.key, ())) for it in known.values())


def _row(
    view: SiteView,
    item: Item,
    known: Mapping[str, Item],
    methods: Mapping[str, Method],
    doubts: Sequence[Doubt],
) -> ItemRow:
    state = view.states.get(item.key) or ItemState(item.key, "open")
    history = view.history.get(item.key, ())
    return ItemRow(
        item=item,
        state=state,
        reading=as_entered(state.value) if state.value else "",
        cells=judged_cells(state.value, item.criterion) if state.value else (),
        method=methods.get(item.method or ""),
        instrument=view.instruments.get(state.instrument or ""),
        attempts=tuple(
            _attempt(view, item, kept) for kept in history if kept.operation.kind in REGISTER_KINDS
        ),
        photos=tuple(_photo(view, kept) for kept in history if kept.operation.kind == "photo"),
        signatures=tuple(_ink(kept.operation.body) for kept in history if kept.operation.kind == "signature"),
        doubts=(*_odd(doubts, known), *(DoubtRow(each) for each in remarks_on(view, item, state))),
        after=tuple(known[key] for key in item.requires if key in known),
        repeats=tuple(known[key] for key in item.repeats if key in known),
    )


def held_rows(view: SiteView) -> tuple[HeldRow, ...]:
    """Return what was sent for a site and is kept aside."""
    return tuple(_held(view, held) for held in view.held)


def _held(view: SiteView, held: HeldView) -> HeldRow:
    """Take nothing for granted: what is held may be ill-formed."""
    operation = held.operation.get("op", held.operation)
    content = operation if isinstance(operation, Mapping) else {}
    body = content.get("body")
    value = body.get("value") if isinstance(body, Mapping) else None
    text = f"{value.get('raw', '')} {value.get('unit', '')}".strip() if isinstance(value, Mapping) else ""
    kind = str(content.get("kind", ""))
    return HeldRow(
        item=str(content.get("item", "")),
        kind=OPERATION_WORDS.get(kind, kind),
        text=text,
        status=held.status,
        reason=held.reason,
        by=names_of(view)(held.author),
        received_at=held.received_at,
    )


def _attempt(view: SiteView, item: Item, kept: KeptOperation) -> AttemptRow:
    operation, body = kept.operation, kept.operation.body
    value = value_of(kept)
    verdict = verdict_on(view, item, kept).verdict if value else ""
    return AttemptRow(
        number=kept.number,
        kind=OPERATION_WORDS.get(operation.kind, operation.kind),
        text=as_entered(value) if value else str(body.get("reason") or body.get("name") or ""),
        because=BECAUSE_WORDS.get(str(body.get("because") or ""), ""),
        cells=judged_cells(value, item.criterion) if value else (),
        verdict="" if verdict == "none" else verdict,
        by=names_of(view)(kept.author),
        recorded_at=operation.recorded_at,
        received_at=kept.received_at,
        instrument=view.instruments.get(str(body.get("instrument") or "")),
    )


def _photo(view: SiteView, kept: KeptOperation) -> PhotoCard:
    sha256 = str(kept.operation.body.get("sha256", ""))
    known = view.photos.get(sha256)
    caption = str(kept.operation.body.get("caption") or "")
    return PhotoCard(sha256, caption, bool(known and known.present), known.problem if known else "")


def _ink(body: Mapping[str, Any]) -> Ink:
    strokes = [[(int(x), int(y)) for x, y in stroke] for stroke in body.get("strokes") or ()]
    points = [point for stroke in strokes for point in stroke] or [(0, 0)]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    width, height = max(x for x, _ in points) - left, max(y for _, y in points) - top
    box = f"{left - 8} {top - 8} {width + 16} {height + 16}"
    lines = tuple(" ".join(f"{x},{y}" for x, y in stroke) for stroke in strokes)
    return Ink(str(body.get("name", "")), str(body.get("statement", "")), box, lines)


def _odd(doubts: Sequence[Doubt], known: Mapping[str, Item]) -> Iterator[DoubtRow]:
    for doubt in doubts:
        others = tuple(known[key] for key in doubt.others if key in known)
        yield DoubtRow(doubt.sentence, doubt.code, others)


def remarks_on(view: SiteView, item: Item, state: ItemState) -> Iterator[str]:
    """Yield what a reviewer should look at although the item may have passed, and nothing about it is odd."""
    if state.value and state.value.bound:
        yield "The tester was off-scale: the true value lies beyond the reading."
    if state.status == "passed" and state.attempts > 1 and _failed_before(view, item):
        yield f"It passed at attempt {state.attempts}; the earlier readings stand in the history."
    if item.instrument and state.value and not state.instrument:
        yield "No instrument is named for this reading."
    yield from _calibration_doubts(view, state)
    if any(_clock_ahead(kept) for kept in view.history.get(item.key, ()) if kept.operation.id in state.heads):
        yield "The tablet's clock was more than 5 minutes ahead of the server's."
    yield from _missed_photos(view, item)


def _missed_photos(view: SiteView, item: Item) -> Iterator[str]:
    names = {str(kept.operation.body.get("sha256")) for kept in view.history.get(item.key, ())}
    for each in sorted(names & view.photos.keys()):
        if view.photos[each].missed:
            yield view.photos[each].problem


def _failed_before(view: SiteView, item: Item) -> bool:
    """True when an answer failed; others were repeated because something else did."""
    answers = (kept for kept in view.history.get(item.key, ()) if value_of(kept))
    return any(verdict_on(view, item, kept).verdict == "fail" for kept in answers)


def _calibration_doubts(view: SiteView, state: ItemState) -> Iterator[str]:
    instrument = view.instruments.get(state.instrument or "")
    taken = parse_time(state.recorded_at or "")
    if not instrument or not taken:
        return
    day = taken.astimezone(zone_of(view.site_design.parameters.timezone)).date().isoformat()
    if instrument.calibration_due and day > instrument.calibration_due:
        yield f"The instrument's calibration was due on {instrument.calibration_due}, before this reading."


def _clock_ahead(kept: KeptOperation) -> bool:
    device, server = parse_time(kept.operation.recorded_at), parse_time(kept.received_at)
    return bool(device and server and device - server > CLOCK_TOLERANCE)
