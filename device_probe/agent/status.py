"""How an agent stands, from its folder alone, whether it runs or not."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from device_probe.agent.lock import SpoolLock
from device_probe.agent.spool import Spool
from device_probe.agent.standing import Standing, standing_of
from device_probe.console import out


@dataclass(frozen=True, slots=True)
class Status:
    """What the folder says."""

    folder: Path
    running: bool
    counts: dict[str, int]
    standing: Standing

    @property
    def exit_code(self) -> int:
        """Return 0 when all is well, 1 when something went wrong, 4 when no agent runs here."""
        if not self.running:
            return 4
        return 1 if self.standing.last_error or self.counts["refused"] else 0

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "spool": str(self.folder), "running": self.running, **self.counts, **asdict(self.standing),
        }  # fmt: skip


def status_of(folder: Path) -> Status:
    """Return how the agent of a folder stands."""
    spool = Spool(folder)
    counts = {
        "waiting": spool.count("outbox"), "begun": spool.count("jobs"), "second": spool.count("taken"),
        "refused": spool.count("refused"),
    }  # fmt: skip
    return Status(folder, SpoolLock(folder / "lock").is_held(), counts, standing_of(folder))


def show_status(status: Status) -> None:
    """Print it."""
    known, counts = status.standing, status.counts
    table = Table(box=None, show_header=False)
    rows = {
        "Folder": str(status.folder),
        "Agent": f"runs (process {known.pid})" if status.running else "does not run",
        "Server": known.server or "none",
        "Door for tablets": known.door or "none",
        "Reports to send": str(counts["waiting"]),
        "Jobs begun": str(counts["begun"]),
        "Came second": f"{counts['second']} (taken/)",
        "Refused": f"{counts['refused']} (refused/)",
        "Last contact": known.last_contact or "never",
        "Last job": known.last_job or "none",
        "Last error": f"{known.last_error_at} {known.last_error}".strip() or "none",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    out().print(table)
