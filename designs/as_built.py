"""Deviations recorded on site and accepted by an engineer: put in over what the standard design says.

``as_built`` of a site maps a tag to properties. They replace what the expanded template says before
anything is built, so that every figure follows from them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from designs.build_devices import PROTECTIVE, settings_of
from designs.equipment_list import EquipmentList
from designs.errors import DesignError
from designs.layout import LayoutRows
from designs.model import MCCB_TOLERANCE, Layout, OneLine, SiteDesign
from designs.rows import (
    CircuitRow,
    NetworkRow,
    Rows,
    check_numbers,
)

T = TypeVar("T")
AsBuilt = Mapping[str, Mapping[str, object]]

#: What takes an RCD or a surge protective device out.
NONE = "none"
ROTATIONS = ("L1L2L3", "L2L3L1", "L3L1L2", "L1L3L2", "L3L2L1", "L2L1L3")
_HOST = re.compile(r"[A-Za-z0-9.:\-]{1,253}")


@dataclass(frozen=True, slots=True)
class Property:
    """One thing that may deviate: what it is, its unit, and what a value must be."""

    key: str
    title: str
    kind: str  # "number", "integer", "equipment" or "text"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    equipment_class: str = ""  # words of the equipment list, for "equipment"
    may_be_none: bool = False  # "none": taken out


#: The one list of what may deviate, by key.
PROPERTIES: Mapping[str, Property] = {
    each.key: each
    for each in (
        Property("cable", "Cable", "equipment", equipment_class="cable busbar"),
        Property("length_m", "Length of the cable", "number", "m", 0.1, 5000),
        Property("method", "Installation method", "text"),
        Property("grouped_circuits", "Circuits laid together", "integer", "", 1, 100),
        Property("ambient_c", "Temperature around the cable", "number", "°C", -40, 90),
        Property("parallel", "Cables in parallel", "integer", "", 1, 20),
        Property("device", "Protective device", "equipment", equipment_class="mcb mccb acb gg-fuse"),
        Property("setting_a", "Overload setting Ir", "number", "A", 0.1, 10000),
        Property("instantaneous_a", "Instantaneous setting Ii", "number", "A", 0.1, 200000),
        Property("short_time_a", "Short-time setting Isd", "number", "A", 0.1, 200000),
        Property("short_time_s", "Short-time delay", "number", "s", 0, 3),
        Property("rcd", "RCD", "equipment", equipment_class="rcd", may_be_none=True),
        Property("equipment", "Equipment", "equipment"),
        Property("spd", "Surge protective device", "equipment", equipment_class="spd", may_be_none=True),
        Property("phase_rotation", "Phase rotation", "text", choices=ROTATIONS),
        Property("ct", "Current transformers", "equipment", equipment_class="ct"),
        Property("host", "Host name or address", "text"),
        Property("port", "TCP port", "integer", "", 1, 65535),
        Property("unit", "Unit id", "integer", "", 0, 255),
        Property("x_m", "Position on the plan, to the right", "number", "m", 0, 5000),
        Property("y_m", "Position on the plan, down", "number", "m", 0, 5000),
    )
}
_OF_CABLE = ("length_m", "method", "grouped_circuits", "ambient_c", "parallel")
_OF_DEVICE = ("setting_a", "instantaneous_a", "short_time_a", "short_time_s")
_OF_ADDRESS = ("host", "port", "unit")
_OF_PLACE = ("x_m", "y_m")
_OF_CIRCUIT = ("cable", *_OF_CABLE, "device", *_OF_DEVICE, "rcd")
#: The lists of the one-line whose rows can deviate, and in what.
_LISTS: Mapping[str, tuple[str, ...]] = {
    "transformers": ("equipment",),
    "switchboards": ("equipment", "spd"),
    "stations": ("equipment", "phase_rotation"),
    "storage": ("equipment",),
    "pv": ("equipment",),
    "meters": ("equipment", "ct"),
    "circuits": _OF_CIRCUIT,
    "controllers": ("equipment",),
    "network": ("equipment", "host"),
}


def check(key: str, value: object) -> None:
    """Refuse a property that can't deviate, or a value that is not of its kind, with what would be."""
    known = PROPERTIES.get(key)
    if known is None:
        raise DesignError(f"{key!r:.60} can't deviate; what can is {', '.join(PROPERTIES)}.")
    if known.kind in ("number", "integer"):
        _check_number(known, value)
        return
    if not isinstance(value, str) or not value.strip() or len(value) > 253:
        raise DesignError(f"{key} ({known.title}) must be a text, not {value!r:.60}.")
    if known.choices and value not in known.choices:
        raise DesignError(f"{key} must be one of {', '.join(known.choices)}, not {value!r:.60}.")
    if key == "host" and not _HOST.fullmatch(value):
        raise DesignError(f"host must be a host name or an address, not {value!r:.60}.")


