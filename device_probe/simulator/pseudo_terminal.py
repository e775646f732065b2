"""A serial line that is not there: a pseudo-terminal whose other end a program opens like a USB adapter."""

import asyncio
import os
import sys

from device_probe.problems import PlanFileError
from device_probe.simulator.frames import Request, rtu_answer, take_rtu
from device_probe.simulator.line import Line, Reply

READ_SIZE = 512


class PseudoTerminal:
    """The devices' end of the line; ``name`` is what the other end is opened by."""

    def __init__(self, line: Line) -> None:
        if sys.platform == "win32":
            raise PlanFileError(
                "A serial line can be simulated on Linux and macOS only; use RTU over TCP here."
            )
        import tty  # not there on Windows

        self._line, self._buffer = line, bytearray()
        self._own, self._other = os.openpty()
        tty.setraw(self._other)
        os.set_blocking(self._own, False)
        self.name = os.ttyname(self._other)
        asyncio.get_running_loop().add_reader(self._own, self._readable)

    def close(self) -> None:
        """Take the line away."""
        asyncio.get_running_loop().remove_reader(self._own)
        os.close(self._own)
        os.close(self._other)

    def _readable(self) -> None:
        try:
            self._buffer += os.read(self._own, READ_SIZE)
        except OSError:  # nobody has the other end open at the moment
            return
        while (request := take_rtu(self._buffer)) is not None:
            self._line.submit(request, self._replying(request))

    def _replying(self, request: Request) -> Reply:
        def reply(pdu: bytes) -> None:
            try:
                os.write(self._own, rtu_answer(request, pdu))
            except OSError:  # closed, or nobody reads: on a serial line an answer is then lost
                return

        return reply
