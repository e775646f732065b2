"""Readings as typed -> values, and values against criteria. The TypeScript twin is held by tests/vectors.

Policy for numbers: digits with at most one comma or point, an optional sign, ``>`` or ``<`` in front when
the tester was off-scale. Thousands separators, exponents, units and digits of other scripts are refused. One
separator followed by exactly three digits ("1.234") is ambiguous and refused, except with a zero in front
("0.437") or in the units where testers show three decimals.
"""

import re
from decimal import Decimal

from checklists.errors import ReadingError
from checklists.model import Criterion, Judgement, Value

#: Blanks that a paste may leave around a number; spelled out because languages disagree on "white space".
BLANKS = " \t\u00a0\u202f"
#: Testers show three decimals in these units, and a thousand of them is no reading that could be meant.
THREE_DECIMAL_UNITS = frozenset({"Ω", "kΩ", "kA", "%", "s"})
MAX_DIGITS = 15
MAX_LENGTH = 40

_NUMBER = re.compile(r"([<>]?)[ \u00a0\u202f]*([+\-\u2212]?)([0-9]*)(?:([.,])([0-9]+))?")
_SEPARATED = re.compile(r"[<>]?[ ]*[+\-\u2212]?[0-9]+(?:[.,'’ \u00a0\u202f][0-9]+)+")
_BOUNDS: dict[str, str] = {"": "", ">": "above", "<": "below"}


def parse_value(raw: str, unit: str) -> Value:
    """Return the measured value of a text as typed; ReadingError says what to write instead."""
    text = raw.strip(BLANKS)
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


def limit_text(criterion: Criterion) -> str:
    """Return the limit as printed beside a reading: "≤ 0.95 Ω", "207 to 253 V", "yes"; "" without one."""
    unit = f" {criterion.unit}" if criterion.unit else ""
    low, high = criterion.minimum, criterion.maximum
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    if low is not None:
        return f"≥ {low}{unit}"
    if high is not None:
        return f"≤ {high}{unit}"
    return " or ".join(criterion.values)


def judge(value: Value | None, criterion: Criterion) -> Judgement:
    """Return the verdict on a value with the sentence that explains it."""
    if value is None:
        return Judgement("none", "Nothing is recorded yet.")
    if criterion.kind == "range":
        return _judge_range(value, criterion)
    if criterion.kind in ("equals", "one_of"):
        return _judge_choice(value, criterion)
    if criterion.kind == "present":
        return Judgement("pass", "It is recorded.")
    return Judgement("none", _NOT_BY_VALUE[criterion.kind])


_NOT_BY_VALUE = {
    "photo": "This is answered by a photo.",
    "signature": "This is answered by a signature.",
    "probe": "This is answered by a probe run.",
}


def _judge_choice(value: Value, criterion: Criterion) -> Judgement:
    if value.raw in criterion.values:
        return Judgement("pass", f"“{value.raw}” meets the requirement.")
    return Judgement("fail", f"“{value.raw}” is recorded, required is {limit_text(criterion)}.")


def _judge_range(value: Value, criterion: Criterion) -> Judgement:
    if value.type != "measured" or value.decimal is None:
        return Judgement("inconclusive", f"“{value.raw}” is not a reading.")
    if value.unit != criterion.unit:
        return Judgement("inconclusive", _other_unit(value.unit, criterion.unit))
    limit = limit_text(criterion)
    verdict = _compare(value, criterion)
    if not limit:
        return Judgement("pass", "It is recorded.")
    if verdict is None:
        return Judgement(
            "inconclusive",
            f"{_shown(value)} can't be judged against {limit}: measure on a range that shows the value.",
        )
    return (
        Judgement("pass", f"{_shown(value)} is within {limit}.")
        if verdict
        else Judgement("fail", f"{_shown(value)} is outside {limit}.")
    )


def _compare(value: Value, criterion: Criterion) -> bool | None:
    """True inside, False outside, None undecidable: the true value is somewhere beyond the tester's range."""
    number = Decimal(value.decimal or "")
    low = None if criterion.minimum is None else Decimal(criterion.minimum)
    high = None if criterion.maximum is None else Decimal(criterion.maximum)
    if value.bound == "above":
        return _beyond(high is not None and number >= high, high is None and (low is None or number >= low))
    if value.bound == "below":
        return _beyond(low is not None and number <= low, low is None and (high is None or number <= high))
    return (low is None or number >= low) and (high is None or number <= high)


def _beyond(outside: bool, inside: bool) -> bool | None:
    return False if outside else True if inside else None


def _shown(value: Value) -> str:
    sign = {"": "", "above": ">", "below": "<"}[value.bound]
    return f"{sign}{value.decimal} {value.unit}".strip()


def _other_unit(unit: str, wanted: str) -> str:
    has = f"is in {unit}" if unit else "has no unit"
    return f"The reading {has}; record it {f'in {wanted}' if wanted else 'without a unit'}."
