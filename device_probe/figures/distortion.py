"""Distortion of a site and the currents of one meter: horizontal bars in %, and in A where % says little."""

import statistics
from dataclasses import dataclass

from device_probe import svg
from device_probe.diagnosis.formulas import harmonic_rms
from device_probe.diagnosis.quality_values import thd_current, thd_voltage
from device_probe.figures.drawing import (
    LEFT,
    LIGHT,
    RIGHT,
    SHADES,
    SMALL,
    WIDTH,
    heading,
    key,
    paragraph,
    sign,
    spoken,
)
from device_probe.figures.harmonics import diamond, legend
from device_probe.judgement import Check
from device_probe.model import ProbeReport, Snapshot

BARS, ROOM = 104.0, 190.0  # where bars begin, and how long the longest may be
ROW = 24.0
CELLS = 30


@dataclass(frozen=True, slots=True)
class Thd:
    """The distortion of one device's voltage: its highest phase in % of the fundamental."""

    tag: str
    phase: str
    value: float
    limit: float
    expected: float | None = None
    background: float | None = None

    @property
    def words(self) -> str:
        """Return it in words."""
        said = f"{self.tag} {self.phase} {self.value:.1f} %"
        said += f", expected {self.expected:.1f} %" if self.expected is not None else ""
        said += f", stations off {self.background:.1f} %" if self.background is not None else ""
        return said + (", over the limit" if self.value > self.limit else "")


@dataclass(frozen=True, slots=True)
class Flow:
    """One conductor: its current and, of that, what its harmonics are. A rms; None: not read."""

    name: str
    amperes: float
    harmonics: float | None = None

    @property
    def words(self) -> str:
        """Return it in words."""
        if self.harmonics is None:
            return f"{self.name} {self.amperes:.1f} A"
        of_it = "third harmonics make" if self.name == "N" else "harmonics"
        return f"{self.name} {self.amperes:.1f} A, {of_it} {self.harmonics:.1f} A"


def thd_rows(report: ProbeReport) -> tuple[Thd, ...]:
    """Return the voltage distortion of every device that tells it."""
    found = []
    for snapshot in report.snapshots:
        judged = report.judgement(snapshot.tag)
        checks = judged.power_quality.checks if judged and judged.power_quality else ()
        voltages = [c for c in checks if c.code == "thd-voltage"]
        if voltages:
            found.append(_judged(snapshot.tag, voltages, report.plan.thd_voltage_limit_percent))
        elif told := thd_voltage(snapshot):
            phase = max(told, key=lambda name: told[name])
            found.append(Thd(snapshot.tag, phase, told[phase], report.plan.thd_voltage_limit_percent))
    return tuple(found)


def _judged(tag: str, checks: list[Check], usual: float) -> Thd:
    worst = max(checks, key=lambda check: check.value)
    phase = worst.quantity.removeprefix("thd_voltage_").upper().replace("_", "-")
    limit = usual if worst.limit is None else worst.limit
    return Thd(tag, phase, worst.value, limit, worst.expected, worst.background)


def thd_svg(report: ProbeReport) -> str:
    """Draw the voltage distortion of every device that measures it against the limit."""
    rows, limit = thd_rows(report), report.plan.thd_voltage_limit_percent
    beside = [v for row in rows for v in (row.value, row.limit, row.expected or 0.0, row.background or 0.0)]
    scale = ROOM / max([limit, *beside])
    parts, y = heading("Distortion of the voltage (THD)", "highest phase of each device",
                       report.load_statement)  # fmt: skip
    at = BARS + limit * scale
    parts.append(svg.text(at, y + 12, f"limit {limit:g} %", size=SMALL, anchor="middle"))
    y += 18
    for i, row in enumerate(rows):
        parts += _thd_row(row, y + 4 + ROW * i, scale)
    end = y + 4 + ROW * max(len(rows), 1)
    parts.append(svg.line(at, y, at, end, stroke=svg.INK, width=1.6, dash="5 3"))
    if not rows:
        parts.append(svg.text(LEFT, y + 16, "No device of this site measures distortion."))
    more, y = legend(_thd_marks(rows), end + 18)
    last, y = paragraph(y + 2, f"{report.plan.thd_clause}. A moment, not a week: indicative only.",
                        fill=svg.SOFT)  # fmt: skip
    said = spoken(row.words for row in rows) or "none measured"
    return svg.document(
        WIDTH, y, "Voltage distortion against its limit", f"Limit {limit:g} %. {said}.",
        [*parts, *more, *last], key("thd", report.id),
    )  # fmt: skip


def _thd_row(row: Thd, y: float, scale: float) -> list[str]:
    over = row.value > row.limit
    ink = svg.BAD if over else SHADES[0]
    height = 9.0 if row.background is not None else 14.0
    width = max(row.value * scale, 1.0)
    parts = [
        svg.text(LEFT, y + 12, row.tag[:8], weight="bold"),
        svg.text(BARS - 6, y + 12, row.phase, size=SMALL, anchor="end", fill=svg.SOFT),
        svg.rect(BARS, y, width, height, fill=svg.PAPER if over else ink, stroke=ink,
                 stroke_width=2.2 if over else 1),
    ]  # fmt: skip
    reach = max(width, (row.expected or 0.0) * scale, (row.background or 0.0) * scale)
    if row.background is not None:
        parts.append(svg.rect(BARS, y + 10, max(row.background * scale, 1.0), 6, fill=LIGHT, stroke=svg.SOFT))
    if row.expected is not None:
        parts.append(diamond(BARS + row.expected * scale, y + height / 2, 5))
    if over:
        parts.append(sign(BARS + reach + 14, y + 8, "fail"))
    x = BARS + reach + (26 if over else 8)
    words = f"{row.value:.1f} %{' over' if over else ''}"
    parts.append(svg.text(x, y + 12, words, size=SMALL, weight="bold" if over else "normal", fill=svg.BAD
                          if over else svg.INK))  # fmt: skip
    return parts


