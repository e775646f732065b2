"""The probe chapter: verdict per device and aspect, key readings, findings, figures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from device_probe.model import Aspect, Finding, ProbeReport, Snapshot, Verdict
from reports.metering import MeterPages, ShortMeter, Stations, in_full, meters, short_meters, stations
from reports.model import HandoverPack, ProbeRun
from reports.stepping import StepPages, step_pages
from reports.words import ASPECTS, Mark, mark, number

#: Key quantities of the readings table: heading, unit, factor, names tried in this order.
_KEY = (
    ("U L1", "V", 1.0, 1, ("voltage_l1_n",)),
    ("U L2", "V", 1.0, 1, ("voltage_l2_n",)),
    ("U L3", "V", 1.0, 1, ("voltage_l3_n",)),
    ("I L1", "A", 1.0, 1, ("current_l1",)),
    ("I L2", "A", 1.0, 1, ("current_l2",)),
    ("I L3", "A", 1.0, 1, ("current_l3",)),
    ("P", "kW", 0.001, 2, ("active_power_total",)),
    ("Q", "kvar", 0.001, 2, ("reactive_power_total",)),
    ("PF", "", 1.0, 3, ("power_factor_total", "power_factor_total_iec", "cos_phi_total")),
    ("f", "Hz", 1.0, 2, ("frequency",)),
    ("THD U", "%", 1.0, 2, ("thd_voltage_l1", "thd_voltage_l2", "thd_voltage_l3", "thd_voltage_l1_l2")),
    ("THD I", "%", 1.0, 1, ("thd_current_l1", "thd_current_l2", "thd_current_l3")),
)
_WORST = frozenset({"THD U", "THD I"})


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device: what it is, and its verdict per aspect (None: not judged)."""

    tag: str
    role: str
    profile: str
    address: str
    verdicts: tuple[Verdict | None, ...]
    marks: tuple[Mark | None, ...]


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """The key readings of one device, or the problem why there are none."""

    tag: str
    values: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of a run: ``name`` finds it, the alternative text describes it."""

    name: str
    tag: str
    alt: str


@dataclass(frozen=True, slots=True)
class Deciding:
    """What would decide inconclusive verdicts: the action once, with the devices that wait for it."""

    action: str
    devices: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunPages:
    """A run as printed; ``full`` is False for an earlier run, of which only what differed is shown."""

    run: ProbeRun
    mark: Mark
    full: bool
    aspects: tuple[str, ...]
    devices: tuple[DeviceLine, ...]
    wrong: tuple[Verdict, ...]
    deciding: tuple[Deciding, ...]
    findings: tuple[Finding, ...]
    headings: tuple[tuple[str, str], ...]
    readings: tuple[ReadingLine, ...]
    meters: tuple[MeterPages, ...]
    short: tuple[ShortMeter, ...]
    stations: Stations
    step: StepPages | None
    pictures: tuple[Picture, ...]

    def of(self, *names: str) -> tuple[Picture, ...]:
        """Return the pictures of these names, or of these kinds, that there are."""
        return tuple(p for name in names for p in self.pictures if p.name == name)

    def of_meter(self, tag: str) -> tuple[Picture, ...]:
        """Return the pictures of one meter that stand below its table: its harmonics."""
        return tuple(p for p in self.pictures if p.tag == tag and p.name.startswith("harmonics"))


def run_pages(pack: HandoverPack) -> tuple[RunPages, ...]:
    """Return every run in the order taken; the last one in full."""
    return tuple(_pages(run, full=run is pack.probe_runs[-1]) for run in pack.probe_runs)


def _pages(run: ProbeRun, *, full: bool) -> RunPages:
    report = run.report
    serious = tuple(finding for finding in report.findings if finding.severity != "info")
    wrong = {finding.tag for finding in serious}
    shown = tuple(_picture(*named) for named in run.figures.items())
    return RunPages(
        run=run,
        mark=mark(report.verdict),
        full=full,
        aspects=tuple(ASPECTS[aspect] for aspect in _aspects(report)),
        devices=tuple(_device(report, device.tag) for device in report.plan.devices),
        wrong=tuple(verdict for verdict in report.verdicts if verdict.verdict == "fail"),
        deciding=_deciding(report),
        findings=_sorted(report.findings if full else serious),
        headings=tuple((heading, unit) for heading, unit, *_ in _KEY),
        readings=tuple(_readings(snapshot) for snapshot in report.snapshots),
        meters=tuple(each for each in meters(report) if full or each.tag in wrong),
        short=short_meters(report) if full else (),
        stations=stations(report),
        step=step_pages(report.load_step),
        pictures=shown,
    )


def printed_figures(report: ProbeReport, names: Sequence[str], *, full: bool) -> tuple[str, ...]:
    """Return which of a report's figures are printed: all of the run that counts, but for meters in short."""
    wrong = {finding.tag for finding in report.findings if finding.severity != "info"}
    tags = {tag for tag in in_full(report) if full or tag in wrong}
    return tuple(
        name for name in names
        if (full or name.startswith("phasor:")) and (":" not in name or name.partition(":")[2] in tags)
    )  # fmt: skip


