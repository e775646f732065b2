"""The files of certificates, PDF or photo: looked at like all evidence before they are kept."""

import hashlib

from fieldapp.config import settings
from fieldapp.inspection import Refused, inspect
from fieldapp.objects import objects
from fieldapp.problems import Problem, not_found
from fieldapp.store import objects as rows
from fieldapp.store.database import reading
from fieldapp.usecases import upload_object
from fieldapp.usecases.make_renditions import rendition
from fieldapp.usecases.stored_bytes import stored_bytes
from fieldapp.usecases.viewer import Viewer
from reports.errors import ApartError


def keep(viewer: Viewer, data: bytes) -> str | None:
    """Store a certificate's file and return its SHA-256; nothing for no file."""
    if not data:
        return None
    if len(data) > settings().max_photo_mb * 2**20:
        raise Problem("too_large", what="The certificate", limit=f"{settings().max_photo_mb} MiB")
    try:
        found = inspect(data, settings().max_megapixels)
    except Refused as refused:
        raise Problem("evidence_refused", reason=str(refused)) from refused
    except ApartError as error:
        raise Problem("unavailable", what="The certificate", why=str(error)) from error
    sha256 = hashlib.sha256(data).hexdigest()
    objects().put(sha256, data)
    upload_object.complete(viewer, sha256, len(data), found)
    return sha256


def read(sha256: str) -> tuple[bytes, str]:
    """Return a certificate's file with its media type; a photo without where it was taken."""
    with reading() as db:
        row = rows.get(db, sha256)
    if row is None:
        raise not_found("certificate")
    return rendition(sha256, "screen") if row.media_type.startswith("image/") else (
        stored_bytes(sha256), row.media_type,
    )  # fmt: skip
