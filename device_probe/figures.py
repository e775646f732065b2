"""Figures of a probe report as SVG: phasors, distortion, harmonics, balance. Pure and deterministic.

Nothing depends on colour alone: solid and dashed strokes, filled and hollow marks and words say the same.
"""

import cmath
import math
import re

from device_probe import svg
from device_probe.balance import compare
from device_probe.model import PlannedDevice, ProbeReport, Snapshot
from device_probe.power_quality import HARMONIC_LIMITS, harmonic_voltages, thd_current, thd_voltage

SHADES = (
    "#0b3c5d",
    "#2f7f79",
    "#8a5a00",
)  # L1, L2, L3: three clearly different greys when printed without colour
VOLTAGE_RADIUS = 118.0
CURRENT_RADIUS = 92.0
BAND_DEG = (-25.9, 18.2)  # where the current of a charging vehicle stands against its voltage
VERDICT_WORD = {"pass": "pass", "fail": "FAIL", "inconclusive": "open"}
VERDICT_INK = {"pass": svg.GOOD, "fail": svg.BAD, "inconclusive": svg.DOUBT}


def phasor_svg(snapshot: Snapshot) -> str:
    """Draw the voltages and currents of one meter with the sector where each current is expected."""
    centre = (190.0, 222.0)
    parts = [_heading(f"Phasors of {snapshot.tag}", f"{snapshot.profile}, {snapshot.taken_at}")]
    parts += [svg.circle(*centre, VOLTAGE_RADIUS), svg.circle(*centre, CURRENT_RADIUS / 2, stroke="#e6eaee")]
    currents = _currents(snapshot)
    longest = max((abs(c) for c in currents.values()), default=0.0)
    parts += [_expected_sector(centre, k) for k in currents]
    parts += [_voltage_arrow(centre, k, snapshot) for k in (1, 2, 3)]
    parts += [_current_arrow(centre, k, current / longest) for k, current in currents.items() if longest]
    parts += _phasor_table(snapshot, currents)
    if longest:
        parts.append(svg.text(366, 262, f"longest current arrow: {longest:.3g} A", size=11, fill=svg.SOFT))
    parts.append(_legend(24, 376))
    said = "; ".join(_spoken_phase(snapshot, k, currents) for k in (1, 2, 3))
    return svg.document(
        640, 400, f"Phasor diagram of {snapshot.tag}", said, parts, _key("phasor", snapshot.tag)
    )


def thd_svg(report: ProbeReport) -> str:
    """Draw the voltage distortion of every device that measures it against the limit of the plan."""
    rows = [(s.tag, phase, value) for s in report.snapshots for phase, value in thd_voltage(s).items()]
    limit = report.plan.thd_voltage_limit_percent
    top = 1.25 * max([limit, *(value for *_, value in rows)])
    height = 145.0 + 24 * max(len(rows), 1)
    scale = 330 / top
    parts = [_heading("Distortion of the voltage (THD)", report.load_statement)]
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
        _key("thd", report.id),
    )


def harmonics_svg(snapshot: Snapshot) -> str:
    """Draw the voltage of each harmonic order against its limit; without a table of orders, THD in words."""
    orders = {h: value for h, value in harmonic_voltages(snapshot).items() if h <= 25}
    if not orders:
        return _thd_only(snapshot)
    top = 1.1 * max([*orders.values(), *(HARMONIC_LIMITS.get(h, 0.0) for h in orders)])
    scale, base, step = 200 / top, 286.0, 488 / len(orders)
    parts = [
        _heading(f"Harmonics of the voltage at {snapshot.tag}", "highest phase, per cent of the fundamental")
    ]
    parts += _grid(top, scale, base)
    for i, (order, value) in enumerate(orders.items()):
        parts += _order_bar(48 + i * step, step, order, value, scale, base)
    parts.append(
        svg.text(
            48,
            340,
            "Bar: measured, hollow when over its limit. Line: EN 50160 limit of the order.",
            size=10.5,
            fill=svg.SOFT,
        )
    )
    worst = max(orders, key=lambda h: orders[h])
    said = f"The largest is order {worst} with {orders[worst]:.1f} %."
    return svg.document(560, 356, f"Voltage harmonics of {snapshot.tag}", said, parts,
                        _key("harmonics", snapshot.tag))  # fmt: skip


