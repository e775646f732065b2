"""A device profile: which quantity stands in which register, and how the device wants to be read."""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from device_probe.problems import ProfileError

Table = Literal["holding", "input", "coil", "discrete"]
WordOrder = Literal["big", "little"]
PROFILES = Path(__file__).parent / "profiles"

REGISTERS = {
    "uint16": 1, "int16": 1, "bitmask16": 1, "coil": 1, "uint32": 2, "int32": 2, "bitmask32": 2, "float32": 2,
    "uint64": 4, "int64": 4, "float64": 4,
}  # fmt: skip

# which way a device counts; canonical is import (consumption, charging) and inductive positive
CANONICAL_SIGNS = ("import_positive", "charging_positive", "inductive_positive")
INVERTED_SIGNS = ("export_positive", "discharging_positive", "capacitive_positive")
SIGNS = (*CANONICAL_SIGNS, *INVERTED_SIGNS, "unsigned")
# what a key of ``sign`` speaks of; registers that count one direction only never turn round
SIGN_FAMILIES: Mapping[str, re.Pattern[str]] = {
    "active_power": re.compile(r"(native_)?active_power_(l[123]|total|demand|demand_max)"),
    "meter_active_power": re.compile(r"meter_active_power_(l[123]|total)"),
    "grid_power": re.compile(r"grid_power(_l[123])?"),
    "load_power": re.compile(r"load_power(_l[123])?"),
    "battery_power": re.compile(r"battery_power"),
    "battery_current": re.compile(r"battery_current"),
    "dc_power": re.compile(r"dc_power(_port_[1-9])?"),
    "dc_current": re.compile(r"dc_current(_port_[1-9])?"),
    "power_setpoint": re.compile(r"power_setpoint"),
    "reactive_power": re.compile(r"(native_)?reactive_power_(l[123]|total)"),
    "reactive_power_setpoint": re.compile(r"reactive_power_setpoint"),
    "power_factor": re.compile(r"power_factor_(l[123]|total)"),
    "power_factor_iec": re.compile(r"power_factor_total_iec"),
    "cos_phi": re.compile(r"cos_phi_(l[123]|total)"),
    "phase_angle": re.compile(r"phase_angle_(l[123]|total)"),
}
ANY_CONNECTOR = 99
MAX_ADDRESS = 65535


@dataclass(frozen=True, slots=True)
class SignFrom:
    """The register holds a magnitude; which way it counts stands in a bit field of the same device."""

    quantity: str
    positive: str  # name of the bit that is set while it counts the canonical way
    negative: str


@dataclass(frozen=True, slots=True)
class ValidWhen:
    """The value is there only while another quantity of the device reads one of these."""

    quantity: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One quantity of one device: where it stands and how its registers become a value."""

    quantity: str
    table: Table
    address: int  # zero-based, as in the request
    type: str
    length: int = 0  # registers of a string
    unit: str = ""
    scale: float = 1
    offset: float = 0
    na: float | None = None  # raw value that means "not available"; NaN always does
    also_na: tuple[float, ...] = ()  # further ones
    access: str = "r"
    enum: Mapping[str, str] = field(default_factory=dict)  # raw value as text -> label
    bits: Mapping[int, str] = field(default_factory=dict)
    mask: int | None = None
    shift: int = 0
    encoding: str = ""
    basis: str = "fundamental"
    scale_register: int | None = None
    unit_id: int | None = None
    byte_swap: bool = False  # the two bytes of every register are exchanged
    fully_swapped: bool = False  # all bytes of the value in reverse order
    alone: bool = False  # must be read by a request of its own, after all others
    optional: bool = False  # some variants of the device don't have it: a refusal means "not available"
    may_close: bool = False  # some firmware closes the connection instead of refusing
    retry_na: bool = False  # "not available" may pass: ask once more before it is believed
    value: int | None = None  # what the register always holds, or what is written to it
    safe_range: tuple[float, float] | None = None
    station: bool = False  # belongs to the station: the same place for every connector
    ratio_register: int | None = None  # of the same table: a uint16 the value is multiplied by (CT ratio)
    whole_below: float | None = None  # raw numbers below this are in whole units, without ``scale``
    sign_from: SignFrom | None = None
    valid_when: ValidWhen | None = None
    write_function: int | None = None  # 6 or 16, when the device takes only one of them
    conflict: str = ""  # where the sources disagree about this point

    @property
    def registers(self) -> int:
        """Return how many registers (for a coil: bits) the value takes."""
        return self.length if self.type == "string" else REGISTERS[self.type]

    @property
    def end(self) -> int:
        """Return the first address behind the value."""
        return self.address + self.registers


@dataclass(frozen=True, slots=True)
class Span:
    """Addresses ``first`` to ``last`` of one table that no request may touch."""

    table: Table
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class WordOrderSetting:
    """The register where the device keeps the word order it was set to."""

    point: Point
    values: Mapping[int, WordOrder] = field(default_factory=dict)
    pattern: float | None = None  # or: the order in which its registers give this number is the order set
    read_first: bool = False  # no value wider than a register is sure without it


@dataclass(frozen=True, slots=True)
class Identity:
    """A register that tells what the device is.

    A text it contains, a value it has, one of several values, or a range; or that it must not be there.
    """

    name: str
    point: Point
    contains: str | None = None
    values: Mapping[int, str] = field(default_factory=dict)
    range: tuple[int, int] | None = None
    absent: bool = False  # the device refuses this address, which its relatives answer

    def fits(self, value: object) -> bool | None:
        """Return whether a value read there speaks for the device; None when nothing is known to compare."""
        if self.contains is not None:
            return isinstance(value, str) and self.contains.lower() in value.lower()
        if not self.values and self.range is None:
            return None
        try:
            number = int(float(str(value)))
        except ValueError:
            return False
        low, high = self.range or (0, -1)
        return number in self.values or low <= number <= high


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything known about how one kind of device is read."""

    id: str
    vendor: str
    model: str
    kind: str
    phases: int
    transport: Literal["tcp", "rtu_gateway"]
    default_unit_id: int
    default_port: int
    word_order: WordOrder
    points: tuple[Point, ...]
    digest: str
    max_registers: int = 125
    max_gap: int | None = None  # registers without a point that a request may span; None: as the cost says
    forbidden: tuple[Span, ...] = ()
    joint_reads: tuple[tuple[str, ...], ...] = ()
    exact_reads: bool = False  # every value by a request of exactly its own registers
    even_start: bool = False
    connect_delay_ms: int = 0
    min_gap_ms: int = 0
    baud: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: int = 1
    single_client: bool = False  # answers one TCP client at a time
    unit_ids: tuple[int, ...] = ()  # others than the default that devices of this kind are found at
    ports: tuple[int, ...] = ()
    tid_zero_ok: bool = False
    identity: tuple[Identity, ...] = ()
    fc43: Mapping[str, str] = field(default_factory=dict)
    sign: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    confidence: str = "medium"
    partial: bool = False
    connector_stride: Mapping[str, int] = field(default_factory=dict)  # table -> registers per connector
    connector_unit_stride: int = 0  # unit ids from one connector to the next
    connectors: int = 1  # most that a station of this kind has
    word_order_setting: WordOrderSetting | None = None
    whole_values: bool = False  # a request that begins or ends inside a value is refused
    zero_when_absent: bool = False  # what the device cannot measure reads 0: no proof of a real zero
    tables_alike: bool = False  # holding and input registers answer the same
    sunspec_model: int = 0  # the SunSpec model that this map describes at its usual place
    model_base: int = 0

    def point(self, quantity: str) -> Point:
        """Return the point of a quantity; KeyError when the device does not offer it."""
        return {point.quantity: point for point in self.points}[quantity]

    @property
    def quantities(self) -> tuple[str, ...]:
        """Return the names of all quantities that can be read."""
        return tuple(point.quantity for point in self.points if point.access != "wo")

    def inverted(self, quantity: str) -> bool:
        """Return True when the device counts this quantity the other way round than is canonical."""
        for family, pattern in SIGN_FAMILIES.items():
            if pattern.fullmatch(quantity):
                return self.sign.get(family, "") in INVERTED_SIGNS
        return False


