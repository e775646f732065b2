"""Distortion: THD of a site, and the orders of one device against their limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from device_probe import svg
from device_probe.figures.drawing import SHADES, grid, heading, key
from device_probe.model import ProbeReport, Snapshot
from device_probe.power_quality import HARMONIC_LIMITS, harmonic_voltages, thd_current, thd_voltage

LAST_ORDER = 25
CELLS = 40


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Values of single orders, and what is permitted of each."""

    title: str
    subtitle: str
    orders: Mapping[int, float]
    limits: Mapping[int, float] = field(default_factory=dict)
    unit: str = "%"
    source: str = "EN 50160"

    def over(self, order: int) -> bool:
        """Return True when an order is above its limit."""
        limit = self.limits.get(order)
        return limit is not None and self.orders[order] > limit

    @property
    def top(self) -> float:
        """Return the largest value that has to be shown."""
        return (
            max([*self.orders.values(), *(self.limits.get(h, 0.0) for h in self.orders)], default=1.0) or 1.0
        )

    @property
    def spoken(self) -> str:
        """Return the text alternative."""
        if not self.orders:
            return "No order was read."
        worst = max(self.orders, key=lambda h: self.orders[h])
        said = f"The largest is order {worst} with {self.orders[worst]:.1f} {self.unit}."
        high = [h for h in self.orders if self.over(h)]
        each = "; ".join(
            f"order {h} {self.orders[h]:.1f} {self.unit}, limit {self.limits[h]:g} {self.unit}" for h in high
        )
        return f"{said} Over the limit: {each}." if high else f"{said} None is over its limit."


def thd_svg(report: ProbeReport) -> str:
    """Draw the voltage distortion of every device that measures it against the limit of the plan."""
    rows = [(s.tag, phase, value) for s in report.snapshots for phase, value in thd_voltage(s).items()]
    limit = report.plan.thd_voltage_limit_percent
    top = 1.25 * max([limit, *(value for *_, value in rows)])
    height = 145.0 + 24 * max(len(rows), 1)
    scale = 330 / top
    parts = [heading("Distortion of the voltage (THD)", report.load_statement)]
    parts += [_thd_row(row, 96.0 + 24 * i, scale, limit) for i, row in enumerate(rows)]
    end = 96.0 + 24 * max(len(rows), 1)
    parts.append(
        svg.line(120 + limit * scale, 82, 120 + limit * scale, end, stroke=svg.INK, width=1.4, dash="5 3")
    )
    parts.append(svg.text(120 + limit * scale, 76, f"limit {limit:g} %", size=11, anchor="middle"))
    if not rows:
        parts.append(svg.text(24, 108, "No device of this site measures distortion."))
    notes = (report.plan.thd_clause, "A moment, not a week: indicative only.")
    parts += [svg.text(24, end + 22 + 15 * i, note, size=10, fill=svg.SOFT) for i, note in enumerate(notes)]
    said = "; ".join(f"{tag} {phase} {value:.1f} %" for tag, phase, value in rows) or "none measured"
    return svg.document(
        560,
        height,
        "Voltage distortion against its limit",
        f"Limit {limit:g} %. {said}.",
        parts,
        key("thd", report.id),
    )


def harmonics_svg(snapshot: Snapshot) -> str:
    """Draw the voltage of each harmonic order against its limit; without a table of orders, THD in words."""
    found = voltage_spectrum(snapshot)
    return spectrum_svg(found, key("harmonics", snapshot.tag)) if found.orders else _thd_only(snapshot)


def harmonics_text(snapshot: Snapshot) -> str:
    """Return the harmonics of a device for a terminal."""
    found = voltage_spectrum(snapshot)
    return spectrum_text(found) if found.orders else "\n".join(_thd_words(snapshot))


def voltage_spectrum(snapshot: Snapshot) -> Spectrum:
    """Return the orders of a device's voltage, the highest phase of each."""
    orders = {h: value for h, value in harmonic_voltages(snapshot).items() if h <= LAST_ORDER}
    title = f"Harmonics of the voltage at {snapshot.tag}"
    return Spectrum(title, "highest phase, per cent of the fundamental", orders, HARMONIC_LIMITS)


def spectrum_svg(spectrum: Spectrum, name: str) -> str:
    """Draw single orders as bars, each with its limit as a line."""
    scale, base, step = 196 / (1.12 * spectrum.top), 290.0, 488 / max(len(spectrum.orders), 1)
    parts = [heading(spectrum.title, spectrum.subtitle)]
    parts += grid(56, 544, base, 1.12 * spectrum.top, scale, spectrum.unit)
    for i, order in enumerate(spectrum.orders):
        parts += _order_bar(56 + i * step, step, spectrum, order, scale, base)
    parts.append(svg.text(300, base + 33, "order", size=10.5, anchor="middle", fill=svg.SOFT))
    parts += _legend(spectrum)
    return svg.document(568, 366, spectrum.title, spectrum.spoken, parts, name)


