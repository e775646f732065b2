"""Checklists as plain text to read: phase by phase, each step once, with its places and their limits."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from checklists.model import Checklist, Item
from checklists.plan import PhasePlan, hours, plan
from checklists.words import INSTRUMENTS

WIDTH = 110
_INDENT = "      "


def listing(checklists: Sequence[Checklist]) -> str:
    """Return the text; lines are at most ``WIDTH`` characters long unless a word is longer.

    A step that stands at several places is printed once; places that share a limit share its line.
    """
    return "\n".join(line for phase in plan(checklists) for line in _phase(phase, checklists)) + "\n"


def _phase(phase: PhasePlan, checklists: Sequence[Checklist]) -> Iterator[str]:
    tools = ", ".join(INSTRUMENTS.get(each, each).partition(" (")[0] for each in phase.instruments)
    head = f"{phase.title}: {phase.items} items, {hours(phase.minutes)}"
    yield from ("", head, "=" * len(head))
    if tools:
        yield from wrap(f"Instruments: {tools}.", WIDTH)
    steps: dict[str, list[Item]] = {}
    for checklist in checklists:
        if checklist.section == phase.section:
            for item in checklist.items:
                steps.setdefault(item.step, []).append(item)
    for step, items in steps.items():
        yield from ("", *_step(step, items))


def _step(step: str, items: Sequence[Item]) -> Iterator[str]:
    first = items[0]
    mark = "  [stops work]" if first.stops_work else ""
    yield f"{first.number}  {step}: {first.title}{mark}"
    sources = list(dict.fromkeys(item.limit_source for item in items))
    common = sources[0] if len(sources) == 1 else ""
    yield from _indented(f"{first.clause}. {common}" if common else first.clause)
    limits: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        limits.setdefault((item.limit_text, item.limit_source), []).append(item)
    for (limit, source), places in limits.items():
        tags = ", ".join(item.tag for item in places)
        text = f"{tags}: {limit}" if limit else tags
        yield from _indented(text if common or not source else f"{text} ({source})")


def _indented(text: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT + "  ")
