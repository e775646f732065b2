"""A load step from the first look to the last value restored."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from device_probe.bus import Bus, now_text
from device_probe.load_step.follow import TOLERANCE_A, arrived, fell_back, followed
from device_probe.load_step.journal import Journal, Journals
from device_probe.load_step.judge import judge_load_step
from device_probe.load_step.observe import Observer
from device_probe.load_step.program import Order, State, program
from device_probe.load_step.result import FollowResult, LoadStepResult
from device_probe.load_step.setpoint import (
    Obstacle,
    SetPoint,
    lowering,
    quantities_before,
)
from device_probe.load_step.steps import Hold
from device_probe.load_step.together import all_of, undisturbed
from device_probe.load_step.writer import Writer
from device_probe.model import PlannedDevice, SitePlan
from device_probe.problems import BusError, ProbeError, RefusedError
from device_probe.read import profiles_of, read_on

FALL_BACK_MARGIN_S = 10.0
CHANCES, BETWEEN_CHANCES_S = 3, 1.0


class Clock(Protocol):
    """What time it is, and waiting; a test may bring its own."""

    def now(self) -> float:
        """Return seconds that nobody sets."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class RealClock:
    """The clock of this computer."""

    def now(self) -> float:
        """Return seconds that nobody sets."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is made."""

    order: Order = "coded"
    rounds: int = 6  # in every state
    interval_s: float = 1.0
    follow_s: float = 15.0  # within this a station must follow its set-point
    passes: int = 3  # another one only for stations found elsewhere than planned, or not sure
    cards: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # tags to use; (): every station that charges
    fall_back: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found before anything was written."""

    points: tuple[SetPoint, ...]
    obstacles: tuple[Obstacle, ...]
    states: tuple[State, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of one old value."""

    tag: str
    done: bool
    words: str


Progress = Callable[[str, int, int], None]  # what goes on, states done, states in all


