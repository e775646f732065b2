"""What every item of the equipment list says: approvals, firmware, spare parts, service."""

from dataclasses import dataclass
from datetime import date

from designs.regions import region_holds


@dataclass(frozen=True, slots=True)
class Approval:
    """From which day until which (both included, ISO dates; None: open) an item may be used, and where."""

    from_date: str
    until: str | None = None
    regions: tuple[str, ...] = ("*",)  # ISO 3166 country codes, EU, EEA or * (everywhere)

    def holds(self, country: str, on: date) -> bool:
        """Return whether this approval covers a country (ISO 3166, two letters) on a day."""
        day = on.isoformat()
        if day < self.from_date or (self.until is not None and day > self.until):
            return False
        return any(region_holds(region, country) for region in self.regions)


@dataclass(frozen=True, slots=True)
class FirmwareRange:
    """The firmware versions that are approved, both ends included; None: not known, record what is found."""

    minimum: str | None = None
    maximum: str | None = None

    def holds(self, version: str) -> bool | None:
        """Return whether a version such as 1.12.3 lies in the range; None: it can't be compared."""
        found = _parts(version)
        low, high = (None if end is None else _parts(end) for end in (self.minimum, self.maximum))
        if not found or low == () or high == ():
            return None
        if low is not None and _shorter(found, low) < low:
            return False
        return high is None or _shorter(found, high) <= high


@dataclass(frozen=True, slots=True)
class SparePart:
    """A spare part (class ``spare``): one is kept for every ``per`` installed, rounded up."""

    equipment: str
    per: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every item says. No ``approved`` at all: on the list without limit of time or region."""

    id: str
    title: str
    source: str  # the document of the figures, or "by memory"
    maker: str | None = None  # None: a product class of several makers
    model: str | None = None
    approved: tuple[Approval, ...] = ()
    firmware: FirmwareRange | None = None
    tests: tuple[str, ...] = ()  # commissioning tests expected, ids of checklist steps
    spare_parts: tuple[SparePart, ...] = ()
    service_interval_months: int | None = None

    def approved_for(self, country: str, on: date) -> bool:
        """Return whether the item is approved in a country (ISO 3166, two letters) on a day."""
        return not self.approved or any(approval.holds(country, on) for approval in self.approved)


def _parts(version: str) -> tuple[int, ...]:
    """Return 1.12.3 as numbers, without a leading v; empty when it is written otherwise."""
    parts = version.strip().removeprefix("v").removeprefix("V").split(".")
    return tuple(int(part) for part in parts) if all(map(_is_number, parts)) else ()


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 9


def _shorter(found: tuple[int, ...], end: tuple[int, ...]) -> tuple[int, ...]:
    """Return a version as exactly as the end of a range is written: 3.4.7 still is 3.4, and 3 is 3.0."""
    return (*found, *(0,) * (len(end) - len(found)))[: len(end)]
