"""Points -> the cheapest set of requests within a device's limits. Pure. A point is never split."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from device_probe.profile import Point, Profile, Table

MAX_BITS = 2000
BITS_PER_CHARACTER = 11
FRAME_CHARACTERS = 8 + 5 + 7  # request, answer without data, silence on the line
TURN_AROUND_S = 0.010


@dataclass(frozen=True, slots=True)
class Block:
    """One request: ``count`` registers from ``address`` on, and the points it answers."""

    unit: int
    table: Table
    address: int
    count: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request and one register cost; only their relation matters."""

    request: float
    register: float


@dataclass(frozen=True, slots=True)
class _Span:
    first: int
    end: int
    points: tuple[Point, ...]
    alone: bool = False


def cost_of(profile: Profile) -> Cost:
    """Behind a serial gateway registers cost time on the line; on TCP they only break ties."""
    if profile.transport == "tcp":
        return Cost(1.0, 1e-6)
    character = BITS_PER_CHARACTER / profile.baud
    return Cost(FRAME_CHARACTERS * character + TURN_AROUND_S, 2 * character)


def plan_requests(profile: Profile, unit: int, quantities: Iterable[str] | None = None) -> tuple[Block, ...]:
    """Return the requests that read the named quantities (default: all that can be read)."""
    wanted = None if quantities is None else set(quantities)
    points = [p for p in profile.points if p.access != "wo" and (wanted is None or p.quantity in wanted)]
    points += _scale_points(points)
    ordered = sorted(points, key=lambda p: (p.unit_id is not None, _unit(p, unit), p.table))
    blocks: list[Block] = []
    for (unit_id, table), group in groupby(ordered, key=lambda p: (_unit(p, unit), p.table)):
        blocks += _plan_table(profile, unit_id, table, list(group))
    # what some devices answer by closing the connection comes last
    return tuple(sorted(blocks, key=lambda block: any(point.alone for point in block.points)))


def split_block(block: Block) -> tuple[Block, ...]:
    """Return smaller requests for one that the device refused: at its gaps first, then point by point."""
    spans = _spans(block.points, ())
    adjacent: list[list[_Span]] = []
    for span in spans:
        if adjacent and max(s.end for s in adjacent[-1]) >= span.first:
            adjacent[-1].append(span)
        else:
            adjacent.append([span])
    parts = adjacent if len(adjacent) > 1 else [[span] for span in spans]
    return tuple(_block(block.unit, block.table, part, even=False) for part in parts)


def _unit(point: Point, unit: int) -> int:
    return unit if point.unit_id is None else point.unit_id


def _scale_points(points: list[Point]) -> list[Point]:
    places = {(p.table, p.scale_register, p.unit_id) for p in points if p.scale_register is not None}
    return [
        Point(f"scale_{address}", table, address, "int16", unit_id=unit_id)
        for table, address, unit_id in sorted(places, key=str)
        if address is not None
    ]


def _spans(points: Iterable[Point], joint: tuple[tuple[str, ...], ...]) -> list[_Span]:
    spans: list[_Span] = []
    rest = list(points)
    for group in joint:
        members = tuple(p for p in rest if p.quantity in group)
        if len(members) > 1:
            spans.append(_Span(min(p.address for p in members), max(p.end for p in members), members))
            rest = [p for p in rest if p not in members]
    spans += [_Span(p.address, p.end, (p,), p.alone) for p in rest]
    return sorted(spans, key=lambda s: (s.first, s.end))


def _plan_table(profile: Profile, unit: int, table: Table, points: list[Point]) -> list[Block]:
    spans = _spans(points, profile.joint_reads)
    alone = [_block(unit, table, [span], even=False) for span in spans if span.alone]
    shared = [span for span in spans if not span.alone]
    return [
        _block(unit, table, part, profile.even_start) for part in _partition(profile, table, shared)
    ] + alone


def _block(unit: int, table: Table, spans: list[_Span], even: bool) -> Block:
    first, end = spans[0].first, max(span.end for span in spans)
    if even and table in ("holding", "input"):
        first, end = first - first % 2, end + end % 2
    return Block(unit, table, first, end - first, tuple(p for span in spans for p in span.points))


def _partition(profile: Profile, table: Table, spans: list[_Span]) -> list[list[_Span]]:
    """Cut the ordered spans into blocks at the least total cost (dynamic programming from the left)."""
    cost = cost_of(profile)
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(len(spans)):
        best.append(min(_ways_to_end(profile, table, spans, last, best, cost)))
    parts: list[list[_Span]] = []
    end = len(spans)
    while end:
        start = best[end][1]
        parts.insert(0, spans[start:end])
        end = start
    return parts


def _ways_to_end(
    profile: Profile, table: Table, spans: list[_Span], last: int, best: list[tuple[float, int]], cost: Cost
) -> list[tuple[float, int]]:
    ways: list[tuple[float, int]] = []
    for start in range(last, -1, -1):
        block = _block(0, table, spans[start : last + 1], profile.even_start)
        if start < last and not _allowed(profile, table, spans[start : last + 1], block):
            break
        ways.append((best[start][0] + cost.request + cost.register * block.count, start))
    return ways


def _allowed(profile: Profile, table: Table, spans: list[_Span], block: Block) -> bool:
    limit = MAX_BITS if table in ("coil", "discrete") else profile.max_registers
    if block.count > limit:
        return False
    if any(gap.table == table and block.address <= gap.last and gap.first < block.address + block.count
           for gap in profile.forbidden):  # fmt: skip
        return False
    if profile.max_gap is None:
        return True
    reached = spans[0].end
    for span in spans[1:]:
        if span.first - reached > profile.max_gap:
            return False
        reached = max(reached, span.end)
    return True