class LoadStep:
    """One run on one bus."""

    def __init__(
        self, plan: SitePlan, settings: Settings, clock: Clock | None = None, progress: Progress | None = None
    ) -> None:
        self.plan, self.settings = plan, settings
        self.clock = clock or RealClock()
        self.bus = Bus()
        self.writer = Writer(self.bus)
        self.profiles = profiles_of(plan)
        self.holds: list[Hold] = []
        self._progress = progress or (lambda _words, _done, _all: None)
        self._intended: dict[str, float] = {}
        self._written_at: dict[str, float] = {}
        self._followed: dict[str, FollowResult] = {}

    async def survey(self) -> Survey:
        """Look at every station and say which can be used; nothing is written."""
        stations = [d for d in self.plan.devices if d.role == "station"]
        wanted = [d for d in stations if not self.settings.only or d.tag in self.settings.only]
        found = await asyncio.gather(*(self._look_at(device) for device in wanted))
        points = tuple(p for p in found if isinstance(p, SetPoint))
        obstacles = tuple(o for o in found if isinstance(o, Obstacle))
        states = program([p.tag for p in points], self.settings.order) if points else ()
        s = self.settings
        seconds = (len(states) + 2) * (s.rounds * s.interval_s + s.follow_s / 2)
        return Survey(points, obstacles, states, seconds)

    async def run(self, survey: Survey, journals: Journals) -> LoadStepResult:
        """Lower, watch and restore; whatever happens, every value is put back before this returns."""
        refuse(survey)
        journal = journals.open(self.plan, survey.points, now_text())
        try:
            result = await self._passes(survey)
        except BaseException as error:
            await self._ended(journals, journal, error)
            raise
        await self._ended(journals, journal, None)
        return result

    async def restore(self, journal: Journal) -> tuple[Restored, ...]:
        """Put every old value back that is not there; a device that is away for a moment gets a chance."""
        done: dict[str, Restored] = {}
        for attempt in range(CHANCES):
            self.bus.forgive()
            waiting = [p for p in journal.points if p.tag not in done or not done[p.tag].done]
            if not waiting:
                break
            if attempt:
                await asyncio.sleep(BETWEEN_CHANCES_S)
            found = await asyncio.gather(*(self._put_back(point) for point in waiting))
            done |= {one.tag: one for one in found}
        return tuple(done.values())

    async def _ended(self, journals: Journals, journal: Journal, error: BaseException | None) -> None:
        """Put everything back; BusError when that can't be done, whatever ended the run."""
        left = [r for r in await undisturbed(self.restore(journal)) if not r.done]
        if not left:
            journals.close(journal)
            return
        first = f"{error}; " if isinstance(error, ProbeError) else ""
        raise BusError(
            f"{first}{', '.join(r.words for r in left)}; what was set is lower than before and safe; "
            "`device-probe load-step --restore` puts it back"
        ) from error

    async def close(self) -> None:
        """Close every connection."""
        await self.bus.close()

    async def _look_at(self, device: PlannedDevice) -> SetPoint | Obstacle:
        profile = self.profiles[device.tag]
        snapshot = await read_on(self.bus, device, profile, quantities_before(profile))
        return lowering(device, profile, snapshot, self.settings.cards)

    async def _passes(self, survey: Survey) -> LoadStepResult:
        points = {p.tag: p for p in survey.points}
        observer = await Observer.of(self.bus, self.plan, self.profiles, tuple(points))
        await self._hold(frozenset(), points, observer)
        done, states, result = 0, survey.states, LoadStepResult((), (), (), (), 0, 0)
        for turn in range(self.settings.passes):
            for state in states:
                lowered = f"{len(state)} lowered: {', '.join(sorted(state))}"
                self._progress(lowered, done, len(survey.states))
                await self._apply(state, points, observer)
                await self._hold(state, points, observer)
                done += 1
            await self._apply(frozenset(), points, observer)
            await self._hold(frozenset(), points, observer)
            result = judge_load_step(self.plan, self.holds, points, tuple(self._followed.values()))
            if not result.suspects:
                break
            states = program(result.suspects, self.settings.order, turn + 1)
        if self.settings.fall_back:
            await self._fall_backs(points, observer)
            result = replace(result, following=tuple(self._followed.values()))
        return result

    async def _apply(self, state: State, points: dict[str, SetPoint], observer: Observer) -> None:
        """Lower what is to be lowered, then put the others back; wait until all have followed."""
        down = [p for t, p in points.items() if t in state and self._intended.get(t, p.found) != p.low]
        up = [p for t, p in points.items() if t not in state and self._intended.get(t, p.found) != p.found]
        begin = self.clock.now()
        await all_of(self._put(p, p.low) for p in down)
        await all_of(self._put(p, p.found) for p in up)
        waiting = {p.tag: p for p in (*down, *up)}
        lowered = {p.tag for p in down}
        while waiting and self.clock.now() - begin < self.settings.follow_s:
            await self.clock.sleep(self.settings.interval_s)
            await self._keep_alive(points)
            currents = await observer.currents(waiting)
            passed = self.clock.now() - begin
            for tag, point in list(waiting.items()):
                now = currents.get(tag)
                if now is not None and arrived(point, now, tag in lowered):
                    del waiting[tag]
                    if tag in lowered:
                        self._follows(point, now, passed)
        for tag, point in waiting.items():
            if tag in lowered:
                self._follows(point, (await observer.currents((tag,))).get(tag), None)
        await self.clock.sleep(self.settings.interval_s)

    async def _hold(self, state: State, points: dict[str, SetPoint], observer: Observer) -> None:
        rounds = []
        for number in range(self.settings.rounds):
            if number:
                await self.clock.sleep(self.settings.interval_s)
            await self._keep_alive(points)
            rounds.append(await observer.round(self.clock.now()))
        self.holds.append(Hold(state, tuple(rounds)))
        for tag, value in self._intended.items():
            point = points[tag]
            last = rounds[-1].samples.get(tag)
            said = last.number(point.point.quantity) if last else None
            if said is not None and not math.isclose(said, value, abs_tol=point.step):
                raise RefusedError(
                    f"{tag}: its set-point was {value:g} {point.unit} and now reads {said:g}: another client "
                    "sets it. Stop the load management first; everything is put back."
                )

    async def _put(self, point: SetPoint, value: float) -> None:
        self._intended[point.tag] = value
        await self.writer.put(point, value)
        self._written_at[point.tag] = self.clock.now()

    async def _keep_alive(self, points: dict[str, SetPoint]) -> None:
        """Write set-points again that a device forgets when nobody repeats them."""
        for tag, value in list(self._intended.items()):
            every = points[tag].refresh_s
            if every is not None and self.clock.now() - self._written_at.get(tag, 0.0) > every:
                await self._put(points[tag], value)

    def _follows(self, point: SetPoint, after: float | None, seconds: float | None) -> None:
        known, now = self._followed.get(point.tag), followed(point, after, seconds, self.settings.follow_s)
        if known is None or now.judged.verdict == "fail":
            self._followed[point.tag] = now

    async def _fall_backs(self, points: dict[str, SetPoint], observer: Observer) -> None:
        """Leave stations alone until they give up, then see what they draw."""
        able = {
            t: p for t, p in points.items()
            if p.watchdog_s and p.failsafe_a is not None and p.failsafe_a < p.drawn_a - TOLERANCE_A
        }  # fmt: skip
        if not able:
            return
        self._progress(f"left alone: {', '.join(able)}", 1, 1)
        await self.clock.sleep(max(p.watchdog_s or 0.0 for p in able.values()) + FALL_BACK_MARGIN_S)
        currents = await observer.currents(able)
        for tag, point in able.items():
            self._followed[f"{tag} alone"] = fell_back(point, currents.get(tag))

    async def _put_back(self, point: SetPoint) -> Restored:
        tag, unit = point.tag, point.unit
        try:
            present = await self.writer.present(point)
            # a write that was cut off may still arrive: what this run has lowered is written in any case
            lowered = self._intended.get(tag, point.found) != point.found
            stands = present is not None and math.isclose(present, point.found, abs_tol=point.step)
            ours = present is None or stands or math.isclose(present, point.low, abs_tol=point.step)
            if point.point.access == "rw" and not ours:
                words = f"{tag} was set to {present:g} {unit} by another client and is left there"
                return Restored(tag, True, words)
            if stands and not lowered:
                return Restored(tag, True, f"{tag} stands at {present:g} {unit}")
            if point.point.access == "wo" and point.drawn_a and not lowered:
                return Restored(tag, True, f"{tag} was not lowered")
            await self.writer.put(point, point.found)
        except (ProbeError, OSError) as error:
            return Restored(tag, False, f"{tag} could not be set back to {point.found:g} {unit}: {error}")
        return Restored(tag, True, f"{tag} is back at {point.found:g} {unit}")


def refuse(survey: Survey) -> None:
    """Raise RefusedError when nothing may be lowered."""
    stopping = [o.reason for o in survey.obstacles if o.stops_all]
    if stopping:
        raise RefusedError(f"The load step is refused. {' '.join(stopping)}")
    if not survey.points:
        raise RefusedError(
            "No station can be used as a test load. " + " ".join(o.reason for o in survey.obstacles[:5])
        )


async def restore_left_over(
    journals: Journals, make: Callable[[SitePlan], "LoadStep"]
) -> tuple[Restored, ...]:
    """Put back what runs left behind that did not come to their end."""
    found: list[Restored] = []
    for journal in journals.left_over():
        step = make(journal.plan)
        try:
            restored = await step.restore(journal)
        finally:
            await step.close()
        if all(r.done for r in restored):
            journals.close(journal)
        found += restored
    return tuple(found)
