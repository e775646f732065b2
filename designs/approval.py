"""Which equipment of a site is not approved there on a day: unknown, not yet, no longer, or elsewhere only.

Approvals come from the approved equipment list; whether a missing one refuses the site or is flagged only is
the choice of the programme.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from designs.equipment_list import Approval, Equipment, EquipmentList
from designs.findings import finding, in_order, listed
from designs.model import Figure, Finding, OneLine, SiteDesign
from designs.regions import region_holds

#: So many approved alternatives are named in a remedy.
ALTERNATIVES = 5
CLAUSE = "approved equipment list of the programme"


def judge(site_design: SiteDesign, equipment: EquipmentList, on: date, refuse: bool) -> tuple[Finding, ...]:
    """Return a finding ``not_approved`` for each equipment of a site that is not approved on a day.

    One finding per equipment, at the first of its tags; ``refuse`` makes it an error, else it is a warning.
    """
    country = site_design.parameters.country
    found = []
    for item_id, tags in used(site_design.one_line).items():
        why = not_approved(equipment, item_id, country, on)
        if why is not None:
            found.append(_finding(equipment, item_id, tags, why, country, on, refuse))
    return in_order(found)


def used(one_line: OneLine) -> dict[str, tuple[str, ...]]:
    """Return the tags that every equipment of a one-line stands at, in the order of the one-line."""
    tags: defaultdict[str, list[str]] = defaultdict(list)
    for equipment, tag in _placed(one_line):
        if tag not in tags[equipment]:
            tags[equipment].append(tag)
    return {equipment: tuple(found) for equipment, found in tags.items()}


def not_approved(equipment: EquipmentList, item_id: str, country: str, on: date) -> str | None:
    """Return why an equipment may not be used in a country (ISO 3166) on a day, in words; None: it may."""
    item = equipment.items.get(item_id)
    if item is None:
        return "is not on the approved equipment list"
    if item.approved_for(country, on):
        return None
    here = [each for each in item.approved if any(region_holds(region, country) for region in each.regions)]
    return _outside_dates(here, on.isoformat()) if here else _elsewhere(item.approved, country)


def alternatives(equipment: EquipmentList, item_id: str, country: str, on: date) -> tuple[str, ...]:
    """Return what of the same class is approved in a country on a day, nearest in rated current first."""
    item = equipment.items.get(item_id)
    if item is None:
        return ()
    same = [each for each in equipment.items.values() if type(each) is type(item) and each.id != item_id]
    approved = [each for each in same if each.approved_for(country, on)]
    return tuple(each.id for each in sorted(approved, key=lambda each: (_distance(item, each), each.id)))


def _placed(one_line: OneLine) -> Iterator[tuple[str, str]]:
    """Yield every (equipment, tag) of a one-line; a circuit's device only where it has one of its own."""
    groups = (
        one_line.transformers, one_line.switchboards, one_line.stations, one_line.storage, one_line.pv,
        one_line.meters, one_line.controllers, one_line.network,
    )  # fmt: skip
    for group in groups:
        for node in group:
            yield node.equipment, node.tag
    for board in one_line.switchboards:
        if board.spd is not None:
            yield board.spd, board.tag
    for circuit in one_line.circuits:
        if circuit.protected_by is None:
            yield circuit.device.equipment, circuit.tag
        if circuit.rcd is not None:
            yield circuit.rcd.equipment, circuit.tag
        yield circuit.cable.equipment, circuit.tag


def _outside_dates(here: list[Approval], day: str) -> str:
    coming = sorted(each.from_date for each in here if each.from_date > day)
    if coming:
        return f"is approved from {coming[0]} only"
    return f"is approved no longer: its approval ended on {max(each.until or '' for each in here)}"


def _elsewhere(approved: tuple[Approval, ...], country: str) -> str:
    regions = sorted({region for each in approved for region in each.regions})
    return f"is not approved in {country}, only in {listed(regions)}"


def _finding(
    equipment: EquipmentList,
    item_id: str,
    tags: tuple[str, ...],
    why: str,
    country: str,
    on: date,
    refuse: bool,
) -> Finding:
    others = alternatives(equipment, item_id, country, on)[:ALTERNATIVES]
    choose = f"Choose one that is approved, such as {' or '.join(others)}" if others else "Choose another"
    return finding(
        "not_approved",
        "error" if refuse else "warning",
        tags[0],
        f"{listed(tags)}: {item_id} {why} (site in {country}, {on.isoformat()}).",
        Figure("tags", ", ".join(tags)),
        None,
        CLAUSE,
        f"{choose}, or have {item_id} approved for this region and day.",
    )


def _distance(item: Equipment, other: Equipment) -> float:
    """Return how far apart two items of a class are in rated current; 0 where the class has none."""
    one, two = (_rated_a(each) for each in (item, other))
    return abs(one - two)


def _rated_a(item: Equipment) -> float:
    for name in ("rated_current_a", "rated_input_a", "max_current_a", "area_mm2", "primary_a"):
        value = getattr(item, name, None)
        if isinstance(value, int | float):
            return float(value)
    return 0.0
