"""Values against criteria, and against the instrument they were read with. Twin: core/judge.ts.

Limits are inclusive. A reading that is coarser than the last significant digit of a limit is taken for what
it may be within half of its own last digit; when that crosses the limit nobody can tell (decision 0010).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from checklists.instruments import out_of_range, resolution_of, why_not_valid
from checklists.model import Cell, Column, Criterion, Instrument, Item, Judgement, Value
from checklists.units import power_between


def limit_text(criterion: Criterion) -> str:
    """Return the limit as printed beside a reading: "≤ 0.95 Ω", "207 to 253 V", "yes"; "" without one."""
    if criterion.minimum is not None or criterion.maximum is not None:
        return _range_text(criterion)
    if criterion.kind == "table":
        return "; ".join(f"{each.title} {limit_text(each.criterion)}".strip() for each in criterion.columns)
    if criterion.kind == "document":
        return "valid on the day of the work" if criterion.expires == "required" else ""
    return " or ".join(criterion.values)


def _range_text(criterion: Criterion) -> str:
    unit = f" {criterion.unit}" if criterion.unit else ""
    low, high = criterion.minimum, criterion.maximum
    if low is None:
        return f"≤ {high}{unit}"
    if high is None:
        return f"≥ {low}{unit}"
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def judge(value: Value | None, criterion: Criterion, *, day: str = "") -> Judgement:
    """Return the verdict on a value with the sentence that explains it.

    ``day`` is that of the work, ISO 8601, "" when it is not known; documents are judged by it.
    """
    if value is None:
        return Judgement("none", "Nothing is recorded yet.")
    if criterion.kind == "range":
        return _judge_range(value, criterion, None)
    if criterion.kind in ("equals", "one_of"):
        return _judge_choice(value.raw, criterion)
    if criterion.kind == "present":
        return Judgement("pass", "It is recorded.")
    if criterion.kind == "table":
        return _judge_table(value, criterion, None)
    if criterion.kind == "document":
        return _judge_document(value, criterion, day)
    return Judgement("none", _NOT_BY_VALUE[criterion.kind])


def judge_item(
    value: Value | None, item: Item, *, day: str = "", instrument: Instrument | None = None
) -> Judgement:
    """Return the verdict on a value at an item, the instrument included.

    A reading, or a row of readings, counts only with an instrument of the right class whose calibration holds
    on the day of the work, and only as finely and as far as that instrument can show it.
    """
    kind = item.criterion.kind
    if value is None or item.instrument is None or kind not in ("range", "table"):
        return judge(value, item.criterion, day=day)
    if kind == "range":
        found = _judge_range(value, item.criterion, instrument)
    else:
        found = _judge_table(value, item.criterion, instrument)
    why = why_not_valid(item.instrument, instrument, day)
    if not why:
        return found
    if found.verdict == "fail":
        why = f"{why} The reading itself fails: {found.reason}"
    return Judgement("inconclusive", why)


_NOT_BY_VALUE = {
    "photo": "This is answered by a photo.",
    "signature": "This is answered by a signature.",
    "probe": "This is answered by a probe run.",
}


def _judge_choice(raw: str, criterion: Criterion) -> Judgement:
    if raw in criterion.values:
        return Judgement("pass", f"“{raw}” meets the requirement.")
    return Judgement("fail", f"“{raw}” is recorded, required is {limit_text(criterion)}.")


def _judge_document(value: Value, criterion: Criterion, day: str) -> Judgement:
    if not value.expires:
        if criterion.expires == "required":
            return Judgement("inconclusive", "Say until which day it holds.")
        return Judgement("pass", "It is recorded.")
    if not _is_day(value.expires):
        return Judgement("inconclusive", f"{value.expires} is not a day.")
    if not _is_day(day):
        return Judgement("inconclusive", "The day of the work is not known.")
    if value.expires < day:
        return Judgement("fail", f"It ran out on {value.expires}, before the day of the work ({day}).")
    return Judgement("pass", f"It holds until {value.expires}.")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _judge_table(value: Value, criterion: Criterion, instrument: Instrument | None) -> Judgement:
    """The worst column decides: a fail before what can't be decided before a pass."""
    if value.type != "table":
        return Judgement("inconclusive", f"“{value.raw}” is not a row of readings.")
    cells = {cell.column: cell for cell in value.cells}
    unknown = next((each for each in cells if each not in {it.id for it in criterion.columns}), None)
    judged = [
        (column, _judge_cell(cells.get(column.id), column, instrument))
        for column in criterion.columns
        if column.id in cells or not column.optional
    ]
    for verdict in ("fail", "inconclusive"):
        for column, found in judged:
            if found.verdict == verdict:
                return Judgement(found.verdict, f"{column.title}: {found.reason}")
    if unknown is not None:
        return Judgement("inconclusive", f"There is no column {unknown} here.")
    return Judgement("pass", "Every column is good.")


