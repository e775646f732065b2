"""The figures of the documentation, from simulated sites: `script/pictures` writes docs/pictures/figures/."""

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from device_probe.figures import figures_of, load_step_svg, plot_of
from device_probe.load_step.evidence import holds_of
from device_probe.load_step.run import Settings
from device_probe.model import Expectation, ProbeReport, SitePlan
from device_probe.read import read_rounds
from device_probe.report import judge_rounds, load_plan
from device_probe.simulator import simulate
from tests.device_probe.load_step_sites import record_of, running, scenario, site_plan

ROOT = Path(__file__).parent.parent.parent
PLACE = ROOT / "docs" / "pictures" / "figures"
#: Scenario -> the figures of it that are shown.
SHOWN = {
    "wrong-ratio": ("balance",),
    "ct-swapped": ("phasor:PM1",),
    "thd-high": ("harmonics:PM0", "currents:PM0", "thd"),
}
EXPECTED = Expectation(
    185.0, 7.4, {3: 2.8, 5: 5.4, 7: 3.9, 9: 1.1, 11: 1.7, 13: 0.8}, {}, "the study of the design"
)


def site() -> SitePlan:
    """Return the site of the tests, its main meter one that tells single orders."""
    text = (ROOT / "tests" / "vectors" / "probe" / "site-plan.json").read_text(encoding="utf-8")
    plan = load_plan(json.loads(text))
    devices = (replace(d, profile="janitza-umg-512-pro") if d.tag == "PM0" else d for d in plan.devices)
    return replace(plan, devices=tuple(devices), expected={"PM0": EXPECTED})


def report_of(plan: SitePlan, name: str) -> ProbeReport:
    """Return a report of a simulated site."""
    with simulate(plan, name) as running_site:
        return judge_rounds(running_site.plan, read_rounds(running_site.plan, interval_s=0.2))


def load_step() -> str:
    """Return the figure of a load step with eight stations."""
    plan = site_plan(8, 2)
    tags = [device.tag for device in plan.devices if device.role == "station"]
    with running(plan, scenario(plan, tags, phases=(1, 1, 2))) as simulated:
        record = record_of(simulated, Path(tempfile.mkdtemp()), Settings())
    return load_step_svg(plot_of(replace(plan, name="eight stations"), holds_of(plan, record), record.tests))


def main() -> None:
    """Write every picture."""
    PLACE.mkdir(parents=True, exist_ok=True)
    plan = site()
    drawn = {"load-step": load_step()}
    for name, wanted in SHOWN.items():
        found = {figure.name: figure for figure in figures_of(report_of(plan, name))}
        drawn |= {one.partition(":")[0]: found[one].drawn() for one in wanted}
    for name, text in drawn.items():
        (PLACE / f"{name}.svg").write_text(f"{text}\n", encoding="utf-8")
        sys.stdout.write(f"{PLACE.relative_to(ROOT) / name}.svg\n")


if __name__ == "__main__":
    main()
