"""The values of this room: site plan, readings, snapshot, finding, report.

Frozen; a missing value is absent with a problem.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from device_probe.judgement import MeterJudgement
from device_probe.judgement import VerdictWord as VerdictWord

if TYPE_CHECKING:
    from device_probe.load_step.record import LoadStepRecord

Severity = Literal["error", "warning", "info"]
Aspect = Literal["communication", "wiring", "power_quality", "balance", "load_management"]
Role = Literal["main_meter", "group_meter", "station", "other"]
Link = Literal["tcp", "rtu_tcp", "serial", "tls"]
Parity = Literal["N", "E", "O"]
PlannedLoad = Literal["ev_charging", "general", "generation"]
VoltageStandard = Literal["en50160", "61000-2-4-class-2", "ieee519"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a line to one or more units begins.

    A TCP port that speaks Modbus/TCP, Modbus/TLS or bare RTU frames; or a serial device of this computer,
    whose name ("/dev/ttyUSB0", "COM3") stands in ``host`` with port 0.
    """

    host: str
    port: int = 502
    link: Link = "tcp"
    baud: int = 9600  # of the serial line: this computer's own, or behind RTU over TCP
    parity: Parity = "N"
    stop_bits: int = 1

    @property
    def place(self) -> str:
        """Return host:port, or the name of the serial device, for messages."""
        return self.host if self.link == "serial" else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PlannedDevice:
    """One device of a site plan: where it answers and how it is meant to be connected."""

    tag: str
    profile: str  # profile id or path of a profile file
    host: str
    port: int
    unit: int
    role: Role
    parent: str | None = None  # tag of the meter upstream
    circuits: tuple[str, ...] = ()
    phases: int = 3
    phase_rotation: str = "L1L2L3"
    ct_primary_a: float | None = None
    ct_secondary_a: float | None = None
    design_current_a: float | None = None
    accuracy_percent: float = 1.0
    link: Link = "tcp"
    baud: int | None = None  # of a serial line; None here and below: what the profile says
    parity: Parity | None = None
    stop_bits: int | None = None
    connector: int = 1  # which connector of a charger with a stride between its connectors
    serial_number: str | None = None  # what a scan must find here, when it is known
    approved_firmware: tuple[str, ...] = ()  # one of "1.2.1", or bounds ">=1.2.1" that all hold; (): any
    resistance_ohm: float | None = None  # of a phase conductor from the parent's meter to this, one way
    shared_ohm: float | None = None  # the part of it in which other devices' current flows as well
    load: PlannedLoad | None = None  # what it feeds; None: the plan doesn't say


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the study expects at one meter, and at which phase current it expects it."""

    current_a: float
    thd_voltage_percent: float | None = None
    harmonic_voltage_percent: Mapping[int, float] = field(default_factory=dict, hash=False)  # by order
    harmonic_current_a: Mapping[int, float] = field(default_factory=dict, hash=False)  # by order
    source: str = ""  # in words: which study, with which data of the stations


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What `fieldapp site plan` writes and `device-probe site` reads (site-plan.schema.json)."""

    site: str
    name: str
    voltage_v: float  # nominal line-to-line
    frequency_hz: float
    thd_voltage_limit_percent: float
    thd_clause: str
    demand_current_a: float  # IL at the connection point, for TDD
    tdd_current_limit_percent: float
    devices: tuple[PlannedDevice, ...]
    isc_over_il: float | None = None  # at the connection point; None: not known, no current limits
    voltage_standard: VoltageStandard | None = None  # None: EN 50160; "ieee519": North America
    grid_harmonics: Mapping[int, float] = field(default_factory=dict, hash=False)  # operator's own, %, order
    expected: Mapping[str, Expectation] = field(default_factory=dict, hash=False)  # by tag


@dataclass(frozen=True, slots=True)
class Reading:
    """One quantity of one device.

    A value, or the problem why there is none. Never 0 or the last value instead.
    """

    quantity: str
    value: float | str | tuple[str, ...] | None  # a tuple holds the names of the set bits of a bit field
    unit: str
    problem: str | None = None  # "not_available", "unreadable" or "suspect"
    cause: str = ""  # the words behind a problem
    raw: str = ""  # the registers as read, hex
    request: int | None = None  # which block of the snapshot it stands in; the time is that block's


