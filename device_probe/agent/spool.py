"""The agent's folder: jobs that run, reports that wait to be sent, and what became of the others.

jobs/ID.json                     a job that was claimed; gone when its report is in outbox/
outbox/job.JOB.REPORT.json       the report of a job, as it is sent
outbox/own.REPORT.json           a report that nobody asked for
taken/                           the server had another report of that job already; kept for some days
refused/                         the server will not take it; FILE.txt says why; kept for a person
last.json, plan.json             the newest report and plan, for tablets at the site
state.json                       what `agent status` shows
"""

import contextlib
import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from device_probe.agent.files import PART, cannot_write, move, read_document, write_document, write_whole
from device_probe.agent.jobs import ID, Job
from device_probe.agent.lock import SpoolLock

NAME = re.compile(r"(?:job\.(?P<job>[A-Za-z0-9_-]{1,64})|own)\.(?P<report>[A-Za-z0-9_-]{1,64})\.json\Z")
FOLDERS = ("jobs", "outbox", "taken", "refused")
KEPT_DAYS = 30
DAY_S = 86_400
Fate = Literal["waiting", "sent", "another", "refused"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report on disk that the server does not have yet."""

    path: Path
    report: str
    job: str | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that was claimed; ``reason`` is set when it is to be given back without a report."""

    job: Job
    reason: str = ""
    again: bool = True


class Spool:
    """The folder of one agent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = SpoolLock(folder / "lock")

    def prepare(self) -> None:
        """Make the folders and clear away what a crash left half-written."""
        try:
            for name in ("", *FOLDERS):
                (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def tidy(self, days: int = KEPT_DAYS) -> None:
        """Clear away halves that a crash left, and what was kept long enough."""
        for part in self.folder.rglob(f".*{PART}"):
            with contextlib.suppress(OSError):
                part.unlink()
        reported = {each.job for each in self.waiting()}
        for path in _files(self.folder / "jobs"):
            # what cannot be read: its lease runs out, then the server gives it out again
            if path.stem in reported or _begun(path) is None:
                _remove(path)
        oldest = time.time() - days * DAY_S
        for path in _files(self.folder / "taken"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def begin(self, begun: Begun) -> None:
        """Note a job that this agent has now."""
        write_document(self.folder / "jobs" / f"{begun.job.id}.json", asdict(begun))

    def begun(self) -> tuple[Begun, ...]:
        """Return the jobs that were claimed and have neither report nor end."""
        found = (_begun(path) for path in _files(self.folder / "jobs"))
        return tuple(each for each in found if each is not None)

    def end(self, job: str) -> None:
        """Forget a job: its report is in outbox/, or there will be none."""
        _remove(self.folder / "jobs" / f"{job}.json")

    def keep(self, document: Mapping[str, Any], job: str | None) -> Waiting:
        """Keep a report until the server has it."""
        report = str(document["id"])
        name = f"job.{job}.{report}.json" if job else f"own.{report}.json"
        path = self.folder / "outbox" / name
        write_document(path, document)
        self._show(path)
        if job:
            self.end(job)
        return Waiting(path, report, job)

    def waiting(self) -> tuple[Waiting, ...]:
        """Return the reports that wait to be sent, the oldest first."""
        named = ((path, NAME.match(path.name)) for path in sorted(_files(self.folder / "outbox"), key=_age))
        return tuple(Waiting(path, name["report"], name["job"]) for path, name in named if name)

    def sent(self, waiting: Waiting) -> None:
        """Forget a report that the server has."""
        _remove(waiting.path)

    def another_came_first(self, waiting: Waiting) -> None:
        """Set a report aside whose job had another one already."""
        move(waiting.path, self.folder / "taken" / waiting.path.name)

    def refuse(self, waiting: Waiting, why: str) -> None:
        """Set a report aside that the server will not take, and write beside it why."""
        target = self.folder / "refused" / waiting.path.name
        with contextlib.suppress(OSError):
            target.parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(target.with_suffix(".txt"), f"{why}\n".encode())
        move(waiting.path, target)

    def fate(self, report: str) -> Fate:
        """Return what became of a report of this agent."""
        places: tuple[tuple[str, Fate], ...] = (
            ("outbox", "waiting"), ("refused", "refused"), ("taken", "another"),
        )  # fmt: skip
        for folder, fate in places:
            if any(path.name.endswith(f".{report}.json") for path in _files(self.folder / folder)):
                return fate
        return "sent"

    def count(self, folder: str) -> int:
        """Return how many documents a folder holds."""
        return len(_files(self.folder / folder))

    def _show(self, path: Path) -> None:
        """Keep a second name for the newest report; without room for it the report itself is safe already."""
        last, part = self.folder / "last.json", self.folder / f".last.json{PART}"
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
            if sys.platform == "win32":
                part.write_bytes(path.read_bytes())
            else:
                os.link(path, part)
            part.replace(last)


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith(".")]
    except OSError:
        return []


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def _age(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except OSError:
        return 0.0, path.name


def _begun(path: Path) -> Begun | None:
    found = read_document(path) or {}
    try:
        job = Job(**found["job"])
    except (KeyError, TypeError):
        return None
    fits = ID.match(str(job.id)) and path.stem == job.id
    return Begun(job, str(found.get("reason", "")), bool(found.get("again", True))) if fits else None
