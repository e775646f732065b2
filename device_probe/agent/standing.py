"""How the agent stands, in a small file beside its reports: for `agent status` and the page for tablets."""

import contextlib
import os
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from device_probe.agent.files import read_document, write_document
from device_probe.bus import now_text
from device_probe.problems import SpoolError

SELDOM_S = 60.0  # how often a mere sign of life is written: memory cards wear out


@dataclass(slots=True)
class Standing:
    """What an agent knows of itself."""

    server: str = ""
    door: str = ""
    pid: int = 0
    started_at: str = ""
    last_contact: str = ""
    last_error: str = ""
    last_error_at: str = ""
    reached: bool = False  # whether the server answered when it was asked last
    last_job: str = ""


class Notebook:
    """Writes the standing; a folder without room for it stops nobody."""

    def __init__(self, path: Path, server: str) -> None:
        self._path = path
        self.now = _read(path)
        self.now.server, self.now.pid, self.now.started_at = server, os.getpid(), now_text()
        self.now.door = ""
        self._written = 0.0

    def contact(self) -> None:
        """Note that the server answered; what it said of a report before stays."""
        news = not self.now.reached
        if news:
            self.now.last_error = self.now.last_error_at = ""
        self.now.last_contact, self.now.reached = now_text(), True
        self._write(news=news)

    def error(self, sentence: str, *, reached: bool = True) -> None:
        """Note what went wrong, and whether it was the way to the server."""
        news = (sentence, reached) != (self.now.last_error, self.now.reached)
        self.now.last_error, self.now.last_error_at, self.now.reached = sentence, now_text(), reached
        self._write(news=news)

    def job(self, sentence: str) -> None:
        """Note what became of a job."""
        self.now.last_job = sentence
        self._write(news=True)

    def sent(self, sentence: str) -> None:
        """Note that a report is with the server."""
        self.now.last_error = self.now.last_error_at = ""
        self.now.last_contact, self.now.reached = now_text(), True
        self.job(sentence)

    def opened(self, door: str) -> None:
        """Note where tablets find this agent."""
        self.now.door = door
        self._write(news=True)

    def close(self) -> None:
        """Write the last of it."""
        self._write(news=True)

    def _write(self, *, news: bool) -> None:
        if not news and time.monotonic() - self._written < SELDOM_S:
            return
        with contextlib.suppress(SpoolError):
            write_document(self._path, asdict(self.now), sync=False)
            self._written = time.monotonic()


def _read(path: Path) -> Standing:
    found: dict[str, Any] = read_document(path) or {}
    known = {field.name: type(getattr(Standing(), field.name)) for field in fields(Standing)}
    return Standing(**{key: value for key, value in found.items() if type(value) is known.get(key)})


def standing_of(folder: Path) -> Standing:
    """Return how the agent of a spool stands, or stood when it ended."""
    return _read(folder / "state.json")
