"""Background work as a person sees it."""

import json

from sqlmodel import Session

from fieldapp.problems import not_found
from fieldapp.store import jobs, sites
from fieldapp.store.database import reading
from fieldapp.tables import JobRow
from fieldapp.usecases import permissions
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import JobView


def job_view(viewer: Viewer, job_id: str) -> JobView:
    """Return how far a job is, for who sees its site; without a site, for who asked for it."""
    with reading() as db:
        row = jobs.get(db, job_id)
        if row is None or not _sees(db, viewer, row):
            raise not_found("job")
    return JobView(
        row.id, row.kind, row.state, row.progress_percent, row.message, row.error, json.loads(row.result)
    )


def _sees(db: Session, viewer: Viewer, row: JobRow) -> bool:
    if row.site_id is None:
        return row.person_id == viewer.id
    site = sites.get(db, row.site_id)
    return site is not None and permissions.sees(db, viewer, site)
