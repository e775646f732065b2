"""The parts of the one-line diagram: each returns a finished piece of SVG at a place it is given."""

from designs import labels, symbols
from designs.model import Circuit, Meter, Station, Study, Supply, Switchboard
from designs.symbols import ERROR, FAINT, SOFT, WARNING, line, shorten, symbol, text, wrap

#: Where the conductor stands within its column.
AXIS = 26.0


SMALL = 11.0


#: Room for the cable of a feeding circuit.
MAIN_CABLE = 48.0


#: A meter with less room than this writes its data under the symbol.
NARROW = 235.0


SIGNS = {"error": ("■", ERROR), "warning": ("▲", WARNING), "info": ("i", SOFT)}


def source_height(part: Supply) -> float:
    """Return how high the symbol of a supply is."""
    return 93.0 if part.own_transformer else 42.0


def supply(part: Supply, x: float, top: float) -> str:
    """Return the supply with what the network operator declares."""
    said = [
        f"{part.tag}  {part.title}",
        labels.system(part),
        f"Ik max {part.ik_max_ka:g} kA · R/X {part.r_over_x:g} · {labels.earthing(part)}",
        f"Import limit {part.import_limit_a:g} A per phase"
        + ("; own transformer" if part.own_transformer else ""),
    ]
    drawn = symbols.supply_source(x, top)
    if part.own_transformer:
        drawn += symbols.transformer(x, top + 42)
    return symbol(
        said[0], "; ".join(said[1:]), drawn, symbols.lines_of_text(x + 34, top + 12, said, 13, 17, True)
    )


def feeder(circuit: Circuit, x: float, top: float) -> str:
    """Return where a switchboard that is not the first is fed from."""
    said = f"from {circuit.source}"
    return symbol(
        said,
        f"Fed by {circuit.tag}.",
        text(x, top + 20, said, size=12, bold=True, anchor="middle"),
        line(x, top + 26, x, top + 44),
    )


def main_circuit(part: Circuit, study: Study | None, x: float, y: float) -> str:
    """Return the device of a feeding circuit, its RCD, and its loading beside it."""
    device = part.device
    said = [
        f"{part.tag}  {labels.device(device)} · {_capacity(part, study)}",
        f"{device.equipment} · {device.setting_text} · Ia {device.instantaneous_a:g} A",
    ]
    if study:
        figures = study.circuit(part.tag)
        said.append(
            f"Ib {figures.ib_a:g} A ≤ In {figures.in_a:g} A ≤ Iz {figures.iz_a:g} A"
            f"{_sign(study, part, 'overload')}"
        )
    if part.rcd:
        said.append(f"RCD {labels.residual(part.rcd)} · {part.rcd.equipment}")
    words = symbols.lines_of_text(x + 34, y + 10, said, 13, 17, True)
    return symbol(
        f"{part.tag} {part.title}", labels.circuit_description(part), _main_device(part, x, y), words
    )


def _main_device(part: Circuit, x: float, y: float) -> str:
    if part.device.kind == "gg-fuse":
        return symbols.fuse(x, y) + (symbols.rcd(x, y + 44) if part.rcd else "")
    return symbols.breaker_with_rcd(x, y) if part.rcd else symbols.breaker(x, y)


def main_circuit_height(part: Circuit) -> float:
    """Return how high the devices of a feeding circuit are drawn."""
    if part.rcd is None:
        return 44.0
    return 100.0 if part.device.kind == "gg-fuse" else 62.0


def main_cable(part: Circuit, study: Study | None, x: float, y: float) -> str:
    """Return the cable of a feeding circuit with its data and its loop impedance."""
    laid = part.cable
    said = [f"{labels.cable(laid)} mm² {laid.conductor} {laid.insulation} · {labels.laid(laid)}"]
    if study:
        figures = study.circuit(part.tag)
        said.append(
            f"Zs {labels.ohm(figures.zs_expected_cold_ohm)} Ω cold ≤ {figures.zs_permitted_ohm:g} Ω · "
            f"ΔU {figures.voltage_drop_percent:.2f} %{_sign(study, part, 'zs_too_high')}"
        )
    return symbol(
        f"Cable of {part.tag}",
        "; ".join(said),
        symbols.cable(x, y, MAIN_CABLE, laid.cores),
        symbols.lines_of_text(x + 34, y + 24, said, 13, 17),
    )


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
    drawn, at = _meter_symbol(part, x, y, 22)
    host, rest = labels.address(part.modbus)
    said = [labels.ratio(part), *wrap(part.equipment, room - 10, 9, "-")[:2], host, rest.lstrip(":")]
    words = symbols.lines_of_text(x + 10, y + 27, [shorten(each, room - 8, 9) for each in said], 9, 11.5)
    return drawn + text(at, y + 4, part.tag, size=SMALL, bold=True) + words


