"""What the probe runs of a site are to one another: the approved state, the run before, the background.

The run that stood when the site was approved is its electrical fingerprint, the *baseline*; what moved since
is found by ``device_probe``. Nothing is stored for it: journal and reports say it already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from device_probe.background import unfit
from device_probe.diagnosis.changes import Changes, changes
from device_probe.diagnosis.drift import Drift, drift
from device_probe.model import ProbeReport
from device_probe.report import dump_report, rejudge
from fieldapp.problems import Problem, not_found
from fieldapp.usecases.record_probe import judged_here
from fieldapp.usecases.view_site import view_site
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import ProbeRunView, SiteView


@dataclass(frozen=True, slots=True)
class SiteDrift:
    """What moved between two runs of a site, with their journal numbers."""

    baseline: int
    run: int | None  # None: of a report that is not recorded
    found: Drift


def baseline(view: SiteView) -> ProbeRunView | None:
    """Return the run of the approved state: the last one before the approval that read every meter.

    Where no run read them all, the last one; None for a site that was not approved, or never probed.
    """
    approved = max((each.number for each in view.decisions if each.kind == "approved"), default=0)
    before = [run for run in view.probe_runs if run.number < approved]
    whole = [run for run in before if all(_answered(run.report, tag) for tag in _meters(view))]
    found = whole or before
    return found[-1] if found else None


def run_before(view: SiteView, run: ProbeRunView) -> ProbeRunView | None:
    """Return the run before one, None for the first."""
    return next((each for each in reversed(view.probe_runs) if each.number < run.number), None)


def background_run(view: SiteView, run: ProbeRunView) -> ProbeRunView | None:
    """Return the latest run up to one that found all stations off: it shows what the grid brings by itself.

    None where the run has a background of its own.
    """
    if run.report.background:
        return None
    earlier = (each for each in reversed(view.probe_runs) if each.number < run.number)
    return next((each for each in earlier if stations_off(each.report)), None)


def stations_off(report: ProbeReport) -> bool:
    """Return True when the report was taken with every station off and every meter answering."""
    stations = any(device.role == "station" for device in report.plan.devices)
    return stations and unfit(report, report.plan) is None


def changed_since(before: ProbeRunView, run: ProbeRunView) -> Changes:
    """Return which verdicts differ between two runs, and which findings came and went."""
    return changes(before.report, run.report)


def drift_between(before: ProbeRunView, run: ProbeRunView) -> Drift:
    """Return what moved between two runs, both judged with the rules of today."""
    return drift(rejudge(before.report), rejudge(run.report))


def site_drift(viewer: Viewer, site_id: str, number: int | None = None) -> SiteDrift:
    """Return what moved between the approved state and a run, the latest unless one is named."""
    view = view_site(viewer, site_id)
    base, run = _baseline(view), _run(view.probe_runs, number)
    return SiteDrift(base.number, run.number, drift_between(base, run))


def compared(viewer: Viewer, site_id: str, document: Mapping[str, Any]) -> SiteDrift:
    """Return what moved between the approved state and a new report; nothing is recorded.

    This is how a site is measured again after its handover, when no run of it counts any more.
    """
    base = _baseline(view_site(viewer, site_id))
    now = judged_here(viewer, site_id, document, "view")
    return SiteDrift(base.number, None, drift(rejudge(base.report), now))


def run_report(viewer: Viewer, site_id: str, number: int | None = None) -> dict[str, Any]:
    """Return the report of one run as its JSON document; without a number that of the approved state."""
    view = view_site(viewer, site_id)
    run = _baseline(view) if number is None else _run(view.probe_runs, number)
    return dump_report(run.report)


def _baseline(view: SiteView) -> ProbeRunView:
    found = baseline(view)
    if found is None:
        raise Problem("no_baseline")
    return found


def _run(runs: Sequence[ProbeRunView], number: int | None) -> ProbeRunView:
    found = [run for run in runs if number in (None, run.number)]
    if not found:
        raise not_found("probe run")
    return found[-1]


def _meters(view: SiteView) -> tuple[str, ...]:
    meters = view.site_design.one_line.meters
    return tuple(each.tag for each in meters if each.modbus is not None and each.profile is not None)


def _answered(report: ProbeReport, tag: str) -> bool:
    return any(each.tag == tag and each.problem is None for each in report.snapshots)