def balance_svg(report: ProbeReport) -> str:
    """Draw the meters as a tree: what each reads, what the meters below it read together, and the verdict."""
    parents = [d for d in report.plan.devices if any(c.parent == d.tag for c in report.plan.devices)]
    rows = _tree_rows(report, parents)
    height = 92.0 + 52 * len(rows)
    parts = [_heading("Meters against one another", "each meter beside the sum of the meters below it")]
    for i, (depth, device) in enumerate(rows):
        first_child = i > 0 and rows[i - 1][0] < depth
        parts += _balance_row(report, device, depth, 66.0 + 52 * i, first_child)
    if not rows:
        parts.append(svg.text(24, 84, "No meter of this plan has meters below it."))
    said = "; ".join(_balance_words(report, device) for _, device in rows) or "nothing to compare"
    return svg.document(640, height, "Balance of the meters", said, parts, _key("balance", report.id))


def _heading(title: str, subtitle: str) -> str:
    return svg.text(24, 32, title, size=16, weight="bold") + svg.text(
        24, 51, subtitle, size=11, fill=svg.SOFT
    )


def _key(kind: str, name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", f"{kind}-{name}")


def _currents(snapshot: Snapshot) -> dict[int, complex]:
    """Return each phase's current as the meter sees it; U1 stands at 90°, angles counter-clockwise."""
    found = {}
    for k in (1, 2, 3):
        current, power = snapshot.value(f"current_l{k}"), snapshot.value(f"active_power_l{k}")
        reactive = snapshot.value(f"reactive_power_l{k}")
        if current is None or power is None:
            continue
        voltage = snapshot.value(f"voltage_l{k}_n") or 230.0
        if reactive is None:  # only the size of the angle is known; drawn lagging
            size = math.acos(max(-1.0, min(1.0, power / (voltage * current)))) if current else 0.0
        else:
            size = math.atan2(reactive, power)
        found[k] = cmath.rect(abs(current), math.radians(_voltage_angle(k)) - size)
    return found


def _voltage_angle(k: int) -> float:
    return 90.0 - 120.0 * (k - 1)


def _point(centre: tuple[float, float], radius: float, angle_deg: float) -> tuple[float, float]:
    angle = math.radians(angle_deg)
    return centre[0] + radius * math.cos(angle), centre[1] - radius * math.sin(angle)


def _arrow(
    centre: tuple[float, float], radius: float, angle_deg: float, ink: str, width: float, hollow: bool
) -> str:
    tip, neck = _point(centre, radius, angle_deg), _point(centre, max(radius - 12, 0), angle_deg)
    left, right = _point(tip, 12, angle_deg + 158), _point(tip, 12, angle_deg - 158)
    head = "M" + " L".join(f"{svg.number(x)} {svg.number(y)}" for x, y in (tip, left, right)) + " Z"
    stem = svg.line(*centre, *neck, stroke=ink, width=width)
    return stem + svg.path(head, fill=svg.PAPER if hollow else ink, stroke=ink, width=1.5)


def _expected_sector(centre: tuple[float, float], k: int) -> str:
    start = _point(centre, CURRENT_RADIUS, _voltage_angle(k) + BAND_DEG[0])
    end = _point(centre, CURRENT_RADIUS, _voltage_angle(k) + BAND_DEG[1])
    radius = svg.number(CURRENT_RADIUS)
    points = [svg.number(v) for v in (*centre, *start, *end)]
    edge = f"L{points[2]} {points[3]} A{radius} {radius} 0 0 0 {points[4]} {points[5]} Z"
    outline = f"M{points[0]} {points[1]} {edge}"
    return svg.path(outline, fill="#edf1f4", stroke=svg.RULE)


def _voltage_arrow(centre: tuple[float, float], k: int, snapshot: Snapshot) -> str:
    voltage = snapshot.value(f"voltage_l{k}_n")
    if not voltage or voltage < 1:
        return ""
    angle = _voltage_angle(k)
    x, y = _point(centre, VOLTAGE_RADIUS + 15, angle)
    return _arrow(centre, VOLTAGE_RADIUS, angle, SHADES[k - 1], 1.5, hollow=True) + svg.text(
        x, y + 4, f"U{k}", size=12, anchor="middle", fill=SHADES[k - 1]
    )


def _current_arrow(centre: tuple[float, float], k: int, current: complex) -> str:
    angle = math.degrees(cmath.phase(current))
    radius = CURRENT_RADIUS * abs(current)
    if radius < 2:
        return ""
    x, y = _point(centre, radius * 0.62, angle - 11)
    return _arrow(centre, radius, angle, SHADES[k - 1], 4, hollow=False) + svg.text(
        x, y + 4, f"I{k}", size=12, anchor="middle", weight="bold", fill=SHADES[k - 1]
    )


def _phasor_table(snapshot: Snapshot, currents: dict[int, complex]) -> list[str]:
    columns = (430.0, 490.0, 556.0, 612.0)
    heads = ("U / V", "I / A", "P / kW", "φ")
    rows = [
        svg.text(x, 110, head, size=11, fill=svg.SOFT, anchor="end")
        for x, head in zip(columns, heads, strict=True)
    ]
    rows.append(svg.line(366, 118, 612, 118, stroke=svg.RULE))
    for k in (1, 2, 3):
        y = 118.0 + 26 * k
        rows.append(svg.text(366, y, f"L{k}", weight="bold", fill=SHADES[k - 1]))
        texts = _phase_texts(snapshot, k, currents)
        wrong = (snapshot.value(f"active_power_l{k}") or 0.0) < 0
        for x, words in zip(columns, texts, strict=True):
            rows.append(_cell(x, y, words, wrong))
    total = snapshot.value("active_power_total")
    if total is not None:
        rows.append(svg.line(366, 208, 612, 208, stroke=svg.RULE))
        rows.append(svg.text(columns[2], 228, f"{total / 1000:+.2f}", anchor="end"))
        rows.append(svg.text(366, 228, "Σ", weight="bold"))
    return rows


def _cell(x: float, y: float, words: str, wrong: bool) -> str:
    return svg.text(
        x, y, words, anchor="end", weight="bold" if wrong else "normal", fill=svg.BAD if wrong else svg.INK
    )


def _phase_texts(snapshot: Snapshot, k: int, currents: dict[int, complex]) -> tuple[str, str, str, str]:
    voltage, current = snapshot.value(f"voltage_l{k}_n"), snapshot.value(f"current_l{k}")
    power = snapshot.value(f"active_power_l{k}")
    angle = "–"
    if k in currents and abs(currents[k]) > 1e-6:
        turned = _voltage_angle(k) - math.degrees(cmath.phase(currents[k]))
        angle = f"{(turned + 180) % 360 - 180:+.0f}°"
    return (
        "–" if voltage is None else f"{voltage:.1f}", "–" if current is None else f"{current:.1f}",
        "–" if power is None else f"{power / 1000:+.2f}", angle,
    )  # fmt: skip


def _legend(x: float, y: float) -> str:
    return (
        _arrow((x, y - 4), 30, 0, svg.SOFT, 1.5, hollow=True)
        + svg.text(x + 38, y, "voltage", size=11, fill=svg.SOFT)
        + _arrow((x + 110, y - 4), 30, 0, svg.SOFT, 4, hollow=False)
        + svg.text(x + 148, y, "current", size=11, fill=svg.SOFT)
        + svg.rect(x + 218, y - 12, 24, 14, fill="#edf1f4", stroke=svg.RULE)
        + svg.text(x + 250, y, "where the current of charging vehicles belongs", size=11, fill=svg.SOFT)
    )


def _spoken_phase(snapshot: Snapshot, k: int, currents: dict[int, complex]) -> str:
    voltage, current, power, angle = _phase_texts(snapshot, k, currents)
    return f"L{k}: {voltage} V, {current} A, {power} kW, angle {angle}"


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


def _grid(top: float, scale: float, base: float) -> list[str]:
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100) if top / s <= 6)
    parts = []
    for i in range(int(top / step) + 1):
        y = base - i * step * scale
        parts.append(svg.line(48, y, 536, y, stroke=svg.RULE if i else svg.INK))
        parts.append(svg.text(42, y + 4, f"{i * step:g} %", size=10, anchor="end", fill=svg.SOFT))
    return parts