def _meter_symbol(part: Meter, x: float, y: float, lead: float) -> tuple[str, float]:
    """Return the symbol, and where words may begin beside it."""
    if part.ct_primary_a is None:
        return symbols.energy_meter(x - 17, y), x + 24
    return symbols.current_transformer(x, y, x + lead) + symbols.energy_meter(x + lead, y), x + lead + 40


def _sign(study: Study | None, part: Circuit, code: str) -> str:
    for finding in study.findings if study else ():
        if finding.tag == part.tag and finding.code == code:
            return f" {SIGNS[finding.severity][0]}"
    return ""


def _capacity(part: Circuit, study: Study | None) -> str:
    return f"{part.device.breaking_capacity_ka:g} kA{_sign(study, part, 'breaking_capacity')}"


def circuit(part: Circuit, x: float, device_y: float, rcd_y: float, room: float, study: Study | None) -> str:
    """Return the devices of an outgoing circuit, their ratings to the right."""
    device, beside = part.device, room - 16
    said = [
        part.tag,
        labels.device(device),
        _capacity(part, study),
    ]
    drawn = symbols.fuse(x, device_y) if device.kind == "gg-fuse" else symbols.breaker(x, device_y)
    words = symbols.lines_of_text(
        x + 14, device_y + 14, [shorten(each, beside, SMALL) for each in said], SMALL, 14, True
    )
    if part.rcd:
        drawn += symbols.rcd(x, rcd_y)
        rated = f"{part.rcd.rated_current_a:g} A" if part.rcd.rated_current_a else ""
        said = [
            f"RCD {part.rcd.type} {rated}",
            f"{part.rcd.rated_residual_ma:g} mA" + (" S" if part.rcd.selective else ""),
        ]
        words += symbols.lines_of_text(
            x + 16, rcd_y + 20, [shorten(each, beside, SMALL) for each in said], SMALL, 14
        )
    return symbol(f"{part.tag} {part.title}", labels.circuit_description(part), drawn, words)


def cable(part: Circuit, x: float, y: float, height: float, room: float) -> str:
    """Return the cable of an outgoing circuit, its data to the right."""
    laid = part.cable
    said = [labels.cable(laid), f"{laid.conductor} {laid.insulation}", labels.laid(laid)]
    words = symbols.lines_of_text(
        x + 14, y + 34, [shorten(each, room - 14, SMALL) for each in said], SMALL, 14
    )
    return symbol(f"Cable of {part.tag}", ", ".join(said), symbols.cable(x, y, height, laid.cores), words)


def station(part: Station, x: float, y: float) -> str:
    """Return a charging station with its tag and its rating."""
    power = max(connector.power_kw for connector in part.connectors)
    outlets = len(part.connectors)
    rated = f"{power:g} kW" if outlets == 1 else f"{outlets}×{power:g} kW"
    width = max(44, 26 * outlets + 12)
    centre = x + max(width / 2 - 22, 0)
    words = symbols.lines_of_text(
        centre + width / 2 + 6, y + 16, [part.tag, rated, part.dc_fault_protection.upper()], SMALL, 14, True
    )
    dc = part.dc_fault_protection
    described = f"{part.equipment}, {outlets} connector(s) of {power:g} kW, DC fault protection {dc}."
    return symbol(
        f"{part.tag} {part.title}",
        described,
        symbols.charging_station(centre, y, outlets),
        line(x, y, centre, y),
        words,
    )


def surge_protection(board: Switchboard, x: float, top: float) -> str:
    """Return the surge protective device that hangs from the end of a busbar, or nothing."""
    if board.spd is None:
        return ""
    name = text(x, top + 104, "SPD", size=SMALL, bold=True, anchor="middle")
    rows = [
        text(x, top + 118 + 12 * place, each, size=9, anchor="middle")
        for place, each in enumerate(wrap(board.spd, 60, 9, "-"))
    ]
    return symbol(
        f"Surge protective device of {board.tag}", board.spd, symbols.surge_arrester(x, top), name, *rows
    )


def enclosure(
    board: Switchboard, study: Study | None, x: float, top: float, end: float, rail: float, bottom: float
) -> str:
    """Return the outline of a switchboard around its busbar and its devices, with its data."""
    said = ["Busbar", f"InA {board.rated_current_a:g} A", f"Icw {board.short_circuit_rating_ka:g} kA"]
    if study:
        figures = study.board(board.tag)
        said += [
            "",
            f"Ik max {figures.ik_max_ka:.2f} kA",
            f"Ik min {labels.current(figures.ik_min_ka)}",
            f"Zs hot {labels.ohm(figures.zs_ohm)} Ω",
        ]
    outline = symbols.box(x, top - 112, end - x, bottom - 6 + 112, stroke=FAINT, stroke_width=1.2, dash="8 4")
    name = text(x + 10, top - 92, f"{board.tag}  {board.title}", size=13, bold=True)
    words = symbols.lines_of_text(x + 10, top + rail - 72, said, 12, 17, True)
    return symbol(
        f"{board.tag} {board.title}", ", ".join(each for each in said if each), outline, name, words
    )
