"""Bill of quantities of a site design: what is installed, how many metres of cable, which spare parts."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from designs.equipment_classes import CLASSES, Equipment
from designs.equipment_list import CurrentTransformer, EquipmentList, MeterType
from designs.layout_model import ItemKind, Layout
from designs.model import Meter, OneLine, SiteDesign

#: Things of a plan that are bought even when no type has been chosen for them.
BOUGHT: tuple[ItemKind, ...] = ("foundation", "bollard", "sign", "emergency-stop")
_UNITS = {"cable": "m", "busbar": "m", "ct": "set", "gg-fuse": "set"}
_WORDS = {kind: word for word, kind in CLASSES.items()}


@dataclass(frozen=True, slots=True)
class BillLine:
    """One type of equipment: ``quantity`` of ``unit`` (pcs, set or m); ``tags``: where it stands.

    ``equipment`` is empty where the design has not chosen a type. Spare parts bear no tags.
    """

    equipment: str
    title: str
    kind: str  # class of the equipment list
    quantity: float
    unit: str
    tags: tuple[str, ...]
    maker: str | None = None
    service_interval_months: int | None = None


@dataclass(frozen=True, slots=True)
class _Use:
    """A tag at which a type stands; ``kind`` for what is not on the list, ``metres`` of a cable."""

    equipment: str
    kind: str
    tag: str
    metres: float | None = None


class _Node(Protocol):
    """Anything on the one-line with a tag and an equipment id."""

    @property
    def tag(self) -> str: ...
    @property
    def equipment(self) -> str: ...


@dataclass(slots=True)
class _Sum:
    kind: str
    tags: list[str] = field(default_factory=list)
    metres: list[float] = field(default_factory=list)


def bill(site_design: SiteDesign, equipment: EquipmentList) -> tuple[BillLine, ...]:
    """Return the bill, by class in the order of ``CLASSES`` and then by id.

    Cable is summed per type with its parallel runs; single-core cable and trunking in metres of the set.
    Spare parts follow the rules of what is installed: shares of one part are added before rounding up.
    Equipment that is no longer on the list keeps its line and says so.
    """
    sums: dict[tuple[str, str], _Sum] = {}
    for use in _uses(site_design, equipment):
        kind = _kind(equipment.items.get(use.equipment), use.kind)
        entry = sums.setdefault((kind, use.equipment), _Sum(kind))
        entry.tags.append(use.tag)
        if use.metres is not None:
            entry.metres.append(use.metres)
    lines = [_line(key, entry, equipment) for (_, key), entry in sums.items()]
    order = {word: place for place, word in enumerate(CLASSES)}
    return tuple(sorted([*lines, *_spares(lines, equipment)], key=lambda it: (order[it.kind], it.equipment)))


def _uses(site_design: SiteDesign, equipment: EquipmentList) -> Iterator[_Use]:
    one_line = site_design.one_line
    yield from _nodes(one_line)
    yield from _circuits(one_line)
    for meter in one_line.meters:
        if meter.ct_primary_a is not None:
            yield _Use(_transformers_of(meter, equipment), "ct", meter.tag)
    yield from _placed(one_line, site_design.layout)


def _nodes(one_line: OneLine) -> Iterator[_Use]:
    groups: tuple[tuple[str, tuple[_Node, ...]], ...] = (
        ("transformer", one_line.transformers),
        ("switchboard", one_line.switchboards),
        ("station", one_line.stations),
        ("storage", one_line.storage),
        ("pv", one_line.pv),
        ("meter", one_line.meters),
        ("controller", one_line.controllers),
        ("network", one_line.network),
    )
    for kind, members in groups:
        yield from (_Use(member.equipment, kind, member.tag) for member in members)
    yield from (_Use(board.spd, "spd", board.tag) for board in one_line.switchboards if board.spd)


def _circuits(one_line: OneLine) -> Iterator[_Use]:
    for circuit in one_line.circuits:
        if circuit.protected_by is None:
            yield _Use(circuit.device.equipment, circuit.device.kind, circuit.tag)
        if circuit.rcd is not None:
            yield _Use(circuit.rcd.equipment, "rcd", circuit.tag)
        cable = circuit.cable
        yield _Use(cable.equipment, cable.kind, circuit.tag, cable.length_m * cable.parallel)


def _placed(one_line: OneLine, layout: Layout | None) -> Iterator[_Use]:
    """Yield what only the plan knows, and emergency stops whether or not the plan shows them."""
    others: tuple[_Node, ...] = (*one_line.meters, *one_line.controllers, *one_line.network)
    known = {*one_line.nodes(), *(each.tag for each in others)}
    shown: set[str] = set()
    for item in layout.items if layout else ():
        if item.tag in known or (item.equipment is None and item.kind not in BOUGHT):
            continue
        shown.add(item.tag)
        yield _Use(item.equipment or "", item.kind if item.kind in CLASSES else "spare", item.tag)
    for stop in one_line.emergency_stops:
        if stop.tag not in shown:
            yield _Use("", "emergency-stop", stop.tag)


def _transformers_of(meter: Meter, equipment: EquipmentList) -> str:
    """Return the id of a meter's current transformers, known by ratio and joint accuracy; "" if none fits."""
    kind = equipment.items.get(meter.equipment)
    of_meter = kind.accuracy_percent if isinstance(kind, MeterType) else 0.0
    fits = [
        item.id
        for item in equipment.items.values()
        if isinstance(item, CurrentTransformer)
        and (item.primary_a, item.secondary_a) == (meter.ct_primary_a, meter.ct_secondary_a)
        and round(math.hypot(of_meter, item.accuracy_percent), 2) == meter.accuracy_percent
    ]
    return min(fits, default="")


def _kind(item: Equipment | None, otherwise: str) -> str:
    return otherwise if item is None else _WORDS[type(item)]


def _line(key: str, entry: _Sum, equipment: EquipmentList) -> BillLine:
    item = equipment.items.get(key)
    word = entry.kind.replace("-", " ").capitalize()
    missing = f"{key} (not on the equipment list)" if key else f"{word}, type not chosen"
    return BillLine(
        equipment=key,
        title=item.title if item else missing,
        kind=entry.kind,
        quantity=round(math.fsum(entry.metres), 2) if entry.metres else len(entry.tags),
        unit=_UNITS.get(entry.kind, "pcs"),
        tags=tuple(entry.tags),
        maker=item.maker if item else None,
        service_interval_months=item.service_interval_months if item else None,
    )


def _spares(lines: list[BillLine], equipment: EquipmentList) -> Iterator[BillLine]:
    needed: dict[str, Fraction] = {}
    for line in lines:
        item = equipment.items.get(line.equipment)
        for part in item.spare_parts if item else ():
            share = Fraction(len(line.tags), part.per)
            needed[part.equipment] = needed.get(part.equipment, Fraction(0)) + share
    for key, share in needed.items():
        part_type = equipment.items[key]
        yield BillLine(key, part_type.title, "spare", math.ceil(share), "pcs", (), part_type.maker)
