"""Judging readings from a file, without network or site plan: the document in and the document out.

Both are described in docs/contracts/readings.schema.json and judgement.schema.json. Sign convention: import
positive, inductive Q positive; ``nominal_voltage_v`` is line to neutral.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from marshmallow import ValidationError, fields, validate

from device_probe.diagnosis.contract_readings import units_of, values_of
from device_probe.diagnosis.correction import name
from device_probe.diagnosis.evidence import Meter, Sample
from device_probe.diagnosis.hypotheses import Hypothesis
from device_probe.diagnosis.quality import Limits, QualityVerdict, judge_quality, told
from device_probe.diagnosis.quality_values import canonical, rms_based
from device_probe.diagnosis.systems import NO_CURRENT, SYSTEMS, CurrentWiring, VoltageWiring
from device_probe.diagnosis.wiring import WiringVerdict, judge
from device_probe.model import VerdictWord
from device_probe.problems import PlanFileError
from device_probe.profile_schema import Strict, complaint

POSITIVE = validate.Range(min=0, max=1_000_000, min_inclusive=False)
CLASS = validate.Range(min=0, max=10, min_inclusive=False)
ORDER = r"h([2-9]|[1-9][0-9])\Z"
PHASES = {"L1": 0, "L2": 1, "L3": 2}
TOLD = 24  # hypotheses, the likeliest first
MOST_SAMPLES = 100_000  # one a second for a day
GROUP = 512  # members of a group that look alike: with current on one input alone there are hundreds


class MeterSchema(Strict):
    """The meter as planned."""

    profile = fields.String(load_default=None, allow_none=True)
    system = fields.String(load_default="3P4W", validate=validate.OneOf(SYSTEMS))
    nominal_voltage_v = fields.Float(required=True, validate=POSITIVE)
    nominal_frequency_hz = fields.Float(load_default=50.0, validate=POSITIVE)
    measured_at = fields.String(
        load_default="feeder", validate=validate.OneOf(("connection_point", "feeder", "station"))
    )
    ct_primary_a = fields.Float(load_default=None, allow_none=True, validate=POSITIVE)
    ct_class = fields.Float(load_default=1.0, allow_none=True, validate=CLASS)
    meter_class = fields.Float(load_default=1.0, allow_none=True, validate=CLASS)
    role = fields.String(load_default="load", validate=validate.OneOf(("load", "generation", "mixed")))
    load = fields.String(  # type: ignore[assignment] # marshmallow takes fields out of the class
        load_default="ev_charging", validate=validate.OneOf(("ev_charging", "general"))
    )
    expected_phases = fields.List(
        fields.String(validate=validate.OneOf(tuple(PHASES))), load_default=None, allow_none=True
    )


class SampleSchema(Strict):
    """What was read at one moment."""

    at = fields.String(load_default="", allow_none=True)
    readings = fields.Raw(required=True)


class LimitsSchema(Strict):
    """What the values are held against."""

    voltage = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(("en50160", "61000-2-4-class-2"))
    )
    current = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("ieee519",)))
    isc_over_il = fields.Float(load_default=None, allow_none=True, validate=POSITIVE)
    il_a = fields.Float(load_default=None, allow_none=True, validate=POSITIVE)
    harmonics = fields.Dict(
        keys=fields.String(validate=validate.Regexp(ORDER, error="is not an order like h5")),
        values=fields.Float(validate=POSITIVE), load_default=dict, allow_none=True,
    )  # fmt: skip


class ReadingsSchema(Strict):
    """One file of readings."""

    meter = fields.Nested(MeterSchema, required=True)
    samples = fields.List(fields.Nested(SampleSchema), required=True)
    limits = fields.Nested(LimitsSchema, load_default=None, allow_none=True)


@dataclass(frozen=True, slots=True)
class Readings:
    """A file of readings as values."""

    meter: Meter
    samples: tuple[Sample, ...]
    limits: Limits
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Wiring and power quality of one meter, and the bottom line."""

    verdict: VerdictWord
    reason: str
    wiring: WiringVerdict
    quality: QualityVerdict


def load_readings(document: object, file: str = "readings") -> Readings:
    """Check a readings document and return it; PlanFileError names the first thing that is wrong."""
    if not isinstance(document, dict):
        raise PlanFileError(f"{file}: a JSON object with meter and samples was expected.")
    given = document.get("samples")
    if isinstance(given, list) and len(given) > MOST_SAMPLES:
        raise PlanFileError(
            f"{file}: {len(given)} samples are too many; give at most {MOST_SAMPLES} of them."
        )
    try:
        loaded: dict[str, Any] = _schema().load(document)
        rms = rms_based(loaded["meter"]["profile"])
        samples = tuple(
            Sample(
                raw["at"] or "",
                canonical(
                    values_of(raw["readings"], f"samples.{place}.readings"), units_of(raw["readings"]), rms
                ),
            )
            for place, raw in enumerate(loaded["samples"])
        )
    except ValidationError as error:
        raise PlanFileError(f"{file}: {complaint(error)}.") from error
    return Readings(
        _meter(loaded["meter"]),
        samples,
        _limits(loaded["limits"], loaded["meter"]),
        loaded["meter"]["profile"],
    )


