"""A probe run as a page shows it: worst findings first, verdicts by device, figures."""

from dataclasses import dataclass

from device_probe import figures
from device_probe.model import Finding, ProbeReport, Verdict
from fieldapp.web.words import ASPECT_TITLES

_SEVERITIES = ("error", "warning", "info")
_METERS = ("main_meter", "group_meter")


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The verdicts of one device, one cell for each aspect; tag "" is the whole site."""

    tag: str
    profile: str
    cells: tuple[Verdict | None, ...]


def ordered_findings(report: ProbeReport) -> tuple[Finding, ...]:
    """Return the findings, errors first."""
    return tuple(sorted(report.findings, key=lambda finding: _SEVERITIES.index(finding.severity)))


def verdict_rows(report: ProbeReport) -> tuple[VerdictRow, ...]:
    """Return the whole site, then the devices in the order of the plan."""
    profiles = {device.tag: device.profile for device in report.plan.devices}
    judged = {verdict.tag for verdict in report.verdicts}
    tags = [tag for tag in ("", *profiles) if tag in judged]
    return tuple(
        VerdictRow(
            tag, profiles.get(tag, ""), tuple(_verdict(report, tag, aspect) for aspect in ASPECT_TITLES)
        )
        for tag in tags
    )


def _verdict(report: ProbeReport, tag: str, aspect: str) -> Verdict | None:
    found = (verdict for verdict in report.verdicts if (verdict.tag, verdict.aspect) == (tag, aspect))
    return next(found, None)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure with its title."""

    title: str
    svg: str


def drawn(report: ProbeReport) -> tuple[Drawn, ...]:
    """Return the figures of a run: phasors of the meters, and of every device that has a wiring finding."""
    roles = {device.tag: device.role for device in report.plan.devices}
    suspects = {
        verdict.tag for verdict in report.verdicts if verdict.aspect == "wiring" and verdict.verdict == "fail"
    }
    shown = [
        snapshot
        for snapshot in report.snapshots
        if snapshot.problem is None and (roles.get(snapshot.tag) in _METERS or snapshot.tag in suspects)
    ]
    shown.sort(key=lambda snapshot: snapshot.tag not in suspects)
    main = [
        snapshot
        for snapshot in report.snapshots
        if roles.get(snapshot.tag) == "main_meter" and not snapshot.problem
    ]
    return (
        *(Drawn(f"Phasors of {snapshot.tag}", figures.phasor_svg(snapshot)) for snapshot in shown),
        Drawn("Distortion of the voltage", figures.thd_svg(report)),
        *(Drawn(f"Harmonics at {snapshot.tag}", figures.harmonics_svg(snapshot)) for snapshot in main),
        Drawn("Balance of the meters", figures.balance_svg(report)),
    )


def main_phasor(report: ProbeReport) -> str:
    """Return the phasors of a device with a wiring fault, of the main meter when there is none."""
    snapshots = {snapshot.tag: snapshot for snapshot in report.snapshots if not snapshot.problem}
    faults = [it.tag for it in report.verdicts if it.aspect == "wiring" and it.verdict == "fail"]
    mains = [device.tag for device in report.plan.devices if device.role == "main_meter"]
    return next((figures.phasor_svg(snapshots[tag]) for tag in (*faults, *mains) if tag in snapshots), "")