def _judge_cell(cell: Cell | None, column: Column, instrument: Instrument | None) -> Judgement:
    if cell is None:
        return Judgement("inconclusive", "nothing is recorded.")
    kind = column.criterion.kind
    if kind == "range":
        type_ = "choice" if cell.decimal is None else "measured"
        value = Value(type_, cell.raw, cell.decimal, cell.unit, cell.bound)  # type: ignore[arg-type]
        return _judge_range(value, column.criterion, instrument)
    if kind in ("equals", "one_of"):
        return _judge_choice(cell.raw, column.criterion)
    return Judgement("pass", "It is recorded.")


@dataclass(frozen=True, slots=True)
class _Limits:
    """The limits of a range as numbers, with the power of ten of each one's last significant digit."""

    low: Decimal | None
    high: Decimal | None
    low_digit: int
    high_digit: int
    text: str


@lru_cache(maxsize=8192)
def _limits(minimum: str | None, maximum: str | None, unit: str) -> _Limits:
    low = None if minimum is None else Decimal(minimum)
    high = None if maximum is None else Decimal(maximum)
    text = limit_text(Criterion("range", minimum=minimum, maximum=maximum, unit=unit))
    return _Limits(low, high, _last_digit(low), _last_digit(high), text)


def _last_digit(number: Decimal | None) -> int:
    """Trailing zeros are no digits of a limit, but no limit is coarser than its unit."""
    if number is None:
        return 0
    exponent = number.normalize().as_tuple().exponent
    return min(exponent, 0) if isinstance(exponent, int) else 0


def _judge_range(value: Value, criterion: Criterion, instrument: Instrument | None) -> Judgement:
    if value.type != "measured" or value.decimal is None:
        return Judgement("inconclusive", f"“{value.raw}” is not a reading.")
    power = 0 if value.unit == criterion.unit else power_between(value.unit, criterion.unit)
    if power is None:
        return Judgement("inconclusive", _other_unit(value.unit, criterion.unit))
    limits = _limits(criterion.minimum, criterion.maximum, criterion.unit)
    if instrument is not None and (beyond := out_of_range(value, instrument)):
        return Judgement("inconclusive", beyond)
    if not limits.text:
        return Judgement("pass", "It is recorded.")
    number = Decimal(value.decimal)
    step = _step(value.decimal, power, resolution_of(value, instrument) if instrument else None)
    if power:
        number = number.scaleb(power)
    return _compared(number, step, value, limits)


def _step(decimal: str, power: int, resolution: Decimal | None) -> Decimal:
    """How far one reading lies from the next, in the criterion's unit: as typed, or as the instrument can."""
    point = decimal.find(".")
    typed = _TEN[power - (len(decimal) - point - 1 if point >= 0 else 0)]
    if resolution is None:
        return typed
    return max(typed, resolution.scaleb(power))


_TEN = {power: Decimal(1).scaleb(power) for power in range(-40, 41)}


def _compared(number: Decimal, step: Decimal, value: Value, limits: _Limits) -> Judgement:
    low, high = limits.low, limits.high
    if value.bound:
        return _worded(_beyond(number, value.bound, low, high), value, limits)
    if (low is not None and number < low) or (high is not None and number > high):
        return Judgement("fail", f"{shown(value)} is outside {limits.text}.")
    coarse_low = low is not None and step > _TEN[limits.low_digit] and number - step / 2 < low
    coarse_high = high is not None and step > _TEN[limits.high_digit] and number + step / 2 > high
    if coarse_low or coarse_high:
        return Judgement(
            "inconclusive", f"{shown(value)} is too coarse for {limits.text}: record one more digit."
        )
    return Judgement("pass", f"{shown(value)} is within {limits.text}.")


def _worded(inside: bool | None, value: Value, limits: _Limits) -> Judgement:
    if inside is None:
        reason = (
            f"{shown(value)} can't be judged against {limits.text}: measure on a range that shows the value."
        )
        return Judgement("inconclusive", reason)
    if inside:
        return Judgement("pass", f"{shown(value)} is within {limits.text}.")
    return Judgement("fail", f"{shown(value)} is outside {limits.text}.")


def _beyond(number: Decimal, bound: str, low: Decimal | None, high: Decimal | None) -> bool | None:
    """True inside, False outside, None undecidable: the true value is somewhere beyond the tester's range."""
    if bound == "above":
        if high is not None:
            return False if number >= high else None
        return True if low is None or number >= low else None
    if low is not None:
        return False if number <= low else None
    return True if high is None or number <= high else None


def shown(value: Value) -> str:
    """Return a reading as people read it: ">999 MΩ"."""
    sign = "" if not value.bound else ">" if value.bound == "above" else "<"
    return f"{sign}{value.decimal} {value.unit}" if value.unit else f"{sign}{value.decimal}"


def _other_unit(unit: str, wanted: str) -> str:
    has = f"is in {unit}" if unit else "has no unit"
    return f"The reading {has}; record it {f'in {wanted}' if wanted else 'without a unit'}."
