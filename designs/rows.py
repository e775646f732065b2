"""What a template's elements say once expanded: a frozen row per thing, not yet joined with its equipment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from designs.errors import DesignError
from designs.model import Earthing, Load, ModbusAddress, RuleSetId
from designs.schema import load_value
from designs.scope import Scope
from designs.template import Element, expand

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """The supply as a template writes it: current or apparent power, short-circuit current or power."""

    tag: str
    title: str
    voltage_v: float
    frequency_hz: float
    earthing: Earthing
    r_over_x: float
    ze_ohm: float | None = None
    ik_max_ka: float | None = None
    s_k_mva: float | None = None
    import_limit_a: float | None = None
    import_limit_kva: float | None = None
    own_transformer: bool = False
    ik_min_ka: float | None = None
    reserved_a: float | None = None
    reserved_kva: float | None = None
    harmonic_limits: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class TransformerRow:
    """An own transformer and the node that feeds it."""

    tag: str
    title: str
    equipment: str
    source: str


@dataclass(frozen=True, slots=True)
class SwitchboardRow:
    """A switchboard; ``kind`` left out: that of its equipment."""

    tag: str
    title: str
    equipment: str
    spd: str | None = None
    kind: Literal["main", "distribution", "tap-off", "pillar"] | None = None


@dataclass(frozen=True, slots=True)
class StationRow:
    """A charging station."""

    tag: str
    title: str
    equipment: str
    phase_rotation: str
    group: int
    modbus: ModbusAddress | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A battery storage or a PV inverter."""

    tag: str
    title: str
    equipment: str
    modbus: ModbusAddress | None = None


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter; ``ct`` is not used by a directly connected one."""

    tag: str
    title: str
    equipment: str
    board: str
    measures: tuple[str, ...]
    parent: str | None = None
    ct: str | None = None
    modbus: ModbusAddress | None = None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A protective device with its settings, or the circuit upstream whose device protects."""

    equipment: str | None = None
    setting_a: float | None = None
    instantaneous_a: float | None = None
    short_time_a: float | None = None
    short_time_s: float | None = None
    protected_by: str | None = None


@dataclass(frozen=True, slots=True)
class CableRow:
    """A cable as laid; ``length_m`` left out: that of the route on the layout plan."""

    equipment: str
    method: str
    grouped_circuits: int
    ambient_c: float
    length_m: float | None = None
    parallel: int = 1
    spacing: Literal["touching", "0.25 m"] = "touching"
    soil_km_per_w: float = 2.5


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """A circuit; ``managed_to_a`` is what load management keeps it within."""

    tag: str
    title: str
    source: str
    target: str
    device: DeviceRow
    cable: CableRow
    rcd: str | None = None
    managed_to_a: float | None = None


@dataclass(frozen=True, slots=True)
class StopRow:
    """An emergency stop."""

    tag: str
    title: str
    opens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ControllerRow:
    """A load-management controller."""

    tag: str
    title: str
    equipment: str
    board: str
    controls: tuple[str, ...]
    limit_a: float
    fallback_a: float
    mode: Literal["static", "dynamic", "scheduled"]
    meter: str | None = None
    modbus: ModbusAddress | None = None


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """A device of the site network."""

    tag: str
    title: str
    equipment: str
    host: str
    connects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything that the one-line of a template says for one site."""

    rule_set: RuleSetId
    supply: SupplyRow
    transformers: tuple[TransformerRow, ...]
    switchboards: tuple[SwitchboardRow, ...]
    stations: tuple[StationRow, ...]
    loads: tuple[Load, ...]
    storage: tuple[SourceRow, ...]
    pv: tuple[SourceRow, ...]
    meters: tuple[MeterRow, ...]
    circuits: tuple[CircuitRow, ...]
    emergency_stops: tuple[StopRow, ...]
    controllers: tuple[ControllerRow, ...]
    network: tuple[NetworkRow, ...]


#: The lists of a one-line template and the row of each.
LISTS: dict[str, type[Any]] = {
    "transformers": TransformerRow,
    "switchboards": SwitchboardRow,
    "stations": StationRow,
    "loads": Load,
    "storage": SourceRow,
    "pv": SourceRow,
    "meters": MeterRow,
    "circuits": CircuitRow,
    "emergency_stops": StopRow,
    "controllers": ControllerRow,
    "network": NetworkRow,
}


def expand_rows(cls: type[T], elements: Sequence[Element], scope: Scope, where: str) -> tuple[T, ...]:
    """Return the rows of one list of a template; the error names file, list, tag and key."""
    raws = expand(elements, scope)
    rows = tuple([load_value(cls, raw, f"{where} {_named(raw)}") for raw in raws])
    for row in rows:
        _check_numbers(row, where, getattr(row, "tag", getattr(row, "circuit", "")))
    return rows


def _named(raw: Any) -> str:
    return str(raw.get("tag", raw.get("circuit", "")))[:60]


#: The least value of what a row says, and whether that value itself is allowed.
_LEAST: dict[str, tuple[float, bool]] = {
    "voltage_v": (0, False),
    "frequency_hz": (0, False),
    "ik_max_ka": (0, False),
    "s_k_mva": (0, False),
    "ik_min_ka": (0, False),
    "import_limit_a": (0, False),
    "import_limit_kva": (0, False),
    "r_over_x": (0, True),
    "ze_ohm": (0, True),
    "reserved_a": (0, True),
    "reserved_kva": (0, True),
    "setting_a": (0, False),
    "instantaneous_a": (0, False),
    "short_time_a": (0, False),
    "short_time_s": (0, True),
    "length_m": (0, False),
    "grouped_circuits": (1, True),
    "parallel": (1, True),
    "ambient_c": (-40, True),
    "soil_km_per_w": (0, False),
    "managed_to_a": (0, False),
    "limit_a": (0, False),
    "fallback_a": (0, True),
    "group": (0, True),
    "port": (1, True),
    "unit": (0, True),
    "ways": (1, True),
    "ends_m": (0, True),
}
#: Where there is one, the largest.
_MOST = {"port": 65535, "unit": 255, "ambient_c": 90, "parallel": 20, "grouped_circuits": 100}
_NUMBERS: dict[type[Any], tuple[tuple[str, ...], tuple[str, ...]]] = {}


def _members(cls: type[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of a row's bounded numbers and of its inner rows."""
    if cls not in _NUMBERS:
        names = tuple(cls.__dataclass_fields__)
        inner = tuple(name for name in names if name in ("device", "cable", "modbus"))
        _NUMBERS[cls] = (tuple(name for name in names if name in _LEAST), inner)
    return _NUMBERS[cls]


def _check_numbers(row: Any, where: str, tag: str, path: str = "") -> None:
    numbers, inner = _members(type(row))
    for name in numbers:
        value = getattr(row, name)
        if value is None:
            continue
        least, itself = _LEAST[name]
        most = _MOST.get(name)
        if value < least or (value == least and not itself) or (most is not None and value > most):
            allowed = f"{least} to {most}" if most is not None else f"{'from' if itself else 'above'} {least}"
            raise DesignError(f"{where} {tag}: {path}{name} must be {allowed}, not {value:g}.")
    for name in inner:
        value = getattr(row, name)
        if value is not None:
            _check_numbers(value, where, tag, f"{path}{name}.")


def check_numbers(row: Any, where: str) -> None:
    """Refuse a row with a number outside of what can be: 0 m of cable, a negative setting, port 0."""
    _check_numbers(row, where, getattr(row, "tag", ""))
