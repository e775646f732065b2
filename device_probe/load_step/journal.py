"""The old values on disk before the first write, so that they can be restored whatever happens.

One file a run, written whole, flushed to the disk and then put in place; it goes when all is restored.
"""

import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from device_probe.agent.lock import SpoolLock
from device_probe.load_step.setpoint import CURRENT, NOMINAL_V, SetPoint, marked
from device_probe.model import SitePlan
from device_probe.problems import OutputError, PlanFileError, RefusedError, SpoolError
from device_probe.profile import for_connector
from device_probe.profile_schema import load_profile
from device_probe.schema import dump_plan, load_plan

SCHEMA = 1
NAME = "device-probe-load-step"


@dataclass(frozen=True, slots=True)
class Journal:
    """One run that has written, or was about to."""

    path: Path
    plan: SitePlan
    points: tuple[SetPoint, ...]


class Journals:
    """A folder of journals; entered, it is ours alone until it is left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: SpoolLock | None = None

    def __enter__(self) -> "Journals":
        """Take the folder, or say that another run has it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot(self.folder, error) from error
        lock = SpoolLock(self.folder / "lock")
        try:
            lock.__enter__()
        except SpoolError as error:
            if not str(error).startswith("Another"):
                raise OutputError(f"{error} So no device is written to.") from error
            words = f"Another load step works with {self.folder}; end it first."
            raise RefusedError(words) from error
        self._lock = lock
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the folder back."""
        if self._lock is not None:
            self._lock.__exit__(kind, error, trace)
            self._lock = None

    def left_over(self) -> tuple[Journal, ...]:
        """Return the journals of runs that did not come to their end."""
        return tuple(_read(path) for path in sorted(self.folder.glob("*.json")))

    def open(self, plan: SitePlan, points: Sequence[SetPoint], started_at: str) -> Journal:
        """Put the old values on the disk; only then may anything be written."""
        if self._lock is None:
            raise RefusedError("Nothing is written while another run may hold the journals.")
        stamp = "".join(char for char in started_at if char.isalnum())
        path = self.folder / f"{stamp}-{os.getpid()}.json"
        entries = [
            {"tag": p.tag, "quantity": p.point.quantity, "found": p.found, "low": p.low, "unit": p.unit}
            for p in points
        ]
        _write(
            path, {"schema": SCHEMA, "started_at": started_at, "plan": dump_plan(plan), "entries": entries}
        )
        return Journal(path, plan, tuple(points))

    def close(self, journal: Journal) -> None:
        """Forget a run whose values all stand again as they were."""
        journal.path.unlink(missing_ok=True)
        _flush_folder(self.folder)


def default_folder(environment: Mapping[str, str]) -> Path:
    """Return where journals are kept when nobody says where."""
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home()) / NAME
    return Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / NAME


def _write(path: Path, document: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise _cannot(path, error) from error


def _flush_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows opens no folder, and needs no such flush
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _cannot(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path}: the old values can't be kept ({error.strerror or error}), so no device is written to; "
        "check folder, space and permissions."
    )


def _read(path: Path) -> Journal:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        plan = load_plan(document["plan"], path.name)
        points = tuple(_point(plan, entry) for entry in document["entries"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise PlanFileError(
            f"{path}: this journal of an earlier run can't be read; look at it, set the stations it "
            "names back by hand, then remove it."
        ) from error
    return Journal(path, plan, points)


def _point(plan: SitePlan, entry: Mapping[str, Any]) -> SetPoint:
    device = next(d for d in plan.devices if d.tag == entry["tag"])
    profile = load_profile(device.profile)
    point = marked(for_connector(profile, device.connector))
    if point is None or point.quantity != entry["quantity"] or device.design_current_a is None:
        raise ValueError("the profile has changed")
    per_a = 1.0 if point.quantity in CURRENT else NOMINAL_V * device.phases
    found, low = float(entry["found"]), float(entry["low"])
    return SetPoint(device, profile, point, found, low, 0.0, device.design_current_a * per_a)
