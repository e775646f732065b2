"""Leases of running jobs: kept while the work goes on, given back when whoever had them is gone."""

import logging
import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from fieldapp.clock import new_id
from fieldapp.config import settings
from fieldapp.store import jobs as rows
from fieldapp.store.database import session

_LOG = logging.getLogger(__name__)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 900.0


def wait_before(attempt: int) -> float:
    """Return how many seconds pass before a job is tried again: longer each time, and not all at once."""
    seconds = min(_FIRST_WAIT_S * 2.0 ** min(attempt, 30), _LONGEST_WAIT_S)
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


def new_owner() -> str:
    """Return a name for one run of a job by this process."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id()}"


@contextmanager
def kept_alive(job_id: str, owner: str) -> Iterator[None]:
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


def free_dead() -> None:
    """Give back the jobs of processes of this machine that are gone, rather than wait for their leases."""
    _release(lambda process: not _alive(process))


def give_back() -> None:
    """Give back what this process still has: it ends now, and another may go on at once."""
    own = os.getpid()
    _release(lambda process: process == own)


def _release(freed: Callable[[int], bool]) -> None:
    with session() as db:
        for job_id, owner in rows.running(db):
            host, _, rest = owner.partition(":")
            number = rest.partition(":")[0]
            if host == socket.gethostname() and number.isdigit() and freed(int(number)):
                rows.release(db, job_id, owner)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
