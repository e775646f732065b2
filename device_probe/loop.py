"""The event loop of every command that reads: uvloop where it is installed, else that of Python."""

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module, util
from typing import Any, TypeVar

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

T = TypeVar("T")
MOST_FILES = 4096
OTHER_FILES = 128  # what a program has open besides its connections


def run(work: Coroutine[Any, Any, T], *, fast: bool = True) -> T:
    """Run to the end and return the result, like ``asyncio.run``."""
    with asyncio.Runner(loop_factory=_factory() if fast else None) as runner:
        return runner.run(work)


_pauses = threading.Lock()
_paused, _was_on = 0, True


@contextmanager
def collecting_later() -> Iterator[None]:
    """Put off the collection of cycles for a moment of seconds.

    Thousands of readings come into being at once and none of them goes: to look through all of them again and
    again costs a site of 500 devices a quarter of its time. Several threads may pause at once.
    """
    global _paused, _was_on  # noqa: PLW0603 - one collector for the whole process, and so one count
    with _pauses:
        if not _paused:
            _was_on = gc.isenabled()
            gc.disable()
        _paused += 1
    try:
        yield
    finally:
        with _pauses:
            _paused -= 1
            if _was_on and not _paused:
                gc.enable()


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    # not on Windows, and not needed anywhere: it only halves what a request costs
    if util.find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory


def most_connections() -> int:
    """Return how many connections this process may hold, after asking the system for more."""
    if resource is None:
        return MOST_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_FILES
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < wanted:
        with suppress(ValueError, OSError):  # macOS refuses more than its kernel has
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return max(min(soft, MOST_FILES) - OTHER_FILES, OTHER_FILES)
