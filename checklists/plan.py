"""What the work of a site amounts to, phase by phase: items, minutes, instruments, and who is needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checklists.model import SECTIONS, Checklist, Item, Section
from checklists.words import PHASES


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """One phase of a site. ``minutes`` is an estimate of the work, ways and waiting left out."""

    section: Section
    title: str
    items: int
    minutes: int
    instruments: tuple[str, ...]  # classes, in the order in which they are needed first
    competences: tuple[str, ...]
    stops: int  # items that stop work until they pass


def plan(checklists: Sequence[Checklist]) -> tuple[PhasePlan, ...]:
    """Return the phases that have items, in the order of work."""
    items: dict[Section, list[Item]] = {section: [] for section in SECTIONS}
    for checklist in checklists:
        items[checklist.section] += checklist.items
    return tuple(_phase(section, found) for section, found in items.items() if found)


def _phase(section: Section, items: Sequence[Item]) -> PhasePlan:
    return PhasePlan(
        section=section,
        title=PHASES[section],
        items=len(items),
        minutes=sum(item.minutes for item in items),
        instruments=_once(item.instrument or "" for item in items),
        competences=_once(item.who for item in items),
        stops=sum(item.stops_work for item in items),
    )


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys(words) if word)


def hours(minutes: int) -> str:
    """Return an estimate as people say it: "about 20 min", "about 3 h 20 min"."""
    whole, rest = divmod(5 * round(minutes / 5) if minutes > 10 else minutes, 60)
    parts = [f"{whole} h"] * bool(whole) + [f"{rest} min"] * bool(rest or not whole)
    return f"about {' '.join(parts)}"
