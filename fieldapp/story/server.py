"""Runs `fieldapp serve` with its worker as a process of its own and waits until it answers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from fieldapp.story.errors import StoryError

START_SECONDS = 60


class ServerStartError(StoryError):
    """The server ended or stayed silent; the sentence says where its log is."""


def free_port() -> int:
    """Return a TCP port on loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve the instance in ``home`` for the length of the block; yield its address."""
    port = free_port()
    # "localhost" and not 127.0.0.1: passkeys are given to a name only.
    address = f"http://localhost:{port}"
    log = home / "serve.log"
    environment = os.environ | {"FIELDAPP_HOME": str(home), "FIELDAPP_BASE_URL": address}
    command = [sys.executable, "-m", "fieldapp", "serve", "--port", str(port), "--with-worker"]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603
        try:
            _wait(process, address, log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{address}/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise ServerStartError(f"fieldapp serve did not answer; its last words are in {log}.")
