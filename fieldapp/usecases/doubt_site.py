"""What is odd about what was recorded on a site: for whoever works on it, and more for its reviewer."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from checklists.model import Instrument
from checklists.plausibility import Doubt, doubts
from checklists.plausibility.alike import Laid
from checklists.plausibility.conduct import clocks, early, hurried, unexplained
from checklists.plausibility.elsewhere import copied_from
from checklists.plausibility.qualified import unqualified
from fieldapp.store import elsewhere
from fieldapp.store.database import reading
from fieldapp.usecases import permissions, projection
from fieldapp.usecases.qualifications import authors
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import SiteView


def doubts_of(viewer: Viewer, view: SiteView) -> Mapping[str, tuple[Doubt, ...]]:
    """Return the doubts about each item that the viewer is told of.

    A reviewer is told too how the work was recorded, and what stands on the contractor's other sites.
    """
    items = [item for checklist in view.checklists for item in checklist.items]
    found = [*doubts(items, view.states, instruments=_instruments(view), history=view.history)]
    if viewer.role in permissions.ALLOWED["compare_sites"]:
        laid = [(item, view.states[item.key]) for item in items if item.key in view.states]
        found += _for_reviewers(viewer, view, laid)
    by_item: defaultdict[str, list[Doubt]] = defaultdict(list)
    for doubt in found:
        by_item[doubt.item].append(doubt)
    return {key: tuple(group) for key, group in by_item.items()}


def _instruments(view: SiteView) -> Mapping[str, Instrument]:
    with reading() as db:
        return projection.instruments(db, (kept for group in view.history.values() for kept in group))


def _for_reviewers(viewer: Viewer, view: SiteView, laid: Sequence[Laid]) -> Iterator[Doubt]:
    with reading() as db:
        site = permissions.site_for(db, viewer, view.summary.id, "compare_sites")
        steps = {item.step for item, _ in laid if item.varies or item.evidence == "serial"}
        others = elsewhere.other_sites(db, site, sorted(steps))
        opened_at = site.created_at
        known = authors(db, {kept.author for group in view.history.values() for kept in group})
    yield from unexplained(laid, view.history)
    yield from hurried(laid, view.history)
    yield from early(laid, opened_at, view.history)
    yield from clocks(laid, view.history)
    zone = ZoneInfo(view.site_design.parameters.timezone)
    yield from unqualified(laid, view.history, known, zone)
    told: dict[str, Doubt] = {}
    for other in others:
        for doubt in copied_from(laid, other):
            told.setdefault(doubt.item, doubt)
    yield from told.values()
