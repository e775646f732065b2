"""Figures for the story: near what is expected, inside the limit, different at each tag."""

import hashlib
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from checklists.readings import THREE_DECIMAL_UNITS

#: Where a reading lies between its limits, or around what is expected.
_FIRST, _SPAN = Decimal("0.55"), Decimal("0.3")
_DIGITS = 3
_MEGOHM = "MΩ"


def spread(key: str) -> Decimal:
    """Return a number from 0 to 1 that is always the same for an item: readings differ, runs don't."""
    return Decimal(int(hashlib.sha256(key.encode()).hexdigest()[:6], 16)) / Decimal(0xFFFFFF)


def measured(number: Decimal, unit: str) -> dict[str, Any]:
    """Return a measured value as the tablet would send it, typed with a decimal comma."""
    text = format(number, "f")
    return {"type": "measured", "raw": text.replace(".", ","), "decimal": text, "unit": unit, "bound": ""}


def reading_inside(
    key: str,
    criterion: Mapping[str, Any],
    expect: Mapping[str, Any] | None = None,
    around: Decimal | None = None,
) -> Decimal:
    """Return a reading that meets a range: around a figure, or around what is expected if anything is."""
    low, high = _decimal(criterion.get("minimum")), _decimal(criterion.get("maximum"))
    unit, share = str(criterion.get("unit", "")), spread(key)
    bottom, top = _believable(low, high, expect or {})
    centre = around if around is not None else _decimal((expect or {}).get("value"))
    if centre is None:
        number = _between(share, bottom, top, unit)
    else:
        number = _inside(centre * (Decimal("0.97") + share * Decimal("0.06")), bottom, top)
    # The limit has the last word, and rounding never crosses it.
    return _rounded(_inside(number, low, high), low, high, unit)


def read_off(text: str, criterion: Mapping[str, Any]) -> Decimal:
    """Return a figure as it is read off, no further than the limits let it."""
    return _inside(Decimal(text), _decimal(criterion.get("minimum")), _decimal(criterion.get("maximum")))


def reading_outside(criterion: Mapping[str, Any]) -> Decimal | None:
    """Return a reading that misses a range; None where every reading meets it."""
    low, high = _decimal(criterion.get("minimum")), _decimal(criterion.get("maximum"))
    unit = str(criterion.get("unit", ""))
    if high is not None:
        beyond = high * Decimal("1.35") if high > 0 else high + 1
        return _rounded(beyond, high, None, unit)
    if low is not None:
        short = low * Decimal("0.4") if low > 0 else low - 1
        return _rounded(short, None, low, unit)
    return None


def _decimal(text: object) -> Decimal | None:
    return None if text is None else Decimal(str(text))


def _believable(
    low: Decimal | None, high: Decimal | None, expect: Mapping[str, Any]
) -> tuple[Decimal | None, Decimal | None]:
    """Return the limits drawn in to what is neither odd nor impossible."""
    bottom = [low, *(_decimal(expect.get(name)) for name in ("low", "least"))]
    top = [high, *(_decimal(expect.get(name)) for name in ("high", "most"))]
    return (
        max((each for each in bottom if each is not None), default=None),
        min((each for each in top if each is not None), default=None),
    )


def _between(share: Decimal, low: Decimal | None, high: Decimal | None, unit: str) -> Decimal:
    if low is not None and high is not None:
        return low + (high - low) * (Decimal("0.3") + share * Decimal("0.4"))
    if high is not None:
        return high * (_FIRST + share * _SPAN) if high > 0 else high - 1 - share
    if low is None:
        return Decimal(1) + share * 8
    if unit == _MEGOHM:  # new cables insulate a hundredfold better than they must
        return low * (Decimal(120) + share * Decimal(600))
    return low * (Decimal("1.1") + share * _SPAN) if low > 0 else low + 1 + share


def _inside(number: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    if low is not None and number < low:
        number = low
    return high if high is not None and number > high else number


def _rounded(number: Decimal, low: Decimal | None, high: Decimal | None, unit: str) -> Decimal:
    """Round to as many digits as instruments show, and to those of the limits; stay between the limits."""
    step = Decimal(1).scaleb(-_places(number, low, high, unit))
    shown = number.quantize(step, ROUND_HALF_EVEN)
    if low is not None and shown < low:
        shown += step
    return shown - step if high is not None and shown > high else shown


def _places(number: Decimal, low: Decimal | None, high: Decimal | None, unit: str) -> int:
    places = max(0, _DIGITS - 1 - number.adjusted()) if number else 1
    limits = [-int(each.as_tuple().exponent) for each in (low, high) if each is not None]
    places = max(places, *limits) if limits else places
    # "1.234" may mean a thousand of most units: nobody types it.
    ambiguous = places == 3 and abs(number) >= 1 and unit not in THREE_DECIMAL_UNITS
    return 2 if ambiguous else places
