"""Measures of the sync over HTTP, on SQLite and on PostgreSQL, every commit durable as in the field.

`fieldapp serve --workers 2` runs as a process of its own; tablets are threads that send what was signed
before. Server, database and tablets share the machine.
"""

import gzip
import http.client
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from checklists.item_schema import dump_item
from fieldapp import create_app
from fieldapp.pen import Pen
from fieldapp.store import database, sites
from fieldapp.story.answers import good_value
from fieldapp.usecases import assign_site, open_site
from fieldapp.usecases.demo_people import CONTRACTOR, demo_people
from fieldapp.usecases.manage_people import find_person

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.fieldapp.postgres_cluster import free_port, running_cluster

DEPOT = Path(__file__).parent.parent / "designs" / "sizes" / "fleet-depot.yaml"
SITES, TABLETS, ROUNDS = 4, 20, 20
SMALL, MIDDLE, LARGE = 20, 100, 500

Show = Callable[..., None]


@dataclass
class Sender:
    """One person on one tablet with a connection of their own, and what each of their pushes took."""

    address: str
    email: str
    password: str
    heads: dict[tuple[str, str], tuple[str, ...]]  # (site, item) -> what the next answer builds on
    pen: Pen = field(default_factory=lambda: Pen(str(uuid.uuid4())))
    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        place = urlsplit(self.address)
        self._connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=120)
        tablet = {"id": self.pen.tablet, "name": "Bench"}
        body = {"email": self.email, "password": self.password, "tablet": tablet, "key": self.pen.key.jwk}
        answer = json.loads(self._send("POST", "/tablets/sign-in", json.dumps(body).encode()))
        self._token = answer["token"]

    _token = ""

    def _send(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        self._connection.request(method, f"/api/v1{path}", body, headers)
        response = self._connection.getresponse()
        data = response.read()
        if response.status != 200:
            raise SystemExit(f"{path} was answered {response.status}: {data[:300]!r}")
        return data

    def signed(self, site: str, items: Sequence[Any], count: int) -> bytes:
        """Return so many signed answers as they travel, each on the head that is known here."""
        operations = []
        for item, value in items[:count]:
            base = self.heads.get((site, item.key), ())
            body = {"value": value, **({"instrument": item.instrument} if item.instrument else {})}
            made = self.pen.write(site, item.key, "answer", body, base=base)
            self.heads[site, item.key] = (made["op"]["id"],)
            operations.append(made)
        return json.dumps(operations).encode()

    def push(self, operations: bytes) -> None:
        """Send signed operations and note how long the answer took."""
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        begin = time.perf_counter()
        head = f'{{"protocol":2,"tablet":"{self.pen.tablet}","sent_at":"{sent_at}","operations":'
        answer = self._send("POST", "/sync", head.encode() + operations + b"}")
        self.seconds.append(time.perf_counter() - begin)
        self.refused += answer.count(b'"status": "') + answer.count(b'"status":"') - answer.count(b"applied")

    def bundle(self, site: str) -> bytes:
        """Return the bundle of a site as it travels."""
        return self._send("GET", f"/sites/{site}/bundle?protocol=2")

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


@dataclass(frozen=True)
class Ground:
    """Large sites that a contractor works on, and whose items take a reading or a choice."""

    home: Path
    settings: dict[str, str]
    sites: tuple[str, ...]
    items: tuple[tuple[Any, Any], ...]
    all_items: int
    email: str
    password: str
    heads: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


def measure(show: Show) -> None:
    """Show every figure of the sync, on both databases."""
    show("fsync", each_ms=round(fsync_ms(), 3), where="the folder for temporary files")
    with tempfile.TemporaryDirectory(prefix="fieldapp-bench-") as folder:
        _measure_on("sqlite", prepare(Path(folder) / "home", {}), 3_000, show)
    with (
        running_cluster(durable=True) as cluster,
        cluster.empty() as url,
        tempfile.TemporaryDirectory(prefix="fieldapp-bench-") as folder,
    ):
        settings = {"FIELDAPP_DATABASE_URL": url}
        _measure_on("postgresql", prepare(Path(folder) / "home", settings), 5_000, show)


def _measure_on(name: str, ground: Ground, aim: int, show: Show) -> None:
    with served(ground, 2) as address:
        _warm(ground, address)
        for size in (SMALL, MIDDLE):
            show("sync-crowd", database=name, **_crowd(ground, address, size), aim_per_second=aim)
        show("sync-large", database=name, **_large(ground, address))
        show("sync-bundle", database=name, **_bundle(ground, address))


def _warm(ground: Ground, address: str) -> None:
    """Let both processes load every site, which they do once in their life and in some seconds."""
    for _ in range(8):
        sender = Sender(address, ground.email, ground.password, ground.heads)
        for site in ground.sites:
            sender.push(sender.signed(site, ground.items[:1], 1))
        sender.close()


def _crowd(ground: Ground, address: str, size: int) -> dict[str, Any]:
    """Twenty tablets at once, four sites; each tablet sends 400 first answers in pushes of one size."""
    senders = [Sender(address, ground.email, ground.password, ground.heads) for _ in range(TABLETS)]
    pushes = [_work(ground, sender, number, size) for number, sender in enumerate(senders)]
    for sender in senders:
        sender.close()  # what was idle while everything was signed may be closed by now: it opens anew
    gate = threading.Barrier(TABLETS + 1)

    def work(sender: Sender, mine: Sequence[bytes]) -> None:
        gate.wait()
        for each in mine:
            sender.push(each)

    threads = [threading.Thread(target=work, args=each) for each in zip(senders, pushes, strict=True)]
    for thread in threads:
        thread.start()
    gate.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    for sender in senders:
        sender.close()
    taken = [each for sender in senders for each in sender.seconds]
    done = TABLETS * ROUNDS * SMALL
    return {
        "operations": done, "in_a_push": size, "tablets": TABLETS, "sites": len(ground.sites),
        "not_applied": sum(sender.refused for sender in senders), "per_second": round(done / seconds),
        **_spread(taken),
    }  # fmt: skip


def _work(ground: Ground, sender: Sender, number: int, size: int) -> list[bytes]:
    """Return the pushes of one tablet: items that no other tablet of this crowd answers."""
    share = ROUNDS * SMALL
    place = number // len(ground.sites) * share
    site = ground.sites[number % len(ground.sites)]
    items = [ground.items[(place + each) % len(ground.items)] for each in range(share)]
    return [sender.signed(site, items[start : start + size], size) for start in range(0, share, size)]


def _large(ground: Ground, address: str) -> dict[str, Any]:
    """One tablet that was offline for long: 500 operations at a time."""
    sender = Sender(address, ground.email, ground.password, ground.heads)
    endless = itertools.cycle(ground.items)
    for number in range(12):
        operations = sender.signed(
            ground.sites[number % len(ground.sites)], list(itertools.islice(endless, LARGE)), LARGE
        )
        sender.close()
        sender.push(operations)
    sender.close()
    return {"operations": LARGE, "pushes": len(sender.seconds), **_spread(sender.seconds)}


def _bundle(ground: Ground, address: str) -> dict[str, Any]:
    sender = Sender(address, ground.email, ground.password, ground.heads)
    taken, data = [], b""
    for _ in range(6):
        begin = time.perf_counter()
        data = sender.bundle(ground.sites[0])
        taken.append(time.perf_counter() - begin)
    sender.close()
    recorded = len(json.loads(data)["operations"])
    sizes = {"bytes": len(data), "gzip_bytes": len(gzip.compress(data, 6))}
    return {"items": ground.all_items, "recorded": recorded, **_spread(taken), **sizes}


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return {"p50_ms": round(statistics.median(ordered) * 1000, 1), "p95_ms": round(late * 1000, 1)}


def fsync_ms(times: int = 200) -> float:
    """Return what it takes here to have 4 KiB safely on the disk, the median in milliseconds."""
    taken = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            file.flush()
            begin = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begin)
    return statistics.median(taken) * 1000


