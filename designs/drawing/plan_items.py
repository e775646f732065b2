"""The things on a layout plan, drawn to scale: surfaces, bays, cabinets, signs, ducts and cable routes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from designs.drawing import symbols
from designs.drawing.plan_clip import Part, lines, outline
from designs.drawing.plan_labels import Box
from designs.drawing.symbols import FAINT, INK, SOFT, line, number, symbol
from designs.model import Duct, LayoutItem, Point, Route

#: What a kind is called in the legend; in this order surfaces are drawn under everything else.
KINDS: Mapping[str, str] = {
    "road": "Road", "green": "Green", "building": "Building", "bay": "Bay",
    "accessible-bay": "Accessible bay", "foundation": "Foundation",
    "station": "Charging station", "switchboard": "Switchboard, pillar",
    "transformer": "Transformer", "storage": "Battery storage", "pv": "PV", "meter-cabinet": "Meter cabinet",
    "emergency-stop": "Emergency stop", "bollard": "Bollard", "sign": "Sign", "lighting": "Lighting",
}  # fmt: skip
#: Cabinets that are marked with a letter or a sign, and the least size at which that is drawn, in units.
_LETTER = {
    "switchboard": "SB",
    "transformer": "T",
    "meter-cabinet": "M",
    "storage": "BESS",
    "pv": "PV",
    "sign": "S",
}
_FILL = {
    "road": "#ececec", "green": "#f4f7f1", "building": "#dcdcdc", "station": "#333333",
}  # fmt: skip
_LEAST = 7.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a part of the plan lies on the paper."""

    part: Part
    left: float
    top: float
    scale: float  # units per metre

    def at(self, point: Point) -> tuple[float, float]:
        """Return where a place of the plan is on the paper."""
        return (
            self.left + (point.x_m - self.part.left) * self.scale,
            self.top + (point.y_m - self.part.top) * self.scale,
        )

    def path(self, points: tuple[Point, ...]) -> str:
        """Return the data of a path through places of the plan."""
        return "M " + " L ".join(f"{number(x)} {number(y)}" for x, y in map(self.at, points))


def corners(item: LayoutItem, least_m: float = 0.0) -> tuple[Point, ...]:
    """Return the four corners of a thing as it is turned, no smaller than ``least_m``."""
    half_x, half_y = max(item.width_m, least_m) / 2, max(item.depth_m, least_m) / 2
    turned = math.radians(item.turned_deg)
    cosine, sine = math.cos(turned), math.sin(turned)
    return tuple(
        Point(item.x_m + x * cosine - y * sine, item.y_m + x * sine + y * cosine)
        for x, y in ((-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y))
    )


def extent(item: LayoutItem, sheet: Sheet) -> Box:
    """Return the rectangle around a thing on the paper, cut at the edge of the sheet's part."""
    shown = outline(corners(item, _least(item, sheet)), sheet.part)
    places = [sheet.at(each) for each in shown or (Point(item.x_m, item.y_m),)]
    across, down = [x for x, _ in places], [y for _, y in places]
    return min(across), min(down), max(across), max(down)


def _least(item: LayoutItem, sheet: Sheet) -> float:
    surface = item.kind in ("road", "green", "building", "bay", "accessible-bay", "foundation")
    return 0.0 if surface else _LEAST / sheet.scale


def item_svg(item: LayoutItem, sheet: Sheet) -> str:
    """Return a thing with its title and what it is; nothing when the sheet does not show its place."""
    reach = item.width_m + item.depth_m + _LEAST / sheet.scale
    if not sheet.part.reaches(Point(item.x_m, item.y_m), reach):
        return ""
    shown = outline(corners(item, _least(item, sheet)), sheet.part)
    if len(shown) < 3:
        return ""
    drawn = _DRAWN.get(item.kind, _cabinet)(item, sheet, shown)
    described = (
        f"{KINDS[item.kind]} at {item.x_m:g} m, {item.y_m:g} m, {item.width_m:g} m × {item.depth_m:g} m."
    )
    return symbol(f"{item.tag} {item.title}", described, drawn)


def _shape(data: str, fill: str, width: float, dash: str = "", color: str = INK) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{data} Z" fill="{fill}" stroke="{color}" stroke-width="{number(width)}"{dashes}/>'


def _surface(item: LayoutItem, sheet: Sheet, shown: tuple[Point, ...]) -> str:
    return _shape(sheet.path(shown), _FILL[item.kind], 1.4 if item.kind == "building" else 0.8, color=SOFT)


def _bay(item: LayoutItem, sheet: Sheet, shown: tuple[Point, ...]) -> str:
    drawn = _shape(sheet.path(shown), "#ffffff", 1.0, color=SOFT)
    if item.kind == "accessible-bay":
        x, y = sheet.at(Point(item.x_m, item.y_m))
        side = sign_side(item, sheet)
        drawn += wheelchair(x - side / 2, y - side / 2, side)
    return drawn


def sign_side(item: LayoutItem, sheet: Sheet) -> float:
    """Return how wide the sign in the middle of an accessible bay is drawn."""
    return min(30.0, min(item.width_m, item.depth_m) * sheet.scale * 0.5)


