"""The layout plan of a site as SVG: A3 landscape, to scale, on more sheets where one would be too crowded."""

import math
from dataclasses import dataclass
from itertools import pairwise

from designs.drawing import labels, panels, symbols
from designs.drawing import plan_items as items
from designs.drawing.document import document
from designs.drawing.plan_clip import Part, lines
from designs.drawing.plan_items import KINDS, Sheet
from designs.drawing.plan_labels import Label, Placer
from designs.drawing.symbols import FAINT, SOFT, line, number, path, symbol, text
from designs.model import Circuit, Duct, Layout, LayoutItem, Point, SiteDesign, Study

WIDTH, HEIGHT = 1680.0, 1188.0
#: Where the plan may lie on the paper.
_LEFT, _TOP, _RIGHT, _BOTTOM = 56.0, 103.0, 1640.0, 1065.0
#: Scales that people measure with; 4 units of the sheet are a millimetre.
_SCALES = (50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 750, 1000, 1250, 1500, 2000, 2500, 5000, 10000)
#: Above this extent a plan that has no room for its labels is cut into parts of at most _PART_M.
_LARGE_M = 80.0
_PART_M = (66.0, 48.0)
#: The share of labels that may cover a line before a large plan is cut.
_CROWDED = 0.08
_UNDER = ("road", "green", "building", "bay", "accessible-bay", "foundation")


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """One sheet of the layout plan: its name, its title and the document."""

    name: str
    title: str
    svg: str


def layout_sheets(site_design: SiteDesign, study: Study | None = None) -> tuple[PlanSheet, ...]:
    """Return the layout plan, then its parts where the whole has no room for every label; or nothing."""
    layout = site_design.layout
    if layout is None or layout.width_m <= 0 or layout.depth_m <= 0:
        return ()
    whole = Part(0, 0, layout.width_m, layout.depth_m)
    large = max(layout.width_m, layout.depth_m) > _LARGE_M
    parts = _parts(layout, whole) if large and _words(site_design, layout, _placed(whole)[0])[1] else []
    drawn = _plan(site_design, layout, whole, tuple(parts))
    count = 1 + len(parts)
    made = [_sheet(site_design, study, drawn, (1, count), "Layout plan", "layout")]
    for place, part in enumerate(parts, start=1):
        drawn = _plan(site_design, layout, part, ())
        name = f"Layout plan, part {place}"
        made.append(_sheet(site_design, study, drawn, (place + 1, count), name, f"layout-{place}"))
    return tuple(made)


def _parts(layout: Layout, whole: Part) -> list[Part]:
    columns, rows = (
        math.ceil(side / most - 0.1) for side, most in zip((whole.width, whole.depth), _PART_M, strict=True)
    )
    wide, deep = whole.width / columns, whole.depth / rows
    cut = [
        Part(column * wide, row * deep, (column + 1) * wide, (row + 1) * deep)
        for row in range(rows)
        for column in range(columns)
    ]
    return [part for part in cut if _worth_a_sheet(layout, part)]


def _worth_a_sheet(layout: Layout, part: Part) -> bool:
    """Return whether there is more in a part than a road or a lawn."""
    things = (each for each in layout.items if each.kind not in ("road", "green", "building"))
    ways = _ways(layout)
    return any(part.holds(Point(each.x_m, each.y_m)) for each in things) or any(
        lines(way, part) for way in ways
    )


def _sheet(
    site_design: SiteDesign, study: Study | None, drawn: str, page: tuple[int, int], title: str, name: str
) -> PlanSheet:
    layout = site_design.layout
    what = f"{title[0].lower()}{title[1:]}"
    content = [
        symbols.box(0, 0, WIDTH, HEIGHT, fill="#ffffff", stroke="none"),
        symbols.box(16, 16, WIDTH - 32, HEIGHT - 32, stroke_width=1.2),
        panels.header(site_design, study, what),
        drawn,
        _legend(layout) if layout else "",
        panels.title_block(site_design, study, page, title, (WIDTH - 16, HEIGHT - 16)),
    ]
    count = len(layout.items) if layout else 0
    heading = f"Layout plan of {site_design.parameters.name}"
    described = f"{title}: {count} things, {len(layout.routes) if layout else 0} cable routes, to scale."
    return PlanSheet(name, title, document(heading, described, WIDTH, HEIGHT, content))