def _order_bar(x: float, step: float, order: int, value: float, scale: float, base: float) -> list[str]:
    limit = HARMONIC_LIMITS.get(order)
    over = limit is not None and value > limit
    width = step * 0.62
    parts = [
        svg.rect(
            x + step * 0.19,
            base - value * scale,
            width,
            value * scale,
            fill=svg.PAPER if over else SHADES[0],
            stroke=svg.BAD if over else SHADES[0],
            stroke_width=2 if over else 1,
        ),
        svg.text(x + step / 2, base + 16, str(order), size=9.5, anchor="middle"),
    ]
    if limit is not None:
        y = base - limit * scale
        parts.append(svg.line(x + step * 0.06, y, x + step * 0.94, y, stroke=svg.INK, width=2))
    return parts


def _thd_only(snapshot: Snapshot) -> str:
    voltages, currents = thd_voltage(snapshot), thd_current(snapshot)
    parts = [_heading(f"Distortion at {snapshot.tag}", "this device tells no single orders")]
    for i, phase in enumerate(("L1", "L2", "L3")):
        said = f"{phase}: voltage {_percent(voltages.get(phase))}, current {_percent(currents.get(phase))}"
        parts.append(svg.text(24, 84 + 24 * i, said))
    words = ", ".join(f"{p} {v:.1f} %" for p, v in voltages.items()) or "not measured"
    return svg.document(560, 160, f"Distortion at {snapshot.tag}", f"THD of the voltage: {words}.", parts,
                        _key("harmonics", snapshot.tag))  # fmt: skip


