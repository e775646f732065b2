"""What was worked out once for an object, found again by the object itself and not by its content."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """A bounded cache. It holds the owner too, so an id is never taken for that of another object."""

    def __init__(self, most: int = 2048) -> None:
        self._most = most
        self._found: dict[tuple[int, Hashable], tuple[object, T]] = {}

    def get(self, owner: object, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for this owner and key; make it the first time."""
        place = (id(owner), key)
        known = self._found.get(place)
        if known is not None and known[0] is owner:
            return known[1]
        if len(self._found) >= self._most:
            self._found.clear()
        made = make()
        self._found[place] = (owner, made)
        return made