def prepare(home: Path, settings: dict[str, str]) -> Ground:
    """Return a home with sites of the largest depot, every one assigned to the contractor."""
    app = create_app({"FIELDAPP_HOME": str(home), **settings})
    raw = yaml.safe_load(DEPOT.read_text("utf-8"))["largest"]["parameters"]
    head = {"address": "Hafenstrasse 77", "country": "DE", "timezone": "Europe/Berlin"}
    with app.app_context():
        database.upgrade(database.database())
        people = demo_people()
        person = next(each for each in people if each.organisation == CONTRACTOR)
        engineer = find_person("engineer@nordlicht.example")
        [contractor] = [o for o in assign_site.list_organisations(engineer) if o.name == CONTRACTOR]
        opened = []
        for number in range(SITES):
            site = {"name": f"Depot {number + 1}", **head, "design": "fleet-depot", "parameters": raw}
            opened.append(open_site.open_site(engineer, "fleet-depot", yaml.safe_dump(site, sort_keys=False)))
            assign_site.assign_site(engineer, opened[-1], contractor.id)
        with database.reading() as db:
            row = sites.get(db, opened[0])
            if row is None:
                raise SystemExit("the site was not opened")
            known = sites.generated(db, row).items
        database.database().dispose()
    items = [item for item in known.values() if item.criterion.kind in ("range", "equals")]
    answered = tuple((item, good_value(dump_item(item))) for item in items)
    return Ground(home, settings, tuple(opened), answered, len(known), person.email, person.password)


@contextmanager
def served(ground: Ground, workers: int) -> Iterator[str]:
    """Run `fieldapp serve` for the length of the block; yield its address."""
    port = free_port()
    more = {
        "FIELDAPP_HOME": str(ground.home),
        "FIELDAPP_SIGN_IN_LIMIT": "10000 per minute",
        **ground.settings,
    }
    command = [sys.executable, "-m", "fieldapp", "serve", "--port", str(port), "--workers", str(workers)]
    with (ground.home / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, env=os.environ | more, stdout=log, stderr=log)
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit("the server did not start")