def _deciding(report: ProbeReport) -> tuple[Deciding, ...]:
    found: dict[str, list[Verdict]] = {}
    for verdict in report.verdicts:
        if verdict.verdict == "inconclusive":
            found.setdefault(verdict.action.removeprefix(f"{verdict.tag}: "), []).append(verdict)
    return tuple(
        Deciding(
            action,
            ", ".join(
                dict.fromkeys(f"{v.tag or 'site'} {ASPECTS.get(v.aspect, v.aspect).lower()}" for v in some)
            ),
            tuple(dict.fromkeys(v.reason for v in some)),
        )
        for action, some in found.items()
    )


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    order = {"error": 0, "warning": 1, "info": 2}
    return tuple(sorted(findings, key=lambda finding: order.get(finding.severity, 3)))


def _device(report: ProbeReport, tag: str) -> DeviceLine:
    device = next(device for device in report.plan.devices if device.tag == tag)
    judged = report.verdicts_of(tag)
    verdicts = tuple(judged.get(aspect) for aspect in _aspects(report))
    return DeviceLine(
        tag=tag,
        role=device.role.replace("_", " "),
        profile=device.profile,
        address=f"{device.host}:{device.port} unit {device.unit}",
        verdicts=verdicts,
        marks=tuple(mark(verdict.verdict) if verdict else None for verdict in verdicts),
    )


def _readings(snapshot: Snapshot) -> ReadingLine:
    values = tuple(
        _value(snapshot, heading, factor, digits, names) for heading, _, factor, digits, names in _KEY
    )
    return ReadingLine(snapshot.tag, values, snapshot.problem or "")


def _value(snapshot: Snapshot, heading: str, factor: float, digits: int, names: Sequence[str]) -> str:
    found = [value for name in names if (value := snapshot.value(name)) is not None]
    if not found:
        return "–"
    return number((max(found) if heading in _WORST else found[0]) * factor, digits)


def _picture(name: str, drawing: str) -> Picture:
    """Return a picture with the text alternative that its drawing bears."""
    tag, told = name.partition(":")[2], [_told(drawing, part) for part in ("title", "desc")]
    return Picture(name, tag, ". ".join(part for part in told if part) or f"Figure {name}")


def _told(drawing: str, part: str) -> str:
    found = re.search(rf"<{part}[^>]*>(.*?)</{part}>", drawing, re.DOTALL)
    return unescape(found[1]).strip() if found else ""


def _aspects(report: ProbeReport) -> tuple[Aspect, ...]:
    """Return the columns of the verdict table; load management only where it was judged."""
    judged = {verdict.aspect for verdict in report.verdicts}
    return tuple(aspect for aspect in ASPECTS if aspect in judged or aspect != "load_management")
