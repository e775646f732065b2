"""The checklist page: what needs attention first, then phase by phase in the order of work, filtered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import url_for

from checklists.model import Method
from designs.model import SiteDesign
from fieldapp.usecases.sections import SectionView
from fieldapp.usecases.views import SiteView
from fieldapp.web.item_rows import Doubts, ItemRow, item_rows
from fieldapp.web.phases import Phase, phases
from fieldapp.web.words import EXCEPTIONS, ITEM_LOOKS, STATUS_ORDER

#: Up to so many items unfold on the page itself; beyond, each leads to its own page.
UNFOLDED = 60


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter by state."""

    label: str
    status: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class TagGroup:
    """The items at one tag."""

    tag: str
    title: str
    rows: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True)
class PhaseGroup:
    """What a filter leaves of one phase, in the order of work."""

    phase: Phase
    tags: tuple[TagGroup, ...]


@dataclass(frozen=True, slots=True)
class ChecklistPage:
    """Everything the page shows."""

    chips: tuple[Chip, ...]
    phases: tuple[Phase, ...]
    phase: Phase | None  # the one that is looked at
    before: Phase | None
    after: Phase | None
    tags: tuple[str, ...]
    status: str
    section: str
    tag: str
    part: SectionView | None  # the section of the site whose items alone are shown
    exceptions: tuple[ItemRow, ...]
    groups: tuple[PhaseGroup, ...]
    methods: tuple[Method, ...]  # of the phase that is looked at

    @property
    def unfolds(self) -> bool:
        """True when few enough items are shown to hold everything about them."""
        return sum(len(group.rows) for part in self.groups for group in part.tags) <= UNFOLDED

    @property
    def filtered(self) -> bool:
        """True when a filter hides something; without one the phases lead to their items."""
        return bool(self.status or self.section or self.tag or self.part)


def checklist_page(view: SiteView, doubts: Doubts, asked: Mapping[str, str]) -> ChecklistPage:
    """Return the page for the filter in the address."""
    rows = item_rows(view, doubts)
    status, section, tag = (asked.get(key, "") for key in ("status", "section", "tag"))
    filtering = any(asked.get(key) for key in ("status", "section", "tag", "part"))
    part = next((each for each in view.sections if each.id == asked.get("part")), None)
    placed = [
        row
        for row in rows
        if section in ("", row.item.section) and _at(row, tag) and (not part or row.item.key in part.items)
    ]
    shown = [row for row in placed if status in ("", row.state.status)]
    first = sorted((row for row in shown if row.state.status in EXCEPTIONS), key=_urgency)
    found = phases(view.summary.id, view.checklists, rows)
    place = next((n for n, each in enumerate(found) if each.section == section), None)
    rest = [row for row in shown if row.state.status not in EXCEPTIONS] if filtering else []
    return ChecklistPage(
        chips=_chips(view.summary.id, placed, status, asked),
        phases=found,
        phase=None if place is None else found[place],
        before=found[place - 1] if place else None,
        after=found[place + 1] if place is not None and place + 1 < len(found) else None,
        tags=tuple(sorted({row.item.tag for row in rows})),
        status=status,
        section=section,
        tag=tag,
        part=part,
        exceptions=tuple(first),
        groups=_groups(found, rest, tag_titles(view.site_design)),
        methods=_methods(view, section),
    )


def _methods(view: SiteView, section: str) -> tuple[Method, ...]:
    """Return the methods of a phase, each once."""
    found = {it.id: it for each in view.checklists if each.section == section for it in each.methods}
    return tuple(found.values())


def _at(row: ItemRow, tag: str) -> bool:
    """True at a tag, and at the connectors that belong to it."""
    return not tag or row.item.tag == tag or row.item.tag.startswith(f"{tag}.")


def _urgency(row: ItemRow) -> tuple[int, bool]:
    return EXCEPTIONS.index(row.state.status), not row.item.safety


def _chips(site_id: str, rows: Sequence[ItemRow], status: str, asked: Mapping[str, str]) -> tuple[Chip, ...]:
    counts: Counter[str] = Counter(row.state.status for row in rows)
    kept: dict[str, Any] = {key: asked.get(key) or None for key in ("section", "tag", "part")}
    everything = url_for("sites.checklists", site_id=site_id, **kept)
    chips = [Chip("All", "", len(rows), everything, not status)]
    for value in STATUS_ORDER:
        if counts[value] or value == status:
            href = url_for("sites.checklists", site_id=site_id, status=value, **kept)
            chips.append(Chip(ITEM_LOOKS[value].word, value, counts[value], href, value == status))
    return tuple(chips)


def _groups(
    found: Sequence[Phase], rows: Sequence[ItemRow], titles: Mapping[str, str]
) -> tuple[PhaseGroup, ...]:
    of = {phase: [row for row in rows if row.item.section == phase.section] for phase in found}
    return tuple(PhaseGroup(phase, _by_tag(group, titles)) for phase, group in of.items() if group)


def _by_tag(rows: Sequence[ItemRow], titles: Mapping[str, str]) -> tuple[TagGroup, ...]:
    """Keep the order of work: a tag that comes again later in it stands again."""
    groups = groupby(rows, key=lambda row: row.item.tag)
    return tuple(TagGroup(tag, titles.get(tag, ""), tuple(group)) for tag, group in groups)


def tag_titles(design: SiteDesign) -> dict[str, str]:
    """Return what each tag of a design is; a connector is called by its station."""
    line = design.one_line
    nodes: tuple[Any, ...] = (
        line.supply, *line.transformers, *line.switchboards, *line.circuits, *line.meters, *line.stations,
        *line.storage, *line.pv, *line.loads, *line.emergency_stops, *line.controllers, *line.network,
    )  # fmt: skip
    connectors = {each.tag: f"{it.title}, {each.kind}" for it in line.stations for each in it.connectors}
    return connectors | {node.tag: node.title for node in nodes}
