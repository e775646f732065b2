"""The one-line diagram of a site design as SVG: A3 landscape, 4 units per mm, the same bytes every time."""

from dataclasses import dataclass
from html import escape

from designs import drawing_panels as panels
from designs import drawing_parts as parts
from designs import symbols
from designs.model import Circuit, Meter, OneLine, SiteDesign, Station, Study, Switchboard
from designs.symbols import line

WIDTH, HEIGHT = 1680.0, 1188.0
#: Columns of outgoing circuits begin right of the names of the table rows.
LEFT, RIGHT = 172.0, 1590.0
WIDEST_COLUMN = 225.0
#: A board with few columns begins here at the latest, so that its feed stays left of the panels.
FURTHEST_LEFT = 430.0
COLUMNS_PER_BAND = 12
BAND_HEIGHT = 650.0
FOOT_HEIGHT = 112.0
#: From the supply to the outline of the switchboard, and from there to its busbar.
FEED_HEIGHT, HEAD_ROOM = 218.0, 112.0
#: Where things stand below a busbar.
CT_AT, RAIL_AT, DEVICE_AT, RCD_AT, CABLE_AT, STATION_AT, TABLE_AT = (
    48.0,
    112.0,
    130.0,
    182.0,
    256.0,
    350.0,
    430.0,
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One sheet of a site: ``name`` is ``one-line-1`` … or ``layout``."""

    name: str
    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Band:
    """One row of outgoing circuits: a switchboard, the circuits in meter groups, and where it stands."""

    board: Switchboard
    groups: tuple[tuple[Meter | None, tuple[Circuit, ...]], ...]
    top: float
    first: bool
    feed: float

    @property
    def columns(self) -> int:
        """Return how many circuits leave in this band."""
        return sum(len(circuits) for _, circuits in self.groups)

    @property
    def width(self) -> float:
        """Return the width of a column."""
        return min((RIGHT - LEFT) / max(self.columns, 1), WIDEST_COLUMN)

    @property
    def left(self) -> float:
        """Return where the columns begin, so that the switchboard stands in the middle of the sheet."""
        return min(LEFT + (RIGHT - LEFT - self.width * self.columns) / 2, FURTHEST_LEFT)


def drawings(site_design: SiteDesign, study: Study | None = None) -> tuple[Drawing, ...]:
    """Return the sheets of a site, the one-line diagram first."""
    return (Drawing("one-line-1", "One-line diagram", one_line_svg(site_design, study)),)


def one_line_svg(site_design: SiteDesign, study: Study | None = None) -> str:
    """Return the one-line diagram, with the figures of the study when there is one."""
    bands = _bands(site_design.one_line)
    bottom = max((band.top + BAND_HEIGHT for band in bands), default=0.0)
    height = max(HEIGHT, bottom + FOOT_HEIGHT)
    name = site_design.parameters.name
    content = [
        symbols.box(0, 0, WIDTH, height, fill="#ffffff", stroke="none"),
        symbols.box(16, 16, WIDTH - 32, height - 32, stroke_width=1.2),
        panels.header(site_design, study),
        panels.connection_point(site_design.one_line, study, 960),
        panels.findings(study, 1262, 1648, bands[0].top - HEAD_ROOM if bands else HEIGHT),
        *(_band(site_design.one_line, band, study) for band in bands),
        panels.legend(32, height - 104),
        panels.title_block(site_design, study, WIDTH - 16, height - 16),
    ]
    one_line = site_design.one_line
    described = f"{len(one_line.stations)} charging stations, {len(one_line.circuits)} circuits."
    return _document(f"One-line diagram of {name}", described, WIDTH, height, content)


def thumbnail_svg(site_design: SiteDesign) -> str:
    """Return a small picture for lists: the supply, the busbar, the groups and their stations."""
    one_line = site_design.one_line
    stations = sorted(one_line.stations, key=lambda station: (station.group, station.tag))
    step = min(18.0, 216.0 / max(len(stations), 1))
    start = 120 - step * (len(stations) - 1) / 2
    places = {station.tag: start + step * place for place, station in enumerate(stations)}
    content = [
        symbols.box(0.5, 0.5, 239, 149, fill="#ffffff", stroke="#d0d0d0", stroke_width=1, radius=6),
        symbols.circle(120, 26, 10),
        line(120, 36, 120, 62, 2),
        line(min(places.values(), default=120) - 8, 62, max(places.values(), default=120) + 8, 62, 4),
    ]
    groups = sorted({station.group for station in stations})
    content += [
        _thumbnail_group([places[each.tag] for each in stations if each.group == group], step)
        for group in groups
    ]
    described = f"{len(stations)} charging stations in {len(groups)} groups."
    return _document(f"One-line of {site_design.parameters.name}", described, 240, 150, content)


def _thumbnail_group(places: list[float], step: float) -> str:
    middle = (places[0] + places[-1]) / 2
    drawn = [
        line(middle, 62, middle, 84),
        symbols.circle(middle, 73, 4, "#ffffff"),
        line(places[0], 84, places[-1], 84, 2),
    ]
    size = min(12.0, step * 0.7)
    for place in places:
        drawn += [
            line(place, 84, place, 112),
            symbols.box(place - size / 2, 112, size, 16, fill="#e6e6e6", radius=2),
        ]
    return "".join(drawn)


def _document(title: str, description: str, width: float, height: float, content: list[str]) -> str:
    name, size = escape(symbols.clean(title)), f"{symbols.number(width)} {symbols.number(height)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" aria-label="{name}">'
        f"<title>{name}</title><desc>{escape(symbols.clean(description))}</desc>{''.join(content)}</svg>\n"
    )


def _bands(one_line: OneLine) -> list[Band]:
    bands: list[Band] = []
    top = 96.0
    for board in one_line.switchboards:
        feed = _feed_height(one_line, board)
        for place, groups in enumerate(_rows_of_groups(_groups(one_line, board))):
            top += feed + HEAD_ROOM if place == 0 else 0
            bands.append(Band(board, groups, top, place == 0, feed))
            top += BAND_HEIGHT
    return bands


def _feed_height(one_line: OneLine, board: Switchboard) -> float:
    circuit = one_line.circuit_to(board.tag)
    if circuit is None:
        return 0.0
    source = parts.source_height(one_line.supply) if circuit.source == one_line.supply.tag else 44.0
    return max(FEED_HEIGHT, 14 + source + 8 + parts.main_circuit_height(circuit) + parts.MAIN_CABLE)


def _groups(one_line: OneLine, board: Switchboard) -> list[tuple[Meter | None, tuple[Circuit, ...]]]:
    """Return the outgoing circuits of a board by the meter that sees them, in the order of their tags."""
    out = [circuit for circuit in one_line.circuits if circuit.source == board.tag]
    seen: set[str] = set()
    groups: list[tuple[Meter | None, tuple[Circuit, ...]]] = []
    for circuit in out:
        if circuit.tag in seen:
            continue
        meter = next((m for m in one_line.meters if m.board == board.tag and circuit.tag in m.measures), None)
        members = tuple(c for c in out if meter and c.tag in meter.measures and c.tag not in seen) or (
            circuit,
        )
        seen |= {member.tag for member in members}
        groups.append((meter, members))
    return groups


def _rows_of_groups(
    groups: list[tuple[Meter | None, tuple[Circuit, ...]]],
) -> list[tuple[tuple[Meter | None, tuple[Circuit, ...]], ...]]:
    rows: list[list[tuple[Meter | None, tuple[Circuit, ...]]]] = [[]]
    for meter, circuits in groups:
        for start in range(0, len(circuits), COLUMNS_PER_BAND):
            part = circuits[start : start + COLUMNS_PER_BAND]
            if sum(len(each) for _, each in rows[-1]) + len(part) > COLUMNS_PER_BAND:
                rows.append([])
            rows[-1].append((meter, part))
    return [tuple(row) for row in rows]


def _band(one_line: OneLine, band: Band, study: Study | None) -> str:
    places = [band.left + band.width * column for column in range(band.columns)]
    end = max(band.left + band.width * band.columns, band.left + 620)
    left = band.left - LEFT + 32
    drawn = [parts.enclosure(band.board, study, left, band.top, end + 58, RAIL_AT, CABLE_AT)]
    drawn.append(line(band.left - 20, band.top, end + 40, band.top, 5))
    if band.first:
        drawn += [_feed(one_line, band, study), parts.surge_protection(band.board, end + 26, band.top)]
    column = 0
    for meter, circuits in band.groups:
        here = places[column : column + len(circuits)]
        drawn.append(_group(one_line, band, (meter, circuits), here, study))
        column += len(circuits)
    drawn.append(panels.row_names(band.left - 12, band.top + TABLE_AT, study))
    shown = [circuit for _, circuits in band.groups for circuit in circuits]
    for circuit, x in zip(shown, places, strict=True):
        drawn.append(panels.column_of_table(one_line, circuit, study, x, band.width, band.top + TABLE_AT))
    return "".join(drawn)


def _group(
    one_line: OneLine,
    band: Band,
    group: tuple[Meter | None, tuple[Circuit, ...]],
    places: list[float],
    study: Study | None,
) -> str:
    axis, top = parts.AXIS, band.top
    meter, circuits = group
    drop = places[0] + axis
    drawn = [line(drop, top, drop, top + RAIL_AT)]
    if len(places) > 1:
        drawn.append(line(drop, top + RAIL_AT, places[-1] + axis, top + RAIL_AT, 3))
    if meter:
        room = band.width * len(places) - axis
        drawn.append(parts.meter(meter, drop, top + CT_AT, room))
    for circuit, x in zip(circuits, places, strict=True):
        drawn.append(_outgoing(one_line, circuit, x + axis, top, band.width - axis, study))
    return "".join(drawn)


def _outgoing(
    one_line: OneLine, circuit: Circuit, x: float, top: float, room: float, study: Study | None
) -> str:
    drawn = [line(x, top + RAIL_AT, x, top + DEVICE_AT)]
    drawn.append(parts.circuit(circuit, x, top + DEVICE_AT, top + RCD_AT, room, study))
    if circuit.rcd is None:
        drawn.append(line(x, top + DEVICE_AT + 44, x, top + CABLE_AT))
    else:
        drawn += [
            line(x, top + DEVICE_AT + 44, x, top + RCD_AT),
            line(x, top + RCD_AT + 56, x, top + CABLE_AT),
        ]
    drawn.append(parts.cable(circuit, x, top + CABLE_AT, STATION_AT - CABLE_AT, room))
    station = next((each for each in one_line.stations if each.tag == circuit.target), None)
    drawn.append(_target(circuit, station, x, top + STATION_AT))
    return "".join(drawn)


def _target(circuit: Circuit, station: Station | None, x: float, y: float) -> str:
    if station:
        return parts.station(station, x, y)
    return symbols.text(x - 12, y + 16, f"to {circuit.target}", bold=True)


def _feed(one_line: OneLine, band: Band, study: Study | None) -> str:
    """Return the supply or the feeding board, and the main circuit down to the busbar."""
    x, outline = band.left + 60, band.top - HEAD_ROOM
    top = outline - band.feed + 14
    circuit = one_line.circuit_to(band.board.tag)
    if circuit is None:
        return ""
    from_supply = circuit.source == one_line.supply.tag
    drawn = [parts.supply(one_line.supply, x, top) if from_supply else parts.feeder(circuit, x, top)]
    under = top + (parts.source_height(one_line.supply) if from_supply else 44)
    cable_at = outline - parts.MAIN_CABLE
    device = cable_at - parts.main_circuit_height(circuit) - 4
    drawn += [line(x, under, x, device), parts.main_circuit(circuit, study, x, device)]
    drawn += [parts.main_cable(circuit, study, x, cable_at - 4), line(x, outline - 4, x, band.top)]
    meter = next((each for each in one_line.meters if circuit.tag in each.measures), None)
    if meter:
        drawn.append(parts.meter(meter, x, band.top - 46, 560))
    return "".join(drawn)
