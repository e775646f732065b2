"""JSON of values, criteria, items, checklists, states, marks, outcomes and progress, strict both ways."""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from functools import cache
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from checklists.errors import ReadingError
from checklists.fields import (
    DECIMAL,
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
from checklists.judge import parse_value
from checklists.model import (
    Blocker,
    Checklist,
    Criterion,
    Item,
    ItemState,
    Judgement,
    ProbeOutcome,
    Progress,
    ReviewMark,
    SectionProgress,
    Value,
)

SECTIONS = ("inspection", "dead_tests", "live_tests", "evse_function", "power_quality", "handover")
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
ASPECTS = ("communication", "wiring", "power_quality", "balance")


def plain(value: Any) -> Any:
    """Return a value of this room as JSON: field names as keys, tuples as arrays."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(inner) for inner in value]
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclass_fields(kind))


def _decimal(**rest: Any) -> Text:
    return Text(32, pattern=DECIMAL, like="a decimal number as text, like 0.95", **rest)


class CriterionSchema(Strict):
    """A criterion; what doesn't belong to its kind is refused."""

    target = Criterion
    kind = words("range", "equals", "one_of", "present", "photo", "signature", "probe", required=True)
    minimum = _decimal(allow_none=True)
    maximum = _decimal(allow_none=True)
    unit = Text(16)
    values = TupleOf(Text(100, shortest=1), longest=50)
    count = Whole(1, 50)
    aspect = words("", *ASPECTS)

    @validates_schema
    def belongs(self, data: dict[str, Any], **_: Any) -> None:
        """Check that the keys fit the kind."""
        kind = data["kind"]
        given = {key for key, value in data.items() if value not in (None, "", (), 1)} - {"kind"}
        strangers = sorted(given - _OF_KIND.get(kind, set()))
        if strangers:
            raise ValidationError(f"does not belong to a criterion of kind {kind}; remove it.", strangers[0])
        if kind in ("equals", "one_of"):
            _check_values(kind, data.get("values", ()))
        if kind == "probe" and not data.get("aspect"):
            raise ValidationError(f"must be one of: {', '.join(ASPECTS)}.", "aspect")
        _check_limits(data)


_OF_KIND = {
    "range": {"minimum", "maximum", "unit"},
    "equals": {"values"},
    "one_of": {"values"},
    "photo": {"count"},
    "probe": {"aspect"},
}


def _check_values(kind: str, values: tuple[str, ...]) -> None:
    if kind == "equals" and len(values) != 1:
        raise ValidationError("equals needs exactly one value.", "values")
    if len(values) < 1 or len(set(values)) != len(values):
        raise ValidationError("needs at least one value, each only once.", "values")


def _check_limits(data: Mapping[str, Any]) -> None:
    low, high = data.get("minimum"), data.get("maximum")
    if low is not None and high is not None and float(low) > float(high):
        raise ValidationError(f"{low} is above the maximum {high}.", "minimum")


class ValueSchema(Strict):
    """A value; a measured one must say what its own raw text says."""

    target = Value
    type = words("measured", "choice", "text", required=True)
    raw = Text(2000, shortest=1, required=True)
    decimal = _decimal(allow_none=True)
    unit = Text(16)
    bound = words("", "above", "below")

    @validates_schema
    def true_to_raw(self, data: dict[str, Any], **_: Any) -> None:
        """Check that the number is the one that was typed."""
        value = Value(**data)
        if value.type != "measured":
            if value != Value(value.type, value.raw):
                raise ValidationError(
                    f"a value of type {value.type} has no number; send type and raw only.", "decimal"
                )
            return
        try:
            parsed = parse_value(value.raw, value.unit)
        except ReadingError as error:
            raise ValidationError(str(error), "raw") from error
        if parsed != value:
            raise ValidationError(
                f"does not say what was typed; “{value.raw}” is {parsed.decimal}.", "decimal"
            )


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
    requires = TupleOf(item_key(), longest=200)

    @validates_schema
    def key_is_step_at_tag(self, data: dict[str, Any], **_: Any) -> None:
        """Check that the key is made of step and tag."""
        if data["key"] != f"{data['step']}@{data['tag']}":
            raise ValidationError(f"must be {data['step']}@{data['tag']}.", "key")


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
    """Return an item's state as JSON."""
    return dict(plain(state))


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
