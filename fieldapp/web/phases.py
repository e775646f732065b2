"""The phases of a site as its checklist page leads through them: what is done, and what is left to do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from checklists.model import SECTIONS, Checklist, Section
from checklists.plan import PhasePlan, plan
from checklists.progress import DONE
from checklists.words import COMPETENCES, INSTRUMENTS
from fieldapp.web.item_rows import ItemRow

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


def phases(site_id: str, checklists: Sequence[Checklist], rows: Sequence[ItemRow]) -> tuple[Phase, ...]:
    """Return the phases that have items, in the order of work."""
    return tuple(
        _phase(site_id, each, [row for row in rows if row.item.section == each.section])
        for each in plan(checklists)
    )


def _phase(site_id: str, planned: PhasePlan, rows: Sequence[ItemRow]) -> Phase:
    left = [row.item for row in rows if row.state.status not in DONE]
    failed = sum(row.state.status in _FAILED for row in rows)
    started = sum(row.state.status != "open" for row in rows)
    done = len(rows) - len(left)
    return Phase(
        section=planned.section,
        number=SECTIONS.index(planned.section) + 1,
        title=planned.title,
        href=url_for("sites.checklists", site_id=site_id, section=planned.section),
        total=planned.items,
        done=done,
        failed=failed,
        doubtful=started - done - failed,
        minutes=sum(item.minutes for item in left),
        stops=sum(item.stops_work for item in left),
        instruments=named(INSTRUMENTS, planned.instruments),
        people=named(COMPETENCES, planned.competences),
    )


def named(words: Mapping[str, str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Say classes and competences shortly: what stands in brackets behind is for the item's own page."""
    return tuple(words.get(word, word).partition(" (")[0] for word in wanted)
