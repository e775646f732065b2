"""What a tablet offers when something differs from the drawing: tags, properties, equipment to choose."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from designs.as_built import PROPERTIES, properties_of
from designs.equipment_list import CLASSES, EquipmentList
from designs.library import load_equipment
from designs.model import OneLine, SiteDesign
from fieldapp.config import settings
from fieldapp.usecases.view_revisions import OTHER, present_text


def deviation_choices(site_design: SiteDesign) -> dict[str, Any]:
    """Return every property once and every tag with its present values (docs/contracts/README.md)."""
    listed = _listed(settings().designs)
    tags = list(_tags(site_design, listed))
    used = {key for each in tags for key in each["values"]}
    properties = [_property(key) for key in PROPERTIES if key in used]
    classes = {name for each in properties for name in each["classes"]}
    classes |= {each["equipment_class"] for each in tags if each["equipment_class"]}
    words = {"property": OTHER, "title": "Something else, in words", "unit": "", "choices": [], "classes": []}
    return {
        "properties": [*properties, words],
        "tags": tags,
        "equipment": {
            name: [{"value": key, "title": listed.items[key].title} for key in listed.of_class(name)]
            for name in sorted(classes)
        },
    }


@lru_cache(maxsize=4)
def _listed(folder: Path | None) -> EquipmentList:
    """Return the equipment list; it does not change while the server runs."""
    return load_equipment(folder)


def _property(key: str) -> dict[str, Any]:
    known = PROPERTIES[key]
    choices = [{"value": each, "title": each} for each in known.choices]
    if known.may_be_none:
        choices.insert(0, {"value": "none", "title": "taken out"})
    classes = known.equipment_class.split()
    return {
        "property": key,
        "title": known.title,
        "unit": known.unit,
        "choices": choices,
        "classes": classes,
    }


def _tags(site_design: SiteDesign, listed: EquipmentList) -> Iterator[dict[str, Any]]:
    line = site_design.one_line
    for node in _nodes(line):
        keys = properties_of(line, site_design.layout, node.tag)
        values = {key: present_text(site_design, node.tag, key) for key in keys}
        own = listed.items.get(getattr(node, "equipment", ""))
        yield {
            "tag": node.tag,
            "title": node.title,
            "near": list(_near(line, node.tag)),
            "equipment_class": next((name for name, kind in CLASSES.items() if type(own) is kind), ""),
            "values": {**values, OTHER: ""},
        }


def _nodes(line: OneLine) -> Iterator[Any]:
    groups = (
        line.circuits, line.stations, line.switchboards, line.meters, line.transformers, line.storage,
        line.pv, line.controllers, line.network,
    )  # fmt: skip
    for group in groups:
        yield from group


def _near(line: OneLine, tag: str) -> Iterator[str]:
    """Yield what stands next to a tag on the drawing: the ends of a circuit, the circuit of a node."""
    for circuit in line.circuits:
        if circuit.tag == tag:
            yield from (circuit.source, circuit.target)
        elif circuit.target == tag:
            yield circuit.tag
    yield from (circuit for meter in line.meters if meter.tag == tag for circuit in meter.measures)
