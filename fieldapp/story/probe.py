"""The probe on site: simulated devices of real register maps, read before and after a correction."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from device_probe.background import background_of, check_background
from device_probe.model import ProbeReport, Snapshot
from device_probe.read import read_rounds
from device_probe.report import dump_report, judge, load_plan
from device_probe.scan.result import ScanRange, ScanResult
from device_probe.scan.search import scan
from device_probe.simulator.scenario_file import load_scenario
from device_probe.simulator.server import SimulatedSite, simulate

#: Between the rounds of the background: it stands still while nobody charges.
QUICK_S = 0.2

Progress = Callable[[str, int, int], None]


@dataclass
class SiteNetwork:
    """The site's devices while somebody is there with a laptop."""

    site: SimulatedSite
    background: tuple[Snapshot, ...] = ()

    def look_around(self) -> ScanResult:
        """Ask at every address of the plan who is there, and compare it with the plan."""
        plan = self.site.plan
        hosts = tuple(sorted({device.host for device in plan.devices}))
        ports = tuple(sorted({device.port for device in plan.devices}))
        # these devices are this computer's own: nobody is in a hurry, and nobody is disturbed either
        return scan(ScanRange(hosts, ports, connects_per_second=200.0, min_gap_s=0.0), plan)

    def record_background(self, progress: Progress | None = None) -> None:
        """Read every device before anybody plugs in: what the grid brings stands beside each later probe."""
        loaded = self.site.scenario
        self.site.set_scenario(replace(loaded, stations=load_scenario("idle").stations))
        rounds = read_rounds(self.site.plan, interval_s=QUICK_S, progress=progress)
        self.site.set_scenario(loaded)
        report = judge(self.site.plan, rounds[-1], earlier=chain.from_iterable(rounds[:-1]))
        check_background(report)
        self.background = background_of(report, self.site.plan, "background")

    def probe(self, progress: Progress | None = None) -> tuple[ProbeReport, Mapping[str, Any]]:
        """Read and judge every device; return the report and its JSON for upload."""
        rounds = read_rounds(self.site.plan, progress=progress)
        earlier = chain.from_iterable(rounds[:-1])
        report = judge(self.site.plan, rounds[-1], earlier=earlier, background=self.background)
        return report, dump_report(report)

    def correct_the_wiring(self) -> None:
        """Turn the reversed current transformer round."""
        self.site.set_scenario("healthy")


@contextmanager
def site_network(plan: Mapping[str, Any]) -> Iterator[SiteNetwork]:
    """Put the plan's devices on loopback sockets, with the current transformer of one meter reversed."""
    with simulate(load_plan(dict(plan)), "ct-reversed") as site:
        yield SiteNetwork(site)
