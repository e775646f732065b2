"""The tablets of an organisation: who works on them, how they are; rename one, revoke one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.problems import Problem, not_found
from fieldapp.store import events, people, tablets
from fieldapp.store.database import reading, session
from fieldapp.tables import TabletRow
from fieldapp.usecases.viewer import Viewer

#: A clock that is off by more makes a reviewer doubt what the tablet recorded.
CLOCK_TOLERANCE_S = 300
_MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class TabletView:
    """A tablet as its organisation sees it; ``held`` counts operations that arrived but are in no journal."""

    id: str
    name: str
    people: tuple[str, ...]
    paired_at: str
    paired_by: str
    last_seen_at: str | None
    clock_offset_s: float | None
    held: int
    revoked_at: str | None
    changeable: bool  # by who looks

    @property
    def clock(self) -> Literal["unknown", "right", "wrong"]:
        """Say whether the tablet's clock can be believed."""
        if self.clock_offset_s is None:
            return "unknown"
        return "right" if abs(self.clock_offset_s) <= CLOCK_TOLERANCE_S else "wrong"


def require_holder(viewer: Viewer) -> None:
    """Let through who works on tablets or runs a contractor's; others are refused."""
    if viewer.kind != "contractor" or viewer.role not in ("contractor", "admin"):
        raise Problem("forbidden", why="tablets belong to contractors and to the administrators among them.")


def list_tablets(viewer: Viewer) -> tuple[TabletView, ...]:
    """Return the tablets of the viewer's organisation, revoked ones last."""
    require_holder(viewer)
    with reading() as db:
        return _views(db, viewer.organisation_id, viewer)


def all_tablets() -> tuple[tuple[str, TabletView], ...]:
    """Return every tablet with the name of its organisation, for the machine itself."""
    with reading() as db:
        return tuple(
            (organisation.name, view)
            for organisation in people.organisations(db)
            for view in _views(db, organisation.id)
        )


def rename(viewer: Viewer, tablet_id: str, name: str) -> None:
    """Give a tablet the name that is written on it."""
    title = name.strip()
    if not (title and title.isprintable() and len(title) <= _MAX_NAME):
        raise Problem("invalid", where="name", problem=f"give a name of at most {_MAX_NAME} characters.")
    with session() as db:
        row = _own(db, viewer, tablet_id)
        if row.name != title:
            _note(db, "tablet_renamed", row, f"{row.name} is now {title}", viewer.id)
            row.name = title


def revoke(viewer: Viewer, tablet_id: str) -> None:
    """Shut a tablet out: its sessions end; what its keys signed is kept until a reviewer decides about it."""
    with session() as db:
        _revoke(db, _own(db, viewer, tablet_id), viewer.id)


def revoke_here(tablet_id: str) -> str:
    """Shut a tablet out at the machine itself; return its name."""
    with session() as db:
        row = tablets.lock(db, tablet_id)
        if row is None or row.organisation_id is None:
            raise not_found("tablet")
        _revoke(db, row, None)
        return row.name


def _revoke(db: Session, row: TabletRow, by: str | None) -> None:
    if row.revoked_at is None:
        row.revoked_at = now()
        tablets.revoke(db, row.id, row.revoked_at)
        _note(db, "tablet_revoked", row, row.name, by)


def _own(db: Session, viewer: Viewer, tablet_id: str) -> TabletRow:
    """Return a tablet that the viewer may change: an administrator any of the organisation, others theirs."""
    require_holder(viewer)
    row = tablets.lock(db, tablet_id)
    if row is None or row.organisation_id != viewer.organisation_id:
        raise not_found("tablet")
    if not _may_change(viewer, row, tablets.users(db, [row.id]).get(row.id, set())):
        raise Problem("forbidden", why="you never worked on this tablet; ask your administrator.")
    return row


def _may_change(viewer: Viewer | None, row: TabletRow, users: set[str]) -> bool:
    if viewer is None:
        return False
    return viewer.role == "admin" or viewer.id in users or viewer.id == row.paired_by


def _note(db: Session, kind: str, row: TabletRow, detail: str, by: str | None) -> None:
    events.add(db, kind, row.id, detail, organisation=row.organisation_id or "", actor=by)


def _views(db: Session, organisation_id: str, viewer: Viewer | None = None) -> tuple[TabletView, ...]:
    rows = tablets.of_organisation(db, organisation_id)
    ids = [row.id for row in rows]
    users, held = tablets.users(db, ids), tablets.held(db, ids)
    wanted = {person for each in users.values() for person in each} | {row.paired_by or "" for row in rows}
    names = {key: pair[0].name for key, pair in people.people(db, wanted).items()}
    found = []
    for row in sorted(rows, key=lambda row: row.revoked_at is not None):
        mine = users.get(row.id, set())
        found.append(_view(row, mine, names, held.get(row.id, 0), _may_change(viewer, row, mine)))
    return tuple(found)


def _view(
    row: TabletRow, users: set[str], names: Mapping[str, str], held: int, changeable: bool
) -> TabletView:
    return TabletView(
        id=row.id,
        name=row.name,
        people=tuple(sorted(names[each] for each in users if each in names)),
        paired_at=row.paired_at or row.created_at,
        paired_by=names.get(row.paired_by or "", ""),
        last_seen_at=row.last_seen_at,
        clock_offset_s=row.clock_offset_s,
        held=held,
        revoked_at=row.revoked_at,
        changeable=changeable,
    )
