"""Two probe runs over the sample site, and drawings like those that the other rooms make."""

import math

from designs.model import OneLine, SiteDesign
from device_probe.model import (
    Figure,
    Finding,
    PlannedDevice,
    ProbeReport,
    RawBlock,
    Reading,
    SitePlan,
    Snapshot,
    Verdict,
)
from reports.model import ProbeRun

SVG = "http://www.w3.org/2000/svg"


def plan(design: SiteDesign) -> SitePlan:
    line = design.one_line
    meters = tuple(
        PlannedDevice(
            meter.tag, meter.profile or "", meter.modbus.host, 502, meter.modbus.unit, "main_meter" if meter.tag == "PM0" else "group_meter",
            meter.parent, meter.measures, 3, "L1L2L3", meter.ct_primary_a, meter.ct_secondary_a, 118,
        )
        for meter in line.meters
        if meter.modbus
    )  # fmt: skip
    stations = tuple(
        PlannedDevice(
            s.tag,
            s.profile or "",
            s.modbus.host,
            502,
            255,
            "station",
            f"PM{s.group}",
            (),
            3,
            s.phase_rotation,
        )
        for s in line.stations
        if s.modbus
    )
    return SitePlan(
        "site-hafen", design.parameters.name, 400, 50, 8, "EN 50160, 4.2.5", 280, 8, meters + stations
    )


def snapshot(device: PlannedDevice, index: int, *, reversed_ct: bool) -> Snapshot:
    current = {"main_meter": 118.4, "group_meter": 39.5}.get(device.role, 9.9) + 0.1 * index
    readings = [Reading(f"voltage_l{n}_n", 229.4 + 0.4 * n, "V") for n in (1, 2, 3)]
    readings += [Reading(f"current_l{n}", current + 0.2 * n, "A") for n in (1, 2, 3)]
    power = 3 * 230 * current * (1 / 3 if reversed_ct else 1)
    readings += [Reading("active_power_total", power, "W"), Reading("frequency", 49.98, "Hz")]
    if device.role != "station":
        readings += [Reading("power_factor_total", 0.33 if reversed_ct else 0.992, "-")]
        readings += [Reading(f"thd_voltage_l{n}", 2.1 + 0.2 * n, "%") for n in (1, 2, 3)]
    else:
        readings += [Reading("power_factor_total", None, "-", "not in the register map of this model")]
    readings += [
        Reading("serial_number", f"SN{7000 + index}", "-"),
        Reading("firmware_version", "1.17.3", "-"),
    ]
    block = RawBlock(device.unit, "holding", 0, 40, "00e5" * 40, "2026-11-12T13:00:01Z")
    return Snapshot(
        device.tag, device.profile, "ef" * 32, device.host, device.port, device.unit, "2026-11-12T13:00:01Z",
        tuple(readings), (block, block), 3,
    )  # fmt: skip


REVERSED = Finding(
    "ct-reversed", "error", "PM2", "The current transformer of L2 is reversed: active power of L2 is negative while the stations of group 2 draw power.",
    (Figure("active_power_l2", -9080.0, "W"), Figure("sum_of_stations", 27310.0, "W")), None, "",
    "Isolate and prove dead, or short the CT at its test block, then turn S1 and S2 of L2.", "L2",
)  # fmt: skip
LOW_LOAD = Finding(
    "thd-at-part-load", "info", "PM0", "Voltage distortion is well below its limit at the load of the measurement.",
    (Figure("thd_voltage", 2.7, "%"),), Figure("thd_voltage", 8.0, "%"), "EN 50160, 4.2.5",
)  # fmt: skip


