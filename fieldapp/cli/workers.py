"""`fieldapp worker`: background jobs, in as many processes as wanted; and the one beside `fieldapp serve`."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from fieldapp import jobs
from fieldapp.cli.inside import application
from fieldapp.cli.showing import json_option, say, show_json
from fieldapp.config import ConfigError, settings
from fieldapp.job_lease import free_dead, give_back

#: A worker that is stopped while it is still loading ends without a word; later it finishes its job.
_WORKER = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); from fieldapp.cli import main; main()"
_LEVELS = ("debug", "info", "warning", "error")
#: So long a stopped worker may go on with what it has; then that is given back for another to do.
FINISH_SECONDS, GIVE_BACK_SECONDS = 15.0, 5.0
#: A worker that dies is replaced after this, twice as late each time.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_LOG = logging.getLogger(__name__)


@click.command()
@click.option(
    "--threads", type=click.IntRange(1, 32), default=1, show_default=True, help="Jobs at the same time."
)
@click.option("--beside", "parent", type=int, hidden=True, help="Process to end with.")
@json_option
def worker(threads: int, parent: int | None, as_json: bool) -> None:
    """Do background jobs: handover packs and whatever else takes longer than a page may.

    Any number of workers may run, on any machine that reaches the database. Stopped with Ctrl-C, a worker
    finishes what it can within seconds; the rest, and everything when it is terminated, it gives back.
    """
    with application() as app:
        log_to_console(settings().log_level)
        queue = jobs.queue_of(app)
        consumer = queue.huey.create_consumer(
            workers=threads, periodic=True, worker_type="thread", backoff=1.0, shutdown_timeout=FINISH_SECONDS
        )
        free_dead()
        # What a killed worker left behind is taken up now, not at the next full minute.
        queue.sweep()
    show_json({"worker": threads}) if as_json else say("The worker waits for jobs; stop it with Ctrl-C.")
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    consumer.run()
    _give_back(consumer)


def _give_back(consumer: Any) -> None:
    """Let what still runs stop at its next sign of life, and give back what shows none."""
    jobs.stopping.set()
    deadline = time.monotonic() + GIVE_BACK_SECONDS
    for _, thread in consumer.worker_threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    with application():
        give_back()


def _end_with(parent: int) -> None:
    """Stop when the process that started this one is gone, however it ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def beside(*, wanted: bool) -> Iterator[None]:
    """Keep a `fieldapp worker` running for the length of the block."""
    if not wanted:
        yield
        return
    kept = _Kept()
    kept.start()
    try:
        yield
    finally:
        kept.stop()


class _Kept(threading.Thread):
    """A worker process that is started anew when it dies."""

    def __init__(self) -> None:
        super().__init__(name="keeps-worker", daemon=True)
        self._ended, self._lock = threading.Event(), threading.Lock()
        self._process = self._new()

    def _new(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", _WORKER, "worker", "--beside", str(os.getpid())]
        return subprocess.Popen(command)  # noqa: S603 - ourselves

    def run(self) -> None:
        """Watch over the process; one that dies at once again and again is started ever more slowly."""
        pause = _FIRST_PAUSE_S
        while not self._ended.is_set():
            since = time.monotonic()
            code = self._process.wait()
            pause = _FIRST_PAUSE_S if time.monotonic() - since > _LONGEST_PAUSE_S else pause
            if self._ended.wait(pause):
                return
            pause = min(pause * 2, _LONGEST_PAUSE_S)
            _LOG.warning("the worker ended with %d; another is started", code)
            with self._lock:
                if not self._ended.is_set():
                    self._process = self._new()

    def stop(self) -> None:
        """Stop the process and wait for it."""
        with self._lock:
            self._ended.set()
        self._process.terminate()
        try:
            self._process.wait(FINISH_SECONDS + 2 * GIVE_BACK_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def log_to_console(level: str) -> None:
    """Write the log of this process to standard error."""
    if level.lower() not in _LEVELS:
        raise ConfigError(f"FIELDAPP_LOG_LEVEL={level} can't be used: it is one of {', '.join(_LEVELS)}.")
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Alembic tells about every look at the version table.
    logging.getLogger("alembic").setLevel(logging.WARNING)
