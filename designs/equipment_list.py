"""The approved equipment list: classes of equipment as frozen values, read from ``equipment/*.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from designs.errors import DesignError
from designs.reading import read_yaml
from designs.schema import load_value

BUILT_IN = Path(__file__).parent / "equipment"


@dataclass(frozen=True, slots=True)
class ConnectorType:
    """One outlet of a station type."""

    kind: str
    rated_current_a: float
    phases: int
    power_kw: float


@dataclass(frozen=True, slots=True)
class StationType:
    """A charging station as sold. ``point_rcd``: type of a 30 mA RCD built in per point, if any."""

    id: str
    title: str
    source: str
    profile: str | None
    rated_input_a: float
    phases: int
    connectors: tuple[ConnectorType, ...]
    dc_fault_protection: Literal["rdc-dd", "none"]
    point_rcd: Literal["A", "F", "B"] | None = None


@dataclass(frozen=True, slots=True)
class MeterType:
    """A meter or analyser; ``max_current_a`` is per phase at its own terminals."""

    id: str
    title: str
    source: str
    profile: str | None
    connection: Literal["direct", "ct"]
    max_current_a: float
    accuracy_percent: float
    ct_secondaries_a: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class CurrentTransformer:
    """A set of measuring current transformers (IEC 61869-2)."""

    id: str
    title: str
    source: str
    primary_a: float
    secondary_a: float
    accuracy_percent: float


@dataclass(frozen=True, slots=True)
class Mcb:
    """A miniature circuit-breaker (IEC 60898-1)."""

    id: str
    title: str
    source: str
    rated_current_a: float
    characteristic: Literal["B", "C", "D"]
    breaking_capacity_ka: float
    poles: int
    i2t_a2s: float | None = None


@dataclass(frozen=True, slots=True)
class Mccb:
    """A moulded-case circuit-breaker with adjustable overload and instantaneous release (IEC 60947-2)."""

    id: str
    title: str
    source: str
    rated_current_a: float
    setting_min_a: float
    instantaneous_min_a: float
    instantaneous_max_a: float
    breaking_capacity_ka: float
    poles: int
    i2t_a2s: float | None = None


@dataclass(frozen=True, slots=True)
class Fuse:
    """A gG fuse; ``operating_5s_a`` is the current that surely melts it within 5 s (IEC 60269-1 gate)."""

    id: str
    title: str
    source: str
    rated_current_a: float
    breaking_capacity_ka: float
    operating_5s_a: float
    poles: int
    i2t_a2s: float | None = None


@dataclass(frozen=True, slots=True)
class Rcd:
    """A residual current device."""

    id: str
    title: str
    source: str
    type: Literal["A", "F", "B"]
    rated_current_a: float
    rated_residual_ma: float
    poles: int
    selective: bool = False


@dataclass(frozen=True, slots=True)
class Spd:
    """A surge protective device (IEC 61643-11)."""

    id: str
    title: str
    source: str
    kind: Literal["type 1+2", "type 2"]
    nominal_discharge_ka: float
    protection_level_kv: float


@dataclass(frozen=True, slots=True)
class CableType:
    """A cable; ``iz_a`` is the tabulated capacity by installation method, three loaded conductors."""

    id: str
    title: str
    source: str
    conductor: Literal["Cu", "Al"]
    insulation: Literal["PVC", "XLPE"]
    cores: int
    area_mm2: float
    pe_area_mm2: float
    r20_ohm_per_km: float
    x_ohm_per_km: float
    pe_r20_ohm_per_km: float
    iz_a: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SwitchboardType:
    """A switchboard assembly (IEC 61439-2)."""

    id: str
    title: str
    source: str
    rated_current_a: float
    short_circuit_rating_ka: float


Equipment = (
    StationType | MeterType | CurrentTransformer | Mcb | Mccb | Fuse | Rcd | Spd | CableType | SwitchboardType
)
T = TypeVar("T")

#: The word after ``class:`` in an equipment file.
CLASSES: Mapping[str, type[Equipment]] = {
    "station": StationType,
    "meter": MeterType,
    "ct": CurrentTransformer,
    "mcb": Mcb,
    "mccb": Mccb,
    "gg-fuse": Fuse,
    "rcd": Rcd,
    "spd": Spd,
    "cable": CableType,
    "switchboard": SwitchboardType,
}


@dataclass(frozen=True, slots=True)
class EquipmentList:
    """Everything approved, by id."""

    items: Mapping[str, Equipment]

    def of_class(self, word: str) -> tuple[str, ...]:
        """Return the ids of one class (``mcb``, ``station`` ...) in order."""
        return tuple(sorted(key for key, item in self.items.items() if isinstance(item, CLASSES[word])))

    def find(self, equipment_id: str, kinds: tuple[type[T], ...], where: str) -> T:
        """Return one item; refuse what is not approved or of another class, naming what there is."""
        item = self.items.get(equipment_id)
        if isinstance(item, kinds):
            return item
        allowed = sorted(key for key, other in self.items.items() if isinstance(other, kinds))
        why = "is not on the approved equipment list" if item is None else "is equipment of another class"
        raise DesignError(f"{where}: {equipment_id!r} {why}; approved here are {', '.join(allowed)}.")


def load_equipment(folder: Path | None = None) -> EquipmentList:
    """Return the built-in equipment list, extended by the ``equipment`` files of a user's own folder."""
    items = dict(_built_in())
    for path in sorted((folder / "equipment").glob("*.yaml")) if folder else ():
        _add_file(path, items)
    return EquipmentList(items)


@cache
def _built_in() -> Mapping[str, Equipment]:
    items: dict[str, Equipment] = {}
    for path in sorted(BUILT_IN.glob("*.yaml")):
        _add_file(path, items)
    return items


@dataclass(frozen=True, slots=True)
class _File:
    """The top level of an equipment file. ``common`` holds for every item that does not say otherwise."""

    equipment_class: str
    items: tuple[Mapping[str, object], ...]
    common: Mapping[str, object] | None = None


def _add_file(path: Path, items: dict[str, Equipment]) -> None:
    raw = read_yaml(path)
    if not isinstance(raw, Mapping):
        raise DesignError(f"{path.name} must have the keys equipment_class and items.")
    content = load_value(_File, raw, path.name)
    kind = CLASSES.get(content.equipment_class)
    if kind is None:
        raise DesignError(
            f"{path.name}: equipment_class {content.equipment_class!r} is unknown; use {', '.join(CLASSES)}."
        )
    for number, row in enumerate(content.items, start=1):
        item: Equipment = _item(kind, row, content, f"{path.name}, item {number}")
        if item.id in items:
            raise DesignError(f"{path.name}: the equipment id {item.id!r} is taken already.")
        items[item.id] = item


def _item(kind: type[Equipment], row: object, content: _File, where: str) -> Equipment:
    if not isinstance(row, Mapping):
        raise DesignError(f"{where} must be a mapping of keys to values.")
    item: Equipment = load_value(kind, {**(content.common or {}), **row}, where)
    for name, figure in _figures(item):
        if figure <= 0:
            raise DesignError(f"{where}: {name} must be above 0, not {figure:g}.")
    if not item.source.strip():
        raise DesignError(f"{where}: every figure carries a source; say where these come from.")
    return item


def _figures(item: Equipment) -> list[tuple[str, float]]:
    values = {name: getattr(item, name) for name in item.__dataclass_fields__}
    if isinstance(item, CableType):
        values |= {f"iz_a.{method}": value for method, value in item.iz_a.items()}
    return [(name, value) for name, value in values.items() if _is_figure(value)]


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
