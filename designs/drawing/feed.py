"""What stands on top of a sheet: the supply and the transformer, or where the feed comes from."""

from designs.drawing import labels, parts, symbols
from designs.drawing import more_symbols as drawing_symbols
from designs.drawing.parts import Drawn
from designs.drawing.sheets import Sheet
from designs.drawing.symbols import line, symbol, wrap
from designs.model import Circuit, Supply, Transformer

#: Room for the cable of a feeding circuit.
CABLE = 48.0
_SUPPLY, _TRANSFORMER, _REFERENCE = 70.0, 64.0, 40.0
#: The least height above the outline of a switchboard, so that the panels beside the feed have room.
LEAST = 218.0
_SIZE, _PITCH = 12.5, 14.5


def height(drawn: Drawn, sheet: Sheet) -> float:
    """Return how much room the feed takes, from the heading to the outline of the switchboard."""
    circuit = drawn.topology.feeder.get(sheet.head)
    if sheet.before or circuit is None:
        return LEAST
    return max(LEAST, _needed(drawn, circuit))


def _needed(drawn: Drawn, circuit: Circuit) -> float:
    return _source_height(drawn, circuit) + parts.main_device_height(circuit) + CABLE + 10


def _source_height(drawn: Drawn, circuit: Circuit) -> float:
    if circuit is not drawn.plan.entry:
        return _REFERENCE
    old_style = drawn.topology.one_line.supply.own_transformer and not drawn.topology.transformers
    transformers = [
        each for each in drawn.topology.way(circuit.source) if each in drawn.topology.transformers
    ]
    return _SUPPLY + _TRANSFORMER * len(transformers) + (47 if old_style else 0)


def feed(drawn: Drawn, sheet: Sheet, place: tuple[float, float, float], room: float) -> str:
    """Return everything above the busbar of a sheet; ``place``: x, outline of the switchboard, busbar.

    Words beside it keep within ``room`` of the conductor.
    """
    x, outline, busbar = place
    room -= 34
    if sheet.before:
        return _continued(sheet, x, outline, busbar)
    circuit = drawn.topology.feeder.get(sheet.head)
    if circuit is None:
        return _supply_alone(drawn, place, room)
    top = outline - max(_needed(drawn, circuit), LEAST if circuit is drawn.plan.entry else 0) + 10
    under = top + _source_height(drawn, circuit)
    device = outline - CABLE - parts.main_device_height(circuit) - 4
    above = (
        _from_supply(drawn, circuit, x, top, room)
        if circuit is drawn.plan.entry
        else _from_board(drawn, circuit, x, top)
    )
    made = [above, line(x, under - 8, x, device), _main_circuit(circuit, drawn, x, device, room)]
    made += [_main_cable(circuit, drawn, x, outline - CABLE - 4, room), line(x, outline - 4, x, busbar)]
    seen = [
        each for each in drawn.topology.one_line.meters if is_main(drawn, each.board, each.measures, circuit)
    ]
    made += [parts.meter(each, x + 250 * place, busbar - 46, 246) for place, each in enumerate(seen[:3])]
    if len(seen) > 1:
        made.append(line(x, busbar - 46, x + 250 * (min(len(seen), 3) - 1), busbar - 46, 1, "3 2"))
    return "".join(made)


def is_main(drawn: Drawn, board: str, measures: tuple[str, ...], circuit: Circuit) -> bool:
    """Return whether a meter belongs to the feed of a switchboard, not to the column where it leaves."""
    return circuit.tag in measures and (board == circuit.target or circuit is drawn.plan.entry)


def _words(said: list[str], x: float, y: float, room: float, bold: bool) -> str:
    """Return words beside the feed; a line that is too long breaks between its parts."""
    lines = [row for each in said for row in wrap(each, room, _SIZE, " · ")]
    return symbols.lines_of_text(x + 34, y, lines, _SIZE, _PITCH, bold)


def _continued(sheet: Sheet, x: float, outline: float, busbar: float) -> str:
    words = f"from page {sheet.before}"
    said = f"The busbar of {sheet.head} goes on from page {sheet.before}."
    return parts.reference(x, outline - 36, words, said) + line(x, outline - 8, x, busbar)


def _supply_alone(drawn: Drawn, place: tuple[float, float, float], room: float) -> str:
    x, outline, busbar = place
    top = outline - 82
    return supply(drawn.topology.one_line.supply, x, top, room) + line(x, top + 44, x, busbar)


