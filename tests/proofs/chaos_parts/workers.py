"""Workers that die: between the commit of a job and its wake-up, and in the middle of a pack."""

import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping

from sqlmodel import select

from fieldapp.store import jobs as rows
from fieldapp.store import journal
from fieldapp.store.database import reading
from fieldapp.tables import JobRow, PackRow
from fieldapp.usecases import check_journal, issue_pack, review_site, submit_site
from tests.fieldapp.hall_cast import Hall, do_all_items
from tests.proofs.chaos_parts.server import Process
from tests.proofs.chaos_parts.storm import Outcome

#: The committed row is all that is left of who asked: the process dies where it would wake a worker.
_ASK_AND_DIE = """
    import os, signal
    from fieldapp import create_app
    from fieldapp.store.jobs import WAKER
    from fieldapp.usecases import issue_pack, manage_people
    app = create_app({settings})
    app.extensions[WAKER] = lambda job: os.kill(os.getpid(), signal.SIGKILL)
    with app.app_context():
        issue_pack.request_pack(manage_people.find_person("engineer@example.org"), {site!r})
"""


def dying_workers(hall: Hall, settings: Mapping[str, str], kills: int, seconds: float, seed: int) -> Outcome:
    """Have a pack issued by workers that are killed at random points of it; look at what came of it."""
    chance, begin = random.Random(seed), time.monotonic()
    do_all_items(hall, hall.tablet())
    with hall.inside():
        submit_site.submit_site(hall.people["contractor"], hall.site)
        review_site.approve_site(hall.people["reviewer"], hall.site)
    script = textwrap.dedent(_ASK_AND_DIE).format(settings=dict(settings), site=hall.site)
    asked = subprocess.run([sys.executable, "-c", script], check=False, timeout=seconds)
    faults = [] if asked.returncode == -signal.SIGKILL else ["Who asked for the pack did not die of it."]
    points = sorted(chance.randrange(3, 92) for _ in range(kills))
    seen = []
    with Process(settings, "worker") as worker:
        for point in points:
            seen.append(_wait_for_pack(hall, point, seconds))
            worker.kill()
            worker.start()
        _wait_for_pack(hall, 101, seconds)
        _wait_for_others(hall, seconds)
    faults += _faults(hall)
    return Outcome(tuple(faults), {
        "killed_between_commit_and_wake_up": 1, "worker_kills": worker.kills, "killed_at_percent": seen,
        "jobs": _count(hall), "seconds": round(time.monotonic() - begin, 1),
    })  # fmt: skip


def _wait_for_pack(hall: Hall, percent: int, seconds: float) -> int:
    """Wait until a worker has the pack and is so far, or has ended it; return how far it is."""
    deadline = time.monotonic() + seconds
    while True:
        with hall.inside(), reading() as db:
            row = db.exec(select(JobRow).where(JobRow.kind == issue_pack.KIND)).one()
        far = row.state == "running" and row.progress_percent >= percent
        if far or row.state in ("done", "failed") or time.monotonic() > deadline:
            return row.progress_percent
        time.sleep(0.02)


def _wait_for_others(hall: Hall, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with hall.inside(), reading() as db:
            if not rows.running(db) and not rows.due(db):
                return
        time.sleep(0.2)


def _count(hall: Hall) -> int:
    with hall.inside(), reading() as db:
        return len(db.exec(select(JobRow)).all())


def _faults(hall: Hall) -> Iterator[str]:
    with hall.inside():
        with reading() as db:
            unfinished = db.exec(select(JobRow).where(JobRow.state != "done")).all()
            packs = db.exec(select(PackRow)).all()
            issued = journal.read(db, hall.site, types=["pack_issued"])
        yield from (f"Job {each.kind} is {each.state}: {each.error}" for each in unfinished)
        if (len(packs), len(issued)) != (1, 1):
            yield f"There are {len(packs)} packs and {len(issued)} entries about them instead of one."
        for pack in packs:
            data, _ = issue_pack.pack_file(hall.people["engineer"], pack.id)
            found = issue_pack.verify_pack(data)
            if not found.good:
                yield f"Pack {pack.id}: {found.bottom_line}"
        yield from (each for check in check_journal.verify_journals() for each in check.problems)
