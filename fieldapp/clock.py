"""The time and new ids, as they stand in the journal: UTC, ISO 8601 with milliseconds; UUIDv7."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from uuid_utils import uuid7


def text_of(moment: datetime) -> str:
    """Return a moment as text; all such texts sort by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def now() -> str:
    """Return this moment as text."""
    return text_of(datetime.now(UTC))


def today() -> date:
    """Return the day it is in UTC: what approvals of equipment are held against."""
    return datetime.now(UTC).date()


def day_in(zone: str) -> str:
    """Return the day it is in a time zone; an unknown zone counts as UTC."""
    try:
        return datetime.now(ZoneInfo(zone)).date().isoformat()
    except (ZoneInfoNotFoundError, ValueError):
        return today().isoformat()


def later(seconds: float) -> str:
    """Return the moment this many seconds from now as text."""
    return text_of(datetime.now(UTC) + timedelta(seconds=seconds))


def new_id() -> str:
    """Return a new id."""
    return str(uuid7())
