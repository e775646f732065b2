"""What the layout plan puts on the ground, as values and texts for the steps of the civil works."""

from collections import defaultdict
from collections.abc import Iterable
from math import hypot
from typing import Any

from designs.equipment_list import EquipmentList
from designs.model import Layout, LayoutItem

#: What may stand on a foundation; each foundation belongs to the nearest one.
_CARRIED = ("station", "switchboard", "transformer", "storage")
_IN_THE_GROUND = ("trench", "duct")


class Plan:
    """A layout plan looked up by tag; without one a site still has all values, ``planned`` is false."""

    def __init__(self, layout: Layout | None, equipment: EquipmentList) -> None:
        self._items: tuple[LayoutItem, ...] = layout.items if layout else ()
        self._ducts = layout.ducts if layout else ()
        self._planned = layout is not None
        self._equipment = equipment
        self._foundations = self._nearest("foundation")

    def site_values(self) -> dict[str, Any]:
        """Return what there is on the whole site."""
        trenches = [each for each in self._ducts if each.kind in _IN_THE_GROUND]
        trays = [each for each in self._ducts if each.kind not in _IN_THE_GROUND]
        covers = [each.cover_m for each in trenches if each.cover_m is not None]
        signs = self._of("sign")
        return {
            "planned": self._planned,
            "trenches": len(trenches),
            "trenches_text": ", ".join(f"{each.tag} ({each.ways} ducts)" for each in trenches),
            "cover_m": min(covers, default=None),
            "trays": len(trays),
            "trays_text": ", ".join(each.tag for each in trays),
            "foundations": len(self._of("foundation")),
            "bollards": len(self._of("bollard")),
            "signs": len(signs),
            "signs_text": "; ".join(self._named(each) for each in signs),
            "accessible_bays": len(self._of("accessible-bay")),
        }

    def at(self, tag: str) -> dict[str, str]:
        """Return what belongs to one thing on the plan; "" where there is none of it."""
        return {"foundation_text": "; ".join(map(self._named, self._foundations.get(tag, ())))}

    def _of(self, *kinds: str) -> list[LayoutItem]:
        return [each for each in self._items if each.kind in kinds]

    def _nearest(self, kind: str) -> dict[str, list[LayoutItem]]:
        """Group the items of a kind by the thing that they stand nearest to."""
        carried = self._of(*_CARRIED)
        found: defaultdict[str, list[LayoutItem]] = defaultdict(list)
        for each in self._of(kind) if carried else ():
            found[_nearest_to(each, carried).tag].append(each)
        return found

    def _named(self, item: LayoutItem) -> str:
        known = self._equipment.items.get(item.equipment or "")
        return f"{item.tag}, {known.title}" if known else item.tag


def _nearest_to(item: LayoutItem, carried: Iterable[LayoutItem]) -> LayoutItem:
    return min(carried, key=lambda each: (hypot(each.x_m - item.x_m, each.y_m - item.y_m), each.tag))