def companions(profile: Profile, points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return what must be read along so that these points can be understood, and isn't among them.

    Scale and ratio registers, the word order the device is set to, and the quantities that give a
    value its sign or say whether it is there.
    """
    names = {point.quantity for point in points}
    known = {point.quantity: point for point in profile.points}
    found: dict[str, Point] = {}
    for point in points:
        for other in (point.sign_from, point.valid_when):
            if other and other.quantity not in names and other.quantity in known:
                found[other.quantity] = known[other.quantity]
        for kind, address in (("scale", point.scale_register), ("ratio", point.ratio_register)):
            if address is not None:
                name = f"{kind}_{address}"
                helper = Point(name, point.table, address, "int16", unit_id=point.unit_id)
                found[f"{name} {point.table} {point.unit_id}"] = helper
    setting = profile.word_order_setting
    if setting and setting.read_first and any(point.registers > 1 for point in points):
        place = (setting.point.table, setting.point.address)
        if place not in {(p.table, p.address) for p in (*points, *found.values())}:
            found[setting.point.quantity] = setting.point
    return tuple(found.values())


def for_connector(profile: Profile, connector: int) -> Profile:
    """Return the profile of one connector of a station; ProfileError when there is no such connector."""
    if connector == 1:
        return profile
    if not 1 <= connector <= profile.connectors:
        has = "one connector" if profile.connectors == 1 else f"connectors 1 to {profile.connectors}"
        raise ProfileError(
            f"{profile.id} has no connector {connector}: a device of this kind has {has}; "
            "correct the number in the site plan."
        )
    moved = tuple(_moved(profile, point, connector - 1) for point in profile.points)
    if too_far := next((point for point in moved if point.end > MAX_ADDRESS + 1), None):
        raise ProfileError(
            f"{profile.id} has no connector {connector}: {too_far.quantity} would stand beyond "
            f"address {MAX_ADDRESS}; correct the number in the site plan."
        )
    return replace(profile, points=moved)


def unit_of_connector(profile: Profile, unit: int, connector: int) -> int:
    """Return the unit id at which a connector answers when connector 1 answers at ``unit``."""
    return unit + profile.connector_unit_stride * (connector - 1)


def _moved(profile: Profile, point: Point, steps: int) -> Point:
    if point.station:
        return point
    stride = profile.connector_stride.get(point.table, 0) * steps
    further = {
        key: address + stride
        for key in ("scale_register", "ratio_register")
        if (address := getattr(point, key)) is not None
    }
    return replace(point, address=point.address + stride, **further)


def is_not_available(point: Point, ordered: bytes) -> bool:
    """Return True when the value's bytes (in big-endian order) are the pattern for "not available"."""
    patterns = (*(() if point.na is None else (point.na,)), *point.also_na)
    number, every_bit = int.from_bytes(ordered, "big"), (1 << 8 * len(ordered)) - 1
    # the decoder refuses every float that is not finite
    return any(not math.isnan(pattern) and number == int(pattern) & every_bit for pattern in patterns)


def digest_of(text: str) -> str:
    """Return the digest that a snapshot keeps of the profile file it was decoded with."""
    unified = text.replace("\r\n", "\n").encode()
    return hashlib.sha256(b"device-probe/profile/1\n" + unified).hexdigest()
