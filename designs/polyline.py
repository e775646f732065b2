"""Lines of straight pieces on a plan: nearest points, ways along them, ways at right angles."""

import math
from collections.abc import Sequence
from itertools import pairwise

from designs.layout_model import Point

#: Points closer than this are one; metres.
_SAME = 1e-6
_PLACES = 3


class Polyline:
    """A line through points; a place on it is the distance from its begin in metres."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = tuple(points)
        self._from = [0.0]
        for one, two in pairwise(self._points):
            self._from.append(self._from[-1] + distance(one, two))
        self.length = self._from[-1]

    def at(self, place: float) -> Point:
        """Return the point at a place."""
        for number, (one, two) in enumerate(pairwise(self._points)):
            begin, end = self._from[number], self._from[number + 1]
            if place <= end and end > begin:
                share = max(0.0, place - begin) / (end - begin)
                return Point(
                    round(one.x_m + share * (two.x_m - one.x_m), _PLACES),
                    round(one.y_m + share * (two.y_m - one.y_m), _PLACES),
                )
        return self._points[-1]

    def nearest(self, point: Point) -> float:
        """Return the place nearest to a point; of equal ones the first."""
        best, place = math.inf, 0.0
        for number, (one, two) in enumerate(pairwise(self._points)):
            along, far = _foot(point, one, two)
            if far < best - _SAME:
                best, place = far, self._from[number] + along
        return place

    def between(self, begin: float, end: float) -> list[Point]:
        """Return the points from one place to another, both included."""
        low, high = min(begin, end), max(begin, end)
        inner = [
            point
            for place, point in zip(self._from, self._points, strict=True)
            if low + _SAME < place < high - _SAME
        ]
        return [self.at(begin), *(inner if begin <= end else reversed(inner)), self.at(end)]

    def meeting(self, other: "Polyline") -> float:
        """Return the place where this line comes nearest to another one; a crossing is the nearest."""
        best, place = math.inf, 0.0
        for number, (one, two) in enumerate(pairwise(self._points)):
            for three, four in pairwise(other._points):
                along, far = _closest(one, two, three, four)
                if far < best - _SAME:
                    best, place = far, self._from[number] + along
        return place


def distance(one: Point, two: Point) -> float:
    """Return the straight distance of two points in metres."""
    return math.hypot(two.x_m - one.x_m, two.y_m - one.y_m)


def manhattan(one: Point, two: Point) -> list[Point]:
    """Return the way from one point (left out) to another at right angles: the longer leg first."""
    across, along = abs(two.x_m - one.x_m), abs(two.y_m - one.y_m)
    if across < _SAME or along < _SAME:
        return [two]
    corner = Point(two.x_m, one.y_m) if across >= along else Point(one.x_m, two.y_m)
    return [corner, two]


def tidy(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points without repeated ones and without those amid a straight line."""
    made: list[Point] = []
    for point in points:
        if made and distance(made[-1], point) < _SAME:
            continue
        if len(made) > 1 and _straight(made[-2], made[-1], point):
            made.pop()
        made.append(point)
    return tuple(made)


def _straight(one: Point, two: Point, three: Point) -> bool:
    """Tell whether the way goes straight on through the second point; a turning back is kept."""
    ax, ay, bx, by = two.x_m - one.x_m, two.y_m - one.y_m, three.x_m - two.x_m, three.y_m - two.y_m
    return abs(ax * by - ay * bx) < _SAME and ax * bx + ay * by > 0


def _foot(point: Point, one: Point, two: Point) -> tuple[float, float]:
    """Return how far along a piece its point nearest to ``point`` lies, and their distance."""
    dx, dy = two.x_m - one.x_m, two.y_m - one.y_m
    long = math.hypot(dx, dy)
    if long < _SAME:
        return 0.0, distance(point, one)
    share = ((point.x_m - one.x_m) * dx + (point.y_m - one.y_m) * dy) / (long * long)
    share = min(1.0, max(0.0, share))
    foot = Point(one.x_m + share * dx, one.y_m + share * dy)
    return share * long, distance(point, foot)


def _closest(one: Point, two: Point, three: Point, four: Point) -> tuple[float, float]:
    """Return how far along the first piece it comes nearest to the second, and their distance."""
    crossing = _crossing(one, two, three, four)
    if crossing is not None:
        return crossing * distance(one, two), 0.0
    found = [(0.0, _foot(one, three, four)[1]), (distance(one, two), _foot(two, three, four)[1])]
    found += [_foot(three, one, two), _foot(four, one, two)]
    return min(found, key=lambda pair: (round(pair[1], 6), pair[0]))


def _crossing(one: Point, two: Point, three: Point, four: Point) -> float | None:
    """Return the share of the first piece at which it crosses the second, None when it does not."""
    ax, ay = two.x_m - one.x_m, two.y_m - one.y_m
    bx, by = four.x_m - three.x_m, four.y_m - three.y_m
    cross = ax * by - ay * bx
    if abs(cross) < _SAME:
        return None
    dx, dy = three.x_m - one.x_m, three.y_m - one.y_m
    first, second = (dx * by - dy * bx) / cross, (dx * ay - dy * ax) / cross
    return first if 0.0 <= first <= 1.0 and 0.0 <= second <= 1.0 else None