def _placed(part: Part) -> tuple[Sheet, int]:
    """Return how a part lies in the middle of the paper, and at which scale 1:n."""
    fits = min((_RIGHT - _LEFT) / part.width, (_BOTTOM - _TOP) / part.depth)
    scale = next((each for each in _SCALES if 4000 / each <= fits), math.ceil(4000 / fits))
    units = 4000 / scale
    left = (_LEFT + _RIGHT - part.width * units) / 2
    top = (_TOP + _BOTTOM - part.depth * units) / 2
    return Sheet(part, left, top, units), scale


def _plan(site_design: SiteDesign, layout: Layout, part: Part, cut: tuple[Part, ...]) -> str:
    """Return a part of the plan; ``cut``: parts with their own sheet, which bear the words instead."""
    sheet, scale = _placed(part)
    right, bottom = sheet.left + part.width * sheet.scale, sheet.top + part.depth * sheet.scale
    under = [each for each in layout.items if each.kind in _UNDER]
    under.sort(key=lambda each: list(KINDS).index(each.kind))
    above = [each for each in layout.items if each.kind not in _UNDER]
    content = [
        *(items.item_svg(each, sheet) for each in under), _grid(sheet, right, bottom),
        *(items.duct_svg(each, sheet) for each in layout.ducts),
        *(items.route_svg(each, sheet) for each in layout.routes),
        *(items.item_svg(each, sheet) for each in above),
        symbols.box(sheet.left, sheet.top, right - sheet.left, bottom - sheet.top, stroke_width=1),
        _scale_bar(sheet, scale), _north(layout.north_deg),
    ]  # fmt: skip
    words = _cuts(cut, sheet) if cut else _words(site_design, layout, sheet)[0]
    return "".join(content) + words


def _words(site_design: SiteDesign, layout: Layout, sheet: Sheet) -> tuple[str, bool]:
    """Return every label of a part of the plan, and whether they are too crowded to be read."""
    bottom = sheet.top + sheet.part.depth * sheet.scale
    placer = Placer((24, sheet.top + 2, _RIGHT + 4, _BOTTOM + 6))
    placer.block((sheet.left - 34, sheet.top - 20, sheet.left - 1, bottom + 8))
    _keep_free(layout, sheet, placer)
    drawn = "".join([placer.place(each) for each in _labels(site_design, layout, sheet)])
    crowded = placer.unplaced or placer.crowded > _CROWDED * (placer.placed + placer.crowded)
    return drawn, bool(crowded)


def _ways(layout: Layout) -> list[tuple[Point, ...]]:
    return [*(duct.points for duct in layout.ducts), *(route.points for route in layout.routes)]


def _keep_free(layout: Layout, sheet: Sheet, placer: Placer) -> None:
    """Keep labels off things and signs, and where that can be off ducts, routes and the edges of bays."""
    for each in layout.items:
        if not sheet.part.holds(Point(each.x_m, each.y_m)):
            continue
        if each.kind not in _UNDER:
            placer.block(items.extent(each, sheet))
        if each.kind == "accessible-bay":
            (x, y), half = sheet.at(Point(each.x_m, each.y_m)), items.sign_side(each, sheet) / 2
            placer.block((x - half, y - half, x + half, y + half))
        if each.kind in _UNDER:
            left, top, right, bottom = items.extent(each, sheet)
            around = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
            for one, other in pairwise(around):
                placer.avoid(one, other)
    # Cables that share a trench share its line.
    straight = {pair for way in _ways(layout) for piece in lines(way, sheet.part) for pair in pairwise(piece)}
    for one_end, other_end in straight:
        placer.avoid(sheet.at(one_end), sheet.at(other_end))


