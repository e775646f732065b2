"""Upload photos and documents, resumable by offset; a complete one makes the items that wait for it whole.

What is no evidence is refused with its reason: the operation that names it stays, and its item waits for
better bytes.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.config import settings
from fieldapp.inspection import Inspected, Refused, inspect
from fieldapp.objects import append, growing, objects
from fieldapp.problems import Problem, not_found
from fieldapp.store import objects as rows
from fieldapp.store import operations, sites
from fieldapp.store.database import reading, session
from fieldapp.tables import UploadRow
from fieldapp.usecases import permissions, projection
from fieldapp.usecases.make_renditions import queue_renditions
from fieldapp.usecases.viewer import Viewer
from reports.errors import ApartError


@dataclass(frozen=True, slots=True)
class Upload:
    """How far an upload is."""

    offset: int
    size: int
    complete: bool


def may_read(db: Session, viewer: Viewer, sha256: str) -> bool:
    """True when the viewer sees a site with this photo, or has uploaded the same bytes."""
    if has_uploaded(db, viewer, sha256):
        return True
    found = (sites.get(db, site_id) for site_id in operations.sites_with_photo(db, sha256))
    return any(permissions.sees(db, viewer, site) for site in found if site is not None)


def has_uploaded(db: Session, viewer: Viewer, sha256: str) -> bool:
    """True when the viewer has proved that they hold these bytes."""
    own = rows.upload(db, sha256, viewer.id)
    return own is not None and own.complete


def upload_state(viewer: Viewer, sha256: str) -> Upload:
    """Return how far the viewer's upload is; not found when nothing is here, or nothing that is whole."""
    with reading() as db:
        row, own = rows.get(db, sha256), rows.upload(db, sha256, viewer.id)
        reason = rows.refused(db, [sha256], viewer.id).get(sha256)
        if row is not None and not row.problem and may_read(db, viewer, sha256):
            return Upload(row.size, row.size, True)
    if reason is not None:
        raise Problem("evidence_refused", reason=reason)
    part = objects().part(viewer.id, sha256)
    if own is None or not part.exists():
        raise not_found("file")
    # Of one that has all its bytes and is no object yet, the last one is asked for again: it completes it.
    return Upload(min(part.stat().st_size, own.size - 1), own.size, False)


def upload(viewer: Viewer, sha256: str, offset: int, size: int, chunks: Iterable[bytes]) -> Upload:
    """Add bytes to an upload at its present offset; the last ones complete it."""
    permissions.require_role(viewer, "work")
    if size > settings().max_photo_mb * 2**20:
        raise Problem("too_large", what="The photo", limit=f"{settings().max_photo_mb} MiB")
    if done := _already(viewer, sha256):
        return done
    part = objects().part(viewer.id, sha256)
    with growing(part) as file:
        if done := _already(viewer, sha256):
            part.unlink(missing_ok=True)
            return done  # another request with the same bytes was first
        _begin(viewer, sha256, size)  # here, where two requests with the same bytes don't meet
        _continue_at(file, offset, size)
        reached = append(file, chunks, size)
        if reached < size:
            return Upload(reached, size, False)
        try:
            _finish(viewer, sha256, file)
        except Problem as problem:
            if problem.code == "evidence_refused":
                part.unlink(missing_ok=True)
            raise
        part.unlink(missing_ok=True)
    return Upload(size, size, True)


def _continue_at(file: IO[bytes], offset: int, size: int) -> None:
    """Refuse bytes that don't begin where the earlier ones end."""
    at = file.seek(0, os.SEEK_END)
    if at >= size:  # a process died with all bytes, before they became an object
        at = file.truncate(size - 1)
    if at != offset:
        raise Problem("wrong_offset", offset=at, extra={"offset": at})


def _already(viewer: Viewer, sha256: str) -> Upload | None:
    with reading() as db:
        row = rows.get(db, sha256)
        if row is None or row.problem or not may_read(db, viewer, sha256):
            return None
        return Upload(row.size, row.size, True)


def _begin(viewer: Viewer, sha256: str, size: int) -> None:
    with session() as db:
        row = rows.upload(db, sha256, viewer.id)
        if row is None:
            row = UploadRow(sha256=sha256, person_id=viewer.id, size=size, updated_at=now())
        row.size, row.updated_at = size, now()
        db.add(row)


def _finish(viewer: Viewer, sha256: str, file: IO[bytes]) -> None:
    """Make an object of a complete upload, or forget its bytes and say why."""
    file.seek(0)
    data = file.read()
    if hashlib.sha256(data).hexdigest() != sha256:
        file.truncate(0)
        raise Problem("hash_mismatch")
    try:
        found = inspect(data, settings().max_megapixels)
    except Refused as refused:
        with session() as db:
            rows.refuse(db, sha256, viewer.id, len(data), str(refused), now())
            refold_photo(db, sha256)
        raise Problem("evidence_refused", reason=str(refused)) from refused
    except ApartError as error:
        # The bytes stay: the next attempt sends the last one again, and they are looked at again.
        raise Problem("unavailable", what="The photo", why=str(error)) from error
    objects().put(sha256, data)
    complete(viewer, sha256, len(data), found)


def complete(viewer: Viewer, sha256: str, size: int, found: Inspected) -> None:
    """Note that an object is here and refold the items that name it."""
    at = now()
    with session() as db:
        rows.add(db, sha256, size, found.media_type, at)
        own = rows.upload(db, sha256, viewer.id)
        if own is not None:
            own.complete, own.updated_at = True, at
        if found.width:
            queue_renditions(db, sha256, viewer.id)
        refold_photo(db, sha256)


def refold_photo(db: Session, sha256: str) -> None:
    """Bring the items that name a photo up to date."""
    db.flush()
    waiting = operations.items_with_photo(db, sha256)
    for site_id in sorted({site for site, _ in waiting}):
        site = sites.lock(db, site_id)
        if site is not None:
            projection.refold(db, site, {item for where, item in waiting if where == site_id})


def allow_again(sha256: str | None = None) -> int:
    """Let refused bytes be sent again, one or all, after the limits were changed; return how many."""
    with session() as db:
        forgotten = rows.forget_refusals(db, sha256)
        for each in sorted(set(forgotten)):
            refold_photo(db, each)
    return len(forgotten)
