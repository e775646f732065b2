"""Probe reports as JSON: marshmallow schemas (unknown keys refused) and the way back."""

from dataclasses import replace
from typing import Any

from marshmallow import fields, validate

from device_probe.finding_schema import BlockSchema, FigureSchema, FindingSchema, finding_of, is_moment
from device_probe.judgement_schema import VERDICTS, MeterJudgementSchema, dump_meter, judgement_of
from device_probe.load_step.record_schema import RecordSchema, check_devices, dump_record, record_of
from device_probe.model import (
    Diagnosis,
    Figure,
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
ASPECTS = ("communication", "wiring", "power_quality", "balance", "load_management")
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
    taken_at = fields.String(required=True, validate=is_moment)
    readings = fields.List(fields.Nested(ReadingSchema), required=True)
    blocks = fields.List(fields.Nested(BlockSchema), required=True)
    requests = fields.Integer(required=True, strict=True)
    problem = fields.String(load_default=None, allow_none=True)
    planned = fields.Integer(load_default=0, strict=True, validate=validate.Range(0))
    link = fields.String(load_default="tcp", validate=validate.OneOf(LINKS))
    diagnosis = fields.Nested(DiagnosisSchema, load_default=None, allow_none=True)


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
    started_at = fields.String(required=True, validate=is_moment)
    finished_at = fields.String(required=True, validate=is_moment)
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
    load_step = fields.Nested(RecordSchema, load_default=None, allow_none=True)
    changed = fields.Raw(load_default=None)  # what `judge --json` says besides; no part of a report


def load_report(document: object, name: str = "probe report") -> ProbeReport:
    """Check a report document and return it."""
    loaded = checked(ReportSchema(), document, name)
    del loaded["changed"]
    plan = plan_of(loaded["plan"])
    step = loaded["load_step"] and record_of(loaded["load_step"])
    if step:
        check_devices(step, {device.tag for device in plan.devices}, name)
    return ProbeReport(
        **{
            **loaded,
            "plan": plan,
            "snapshots": tuple(_snapshot(raw) for raw in loaded["snapshots"]),
            "verdicts": tuple(Verdict(**raw) for raw in loaded["verdicts"]),
            "findings": tuple(finding_of(raw) for raw in loaded["findings"]),
            "earlier": tuple(_snapshot(raw) for raw in loaded["earlier"]),
            "profiles": tuple(ProfileText(**raw) for raw in loaded["profiles"]),
            "judgements": tuple(judgement_of(raw) for raw in loaded["judgements"]),
            "background": tuple(_snapshot(raw) for raw in loaded["background"]),
            "load_step": step,
        }
    )


def dump_report(report: ProbeReport) -> dict[str, Any]:
    """Return a report as its JSON document; load_report gives the same report back."""
    apart = replace(report, load_step=None, snapshots=(), earlier=(), background=(), judgements=())
    document = plain(apart)
    document["plan"] = dump_plan(report.plan)
    document["load_step"] = report.load_step and dump_record(report.load_step)
    for key in ("snapshots", "earlier", "background"):
        document[key] = [_brief(dump_snapshot(snapshot)) for snapshot in getattr(report, key)]
    document["judgements"] = [dump_meter(each) for each in report.judgements]
    # absent where there are none: from a report of a single round, from an old one
    for key in ("earlier", "profiles", "versions", "judgements", "background", "load_step"):
        if not document[key]:
            del document[key]
    return document


def _brief(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Leave out of each reading what is empty and read so again: a quarter of a large report."""
    for reading in snapshot["readings"]:
        for key, empty in (("problem", None), ("cause", "")):
            if reading[key] == empty:
                del reading[key]
    return snapshot


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
