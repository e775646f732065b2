"""What names mean at one place of a template: values of parameters, numbers of repetitions, equipment."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from designs.equipment_list import EquipmentList
from designs.errors import DesignError, listed


class Spans(Protocol):
    """The numbers of ranges, and the account of how much was made of them (``designs.ranges.Spans``)."""

    def entries(self, name: str, scope: "Scope", where: str) -> Sequence[Mapping[str, int]]:
        """Return one mapping per number of a range."""

    def members(self, name: str, scope: "Scope", where: str) -> Sequence[Mapping[str, int]]:
        """Return the entries of a range that belong to the groups of a scope."""

    def variable(self, name: str) -> str:
        """Return the variable of a range."""

    def spend(self, where: str) -> None:
        """Count one more element."""

    def spend_value(self, where: str) -> None:
        """Count one more value of a list."""


class Scope:
    """Values of parameters by key, numbers of repetitions by variable, ranges and the approved equipment."""

    __slots__ = ("equipment", "numbers", "spans", "values")

    def __init__(
        self,
        values: Mapping[str, Any],
        spans: Spans,
        numbers: Mapping[str, int] | None = None,
        equipment: EquipmentList | None = None,
    ) -> None:
        self.values = values
        self.spans = spans
        self.numbers: Mapping[str, int] = numbers or {}
        self.equipment = equipment

    def look_up(self, name: str, where: str) -> Any:
        """Return the value of a name; refuse an unknown one with what there is."""
        if name in self.numbers:
            return self.numbers[name]
        if name in self.values:
            return self.values[name]
        known = listed([*self.numbers, *self.values], name)
        raise DesignError(f"{where}: ${name[:60]} is not known here; there are {known}.")

    def within(self, numbers: Mapping[str, int]) -> "Scope":
        """Return the same scope with more numbers."""
        return Scope(self.values, self.spans, {**self.numbers, **numbers}, self.equipment)

    def anew(self, spans: Spans) -> "Scope":
        """Return the same scope with a fresh account of what is made."""
        return Scope(self.values, spans, self.numbers, self.equipment)

    def repeat(self, name: str, where: str) -> Iterator["Scope"]:
        """Yield one scope per number of a range, with the numbers of the groups that it belongs to."""
        for entry in self.spans.entries(name, self, where):
            yield self.within(entry)

    def members(self, name: str, where: str) -> Iterator["Scope"]:
        """Yield the scopes of a range that belong to the present group, or all outside of any group."""
        for entry in self.spans.members(name, self, where):
            yield self.within(entry)
