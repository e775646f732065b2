"""Measures what the first release promises and prints one JSON line per figure.

Aims stand beside the figures; nothing here passes or fails. Compare figures of one run only: machines differ.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import yaml
from checklist_measures import doubted_in, folded_in, items_of, judged_per_second, operations
from diagnosis_measures import measure as measure_diagnosis
from probe_measures import measure as measure_probe
from sync_measures import measure as measure_sync

import designs
from checklists.generate import generate
from designs.apply import apply
from designs.drawing import drawings, one_line_svg
from designs.library import SiteInput, find_design, parse_site
from designs.study import study as run_study
from device_probe.model import PlannedDevice, SitePlan
from device_probe.read import read_site
from device_probe.report import judge
from device_probe.simulator.server import simulate
from fieldapp import create_app, jobs
from fieldapp.store import database
from fieldapp.store import jobs as job_rows
from fieldapp.story import work
from fieldapp.story.answers import good_value
from fieldapp.story.desk import people_by_role
from fieldapp.story.run import Story, run_story
from fieldapp.story.server import served
from fieldapp.story.tablet import Tablet
from fieldapp.usecases import assign_site, open_rollout, open_site
from fieldapp.usecases.demo_people import CONTRACTOR, demo_people
from fieldapp.usecases.manage_people import find_person
from fieldapp.usecases.rollout_standing import view_rollout

SITE = (Path(designs.__file__).parent / "sites" / "hotel-seeblick.yaml").read_text("utf-8")
DEPOT = Path(__file__).parent.parent / "designs" / "sizes" / "fleet-depot.yaml"
LATENCY_S = 0.02


def show(name: str, **figures: Any) -> None:
    sys.stdout.write(json.dumps({"bench": name, **figures}) + "\n")
    sys.stdout.flush()


def best(work: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """Return the shortest and the median time in seconds."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken), statistics.median(taken)


def bench_generate() -> None:
    """From parsed design and site file to drawing and checklists, without the study."""
    design, site = find_design("destination-ac"), parse_site(SITE, "site")
    applied = apply(design, site)
    begin = time.perf_counter()
    study = run_study(applied)
    first_study = time.perf_counter() - begin
    shortest, median = best(lambda: (one_line_svg(a := apply(design, site), study), generate(a, study)))
    items = sum(len(each.items) for each in generate(applied, study))
    show("generate", stations=12, items=items, best_ms=ms(shortest), median_ms=ms(median), aim_ms=100)
    shortest, median = best(lambda: run_study(applied), 3)
    show("study", stations=12, first_ms=ms(first_study), best_ms=ms(shortest), median_ms=ms(median))


