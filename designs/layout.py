"""The layout plan of a site: items placed by rule, ducts, and the ways of cables that give their lengths.

A route runs at right angles from the item of the circuit's source to the nearest point of its first duct,
along the ducts, and at right angles to the item of its target. Its length is the way on the plan and
``ends_m``, up to whole metres.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from designs.checks import check_tags
from designs.equipment_list import EquipmentList
from designs.errors import DesignError
from designs.model import Duct, ItemKind, Layout, LayoutItem, Point, Route
from designs.polyline import Polyline, distance, manhattan, tidy

Pair = tuple[float, float]
#: Kinds that are always a thing of the one-line.
_OF_THE_ONE_LINE = ("station", "transformer", "storage", "pv", "emergency-stop")
#: No plan is larger; metres.
MAX_SIDE = 5000.0
#: Rounding of coordinates, metres: what a plan can show.
_PLACES = 3
_EDGE = 0.005


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Where the ``by``-th of equal items stands: in rows of ``per_row``."""

    start_m: Pair
    by: int
    step_m: Pair = (0.0, 0.0)
    per_row: int | None = None
    row_step_m: Pair = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as a template writes it; ``x_m`` and ``y_m`` stand instead of the place."""

    tag: str
    kind: ItemKind
    title: str
    size_m: Pair
    at_m: Pair | None = None
    place: PlaceRow | None = None
    x_m: float | None = None
    y_m: float | None = None
    turned_deg: float = 0.0
    equipment: str | None = None


@dataclass(frozen=True, slots=True)
class DuctRow:
    """A duct, trench, tray or riser as a template writes it."""

    tag: str
    title: str
    kind: Literal["duct", "trench", "tray", "riser"]
    along_m: tuple[Pair, ...]
    ways: int = 1
    cover_m: float | None = None


@dataclass(frozen=True, slots=True)
class RouteRow:
    """The ducts that the cable of a circuit runs through, and what its ends need."""

    circuit: str
    ends_m: float
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameRow:
    """The size of the plan."""

    width_m: float
    depth_m: float
    north_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class LayoutRows:
    """Everything that the layout of a template says for one site."""

    frame: FrameRow
    items: tuple[ItemRow, ...]
    ducts: tuple[DuctRow, ...]
    routes: tuple[RouteRow, ...]


def build_layout(
    rows: LayoutRows,
    ends: Mapping[str, tuple[str, str]],
    tags: Mapping[str, bool],
    equipment: EquipmentList,
    where: str,
) -> Layout:
    """Return the plan. ``ends``: circuit -> source and target; ``tags``: of the one-line -> stands on a plan.

    Refuses items and ducts outside the plan, tags used twice, routes of unknown circuits, ducts or items.
    """
    frame = rows.frame
    _check_frame(frame, where)
    items = tuple([_item(row, equipment, where) for row in rows.items])
    ducts = tuple([_duct(row, where) for row in rows.ducts])
    _check_names(items, ducts, tags, where)
    _check_inside(items, ducts, frame, where)
    ways = _Ways({item.tag: Point(item.x_m, item.y_m) for item in items}, ducts, where)
    routes = []
    seen: set[str] = set()
    for row in rows.routes:
        if row.circuit not in ends:
            raise DesignError(f"{where}: the route of {row.circuit:.60} has no such circuit in the one-line.")
        if row.circuit in seen:
            raise DesignError(f"{where}: the circuit {row.circuit} has two routes.")
        seen.add(row.circuit)
        source, target = ends[row.circuit]
        routes.append(ways.route(row, source, target))
    return Layout(
        round(frame.width_m, _PLACES),
        round(frame.depth_m, _PLACES),
        items,
        ducts,
        tuple(routes),
        round(frame.north_deg % 360.0, 3),
    )


def _check_frame(frame: FrameRow, where: str) -> None:
    for name, side in (("width_m", frame.width_m), ("depth_m", frame.depth_m)):
        if not 0.0 < side <= MAX_SIDE:
            raise DesignError(f"{where}: {name} must be above 0 and up to {MAX_SIDE:g} m, not {side:g}.")


def _item(row: ItemRow, equipment: EquipmentList, where: str) -> LayoutItem:
    x, y = _standing(row, where)
    width, depth = row.size_m
    if not (0.0 < width <= MAX_SIDE and 0.0 < depth <= MAX_SIDE):
        raise DesignError(
            f"{where}: {row.tag}: size_m must be two lengths above 0, not {width:g} and {depth:g}."
        )
    if row.equipment is not None and row.equipment not in equipment.items:
        raise DesignError(f"{where}: {row.tag}: {row.equipment!r:.60} is not on the approved equipment list.")
    return LayoutItem(
        tag=row.tag,
        kind=row.kind,
        title=row.title,
        x_m=round(x if row.x_m is None else row.x_m, _PLACES),
        y_m=round(y if row.y_m is None else row.y_m, _PLACES),
        width_m=width,
        depth_m=depth,
        turned_deg=round(row.turned_deg % 360.0, _PLACES),
        equipment=row.equipment,
    )


def _standing(row: ItemRow, where: str) -> Pair:
    if row.place is None:
        if row.at_m is not None:
            return row.at_m
        if row.x_m is None or row.y_m is None:
            raise DesignError(f"{where}: {row.tag} needs at_m, place, or x_m and y_m.")
        return (row.x_m, row.y_m)
    if row.at_m is not None:
        raise DesignError(f"{where}: {row.tag} has at_m or place, not both.")
    place = row.place
    if place.by < 1 or (place.per_row is not None and place.per_row < 1):
        raise DesignError(f"{where}: {row.tag}: by and per_row of a place are whole numbers from 1.")
    along, across = (place.by - 1, 0) if place.per_row is None else _in_row(place.by - 1, place.per_row)
    return (
        place.start_m[0] + along * place.step_m[0] + across * place.row_step_m[0],
        place.start_m[1] + along * place.step_m[1] + across * place.row_step_m[1],
    )


def _in_row(number: int, per_row: int) -> tuple[int, int]:
    return number % per_row, number // per_row


def _duct(row: DuctRow, where: str) -> Duct:
    if len(row.along_m) < 2:
        raise DesignError(f"{where}: {row.tag}: along_m needs two points or more.")
    points = tuple(Point(round(x, _PLACES), round(y, _PLACES)) for x, y in row.along_m)
    if Polyline(points).length <= 0.0:
        raise DesignError(f"{where}: {row.tag}: along_m has no length.")
    return Duct(row.tag, row.title, row.kind, points, row.ways, row.cover_m)


def _check_names(
    items: Iterable[LayoutItem], ducts: Iterable[Duct], tags: Mapping[str, bool], where: str
) -> None:
    listed = list(items)
    check_tags([*(item.tag for item in listed), *(duct.tag for duct in ducts)], f"{where}: layout")
    for item in listed:
        stands = tags.get(item.tag)
        if stands is None and item.kind in _OF_THE_ONE_LINE:
            raise DesignError(f"{where}: the {item.kind} {item.tag} of the layout is not in the one-line.")
        if stands is False:
            raise DesignError(f"{where}: the layout item {item.tag} bears the tag of a circuit or connector.")
    for duct in ducts:
        if duct.tag in tags:
            raise DesignError(f"{where}: the duct {duct.tag} bears a tag of the one-line.")


def _check_inside(items: Iterable[LayoutItem], ducts: Iterable[Duct], frame: FrameRow, where: str) -> None:
    plan = f"the plan of {frame.width_m:g} m by {frame.depth_m:g} m"
    for item in items:
        turned = math.radians(item.turned_deg)
        across = abs(item.width_m * math.cos(turned)) + abs(item.depth_m * math.sin(turned))
        along = abs(item.width_m * math.sin(turned)) + abs(item.depth_m * math.cos(turned))
        if not _inside(item.x_m, item.y_m, across / 2, along / 2, frame):
            raise DesignError(f"{where}: {item.tag} at {item.x_m:g} m, {item.y_m:g} m stands outside {plan}.")
    for duct in ducts:
        for point in duct.points:
            if not _inside(point.x_m, point.y_m, 0.0, 0.0, frame):
                raise DesignError(
                    f"{where}: {duct.tag} runs to {point.x_m:g} m, {point.y_m:g} m, outside {plan}."
                )


def _inside(x: float, y: float, across: float, along: float, frame: FrameRow) -> bool:
    wide = x - across >= -_EDGE and x + across <= frame.width_m + _EDGE
    return wide and y - along >= -_EDGE and y + along <= frame.depth_m + _EDGE


class _Ways:
    """The ways of cables over a plan: items to end at, ducts to run in."""

    def __init__(self, places: Mapping[str, Point], ducts: Iterable[Duct], where: str) -> None:
        self._places = places
        self._ducts = {duct.tag: Polyline(duct.points) for duct in ducts}
        self._crossings: dict[tuple[str, str], float] = {}
        self._where = where

    def route(self, row: RouteRow, source: str, target: str) -> Route:
        """Return the way of a circuit's cable from the item of its source to that of its target."""
        start, end = self._place(source, row.circuit), self._place(target, row.circuit)
        points = [start]
        for number, tag in enumerate(row.through):
            duct = self._duct(tag, row.circuit)
            enter = duct.nearest(points[-1])
            if number + 1 < len(row.through):
                leave = self._crossing(tag, row.through[number + 1], row.circuit)
            else:
                leave = duct.nearest(end)
            points += manhattan(points[-1], duct.at(enter))
            points += duct.between(enter, leave)
        points += manhattan(points[-1], end)
        way = tidy(points)
        length = sum(distance(one, two) for one, two in pairwise(way)) + row.ends_m
        return Route(row.circuit, way, row.ends_m, float(math.ceil(round(length, 6))))

    def _place(self, tag: str, circuit: str) -> Point:
        if tag not in self._places:
            raise DesignError(
                f"{self._where}: the route of {circuit} ends at {tag}, which is not on the layout."
            )
        return self._places[tag]

    def _duct(self, tag: str, circuit: str) -> Polyline:
        if tag not in self._ducts:
            known = ", ".join(self._ducts) or "none"
            raise DesignError(
                f"{self._where}: the route of {circuit} runs through {tag:.60}, which is no duct; "
                f"there are {known}."
            )
        return self._ducts[tag]

    def _crossing(self, tag: str, following: str, circuit: str) -> float:
        """Return how far along a duct the cable changes to the following one."""
        key = (tag, following)
        if key not in self._crossings:
            duct, other = self._duct(tag, circuit), self._duct(following, circuit)
            self._crossings[key] = duct.meeting(other)
        return self._crossings[key]
