"""Background work: huey wakes a worker, the job row decides.

A row is claimed with a lease, so that the work of a worker that was killed is taken up by another, and
two workers never do the same.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from flask import Flask
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.exceptions import HueyException

from fieldapp.config import Config, settings
from fieldapp.job_lease import free_dead, kept_alive, new_owner, wait_before
from fieldapp.problems import Problem
from fieldapp.store import jobs as rows
from fieldapp.store.database import reading, session
from fieldapp.usecases import (
    issue_pack,
    make_renditions,
    open_rollout,
    preview_site,
    rejudge,
    revise_site,
    send_mail,
    verify_objects,
)
from fieldapp.usecases.issue_pack import Tell

_LOG = logging.getLogger(__name__)
_KEY = "fieldapp.queue"
#: A job that ends its worker every time is not given to workers for ever.
MOST_ATTEMPTS = 20
__all__ = ["WORK", "Queue", "free_dead", "init_app", "queue_of", "run", "run_due", "stopping", "wait_before"]
#: Set when this process has to end: what runs is given back at its next sign of life.
stopping = threading.Event()
#: kind -> the work; it may be done again after a crash, so each looks first what is there already.
WORK: Mapping[str, Callable[[Mapping[str, Any], Tell], dict[str, Any]]] = {
    issue_pack.KIND: issue_pack.make_pack,
    preview_site.KIND: preview_site.make_preview,
    revise_site.KIND: revise_site.make_preview,
    open_rollout.KIND: open_rollout.take_rollout,
    open_rollout.CHECK: open_rollout.take_rollout,
    open_rollout.ROW: open_rollout.open_row,
    send_mail.KIND: send_mail.send_mail,
    make_renditions.KIND: make_renditions.make_renditions,
    verify_objects.KIND: verify_objects.look_daily,
    rejudge.KIND: rejudge.rejudge,
}


class _Cancelled(Exception):  # noqa: N818 - not an error: somebody wanted it
    """Somebody wanted this job cancelled."""


class _GivenBack(BaseException):
    """This process has to end; another goes on with the job."""


class Queue:
    """The huey of one app with its two tasks: take one job, and sweep up what nobody took."""

    def __init__(self, app: Flask, config: Config) -> None:
        self.app, self.config = app, config
        self._huey: Huey | None = None

    @property
    def huey(self) -> Huey:
        """Return the queue, opened on first use: the home folder need not exist before."""
        if self._huey is None:
            self._huey = _open(self.config)
            self._take = self._huey.task(name="take")(self._run)
            self._huey.periodic_task(crontab(), name="sweep")(self.sweep)
        return self._huey

    def wake(self, job_id: str) -> None:
        """Tell a worker about a job; when that fails the sweeper finds it."""
        try:
            huey = self.huey
            if huey is not None:
                self._take(job_id)
        except (HueyException, sqlite3.Error, psycopg.Error, OSError):
            # The row is committed: whatever is wrong with the queue must not undo the person's request.
            _LOG.exception("no worker could be woken for job %s; the sweeper will find it", job_id)

    def sweep(self) -> None:
        """Wake a worker for every job that is due or whose worker fell silent."""
        with self.app.app_context(), session() as db:
            rows.end_silent(db, MOST_ATTEMPTS)
            waiting = rows.due(db)
        # Every worker sweeps: what lies in the queue already needs no second call.
        if self.huey.pending_count() < len(waiting):
            for job_id in waiting:
                self.wake(job_id)
        with self.app.app_context():
            verify_objects.queue_look()

    def _run(self, job_id: str) -> None:
        with self.app.app_context():
            run(job_id)


def _open(config: Config) -> Huey:
    if config.postgres:
        return PostgresHuey("fieldapp", dsn=config.database.replace("+psycopg", ""))
    return SqliteHuey("fieldapp", filename=str(config.home.resolve() / "jobs.db"), fsync=True)


def init_app(app: Flask) -> None:
    """Give the app its queue."""
    with app.app_context():
        app.extensions[_KEY] = Queue(app, settings())
    app.extensions[rows.WAKER] = app.extensions[_KEY].wake


def queue_of(app: Flask) -> Queue:
    """Return the queue of an app."""
    found: Queue = app.extensions[_KEY]
    return found


def run(job_id: str, watch: Tell | None = None) -> bool:
    """Do one job if it is due and nobody else has it; False when there was nothing to do.

    ``watch`` is told the progress that the job row is told.
    """
    owner = new_owner()
    with session() as db:
        row = rows.claim(db, job_id, owner, settings().job_lease_seconds)
        if row is None:
            return False
        kind, arguments, attempts = row.kind, json.loads(row.arguments), row.attempts
    with kept_alive(job_id, owner):
        _do(job_id, owner, kind, arguments, attempts, watch)
    return True


def run_due(kind: str, place: float, going: Callable[[], bool]) -> None:
    """Do the jobs of one kind while there is reason to; ``place`` (0 to 1) keeps neighbours apart."""
    while going():
        with reading() as db:
            waiting = rows.due(db, kind)
        if not waiting or not run(waiting[int(place * len(waiting))]):
            time.sleep(0.2)


def _do(
    job_id: str, owner: str, kind: str, arguments: Mapping[str, Any], attempts: int, watch: Tell | None
) -> None:
    def tell(percent: int, message: str) -> None:
        _note(job_id, owner, percent, message)
        if watch is not None:
            watch(percent, message)

    try:
        result = WORK[kind](arguments, tell)
    except _Cancelled:
        with session() as db:
            rows.end_cancelled(db, job_id, owner)
    except Problem as problem:
        _fail(job_id, owner, problem.detail, None)
    except Exception as error:  # noqa: BLE001 - whatever broke, the job says so and is tried again
        _LOG.exception("job %s (%s) failed in attempt %d", job_id, kind, attempts)
        # Who tries it again by hand gives it as many attempts anew.
        final = attempts % settings().job_attempts == 0
        sentence = f"{type(error).__name__} in attempt {attempts}; the log of the worker has the details."
        _fail(job_id, owner, sentence, None if final else wait_before(attempts))
    except BaseException as error:
        # Stopped by a person or by the machine: another may go on at once.
        with session() as db:
            rows.release(db, job_id, owner)
        if not isinstance(error, _GivenBack):
            raise
    else:
        with session() as db:
            rows.finish(db, job_id, owner, result)


def _note(job_id: str, owner: str, percent: int, message: str) -> None:
    """Write down how far a job is; this is where it learns that it has to stop."""
    with session() as db:
        unwanted = rows.progress(db, job_id, owner, percent, message)
    if unwanted:
        raise _Cancelled
    if stopping.is_set():
        raise _GivenBack


def _fail(job_id: str, owner: str, error: str, retry_in: float | None) -> None:
    with session() as db:
        rows.fail(db, job_id, owner, error, retry_in)