def _labels(site_design: SiteDesign, layout: Layout, sheet: Sheet) -> list[Label]:
    """Return what is to be written on a plan, the most important first."""
    routes = {route.circuit: route for route in layout.routes}
    fed = {
        each.target: (_length(each), routes[each.tag].points[-1])
        for each in site_design.one_line.circuits
        if each.tag in routes and routes[each.tag].points
    }
    shown = [each for each in layout.items if sheet.part.holds(Point(each.x_m, each.y_m))]
    tags = {each.tag for each in shown}
    order = ("transformer", "switchboard", "storage", "pv", "emergency-stop", "meter-cabinet", "sign")
    rank = {kind: place for place, kind in enumerate((*order, "building", "lighting", "road", "green"))}
    named = sorted((each for each in shown if each.kind in rank), key=lambda each: rank[each.kind])
    made = [_item_label(each, fed.get(each.tag), sheet) for each in named]
    made += [_item_label(each, fed.get(each.tag), sheet) for each in shown if each.kind == "station"]
    made += [
        Label((said,), _point(end, sheet), size=9)
        for target, (said, end) in fed.items()
        if target not in tags and sheet.part.holds(end)
    ]
    made += [
        _duct_label(duct, pieces, sheet)
        for duct in layout.ducts
        if (pieces := lines(duct.points, sheet.part))
    ]
    made += [_item_label(each, None, sheet) for each in shown if each.kind in ("bay", "accessible-bay")]
    return made


def _length(circuit: Circuit) -> str:
    """Return a circuit with the length that the study counts with: by this plan, or surveyed."""
    surveyed = " (S)" if circuit.cable.length_source == "surveyed" else ""
    return f"{circuit.tag} {circuit.cable.length_m:g} m{surveyed}"


def _item_label(item: LayoutItem, cable: tuple[str, Point] | None, sheet: Sheet) -> Label:
    first = item.tag
    if item.kind not in ("station", "bay", "accessible-bay", "emergency-stop", "lighting"):
        first = f"{item.tag} {item.title}"
    said = (first, cable[0]) if cable else (first,)
    inside = item.kind in _UNDER
    return Label(said, items.extent(item, sheet), inside, 9 if inside else 9.5)


def _point(point: Point, sheet: Sheet) -> tuple[float, float, float, float]:
    x, y = sheet.at(point)
    return x - 4, y - 5, x + 4, y + 5


def _duct_label(duct: Duct, pieces: list[tuple[Point, ...]], sheet: Sheet) -> Label:
    """Return the words of a duct, to stand anywhere along its longest straight part."""
    pairs = [pair for piece in pieces for pair in pairwise(piece)]
    one, other = max(pairs, key=lambda pair: abs(pair[0].x_m - pair[1].x_m) + abs(pair[0].y_m - pair[1].y_m))
    along = [
        Point(one.x_m + share * (other.x_m - one.x_m), one.y_m + share * (other.y_m - one.y_m))
        for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.9, 0.1, 1.0)
    ]
    middle, *others = (_point(each, sheet) for each in along)
    return Label((items.duct_words(duct),), middle, size=9, others=(middle, *others))


def _grid(sheet: Sheet, right: float, bottom: float) -> str:
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000) if each * sheet.scale >= 60)
    drawn = []
    at = math.ceil(sheet.part.left / step) * step
    while at <= sheet.part.right + 1e-9:
        x = sheet.at(Point(at, 0))[0]
        drawn.append(line(x, sheet.top, x, bottom, 0.4, color=FAINT))
        drawn.append(text(x, sheet.top - 5, f"{at:g}", size=9, anchor="middle", color=SOFT))
        at += step
    at = math.ceil(sheet.part.top / step) * step
    while at <= sheet.part.bottom + 1e-9:
        y = sheet.at(Point(0, at))[1]
        drawn.append(line(sheet.left, y, right, y, 0.4, color=FAINT))
        drawn.append(text(sheet.left - 6, y + 3, f"{at:g}", size=9, anchor="end", color=SOFT))
        at += step
    return symbol("Grid", f"Every {step} m.", *drawn)


