"""The photos of a pack in the order of work, numbered, phase by phase."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from checklists.model import SECTIONS, Item
from checklists.words import PHASES
from reports.model import HandoverPack, Photo


@dataclass(frozen=True, slots=True)
class Numbered:
    """A photo with its number and the item it was taken for; None when the pack has no such item."""

    number: int
    photo: Photo
    item: Item | None


@dataclass(frozen=True, slots=True)
class Group:
    """The photos of one phase."""

    title: str
    photos: tuple[Numbered, ...]


@dataclass(frozen=True)
class Gallery:
    """All photos."""

    groups: tuple[Group, ...]

    @cached_property
    def _by_hash(self) -> dict[str, int]:
        return {each.photo.sha256: each.number for group in self.groups for each in group.photos}

    def numbers(self, hashes: Iterable[str]) -> str:
        """Return the numbers of photos as a list in words: "3, 4"; a dash for none."""
        found = [str(self._by_hash[each]) for each in hashes if each in self._by_hash]
        return ", ".join(found) or "–"


def gallery(pack: HandoverPack) -> Gallery:
    """Return the photos in the order of work; those of items that left the site come last."""
    items = {record.item.key: record.item for record in pack.records}
    place = {key: number for number, key in enumerate(items)}
    ordered = sorted(pack.photos, key=lambda each: (place.get(each.item, len(place)), each.recorded_at))
    numbered = [Numbered(n, photo, items.get(photo.item)) for n, photo in enumerate(ordered, start=1)]
    groups = [
        Group(PHASES[section], tuple(it for it in numbered if it.item and it.item.section == section))
        for section in SECTIONS
    ]
    rest = Group("Other", tuple(it for it in numbered if it.item is None))
    return Gallery(tuple(group for group in (*groups, rest) if group.photos))
