"""Days and times as spreadsheets write them -> ISO 8601. What can be read in two ways is refused."""

import re
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from checklists.errors import ReadingError

#: A tablet's clock and a server's may differ by so much.
_CLOCKS = timedelta(minutes=10)
_EARLIEST = 2000
_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})([.-])(?P<m>\d{1,2})\2(?P<y>\d{4})", re.ASCII)
_SLASHES = re.compile(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})", re.ASCII)
_CLOCK = re.compile(r"(?:T| +)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?", re.ASCII)


def day_of(text: str) -> str:
    """Return a day like 2026-11-22; ReadingError says how to write it."""
    found, rest = _day(text)
    if rest.strip():
        raise ReadingError(f"“{text:.40}” is not a day: write it like 2026-11-22.")
    return found.isoformat()


def moment_of(text: str, zone: str, now: datetime) -> str:
    """Return when something was recorded, ISO 8601 with offset; a day alone is noon of that day.

    Without an offset it is the time at the site, whose zone this is. ``now`` bounds it.
    """
    found = _full(text) or _local(text, ZoneInfo(zone), now)
    if found.year < _EARLIEST:
        raise ReadingError(f"“{text:.40}” is too long ago: write when it was recorded.")
    if found > now + _CLOCKS:
        raise ReadingError(f"“{text:.40}” has not come yet: write when it was recorded.")
    return found.isoformat(timespec="milliseconds")


def _full(text: str) -> datetime | None:
    """Return a time that names its offset, as we write it ourselves."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and _is_plain(found) else None


def _is_plain(moment: datetime) -> bool:
    """True when the offset is one of whole minutes, as everything that is recorded has it."""
    offset = moment.utcoffset()
    return offset is not None and not offset.seconds % 60 and not offset.microseconds


def _local(text: str, zone: tzinfo, now: datetime) -> datetime:
    found, rest = _day(text)
    if not rest.strip():
        noon, here = datetime.combine(found, time(12), zone), now.astimezone(zone)
        return min(noon, here) if found == here.date() else noon
    clock = _CLOCK.fullmatch(rest)
    try:
        hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (24, 0, 0)
        return datetime.combine(found, time(hour, minute, second), zone)
    except ValueError as error:
        raise ReadingError(f"“{text:.40}” is not a time: write it like 2026-11-22T14:05.") from error


def _day(text: str) -> tuple[date, str]:
    """Return the day that a text begins with, and what stands behind it."""
    match = _ISO.match(text) or _DAY_FIRST.match(text)
    slashes = None if match else _SLASHES.match(text)
    try:
        if slashes:
            return _of_slashes(slashes), text[slashes.end() :]
        if match:
            return date(int(match["y"]), int(match["m"]), int(match["d"])), text[match.end() :]
    except ValueError as error:
        raise ReadingError(f"“{text:.40}” is no day of the calendar: write it like 2026-11-22.") from error
    raise ReadingError(f"“{text:.40}” is not a day: write it like 2026-11-22.")


def _of_slashes(match: re.Match[str]) -> date:
    first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
    if first != second and first <= 12 and second <= 12:
        # Spreadsheets turn 2026-11-05 back into this; with points they leave it alone.
        raise ReadingError(
            f"“{match[0]}” can be read in two ways: write {first}.{second}.{year} or {second}.{first}.{year},"
            " the day before the month."
        )
    return date(year, second, first) if first > 12 or first == second else date(year, first, second)
