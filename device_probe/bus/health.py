"""Who is left alone, and why: units that failed too often, and lines that nobody answers on. Pure."""

from dataclasses import dataclass, field

from device_probe.bus.manners import Manners
from device_probe.problems import BusError, DeviceRefusalError, NoConnectionError, ParkedError

FAILURES_BEFORE_PARKING = 3
SILENT_UNITS = 2  # after so many on a line where nobody ever answered, the others are asked once each


@dataclass(slots=True)
class UnitHealth:
    """What one unit cost in vain since it last answered."""

    failures: int = 0
    lost_s: float = 0.0
    cause: str = ""


@dataclass(slots=True)
class LineHealth:
    """The units of one line, and the line itself."""

    place: str
    units: dict[int, UnitHealth] = field(default_factory=dict)
    answered: bool = False
    refused_connects: int = 0
    closed_unasked: int = 0
    spotless: bool = False  # somebody answered, and nothing has failed since

    def refuse_parked(self, unit: int) -> None:
        """Raise ParkedError when the line or the unit is left alone."""
        if self.refused_connects >= FAILURES_BEFORE_PARKING:
            raise ParkedError(f"{self.place} cannot be reached; it is left alone for this run")
        if self.closed_unasked >= FAILURES_BEFORE_PARKING:
            raise ParkedError(f"another client holds {self.place}; it is left alone for this run")
        known = self.units.get(unit)
        if known is not None and known.failures >= FAILURES_BEFORE_PARKING:
            raise ParkedError(
                f"unit {unit} at {self.place} failed {FAILURES_BEFORE_PARKING} times ({known.cause}); "
                "it is left alone for this run"
            )

    def good(self, unit: int) -> None:
        """Take note of an answer."""
        self.answered = True
        self.units.pop(unit, None)
        self.spotless = not (self.units or self.refused_connects or self.closed_unasked)

    def forgive(self) -> None:
        """Give everyone that is left alone one more chance; a single failure parks it again."""
        self.refused_connects = min(self.refused_connects, FAILURES_BEFORE_PARKING - 1)
        self.closed_unasked = min(self.closed_unasked, FAILURES_BEFORE_PARKING - 1)
        for known in self.units.values():
            known.failures = min(known.failures, FAILURES_BEFORE_PARKING - 1)

    def may_retry(self, unit: int, lost_s: float, manners: Manners) -> bool:
        """Add what an attempt cost in vain and return True when another one may be made."""
        self.spotless = False
        known = self.units.setdefault(unit, UnitHealth())
        known.lost_s += lost_s
        # a person who asks for a long timeout has the patience for it
        patience_s = max(manners.patience_s, (manners.retries + 1.5) * manners.timeout_s)
        if known.lost_s + max(manners.timeout_s, lost_s) > patience_s:
            known.failures = FAILURES_BEFORE_PARKING - 1  # `failed` makes it the last
            return False
        return not self._deserted

    def failed(self, unit: int, error: BusError) -> None:
        """Take note of a request given up; that one address is refused says nothing about the unit."""
        self.spotless = False
        if isinstance(error, ParkedError):
            return
        if isinstance(error, DeviceRefusalError):
            self.answered = self.answered or not error.retry
            if not error.retry:
                return
        known = self.units.setdefault(unit, UnitHealth())
        known.cause = str(error)
        known.failures = FAILURES_BEFORE_PARKING if self._deserted else known.failures + 1

    def connected(self) -> None:
        """Take note of a connection made."""
        self.refused_connects = 0

    def not_connected(self, error: NoConnectionError) -> None:
        """Take note of a connection that could not be made; one without a chance is not tried again."""
        self.refused_connects += 1 if error.retry else FAILURES_BEFORE_PARKING

    @property
    def _deserted(self) -> bool:
        silent = sum(known.failures >= FAILURES_BEFORE_PARKING for known in self.units.values())
        return not self.answered and silent >= SILENT_UNITS