@cache  # making one copies every field
def _schema() -> ReadingsSchema:
    return ReadingsSchema()


def judge_readings(readings: Readings) -> Judgement:
    """Judge the wiring of a meter and the power quality at its place."""
    wiring = judge(readings.meter, readings.samples)
    quality = judge_quality(readings.meter, readings.samples, readings.limits)
    asked = _asks_for_quality(readings)
    parts = [(wiring.verdict, wiring.reason)] + ([(quality.verdict, quality.reason)] if asked else [])
    for word in ("fail", "inconclusive"):
        for verdict, reason in parts:
            if verdict == word:
                return Judgement(verdict, reason, wiring, quality)
    return Judgement("pass", " ".join(reason for _, reason in parts), wiring, quality)


def dump_judgement(judgement: Judgement) -> dict[str, Any]:
    """Return a judgement as its JSON document."""
    wiring, quality = judgement.wiring, judgement.quality
    return {
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "wiring": {
            "verdict": wiring.verdict,
            "reason": wiring.reason,
            "action": wiring.action,
            "hypotheses": [
                {**_wiring(each.hypothesis), "probability": _share(each.probability)}
                for each in wiring.hypotheses[:TOLD]
            ],
            "indistinguishable": [
                [_wiring(each) for each in group[:GROUP]] for group in wiring.indistinguishable
            ],
            "correction": wiring.correction,
            "corrected": [_wiring(each) for each in wiring.corrected],
            "expect": wiring.expect,
            "notes": list(wiring.notes),
        },
        "power_quality": {
            "verdict": quality.verdict,
            "reason": quality.reason,
            "action": quality.action,
            "statement": quality.statement,
            "checks": [asdict(check) for check in quality.checks],
        },
        "findings": [*_wiring_findings(wiring), *_quality_findings(quality)],
    }


def _share(probability: float) -> float:
    """Return a probability with six places, never more than it is: all together make no more than 1."""
    return math.floor(probability * 1e6) / 1e6


def _asks_for_quality(readings: Readings) -> bool:
    """Power quality counts for the bottom line where limits were given."""
    limits = readings.limits
    return bool(limits.voltage or limits.current or limits.harmonics)


def _meter(raw: Mapping[str, Any]) -> Meter:
    expected = raw["expected_phases"]
    return Meter(
        raw["system"], raw["nominal_voltage_v"], raw["ct_primary_a"], raw["ct_class"] or 1.0,
        raw["meter_class"] or 1.0, raw["role"], raw["load"],
        None if expected is None else tuple(PHASES[phase] for phase in expected),
    )  # fmt: skip


def _limits(raw: Mapping[str, Any] | None, meter: Mapping[str, Any]) -> Limits:
    given = raw or {}
    orders = {int(key[1:]): value for key, value in (given.get("harmonics") or {}).items()}
    return Limits(
        given.get("voltage"), given.get("current"), given.get("isc_over_il"), given.get("il_a"), orders,
        meter["measured_at"], meter["nominal_frequency_hz"],
    )  # fmt: skip


def _wiring(hypothesis: Hypothesis) -> dict[str, list[str]]:
    return {
        "voltage_inputs": list(_voltages(hypothesis.voltage)),
        "current_inputs": list(_currents(hypothesis.current)),
    }


@cache
def _voltages(wiring: VoltageWiring) -> tuple[str, ...]:
    return tuple(name(conductor) for conductor in wiring.inputs)


@cache
def _currents(wiring: CurrentWiring) -> tuple[str, ...]:
    return tuple(
        "0" if conductor == NO_CURRENT else f"{'+' if sign > 0 else '-'}{name(conductor)}"
        for conductor, sign in zip(wiring.conductors, wiring.signs, strict=True)
    )


def _wiring_findings(wiring: WiringVerdict) -> list[dict[str, Any]]:
    return [
        {
            "code": mistake.code, "severity": "error", "sentence": mistake.sentence,
            "phase": ", ".join(name(phase) for phase in mistake.phases) or None, "remedy": wiring.correction,
        }
        for mistake in wiring.mistakes
    ]  # fmt: skip


def _quality_findings(quality: QualityVerdict) -> list[dict[str, Any]]:
    return [
        {
            "code": check.code, "severity": "error",
            "sentence": f"{told(check)} ({quality.statement}).",
            "phase": None, "remedy": quality.action, "clause": check.clause,
        }
        for check in quality.checks
        if check.verdict == "fail"
    ]  # fmt: skip
