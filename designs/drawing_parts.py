"""The parts of the one-line diagram: each returns a finished piece of SVG at a place it is given."""

from collections.abc import Callable

from designs import labels, symbols
from designs.model import (
    Circuit,
    Finding,
    Meter,
    OneLine,
    SiteDesign,
    Station,
    Study,
    Supply,
    Switchboard,
)
from designs.symbols import ERROR, FAINT, INK, SOFT, WARNING, line, shorten, symbol, text, wrap

#: Where the conductor stands within its column.
AXIS = 26.0
ROW = 15.0
SMALL = 10.5

_SIGNS = {"error": ("■", ERROR), "warning": ("▲", WARNING), "info": ("i", SOFT)}


def header(site_design: SiteDesign, study: Study | None) -> str:
    """Return the heading: site and place on the left, design on the right."""
    parameters, design = site_design.parameters, site_design.design
    state = "without study" if study is None else ("REFUSED" if study.refused else "study passed")
    return (
        text(32, 50, shorten(f"{parameters.name}: one-line diagram", 1000, 24), size=24, bold=True)
        + text(32, 72, shorten(f"{parameters.address}, {parameters.country}", 1000, 13), size=13, color=SOFT)
        + text(1648, 50, f"{design.id}, revision {design.revision}", size=14, bold=True, anchor="end")
        + text(1648, 72, state, size=13, bold=state == "REFUSED", anchor="end", color=ERROR if state == "REFUSED" else SOFT)
    )


def supply(part: Supply, study: Study | None, x: float, top: float) -> str:
    """Return the supply with what the network operator declares."""
    said = [
        f"{part.tag}  {part.title}",
        labels.system(part),
        f"Ik max {part.ik_max_ka:g} kA · R/X {part.r_over_x:g} · {labels.earthing(part)}",
        f"Import limit {part.import_limit_a:g} A per phase" + ("; own transformer" if part.own_transformer else ""),
    ]
    drawn = symbols.supply_source(x, top)
    if part.own_transformer:
        drawn += line(x, top + 42, x, top + 44) + symbols.transformer(x, top + 43)
    return symbol(said[0], "; ".join(said[1:]), drawn, symbols.lines_of_text(x + 34, top + 12, said, 12, 16, True))


def feeder(circuit: Circuit, x: float, top: float) -> str:
    """Return where a switchboard that is not the first is fed from."""
    said = f"from {circuit.source}"
    return symbol(said, f"Fed by {circuit.tag}.", text(x, top + 20, said, size=12, bold=True, anchor="middle"), line(x, top + 26, x, top + 44))


def main_circuit(part: Circuit, study: Study | None, x: float, y: float) -> str:
    """Return the device of a feeding circuit, its RCD, and its loading beside it."""
    device = part.device
    said = [
        f"{part.tag}  {labels.device(device)} · {device.breaking_capacity_ka:g} kA",
        f"{device.equipment} · trips at {device.instantaneous_a:g} A",
    ]
    if study:
        figures = study.circuit(part.tag)
        said.append(f"Ib {figures.ib_a:g} A ≤ In {figures.in_a:g} A ≤ Iz {figures.iz_a:g} A")
    drawn = symbols.fuse(x, y) if device.kind == "gg-fuse" else symbols.breaker(x, y)
    words = symbols.lines_of_text(x + 34, y + 12, said, 12, 16, True)
    if part.rcd:
        drawn += symbols.rcd(x, y + 44)
        words += symbols.lines_of_text(x + 34, y + 76, [f"RCD {labels.residual(part.rcd)}", part.rcd.equipment], 12, 16)
    return symbol(f"{part.tag} {part.title}", labels.circuit_description(part), drawn, words)


def main_cable(part: Circuit, study: Study | None, x: float, y: float, height: float) -> str:
    """Return the cable of a feeding circuit with its data and its loop impedance."""
    laid = part.cable
    said = [f"{labels.cable(laid)} mm² {laid.conductor} {laid.insulation} · {labels.laid(laid)}"]
    if study:
        figures = study.circuit(part.tag)
        said.append(
            f"Zs {figures.zs_expected_cold_ohm:.3f} Ω cold ≤ {figures.zs_permitted_ohm:g} Ω · "
            f"ΔU {figures.voltage_drop_percent:.2f} %"
        )
    return symbol(
        f"Cable of {part.tag}",
        "; ".join(said),
        symbols.cable(x, y, height, laid.cores),
        symbols.lines_of_text(x + 34, y + 22, said, 12, 16),
    )


