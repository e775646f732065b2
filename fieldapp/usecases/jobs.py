"""Background work as a person sees it."""

import json

from fieldapp.problems import not_found
from fieldapp.store import jobs, sites
from fieldapp.store.database import reading
from fieldapp.usecases import permissions
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import JobView


def job_view(viewer: Viewer, job_id: str) -> JobView:
    """Return how far a job is, for who sees its site."""
    with reading() as db:
        row = jobs.get(db, job_id)
        site = sites.get(db, row.site_id) if row and row.site_id else None
        if row is None or site is None or not permissions.sees(db, viewer, site):
            raise not_found("job")
    return JobView(
        row.id, row.kind, row.state, row.progress_percent, row.message, row.error, json.loads(row.result)
    )
