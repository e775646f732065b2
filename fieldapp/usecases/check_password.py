"""Check a password: for pages and tablets alike, and the same for an address that nobody has.

Attempts are counted by the address as given, in the database, before the password is looked at: so many at
once are no way around it, several processes count together, and neither the answer nor the time it takes
says whether somebody has the address.
"""

import math
from datetime import UTC, datetime

from fieldapp.config import settings
from fieldapp.passwords import hash_password, matches, needs_rehash
from fieldapp.problems import Problem
from fieldapp.store import people, sessions
from fieldapp.store.database import reading, session
from fieldapp.usecases.viewer import Viewer, viewer_of

_SECONDS = 60


def check_password(email: str, password: str) -> Viewer:
    """Return the active person with this e-mail address and password; too many wrong ones have to wait."""
    address = email.strip().lower()
    _count(address)
    with reading() as db:
        pair = people.person_by_email(db, address) if address.isprintable() else None
    # Outside the transaction: hashing takes its time on purpose.
    fits = matches(password, pair[0].password_hash if pair else None)
    if not fits or pair is None or not pair[0].active:
        raise Problem("bad_credentials")
    _welcome(pair[0].id, pair[0].password_hash, address, password)
    return viewer_of(pair)


def _count(address: str) -> None:
    chosen = settings()
    with session() as db:
        attempt = sessions.count_attempt(db, address, chosen.lock_after, chosen.lock_minutes * _SECONDS)
    if attempt.locked_until is not None:
        raise Problem("locked", minutes=minutes_until(attempt.locked_until))


def minutes_until(moment: str) -> int:
    """Return how many minutes there are until a moment, one at least."""
    left = (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()
    return max(1, math.ceil(left / _SECONDS))


def _welcome(person_id: str, kept: str, address: str, password: str) -> None:
    """Count anew from here, and keep the password by today's parameters."""
    renewed = hash_password(password) if needs_rehash(kept) else None
    with session() as db:
        sessions.forget_attempts(db, address)
        pair = people.person(db, person_id)
        # Who changed it meanwhile keeps what they chose.
        if renewed is not None and pair is not None and pair[0].password_hash == kept:
            pair[0].password_hash = renewed
