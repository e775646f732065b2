"""JSON of values, criteria, items, checklists, states, marks, outcomes and progress, strict both ways."""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from functools import cache
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from checklists.criterion_schema import ASPECTS, CriterionSchema, ValueSchema, day, decimal_field
from checklists.fields import (
    PLAIN_ID,
    STEP,
    TAG,
    Flag,
    Strict,
    Text,
    TupleOf,
    Whole,
    item_key,
    load,
    sha256,
    tag,
    uuid7,
    words,
)
from checklists.model import (
    EVIDENCE,
    SECTIONS,
    SEVERITIES,
    Blocker,
    Calibration,
    Checklist,
    Criterion,
    Expectation,
    Instrument,
    Item,
    ItemState,
    Judgement,
    MeasuringRange,
    Method,
    ProbeOutcome,
    Progress,
    ReviewMark,
    SectionProgress,
    Value,
)

STATUSES = (
    "open",
    "passed",
    "failed",
    "inconclusive",
    "not_applicable",
    "conflict",
    "incomplete",
    "returned",
    "conceded",
    "stale",
)


#: Keys of a later release: left out while empty, so that what was hashed before them keeps its digest.
_LATER: dict[type, tuple[str, ...]] = {
    Criterion: ("choices", "expires", "columns"),
    Value: ("cells", "expires"),
}


def plain(value: Any) -> Any:
    """Return a value of this room as JSON: field names as keys, tuples as arrays."""
    if is_dataclass(value) and not isinstance(value, type):
        found = {name: plain(getattr(value, name)) for name in _names(type(value))}
        for name in _LATER.get(type(value), ()):
            if not found[name]:
                del found[name]
        return found
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(inner) for inner in value]
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclass_fields(kind))


class ExpectationSchema(Strict):
    """What a reading can be."""

    target = Expectation
    source = Text(500, shortest=1, required=True)
    value = decimal_field(allow_none=True)
    low = decimal_field(allow_none=True)
    high = decimal_field(allow_none=True)
    least = decimal_field(allow_none=True)
    most = decimal_field(allow_none=True)


class MethodSchema(Strict):
    """A method statement."""

    target = Method
    id = Text(60, pattern=STEP, like="a method id like insulation-test", required=True)
    title = Text(200, shortest=1, required=True)
    safely = TupleOf(Text(500, shortest=1), longest=30, required=True)
    tools = TupleOf(Text(200, shortest=1), longest=30, required=True)
    steps = TupleOf(Text(800, shortest=1), longest=40, required=True)
    source = Text(500, shortest=1, required=True)
    picture = Text(40_000)


class CalibrationSchema(Strict):
    """A certificate of an instrument."""

    target = Calibration
    since = day(required=True)
    until = day(required=True)


class RangeSchema(Strict):
    """What an instrument can show in one unit."""

    target = MeasuringRange
    unit = Text(16, required=True)
    lowest = decimal_field(allow_none=True)
    highest = decimal_field(allow_none=True)
    resolution = decimal_field(allow_none=True)


class InstrumentSchema(Strict):
    """A test instrument as judging needs it."""

    target = Instrument
    id = Text(64, pattern=PLAIN_ID, like="the id of an instrument", required=True)
    kind = Text(60, required=True)
    calibrations = TupleOf(fields.Nested(CalibrationSchema), longest=200)
    ranges = TupleOf(fields.Nested(RangeSchema), longest=50)


class ItemSchema(Strict):
    """An item of a checklist."""

    target = Item
    key = item_key(required=True)
    step = Text(60, pattern=STEP, like="a step id like insulation-resistance", required=True)
    tag = tag(required=True)
    section = words(*SECTIONS, required=True)
    title = Text(200, shortest=1, required=True)
    instruction = Text(4000, required=True)
    criterion = fields.Nested(CriterionSchema, required=True)
    limit_text = Text(200, required=True)
    limit_source = Text(500, required=True)
    clause = Text(200, required=True)
    safety = Flag(required=True)
    photos = Whole(0, 50)
    instrument = Text(60, allow_none=True)
    requires = TupleOf(item_key(), longest=2000)
    number = Text(12)
    evidence = words(*EVIDENCE)
    severity = words(*SEVERITIES)
    stops_work = Flag()
    who = Text(60)
    minutes = Whole(0, 10_000)
    repeats = TupleOf(item_key(), longest=2000)
    method = Text(60, pattern=STEP, like="a method id", allow_none=True)
    expect = fields.Nested(ExpectationSchema, allow_none=True)
    varies = Flag()

    @validates_schema
    def key_is_step_at_tag(self, data: dict[str, Any], **_: Any) -> None:
        """Check that the key is made of step and tag."""
        if data["key"] != f"{data['step']}@{data['tag']}":
            raise ValidationError(f"must be {data['step']}@{data['tag']}.", "key")
        if "severity" in data and (data["severity"] == "safety") != data["safety"]:
            raise ValidationError("is safety exactly where safety is true.", "severity")


class ChecklistSchema(Strict):
    """A checklist of one site."""

    target = Checklist
    id = Text(80, pattern=STEP, like="a checklist id like dead-tests-r1", required=True)
    template = Text(60, pattern=STEP, like="a template id like dead-tests", required=True)
    template_digest = sha256(required=True)
    revision = Whole(1, required=True)
    section = words(*SECTIONS, required=True)
    title = Text(200, shortest=1, required=True)
    items = TupleOf(fields.Nested(ItemSchema), required=True)
    methods = TupleOf(fields.Nested(MethodSchema), longest=200)


