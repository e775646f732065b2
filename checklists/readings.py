"""Readings as typed -> values. The TypeScript twin is held by tests/vectors.

Policy for numbers: digits with at most one comma or point, an optional sign, ``>`` or ``<`` in front when
the tester was off-scale, and behind it, if at all, a unit of the quantity asked for ("500 kΩ" where MΩ are).
Thousands separators, exponents and digits of other scripts are refused. One separator followed by exactly
three digits ("1.234") is ambiguous and refused, except with a zero in front ("0.437") or in the units where
testers show three decimals.
"""

import re

from checklists.errors import ReadingError
from checklists.model import Value
from checklists.units import checked_unit

#: Blanks that a paste may leave around a number; spelled out because languages disagree on "white space".
BLANKS = " \t\u00a0\u202f"
#: Testers show three decimals in these units, and a thousand of them is no reading that could be meant.
THREE_DECIMAL_UNITS = frozenset({"Ω", "kΩ", "kA", "%", "s"})
MAX_DIGITS = 15
MAX_LENGTH = 40

_NUMBER = re.compile(r"([<>]?)[ \u00a0\u202f]*([+\-\u2212]?)([0-9]*)(?:([.,])([0-9]+))?")
_SEPARATED = re.compile(r"[<>]?[ ]*[+\-\u2212]?[0-9]+(?:[.,'’ \u00a0\u202f][0-9]+)+")
_WITH_UNIT = re.compile(
    r"([<>]?[ \u00a0\u202f]*[+\-\u2212]?[0-9.,]*[0-9])[ \u00a0\u202f]*"
    r"([A-Za-z\u00b5\u03bc\u03a9\u2126\u00b0%]{1,8})"
)
_BOUNDS: dict[str, str] = {"": "", ">": "above", "<": "below"}


def parse_value(raw: str, unit: str) -> Value:
    """Return the measured value of a text as typed; ReadingError says what to write instead.

    ``unit`` is the one asked for; the value has the one that was typed, if any.
    """
    text = raw.strip(BLANKS)
    typed = _WITH_UNIT.fullmatch(text)
    if typed is not None:
        text, unit = typed[1], checked_unit(typed[2], unit)
    if not text:
        raise ReadingError("Enter a reading.")
    if len(text) > MAX_LENGTH:
        raise ReadingError(f"A reading has at most {MAX_DIGITS} digits.")
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[3] or match[5]):
        raise ReadingError(_why_not(text))
    sign, whole, fraction = match[2], match[3], match[5] or ""
    if len(whole) + len(fraction) > MAX_DIGITS:
        raise ReadingError(f"A reading has at most {MAX_DIGITS} digits.")
    if _ambiguous(whole, fraction, unit):
        thousands, decimals = f"{whole}{fraction}", f"{whole}.{fraction}"
        raise ReadingError(f"“{text}” may mean {thousands} or {decimals}: write {thousands} or {decimals}0.")
    decimal = _decimal(sign, whole, fraction)
    return Value("measured", raw, decimal, unit, _BOUNDS[match[1]])  # type: ignore[arg-type]


def _why_not(text: str) -> str:
    if _SEPARATED.fullmatch(text):
        return f"“{text}” has a thousands separator: write only the digits and one decimal comma or point."
    return (
        f"“{text}” is not a number: write digits with at most one comma or point, and > or < when off-scale."
    )


def _ambiguous(whole: str, fraction: str, unit: str) -> bool:
    grouped = len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return grouped and unit not in THREE_DECIMAL_UNITS


def _decimal(sign: str, whole: str, fraction: str) -> str:
    """Keep the decimals as typed (they show the resolution), drop leading zeros and the sign of zero."""
    digits = (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    negative = sign in ("-", "\u2212") and digits.strip("0.") != ""
    return f"-{digits}" if negative else digits
