"""Phasors of one meter: where each current stands, where it belongs, and what each input really gets."""

import math
from dataclasses import dataclass

from device_probe import svg
from device_probe.diagnosis.evidence import Meter
from device_probe.diagnosis.likelihood import windows
from device_probe.figures.drawing import (
    LEFT,
    SHADES,
    SMALL,
    VERDICT_WORD,
    WIDTH,
    WINDOW,
    Drawn,
    arrow,
    heading,
    key,
    paragraph,
    point,
    sector,
    sign,
    spoken,
    verdict_at,
)
from device_probe.figures.harmonics import legend
from device_probe.figures.wired import Input, inputs_of
from device_probe.judgement import WiringJudgement
from device_probe.model import Snapshot

CENTRE_X, VOLTAGE_RADIUS, CURRENT_RADIUS = 130.0, 96.0, 76.0
SIDE = 258.0  # where the words beside the diagram begin
HEIGHT = 264.0
CELL_DEG = 10
LEAST_A = 1.0
CHARGING = Meter("3P4W", 230.0)


@dataclass(frozen=True, slots=True)
class Phase:
    """One input of a meter as it is drawn. The angle is that of the current behind its voltage."""

    k: int  # 1 to 3
    voltage_v: float | None
    current_a: float | None
    power_w: float | None
    angle_deg: float | None
    judged: Input

    @property
    def voltage_at(self) -> float:
        """Return where the voltage of this input stands, counter-clockwise from the right."""
        seen = self.judged.seen_deg
        return _at(self.k) if seen is None else 90.0 + seen

    @property
    def belongs(self) -> tuple[int, float] | None:
        """Return the phase and the angle at which a wrong current will stand after the correction."""
        if self.angle_deg is None or not self.judged.conductor:
            return None
        phase, turned = int(self.judged.conductor[1:]), 180.0 if self.judged.gets[0][0] == "-" else 0.0
        stands = self.voltage_at - self.angle_deg + turned
        return phase, _wrapped(_at(phase) - stands)

    @property
    def gets(self) -> str:
        """Return what the input gets in words; without current nobody can say."""
        silent = not self.judged.sure and (self.current_a or 0.0) < LEAST_A
        return "too little current to tell" if silent else self.judged.words

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
        judged = self.judged
        what = ["voltage"] * judged.wrong_voltage + ["current"] * judged.wrong_current
        said += f", {' and '.join(what)} input wrong" if what else ""
        return said + (f", gets {self.gets}" if judged.gets else "")


def phases(snapshot: Snapshot, wiring: WiringJudgement | None = None) -> tuple[Phase, ...]:
    """Return what is drawn of a meter, with what its wiring judgement says."""
    return tuple(_phase(snapshot, k, judged) for k, judged in enumerate(inputs_of(wiring), 1))


def _phase(snapshot: Snapshot, k: int, judged: Input) -> Phase:
    current, power = snapshot.value(f"current_l{k}"), snapshot.value(f"active_power_l{k}")
    voltage, angle = snapshot.value(f"voltage_l{k}_n"), None
    if current and power is not None:
        reactive = snapshot.value(f"reactive_power_l{k}")
        if reactive is None:  # only the size of the angle is known; drawn lagging
            angle = math.degrees(math.acos(max(-1.0, min(1.0, power / ((voltage or 230.0) * abs(current))))))
        elif power or reactive:
            angle = math.degrees(math.atan2(reactive, power))
    return Phase(k, voltage, None if current is None else abs(current), power, angle, judged)


def phasor_svg(
    snapshot: Snapshot, wiring: WiringJudgement | None = None, meter: Meter = CHARGING
) -> str:  # fmt: skip
    """Draw the voltages and currents of one meter with the sector where each current is expected."""
    drawn = phases(snapshot, wiring)
    parts, y = heading(f"Phasors of {snapshot.tag}", f"{snapshot.profile}, {snapshot.taken_at}")
    parts += _diagram(drawn, meter, (CENTRE_X, y + HEIGHT / 2))
    for phase in drawn:
        parts += _beside(phase, y + 16 + 82 * (phase.k - 1))
    parts += _total(snapshot, drawn, y + HEIGHT)
    more, y = legend(_marks(drawn), y + HEIGHT + 24, 36.0)
    last, y = _verdict(wiring, y + 8)
    said = spoken([*(p.words for p in drawn), *([wiring.verdict, wiring.reason] if wiring else [])])
    title = f"Phasor diagram of {snapshot.tag}"
    return svg.document(WIDTH, y + 2, title, said, [*parts, *more, *last], key("phasor", snapshot.tag))


