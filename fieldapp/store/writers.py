"""Writers of one SQLite file queue in front of it.

SQLite lets one write at a time; the others try again after ever longer naps, so that with twenty tablets some
would nap for seconds while nobody writes. Here the next one is let in at once: within a process by a lock,
between processes by a file beside the database. It is a queue and no safeguard: whoever waits too long, or
can't make the file, goes ahead, and SQLite itself still lets one in at a time.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 10.0
_NAP_SECONDS = 0.0005
_locks: dict[str, threading.Lock] = {}


@contextmanager
def writers_turn(url: str) -> Iterator[None]:
    """Wait for the turn of this writer, not for ever."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    lock = _locks.setdefault(url, threading.Lock())
    mine = lock.acquire(timeout=PATIENCE_SECONDS)
    try:
        with _file_lock(f"{url.removeprefix('sqlite:///')}.turn", deadline):
            yield
    finally:
        if mine:
            lock.release()


@contextmanager
def _file_lock(path: str, deadline: float) -> Iterator[None]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        while not _locked(handle) and time.monotonic() < deadline:
            time.sleep(_NAP_SECONDS)
        yield
    finally:
        os.close(handle)  # which gives the lock back


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