def _thd_marks(rows: tuple[Thd, ...]) -> list[tuple[str, str]]:
    entries = [(svg.rect(0, -9, 12, 11, fill=SHADES[0]), "measured")]
    if any(row.value > row.limit for row in rows):
        entries.append(
            (svg.rect(0, -9, 12, 11, fill=svg.PAPER, stroke=svg.BAD, stroke_width=2), "over the limit")
        )
    if any(row.background is not None for row in rows):
        entries.append((svg.rect(0, -7, 12, 7, fill=LIGHT, stroke=svg.SOFT), "the grid alone, stations off"))
    if any(row.expected is not None for row in rows):
        entries.append((diamond(6, -4, 5), "expected by the study at this load"))
    return entries


def thd_text(report: ProbeReport) -> str:
    """Return the voltage distortion of a site for a terminal."""
    rows = thd_rows(report)
    top = max([report.plan.thd_voltage_limit_percent, *(row.value for row in rows)])
    lines = ["Distortion of the voltage (THD)", report.load_statement]
    for row in rows:
        bar = list(("█" * round(CELLS * row.value / top)).ljust(CELLS + 1))
        bar[round(CELLS * row.limit / top)] = "│"
        lines.append(f"{row.tag:<10} {''.join(bar)} limit {row.limit:g} %; {row.words}")
    return "\n".join(lines if rows else [lines[0], "No device of this site measures distortion."])


def flows(report: ProbeReport, tag: str) -> tuple[Flow, ...]:
    """Return the current of each conductor of a meter with its harmonic content, medians of all rounds."""
    taken = [s for s in report.all_of(tag) if s.problem is None]
    phases = [_phase(taken, k) for k in (1, 2, 3)]
    found = [flow for flow in phases if flow is not None]
    judged = report.judgement(tag)
    # most meters compute the neutral from the phases, which a wrong input makes meaningless
    wrong = judged is not None and judged.wiring is not None and judged.wiring.verdict == "fail"
    neutral = None if wrong else _median([s.value("current_n") for s in taken])
    if neutral is not None:
        thirds = [_median([s.value(f"harmonic_current_l{k}_h3") for s in taken]) for k in (1, 2, 3)]
        amperes = all(_in_amperes(s) for s in taken)
        triplen = sum(v for v in thirds if v is not None) if None not in thirds and amperes else None
        found.append(Flow("N", neutral, triplen))
    return tuple(found)


def _in_amperes(snapshot: Snapshot) -> bool:
    return all(r.unit == "A" for r in snapshot.readings if r.quantity.startswith("harmonic_current_"))


def _phase(taken: list[Snapshot], k: int) -> Flow | None:
    current = _median([s.value(f"current_l{k}") for s in taken])
    if current is None:
        return None
    percent = _median([thd_current(s).get(f"L{k}") for s in taken])
    content = None if percent is None else harmonic_rms(percent, abs(current))
    return Flow(f"L{k}", abs(current), content)


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def currents_svg(report: ProbeReport, tag: str) -> str:
    """Draw what each conductor of a meter carries, and how much of it is harmonics, in A."""
    rows, title = flows(report, tag), f"Currents at {tag}"
    scale = ROOM / max([1.0, *(row.amperes for row in rows), *(row.harmonics or 0.0 for row in rows)])
    parts, y = heading(title, "and what their harmonics make of it, in A", _statement(report, tag))
    for i, row in enumerate(rows):
        parts += _flow_row(row, y + 6 + ROW * i, scale)
    if not rows:
        parts.append(svg.text(LEFT, y + 16, "No current was read."))
    marks = [
        (svg.rect(0, -9, 12, 11, fill=LIGHT, stroke=SHADES[0]), "current"),
        (svg.rect(0, -7, 12, 7, fill=SHADES[0]), "of it harmonics (neutral: third harmonics)"),
    ]
    more, y = legend(marks, y + 24 + ROW * max(len(rows), 1))
    said = spoken(row.words for row in rows) or "No current was read."
    return svg.document(WIDTH, y, title, said, [*parts, *more], key("currents", tag))


def _flow_row(row: Flow, y: float, scale: float) -> list[str]:
    width = max(row.amperes * scale, 1.0)
    inner = (row.harmonics or 0.0) * scale
    words = f"{row.amperes:.1f} A" + ("" if row.harmonics is None else f", {row.harmonics:.1f} A")
    x = 36.0
    parts = [
        svg.text(LEFT, y + 12, row.name, weight="bold"),
        svg.rect(x, y, width, 15, fill=LIGHT, stroke=SHADES[0]),
    ]
    if inner >= 1:
        parts.append(svg.rect(x, y + 4, inner, 7, fill=SHADES[0]))
    at = min(x + max(width, inner) + 8, RIGHT - 7 * len(words))
    return [*parts, svg.text(at, y + 12, words, size=SMALL)]


def _statement(report: ProbeReport, tag: str) -> str:
    judged = report.judgement(tag)
    return judged.power_quality.statement if judged and judged.power_quality else report.load_statement


def currents_text(report: ProbeReport, tag: str) -> str:
    """Return the currents of a meter for a terminal."""
    rows = flows(report, tag)
    top = max([1.0, *(row.amperes for row in rows)])
    lines = [f"Currents at {tag}"]
    for row in rows:
        bar = "█" * round(CELLS * (row.harmonics or 0.0) / top)
        lines.append(f"{row.name:<3} {bar.ljust(round(CELLS * row.amperes / top), '▒')} {row.words}")
    return "\n".join(lines)
