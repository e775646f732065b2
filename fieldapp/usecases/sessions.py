"""Web sessions: a browser that somebody is signed in with, until they, an administrator or time ends it."""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError

from fieldapp.clock import later, now, text_of
from fieldapp.config import settings
from fieldapp.problems import Problem, not_found
from fieldapp.store import events, people, sessions
from fieldapp.store.database import reading, session
from fieldapp.store.people import Pair
from fieldapp.tables import WebSessionRow
from fieldapp.usecases.viewer import Viewer, viewer_of

_LOG = logging.getLogger(__name__)
#: However often it is used, a session ends after this.
LONGEST = timedelta(days=30)
#: How long a note of when it was last seen stands before it is written anew: not every page writes.
TOUCH_SECONDS = 60
_MAX_AGENT = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """A fresh session; the secret goes into the browser's cookie and is kept as a hash only."""

    viewer: Viewer
    name: str  # the person's, in force until all their sessions are ended
    secret: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser that a person is signed in with."""

    id: str
    method: str
    agent: str
    created_at: str
    last_seen_at: str
    current: bool


def id_of(secret: str) -> str:
    """Return what is kept of a session's secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def new_name() -> str:
    """Return a name for the sessions of a person that no earlier one had."""
    return secrets.token_urlsafe(12)


def begin(person_id: str, method: str, agent: str) -> Begun:
    """Sign an active person in with a browser."""
    secret, at = secrets.token_urlsafe(32), now()
    with session() as db:
        pair = people.person(db, person_id)
        if pair is None or not pair[0].active:
            raise Problem("bad_credentials")
        sessions.forget_old(db, later(-LONGEST.total_seconds()))
        plain = "".join(each if each.isprintable() else "?" for each in agent[:_MAX_AGENT])
        db.add(
            WebSessionRow(
                id=id_of(secret), person_id=person_id, method=method,
                agent=plain.encode(errors="replace").decode(),
                created_at=at, last_seen_at=at, expires_at=_expiry(at),
            )
        )  # fmt: skip
        return Begun(viewer_of(pair), pair[0].session, secret)


def resume(person_id: str, name: str, secret: str) -> Viewer | None:
    """Return who a browser is signed in as, None when that has ended."""
    with reading() as db:
        row, pair = sessions.get(db, id_of(secret)), people.person(db, person_id)
    if row is None or pair is None or not _holds(row, pair, name):
        return None
    if row.last_seen_at < later(-TOUCH_SECONDS):
        _touch(row)
    return viewer_of(pair)


def _touch(row: WebSessionRow) -> None:
    try:
        with session() as db:
            sessions.touch(db, row.id, later(-TOUCH_SECONDS), _expiry(row.created_at))
    except OperationalError:
        # When a browser was last seen is worth less than the page it asks for.
        _LOG.warning("a session could not be noted as seen")


def _holds(row: WebSessionRow, pair: Pair, name: str) -> bool:
    person = pair[0]
    if row.person_id != person.id or not person.active or person.session != name:
        return False
    return row.revoked_at is None and row.expires_at > now()


def _expiry(created_at: str) -> str:
    last = text_of(datetime.fromisoformat(created_at) + LONGEST)
    return min(later(settings().session_hours * 3600), last)


def own_sessions(viewer: Viewer, secret: str) -> tuple[SessionView, ...]:
    """Return the browsers that the viewer is signed in with; the one with this secret is marked."""
    with reading() as db:
        rows = sessions.of_person(db, viewer.id)
    return tuple(
        SessionView(row.id, row.method, row.agent, row.created_at, row.last_seen_at, row.id == id_of(secret))
        for row in rows
    )


def end_session(viewer: Viewer, session_id: str) -> None:
    """Sign the viewer out of one browser."""
    with session() as db:
        row = sessions.get(db, session_id)
        if row is None or row.person_id != viewer.id:
            raise not_found("session")
        sessions.end(db, session_id)


def end_own_sessions(viewer: Viewer) -> None:
    """Sign the viewer out everywhere."""
    with session() as db:
        pair = people.person(db, viewer.id)
        if pair is not None:
            ended = sessions.end_all(db, pair[0], new_name())
            events.about(
                db, pair, "sessions_ended", f"{pair[0].name} signed out of {ended} browsers", viewer.id
            )
