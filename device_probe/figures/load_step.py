"""A load step over time: what every meter showed while known loads were changed one after the other."""

from collections.abc import Sequence

from device_probe import svg
from device_probe.figures.drawing import (
    LEFT,
    RIGHT,
    SHADES,
    SMALL,
    WIDTH,
    WINDOW,
    Drawn,
    heading,
    key,
    paragraph,
)
from device_probe.figures.steps import StepMark, StepPlot, StepSeries, Strip

PLOT_LEFT, PLOT_RIGHT, PANEL, GAP, STRIP = 84.0, RIGHT, 54.0, 12.0, 15.0
MOST_STRIPS, MOST_STEPS = 24, 12
BARS = "▁▂▃▄▅▆▇█"
CELLS = 60
__all__ = ["StepMark", "StepPlot", "StepSeries", "Strip", "load_step_svg", "load_step_text"]


def load_step_svg(plot: StepPlot) -> str:
    """Draw one panel for each meter and a strip for each load, with a numbered line for every step."""
    said = f"{len(plot.steps)} steps in {plot.span_s:.0f} s; each meter has its own scale"
    parts, y = heading(plot.title, said)
    top = y = y + 16
    lines: list[str] = []
    for each in plot.series:
        parts += _panel(plot, each, y)
        y += PANEL + GAP
    if not plot.series:
        parts.append(svg.text(LEFT, y, "Nothing was recorded."))
        y += GAP
    more, y = _strips(plot, y)
    lines += more
    for number, mark in enumerate(plot.steps):
        x = _x(plot, mark.at_s)
        lines.append(svg.line(x, top - 4, x, y - GAP, stroke=svg.INK, dash="4 3"))
        if number % _every(plot) == 0:
            lines.append(
                svg.text(x, top - 8, str(number + 1), size=SMALL, weight="bold", anchor="middle")
            )  # fmt: skip
    lines += _axis(plot, y - GAP)
    last, y = _steps(plot, y + 28)
    return svg.document(
        WIDTH, y, plot.title, plot.spoken, [*parts, *lines, *last], key("load-step", plot.title)
    )  # fmt: skip


def _every(plot: StepPlot) -> int:
    """Return how many steps share one number, so that numbers don't touch."""
    room = (PLOT_RIGHT - PLOT_LEFT) / max(len(plot.steps), 1)
    return 1 if room >= 17 else 2 if room >= 9 else 5


def _x(plot: StepPlot, at_s: float) -> float:
    begin = plot.times_s[0] if plot.times_s else 0.0
    return min(PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * (at_s - begin) / plot.span_s, PLOT_RIGHT)


def _panel(plot: StepPlot, series: StepSeries, y: float) -> list[str]:
    low, high = _range(series)
    scale = PANEL / (high - low)
    parts = [
        svg.rect(PLOT_LEFT, y, PLOT_RIGHT - PLOT_LEFT, PANEL, fill=svg.PAPER, stroke=svg.RULE),
        svg.text(LEFT, y + PANEL / 2 + 4, series.name[:9], size=SMALL, weight="bold"),
    ]
    if not series.known:
        return [*parts, svg.text(PLOT_LEFT + 10, y + PANEL / 2 + 4, "not read", size=SMALL, fill=svg.SOFT)]
    for level, words in ((y + 9, f"{high:.3g} {series.unit}"), (y + PANEL, f"{low:.3g}")):
        parts.append(svg.text(PLOT_LEFT - 4, level, words, size=SMALL, anchor="end", fill=svg.SOFT))
    if low < 0 < high:
        parts.append(svg.line(PLOT_LEFT, y + high * scale, PLOT_RIGHT, y + high * scale, stroke=svg.RULE))
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


def _strips(plot: StepPlot, y: float) -> Drawn:
    """Draw when each load was lowered: a dark bar on its line."""
    parts = []
    for strip in plot.strips[:MOST_STRIPS]:
        parts.append(svg.text(LEFT, y + 10, strip.name[:9], size=SMALL))
        parts.append(svg.rect(PLOT_LEFT, y + 1, PLOT_RIGHT - PLOT_LEFT, STRIP - 5, fill=WINDOW))
        for begin, end in strip.lowered:
            x = _x(plot, begin)
            width = max(_x(plot, end) - x, 1.0)
            parts.append(svg.rect(x, y + 1, width, STRIP - 5, fill=SHADES[0]))
        y += STRIP
    if (left := len(plot.strips) - MOST_STRIPS) > 0:
        parts.append(svg.text(LEFT, y + 10, f"and {left} more loads", size=SMALL, fill=svg.SOFT))
        y += STRIP
    return parts, y + (GAP if plot.strips else 0.0)


def _axis(plot: StepPlot, y: float) -> list[str]:
    shares = (0, 0.5, 1.0) if plot.times_s else ()
    moments = [plot.times_s[0] + plot.span_s * share for share in shares]
    anchors = ("start", "middle", "end")
    return [
        svg.text(_x(plot, at), y + 16, f"{at:.0f} s", size=SMALL, anchor=anchor, fill=svg.SOFT)
        for at, anchor in zip(moments, anchors, strict=False)
    ]


def _steps(plot: StepPlot, y: float) -> Drawn:
    parts: list[str] = []
    if plot.strips:
        mark = svg.rect(LEFT, y - 8, 14, 9, fill=SHADES[0])
        parts += [mark, svg.text(LEFT + 20, y, "lowered: this load was asked to take less", size=SMALL,
                                 fill=svg.SOFT)]  # fmt: skip
        y += 18
    for number, mark_ in enumerate(plot.steps[:MOST_STEPS]):
        said = f"{number + 1}: at {mark_.at_s:.0f} s {mark_.words}"
        more, y = paragraph(y, said, most=2, fill=svg.SOFT)
        parts += more
    if len(plot.steps) > MOST_STEPS:
        more, y = paragraph(y, f"and {len(plot.steps) - MOST_STEPS} more steps", fill=svg.SOFT)
        parts += more
    return parts, y


def load_step_text(plot: StepPlot) -> str:
    """Return the series as sparklines for a terminal, with the steps above them."""
    names = [*(each.name for each in plot.series), *(strip.name for strip in plot.strips)]
    width = max(map(len, names), default=0)
    marks = [" "] * CELLS
    for number, mark in enumerate(plot.steps):
        marks[_cell(plot, mark.at_s)] = str((number + 1) % 10)
    lines = [plot.title, f"{'':<{width}}  {''.join(marks)}".rstrip()]
    for each in plot.series:
        known = each.known
        span = f"{min(known):.3g} to {max(known):.3g} {each.unit}" if known else "not read"
        lines.append(f"{each.name:<{width}}  {_spark(plot, each)}  {span}")
    lines += [f"{strip.name:<{width}}  {_strip_text(plot, strip)}  ▄ lowered" for strip in plot.strips]
    lines += [f"{number + 1}  {mark.at_s:.0f} s: {mark.words}" for number, mark in enumerate(plot.steps)]
    return "\n".join(lines)


def _strip_text(plot: StepPlot, strip: Strip) -> str:
    cells = ["·"] * CELLS
    for begin, end in strip.lowered:
        for cell in range(_cell(plot, begin), _cell(plot, end) + 1):
            cells[cell] = "▄"
    return "".join(cells)


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
