"""Judgements of meters as JSON, in a report: marshmallow schemas (unknown keys refused) and the way back."""

import json
from dataclasses import asdict
from typing import Any

from marshmallow import fields, validate

from device_probe.judgement import (
    Check,
    Connection,
    Likely,
    MeterJudgement,
    QualityVerdict,
    WiringJudgement,
)
from device_probe.profile_schema import Strict

VERDICTS = ("pass", "fail", "inconclusive")
#: Left out of a check that has nothing to say there: there are hundreds of them.
SPARED = {"clause": "", "note": "", "expected": None, "background": None, "window": ""}


class ConnectionSchema(Strict):
    """How a meter may be connected."""

    voltage_inputs = fields.List(fields.String(), required=True)
    current_inputs = fields.List(fields.String(), required=True)


class LikelySchema(ConnectionSchema):
    """The same with its probability."""

    probability = fields.Float(required=True, validate=validate.Range(0, 1))


class WiringSchema(Strict):
    """The wiring of one meter."""

    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    reason = fields.String(required=True)
    action = fields.String(load_default="")
    hypotheses = fields.List(fields.Nested(LikelySchema), load_default=list)
    indistinguishable = fields.List(fields.List(fields.Nested(ConnectionSchema)), load_default=list)
    correction = fields.String(load_default="")
    corrected = fields.List(fields.Nested(ConnectionSchema), load_default=list)
    expect = fields.String(load_default="")
    notes = fields.List(fields.String(), load_default=list)


class CheckSchema(Strict):
    """One value held against its limit."""

    code = fields.String(required=True)
    quantity = fields.String(required=True)
    value = fields.Float(required=True)
    limit = fields.Float(required=True, allow_none=True)
    unit = fields.String(required=True)
    verdict = fields.String(required=True, validate=validate.OneOf(("pass", "fail", "info")))
    clause = fields.String(load_default="")
    note = fields.String(load_default="")
    expected = fields.Float(load_default=None, allow_none=True)
    background = fields.Float(load_default=None, allow_none=True)
    window = fields.String(load_default="")


class QualitySchema(Strict):
    """The power quality at one meter."""

    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    reason = fields.String(required=True)
    action = fields.String(required=True)
    checks = fields.List(fields.Nested(CheckSchema), required=True)
    statement = fields.String(required=True)


class MeterJudgementSchema(Strict):
    """What was judged of one meter."""

    tag = fields.String(required=True)
    wiring = fields.Nested(WiringSchema, load_default=None, allow_none=True)
    power_quality = fields.Nested(QualitySchema, load_default=None, allow_none=True)


def judgement_of(raw: dict[str, Any]) -> MeterJudgement:
    """Return a judgement from what its schema loaded."""
    wiring, quality = raw["wiring"], raw["power_quality"]
    return MeterJudgement(raw["tag"], wiring and _wiring(wiring), quality and _quality(quality))


def dump_meter(judgement: MeterJudgement) -> dict[str, Any]:
    """Return a judgement as its JSON document."""
    document: dict[str, Any] = json.loads(json.dumps(asdict(judgement), allow_nan=False))
    for check in (document["power_quality"] or {}).get("checks", ()):
        for key, nothing in SPARED.items():
            if check[key] == nothing:
                del check[key]
    return document


def _wiring(raw: dict[str, Any]) -> WiringJudgement:
    groups = (tuple(_connection(each) for each in group) for group in raw["indistinguishable"])
    likely = (
        Likely(tuple(one["voltage_inputs"]), tuple(one["current_inputs"]), one["probability"])
        for one in raw["hypotheses"]
    )
    corrected = tuple(_connection(each) for each in raw["corrected"])
    known = {
        "hypotheses": tuple(likely), "indistinguishable": tuple(groups), "corrected": corrected,
        "notes": tuple(raw["notes"]),
    }  # fmt: skip
    return WiringJudgement(**{**raw, **known})


def _connection(raw: dict[str, Any]) -> Connection:
    return Connection(tuple(raw["voltage_inputs"]), tuple(raw["current_inputs"]))


def _quality(raw: dict[str, Any]) -> QualityVerdict:
    return QualityVerdict(**{**raw, "checks": tuple(Check(**check) for check in raw["checks"])})
