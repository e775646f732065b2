"""The checklists of a site as a blank PDF to print, whole or one phase of it."""

from fieldapp.store import sites
from fieldapp.store.database import reading
from fieldapp.usecases import permissions
from fieldapp.usecases.paper_sheet import SheetFile, file_stem, of_phase
from fieldapp.usecases.viewer import Viewer
from reports.blank import BlankSite, blank


def print_sheet(viewer: Viewer, site_id: str, section: str = "") -> SheetFile:
    """Return the PDF; a phase takes about a second, a whole site up to half a minute."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id)
        checklists = of_phase(sites.generated(db, site).checklists, section)
    content = blank(BlankSite(site.id, site.name, site.address, site.revision), checklists)
    return SheetFile(f"{file_stem(site.name, section, site.revision)}.pdf", content)
