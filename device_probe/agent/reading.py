"""One run at a time, in a thread of its own, which can be watched and called off."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from device_probe.bus import now_text
from device_probe.model import PlannedDevice, ProbeReport, SitePlan
from device_probe.problems import PlanFileError, ProbeError
from device_probe.read import ROUNDS, read_rounds_on_loop
from device_probe.report import dump_report, judge_rounds

By = Literal["server", "tablet"]
Addresses = Mapping[str, tuple[str, int]]  # tag -> where it really answers
Keep = Callable[[Mapping[str, Any]], None]


class BusyError(ProbeError):
    """A run is going on already; devices are asked by one run at a time."""


@dataclass(slots=True)
class Steps:
    """How far a run is."""

    total: int
    done: int = 0
    tag: str = ""
    tags: tuple[str, ...] = ()

    @property
    def percent(self) -> int:
        """Return how much is done."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def sentence(self) -> str:
        """Return how far it is in words."""
        return f"read {self.tag}, {self.done} of {self.total}" if self.tag else "connecting"


class Reading:
    """One run over a whole plan."""

    def __init__(
        self, plan: SitePlan, by: By, keep: Keep, timeout_s: float | None, ended: Callable[[], None]
    ) -> None:
        self.plan, self.by, self.begun_at = plan, by, now_text()
        self.steps = Steps(ROUNDS * len(plan.devices))
        self.cancelled = False
        self.report: ProbeReport | None = None
        self.error: ProbeError | None = None
        self._keep, self._timeout_s, self._ended = keep, timeout_s, ended
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._guard, self._over = threading.Lock(), False
        self._thread = threading.Thread(target=self._run, name="reading")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Return True when it has ended, one way or the other."""
        return self._over

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def cancel(self) -> None:
        """Close every connection now and make no report."""
        with self._guard:
            self.cancelled = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    def _run(self) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):
                asyncio.run(self._read())
        except Exception as error:  # noqa: BLE001 - whoever asked must hear of it, whatever it was
            self.error = _sentence(error)
        finally:
            self._over = True  # before the bell rings, or whoever it wakes would wait once more
            self._ended()

    async def _read(self) -> None:
        with self._guard:
            if self.cancelled:
                return
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            rounds = await read_rounds_on_loop(self.plan, progress=self._step, timeout_s=self._timeout_s)
        finally:
            with self._guard:  # from here on it is too late to call it off
                self._loop = self._task = None
        if not self.cancelled:
            self.report = judge_rounds(self.plan, rounds)
            self._keep(dump_report(self.report))

    def _step(self, tag: str, done: int, total: int) -> None:
        self.steps = Steps(total, done, tag, (*self.steps.tags, tag))


class Reader:
    """Begins runs, one at a time."""

    def __init__(
        self, addresses: Addresses, ended: Callable[[], None], timeout_s: float | None = None
    ) -> None:
        self._addresses, self._ended, self._timeout_s = addresses, ended, timeout_s
        self._guard = threading.Lock()
        self._last: Reading | None = None

    @property
    def last(self) -> Reading | None:
        """Return the run that goes on, or the one before."""
        return self._last

    @property
    def busy(self) -> bool:
        """Return True while a run goes on."""
        return self._last is not None and not self._last.over

    def begin(self, plan: SitePlan, by: By, keep: Keep) -> Reading:
        """Begin a run; BusyError while another goes on."""
        with self._guard:
            if self.busy:
                raise BusyError("A run is going on already; wait for its end.")
            there = replace(plan, devices=tuple(map(self._reached, plan.devices)))
            self._last = Reading(there, by, keep, self._timeout_s, self._ended)
            self._last.start()
            return self._last

    def stop(self) -> None:
        """End a run that goes on, and wait for its end."""
        if (last := self._last) is not None and not last.over:
            last.cancel()
            last.join()

    def _reached(self, device: PlannedDevice) -> PlannedDevice:
        host, port = self._addresses.get(device.tag, (device.host, device.port))
        return replace(device, host=host, port=port)


def refuse_files(plan: SitePlan) -> None:
    """Refuse profiles that are files: a server names profiles, never files of this computer."""
    for device in plan.devices:
        if "/" in device.profile or "\\" in device.profile or device.profile.endswith((".yaml", ".yml")):
            raise PlanFileError(
                f"{device.tag}: the profile {device.profile} is a file; name one that is built in."
            )


def _sentence(error: BaseException) -> ProbeError:
    """Return what of a failure can be told; of several at once the first."""
    if isinstance(error, ProbeError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return _sentence(error.exceptions[0])
    return ProbeError(f"This run broke off by a fault of device-probe ({type(error).__name__}: {error}).")
