"""The values of a layout plan: where things stand and along which way cables run.

Metres; x to the right, y down.
"""

from dataclasses import dataclass
from typing import Literal

ItemKind = Literal[
    "bay", "accessible-bay", "station", "switchboard", "transformer", "storage", "pv", "meter-cabinet",
    "foundation", "emergency-stop", "bollard", "sign", "lighting", "building", "road", "green",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the plan."""

    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class LayoutItem:
    """A thing on the plan; its ``tag`` is that of the one-line, or one of its own (``BAY03``)."""

    tag: str
    kind: ItemKind
    title: str
    x_m: float  # of its middle
    y_m: float
    width_m: float  # along x, before turning
    depth_m: float
    turned_deg: float = 0.0
    equipment: str | None = None  # a foundation or sign from the equipment list


@dataclass(frozen=True, slots=True)
class Duct:
    """A trench with ducts, a cable tray or a riser; cables run along it."""

    tag: str
    title: str
    kind: Literal["duct", "trench", "tray", "riser"]
    points: tuple[Point, ...]
    ways: int = 1  # ducts laid in it
    cover_m: float | None = None  # depth of cover in the ground


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a circuit's cable. ``length_m``: way on the plan + ``ends_m``, up to whole metres."""

    circuit: str
    points: tuple[Point, ...]
    ends_m: float  # both ends: down, up and into the enclosures
    length_m: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout plan of a site."""

    width_m: float
    depth_m: float
    items: tuple[LayoutItem, ...]
    ducts: tuple[Duct, ...] = ()
    routes: tuple[Route, ...] = ()
    north_deg: float = 0.0  # clockwise from up
