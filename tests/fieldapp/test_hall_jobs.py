"""Background work: done once, whoever dies; failures are visible, and nobody waits for ever."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fieldapp import jobs
from fieldapp.problems import Problem
from fieldapp.store import jobs as rows
from fieldapp.store.database import reading, session
from fieldapp.tables import JobRow
from fieldapp.usecases.issue_pack import Tell
from fieldapp.usecases.jobs import job_view
from tests.fieldapp.conftest import Reopen
from tests.fieldapp.hall_cast import Hall

SECONDS = 30


def add_job(hall: Hall, kind: str = "count", key: str = "one") -> str:
    with hall.inside(), session() as db:
        person = hall.people["engineer"].id
        return rows.add(db, kind, {"by": 1}, key, site=hall.site, person=person).id


def row_of(hall: Hall, job_id: str) -> JobRow:
    with hall.inside(), reading() as db:
        found = rows.get(db, job_id)
        assert found
        return found


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """A kind of job that counts how often it was done."""
    found: list[Mapping[str, Any]] = []

    def count(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        tell(50, "half-way")
        found.append(arguments)
        return {"done": len(found)}

    monkeypatch.setattr(jobs, "WORK", {"count": count})
    return found


def test_a_job_is_done_once(hall: Hall, done: list[Any]) -> None:
    job_id = add_job(hall)
    assert add_job(hall) == job_id
    with hall.inside():
        assert jobs.run(job_id)
        assert not jobs.run(job_id)
        found = job_view(hall.people["engineer"], job_id)
    assert done == [{"by": 1}]
    assert (found.state, found.progress_percent, found.result) == ("done", 100, {"done": 1})


def test_the_worker_is_woken_after_the_commit(hall: Hall, done: list[Any]) -> None:
    job_id = add_job(hall)
    huey = jobs.queue_of(hall.app).huey
    task = huey.dequeue()
    assert task is not None
    huey.execute(task)
    assert row_of(hall, job_id).state == "done"


def test_nothing_is_woken_when_the_transaction_fails(hall: Hall, done: list[Any]) -> None:
    def change_its_mind() -> None:
        with hall.inside(), session() as db:
            rows.add(db, "count", {}, "never", site=hall.site, person=hall.people["engineer"].id)
            raise Problem("busy")

    with pytest.raises(Problem):
        change_its_mind()
    assert jobs.queue_of(hall.app).huey.pending_count() == 0


def test_the_sweeper_finds_what_nobody_was_woken_for(hall: Hall, done: list[Any]) -> None:
    """Killed between commit and wake-up: the row is there, the queue is empty."""
    job_id = add_job(hall)
    queue = jobs.queue_of(hall.app)
    queue.huey.flush()
    queue.sweep()
    queue.huey.execute(queue.huey.dequeue())
    assert row_of(hall, job_id).state == "done"


def test_a_lease_that_expired_is_taken_up_and_the_late_worker_changes_nothing(
    hall: Hall, done: list[Any]
) -> None:
    job_id = add_job(hall)
    with hall.inside():
        with session() as db:
            assert rows.claim(db, job_id, "dead", 0)
        time.sleep(0.01)
        with session() as db:
            assert rows.due(db) == [job_id]
        assert jobs.run(job_id)
        with session() as db:
            assert not rows.finish(db, job_id, "dead", {"done": "by the dead"})
            assert not rows.renew(db, job_id, "dead", 100)
    row = row_of(hall, job_id)
    assert (row.attempts, json.loads(row.result)) == (2, {"done": 1})


def test_a_refusal_fails_at_once_and_says_why(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        raise Problem("wrong_state", state="open", why="its approval has lapsed.")

    monkeypatch.setattr(jobs, "WORK", {"count": refuse})
    job_id = add_job(hall)
    with hall.inside():
        jobs.run(job_id)
        found = job_view(hall.people["engineer"], job_id)
        assert (found.state, found.error) == ("failed", "The site is open: its approval has lapsed.")
        with pytest.raises(Problem) as caught:
            job_view(hall.people["stranger"], job_id)
    assert caught.value.status == 404
    assert add_job(hall) == job_id
    assert row_of(hall, job_id).state == "queued"


def test_an_unexpected_failure_is_tried_again_later_and_then_given_up(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(jobs, "WORK", {"count": break_down})
    job_id = add_job(hall)
    for attempt in (1, 2, 3):
        with hall.inside():
            assert jobs.run(job_id)
            assert not jobs.run(job_id), "it waits before the next attempt"
            row = row_of(hall, job_id)
            assert (row.attempts, row.state) == (attempt, "failed" if attempt == 3 else "queued")
            assert "ZeroDivisionError" in row.error
            with session() as db:
                waiting = rows.get(db, job_id)
                assert waiting
                waiting.run_after = "2020-01-01T00:00:00.000Z"
    assert "failed in attempt 1" in caplog.text


def test_a_worker_killed_in_the_middle_of_a_job_is_replaced(
    hall_home: Path, database: dict[str, str], reopen: Reopen, done: list[Any]
) -> None:
    hall = reopen(FIELDAPP_JOB_LEASE_SECONDS="1")
    settings = {"FIELDAPP_HOME": str(hall_home), "FIELDAPP_JOB_LEASE_SECONDS": "1", **database}
    job_id = add_job(hall)
    script = f"""
        import time
        from fieldapp import create_app, jobs
        def hang(arguments, tell):
            tell(10, "begun")
            print("begun", flush=True)
            time.sleep(600)
        jobs.WORK = {{"count": hang}}
        app = create_app({settings})
        with app.app_context():
            jobs.run({job_id!r})
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"begun\n"
    with hall.inside():
        assert not jobs.run(job_id), "it is somebody else's"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert row_of(hall, job_id).state == "running"
    deadline = time.monotonic() + SECONDS
    queue = jobs.queue_of(hall.app)
    queue.huey.flush()
    while queue.huey.pending_count() == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
        queue.sweep()
    queue.huey.execute(queue.huey.dequeue())
    row = row_of(hall, job_id)
    assert (row.state, row.attempts, len(done)) == ("done", 2, 1)


def test_a_long_step_keeps_its_lease(reopen: Reopen, monkeypatch: pytest.MonkeyPatch) -> None:
    hall = reopen(FIELDAPP_JOB_LEASE_SECONDS="1")

    def slow(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        time.sleep(1.6)
        with session() as db:
            assert rows.due(db) == []
        return {}

    monkeypatch.setattr(jobs, "WORK", {"count": slow})
    job_id = add_job(hall)
    with hall.inside():
        jobs.run(job_id)
    assert row_of(hall, job_id).state == "done"
