"""The home page of each role: what this person came for, first."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from checklists.model import Item
from fieldapp.usecases import view_site
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import PackView, SiteSummary, SiteView
from fieldapp.web.checklist_page import tag_titles
from fieldapp.web.design_gallery import gallery
from fieldapp.web.item_rows import item_rows
from fieldapp.web.review_page import UNDECIDED, WRONG
from fieldapp.web.visitor import visitor

blueprint = Blueprint("home", __name__)

#: A word shorter than this matches nearly every tag.
_SHORTEST_TAG = 2


@dataclass(frozen=True, slots=True)
class Returned:
    """An item that the reviewer sent back."""

    site: SiteSummary
    item: Item
    comment: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A submitted site with what a reviewer will find in it."""

    site: SiteSummary
    failing: int
    doubtful: int
    not_applicable: int


@dataclass(frozen=True, slots=True)
class Found:
    """A site that matches a search, with the tags that match and its newest pack."""

    site: SiteSummary
    tags: tuple[str, ...]
    pack: PackView | None


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Show the home page of the person's role."""
    viewer = visitor()
    return _PAGES[viewer.role](viewer, view_site.list_sites(viewer))


def _engineer(viewer: Viewer, sites: Sequence[SiteSummary]) -> str:
    return render_template("home/engineer.html", sites=sites, **gallery(viewer))


def _contractor(viewer: Viewer, sites: Sequence[SiteSummary]) -> str:
    return render_template("home/contractor.html", sites=sites, returned=tuple(_returned(viewer, sites)))


def _returned(viewer: Viewer, sites: Sequence[SiteSummary]) -> Iterator[Returned]:
    for site in sites:
        if site.state == "open":
            view = view_site.view_site(viewer, site.id)
            items = (item for checklist in view.checklists for item in checklist.items)
            yield from (
                Returned(site, item, view.states[item.key].comment)
                for item in items
                if item.key in view.states and view.states[item.key].status == "returned"
            )


def _reviewer(viewer: Viewer, sites: Sequence[SiteSummary]) -> str:
    queue = tuple(_queued(viewer, site) for site in sites if site.state == "submitted")
    others = [site for site in sites if site.state != "submitted"]
    return render_template("home/reviewer.html", queue=queue, others=others)


def _queued(viewer: Viewer, site: SiteSummary) -> Queued:
    rows = item_rows(view_site.view_site(viewer, site.id))
    counts: Counter[str] = Counter(row.state.status for row in rows)
    doubtful = sum(row.state.status == "passed" and bool(row.doubts) for row in rows)
    unaccepted = sum(row.state.status == "not_applicable" and not row.state.accepted for row in rows)
    return Queued(
        site,
        sum(counts[word] for word in WRONG),
        doubtful + sum(counts[word] for word in UNDECIDED),
        unaccepted,
    )


def _service(viewer: Viewer, sites: Sequence[SiteSummary]) -> str:
    query = request.args.get("q", "").strip()
    found = [it for it in (_found(view_site.view_site(viewer, site.id), query) for site in sites) if it]
    found.sort(key=lambda it: it.pack is None)
    return render_template("home/service.html", found=found, query=query)


def _found(view: SiteView, query: str) -> Found | None:
    site, asked = view.summary, query.casefold()
    titles = tag_titles(view.site_design)
    tags = tuple(tag for tag in titles if len(asked) >= _SHORTEST_TAG and tag.casefold().startswith(asked))
    if asked not in f"{site.name} {site.address}".casefold() and not tags:
        return None
    return Found(site, tags[:12], max(view.packs, key=lambda pack: pack.number, default=None))


_PAGES: dict[str, Callable[[Viewer, Sequence[SiteSummary]], str]] = {
    "engineer": _engineer,
    "admin": _engineer,
    "contractor": _contractor,
    "reviewer": _reviewer,
    "service": _service,
}
