"""Emergency stops, load management, the site network: a card each, beside the feed or on their own sheet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from designs.drawing import labels, symbols
from designs.drawing import more_symbols as drawing_symbols
from designs.drawing.feed import is_main
from designs.drawing.parts import Drawn
from designs.drawing.row import own_meters
from designs.drawing.symbols import FAINT, line, symbol, text, wrap
from designs.model import EmergencyStop, LoadController, Meter, NetworkDevice

_PITCH, _SIZE = 14.0, 11.0
_SYMBOL = 60.0
#: Cards beside the feed of the first sheet, and on a sheet of their own.
STRIP = (640.0, 918.0)
_SECOND = (946.0, 1224.0)
_COLUMNS, _LEFT, _WIDTH, _GAP = 4, 40.0, 386.0, 18.0


@dataclass(frozen=True, slots=True)
class Card:
    """A device of control or communication with everything that is said of it."""

    tag: str
    title: str
    picture: Callable[[float, float], str]  # at its upper left corner; 44 wide, 32 high
    lines: tuple[str, ...]

    def rows(self, width: float) -> list[str]:
        """Return the words as they fit beside the symbol."""
        room = width - _SYMBOL
        head = wrap(f"{self.tag} {self.title}", room / 1.1, _SIZE)
        return [*head, *(row for said in self.lines for row in wrap(said, room, _SIZE))]

    def height(self, width: float) -> float:
        """Return how high the card is with the gap below it."""
        return max(len(self.rows(width)) * _PITCH, 36) + 12

    def draw(self, x: float, y: float, width: float) -> str:
        """Return the card with its upper left corner at a place."""
        words = symbols.lines_of_text(x + _SYMBOL, y + 11, self.rows(width), _SIZE, _PITCH, True)
        return symbol(f"{self.tag} {self.title}", "; ".join(self.lines), self.picture(x, y + 2), words)


def cards(drawn: Drawn) -> tuple[Card, ...]:
    """Return a card for everything that stands at no conductor of the sheets."""
    one_line = drawn.topology.one_line
    return (
        *(_stop(drawn, each) for each in one_line.emergency_stops),
        *(_controller(drawn, each) for each in one_line.controllers),
        *(_network(each) for each in one_line.network),
        *(_meter(each) for each in _meters_left(drawn)),
    )


def _pages(drawn: Drawn, circuits: list[str]) -> str:
    if len(drawn.plan.sheets) == 1:
        return ""
    found = sorted({drawn.plan.circuit[tag] for tag in circuits if tag in drawn.plan.circuit})
    return f" (page{'s' * (len(found) > 1)} {', '.join(map(str, found))})" if found else ""


def _stop(drawn: Drawn, part: EmergencyStop) -> Card:
    opens = labels.ranges(part.opens)
    return Card(
        part.tag, part.title, lambda x, y: drawing_symbols.emergency_stop(x + 10, y),
        (f"opens {opens}{_pages(drawn, list(part.opens))}" if part.opens else "opens nothing",),
    )  # fmt: skip


def _controller(drawn: Drawn, part: LoadController) -> Card:
    feeders = [drawn.topology.feeder[tag].tag for tag in part.controls if tag in drawn.topology.feeder]
    host, rest = labels.address(part.modbus)
    reads = f"reads {part.meter}" if part.meter else "reads no meter: fixed limit"
    said = [
        f"{part.mode} · limit {part.limit_a:g} A per phase",
        f"without communication {part.fallback_a:g} A per station",
        f"{reads} · in {part.board} · {part.equipment}",
        f"controls {labels.ranges(part.controls)}{_pages(drawn, feeders)}",
    ]
    if part.modbus:
        said.append(f"Modbus {host}{rest}")
    return Card(part.tag, part.title, lambda x, y: drawing_symbols.control(x, y, "LM"), tuple(said))


def _network(part: NetworkDevice) -> Card:
    said = f"{part.host} · {part.equipment}", f"connects {labels.ranges(part.connects)}"
    return Card(part.tag, part.title, lambda x, y: drawing_symbols.control(x, y, "LAN"), said)


def _meter(part: Meter) -> Card:
    host, rest = labels.address(part.modbus)
    said = (
        f"{labels.ratio(part)} · {part.equipment} · in {part.board}",
        f"measures {labels.ranges(part.measures) or 'nothing'} · Modbus {host}{rest}",
    )
    return Card(part.tag, part.title, lambda x, y: symbols.energy_meter(x + 5, y + 16), said)


def _meters_left(drawn: Drawn) -> Iterator[Meter]:
    """Yield the meters that no sheet shows at a conductor."""
    shown: set[str] = set()
    for sheet in drawn.plan.sheets:
        shown |= {group.meter.tag for section in sheet.sections for group in section.groups if group.meter}
        shown |= {meters[0].tag for meters in own_meters(sheet, drawn).values()}
        feeder = drawn.topology.feeder.get(sheet.head)
        if feeder and not sheet.before:
            main = [m for m in drawn.topology.one_line.meters if is_main(drawn, m.board, m.measures, feeder)]
            shown |= {meter.tag for meter in main[:3]}
    yield from (each for each in drawn.topology.one_line.meters if each.tag not in shown)


def flow(made: tuple[Card, ...], rooms: list[float]) -> dict[int, str]:
    """Return the panels beside the feeds by sheet number, empty when the cards do not fit there.

    ``rooms``: how high the panel of each sheet may be; only the first has figures to the right of it.
    """
    waiting = list(made)
    found: dict[int, str] = {}
    for number, room in enumerate(rooms[:3], start=1):
        placed: list[str] = []
        for x, end in (STRIP,) if number == 1 else (STRIP, _SECOND):
            y = 138.0
            while waiting and y + waiting[0].height(end - x) - 12 <= 104 + room:
                card = waiting.pop(0)
                placed.append(card.draw(x, y, end - x))
                y += card.height(end - x)
        if placed:
            found[number] = _panel(number, placed, len(waiting))
    return {} if waiting else found


def _panel(number: int, placed: list[str], waiting: int) -> str:
    x, end = STRIP
    heading = text(x, 122, "Control and communication", size=13, bold=True)
    more = text(end, 122, f"→ page {number + 1}", size=10.5, bold=True, anchor="end") if waiting else ""
    return heading + more + line(x, 130, end, 130) + "".join(placed)


def sheets(made: tuple[Card, ...], top: float, bottom: float) -> list[str]:
    """Return the cards as the content of sheets of their own, four to a row."""
    pages: list[list[str]] = []
    y = top
    for row in (made[at : at + _COLUMNS] for at in range(0, len(made), _COLUMNS)):
        high = max(card.height(_WIDTH) for card in row) + 12
        if not pages or y + high > bottom:
            pages.append([])
            y = top
        for place, card in enumerate(row):
            x = _LEFT + place * (_WIDTH + _GAP)
            pages[-1].append(symbols.box(x - 10, y - 8, _WIDTH + 8, high - 8, stroke=FAINT, stroke_width=0.8))
            pages[-1].append(card.draw(x, y, _WIDTH - 10))
        y += high
    return ["".join(content) for content in pages]
