"""How long to wait before the next try: longer each time, never in step with other agents."""

import random
from collections.abc import Callable
from dataclasses import dataclass

FIRST_S = 1.0
MOST_S = 300.0
LONGEST_ASKED_S = 3600.0  # a server may ask for more; whoever restores it should not wait until tomorrow


@dataclass(slots=True)
class Patience:
    """The waits after failures in a row."""

    chance: Callable[[], float] = random.random
    tries: int = 0

    def next_wait(self, asked_s: float | None = None) -> float:
        """Return the next wait: doubled each time, half of it by chance, never less than was asked for."""
        most = min(MOST_S, FIRST_S * 2.0 ** min(self.tries, 16))
        self.tries += 1
        own = most / 2 + most / 2 * self.chance()
        asked = min(asked_s or 0.0, LONGEST_ASKED_S)
        return max(own, asked + own / 10 if asked else 0.0)

    def reset(self) -> None:
        """Forget the failures: it worked."""
        self.tries = 0
