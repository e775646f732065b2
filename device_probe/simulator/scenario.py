"""What a scenario says: how the simulated site is loaded, what changes when, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from device_probe.model import PlannedDevice, SitePlan

WIRING_KINDS = (
    "ct_reversed", "ct_swapped", "ct_missing", "ct_shorted", "ct_saturated", "ct_ratio", "ct_setting",
    "currents_permuted", "voltage_swapped", "voltage_missing", "voltages_permuted", "neutral_swapped",
    "neutral_missing", "three_wire",
)  # fmt: skip
LINE_KINDS = (
    "dead", "slow", "busy", "word_order", "address_swapped", "other_device", "not_available", "lies", "stuck",
)  # fmt: skip
KINDS = (*WIRING_KINDS, *LINE_KINDS)
Kind = str
InjectionKind = Literal["building", "pv", "storage"]
MAIN = "main"  # as a place: the main meter of the plan


@dataclass(frozen=True, slots=True)
class Load:
    """What the vehicle at a station would draw, per phase that it uses."""

    current_a: float
    phases: int = 3
    cos_phi: float = 0.985
    inductive: bool = True
    spectrum: str | None = None  # by name; None: the scenario's share of distortion
    efficiency: float = 0.95  # of a direct-current charger
    reaction_s: float = 0.5  # until a new set-point begins to act
    ramp_a_per_s: float = 8.0
    soc_percent: float = 40.0  # of the vehicle, when the scenario begins
    battery_wh: float = 60_000.0


@dataclass(frozen=True, slots=True)
class MeterFault:
    """One fault: of a meter's wiring, or of the way to a device.

    The device is named by tag, or as the n-th of its role so that one file fits many plans.
    """

    kind: Kind
    tag: str | None = None
    role: str | None = None
    index: int = 0
    phase: int = 1
    other_phase: int = 2
    factor: float = 1.0  # of a ratio; of what a slow device takes longer
    order: tuple[int, int, int] = (1, 2, 3)  # of permuted leads: which phase stands at inputs 1, 2 and 3
    seconds: float = 0.0  # that a slow device takes longer
    other: str | None = None  # tag whose address was swapped with this one's
    profile: str | None = None  # of the device that stands there instead
    quantity: str | None = None  # that is not available (None: everything), or that a liar multiplies
    letter: str | None = None  # of IEC 61851: the state that a liar tells, A, B or C


@dataclass(frozen=True, slots=True)
class Cable:
    """A cable between a device and what feeds it."""

    r_ohm: float = 0.0
    x_ohm: float = 0.0
    neutral_r_ohm: float | None = None  # None: as the phases
    neutral_x_ohm: float | None = None


@dataclass(frozen=True, slots=True)
class Injection:
    """Something else at a place of the site: the building, a photovoltaic system, a battery."""

    name: str
    kind: InjectionKind
    power_w: float  # building: consumption; pv: its peak; storage: charging positive
    at: str = MAIN
    phases: tuple[int, ...] = (1, 2, 3)
    cos_phi: float = 0.98
    inductive: bool = True
    spectrum: str = "none"
    wobble_percent: float = 0.0
    sunrise_s: float | None = None  # seconds of the day; with them the power follows the sun
    sunset_s: float | None = None
    capacity_wh: float = 10_000.0
    soc_percent: float = 50.0


StepKey = Literal["current_a", "limit_a", "power_w", "voltage_factor", "failsafe_a"]


@dataclass(frozen=True, slots=True)
class Step:
    """What changes at a moment: a demand, a set-point, a power, a fault; ``ramp_s`` to get there."""

    at_s: float
    target: str = "*"  # tag of a station, "*" for all, or the name of an injection
    key: StepKey | None = None
    value: float = 0.0
    ramp_s: float = 0.0
    fault: MeterFault | None = None
    clear: bool = False  # all faults that the timeline brought are gone


@dataclass(frozen=True, slots=True)
class LineManner:
    """How slow the way to the devices behind a port is."""

    baud: int | None = None  # of the serial line behind a gateway; None: what the profile says
    turn_around_ms: float = 10.0
    gateway_timeout_ms: float = 1000.0
    serial: bool = False  # the time on the line is counted


@dataclass(frozen=True, slots=True)
class DeviceManner:
    """What is particular about one device."""

    latency_ms: float = 0.0
    noise_percent: float = 0.0  # of each sample, besides its class
    resolution: Mapping[str, float] = field(default_factory=dict)  # unit -> step, coarser than the register
    timeout_s: float | None = None  # after which a station that misses its client falls back; None: never
    failsafe_a: float = 6.0  # to which it then falls
    falls_back: bool = True  # False: it says so, and doesn't


@dataclass(frozen=True, slots=True)
class Scenario:
    """A simulated site over time."""

    name: str
    title: str
    seed: int
    stations: Mapping[str, Load]  # by tag or by position from "0" on; "*" for all others
    spread: float
    source_r_ohm: float
    source_x_ohm: float
    voltage_factor: tuple[float, float, float]
    frequency_hz: float
    thd_voltage_percent: float
    thd_current_percent: float
    faults: tuple[MeterFault, ...]
    explanation: str = ""
    speed: float = 0.0  # seconds of the site in one second; 0: a still picture
    start_s: float = 43_200.0  # second of the day at which it begins
    frequency_wander_hz: float = 0.0
    wobble_percent: float = 0.0  # of every station's current
    cables: Mapping[str, Cable] = field(default_factory=dict)  # by tag or role
    injections: tuple[Injection, ...] = ()
    timeline: tuple[Step, ...] = ()
    lines: Mapping[str, LineManner] = field(default_factory=dict)  # by tag of a device at the port; "*"
    devices: Mapping[str, DeviceManner] = field(default_factory=dict)  # by tag or role; "*"
    writes: bool = False  # set-points may be written
    limits_enforced: bool = True

    def load_of(self, tag: str, index: int) -> Load:
        """Return the load of a station."""
        return self.stations.get(tag) or self.stations.get(str(index)) or self.stations["*"]

    def manner_of(self, device: PlannedDevice) -> DeviceManner:
        """Return what is particular about a device."""
        ways = (device.tag, device.role, "*")
        return next((self.devices[way] for way in ways if way in self.devices), DeviceManner())

    def line_of(self, tags: tuple[str, ...]) -> LineManner:
        """Return how slow the way to the devices at one port is."""
        return next((self.lines[way] for way in (*tags, "*") if way in self.lines), LineManner())

    def faults_of(self, plan: SitePlan, device: PlannedDevice) -> tuple[MeterFault, ...]:
        """Return the faults of one device of a plan."""
        return tuple(fault for fault in self.faults if meant(plan, fault) == device.tag)


def meant(plan: SitePlan, fault: MeterFault) -> str | None:
    """Return the tag of the device that a fault is about, None when the plan has none such."""
    if fault.tag is not None:
        return fault.tag
    same_role = [device.tag for device in plan.devices if device.role == fault.role]
    return same_role[fault.index] if fault.index < len(same_role) else None


def main_place(plan: SitePlan) -> str | None:
    """Return the tag of the main meter, or of the first device without a parent."""
    mains = [device.tag for device in plan.devices if device.role == "main_meter"]
    return mains[0] if mains else None
