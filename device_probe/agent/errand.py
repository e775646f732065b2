"""Something that takes a while at the devices: in a thread and a loop of its own, watched and called off."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

from device_probe.problems import ProbeError


class Errand:
    """One errand; ``what`` names it to whoever has to wait for its end."""

    what = "A run"

    def __init__(self, ended: Callable[[], None]) -> None:
        self.cancelled = False
        self.error: ProbeError | None = None
        self._ended = ended
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._recall, self._over = threading.Lock(), False
        self._thread = threading.Thread(target=self._run, name=type(self).__name__)

    async def work(self) -> None:
        """Do it."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Return True when it has ended, one way or the other."""
        return self._over

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def cancel(self) -> None:
        """Close every connection now and leave nothing behind."""
        with self._recall:
            self.cancelled = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    def too_late(self) -> None:
        """From here on it can't be called off any more."""
        with self._recall:
            self._loop = self._task = None

    def _run(self) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):
                asyncio.run(self._begun())
        except Exception as error:  # noqa: BLE001 - whoever asked must hear of it, whatever it was
            self.error = sentence_of(error)
        finally:
            self._over = True  # before the bell rings, or whoever it wakes would wait once more
            self._ended()

    async def _begun(self) -> None:
        with self._recall:
            if self.cancelled:
                return
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            await self.work()
        finally:
            self.too_late()


def sentence_of(error: BaseException) -> ProbeError:
    """Return what of a failure can be told; of several at once the first."""
    if isinstance(error, ProbeError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return sentence_of(error.exceptions[0])
    return ProbeError(f"This run broke off by a fault of device-probe ({type(error).__name__}: {error}).")
