"""Bars of single orders with their limit, the value that was expected and that of the grid alone."""

from device_probe import svg
from device_probe.diagnosis.quality_values import thd_current, thd_voltage
from device_probe.figures.drawing import (
    LEFT,
    LIGHT,
    RIGHT,
    SHADES,
    SMALL,
    WIDTH,
    Drawn,
    grid,
    heading,
    key,
    paragraph,
    shape,
)
from device_probe.figures.spectrum import Spectrum, voltage_spectrum
from device_probe.model import Snapshot

CELLS = 40
PLOT_LEFT, PLOT_HEIGHT = 50.0, 170.0
LABELS = 12  # with more orders only the odd ones are numbered


def harmonics_svg(snapshot: Snapshot) -> str:
    """Draw the voltage of each harmonic order against its limit; without a table of orders, THD in words."""
    found = voltage_spectrum(snapshot)
    return spectrum_svg(found, key("harmonics", snapshot.tag)) if found.orders else _thd_only(snapshot)


def harmonics_text(snapshot: Snapshot) -> str:
    """Return the harmonics of a device for a terminal."""
    found = voltage_spectrum(snapshot)
    return spectrum_text(found) if found.orders else "\n".join(_thd_words(snapshot))


def spectrum_svg(spectrum: Spectrum, name: str) -> str:
    """Draw single orders as bars, each with its marks."""
    parts, y = heading(spectrum.title, spectrum.subtitle, spectrum.statement)
    base, top = y + 14 + PLOT_HEIGHT, 1.12 * spectrum.top
    scale, step = PLOT_HEIGHT / top, (RIGHT - PLOT_LEFT) / max(len(spectrum.orders), 1)
    parts += grid(PLOT_LEFT, RIGHT, base, top, scale, spectrum.unit)
    for i, order in enumerate(spectrum.orders):
        parts += _order_bar(PLOT_LEFT + i * step, step, spectrum, order, scale, base)
    parts.append(svg.text((PLOT_LEFT + RIGHT) / 2, base + 32, "order", size=SMALL, anchor="middle",
                          fill=svg.SOFT))  # fmt: skip
    more, y = _legend(spectrum, base + 54)
    return svg.document(WIDTH, y, spectrum.title, spectrum.spoken, [*parts, *more], name)


def _order_bar(x: float, step: float, spectrum: Spectrum, order: int, scale: float, base: float) -> list[str]:
    value, over = spectrum.orders[order], spectrum.over(order)
    width = min(step * 0.72, 34.0)
    centre, left = x + step / 2, x + (step - width) / 2
    alone = spectrum.background.get(order)
    parts = []
    if alone is not None:  # beside it, narrower: what the grid has without the stations
        parts.append(svg.rect(left, base - alone * scale, width * 0.42, alone * scale, fill=LIGHT,
                              stroke=svg.SOFT))  # fmt: skip
        left, width = left + width * 0.42, width * 0.58
    ink = svg.BAD if over else SHADES[0]
    parts.append(
        svg.rect(
            left, base - value * scale, width, value * scale, fill=svg.PAPER if over else ink, stroke=ink,
            stroke_width=2.2 if over else 1,
        )
    )  # fmt: skip
    if len(spectrum.orders) <= LABELS or order % 2 or over:
        parts.append(svg.text(centre, base + 16, str(order), size=SMALL, anchor="middle",
                              weight="bold" if over else "normal"))  # fmt: skip
    parts += _marks(centre, step, spectrum, order, scale, base)
    if over:
        parts += _value(centre, base - max(value, spectrum.expected.get(order, 0.0)) * scale - 7, value)
    return parts


def _value(x: float, y: float, value: float) -> list[str]:
    words, x = f"{value:.1f}", min(x, RIGHT - 10)
    room = 0.66 * SMALL * len(words)
    return [
        svg.rect(x - room / 2, y - 10, room, 12, fill=svg.PAPER),
        svg.text(x, y, words, size=SMALL, anchor="middle", weight="bold", fill=svg.BAD),
    ]


