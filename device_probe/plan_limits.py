"""What one request to one table of one unit may span: every limit of a profile, and what was learned."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from device_probe.learned import Learned
from device_probe.profile import Point, Profile, Table

BIT_TABLES = ("coil", "discrete")
MAX_BITS = 2000
MAX_REGISTERS = 125
Range = tuple[int, int]  # first address, first address behind


def most_at_once(table: Table) -> int:
    """Return what the protocol allows in one request."""
    return MAX_BITS if table in BIT_TABLES else MAX_REGISTERS


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one table of one unit; a part of an allowed request is always allowed."""

    unit: int
    table: Table
    most: int
    even: bool = False
    holes: tuple[Range, ...] = ()  # no request may touch them, not even to begin evenly
    gaps: tuple[Range, ...] = ()  # too many registers without a point to be spanned
    cuts: tuple[int, ...] = ()  # no request may lie on both sides of these addresses

    def reach(self, first: int, end: int) -> Range:
        """Return what is asked for to get the registers from ``first`` to ``end``."""
        if self.even and self.table not in BIT_TABLES:
            return first - first % 2, end + end % 2
        return first, end

    def allow(self, first: int, end: int) -> bool:
        """Return True when one request may hold all of these registers."""
        return self.obstacle(first, end) is None

    def obstacle(self, first: int, end: int) -> tuple[str, Range] | None:
        """Return what forbids a request over these registers: its name and where; None when nothing does."""
        start, stop = self.reach(first, end)
        if stop - start > self.most:
            return "limit", (start, stop)
        if touched := _touched(self.holes, start, stop):
            return "forbidden", touched
        if touched := _touched(self.gaps, first, end):
            return "gap", touched
        place = bisect_right(self.cuts, first)
        if place < len(self.cuts) and self.cuts[place] < end:
            return "boundary", (self.cuts[place], self.cuts[place])
        return None


def limits_of(profile: Profile, own_unit: int, unit: int, table: Table, learned: Learned) -> Limits:
    """Gather the limits of one table; ``own_unit`` is where points without a unit id of their own stand."""
    known = learned.most((unit, table), most_at_once(table))
    said = most_at_once(table) if table in BIT_TABLES else profile.max_registers
    holes = [(gap.first, gap.last + 1) for gap in profile.forbidden if gap.table == table]
    holes += [(first, end) for u, t, first, end in learned.holes if (u, t) == (unit, table)]
    return Limits(
        unit, table, min(said, known), profile.even_start, merged(holes),
        _gaps(profile, own_unit, unit, table, learned),
        tuple(sorted(at for u, t, at in learned.cuts if (u, t) == (unit, table))),
    )  # fmt: skip


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the same addresses as ascending ranges that do not touch."""
    found: list[Range] = []
    for first, end in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((first, end))
    return tuple(found)


def _touched(ranges: tuple[Range, ...], first: int, end: int) -> Range | None:
    place = bisect_left(ranges, (end,)) - 1
    return ranges[place] if place >= 0 and ranges[place][1] > first else None


def _gaps(profile: Profile, own_unit: int, unit: int, table: Table, learned: Learned) -> tuple[Range, ...]:
    """Return the gaps that are wider than the device allows; any readable point fills one, wanted or not."""
    if profile.max_gap is None:
        return ()
    points = [
        p for p in profile.points
        if p.table == table and (own_unit if p.unit_id is None else p.unit_id) == unit
        and p.access != "wo" and p.quantity not in learned.absent
    ]  # fmt: skip
    filled = merged([*((p.address, p.end) for p in points), *_scale_places(points), *_joint(profile, points)])
    return tuple(
        (left[1], right[0]) for left, right in pairwise(filled) if right[0] - left[1] > profile.max_gap
    )


def _scale_places(points: list[Point]) -> list[Range]:
    pairs = ((p.scale_register, p.ratio_register) for p in points)
    return [(address, address + 1) for pair in pairs for address in pair if address is not None]


def _joint(profile: Profile, points: list[Point]) -> list[Range]:
    groups = [[p for p in points if p.quantity in names and not p.alone] for names in joint_groups(profile)]
    return [(min(p.address for p in group), max(p.end for p in group)) for group in groups if group]


def joint_groups(profile: Profile) -> list[set[str]]:
    """Return the names that must be read together."""
    groups: list[set[str]] = []
    for names in profile.joint_reads:
        # a value has one source: groups that share a member are one
        shared = [group for group in groups if group & set(names)]
        groups = [group for group in groups if group not in shared]
        groups.append(set(names).union(*shared))
    return groups
