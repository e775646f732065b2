"""Pushes of one process take turns.

Threads of one process share one interpreter: two pushes at once are no faster than one after the other, and
the one that holds the database would wait for the other at every statement. So that nothing can hang on one
slow push, whoever has waited long goes ahead all the same.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 5.0
_turns = threading.BoundedSemaphore(1)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for the turn of this push, not for ever."""
    mine = _turns.acquire(timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        if mine:
            _turns.release()
