"""A load step from the first look to the last value restored."""

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from device_probe.bus import Bus, now_text
from device_probe.load_step.alone import Watch, now_watched, watch_of
from device_probe.load_step.clock import Clock, RealClock
from device_probe.load_step.evidence import Run, raw, recorded
from device_probe.load_step.follow import arrived, drawn_in
from device_probe.load_step.journal import Journal, Journals
from device_probe.load_step.judge import judge_load_step
from device_probe.load_step.observe import Observer
from device_probe.load_step.program import Order, State, program
from device_probe.load_step.record import LeftAlone, LoadStepRecord, SetPointWrite
from device_probe.load_step.restore import Restored, put_all_back, restore_left_over
from device_probe.load_step.result import LeftOut
from device_probe.load_step.setpoint import Obstacle, SetPoint, lowering, quantities_before
from device_probe.load_step.steps import Hold, Round
from device_probe.load_step.together import all_of, undisturbed
from device_probe.load_step.writer import Writer
from device_probe.model import PlannedDevice, SitePlan, Snapshot
from device_probe.problems import BusError, ProbeError, RefusedError
from device_probe.read import ROUNDS, profiles_of, read_on

__all__ = [
    "Clock", "LoadStep", "RealClock", "Restored", "Settings", "Survey", "refuse", "restore_left_over",
]  # fmt: skip


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
    snapshots: tuple[Snapshot, ...] = ()
    watches: tuple[Watch, ...] = ()  # stations that should fall back when they are left alone


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
        self.writes: list[SetPointWrite] = []
        self.left_alone: list[LeftAlone] = []
        self._progress = progress or (lambda _words, _done, _all: None)
        self._intended: dict[str, float] = {}
        self._written_at: dict[str, float] = {}
        self._begun = self.clock.now()

    def now_s(self) -> float:
        """Return the seconds since the run began."""
        return self.clock.now() - self._begun

    async def survey(self) -> Survey:
        """Look at every station and say which can be used; nothing is written."""
        stations = [d for d in self.plan.devices if d.role == "station"]
        wanted = [d for d in stations if not self.settings.only or d.tag in self.settings.only]
        seen = await asyncio.gather(*(self._look_at(device) for device in wanted))
        looked = list(zip(wanted, seen, strict=True))
        found = [lowering(d, self.profiles[d.tag], one, self.settings.cards) for d, one in looked]
        points = tuple(p for p in found if isinstance(p, SetPoint))
        obstacles = tuple(o for o in found if isinstance(o, Obstacle))
        states = program([p.tag for p in points], self.settings.order) if points else ()
        s = self.settings
        watches = tuple(w for d, one in looked if (w := watch_of(d, self.profiles[d.tag], one)) is not None)
        seconds = (len(states) + 2) * (s.rounds * s.interval_s + s.follow_s / 2)
        if s.fall_back and watches:
            seconds += max(watch.wait_s for watch in watches)
        return Survey(points, obstacles, states, seconds, tuple(seen), watches)

    async def read_site(self) -> tuple[tuple[Snapshot, ...], ...]:
        """Read every device of the plan in several rounds, so that a report tells of the whole site."""
        observer = Observer(self.bus, self.plan, self.profiles, self.plan.devices)
        found = []
        for number in range(ROUNDS):
            self._progress("Reading the site", number, ROUNDS)
            if number:
                await self.clock.sleep(self.settings.interval_s)
            found.append(await observer.whole())
        return tuple(found)

    async def run(self, survey: Survey, journals: Journals) -> LoadStepRecord:
        """Lower, watch and restore; whatever happens, every value is put back before this returns."""
        refuse(survey)
        started = now_text()
        journal = journals.open(self.plan, survey.points, started)
        try:
            await self._passes(survey)
        except BaseException as error:
            await self._ended(journals, journal, error)
            raise
        await self._ended(journals, journal, None)
        return recorded(self.plan, self._brought(survey, started))

    async def restore(self, journal: Journal) -> tuple[Restored, ...]:
        """Put every old value back that is not there."""
        found = {point.tag: point.found for point in journal.points}
        touched = {tag for tag, value in self._intended.items() if value != found.get(tag)}
        return await put_all_back(self.bus, self.writer, journal, touched)

    async def close(self) -> None:
        """Close every connection."""
        await self.bus.close()

    def _brought(self, survey: Survey, started: str) -> Run:
        left_out = tuple(LeftOut(o.tag, o.code, o.reason, o.finding) for o in survey.obstacles)
        return Run(
            "written", started, now_text(), self.settings.order, self.settings.follow_s,
            tuple(p.tag for p in survey.points), tuple(self.holds), tuple(p.load for p in survey.points),
            left_out, tuple(raw(s) for s in survey.snapshots), tuple(self.writes), tuple(self.left_alone),
        )  # fmt: skip

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

    async def _look_at(self, device: PlannedDevice) -> Snapshot:
        profile = self.profiles[device.tag]
        return await read_on(self.bus, device, profile, quantities_before(profile))

    async def _passes(self, survey: Survey) -> None:
        points = {p.tag: p for p in survey.points}
        observer = await Observer.of(self.bus, self.plan, self.profiles, tuple(points))
        await self._hold(frozenset(), points, observer)
        done, states = 0, survey.states
        for turn in range(self.settings.passes):
            for state in states:
                lowered = f"{len(state)} lowered: {', '.join(sorted(state))}"
                self._progress(lowered, done, len(survey.states))
                await self._to(state, points, observer)
                done += 1
            await self._to(frozenset(), points, observer)
            if turn + 1 == self.settings.passes:
                break
            suspects = judge_load_step(self.plan, self.holds, points).suspects
            if not suspects:
                break
            states = program(suspects, self.settings.order, turn + 1)
        if self.settings.fall_back:
            await self._fall_backs(survey, points)

    async def _to(self, state: State, points: dict[str, SetPoint], observer: Observer) -> None:
        changed_at, following = await self._apply(state, points, observer)
        await self._hold(state, points, observer, following, changed_at)

    async def _apply(
        self, state: State, points: dict[str, SetPoint], observer: Observer
    ) -> tuple[float, tuple[Round, ...]]:
        """Lower what is to be lowered, then put the others back; wait until all have followed."""
        down = [p for t, p in points.items() if t in state and self._intended.get(t, p.found) != p.low]
        up = [p for t, p in points.items() if t not in state and self._intended.get(t, p.found) != p.found]
        begin, following = self.now_s(), []
        await all_of(self._put(p, p.low) for p in down)
        await all_of(self._put(p, p.found) for p in up)
        waiting = {p.tag: p for p in (*down, *up)}
        lowered = {p.tag for p in down}
        while waiting and self.now_s() - begin < self.settings.follow_s:
            await self.clock.sleep(self.settings.interval_s)
            await self._keep_alive(points)
            one = await observer.following(self.now_s(), waiting)
            following.append(one)
            for tag, point in list(waiting.items()):
                now = drawn_in(one.samples.get(tag))
                if now is not None and arrived(point.load, now, tag in lowered):
                    del waiting[tag]
        await self.clock.sleep(self.settings.interval_s)
        return begin, tuple(following)

    async def _hold(
        self, state: State, points: dict[str, SetPoint], observer: Observer,
        following: Iterable[Round] = (), changed_at: float | None = None,
    ) -> None:  # fmt: skip
        rounds = []
        for number in range(self.settings.rounds):
            if number:
                await self.clock.sleep(self.settings.interval_s)
            await self._keep_alive(points)
            rounds.append(await observer.round(self.now_s()))
        self.holds.append(Hold(state, tuple(rounds), tuple(following), changed_at))
        for tag, value in self._intended.items():
            self._still(points[tag], value, rounds[-1])

    def _still(self, point: SetPoint, value: float, last: Round) -> None:
        """Raise RefusedError when a set-point isn't any more what was written."""
        sample = last.samples.get(point.tag)
        said = sample.number(point.point.quantity) if sample else None
        if said is not None and not math.isclose(said, value, abs_tol=point.step):
            raise RefusedError(
                f"{point.tag}: its set-point was {value:g} {point.unit} and now reads {said:g}: another "
                "client sets it, or it restarted. Stop the load management first; everything is put back."
            )

    async def _put(self, point: SetPoint, value: float) -> None:
        self._intended[point.tag] = value
        at, at_s, problem, said = now_text(), self.now_s(), None, None
        try:
            said = await self.writer.put(point, value)
        except ProbeError as error:
            problem = str(error)
            raise
        finally:
            self.writes.append(
                SetPointWrite(at, at_s, point.tag, point.point.quantity, value, point.unit, said, problem)
            )
        self._written_at[point.tag] = self.now_s()

    async def _keep_alive(self, points: dict[str, SetPoint]) -> None:
        """Write set-points again that a device forgets when nobody repeats them."""
        for tag, value in list(self._intended.items()):
            every = points[tag].refresh_s
            if every is not None and self.now_s() - self._written_at.get(tag, 0.0) > every:
                await self._put(points[tag], value)

    async def _fall_backs(self, survey: Survey, points: dict[str, SetPoint]) -> None:
        """Leave stations alone until they give up, see what they draw, then take them up again."""
        if not survey.watches:
            return
        observer = Observer(self.bus, self.plan, self.profiles, tuple(w.device for w in survey.watches))
        before = await asyncio.gather(*(observer.alone(w.device) for w in survey.watches))
        watches = [now_watched(w, one) for w, one in zip(survey.watches, before, strict=True)]
        names = ", ".join(w.device.tag for w in watches)
        self._progress(f"left alone: {names}", len(survey.states), len(survey.states))
        begin = self.now_s()
        await self.clock.sleep(max(watch.wait_s for watch in watches))
        end = self.now_s()
        after = await asyncio.gather(*(observer.alone(w.device) for w in survey.watches))
        for watch, was, now in zip(watches, before, after, strict=True):
            self.left_alone.append(
                LeftAlone(
                    watch.device.tag, watch.need, watch.timeout_s, watch.failsafe_a, begin, end, raw(was),
                    raw(now),
                )
            )  # fmt: skip
        await all_of(self._put(p, p.found) for t, p in points.items() if p.watchdog_s)


def refuse(survey: Survey) -> None:
    """Raise RefusedError when nothing may be lowered."""
    stopping = [o.reason for o in survey.obstacles if o.stops_all]
    if stopping:
        raise RefusedError(f"The load step is refused. {' '.join(stopping)}")
    if not survey.points:
        raise RefusedError(
            "No station can be used as a test load. " + " ".join(o.reason for o in survey.obstacles[:5])
        )
