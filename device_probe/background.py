"""What the grid brings by itself: whether a report was recorded with all stations off, and its meters. Pure.

A station that gives no answer may be switched off, the surest way of all; then the meter above it has to show
that nothing flowed there.
"""

from collections.abc import Iterator

from device_probe.diagnosis.charger_checks import CHARGING, STATES
from device_probe.diagnosis.evidence import Sample
from device_probe.diagnosis.quality_values import largest_current, medians
from device_probe.diagnosis.site_evidence import Samples, samples_of
from device_probe.model import ProbeReport, SitePlan, Snapshot
from device_probe.problems import PlanFileError, RefusedError

METERS = ("main_meter", "group_meter")
DRAWS_A = 1.0  # a station by itself, with display, filters and modem, takes less
DRAWS_W = 230.0
OFF = "with all stations off (nothing plugged in, or switched off)"


def background_of(report: ProbeReport, plan: SitePlan, name: str) -> tuple[Snapshot, ...]:
    """Return what the meters of a plan said in a report that was recorded with all stations off.

    PlanFileError: it is of another site, a station drew current in it, or a meter is missing.
    """
    if report.plan.site != plan.site:
        raise PlanFileError(
            f"{name}: this is a report of site {report.plan.site}, not of {plan.site}; give one of this "
            f"site, recorded {OFF}."
        )
    if why := unfit(report, plan):
        raise PlanFileError(f"{name}: {why}; record the background {OFF}.")
    wanted = {device.tag for device in plan.devices if device.role in METERS}
    taken = (*report.earlier, *report.snapshots)
    return tuple(each for each in taken if each.tag in wanted and each.problem is None)


def check_background(report: ProbeReport) -> None:
    """Refuse a report just recorded that is no background (RefusedError says why)."""
    if why := unfit(report, report.plan):
        raise RefusedError(
            f"This is no background: {why}. Nothing was written; record it again {OFF}, every meter "
            "answering."
        )


def unfit(report: ProbeReport, plan: SitePlan) -> str | None:
    """Return in words why a report is no background for a plan, None when it is one."""
    samples = samples_of(report.plan, (*report.earlier, *report.snapshots))
    for device in plan.devices:
        if device.role in METERS and not samples.get(device.tag):
            return f"{device.tag} was not read in it, or its readings cannot be true"
    return next(_drawing(report.plan, samples), None)


def _drawing(plan: SitePlan, samples: Samples) -> Iterator[str]:
    unknown = set()
    for device in plan.devices:
        if device.role != "station":
            continue
        drawn = [_drawn(sample) for sample in samples.get(device.tag, ())]
        if words := next((word for word in drawn if word), None):
            yield f"{device.tag} {words}"
        if not drawn or None in drawn:
            unknown.add(device.tag)
    yield from _seen_by_meters(plan, samples, unknown)


def _drawn(sample: Sample) -> str | None:
    """Return in words what a station drew, "" for nothing, None where it says neither."""
    values = medians((sample,))
    current = largest_current(values)
    power = max((abs(values[n]) for n in ("active_power_total", "dc_power") if n in values), default=None)
    if current is not None and current >= DRAWS_A:
        return f"drew {current:.1f} A"
    if power is not None and power >= DRAWS_W:
        return f"drew {power:.0f} W"
    if current is not None or power is not None:
        return ""
    states = {str(sample.readings.get(name)).lower() for name in STATES}
    return "was charging" if states & CHARGING else None


def _seen_by_meters(plan: SitePlan, samples: Samples, unknown: set[str]) -> Iterator[str]:
    """Yield what a meter with nothing but stations below it saw flow, while one of these gave no answer."""
    for meter in (device for device in plan.devices if device.role in METERS):
        below = [device for device in plan.devices if device.parent == meter.tag]
        silent = [device.tag for device in below if device.tag in unknown]
        if not silent or any(device.role != "station" for device in below):
            continue
        currents = [
            c for s in samples.get(meter.tag, ()) if (c := largest_current(medians((s,)))) is not None
        ]
        if currents and max(currents) >= DRAWS_A * len(below):
            yield (
                f"{meter.tag} carried {max(currents):.1f} A while {silent[0]} below it did not say what it "
                "drew"
            )
