"""The checklist page: what needs attention first, then section by section and tag by tag, filtered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import url_for

from designs.model import SiteDesign
from fieldapp.usecases.views import SiteView
from fieldapp.web.item_rows import Doubts, ItemRow, item_rows
from fieldapp.web.words import EXCEPTIONS, ITEM_LOOKS, SECTION_TITLES, STATUS_ORDER

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
class SectionGroup:
    """One section with its counts."""

    section: str
    tags: tuple[TagGroup, ...]
    total: int
    passed: int
    failed: int
    other: int
    open: bool


@dataclass(frozen=True, slots=True)
class ChecklistPage:
    """Everything the page shows."""

    chips: tuple[Chip, ...]
    sections: tuple[str, ...]
    tags: tuple[str, ...]
    status: str
    section: str
    tag: str
    exceptions: tuple[ItemRow, ...]
    groups: tuple[SectionGroup, ...]

    @property
    def unfolds(self) -> bool:
        """True when few enough items are shown to hold everything about them."""
        return sum(len(group.rows) for part in self.groups for group in part.tags) <= UNFOLDED

    @property
    def filtered(self) -> bool:
        """True when a filter hides something."""
        return bool(self.status or self.section or self.tag)


def checklist_page(view: SiteView, doubts: Doubts, asked: Mapping[str, str]) -> ChecklistPage:
    """Return the page for the filter in the address."""
    rows = item_rows(view, doubts)
    status, section, tag = (asked.get(key, "") for key in ("status", "section", "tag"))
    placed = [row for row in rows if section in ("", row.item.section) and _at(row, tag)]
    shown = [row for row in placed if status in ("", row.state.status)]
    first = sorted((row for row in shown if row.state.status in EXCEPTIONS), key=_urgency)
    rest = [row for row in shown if row.state.status not in EXCEPTIONS]
    unfold = bool(status or section or tag)
    return ChecklistPage(
        chips=_chips(view.summary.id, placed, status, section, tag),
        sections=tuple(dict.fromkeys(row.item.section for row in rows)),
        tags=tuple(sorted({row.item.tag for row in rows})),
        status=status,
        section=section,
        tag=tag,
        exceptions=tuple(first),
        groups=_sections(view.site_design, rest, placed, unfold),
    )


def _at(row: ItemRow, tag: str) -> bool:
    """True at a tag, and at the connectors that belong to it."""
    return not tag or row.item.tag == tag or row.item.tag.startswith(f"{tag}.")


def _urgency(row: ItemRow) -> tuple[int, bool]:
    return EXCEPTIONS.index(row.state.status), not row.item.safety


def _chips(site_id: str, rows: Sequence[ItemRow], status: str, section: str, tag: str) -> tuple[Chip, ...]:
    counts: Counter[str] = Counter(row.state.status for row in rows)
    kept: dict[str, Any] = {"section": section or None, "tag": tag or None}
    everything = url_for("sites.checklists", site_id=site_id, **kept)
    chips = [Chip("All", "", len(rows), everything, not status)]
    for value in STATUS_ORDER:
        if counts[value] or value == status:
            href = url_for("sites.checklists", site_id=site_id, status=value, **kept)
            chips.append(Chip(ITEM_LOOKS[value].word, value, counts[value], href, value == status))
    return tuple(chips)


def _sections(
    design: SiteDesign, shown: Sequence[ItemRow], placed: Sequence[ItemRow], unfold: bool
) -> tuple[SectionGroup, ...]:
    titles = tag_titles(design)
    return tuple(
        _section(section, [row for row in shown if row.item.section == section], placed, titles, unfold)
        for section in SECTION_TITLES
        if any(row.item.section == section for row in shown)
    )


def _section(
    section: str, shown: Sequence[ItemRow], placed: Sequence[ItemRow], titles: Mapping[str, str], unfold: bool
) -> SectionGroup:
    counts = Counter(row.state.status for row in placed if row.item.section == section)
    passed, failed = counts["passed"], counts["failed"] + counts["conflict"] + counts["returned"]
    by_tag = sorted(shown, key=lambda row: row.item.tag)
    groups = groupby(by_tag, key=lambda row: row.item.tag)
    tags = tuple(TagGroup(tag, titles.get(tag, ""), tuple(rows)) for tag, rows in groups)
    total = sum(counts.values())
    return SectionGroup(
        section, tags, total, passed, failed, total - passed - failed - counts["open"], unfold
    )


def tag_titles(design: SiteDesign) -> dict[str, str]:
    """Return what each tag of a design is."""
    line = design.one_line
    nodes: tuple[Any, ...] = (
        line.supply,
        *line.transformers,
        *line.switchboards,
        *line.stations,
        *line.meters,
        *line.circuits,
    )
    return {node.tag: node.title for node in nodes}
