"""Runs over a whole plan, and the one place where they are begun: one at a time at the devices."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from device_probe.agent.errand import Errand
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


class Reading(Errand):
    """One run over a whole plan."""

    def __init__(
        self, plan: SitePlan, by: By, keep: Keep, timeout_s: float | None, ended: Callable[[], None]
    ) -> None:
        super().__init__(ended)
        self.plan, self.by, self.begun_at = plan, by, now_text()
        self.steps = Steps(ROUNDS * len(plan.devices))
        self.report: ProbeReport | None = None
        self._keep, self._timeout_s = keep, timeout_s

    async def work(self) -> None:
        """Read all, judge it and keep the report."""
        try:
            rounds = await read_rounds_on_loop(self.plan, progress=self._step, timeout_s=self._timeout_s)
        finally:
            self.too_late()
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
        self._addresses, self.timeout_s, self.ended = addresses, timeout_s, ended
        self._guard = threading.Lock()
        self._last: Reading | None = None
        self._now: Errand | None = None

    @property
    def last(self) -> Reading | None:
        """Return the run that goes on, or the one before."""
        return self._last

    @property
    def now(self) -> Errand | None:
        """Return what goes on at the devices, None when nothing does."""
        now = self._now
        return None if now is None or now.over else now

    @property
    def busy(self) -> bool:
        """Return True while something goes on at the devices."""
        return self.now is not None

    def begin(self, plan: SitePlan, by: By, keep: Keep) -> Reading:
        """Begin a run; BusyError while another goes on."""
        reading = Reading(self.reached(plan), by, keep, self.timeout_s, self.ended)
        self.take(reading)
        self._last = reading
        return reading

    def take(self, errand: Errand) -> None:
        """Begin whatever it is; BusyError while something else goes on."""
        with self._guard:
            if (now := self.now) is not None:
                raise BusyError(f"{now.what} is going on already; wait for its end.")
            self._now = errand
            errand.start()

    def stop(self) -> None:
        """End what goes on, and wait for its end."""
        if (now := self.now) is not None:
            now.cancel()
            now.join()

    def reached(self, plan: SitePlan) -> SitePlan:
        """Return a plan with the addresses where its devices really answer."""
        return replace(plan, devices=tuple(map(self._reached, plan.devices)))

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