class MarkSchema(Strict):
    """A reviewer's mark."""

    target = ReviewMark
    item = item_key(required=True)
    kind = words("returned", "conceded", "not_applicable_accepted", required=True)
    heads = TupleOf(uuid7(), longest=64, required=True)
    comment = Text(4000, required=True)
    by = Text(64, pattern=PLAIN_ID, like="the id of a person", required=True)
    at = Text(40, required=True)
    number = Whole(1, required=True)


class OutcomeSchema(Strict):
    """What a probe run says of one tag and aspect."""

    target = ProbeOutcome
    tag = Text(60, pattern=f"(?:{TAG})?", like="a tag or empty", required=True)
    aspect = words(*ASPECTS, required=True)
    verdict = words("pass", "fail", "inconclusive", required=True)
    reason = Text(4000, required=True)
    run = Text(64, pattern=PLAIN_ID, like="the id of a probe run", required=True)
    number = Whole(1, required=True)


class JudgementSchema(Strict):
    """A verdict and its sentence."""

    target = Judgement
    verdict = words("pass", "fail", "inconclusive", "none", required=True)
    reason = Text(4000, required=True)


class ItemStateSchema(Strict):
    """What the set of operations says about one item."""

    target = ItemState
    item = item_key(required=True)
    status = words(*STATUSES, required=True)
    heads = TupleOf(uuid7())
    value = fields.Nested(ValueSchema, allow_none=True)
    judgement = fields.Nested(JudgementSchema)
    author = Text(64, allow_none=True)
    instrument = Text(64, allow_none=True)
    recorded_at = Text(40, allow_none=True)
    photos = TupleOf(sha256())
    missing_photos = TupleOf(sha256())
    notes = TupleOf(Text(4000))
    attempts = Whole()
    comment = Text(4000)
    reason = Text(4000)
    accepted = Flag()


class SectionProgressSchema(Strict):
    """Counts of one section."""

    target = SectionProgress
    section = words(*SECTIONS, required=True)
    total = Whole(required=True)
    passed = Whole(required=True)
    failed = Whole(required=True)
    open = Whole(required=True)
    other = Whole(required=True)


class BlockerSchema(Strict):
    """One item that stands in the way."""

    target = Blocker
    item = item_key(required=True)
    reason = Text(4000, required=True)


class ProgressSchema(Strict):
    """What is done and what blocks."""

    target = Progress
    sections = TupleOf(fields.Nested(SectionProgressSchema), required=True)
    done = Whole(required=True)
    total = Whole(required=True)
    blocks_submission = TupleOf(fields.Nested(BlockerSchema), required=True)
    blocks_approval = TupleOf(fields.Nested(BlockerSchema), required=True)


def dump_checklist(checklist: Checklist) -> dict[str, Any]:
    """Return a checklist as JSON."""
    return dict(plain(checklist))


def load_checklist(data: Any) -> Checklist:
    """Return the checklist of some JSON; ContractError names the key that is wrong."""
    return load(ChecklistSchema, data, "checklist", Checklist)


def dump_criterion(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion as JSON."""
    return dict(plain(criterion))


def load_criterion(data: Any) -> Criterion:
    """Return the criterion of some JSON."""
    return load(CriterionSchema, data, "criterion", Criterion)


def dump_value(value: Value) -> dict[str, Any]:
    """Return a value as JSON."""
    return dict(plain(value))


def load_value(data: Any) -> Value:
    """Return the value of some JSON; a number that differs from its raw text is refused."""
    return load(ValueSchema, data, "value", Value)


def dump_item(item: Item) -> dict[str, Any]:
    """Return an item as JSON."""
    return dict(plain(item))


def load_item(data: Any) -> Item:
    """Return the item of some JSON."""
    return load(ItemSchema, data, "item", Item)


def dump_item_state(state: ItemState) -> dict[str, Any]:
    """Return an item's state as JSON: what ``plain`` returns, for the thousands of a site at once."""
    found = {name: getattr(state, name) for name in _names(ItemState)}
    for name in ("heads", "photos", "missing_photos", "notes"):
        found[name] = list(found[name])
    found["value"] = None if state.value is None else plain(state.value)
    found["judgement"] = {"verdict": state.judgement.verdict, "reason": state.judgement.reason}
    return found


def load_item_state(data: Any) -> ItemState:
    """Return the item state of some JSON."""
    return load(ItemStateSchema, data, "item state", ItemState)


def dump_mark(mark: ReviewMark) -> dict[str, Any]:
    """Return a review mark as JSON."""
    return dict(plain(mark))


def load_mark(data: Any) -> ReviewMark:
    """Return the review mark of some JSON."""
    return load(MarkSchema, data, "mark", ReviewMark)


def dump_outcome(outcome: ProbeOutcome) -> dict[str, Any]:
    """Return a probe outcome as JSON."""
    return dict(plain(outcome))


def load_outcome(data: Any) -> ProbeOutcome:
    """Return the probe outcome of some JSON."""
    return load(OutcomeSchema, data, "probe outcome", ProbeOutcome)


def dump_progress(progress: Progress) -> dict[str, Any]:
    """Return the progress as JSON."""
    return dict(plain(progress))


def load_progress(data: Any) -> Progress:
    """Return the progress of some JSON."""
    return load(ProgressSchema, data, "progress", Progress)


def dump_instrument(instrument: Instrument) -> dict[str, Any]:
    """Return an instrument as JSON."""
    return dict(plain(instrument))


def load_instrument(data: Any) -> Instrument:
    """Return the instrument of some JSON."""
    return load(InstrumentSchema, data, "instrument", Instrument)


def load_expectation(data: Any) -> Expectation:
    """Return the expectation of some JSON."""
    return load(ExpectationSchema, data, "expectation", Expectation)
