"""The phases of a site as its checklist page leads through them: what is done, and what is left to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from checklists.model import SECTIONS, ItemState, Section
from checklists.progress import DONE
from checklists.words import COMPETENCES, INSTRUMENTS
from fieldapp.web.item_rows import ItemRow
from fieldapp.web.words import SECTION_TITLES

_FAILED = ("failed", "conflict", "returned")


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase with items at this site; ``minutes`` is the estimate for what is not done yet."""

    section: Section
    number: int
    title: str
    href: str
    total: int
    done: int
    failed: int
    doubtful: int
    minutes: int
    stops: int  # stop-work items that are not done
    instruments: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Return the counts in words."""
        failing = f", {self.failed} failing" if self.failed else ""
        return f"{self.done} of {self.total} done{failing}"


def phases(site_id: str, rows: Sequence[ItemRow]) -> tuple[Phase, ...]:
    """Return the phases that have items, in the order of work."""
    of = {section: [row for row in rows if row.item.section == section] for section in SECTIONS}
    return tuple(_phase(site_id, section, found) for section, found in of.items() if found)


def _phase(site_id: str, section: Section, rows: Sequence[ItemRow]) -> Phase:
    left = [row.item for row in rows if not _done(row.state)]
    failed = sum(row.state.status in _FAILED for row in rows)
    started = sum(row.state.status != "open" for row in rows)
    done = len(rows) - len(left)
    return Phase(
        section=section,
        number=SECTIONS.index(section) + 1,
        title=SECTION_TITLES[section],
        href=url_for("sites.checklists", site_id=site_id, section=section),
        total=len(rows),
        done=done,
        failed=failed,
        doubtful=started - done - failed,
        minutes=sum(item.minutes for item in left),
        stops=sum(item.stops_work for item in left),
        instruments=_named(INSTRUMENTS, {row.item.instrument for row in rows}),
        people=_named(COMPETENCES, {row.item.who for row in rows}),
    )


def _done(state: ItemState) -> bool:
    return state.status in DONE


def _named(words: Mapping[str, str], wanted: set[str | None]) -> tuple[str, ...]:
    """Say classes and competences shortly: what stands in brackets behind is for the item's own page."""
    return tuple(title.partition(" (")[0] for word, title in words.items() if word in wanted)
