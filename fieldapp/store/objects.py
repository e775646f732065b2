"""Which files are complete, who uploaded what, what was refused, and what was made of pictures."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, delete, func, select

from fieldapp.tables import ObjectRow, OperationRow, PackRow, RefusedObjectRow, RenditionRow, UploadRow

#: So many rows are read at once where all are.
_PAGE = 500


def get(session: Session, sha256: str) -> ObjectRow | None:
    """Return a complete object."""
    return session.get(ObjectRow, sha256)


def present(session: Session, hashes: Iterable[str]) -> dict[str, ObjectRow]:
    """Return which of these objects were complete once; what has become of their bytes stands in the row."""
    query = select(ObjectRow).where(col(ObjectRow.sha256).in_(sorted(set(hashes))))
    return {row.sha256: row for row in session.exec(query)}


def sound(session: Session, hashes: Iterable[str]) -> set[str]:
    """Return which of these objects are here as far as is known: neither lost nor damaged."""
    return {sha256 for sha256, row in present(session, hashes).items() if not row.problem}


def upload(session: Session, sha256: str, person_id: str) -> UploadRow | None:
    """Return a person's upload of an object."""
    return session.get(UploadRow, (sha256, person_id))


def add(session: Session, sha256: str, size: int, media_type: str, at: str) -> None:
    """Note that an object is complete; the same object twice is one, and the second heals a bad first."""
    row = session.get(ObjectRow, sha256)
    if row is None:
        row = ObjectRow(sha256=sha256, size=size, media_type=media_type, created_at=at)
    elif row.problem:
        row.problem, row.checked_at, row.size, row.media_type = "", at, size, media_type
    session.add(row)
    session.execute(delete(RefusedObjectRow).where(col(RefusedObjectRow.sha256) == sha256))


def mark(session: Session, sha256: str, problem: str, at: str) -> None:
    """Note what a look at an object found, "" when nothing is wrong."""
    row = session.get(ObjectRow, sha256)
    if row is not None:
        row.problem, row.checked_at = problem, at
        session.add(row)


def any_here(session: Session) -> bool:
    """True when there is an object."""
    return session.exec(select(ObjectRow.sha256).limit(1)).first() is not None


def count(session: Session) -> int:
    """Return how many objects there are."""
    return session.exec(select(func.count()).select_from(ObjectRow)).one()


def every(session: Session, after: str = "") -> list[ObjectRow]:
    """Return the objects after a SHA-256 in their order, so many at once; empty at the end."""
    query = select(ObjectRow).where(col(ObjectRow.sha256) > after).order_by(col(ObjectRow.sha256))
    return list(session.exec(query.limit(_PAGE)))


def wrong(session: Session) -> list[ObjectRow]:
    """Return the objects that are lost or damaged, the latest found first."""
    query = select(ObjectRow).where(col(ObjectRow.problem) != "")
    return list(session.exec(query.order_by(col(ObjectRow.checked_at).desc(), col(ObjectRow.sha256))))


def places(session: Session, hashes: Iterable[str]) -> dict[str, set[tuple[str, str]]]:
    """Return where objects are named: SHA-256 -> (site, item); a pack's item is ""."""
    wanted = sorted(set(hashes))
    found: dict[str, set[tuple[str, str]]] = {}
    photos = select(OperationRow.photo, OperationRow.site_id, OperationRow.item).where(
        col(OperationRow.photo).in_(wanted)
    )
    for sha256, site, item in session.exec(photos):
        found.setdefault(str(sha256), set()).add((site, item))
    packs = select(PackRow.sha256, PackRow.site_id).where(col(PackRow.sha256).in_(wanted))
    for sha256, site in session.exec(packs):
        found.setdefault(sha256, set()).add((site, ""))
    return found


def refuse(session: Session, sha256: str, person_id: str, size: int, reason: str, at: str) -> None:
    """Note that somebody's bytes were no evidence, and why."""
    row = session.get(RefusedObjectRow, (sha256, person_id)) or RefusedObjectRow(
        sha256=sha256, person_id=person_id, size=size, reason=reason, refused_at=at
    )
    row.size, row.reason, row.refused_at = size, reason, at
    session.add(row)


def refused(session: Session, hashes: Iterable[str], person_id: str | None = None) -> dict[str, str]:
    """Return why bytes were refused: SHA-256 -> reason, of one person's uploads or everybody's."""
    query = select(RefusedObjectRow).where(col(RefusedObjectRow.sha256).in_(sorted(set(hashes))))
    if person_id is not None:
        query = query.where(RefusedObjectRow.person_id == person_id)
    return {row.sha256: row.reason for row in session.exec(query)}


def forget_refusals(session: Session, sha256: str | None = None) -> list[str]:
    """Forget that bytes were refused, some or all; return which."""
    query = select(RefusedObjectRow)
    if sha256 is not None:
        query = query.where(RefusedObjectRow.sha256 == sha256)
    rows = list(session.exec(query))
    for row in rows:
        session.delete(row)
    return [row.sha256 for row in rows]


def refusals(session: Session) -> list[RefusedObjectRow]:
    """Return what was refused and has not come better since, the latest first."""
    return list(session.exec(select(RefusedObjectRow).order_by(col(RefusedObjectRow.refused_at).desc())))


def old_uploads(session: Session, before: str) -> list[UploadRow]:
    """Return the uploads that began before a moment and have not ended."""
    query = select(UploadRow).where(col(UploadRow.complete).is_(False), UploadRow.updated_at < before)
    return list(session.exec(query))


def unfinished(session: Session) -> Iterator[tuple[str, str]]:
    """Yield (person, SHA-256) of every upload that has begun and not ended."""
    query = select(UploadRow.person_id, UploadRow.sha256).where(col(UploadRow.complete).is_(False))
    yield from session.exec(query)


def rendition(session: Session, sha256: str, kind: str) -> RenditionRow | None:
    """Return what was made of a picture for one purpose."""
    return session.get(RenditionRow, (sha256, kind))


def put_rendition(session: Session, values: Mapping[str, Any]) -> None:
    """Note what was made of a picture; made again, the later one counts."""
    session.merge(RenditionRow(**values))


def forget_rendition(session: Session, sha256: str) -> bool:
    """Forget an object that can be made again from another; False for one that somebody sent."""
    query = select(RenditionRow).where(RenditionRow.rendition_sha256 == sha256)
    made = list(session.exec(query))
    sent = select(UploadRow.person_id).where(UploadRow.sha256 == sha256).limit(1)
    if not made or session.exec(sent).first() is not None:
        return False
    for row in made:
        session.delete(row)
    session.execute(delete(ObjectRow).where(col(ObjectRow.sha256) == sha256))
    return True
