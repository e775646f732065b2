"""Stored files that are lost or damaged, and photos that were no evidence, of the sites a person sees."""

from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.store import objects as rows
from fieldapp.store import sites
from fieldapp.store.database import reading
from fieldapp.tables import SiteRow
from fieldapp.usecases import permissions
from fieldapp.usecases.viewer import Viewer


@dataclass(frozen=True, slots=True)
class WrongFile:
    """One file at one place; ``item`` is "" for a handover pack, ``problem`` lost, damaged or refused."""

    sha256: str
    problem: str
    reason: str
    at: str
    site_id: str
    site: str
    item: str


def wrong_files(viewer: Viewer) -> tuple[WrongFile, ...]:
    """Return what is wrong with the files of the sites that the viewer sees, the latest first."""
    permissions.require_role(viewer, "manage_jobs")
    with reading() as db:
        told = {row.sha256: (row.problem, "", row.checked_at or "") for row in rows.wrong(db)}
        told |= {
            row.sha256: ("refused", row.reason, row.refused_at)
            for row in rows.refusals(db)
            if row.sha256 not in told
        }
        places = rows.places(db, told)
        seen = _seen(db, viewer, {site for found in places.values() for site, _ in found})
        found = [
            WrongFile(sha256, *told[sha256], site_id, seen[site_id].name, item)
            for sha256, where in places.items()
            for site_id, item in sorted(where)
            if site_id in seen
        ]
    return tuple(sorted(found, key=lambda each: (each.at, each.sha256, each.item), reverse=True))


def _seen(db: Session, viewer: Viewer, ids: set[str]) -> dict[str, SiteRow]:
    found = (sites.get(db, site_id) for site_id in sorted(ids))
    return {site.id: site for site in found if site is not None and permissions.sees(db, viewer, site)}
