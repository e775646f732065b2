"""Reading devices again and again: all of sample k from the same tick on, on a schedule that does not drift.

Ticks are counted on the monotonic clock from the start, so a clock that is set, or a slow sample, shifts
none. Each connection keeps its own pace: a slow one is late or skips a tick, and says so; others are not
held up.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from device_probe.bus import Bus
from device_probe.learned import Memory
from device_probe.loop import most_connections
from device_probe.model import PlannedDevice, Snapshot
from device_probe.plausibility import with_earlier
from device_probe.profile import Profile
from device_probe.read import lines_of, read_safely

LATE_SHARE = 0.1  # of the interval; what starts later is marked
LATE_AT_LEAST_S = 0.05
FORGIVEN_AFTER_S = 10.0
CLOCK_STEP_S = 0.5  # the computer's clock went so far from the monotonic one: it was set
BUSY = "the connection was still busy with an earlier sample"

Reader = Callable[[PlannedDevice], Awaitable[Snapshot]]
Wanted = Mapping[str, tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class Sample:
    """One device at one tick: a snapshot, or why there is none."""

    number: int
    tag: str
    due_at: str  # UTC, ISO 8601; counted from the start, not affected by a clock that is set
    jitter_s: float  # how long after the tick its reading began
    late: bool
    snapshot: Snapshot | None
    missing: str = ""
    clock_step_s: float = 0.0  # by how much the computer's clock was set since the start


class Clock(Protocol):
    """What time it is; a test may bring its own."""

    def monotonic(self) -> float:
        """Return seconds that nobody sets."""

    def wall(self) -> datetime:
        """Return the time of day, UTC."""

    async def sleep_until(self, moment: float) -> None:
        """Return at this monotonic time, or at once when it has passed."""


class RealClock:
    """The clocks of this computer."""

    def monotonic(self) -> float:
        """Return seconds that nobody sets."""
        return time.monotonic()

    def wall(self) -> datetime:
        """Return the time of day, UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, moment: float) -> None:
        """Return at this monotonic time, or at once when it has passed."""
        # timers of an event loop may be a millisecond early; a sample never is
        while (left := moment - time.monotonic()) > 0:
            await asyncio.sleep(left)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When samples are due: number ``first`` at the start, the others every ``interval_s`` from then on."""

    interval_s: float
    samples: int | None = None  # None: until cancelled
    first: int = 0

    def numbers(self) -> Iterable[int]:
        """Return the numbers of all samples."""
        return itertools.count(self.first) if self.samples is None else range(self.first, self.samples)


class Sampler:
    """One run of a schedule over the devices of some connections."""

    def __init__(
        self, schedule: Schedule, reader: Reader, sink: Callable[[Sample], None], clock: Clock
    ) -> None:
        self._schedule, self._reader, self._sink, self._clock = schedule, reader, sink, clock
        self._start, self._start_at = clock.monotonic(), clock.wall()

    async def line(self, devices: Iterable[PlannedDevice]) -> None:
        """Read the devices of one connection at every tick, in turn."""
        known, interval = tuple(devices), self._schedule.interval_s
        for number in self._schedule.numbers():
            due = self._start + (number - self._schedule.first) * interval
            await self._clock.sleep_until(due)
            skipped = self._clock.monotonic() >= due + interval
            for device in known:
                jitter = self._clock.monotonic() - due
                if skipped:
                    self._sink(self._sample(number, device, jitter, None))
                    continue
                # once begun, all behind a slow gateway get their turn: late, but none is left out
                self._sink(self._sample(number, device, jitter, await self._reader(device)))

    def _sample(self, number: int, device: PlannedDevice, jitter: float, snapshot: Snapshot | None) -> Sample:
        interval = self._schedule.interval_s
        due_at = self._start_at + timedelta(seconds=(number - self._schedule.first) * interval)
        passed = self._clock.monotonic() - self._start
        step = (self._clock.wall() - self._start_at).total_seconds() - passed
        return Sample(
            number, device.tag, due_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), jitter,
            jitter > max(LATE_AT_LEAST_S, LATE_SHARE * interval), snapshot,
            "" if snapshot else BUSY, round(step, 3) if abs(step) > CLOCK_STEP_S else 0.0,
        )  # fmt: skip


async def sample_devices(
    devices: tuple[PlannedDevice, ...], profiles: Mapping[str, Profile], schedule: Schedule,
    sink: Callable[[Sample], None], *, wanted: Wanted | None = None, timeout_s: float | None = None,
    memory: Memory | None = None, clock: Clock | None = None, reader: Reader | None = None,
) -> None:  # fmt: skip
    """Hand every sample of every device to ``sink``, until the schedule ends or this is cancelled."""
    time_keeper, known, bus = clock or RealClock(), memory or Memory(), Bus()
    most_connections()  # asks the system for as many as it gives; each stays open

    earlier: dict[str, Snapshot] = {}  # the counters of a device only rise from one sample to the next

    async def read(device: PlannedDevice) -> Snapshot:
        names, profile = (wanted or {}).get(device.tag), profiles[device.tag]
        snapshot = await read_safely(bus, device, profile, names, timeout_s, known)
        if snapshot.problem is None:
            before = earlier.get(device.tag, snapshot)
            snapshot = earlier[device.tag] = with_earlier(before, snapshot, profile, device)
        return snapshot

    sampler = Sampler(schedule, reader or read, sink, time_keeper)
    forgiving = asyncio.create_task(_forgive(bus))
    try:
        async with asyncio.TaskGroup() as tasks:
            for line in lines_of(devices, profiles).values():
                tasks.create_task(sampler.line(line))
    except BaseExceptionGroup as group:  # of the sink, alike for all lines: reading itself raises nothing
        raise group.exceptions[0] from None
    finally:
        forgiving.cancel()
        known.save()
        await bus.close()


async def _forgive(bus: Bus) -> None:
    while True:
        await asyncio.sleep(FORGIVEN_AFTER_S)
        bus.forgive()