def _depot(stations: int) -> tuple[Any, Any]:
    """Return the depot design and a site of its largest kind with this many stations."""
    raw = yaml.safe_load(DEPOT.read_text("utf-8"))["largest"]["parameters"]
    wanted = {"ac_stations": stations * 4 // 5, "dc_stations": stations - stations * 4 // 5}
    design = find_design("fleet-depot")
    if stations > 60:
        # No depot is that large; the growth of the work is what is measured here.
        raised = [replace(p, maximum=float(stations)) if p.key in wanted else p for p in design.parameters]
        plan = replace(design.layout, width_m=5000, depth_m=5000)
        design = replace(design, parameters=tuple(raised), cross_checks=(), layout=plan)
    head = ("Depot", "Hafenstrasse 77", "DE", "Europe/Berlin", "fleet-depot")
    return design, SiteInput(*head, parameters={**raw, **wanted})


def bench_designs() -> None:
    """The largest depot: apply and generate without the study, the study warm; how apply grows."""
    design, site = _depot(60)
    applied = apply(design, site)
    begin = time.perf_counter()
    study = run_study(applied)
    first_study = time.perf_counter() - begin
    shortest, median = best(lambda: apply(design, site))
    show("apply", stations=60, best_ms=ms(shortest), median_ms=ms(median), aim_ms=50)
    shortest, median = best(lambda: tuple(generate(applied, study)), 3)
    items = sum(len(each.items) for each in generate(applied, study))
    show("checklists", stations=60, items=items, best_ms=ms(shortest), median_ms=ms(median))
    shortest, median = best(lambda: drawings(applied, study), 3)
    show(
        "drawings",
        stations=60,
        sheets=len(drawings(applied, study)),
        best_ms=ms(shortest),
        median_ms=ms(median),
    )
    shortest, median = best(lambda: run_study(applied), 3)
    show(
        "study-60", stations=60, first_ms=ms(first_study), best_ms=ms(shortest), median_ms=ms(median),
        aim_ms=1500,
    )  # fmt: skip
    grown = {count: _applied_in(count) for count in (10, 30, 100)}
    show("apply-growth", **_growth(grown))
    show("study-growth", **_growth({count: _studied_in(count) for count in (10, 30, 60)}))


def _applied_in(stations: int) -> float:
    depot = _depot(stations)
    return best(lambda: apply(*depot), 3)[0]


def _studied_in(stations: int) -> float:
    applied = apply(*_depot(stations))
    return best(lambda: run_study(applied), 2)[0]


def _growth(seconds: dict[int, float]) -> dict[str, Any]:
    """Return the times by size, and how many times the cost of each step per times the size: 1 is linear."""
    sizes = sorted(seconds)
    steps = {
        f"{small}_to_{large}": round(seconds[large] / seconds[small] / (large / small), 2)
        for small, large in itertools.pairwise(sizes)
    }
    return {"ms": {str(size): ms(seconds[size]) for size in sizes}, "cost_per_size": steps}


def bench_checklists() -> None:
    """Generating for 60 stations, judging, merging 10 000 operations, and how each grows."""
    depots = {count: _studied(count) for count in (15, 30, 60)}
    items_of(depots[60])  # the expressions are compiled once in a process
    times = {count: best(lambda depot=depot: items_of(depot), 5)[0] for count, depot in depots.items()}  # type: ignore[misc]
    items = items_of(depots[60])
    show("generate-60", stations=60, items=len(items), best_ms=ms(times[60]), aim_ms=400, **_growth(times))
    show("judge", per_second=round(max(judged_per_second() for _ in range(3))), aim_per_second=200_000)
    piles = {count: operations(items, count) for count in (2_500, 5_000, 10_000)}
    folds = {count: folded_in(items, kept, best) for count, kept in piles.items()}
    show(
        "merge", operations=10_000, items=len(items), best_ms=ms(folds[10_000]), aim_ms=1000, **_growth(folds)
    )
    show("doubts", items=len(items), best_ms=ms(doubted_in(items, piles[10_000], best)))


def _studied(stations: int) -> tuple[Any, Any]:
    applied = apply(*_depot(stations))
    return applied, run_study(applied)


def bench_rollout(quick: bool) -> None:
    """Waves of growing size from CSV until every study is queued; then the studies of some sites."""
    sizes = (5, 15, 50) if quick else (10, 100, 1000)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"FIELDAPP_HOME": folder})
        with app.app_context():
            database.upgrade(database.database())
            demo_people()
            engineer = find_person("engineer@nordlicht.example")
            queued = {size: _queue_wave(engineer, size) for size in sizes}
            show(
                "rollout",
                seconds={k: round(v, 2) for k, v in queued.items()},
                aim_seconds=300,
                **_growth(queued),
            )
            show("rollout-studies", **_studies(engineer, 10 if quick else 50))
            database.database().dispose()


def _queue_wave(engineer: Any, size: int) -> float:
    rows = [f"Site {size}-{number},Weg {number},DE,Europe/Berlin,destination-ac,12,10 kA,0.055 Ω,200 A,18 m"
            for number in range(size)]  # fmt: skip
    head = "name,address,country,timezone,design,stations,supply_ik,supply_ze,import_limit,main_length"
    begin = time.perf_counter()
    job = open_rollout.request_rollout(engineer, "wave.csv", "\n".join((head, *rows)).encode())
    jobs.run(job)
    seconds = time.perf_counter() - begin
    if view_rollout(engineer, job).counts["waiting"] != size:
        raise SystemExit("rows of the wave were refused")
    return seconds


def _studies(engineer: Any, count: int) -> dict[str, Any]:
    with database.reading() as db:
        waiting = job_rows.due(db, open_rollout.ROW)[:count]
    jobs.run(waiting[0])
    begin = time.perf_counter()
    for each in waiting[1:]:
        jobs.run(each)
    seconds = time.perf_counter() - begin
    return {"stations": 12, "sites": count, "each_ms": ms(seconds / (count - 1)),
            "per_minute_and_process": round(60 * (count - 1) / seconds)}  # fmt: skip


def _station(number: int) -> PlannedDevice:
    parent = f"PM{(number + 1) // 2}"
    return PlannedDevice(f"CH{number:02}", "alfen-eve-ng9xx", f"10.0.1.{number}", 502, 1, "station", parent)


