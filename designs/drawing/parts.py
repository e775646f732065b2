"""The parts of the one-line diagram: each returns a finished piece of SVG at a place it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.drawing import labels, symbols
from designs.drawing import more_symbols as drawing_symbols
from designs.drawing.figures import Figures
from designs.drawing.sheets import Plan
from designs.drawing.symbols import FAINT, line, shorten, symbol, text, wrap
from designs.model import Circuit, Meter, Switchboard
from designs.topology import Topology

#: Where the conductor stands within its column.
AXIS = 26.0
SMALL = 11.0
#: A meter with less room than this writes its data under the symbol.
NARROW = 235.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """What every part of every sheet looks things up in."""

    topology: Topology
    figures: Figures
    plan: Plan
    meters: Mapping[str, tuple[Meter, ...]]  # by the circuits that they see


def meters_of(meters: tuple[Meter, ...]) -> dict[str, tuple[Meter, ...]]:
    """Return the meters by the circuits that they see."""
    found: dict[str, list[Meter]] = {}
    for meter in meters:
        for tag in meter.measures:
            found.setdefault(tag, []).append(meter)
    return {tag: tuple(seen) for tag, seen in found.items()}


def main_device(part: Circuit, x: float, y: float) -> str:
    """Return the device of a feeding circuit with its RCD."""
    if part.device.kind == "gg-fuse":
        return symbols.fuse(x, y) + (symbols.rcd(x, y + 44) if part.rcd else "")
    return symbols.breaker_with_rcd(x, y) if part.rcd else symbols.breaker(x, y)


def main_device_height(part: Circuit) -> float:
    """Return how high the devices of a feeding circuit are drawn."""
    if part.rcd is None:
        return 44.0
    return 100.0 if part.device.kind == "gg-fuse" else 62.0


def meter(part: Meter, x: float, y: float, room: float) -> str:
    """Return a meter with its current transformers, its ratio and its Modbus address."""
    host, rest = labels.address(part.modbus)
    seen = ", ".join(part.measures)
    described = f"{part.title}: {part.equipment}, {labels.ratio(part)}, measures {seen}, Modbus {host}{rest}."
    drawn = _narrow_meter(part, x, y - 22, room) if room < NARROW else _wide_meter(part, x, y, room)
    return symbol(f"{part.tag} {part.title}", described, drawn)


def _wide_meter(part: Meter, x: float, y: float, room: float) -> str:
    said = [part.tag, labels.ratio(part), part.equipment, "".join(labels.address(part.modbus))]
    drawn, at = _meter_symbol(part, x, y, 34)
    cut = [shorten(each, room - (at - x), SMALL) for each in said]
    return drawn + symbols.lines_of_text(at, y - 16, cut, SMALL, 14, True)


def _narrow_meter(part: Meter, x: float, y: float, room: float) -> str:
    drawn, at = _meter_symbol(part, x, y, 14, 36)
    host, rest = labels.address(part.modbus)
    said = [labels.ratio(part), *wrap(part.equipment, room - 10, 9, "-")[:2], host, rest.lstrip(":")]
    words = symbols.lines_of_text(x + 10, y + 27, [shorten(each, room - 8, 9) for each in said], 9, 11.5)
    return drawn + _fitted(part.tag, at, y + 4, room - (at - x)) + words


def _fitted(tag: str, x: float, y: float, room: float) -> str:
    """Return a tag in bold, smaller rather than cut where it is long."""
    size = next((each for each in (SMALL, 10.0, 9.0) if symbols.width_of(tag, each) * 1.1 <= room), 8.0)
    return text(x, y, tag, size=size, bold=True)


def own_meter(part: Meter, x: float, y: float, room: float) -> str:
    """Return a meter within the column of one circuit, 46 high."""
    host, rest = labels.address(part.modbus)
    described = (
        f"{part.title}: {part.equipment}, {labels.ratio(part)}, measures {', '.join(part.measures)}, "
        f"Modbus {host}{rest}."
    )
    drawn, at = _meter_symbol(part, x, y, 14, 36)
    said = [labels.ratio(part).removeprefix("CT "), rest.rpartition("· ")[2]]
    words = symbols.lines_of_text(at, y + 3, [shorten(each, room - (at - x), 9) for each in said], 9, 12)
    return symbol(
        f"{part.tag} {part.title}", described, drawn, _fitted(part.tag, at, y - 9, room - (at - x)), words
    )


def _meter_symbol(part: Meter, x: float, y: float, lead: float, wide: float = 40.0) -> tuple[str, float]:
    """Return the symbol, and where words may begin beside it."""
    if part.ct_primary_a is None:
        return symbols.energy_meter(x - 17, y), x + 24
    return symbols.current_transformer(x, y, x + lead) + symbols.energy_meter(x + lead, y), x + lead + wide


def breaking_capacity(part: Circuit, figures: Figures) -> str:
    """Return the breaking capacity with the sign of a finding behind it."""
    return f"{part.device.breaking_capacity_ka:g} kA{figures.sign(part.tag, 'breaking_capacity')}"


def circuit(
    parts: tuple[Circuit, ...], x: float, device_y: float, rcd_y: float, room: float, figures: Figures
) -> str:
    """Return the devices of an outgoing circuit, their ratings to the right; the first of several for all."""
    part, beside = parts[0], room - 16
    if part.protected_by is None:
        said = [_tags(parts), _marked(parts), breaking_capacity(part, figures)]
        if symbols.width_of(said[1], SMALL) > beside and " Ir " in said[1]:
            kind, rated = said[1].split(" Ir ")
            said[1:2] = [kind, f"Ir {rated}"]
        drawn = symbols.fuse(x, device_y) if part.device.kind == "gg-fuse" else symbols.breaker(x, device_y)
    else:
        said = [_tags(parts), "protected by", part.protected_by]
        drawn = line(x, device_y, x, device_y + 44)
    cut = [shorten(each, beside, SMALL) for each in said]
    words = symbols.lines_of_text(x + 14, device_y + 14, cut, SMALL, 14, True)
    if part.rcd:
        drawn += symbols.rcd(x, rcd_y)
        rated = f"{part.rcd.rated_current_a:g} A" if part.rcd.rated_current_a else ""
        said = [
            f"RCD {part.rcd.type} {rated}",
            f"{part.rcd.rated_residual_ma:g} mA" + (" S" if part.rcd.selective else ""),
        ]
        cut = [shorten(each, beside, SMALL) for each in said]
        words += symbols.lines_of_text(x + 16, rcd_y + 20, cut, SMALL, 14)
    described = " ".join(labels.circuit_description(each) for each in parts)
    return symbol(f"{_tags(parts)} {part.title}", described, drawn, words)


def _tags(parts: tuple[Circuit, ...]) -> str:
    return labels.ranges([each.tag for each in parts])


def _marked(parts: tuple[Circuit, ...]) -> str:
    """Return what is on the device, with how many there are; "various" where they differ."""
    marked = {labels.device(each.device) for each in parts}
    if len(parts) == 1:
        return marked.pop()
    return f"{len(parts)}× {marked.pop().replace(' ', chr(160)) if len(marked) == 1 else 'various'}"


def cable(parts: tuple[Circuit, ...], x: float, y: float, height: float, room: float) -> str:
    """Return the cable of an outgoing circuit, its data to the right."""
    laid = parts[0].cable
    said = [labels.cable(laid), f"{laid.conductor} {laid.insulation}", labels.laid(laid)]
    if symbols.width_of(said[0], SMALL) > room - 14 and "+PE" in said[0]:
        size, pe = said[0].split("+PE")
        said[:1] = [size, f"+PE{pe}"]
    if symbols.width_of(said[-1], SMALL) > room - 18:
        said[-1:] = said[-1].split(" · ")
    if laid.kind == "busbar":
        said[:2] = [*wrap(said[0], room - 14, SMALL)[:2], laid.conductor]
    if len(parts) > 1:
        said = _several_cables(parts)
    cut = [shorten(each, room - 14, SMALL) for each in said]
    words = symbols.lines_of_text(x + 14, y + (26 if len(cut) < 5 else 20), cut[:5], SMALL, 14)
    return symbol(f"Cable of {_tags(parts)}", ", ".join(said), symbols.cable(x, y, height, laid.cores), words)


def _several_cables(parts: tuple[Circuit, ...]) -> list[str]:
    sizes = {labels.cable(each.cable) for each in parts}
    lengths = sorted(each.cable.length_m for each in parts)
    return [
        sizes.pop() if len(sizes) == 1 else "various",
        f"{lengths[0]:g} m" if lengths[0] == lengths[-1] else f"{lengths[0]:g}–{lengths[-1]:g} m",
    ]


def surge_protection(board: Switchboard, x: float, top: float) -> str:
    """Return the surge protective device that hangs from the end of a busbar, or nothing."""
    if board.spd is None:
        return ""
    name = text(x, top + 104, "SPD", size=SMALL, bold=True, anchor="middle")
    rows = [
        text(x, top + 118 + 12 * place, each, size=9, anchor="middle")
        for place, each in enumerate(wrap(board.spd, 60, 9, "-")[:4])
    ]
    return symbol(
        f"Surge protective device of {board.tag}", board.spd, symbols.surge_arrester(x, top), name, *rows
    )


def board_data(board: Switchboard, figures: Figures) -> list[str]:
    """Return the ratings of a switchboard and what the study found at its busbar."""
    withstand = figures.sign(board.tag, "board_withstand")
    said = [
        f"InA {board.rated_current_a:g} A{figures.sign(board.tag, 'board_current')}",
        f"Icw {board.short_circuit_rating_ka:g} kA{withstand}",
    ]
    studied = figures.board(board.tag)
    if studied:
        said += [
            f"Ik max {labels.current(studied.ik_max_ka)}",
            f"Ik min {labels.current(studied.ik_min_ka)}",
            f"Zs hot {labels.ohm(studied.zs_ohm)} Ω",
        ]
    return said


def enclosure(
    board: Switchboard,
    figures: Figures,
    corner: tuple[float, float],
    size: tuple[float, float],
    words_y: float,
) -> str:
    """Return the outline of a switchboard around its busbar and its devices, with its data."""
    (x, y), (width, height) = corner, size
    rated, studied = board_data(board, figures)[:2], board_data(board, figures)[2:]
    said = ["Busbar", *rated, *(["", *studied] if studied else [])]
    outline = symbols.box(x, y, width, height, stroke=FAINT, stroke_width=1.2, dash="8 4")
    name = text(x + 10, y + 20, shorten(f"{board.tag}  {board.title}", 420, 13), size=13, bold=True)
    words = symbols.lines_of_text(x + 10, words_y, said, 12, 17, True)
    return symbol(
        f"{board.tag} {board.title}", ", ".join(each for each in said if each), outline, name, words
    )


def reference(x: float, y: float, words: str, described: str) -> str:
    """Return the sign that a conductor goes on, on another sheet."""
    return symbol(words, described, drawing_symbols.reference(x, y, words))


def named(
    lines: Sequence[str], x: float, y: float, room: float, size: float = SMALL, pitch: float = 14.0
) -> str:
    """Return words beside a symbol, the first in bold, cut to the room there is."""
    content = []
    for place, said in enumerate(lines):
        fits = symbols.width_of(said, size) <= room
        here = size if fits or place == 0 else size * 0.9
        cut = shorten(said, room, here * (1.06 if place == 0 else 1))
        content.append(text(x, y + pitch * place, cut, size=here, bold=place == 0))
    return "".join(content)
