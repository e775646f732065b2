"""The serial port of this computer as a transport of the event loop. The only door to pyserial.

One thread reads, so that the same lines work on Windows, where a loop cannot wait for a COM port.
"""

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

import serial

from device_probe.bus.aside import aside
from device_probe.model import Endpoint

if TYPE_CHECKING:
    from device_probe.bus.connection import Connection

LOOK_UP_S = 0.05  # how often the reading thread sees whether it is to end


class SerialTransport(asyncio.Transport):
    """Bytes to and from one open port."""

    def __init__(self, port: serial.Serial, connection: "Connection") -> None:
        super().__init__()
        self._port, self._connection = port, connection
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._thread = threading.Thread(target=self._read, name=f"device-probe-{port.port}", daemon=True)
        connection.connection_made(self)
        self._thread.start()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send; a frame is shorter than what any driver takes at once."""
        try:
            self._port.write(data)
        except OSError:
            self.abort()

    def can_write_eof(self) -> bool:
        """Return False: a serial line has no end."""
        return False

    def is_closing(self) -> bool:
        """Return True once it is to end."""
        return self._closing

    def close(self) -> None:
        """Let the reading thread end and close the port."""
        self._closing = True
        with contextlib.suppress(OSError, AttributeError):
            self._port.cancel_read()

    abort = close

    def _read(self) -> None:
        try:
            while not self._closing:
                data = self._port.read(max(1, self._port.in_waiting))
                if data:
                    self._tell(self._connection.data_received, data)
        except (OSError, TypeError):  # unplugged; pyserial says TypeError when it was closed meanwhile
            pass
        finally:
            self._port.close()
            self._tell(self._connection.connection_lost, None)

    def _tell(self, receiver: object, content: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended before us
            self._loop.call_soon_threadsafe(receiver, content)  # type: ignore[arg-type]


def _open(endpoint: Endpoint) -> serial.Serial:
    return serial.Serial(
        endpoint.host, endpoint.baud, parity=endpoint.parity, stopbits=endpoint.stop_bits,
        timeout=LOOK_UP_S, write_timeout=LOOK_UP_S, exclusive=True,
    )  # fmt: skip


async def open_serial(endpoint: Endpoint, connection: "Connection") -> None:
    """Open the port; OSError or ValueError when it can't be."""
    port = await aside(lambda: _open(endpoint), serial.Serial.close)
    SerialTransport(port, connection)
