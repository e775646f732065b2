"""One job, from the claim to a report on disk: reads, gives signs of life, and stops when told so."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from device_probe.agent.bell import Bell
from device_probe.agent.jobs import Job
from device_probe.agent.log import Tell
from device_probe.agent.reading import BusyError, Reader, Reading, refuse_files
from device_probe.agent.server import Server
from device_probe.agent.spool import Begun, Spool
from device_probe.agent.standing import Notebook
from device_probe.model import SitePlan
from device_probe.problems import (
    OutOfReachError,
    ProbeError,
    ServerRefusalError,
    SpoolError,
    TokenRefusedError,
)
from device_probe.report import load_plan

STOPPED = "the agent was stopped before its end"
CANCELLED = "called off"
#: A sign of life every so often, and three times within a lease: somebody who cancels should not wait long.
BEAT_S = 3.0


@dataclass(slots=True)
class Pulse:
    """The signs of life of one job."""

    lease_s: float
    next_at: float = 0.0
    silent: bool = False  # the server gave the job to another; its report is still welcome

    def wait_s(self) -> float:
        """Return how long until the next one."""
        return max(0.0, self.next_at - time.monotonic())

    def beat(self, at_least_s: float | None = None) -> None:
        """Set the time of the next one."""
        self.next_at = time.monotonic() + max(at_least_s or 0.0, min(BEAT_S, self.lease_s / 3))


@dataclass(slots=True)
class Worker:
    """Does one job at a time."""

    server: Server
    spool: Spool
    reader: Reader
    notebook: Notebook
    tell: Tell
    bell: Bell
    plan_known: Callable[[Mapping[str, Any]], None]
    failed: int = 0

    def do(self, job: Job) -> None:
        """Read a job's plan; its report is in the spool afterwards, or its end is noted there."""
        begun = Begun(job)
        try:
            self.spool.begin(begun)
            plan = load_plan(dict(job.plan), "the server's plan")
            refuse_files(plan)
            self.plan_known(job.plan)
        except SpoolError as error:
            self._give_back(Begun(job, str(error), again=True))
            return
        except ProbeError as error:
            self._give_back(Begun(job, str(error), again=False))
            return
        self.tell(f"Job {job.id}: reading {len(plan.devices)} devices of {plan.name}.")
        self._read(job, plan)

    def settle(self, begun: Begun) -> Job | None:
        """End what an earlier life of this agent left open; return the job when it can be read again."""
        job = begun.job
        try:
            if begun.reason:
                self._end_without_report(begun)
                return None
            go_on = self.server.progress(job.id, 0, "begun again")
        except ServerRefusalError as error:
            self.tell(f"Job {job.id} is dropped: {error}")
            self.spool.end(job.id)
            return None
        if go_on.cancel:
            self._give_back(Begun(job, CANCELLED, again=False))
            return None
        return job

    def _read(self, job: Job, plan: SitePlan) -> None:
        pulse = Pulse(job.lease_seconds)
        reading = self._begin(job, plan, pulse)
        lost_token = self._watch(job, reading, pulse) if reading else None
        if reading is not None:
            reading.join()
            self._end(job, reading)
        if lost_token:
            raise lost_token

    def _begin(self, job: Job, plan: SitePlan, pulse: Pulse) -> Reading | None:
        """Begin as soon as no run for a tablet is going on; None when the job was called off before."""

        def keep(document: Mapping[str, Any]) -> None:
            self.spool.keep(document, job.id)

        while not self.bell.stopping:
            try:
                return self.reader.begin(plan, "server", keep)
            except BusyError:
                if self._sign_of_life(job, pulse, self._waits_for(), 0):
                    self._give_back(Begun(job, CANCELLED, again=False))
                    return None
                self.bell.wait(pulse.wait_s() or BEAT_S)
        self._give_back(Begun(job, STOPPED))
        return None

    def _waits_for(self) -> str:
        now = self.reader.now
        what = f"{now.what[0].lower()}{now.what[1:]}" if now else "a run"
        return f"waits for {what} that was begun at the site"

    def _watch(self, job: Job, reading: Reading, pulse: Pulse) -> TokenRefusedError | None:
        """Give signs of life until the run is over; a token that was revoked meanwhile is told at the end."""
        lost: TokenRefusedError | None = None
        while not reading.over:
            if self.bell.stopping:
                reading.cancel()
                break
            try:
                if self._sign_of_life(job, pulse, reading.steps.sentence, reading.steps.percent):
                    reading.cancel()
                    break
            except TokenRefusedError as error:
                lost, pulse.silent = error, True
            self.bell.wait(pulse.wait_s() or BEAT_S)
        return lost

    def _sign_of_life(self, job: Job, pulse: Pulse, message: str, percent: int) -> bool:
        """Renew the lease when it is time; True when the job was called off."""
        if pulse.silent or pulse.wait_s() > 0:
            return False
        try:
            go_on = self.server.progress(job.id, percent, message)
        except OutOfReachError as error:
            self.notebook.error(str(error), reached=False)
            self.tell(f"{error} Reading goes on.")
            pulse.beat(error.wait_s)
            return False
        except ServerRefusalError as error:
            self.tell(f"Job {job.id}: {error} Reading goes on.")
            pulse.silent = True
            return False
        self.notebook.contact()
        pulse.lease_s = max(1, go_on.lease_seconds)
        pulse.beat()
        return go_on.cancel

    def _end(self, job: Job, reading: Reading) -> None:
        if reading.report is not None and reading.error is None:
            self.tell(f"Job {job.id}: read; verdict {reading.report.verdict}.")
        elif reading.error is not None:
            again = isinstance(reading.error, SpoolError)  # room can be made; a wrong plan stays wrong
            self._give_back(Begun(job, str(reading.error), again=again))
        elif self.bell.stopping:
            self._give_back(Begun(job, STOPPED))
        else:
            self._give_back(Begun(job, CANCELLED, again=False))

    def _give_back(self, begun: Begun) -> None:
        """Say why there is no report; on disk first, so that it is said later when the server is away."""
        self.failed += 1
        try:
            self.spool.begin(begun)
        except SpoolError as error:
            self.tell(str(error))
        try:
            self._end_without_report(begun)
        except (OutOfReachError, TokenRefusedError) as error:
            self.notebook.error(str(error))
            self.tell(f"{error} That job {begun.job.id} ended without a report is told later.")

    def _end_without_report(self, begun: Begun) -> None:
        job = begun.job
        try:
            state = self.server.fail(job.id, begun.reason, again=begun.again)
        except ServerRefusalError as error:
            state = str(error)
        self.tell(f"Job {job.id}: {begun.reason}; the server says: {state}.")
        self.notebook.job(f"{job.id}: {begun.reason}")
        self.spool.end(job.id)
