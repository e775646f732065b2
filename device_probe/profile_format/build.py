"""A profile document without faults -> Profile."""

import math
from typing import Any

from device_probe.profile import (
    ANY_CONNECTOR,
    Identity,
    Point,
    Profile,
    SignFrom,
    Span,
    ValidWhen,
    WordOrderSetting,
)
from device_probe.profile_format.keys import SWAPPED
from device_probe.profile_format.point_rules import orders

AS_THEY_ARE = (
    "id", "vendor", "model", "kind", "phases", "transport", "default_unit_id", "default_port", "word_order",
    "max_gap", "connect_delay_ms", "min_gap_ms", "baud", "parity", "stop_bits", "confidence",
    "connector_unit_stride", "fc43", "connector_stride",
)  # fmt: skip
IF_GIVEN = (
    "even_start", "exact_reads", "whole_values", "zero_when_absent", "tables_alike", "single_client",
    "tid_zero_ok", "partial", "sunspec_model", "model_base",
)  # fmt: skip
OF_A_POINT = (
    "length", "unit", "scale", "offset", "access", "bits", "mask", "shift", "encoding", "basis",
    "scale_register", "ratio_register", "whole_below", "unit_id", "station", "byte_swap", "optional",
    "may_close", "retry_na", "value", "write_function", "conflict",
)  # fmt: skip


def build(device: dict[str, Any], digest: str) -> Profile:
    """Return the profile that a document without faults describes."""
    by_type = device.get("na_by_type", {})
    points = tuple(point for name, raw in device["points"].items() for point in _points(name, raw, by_type))
    strides = device["connector_stride"] or device["connector_unit_stride"]
    return Profile(
        points=points, digest=digest,
        identity=tuple(one for name, raw in device["identity"].items() for one in _identity(name, raw)),
        max_registers=device["max_registers_per_read"],
        forbidden=tuple(Span(gap["table"], gap["from_"], gap["to"]) for gap in device["forbidden_gaps"]),
        joint_reads=tuple(tuple(group) for group in device["joint_reads"]),
        unit_ids=tuple(device["unit_ids"]), ports=tuple(device["ports"]),
        connectors=device.get("connectors", ANY_CONNECTOR if strides else 1),
        word_order_setting=_setting(device.get("word_order_setting")),
        sign={str(key): str(value) for key, value in (device["sign"] or {}).items()},
        notes=tuple(device["notes"]), sources=tuple(device["sources"]),
        **{key: device[key] for key in AS_THEY_ARE},
        **{key: device[key] for key in IF_GIVEN if key in device},
    )  # fmt: skip


def _points(name: str, raw: dict[str, Any], by_type: dict[str, Any]) -> tuple[Point, ...]:
    if "address_of_h1" not in raw:
        return (_point(name, raw, raw["address"], by_type),)
    first, step = raw["address_of_h1"], 2 if raw.get("odd_only") else 1
    return tuple(
        _point(
            f"{name}_h{order}",
            {**raw, "unit": raw["h1_unit"]} if order == 1 and "h1_unit" in raw else raw,
            first + raw["stride"] * ((order - 1) // step),
            by_type,
        )
        for order in orders(raw)
    )


def _point(name: str, raw: dict[str, Any], address: int, by_type: dict[str, Any]) -> Point:
    enum = raw.get("enum") or {
        value: label for label, values in raw.get("enum_groups", {}).items() for value in values
    }
    na = _patterns(raw["na"] if "na" in raw else by_type.get(raw["type"]))
    return Point(
        quantity=name, table=raw["table"], address=address, type=raw["type"],
        na=na[0] if na else None, also_na=na[1:],
        enum={str(key): str(label) for key, label in enum.items()},
        fully_swapped=raw.get("byte_order") == SWAPPED,
        alone=raw.get("read_alone", False),
        safe_range=tuple(raw["safe_range"]) if "safe_range" in raw else None,
        sign_from=SignFrom(**raw["sign_from"]) if "sign_from" in raw else None,
        valid_when=_valid_when(raw.get("valid_when")),
        **{key: raw[key] for key in OF_A_POINT if key in raw},
    )  # fmt: skip


def _patterns(na: Any) -> tuple[float, ...]:
    if na is None:
        return ()
    found = na if isinstance(na, list) else [na]
    return tuple(math.nan if isinstance(pattern, str) else pattern for pattern in found)


def _valid_when(raw: dict[str, Any] | None) -> ValidWhen | None:
    return ValidWhen(raw["quantity"], tuple(raw["values"])) if raw else None


def _setting(raw: dict[str, Any] | None) -> WordOrderSetting | None:
    if not raw:
        return None
    point = Point("word_order_setting", raw["table"], raw["address"], raw["type"])
    return WordOrderSetting(point, raw.get("values", {}), raw.get("pattern"), raw.get("read_first", False))


def _identity(name: str, raw: dict[str, Any]) -> list[Identity]:
    values = {raw["value"]: ""} if "value" in raw else raw.get("values", {})
    between = tuple(raw["range"]) if "range" in raw else None
    return [
        Identity(
            name,
            Point(name, raw["table"], address, raw["type"], raw.get("length", 0), unit_id=raw.get("unit_id")),
            raw.get("contains"), values, between, raw.get("absent", False),
        )
        for address in (raw["address"], *raw.get("alternatives", []))
    ]  # fmt: skip
