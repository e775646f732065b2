"""The approved equipment list, read strictly from ``equipment/*.yaml``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from designs.equipment_checks import check_item, check_spare_parts
from designs.equipment_classes import (
    CLASSES,
    Acb,
    BollardType,
    BusbarType,
    CableType,
    ConnectorType,
    ControllerType,
    CurrentTransformer,
    EmergencyStopType,
    Equipment,
    FoundationType,
    Fuse,
    Mcb,
    Mccb,
    MeterType,
    NetworkType,
    PvInverterType,
    Rcd,
    RdcDd,
    SignType,
    SpareType,
    Spd,
    StationType,
    StorageType,
    SwitchboardType,
    TransformerType,
)
from designs.equipment_item import Approval, FirmwareRange, Item, SparePart
from designs.errors import DesignError, listed
from designs.reading import read_yaml
from designs.schema import load_value

__all__ = [
    "BUILT_IN", "CLASSES", "Acb", "Approval", "BollardType", "BusbarType", "CableType", "ConnectorType",
    "ControllerType", "CurrentTransformer", "EmergencyStopType", "Equipment", "EquipmentList",
    "FirmwareRange", "FoundationType", "Fuse", "Item", "Mcb", "Mccb", "MeterType", "NetworkType",
    "PvInverterType", "Rcd", "RdcDd", "SignType", "SparePart", "SpareType", "Spd", "StationType",
    "StorageType", "SwitchboardType", "TransformerType", "load_equipment",
]  # fmt: skip

BUILT_IN = Path(__file__).parent / "equipment"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EquipmentList:
    """Everything approved, by id."""

    items: Mapping[str, Equipment]

    def of_class(self, word: str) -> tuple[str, ...]:
        """Return the ids of one class (``mcb``, ``station`` ...) in order; trunking is no ``cable`` here."""
        return tuple(sorted(key for key, item in self.items.items() if type(item) is CLASSES[word]))

    def find(self, equipment_id: str, kinds: tuple[type[T], ...], where: str) -> T:
        """Return one item; refuse what is not approved or of another class, naming what there is."""
        item = self.items.get(equipment_id)
        if isinstance(item, kinds):
            return item
        allowed = sorted(key for key, other in self.items.items() if isinstance(other, kinds))
        why = "is not on the approved equipment list" if item is None else "is equipment of another class"
        raise DesignError(
            f"{where}: {equipment_id!r} {why}; approved here are {listed(allowed, equipment_id)}."
        )


def load_equipment(folder: Path | None = None) -> EquipmentList:
    """Return the built-in equipment list, extended by the ``equipment`` files of a user's own folder."""
    items = dict(_built_in())
    paths = sorted((folder / "equipment").glob("*.yaml")) if folder else []
    if paths:
        _add_files(paths, items)
    return EquipmentList(items)


@cache
def _built_in() -> Mapping[str, Equipment]:
    items: dict[str, Equipment] = {}
    _add_files(sorted(BUILT_IN.glob("*.yaml")), items)
    return items


@dataclass(frozen=True, slots=True)
class _Table:
    """Items as rows; a column may be a key of a nested mapping (``iz_a.C``), ``null`` leaves the key out."""

    columns: tuple[str, ...]
    rows: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """The top level of an equipment file. ``common`` holds for every item that does not say otherwise."""

    equipment_class: str
    items: tuple[Mapping[str, object], ...] = ()
    table: _Table | None = None
    common: Mapping[str, object] | None = None


def _add_files(paths: list[Path], items: dict[str, Equipment]) -> None:
    places: dict[str, str] = {}
    for path in paths:
        _add_file(path, items, places)
    for key, where in places.items():
        check_spare_parts(items[key], items, where)


def _add_file(path: Path, items: dict[str, Equipment], places: dict[str, str]) -> None:
    raw = read_yaml(path)
    if not isinstance(raw, Mapping):
        raise DesignError(f"{path.name} must have the keys equipment_class and items.")
    content = load_value(_File, raw, path.name)
    kind = CLASSES.get(content.equipment_class)
    if kind is None:
        raise DesignError(
            f"{path.name}: equipment_class {content.equipment_class!r} is unknown; use {', '.join(CLASSES)}."
        )
    for where, row in _rows(content, path.name):
        item: Equipment = _item(kind, row, content.common or {}, where)
        if item.id in items:
            raise DesignError(f"{path.name}: the equipment id {item.id!r} is taken already.")
        items[item.id] = item
        places[item.id] = where


def _rows(content: _File, name: str) -> Iterator[tuple[str, object]]:
    for number, row in enumerate(content.items, start=1):
        yield f"{name}, item {number}", row
    if content.table is None:
        return
    columns = content.table.columns
    _check_columns(columns, name)
    for number, cells in enumerate(content.table.rows, start=1):
        where = f"{name}, row {number}"
        if not isinstance(cells, list) or len(cells) != len(columns):
            raise DesignError(f"{where} must be a list of {len(columns)} values, one for each column.")
        yield where, _unfolded(columns, cells)


def _check_columns(columns: tuple[str, ...], name: str) -> None:
    heads = {column.partition(".")[0] for column in columns if "." in column}
    twice = next((c for c in columns if columns.count(c) > 1 or c in heads), None)
    if twice is not None:
        raise DesignError(f"{name}: the column {twice!r} of the table stands there twice.")


def _unfolded(columns: tuple[str, ...], cells: list[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        key, _, inner = column.partition(".")
        if cell is None:
            continue
        if inner:
            row.setdefault(key, {})[inner] = cell
        else:
            row[key] = cell
    return row


def _item(kind: type[Equipment], row: object, common: Mapping[str, object], where: str) -> Equipment:
    if not isinstance(row, Mapping):
        raise DesignError(f"{where} must be a mapping of keys to values.")
    data = {**common, **row}
    if "approved" in data:
        data["approved"] = _approvals(data["approved"], where)
    item: Equipment = load_value(kind, data, where)
    check_item(item, where)
    return item


def _approvals(given: object, where: str) -> object:
    """Return the rows with ``from``, which no field can be called, as ``from_date``."""
    if not isinstance(given, list):
        raise DesignError(f"{where}: approved must be a list of from, until and regions.")
    if any(isinstance(row, Mapping) and False in _listed(row.get("regions")) for row in given):
        raise DesignError(f'{where}: write the region "NO" of Norway in quotes; bare, YAML reads it as no.')
    return [
        {("from_date" if key == "from" else key): value for key, value in row.items()}
        if isinstance(row, Mapping)
        else row
        for row in given
    ]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
