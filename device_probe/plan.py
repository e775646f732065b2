"""Points -> the cheapest set of requests within a device's limits. Pure. A point is never split.

Spans (a value, or values that must be read together) are sorted; one inside another travels with it. What
a request may span depends on its two ends alone, and a part of an allowed request is allowed: so cutting
the sorted spans at the least cost (dynamic programming) is the best of all ways to group them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from device_probe.learned import Learned
from device_probe.plan_cost import Cost, cost_of
from device_probe.plan_limits import BIT_TABLES, Limits, joint_groups, limits_of, most_at_once
from device_probe.problems import ProfileError
from device_probe.profile import Point, Profile, Table, companions

__all__ = ["Block", "Cost", "cost_of", "plan_requests", "split_block"]

NOTHING = Learned()


@dataclass(frozen=True, slots=True)
class Block:
    """One request: ``count`` registers from ``address`` on, and the points it answers."""

    unit: int
    table: Table
    address: int
    count: int
    points: tuple[Point, ...]

    @property
    def end(self) -> int:
        """Return the first address behind the request."""
        return self.address + self.count


@dataclass(frozen=True, slots=True)
class Span:
    """What one request must hold whole: a value, or the values of a joint read and all between them."""

    first: int
    end: int
    points: tuple[Point, ...]
    alone: bool = False

    def holds(self, other: "Span") -> bool:
        """Return True when the other one lies inside."""
        return self.first <= other.first and other.end <= self.end


def plan_requests(
    profile: Profile, unit: int, quantities: Iterable[str] | None = None, cost: Cost | None = None,
    learned: Learned = NOTHING,
) -> tuple[Block, ...]:  # fmt: skip
    """Return the requests that read the named quantities (default: all that can be read)."""
    wanted = None if quantities is None else set(quantities)
    points = tuple(
        point for point in profile.points
        if point.access != "wo" and (wanted is None or point.quantity in wanted)
        and not (point.optional and point.quantity in learned.absent)
    )  # fmt: skip
    points += companions(profile, points)
    ordered = sorted(points, key=lambda p: (_unit(p, unit) != unit, _unit(p, unit), p.table))
    blocks: list[Block] = []
    for (unit_id, table), group in groupby(ordered, key=lambda p: (_unit(p, unit), p.table)):
        limits = limits_of(profile, unit, unit_id, table, learned)
        blocks += _plan_table(profile, limits, tuple(group), cost or cost_of(profile))
    # what some devices answer by closing the connection comes last
    return tuple(sorted(blocks, key=lambda block: any(point.alone for point in block.points)))


def split_block(profile: Profile, block: Block) -> tuple[Block, ...]:
    """Return smaller requests for one that the device refused; none when it can't be made smaller.

    It is cut at its widest gap, where a hole is likeliest; without a gap in the middle, where a limit on
    the count is the reason. What must be read together is never split.
    """
    limits = Limits(block.unit, block.table, most_at_once(block.table), profile.even_start)
    outer, guests = _outermost(spans_of(profile, block.table, block.points))
    if len(outer) > 1:
        cut = _cut(outer)
        return _blocks(limits, [outer[:cut], outer[cut:]], guests)
    if smaller := [guest for guest in guests if guest.end - guest.first < outer[0].end - outer[0].first]:
        # what must be read together stays whole; what merely lies in it may do without
        spared, inside = _outermost(smaller)
        rest = [guest for guest in guests if guest not in smaller]
        return _blocks(limits, [[span] for span in spared], inside) + _blocks(limits, [outer], rest)
    if block.count > outer[0].end - outer[0].first:
        return _blocks(replace(limits, even=False), [outer], guests)  # the registers added may be the hole
    return ()


def spans_of(profile: Profile, table: Table, points: Iterable[Point]) -> list[Span]:
    """Return what must stay whole, in the order of the addresses, the longer first."""
    rest = list(points)
    spans: list[Span] = []
    for group in joint_groups(profile):
        members = tuple(p for p in rest if p.quantity in group and not p.alone)
        if members:
            # all of the group, wanted or not: the device answers it so or not at all
            places = [
                p for p in profile.points
                if p.quantity in group and not p.alone
                and (p.table, p.unit_id) == (table, members[0].unit_id)
            ] or members  # fmt: skip
            spans.append(Span(min(p.address for p in places), max(p.end for p in places), members))
            rest = [p for p in rest if p not in members]
    spans += [Span(p.address, p.end, (p,), p.alone) for p in rest]
    return sorted(spans, key=lambda s: (s.first, -s.end))


def _unit(point: Point, unit: int) -> int:
    return unit if point.unit_id is None else point.unit_id


def _plan_table(profile: Profile, limits: Limits, points: tuple[Point, ...], cost: Cost) -> list[Block]:
    spans = spans_of(profile, limits.table, points)
    apart = [span for span in spans if span.alone or profile.exact_reads]
    shared = [span for span in spans if not (span.alone or profile.exact_reads)]
    exact = replace(limits, even=False)
    blocks = [_block(exact, [same[0]], same[1:]) for same in _equal(apart)]
    outer, guests = _outermost(shared)
    lonely = [span for span in outer if not limits.allow(span.first, span.end)]
    free = [span for span in outer if span not in lonely]
    parts = [[span] for span in lonely] + _partition(limits, free, cost)
    blocks += _blocks(limits, sorted(parts, key=lambda part: part[0].first), guests)
    return sorted(blocks, key=lambda block: block.address)


def _blocks(limits: Limits, parts: Iterable[Sequence[Span]], guests: Sequence[Span]) -> tuple[Block, ...]:
    """Make a request of each part; a guest that lies in two of them (they overlap) goes with the first."""
    found: list[Block] = []
    for part in parts:
        inside = [guest for guest in guests if any(span.holds(guest) for span in part)]
        guests = [guest for guest in guests if guest not in inside]
        found.append(_block(limits, part, inside))
    return tuple(found)


def _equal(spans: list[Span]) -> list[list[Span]]:
    return [list(group) for _, group in groupby(spans, key=lambda s: (s.first, s.end, s.alone))]


def _outermost(spans: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """Part the spans that lie in no other (starts and ends both ascend) from those that do."""
    outer: list[Span] = []
    guests: list[Span] = []
    for span in spans:
        (guests if outer and outer[-1].end >= span.end else outer).append(span)
    return outer, guests


def _block(limits: Limits, spans: Sequence[Span], guests: Sequence[Span]) -> Block:
    first, end = limits.reach(spans[0].first, spans[-1].end)
    if end - first > most_at_once(limits.table):
        raise ProfileError(
            f"{', '.join(p.quantity for p in spans[0].points[:3])}: a joint read of {end - first} registers "
            f"is more than one request can hold ({most_at_once(limits.table)}); correct joint_reads."
        )
    points = [point for span in (*spans, *guests) for point in span.points]
    points.sort(key=lambda p: (p.address, p.end))
    return Block(limits.unit, limits.table, first, end - first, tuple(points))


def _partition(limits: Limits, spans: list[Span], cost: Cost) -> list[list[Span]]:
    """Cut the ordered spans into requests at the least total cost, from the left."""
    best: list[tuple[tuple[int, int, int], int]] = [((0, 0, 0), 0)]
    for last in range(len(spans)):
        best.append(min(_ways_to_end(limits, spans, last, best, cost)))
    parts: list[list[Span]] = []
    end = len(spans)
    while end:
        start = best[end][1]
        parts.insert(0, spans[start:end])
        end = start
    return parts


def _ways_to_end(
    limits: Limits, spans: list[Span], last: int, best: list[tuple[tuple[int, int, int], int]], cost: Cost
) -> list[tuple[tuple[int, int, int], int]]:
    ways: list[tuple[tuple[int, int, int], int]] = []
    helpers: list[int] = []
    for start in range(last, -1, -1):
        first, end = limits.reach(spans[start].first, spans[last].end)
        if not limits.allow(spans[start].first, spans[last].end):
            break
        helpers += _helpers(spans[start])
        apart = sum(1 for address in helpers if not first <= address < end)
        before = best[start][0]
        price = cost.of(limits.table in BIT_TABLES, end - first)
        ways.append(((before[0] + price, before[1] + apart, before[2] + end - first), start))
    return ways


def _helpers(span: Span) -> list[int]:
    """Return the registers that the values are scaled by: best read at the same moment, in one request."""
    found = ((p.scale_register, p.ratio_register) for p in span.points)
    return [address for pair in found for address in pair if address is not None]


def _cut(outer: list[Span]) -> int:
    middle = (outer[0].first + outer[-1].end) / 2
    widths = [(max(0, outer[i].first - outer[i - 1].end), -abs(outer[i].first - middle), i)
              for i in range(1, len(outer))]  # fmt: skip
    return max(widths)[2]
