"""Read photos and documents. Others than who sent a picture get it without its place and its author."""

from fieldapp.inspection import sniff
from fieldapp.problems import Problem, not_found
from fieldapp.store import objects as rows
from fieldapp.store import operations
from fieldapp.store.database import reading
from fieldapp.usecases import permissions
from fieldapp.usecases.make_renditions import rendition
from fieldapp.usecases.stored_bytes import stored_bytes
from fieldapp.usecases.upload_object import has_uploaded, may_read
from fieldapp.usecases.viewer import Viewer
from reports.photos import KINDS


def read_photo(viewer: Viewer, site_id: str, sha256: str, size: str = "screen") -> tuple[bytes, str]:
    """Return a photo of a site for showing, and its media type; ``size`` is a kind of rendition."""
    if size not in KINDS:
        raise not_found("photo")
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id)
        if sha256 not in operations.photos(db, site.id) or rows.get(db, sha256) is None:
            raise not_found("photo")
    return rendition(sha256, size)


def read_object(viewer: Viewer, sha256: str, size: str | None = None) -> tuple[bytes, str]:
    """Return an object and its media type, for who may see a site with it.

    Who sent the bytes gets them as they were sent unless a size is asked for; all others get a picture made
    for the screen. A document is nobody's photo: it is handed out as it is.
    """
    with reading() as db:
        row = rows.get(db, sha256)
        if row is None or not may_read(db, viewer, sha256):
            raise not_found("file")
        own, media_type = has_uploaded(db, viewer, sha256), row.media_type
    wanted = size or ("original" if own else "screen")
    if media_type.startswith("image/") and wanted != "original":
        return rendition(sha256, wanted)
    if not own and media_type != "application/pdf":
        raise Problem(
            "forbidden",
            why="only who took a photo gets the original; it stays at the server "
            "(fieldapp objects get --original).",
        )
    data = stored_bytes(sha256)
    return data, sniff(data) or "application/octet-stream"
