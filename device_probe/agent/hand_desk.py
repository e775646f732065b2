"""What tablets may do with a load step by hand: look, begin, press, take up again, give up."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast, get_args

from device_probe.agent.hand import (
    IDLE_S,
    HandRun,
    LookAround,
    Press,
    begun,
    meters_silent,
    stations_seen,
    taken_up,
)
from device_probe.agent.hand_folder import HandFolder, Saved
from device_probe.agent.hand_view import run_view
from device_probe.agent.log import Tell
from device_probe.agent.reading import BusyError, Keep, Reader
from device_probe.model import SitePlan
from device_probe.problems import PlanFileError


class HandDesk:
    """The load step by hand of one agent; there is one at a time, whoever looks at it."""

    def __init__(self, folder: Path, reader: Reader, keep: Keep, tell: Tell) -> None:
        self._folder, self._reader, self._keep, self._tell = HandFolder(folder), reader, keep, tell
        self._guard = threading.Lock()
        self._look: LookAround | None = None
        self._run: HandRun | None = None
        self._saved: Saved | None = self._folder.load()
        self.interval_s = 1.0

    def look(self, plan: SitePlan | None) -> None:
        """Look at all stations; BusyError while something else goes on."""
        with self._guard:
            if self._waits():
                raise BusyError("A load step by hand waits to be taken up again; end that one first.")
            look = LookAround(self._reader.reached(_known(plan)), self._reader.ended)
            self._reader.take(look)
            self._look = look

    def begin(self, plan: SitePlan | None, tags: Sequence[str]) -> None:
        """Begin with these stations; a second tablet that begins the same only sees it."""
        with self._guard:
            if self._going():
                return
            if self._waits():
                raise BusyError("A load step by hand waits to be taken up again; end that one first.")
            there = self._reader.reached(_known(plan))
            chosen = tuple(d.tag for d in there.devices if d.role == "station" and d.tag in tags)
            if not chosen:
                raise PlanFileError("Choose at least one station of the plan.")
            self._start(HandRun(
                there, begun(there, chosen), self._folder, self._keep, self._reader.ended,
                interval_s=self.interval_s,
            ))  # fmt: skip
            self._look = None
        self._tell(f"A tablet began a load step by hand with {len(chosen)} stations of {there.name}.")

    def go_on(self) -> None:
        """Take up a run that waits; nothing happens when it goes on already."""
        with self._guard:
            saved = None if self._going() else self._folder.load()
            if saved is None:
                return
            plan = self._reader.reached(saved.watch.state.plan)
            self._start(HandRun(
                plan, taken_up(saved, plan), self._folder, self._keep, self._reader.ended, saved,
                self.interval_s,
            ))  # fmt: skip
        self._tell("The load step by hand goes on.")

    def resume(self) -> None:
        """Take up what a restart of the agent broke off, unless it had been left long ago."""
        if self._saved is not None and self._saved.age_s < IDLE_S:
            self.go_on()

    def press(self, what: str, turn: str) -> bool:
        """Do what a person pressed at a turn; False when it is past, which harms nothing."""
        run = self._going()
        if what not in get_args(Press) or not (turn.isascii() and turn.isdigit() and len(turn) < 9):
            raise PlanFileError("This button is not known; load the page again.")
        if run is None and what == "leave":
            return self._give_up()
        return run is not None and run.press(cast("Press", what), int(turn))

    def view(self) -> dict[str, Any] | None:
        """Return what the page shows of it, None when there is nothing."""
        if (run := self._going()) is not None:
            return run_view(run)
        if self._waits():
            error = self._run.error if self._run else None
            return {"phase": "paused", "trouble": str(error) if error else ""}
        if self._look is None:
            return None
        if not self._look.over:
            return {"phase": "looking"}
        if self._look.found is None:
            return {"phase": "choosing", "stations": [], "silent": [], "trouble": str(self._look.error or "")}
        plan, found = self._look.plan, self._look.found
        return {
            "phase": "choosing", "stations": stations_seen(plan, found), "trouble": "",
            "silent": meters_silent(plan, found),
        }  # fmt: skip

    def _give_up(self) -> bool:
        """Forget a choice, or a run that waits."""
        with self._guard:
            self._look = None
            if not self._going():
                self._folder.clear()
                self._saved = self._run = None
        return True

    def _start(self, run: HandRun) -> None:
        self._reader.take(run)
        self._run, self._saved = run, None

    def _going(self) -> HandRun | None:
        return None if self._run is None or self._run.over else self._run

    def _waits(self) -> bool:
        """Return True when a run lies on disk that nobody works at."""
        return self._going() is None and self._folder.there


def _known(plan: SitePlan | None) -> SitePlan:
    if plan is None:
        raise PlanFileError("There is no plan yet: it comes with the first job, or by --plan FILE.")
    return plan
