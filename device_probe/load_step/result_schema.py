"""The result of a load step as JSON, on the way back: a marshmallow schema (unknown keys refused)."""

from typing import Any

from marshmallow import fields, validate

from device_probe.finding_schema import FindingSchema, finding_of
from device_probe.judgement_schema import VERDICTS
from device_probe.load_step.result import (
    FollowResult,
    ImportResult,
    InputResult,
    Judged,
    LeftOut,
    LoadStepResult,
    MeterResult,
    StationResult,
)
from device_probe.profile_schema import Strict

JUDGED = ("verdict", "probability", "reason", "action")


class JudgedSchema(Strict):
    """One thing decided."""

    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    probability = fields.Float(required=True, validate=validate.Range(0, 1))
    reason = fields.String(required=True)
    action = fields.String(load_default="")


class StationSchema(Strict):
    """Where a test load is."""

    tag = fields.String(required=True)
    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    feeder = fields.String(required=True)
    phases = fields.List(fields.String(), required=True)
    below = fields.Nested(JudgedSchema, required=True)
    phase_map = fields.Nested(JudgedSchema, required=True)


class InputSchema(JudgedSchema):
    """One input of a meter."""

    phase = fields.String(required=True)
    current = fields.String(required=True)
    voltage = fields.String(required=True)
    conductors = fields.List(fields.String(), required=True)
    expected_w = fields.Float(required=True)
    seen_w = fields.Float(required=True)


class MeterSchema(Strict):
    """One meter."""

    tag = fields.String(required=True)
    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    ratio = fields.Float(required=True)
    likely_ct_a = fields.Float(required=True, allow_none=True)
    wiring = fields.Nested(JudgedSchema, required=True)
    ct_ratio = fields.Nested(JudgedSchema, required=True)
    inputs = fields.List(fields.Nested(InputSchema), required=True)


class FollowSchema(JudgedSchema):
    """Whether a station follows its set-point, or falls back."""

    tag = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("limit", "fall_back")))
    limit_a = fields.Float(required=True, allow_none=True)
    before_a = fields.Float(required=True)
    after_a = fields.Float(required=True, allow_none=True)
    seconds = fields.Float(required=True, allow_none=True)


class ImportSchema(JudgedSchema):
    """Whether the import follows."""

    tag = fields.String(required=True)
    lowered_w = fields.Float(required=True)
    fell_w = fields.Float(required=True)
    share = fields.Float(required=True)
    spread = fields.Float(required=True, allow_none=True)
    seconds = fields.Float(required=True, allow_none=True)


class LeftOutSchema(Strict):
    """A station that was no test load."""

    tag = fields.String(required=True)
    code = fields.String(required=True)
    reason = fields.String(required=True)
    finding = fields.Nested(FindingSchema, load_default=None, allow_none=True)


class ResultSchema(Strict):
    """Everything that a load step found."""

    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    steps = fields.Integer(required=True, strict=True)
    rounds = fields.Integer(required=True, strict=True)
    stations = fields.List(fields.Nested(StationSchema), required=True)
    meters = fields.List(fields.Nested(MeterSchema), required=True)
    following = fields.List(fields.Nested(FollowSchema), required=True)
    imported = fields.Nested(ImportSchema, data_key="import", load_default=None, allow_none=True)
    left_out = fields.List(fields.Nested(LeftOutSchema), load_default=list)
    findings = fields.List(fields.Nested(FindingSchema), required=True)


def result_of(loaded: dict[str, Any]) -> LoadStepResult:
    """Return a checked result as its value; its verdicts in sum follow from the single ones."""
    imported = loaded["imported"]
    return LoadStepResult(
        tuple(
            StationResult(s["tag"], s["feeder"], tuple(s["phases"]), Judged(**s["below"]),
                          Judged(**s["phase_map"]))
            for s in loaded["stations"]
        ),
        tuple(_meter(m) for m in loaded["meters"]),
        tuple(FollowResult(**_with_judged(f)) for f in loaded["following"]),
        tuple(finding_of(f) for f in loaded["findings"]),
        loaded["steps"],
        loaded["rounds"],
        tuple(
            LeftOut(o["tag"], o["code"], o["reason"], o["finding"] and finding_of(o["finding"]))
            for o in loaded["left_out"]
        ),
        imported and ImportResult(**_with_judged(imported)),
    )  # fmt: skip


def _meter(m: dict[str, Any]) -> MeterResult:
    inputs = (InputResult(**_with_judged({**i, "conductors": tuple(i["conductors"])})) for i in m["inputs"])
    return MeterResult(
        m["tag"], tuple(inputs), m["ratio"], m["likely_ct_a"], Judged(**m["wiring"]), Judged(**m["ct_ratio"])
    )


def _with_judged(raw: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in raw.items() if key not in JUDGED}
    return {**rest, "judged": Judged(*(raw[key] for key in JUDGED))}
