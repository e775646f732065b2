"""What tablets on the site network may have done: look, read the site, stop that, take the report."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from device_probe.agent.digest import Digested, digested
from device_probe.agent.files import read_document, write_document
from device_probe.agent.hand_desk import HandDesk
from device_probe.agent.log import Tell
from device_probe.agent.reading import Reader
from device_probe.agent.spool import Spool
from device_probe.agent.standing import Notebook
from device_probe.agent.view import view
from device_probe.model import SitePlan
from device_probe.problems import PlanFileError
from device_probe.report import load_plan


class Plans:
    """The plan that tablets read by: the one that was given, else the one of the newest job."""

    def __init__(self, path: Path, given: SitePlan | None) -> None:
        self._path, self._given = path, given
        self._known = given or _load(path)

    @property
    def plan(self) -> SitePlan | None:
        """Return the plan, None before the first job."""
        return self._known

    def learn(self, document: Mapping[str, Any]) -> None:
        """Keep the plan of a job."""
        write_document(self._path, document)
        if self._given is None:
            self._known = load_plan(dict(document))


def _load(path: Path) -> SitePlan | None:
    try:
        return load_plan(read_document(path))
    except PlanFileError:
        return None


@dataclass(slots=True)
class Desk:
    """One agent as the tablets beside it see it."""

    spool: Spool
    reader: Reader
    notebook: Notebook
    plans: Plans
    tell: Tell
    hand: HandDesk = field(init=False)
    _newest: Digested | None = None
    _stamp: tuple[int, int] = (0, 0)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Find a load step by hand that was begun."""
        self.hand = HandDesk(self.spool.folder / "hand", self.reader, self._keep, self.tell)

    def state(self) -> dict[str, Any]:
        """Return what the page shows."""
        newest = self.newest()
        fate = self.spool.fate(str(newest.document["id"])) if newest else ""
        return view(self.plans.plan, self.reader.last, newest, fate, self.notebook.now, self.hand.view())

    def begin(self) -> None:
        """Read the site now; BusyError while a run goes on, PlanFileError without a plan."""
        plan = self.plans.plan
        if plan is None:
            raise PlanFileError("There is no plan yet: it comes with the first job, or by --plan FILE.")
        self.reader.begin(plan, "tablet", self._keep)
        self.tell(f"A tablet began a run: reading {len(plan.devices)} devices of {plan.name}.")

    def cancel(self) -> bool:
        """Stop a run that a tablet began; False when there is none."""
        last = self.reader.last
        if last is None or last.over or last.by != "tablet":
            return False
        last.cancel()
        return True

    def newest(self) -> Digested | None:
        """Return the newest report; the file is read again only when it changed."""
        path = self.spool.folder / "last.json"
        with self._guard:
            try:
                found = path.stat()
            except OSError:
                return None
            stamp = found.st_mtime_ns, found.st_ino
            if stamp != self._stamp:
                document = read_document(path)
                self._newest, self._stamp = digested(document) if document else None, stamp
            return self._newest

    def _keep(self, document: Mapping[str, Any]) -> None:
        self.spool.keep(document, None)
        self.tell(f"The run of a tablet ended: report {document['id']}, verdict {document['verdict']}.")
