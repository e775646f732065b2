"""What stands at the end of an outgoing circuit: stations, loads, storage, PV, other switchboards."""

from designs.drawing import labels, symbols
from designs.drawing import more_symbols as drawn_as
from designs.drawing.parts import Drawn, named
from designs.drawing.symbols import line, shorten, symbol, text, wrap
from designs.model import Circuit, Load, PvInverter, Station, Storage, Switchboard
from designs.topology import Node

_DC_FAULT = {
    "rdc-dd": "RDC-DD", "rcd-b": "RCD-B", "isolated": "isolated", "none": "no DC pr.",
}  # fmt: skip


def end(drawn: Drawn, circuits: tuple[Circuit, ...], x: float, y: float, room: float) -> str:
    """Return the symbol of what a circuit feeds, with its words, within 88 of height."""
    if len(circuits) > 1:
        return _several(drawn, circuits, x, y, room)
    node = drawn.topology.node_of.get(circuits[0].target)
    match node:
        case Station():
            return station(node, x, y, room)
        case Storage():
            said = [node.tag, f"{node.rated_power_kw:g} kW", f"{node.capacity_kwh:g} kWh"]
            return _plain(node, said, drawn_as.storage(x, y), x, y, room)
        case PvInverter():
            return _plain(
                node, [node.tag, f"{node.rated_power_kw:g} kW", "PV"], drawn_as.photovoltaic(x, y), x, y, room
            )
        case Load():
            said = [node.tag, f"{max(node.currents_a):g} A", *wrap(node.title, room - 28, 11)[:2]]
            return _plain(node, said, drawn_as.load(x, y, node.kind), x, y, room)
        case Switchboard():
            return _board(drawn, node, x, y, room)
    return text(x - 12, y + 16, f"to {circuits[0].target}", bold=True)


def station(part: Station, x: float, y: float, room: float) -> str:
    """Return a charging station with its tag and its rating."""
    power = max((connector.power_kw for connector in part.connectors), default=0.0)
    outlets = len(part.connectors)
    rated = f"{power:g} kW" if outlets == 1 else f"{outlets}×{power:g} kW"
    width = drawn_as.cabinet_width(outlets)
    centre = x + max(width / 2 - 22, 0)
    dc = part.dc_fault_protection
    kinds = sorted({connector.kind.partition("-")[0].upper() for connector in part.connectors})
    third = "/".join(kinds) or "DC" if part.current == "DC" else _DC_FAULT.get(dc, dc)
    at = centre + width / 2 + 5
    words = named([part.tag, rated, third], at, y + 16, room - (at - x))
    described = (
        f"{part.equipment}, {outlets} {part.current} connector(s) of {power:g} kW, {part.phases} phase(s) on "
        f"{labels.phases(part.phase_rotation, part.phases)}, DC fault protection {dc}."
    )
    picture = drawn_as.dc_station if part.current == "DC" else symbols.charging_station
    return symbol(
        f"{part.tag} {part.title}", described, picture(centre, y, outlets), line(x, y, centre, y), words
    )


def _plain(node: Node, said: list[str], picture: str, x: float, y: float, room: float) -> str:
    return symbol(
        f"{node.tag} {node.title}", ", ".join(said[1:]), picture, named(said, x + 28, y + 14, room - 28)
    )


def _board(drawn: Drawn, board: Switchboard, x: float, y: float, room: float) -> str:
    page = drawn.plan.node.get(board.tag)
    below = [drawn.topology.node_of.get(tag) for tag in drawn.topology.below(board.tag)]
    stations = sum(isinstance(each, Station) for each in below)
    circuits = len(drawn.topology.outgoing(board.tag))
    behind = f"{stations} stations" if stations else f"{circuits} circuits"
    title = shorten(board.title, room + 14, 9.5)
    words = named([board.tag], x + 26, y + 13, room - 26)
    under = symbols.lines_of_text(x - 18, y + 25, [title, behind], 9.5, 13)
    sign = drawn_as.reference(x + 14, y + 46, f"→ page {page}")
    return symbol(
        f"{board.tag} {board.title}",
        f"Switchboard with {behind} behind it, drawn on page {page}.",
        drawn_as.busbar_end(x, y), words, under, sign,
    )  # fmt: skip


def _several(drawn: Drawn, circuits: tuple[Circuit, ...], x: float, y: float, room: float) -> str:
    page = drawn.plan.circuit.get(circuits[0].tag)
    nodes = [drawn.topology.node_of.get(each.target) for each in circuits]
    stations = [node for node in nodes if isinstance(node, Station)]
    said = [labels.ranges([each.target for each in circuits]), f"{len(circuits)} stations"]
    if len(stations) < len(circuits):
        said[1] = f"{len(circuits)} circuits"
    fast = any(node.current == "DC" for node in stations)
    picture = (drawn_as.dc_station if fast else symbols.charging_station)(x, y, 1)
    shadow = line(x + 25, y + 4, x + 25, y + 50) + line(x + 28, y + 8, x + 28, y + 46)
    sign = drawn_as.reference(x + 14, y + 56, f"→ page {page}")
    lines = [*wrap(said[0], room - 34, 10), *said[1].split(" ")][:5]
    words = symbols.lines_of_text(x + 34, y + 12, lines, 10, 12.5)
    return symbol(said[0], f"{said[1]}, each drawn on page {page}.", picture, shadow, words, sign)
