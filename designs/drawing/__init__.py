"""The drawings of a site design as SVG: A3 landscape, 4 units per mm, the same bytes every time."""

from dataclasses import dataclass

from designs.drawing import control, feed, panels, symbols
from designs.drawing import row as rows
from designs.drawing import table as drawing_table
from designs.drawing.document import document
from designs.drawing.figures import Figures
from designs.drawing.parts import Drawn, meters_of
from designs.drawing.plan import layout_sheets
from designs.drawing.sheets import Sheet, plan
from designs.drawing.thumbnail import thumbnail_svg
from designs.model import SiteDesign, Study
from designs.topology import Topology

__all__ = ["Drawing", "drawings", "one_line_svg", "thumbnail_svg"]

WIDTH, HEIGHT = 1680.0, 1188.0
#: Under the heading, and above the legend and the title block.
TOP, BOTTOM = 96.0, 1074.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """One sheet: ``name`` is ``one-line-1`` …, ``layout`` …; ``svg`` a whole document."""

    name: str
    title: str
    svg: str


def drawings(site_design: SiteDesign, study: Study | None = None) -> tuple[Drawing, ...]:
    """Return every sheet of the one-line diagram, then the layout plan when the site has one."""
    plans = (Drawing(each.name, each.title, each.svg) for each in layout_sheets(site_design, study))
    return (*_one_line(site_design, study), *plans)


def one_line_svg(site_design: SiteDesign, study: Study | None = None) -> str:
    """Return the first sheet of the one-line diagram, with the figures of the study when there is one."""
    return _one_line(site_design, study)[0].svg


def _one_line(site_design: SiteDesign, study: Study | None) -> list[Drawing]:
    topology = Topology(site_design.one_line)
    meters = meters_of(site_design.one_line.meters)
    drawn = Drawn(topology, Figures(study), plan(topology), meters)
    made = control.cards(drawn)
    plain = [_geometry(drawn, sheet, False) for sheet in drawn.plan.sheets]
    beside = control.flow(made, [row.top - rows.HEAD_ROOM - 110 for row in plain])
    apart = [] if beside or not made else control.sheets(made, TOP + 28, BOTTOM)
    count = len(drawn.plan.sheets) + len(apart)
    found = []
    for sheet, row in zip(drawn.plan.sheets, plain, strict=True):
        panel = beside.get(sheet.number, "")
        content = [*_sheet(site_design, drawn, _geometry(drawn, sheet, True) if panel else row), panel]
        title = sheet.title if count > 1 else "One-line diagram"
        found.append(_page(site_design, study, content, (sheet.number, count), title))
    for place, each in enumerate(apart, start=len(drawn.plan.sheets) + 1):
        found.append(_page(site_design, study, [each], (place, count), "Control and communication"))
    return found


def _geometry(drawn: Drawn, sheet: Sheet, beside: bool) -> rows.Row:
    """Return where the row of a sheet stands; ``beside``: cards of control stand beside its feed."""
    above = feed.height(drawn, sheet)
    spare = BOTTOM - TOP - above - rows.HEAD_ROOM - rows.height(sheet, drawn)
    # A transformer and meters per circuit on one sheet need what the heading and the panels can spare.
    top = TOP + above + rows.HEAD_ROOM + min(spare, 0)
    own, table = rows.own_meters(sheet, drawn), drawing_table.of(sheet, drawn)
    if beside:
        return rows.Row(sheet, top, own, table, control.STRIP[0] - 14, rows.LEFT)
    return rows.Row(sheet, top, own, table, 944 if sheet.number == 1 else 1246)


def _sheet(site_design: SiteDesign, drawn: Drawn, row: rows.Row) -> list[str]:
    one_line, study, sheet = site_design.one_line, drawn.figures.study, row.sheet
    outline, x = row.top - rows.HEAD_ROOM, row.feed_x
    content = [
        rows.row(drawn, row),
        feed.feed(drawn, sheet, (x, outline, row.top), row.words_end - x),
    ]
    if sheet.number == 1:
        content.append(panels.connection_point(one_line, study, 960))
        content.append(panels.findings(study, 1262, 1648, outline))
    else:
        tags = [sheet.head, *(each.tag for column in sheet.columns for each in column.circuits)]
        tags += [each.target for column in sheet.columns for each in column.circuits]
        tags += [section.board.tag for section in sheet.sections if section.board]
        content.append(panels.findings(study, 1262, 1648, outline, tags))
    return content


def _page(
    site_design: SiteDesign, study: Study | None, content: list[str], page: tuple[int, int], title: str
) -> Drawing:
    (number, count), one_line = page, site_design.one_line
    what = "one-line diagram" if count == 1 else f"one-line diagram {number}/{count}, {title}"
    whole = [
        symbols.box(0, 0, WIDTH, HEIGHT, fill="#ffffff", stroke="none"),
        symbols.box(16, 16, WIDTH - 32, HEIGHT - 32, stroke_width=1.2),
        panels.header(site_design, study, what),
        *content,
        panels.legend(one_line, 32, HEIGHT - 104),
        panels.title_block(site_design, study, page, title, (WIDTH - 16, HEIGHT - 16)),
    ]
    described = f"{len(one_line.stations)} charging stations, {len(one_line.circuits)} circuits."
    if count > 1:
        described += f" Page {number} of {count}: {title}."
    name = f"One-line diagram of {site_design.parameters.name}"
    heading = f"One-line diagram, page {number} of {count}: {title}" if count > 1 else "One-line diagram"
    return Drawing(
        f"one-line-{number}", symbols.clean(heading), document(name, described, WIDTH, HEIGHT, whole)
    )
