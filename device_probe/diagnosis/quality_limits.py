"""What the power quality at one meter is held against. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from device_probe.diagnosis.limits import VOLTAGE, CurrentStandard, VoltageLimits, tdd_limit
from device_probe.model import VoltageStandard

Place = Literal["connection_point", "feeder", "station"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the values are held against."""

    voltage: VoltageStandard | None = None
    current: CurrentStandard | None = None
    isc_over_il: float | None = None
    il_a: float | None = None  # demand current at the connection point
    harmonics: Mapping[int, float] = field(default_factory=dict)  # voltage orders, a network operator's own
    measured_at: Place = "feeder"
    nominal_frequency_hz: float = 50.0
    thd_percent: float | None = None  # of the voltage, by the site plan; None: by the standard
    thd_clause: str = ""
    tdd_percent: float | None = None  # by the site plan; where the table knows a stricter one, that counts
    design_a: float | None = None  # what is meant to flow at this meter at most, where that isn't IL

    @property
    def standard(self) -> VoltageLimits | None:
        """Return what the voltage standard permits; IEEE 519 speaks of the connection point alone."""
        if self.voltage is None or (self.voltage == "ieee519" and not self.at_connection):
            return None
        return VOLTAGE[self.voltage]

    @property
    def at_connection(self) -> bool:
        """Return True where the site meets the network."""
        return self.measured_at == "connection_point"

    @property
    def judges_current(self) -> bool:
        """Return True where limits of the current hold."""
        return self.current == "ieee519" and self.at_connection and bool(self.il_a)

    @property
    def thd(self) -> tuple[float | None, str]:
        """Return the limit of the voltage's THD and its clause."""
        if self.thd_percent is not None:
            return self.thd_percent, self.thd_clause
        return (self.standard.thd_percent, self.standard.clause_thd) if self.standard else (None, "")

    @property
    def tdd(self) -> float | None:
        """Return the limit of the demand distortion in % of IL, where one holds and is known."""
        if not self.judges_current:
            return None
        known = [self.tdd_percent, tdd_limit(self.isc_over_il) if self.isc_over_il else None]
        return min((limit for limit in known if limit is not None), default=None)

    @property
    def base_a(self) -> float | None:
        """Return the current that a load is said in per cent of."""
        return self.il_a or self.design_a
