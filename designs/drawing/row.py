"""The row of a sheet: the busbar, the outgoing circuits in columns, the table of figures under them."""

from dataclasses import dataclass

from designs.drawing import labels, parts, symbols, table
from designs.drawing.ends import end as end_of
from designs.drawing.feed import is_main
from designs.drawing.feed import transformer as transformer_of
from designs.drawing.parts import AXIS, Drawn
from designs.drawing.sheets import Column, Group, Section, Sheet
from designs.drawing.symbols import FAINT, line, symbol, text
from designs.model import Circuit, Meter

#: Columns of outgoing circuits begin right of the names of the table rows.
LEFT, RIGHT = 172.0, 1590.0
WIDEST_COLUMN = 225.0
#: From the outline of the switchboard to its busbar.
HEAD_ROOM = 112.0
#: Where things stand below a busbar.
CT_AT, RAIL_AT, DEVICE_AT, RCD_AT, CABLE_AT, CABLE_HEIGHT, END_HEIGHT = (
    48.0,
    112.0,
    130.0,
    182.0,
    248.0,
    88.0,
    88.0,
)
#: Room for the meter of a single circuit, where a sheet has such.
OWN_METER = 48.0
#: Gap between the outlines of tap-off units.
GAP = 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """Where the row of a sheet stands and how high its parts are."""

    sheet: Sheet
    top: float  # of the busbar
    own: dict[str, tuple[Meter, ...]]  # meters in the column of a circuit
    table: table.Table
    words_end: float  # where the words beside the feed must end
    furthest_left: float = 430.0  # where columns begin at the latest: the feed stays left of the panels

    @property
    def count(self) -> int:
        """Return how many columns there are."""
        return sum(section.width for section in self.sheet.sections)

    @property
    def width(self) -> float:
        """Return the width of a column."""
        return min((RIGHT - LEFT) / max(self.count, 1), WIDEST_COLUMN)

    @property
    def left(self) -> float:
        """Return where the columns begin, so that the switchboard stands in the middle of the sheet."""
        return min(LEFT + (RIGHT - LEFT - self.width * self.count) / 2, self.furthest_left)

    @property
    def cable_y(self) -> float:
        """Return where the cables begin, below the devices."""
        return self.top + CABLE_AT + (OWN_METER if self.own else 0)

    @property
    def end_y(self) -> float:
        """Return where the stations stand."""
        return self.cable_y + CABLE_HEIGHT

    @property
    def chained(self) -> bool:
        """Return whether several switchboards stand side by side on a riser."""
        boards = {section.board.tag for section in self.sheet.sections if section.board}
        return len(boards) > 1 or any(section.link for section in self.sheet.sections)

    @property
    def feed_x(self) -> float:
        """Return where the conductor of the feed comes down."""
        return self.left - 70 if self.chained else self.left + 60


def height(sheet: Sheet, drawn: Drawn) -> float:
    """Return how high the row is from its busbar to the end of the table."""
    own = OWN_METER if own_meters(sheet, drawn) else 0
    return CABLE_AT + own + CABLE_HEIGHT + END_HEIGHT + table.of(sheet, drawn).height


def own_meters(sheet: Sheet, drawn: Drawn) -> dict[str, tuple[Meter, ...]]:
    """Return the meters that see a part of what the meter of their group sees, by their first circuit."""
    found: dict[str, list[Meter]] = {}
    for section in sheet.sections:
        for group in section.groups:
            seen = {group.meter.tag} if group.meter else set()
            for circuit in (each for column in group.columns for each in column.circuits):
                for meter in drawn.meters.get(circuit.tag, ()):
                    if meter.tag not in seen and _leaves_here(drawn, meter, circuit):
                        seen.add(meter.tag)
                        found.setdefault(circuit.tag, []).append(meter)
    return {tag: tuple(meters) for tag, meters in found.items()}


def _leaves_here(drawn: Drawn, meter: Meter, circuit: Circuit) -> bool:
    return meter.board != circuit.target and not is_main(drawn, meter.board, meter.measures, circuit)


def row(drawn: Drawn, made: Row) -> str:
    """Return the busbar with everything that hangs from it."""
    places = [made.left + made.width * column for column in range(made.count)]
    content = [_chain(drawn, made, places) if made.chained else _board(drawn, made)]
    start = 0
    for section in made.sheet.sections:
        at = start
        for group in section.groups:
            here = places[at : at + len(group.columns)]
            content.append(_group(drawn, made, group, here))
            at += len(group.columns)
        start += section.width
    shown = [(column, place) for place, column in _placed(made.sheet, places)]
    content.append(made.table.draw(drawn, shown, (made.left - 12, made.end_y + END_HEIGHT), made.width))
    return "".join(content)


def _placed(sheet: Sheet, places: list[float]) -> list[tuple[float, Column]]:
    found, start = [], 0
    for section in sheet.sections:
        found += list(zip(places[start:], section.columns, strict=False))
        start += section.width
    return found


