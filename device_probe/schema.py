"""Probe reports as JSON: marshmallow schemas (unknown keys refused) and the way back."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from device_probe.judgement_schema import VERDICTS, MeterJudgementSchema, dump_meter, judgement_of
from device_probe.model import (
    Diagnosis,
    Figure,
    Finding,
    ProbeReport,
    ProfileText,
    RawBlock,
    Reading,
    Snapshot,
    Verdict,
)
from device_probe.plan_schema import (
    LINKS,
    SCHEMA_VERSION,
    PlanSchema,
    checked,
    dump_plan,
    load_plan,
    plain,
    plan_of,
)
from device_probe.profile_schema import Strict

__all__ = ["SCHEMA_VERSION", "dump_plan", "dump_report", "dump_snapshot", "load_plan", "load_report"]
ASPECTS = ("communication", "wiring", "power_quality", "balance")
CONFIDENCES = ("high", "medium", "low")


class ReadingSchema(Strict):
    """One reading."""

    quantity = fields.String(required=True)
    value = fields.Raw(required=True, allow_none=True)
    unit = fields.String(required=True)
    problem = fields.String(load_default=None, allow_none=True)
    cause = fields.String(load_default="")
    raw = fields.String(load_default="")
    request = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(0))


class BlockSchema(Strict):
    """The registers of one answered request."""

    unit = fields.Integer(required=True, strict=True)
    table = fields.String(required=True)
    address = fields.Integer(required=True, strict=True)
    count = fields.Integer(required=True, strict=True)
    data_hex = fields.String(required=True, validate=validate.Regexp(r"([0-9a-f]{2})*\Z"))
    taken_at = fields.String(required=True)

    @validates_schema
    def check_length(self, data: dict[str, Any], **_: object) -> None:
        """Refuse evidence that is shorter or longer than the request it claims to answer."""
        bits = data["table"] in ("coil", "discrete")
        size = (data["count"] + 7) // 8 if bits else 2 * data["count"]
        if len(data["data_hex"]) != 2 * size:
            raise ValidationError({"data_hex": [f"must hold {size} bytes for {data['count']} values"]})


class FigureSchema(Strict):
    """One named figure."""

    name = fields.String(required=True)
    value = fields.Raw(required=True)
    unit = fields.String(load_default="")


class DiagnosisSchema(Strict):
    """Which mistake makes sense of readings that cannot be true."""

    kind = fields.String(required=True)
    sentence = fields.String(required=True)
    remedy = fields.String(required=True)
    figures = fields.List(fields.Nested(FigureSchema), load_default=list)
    confidence = fields.String(load_default="medium", validate=validate.OneOf(CONFIDENCES))
    candidates = fields.List(fields.String(), load_default=list)


class SnapshotSchema(Strict):
    """Everything read from one device in one go."""

    tag = fields.String(required=True)
    profile = fields.String(required=True)
    profile_digest = fields.String(required=True)
    host = fields.String(required=True)
    port = fields.Integer(required=True, strict=True)
    unit = fields.Integer(required=True, strict=True)
    taken_at = fields.String(required=True)
    readings = fields.List(fields.Nested(ReadingSchema), required=True)
    blocks = fields.List(fields.Nested(BlockSchema), required=True)
    requests = fields.Integer(required=True, strict=True)
    problem = fields.String(load_default=None, allow_none=True)
    planned = fields.Integer(load_default=0, strict=True, validate=validate.Range(0))
    link = fields.String(load_default="tcp", validate=validate.OneOf(LINKS))
    diagnosis = fields.Nested(DiagnosisSchema, load_default=None, allow_none=True)


class FindingSchema(Strict):
    """One finding."""

    code = fields.String(required=True)
    severity = fields.String(required=True, validate=validate.OneOf(("error", "warning", "info")))
    tag = fields.String(required=True)
    sentence = fields.String(required=True)
    figures = fields.List(fields.Nested(FigureSchema), load_default=list)
    limit = fields.Nested(FigureSchema, load_default=None, allow_none=True)
    clause = fields.String(load_default="")
    remedy = fields.String(load_default="")
    phase = fields.String(load_default=None, allow_none=True)


class VerdictSchema(Strict):
    """The judgement of one aspect of one device."""

    tag = fields.String(required=True)
    aspect = fields.String(required=True, validate=validate.OneOf(ASPECTS))
    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    reason = fields.String(required=True)
    action = fields.String(load_default="")


class ProfileTextSchema(Strict):
    """A profile that is not the package's own."""

    name = fields.String(required=True)
    digest = fields.String(required=True)
    text = fields.String(required=True)


