"""Power quality at one meter of a site, over all rounds: what is judged, the verdict, the words. Pure.

Beside each value stand what the study expects at this load and what the grid brings with all stations off.
Every result is indicative at the load it was measured at, never a statement of conformity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from device_probe.diagnosis.evidence import Meter, Sample
from device_probe.diagnosis.quality import bottom_line, checked, missing_load, statement
from device_probe.diagnosis.quality_limits import Limits
from device_probe.diagnosis.quality_values import as_told, measures_distortion, medians
from device_probe.diagnosis.quality_window import Window, window_of
from device_probe.diagnosis.site_evidence import Samples, meter_of
from device_probe.diagnosis.site_quality_background import Background, background_of, beside
from device_probe.diagnosis.site_quality_expected import Loads, expecting, loads_of
from device_probe.diagnosis.site_quality_findings import findings_of
from device_probe.diagnosis.site_quality_resonance import resonances
from device_probe.diagnosis.systems import LOST, NEUTRAL
from device_probe.diagnosis.wiring import WiringVerdict
from device_probe.judgement import Check, QualityVerdict
from device_probe.model import Finding, PlannedDevice, SitePlan, Snapshot, Verdict, VoltageStandard

DEAD = 0.2  # of the nominal voltage; a lead with less is a matter of wiring
OF_VOLTAGE = ("voltage-band", "voltage-unbalance", "thd-voltage", "harmonic-voltage")
UNKNOWN_GRID = "the grid's own share is not known: no background was recorded"
WRONG_INPUTS = "the voltage inputs are wired wrongly, so they say nothing about the supply"


@dataclass(frozen=True, slots=True)
class SiteQuality:
    """The judgement of one meter; ``verdict`` None: it measures no distortion and nothing is over a limit."""

    judged: QualityVerdict
    verdict: Verdict | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """One meter with everything that is known there."""

    device: PlannedDevice
    meter: Meter
    limits: Limits
    samples: tuple[Sample, ...]
    values: Mapping[str, float]
    window: Window
    background: Background | None
    misled: bool  # its voltages are not those of the phases


def judge_site_quality(
    plan: SitePlan,
    device: PlannedDevice,
    snapshot: Snapshot,
    samples: Samples,
    background: Samples,
    wiring: WiringVerdict,
) -> SiteQuality:
    """Judge one meter by what all devices said in the same rounds, and by what it said with stations off.

    ``snapshot`` is the meter's last: it tells units and profile.
    """
    place = _place(plan, device, snapshot, samples, background, wiring)
    loads = loads_of(plan, device, place.values, samples)
    checks = _checks(plan, place, loads, right=wiring.verdict == "pass")
    said = _said(device, place)
    found = resonances(place.device, place.limits, place.samples, place.background, checks)
    findings = (*findings_of(device, place.values, checks, place.background, said), *found)
    judged = _judged(place, checks, findings, said)
    silent = judged.verdict != "fail" and not measures_distortion(place.values)
    verdict = Verdict(device.tag, "power_quality", judged.verdict, judged.reason, judged.action)
    return SiteQuality(judged, None if silent else verdict, findings)


def limits_of(plan: SitePlan, device: PlannedDevice) -> Limits:
    """Return what holds at one meter; IEEE 519 and the operator's own limits at the connection point."""
    at_grid = device.role == "main_meter" and device.parent is None
    return Limits(
        voltage=standard_of(plan),
        current="ieee519",
        isc_over_il=plan.isc_over_il if at_grid else None,
        il_a=plan.demand_current_a if at_grid else None,
        harmonics=plan.grid_harmonics if at_grid else {},
        measured_at="connection_point" if at_grid else "feeder",
        nominal_frequency_hz=plan.frequency_hz,
        thd_percent=plan.thd_voltage_limit_percent,
        thd_clause=plan.thd_clause,
        tdd_percent=plan.tdd_current_limit_percent if at_grid else None,
        design_a=device.design_current_a,
    )


def standard_of(plan: SitePlan) -> VoltageStandard:
    """Return which limits of the voltage hold: as the plan says, else as its clause for the THD does."""
    if plan.voltage_standard is not None:
        return plan.voltage_standard
    return "ieee519" if plan.thd_clause.startswith("IEEE 519") else "en50160"