def _board(drawn: Drawn, made: Row) -> str:
    """Return the outline and the busbar of the one switchboard of this sheet."""
    section = made.sheet.sections[0]
    end = max(made.left + made.width * made.count, made.left + 620)
    busbar = line(made.left - 20, made.top, end + 40, made.top, 5)
    goes_on = _after(made, end + 40)
    if section.board is None:
        name = (
            text(made.left - 20, made.top - 12, "Terminals of the supply", size=12, bold=True)
            if made.sheet.number
            else ""
        )
        return name + busbar + goes_on
    left = made.left - LEFT + 32
    corner, size = (left, made.top - HEAD_ROOM), (end + 58 - left, made.cable_y - 6 - made.top + HEAD_ROOM)
    outline = parts.enclosure(section.board, drawn.figures, corner, size, made.top + 40)
    spd = "" if made.sheet.before else parts.surge_protection(section.board, end + 26, made.top)
    return outline + busbar + spd + goes_on


def _after(made: Row, x: float) -> str:
    if made.sheet.after is None:
        return ""
    words = f"→ page {made.sheet.after}"
    return parts.reference(
        x - 40, made.top - 40, words, f"The busbar goes on on page {made.sheet.after}."
    ) + line(x - 40, made.top - 12, x - 40, made.top)


def _chain(drawn: Drawn, made: Row, places: list[float]) -> str:
    """Return tap-off units side by side on their riser."""
    last = made.left + made.width * made.count
    content = [line(made.feed_x, made.top, last - GAP, made.top, 5), _after(made, last + 72)]
    if made.sheet.after:
        content.append(line(last - GAP, made.top, last + 32, made.top, 5))
    start = 0
    for section in made.sheet.sections:
        left, width = places[start], made.width * section.width - GAP
        content.append(_tap_off(drawn, made, section, left, width))
        start += section.width
    return "".join(content)


def _tap_off(drawn: Drawn, made: Row, section: Section, x: float, width: float) -> str:
    board = section.board
    if board is None:
        return ""
    data = parts.board_data(board, drawn.figures)
    said = [f"{board.tag}  {board.title}", *data[:4]]
    if board.spd:
        said[1:3] = [" · ".join(data[:2]).replace("InA ", "").replace("Icw ", ""), f"SPD {board.spd}"]
    bottom = made.cable_y - 6
    outline = symbols.box(
        x,
        made.top - HEAD_ROOM,
        width,
        bottom - made.top + HEAD_ROOM,
        stroke=FAINT,
        stroke_width=1.2,
        dash="8 4",
    )
    room = width - 12
    words = parts.named(said, x + 6, made.top - HEAD_ROOM + 16, room, 10.5, 13)
    return symbol(f"{board.tag} {board.title}", ", ".join(said[1:]), outline, words) + _link(
        drawn, made, section, x, room
    )


def _link(drawn: Drawn, made: Row, section: Section, x: float, room: float) -> str:
    """Return the section of the riser that feeds a tap-off unit: a joint on the busbar, its data above."""
    link = section.link
    if link is None:
        return ""
    joint = line(x - GAP / 2, made.top - 8, x - GAP / 2, made.top + 8, 2)
    studied = drawn.figures.circuit(link.tag)
    said = [f"{link.tag}  {link.cable.length_m:g} m", f"{link.design_current_a:g} A"]
    if studied:
        sign = drawn.figures.sign(link.tag, "overload", "voltage_drop")
        said[1] += f" · ΔU {labels.figure(studied.voltage_drop_percent, 1)} %{sign}"
    words = parts.named(said, x + 6, made.top - 25, room, 9.5, 13)
    return symbol(f"{link.tag} {link.title}", labels.circuit_description(link), joint, words)


def _group(drawn: Drawn, made: Row, group: Group, places: list[float]) -> str:
    top, width = made.top, made.width
    drops = [place + AXIS for place in places]
    content = [line(x, top, x, top + RAIL_AT) for x in (drops if group.meter is None else drops[:1])]
    if group.meter and len(drops) > 1:
        content.append(line(drops[0], top + RAIL_AT, drops[-1], top + RAIL_AT, 3))
    if group.meter:
        content.append(parts.meter(group.meter, drops[0], top + CT_AT, width * len(drops) - AXIS - 4))
    for column, x in zip(group.columns, drops, strict=True):
        if column.transformer:
            content.append(transformer_of(column.transformer, drawn, x, top + 14, width - AXIS - 34))
        content.append(_outgoing(drawn, made, column, x))
    return "".join(content)


def _outgoing(drawn: Drawn, made: Row, column: Column, x: float) -> str:
    circuits, room, top = column.circuits, made.width - AXIS - 4, made.top
    first: Circuit = column.circuit
    content = [line(x, top + RAIL_AT, x, top + DEVICE_AT)]
    content.append(parts.circuit(circuits, x, top + DEVICE_AT, top + RCD_AT, room, drawn.figures))
    if first.rcd is None:
        content.append(line(x, top + DEVICE_AT + 44, x, made.cable_y))
    else:
        content += [
            line(x, top + DEVICE_AT + 44, x, top + RCD_AT),
            line(x, top + RCD_AT + 56, x, made.cable_y),
        ]
    for place, meter in enumerate(made.own.get(first.tag, ())[:1]):
        content.append(parts.own_meter(meter, x, top + CABLE_AT + 18 + place * OWN_METER, room))
    content.append(parts.cable(circuits, x, made.cable_y, CABLE_HEIGHT, room))
    content.append(end_of(drawn, circuits, x, made.end_y, room))
    return "".join(content)
