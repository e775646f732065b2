"""Is each mistake of a site named, and nobody else blamed: every scenario by many seeds, and over Modbus."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from device_probe.model import ProbeReport  # noqa: E402
from tests.device_probe.proof_cases import (  # noqa: E402
    CASES,
    Case,
    Outcome,
    outcome,
    over_modbus,
    over_seed,
    problems,
)  # fmt: skip
from tests.device_probe.proof_site import World  # noqa: E402
from tests.proofs.scenario_parts.page import MODBUS_SEED, markdown, write  # noqa: E402

PAGE = ROOT / "docs" / "scenarios.md"
WRONG: tuple[Outcome, ...] = ("wrong", "blamed")
Told = tuple[str, Outcome, str]  # name of the scenario, what came of it, what is not as it must be


def of_seed(seed: int) -> list[Told]:
    """Judge every scenario under one seed of load and noise; sites alike are worked out once."""
    worlds: dict[object, World] = {}
    found = []
    for case in CASES:
        key = case.loads, case.real
        world = worlds.setdefault(key, World(seed, case.loads, case.real))
        found.append(_told(case, over_seed(case, seed, world)))
    return found


def served(number: int) -> Told:
    """Judge one scenario read over Modbus/TCP from the simulator."""
    return _told(CASES[number], over_modbus(CASES[number], MODBUS_SEED))


def _told(case: Case, report: ProbeReport) -> Told:
    return case.name, outcome(case, report), "; ".join(problems(case, report))


def run(seeds: Sequence[int], processes: int, modbus: bool) -> Iterator[tuple[int | str, Told]]:
    """Yield what came of each scenario: by seed, then of each over Modbus."""
    # Started anew: a process with the threads of a simulator may not be forked.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for seed, found in zip(seeds, pool.map(of_seed, seeds), strict=True):
            yield from ((seed, told) for told in found)
        for told in pool.map(served, range(len(CASES) if modbus else 0)):
            yield "modbus", told


def main() -> int:
    """Print a line for each scenario that is not right and the table, and write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds of load and noise")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-modbus", action="store_true", help="only without sockets")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write the table into")
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    if options.seeds < 1 or options.processes < 1:
        parser.error("--seeds and --processes must be 1 or more.")
    seeds = range(options.first, options.first + options.seeds)
    counts: dict[str, Counter[Outcome]] = {case.name: Counter() for case in CASES}
    over: dict[str, Outcome] = {}
    broken = []
    for where, (name, word, why) in run(seeds, options.processes, not options.no_modbus):
        if where == "modbus":
            over[name] = word
        else:
            counts[name][word] += 1
        if word != "right":
            line = {"proof": "scenarios", "scenario": name, "seed": where, "outcome": word, "because": why}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
        if word in WRONG:
            broken.append(f"{name}, seed {where}: {word}: {why}")
    table = markdown(counts, over, seeds, broken)
    sys.stdout.write(table + "\n")
    if not options.dry:
        write(table, options.page)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
