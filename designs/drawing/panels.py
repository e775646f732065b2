"""The panels of a sheet of the one-line diagram: heading, connection point, findings, legend, title block."""

from collections.abc import Iterable

from designs.drawing import symbols
from designs.drawing.figures import SIGNS
from designs.drawing.parts import SMALL
from designs.drawing.symbols import ERROR, FAINT, INK, SOFT, line, shorten, symbol, text, wrap
from designs.model import ConnectionPointStudy, Finding, OneLine, SiteDesign, Study


def header(site_design: SiteDesign, study: Study | None, what: str) -> str:
    """Return the heading: site and place on the left, design on the right."""
    parameters, design = site_design.parameters, site_design.design
    state = _state(study)
    changed = len(site_design.as_built)
    if changed:
        state += f" · as built: {changed} tag{'s' * (changed > 1)} differ{'s' * (changed == 1)}"
    wrong = state.startswith("■")
    return (
        text(32, 50, shorten(f"{parameters.name}: {what}", 1120, 24), size=24, bold=True)
        + text(32, 72, shorten(f"{parameters.address}, {parameters.country}", 1000, 13), size=13, color=SOFT)
        + text(
            1648,
            50,
            shorten(f"{design.id}, revision {design.revision}", 440, 14),
            size=14,
            bold=True,
            anchor="end",
        )
        + text(1648, 72, state, size=13, bold=wrong, anchor="end", color=ERROR if wrong else SOFT)
    )


def _state(study: Study | None) -> str:
    if study is None:
        return "not studied"
    if study.refused:
        return "■ refused by the study: do not build"
    warnings = sum(finding.severity == "warning" for finding in study.findings)
    return "study passed" + (f" with {warnings} warning{'s' * (warnings > 1)}" if warnings else "")


def connection_point(one_line: OneLine, study: Study | None, x: float) -> str:
    """Return the panel with demand, stiffness and distortion limits at the connection point."""
    if study is None:
        return ""
    point = study.connection_point
    drawn = [
        text(x, 122, f"Connection point {one_line.supply.tag}", size=13, bold=True),
        line(x, 130, x + 270, 130),
    ]
    for place, (name, value) in enumerate(_point_rows(point)):
        y = 149 + 18 * place
        drawn += [text(x, y, name, size=12, color=SOFT), text(x + 270, y, value, size=12, anchor="end")]
    return symbol("Connection point", point.expected_thd_statement or "Demand and limits.", *drawn)


def _point_rows(point: ConnectionPointStudy) -> list[tuple[str, str]]:
    def of(value: float | None, unit: str) -> str:
        return "not computed" if value is None else f"{value:.4g} {unit}".rstrip()

    rows = [
        ("Demand, all at full", of(point.demand_full_a, "A")),
        ("Demand, managed", of(point.demand_managed_a, "A")),
        ("Import limit", of(point.import_limit_a, "A")),
        ("Isc/IL", of(point.isc_over_il, "")),
        ("THD U limit (EN 50160)", of(point.thd_voltage_limit_percent, "%")),
        ("TDD I limit (IEEE 519)", of(point.tdd_current_limit_percent, "%")),
        ("THD U expected", "unknown"),
    ]
    if point.expected_thd_voltage_percent is not None:
        rows[-1] = ("THD U expected", f"{point.expected_thd_voltage_percent:g} %")
    if point.reserved_a:
        rows.insert(3, ("Kept free", f"{point.reserved_a:.4g} A"))
    return rows


def findings(
    study: Study | None, x: float, end: float, bottom: float, tags: Iterable[str] | None = None
) -> str:
    """Return the panel with what the rules found (at these tags), the worst first, one entry per kind."""
    if study is None:
        return ""
    kept = None if tags is None else set(tags)
    found = tuple(each for each in study.findings if kept is None or each.tag in kept)
    heading = "Findings of the study" if kept is None else "Findings on this sheet"
    drawn = [text(x, 122, heading, size=13, bold=True), line(x, 130, end, 130)]
    y, kinds = 148.0, _by_kind(found)
    for place, (finding, sentence) in enumerate(kinds):
        rows = wrap(sentence, 0.94 * (end - x - 22), SMALL)
        more = place + 1 < len(kinds)
        if y + 14.5 * (len(rows) - 1 + more) + 5 * more > bottom - 8:
            left = len(kinds) - place
            said = f"and {left} more kind{'s' * (left > 1)} of finding: see the study"
            drawn.append(text(x + 20, y, said, size=SMALL, color=SOFT))
            break
        sign, color = SIGNS[finding.severity]
        drawn += [
            text(x, y, sign, size=12, bold=True, color=color),
            symbols.lines_of_text(x + 20, y, rows, SMALL, 14.5),
        ]
        y += 14.5 * len(rows) + 5
    if not found:
        drawn.append(text(x, y, "none", size=SMALL, color=SOFT))
    return symbol(heading, f"{len(found)} finding(s).", *drawn)


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


_LEGEND = (
    "Symbols after IEC 60617. The stroke on a conductor tells its cores. Ik max: three-phase, 20 °C.",
    "Ik min: line to PE, conductors hot. Zs cold: what a loop tester should show on a cold cable.",
    "Iz: corrected for grouping, temperature and method (IEC 60364-5-52). ΔU total: from the origin.",
    "▲ warning: for the engineer to decide.  ■ error: the design is refused.",
)


def legend(one_line: OneLine, x: float, y: float) -> str:
    """Return what the signs and words on the sheet mean."""
    said = list(_LEGEND)
    sources = {circuit.cable.length_source for circuit in one_line.circuits}
    if sources & {"layout", "surveyed"}:
        said[-1] += "  Length (L) by the layout plan, (S) surveyed."
    if one_line.rule_set == "nec":
        said[2] = "– not computed: there is no data for this rule set."
    return symbols.lines_of_text(x, y + 16, said, 10.5, 17).replace(f'fill="{INK}"', f'fill="{SOFT}"')


def title_block(
    site_design: SiteDesign,
    study: Study | None,
    page: tuple[int, int],
    sheet: str,
    corner: tuple[float, float],
) -> str:
    """Return the title block in the lower right corner; ``page``: number and how many."""
    right, bottom = corner
    x, y = right - 560, bottom - 94
    design, (number, count) = site_design.design, page
    rows = (
        ("Site", site_design.parameters.name),
        ("Design", design.title),
        ("Revision", f"{design.id} r{design.revision} · {design.digest[:16]}"),
        ("Rules", study.rule_set if study else "not studied"),
    )
    drawn = [symbols.box(x, y, 560, 94, fill="#ffffff", stroke_width=1.2)]
    for place, (name, value) in enumerate(rows):
        at, room = y + 18 + 22 * place, 440 if place == len(rows) - 1 else 330
        drawn += [
            text(x + 10, at, name, size=10.5, color=SOFT),
            text(x + 80, at, shorten(value, room, 10.5), size=10.5, bold=place == 0),
        ]
        if place:
            drawn.append(line(x, at - 15, right, at - 15, 0.6, color=FAINT))
    left = right - 138
    drawn += [
        line(left, y, left, y + 69, 0.6, color=FAINT),
        text(left + 10, y + 18, "Page", size=10.5, color=SOFT),
        text(right - 12, y + 18, f"{number} of {count}", size=12, bold=True, anchor="end"),
        *(
            text(left + 10, y + 40 + 22 * place, each, size=10)
            for place, each in enumerate(wrap(sheet, 124, 10)[:2])
        ),
    ]
    return symbol("Title block", f"{design.title}, page {number} of {count}: {sheet}", *drawn)