def bench_probe() -> None:
    """Ten simulated devices that take 20 ms an answer; the floor is the busiest connection's answers."""
    devices = [
        PlannedDevice(
            "PM0", "janitza-umg-96rm-e", "10.0.0.1", 502, 1, "main_meter", ct_primary_a=250, ct_secondary_a=5
        )
    ]
    for number, profile in enumerate(("eastron-sdm630", "carlo-gavazzi-em340", "eastron-sdm630"), 1):
        devices.append(PlannedDevice(f"PM{number}", profile, "10.0.0.2", 502, number, "group_meter", "PM0"))
    devices += [_station(number) for number in range(1, 7)]
    plan = SitePlan("bench", "Bench", 400, 50, 8, "EN 50160", 200, 12, tuple(devices))
    with simulate(plan, "healthy", latency_s=LATENCY_S) as site:
        read_site(site.plan)
        snapshots = read_site(site.plan)
        shortest, median = best(lambda: read_site(site.plan))
    busiest: dict[tuple[str, int], int] = {}
    for snapshot in snapshots:
        place = (snapshot.host, snapshot.port)
        busiest[place] = busiest.get(place, 0) + snapshot.requests
    floor = max(busiest.values()) * LATENCY_S
    judged, _ = best(lambda: judge(site.plan, snapshots, earlier=2 * snapshots))
    show(
        "probe", devices=10, requests=sum(busiest.values()), floor_ms=ms(floor), best_ms=ms(shortest),
        median_ms=ms(median), ratio=round(shortest / floor, 2), aim_ratio=1.3, judge_ms=ms(judged),
    )  # fmt: skip


def bench_story() -> None:
    """The pack of the example site, then 500 operations in one push."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        story = run_story(home, Silent(), with_pack=False)
        bench_pack(home, story)
        bench_sync(home, story)


def bench_pack(home: Path, story: Story) -> None:
    path = home / "bench.pdf"
    begin = time.perf_counter()
    command = [sys.executable, "-m", "fieldapp", "pack", "issue", story.site, "--output", str(path)]
    process = subprocess.Popen(
        command, env=os.environ | {"FIELDAPP_HOME": str(home)}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status:
        raise SystemExit("fieldapp pack issue failed")
    with pikepdf.open(path) as pdf:
        pages = len(pdf.pages)
    show(
        "pack", stations=12, seconds=round(seconds, 2), cpu_seconds=round(usage.ru_utime + usage.ru_stime, 2),
        pages=pages, megabytes=round(path.stat().st_size / 1e6, 2), peak_mib=usage.ru_maxrss // 1024,
    )  # fmt: skip


def bench_sync(home: Path, story: Story) -> None:
    """One push of 500 signed answers on a new site, as the tablet sees it."""
    with served(home) as address:
        app = create_app({"FIELDAPP_HOME": str(home)})
        with app.app_context():
            engineer = people_by_role(story.people)["engineer"]
            site = open_site.open_site(engineer, "destination-ac", SITE)
            [contractor] = [o for o in assign_site.list_organisations(engineer) if o.name == CONTRACTOR]
            assign_site.assign_site(engineer, site, contractor.id)
        person = next(each for each in story.people if each.organisation == CONTRACTOR)
        tablet = Tablet(address, "Bench")
        tablet.sign_in(person.email, person.password)
        book = work.book_of(site, tablet.bundle(site))
        keys = [key for key, item in book.items.items() if item["criterion"]["kind"] in ("range", "equals")]
        for key in itertools.islice(itertools.cycle(keys), 500):
            work.answer(tablet, book, key, good_value(book.items[key]))
        begin = time.perf_counter()
        results = tablet.sync(batch=500)
        seconds = time.perf_counter() - begin
        begin = time.perf_counter()
        tablet.bundle(site)
        show(
            "sync", operations=len(results), seconds=round(seconds, 3),
            applied=sum(each["status"] == "applied" for each in results),
            bundle_ms=ms(time.perf_counter() - begin),
        )  # fmt: skip
        tablet.close()


class Silent:
    """A narrator that says nothing."""

    def step(self, number: int, title: str) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Say nothing."""


def ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only",
        choices=("generate", "designs", "checklists", "rollout", "probe", "diagnosis", "story", "sync"),
    )
    parser.add_argument("--quick", action="store_true", help="50 instead of 1 000 sites in the rollout wave")
    given = parser.parse_args()
    only = given.only
    if only in (None, "generate"):
        bench_generate()
    if only in (None, "designs"):
        bench_designs()
    if only in (None, "checklists"):
        bench_checklists()
    if only in (None, "rollout"):
        bench_rollout(given.quick)
    if only in (None, "probe"):
        bench_probe()
        measure_probe(show)
    if only in (None, "diagnosis"):
        measure_diagnosis(show)
    if only in (None, "story"):
        bench_story()
    if only in (None, "sync"):
        measure_sync(show)


if __name__ == "__main__":
    main()
