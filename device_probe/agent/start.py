"""Puts an agent together from what its command was told, and runs it."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_probe.agent.access import Access, find_token, server_url
from device_probe.agent.bell import Bell
from device_probe.agent.desk import Desk, Plans
from device_probe.agent.door import Door
from device_probe.agent.log import Log
from device_probe.agent.outbox import Outbox
from device_probe.agent.pairing import door_token, link, parse_door
from device_probe.agent.qr import qr_for
from device_probe.agent.reading import Addresses, Reader
from device_probe.agent.run import Agent
from device_probe.agent.server import Server
from device_probe.agent.spool import Spool
from device_probe.agent.standing import Notebook
from device_probe.agent.work import Worker
from device_probe.json_file import read_json
from device_probe.model import SitePlan
from device_probe.problems import AgentCallError
from device_probe.report import load_plan


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was told."""

    server: str | None
    token: str | None
    token_file: Path | None
    insecure_http: bool
    spool: Path
    serve: str | None
    plan_file: Path | None
    addresses: tuple[str, ...] = ()
    once: bool = False
    poll_s: float = 15.0
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an agent is made of, with or without a server."""

    spool: Spool
    reader: Reader
    notebook: Notebook
    plans: Plans
    bell: Bell
    tell: Log


def run(wanted: Wanted) -> tuple[int, dict[str, Any]]:
    """Run an agent until it ends; return its exit code and what is left in its folder."""
    access, place, plan = _checked(wanted)
    spool = Spool(wanted.spool)
    spool.prepare()
    with ExitStack() as stack:
        stack.enter_context(spool.lock)
        spool.tidy()
        parts = _parts(wanted, access, spool, plan)
        stack.callback(parts.notebook.close)
        stack.enter_context(parts.bell.on_signals())
        stack.callback(parts.reader.stop)
        if place:
            stack.enter_context(_door(place, parts))
        code = _serve_and_work(wanted, access, parts)
    return code, {folder: spool.count(folder) for folder in ("outbox", "jobs", "taken", "refused")}


def _checked(wanted: Wanted) -> tuple[Access | None, tuple[str, int] | None, SitePlan | None]:
    """Refuse what cannot work before anything is begun."""
    if wanted.server is None and wanted.serve is None:
        raise AgentCallError("Give --server ADDRESS, or --serve for tablets at the site, or both.")
    if wanted.once and wanted.server is None:
        raise AgentCallError("--once does what the server asks for; give --server ADDRESS.")
    access = None
    if wanted.server is not None:
        url = server_url(wanted.server, insecure_http=wanted.insecure_http)
        access = Access(url, find_token(wanted.token, wanted.token_file, os.environ))
    place = parse_door(wanted.serve) if wanted.serve is not None else None
    plan = load_plan(read_json(wanted.plan_file), wanted.plan_file.name) if wanted.plan_file else None
    return access, place, plan


def _parts(wanted: Wanted, access: Access | None, spool: Spool, plan: SitePlan | None) -> _Parts:
    bell, tell = Bell(), Log(access.token if access else "", door_token(wanted.spool))
    reader = Reader(parse_addresses(wanted.addresses), bell.ring, wanted.timeout_s)
    notebook = Notebook(wanted.spool / "state.json", access.url if access else "")
    return _Parts(spool, reader, notebook, Plans(wanted.spool / "plan.json", plan), bell, tell)


@contextmanager
def _door(place: tuple[str, int], parts: _Parts) -> Iterator[None]:
    desk = Desk(parts.spool, parts.reader, parts.notebook, parts.plans, parts.tell)
    desk.hand.resume()
    with Door(place, desk).serving() as door:
        parts.notebook.opened(door.address)
        parts.tell(f"Tablets: {door.address}; `device-probe agent pair` shows the QR code.")
        if sys.stderr.isatty():  # into a log, where others read, the token does not go
            print(qr_for(sys.stderr, link(door.address, door_token(parts.spool.folder))), file=sys.stderr)  # noqa: T201
        yield


def _serve_and_work(wanted: Wanted, access: Access | None, parts: _Parts) -> int:
    if access is None:
        while not parts.bell.stopping:
            parts.bell.wait(3600)
        parts.tell("Stopped.")
        return 0
    server = Server(access)
    try:
        worker = Worker(
            server, parts.spool, parts.reader, parts.notebook, parts.tell, parts.bell, parts.plans.learn
        )
        outbox = Outbox(server, parts.spool, parts.notebook, parts.tell)
        agent = Agent(
            server, parts.spool, worker, outbox, parts.notebook, parts.tell, parts.bell, wanted.poll_s
        )
        parts.tell(f"Works for {access.url} with {parts.spool.folder}.")
        return agent.run_once() if wanted.once else agent.run()
    finally:
        server.close()


def parse_addresses(given: tuple[str, ...]) -> Addresses:
    """Return TAG=HOST:PORT options as a table."""
    return dict(map(_address, given))


def _address(text: str) -> tuple[str, tuple[str, int]]:
    tag, _, place = text.partition("=")
    host, _, port = place.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (tag and host and port.isascii() and port.isdigit() and 0 < int(port[:6]) <= 65535):
        raise AgentCallError(f"--address {text}: give it like PM1=192.168.1.50:502.")
    return tag, (host, int(port))
