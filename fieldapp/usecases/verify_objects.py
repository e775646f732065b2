"""Is every stored file there, and is it what it was: at the command line, and once a day by a job.

What is wrong is written into the object's row, so that pages, packs and receipts say so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from fieldapp.clock import later, now, text_of
from fieldapp.config import settings
from fieldapp.objects import objects
from fieldapp.problems import Problem
from fieldapp.store import jobs
from fieldapp.store import objects as rows
from fieldapp.store.database import reading, session
from fieldapp.tables import ObjectRow
from fieldapp.usecases.stored_bytes import WORDS

KIND = "verify_objects"
Tell = Callable[[int, int], None]
#: What lies in the store since less than this may be an upload that ends just now.
_FRESH = timedelta(hours=1)
_ENDED = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    ``problem``: lost, damaged; renewed (a picture made from a photo, made again when it is needed);
    unknown (in the store, but no object); orphaned (a piece of an upload that nobody has begun).
    """

    sha256: str
    problem: str
    size: int


@dataclass(frozen=True, slots=True)
class ObjectsCheck:
    """What a look at all stored files found."""

    objects: int
    size: int
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        """True when no evidence is lost or damaged."""
        return not any(each.problem in ("lost", "damaged") for each in self.findings)


def verify_objects(*, quick: bool, tell: Tell | None = None) -> ObjectsCheck:
    """Look at every object: that it is there with its size, and unless ``quick`` that its hash is right."""
    with reading() as db:
        total = rows.count(db)
    seen, size, findings = 0, 0, []
    for page in _pages():
        found = {}
        for row in page:
            found[row.sha256] = _look(row, quick)
            seen, size = seen + 1, size + row.size
            if tell is not None:
                tell(seen, total)
        findings += [*_written(page, found, quick)]
    findings += [*_unknown(), *_orphaned()]
    return ObjectsCheck(seen, size, tuple(findings))


def _pages() -> Iterator[list[ObjectRow]]:
    after = ""
    while True:
        with reading() as db:
            page = rows.every(db, after)
        if not page:
            return
        yield page
        after = page[-1].sha256


def _look(row: ObjectRow, quick: bool) -> str:
    try:
        if objects().size(row.sha256) != row.size:
            return "damaged"
        if quick:  # says nothing about what an earlier, longer look found
            return "damaged" if row.problem == "damaged" else ""
        objects().check(row.sha256)
    except Problem as problem:
        if problem.code not in WORDS:
            raise
        return WORDS[problem.code]
    return ""


def _written(page: list[ObjectRow], found: Mapping[str, str], quick: bool) -> Iterator[Finding]:
    """Write down what was found; what can be made again is forgotten instead."""
    at = now()
    # Looked at twice: meanwhile somebody may have sent it again.
    again = {row.sha256: _look(row, quick) for row in page if found[row.sha256]}
    with session() as db:
        for row in page:
            word = again.get(row.sha256, "")
            if word and rows.forget_rendition(db, row.sha256):
                objects().remove(row.sha256)
                yield Finding(row.sha256, "renewed", row.size)
                continue
            if word != row.problem or not quick:
                rows.mark(db, row.sha256, word, at)
            if word:
                yield Finding(row.sha256, word, row.size)


def _unknown() -> Iterator[Finding]:
    before = datetime.now(UTC) - _FRESH
    some: list[str] = []
    for name, since in objects().stored():
        if since < before:
            some.append(name)
        if len(some) == 500:
            yield from _without_row(some)
            some = []
    yield from _without_row(some)


def _without_row(names: list[str]) -> Iterator[Finding]:
    with reading() as db:
        known = rows.present(db, names)
    for name in names:
        if name not in known:
            yield Finding(name, "unknown", 0)


def _orphaned() -> Iterator[Finding]:
    with reading() as db:
        begun = set(rows.unfinished(db))
    for person, sha256, file in objects().unfinished():
        if (person, sha256) not in begun:
            yield Finding(sha256, "orphaned", file.stat().st_size)


def clear_uploads() -> int:
    """Forget uploads that nobody has gone on with for many days; return how many files were removed."""
    days = settings().upload_days
    before = datetime.now(UTC) - timedelta(days=days)
    removed = 0
    for _, _, file in objects().unfinished():
        if datetime.fromtimestamp(file.stat().st_mtime, UTC) < before:
            file.unlink(missing_ok=True)
            removed += 1
    with session() as db:
        for row in rows.old_uploads(db, text_of(before)):
            if not objects().part(row.person_id, row.sha256).exists():
                db.delete(row)
    return removed + objects().forget_leftovers(older_than_s=86_400)


def look_daily(_: Mapping[str, Any], tell: Callable[[int, str], None]) -> dict[str, Any]:
    """Take a quick look at all files and clear away what nobody went on with: the work of the job."""
    tell(5, "looking at the stored files")
    found = verify_objects(quick=True)
    tell(90, "clearing away uploads that never ended")
    cleared = clear_uploads()
    wrong = sum(each.problem in ("lost", "damaged") for each in found.findings)
    return {"objects": found.objects, "wrong": wrong, "cleared": cleared}


def queue_look() -> None:
    """Have the files looked at when the last look is long enough ago."""
    hours = settings().verify_objects_hours
    with reading() as db:
        row = jobs.with_key(db, KIND)
        wanted = hours > 0 and rows.any_here(db) and (row is None or _is_due(row, hours))
    if not wanted:
        return
    try:
        with session() as db:
            row = jobs.with_key(db, KIND)
            if row is None:
                jobs.add(db, KIND, {}, KIND, site=None, person=None)
            elif _is_due(row, hours):
                jobs.put_again(db, row, {})
    except IntegrityError:
        return  # another worker was first


def _is_due(row: Any, hours: int) -> bool:
    return row.state in _ENDED and (row.finished_at or "") < later(-3600 * hours)
