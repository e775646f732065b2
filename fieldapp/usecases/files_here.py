"""Stored files for who runs this server: all of them, and one of them."""

from dataclasses import dataclass

from fieldapp.problems import not_found
from fieldapp.store import objects as rows
from fieldapp.store.database import reading
from fieldapp.tables import ObjectRow
from fieldapp.usecases.make_renditions import rendition
from fieldapp.usecases.stored_bytes import stored_bytes


@dataclass(frozen=True, slots=True)
class FileView:
    """A stored file; ``problem`` is what the last look found, "" for nothing."""

    sha256: str
    media_type: str
    size: int
    created_at: str
    problem: str
    checked_at: str | None


def files(*, wrong: bool = False) -> tuple[FileView, ...]:
    """Return all stored files in the order of their hashes, or those that are lost or damaged."""
    found: list[ObjectRow] = []
    with reading() as db:
        if wrong:
            found = rows.wrong(db)
        while not wrong and (page := rows.every(db, found[-1].sha256 if found else "")):
            found += page
    return tuple(
        FileView(row.sha256, row.media_type, row.size, row.created_at, row.problem, row.checked_at)
        for row in found
    )


def file(sha256: str, size: str) -> tuple[bytes, str]:
    """Return a stored file and its media type; ``size`` is original, or what a picture is wanted for."""
    with reading() as db:
        row = rows.get(db, sha256)
    if row is None:
        raise not_found("file")
    if size != "original" and row.media_type.startswith("image/"):
        return rendition(sha256, size)
    return stored_bytes(sha256), row.media_type
