"""Simulated sites for the load step: stations on feeders, a background that walks at random, time given."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from device_probe.load_step.journal import Journals
from device_probe.load_step.record import LoadStepRecord
from device_probe.load_step.result import LoadStepResult
from device_probe.load_step.run import LoadStep, Settings
from device_probe.model import PlannedDevice, SitePlan
from device_probe.simulator import Scenario, SimulatedSite, load_scenario, simulate
from device_probe.simulator.scenario import Injection, Load, Step

ROTATIONS = ("L1L2L3", "L2L3L1", "L3L1L2")
BACKGROUND = 0.3
WALK = 0.03  # of the background, in a second


def site_plan(stations: int, groups: int, profile: str = "peblar") -> SitePlan:
    per_group = -(-stations // groups)
    ct = max(60.0, per_group * 32 * 1.6)
    devices = [PlannedDevice("PM0", "janitza-umg-96rm-e", "127.0.0.1", 5020, 1, "main_meter",
                             ct_primary_a=groups * ct, ct_secondary_a=5)]  # fmt: skip
    devices += [
        PlannedDevice(f"PM{g + 1}", "eastron-sdm630", "127.0.0.1", 5021 + g, 11, "group_meter", "PM0",
                      ct_primary_a=ct, ct_secondary_a=5, design_current_a=ct)
        for g in range(groups)
    ]  # fmt: skip
    devices += [
        PlannedDevice(
            f"CH{n + 1:02}", profile, "127.0.0.1", 5100 + n, 1, "station", f"PM{n % groups + 1}",
            phase_rotation=ROTATIONS[n // groups % 3], design_current_a=32, accuracy_percent=2,
        )
        for n in range(stations)
    ]  # fmt: skip
    return SitePlan("step", "Load step", 400, 50, 8, "EN 50160", 200, 8, tuple(devices))


def scenario(
    plan: SitePlan,
    tests: Sequence[str],
    phases: Sequence[int] = (1, 2, 3),
    seed: int = 1,
    background: bool = True,
) -> Scenario:
    """Test loads charge at 16 A on one, two or three phases in turn, the other stations are idle."""
    loads = {"*": Load(0.0)}
    loads |= {
        tag: Load(16.0, phases[n % len(phases)], reaction_s=0.5, ramp_a_per_s=8)
        for n, tag in enumerate(tests)
    }
    injections: list[Injection] = []
    if background:
        for meter in (d for d in plan.devices if d.role == "group_meter"):
            own = [d.tag for d in plan.devices if d.parent == meter.tag and d.tag in tests]
            power = BACKGROUND * 230 * 16 * sum(loads[t].phases for t in own)
            injections.append(Injection(f"B{meter.tag}", "building", power or 1000.0, meter.tag))
        injections.append(Injection("BPM0", "building", sum(i.power_w for i in injections), "main"))
    base = load_scenario("healthy")
    return replace(base, stations=loads, injections=tuple(injections), timeline=tuple(walk(injections, seed)),
                   speed=1.0, writes=True, faults=(), wobble_percent=0.5)  # fmt: skip


def walk(injections: Sequence[Injection], seed: int, seconds: int = 400) -> list[Step]:
    """Each background walks at random about its share of the load, never below nothing."""
    chance, found = random.Random(seed), []
    powers = {one.name: one.power_w for one in injections}
    for at in range(0, seconds, 2):
        for one in injections:
            walked = powers[one.name] + one.power_w * chance.gauss(0, WALK) * 2**0.5
            powers[one.name] = min(max(walked, 0.0), 2 * one.power_w)
            found.append(Step(float(at), one.name, "power_w", powers[one.name], 2.0))
    return found


class SiteClock:
    """Gives the simulated site the time that is waited for."""

    def __init__(self, site: SimulatedSite) -> None:
        self.site = site
        self.passed = 0.0

    def now(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.site.advance(seconds)
        self.passed += seconds
        await asyncio.sleep(0)


@contextmanager
def running(plan: SitePlan, chosen: Scenario) -> Iterator[SimulatedSite]:
    with simulate(plan, chosen, speed=0, writes=True) as site:
        site.advance(30)
        yield site


def reached(site: SimulatedSite, plan: SitePlan) -> SitePlan:
    """Return a plan with the addresses at which the simulated devices answer."""
    places = {d.tag: (d.host, d.port) for d in site.plan.devices}
    return replace(plan, devices=tuple(
        replace(d, host=places[d.tag][0], port=places[d.tag][1]) for d in plan.devices
    ))  # fmt: skip


def step_through(
    site: SimulatedSite, folder: Path, settings: Settings | None = None, clock: SiteClock | None = None,
    plan: SitePlan | None = None,
) -> LoadStepResult:  # fmt: skip
    """Run a load step against a simulated site; ``plan``: what the site is believed to be."""
    return record_of(site, folder, settings, clock, plan).result


def record_of(
    site: SimulatedSite, folder: Path, settings: Settings | None = None, clock: SiteClock | None = None,
    plan: SitePlan | None = None,
) -> LoadStepRecord:  # fmt: skip
    """Do the same and return all that is kept of it."""
    believed = reached(site, plan or site.plan)

    async def go() -> LoadStepRecord:
        step = LoadStep(believed, settings or Settings(), clock or SiteClock(site))
        try:
            with Journals(folder) as journals:
                return await step.run(await step.survey(), journals)
        finally:
            await step.close()

    return asyncio.run(go())
