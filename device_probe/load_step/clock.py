"""What time it is while a load step runs, and waiting; a test brings its own."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> float:
        """Return seconds that nobody sets."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class RealClock:
    """The clock of this computer."""

    def now(self) -> float:
        """Return seconds that nobody sets."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
