"""Background work: huey wakes a worker, the job row decides.

A row is claimed with a lease, so that the work of a worker that was killed is taken up by another, and
two workers never do the same.
"""

import json
import logging
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import Flask, current_app
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.exceptions import HueyException
from sqlalchemy.exc import SQLAlchemyError

from fieldapp.clock import new_id
from fieldapp.config import Config, settings
from fieldapp.problems import Problem
from fieldapp.store import jobs as rows
from fieldapp.store.database import reading, session
from fieldapp.usecases import issue_pack, open_rollout, preview_site, revise_site, send_mail
from fieldapp.usecases.issue_pack import Tell

_LOG = logging.getLogger(__name__)
_KEY = "fieldapp.queue"
#: kind -> the work; it may be done again after a crash, so each looks first what is there already.
WORK: Mapping[str, Callable[[Mapping[str, Any], Tell], dict[str, Any]]] = {
    issue_pack.KIND: issue_pack.make_pack,
    preview_site.KIND: preview_site.make_preview,
    revise_site.KIND: revise_site.make_preview,
    open_rollout.KIND: open_rollout.take_rollout,
    open_rollout.CHECK: open_rollout.take_rollout,
    open_rollout.ROW: open_rollout.open_row,
    send_mail.KIND: send_mail.send_mail,
}


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
            waiting = rows.due(db)
        for job_id in waiting:
            self.wake(job_id)

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
    owner = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
    with session() as db:
        row = rows.claim(db, job_id, owner, settings().job_lease_seconds)
        if row is None:
            return False
        kind, arguments, attempts = row.kind, json.loads(row.arguments), row.attempts
    with _kept_alive(job_id, owner):
        _do(job_id, owner, kind, arguments, attempts, watch)
    return True


def run_due(kind: str, place: float, going: Callable[[], bool]) -> None:
    """Do the jobs of one kind while there is reason to; ``place`` (0 to 1) keeps neighbours apart."""
    while going():
        with reading() as db:
            waiting = rows.due(db, kind)
        if not waiting or not run(waiting[int(place * len(waiting))]):
            time.sleep(0.2)


def free_dead() -> None:
    """Give back the jobs of processes of this machine that are gone, rather than wait for their leases."""
    with session() as db:
        for job_id, owner in rows.running(db):
            host, _, rest = owner.partition(":")
            number = rest.partition(":")[0]
            if host == socket.gethostname() and number.isdigit() and not _alive(int(number)):
                rows.release(db, job_id, owner)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _do(
    job_id: str, owner: str, kind: str, arguments: Mapping[str, Any], attempts: int, watch: Tell | None
) -> None:
    def tell(percent: int, message: str) -> None:
        with session() as db:
            rows.progress(db, job_id, owner, percent, message)
        if watch is not None:
            watch(percent, message)

    try:
        result = WORK[kind](arguments, tell)
    except Problem as problem:
        _fail(job_id, owner, problem.detail, None)
    except Exception as error:  # noqa: BLE001 - whatever broke, the job says so and is tried again
        _LOG.exception("job %s (%s) failed in attempt %d", job_id, kind, attempts)
        final = attempts >= settings().job_attempts
        sentence = f"{type(error).__name__} in attempt {attempts}; the log of the worker has the details."
        _fail(job_id, owner, sentence, None if final else 5.0 * 2**attempts)
    except BaseException:
        # Stopped by a person or by the machine: another may go on at once.
        with session() as db:
            rows.release(db, job_id, owner)
        raise
    else:
        with session() as db:
            rows.finish(db, job_id, owner, result)


def _fail(job_id: str, owner: str, error: str, retry_in: float | None) -> None:
    with session() as db:
        rows.fail(db, job_id, owner, error, retry_in)


@contextmanager
def _kept_alive(job_id: str, owner: str) -> Iterator[None]:
    """Renew the lease while the work runs, however long one step takes."""
    app, stop = current_app._get_current_object(), threading.Event()  # type: ignore[attr-defined]
    seconds = settings().job_lease_seconds

    def renew() -> None:
        while not stop.wait(seconds / 3):
            try:
                with app.app_context(), session() as db:
                    rows.renew(db, job_id, owner, seconds)
            except SQLAlchemyError:
                _LOG.warning("the lease of job %s could not be renewed", job_id, exc_info=True)

    thread = threading.Thread(target=renew, name=f"lease-{job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
