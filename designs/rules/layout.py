"""Rules on the layout plan against the one-line: what the plan shows must be what was computed."""

from collections.abc import Iterable, Iterator, Mapping

from designs.findings import finding, listed
from designs.model import Circuit, Duct, Figure, Finding, Point, Route, SiteDesign

#: Two lines of the plan this close are one, and a shared way shorter than this is a crossing.
CLOSE_M, CROSSING_M = 0.01, 1.0

Span = tuple[float, float, str]  # from, to along a part of a duct in metres, and the circuit


def grouping(site_design: SiteDesign) -> Iterator[Finding]:
    """No more cables lie in one duct or trench of the plan than their capacity was computed for.

    An info: it tells the contractor in how many trenches, ducts or trays apart from one another to lay them
    (IEC 60364-5-52, Tables B.52.17 to B.52.19).
    """
    layout = site_design.layout
    circuits = {each.tag: each for each in site_design.one_line.circuits}
    for duct in layout.ducts if layout else ():
        together = _most_together(duct, layout.routes if layout else ())
        cables = sum(circuits[tag].cable.parallel for tag in together)
        tight = [tag for tag in together if circuits[tag].cable.grouped_circuits < cables]
        if tight and len(together) > 1:
            yield _too_many(duct, cables, tight, circuits)


def _too_many(duct: Duct, cables: int, tight: list[str], circuits: Mapping[str, Circuit]) -> Finding:
    least = min(circuits[tag].cable.grouped_circuits for tag in tight)
    parts = -(-cables // least)
    return finding(
        "grouping_on_plan",
        "info",
        duct.tag,
        f"{duct.tag}: up to {cables} cables run along it on the plan; {listed(tight)} "
        f"{'is' if len(tight) == 1 else 'are'} computed for {least} laid together.",
        Figure("cables", float(cables)),
        Figure("grouped_circuits", float(least)),
        "IEC 60364-5-52, Tables B.52.17 to B.52.19",
        f"Lay them in at least {parts} trenches, ducts or trays apart from one another, or enter how many "
        "lie together and choose larger cables.",
    )


def _most_together(duct: Duct, routes: Iterable[Route]) -> tuple[str, ...]:
    """Return the circuits of the place along a duct where the most run."""
    best: tuple[str, ...] = ()
    ways = tuple(routes)
    for begin, end in zip(duct.points, duct.points[1:], strict=False):
        spans = [span for route in ways for span in _shared(begin, end, route)]
        for at in sorted({edge for low, high, _ in spans for edge in (low, high)}):
            here = tuple(dict.fromkeys(tag for low, high, tag in spans if low <= at < high))
            best = max(best, here, key=len)
    return best


def _shared(begin: Point, end: Point, route: Route) -> Iterator[Span]:
    """Yield where a route runs along one straight part of a duct."""
    length = ((end.x_m - begin.x_m) ** 2 + (end.y_m - begin.y_m) ** 2) ** 0.5
    if length == 0.0:
        return
    along = ((end.x_m - begin.x_m) / length, (end.y_m - begin.y_m) / length)
    for first, second in zip(route.points, route.points[1:], strict=False):
        places = [_seen_from(begin, along, point) for point in (first, second)]
        if any(abs(aside) > CLOSE_M for _, aside in places):
            continue
        low, high = sorted(place for place, _ in places)
        low, high = max(low, 0.0), min(high, length)
        if high - low >= CROSSING_M:
            yield low, high, route.circuit


def _seen_from(begin: Point, along: tuple[float, float], point: Point) -> tuple[float, float]:
    """Return how far along a line and how far aside of it a point lies."""
    dx, dy = point.x_m - begin.x_m, point.y_m - begin.y_m
    return dx * along[0] + dy * along[1], dy * along[0] - dx * along[1]