def _check_number(known: Property, value: object) -> None:
    whole = known.kind == "integer"
    bounds = f"{known.minimum:g} to {known.maximum:g} {known.unit}".strip()
    right = isinstance(value, int) if whole else isinstance(value, int | float)
    if isinstance(value, bool) or not right:
        what = "a whole number" if whole else "a number"
        raise DesignError(f"{known.key} ({known.title}) must be {what}, {bounds}, not {value!r:.60}.")
    assert isinstance(value, int | float)  # noqa: S101 - tells the type checker what stands above
    least, most = known.minimum or 0.0, known.maximum or 0.0
    if not (least <= value <= most):  # false for NaN, too
        raise DesignError(f"{known.key} ({known.title}) must be {bounds}, not {value!r:.20}.")


def properties_of(one_line: OneLine, layout: Layout | None, tag: str) -> tuple[str, ...]:
    """Return in what the thing with this tag may deviate, in the order of ``PROPERTIES``; () if unknown."""
    found: set[str] = set()
    for name, keys in _LISTS.items():
        for each in getattr(one_line, name):
            if each.tag == tag:
                found.update(keys)
                if getattr(each, "modbus", None) is not None:
                    found.update(_OF_ADDRESS)
                if name == "circuits" and each.protected_by is not None:
                    found.difference_update(("device", *_OF_DEVICE))
    if layout is not None and any(item.tag == tag for item in layout.items):
        found.update(_OF_PLACE)
    return tuple(key for key in PROPERTIES if key in found)


def current_value(site_design: SiteDesign, tag: str, key: str) -> object:
    """Return what a site design says now; None where there is none (no RCD, the lowest setting ...).

    DesignError when the tag is unknown or the thing has no such property.
    """
    allowed = properties_of(site_design.one_line, site_design.layout, tag)
    _check_has(tag, key, allowed, site_design.parameters.name)
    recorded = site_design.as_built.get(tag, {})
    if key in recorded:
        return recorded[key]
    if key in _OF_PLACE and site_design.layout is not None:
        return next(getattr(item, key) for item in site_design.layout.items if item.tag == tag)
    for name in _LISTS:
        for each in getattr(site_design.one_line, name):
            if each.tag == tag:
                return _value(each, key)
    raise DesignError(f"{tag} is not in the one-line.")


def _value(thing: Any, key: str) -> object:
    if key in _OF_ADDRESS and not hasattr(thing, key):
        return getattr(thing.modbus, key)
    if key == "cable":
        return thing.cable.equipment
    if key in _OF_CABLE:
        return getattr(thing.cable, key)
    if key == "device":
        return thing.device.equipment
    if key in _OF_DEVICE:
        return _setting(thing.device, key)
    if key == "rcd":
        return None if thing.rcd is None else thing.rcd.equipment
    if key == "ct":
        if thing.ct_primary_a is None:
            return None
        return f"{thing.ct_primary_a:g}/{thing.ct_secondary_a:g} A"
    return getattr(thing, key)


def _setting(device: Any, key: str) -> object:
    if device.kind not in ("mccb", "acb"):
        return None
    if key == "setting_a":
        return device.rated_current_a
    value = getattr(device, key)
    return value if value is None or key == "short_time_s" else round(value / MCCB_TOLERANCE, 1)


