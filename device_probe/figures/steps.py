"""A load step as series over time: made of the holds of a run. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from device_probe.figures.drawing import spoken
from device_probe.load_step.steps import METERS, Hold, Round, powers
from device_probe.model import PlannedDevice, SitePlan

NAMED = 4  # stations named in the words of a step


@dataclass(frozen=True, slots=True)
class StepSeries:
    """What one meter showed; None: not read at that moment."""

    name: str
    unit: str
    values: tuple[float | None, ...]

    @property
    def known(self) -> list[float]:
        """Return what was read."""
        return [value for value in self.values if value is not None]


@dataclass(frozen=True, slots=True)
class StepMark:
    """One step: when, and what was done in a few words."""

    at_s: float
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One test load, and from when to when it was lowered."""

    name: str
    lowered: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class StepPlot:
    """Times in seconds from the beginning, one value of each series for each."""

    title: str
    times_s: tuple[float, ...]
    series: tuple[StepSeries, ...]
    steps: tuple[StepMark, ...] = ()
    strips: tuple[Strip, ...] = ()

    @property
    def span_s(self) -> float:
        """Return how long it took."""
        return max(self.times_s[-1] - self.times_s[0], 1e-9) if self.times_s else 1.0

    def change(self, series: StepSeries, number: int) -> float | None:
        """Return by how much a series differs between just before a step and just before the next one."""
        ends = [mark.at_s for mark in self.steps[number + 1 : number + 2]] or [self.times_s[-1] + 1]
        start, end = self.steps[number].at_s, ends[0]
        pairs = list(zip(self.times_s, series.values, strict=True))
        before = [value for at, value in pairs if at < start and value is not None]
        after = [value for at, value in pairs if start <= at < end and value is not None]
        return after[-1] - before[-1] if before and after else None

    @property
    def spoken(self) -> str:
        """Return the text alternative: what each step did to each meter."""
        said = []
        for number, mark in enumerate(self.steps):
            moved = ", ".join(
                f"{each.name} {change:+.3g} {each.unit}"
                for each in self.series
                if (change := self.change(each, number)) is not None
            )
            said.append(f"step {number + 1} at {mark.at_s:.0f} s, {mark.words}: {moved or 'not read'}")
        return spoken(said) or "No step was made."


def plot_of(plan: SitePlan, holds: Sequence[Hold], tests: Iterable[str]) -> StepPlot:
    """Return the power of every meter, and when each test load was lowered."""
    rounds = [each for hold in holds for each in hold.rounds]
    begin = rounds[0].at_s if rounds else 0.0
    ordered = [tag for tag in (d.tag for d in plan.devices) if tag in set(tests)]
    nominal = plan.voltage_v / math.sqrt(3)
    return StepPlot(
        f"Load step at {plan.name}",
        tuple(each.at_s - begin for each in rounds),
        tuple(_series(device, rounds, nominal) for device in plan.devices if device.role in METERS),
        tuple(_marks(holds, begin)),
        tuple(Strip(tag, _lowered(tag, holds, begin)) for tag in ordered),
    )


def _series(device: PlannedDevice, rounds: Sequence[Round], nominal: float) -> StepSeries:
    values: list[float | None] = []
    for each in rounds:
        sample = each.samples.get(device.tag)
        known = [] if sample is None else [p.real for p in powers(sample, nominal)[0] if p is not None]
        values.append(sum(known) / 1000 if known else None)
    return StepSeries(device.tag, "kW", tuple(values))


def _marks(holds: Sequence[Hold], begin: float) -> Iterable[StepMark]:
    before: frozenset[str] = frozenset()
    for hold in holds:
        if hold.lowered != before and hold.rounds:
            yield StepMark(hold.rounds[0].at_s - begin, _words(before, hold.lowered))
            before = hold.lowered


def _words(before: frozenset[str], now: frozenset[str]) -> str:
    if not now:
        return "all as they were"
    down, up = sorted(now - before), sorted(before - now)
    said = [f"{_named(down)} lowered"] if down else []
    return ", ".join([*said, *([f"{_named(up)} as before"] if up else [])])


def _named(tags: Sequence[str]) -> str:
    more = len(tags) - NAMED
    return ", ".join(tags[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _lowered(tag: str, holds: Sequence[Hold], begin: float) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    known = [hold for hold in holds if hold.rounds]
    for place, hold in enumerate(known):
        if tag not in hold.lowered:
            continue
        end = known[place + 1].rounds[0].at_s if place + 1 < len(known) else hold.rounds[-1].at_s
        start = hold.rounds[0].at_s
        if found and abs(found[-1][1] - (start - begin)) < 1e-9:
            found[-1] = (found[-1][0], end - begin)
        else:
            found.append((start - begin, end - begin))
    return tuple(found)
