"""A load step over time: what every meter showed while known loads were changed one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_probe import svg
from device_probe.figures.drawing import SHADES, heading, key, spoken

LEFT, RIGHT, PANEL, GAP, TOP = 104.0, 616.0, 64.0, 18.0, 84.0
BARS = "▁▂▃▄▅▆▇█"
CELLS = 60


@dataclass(frozen=True, slots=True)
class StepSeries:
    """What one meter showed; None: not read at that moment."""

    name: str
    unit: str
    values: tuple[float | None, ...]

    @property
    def known(self) -> list[float]:
        """Return what was read."""
        return [value for value in self.values if value is not None]


@dataclass(frozen=True, slots=True)
class StepMark:
    """One step: when, and what was done in a few words."""

    at_s: float
    words: str


@dataclass(frozen=True, slots=True)
class StepPlot:
    """Times in seconds from the beginning, one value of each series for each."""

    title: str
    times_s: tuple[float, ...]
    series: tuple[StepSeries, ...]
    steps: tuple[StepMark, ...] = ()

    @property
    def span_s(self) -> float:
        """Return how long it took."""
        return max(self.times_s[-1] - self.times_s[0], 1e-9) if self.times_s else 1.0

    def change(self, series: StepSeries, number: int) -> float | None:
        """Return by how much a series differs between just before a step and just before the next one."""
        ends = [mark.at_s for mark in self.steps[number + 1 : number + 2]] or [self.times_s[-1] + 1]
        start, end = self.steps[number].at_s, ends[0]
        pairs = list(zip(self.times_s, series.values, strict=True))
        before = [value for at, value in pairs if at < start and value is not None]
        after = [value for at, value in pairs if start <= at < end and value is not None]
        return after[-1] - before[-1] if before and after else None

    @property
    def spoken(self) -> str:
        """Return the text alternative: what each step did to each meter."""
        said = []
        for number, mark in enumerate(self.steps):
            moved = ", ".join(
                f"{each.name} {change:+.3g} {each.unit}"
                for each in self.series
                if (change := self.change(each, number)) is not None
            )
            said.append(f"step {number + 1} at {mark.at_s:.0f} s, {mark.words}: {moved or 'not read'}")
        return spoken(said) or "No step was made."


def load_step_svg(plot: StepPlot) -> str:
    """Draw one panel for each meter, with every step as a numbered dashed line through all of them."""
    bottom = TOP + len(plot.series) * (PANEL + GAP)
    parts = [
        heading(plot.title, f"{len(plot.steps)} steps in {plot.span_s:.0f} s; each meter has its own scale")
    ]
    parts += [p for i, each in enumerate(plot.series) for p in _panel(plot, each, TOP + i * (PANEL + GAP))]
    if not plot.series:
        parts.append(svg.text(24, 84, "Nothing was recorded."))
    for number, mark in enumerate(plot.steps):
        x = _x(plot, mark.at_s)
        parts.append(svg.line(x, TOP - 4, x, bottom - GAP, stroke=svg.INK, dash="4 3"))
        parts.append(svg.text(x, TOP - 9, str(number + 1), size=10.5, weight="bold", anchor="middle"))
    parts += _axis(plot, bottom - GAP)
    legend = bottom + 28
    for number, mark in enumerate(plot.steps):
        said = f"{number + 1}  {mark.at_s:.0f} s: {mark.words}"[:90]
        parts.append(svg.text(24, legend + 15 * number, said, size=10.5, fill=svg.SOFT))
    height = legend + 15 * len(plot.steps)
    return svg.document(640, height, plot.title, plot.spoken, parts, key("load-step", plot.title))


def _x(plot: StepPlot, at_s: float) -> float:
    return LEFT + (RIGHT - LEFT) * (at_s - plot.times_s[0]) / plot.span_s


def _panel(plot: StepPlot, series: StepSeries, y: float) -> list[str]:
    low, high = _range(series)
    scale = PANEL / (high - low)
    parts = [
        svg.rect(LEFT, y, RIGHT - LEFT, PANEL, fill=svg.PAPER, stroke=svg.RULE),
        svg.text(24, y + PANEL / 2 + 4, series.name[:9], size=11.5, weight="bold"),
    ]
    if not series.known:
        return [*parts, svg.text(LEFT + 10, y + PANEL / 2 + 4, "not read", size=11, fill=svg.SOFT)]
    for level, words in ((y + 9, f"{high:.3g} {series.unit}"), (y + PANEL, f"{low:.3g} {series.unit}")):
        parts.append(svg.text(LEFT - 6, level, words, size=9.5, anchor="end", fill=svg.SOFT))
    if low < 0 < high:
        parts.append(svg.line(LEFT, y + high * scale, RIGHT, y + high * scale, stroke=svg.RULE))
    return [*parts, svg.path(_staircase(plot, series, y, high, scale), stroke=SHADES[0], width=1.8)]


def _range(series: StepSeries) -> tuple[float, float]:
    known = series.known or [0.0]
    low, high = min(known), max(known)
    room = 0.08 * (high - low) or max(abs(high), 1.0) * 0.08
    return low - room, high + room


def _staircase(plot: StepPlot, series: StepSeries, y: float, high: float, scale: float) -> str:
    """Return the path of a series: a value holds until the next one, a gap stays a gap."""
    parts, drawing = [], False
    for at, value in zip(plot.times_s, series.values, strict=True):
        if value is None:
            drawing = False
            continue
        x, level = svg.number(_x(plot, at)), svg.number(y + (high - value) * scale)
        parts.append(f"H{x} V{level}" if drawing else f"M{x} {level}")
        drawing = True
    return " ".join(parts)


def _axis(plot: StepPlot, y: float) -> list[str]:
    shares = (0, 0.25, 0.5, 0.75, 1.0) if plot.times_s else ()
    moments = [plot.times_s[0] + plot.span_s * share for share in shares]
    return [
        svg.text(_x(plot, at), y + 16, f"{at:.0f} s", size=10, anchor="middle", fill=svg.SOFT)
        for at in moments
    ]


def load_step_text(plot: StepPlot) -> str:
    """Return the series as sparklines for a terminal, with the steps above them."""
    width = max((len(each.name) for each in plot.series), default=0)
    marks = [" "] * CELLS
    for number, mark in enumerate(plot.steps):
        marks[_cell(plot, mark.at_s)] = str((number + 1) % 10)
    lines = [plot.title, f"{'':<{width}}  {''.join(marks)}".rstrip()]
    for each in plot.series:
        known = each.known
        span = f"{min(known):.3g} to {max(known):.3g} {each.unit}" if known else "not read"
        lines.append(f"{each.name:<{width}}  {_spark(plot, each)}  {span}")
    lines += [f"{number + 1}  {mark.at_s:.0f} s: {mark.words}" for number, mark in enumerate(plot.steps)]
    return "\n".join(lines)


def _cell(plot: StepPlot, at_s: float) -> int:
    return min(max(int(CELLS * (at_s - plot.times_s[0]) / plot.span_s), 0), CELLS - 1) if plot.times_s else 0


def _spark(plot: StepPlot, series: StepSeries) -> str:
    cells: list[float | None] = [None] * CELLS
    for at, value in zip(plot.times_s, series.values, strict=True):
        if value is not None:
            cells[_cell(plot, at)] = value
    return "".join(_levels(cells, series.known))


def _levels(cells: Sequence[float | None], known: Sequence[float]) -> list[str]:
    low, high = min(known, default=0.0), max(known, default=0.0)
    found, last = [], None
    for value in cells:
        last = value if value is not None else last
        step = 0 if last is None or high == low else round((len(BARS) - 1) * (last - low) / (high - low))
        found.append(" " if last is None else BARS[step])
    return found
