"""Pictures for the screen, for print and for lists, made by a job: the picture alone, not where it was taken.

The original stays as it was sent.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.inspection import Refused, render
from fieldapp.objects import objects
from fieldapp.problems import Problem, not_found
from fieldapp.store import jobs
from fieldapp.store import objects as rows
from fieldapp.store.database import reading, session
from fieldapp.usecases.stored_bytes import stored_bytes
from reports.errors import ApartError
from reports.photos import KINDS, Rendition

KIND = "renditions"
Tell = Callable[[int, str], None]
MEDIA_TYPE = "image/jpeg"


def queue_renditions(db: Session, sha256: str, person: str | None) -> None:
    """Have renditions made of a picture; the same picture twice is one job."""
    jobs.add(db, KIND, {"sha256": sha256}, f"{KIND}:{sha256}", site=None, person=person)


def make_renditions(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Make what is missing of a picture: the work of the job."""
    sha256 = str(arguments["sha256"])
    with reading() as db:
        missing = tuple(kind for kind in KINDS if rows.rendition(db, sha256, kind) is None)
    tell(10, "decoding the picture")
    made = _made(sha256, missing) if missing else ()
    return {each.kind: len(each.data) for each in made}


def rendition(sha256: str, kind: str) -> tuple[bytes, str]:
    """Return a picture for one purpose and its media type, made now if no job has made it yet."""
    with reading() as db:
        row = rows.rendition(db, sha256, kind)
    if row is not None:
        try:
            return stored_bytes(row.rendition_sha256), row.media_type
        except Problem as problem:
            if problem.code not in ("object_lost", "object_damaged"):
                raise
    try:
        return _made(sha256, (kind,))[0].data, MEDIA_TYPE
    except ApartError as error:
        raise Problem("unavailable", what="The picture", why="the server is too busy.") from error


def _made(sha256: str, kinds: tuple[str, ...]) -> tuple[Rendition, ...]:
    original = stored_bytes(sha256)
    try:
        made = render(original, kinds)
    except Refused as refused:
        # Only what came before files were looked at; the original is kept as it is.
        raise not_found("picture") from refused
    for each in made:
        _keep(sha256, each)
    return made


def _keep(sha256: str, made: Rendition) -> None:
    name = hashlib.sha256(made.data).hexdigest()
    objects().put(name, made.data)
    # A page and the job may make the same at once: whoever writes second has nothing to add.
    with suppress(IntegrityError):
        _note(sha256, name, made)


def _note(sha256: str, name: str, made: Rendition) -> None:
    at = now()
    with session() as db:
        rows.add(db, name, len(made.data), MEDIA_TYPE, at)
        rows.put_rendition(
            db,
            {
                "sha256": sha256,
                "kind": made.kind,
                "rendition_sha256": name,
                "media_type": MEDIA_TYPE,
                "width": made.width,
                "height": made.height,
                "size": len(made.data),
                "made_at": at,
            },
        )
