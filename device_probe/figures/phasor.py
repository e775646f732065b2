"""Phasors of one meter: where each current stands, where it belongs, and which input is wrong."""

import math
from dataclasses import dataclass

from device_probe import svg
from device_probe.diagnosis.correction import name as conductor_name
from device_probe.diagnosis.evidence import Meter
from device_probe.diagnosis.hypotheses import shown, wrapped
from device_probe.diagnosis.likelihood import windows
from device_probe.diagnosis.systems import NO_CURRENT
from device_probe.diagnosis.wiring import WiringVerdict
from device_probe.figures.drawing import (
    SHADES,
    VERDICT_INK,
    VERDICT_WORD,
    WINDOW,
    arrow,
    heading,
    key,
    point,
    sector,
    spoken,
    wrapped_lines,
)
from device_probe.model import Snapshot

CENTRE = (190.0, 222.0)
VOLTAGE_RADIUS = 118.0
CURRENT_RADIUS = 92.0
CELL_DEG = 10
CHARGING = Meter("3P4W", 230.0)


@dataclass(frozen=True, slots=True)
class Phase:
    """One input of a meter as it is drawn. The angle is that of the current behind its voltage."""

    k: int  # 1 to 3
    voltage_v: float | None
    current_a: float | None
    power_w: float | None
    angle_deg: float | None
    gets: str = ""  # the conductor whose current it really gets: "-L2"
    wrong_voltage: bool = False
    wrong_current: bool = False
    belongs: tuple[int, float] | None = None  # the phase and the angle where this current will stand

    @property
    def wrong(self) -> bool:
        """Return True when something is wrong at this input."""
        return self.wrong_voltage or self.wrong_current

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """Return voltage, current, power and angle in words."""
        return (
            "–" if self.voltage_v is None else f"{self.voltage_v:.1f}",
            "–" if self.current_a is None else f"{self.current_a:.1f}",
            "–" if self.power_w is None else f"{self.power_w / 1000:+.2f}",
            "–" if self.angle_deg is None else f"{self.angle_deg:+.0f}°",
        )

    @property
    def words(self) -> str:
        """Return all of it in words."""
        voltage, current, power, angle = self.texts
        said = f"L{self.k}: {voltage} V, {current} A, {power} kW, angle {angle}"
        if self.wrong:
            what = " and ".join(
                w for w, on in (("voltage", self.wrong_voltage), ("current", self.wrong_current)) if on
            )
            said += f", {what} input wrong" + (f" (gets {self.gets})" if self.wrong_current else "")
        return said


def phases(snapshot: Snapshot, wiring: WiringVerdict | None = None) -> tuple[Phase, ...]:
    """Return what is drawn of a meter, with what its wiring verdict says."""
    return tuple(_phase(snapshot, k, wiring) for k in (1, 2, 3))


def _phase(snapshot: Snapshot, k: int, wiring: WiringVerdict | None) -> Phase:
    current, power = snapshot.value(f"current_l{k}"), snapshot.value(f"active_power_l{k}")
    voltage, angle = snapshot.value(f"voltage_l{k}_n"), None
    if current and power is not None:
        reactive = snapshot.value(f"reactive_power_l{k}")
        if reactive is None:  # only the size of the angle is known; drawn lagging
            angle = math.degrees(math.acos(max(-1.0, min(1.0, power / ((voltage or 230.0) * abs(current))))))
        elif power or reactive:
            angle = math.degrees(math.atan2(reactive, power))
    found = Phase(k, voltage, None if current is None else abs(current), power, angle)
    return found if wiring is None else _judged(found, wiring)


def _judged(phase: Phase, wiring: WiringVerdict) -> Phase:
    place = phase.k - 1
    at = {(m.at_voltage, p) for m in wiring.mistakes for p in m.phases}
    best = wiring.best
    if best is None or best.system != "3P4W" or wiring.verdict != "fail" or not wiring.mistakes:
        return phase
    conductor, sign = best.current.conductors[place], best.current.signs[place]
    gets = "0" if conductor == NO_CURRENT else f"{'+' if sign > 0 else '-'}{conductor_name(conductor)}"
    added = shown(best).added_deg[place]
    belongs = None
    if phase.angle_deg is not None and added and conductor != NO_CURRENT:
        belongs = (conductor + 1, wrapped(phase.angle_deg - added))
    wrong = (True, place) in at, (False, place) in at
    return Phase(
        phase.k, phase.voltage_v, phase.current_a, phase.power_w, phase.angle_deg, gets, *wrong,
        belongs,
    )  # fmt: skip