def meter(part: Meter, x: float, y: float, room: float) -> str:
    """Return a meter with its current transformers, its ratio and its Modbus address."""
    host, rest = labels.address(part.modbus)
    said = [part.tag, labels.ratio(part), *wrap(part.equipment, room - 70, SMALL, "-"), *_address(host, rest, room - 70)]
    direct = part.ct_primary_a is None
    if direct:
        drawn = symbols.box(x - 17, y - 15, 34, 30, fill="#ffffff") + symbols.energy_meter(x - 17, y)
        at = x + 24
    else:
        drawn = symbols.current_transformer(x, y, x + 34) + symbols.energy_meter(x + 34, y)
        at = x + 74
    described = f"{part.title}: {part.equipment}, {labels.ratio(part)}, measures {', '.join(part.measures)}, Modbus {host} {rest}."
    words = _in_two_columns(said, at, y, room - (at - x))
    return symbol(f"{part.tag} {part.title}", described, drawn, words)


def _address(host: str, rest: str, room: float) -> list[str]:
    joined = f"{host}{rest}"
    if len(joined) * SMALL * symbols.CHARACTER_EM <= room:
        return [joined]
    return [*wrap(host, room, SMALL, "."), rest.lstrip(":")]


def _in_two_columns(said: list[str], x: float, y: float, room: float) -> str:
    """Return the words of a meter: the tag first, then as many lines as it takes, around the symbol's middle."""
    step = 12.5 if len(said) > 4 else 13.5  # noqa: PLR2004
    top = y - 9 - max(len(said) - 3, 0) * step / 2 + (step if len(said) < 3 else 0)  # noqa: PLR2004
    cut = [shorten(each, room, SMALL) for each in said]
    return symbols.lines_of_text(x, top, cut, SMALL, step, True)


def circuit(part: Circuit, x: float, device_y: float, rcd_y: float, room: float) -> str:
    """Return the devices of an outgoing circuit, their ratings to the right."""
    device, beside = part.device, room - 16
    said = [part.tag, labels.device(device), f"{device.breaking_capacity_ka:g} kA"]
    drawn = symbols.fuse(x, device_y) if device.kind == "gg-fuse" else symbols.breaker(x, device_y)
    words = symbols.lines_of_text(x + 14, device_y + 14, [shorten(each, beside, SMALL) for each in said], SMALL, 13, True)
    if part.rcd:
        drawn += symbols.rcd(x, rcd_y)
        rated = f"{part.rcd.rated_current_a:g} A" if part.rcd.rated_current_a else ""
        said = [f"RCD {part.rcd.type} {rated}", f"{part.rcd.rated_residual_ma:g} mA" + (" S" if part.rcd.selective else "")]
        words += symbols.lines_of_text(x + 16, rcd_y + 20, [shorten(each, beside, SMALL) for each in said], SMALL, 13)
    return symbol(f"{part.tag} {part.title}", labels.circuit_description(part), drawn, words)


def cable(part: Circuit, x: float, y: float, height: float, room: float) -> str:
    """Return the cable of an outgoing circuit, its data to the right."""
    laid = part.cable
    said = [labels.cable(laid), f"{laid.conductor} {laid.insulation}", labels.laid(laid)]
    words = symbols.lines_of_text(
        x + 14, y + 34, [shorten(each, room - 14, SMALL) for each in said], SMALL, 13
    )
    return symbol(f"Cable of {part.tag}", ", ".join(said), symbols.cable(x, y, height, laid.cores), words)


def station(part: Station, x: float, y: float, room: float) -> str:
    """Return a charging station with its tag and its rating."""
    power = max(connector.power_kw for connector in part.connectors)
    outlets = len(part.connectors)
    rated = f"{power:g} kW" if outlets == 1 else f"{outlets}×{power:g} kW"
    width = max(44, 26 * outlets + 12)
    centre = x + max(width / 2 - 22, 0)
    words = symbols.lines_of_text(centre + width / 2 + 6, y + 16, [part.tag, rated, part.dc_fault_protection.upper()], SMALL, 14, True)
    described = f"{part.equipment}, {outlets} connector(s) of {power:g} kW, DC fault protection {part.dc_fault_protection}."
    return symbol(f"{part.tag} {part.title}", described, symbols.charging_station(centre, y, outlets), line(x, y, centre, y), words)


def surge_protection(board: Switchboard, x: float, top: float) -> str:
    """Return the surge protective device of a busbar, above it to the right, or nothing."""
    if board.spd is None:
        return ""
    words = symbols.lines_of_text(x - 12, top - 62, ["SPD", board.spd], SMALL, 13, True)
    anchored = words.replace('text-anchor="start"', 'text-anchor="end"')
    drawn = line(x, top, x, top - 100) + line(x, top - 100, x + 24, top - 100)
    return symbol(f"Surge protective device of {board.tag}", board.spd, drawn, symbols.surge_arrester(x + 24, top - 100), anchored)


