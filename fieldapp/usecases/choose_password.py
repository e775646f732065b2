"""Choose a password: by the link of an invitation, by one for a forgotten password, or for the old one."""

from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session

from fieldapp.clock import new_id, now
from fieldapp.mail import can_be_written_to
from fieldapp.passwords import MAX_LENGTH, MIN_LENGTH, hash_password
from fieldapp.problems import Problem
from fieldapp.store import events, invitations, people, sessions
from fieldapp.store.database import reading, session
from fieldapp.store.people import Pair
from fieldapp.tables import InvitationRow, PersonRow
from fieldapp.usecases import send_mail
from fieldapp.usecases.check_password import check_password
from fieldapp.usecases.manage_people import EMAIL
from fieldapp.usecases.sessions import new_name
from fieldapp.usecases.viewer import Viewer, viewer_of

#: So much of a moment is the same for ten minutes, "2026-11-27T21:4": one mail for them, however often asked.
_TEN_MINUTES = 15


@dataclass(frozen=True, slots=True)
class LinkView:
    """What the page behind a link shows."""

    kind: Literal["join", "new_password"]
    name: str
    email: str
    role: str
    organisation: str
    by: str  # who invites, empty for a new password
    by_organisation: str


def forgot_password(email: str) -> None:
    """Send a link for a new password to whoever has this address; nobody learns whether anybody does."""
    address = email.strip().lower()
    if EMAIL.match(address) and can_be_written_to(address):
        with session() as db:
            send_mail.queue_new_password(db, address, now()[:_TEN_MINUTES])


def look_at(secret: str) -> LinkView:
    """Return what a link is for; one that was used, has expired or was revoked is refused."""
    with reading() as db:
        row = invitations.open_with_hash(db, send_mail.hash_of(secret))
        organisation = people.organisation(db, row.organisation_id) if row is not None else None
        if row is None or organisation is None:
            raise Problem("link_invalid")
        inviter = people.person(db, row.invited_by) if row.invited_by else None
    kind: Literal["join", "new_password"] = "join" if row.kind == "join" else "new_password"
    by = (inviter[0].name, inviter[1].name) if inviter is not None else ("", "")
    return LinkView(kind, row.name, row.email, row.role, organisation.name, *by)


def choose_password(secret: str, password: str, again: str) -> Viewer:
    """Use a link up: add the person who was invited, or give somebody the password they chose."""
    check_new_password(password, again)
    look_at(secret)  # before the hashing, which takes its time on purpose
    kept = hash_password(password)
    with session() as db:
        row = invitations.open_with_hash(db, send_mail.hash_of(secret))
        if row is None or not invitations.accept(db, row.id):
            raise Problem("link_invalid")
        pair = _joined(db, row, kept) if row.kind == "join" else _renewed(db, row, kept)
        return viewer_of(pair)


def check_new_password(password: str, again: str) -> None:
    """Refuse a password that is too short, far too long, or not the same twice."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Problem(
            "invalid", where="password", problem=f"must have {MIN_LENGTH} to {MAX_LENGTH} characters."
        )
    if password != again:
        raise Problem("invalid", where="password", problem="the two are not the same; type it twice alike.")


def _joined(db: Session, row: InvitationRow, kept: str) -> Pair:
    organisation = people.organisation(db, row.organisation_id)
    if organisation is None:
        raise Problem("link_invalid")
    if people.person_by_email(db, row.email) is not None:
        raise Problem("already_exists", what=f"An account with the address {row.email}")
    person = PersonRow(
        id=new_id(), name=row.name, email=row.email, role=row.role, organisation_id=row.organisation_id,
        password_hash=kept, session=new_name(), created_at=now(),
    )  # fmt: skip
    db.add(person)
    db.flush()
    row.person_id = person.id
    pair = (person, organisation)
    sessions.forget_attempts(db, person.email)
    events.about(db, pair, "person_joined", f"{person.name} as {person.role}", person.id)
    return pair


def change_password(viewer: Viewer, old: str, new: str, again: str) -> None:
    """Give the viewer another password in exchange for the one they have; every session of theirs ends."""
    check_new_password(new, again)
    try:
        check_password(viewer.email, old)
    except Problem as problem:
        if problem.code != "bad_credentials":
            raise
        raise Problem("invalid", where="old password", problem="it is not the one you have.") from problem
    set_password(viewer.id, new, by=viewer.id, how="in exchange for the old one")


def set_password(person_id: str, password: str, *, by: str | None, how: str) -> None:
    """Give a person a password; every session of theirs ends, and every link for a new one."""
    kept = hash_password(password)
    with session() as db:
        pair = people.person(db, person_id)
        if pair is not None:
            _keep(db, pair, kept, by, how)


def _keep(db: Session, pair: Pair, kept: str, by: str | None, how: str) -> None:
    person = pair[0]
    person.password_hash = kept
    sessions.end_all(db, person, new_name())
    sessions.forget_attempts(db, person.email)
    invitations.close_links(db, person.id)
    events.about(db, pair, "password_changed", f"{person.name}, {how}", by)


def _renewed(db: Session, row: InvitationRow, kept: str) -> Pair:
    pair = people.person(db, row.person_id or "")
    if pair is None or not pair[0].active:
        raise Problem("link_invalid")
    _keep(db, pair, kept, pair[0].id, "by a link sent to them")
    return pair
