"""Blocking work on a thread of its own that nobody waits for when the program ends.

A name server that is away or a driver that hangs would otherwise hold the end of the run.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
    """Return the result of ``work``; when it comes after we have given up, ``undo`` is called on it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T) -> None:
        if not future.done():
            future.set_result(result)
        elif undo:
            undo(result)

    def fail(error: Exception) -> None:
        if not future.done():
            future.set_exception(error)

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(fail, error)
            return
        try:
            loop.call_soon_threadsafe(settle, result)
        except RuntimeError:
            if undo:
                undo(result)

    threading.Thread(target=run, name="device-probe-aside", daemon=True).start()
    return await future