def _percent(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1f} %"


def _tree_rows(report: ProbeReport, parents: list[PlannedDevice]) -> list[tuple[int, PlannedDevice]]:
    by_tag = {d.tag: d for d in report.plan.devices}

    def depth(device: PlannedDevice) -> int:
        above = device.parent
        return 0 if above is None or above not in by_tag else 1 + depth(by_tag[above])

    return [(depth(d), d) for d in parents]


def _powers(report: ProbeReport, device: PlannedDevice) -> tuple[float | None, float | None]:
    by_tag = {s.tag: s for s in report.snapshots}
    children = [d for d in report.plan.devices if d.parent == device.tag]
    own = by_tag[device.tag].value("active_power_total") if device.tag in by_tag else None
    known = [by_tag[c.tag].value("active_power_total") if c.tag in by_tag else None for c in children]
    if own is None or any(value is None for value in known):
        return own, None
    return own, compare(device, children, by_tag)[0].children_w


def _balance_row(report: ProbeReport, device: PlannedDevice, depth: int, y: float, first: bool) -> list[str]:
    own, below = _powers(report, device)
    largest = max([1.0, *(abs(v) for d in report.plan.devices for v in _powers(report, d) if v is not None)])
    x, scale = 112.0, 300 / largest
    verdict = report.verdicts_of(device.tag).get("balance")
    word = verdict.verdict if verdict else "inconclusive"
    parts = [svg.text(24 + 16 * depth, y + 20, device.tag, weight="bold")]
    if depth:
        rise = 42.0 if first else 52.0
        parts.append(
            svg.path(
                f"M{svg.number(16 * depth + 12)} {svg.number(y + 16 - rise)} v{svg.number(rise)} h8",
                stroke=svg.SOFT,
            )
        )
    parts += _power_bar(x, y + 2, own, scale, solid=True)
    parts += _power_bar(x, y + 20, below, scale, solid=False)
    parts.append(
        svg.rect(560, y + 6, 56, 24, fill=svg.PAPER, stroke=VERDICT_INK[word], radius=4, stroke_width=1.6)
    )
    parts.append(svg.text(588, y + 22, VERDICT_WORD[word], size=11.5, weight="bold", anchor="middle",
                          fill=VERDICT_INK[word]))  # fmt: skip
    return parts


def _power_bar(x: float, y: float, watts: float | None, scale: float, solid: bool) -> list[str]:
    name = "reads" if solid else "below it"
    if watts is None:
        return [svg.text(x, y + 11, f"{name}: not read", size=11, fill=svg.SOFT)]
    width = max(abs(watts) * scale, 1)
    fill = SHADES[0] if solid else "#dfe6ec"
    return [
        svg.rect(x, y, width, 14, fill=fill, stroke=SHADES[0]),
        svg.text(x + width + 8, y + 11, f"{name} {watts / 1000:.2f} kW", size=11),
    ]


def _balance_words(report: ProbeReport, device: PlannedDevice) -> str:
    own, below = _powers(report, device)
    verdict = report.verdicts_of(device.tag).get("balance")
    said = " against ".join("not read" if v is None else f"{v / 1000:.2f} kW" for v in (own, below))
    return f"{device.tag} {said}: {verdict.verdict if verdict else 'not judged'}"
