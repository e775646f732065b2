"""Which sites differ from the newest revision of their standard design, and in which tags."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from designs import library
from designs.apply import apply
from designs.compare import Comparison, compare
from designs.equipment_list import EquipmentList
from designs.errors import DesignError
from designs.model import SiteDesign, Study
from designs.site_text import with_revision
from designs.standard_design import StandardDesign
from designs.study import study
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import revisions, sites
from fieldapp.store.database import reading
from fieldapp.usecases import permissions
from fieldapp.usecases.view_site import list_sites
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import SiteSummary


@dataclass(frozen=True, slots=True)
class SiteImpact:
    """What the newest revision of its design would make of one site."""

    site: SiteSummary
    status: Literal["same", "differs", "refused"]
    revision: int  # of the design, newest
    comparison: Comparison | None = None
    problem: str = ""  # why it can't be applied, or what the study refuses

    @property
    def circuits(self) -> tuple[str, ...]:
        """Return the circuits that differ."""
        found = self.comparison.tags if self.comparison else ()
        return tuple(each.tag for each in found if each.kind == "circuit" and each.status != "untouched")

    @property
    def sentence(self) -> str:
        """Return the outcome in one sentence."""
        if self.status == "refused":
            return f"can't be applied: {self.problem}"
        if self.comparison is None or self.status == "same":
            return "same"
        where = ", ".join(self.circuits[:8]) + (" …" if len(self.circuits) > 8 else "")
        return f"differs in {where or 'no circuit'} ({self.comparison.summary})"


def impact(
    viewer: Viewer, design_id: str, *, studied: bool = False, tell: Callable[[int, int], None] | None = None
) -> tuple[SiteImpact, ...]:
    """Apply every site's own file to the newest revision of its design and compare; nothing is kept.

    ``studied`` compares the figures of the study too, which takes seconds for each site. ``tell`` hears how
    many of how many are done.
    """
    permissions.require_role(viewer, "revise")
    newest = _newest(design_id)
    equipment = library.load_equipment(settings().designs)
    chosen = [each for each in list_sites(viewer) if each.design_id == design_id]
    found = []
    for done, site in enumerate(chosen):
        found.append(_of_site(site, newest, equipment, studied))
        if tell:
            tell(done + 1, len(chosen))
    return tuple(found)


def _newest(design_id: str) -> StandardDesign:
    try:
        return library.find_design(design_id, settings().designs)
    except DesignError as error:
        raise Problem("invalid", where="Standard design", problem=str(error)) from error


def _of_site(
    site: SiteSummary, newest: StandardDesign, equipment: EquipmentList, studied: bool
) -> SiteImpact:
    with reading() as db:
        row = sites.get(db, site.id)
        if row is None:
            return SiteImpact(site, "refused", newest.revision, None, "the site is gone.")
        # Not through the cache of the sites in work: a rollout is larger than it.
        present = revisions.generated_at(db, site.id, row.revision)
    try:
        text = with_revision(present.site_text, newest.revision)
        applied = apply(newest, library.parse_site(text, site.name), equipment)
        found, problem = _study(applied) if studied else (None, "")
    except DesignError as error:
        return SiteImpact(site, "refused", newest.revision, None, str(error))
    before: tuple[SiteDesign, Study | None] = (present.site_design, present.study if studied else None)
    comparison = compare(before, (applied, found))
    if problem:
        return SiteImpact(site, "refused", newest.revision, comparison, problem)
    return SiteImpact(site, "same" if comparison.same else "differs", newest.revision, comparison)


def _study(applied: SiteDesign) -> tuple[Study, str]:
    found = study(applied)
    errors = [each.sentence for each in found.findings if each.severity == "error"]
    return found, errors[0] if errors else ""
