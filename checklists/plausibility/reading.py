"""What one reading shows by itself: impossible, unusual, a time of nothing, finer than the instrument."""

from collections.abc import Iterator
from decimal import Decimal

from checklists.judge import judge
from checklists.model import Cell, Criterion, Expectation, Instrument, Item, ItemState, Value
from checklists.plausibility.doubt import Doubt, answered
from checklists.units import power_between

TIME_UNITS = frozenset({"µs", "ms", "s"})


def odd_reading(item: Item, state: ItemState, instrument: Instrument | None) -> Iterator[Doubt]:
    """Yield what is odd about the reading that counts at an item."""
    value = answered(state)
    if value is None:
        return
    if item.expect is not None and value.type == "measured":
        yield from _against(item, value, item.expect)
    yield from _zero_time(item, value)
    if instrument is not None and value.type == "measured":
        yield from _digits(item, value, instrument)


def _against(item: Item, value: Value, expect: Expectation) -> Iterator[Doubt]:
    """An impossible reading is not called unusual too."""
    way = _outside(item, value, expect.least, expect.most)
    if way:
        bound = f"at least {expect.least}" if way == "less" else f"at most {expect.most}"
        said = f"{_shown(value)} is {way} than can be here, {_with_unit(bound, item)}"
        yield Doubt(
            "impossible", item.key, (), f"{said} ({expect.source}): measure again, and check the tag."
        )
        return
    way = _outside(item, value, expect.low, expect.high)
    if way:
        said = f"{_shown(value)} is far {way} than expected here, {_expected(item, expect, way)}"
        yield Doubt("unusual", item.key, (), f"{said} ({expect.source}): measure again, and check the tag.")


def _outside(item: Item, value: Value, low: str | None, high: str | None) -> str:
    """Say "less" or "more" for a reading outside; judged as limits are, so units and off-scale are too."""
    unit = item.criterion.unit
    if low is None and high is None:
        return ""
    if judge(value, Criterion("range", low, high, unit)).verdict != "fail":
        return ""
    below = low is not None and judge(value, Criterion("range", low, None, unit)).verdict == "fail"
    return "less" if below else "more"


def _expected(item: Item, expect: Expectation, way: str) -> str:
    if expect.value is not None:
        return _with_unit(f"about {expect.value}", item)
    return _with_unit(f"at least {expect.low}" if way == "less" else f"at most {expect.high}", item)


def _with_unit(text: str, item: Item) -> str:
    return f"{text} {item.criterion.unit}".strip()


def _zero_time(item: Item, value: Value) -> Iterator[Doubt]:
    """A clock that agrees is 0 s off, but what an instrument times takes time."""
    if item.instrument is None or value.type not in ("measured", "table"):
        return
    parts: tuple[Value | Cell, ...] = (value, *value.cells)
    for part in parts:
        if part.unit in TIME_UNITS and part.decimal is not None and Decimal(part.decimal) <= 0:
            sentence = f"{_shown(part)} is no tripping or response time: measure again."
            yield Doubt("zero_time", item.key, (), sentence)
            return


def _digits(item: Item, value: Value, instrument: Instrument) -> Iterator[Doubt]:
    """Between the steps of every range that could have shown the reading; without a known step, silent."""
    if value.decimal is None or value.bound:
        return
    number = Decimal(value.decimal)
    steps = list(_steps(number, value.unit, instrument))
    known = [step for step in steps if step is not None]
    if not known or len(known) < len(steps) or any(number % step == 0 for step in known):
        return
    shows = f"{min(known):f} {value.unit}".strip()
    sentence = (
        f"{_shown(value)} has more digits than the instrument named here shows, which goes in steps of "
        f"{shows}: write what it shows, and check which instrument it was."
    )
    yield Doubt("digits", item.key, (), sentence)


def _steps(number: Decimal, unit: str, instrument: Instrument) -> Iterator[Decimal | None]:
    """Yield the step of each range that reaches the reading, in the reading's unit; None: not known."""
    for each in instrument.ranges:
        power = power_between(each.unit, unit)
        if power is None or (each.lowest is not None and number < Decimal(each.lowest).scaleb(power)):
            continue
        if each.highest is None or number <= Decimal(each.highest).scaleb(power):
            yield None if each.resolution is None else Decimal(each.resolution).scaleb(power)


def _shown(value: Value | Cell) -> str:
    sign = {"": "", "above": ">", "below": "<"}[value.bound]
    return f"{sign}{value.decimal} {value.unit}".strip()
