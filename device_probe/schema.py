"""Site plans and probe reports as JSON: marshmallow schemas (unknown keys refused) and the way back."""

import json
from dataclasses import asdict
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from device_probe.model import (
    Diagnosis,
    Figure,
    Finding,
    PlannedDevice,
    ProbeReport,
    ProfileText,
    RawBlock,
    Reading,
    SitePlan,
    Snapshot,
    Verdict,
)
from device_probe.problems import PlanFileError
from device_probe.profile_schema import Strict, complaint

TAG = validate.Regexp(r"[A-Z0-9]+(-[A-Z0-9]+)*(\.[0-9]+)?\Z", error="is not a tag like PM1 or CH03.1")
# The upper end is far above any site; beyond it the arithmetic of registers ends.
POSITIVE = validate.Range(min=0, max=1_000_000, min_inclusive=False)
LINKS = ("tcp", "rtu_tcp", "serial", "tls")
ROLES = ("main_meter", "group_meter", "station", "other")
ASPECTS = ("communication", "wiring", "power_quality", "balance")
VERDICTS = ("pass", "fail", "inconclusive")
CONFIDENCES = ("high", "medium", "low")
SCHEMA_VERSION = 1


class DeviceSchema(Strict):
    """One device of a site plan."""

    tag = fields.String(required=True, validate=TAG)
    profile = fields.String(required=True)
    host = fields.String(required=True, validate=validate.Length(1))
    port = fields.Integer(required=True, strict=True, validate=validate.Range(0, 65535))
    unit = fields.Integer(required=True, strict=True, validate=validate.Range(0, 255))
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    parent = fields.String(load_default=None, allow_none=True)
    circuits = fields.List(fields.String(), load_default=list)
    phases = fields.Integer(load_default=3, strict=True, validate=validate.OneOf((1, 2, 3)))
    phase_rotation = fields.String(load_default="L1L2L3")
    ct_primary_a = fields.Float(load_default=None, allow_none=True, validate=POSITIVE)
    ct_secondary_a = fields.Float(load_default=None, allow_none=True, validate=POSITIVE)
    design_current_a = fields.Float(load_default=None, allow_none=True, validate=POSITIVE)
    accuracy_percent = fields.Float(load_default=1.0, validate=POSITIVE)
    link = fields.String(load_default="tcp", validate=validate.OneOf(LINKS))
    baud = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(300, 1_000_000)
    )
    parity = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("N", "E", "O")))
    stop_bits = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.OneOf((1, 2))
    )
    connector = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 99))
    serial_number = fields.String(load_default=None, allow_none=True)
    approved_firmware = fields.List(fields.String(), load_default=list)


class PlanSchema(Strict):
    """A site plan."""

    schema = fields.Integer(load_default=SCHEMA_VERSION, validate=validate.Equal(SCHEMA_VERSION))
    site = fields.String(required=True)
    name = fields.String(required=True)
    voltage_v = fields.Float(required=True, validate=POSITIVE)
    frequency_hz = fields.Float(required=True, validate=POSITIVE)
    thd_voltage_limit_percent = fields.Float(required=True, validate=POSITIVE)
    thd_clause = fields.String(required=True)
    demand_current_a = fields.Float(required=True, validate=POSITIVE)
    tdd_current_limit_percent = fields.Float(required=True, validate=POSITIVE)
    devices = fields.List(fields.Nested(DeviceSchema), required=True, validate=validate.Length(1))


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
    changed = fields.Raw(load_default=None)  # what `judge --json` says besides; no part of a report


def load_plan(document: object, name: str = "site plan") -> SitePlan:
    """Check a site plan document and return it; PlanFileError names the first thing that is wrong."""
    plan = _plan(_checked(PlanSchema(), document, name))
    _check_tree(plan, name)
    return plan


def dump_plan(plan: SitePlan) -> dict[str, Any]:
    """Return a site plan as its JSON document."""
    return {"schema": SCHEMA_VERSION, **_plain(plan)}


def load_report(document: object, name: str = "probe report") -> ProbeReport:
    """Check a report document and return it."""
    loaded = _checked(ReportSchema(), document, name)
    del loaded["changed"]
    return ProbeReport(
        **{
            **loaded,
            "plan": _plan(loaded["plan"]),
            "snapshots": tuple(_snapshot(raw) for raw in loaded["snapshots"]),
            "verdicts": tuple(Verdict(**raw) for raw in loaded["verdicts"]),
            "findings": tuple(_finding(raw) for raw in loaded["findings"]),
            "earlier": tuple(_snapshot(raw) for raw in loaded["earlier"]),
            "profiles": tuple(ProfileText(**raw) for raw in loaded["profiles"]),
        }
    )


def dump_report(report: ProbeReport) -> dict[str, Any]:
    """Return a report as its JSON document; load_report gives the same report back."""
    document = _plain(report)
    document["plan"] = dump_plan(report.plan)
    for key in ("snapshots", "earlier"):
        document[key] = [dump_snapshot(snapshot) for snapshot in getattr(report, key)]
    for key in ("earlier", "profiles", "versions"):  # absent from a report of a single round
        if not document[key]:
            del document[key]
    return document


def dump_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as its JSON document."""
    document = _plain(snapshot)
    if snapshot.diagnosis is None:  # only a snapshot that cannot be true has one
        del document["diagnosis"]
    return document


def _checked(schema: Strict, document: object, name: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise PlanFileError(f"{name}: a JSON object was expected.")
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        raise PlanFileError(f"{name}: {complaint(error)}.") from error
    return loaded


def _plain(value: object) -> dict[str, Any]:
    # a round trip through JSON turns tuples into lists, which is what every reader of the file will see
    document: dict[str, Any] = json.loads(json.dumps(asdict(value), allow_nan=False))  # type: ignore[call-overload]
    return document


def _plan(loaded: dict[str, Any]) -> SitePlan:
    values = {key: value for key, value in loaded.items() if key != "schema"}
    devices = tuple(
        PlannedDevice(**{**raw, **{key: tuple(raw[key]) for key in ("circuits", "approved_firmware")}})
        for raw in loaded["devices"]
    )
    return SitePlan(**{**values, "devices": devices})


def _check_tree(plan: SitePlan, name: str) -> None:
    tags = [device.tag for device in plan.devices]
    for tag in tags:
        if tags.count(tag) > 1:
            raise PlanFileError(f"{name}: the tag {tag} is given twice; every device needs its own.")
    parents = {device.tag: device.parent for device in plan.devices}
    for device in plan.devices:
        if device.parent is not None and device.parent not in parents:
            raise PlanFileError(
                f"{name}: {device.tag} has the parent {device.parent}, which is not in the plan."
            )
        seen, above = {device.tag}, device.parent
        while above is not None:
            if above in seen:
                raise PlanFileError(f"{name}: {device.tag} is its own ancestor; correct the parents.")
            seen.add(above)
            above = parents[above]


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