@dataclass(frozen=True, slots=True)
class RawBlock:
    """The registers of one answered request, as evidence: hex of the answer's data bytes."""

    unit: int
    table: str
    address: int
    count: int
    data_hex: str
    taken_at: str  # UTC, ISO 8601


@dataclass(frozen=True, slots=True)
class Figure:
    """One named figure of a finding."""

    name: str
    value: float | str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Which mistake makes sense of readings that cannot be true.

    ``kind`` names it: "word_order", "byte_order", "address", "scale", "type", "sign", "table", "profile",
    "unit_id", "ct_ratio", "no_voltage"; two at once are joined by "+"; "ambiguous" when several explain it
    equally well (they are in ``candidates``); "unknown" when nothing that is known does.
    """

    kind: str
    sentence: str
    remedy: str
    figures: tuple[Figure, ...] = ()
    confidence: Literal["high", "medium", "low"] = "medium"
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything read from one device in one go."""

    tag: str
    profile: str
    profile_digest: str
    host: str
    port: int
    unit: int
    taken_at: str
    readings: tuple[Reading, ...]
    blocks: tuple[RawBlock, ...]
    requests: int  # every frame sent, repeated ones too
    problem: str | None = None  # the device could not be read at all
    planned: int = 0  # requests of the plan
    link: Link = "tcp"
    diagnosis: Diagnosis | None = None  # what makes sense of values that cannot be true

    def value(self, quantity: str) -> float | None:
        """Return a numeric reading, None when it is absent or not a number."""
        for reading in self.readings:
            if reading.quantity == quantity and isinstance(reading.value, (int, float)):
                return float(reading.value)
        return None


@dataclass(frozen=True, slots=True)
class Finding:
    """The shape of docs/contracts/finding.schema.json, shared with ``designs``."""

    code: str
    severity: Severity
    tag: str
    sentence: str
    figures: tuple[Figure, ...] = ()
    limit: Figure | None = None
    clause: str = ""
    remedy: str = ""
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Judgement of one aspect of one device (or of the whole site.

    Tag ""); inconclusive names reason and action.
    """

    tag: str
    aspect: Aspect
    verdict: VerdictWord
    reason: str
    action: str = ""  # the one action that would decide an inconclusive verdict, or the correction


@dataclass(frozen=True, slots=True)
class ProfileText:
    """A profile that is not the package's own, as it was when devices were read with it."""

    name: str  # as the plan names it
    digest: str
    text: str


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Raw evidence, verdicts and findings of one probe run; can be judged again from the file alone.

    ``snapshots`` is the last round; the rounds before it stand in ``earlier``, in the order of time.
    """

    schema: int
    id: str
    plan: SitePlan
    started_at: str
    finished_at: str
    software: str
    snapshots: tuple[Snapshot, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    verdict: VerdictWord
    reason: str
    load_statement: str  # e.g. "indicative at 118 A of 400 A (30 %) at the connection point"
    earlier: tuple[Snapshot, ...] = ()
    profiles: tuple[ProfileText, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)  # of what read the registers
    judgements: tuple[MeterJudgement, ...] = ()  # of each meter, in the order of the plan
    background: tuple[Snapshot, ...] = ()  # the meters with all stations off, in the order of time
    load_step: "LoadStepRecord | None" = None  # known loads were changed: its evidence and its result

    @property
    def rounds(self) -> int:
        """Return how often the devices were read."""
        return max((len(self.all_of(snapshot.tag)) for snapshot in self.snapshots), default=0)

    def all_of(self, tag: str) -> tuple[Snapshot, ...]:
        """Return every snapshot of one device, in the order of time."""
        return tuple(each for each in (*self.earlier, *self.snapshots) if each.tag == tag)

    def snapshot(self, tag: str) -> Snapshot:
        """Return the snapshot of one device; KeyError when there is none."""
        return {snapshot.tag: snapshot for snapshot in self.snapshots}[tag]

    def judgement(self, tag: str) -> MeterJudgement | None:
        """Return what was judged of one meter; None of a device that is none, and in old files."""
        return next((each for each in self.judgements if each.tag == tag), None)

    def verdicts_of(self, tag: str) -> Mapping[Aspect, Verdict]:
        """Return the verdicts of one device by aspect."""
        return {verdict.aspect: verdict for verdict in self.verdicts if verdict.tag == tag}
