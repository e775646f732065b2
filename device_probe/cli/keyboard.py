"""Noticing a key while something else runs, without Enter; on Linux, macOS and Windows."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

POLL_S = 0.1


@contextmanager
def single_keys() -> Iterator[None]:
    """Let keys arrive one by one while this is open, and put the terminal back afterwards."""
    if not sys.stdin.isatty() or sys.platform == "win32":
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


async def pressed(keys: str) -> None:
    """Return when one of these keys is pressed; never when there is no keyboard."""
    while True:
        await asyncio.sleep(POLL_S)
        if _waiting_key() in keys and sys.stdin.isatty():
            return


def _waiting_key() -> str:
    if not sys.stdin.isatty():
        return "\0"
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.getwch().lower() if msvcrt.kbhit() else "\0"
    import select

    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return sys.stdin.read(1).lower() if ready else "\0"