def _marks(
    x: float, step: float, spectrum: Spectrum, order: int, scale: float, base: float
) -> list[str]:  # fmt: skip
    parts = []
    if (limit := spectrum.limits.get(order)) is not None:
        y, reach = base - limit * scale, min(step * 0.46, 20.0)
        parts.append(svg.line(x - reach, y, x + reach, y, stroke=svg.PAPER, width=4.5))
        parts.append(svg.line(x - reach, y, x + reach, y, stroke=svg.INK, width=2.2))
    if (wanted := spectrum.expected.get(order)) is not None:
        parts.append(diamond(x + step * 0.12, base - wanted * scale, min(step * 0.34, 5.0)))
    return parts


def diamond(x: float, y: float, size: float) -> str:
    """Return the mark of what was expected."""
    corners = ((x - size, y), (x, y - size), (x + size, y), (x, y + size))
    return svg.path(shape(*corners), fill=svg.PAPER, stroke=svg.INK, width=1.4)


def _legend(spectrum: Spectrum, y: float) -> Drawn:
    entries = [(svg.rect(0, -9, 12, 11, fill=SHADES[0]), "measured")]
    if any(spectrum.over(h) for h in spectrum.orders):
        entries.append(
            (svg.rect(0, -9, 12, 11, fill=svg.PAPER, stroke=svg.BAD, stroke_width=2), "over its limit")
        )
    if spectrum.background:
        entries.append((svg.rect(0, -9, 12, 11, fill=LIGHT, stroke=svg.SOFT), "the grid alone, stations off"))
    if spectrum.expected:
        entries.append((diamond(6, -4, 5), "expected by the study at this load"))
    if spectrum.limits:
        mark = svg.line(0, -4, 14, -4, width=2.2)
        entries.append((mark, f"limit ({spectrum.source})" if spectrum.source else "limit"))
    else:
        entries.append(("", "no limit is known for these orders"))
    return legend(entries, y)


def legend(entries: list[tuple[str, str]], y: float, indent: float = 20.0) -> Drawn:
    """Return marks, each drawn at the origin, with their words in as many lines as they need."""
    parts, x = [], LEFT
    for mark, words in entries:
        room = indent + 0.6 * SMALL * len(words)
        if x > LEFT and x + room > RIGHT + 4:
            x, y = LEFT, y + 17
        if mark:
            parts.append(svg.moved(mark, x, y))
        more, y = paragraph(y, words, x=x + indent, right=max(RIGHT, x + room), fill=svg.SOFT, most=1)
        parts, y, x = [*parts, *more], y - SMALL - 4, x + room + 10
    return parts, y + 14


def spectrum_text(spectrum: Spectrum) -> str:
    """Return single orders as bars of characters: the limit is a stroke, a value over it says so."""
    cell = spectrum.top / CELLS
    lines = [spectrum.title, *([spectrum.statement] if spectrum.statement else [])]
    for order, value in spectrum.orders.items():
        bar = list(("█" * round(value / cell)).ljust(CELLS + 1))
        for mark, values in (("○", spectrum.background), ("◇", spectrum.expected), ("│", spectrum.limits)):
            if order in values:
                bar[min(round(values[order] / cell), CELLS)] = mark
        told = (
            ("limit", spectrum.limits),
            ("expected", spectrum.expected),
            ("grid alone", spectrum.background),
        )
        words = ", ".join(f"{name} {values[order]:.3g}" for name, values in told if order in values)
        over = "  OVER" if spectrum.over(order) else ""
        lines.append(f"h{order:<3}{value:6.2f} {spectrum.unit} {''.join(bar)} {words}{over}".rstrip())
    return "\n".join(lines)


def _thd_only(snapshot: Snapshot) -> str:
    title = f"Distortion at {snapshot.tag}"
    parts, y = heading(title, "this device tells no single orders")
    for said in _thd_words(snapshot):
        parts.append(svg.text(LEFT, y + 14, said))
        y += 22
    words = ", ".join(f"{p} {v:.1f} %" for p, v in thd_voltage(snapshot).items()) or "not measured"
    return svg.document(
        WIDTH, y + 8, title, f"THD of the voltage: {words}.", parts, key("harmonics", snapshot.tag)
    )


def _thd_words(snapshot: Snapshot) -> list[str]:
    voltages, currents = thd_voltage(snapshot), thd_current(snapshot)
    return [
        f"{phase}: voltage {_percent(voltages.get(phase))}, current {_percent(currents.get(phase))}"
        for phase in ("L1", "L2", "L3")
    ]


def _percent(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1f} %"
