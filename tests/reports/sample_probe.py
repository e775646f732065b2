"""Two probe runs over the sample site, and drawings like those that the other rooms make."""

from designs.model import SiteDesign
from device_probe import figures
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


def plan(design: SiteDesign) -> SitePlan:
    line = design.one_line
    meters = tuple(
        PlannedDevice(
            meter.tag,
            meter.profile or "",
            meter.modbus.host,
            502,
            meter.modbus.unit,
            "main_meter" if meter.tag == "PM0" else "group_meter",
            meter.parent,
            meter.measures,
            3,
            "L1L2L3",
            meter.ct_primary_a,
            meter.ct_secondary_a,
            118,
        )
        for meter in line.meters
        if meter.modbus
    )
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
        device.tag,
        device.profile,
        "ef" * 32,
        device.host,
        device.port,
        device.unit,
        "2026-11-12T13:00:01Z",
        tuple(readings),
        (block, block),
        3,
    )


REVERSED = Finding(
    "ct-reversed",
    "error",
    "PM2",
    "The current transformer of L2 is reversed: its active power is negative while the stations draw power.",
    (Figure("active_power_l2", -9080.0, "W"), Figure("sum_of_stations", 27310.0, "W")),
    None,
    "",
    "Isolate and prove dead, or short the CT at its test block, then turn S1 and S2 of L2.",
    "L2",
)
LOW_LOAD = Finding(
    "thd-at-part-load",
    "info",
    "PM0",
    "Voltage distortion is well below its limit at the load of the measurement.",
    (Figure("thd_voltage", 2.7, "%"),),
    Figure("thd_voltage", 8.0, "%"),
    "EN 50160, 4.2.5",
)


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
    report = ProbeReport(
        1,
        f"0193a4c2-0000-7000-8000-{number:012}",
        site,
        "2026-11-12T13:00:00Z",
        "2026-11-12T13:00:09Z",
        "device-probe 0.1.0",
        snapshots,
        tuple(verdicts),
        (REVERSED, LOW_LOAD) if bad else (LOW_LOAD,),
        word,
        "One current transformer is reversed (PM2, L2)."
        if bad
        else "All 16 devices answered, wiring and balance fit.",
        "indicative at 118 A of 280 A (42 %) at the connection point",
    )  # type: ignore[arg-type]
    return ProbeRun(number, "p-ab", report, pictures(report))


def pictures(report: ProbeReport) -> dict[str, str]:
    return {figure.name: figure.drawn() for figure in figures.figures_of(report)}
