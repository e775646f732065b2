"""Upload photo bytes, resumable by offset; a complete object makes the items that wait for it whole."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.config import settings
from fieldapp.objects import append, growing, objects, sniff
from fieldapp.problems import Problem, not_found
from fieldapp.store import objects as rows
from fieldapp.store import operations, sites
from fieldapp.store.database import reading, session
from fieldapp.tables import UploadRow
from fieldapp.usecases import permissions, projection
from fieldapp.usecases.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Upload:
    """How far an upload is."""

    offset: int
    size: int
    complete: bool


def may_read(db: Session, viewer: Viewer, sha256: str) -> bool:
    """True when the viewer sees a site with this photo, or has uploaded the same bytes."""
    own = rows.upload(db, sha256, viewer.id)
    if own is not None and own.complete:
        return True
    found = (sites.get(db, site_id) for site_id in operations.sites_with_photo(db, sha256))
    return any(permissions.sees(db, viewer, site) for site in found if site is not None)


def upload_state(viewer: Viewer, sha256: str) -> Upload:
    """Return how far the viewer's upload is; not found when nothing is here."""
    with reading() as db:
        row, own = rows.get(db, sha256), rows.upload(db, sha256, viewer.id)
        if row is not None and may_read(db, viewer, sha256):
            return Upload(row.size, row.size, True)
    part = objects().part(viewer.id, sha256)
    if own is None or not part.exists():
        raise not_found("file")
    return Upload(part.stat().st_size, own.size, False)


def upload(viewer: Viewer, sha256: str, offset: int, size: int, chunks: Iterable[bytes]) -> Upload:
    """Add bytes to an upload at its present offset; the last ones complete it."""
    permissions.require_role(viewer, "work")
    if size > settings().max_photo_mb * 2**20:
        raise Problem("too_large", what="The photo", limit=f"{settings().max_photo_mb} MiB")
    if done := _already(viewer, sha256):
        return done
    _begin(viewer, sha256, size)
    part = objects().part(viewer.id, sha256)
    with growing(part) as file:
        at = file.seek(0, os.SEEK_END)
        if at != offset:
            raise Problem("wrong_offset", offset=at, extra={"offset": at})
        reached = append(file, chunks, size)
        if reached < size:
            return Upload(reached, size, False)
        file.seek(0)
        data = file.read()
        try:
            objects().put(sha256, data)
        except Problem as problem:
            if problem.code == "hash_mismatch":
                file.truncate(0)
            raise
        complete(viewer, sha256, data)
        part.unlink(missing_ok=True)
    return Upload(size, size, True)


def _already(viewer: Viewer, sha256: str) -> Upload | None:
    with reading() as db:
        row = rows.get(db, sha256)
        if row is None or not may_read(db, viewer, sha256):
            return None
        return Upload(row.size, row.size, True)


def _begin(viewer: Viewer, sha256: str, size: int) -> None:
    with session() as db:
        row = rows.upload(db, sha256, viewer.id)
        if row is None:
            db.add(UploadRow(sha256=sha256, person_id=viewer.id, size=size, updated_at=now()))
        elif row.size != size:
            row.size = size


def complete(viewer: Viewer, sha256: str, data: bytes) -> None:
    """Note that an object is here and refold the items that name it."""
    at = now()
    with session() as db:
        rows.add(db, sha256, len(data), sniff(data), at)
        own = rows.upload(db, sha256, viewer.id)
        if own is not None:
            own.complete, own.updated_at = True, at
        db.flush()
        waiting = operations.items_with_photo(db, sha256)
        for site_id in sorted({site for site, _ in waiting}):
            site = sites.lock(db, site_id)
            if site is not None:
                projection.refold(db, site, {item for where, item in waiting if where == site_id})
