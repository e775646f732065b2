"""Is the load step right: 40 stations, 4, 10 and 40 test loads, random background, every kind of mistake.

Then the whole of it over Modbus, and killed at every single write.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from math import ceil, log2
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from device_probe.load_step.judge import judge_load_step  # noqa: E402
from device_probe.load_step.merged import managed  # noqa: E402
from device_probe.load_step.program import word_length  # noqa: E402
from device_probe.load_step.result import LoadStepResult  # noqa: E402
from device_probe.load_step.run import Settings  # noqa: E402
from device_probe.read import read_rounds  # noqa: E402
from device_probe.report import dump_report, judge_rounds, load_report, rejudge  # noqa: E402
from device_probe.simulator import simulate  # noqa: E402
from tests.device_probe.load_step_kill import When, wrongs_after  # noqa: E402
from tests.device_probe.load_step_known import Truth, known_holds  # noqa: E402
from tests.device_probe.load_step_sites import reached, record_of, running, scenario, site_plan  # noqa: E402

KINDS = ("none", "ct_reversed", "ct_swapped", "voltage_swapped", "rotated_meter", "ct_ratio", "ct_missing",
         "station_phase", "station_feeder", "stations_exchanged")  # fmt: skip
TURNS = ((1, 2, 0), (2, 0, 1))
MOST_PASSES = 3


@dataclass(frozen=True)
class Case:
    """One site: what is wrong in it, and which findings that must give (None: as these loads show)."""

    kind: str
    truth: Truth
    tags: frozenset[str]


def draw(kind: str, tests: tuple[str, ...], chance: random.Random) -> Case:
    """Draw one mistake of a kind."""
    meter = chance.choice(("PM1", "PM2", "PM3", "PM4"))
    k = chance.randrange(3)
    order = [0, 1, 2]
    order[k], order[k - 1] = order[k - 1], order[k]
    pair = (order[0], order[1], order[2])
    tag = chance.choice(tests)
    own = PLAN_PARENT[tag]
    other = chance.choice([m for m in ("PM1", "PM2", "PM3", "PM4") if m != own])
    away = next((t for t in tests if PLAN_PARENT[t] == other), "")
    signs = tuple(-1 if n == k else 1 for n in range(3))
    missing = tuple(0 if n == k else 1 for n in range(3))
    turn = chance.choice(TURNS)
    declared = LANDINGS[tag]
    turned = (declared[turn[0]], declared[turn[1]], declared[turn[2]])
    truths = {
        "none": (Truth(), ()),
        "ct_reversed": (Truth(signs={meter: signs}), (meter,)),  # type: ignore[dict-item]
        "ct_missing": (Truth(signs={meter: missing}), (meter,)),  # type: ignore[dict-item]
        "ct_swapped": (Truth(currents={meter: pair}), (meter,)),
        "voltage_swapped": (Truth(voltages={meter: pair}), (meter,)),
        "rotated_meter": (Truth(currents={meter: turn}, voltages={meter: turn}), (meter,)),
        "ct_ratio": (Truth(ratios={meter: chance.choice((0.5, 0.625, 1.6, 2.0, 4.0))}), (meter,)),
        "station_phase": (Truth(landings={tag: turned}), (tag,)),
        "station_feeder": (Truth(feeders={tag: other}), (tag,)),
        "stations_exchanged": (Truth(feeders={tag: other, away: own} if away else {tag: other}),
                               (tag, away) if away else (tag,)),
    }  # fmt: skip
    truth, wrong = truths[kind]
    return Case(kind, truth, frozenset(wrong))


def judged(tests: tuple[str, ...], phases: dict[str, int], truth: Truth, seed: int) -> LoadStepResult:
    """Judge as the run does: suspects get further passes of their own."""
    more: list[tuple[str, ...]] = []
    while True:
        result = judge_load_step(PLAN, known_holds(PLAN, tests, phases, truth, seed, more=more), tests)
        if not result.suspects or len(more) == MOST_PASSES - 1:
            return result
        more.append(result.suspects)


def outcome(case: Case, result: LoadStepResult) -> str:
    """Put one judgement in a word: wrong is what names something that is as planned."""
    named = {f.tag for f in result.findings}
    if named - case.tags:
        return "wrong finding"
    if case.kind == "none":
        return "all pass" if not result.findings else "wrong finding"
    passed = {s.tag for s in result.stations if s.verdict == "pass"} | {
        m.tag for m in result.meters if m.verdict == "pass"
    }
    if named == case.tags:
        return "named"
    return "not shown" if not case.tags - named & passed else "wrong pass"


def known_sites(seed: int, count: int) -> dict[str, Any]:
    """Judge sites known to the last watt."""
    chance = random.Random(seed)
    found: dict[str, Counter[str]] = {}
    broken, steps, seconds = [], [], []
    conclusive = shown = 0
    first: dict[int, int] = {}
    for number in range(count):
        loads = (4, 10, 40)[number % 3]
        kind = KINDS[number // 3 % len(KINDS)]
        tests = TAGS[:loads]
        phases = {tag: chance.choice((1, 1, 2, 3)) for tag in TAGS}
        case = draw(kind, tests, chance)
        begin = time.perf_counter()
        result = judged(tests, phases, case.truth, seed + number)
        seconds.append(time.perf_counter() - begin)
        word = outcome(case, result)
        found.setdefault(f"{loads} loads, {kind}", Counter())[word] += 1
        if word.startswith("wrong"):
            broken.append(f"{word}: {loads} {case} {[(f.code, f.tag, f.phase) for f in result.findings]}")
        if kind == "none":
            steps.append(result.steps - min(loads, word_length(loads)))
            first[loads] = max(min(loads, word_length(loads)) - ceil(log2(loads)) - 2, 0)
            shown += sum(1 + (phases[s.tag] < 3) for s in result.stations)
            conclusive += sum(
                (s.below.verdict == "pass") + (phases[s.tag] < 3 and s.phases.verdict == "pass")
                for s in result.stations
            )
    return {
        "sites": count, "outcomes": {key: dict(value) for key, value in sorted(found.items())},
        "mappings_shown": shown, "decided": conclusive, "steps_more_than_the_code": max(steps),
        "steps_more_than_log2_plus_2": first,
        "slowest_s": round(max(seconds), 2), "broken": broken,
    }  # fmt: skip


def over_modbus(loads: int, seed: int) -> dict[str, Any]:
    """Run one load step on the simulator."""
    tests = TAGS[:loads]
    begin = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(PLAN, scenario(PLAN, tests, (1, 1, 2, 3), seed)) as site,
    ):
        before = {t: line["limit_a"] for t, line in site.state()["devices"].items() if "limit_a" in line}
        rounds = read_rounds(site.plan, 3, 0.0)
        record = record_of(site, Path(folder), Settings())
        result, report = record.result, judge_rounds(reached(site, PLAN), rounds, record)
        after = {t: line["limit_a"] for t, line in site.state()["devices"].items() if "limit_a" in line}
    below = Counter(s.below.verdict for s in result.stations)
    one_or_two = [s for n, s in enumerate(result.stations) if (1, 1, 2, 3)[n % 4] < 3]
    text = json.dumps(dump_report(report), separators=(",", ":")).encode()
    begin_again = time.perf_counter()
    again = rejudge(load_report(json.loads(text)))
    return {
        "report_kb": round(len(text) / 1000), "gzip_kb": round(len(gzip.compress(text)) / 1000),
        "judged_again_s": round(time.perf_counter() - begin_again, 1),
        "same_again": again.verdicts == report.verdicts,
        "load_management": dict(Counter(v.verdict for v in managed(result))),
        "loads": loads, "seed": seed, "steps": result.steps, "bound": min(loads, word_length(loads)),
        "feeders": dict(below), "phases": dict(Counter(s.phases.verdict for s in one_or_two)),
        "findings": [(f.code, f.tag) for f in result.findings], "restored": before == after,
        "seconds": round(time.perf_counter() - begin, 1),
    }  # fmt: skip


def killed(loads: int) -> dict[str, Any]:
    """Kill a run at every write that it makes, once before and once after it was carried out."""
    plan = site_plan(loads, 1)
    tags = [d.tag for d in plan.devices if d.role == "station"]
    wrong: list[str] = []
    kills = number = 0
    reaching = True
    while reaching:
        number += 1
        whens: tuple[When, ...] = ("before", "after")
        for when in whens:
            with (
                tempfile.TemporaryDirectory() as folder,
                simulate(plan, scenario(plan, tags, background=False), speed=8, writes=True) as site,
            ):
                found = wrongs_after(site, Path(folder), number, when)
            reaching = found is not None
            kills += reaching
            wrong += found or []
    return {"loads": loads, "killed": kills, "wrong": wrong}


PLAN = replace(site_plan(40, 4))
TAGS = tuple(d.tag for d in PLAN.devices if d.role == "station")
PLAN_PARENT = {d.tag: d.parent or "" for d in PLAN.devices}
LANDINGS = {
    d.tag: tuple(int(char) - 1 for char in d.phase_rotation if char.isdigit()) for d in PLAN.devices
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sites", type=int, default=300, help="sites known to the last watt")
    parser.add_argument("--runs", type=int, default=1, help="runs over Modbus for each number of loads")
    parser.add_argument("--loads", type=int, nargs="*", default=(4, 10, 40), help="test loads of those runs")
    options = parser.parse_args()
    known = known_sites(options.seed, options.sites)
    sys.stdout.write(json.dumps(known) + "\n")
    wrong = bool(known["broken"]) or any(known["steps_more_than_log2_plus_2"].values())
    for loads in options.loads:
        for run in range(options.runs):
            one = over_modbus(loads, options.seed + run)
            sys.stdout.write(json.dumps(one) + "\n")
            sys.stdout.flush()
            wrong |= bool(one["findings"]) or not one["restored"] or not one["same_again"]
    for loads in (1, 3):
        cut = killed(loads)
        sys.stdout.write(json.dumps(cut) + "\n")
        sys.stdout.flush()
        wrong |= bool(cut["wrong"])
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