def phasor_svg(snapshot: Snapshot, wiring: WiringVerdict | None = None, meter: Meter = CHARGING) -> str:
    """Draw the voltages and currents of one meter with the sector where each current is expected."""
    drawn = phases(snapshot, wiring)
    parts = [heading(f"Phasors of {snapshot.tag}", f"{snapshot.profile}, {snapshot.taken_at}")]
    longest = max((p.current_a or 0.0 for p in drawn if p.angle_deg is not None), default=0.0)
    parts += [svg.circle(*CENTRE, VOLTAGE_RADIUS), svg.circle(*CENTRE, CURRENT_RADIUS / 2, stroke="#e6eaee")]
    parts += [
        _window(p.k, low, high) for p in drawn if p.angle_deg is not None for low, high in windows(meter)
    ]
    parts += [_voltage_arrow(p) for p in drawn]
    if longest:
        parts += [_expected_arrow(p, longest) for p in drawn if p.belongs is not None]
        parts += [_current_arrow(p, longest) for p in drawn]
        parts.append(svg.text(366, 246, f"longest current arrow: {longest:.3g} A", size=11, fill=svg.SOFT))
    parts += _table(snapshot, drawn, wiring)
    parts += _verdict(wiring)
    parts += _legend(24, 376, drawn)
    said = spoken([*(p.words for p in drawn), *([wiring.verdict, wiring.reason] if wiring else [])])
    title = f"Phasor diagram of {snapshot.tag}"
    return svg.document(640, 412, title, said, parts, key("phasor", snapshot.tag))


def _at(k: int) -> float:
    return 90.0 - 120.0 * (k - 1)


def _window(k: int, low: float, high: float) -> str:
    return sector(CENTRE, CURRENT_RADIUS, _at(k) - high, _at(k) - low)


def _voltage_arrow(phase: Phase) -> str:
    if not phase.voltage_v or phase.voltage_v < 1:
        return ""
    ink, angle = SHADES[phase.k - 1], _at(phase.k)
    x, y = point(CENTRE, VOLTAGE_RADIUS + 17, angle)
    words = f"U{phase.k}" + (" wrong" if phase.wrong_voltage else "")
    dash = "3 3" if phase.wrong_voltage else ""
    return arrow(CENTRE, VOLTAGE_RADIUS, angle, ink, 1.5, hollow=True, dash=dash) + svg.text(
        x, y + 4, words, size=12, anchor="middle", fill=svg.BAD if phase.wrong_voltage else ink
    )


def _current_arrow(phase: Phase, longest: float) -> str:
    radius = CURRENT_RADIUS * (phase.current_a or 0.0) / longest
    if phase.angle_deg is None or radius < 2:
        return ""
    ink, angle = SHADES[phase.k - 1], _at(phase.k) - phase.angle_deg
    if phase.wrong_current:
        return arrow(CENTRE, radius, angle, svg.BAD, 4, hollow=True, dash="7 3") + _wrong_label(
            phase.k, radius, angle
        )
    x, y = point(CENTRE, radius * (0.36 + 0.14 * phase.k), angle - 13)
    return arrow(CENTRE, radius, angle, ink, 4, hollow=False) + svg.text(
        x, y + 4, f"I{phase.k}", size=12, anchor="middle", weight="bold", fill=ink
    )


def _wrong_label(k: int, radius: float, angle: float) -> str:
    """Name a wrong current beside its tip, on the side away from the nearest voltage."""
    off = min((wrapped(angle - _at(phase)) for phase in (1, 2, 3)), key=abs)
    x, y = point(CENTRE, max(radius, 34.0) + 4, angle + math.copysign(20, off))
    side = x - CENTRE[0]
    anchor = "start" if side > 12 else "end" if side < -12 else "middle"
    return svg.text(x, y + 4, f"I{k} wrong", size=12, anchor=anchor, weight="bold", fill=svg.BAD)


def _expected_arrow(phase: Phase, longest: float) -> str:
    """Draw where the current of a wrong input will stand when it is put right."""
    if phase.belongs is None:
        return ""
    radius = CURRENT_RADIUS * (phase.current_a or 0.0) / longest
    return arrow(
        CENTRE, radius, _at(phase.belongs[0]) - phase.belongs[1], svg.SOFT, 1.6, hollow=True, dash="2 3"
    )


