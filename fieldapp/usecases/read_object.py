"""Read photos: as they were sent for the API, re-encoded without location data for pages."""

from fieldapp.objects import objects
from fieldapp.problems import not_found
from fieldapp.store import objects as rows
from fieldapp.store import operations
from fieldapp.store.database import reading
from fieldapp.usecases import permissions
from fieldapp.usecases.upload_object import may_read
from fieldapp.usecases.viewer import Viewer
from reports.errors import ReportError
from reports.photos import prepare


def read_photo(viewer: Viewer, site_id: str, sha256: str) -> tuple[bytes, str]:
    """Return a photo of a site for showing, and its media type."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id)
        if sha256 not in operations.photos(db, site.id) or rows.get(db, sha256) is None:
            raise not_found("photo")
    try:
        return prepare(objects().get(sha256))
    except ReportError as error:
        raise not_found("photo") from error


def read_object(viewer: Viewer, sha256: str) -> tuple[bytes, str]:
    """Return the bytes as they were sent, and their media type, for who may see a site with them."""
    with reading() as db:
        row = rows.get(db, sha256)
        if row is None or not may_read(db, viewer, sha256):
            raise not_found("file")
    return objects().get(sha256), row.media_type
