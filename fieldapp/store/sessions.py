"""Web sessions, and wrong passwords in a row."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fieldapp.clock import later, now
from fieldapp.tables import PersonRow, SignInFailureRow, WebSessionRow

#: How long wrong passwords are remembered that nobody followed up.
_REMEMBERED_SECONDS = 86_400


def get(session: Session, session_id: str) -> WebSessionRow | None:
    """Return a web session."""
    return session.get(WebSessionRow, session_id)


def of_person(session: Session, person_id: str) -> list[WebSessionRow]:
    """Return the sessions of a person that are good now, the latest seen first."""
    query = select(WebSessionRow).where(
        WebSessionRow.person_id == person_id,
        col(WebSessionRow.revoked_at).is_(None),
        col(WebSessionRow.expires_at) > now(),
    )
    return list(session.exec(query.order_by(col(WebSessionRow.last_seen_at).desc())))


def touch(session: Session, session_id: str, seen_before: str, expires_at: str) -> None:
    """Note that a session was seen now; of requests at once the first writes."""
    seen = update(WebSessionRow).where(
        col(WebSessionRow.id) == session_id, col(WebSessionRow.last_seen_at) < seen_before
    )
    session.execute(seen.values(last_seen_at=now(), expires_at=expires_at))


def forget_old(session: Session, expired_before: str) -> None:
    """Remove sessions that ended long ago: nobody asks for them any more."""
    session.execute(delete(WebSessionRow).where(col(WebSessionRow.expires_at) < expired_before))


def end(session: Session, session_id: str) -> None:
    """End one session."""
    query = update(WebSessionRow).where(
        col(WebSessionRow.id) == session_id, col(WebSessionRow.revoked_at).is_(None)
    )
    session.execute(query.values(revoked_at=now()))


def end_all(session: Session, person: PersonRow, name: str) -> int:
    """End every session of a person; return how many there were. ``name`` is part of every later one."""
    query = update(WebSessionRow).where(
        col(WebSessionRow.person_id) == person.id,
        col(WebSessionRow.revoked_at).is_(None),
        col(WebSessionRow.expires_at) > now(),
    )
    result = session.execute(query.values(revoked_at=now()))
    person.session = name
    return result.rowcount if isinstance(result, CursorResult) else 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One more attempt to sign in: the how manieth in a row it is, and until when no more are taken."""

    failures: int
    locked_until: str | None


def count_attempt(session: Session, email: str, lock_after: int, lock_seconds: int) -> Attempt:
    """Count an attempt before it is tried, so that many at once are not more than as many in a row.

    Returns the lock that stands in its way; an attempt that meets one is not counted.
    """
    at, name = now(), _name(email)
    session.execute(delete(SignInFailureRow).where(col(SignInFailureRow.at) < later(-_REMEMBERED_SECONDS)))
    row = _counted(session, name, at)
    if row.locked_until and row.locked_until > at:
        row.failures -= 1
        return Attempt(row.failures, row.locked_until)
    if row.locked_until:
        row.failures, row.locked_until = 1, None
    if row.failures >= lock_after:
        row.locked_until = later(lock_seconds)
    return Attempt(row.failures, None)


def _counted(session: Session, name: str, at: str) -> SignInFailureRow:
    more = (
        update(SignInFailureRow)
        .where(col(SignInFailureRow.id) == name)
        .values(failures=SignInFailureRow.failures + 1, at=at)
    )
    result = session.execute(more)
    if not (isinstance(result, CursorResult) and result.rowcount):
        try:
            with session.begin_nested():
                session.add(SignInFailureRow(id=name, failures=1, at=at))
        except IntegrityError:
            session.execute(more)  # another attempt was there a moment earlier
    row = session.get(SignInFailureRow, name, populate_existing=True)
    assert row is not None  # noqa: S101 - written above, and this transaction holds it
    return row


def forget_attempts(session: Session, email: str) -> None:
    """Begin to count anew: the password was right, or somebody unlocked the person."""
    session.execute(delete(SignInFailureRow).where(col(SignInFailureRow.id) == _name(email)))


def locked_until(session: Session, email: str) -> str | None:
    """Return until when nobody can sign in with this address, None when they can."""
    row = session.get(SignInFailureRow, _name(email))
    until = row.locked_until if row is not None else None
    return until if until and until > now() else None


def _name(email: str) -> str:
    return hashlib.sha256(email.encode(errors="surrogatepass")).hexdigest()