def enclosure(
    board: Switchboard, study: Study | None, x: float, top: float, end: float, rail: float, bottom: float
) -> str:
    """Return the outline of a switchboard around its busbar and its devices, with its data."""
    said = [board.tag, f"InA {board.rated_current_a:g} A", f"Icw {board.short_circuit_rating_ka:g} kA"]
    if study:
        figures = study.board(board.tag)
        said += ["", f"Ik max {figures.ik_max_ka:.2f} kA", f"Ik min {figures.ik_min_ka:.2f} kA", f"Zs hot {figures.zs_ohm:.3f} Ω"]
    outline = symbols.box(x, top - 112, end - x, bottom - 6 + 112, stroke=FAINT, stroke_width=1.2, dash="8 4")
    name = text(x + 10, top - 92, f"{board.tag}  {board.title}", size=13, bold=True)
    words = symbols.lines_of_text(x + 10, top + rail - 88, said, 12, 16, True)
    return symbol(f"{board.tag} {board.title}", ", ".join(each for each in said if each), outline, name, words)


Cell = Callable[[OneLine, Circuit, Study], str]

_FIGURES: tuple[tuple[str, Cell], ...] = (
    ("Ib / In / Iz, A", lambda _, c, s: "{:g} / {:g} / {:g}".format(*_loading(s, c))),
    ("Ik max, kA", lambda _, c, s: f"{_ik(s, c, 'ik_max_ka'):.2f}"),
    ("Ik min L–PE, kA", lambda _, c, s: f"{_ik(s, c, 'ik_min_ka'):.2f}"),
    ("Zs cold, Ω", lambda _, c, s: f"{s.circuit(c.tag).zs_expected_cold_ohm:.3f}"),
    ("Zs permitted, Ω", lambda _, c, s: f"{s.circuit(c.tag).zs_permitted_ohm:g}"),
    ("R1+R2, Ω", lambda _, c, s: f"{s.circuit(c.tag).r1_plus_r2_ohm:.3f}"),
    ("ΔU total, %", lambda _, c, s: f"{s.circuit(c.tag).voltage_drop_total_percent:.2f}"),
)
_ROW_OF_CODE = {"overload": 0, "breaking_capacity": 1, "zs_too_high": 3, "voltage_drop": 6}
_DATA = ("Station type", "", "Phases", "Modbus host", "port · unit")


def row_names(x: float, y: float, study: Study | None) -> str:
    """Return the names of the rows of the table under the stations."""
    names = [*(name for name, _ in (_FIGURES if study else ())), *_DATA]
    return "".join(text(x, y + 11 + ROW * place, name, size=SMALL, anchor="end", color=SOFT) for place, name in enumerate(names))


def column_of_table(one_line: OneLine, part: Circuit, study: Study | None, x: float, width: float, y: float) -> str:
    """Return the figures of one circuit and the data of its station, under it."""
    wrong = {_ROW_OF_CODE[f.code]: f for f in (study.findings if study else ()) if f.tag == part.tag and f.code in _ROW_OF_CODE}
    drawn = [symbols.box(x + 2, y - 4, width - 4, ROW * len(_DATA) + 8 + (ROW * len(_FIGURES) if study else 0), stroke=FAINT, stroke_width=0.8)]
    place = 0
    for place, (_, cell) in enumerate(_FIGURES if study else (), start=1):
        drawn.append(_cell(cell(one_line, part, study) if study else "", x, y + ROW * (place - 1), wrong.get(place - 1), width))
    for row, value in enumerate(_station_data(one_line, part, width), start=place):
        drawn.append(text(x + 8, y + 11 + ROW * row, shorten(value, width - 10, 9.5), size=9.5))
    return symbol(f"Figures of {part.tag}", f"Circuit {part.tag} to {part.target}.", *drawn)


def _cell(value: str, x: float, y: float, finding: Finding | None, width: float) -> str:
    if finding is None:
        return text(x + 8, y + 11, shorten(value, width - 10, SMALL), size=SMALL)
    sign, color = _SIGNS[finding.severity]
    return text(x + 8, y + 11, shorten(f"{value} {sign}", width - 10, SMALL), size=SMALL, bold=True, color=color)


def _loading(study: Study, part: Circuit) -> tuple[float, float, float]:
    figures = study.circuit(part.tag)
    return (round(figures.ib_a, 1), figures.in_a, round(figures.iz_a, 1))


