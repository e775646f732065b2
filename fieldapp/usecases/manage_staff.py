"""What an administrator does to people of their organisation; the same at the machine itself, without one."""

from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.passwords import MAX_LENGTH, MIN_LENGTH
from fieldapp.problems import Problem, not_found
from fieldapp.store import events, people, sessions, tokens
from fieldapp.store.database import reading, session
from fieldapp.store.people import Pair
from fieldapp.usecases import permissions
from fieldapp.usecases.check_password import minutes_until
from fieldapp.usecases.choose_password import set_password
from fieldapp.usecases.manage_people import wrong_role
from fieldapp.usecases.sessions import new_name
from fieldapp.usecases.viewer import ROLES_IN, Viewer, viewer_of

#: Beyond the number of any event, and still a number to PostgreSQL.
LATEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class StaffView:
    """A person as an administrator sees them; ``manageable`` when they are of the same organisation."""

    id: str
    name: str
    email: str
    role: str
    organisation_id: str
    organisation: str
    active: bool
    deactivated_at: str | None
    locked_minutes: int  # 0: not locked
    sessions: int
    tokens: int
    last_seen_at: str | None
    manageable: bool
    roles: tuple[str, ...]  # that their organisation knows


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that was done."""

    number: int
    at: str
    kind: str
    by: str  # empty: at the machine itself
    detail: str


def staff(viewer: Viewer) -> tuple[StaffView, ...]:
    """Return everybody of the viewer's organisation and of those it works with, also who was deactivated."""
    permissions.require_role(viewer, "manage_people")
    with reading() as db:
        known = {viewer.organisation_id, *(row.id for row in people.partners(db, viewer.organisation_id))}
        pairs = [pair for pair in people.people(db).values() if pair[1].id in known]
        views = [_view(db, viewer, pair) for pair in pairs]
    return tuple(sorted(views, key=lambda each: (not each.manageable, each.organisation, each.name)))


def staff_member(viewer: Viewer, person_id: str) -> StaffView:
    """Return a person of the viewer's organisation."""
    with reading() as db:
        return _view(db, viewer, _found(db, viewer, person_id))


def _view(db: Session, viewer: Viewer, pair: Pair) -> StaffView:
    person, organisation = pair
    manageable = organisation.id == viewer.organisation_id
    open_ones = sessions.of_person(db, person.id) if manageable else []
    good = tokens.of_person(db, person.id) if manageable else []
    until = sessions.locked_until(db, person.email) if manageable else None
    seen = [each.last_seen_at for each in open_ones] + [each.last_used_at for each in good]
    return StaffView(
        person.id, person.name, person.email, person.role, organisation.id, organisation.name,
        person.active, person.deactivated_at, minutes_until(until) if until else 0,
        len(open_ones), len(good), max(filter(None, seen), default=None), manageable,
        ROLES_IN[organisation.kind],
    )  # fmt: skip


def _found(db: Session, actor: Viewer | None, person_id: str) -> Pair:
    """Return whom somebody may manage; whoever is at the machine itself may everybody."""
    if actor is not None:
        permissions.require_role(actor, "manage_people")
    pair = people.person(db, person_id)
    if pair is None or (actor is not None and pair[1].id != actor.organisation_id):
        raise not_found("person")
    return pair


def _note(db: Session, actor: Viewer | None, pair: Pair, kind: str, detail: str) -> None:
    events.about(db, pair, kind, detail, actor.id if actor is not None else None)


def _end_access(db: Session, pair: Pair) -> None:
    sessions.end_all(db, pair[0], new_name())
    tokens.revoke_all(db, pair[0].id)


def _refuse_last_admin(db: Session, actor: Viewer | None, pair: Pair) -> None:
    """Nobody may take their organisation its last administrator; at the machine there is a way back."""
    person, organisation = pair
    if actor is None or person.role != "admin" or not person.active:
        return
    others = people.people_of(db, [organisation.id]).values()
    if not any(each.role == "admin" and each.id != person.id for each, _ in others):
        raise Problem("last_admin", organisation=organisation.name)


def deactivate(actor: Viewer | None, person_id: str) -> None:
    """End a person's access, sessions and tokens at once; what they recorded stays, later work is held."""
    with session() as db:
        people.lock_organisation(db, _found(db, actor, person_id)[1].id)
        pair = _found(db, actor, person_id)
        _refuse_last_admin(db, actor, pair)
        if pair[0].active:
            pair[0].active, pair[0].deactivated_at = False, now()
            _end_access(db, pair)
            _note(db, actor, pair, "person_deactivated", pair[0].name)


def activate(actor: Viewer | None, person_id: str) -> None:
    """Let a person in again; they sign in anew everywhere."""
    with session() as db:
        pair = _found(db, actor, person_id)
        if not pair[0].active:
            pair[0].active, pair[0].deactivated_at = True, None
            _note(db, actor, pair, "person_activated", pair[0].name)


def change_role(actor: Viewer | None, person_id: str, role: str) -> None:
    """Give a person another role that their organisation knows; their sessions and tokens end."""
    with session() as db:
        people.lock_organisation(db, _found(db, actor, person_id)[1].id)
        pair = _found(db, actor, person_id)
        if role not in ROLES_IN[pair[1].kind]:
            raise Problem("invalid", where="role", problem=wrong_role(pair[1], role))
        before = pair[0].role
        if role == before:
            return
        _refuse_last_admin(db, actor, pair)
        pair[0].role = role
        _end_access(db, pair)
        _note(db, actor, pair, "role_changed", f"{pair[0].name}: {before} to {role}")


def end_sessions(actor: Viewer | None, person_id: str) -> int:
    """Sign a person out of every browser; return of how many. Their tablets and agents go on."""
    with session() as db:
        pair = _found(db, actor, person_id)
        ended = sessions.end_all(db, pair[0], new_name())
        _note(db, actor, pair, "sessions_ended", f"{pair[0].name}: {ended}")
        return ended


def count_sessions(person_id: str) -> int:
    """Return with how many browsers a person is signed in."""
    with reading() as db:
        return len(sessions.of_person(db, person_id))


def unlock(actor: Viewer | None, person_id: str) -> None:
    """Let a person who typed too many wrong passwords try again at once."""
    with session() as db:
        pair = _found(db, actor, person_id)
        if sessions.locked_until(db, pair[0].email) is not None:
            sessions.forget_attempts(db, pair[0].email)
            _note(db, actor, pair, "person_unlocked", pair[0].name)


def give_password(email: str, password: str) -> Viewer:
    """Give a person a password at the machine itself; all their sessions end."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Problem(
            "invalid", where="password", problem=f"must have {MIN_LENGTH} to {MAX_LENGTH} characters."
        )
    found = somebody(email)
    set_password(found.id, password, by=None, how="at the machine")
    return found


def somebody(email: str) -> Viewer:
    """Return a person by e-mail address, also one who was deactivated."""
    with reading() as db:
        pair = people.person_by_email(db, email)
    if pair is None:
        raise not_found(f"person {email}")
    return viewer_of(pair)


def history(viewer: Viewer, before: int, limit: int) -> tuple[EventView, ...]:
    """Return what was last done in the viewer's organisation or by its people, below a number."""
    permissions.require_role(viewer, "manage_people")
    with reading() as db:
        rows = events.listed(db, viewer.organisation_id, max(1, min(before, LATEST)), limit)
        names = people.people(db, {row.actor for row in rows if row.actor})
        return tuple(
            EventView(
                row.number or 0, row.at, row.kind, names[row.actor][0].name if row.actor else "", row.detail
            )
            for row in rows
        )
