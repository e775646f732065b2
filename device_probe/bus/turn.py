"""Whose turn it is on a line. Like asyncio.Lock, but to take a free one costs next to nothing."""

import asyncio
from collections import deque


class Turn:
    """First come, first served."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take the turn when it is free; False when somebody has it, then ``wait``."""
        if self._taken:
            return False
        self._taken = True
        return True

    async def wait(self) -> None:
        """Return when the turn was handed over to us."""
        handed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(handed)
        try:
            await handed
        except asyncio.CancelledError:
            if handed.done() and not handed.cancelled():
                self.give()  # handed over at the moment in which we were told to stop
            raise

    def give(self) -> None:
        """Hand the turn to the next one, or leave it free."""
        while self._waiting:
            handed = self._waiting.popleft()
            if not handed.done():
                handed.set_result(None)
                return
        self._taken = False
