"""Words on a plan, placed so that none covers another: inside, beside, above, below, or at a leader."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from designs.drawing import symbols
from designs.drawing.symbols import SOFT, line, shorten, text, width_of

Box = tuple[float, float, float, float]  # left, top, right, bottom, in units of the sheet
#: What a label may take at most; longer titles are cut.
_WIDEST = 190.0
_GAP = 4.0
_CELL = 48.0
_LONG = 60.0


@dataclass(frozen=True, slots=True)
class Label:
    """Words that belong to a place: the first line in bold."""

    lines: tuple[str, ...]
    at: Box  # what they belong to
    inside: bool = False  # they may stand on it
    size: float = 9.5
    others: tuple[Box, ...] = ()  # further places that it may stand beside, without a leader


class Boxes:
    """Rectangles that can be asked quickly whether one meets any of them: sorted into squares."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[Box]] = {}

    def add(self, box: Box) -> None:
        """Add a rectangle."""
        for cell in _cells(box):
            self._cells.setdefault(cell, []).append(box)

    def meets(self, box: Box) -> bool:
        """Return whether a rectangle covers a part of any."""
        left, top, right, bottom = box
        return any(
            left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
            for cell in _cells(box)
            for other in self._cells.get(cell, ())
        )


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(int(box[0] // _CELL), int(box[2] // _CELL) + 1):
        for row in range(int(box[1] // _CELL), int(box[3] // _CELL) + 1):
            yield column, row


@dataclass(slots=True)
class Placer:
    """Keeps what is taken on a sheet and finds room for the next label.

    Labels keep off things and one another always, off lines where there is room elsewhere.
    """

    edge: Box
    taken: Boxes = field(default_factory=Boxes)
    lines: Boxes = field(default_factory=Boxes)
    placed: int = 0
    crowded: int = 0  # labels that cover a line, or found no room at all
    unplaced: int = 0

    def block(self, box: Box) -> None:
        """Keep labels off a place."""
        self.taken.add(box)

    def avoid(self, one: tuple[float, float], other: tuple[float, float]) -> None:
        """Keep labels off a straight line where there is room elsewhere."""
        steps = 1 if one[0] == other[0] or one[1] == other[1] else 12
        for at in range(steps):
            xs = [one[0] + (other[0] - one[0]) * share / steps for share in (at, at + 1)]
            ys = [one[1] + (other[1] - one[1]) * share / steps for share in (at, at + 1)]
            self.lines.add((min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1))

    def place(self, label: Label) -> str:
        """Return a label where there is room; nothing, and one more ``unplaced``, where there is none."""
        said = [shorten(each, _WIDEST, label.size) for each in label.lines]
        width = max(width_of(each, label.size * (1.0 if row else 1.08)) for row, each in enumerate(said))
        width = width * 1.05 + 2  # fonts differ from place to place
        height = label.size * (0.35 + 1.15 * len(said))
        fallback = None
        for left, top, leader in _places(label, width, height):
            box = (left, top, left + width, top + height)
            if not self._within(box) or self.taken.meets(box):
                continue
            # A label on a line beside its thing is found sooner than one at the end of a long leader.
            far = leader and fallback is not None and not fallback[1]
            if far and _away(label.at, box) > _LONG:
                break
            if not self.lines.meets(box):
                self.placed += 1
                self.taken.add(box)
                return _lead(label.at, box) * leader + _written(said, label.size, left, top)
            fallback = fallback or (box, leader)
        self.crowded += 1
        if fallback is None:
            self.unplaced += 1
            return ""
        box, leader = fallback
        self.taken.add(box)
        ground = symbols.box(box[0], box[1], width, height, fill="#ffffff", stroke="none")
        return _lead(label.at, box) * leader + ground + _written(said, label.size, box[0], box[1])

    def _within(self, box: Box) -> bool:
        left, top, right, bottom = self.edge
        return left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom


def _places(label: Label, width: float, height: float) -> Iterator[tuple[float, float, bool]]:
    """Yield upper left corners to try, the best first, and whether a leader is needed."""
    for box in label.others:
        middle = (box[0] + box[2] - width) / 2
        yield middle, box[1] - _GAP - height, False
        yield middle, box[3] + _GAP, False
        yield box[2] + _GAP, (box[1] + box[3] - height) / 2, False
    left, top, right, bottom = label.at
    middle, centre = (left + right - width) / 2, (top + bottom - height) / 2
    if label.inside and width <= right - left and height <= bottom - top:
        for x in (middle, left + 6, right - width - 6):
            for y in (centre, top + 3, bottom - height - 3):
                yield x, y, False
    yield right + _GAP, centre, False
    yield left - _GAP - width, centre, False
    yield middle, top - _GAP - height, False
    yield middle, bottom + _GAP, False
    for away in (14.0, 28.0, 44.0, 62.0, 84.0):
        for dx, dy in ((0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1), (1, 0), (-1, 0)):
            x = middle if dx == 0 else (right + away if dx > 0 else left - away - width)
            y = centre if dy == 0 else (bottom + away if dy > 0 else top - away - height)
            yield x, y, True


def _away(at: Box, box: Box) -> float:
    return max(at[0] - box[2], box[0] - at[2], at[1] - box[3], box[1] - at[3])


def _lead(at: Box, box: Box) -> str:
    x, y = (at[0] + at[2]) / 2, (at[1] + at[3]) / 2
    end_x = min(max(x, box[0]), box[2])
    end_y = min(max(y, box[1]), box[3])
    return line(x, y, end_x, end_y, 0.6, color=SOFT)


def _written(said: list[str], size: float, left: float, top: float) -> str:
    return "".join(
        text(left, top + size * (1 + 1.15 * place), each, size=size, bold=place == 0)
        for place, each in enumerate(said)
    )
