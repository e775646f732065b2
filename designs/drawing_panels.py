"""The panels of the one-line diagram: heading, figures under the stations, findings, legend, title block."""

from collections.abc import Callable

from designs import labels, symbols
from designs.drawing_parts import SIGNS, SMALL
from designs.model import Circuit, Finding, OneLine, SiteDesign, Study
from designs.symbols import ERROR, FAINT, INK, SOFT, line, shorten, symbol, text, wrap

ROW = 16.5


Cell = Callable[[OneLine, Circuit, Study], str]


_FIGURES: tuple[tuple[str, Cell], ...] = (
    ("Ib / In / Iz, A", lambda _, c, s: "{:g} / {:g} / {:g}".format(*_loading(s, c))),
    ("Ik max", lambda _, c, s: labels.current(s.board(c.target).ik_max_ka)),
    ("Ik min L–PE", lambda _, c, s: labels.current(s.board(c.target).ik_min_ka)),
    ("Zs cold, Ω", lambda _, c, s: labels.ohm(s.circuit(c.tag).zs_expected_cold_ohm)),
    ("Zs permitted, Ω", lambda _, c, s: f"{s.circuit(c.tag).zs_permitted_ohm:g}"),
    ("R1+R2, Ω", lambda _, c, s: f"{s.circuit(c.tag).r1_plus_r2_ohm:.3f}"),
    ("ΔU total, %", lambda _, c, s: f"{s.circuit(c.tag).voltage_drop_total_percent:.2f}"),
)


_ROW_OF_CODE = {"overload": 0, "zs_too_high": 3, "voltage_drop": 6}


_DATA = ("Station type", "", "Phases", "Modbus host", "port · unit")


def header(site_design: SiteDesign, study: Study | None) -> str:
    """Return the heading: site and place on the left, design on the right."""
    parameters, design = site_design.parameters, site_design.design
    state = _state(study)
    return (
        text(32, 50, shorten(f"{parameters.name}: one-line diagram", 1000, 24), size=24, bold=True)
        + text(32, 72, shorten(f"{parameters.address}, {parameters.country}", 1000, 13), size=13, color=SOFT)
        + text(1648, 50, f"{design.id}, revision {design.revision}", size=14, bold=True, anchor="end")
        + text(
            1648,
            72,
            state,
            size=13,
            bold=state.startswith("■"),
            anchor="end",
            color=ERROR if state.startswith("■") else SOFT,
        )
    )


def _state(study: Study | None) -> str:
    if study is None:
        return "not studied"
    if study.refused:
        return "■ refused by the study: do not build"
    warnings = sum(finding.severity == "warning" for finding in study.findings)
    return "study passed" + (f" with {warnings} warning{'s' * (warnings > 1)}" if warnings else "")


def row_names(x: float, y: float, study: Study | None) -> str:
    """Return the names of the rows of the table under the stations."""
    names = [*(name for name, _ in (_FIGURES if study else ())), *_DATA]
    return "".join(
        text(x, y + 11 + ROW * place, name, size=SMALL, anchor="end", color=SOFT)
        for place, name in enumerate(names)
    )


def column_of_table(
    one_line: OneLine, part: Circuit, study: Study | None, x: float, width: float, y: float
) -> str:
    """Return the figures of one circuit and the data of its station, under it."""
    wrong = {
        _ROW_OF_CODE[f.code]: f
        for f in (study.findings if study else ())
        if f.tag == part.tag and f.code in _ROW_OF_CODE
    }
    drawn = [
        symbols.box(
            x + 2,
            y - 4,
            width - 4,
            ROW * len(_DATA) + 8 + (ROW * len(_FIGURES) if study else 0),
            stroke=FAINT,
            stroke_width=0.8,
        )
    ]
    place = 0
    for place, (_, cell) in enumerate(_FIGURES if study else (), start=1):
        drawn.append(
            _cell(
                cell(one_line, part, study) if study else "",
                x,
                y + ROW * (place - 1),
                wrong.get(place - 1),
                width,
            )
        )
    for row, value in enumerate(_station_data(one_line, part, width), start=place):
        drawn.append(text(x + 8, y + 11 + ROW * row, shorten(value, width - 10, 10), size=10))
    return symbol(f"Figures of {part.tag}", f"Circuit {part.tag} to {part.target}.", *drawn)


def _cell(value: str, x: float, y: float, finding: Finding | None, width: float) -> str:
    if finding is None:
        return text(x + 8, y + 11, shorten(value, width - 10, SMALL), size=SMALL)
    sign, color = SIGNS[finding.severity]
    return text(
        x + 8, y + 11, shorten(f"{value} {sign}", width - 10, SMALL), size=SMALL, bold=True, color=color
    )


