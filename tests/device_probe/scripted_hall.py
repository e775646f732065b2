"""A server that keeps the agent's contract, and misbehaves as a test tells it to."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "token-of-the-box"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Reply:
    """One answer; status 0 hangs up without one."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"


HANG_UP = Reply(0)
PORTAL = Reply(200, "<html>Welcome to our guest network</html>", kind="text/html; charset=utf-8")


def problem(status: int, code: str, detail: str, **headers: str) -> Reply:
    return Reply(status, {"status": status, "code": code, "detail": detail}, headers, PROBLEM)


@dataclass
class ScriptedHall:
    """What it was asked, what it has, and what it answers next; its own manners where nothing is scripted."""

    url: str = ""
    jobs: list[dict[str, Any]] = field(default_factory=list)  # queued
    running: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)  # job -> the first report
    runs: list[dict[str, Any]] = field(default_factory=list)  # every report that was taken, once
    failed: list[tuple[str, str, bool]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    script: dict[str, list[Reply]] = field(default_factory=dict)
    always: dict[str, Reply] = field(default_factory=dict)
    on: Callable[[str, dict[str, Any]], None] = lambda verb, body: None
    token: str = TOKEN

    def ask(self, plan: Mapping[str, Any], job: str = "job-1", lease_seconds: int = 60) -> str:
        self.jobs.append({
            "id": job, "kind": "probe", "site": plan["site"], "attempt": 1, "plan": dict(plan),
            "lease_seconds": lease_seconds,
        })  # fmt: skip
        return job

    def count(self, verb: str) -> int:
        return sum(1 for asked, _ in self.asked if asked == verb)

    def answer(self, path: str, token: str, body: dict[str, Any]) -> Reply:
        parts = path.removeprefix("/api/v1/").split("/")
        verb = parts[-1]
        self.asked.append((verb, body))
        self.on(verb, body)
        if waiting := self.script.get(verb):
            return waiting.pop(0)
        if verb in self.always:
            return self.always[verb]
        if token != f"Bearer {self.token}":
            return problem(401, "token_invalid", "This token is unknown, expired or revoked.")
        if parts[0] == "sites":
            return self._run(body, {})
        return self._claim() if verb == "claim" else self._job(verb, parts[2], body)

    def _claim(self) -> Reply:
        if not self.jobs:
            return Reply(204, None, {"Retry-After": "5"})
        job = self.jobs.pop(0)
        self.running[job["id"]] = job
        return Reply(200, job)

    def _job(self, verb: str, job: str, body: dict[str, Any]) -> Reply:
        if verb == "result":
            if first := self.reports.get(job):
                return self._taken(first, taken=first["id"] == body["id"])
            self.reports[job] = body
            return self._run(body, {"taken": True})
        if job not in self.running:
            return problem(409, "lease_lost", "This job is no longer this agent's.")
        if verb == "fail":
            self.failed.append((job, body["reason"], body["again"]))
            return Reply(200, {"state": "queued" if body["again"] else "failed"})
        lease = self.running[job]["lease_seconds"]
        return Reply(200, {"cancel": job in self.cancelled, "lease_seconds": lease})

    def _run(self, report: dict[str, Any], more: dict[str, Any]) -> Reply:
        if all(known["id"] != report["id"] for known in self.runs):
            self.runs.append(report)
        return self._taken(report, **more)

    def _taken(self, report: dict[str, Any], **more: Any) -> Reply:
        return Reply(200, {"id": report["id"], "verdict": report["verdict"], "number": 7, **more})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hall: ScriptedHall

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = json.loads(self.rfile.read(length))
        reply = self.hall.answer(self.path, self.headers.get("Authorization", ""), body)
        if reply.status == 0:
            self.close_connection = True
            return
        data = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(data.encode())))
        self.end_headers()
        if reply.status != 204:
            self.wfile.write(data.encode())

    def log_message(self, *args: Any) -> None:
        pass


class _Listener(ThreadingHTTPServer):
    block_on_close = True
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """An agent that was killed hangs up in the middle."""


@contextmanager
def scripted_hall(
    port: int = 0, wrap: Callable[[socket.socket], socket.socket] | None = None
) -> Iterator[ScriptedHall]:
    hall = ScriptedHall()
    handler = type("Handler", (_Handler,), {"hall": hall, "timeout": 5})
    server = _Listener(("127.0.0.1", port), handler)
    if wrap:
        server.socket = wrap(server.socket)
    hall.url = f"{'https' if wrap else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield hall
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def until(done: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
