"""Sending what waits on disk: each report until the server has it, or says that it will not take it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from device_probe.agent.files import read_document
from device_probe.agent.jobs import Taken
from device_probe.agent.log import Tell
from device_probe.agent.patience import Patience
from device_probe.agent.server import Server
from device_probe.agent.spool import Spool, Waiting
from device_probe.agent.standing import Notebook
from device_probe.problems import OutOfReachError, ServerRefusalError

FORBIDDEN = 403
FORBIDDEN_WAIT_S = 3600.0  # rights come back, with the day of an assignment or by an administrator


@dataclass(slots=True)
class _Later:
    """When a report that the server stumbled over is tried again."""

    patience: Patience = field(default_factory=Patience)
    at: float = 0.0


@dataclass(slots=True)
class Outbox:
    """Sends the reports of a spool."""

    server: Server
    spool: Spool
    notebook: Notebook
    tell: Tell
    refused: int = 0
    _later: dict[str, _Later] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic

    def send_all(self) -> None:
        """Send what is due; OutOfReachError when the server cannot be reached at all."""
        for waiting in self.spool.waiting():
            later = self._later.get(waiting.path.name)
            if later is None or later.at <= self.clock():
                self._send(waiting)

    def next_in(self) -> float | None:
        """Return how long until a report is due again, None when none waits for its time."""
        names = {waiting.path.name for waiting in self.spool.waiting()}
        times = [later.at for name, later in self._later.items() if name in names]
        return max(0.0, min(times) - self.clock()) if times else None

    def _send(self, waiting: Waiting) -> None:
        document = read_document(waiting.path)
        if document is None:
            self._refuse(waiting, "This file cannot be read as a report any more; probe again.")
            return
        try:
            if waiting.job:
                taken = self.server.result(waiting.job, document)
            else:
                taken = self.server.upload(str(document["plan"]["site"]), document)
        except OutOfReachError as error:
            if not error.answered:
                raise
            self._put_off(waiting, str(error), error.wait_s)
        except ServerRefusalError as error:
            if error.status == FORBIDDEN:
                self._put_off(waiting, str(error), FORBIDDEN_WAIT_S)
            else:
                self._refuse(waiting, str(error))
        else:
            self._taken(waiting, taken)

    def _taken(self, waiting: Waiting, taken: Taken) -> None:
        self._later.pop(waiting.path.name, None)
        if taken.taken:
            self.tell(f"Report {waiting.report} is with the server: {taken.verdict}, entry {taken.number}.")
            self.spool.sent(waiting)
        else:
            self.tell(f"Report {waiting.report} came second: {taken.id} is the job's; it is kept in taken/.")
            self.spool.another_came_first(waiting)
        self.notebook.sent(f"report {waiting.report}: {taken.verdict}")

    def _refuse(self, waiting: Waiting, why: str) -> None:
        self.refused += 1
        self.notebook.error(f"Report {waiting.report} was refused: {why}")
        self.tell(
            f"Report {waiting.report} was refused: {why} It is kept in refused/ for a person to upload."
        )
        self.spool.refuse(waiting, why)

    def _put_off(self, waiting: Waiting, why: str, asked_s: float | None) -> None:
        later = self._later.setdefault(waiting.path.name, _Later())
        later.at = self.clock() + later.patience.next_wait(asked_s)
        self.notebook.error(why)
        self.tell(f"Report {waiting.report} waits: {why}")
