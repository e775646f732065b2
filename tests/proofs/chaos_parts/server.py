"""The real processes, `fieldapp serve` and `fieldapp worker`: started, killed as a group, started again."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

START_SECONDS = 180.0


class Process:
    """A `fieldapp` command in a process group of its own."""

    def __init__(self, settings: Mapping[str, str], *arguments: str) -> None:
        self._command = [sys.executable, "-m", "fieldapp", *arguments]
        self._environment = os.environ | dict(settings)
        self.log = Path(settings["FIELDAPP_HOME"]) / f"{arguments[0]}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def __enter__(self) -> "Process":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it in a group that dies as one."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """Kill the whole group with SIGKILL."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self.kills += 1

    def stop(self) -> None:
        """End what still runs, its children too."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process = None

    def ended(self) -> bool:
        """True when it is not running."""
        return self._process is None or self._process.poll() is not None


def wait_until_served(port: int, server: Process) -> None:
    """Wait until the server answers; it is an error when it ends instead."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not server.ended():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"the server did not answer; its last words are in {server.log}")
