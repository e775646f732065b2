"""What a careful contractor would enter: a plausible reading inside the limit, a choice, a signature."""

import hashlib
from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

# A pen stroke that reads as a signature, in canvas pixels.
STROKES = [
    [[20, 90], [34, 40], [48, 22], [58, 40], [46, 84], [40, 104], [60, 72], [84, 60], [96, 78], [110, 60]],
    [[118, 78], [132, 56], [146, 78], [160, 52], [176, 80], [204, 60], [236, 74], [300, 62], [352, 70]],
]


def spread(key: str) -> Decimal:
    """Return a number from 0 to 1 that is always the same for an item: readings differ, runs don't."""
    return Decimal(int(hashlib.sha256(key.encode()).hexdigest()[:6], 16)) / Decimal(0xFFFFFF)


def measured(number: Decimal, unit: str) -> dict[str, Any]:
    """Return a measured value as the tablet would send it, typed with a decimal comma."""
    text = format(number, "f")
    return {"type": "measured", "raw": text.replace(".", ","), "decimal": text, "unit": unit, "bound": ""}


def good_value(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value that meets the item's criterion."""
    criterion = item["criterion"]
    kind = criterion["kind"]
    if kind == "range":
        return _in_range(item["key"], criterion)
    if kind in ("equals", "one_of"):
        return {"type": "choice", "raw": criterion["values"][0]}
    return {"type": "text", "raw": _text(item)}


def bad_value(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value that misses the item's criterion."""
    criterion = item["criterion"]
    if criterion["kind"] != "range":
        return {"type": "choice", "raw": "no"}
    high, low = criterion.get("maximum"), criterion.get("minimum")
    if high is not None:
        return measured(_places(Decimal(high) * Decimal("1.35"), high), criterion["unit"])
    return measured(_places(Decimal(low) * Decimal("0.4"), low), criterion["unit"])


def signature(statement: str, name: str, digest: str) -> dict[str, Any]:
    """Return the body of a signature operation."""
    return {"statement": statement, "name": name, "digest": digest, "strokes": STROKES}


def _in_range(key: str, criterion: Mapping[str, Any]) -> dict[str, Any]:
    share = spread(key)
    low: str | None = criterion.get("minimum")
    high: str | None = criterion.get("maximum")
    if low is None:
        high = high or "1"
        number = _places(Decimal(high) * (Decimal("0.55") + share * Decimal("0.3")), high)
    elif high is None:
        number = (Decimal(low) * (Decimal(120) + share * Decimal(600))).quantize(Decimal(1))
    else:
        span = Decimal(high) - Decimal(low)
        number = _places(Decimal(low) + span * (Decimal("0.3") + share * Decimal("0.4")), high)
    return measured(number, criterion.get("unit", ""))


def _places(number: Decimal, like: str) -> Decimal:
    """Round down to the places of the limit, with at least two significant digits left."""
    places = max(-int(Decimal(like).as_tuple().exponent), 0)
    while number and abs(number.quantize(Decimal(1).scaleb(-places), ROUND_DOWN)) < Decimal(10).scaleb(
        -places
    ):
        places += 1
    return number.quantize(Decimal(1).scaleb(-places), ROUND_DOWN)


def _text(item: Mapping[str, Any]) -> str:
    if "firmware" in item["step"]:
        return "6.5.0-4214"
    if item["limit_text"].startswith("name "):
        return "Klaus Hartmann"
    if "serial" in item["step"]:
        return f"ACE{int(spread(item['key']) * 899999) + 100000}"
    return "Checked on site, as drawn."
