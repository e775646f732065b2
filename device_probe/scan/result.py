"""What a scan found, and what it was asked for."""

from dataclasses import dataclass

from device_probe.identify.weigh import Confidence
from device_probe.model import Finding

Place = tuple[str, int, int]  # host, port, unit


@dataclass(frozen=True, slots=True)
class ScanRange:
    """What is to be scanned, and how politely."""

    hosts: tuple[str, ...]
    ports: tuple[int, ...] = (502,)
    units: tuple[int, ...] = ()  # () asks unit 1, and when nobody is there those that known devices have
    connects_per_second: float = 20.0
    hosts_at_once: int = 16
    timeout_s: float = 1.0
    min_gap_s: float = 0.06
    patience_s: float = 2.0  # for a device that says nothing: so long after connecting it is asked once more


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """One device: where it answers, what it is and how sure that is."""

    host: str
    port: int
    unit: int
    profile: str  # "" when no profile fits
    vendor: str
    model: str
    confidence: Confidence
    kind: str = ""
    also_units: tuple[int, ...] = ()  # further unit ids at which the same device answers
    alternatives: tuple[str, ...] = ()  # profiles that fit as well
    evidence: tuple[str, ...] = ()
    decides: str = ""
    serial_number: str = ""
    firmware_version: str = ""
    behind: int | None = None  # unit of the device in whose SunSpec chain it stands
    requests: int = 0

    @property
    def units(self) -> tuple[int, ...]:
        """Return every unit id at which it answers."""
        return (self.unit, *self.also_units)

    @property
    def profiles(self) -> tuple[str, ...]:
        """Return every profile that it can be read with."""
        return (self.profile, *self.alternatives)

    @property
    def where(self) -> str:
        """Return its place for messages."""
        return f"{self.host}:{self.port} unit {self.unit}"

    @property
    def what(self) -> str:
        """Return maker, model and serial number for messages."""
        serial = f"serial number {self.serial_number}" if self.serial_number else ""
        name = f"{self.vendor} {self.model}".strip() or "a device of unknown kind"
        return f"{name} ({serial})" if serial else name


@dataclass(frozen=True, slots=True)
class SilentPlace:
    """A port that takes connections, but at which no unit answered."""

    host: str
    port: int
    problem: str


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything a scan says; ``complete`` is False when it was stopped before its end."""

    started_at: str
    finished_at: str
    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    units: tuple[int, ...]
    found: tuple[FoundDevice, ...]
    silent: tuple[SilentPlace, ...]
    asked: frozenset[Place]  # places of which it is known whether somebody answers
    addresses: dict[str, str]  # of hosts given by name
    requests: int
    complete: bool = True
    findings: tuple[Finding, ...] = ()

    def same_host(self, one: str, other: str) -> bool:
        """Return True when two names mean the same host."""
        return self.addresses.get(one, one) == self.addresses.get(other, other)