def _diagram(drawn: tuple[Phase, ...], meter: Meter, centre: tuple[float, float]) -> list[str]:
    longest = max((p.current_a or 0.0 for p in drawn if p.angle_deg is not None), default=0.0)
    parts = [svg.circle(*centre, VOLTAGE_RADIUS), svg.circle(*centre, CURRENT_RADIUS / 2, stroke="#e6eaee")]
    parts += [
        sector(centre, CURRENT_RADIUS, _at(p.k) - high, _at(p.k) - low)
        for p in drawn if p.angle_deg is not None for low, high in windows(meter)
    ]  # fmt: skip
    parts += [
        arrow(centre, VOLTAGE_RADIUS, _at(p.k), svg.SOFT, 1.2, hollow=True, dash="2 3")
        for p in drawn if p.judged.wrong_voltage
    ]  # fmt: skip
    parts += [_voltage_arrow(p, centre) for p in drawn]
    if longest:
        parts += [_expected_arrow(p, longest, centre) for p in drawn]
        parts += [_current_arrow(p, longest, centre) for p in drawn]
    return parts


def _at(k: int) -> float:
    return 90.0 - 120.0 * (k - 1)


def _voltage_arrow(phase: Phase, centre: tuple[float, float]) -> str:
    if not phase.voltage_v or phase.voltage_v < 1:
        return ""
    ink, angle, wrong = SHADES[phase.k - 1], phase.voltage_at, phase.judged.wrong_voltage
    x, y = point(centre, VOLTAGE_RADIUS + 14, angle)
    words = f"U{phase.k}" + (" wrong" if wrong else "")
    away = 0.0 if abs(x - centre[0]) < 20 else math.copysign(18.0, x - centre[0])
    anchor = "middle" if not wrong or not away else "start" if away < 0 else "end"
    x += away if wrong else 0.0
    return arrow(
        centre, VOLTAGE_RADIUS, angle, ink, 1.5, hollow=True, dash="3 3" if wrong else ""
    ) + svg.text(x, y + 4, words, anchor=anchor, fill=svg.BAD if wrong else ink)


def _current_arrow(phase: Phase, longest: float, centre: tuple[float, float]) -> str:
    radius = CURRENT_RADIUS * (phase.current_a or 0.0) / longest
    if phase.angle_deg is None or radius < 2:
        return ""
    ink, angle = SHADES[phase.k - 1], phase.voltage_at - phase.angle_deg
    wrong = phase.judged.wrong_current
    off = min((_wrapped(angle - _at(k)) for k in (1, 2, 3)), key=abs)
    aside = math.copysign(24 if radius < 60 else 16, off or -1)  # beside its tip, away from the voltage
    x, y = point(centre, max(radius - 6, 30.0), angle + aside)
    return arrow(
        centre, radius, angle, svg.BAD if wrong else ink, 4, hollow=wrong, dash="7 3" if wrong else ""
    ) + svg.text(x, y + 4, f"I{phase.k}", anchor="middle", weight="bold", fill=svg.BAD if wrong else ink)


def _wrapped(angle: float) -> float:
    return (angle + 180.0) % 360.0 - 180.0


def _expected_arrow(phase: Phase, longest: float, centre: tuple[float, float]) -> str:
    """Draw where the current of a wrong input will stand when it is put right."""
    if phase.belongs is None:
        return ""
    radius = CURRENT_RADIUS * (phase.current_a or 0.0) / longest
    angle = _at(phase.belongs[0]) - phase.belongs[1]
    return arrow(centre, radius, angle, svg.SOFT, 1.6, hollow=True, dash="2 3")