def _place(
    plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, samples: Samples, background: Samples,
    wiring: WiringVerdict,
) -> _Place:  # fmt: skip
    own = tuple(as_told(sample, snapshot) for sample in samples.get(device.tag, ()))
    quiet = tuple(as_told(sample, snapshot) for sample in background.get(device.tag, ()))
    meter, limits = meter_of(plan, device), limits_of(plan, device)
    return _Place(
        device, meter, limits, own, _alive(meter, medians(own)), window_of(own),
        background_of(meter, limits, quiet),
        _misled(wiring),
    )  # fmt: skip


def _alive(meter: Meter, values: Mapping[str, float]) -> dict[str, float]:
    """Leave out voltage inputs without voltage: whether they are lost is judged with the wiring."""
    dead = {
        name
        for k in (1, 2, 3)
        if values.get(name := f"voltage_l{k}_n", meter.nominal_voltage_v) < DEAD * meter.nominal_voltage_v
    }
    return {name: value for name, value in values.items() if name not in dead}


def _misled(wiring: WiringVerdict) -> bool:
    inputs = wiring.best.voltage.inputs if wiring.best else ()
    return wiring.verdict == "fail" and any(conductor in (LOST, NEUTRAL) for conductor in inputs)


def _checks(plan: SitePlan, place: _Place, loads: Loads, *, right: bool) -> tuple[Check, ...]:
    found = checked(place.meter, place.values, place.limits, place.window)
    if not right:  # most meters compute the neutral from the phases, which a wrong input makes meaningless
        found = tuple(check for check in found if check.code != "neutral-current")
    if place.misled:
        found = tuple(check for check in found if check.code not in OF_VOLTAGE)
    found = expecting(found, plan.expected.get(place.device.tag), loads, place.limits)
    return beside(found, place.background)


def _said(device: PlannedDevice, place: _Place) -> str:
    where = "at the connection point" if place.limits.at_connection else f"at {device.tag}"
    return statement(place.values, place.limits, place.window, where)


def _judged(
    place: _Place, checks: tuple[Check, ...], findings: Sequence[Finding], said: str
) -> QualityVerdict:
    broken = [finding for finding in findings if finding.severity == "error"]
    if broken:
        return QualityVerdict("fail", broken[0].sentence, broken[0].remedy, checks, said)
    tag = place.device.tag
    if place.misled:
        reason = f"{tag}: {WRONG_INPUTS} ({said})."
        return QualityVerdict(
            "inconclusive", reason, f"Put the wiring of {tag} right, then probe again.", checks, said
        )
    if not measures_distortion(place.values):
        return QualityVerdict(
            "inconclusive", f"{tag} measures no distortion of the voltage ({said}).",
            f"Measure at {tag} with an instrument that does, where distortion matters.", checks, said,
        )  # fmt: skip
    if (needed := missing_load(place.meter, place.values, place.limits)) is not None:
        reason = f"Too little load to judge {tag}: {_best(checks)} ({said})."
        action = f"Let stations charge until {needed:.3g} A flow at {tag}, then probe again."
        return QualityVerdict("inconclusive", reason, action, checks, said)
    return _passed(place, checks, said)


def _passed(place: _Place, checks: tuple[Check, ...], said: str) -> QualityVerdict:
    grid = place.background.words if place.background else UNKNOWN_GRID
    judged = bottom_line(place.meter, place.values, place.limits, checks, said)
    count = sum(check.verdict != "info" for check in checks)
    reason = (
        f"{place.device.tag}: {_best(checks)}; all {count} values are within their limits ({said}; {grid})."
    )
    return replace(judged, reason=reason)


def _best(checks: tuple[Check, ...]) -> str:
    """Return the largest distortion of the voltage in words."""
    found = [check for check in checks if check.code == "thd-voltage" and check.limit is not None]
    if not found:
        return "no total distortion of the voltage was read"
    worst = max(found, key=lambda check: check.value)
    where = worst.quantity.removeprefix("thd_voltage_").replace("_", "-").upper()
    return f"THD of the voltage {worst.value:.1f} % ({where}), limit {worst.limit:g} %"
