"""What one device taught us about its limits: a refused request is not made a second time.

Learned are facts about requests (a hole, a boundary, a count), so they hold for every later choice of
quantities. Kept for the run and, when a folder is given, from run to run.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Place = tuple[int, str]  # unit id and table
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Learned:
    """Limits of one device beyond those that its profile names."""

    holes: frozenset[tuple[int, str, int, int]] = frozenset()  # unit, table, first, first behind: don't span
    cuts: frozenset[tuple[int, str, int]] = frozenset()  # unit, table, address: no request across it
    counts: frozenset[tuple[int, str, int]] = frozenset()  # unit, table, most registers answered at once
    absent: frozenset[str] = frozenset()  # optional quantities that this variant does not have

    def most(self, place: Place, otherwise: int) -> int:
        """Return how many registers this table gives at once."""
        return min((count for *where, count in self.counts if tuple(where) == place), default=otherwise)


@dataclass(slots=True)
class Lesson:
    """Collects what one reading teaches; ``learned`` is the sum of it and of what was known before."""

    learned: Learned = field(default_factory=Learned)
    answered: dict[Place, int] = field(default_factory=dict)  # the longest answer from each table

    def saw_answer(self, place: Place, count: int) -> None:
        """Keep how many registers this table gave at once."""
        self.answered[place] = max(count, self.answered.get(place, 0))

    def saw_parts_answer(self, place: Place, count: int, cuts: list[tuple[int, int]]) -> None:
        """Draw the conclusion from a refused request of which every part was answered.

        ``cuts`` are the places between the parts: end of one, first address of the next. Where a hole and a
        limit explain the refusal alike, both are believed: a request too many costs less than a refused one.
        """
        unit, table = place
        self.add(holes={(unit, table, end, first) for end, first in cuts if first > end})
        if self.answered.get(place, 0) < count:
            self.add(counts={(unit, table, self.answered[place])})
        else:  # as much was answered elsewhere: it is not the count
            self.add(cuts={(unit, table, first) for end, first in cuts if first <= end})

    def add(
        self,
        holes: set[tuple[int, str, int, int]] | None = None,
        cuts: set[tuple[int, str, int]] | None = None,
        counts: set[tuple[int, str, int]] | None = None,
        absent: set[str] | None = None,
    ) -> None:
        """Add facts to what is known."""
        old = self.learned
        self.learned = Learned(
            old.holes | (holes or set()),
            old.cuts | (cuts or set()),
            old.counts | (counts or set()),
            old.absent | (absent or set()),
        )


class Memory:
    """The lessons of all devices of a run, by place, unit id and digest of the profile."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lessons: dict[tuple[str, int, str], Lesson] = {}
        self._written: dict[tuple[str, int, str], Learned] = {}

    def lesson(self, place: str, unit: int, digest: str) -> Lesson:
        """Return what is known of a device; the same object each time."""
        key = (place, unit, digest)
        if key not in self._lessons:
            self._lessons[key] = Lesson(self._load(key))
            self._written[key] = self._lessons[key].learned
        return self._lessons[key]

    def save(self) -> None:
        """Write what is new to the folder; a folder that takes nothing costs only the next run's speed."""
        if self._folder is None:
            return
        for key, lesson in self._lessons.items():
            if lesson.learned != self._written[key]:
                with suppress(OSError):
                    self._write(key, lesson.learned)
                    self._written[key] = lesson.learned

    def _path(self, key: tuple[str, int, str]) -> Path:
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
        return Path(self._folder or ".") / f"{name}.json"

    def _write(self, key: tuple[str, int, str], learned: Learned) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"key": key, **_document(learned)}), encoding="utf-8")
        part.replace(path)  # whole or not at all, also when two runs end at once

    def _load(self, key: tuple[str, int, str]) -> Learned:
        if self._folder is None:
            return Learned()
        try:
            return _learned(json.loads(self._path(key).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return Learned()  # a lesson that can't be read is learned anew


def _document(learned: Learned) -> dict[str, Any]:
    return {
        "schema": SCHEMA_VERSION,
        "holes": sorted(learned.holes),
        "cuts": sorted(learned.cuts),
        "counts": sorted(learned.counts),
        "absent": sorted(learned.absent),
    }


def _learned(document: dict[str, Any]) -> Learned:
    if document["schema"] != SCHEMA_VERSION:
        return Learned()
    return Learned(
        frozenset((int(u), str(t), int(first), int(end)) for u, t, first, end in document["holes"]),
        frozenset((int(u), str(t), int(at)) for u, t, at in document["cuts"]),
        frozenset((int(u), str(t), max(1, int(count))) for u, t, count in document["counts"]),
        frozenset(str(name) for name in document["absent"]),
    )
