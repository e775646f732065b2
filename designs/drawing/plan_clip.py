"""Lines and outlines cut at the edge of a part of the plan. Metres."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from designs.model import Point

_Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a plan that a sheet shows."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Return its extent along x."""
        return self.right - self.left

    @property
    def depth(self) -> float:
        """Return its extent along y."""
        return self.bottom - self.top

    def holds(self, point: Point) -> bool:
        """Return whether a place lies in it."""
        return self.left <= point.x_m <= self.right and self.top <= point.y_m <= self.bottom

    def reaches(self, point: Point, reach: float) -> bool:
        """Return whether a place lies in it or within ``reach`` of it."""
        across = self.left - reach <= point.x_m <= self.right + reach
        return across and self.top - reach <= point.y_m <= self.bottom + reach


def lines(points: Sequence[Point], part: Part) -> list[tuple[Point, ...]]:
    """Return what of a line lies within a part, in as many pieces as that takes."""
    pieces: list[list[Point]] = []
    for one, other in itertools.pairwise(points):
        cut = _segment(one, other, part)
        if cut is None:
            continue
        if pieces and pieces[-1][-1] == cut[0]:
            pieces[-1].append(cut[1])
        else:
            pieces.append(list(cut))
    return [tuple(piece) for piece in pieces]


def _segment(one: Point, other: Point, part: Part) -> tuple[Point, Point] | None:
    """Cut a straight line at the four edges (Liang and Barsky, 1984)."""
    dx, dy = other.x_m - one.x_m, other.y_m - one.y_m
    enters, leaves = 0.0, 1.0
    for towards, room in (
        (-dx, one.x_m - part.left), (dx, part.right - one.x_m),
        (-dy, one.y_m - part.top), (dy, part.bottom - one.y_m),
    ):  # fmt: skip
        if towards == 0:
            if room < 0:
                return None
        elif towards < 0:
            enters = max(enters, room / towards)
        else:
            leaves = min(leaves, room / towards)
    if enters > leaves:
        return None
    return tuple(Point(one.x_m + at * dx, one.y_m + at * dy) for at in (enters, leaves))  # type: ignore[return-value]


def outline(corners: Sequence[Point], part: Part) -> tuple[Point, ...]:
    """Return what of an outline lies within a part (Sutherland and Hodgman, 1974), if anything."""
    if all(part.holds(each) for each in corners):
        return tuple(corners)
    kept: list[_Pair] = [(each.x_m, each.y_m) for each in corners]
    for axis, bound, sign in ((0, part.left, 1), (0, part.right, -1), (1, part.top, 1), (1, part.bottom, -1)):
        kept = _beyond(kept, axis, bound, sign)
    return tuple(Point(*each) for each in kept)


def _beyond(corners: list[_Pair], axis: int, bound: float, sign: int) -> list[_Pair]:
    kept: list[_Pair] = []
    for one, other in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        here, there = (one[axis] - bound) * sign, (other[axis] - bound) * sign
        if here >= 0:
            kept.append(one)
        if here * there < 0:
            share = here / (here - there)
            kept.append((one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
    return kept
