"""A load step by hand that goes on at the site: reads all the time, sees what a person does, judges it.

Nothing is written. A person walks, plugs in and presses a button now and then, on one tablet or several; what
was done is on disk at once. When nobody does anything for long it makes room for others, and can be taken up
again.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from device_probe.agent.errand import Errand
from device_probe.agent.hand_folder import HandFolder, Saved
from device_probe.agent.reading import Keep
from device_probe.bus import Bus, now_text
from device_probe.load_step.manual import begin
from device_probe.load_step.manual_follow import Watch, agree, back, cannot, follow
from device_probe.load_step.manual_look import power_in, powers_in, stations_of
from device_probe.load_step.manual_report import report_of
from device_probe.load_step.observe import Observer
from device_probe.load_step.steps import Round
from device_probe.model import SitePlan, Snapshot
from device_probe.problems import ProbeError
from device_probe.read import ROUNDS, profiles_of
from device_probe.schema import dump_report

Press = Literal["done", "cannot", "back", "judge", "leave"]
Phase = Literal["running", "judging"]
INTERVAL_S = 1.0
IDLE_S = 1800.0  # after so long without a move or a press it makes room for others
FORGIVE_ROUNDS = 15  # who did not answer is asked anew so often
TRACE_ROUNDS = 90
MORE = 1.2  # so much more load than before is worth another reading of everything
PRESSES: dict[str, Callable[[Watch], Watch]] = {"done": agree, "cannot": cannot, "back": back}


class LookAround(Errand):
    """One look at all stations, to see which of them can be used."""

    what = "A look at the stations"

    def __init__(self, plan: SitePlan, ended: Callable[[], None]) -> None:
        super().__init__(ended)
        self.plan = plan
        self.found: Round | None = None

    async def work(self) -> None:
        """Read every station and every meter once."""
        bus = Bus()
        try:
            self.found = await Observer.everything(bus, self.plan, profiles_of(self.plan)).round(0.0)
        finally:
            await bus.close()


@dataclass(frozen=True, slots=True)
class Taken:
    """Everything that all devices told, at one load."""

    rounds: tuple[tuple[Snapshot, ...], ...] = ()
    load_w: float = 0.0  # of all stations together


class HandRun(Errand):
    """One run; ``press`` may come from anywhere, the reading goes on in a thread of its own."""

    what = "A load step by hand"

    def __init__(
        self, plan: SitePlan, watch: Watch, folder: HandFolder, keep: Keep, ended: Callable[[], None],
        saved: Saved | None = None, interval_s: float = INTERVAL_S,
    ) -> None:  # fmt: skip
        super().__init__(ended)
        self.plan, self.watch, self.begun_at = plan, watch, saved.begun_at if saved else now_text()
        self.phase: Phase = "running"
        self.trace: tuple[Round, ...] = ()
        self.trouble = ""
        self.all_at_once = False  # everything is read now, which takes a moment
        self._folder, self._keep, self._interval_s = folder, keep, interval_s
        # the clock of the run goes on where it stood, by the time of day
        self._clock_s = (saved.clock_s + saved.age_s if saved else 0.0) - time.monotonic()
        self._guard = threading.RLock()
        self._wanted: Press | None = None
        self._awake: asyncio.Event | None = None
        self._busy_at = time.monotonic()
        self._quiet, self._loaded = Taken(), Taken()

    def press(self, what: Press, turn: int) -> bool:
        """Do what a person pressed at this turn; False when another press or the site was faster."""
        with self._guard:
            if turn != self.watch.turn or self._wanted is not None or self.over:
                return False
            self._busy_at = time.monotonic()
            if what in PRESSES:
                self._moved(PRESSES[what](self.watch))
            else:
                self._wanted = what
        self._wake()
        return True

    async def work(self) -> None:
        """Read on until it is judged, given up, or nobody does anything any more."""
        bus, self._awake = Bus(), asyncio.Event()
        try:
            profiles = profiles_of(self.plan)
            observer = Observer.everything(bus, self.plan, profiles)
            whole = Observer(bus, self.plan, profiles, self.plan.devices)
            self._save()
            number = 0
            while self._wanted is None and self.watch.asked is not None and not self._idle():
                number += 1
                if number % FORGIVE_ROUNDS == 0:
                    bus.forgive()
                await self._round(observer, whole)
            if self._wanted == "leave":
                self._folder.clear()
            elif self._wanted == "judge" or self.watch.asked is None:
                await self._judge(whole)
        finally:
            await bus.close()

    async def _round(self, observer: Observer, whole: Observer) -> None:
        begun = time.monotonic()
        one = await observer.round(self.clock_s)
        with self._guard:
            before = self.watch
            self.trace = (*self.trace, one)[-TRACE_ROUNDS:]
            if self._wanted is None:
                self._moved(follow(before, one))
            moved = self.watch.turn != before.turn and bool(self.watch.state.calm)
        if moved:
            self._busy_at = time.monotonic()
            await self._everything(whole)
        await self._pause(self._interval_s - (time.monotonic() - begun))

    async def _everything(self, whole: Observer) -> None:
        """Read all that every device tells: once with the stations off, and when more charges than before."""
        drawn = self.watch.state.now
        load = sum(power for power in drawn.values() if power > 0)
        if not self.watch.state.charging and not self._quiet.rounds and not self._loaded.rounds:
            self._quiet = Taken(await self._whole(whole, 1), load)
        elif self.watch.state.charging and load > MORE * self._loaded.load_w:
            self._loaded = Taken(await self._whole(whole, ROUNDS), load)

    async def _whole(self, whole: Observer, count: int) -> tuple[tuple[Snapshot, ...], ...]:
        self.all_at_once = True
        try:
            found = []
            for number in range(count):
                if number:
                    await asyncio.sleep(self._interval_s)
                found.append(await whole.whole())
            return tuple(found)
        finally:
            self.all_at_once = False

    async def _judge(self, whole: Observer) -> None:
        self.phase = "judging"
        if not self._loaded.rounds:
            self._loaded = Taken(await self._whole(whole, ROUNDS))
        quiet = tuple(each for one in self._quiet.rounds for each in one)
        self.too_late()
        report = await asyncio.to_thread(
            report_of, self.watch.state, self._loaded.rounds, quiet, self.begun_at, now_text()
        )
        self._keep(dump_report(report))
        self._folder.clear()

    @property
    def clock_s(self) -> float:
        """Return seconds since the run was begun, breaks included."""
        return self._clock_s + time.monotonic()

    def _moved(self, watch: Watch) -> None:
        before, self.watch = self.watch, watch
        if watch.turn != before.turn:
            self._save()

    def _save(self) -> None:
        """Keep it on disk; without room there it goes on in memory, and says so."""
        try:
            self._folder.save(self.watch, self.begun_at, self.clock_s)
            self.trouble = ""
        except (ProbeError, OSError) as error:
            self.trouble = str(error)

    def _idle(self) -> bool:
        return time.monotonic() - self._busy_at > IDLE_S

    def _wake(self) -> None:
        with self._recall:
            if self._loop is not None and self._awake is not None:
                self._loop.call_soon_threadsafe(self._awake.set)

    async def _pause(self, seconds: float) -> None:
        assert self._awake is not None  # noqa: S101 - `work` made it
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), max(seconds, 0.01))
        self._awake.clear()


def stations_seen(plan: SitePlan, found: Round) -> list[dict[str, Any]]:
    """Return every station with what it draws, in kW, or why it can't be used."""
    drawn = powers_in(plan, found)
    seen = []
    for tag in stations_of(plan):
        why = "" if tag in drawn else "no_current" if tag in found.samples else "no_answer"
        seen.append({"tag": tag, "kw": round(drawn[tag] / 1000, 2) if tag in drawn else None, "why": why})
    return seen


def meters_silent(plan: SitePlan, found: Round) -> list[str]:
    """Return the meters that tell no power: what they see can't be judged."""
    meters = (d.tag for d in plan.devices if d.role in ("main_meter", "group_meter"))
    return [tag for tag in meters if power_in(plan, found, tag) is None]


def begun(plan: SitePlan, tags: tuple[str, ...]) -> Watch:
    """Return a run before its first round."""
    return Watch(begin(plan, tags))


def taken_up(saved: Saved, plan: SitePlan) -> Watch:
    """Return a run that was saved, with the addresses of now."""
    return replace(saved.watch, state=replace(saved.watch.state, plan=plan))
