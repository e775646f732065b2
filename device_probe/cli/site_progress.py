"""What goes on while a site is read: a line for each connection at work, and one for the whole."""

from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from device_probe.model import PlannedDevice, Snapshot

TALLEST = 20  # lines shown at once, so that the one for the whole stays in sight


class SiteProgress:
    """Shown on stderr while it is entered; told by the reader what begins and what ends."""

    def __init__(self, lines: Mapping[str, list[PlannedDevice]], rounds: int = 1) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[failures]}"), console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._totals = {place: rounds * len(devices) for place, devices in lines.items()}
        total = sum(self._totals.values())
        self._all = self._bar.add_task("All", total=total, failures="")
        self._lines: dict[str, TaskID] = {}
        self._failures: dict[TaskID, list[str]] = {self._all: []}

    def __enter__(self) -> "SiteProgress":
        """Show it."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        self._bar.stop()

    def begins(self, place: str, device: PlannedDevice) -> None:
        """A device is read now."""
        if place not in self._lines:
            task = self._bar.add_task("", total=self._totals[place], failures="")
            self._lines[place], self._failures[task] = task, []
        task = self._lines[place]
        shown = sum(each.visible for each in self._bar.tasks)
        self._bar.update(task, description=f"{place} {device.tag}", visible=shown <= TALLEST)

    def ends(self, place: str, device: PlannedDevice, snapshot: Snapshot) -> None:
        """A device was read, or could not be."""
        task = self._lines[place]
        for each in (task, self._all):
            if snapshot.problem:
                self._failures[each] = [*dict.fromkeys((*self._failures[each], device.tag))]
            self._bar.update(each, advance=1, failures=self._words(each))
        if self._bar.tasks[self._bar.task_ids.index(task)].finished:
            self._bar.update(task, visible=bool(self._failures[task]))

    def _words(self, task: TaskID) -> str:
        failed = self._failures[task]
        return Text(f"failed: {', '.join(failed)}" if failed else "").plain
