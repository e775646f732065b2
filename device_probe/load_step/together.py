"""Work that goes on at the same time, and comes to its end whatever happens beside it."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def all_of(works: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Let all come to their end, then raise the first error, so that no write is on its way after it."""
    results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def undisturbed(work: Coroutine[Any, Any, T]) -> T:
    """Return what some work brings, however often it is told to stop meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()