def _order_bar(x: float, step: float, spectrum: Spectrum, order: int, scale: float, base: float) -> list[str]:
    value, limit, over = spectrum.orders[order], spectrum.limits.get(order), spectrum.over(order)
    width = min(step * 0.62, 34.0)
    left, top = x + (step - width) / 2, base - value * scale
    ink = svg.BAD if over else SHADES[0]
    parts = [svg.rect(left, top, width, base - top, fill=svg.PAPER if over else ink, stroke=ink,
                      stroke_width=2.2 if over else 1)]  # fmt: skip
    parts.append(svg.text(x + step / 2, base + 16, str(order), size=9.5, anchor="middle",
                          weight="bold" if over else "normal"))  # fmt: skip
    if over:
        parts.append(svg.text(x + step / 2, top - 6, f"{value:.1f}", size=10, anchor="middle", weight="bold",
                              fill=svg.BAD))  # fmt: skip
    if limit is not None:
        y = base - limit * scale
        reach = min(step * 0.46, width * 0.72)
        parts.append(svg.line(x + step / 2 - reach, y, x + step / 2 + reach, y, stroke=svg.PAPER, width=4.5))
        parts.append(svg.line(x + step / 2 - reach, y, x + step / 2 + reach, y, stroke=svg.INK, width=2))
    return parts


def _legend(spectrum: Spectrum) -> list[str]:
    y, soft = 350.0, svg.SOFT
    return [
        svg.rect(56, y - 10, 12, 11, fill=SHADES[0]), svg.text(74, y, "measured", size=10.5, fill=soft),
        svg.rect(146, y - 10, 12, 11, fill=svg.PAPER, stroke=svg.BAD, stroke_width=2),
        svg.text(164, y, "over its limit", size=10.5, fill=soft),
        svg.line(258, y - 4, 282, y - 4, width=2),
        svg.text(290, y, f"limit of the order ({spectrum.source})", size=10.5, fill=soft),
    ]  # fmt: skip


def spectrum_text(spectrum: Spectrum) -> str:
    """Return single orders as bars of characters: the limit is a stroke, a value over it says so."""
    cell = spectrum.top / CELLS
    lines = [spectrum.title]
    for order, value in spectrum.orders.items():
        limit = spectrum.limits.get(order)
        bar = list(("█" * round(value / cell)).ljust(CELLS + 1))
        if limit is not None:
            bar[min(round(limit / cell), CELLS)] = "│"
        words = "" if limit is None else f"limit {limit:g}"
        over = "  OVER" if spectrum.over(order) else ""
        lines.append(f"h{order:<3}{value:6.2f} {spectrum.unit} {''.join(bar)} {words}{over}".rstrip())
    return "\n".join(lines)


def _thd_row(row: tuple[str, str, float], y: float, scale: float, limit: float) -> str:
    tag, phase, value = row
    over = value > limit
    bar = svg.rect(120, y, max(value * scale, 1), 14, fill=svg.PAPER if over else SHADES[0],
                   stroke=svg.BAD if over else SHADES[0], stroke_width=2.5 if over else 1)  # fmt: skip
    words = f"{value:.1f} %" + (" over the limit" if over else "")
    return (
        svg.text(24, y + 12, f"{tag} {phase}") + bar
        + svg.text(128 + value * scale, y + 12, words, size=11, weight="bold" if over else "normal",
                   fill=svg.BAD if over else svg.INK)
    )  # fmt: skip


def _thd_only(snapshot: Snapshot) -> str:
    parts = [heading(f"Distortion at {snapshot.tag}", "this device tells no single orders")]
    parts += [svg.text(24, 84 + 24 * i, said) for i, said in enumerate(_thd_words(snapshot))]
    words = ", ".join(f"{p} {v:.1f} %" for p, v in thd_voltage(snapshot).items()) or "not measured"
    return svg.document(560, 160, f"Distortion at {snapshot.tag}", f"THD of the voltage: {words}.", parts,
                        key("harmonics", snapshot.tag))  # fmt: skip


def _thd_words(snapshot: Snapshot) -> list[str]:
    voltages, currents = thd_voltage(snapshot), thd_current(snapshot)
    return [
        f"{phase}: voltage {_percent(voltages.get(phase))}, current {_percent(currents.get(phase))}"
        for phase in ("L1", "L2", "L3")
    ]


def _percent(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1f} %"
