"""A device profile: which quantity stands in which register, and how the device wants to be read."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Table = Literal["holding", "input", "coil", "discrete"]
WordOrder = Literal["big", "little"]
PROFILES = Path(__file__).parent / "profiles"

REGISTERS = {
    "uint16": 1, "int16": 1, "bitmask16": 1, "coil": 1, "uint32": 2, "int32": 2, "float32": 2,
    "uint64": 4, "int64": 4, "float64": 4,
}  # fmt: skip


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
    retry_na: bool = False  # "not available" may pass: ask once more before it is believed
    value: int | None = None  # what the register always holds, or what is written to it
    safe_range: tuple[float, float] | None = None

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
class Identity:
    """A register that tells what the device is.

    A text it contains, a value it has, or one of several values.
    """

    name: str
    point: Point
    contains: str | None = None
    values: Mapping[int, str] = field(default_factory=dict)


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

    def point(self, quantity: str) -> Point:
        """Return the point of a quantity; KeyError when the device does not offer it."""
        return {point.quantity: point for point in self.points}[quantity]

    @property
    def quantities(self) -> tuple[str, ...]:
        """Return the names of all quantities that can be read."""
        return tuple(point.quantity for point in self.points if point.access != "wo")

    def inverted(self, quantity: str) -> bool:
        """Return True when the device counts this quantity the other way round than import positive."""
        for key in ("active_power", "meter_active_power", "grid_power"):
            native = quantity.removeprefix("native_")
            if native.startswith(f"{key}_") or native == key:
                return self.sign.get(key, "").startswith("export_positive") and not native.endswith("export")
        return False


def is_not_available(point: Point, ordered: bytes) -> bool:
    """Return True when the value's bytes (in big-endian order) are the pattern for "not available"."""
    if point.na is None or math.isnan(point.na):  # the decoder refuses every float that is not finite
        return False
    return int.from_bytes(ordered, "big") == int(point.na) & ((1 << 8 * len(ordered)) - 1)


def digest_of(text: str) -> str:
    """Return the digest that a snapshot keeps of the profile file it was decoded with."""
    unified = text.replace("\r\n", "\n").encode()
    return hashlib.sha256(b"device-probe/profile/1\n" + unified).hexdigest()
