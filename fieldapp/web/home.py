"""The home page of each role: what this person came for, first."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from checklists.model import Item
from fieldapp.store import records
from fieldapp.store import sites as site_rows
from fieldapp.store.database import reading
from fieldapp.usecases import jobs, view_site, wrong_files
from fieldapp.usecases.running_out import running_out
from fieldapp.usecases.sections import submitted_sections
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import PackView, SiteSummary
from fieldapp.web.checklist_page import tag_titles
from fieldapp.web.design_gallery import gallery
from fieldapp.web.review_page import UNDECIDED, WRONG
from fieldapp.web.visitor import visitor

blueprint = Blueprint("home", __name__)

#: What the start of an equipment tag looks like; two letters at least, or nearly every tag would match.
_TAG_START = re.compile(r"[a-z]{2}[a-z0-9.-]*\Z")
#: So many sites are shown at once; a search narrows them down.
_SHOWN = 24


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
    # An administrator of a contractor looks at the contractor's work, not at the owner's.
    role = _OF_PARTNERS.get(viewer.kind, viewer.role)
    return _PAGES[role](viewer, view_site.list_sites(viewer))


def _engineer(viewer: Viewer, sites: Sequence[SiteSummary]) -> str:
    failed = jobs.failed_jobs(viewer)
    bad = sum(each.problem != "refused" for each in wrong_files.wrong_files(viewer))
    return render_template(
        "home/engineer.html",
        sites=sites,
        failed_jobs=failed,
        bad_files=bad,
        running_out=running_out(viewer),
        **gallery(viewer),
    )


def _contractor(viewer: Viewer, sites: Sequence[SiteSummary]) -> str:
    ordered = sorted(sites, key=lambda site: site.state != "open")
    return render_template(
        "home/contractor.html",
        sites=ordered,
        returned=tuple(_returned(viewer, sites)),
        running_out=running_out(viewer),
    )


def _returned(viewer: Viewer, sites: Sequence[SiteSummary]) -> Iterator[Returned]:
    counts = _status_counts(sites)
    for site in sites:
        if site.state == "open" and counts[site.id].get("returned"):
            view = view_site.view_site(viewer, site.id)
            items = (item for checklist in view.checklists for item in checklist.items)
            yield from (
                Returned(site, item, view.states[item.key].comment)
                for item in items
                if item.key in view.states and view.states[item.key].status == "returned"
            )


def _status_counts(sites: Sequence[SiteSummary]) -> dict[str, dict[str, int]]:
    """Return the counts of item states by site: cheap, so that a home page stays quick with many sites."""
    with reading() as db:
        return {site.id: site_rows.status_counts(db, site.id) for site in sites}


def _reviewer(_: Viewer, sites: Sequence[SiteSummary]) -> str:
    waiting = [site for site in sites if site.state == "submitted"]
    counts = _status_counts(waiting)
    queue = sorted((_queued(site, counts[site.id]) for site in waiting), key=lambda it: it.site.updated_at)
    others = [site for site in sites if site.state != "submitted"]
    parts = submitted_sections([site.id for site in sites])
    return render_template("home/reviewer.html", queue=queue, others=others, parts=parts)


def _queued(site: SiteSummary, counts: Mapping[str, int]) -> Queued:
    failing, doubtful = (sum(counts.get(word, 0) for word in words) for words in (WRONG, UNDECIDED))
    return Queued(site, failing, doubtful, counts.get("not_applicable", 0))


def _service(_: Viewer, sites: Sequence[SiteSummary]) -> str:
    query = request.args.get("q", "").strip()
    with reading() as db:
        hits = [it for it in (_hit(db, site, query.casefold()) for site in sites) if it]
        found = [_with_pack(db, site, tags) for site, tags in hits[:_SHOWN]]
    return render_template("home/service.html", found=found, total=len(hits), query=query)


def _hit(db: Any, site: SiteSummary, query: str) -> tuple[SiteSummary, tuple[str, ...]] | None:
    """Return a site whose name, address or tags match, with those tags."""
    if query in f"{site.name} {site.address}".casefold():
        return site, ()
    if not _TAG_START.match(query):
        return None
    row = site_rows.get(db, site.id)
    titles = tag_titles(site_rows.generated(db, row).site_design) if row else {}
    tags = tuple(tag for tag in titles if tag.casefold().startswith(query))
    return (site, tags[:12]) if tags else None


def _with_pack(db: Any, site: SiteSummary, tags: tuple[str, ...]) -> Found:
    """Return a site with its newest pack, as far as this person's role sees packs."""
    packs = records.packs(db, site.id)
    if not packs:
        return Found(site, tags, None)
    row = packs[-1]
    fields = (row.id, row.number, row.issued_at, row.issued_by, row.size, row.sha256, row.bottom_line)
    return Found(site, tags, PackView(*fields))


_OF_PARTNERS = {"contractor": "contractor", "service_provider": "service"}
_PAGES: dict[str, Callable[[Viewer, Sequence[SiteSummary]], str]] = {
    "engineer": _engineer,
    "admin": _engineer,
    "contractor": _contractor,
    "reviewer": _reviewer,
    "service": _service,
}
