"""The agent's day: send what waits, settle what was left open, ask for work, do it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from device_probe.agent.bell import Bell
from device_probe.agent.log import Tell
from device_probe.agent.outbox import Outbox
from device_probe.agent.patience import Patience
from device_probe.agent.server import Server
from device_probe.agent.spool import Spool
from device_probe.agent.standing import Notebook
from device_probe.agent.work import Worker
from device_probe.problems import OutOfReachError, ServerRefusalError, SpoolError, TokenRefusedError

GOOD, REFUSED, FAILED = 0, 1, 4
TIDY_ROUNDS = 1000


@dataclass(slots=True)
class Agent:
    """One agent with its server."""

    server: Server
    spool: Spool
    worker: Worker
    outbox: Outbox
    notebook: Notebook
    tell: Tell
    bell: Bell
    poll_s: float = 15.0
    patience: Patience = field(default_factory=Patience)

    def run(self) -> int:
        """Work until told to stop; return the exit code."""
        rounds = 0
        while not self.bell.stopping:
            wait_s = self._guarded(self._round)
            if wait_s is None:
                return FAILED
            self.bell.wait(wait_s)
            rounds += 1
            if rounds % TIDY_ROUNDS == 0:
                self.spool.tidy()
        self.tell("Stopped." if not self.spool.count("outbox") else f"Stopped; {self._unsent()}")
        return GOOD

    def run_once(self) -> int:
        """Do what waits and end; return the exit code."""
        done = self._guarded(self._until_nothing_waits)
        if done is None or self.patience.tries or self.spool.count("outbox") or self.spool.count("jobs"):
            if self.spool.count("outbox"):
                self.tell(self._unsent())
            return FAILED
        return REFUSED if self.outbox.refused or self.worker.failed else GOOD

    def _until_nothing_waits(self) -> float:
        while not self.bell.stopping and self._round() == 0.0:
            pass
        return 0.0

    def _guarded(self, work: Callable[[], float]) -> float | None:
        """Do something with the server; return how long to wait then, None when it will never work."""
        try:
            return work()
        except OutOfReachError as error:
            self.notebook.error(str(error), reached=False)
            self.tell(str(error))
            return self.patience.next_wait(error.wait_s)
        except SpoolError as error:
            self.notebook.error(str(error))
            self.tell(str(error))
            return self.patience.next_wait()
        except TokenRefusedError as error:
            self.notebook.error(str(error))
            self.tell(str(error))
            return None

    def _round(self) -> float:
        """Do the next thing; return how long to wait afterwards, 0 when there may be more."""
        self.outbox.send_all()
        if self._settle():
            return 0.0
        try:
            job, ask_again_s = self.server.claim()
        except ServerRefusalError as error:  # e.g. the token of a tablet
            raise TokenRefusedError(f"{self.server.url} gives this token no jobs: {error}") from error
        self.patience.reset()
        self.notebook.contact()
        if job is None:
            soonest = self.outbox.next_in()
            idle = max(self.poll_s, ask_again_s)
            return idle if soonest is None else min(idle, max(1.0, soonest))
        self.worker.do(job)
        return 0.0

    def _settle(self) -> bool:
        """See to the jobs of an earlier life; True when there was one."""
        for begun in self.spool.begun():
            job = self.worker.settle(begun)
            if job is not None:
                self.tell(f"Job {job.id} was broken off; it is read again.")
                self.worker.do(job)
            return True
        return False

    def _unsent(self) -> str:
        count = self.spool.count("outbox")
        return f"{count} report{'s' if count > 1 else ''} not sent yet, kept in {self.spool.folder}."
