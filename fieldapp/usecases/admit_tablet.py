"""Whether somebody may work on a tablet: it belongs to their organisation, and nobody revoked it."""

from collections.abc import Mapping

from sqlmodel import Session

from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import tablets
from fieldapp.tables import TabletRow
from fieldapp.usecases.viewer import Viewer

_NEW = "this tablet was never paired. Your office makes a code there; it takes a minute."
_ELSEWHERE = "this tablet is registered for another organisation."
_REVOKED = "this tablet was revoked. What is on it stays there until it is paired again."


def admit_by_password(db: Session, viewer: Viewer, tablet: Mapping[str, str], at: str) -> None:
    """Let a person sign in on a tablet that is their organisation's; with open tablets it becomes so."""
    row = tablets.lock(db, tablet["id"])
    known = row is not None and row.organisation_id is not None
    if not known and settings().tablets == "paired":
        raise Problem("not_paired", why=_NEW)
    if row is not None and row.revoked_at:
        raise Problem("not_paired", why=_REVOKED)
    _register(db, row, viewer, tablet, viewer.id, at)


def admit_by_code(db: Session, viewer: Viewer, tablet: Mapping[str, str], by: str, at: str) -> TabletRow:
    """Make a tablet one of the person's organisation; one that was revoked comes back by a fresh code."""
    row = tablets.lock(db, tablet["id"])
    found = _register(db, row, viewer, tablet, by, at)
    if found.revoked_at:
        found.revoked_at, found.paired_at, found.paired_by = None, at, by
    return found


def admit_pen(db: Session, tablet: Mapping[str, str], at: str) -> None:
    """Register what is no tablet at all: the server itself writes down a filled-in sheet."""
    db.add(TabletRow(id=tablet["id"], name=tablet["name"], created_at=at))
    db.flush()


def _register(
    db: Session, row: TabletRow | None, viewer: Viewer, tablet: Mapping[str, str], by: str, at: str
) -> TabletRow:
    if row is None:
        row = TabletRow(id=tablet["id"], name=tablet["name"], created_at=at)
        db.add(row)
    if row.organisation_id is None:
        row.organisation_id, row.paired_at, row.paired_by = viewer.organisation_id, at, by
    elif row.organisation_id != viewer.organisation_id:
        raise Problem("not_paired", why=_ELSEWHERE)
    row.last_seen_at = at
    db.flush()
    return row
