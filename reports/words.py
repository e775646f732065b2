"""Values as they are printed: numbers, times, verdicts with a word and a symbol."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from device_probe.model import Aspect


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict for the eye: never by colour alone. ``tone`` is the class of the style sheet."""

    symbol: str
    word: str
    tone: str


MARKS = {
    "passed": Mark("✔", "pass", "good"),
    "failed": Mark("✘", "FAIL", "bad"),
    "inconclusive": Mark("◐", "inconclusive", "doubt"),
    "not_applicable": Mark("–", "n/a", "quiet"),
    "conceded": Mark("◆", "conceded", "doubt"),
    "returned": Mark("▲", "returned", "bad"),
    "conflict": Mark("▲", "conflict", "bad"),
    "incomplete": Mark("▲", "incomplete", "bad"),
    "stale": Mark("▲", "stale", "bad"),
    "open": Mark("○", "open", "bad"),
    "pass": Mark("✔", "pass", "good"),
    "fail": Mark("✘", "FAIL", "bad"),
    "error": Mark("✘", "error", "bad"),
    "warning": Mark("▲", "warning", "doubt"),
    "info": Mark("●", "info", "quiet"),
    "none": Mark("○", "recorded", "quiet"),
    "approved": Mark("✔", "approved", "good"),
    "not_applicable_accepted": Mark("–", "n/a accepted", "quiet"),
}
UNKNOWN = Mark("○", "unknown", "quiet")

ASPECTS: dict[Aspect, str] = {
    "communication": "Communication",
    "wiring": "Wiring",
    "power_quality": "Power quality",
    "balance": "Balance",
    "load_management": "Load management",
}


def mark(word: str) -> Mark:
    """Return the mark of an item status, a verdict, a severity or a decision."""
    return MARKS.get(word, UNKNOWN)


def number(value: float | str | None, digits: int | None = None) -> str:
    """Return a figure with at most three decimals, a dash when it is absent."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    text = f"{value:.{3 if digits is None else digits}f}"
    if digits is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def figure(value: float | str | None, unit: str) -> str:
    """Return a figure with its unit, kept on one line."""
    return number(value) if value is None or not unit else f"{number(value)}\u00a0{unit}"


def parse(moment: str) -> dt.datetime | None:
    """Return a time of the journal, None when the text is none."""
    try:
        return dt.datetime.fromisoformat(moment)
    except ValueError:
        return None


class Clock:
    """Times in the zone of the site."""

    def __init__(self, zone: str) -> None:
        try:
            self._zone: dt.tzinfo = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._zone = dt.UTC
        self.name = str(self._zone)

    def time(self, moment: str | None) -> str:
        """Return day and minute, e.g. ``2026-11-22 14:05``; text that is no time stays as it is."""
        return self._print(moment, "%Y-%m-%d\u00a0%H:%M")

    def day(self, moment: str | None) -> str:
        """Return the day."""
        return self._print(moment, "%Y-%m-%d")

    def short(self, moment: str | None) -> str:
        """Return day and minute without the year, for dense tables."""
        return self._print(moment, "%m-%d\u00a0%H:%M")

    def exact(self, moment: str | None) -> str:
        """Return the time to the second with the offset of the zone."""
        return self._print(moment, "%Y-%m-%d %H:%M:%S %z")

    def latest(self, moments: Iterable[str]) -> str | None:
        """Return the latest of several times, whatever their offsets; None when there is none."""
        return max(moments, key=_seconds, default=None)

    def _print(self, moment: str | None, form: str) -> str:
        if not moment:
            return "–"
        parsed = parse(moment)
        if parsed is None:
            return moment
        if parsed.tzinfo is None:
            return parsed.strftime(form).strip()
        return parsed.astimezone(self._zone).strftime(form)


def _seconds(moment: str) -> float:
    parsed = parse(moment)
    if parsed is None:
        return 0.0
    return (parsed.replace(tzinfo=dt.UTC) if parsed.tzinfo is None else parsed).timestamp()


def initials(name: str) -> str:
    """Return two or three letters for a dense table."""
    return "".join(part[0] for part in name.split() if part[0].isalnum())[:3].upper() or "?"
