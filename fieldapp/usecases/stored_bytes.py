"""The bytes of an object for whoever may have them; one that turns out lost or damaged is marked so."""

from fieldapp.clock import now
from fieldapp.objects import objects
from fieldapp.problems import Problem
from fieldapp.store import objects as rows
from fieldapp.store.database import session

#: Code of the problem -> what the row says from then on.
WORDS = {"object_lost": "lost", "object_damaged": "damaged"}


def stored_bytes(sha256: str) -> bytes:
    """Return the bytes of an object."""
    try:
        return objects().get(sha256)
    except Problem as problem:
        note(sha256, problem)
        raise


def note(sha256: str, problem: Problem) -> str:
    """Write down that an object is lost or damaged; return the word for it, "" for another problem."""
    word = WORDS.get(problem.code, "")
    if word:
        with session() as db:
            rows.mark(db, sha256, word, now())
    return word