def _beside(phase: Phase, y: float) -> list[str]:
    """Return what one input reads and gets, in words."""
    voltage, current, power, angle = phase.texts
    parts = [svg.text(SIDE, y, f"L{phase.k}", size=13, weight="bold", fill=SHADES[phase.k - 1])]
    parts.append(svg.text(SIDE, y + 16, f"{voltage} V  {current} A", size=SMALL))
    parts.append(svg.text(SIDE, y + 31, f"{power} kW  φ {angle}", size=SMALL))
    judged = phase.judged
    if judged.gets:
        known = judged.sure and len(judged.gets) == 1
        parts.append(sign(SIDE + 30, y - 4, "fail" if judged.wrong else "pass" if known else "inconclusive"))
        ink = svg.BAD if judged.wrong else svg.INK
        weight = "bold" if judged.wrong else "normal"
        lines, _ = paragraph(y + 46, f"gets {phase.gets}", x=SIDE, most=2, fill=ink, weight=weight)
        parts += lines
    if judged.wrong:
        what = " and ".join(
            w for w, on in (("U", judged.wrong_voltage), ("I", judged.wrong_current)) if on
        )  # fmt: skip
        parts.append(svg.text(SIDE + 44, y, f"{what} wrong", weight="bold", fill=svg.BAD))
    return parts


def _total(snapshot: Snapshot, drawn: tuple[Phase, ...], y: float) -> list[str]:
    total = snapshot.value("active_power_total")
    longest = max((p.current_a or 0.0 for p in drawn if p.angle_deg is not None), default=0.0)
    words = f"longest current arrow {longest:.3g} A" if longest else "no angle of a current was read"
    parts = [svg.text(LEFT, y + 2, words, size=SMALL, fill=svg.SOFT)]
    if total is not None:
        parts.append(svg.text(SIDE, y + 2, f"Σ {total / 1000:+.2f} kW", weight="bold"))
    return parts


def _verdict(wiring: WiringJudgement | None, y: float) -> Drawn:
    if wiring is None:
        return [], y
    parts = [svg.text(LEFT, y + 4, "Wiring", size=13, weight="bold"), *verdict_at(140, y + 4, wiring.verdict)]
    more, y = paragraph(y + 22, wiring.reason, most=5)
    after = f"After the correction it must read {wiring.expect}." if wiring.expect else ""
    last, y = paragraph(y + 2, after, most=3, weight="bold")
    return [*parts, *more, *last], y


def _marks(drawn: tuple[Phase, ...]) -> list[tuple[str, str]]:
    soft, at = svg.SOFT, (0.0, -4.0)
    judged = [p.judged for p in drawn]
    found = [
        (arrow(at, 30, 0, soft, 1.5, hollow=True), "voltage"),
        (arrow(at, 30, 0, soft, 4, hollow=False), "current"),
        (svg.rect(6, -11, 22, 13, fill=WINDOW, stroke=svg.RULE), "where it belongs"),
    ]
    if any(each.wrong_voltage for each in judged):
        found.append((arrow(at, 30, 0, soft, 1.5, hollow=True, dash="3 3"), "wrong voltage"))
    if any(each.wrong_current for each in judged):
        found.append((arrow(at, 30, 0, svg.BAD, 4, hollow=True, dash="7 3"), "wrong current"))
    if any(p.belongs for p in drawn) or any(each.wrong_voltage for each in judged):
        mark = arrow(at, 30, 0, soft, 1.6, hollow=True, dash="2 3")
        found.append((mark, "where it will stand after the correction"))
    return found


def phasor_text(snapshot: Snapshot, wiring: WiringJudgement | None = None, meter: Meter = CHARGING) -> str:
    """Return the phasors of a meter for a terminal: each angle on a scale of half a turn each way."""
    scale = f"-180{'0':^28}+180°"
    lines = [f"Phasors of {snapshot.tag}", f"     U / V   I / A   P / kW      φ  {scale}"]
    for phase in phases(snapshot, wiring):
        voltage, current, power, angle = phase.texts
        note = "  wrong" if phase.judged.wrong else ""
        note += f"{',' if note else ' '} gets {phase.gets}" if phase.judged.gets else ""
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
            abs(_wrapped(degrees - (low + high) / 2)) <= (high - low) / 2 + CELL_DEG / 2
            for low, high in windows(meter)
        )
        cells.append("░" if inside else "·")
    if phase.angle_deg is not None:
        cells[round((phase.angle_deg + 180) / CELL_DEG)] = "✗" if phase.judged.wrong_current else "●"
    return "".join(cells)
