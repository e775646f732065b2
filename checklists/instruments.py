"""Whether an instrument may answer an item on a day, and what it can show. Twin: core/instrument.ts."""

from dataclasses import dataclass
from decimal import Decimal

from checklists.model import Instrument, MeasuringRange, Value
from checklists.units import power_between
from checklists.words import ALSO


def kind_of(text: str) -> str:
    """Return a class of instrument as the templates write it; people write blanks for hyphens."""
    return "-".join(text.lower().split())


def does_for(kind: str, wanted: str) -> bool:
    """True when an instrument of one class does what another class is asked for."""
    given = kind_of(kind)
    return given == wanted or given in ALSO.get(wanted, ())


def why_not_valid(wanted: str, instrument: Instrument | None, day: str) -> str:
    """Return why a reading with this instrument decides nothing, in one sentence; "" when it counts."""
    name = wanted.replace("-", " ")
    if instrument is None:
        return f"Name the instrument: a reading counts only with a calibrated {name}."
    if not does_for(instrument.kind, wanted):
        return f"{instrument.id} is a {kind_of(instrument.kind).replace('-', ' ')}, needed is a {name}."
    if not day:
        return "The day of the test is not known, so the calibration can't be checked."
    if any(each.since <= day <= each.until for each in instrument.calibrations):
        return ""
    before = [each.until for each in instrument.calibrations if each.until < day]
    if before:
        return f"The calibration of {instrument.id} ran out on {max(before)}, before the test on {day}."
    return f"{instrument.id} has no calibration certificate for {day}."


@dataclass(frozen=True, slots=True)
class _Span:
    """A range of the instrument in the unit of the reading."""

    held: MeasuringRange
    low: Decimal | None
    high: Decimal | None
    step: Decimal | None

    def holds(self, number: Decimal) -> bool:
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)


def _spans(value: Value, instrument: Instrument) -> list[_Span]:
    """Return the ranges in the reading's quantity, those in its own unit first: loops are ohms too."""
    found = []
    for each in sorted(instrument.ranges, key=lambda it: it.unit != value.unit):
        power = power_between(each.unit, value.unit)
        if power is not None:
            ends = (each.lowest, each.highest, each.resolution)
            low, high, step = (None if end is None else Decimal(end).scaleb(power) for end in ends)
            found.append(_Span(each, low, high, step))
    return found


def out_of_range(value: Value, instrument: Instrument) -> str:
    """Return why the instrument can't have shown this; "" when it can, or when its range is not known."""
    # Off-scale at less than the end of the range is a smaller range of the tester: it can measure on.
    if value.decimal is None or value.bound:
        return ""
    number, spans = Decimal(value.decimal), _spans(value, instrument)
    if not spans or any(span.holds(number) for span in spans):
        return ""
    span, held = spans[0], spans[0].held
    if span.low is not None and number < span.low:
        return (
            f"{value.decimal} {value.unit} is less than {instrument.id} can show ({held.lowest} {held.unit})."
        )
    shown = f"{held.highest} {held.unit}"
    return f"{value.decimal} {value.unit} is more than {instrument.id} can show ({shown})."


def resolution_of(value: Value, instrument: Instrument) -> Decimal | None:
    """Return the smallest step that the instrument shows, in the reading's unit; None: not known."""
    if value.decimal is None:
        return None
    number = Decimal(value.decimal)
    return next((span.step for span in _spans(value, instrument) if span.holds(number)), None)
