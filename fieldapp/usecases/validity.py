"""From which day until which something holds: a certificate, a qualification; and how that stands today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from fieldapp.clock import today
from fieldapp.problems import Problem

#: So many days before its end something is called due.
DUE_DAYS = 30
_ENDLESS = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Days:
    """First and last day, ISO 8601; an empty ``until``: without end."""

    since: str
    until: str


def standing_of(held: Iterable[Days], day: date | None = None) -> str:
    """Return how some periods stand on a day, today unless given: valid, due, later, expired or none."""
    at = (day or today()).isoformat()
    soon = ((day or today()) + timedelta(days=DUE_DAYS)).isoformat()
    periods = [(each.since, each.until or _ENDLESS) for each in held]
    if not periods:
        return "none"
    ends = [until for since, until in periods if since <= at <= until]
    if ends:
        return "due" if max(until for _, until in periods) <= soon else "valid"
    return "later" if any(since > at for since, _ in periods) else "expired"


def check_days(first: str, since: str, last: str, until: str, *, endless: bool = False) -> None:
    """Refuse what is not two days, the first before the last."""
    for name, text in ((first, since), (last, until)):
        if not (is_day(text) or (name == last and endless and not text)):
            raise Problem(
                "invalid", where=name, problem=f"{text or 'nothing'} is not a date like 2026-11-22."
            )
    if until and until < since:
        raise Problem("invalid", where=last, problem=f"{until} lies before {since}.")


def is_day(text: str) -> bool:
    """True for a day as ISO 8601 writes it."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_text(where: str, text: str, longest: int) -> str:
    """Return a text without blanks around it; refuse an empty, a long or an unprintable one."""
    found = text.strip()
    if not found or len(found) > longest or not found.isprintable():
        raise Problem("invalid", where=where, problem=f"give a text of at most {longest} characters.")
    return found
