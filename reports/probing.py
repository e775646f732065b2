"""The probe chapter: verdict per device and aspect, key readings, findings, figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_probe.model import Finding, ProbeReport, Snapshot, Verdict
from reports.model import HandoverPack, ProbeRun
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
class RunPages:
    """A run as printed; ``full`` is False for an earlier run, of which only what differed is shown."""

    run: ProbeRun
    mark: Mark
    full: bool
    devices: tuple[DeviceLine, ...]
    doubts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    headings: tuple[tuple[str, str], ...]
    readings: tuple[ReadingLine, ...]
    phasors: tuple[Picture, ...]
    others: tuple[Picture, ...]


def run_pages(pack: HandoverPack) -> tuple[RunPages, ...]:
    """Return every run in the order taken; the last one in full."""
    return tuple(_pages(run, full=run is pack.probe_runs[-1]) for run in pack.probe_runs)


def _pages(run: ProbeRun, *, full: bool) -> RunPages:
    report = run.report
    serious = tuple(finding for finding in report.findings if finding.severity != "info")
    pictures = [_picture(name) for name in run.figures]
    phasors = [picture for picture in pictures if picture.name.startswith("phasor:")]
    wrong = {finding.tag for finding in serious}
    return RunPages(
        run=run,
        mark=mark(report.verdict),
        full=full,
        devices=tuple(_device(report, device.tag) for device in report.plan.devices),
        doubts=tuple(verdict for verdict in report.verdicts if verdict.verdict != "pass"),
        findings=_sorted(report.findings if full else serious),
        headings=tuple((heading, unit) for heading, unit, *_ in _KEY),
        readings=tuple(_readings(snapshot) for snapshot in report.snapshots),
        phasors=tuple(picture for picture in phasors if full or picture.tag in wrong),
        others=tuple(picture for picture in pictures if picture not in phasors) if full else (),
    )


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    order = {"error": 0, "warning": 1, "info": 2}
    return tuple(sorted(findings, key=lambda finding: order.get(finding.severity, 3)))


def _device(report: ProbeReport, tag: str) -> DeviceLine:
    device = next(device for device in report.plan.devices if device.tag == tag)
    judged = report.verdicts_of(tag)
    verdicts = tuple(judged.get(aspect) for aspect in ("communication", "wiring", "power_quality", "balance"))
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


def _picture(name: str) -> Picture:
    kind, _, tag = name.partition(":")
    alt = {
        "phasor": f"Phasor diagram of {tag}: voltages and currents by phase as measured",
        "thd": "Voltage distortion per device beside its limit",
        "harmonics": f"Harmonic bars of {tag or 'the site'} beside their limits",
        "balance": "Balance of the meters: each parent beside the sum of what it feeds",
    }
    return Picture(name, tag, alt.get(kind, f"Figure {name}"))


def aspect_titles() -> tuple[str, ...]:
    """Return the headings of the verdict table."""
    return tuple(ASPECTS.values())
