"""The event loop of every command that reads: uvloop where it is installed, else that of Python."""

import asyncio
from collections.abc import Callable, Coroutine
from importlib import import_module, util
from typing import Any, TypeVar

T = TypeVar("T")


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
