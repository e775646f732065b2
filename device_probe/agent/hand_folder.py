"""A load step by hand on disk: it goes on after a restart in the middle, and nothing read is read twice.

hand/run.json        the plan, the stations, and what does not grow
hand/move-0001.json  one file for each move, written when it is made
"""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from device_probe.agent.files import cannot_write, read_document, write_document
from device_probe.diagnosis.evidence import Sample
from device_probe.load_step.manual import Held, LeftOut, ManualState, Move
from device_probe.load_step.manual_follow import Watch
from device_probe.load_step.manual_look import Calm, levels
from device_probe.load_step.record import RawRead
from device_probe.load_step.steps import Hold, Round
from device_probe.model import RawBlock, SitePlan
from device_probe.problems import ProbeError
from device_probe.report import load_plan
from device_probe.schema import dump_plan

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """A run as it was found on disk; ``clock_s`` and ``at``: its own clock and the time of day, then."""

    watch: Watch
    begun_at: str
    clock_s: float
    at: float

    @property
    def age_s(self) -> float:
        """Return how long ago something was done."""
        return max(0.0, time.time() - self.at)


class HandFolder:
    """The folder of one run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._on_disk: list[Move] = []

    def save(self, watch: Watch, begun_at: str, clock_s: float) -> None:
        """Write what is not on disk yet; a move that was undone goes."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise cannot_write(self._folder, error) from error
        state = watch.state
        pairs = zip(self._on_disk, state.moves, strict=False)
        both = min(len(self._on_disk), len(state.moves))
        same = next((k for k, (old, new) in enumerate(pairs) if old is not new), both)
        self._drop(same)
        for number in range(same, len(state.moves)):
            write_document(self._move(number), _dump_move(state.moves[number]))
            self._on_disk.append(state.moves[number])
        document = {
            "plan": dump_plan(state.plan), "tags": list(state.tags), "turn": watch.turn,
            "alone": watch.alone, "begun_at": begun_at, "clock_s": clock_s, "at": time.time(),
        }  # fmt: skip
        write_document(self._folder / "run.json", document)

    @property
    def there(self) -> bool:
        """Return True when a run is on disk."""
        return (self._folder / "run.json").exists()

    def load(self) -> Saved | None:
        """Return the run that is on disk; None when there is none, or none that can be used."""
        found = read_document(self._folder / "run.json")
        if found is None:
            return None
        try:
            plan = load_plan(found["plan"])
            moves = [_move(plan, read_document(self._move(k)) or {}) for k in range(self._count())]
            state = ManualState(plan, tuple(map(str, found["tags"])), tuple(moves))
            self._on_disk = moves
            watch = Watch(state, alone=bool(found["alone"]), turn=int(found["turn"]) + 1)
            return Saved(watch, str(found["begun_at"]), float(found["clock_s"]), float(found["at"]))
        except (ProbeError, KeyError, TypeError, ValueError):
            return None

    def clear(self) -> None:
        """Forget the run: it was judged, or nobody wants it."""
        with contextlib.suppress(OSError):
            (self._folder / "run.json").unlink(missing_ok=True)
            self._drop(0)

    def _drop(self, first: int) -> None:
        """Take away the moves from this one on, the last first: what is left is whole after a crash too."""
        for number in reversed(range(first, self._count())):
            self._move(number).unlink(missing_ok=True)
        del self._on_disk[first:]

    def _move(self, number: int) -> Path:
        return self._folder / f"move-{number + 1:04}.json"

    def _count(self) -> int:
        count = 0
        while self._move(count).exists():
            count += 1
        return count


def _dump_move(move: Move) -> Raw:
    if isinstance(move, LeftOut):
        return {"left_out": move.tag}
    return {
        "changed": sorted(move.hold.lowered),
        "calm": [[_dump_round(one) for one in each.hold.rounds] for each in move.calm],
    }


def _dump_round(one: Round) -> Raw:
    samples = {tag: {"at": s.at, "readings": dict(s.readings)} for tag, s in one.samples.items()}
    return {"at_s": one.at_s, "samples": samples, "reads": [asdict(read) for read in one.reads]}


def _move(plan: SitePlan, raw: Mapping[str, Any]) -> Move:
    if "left_out" in raw:
        return LeftOut(str(raw["left_out"]))
    parts = [tuple(map(_round, each)) for each in raw["calm"]]
    calm = tuple(Calm(Hold(frozenset(), part), levels(plan, part)) for part in parts)
    rounds = tuple(one for part in parts for one in part)
    return Held(Hold(frozenset(raw["changed"]), rounds), calm)


def _round(raw: Mapping[str, Any]) -> Round:
    samples = {tag: Sample(str(s["at"]), dict(s["readings"])) for tag, s in raw["samples"].items()}
    reads = tuple(
        RawRead(r["tag"], r["taken_at"], tuple(RawBlock(**b) for b in r["blocks"]), r["problem"])
        for r in raw["reads"]
    )
    return Round(float(raw["at_s"]), samples, reads)