def _check_has(tag: str, key: str, allowed: tuple[str, ...], where: str) -> None:
    if not allowed:
        raise DesignError(f"{where}: as_built: there is nothing with the tag {tag!r:.60} that can deviate.")
    if key not in allowed:
        raise DesignError(f"{where}: as_built: {tag} has no {key!r:.60}; it has {', '.join(allowed)}.")


def put_in(
    rows: Rows, layout: LayoutRows | None, as_built: AsBuilt, equipment: EquipmentList, where: str
) -> tuple[Rows, LayoutRows | None]:
    """Return the rows with every deviation put in; refuse unknown tags, properties and values."""
    if not as_built:
        return rows, layout
    places = {row.tag for row in layout.items} if layout else set()
    found: dict[str, tuple[str, Any]] = {
        row.tag: (name, row) for name in _LISTS for row in getattr(rows, name) if row.tag in as_built
    }
    changed: dict[str, Any] = {}
    for tag, wanted in as_built.items():
        name, row = found.get(tag, ("", None))
        allowed = _allowed(name, row, tag in places)
        for key, value in wanted.items():
            _check_has(tag, key, allowed, where)
            try:
                check(key, value)
            except DesignError as error:
                raise DesignError(f"{where}: as_built: {tag}: {error}") from error
        if row is not None:
            changed[tag] = _changed(row, wanted, equipment)
            check_numbers(changed[tag], f"{where}: as_built")
    made: dict[str, Any] = {
        name: tuple([changed.get(row.tag, row) for row in getattr(rows, name)])
        for name in {name for name, _ in found.values()}
    }
    return replace(rows, **made), _moved(layout, as_built)


def _allowed(name: str, row: Any, placed: bool) -> tuple[str, ...]:
    found = {*_LISTS.get(name, ())} | ({*_OF_PLACE} if placed else set())
    if row is not None and getattr(row, "modbus", None) is not None:
        found.update(_OF_ADDRESS)
    if isinstance(row, CircuitRow) and row.device.protected_by is not None:
        found.difference_update(("device", *_OF_DEVICE))
    return tuple(key for key in PROPERTIES if key in found)


def _moved(layout: LayoutRows | None, as_built: AsBuilt) -> LayoutRows | None:
    if layout is None or not any(key in wanted for wanted in as_built.values() for key in _OF_PLACE):
        return layout
    items = []
    for row in layout.items:
        wanted = as_built.get(row.tag, {})
        moved: dict[str, Any] = {key: float(wanted[key]) for key in _OF_PLACE if key in wanted}  # type: ignore[arg-type]
        items.append(replace(row, **moved) if moved else row)
    return replace(layout, items=tuple(items))


def _changed(row: Any, wanted: Mapping[str, object], equipment: EquipmentList) -> Any:
    plain = {key: value for key, value in wanted.items() if key not in _OF_PLACE}
    if isinstance(row, CircuitRow):
        return _changed_circuit(row, plain, equipment)
    address = {key: plain.pop(key) for key in _OF_ADDRESS if key in plain and not isinstance(row, NetworkRow)}
    if plain.get("spd") == NONE:
        plain["spd"] = None
    if address:
        plain["modbus"] = replace(row.modbus, **address)
    return replace(row, **plain)


def _changed_circuit(row: CircuitRow, wanted: Mapping[str, Any], equipment: EquipmentList) -> CircuitRow:
    cable: dict[str, Any] = {key: _number(key, value) for key, value in wanted.items() if key in _OF_CABLE}
    if "cable" in wanted:
        cable["equipment"] = wanted["cable"]
    device: dict[str, Any] = {key: float(value) for key, value in wanted.items() if key in _OF_DEVICE}
    if "device" in wanted:
        # settings of the design stay where the new device has them, else they have no meaning
        kept = settings_of(equipment.find(wanted["device"], PROTECTIVE, f"as_built: {row.tag}"))
        device = {**{key: None for key in _OF_DEVICE if key not in kept}, **device}
        device["equipment"] = wanted["device"]
    rcd = wanted.get("rcd", row.rcd)
    return replace(
        row,
        cable=replace(row.cable, **cable),
        device=replace(row.device, **device),
        rcd=None if rcd == NONE else rcd,
    )


def _number(key: str, value: Any) -> Any:
    return float(value) if PROPERTIES[key].kind == "number" else value
