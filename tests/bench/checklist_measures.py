"""Measures of checklists: generating, judging, merging. Called by run.py; prints nothing by itself."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from checklists.generate import generate
from checklists.judge import judge
from checklists.merge import fold
from checklists.model import Calibration, Criterion, Instrument, Item, KeptOperation, Operation
from checklists.plausibility import doubts
from checklists.readings import parse_value

SITE = "0198aaaa-0000-7000-8000-000000000000"


def judged_per_second(count: int = 200_000) -> float:
    """Return how many parsed readings are judged in a second: good, bad and undecided ones."""
    criterion = Criterion("range", maximum="0.76", unit="Ω")
    values = [parse_value(raw, "Ω") for raw in ("0.43", "0.77", "430 mΩ", "0.7", ">2")]
    begin = time.perf_counter()
    for _ in range(count // len(values)):
        for value in values:
            judge(value, criterion)
    return count / (time.perf_counter() - begin)


def items_of(depot: tuple[Any, Any]) -> tuple[Item, ...]:
    """Return every item of a site design and its study."""
    return tuple(item for checklist in generate(*depot) for item in checklist.items)


def operations(items: tuple[Item, ...], count: int) -> list[KeptOperation]:
    """Return this many answers to items, round after round, each built on the one before."""
    return list(_operations(items, count))


def _operations(items: tuple[Item, ...], count: int) -> Iterator[KeptOperation]:
    readings = [item for item in items if item.criterion.kind in ("range", "equals")]
    heads: dict[str, tuple[str, ...]] = {}
    for number in range(1, count + 1):
        item = readings[number % len(readings)]
        operation = Operation(
            id=f"0198aaaa-{number // 65536:04x}-7{number % 4096:03x}-8000-{number:012x}",
            site=SITE,
            item=item.key,
            kind="answer",
            body={"value": _value(item, number)}
            | ({"instrument": item.instrument} if item.instrument else {}),
            base=heads.get(item.key, ()),
            tablet=SITE,
            key="k" * 43,
            seq=number,
            recorded_at=f"2026-11-{10 + number % 10}T10:00:00.000+01:00",
        )
        heads[item.key] = (operation.id,)
        yield KeptOperation(operation, "person", number, "2026-11-27T10:00:00Z")


def _value(item: Item, number: int) -> dict[str, object]:
    if item.criterion.kind == "equals":
        return {"type": "choice", "raw": item.criterion.values[0]}
    raw = f"{number % 100}.{number % 7}"
    return {"type": "measured", "raw": raw, "decimal": raw, "unit": item.criterion.unit, "bound": ""}


def folded_in(items: tuple[Item, ...], kept: list[KeptOperation], best: Callable[..., Any]) -> float:
    """Return the shortest time of a fold in seconds."""
    tools = {item.instrument: _tool(item.instrument) for item in items if item.instrument}
    return float(best(lambda: fold(items, kept, instruments=tools, timezone="Europe/Berlin"), 3)[0])


def _tool(kind: str) -> Instrument:
    return Instrument(kind, kind, (Calibration("2026-01-01", "2027-01-01"),))


def doubted_in(items: tuple[Item, ...], kept: list[KeptOperation], best: Callable[..., Any]) -> float:
    """Return the shortest time in which a whole site is looked over for doubts, in seconds."""
    states = fold(items, kept)
    return float(best(lambda: doubts(items, states), 3)[0])
