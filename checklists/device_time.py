"""The time of a tablet's clock, corrected by how far that clock was off when the work was sent.

Only the day and the order of work are asked of it: what was recorded stays as the tablet wrote it.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

#: Up to so many seconds two clocks count as alike; a tablet that is off by more is a reviewer's doubt.
CLOCKS_AGREE_S = 300


def corrected(recorded_at: str, clock_offset_s: float | None) -> datetime:
    """Return a moment of a tablet (ISO 8601) as the server's clock would have had it.

    ``clock_offset_s`` is tablet minus server; None where it isn't known: then the time stands as it is.
    Times without an offset from UTC are UTC.
    """
    at = datetime.fromisoformat(recorded_at)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    try:
        return (at - timedelta(seconds=clock_offset_s or 0)).astimezone(UTC)
    except OverflowError:
        # At the edges of the calendar nobody works; the day has to be one all the same.
        return at.replace(tzinfo=UTC)


def day_in(zone: ZoneInfo, recorded_at: str, clock_offset_s: float | None) -> str:
    """Return the day that a moment of a tablet was in a time zone."""
    at = corrected(recorded_at, clock_offset_s)
    try:
        return at.astimezone(zone).date().isoformat()
    except OverflowError:
        return at.date().isoformat()