def _ik(study: Study, part: Circuit, name: str) -> float:
    value: float = getattr(study.board(part.target), name)
    return value


def _station_data(one_line: OneLine, part: Circuit, width: float) -> list[str]:
    found = next((station for station in one_line.stations if station.tag == part.target), None)
    if found is None:
        return ["–"] * len(_DATA)
    name = [*wrap(found.equipment, width - 10, 9.5, "-"), ""][:2]
    host, rest = labels.address(found.modbus)
    return [*name, found.phase_rotation, host, rest.lstrip(":")]


def connection_point(one_line: OneLine, study: Study | None, x: float) -> str:
    """Return the panel with demand, stiffness and distortion limits at the connection point."""
    if study is None:
        return ""
    point = study.connection_point
    rows = [
        ("Demand, all stations", f"{point.demand_full_a:g} A"),
        ("Demand, managed", f"{point.demand_managed_a:g} A"),
        ("Import limit", f"{point.import_limit_a:g} A"),
        ("Isc/IL", f"{point.isc_over_il:g}"),
        ("THD U limit (EN 50160)", f"{point.thd_voltage_limit_percent:g} %"),
        ("TDD I limit (IEEE 519)", f"{point.tdd_current_limit_percent:g} %"),
        ("THD U expected", "unknown"),
    ]
    if point.expected_thd_voltage_percent is not None:
        rows[-1] = ("THD U expected", f"{point.expected_thd_voltage_percent:g} %")
    drawn = [text(x, 122, f"Connection point {one_line.supply.tag}", size=13, bold=True), line(x, 130, x + 290, 130)]
    for place, (name, value) in enumerate(rows):
        y = 148 + 17 * place
        drawn += [text(x, y, name, size=11.5, color=SOFT), text(x + 290, y, value, size=11.5, anchor="end")]
    return symbol("Connection point", point.expected_thd_statement, *drawn)


def findings(study: Study | None, x: float, end: float) -> str:
    """Return the panel with what the rules found, the worst first."""
    if study is None:
        return ""
    drawn = [text(x, 122, "Findings of the study", size=13, bold=True), line(x, 130, end, 130)]
    y, left = 148.0, 15
    for place, finding in enumerate(study.findings):
        rows = wrap(finding.sentence, end - x - 22, 11)
        if len(rows) + (place + 1 < len(study.findings)) > left:
            drawn.append(text(x + 20, y, f"and {len(study.findings) - place} more", size=11, color=SOFT))
            break
        sign, color = _SIGNS[finding.severity]
        drawn += [text(x, y, sign, size=12, bold=True, color=color), symbols.lines_of_text(x + 20, y, rows, 11, 14.5)]
        y += 14.5 * len(rows) + 6
        left -= len(rows)
    if not study.findings:
        drawn.append(text(x, y, "none", size=11, color=SOFT))
    return symbol("Findings of the study", f"{len(study.findings)} finding(s).", *drawn)


def legend(x: float, y: float) -> str:
    """Return what the signs and words on the sheet mean."""
    said = (
        "Symbols after IEC 60617. Ik max: three-phase, conductors 20 °C (IEC 60909-0). Ik min: line to PE, conductors hot.",
        "Zs cold: what a loop tester should show before the cable is warm. ΔU total: from the origin at Ib, conductors hot.",
        "Iz: after correction for grouping, temperature and installation method (IEC 60364-5-52). The stroke on a conductor "
        "tells its cores.",
        "▲ warning: for the engineer to decide.  ■ error: the design is refused.",
    )
    return symbols.lines_of_text(x, y + 16, said, 10.5, 17).replace(f'fill="{INK}"', f'fill="{SOFT}"')


def title_block(site_design: SiteDesign, study: Study | None, right: float, bottom: float) -> str:
    """Return the title block in the lower right corner."""
    x, y = right - 560, bottom - 94
    rows = (
        ("Site", site_design.parameters.name),
        ("Design", f"{site_design.design.title}"),
        ("Revision", f"{site_design.design.id} r{site_design.design.revision} · {site_design.design.digest[:16]}"),
        ("Rules", study.rule_set if study else "not studied"),
    )
    drawn = [symbols.box(x, y, right - x, 94, fill="#ffffff", stroke_width=1.2)]
    for place, (name, value) in enumerate(rows):
        at = y + 18 + 22 * place
        drawn += [text(x + 10, at, name, size=10.5, color=SOFT), text(x + 80, at, shorten(value, 470, 10.5), size=10.5, bold=place == 0)]
        if place:
            drawn.append(line(x, at - 15, right, at - 15, 0.6, color=FAINT))
    return symbol("Title block", site_design.design.title, *drawn)
