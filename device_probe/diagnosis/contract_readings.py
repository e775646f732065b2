"""The readings of one sample in a file, checked: quantity to value, or the list of a snapshot."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from device_probe.diagnosis.evidence import Value

QUANTITY = re.compile(r"[a-z0-9_]{1,80}")
UNUSABLE = ("unreadable", "not_available", "suspect")


def values_of(raw: object, path: str) -> dict[str, Value]:
    """Return quantity -> value; ValidationError names what is none, and where."""
    if isinstance(raw, list):
        raw = _listed(raw, path)
    if not isinstance(raw, dict):
        raise ValidationError({path: ["quantity -> value, or a list of readings, was expected"]})
    for quantity, value in raw.items():
        if not isinstance(quantity, str) or not QUANTITY.fullmatch(quantity):
            raise ValidationError({path: [f"{quantity!r:.60} is no name of a quantity"]})
        if isinstance(value, bool | dict):
            raise ValidationError({f"{path}.{quantity}": ["a number, a text or null was expected"]})
    return {q: v if isinstance(v, int | float | str) else None for q, v in raw.items()}


def units_of(raw: object) -> dict[str, str]:
    """Return the units of single orders, which the list of a snapshot tells; a mapping is canonical."""
    listed = raw if isinstance(raw, list) else []
    return {each["quantity"]: str(each["unit"]) for each in listed if each.get("unit")}


def _listed(raw: list[Any], path: str) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    try:
        for each in raw:
            if each["quantity"] in found:
                raise ValidationError({path: [f"{each['quantity']!r:.60} is told twice; tell it once"]})
            found[each["quantity"]] = _usable(each)
    except (TypeError, KeyError) as error:
        raise ValidationError({path: ["a list of readings with quantity and value was expected"]}) from error
    return found


def _usable(reading: Mapping[str, Any]) -> Any:
    return None if reading.get("problem") in UNUSABLE else reading["value"]
