"""How long a verdict takes, as processor time: one meter of ten samples, 500 meters, one phase alone."""

import itertools
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "proofs"))

from accuracy_parts.network import document
from accuracy_parts.truth import draw

from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings

Show = Callable[..., None]
METERS, SAMPLES = 500, 10
COLD = 200  # verdicts of which each finds its tables empty, as in a new process


def _files(seed: int, pattern: str | None = None) -> list[dict[str, Any]]:
    """Return meters of ten samples wired in every way, as the accuracy proof draws them."""
    chance = random.Random(seed)
    found = []
    while len(found) < METERS:
        file = document(draw(chance, pattern, "3P4W"), chance)
        samples = file["samples"]
        found.append(file | {"samples": list(itertools.islice(itertools.cycle(samples), SAMPLES))})
    return found


def _judged(file: dict[str, Any]) -> float:
    begin = time.process_time()
    dump_judgement(judge_readings(load_readings(file)))
    return time.process_time() - begin


def _cold(files: list[dict[str, Any]]) -> list[float]:
    rooms = [module for name, module in sys.modules.items() if name.startswith("device_probe.diagnosis")]
    tables = [each for room in rooms for each in vars(room).values() if hasattr(each, "cache_clear")]
    taken = []
    for file in files:
        for table in tables:
            table.cache_clear()
        taken.append(_judged(file))
    return taken


def measure(show: Show) -> None:
    """Print the times of a verdict."""
    first = _judged(_files(1)[0])
    cold = _cold(_files(2)[:COLD])
    show(
        "verdict-cold", median_ms=round(1000 * statistics.median(cold), 2),
        worst_ms=round(1000 * max(cold), 2), aim_ms=20, meters=COLD,
    )  # fmt: skip
    for name, pattern in (("verdict", None), ("verdict-one-phase", "one-phase")):
        taken = [_judged(file) for file in _files(2, pattern)]
        show(
            name, samples=SAMPLES, median_ms=round(1000 * statistics.median(taken), 2),
            worst_ms=round(1000 * max(taken), 2), aim_ms=20, meters=METERS,
            meters_seconds=round(sum(taken), 2), aim_seconds=5, first_ms=round(1000 * first, 1),
        )  # fmt: skip
