"""Workers as processes: one beside the web server, replaced when it dies; stopped, they give back jobs."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from fieldapp import jobs
from fieldapp.store import jobs as rows
from fieldapp.store.database import reading, session
from tests.fieldapp.hall_cast import Hall

SECONDS = 60
#: A worker with two kinds of its own: one that tells of itself again and again, one that stays silent.
WORKER = """
    import pathlib, time
    from fieldapp import jobs
    def tells(arguments, tell):
        for step in range(2000):
            tell(1, "at it")
            time.sleep(0.05)
    def silent(arguments, tell):
        tell(1, "begun")
        time.sleep(600)
    jobs.WORK = {"tells": tells, "silent": silent}
    from fieldapp.cli import main, workers
    workers.FINISH_SECONDS = workers.GIVE_BACK_SECONDS = 0.5
    main()
"""


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def process(home: Path, *command: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    output = (home / "output.log").open("ab")
    started = subprocess.Popen(
        [sys.executable, *command], env=os.environ | {"FIELDAPP_HOME": str(home)} | environment,
        stdout=output, stderr=output, start_new_session=True,
    )  # fmt: skip
    try:
        yield started
    finally:
        # What it started goes with it: a server that was killed leaves its web processes behind.
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        output.close()


def add_job(hall: Hall, kind: str) -> str:
    with hall.inside(), session() as db:
        return rows.add(db, kind, {}, kind, site=hall.site, person=hall.people["engineer"].id).id


def state_of(hall: Hall, job_id: str) -> str:
    with hall.inside(), reading() as db:
        row = rows.get(db, job_id)
        assert row
        return row.state


@pytest.mark.parametrize(("kind", "stop"), [("tells", signal.SIGTERM), ("silent", signal.SIGINT)])
def test_a_worker_that_is_stopped_gives_back_what_it_had(
    hall: Hall, hall_home: Path, kind: str, stop: signal.Signals
) -> None:
    job_id = add_job(hall, kind)
    with process(hall_home, "-c", textwrap.dedent(WORKER), "worker") as worker:
        until(lambda: state_of(hall, job_id) == "running")
        until(lambda: b"waits for jobs" in (hall_home / "output.log").read_bytes())
        worker.send_signal(stop)
        assert worker.wait(SECONDS) == 0
    with hall.inside(), reading() as db:
        row = rows.get(db, job_id)
        assert row
        assert (row.state, row.attempts, row.error) == ("queued", 0, "")
        assert rows.due(db) == [job_id], "another may go on at once"


def test_serve_keeps_a_worker_and_takes_it_along(hall_home: Path) -> None:
    """Killed, it is replaced; and when the server itself is killed it does not stay behind."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with process(hall_home, "-m", "fieldapp", "serve", "--port", str(port)) as server:
        until(lambda: worker_of(server.pid))
        first = worker_of(server.pid)
        os.kill(first, signal.SIGKILL)
        until(lambda: worker_of(server.pid) not in (0, first))
        until(lambda: healthy(port))
        second = worker_of(server.pid)
        server.kill()
        server.wait()
        until(lambda: not Path(f"/proc/{second}/cmdline").exists() or not cmdline(second))


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
            return bool(json.load(reply) == {"status": "ok"})
    except (urllib.error.URLError, ConnectionError):
        return False


def cmdline(process_id: int) -> list[str]:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_text().split("\0")
    except OSError:
        return []


def worker_of(server: int) -> int:
    """Return the process of the worker that belongs to a server, 0 when there is none."""
    for folder in Path("/proc").glob("[0-9]*"):
        if cmdline(int(folder.name))[-3:-1] == ["--beside", str(server)]:
            return int(folder.name)
    return 0


def test_several_workers_at_once_do_every_job_once(hall: Hall, hall_home: Path) -> None:
    """Each sweeps, each is woken, and the row decides."""
    wanted = 12
    with hall.inside(), session() as db:
        for number in range(wanted):
            rows.add(db, "note", {"number": number}, f"note-{number}", site=None, person=None)
    script = f"""
        import os, pathlib
        from fieldapp import jobs
        def note(arguments, tell):
            with open({str(hall_home)!r} + "/done.txt", "a") as file:
                file.write(f"{{arguments['number']}} {{os.getpid()}}\\n")
            return {{}}
        jobs.WORK = {{"note": note}}
        from fieldapp.cli import main
        main()
    """
    code = textwrap.dedent(script)
    with (
        process(hall_home, "-c", code, "worker", "--threads", "2"),
        process(hall_home, "-c", code, "worker", "--threads", "2"),
    ):
        until(lambda: swept(hall))
    noted = [int(line.split()[0]) for line in (hall_home / "done.txt").read_text().splitlines()]
    assert sorted(noted) == list(range(wanted))


def swept(hall: Hall) -> bool:
    """Sweep as a further worker would, and look whether anything is left."""
    jobs.queue_of(hall.app).sweep()
    time.sleep(0.5)
    with hall.inside(), reading() as db:
        return not rows.due(db) and not rows.running(db)
