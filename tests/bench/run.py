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
from pathlib import Path
from typing import Any

import pikepdf

import designs
from checklists.generate import generate
from designs.apply import apply
from designs.drawing import one_line_svg
from designs.library import find_design, parse_site
from designs.study import study as run_study
from device_probe.model import PlannedDevice, SitePlan
from device_probe.read import read_site
from device_probe.report import judge
from device_probe.simulator.server import simulate
from fieldapp import create_app
from fieldapp.story import work
from fieldapp.story.answers import good_value
from fieldapp.story.desk import people_by_role
from fieldapp.story.run import Story, run_story
from fieldapp.story.server import served
from fieldapp.story.tablet import Tablet
from fieldapp.usecases import open_site
from fieldapp.usecases.demo_people import CONTRACTOR

SITE = (Path(designs.__file__).parent / "sites" / "hotel-seeblick.yaml").read_text("utf-8")
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
    judged, _ = best(lambda: judge(site.plan, snapshots))
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
            [contractor] = [o for o in open_site.list_organisations(engineer) if o.name == CONTRACTOR]
            open_site.assign_site(engineer, site, contractor.id)
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
    parser.add_argument("--only", choices=("generate", "probe", "story"))
    only = parser.parse_args().only
    if only in (None, "generate"):
        bench_generate()
    if only in (None, "probe"):
        bench_probe()
    if only in (None, "story"):
        bench_story()


if __name__ == "__main__":
    main()
