"""What one tag of a site design is, and what the study says of it, as named words to compare.

*Own* words describe the thing itself; *set by hand* ones (a length, a title, a place) are its own too but no
other cable, device or cabinet; *effects* follow from its neighbours and from the supply.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from designs.drawing import labels
from designs.model import (
    BoardStudy,
    Cable,
    Circuit,
    CircuitStudy,
    ConnectionPointStudy,
    Layout,
    Meter,
    ModbusAddress,
    OneLine,
    ProtectiveDevice,
    SiteDesign,
    Station,
    Study,
    TransformerStudy,
)

Words = Mapping[str, str]

_UNITS = {
    "a": "A", "ka": "kA", "m": "m", "mm2": "mm²", "v": "V", "kva": "kVA", "kw": "kW", "kwh": "kWh",
    "ohm": "Ω", "percent": "%", "s": "s", "c": "°C", "hz": "Hz", "mva": "MVA", "ma": "mA",
}  # fmt: skip
_NO = "none"


@dataclass(frozen=True, slots=True)
class Described:
    """One tag: what kind of thing it is, and its words by name."""

    title: str
    kind: str
    own: Words
    by_hand: Words
    effects: Words


def described(site_design: SiteDesign, study: Study | None) -> dict[str, Described]:
    """Return every tag of a site design, in the order of the one-line and then of the plan."""
    line = site_design.one_line
    found = {each.tag: _circuit(each, study) for each in line.circuits}
    for kind, node in _nodes(line):
        found[node.tag] = Described(
            node.title, kind, _own(node), {"title": node.title}, _effects(node.tag, study)
        )
    found = {tag: found[tag] for tag in _order(line)}
    if site_design.layout is not None:
        _put_on_plan(found, site_design.layout)
    return found


def _order(line: OneLine) -> Iterator[str]:
    yield from (node.tag for _, node in _nodes(line))
    yield from (circuit.tag for circuit in line.circuits)


def _nodes(line: OneLine) -> Iterator[tuple[str, Any]]:
    yield "supply", line.supply
    groups = (
        ("transformer", line.transformers), ("switchboard", line.switchboards), ("station", line.stations),
        ("load", line.loads), ("storage", line.storage), ("PV inverter", line.pv), ("meter", line.meters),
        ("emergency stop", line.emergency_stops), ("controller", line.controllers), ("network", line.network),
    )  # fmt: skip
    for kind, group in groups:
        yield from ((kind, node) for node in group)


def _circuit(circuit: Circuit, study: Study | None) -> Described:
    part = circuit.cable
    rcd = circuit.rcd
    own = {
        "from": circuit.source,
        "to": circuit.target,
        "conductors": f"{circuit.phases}-phase",
        "device": _device_text(circuit.device),
        "protected by": circuit.protected_by or "its own device",
        "RCD": f"{rcd.equipment} ({labels.residual(rcd)})" if rcd else _NO,
        "cable": cable_text(part),
        "managed to": f"{circuit.managed_to_a:g} A" if circuit.managed_to_a is not None else "not managed",
    }
    by_hand = {
        "title": circuit.title,
        "length": f"{part.length_m:g} m",
        "installation method": part.method,
    }
    effects = {
        "grouping": f"{part.grouped_circuits} circuits",
        "ambient temperature": f"{part.ambient_c:g} °C",
        "thermal resistivity of the soil": f"{part.soil_km_per_w:g} K·m/W",
        "spacing": part.spacing,
        "design current Ib": f"{circuit.design_current_a:.1f} A",
    }
    found = next((each for each in study.circuits if each.tag == circuit.tag), None) if study else None
    return Described(
        circuit.title, "circuit", own, by_hand, effects | (_circuit_figures(found) if found else {})
    )


def cable_text(part: Cable) -> str:
    """Return what lies there: material, insulation, cores and size."""
    return f"{part.conductor} {part.insulation} {labels.cable(part)} ({part.equipment})"


def _device_text(part: ProtectiveDevice) -> str:
    return f"{labels.device(part)} ({part.equipment}, {part.setting_text})"


def _circuit_figures(found: CircuitStudy) -> dict[str, str]:
    return {
        "Iz": _figure(found.iz_a, 1, "A"),
        "Ik max at the device": _figure(found.ik_max_source_ka, 2, "kA"),
        "Ik min at the end": _figure(found.ik_min_end_ka, 2, "kA"),
        "Zs expected": _figure(found.zs_expected_ohm, 3, "Ω"),
        "Zs permitted": _figure(found.zs_permitted_ohm, 3, "Ω"),
        "R1 + R2": _figure(found.r1_plus_r2_ohm, 3, "Ω"),
        "PE path": _figure(found.pe_path_ohm, 3, "Ω"),
        "disconnection time": _figure(found.disconnection_time_s, 2, "s"),
        "voltage drop": _figure(found.voltage_drop_total_percent, 2, "%"),
    }


def _effects(tag: str, study: Study | None) -> dict[str, str]:
    if study is None:
        return {}
    board = next((each for each in study.boards if each.tag == tag), None)
    transformer = next((each for each in study.transformers if each.tag == tag), None)
    first = study.boards[0].tag if study.boards else ""
    return {
        **(_board_figures(board) if board else {}),
        **(_transformer_figures(transformer) if transformer else {}),
        **(_point_figures(study.connection_point) if tag == first else {}),
    }


def _board_figures(found: BoardStudy) -> dict[str, str]:
    return {
        "Ik max": _figure(found.ik_max_ka, 2, "kA"),
        "Ik min": _figure(found.ik_min_ka, 2, "kA"),
        "Zs": _figure(found.zs_ohm, 3, "Ω"),
    }


def _transformer_figures(found: TransformerStudy) -> dict[str, str]:
    return {
        "loading": _figure(found.loading_full_percent, 0, "%"),
        "loading with load management": _figure(found.loading_managed_percent, 0, "%"),
    }


def _point_figures(found: ConnectionPointStudy) -> dict[str, str]:
    return {
        "demand": _figure(found.demand_full_a, 1, "A"),
        "demand with load management": _figure(found.demand_managed_a, 1, "A"),
        "Isc/IL": _figure(found.isc_over_il, 1, ""),
        "limit of the voltage distortion": _figure(found.thd_voltage_limit_percent, 1, "%"),
        "limit of the current distortion": _figure(found.tdd_current_limit_percent, 1, "%"),
        "expected voltage distortion": _figure(found.expected_thd_voltage_percent, 2, "%"),
    }


def _figure(value: float | None, digits: int, unit: str) -> str:
    return "unknown" if value is None else f"{value:.{digits}f} {unit}".rstrip()


def _own(node: Any) -> dict[str, str]:
    """Return every field of a node in words; what is nested is written out."""
    words: dict[str, str] = {}
    for field in fields(node):
        if field.name not in ("tag", "title", "spectrum"):
            name, unit = _named(field.name)
            words[name] = _text(getattr(node, field.name), unit)
    if isinstance(node, Meter):
        del words["ct primary"], words["ct secondary"]
        words["current transformers"] = labels.ratio(node)
    if isinstance(node, Station):
        words["spectrum"] = node.spectrum.source if node.spectrum else "unknown"
    return words


def _named(field: str) -> tuple[str, str]:
    words, _, last = field.rpartition("_")
    if words and last in _UNITS:
        return words.replace("_", " "), _UNITS[last]
    return field.replace("_", " "), ""


def _text(value: object, unit: str = "") -> str:
    if value is None or value == "" or value == ():
        return _NO
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(each, unit)}" for key, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g} {unit}".rstrip()
    if isinstance(value, ModbusAddress):
        return f"{value.host}:{value.port}, unit {value.unit}"
    if isinstance(value, tuple):
        return ", ".join(_text(each, unit) for each in value)
    if is_dataclass(value):
        parts = (f"{_named(each.name)[0]} {_text(getattr(value, each.name))}" for each in fields(value))
        return f"({'; '.join(parts)})"
    return f"{value} {unit}".rstrip()


def _put_on_plan(found: dict[str, Described], layout: Layout) -> None:
    for item in layout.items:
        place = {"place on the plan": f"x {item.x_m:g} m, y {item.y_m:g} m, turned {item.turned_deg:g}°"}
        known = found.get(item.tag)
        if known is not None:
            by_hand = {**known.by_hand, **place}
            found[item.tag] = Described(known.title, known.kind, known.own, by_hand, known.effects)
        else:
            own = {"kind": item.kind, "equipment": item.equipment or _NO}
            found[item.tag] = Described(item.title, "on the plan", own, {"title": item.title, **place}, {})
    for duct in layout.ducts:
        points = "; ".join(f"{point.x_m:g}, {point.y_m:g}" for point in duct.points)
        own = {"kind": duct.kind, "way": points, "ways": str(duct.ways), "cover": _text(duct.cover_m, "m")}
        found.setdefault(duct.tag, Described(duct.title, "on the plan", own, {"title": duct.title}, {}))
