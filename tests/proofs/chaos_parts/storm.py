"""The storm itself: tablets work through a bad network while the server is killed again and again."""

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import select

from fieldapp.store.database import reading
from fieldapp.tables import JobRow
from tests.fieldapp.hall_cast import Hall
from tests.fieldapp.postgres_cluster import free_port
from tests.proofs.chaos_parts.checks import faults_of
from tests.proofs.chaos_parts.crew import Tablet
from tests.proofs.chaos_parts.plan import plan_work
from tests.proofs.chaos_parts.proxy import Proxy
from tests.proofs.chaos_parts.server import Process, wait_until_served

#: So few items that the tablets get into one another's way.
ITEMS, LONGEST_AIM_S = 40, 0.15
WORKER_TOO = 4  # at every so manieth kill the worker is killed as well


@dataclass(frozen=True, slots=True)
class Scale:
    """How much work there is, and how often the server is killed while it is done."""

    tablets: int
    operations: int
    photos: int
    kills: int
    seconds: float  # after which what is not done counts as lost


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found missing or wrong, and the figures."""

    faults: tuple[str, ...]
    figures: Mapping[str, Any]


def storm(hall: Hall, settings: Mapping[str, str], scale: Scale, seed: int) -> Outcome:
    """Let tablets work in a storm, and look at everything afterwards."""
    chance, port = random.Random(seed), free_port()
    proxy = Proxy(port, chance.randrange(2**32))
    server = Process(settings, "serve", "--port", str(port), "--no-worker")
    worker = Process(settings, "worker")
    begin = time.monotonic()
    with server, worker:
        wait_until_served(port, server)
        proxy.start()
        crew = _crew(hall, scale, proxy.port, chance, begin + scale.seconds)
        for tablet in crew:
            tablet.start()
        under_way = _kill_again_and_again(crew, server, worker, port, scale.kills, chance)
        for tablet in crew:
            tablet.join()
        proxy.stop()
        work_seconds = time.monotonic() - begin
        jobs = _wait_for_jobs(hall, scale.seconds)
    faults = faults_of(hall, crew)
    return Outcome(tuple(faults), _figures(crew, proxy, work_seconds) | {
        "kills": server.kills, "kills_while_work_was_left": under_way, "worker_kills": worker.kills,
        "jobs": jobs, "lost_or_wrong": len(faults),
    })  # fmt: skip


def _crew(hall: Hall, scale: Scale, port: int, chance: random.Random, deadline: float) -> list[Tablet]:
    view = hall.view()
    simple = [
        item.key
        for checklist in view.checklists
        for item in checklist.items
        if item.criterion.kind == "equals" and not item.photos
    ]
    crew = []
    for number in range(scale.tablets):
        field_tablet = hall.tablet(("contractor", "colleague")[number % 2])
        plan = plan_work(field_tablet, hall.site, simple[:ITEMS], scale.operations, scale.photos, chance)
        crew.append(Tablet(plan, port, chance.randrange(2**32), 1 + number % 2, deadline))
    return crew


def _kill_again_and_again(
    crew: Sequence[Tablet], server: Process, worker: Process, port: int, kills: int, chance: random.Random
) -> int:
    """Kill the server at random points of the work; return how often there was work left then."""
    whole = sum(tablet.left() for tablet in crew)
    points = sorted(chance.uniform(0.01, 0.95) * whole for _ in range(kills))
    under_way = 0
    for number, point in enumerate(points, 1):
        while sum(tablet.done() for tablet in crew) < point and any(each.is_alive() for each in crew):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, LONGEST_AIM_S))
        under_way += any(tablet.left() for tablet in crew)
        server.kill()
        if number % WORKER_TOO == 0:
            worker.kill()
            worker.start()
        server.start()
        wait_until_served(port, server)
    return under_way


def _wait_for_jobs(hall: Hall, seconds: float) -> dict[str, int]:
    """Give the worker time to end what was asked for; return how many jobs of each kind are done."""
    deadline = time.monotonic() + seconds
    while True:
        with hall.inside(), reading() as db:
            rows = [(row.kind, row.state) for row in db.exec(select(JobRow))]
        if all(state not in ("queued", "running") for _, state in rows) or time.monotonic() > deadline:
            return dict(Counter(kind for kind, state in rows if state == "done"))
        time.sleep(0.2)


def _figures(crew: Sequence[Tablet], proxy: Proxy, seconds: float) -> dict[str, Any]:
    counts = sum((tablet.counts for tablet in crew), Counter[str]())
    return {
        "operations": sum(len(tablet.plan.signed) for tablet in crew),
        "forged": sum(len(tablet.plan.forged) for tablet in crew),
        "photos": sum(len(tablet.plan.photos) for tablet in crew),
        "acknowledged": sum(len(tablet.said) for tablet in crew),
        "receipts": sum(len(tablet.receipts) for tablet in crew),
        "answers": dict(counts), "network": dict(proxy.counts), "seconds": round(seconds, 1),
    }  # fmt: skip
