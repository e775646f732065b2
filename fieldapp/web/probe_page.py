"""A probe run as a page shows it: what decides it, what changed, its meters and stations, figures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from device_probe.diagnosis.changes import Changes
from device_probe.diagnosis.drift import Drift
from device_probe.figures import figures_of
from device_probe.model import Finding, ProbeReport, Verdict
from device_probe.report import rejudge
from fieldapp.usecases import probe_history
from fieldapp.usecases.views import ProbeRunView, SiteView
from fieldapp.web.meter_panels import Drawn, MeterPanel, background_of, meter_panels
from fieldapp.web.probe_words import METERS
from fieldapp.web.words import ASPECT_TITLES

_SEVERITIES = ("error", "warning", "info")
_ASPECTS = tuple(ASPECT_TITLES)


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The verdicts of one device, one cell for each aspect; tag "" is the whole site."""

    tag: str
    profile: str
    cells: tuple[Verdict | None, ...]


@dataclass(frozen=True, slots=True)
class Deciding:
    """What has to be done so that inconclusive verdicts can be given, and for which devices."""

    action: str
    tags: tuple[str, ...]
    aspects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StationRow:
    """What a station tells of itself, held against the meter above it."""

    tag: str
    meter: str
    power_w: float | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Since:
    """What differs from the run before."""

    run: ProbeRunView
    found: Changes


@dataclass(frozen=True, slots=True)
class MovedAt:
    """What moved at one device, with the one thing to do about it."""

    tag: str
    sentences: tuple[str, ...]
    remedy: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved since another run; ``run`` None: since the approved state, by a report that isn't kept."""

    run: ProbeRunView | None
    found: Drift

    @property
    def rows(self) -> tuple[MovedAt, ...]:
        """Return what moved by device and remedy: the phases of one distortion are one thing to do."""
        grouped: dict[tuple[str, str], list[str]] = {}
        for each in self.found.moved:
            grouped.setdefault((each.tag, each.remedy), []).append(each.sentence)
        return tuple(MovedAt(tag, tuple(said), remedy) for (tag, remedy), said in grouped.items())


@dataclass(frozen=True, slots=True)
class RunPage:
    """Everything a page shows of one run."""

    deciding: tuple[Deciding, ...]
    findings: tuple[Finding, ...]
    meters: tuple[MeterPanel, ...]
    stations: tuple[StationRow, ...]
    verdicts: tuple[VerdictRow, ...]
    figures: tuple[Drawn, ...]
    since: Since | None
    baseline: ProbeRunView | None
    moved: Moved | None
    background: ProbeRunView | None  # another run, which found all stations off
    is_background: bool  # this run did


def run_page(view: SiteView, run: ProbeRunView, against: int | None = None) -> RunPage:
    """Return what the page of a run shows; ``against``: the run that it is compared with electrically."""
    report = diagnosed(run.report)
    quiet, before = probe_history.background_run(view, run), probe_history.run_before(view, run)
    other = next((each for each in view.probe_runs if each.number == against and each is not run), None)
    return RunPage(
        deciding(report),
        ordered_findings(report),
        meter_panels(report, background_of(diagnosed(quiet.report)) if quiet else {}),
        station_rows(report),
        verdict_rows(report),
        drawn(report),
        Since(before, probe_history.changed_since(before, run)) if before else None,
        probe_history.baseline(view),
        Moved(other, probe_history.drift_between(other, run)) if other else None,
        quiet,
        probe_history.stations_off(report),
    )


def diagnosed(report: ProbeReport) -> ProbeReport:
    """Return a report with the judgement of each meter: one of an earlier release has none yet."""
    if report.judgements or not any(device.role in METERS for device in report.plan.devices):
        return report
    return replace(report, judgements=rejudge(report).judgements)


def ordered_findings(report: ProbeReport) -> tuple[Finding, ...]:
    """Return the findings, errors first."""
    return tuple(sorted(report.findings, key=lambda finding: _SEVERITIES.index(finding.severity)))


def deciding(report: ProbeReport) -> tuple[Deciding, ...]:
    """Return the actions that would decide the inconclusive verdicts, that of the bottom line first.

    Each stands there once, with its devices.
    """
    found: dict[str, list[Verdict]] = {}
    for verdict in report.verdicts:
        if verdict.verdict == "inconclusive" and verdict.action:
            found.setdefault(verdict.action.removeprefix(f"{verdict.tag}: "), []).append(verdict)
    return tuple(
        Deciding(
            action,
            tuple(dict.fromkeys(each.tag for each in verdicts if each.tag)),
            tuple(aspect for aspect in _ASPECTS if any(each.aspect == aspect for each in verdicts)),
        )
        for action, verdicts in found.items()
    )


def station_rows(report: ProbeReport) -> tuple[StationRow, ...]:
    """Return every station that was read, held against its meter; those that don't pass come first."""
    snapshots = {each.tag: each for each in report.snapshots if not each.problem}
    found = (
        StationRow(
            device.tag,
            device.parent or "",
            snapshots[device.tag].value("active_power_total"),
            _verdict(report, device.tag, "balance"),
        )
        for device in report.plan.devices
        if device.role == "station" and device.tag in snapshots
    )
    return tuple(sorted(found, key=lambda row: row.verdict is not None and row.verdict.verdict == "pass"))


def verdict_rows(report: ProbeReport) -> tuple[VerdictRow, ...]:
    """Return the whole site, then the devices in the order of the plan."""
    profiles = {device.tag: device.profile for device in report.plan.devices}
    judged = {verdict.tag for verdict in report.verdicts}
    tags = [tag for tag in ("", *profiles) if tag in judged]
    return tuple(
        VerdictRow(tag, profiles.get(tag, ""), tuple(_verdict(report, tag, aspect) for aspect in _ASPECTS))
        for tag in tags
    )


def _verdict(report: ProbeReport, tag: str, aspect: str) -> Verdict | None:
    found = (verdict for verdict in report.verdicts if (verdict.tag, verdict.aspect) == (tag, aspect))
    return next(found, None)


def drawn(report: ProbeReport) -> tuple[Drawn, ...]:
    """Return the figures of the whole site; those of a meter stand with the meter."""
    return tuple(Drawn(each.title, each.drawn()) for each in figures_of(report) if not each.tag)


def main_phasor(report: ProbeReport) -> str:
    """Return the phasors of a device with a wiring fault, of the main meter when there is none."""
    phasors = {each.tag: each for each in figures_of(report) if each.name.startswith("phasor:")}
    faults = [it.tag for it in report.verdicts if it.aspect == "wiring" and it.verdict == "fail"]
    mains = [device.tag for device in report.plan.devices if device.role == "main_meter"]
    return next((phasors[tag].drawn() for tag in (*faults, *mains) if tag in phasors), "")


def template_values(view: SiteView, number: int | None, against: int | None) -> Mapping[str, Any] | None:
    """Return what the template needs: the run asked for, else the latest; None where it doesn't exist."""
    runs = tuple(reversed(view.probe_runs))
    run = next((each for each in runs if number in (None, each.number)), None)
    if number is not None and run is None:
        return None
    return {"runs": runs, "run": run, "shown": run_page(view, run, against) if run else None}
