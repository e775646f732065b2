"""What people vouched for, and what was recorded before and after."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from fieldapp.tables import OperationRow, SignOffRow


def of_site(session: Session, site_id: str) -> list[SignOffRow]:
    """Return every sign-off of a site, the oldest first."""
    query = select(SignOffRow).where(SignOffRow.site_id == site_id).order_by(col(SignOffRow.number))
    return list(session.exec(query))


def unchanged(session: Session, site_id: str) -> list[SignOffRow]:
    """Return the sign-offs of a site after which nothing has changed that they vouched for."""
    query = select(SignOffRow).where(SignOffRow.site_id == site_id, col(SignOffRow.superseded_by).is_(None))
    return list(session.exec(query.order_by(col(SignOffRow.number))))


def replace(session: Session, site_id: str, rows: Iterable[SignOffRow]) -> None:
    """Replace the sign-offs of a site."""
    session.execute(delete(SignOffRow).where(col(SignOffRow.site_id) == site_id))
    session.flush()
    session.add_all(rows)
    session.flush()


def recorded(session: Session, site_id: str, before: int) -> Mapping[str, list[str]]:
    """Return the digests of all operations before a journal number, by item."""
    query = select(OperationRow.item, OperationRow.digest).where(
        OperationRow.site_id == site_id, OperationRow.number < before
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for item, digest in session.exec(query):
        found[item].append(digest)
    return found


def later(
    session: Session, site_id: str, after: int, before: int | None, items: Collection[str] | None
) -> list[tuple[int, str]]:
    """Return (number, item) of the operations between two journal numbers, at any item or at some.

    A photo that had been recorded at the same item already says nothing new and is left out.
    """
    where: list[Any] = [OperationRow.site_id == site_id]
    if items is not None:
        where.append(col(OperationRow.item).in_(sorted(items)))
    if before is not None:
        where.append(OperationRow.number < before)
    query = select(OperationRow.number, OperationRow.item, OperationRow.photo)
    rows = session.exec(
        query.where(*where, OperationRow.number > after).order_by(col(OperationRow.number))
    ).all()
    taken = _photos(session, site_id, after, {item for _, item, photo in rows if photo})
    found = []
    for number, item, photo in rows:
        if photo is None or (item, photo) not in taken:
            found.append((number, item))
        taken.add((item, photo or ""))
    return found


def _photos(session: Session, site_id: str, up_to: int, items: Collection[str]) -> set[tuple[str, str]]:
    """Return (item, SHA-256) of the photos that some items had at a journal number."""
    if not items:
        return set()
    query = select(OperationRow.item, OperationRow.photo).where(
        OperationRow.site_id == site_id,
        col(OperationRow.item).in_(sorted(items)),
        col(OperationRow.photo).is_not(None),
        OperationRow.number <= up_to,
    )
    return {(item, photo or "") for item, photo in session.exec(query)}