def _foundation(item: LayoutItem, sheet: Sheet, shown: tuple[Point, ...]) -> str:
    del item
    return _shape(sheet.path(shown), "none", 1.0, "4 3")


def _cabinet(item: LayoutItem, sheet: Sheet, shown: tuple[Point, ...]) -> str:
    x, y = sheet.at(Point(item.x_m, item.y_m))
    drawn = _shape(sheet.path(shown), _FILL.get(item.kind, "#ffffff"), 1.5)
    letter = _LETTER.get(item.kind)
    left, top, right, bottom = extent(item, sheet)
    if item.kind == "transformer" and min(right - left, bottom - top) >= 24:
        return drawn + symbols.circle(x - 5, y, 8) + symbols.circle(x + 5, y, 8)
    if letter and right - left >= 9 * len(letter) and bottom - top >= 12:
        drawn += symbols.text(x, y + 3.5, letter, size=9, bold=True, anchor="middle")
    return drawn


def _stop(item: LayoutItem, sheet: Sheet, shown: tuple[Point, ...]) -> str:
    del shown
    x, y = sheet.at(Point(item.x_m, item.y_m))
    return symbols.circle(x, y, 7, "#ffffff") + symbols.circle(x, y, 3.5, INK)


def _bollard(item: LayoutItem, sheet: Sheet, shown: tuple[Point, ...]) -> str:
    del shown
    x, y = sheet.at(Point(item.x_m, item.y_m))
    return symbols.circle(x, y, 3, INK)


def _lamp(item: LayoutItem, sheet: Sheet, shown: tuple[Point, ...]) -> str:
    del shown
    x, y = sheet.at(Point(item.x_m, item.y_m))
    return (
        symbols.circle(x, y, 6, "#ffffff")
        + line(x - 4, y - 4, x + 4, y + 4)
        + line(x - 4, y + 4, x + 4, y - 4)
    )


_Draw = Callable[[LayoutItem, Sheet, tuple[Point, ...]], str]
_DRAWN: Mapping[str, _Draw] = {
    "road": _surface, "green": _surface, "building": _surface, "bay": _bay, "accessible-bay": _bay,
    "foundation": _foundation, "emergency-stop": _stop, "bollard": _bollard, "lighting": _lamp,
}  # fmt: skip


def wheelchair(x: float, y: float, side: float) -> str:
    """Return the sign of an accessible bay: a seated person over a wheel, light on dark."""
    unit = side / 20

    def at(dx: float, dy: float) -> str:
        return f"{number(x + dx * unit)} {number(y + dy * unit)}"

    strokes = f"M {at(8.5, 6)} L {at(9.5, 11)} L {at(14, 11)} L {at(16, 15.5)} M {at(9, 8.2)} L {at(13, 8.2)}"
    wheel = f"M {at(7.2, 9)} A {number(4.4 * unit)} {number(4.4 * unit)} 0 1 0 {at(13, 14)}"
    white = (
        f'fill="none" stroke="#ffffff" stroke-width="{number(max(1.5 * unit, 0.9))}" stroke-linecap="round"'
    )
    place = f'cx="{number(x + 8 * unit)}" cy="{number(y + 3.8 * unit)}" r="{number(1.6 * unit)}"'
    head = f'<circle {place} fill="#ffffff"/>'
    return (
        symbols.box(x, y, side, side, fill="#333333", stroke="none", radius=2 * unit)
        + head + f'<path d="{strokes}" {white}/><path d="{wheel}" {white}/>'
    )  # fmt: skip


_DUCT = {
    "duct": ("#c4c4c4", 5.0),
    "trench": ("#d4d4d4", 9.0),
    "tray": ("#b0b0b0", 4.0),
    "riser": ("#b0b0b0", 6.0),
}


def duct_words(duct: Duct) -> str:
    """Return tag, ways and cover of a duct."""
    cover = f" · {duct.cover_m:g} m cover" if duct.cover_m is not None else ""
    ways = f" · {duct.ways} way{'s' * (duct.ways != 1)}" if duct.kind != "tray" else ""
    return f"{duct.tag} {duct.kind}{ways}{cover}"


def duct_svg(duct: Duct, sheet: Sheet) -> str:
    """Return a duct as a light band with a dashed middle."""
    color, width = _DUCT[duct.kind]
    pieces = [sheet.path(piece) for piece in lines(duct.points, sheet.part)]
    drawn = "".join(
        f'<path d="{data}" fill="none" stroke="{color}" stroke-width="{number(width)}"/>'
        f'<path d="{data}" fill="none" stroke="{FAINT}" stroke-width="0.8" stroke-dasharray="7 4"/>'
        for data in pieces
    )
    return symbol(f"{duct.tag} {duct.title}", duct_words(duct), drawn) if pieces else ""


def route_svg(route: Route, sheet: Sheet) -> str:
    """Return the way of a circuit's cable."""
    pieces = [sheet.path(piece) for piece in lines(route.points, sheet.part)]
    drawn = "".join(f'<path d="{data}" fill="none" stroke="{INK}" stroke-width="0.9"/>' for data in pieces)
    said = f"{route.length_m:g} m, of which {route.ends_m:g} m for both ends."
    return symbol(f"Cable route of {route.circuit}", said, drawn) if pieces else ""
