"""The event loop of every command that reads: uvloop where it is installed, else that of Python."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
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