def _cuts(cut: tuple[Part, ...], sheet: Sheet) -> str:
    """Return where each further sheet lies on the whole, with its name."""
    drawn = []
    for place, part in enumerate(cut, start=1):
        x, y = sheet.at(Point(part.left, part.top))
        wide, deep = part.width * sheet.scale, part.depth * sheet.scale
        drawn.append(symbols.box(x, y, wide, deep, stroke_width=1.5, dash="10 5"))
        words = f"→ part {place}, page {place + 1}"
        # Beside the plan where its edge is near, so that the sign covers nothing.
        at_edge = part.right >= sheet.part.right - 0.01 and x + wide + 150 < _RIGHT
        left = x + wide + 10 if at_edge else x + wide - 140
        drawn.append(symbols.box(left, y + deep - 30, 132, 22, fill="#ffffff", stroke_width=1))
        drawn.append(text(left + 66, y + deep - 15, words, size=11, bold=True, anchor="middle"))
    return symbol("Parts", f"{len(cut)} parts, each on a sheet of its own.", *drawn)


def _scale_bar(sheet: Sheet, scale: int) -> str:
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if each * sheet.scale >= 40)
    x, y, wide = 900.0, 64.0, step * sheet.scale
    drawn = [
        symbols.box(
            x + wide * place, y, wide, 6, fill="#111111" if place % 2 == 0 else "#ffffff", stroke_width=1
        )
        for place in range(3)
    ]
    drawn += [
        text(
            x + wide * place,
            y - 5,
            f"{step * place:g}{' m' if place == 3 else ''}",
            size=9.5,
            anchor="middle",
        )
        for place in range(4)
    ]
    drawn.append(text(x + 3 * wide + 24, y + 7, f"1:{scale} on a full A3 sheet", size=11, bold=True))
    return symbol(f"Scale 1:{scale}", f"Each part of the bar is {step} m.", *drawn)


def _north(degrees: float) -> str:
    x, y = 860.0, 58.0
    arrow = path(f"M {number(x)} {number(y - 18)} l 7 30 l -7 -7 l -7 7 Z", "#ffffff", 1.2)
    half = path(f"M {number(x)} {number(y - 18)} l 7 30 l -7 -7 Z", "#111111", 1.2)
    turned = f'<g transform="rotate({number(degrees % 360)} {number(x)} {number(y)})">{arrow}{half}</g>'
    return symbol(
        "North", f"{degrees:g}° clockwise from up.", turned, text(x - 22, y + 6, "N", size=12, bold=True)
    )


def _legend(layout: Layout) -> str:
    """Return the kinds on this plan with how they are drawn."""
    kinds = [kind for kind in KINDS if any(each.kind == kind for each in layout.items)]
    drawn = []
    for place, kind in enumerate(kinds):
        x, y = 40 + 150 * (place // 4), 1082 + 21 * (place % 4)
        sample = LayoutItem("X", next(e.kind for e in layout.items if e.kind == kind), "", 1, 1, 2, 1.2)
        sheet = Sheet(Part(0, 0, 2, 2), x, y - 7, 10)
        drawn += [_sample(sample, sheet), text(x + 28, y + 7, KINDS[kind], size=10, color=SOFT)]
    x = 40 + 150 * math.ceil(len(kinds) / 4)
    for place, (word, sign) in enumerate(
        (("Duct or trench", "duct"), ("Cable route, circuit and length", "route"))
    ):
        y = 1086 + 21 * place
        if sign == "duct":
            drawn.append(line(x, y, x + 22, y, 8, color="#d4d4d4") + line(x, y, x + 22, y, 0.8, "7 4", FAINT))
        else:
            drawn.append(line(x, y, x + 22, y, 0.9))
        drawn.append(text(x + 28, y + 3, word, size=10, color=SOFT))
    said = f"Metres. {labels.ranges([duct.tag for duct in layout.ducts])}".strip(" .")
    drawn.append(
        text(
            x,
            1086 + 45,
            f"{said}; lengths with both ends, (S) surveyed." if layout.ducts else "Metres.",
            size=10,
            color=SOFT,
        )
    )
    return symbol("Legend", "How things are drawn.", *drawn)


def _sample(item: LayoutItem, sheet: Sheet) -> str:
    drawn = items.item_svg(item, sheet)
    # The legend is one picture: what it shows needs no titles of its own.
    return drawn[drawn.index("</desc>") + 7 : -len("</g>")] if drawn else ""
