"""Which files are complete, and who uploaded what."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from fieldapp.tables import ObjectRow, UploadRow


def get(session: Session, sha256: str) -> ObjectRow | None:
    """Return a complete object."""
    return session.get(ObjectRow, sha256)


def present(session: Session, hashes: Iterable[str]) -> dict[str, ObjectRow]:
    """Return which of these objects are complete."""
    query = select(ObjectRow).where(col(ObjectRow.sha256).in_(sorted(set(hashes))))
    return {row.sha256: row for row in session.exec(query)}


def upload(session: Session, sha256: str, person_id: str) -> UploadRow | None:
    """Return a person's upload of an object."""
    return session.get(UploadRow, (sha256, person_id))


def add(session: Session, sha256: str, size: int, media_type: str, at: str) -> None:
    """Note that an object is complete; the same object twice is one."""
    if not session.get(ObjectRow, sha256):
        session.add(ObjectRow(sha256=sha256, size=size, media_type=media_type, created_at=at))
