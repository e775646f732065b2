"""Site plans as JSON: marshmallow schemas (unknown keys refused) and the way back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from marshmallow import ValidationError, fields, validate

from device_probe.model import Expectation, PlannedDevice, SitePlan
from device_probe.problems import PlanFileError
from device_probe.profile_schema import Strict, complaint

TAG = validate.Regexp(r"[A-Z0-9]+(-[A-Z0-9]+)*(\.[0-9]+)?\Z", error="is not a tag like PM1 or CH03.1")
# The upper end is far above any site; beyond it the arithmetic of registers ends.
POSITIVE = validate.Range(min=0, max=1_000_000, min_inclusive=False)
NOT_NEGATIVE = validate.Range(min=0, max=1_000_000)
LINKS = ("tcp", "rtu_tcp", "serial", "tls")
ROLES = ("main_meter", "group_meter", "station", "other")
LOADS = ("ev_charging", "general", "generation")
STANDARDS = ("en50160", "61000-2-4-class-2", "ieee519")
ORDER = validate.Regexp(r"h([2-9]|[1-9][0-9])\Z", error="is not an order like h5")
SCHEMA_VERSION = 1
#: Keys of later versions, left out where the plan has nothing to say.
LATER = ("isc_over_il", "voltage_standard", "grid_harmonics", "expected")
LATER_OF_DEVICE = ("resistance_ohm", "shared_ohm", "load")
ORDERS = ("harmonic_voltage_percent", "harmonic_current_a")


def _orders(within: validate.Validator) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=ORDER), values=fields.Float(validate=within), load_default=dict,
    )  # fmt: skip


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
    resistance_ohm = fields.Float(load_default=None, allow_none=True, validate=NOT_NEGATIVE)
    shared_ohm = fields.Float(load_default=None, allow_none=True, validate=NOT_NEGATIVE)
    load = fields.String(  # type: ignore[assignment] # marshmallow takes fields out of the class
        load_default=None, allow_none=True, validate=validate.OneOf(LOADS)
    )


class ExpectationSchema(Strict):
    """What the study expects at one meter."""

    current_a = fields.Float(required=True, validate=NOT_NEGATIVE)
    thd_voltage_percent = fields.Float(load_default=None, allow_none=True, validate=NOT_NEGATIVE)
    harmonic_voltage_percent = _orders(NOT_NEGATIVE)
    harmonic_current_a = _orders(NOT_NEGATIVE)
    source = fields.String(load_default="")


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
    isc_over_il = fields.Float(load_default=None, allow_none=True, validate=POSITIVE)
    voltage_standard = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STANDARDS))
    grid_harmonics = _orders(POSITIVE)
    expected = fields.Dict(
        keys=fields.String(validate=TAG), values=fields.Nested(ExpectationSchema), load_default=dict
    )


def load_plan(document: object, name: str = "site plan") -> SitePlan:
    """Check a site plan document and return it; PlanFileError names the first thing that is wrong."""
    plan = plan_of(checked(PlanSchema(), document, name))
    _check_tree(plan, name)
    return plan


def dump_plan(plan: SitePlan) -> dict[str, Any]:
    """Return a site plan as its JSON document."""
    document = {"schema": SCHEMA_VERSION, **plain(plan)}
    document["grid_harmonics"] = _named(plan.grid_harmonics)
    for tag, expected in plan.expected.items():
        document["expected"][tag] |= {key: _named(getattr(expected, key)) for key in ORDERS}
    for key in LATER:
        if not document[key]:
            del document[key]
    for device in document["devices"]:
        for key in LATER_OF_DEVICE:
            if device[key] is None:
                del device[key]
    return document


def checked(schema: Strict, document: object, name: str) -> dict[str, Any]:
    """Return a document as the schema loads it; PlanFileError names the first thing that is wrong."""
    if not isinstance(document, dict):
        raise PlanFileError(f"{name}: a JSON object was expected.")
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        raise PlanFileError(f"{name}: {complaint(error)}.") from error
    return loaded


def plain(value: object) -> dict[str, Any]:
    """Return a frozen value as JSON has it."""
    # a round trip through JSON turns tuples into lists, which is what every reader of the file will see
    document: dict[str, Any] = json.loads(json.dumps(asdict(value), allow_nan=False))  # type: ignore[call-overload]
    return document


def plan_of(loaded: dict[str, Any]) -> SitePlan:
    """Return a plan from what its schema loaded."""
    values = {key: value for key, value in loaded.items() if key != "schema"}
    devices = tuple(
        PlannedDevice(**{**raw, **{key: tuple(raw[key]) for key in ("circuits", "approved_firmware")}})
        for raw in loaded["devices"]
    )
    expected = {
        tag: Expectation(**{**raw, **{key: _numbered(raw[key]) for key in ORDERS}})
        for tag, raw in loaded["expected"].items()
    }
    orders = _numbered(loaded["grid_harmonics"])
    return SitePlan(**{**values, "devices": devices, "grid_harmonics": orders, "expected": expected})


def _named(orders: Mapping[int, float]) -> dict[str, float]:
    return {f"h{order}": value for order, value in orders.items()}


def _numbered(orders: Mapping[str, float]) -> dict[int, float]:
    return {int(name[1:]): value for name, value in orders.items()}


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
    for tag in plan.expected:
        if tag not in parents:
            raise PlanFileError(f"{name}: expected names {tag}, which is not in the plan.")