def _table(snapshot: Snapshot, drawn: tuple[Phase, ...], wiring: WiringVerdict | None) -> list[str]:
    columns = (429.0, 476.0, 535.0, 584.0, 626.0)
    heads = (
        ("U / V", "I / A", "P / kW", "φ", "gets")
        if wiring and wiring.mistakes
        else ("U / V", "I / A", "P / kW", "φ")
    )
    rows = [
        svg.text(x, 92, head, size=11, fill=svg.SOFT, anchor="end")
        for x, head in zip(columns, heads, strict=False)
    ]
    rows.append(svg.line(366, 100, 626, 100, stroke=svg.RULE))
    for phase in drawn:
        y = 100.0 + 26 * phase.k
        rows.append(svg.text(366, y, f"L{phase.k}", weight="bold", fill=SHADES[phase.k - 1]))
        wrong = phase.wrong or (wiring is None and (phase.power_w or 0.0) < 0)
        texts = (*phase.texts, phase.gets)
        rows += [_cell(x, y, words, wrong) for x, words in zip(columns, texts, strict=True) if words]
    total = snapshot.value("active_power_total")
    if total is not None:
        rows.append(svg.line(366, 190, 626, 190, stroke=svg.RULE))
        rows.append(svg.text(columns[2], 210, f"{total / 1000:+.2f}", anchor="end"))
        rows.append(svg.text(366, 210, "Σ", weight="bold"))
    return rows


def _cell(x: float, y: float, words: str, wrong: bool) -> str:
    return svg.text(
        x, y, words, anchor="end", weight="bold" if wrong else "normal", fill=svg.BAD if wrong else svg.INK
    )


def _verdict(wiring: WiringVerdict | None) -> list[str]:
    if wiring is None:
        return []
    ink = VERDICT_INK[wiring.verdict]
    parts = [svg.text(366, 276, f"Wiring: {VERDICT_WORD[wiring.verdict]}", weight="bold", fill=ink)]
    lines = wrapped_lines(wiring.reason, 41, 5)
    parts += [svg.text(366, 294 + 15 * i, line, size=11) for i, line in enumerate(lines)]
    return parts


def _legend(x: float, y: float, drawn: tuple[Phase, ...]) -> list[str]:
    soft = svg.SOFT
    parts = [
        arrow((x, y - 4), 30, 0, soft, 1.5, hollow=True), svg.text(x + 38, y, "voltage", size=11, fill=soft),
        arrow((x + 150, y - 4), 30, 0, soft, 4, hollow=False),
        svg.text(x + 188, y, "current", size=11, fill=soft),
        svg.rect(x + 300, y - 12, 24, 14, fill=WINDOW, stroke=svg.RULE),
        svg.text(x + 332, y, "where the current belongs", size=11, fill=soft),
    ]  # fmt: skip
    below = y + 22
    if any(p.wrong_voltage for p in drawn):
        parts.append(arrow((x, below - 4), 30, 0, soft, 1.5, hollow=True, dash="3 3"))
        parts.append(svg.text(x + 38, below, "wrong voltage", size=11, fill=soft))
    if any(p.wrong_current for p in drawn):
        parts.append(arrow((x + 150, below - 4), 30, 0, svg.BAD, 4, hollow=True, dash="7 3"))
        parts.append(svg.text(x + 188, below, "wrong current", size=11, fill=soft))
    if any(p.belongs for p in drawn):
        parts.append(arrow((x + 300, below - 4), 24, 0, soft, 1.6, hollow=True, dash="2 3"))
        parts.append(svg.text(x + 332, below, "where it will stand after the correction", size=11, fill=soft))
    return parts


def phasor_text(snapshot: Snapshot, wiring: WiringVerdict | None = None, meter: Meter = CHARGING) -> str:
    """Return the phasors of a meter for a terminal: each angle on a scale of half a turn each way."""
    scale = f"-180{'0':^28}+180°"
    lines = [f"Phasors of {snapshot.tag}", f"     U / V   I / A   P / kW      φ  {scale}"]
    for phase in phases(snapshot, wiring):
        voltage, current, power, angle = phase.texts
        note = f"  wrong{', gets ' + phase.gets if phase.wrong_current else ''}" if phase.wrong else ""
        lines.append(
            f"L{phase.k} {voltage:>7} {current:>7} {power:>8} {angle:>6}  {_strip(phase, meter)}{note}"
        )
    lines.append("░ where the current belongs   ● current   ✗ current of a wrong input")
    if wiring is not None:
        lines.append(f"Wiring: {VERDICT_WORD[wiring.verdict]}. {wiring.reason}")
    return "\n".join(lines)


def _strip(phase: Phase, meter: Meter) -> str:
    cells = []
    for degrees in range(-180, 181, CELL_DEG):
        inside = any(
            abs(wrapped(degrees - (low + high) / 2)) <= (high - low) / 2 + CELL_DEG / 2
            for low, high in windows(meter)
        )
        cells.append("░" if inside else "·")
    if phase.angle_deg is not None:
        cells[round((phase.angle_deg + 180) / CELL_DEG)] = "✗" if phase.wrong_current else "●"
    return "".join(cells)