def _from_supply(drawn: Drawn, circuit: Circuit, x: float, top: float, room: float) -> str:
    part = drawn.topology.one_line.supply
    transformers = [drawn.topology.transformers[each] for each in drawn.topology.way(circuit.source)[1:]]
    drawn_as_flag = part.own_transformer and not transformers
    made, y = [supply(part, x, top, room, drawn_as_flag)], top + 44
    if drawn_as_flag:
        return made[0] + symbols.transformer(x, y) + line(x, y + 51, x, top + _SUPPLY + 39)
    for each in transformers:
        made += [line(x, y, x, y + 22), transformer(each, drawn, x, y + 22, room)]
        y += 22 + 51
    return "".join(made) + line(x, y, x, top + _source_height(drawn, circuit) - 8)


def supply(part: Supply, x: float, top: float, room: float, own_transformer: bool = False) -> str:
    """Return the supply with what the network operator declares, 44 high, its words 58."""
    said = [
        f"{part.tag}  {part.title}",
        labels.system(part),
        labels.stiffness(part),
        labels.import_limit(part),
    ]
    if own_transformer:
        said[-1] += " · own transformer"
    words = _words(said, x, top + 10, room, True)
    return symbol(said[0], "; ".join(said[1:]), drawing_symbols.network(x, top), words)


def transformer(part: Transformer, drawn: Drawn, x: float, y: float, room: float) -> str:
    """Return a transformer with its nameplate and its loading, 51 high."""
    said = [f"{part.tag}  {part.title}", *labels.transformer(part)]
    study = drawn.figures.study
    studied = next((each for each in study.transformers if each.tag == part.tag), None) if study else None
    if studied:
        said.append(
            f"Ik max {labels.current(studied.ik_max_ka)} · loaded {studied.loading_full_percent:.0f} %, "
            f"managed {studied.loading_managed_percent:.0f} %"
        )
    words = _words(said, x, y + 8, room, True)
    return symbol(said[0], "; ".join(said[1:]), symbols.transformer(x, y), words)


def _from_board(drawn: Drawn, circuit: Circuit, x: float, top: float) -> str:
    page = drawn.plan.node.get(circuit.source) or drawn.plan.circuit.get(circuit.tag)
    words = f"from {circuit.source}, page {page}"
    return parts.reference(x, top, words, f"Fed by {circuit.tag} from {circuit.source} on page {page}.")


def _main_circuit(part: Circuit, drawn: Drawn, x: float, y: float, room: float) -> str:
    """Return the device of a feeding circuit, its RCD, and its loading beside it."""
    device, figures = part.device, drawn.figures
    settings = device.setting_text.replace(", ", " · ")
    said = [
        f"{part.tag}  {labels.device(device)} · {parts.breaking_capacity(part, figures)}",
        f"{device.equipment} · {settings} · Ia {device.instantaneous_a:g} A",
    ]
    if part.protected_by:
        said = [f"{part.tag}  protected by {part.protected_by}", f"{labels.device(device)} upstream"]
    if studied := figures.circuit(part.tag):
        said.append(
            f"Ib {studied.ib_a:g} A ≤ In {studied.in_a:g} A ≤ Iz {labels.figure(studied.iz_a)} A"
            f"{figures.sign(part.tag, 'overload')}"
        )
    if part.rcd:
        said.append(f"RCD {labels.residual(part.rcd)} · {part.rcd.equipment}")
    words = _words(said, x, y + 8, room, True)
    picture = parts.main_device(part, x, y) if part.protected_by is None else line(x, y, x, y + 44)
    return symbol(f"{part.tag} {part.title}", labels.circuit_description(part), picture, words)


def _main_cable(part: Circuit, drawn: Drawn, x: float, y: float, room: float) -> str:
    """Return the cable of a feeding circuit with its data and its loop impedance."""
    laid, figures = part.cable, drawn.figures
    size = f"{labels.cable(laid)} mm² {laid.conductor} {laid.insulation}"
    if laid.kind == "busbar":
        size = f"{labels.cable(laid)} {laid.conductor}"
    said = [f"{size} · {labels.laid(laid)}"]
    if studied := figures.circuit(part.tag):
        said.append(
            f"Zs {labels.ohm(studied.zs_expected_cold_ohm)} Ω cold ≤ "
            f"{labels.figure(studied.zs_permitted_ohm)} Ω · "
            f"ΔU {labels.figure(studied.voltage_drop_percent, 2)} %{figures.sign(part.tag, 'zs_too_high')}"
        )
    words = _words(said, x, y + 26, room, False)
    return symbol(f"Cable of {part.tag}", "; ".join(said), symbols.cable(x, y, CABLE, laid.cores), words)
