"""The numbers that a template repeats over, worked out once per site, within a bound."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from designs.errors import DesignError
from designs.scope import Scope
from designs.standard_design import Range
from designs.template import resolve

#: A site design holds no more elements than this, whatever its parameters say.
MAX_ELEMENTS = 5000
#: Nor do its lists together hold more values than this.
MAX_VALUES = 50_000
#: The numbers of a range stay below this: a tag is read by people.
MAX_NUMBER = 99_999


class Spans:
    """The numbers of every range, worked out once per site, and how much was made of them so far."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        self.ranges = {range_.name: range_ for range_ in ranges}
        self._entries: dict[str, tuple[Mapping[str, int], ...]] = {}
        self._members: dict[tuple[str, ...], dict[tuple[int, ...], list[Mapping[str, int]]]] = {}
        self.elements = 0
        self.values = 0

    def again(self) -> "Spans":
        """Return the same ranges with a fresh account of what is made."""
        fresh = Spans(())
        fresh.ranges, fresh._entries, fresh._members = self.ranges, self._entries, self._members
        return fresh

    def entries(self, name: str, scope: Scope, where: str) -> tuple[Mapping[str, int], ...]:
        """Return one mapping per number of a range: its own variable and those of its groups."""
        if name not in self._entries:
            range_ = self._find(name, where)
            numbers = self._groups(range_, scope, where) if range_.of else _counted(range_, scope, where)
            self._entries[name] = tuple(self._with_groups(range_, numbers, scope))
        return self._entries[name]

    def members(self, name: str, scope: Scope, where: str) -> Sequence[Mapping[str, int]]:
        """Return the entries of a range that belong to the groups of this scope, or all of them."""
        entries = self.entries(name, scope, where)
        present = [word for word in self._group_variables(name) if word in scope.numbers]
        if not present:
            return entries
        key = (name, *present)
        if key not in self._members:
            found: dict[tuple[int, ...], list[Mapping[str, int]]] = {}
            for entry in entries:
                found.setdefault(tuple(entry[word] for word in present), []).append(entry)
            self._members[key] = found
        return self._members[key].get(tuple(scope.numbers[word] for word in present), ())

    def variable(self, name: str) -> str:
        """Return the variable of a range."""
        return self.ranges[name].variable

    def spend(self, where: str) -> None:
        """Count one more element; refuse a design that grows without end."""
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise DesignError(f"{where}: the design makes more than {MAX_ELEMENTS} elements; split the site.")

    def spend_value(self, where: str) -> None:
        """Count one more value of a list; refuse a design that grows without end."""
        self.values += 1
        if self.values > MAX_VALUES:
            raise DesignError(f"{where}: the lists of the design hold more than {MAX_VALUES} values.")

    def _find(self, name: str, where: str) -> Range:
        if name not in self.ranges:
            known = ", ".join(self.ranges) or "none"
            raise DesignError(f"{where}: there is no range {name[:60]}; there are {known}.")
        return self.ranges[name]

    def _groups(self, range_: Range, scope: Scope, where: str) -> list[int]:
        """Return the numbers of a range that divides another: of the groups with a member."""
        divided = self.ranges[range_.of]
        members = self.entries(range_.of, scope, where)
        group_of = self._division(range_, divided, scope)
        return sorted({group_of(entry[divided.variable]) for entry in members})

    def _with_groups(
        self, range_: Range, numbers: Sequence[int], scope: Scope
    ) -> Iterator[Mapping[str, int]]:
        """Yield for every number of a range that number and those of the groups that it belongs to."""
        steps = self._divisions(range_, scope)
        for number in numbers:
            entry = {range_.variable: number}
            for below, variable, group_of in steps:
                entry.setdefault(variable, group_of(entry[below]))
            yield entry

    def _divisions(self, range_: Range, scope: Scope) -> list[tuple[str, str, Callable[[int], int]]]:
        """Return variable, variable of the group, and how one follows from the other, the nearest first."""
        found = []
        for group in self.ranges.values():
            if group.of == range_.name:
                found.append((range_.variable, group.variable, self._division(group, range_, scope)))
                found += self._divisions(group, scope)
        return found

    def _division(self, group: Range, divided: Range, scope: Scope) -> Callable[[int], int]:
        size = _whole(group.size, scope, f"the size of {group.name}", 1)
        first = _whole(group.start, scope, f"the start of {group.name}", 0)
        begin = _whole(divided.start, scope, f"the start of {divided.name}", 0)
        return lambda number: first + (number - begin) // size

    def _group_variables(self, name: str) -> list[str]:
        """Return the variables of the ranges that divide this one, of the nearest first."""
        found = []
        for group in self.ranges.values():
            if group.of == name:
                found += [group.variable, *self._group_variables(group.name)]
        return found


def _counted(range_: Range, scope: Scope, where: str) -> list[int]:
    """Return the numbers of a range that counts: ``count`` from ``start``, without those left out."""
    count = _whole(range_.count, scope, f"{where}: the range {range_.name}", 0)
    if count > MAX_ELEMENTS:
        shown = f"{count}" if count < 10**15 else "far too many"
        raise DesignError(f"{where}: the range {range_.name} has {shown} numbers, at most {MAX_ELEMENTS}.")
    start = _whole(range_.start, scope, f"{where}: the start of {range_.name}", 0)
    if start + count > MAX_NUMBER:
        raise DesignError(f"{where}: the range {range_.name} goes beyond {MAX_NUMBER}.")
    without = set(_left_out(range_, scope, where))
    return [number for number in range(start, start + count) if number not in without]


def _left_out(range_: Range, scope: Scope, where: str) -> list[int]:
    found = resolve(range_.without, scope)
    if found is None:
        return []
    if not isinstance(found, list | tuple) or not all(type(number) is int for number in found):
        raise DesignError(f"{where}: without of the range {range_.name} must be a list of whole numbers.")
    return list(found)


def _whole(template: Any, scope: Scope, what: str, least: int) -> int:
    value = resolve(template, scope)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise DesignError(f"{what} needs a whole number from {least}, not {value!r:.60}.")
    return value


def check_left_out(ranges: Sequence[Range], scope: Scope, where: str) -> None:
    """Refuse a number that is left out of ranges in which it is not: a slip would go unseen."""
    lists: dict[str, tuple[list[int], set[int]]] = {}
    for range_ in ranges:
        if range_.without is None:
            continue
        left_out = _left_out(range_, scope, where)
        _, known = lists.setdefault(repr(range_.without), (left_out, set()))
        first = _whole(range_.start, scope, f"{where}: the start of {range_.name}", 0)
        count = _whole(range_.count, scope, f"{where}: the range {range_.name}", 0)
        known.update(range(first, first + min(count, MAX_ELEMENTS)))
    for left_out, known in lists.values():
        for number in left_out:
            if number not in known:
                shown = f"{min(known)} to {max(known)}" if known else "none"
                raise DesignError(f"{where}: there is no number {number} to leave out; there are {shown}.")
