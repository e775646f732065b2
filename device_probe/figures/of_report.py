"""Every figure of a probe report, by name, drawn and as text. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from device_probe.diagnosis.evidence import Load, Meter
from device_probe.diagnosis.site_evidence import above, meter_of, roles_of
from device_probe.figures.balance import balance_svg, balance_text
from device_probe.figures.distortion import currents_svg, currents_text, flows, thd_svg, thd_text
from device_probe.figures.drawing import key
from device_probe.figures.harmonics import spectrum_svg, spectrum_text
from device_probe.figures.load_step import load_step_svg, load_step_text
from device_probe.figures.phasor import phasor_svg, phasor_text
from device_probe.figures.spectrum import spectra
from device_probe.figures.steps import StepPlot, plot_of
from device_probe.load_step.evidence import holds_of
from device_probe.model import PlannedDevice, ProbeReport, SitePlan, Snapshot

METERS = ("main_meter", "group_meter")


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One figure: ``name`` finds it ("phasor:PM1"), ``drawn`` gives the SVG and ``told`` the text."""

    name: str
    title: str
    drawn: Callable[[], str]
    told: Callable[[], str]

    @property
    def tag(self) -> str:
        """Return the device that it is about, "" for the site."""
        return self.name.partition(":")[2]


def figures_of(report: ProbeReport) -> tuple[ReportFigure, ...]:
    """Return the figures of a report: the site first, then meter by meter; none of what was not read."""
    return (*_of_site(report), *(one for s in _drawn(report) for one in _of_meter(report, s)))


def _of_site(report: ProbeReport) -> Iterator[ReportFigure]:
    yield ReportFigure(
        "balance",
        "Balance of the meters",
        lambda: balance_svg(report),
        lambda: balance_text(report),
    )
    yield ReportFigure(
        "thd",
        "Distortion of the voltage",
        lambda: thd_svg(report),
        lambda: thd_text(report),
    )
    if report.load_step is not None:
        yield ReportFigure(
            "load-step",
            "Load step",
            lambda: load_step_svg(step_plot(report)),
            lambda: load_step_text(step_plot(report)),
        )


def step_plot(report: ProbeReport) -> StepPlot:
    """Return the load step of a report as series over time; empty when there was none."""
    record = report.load_step
    if record is None:
        return plot_of(report.plan, (), ())
    return plot_of(report.plan, holds_of(report.plan, record), record.tests)


def _drawn(report: ProbeReport) -> tuple[Snapshot, ...]:
    """Return the last round of every meter, and of whatever else has a wrong wiring."""
    roles = {device.tag: device.role for device in report.plan.devices}
    wrong = {v.tag for v in report.verdicts if v.aspect == "wiring" and v.verdict == "fail"}
    return tuple(
        s for s in report.snapshots if s.problem is None and (roles.get(s.tag) in METERS or s.tag in wrong)
    )


def _of_meter(report: ProbeReport, snapshot: Snapshot) -> Iterator[ReportFigure]:
    tag, judged = snapshot.tag, report.judgement(snapshot.tag)
    wiring = judged.wiring if judged else None
    meter = drawn_meter(report.plan, tag)
    yield ReportFigure(
        f"phasor:{tag}",
        f"Phasors of {tag}",
        lambda: phasor_svg(snapshot, wiring, meter),
        lambda: phasor_text(snapshot, wiring, meter),
    )
    for kind, found in spectra(report, tag):
        name = f"harmonics:{tag}" if kind == "voltage" else f"harmonics-current:{tag}"
        yield ReportFigure(
            name,
            found.title,
            lambda found=found, name=name: spectrum_svg(found, key("", name)),  # type: ignore[misc]
            lambda found=found: spectrum_text(found),  # type: ignore[misc]
        )
    if flows(report, tag):
        yield ReportFigure(
            f"currents:{tag}",
            f"Currents at {tag}",
            lambda: currents_svg(report, tag),
            lambda: currents_text(report, tag),
        )


def drawn_meter(plan: SitePlan, tag: str) -> Meter:
    """Return a meter as its plan describes it: what it feeds, and whether power may flow back through it."""
    device = next((each for each in plan.devices if each.tag == tag), None)
    if device is None:
        return Meter("3P4W", 230.0)
    load: Load = "general" if device.load == "general" else "ev_charging"
    meter = replace(meter_of(plan, device), load=load)
    if device.load == "generation":
        return replace(meter, role="generation")
    return replace(meter, role="mixed" if _sources_below(plan, device) else "load")


def _sources_below(plan: SitePlan, device: PlannedDevice) -> bool:
    sources = [each for each in plan.devices if each.tag in roles_of(plan)]
    placeless = device.role == "main_meter" and any(source.parent is None for source in sources)
    return placeless or any(device.tag in above(plan, source) for source in sources)
