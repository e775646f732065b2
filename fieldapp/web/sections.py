"""Sections of a site: made, taken away, submitted and approved by forms on the site's page."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.problems import Problem
from fieldapp.usecases import sections
from fieldapp.usecases.sections import SectionView
from fieldapp.usecases.views import SiteView
from fieldapp.web.next_step import BlockerRow, blocker_rows, status_of
from fieldapp.web.visitor import visitor

blueprint = Blueprint("sections", __name__, url_prefix="/sites/<site_id>/sections")

#: So many of the things in the way are named; the others are counted.
NAMED = 5


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section with its counts and what stands in the way of its next state."""

    section: SectionView
    passed: int
    failed: int
    other: int
    title: str  # of what stands in the way
    blockers: tuple[BlockerRow, ...]
    unstarted: int

    @property
    def named(self) -> tuple[BlockerRow, ...]:
        """Return the most urgent things in the way."""
        return self.blockers[:NAMED]

    @property
    def more(self) -> int:
        """Return how many are not named."""
        return len(self.blockers) - len(self.named)


@dataclass(frozen=True, slots=True)
class Spare:
    """A station that belongs to no section yet."""

    tag: str
    title: str


def section_rows(view: SiteView) -> tuple[SectionRow, ...]:
    """Return the sections of a site with what stands in their way."""
    return tuple(_row(view, each) for each in view.sections)


def _row(view: SiteView, section: SectionView) -> SectionRow:
    parts, state = section.progress.sections, section.state
    found = {"open": section.progress.blocks_submission, "submitted": section.progress.blocks_approval}
    rows = blocker_rows(view, found.get(state, ()))
    started = tuple(row for row in rows if status_of(view, row.item) != "open")
    titles = {"open": "Before it can be submitted", "submitted": "Before it can be approved"}
    counts = (sum(each.passed for each in parts), sum(each.failed for each in parts))
    others = sum(each.other for each in parts)
    return SectionRow(section, *counts, others, titles.get(state, ""), started, len(rows) - len(started))


def spare_stations(view: SiteView) -> tuple[Spare, ...]:
    """Return the stations that can be put into a new section."""
    taken = {tag for each in view.sections for tag in each.tags}
    stations = view.site_design.one_line.stations
    return tuple(Spare(each.tag, each.title) for each in stations if each.tag not in taken)


@blueprint.post("")
def define(site_id: str) -> ResponseReturnValue:
    """Make a section of the stations that were ticked."""
    sections.define(visitor(), site_id, request.form.get("title", ""), request.form.getlist("station"))
    return _back(site_id, "The section is made. It is submitted and approved before the rest.")


@blueprint.post("/<section_id>/remove")
def remove(site_id: str, section_id: str) -> ResponseReturnValue:
    """Take a section away."""
    sections.remove(visitor(), site_id, section_id)
    return _back(site_id, "The section is gone; nothing that was recorded is.")


@blueprint.post("/<section_id>/submit")
def submit(site_id: str, section_id: str) -> ResponseReturnValue:
    """Submit a section for review."""
    sections.submit(visitor(), site_id, section_id)
    return _back(site_id, "The section is submitted. Work on the other stations goes on.")


@blueprint.post("/<section_id>/approve")
def approve(site_id: str, section_id: str) -> ResponseReturnValue:
    """Approve a section."""
    viewer = visitor()
    if request.form.get("confirm") != "yes":
        raise Problem("invalid", where="Approval", problem="tick the box to confirm what you looked at")
    sections.approve(viewer, site_id, section_id)
    return _back(site_id, "The section is approved. What changes at its items lapses that.")


def _back(site_id: str, said: str) -> ResponseReturnValue:
    flash(said, "pass")
    return redirect(url_for("sites.overview", site_id=site_id, _anchor="sections"))
