"""One agent a spool: a lock that the system itself releases when its process ends, however it ends."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType

from device_probe.agent.files import cannot_write
from device_probe.problems import SpoolError

#: On Windows a locked byte cannot be read by others; far behind the text it is in nobody's way.
FAR = 1 << 20
TRIES, PAUSE_S = 10, 0.05  # `agent status` holds the lock for a blink to see whether somebody has it

if sys.platform == "win32":
    import msvcrt

    def _take(fd: int) -> bool:
        os.lseek(fd, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class SpoolLock:
    """The lock of one spool; the file stays, only the lock on it counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def __enter__(self) -> "SpoolLock":
        """Take the lock, or say who has it."""
        fd = self._open()
        for _ in range(TRIES):
            if _take(fd):
                break
            time.sleep(PAUSE_S)
        else:
            holder = self._holder(fd)
            os.close(fd)
            raise SpoolError(
                f"Another agent{holder} works with {self._path.parent}; end it, or give another --spool."
            )
        try:
            os.ftruncate(fd, 0)
            os.lseek(fd, 0, os.SEEK_SET)
            os.write(fd, str(os.getpid()).encode())
        except OSError as error:  # the disk is full: what follows could not be kept either
            os.close(fd)
            raise cannot_write(self._path, error) from error
        self._fd = fd
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def is_held(self) -> bool:
        """Return True when an agent that runs has the lock."""
        if not self._path.exists():
            return False
        fd = self._open()
        try:
            return not _take(fd)
        finally:
            os.close(fd)

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def _holder(self, fd: int) -> str:
        os.lseek(fd, 0, os.SEEK_SET)
        text = os.read(fd, 20).decode("ascii", "replace")
        return f" (process {text})" if text.isdigit() else ""