class ReportSchema(Strict):
    """A probe report."""

    schema = fields.Integer(required=True, validate=validate.Equal(SCHEMA_VERSION))
    id = fields.String(required=True)
    plan = fields.Nested(PlanSchema, required=True)
    started_at = fields.String(required=True)
    finished_at = fields.String(required=True)
    software = fields.String(required=True)
    snapshots = fields.List(fields.Nested(SnapshotSchema), required=True)
    verdicts = fields.List(fields.Nested(VerdictSchema), required=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    reason = fields.String(required=True)
    load_statement = fields.String(required=True)
    earlier = fields.List(fields.Nested(SnapshotSchema), load_default=list)
    profiles = fields.List(fields.Nested(ProfileTextSchema), load_default=list)
    versions = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    judgements = fields.List(fields.Nested(MeterJudgementSchema), load_default=list)
    background = fields.List(fields.Nested(SnapshotSchema), load_default=list)
    changed = fields.Raw(load_default=None)  # what `judge --json` says besides; no part of a report


def load_report(document: object, name: str = "probe report") -> ProbeReport:
    """Check a report document and return it."""
    loaded = checked(ReportSchema(), document, name)
    del loaded["changed"]
    return ProbeReport(
        **{
            **loaded,
            "plan": plan_of(loaded["plan"]),
            "snapshots": tuple(_snapshot(raw) for raw in loaded["snapshots"]),
            "verdicts": tuple(Verdict(**raw) for raw in loaded["verdicts"]),
            "findings": tuple(_finding(raw) for raw in loaded["findings"]),
            "earlier": tuple(_snapshot(raw) for raw in loaded["earlier"]),
            "profiles": tuple(ProfileText(**raw) for raw in loaded["profiles"]),
            "judgements": tuple(judgement_of(raw) for raw in loaded["judgements"]),
            "background": tuple(_snapshot(raw) for raw in loaded["background"]),
        }
    )


def dump_report(report: ProbeReport) -> dict[str, Any]:
    """Return a report as its JSON document; load_report gives the same report back."""
    document = plain(report)
    document["plan"] = dump_plan(report.plan)
    for key in ("snapshots", "earlier", "background"):
        document[key] = [dump_snapshot(snapshot) for snapshot in getattr(report, key)]
    document["judgements"] = [dump_meter(each) for each in report.judgements]
    # absent where there are none: from a report of a single round, from an old one
    for key in ("earlier", "profiles", "versions", "judgements", "background"):
        if not document[key]:
            del document[key]
    return document


def dump_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as its JSON document."""
    document = plain(snapshot)
    if snapshot.diagnosis is None:  # only a snapshot that cannot be true has one
        del document["diagnosis"]
    return document


def _snapshot(raw: dict[str, Any]) -> Snapshot:
    readings = tuple(Reading(**{**r, "value": _value(r["value"])}) for r in raw["readings"])
    blocks = tuple(RawBlock(**block) for block in raw["blocks"])
    diagnosis = raw["diagnosis"] and _diagnosis(raw["diagnosis"])
    return Snapshot(**{**raw, "readings": readings, "blocks": blocks, "diagnosis": diagnosis})


def _diagnosis(raw: dict[str, Any]) -> Diagnosis:
    figures = tuple(Figure(**figure) for figure in raw["figures"])
    return Diagnosis(**{**raw, "figures": figures, "candidates": tuple(raw["candidates"])})


def _value(value: object) -> Any:
    if isinstance(value, list):
        return tuple(str(name) for name in value)
    return float(value) if isinstance(value, int) else value


def _finding(raw: dict[str, Any]) -> Finding:
    figures = tuple(Figure(**figure) for figure in raw["figures"])
    return Finding(**{**raw, "figures": figures, "limit": Figure(**raw["limit"]) if raw["limit"] else None})