def _loading(study: Study, part: Circuit) -> tuple[float, float, float]:
    figures = study.circuit(part.tag)
    return (round(figures.ib_a, 1), figures.in_a, round(figures.iz_a, 1))


def _station_data(one_line: OneLine, part: Circuit, width: float) -> list[str]:
    found = next((station for station in one_line.stations if station.tag == part.target), None)
    if found is None:
        return ["–"] * len(_DATA)
    name = [*wrap(found.equipment, width - 10, 10, "-"), ""][:2]
    host, rest = labels.address(found.modbus)
    return [*name, found.phase_rotation[: 2 * found.phases], host, rest.lstrip(":")]


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
    drawn = [
        text(x, 122, f"Connection point {one_line.supply.tag}", size=13, bold=True),
        line(x, 130, x + 270, 130),
    ]
    for place, (name, value) in enumerate(rows):
        y = 149 + 18 * place
        drawn += [text(x, y, name, size=12, color=SOFT), text(x + 270, y, value, size=12, anchor="end")]
    return symbol("Connection point", point.expected_thd_statement, *drawn)


def findings(study: Study | None, x: float, end: float, bottom: float) -> str:
    """Return the panel with what the rules found, the worst first, one entry per kind."""
    if study is None:
        return ""
    drawn = [text(x, 122, "Findings of the study", size=13, bold=True), line(x, 130, end, 130)]
    y, kinds = 148.0, _by_kind(study.findings)
    for place, (finding, sentence) in enumerate(kinds):
        rows = wrap(sentence, end - x - 22, SMALL)
        more = place + 1 < len(kinds)
        if y + 14.5 * (len(rows) - 1 + more) > bottom - 6:
            drawn.append(
                text(x + 20, y, f"and {len(kinds) - place} more kinds of finding", size=SMALL, color=SOFT)
            )
            break
        sign, color = SIGNS[finding.severity]
        drawn += [
            text(x, y, sign, size=12, bold=True, color=color),
            symbols.lines_of_text(x + 20, y, rows, SMALL, 14.5),
        ]
        y += 14.5 * len(rows) + 5
    if not study.findings:
        drawn.append(text(x, y, "none", size=SMALL, color=SOFT))
    return symbol("Findings of the study", f"{len(study.findings)} finding(s).", *drawn)


def _by_kind(found: tuple[Finding, ...]) -> list[tuple[Finding, str]]:
    """Return one finding per code, its sentence followed by the tags of the others."""
    codes = list(dict.fromkeys(finding.code for finding in found))
    made = []
    for code in codes:
        first, *others = [finding for finding in found if finding.code == code]
        tags = list(dict.fromkeys(finding.tag for finding in others))
        also = f" Also {tags[0]}{f' to {tags[-1]} ({len(tags)})' if len(tags) > 1 else ''}." if tags else ""
        made.append((first, first.sentence + also))
    return made


def legend(x: float, y: float) -> str:
    """Return what the signs and words on the sheet mean."""
    said = (
        "Symbols after IEC 60617. The stroke on a conductor tells its cores. Ik max: three-phase, 20 °C.",
        "Ik min: line to PE, conductors hot. Zs cold: what a loop tester should show on a cold cable.",
        "Iz: corrected for grouping, temperature and method (IEC 60364-5-52). ΔU total: from the origin.",
        "▲ warning: for the engineer to decide.  ■ error: the design is refused.",
    )
    return symbols.lines_of_text(x, y + 16, said, 10.5, 17).replace(f'fill="{INK}"', f'fill="{SOFT}"')


def title_block(site_design: SiteDesign, study: Study | None, right: float, bottom: float) -> str:
    """Return the title block in the lower right corner."""
    x, y = right - 560, bottom - 94
    rows = (
        ("Site", site_design.parameters.name),
        ("Design", f"{site_design.design.title}"),
        (
            "Revision",
            f"{site_design.design.id} r{site_design.design.revision} · {site_design.design.digest[:16]}",
        ),
        ("Rules", study.rule_set if study else "not studied"),
    )
    drawn = [symbols.box(x, y, right - x, 94, fill="#ffffff", stroke_width=1.2)]
    for place, (name, value) in enumerate(rows):
        at = y + 18 + 22 * place
        drawn += [
            text(x + 10, at, name, size=10.5, color=SOFT),
            text(x + 80, at, shorten(value, 470, 10.5), size=10.5, bold=place == 0),
        ]
        if place:
            drawn.append(line(x, at - 15, right, at - 15, 0.6, color=FAINT))
    return symbol("Title block", site_design.design.title, *drawn)