def run(design: SiteDesign, number: int, word: str) -> ProbeRun:
    site = plan(design)
    bad = word == "fail"
    snapshots = tuple(snapshot(d, i, reversed_ct=bad and d.tag == "PM2") for i, d in enumerate(site.devices))
    verdicts = []
    for device in site.devices:
        for aspect in ("communication", "wiring", "power_quality", "balance"):
            if device.role == "station" and aspect in {"power_quality", "balance"}:
                continue
            wrong = bad and device.tag == "PM2" and aspect in {"wiring", "balance"}
            reason = "CT of L2 reversed" if wrong else "as expected"
            action = "Turn S1 and S2 of L2, isolated." if wrong else ""
            verdicts.append(Verdict(device.tag, aspect, "fail" if wrong else "pass", reason, action))  # type: ignore[arg-type]
    figures = {f"phasor:{d.tag}": phasor(d.tag, reversed_ct=bad and d.tag == "PM2") for d in site.devices}
    report = ProbeReport(
        1, f"0193a4c2-0000-7000-8000-{number:012}", site, "2026-11-12T13:00:00Z", "2026-11-12T13:00:09Z", "device-probe 0.1.0",
        snapshots, tuple(verdicts), (REVERSED, LOW_LOAD) if bad else (LOW_LOAD,), word,
        "One current transformer is reversed (PM2, L2)." if bad else "All 16 devices answered, wiring and balance fit.",
        "indicative at 118 A of 280 A (42 %) at the connection point",
    )  # type: ignore[arg-type]  # fmt: skip
    return ProbeRun(number, "p-ab", report, {**figures, "thd": bars(), "balance": bars()})


def phasor(tag: str, *, reversed_ct: bool) -> str:
    lines = []
    for index, colour in enumerate(("#7a4a2b", "#333333", "#7d8791")):
        angle = math.radians(-90 + 120 * index)
        for length, width, turn in (
            (80, 3, 0.0),
            (52, 5, 0.12 + (math.pi if reversed_ct and index == 1 else 0)),
        ):
            x, y = 100 + length * math.cos(angle + turn), 100 + length * math.sin(angle + turn)
            lines.append(
                f'<line x1="100" y1="100" x2="{x:.2f}" y2="{y:.2f}" stroke="{colour}" stroke-width="{width}"/>'
            )
        x, y = 100 + 92 * math.cos(angle), 104 + 92 * math.sin(angle)
        lines.append(
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="10" text-anchor="middle" font-family="Helvetica">U{index + 1}</text>'
        )
    return (
        f'<svg xmlns="{SVG}" viewBox="0 0 200 200" width="200" height="200"><title>{tag}</title>'
        f'<circle cx="100" cy="100" r="80" fill="none" stroke="#c3ccd4"/>{"".join(lines)}</svg>'
    )


def bars() -> str:
    rows = "".join(
        f'<text x="0" y="{20 + 24 * i}" font-size="11">PM{i}</text>'
        f'<rect x="50" y="{10 + 24 * i}" width="{120 + 9 * i}" height="13" fill="#0b7a99"/>'
        f'<text x="{180 + 9 * i}" y="{20 + 24 * i}" font-size="11">{2.3 + 0.2 * i:.1f} %</text>'
        for i in range(4)
    )
    limit = '<line x1="450" x2="450" y1="0" y2="100" stroke="#b1221b" stroke-dasharray="4 3"/><text x="455" y="14" font-size="11">limit 8 %</text>'
    return f'<svg xmlns="{SVG}" viewBox="0 0 560 110" width="560" height="110">{rows}{limit}</svg>'


def one_line_svg(line: OneLine) -> str:
    parts = [
        '<line x1="40" y1="120" x2="1560" y2="120" stroke="#17222c" stroke-width="6"/>',
        '<text x="40" y="105" font-size="20">MSB 630 A</text>',
    ]
    for index, station in enumerate(line.stations):
        x = 90 + index * 125
        circuit = line.circuit_to(station.tag)
        label = (
            f"{circuit.tag} · C{circuit.device.rated_current_a:g} A · {circuit.cable.area_mm2:g} mm² · {circuit.cable.length_m:g} m"
            if circuit
            else ""
        )
        parts.append(f'<line x1="{x}" y1="120" x2="{x}" y2="640" stroke="#17222c" stroke-width="2"/>')
        parts.append(
            f'<rect x="{x - 45}" y="640" width="90" height="90" fill="none" stroke="#17222c" stroke-width="2"/>'
        )
        parts.append(
            f'<text x="{x}" y="692" font-size="20" text-anchor="middle" font-family="Arial">{station.tag}</text>'
        )
        parts.append(
            f'<text transform="translate({x - 8} 560) rotate(-90)" font-size="14" font-family="Arial">{label}</text>'
        )
    return f'<svg xmlns="{SVG}" viewBox="0 0 1600 800" width="1600" height="800">{"".join(parts)}</svg>'
