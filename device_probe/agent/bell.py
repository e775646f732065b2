"""What wakes the agent: a signal to stop, a run that ended, a report that a tablet asked for."""

import queue
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SLICE_S = 1.0  # on Windows a wait does not see Ctrl-C before its end


class Bell:
    """Rung from anywhere, even from within a signal, where nothing with an ordinary lock may be used."""

    def __init__(self) -> None:
        self.stopping = False
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ring(self) -> None:
        """Wake whoever waits."""
        self._rings.put(None)

    def stop(self) -> None:
        """Ask the agent to end."""
        self.stopping = True
        self.ring()

    def wait(self, seconds: float) -> None:
        """Wait for a ring, at most so long; not at all when the agent is to end."""
        deadline = time.monotonic() + seconds
        while not self.stopping and (left := deadline - time.monotonic()) > 0:
            try:
                self._rings.get(timeout=min(left, SLICE_S))
            except queue.Empty:
                continue
            return

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Stop in an orderly way on SIGTERM and Ctrl-C; a second one ends at once."""
        names = [signal.SIGTERM, signal.SIGINT]
        if sys.platform == "win32":
            names.append(signal.SIGBREAK)
        before = {name: signal.signal(name, self._signalled) for name in names}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        if self.stopping:
            raise KeyboardInterrupt
        self.stop()
