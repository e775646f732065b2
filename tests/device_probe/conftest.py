"""A plan with three groups behind one gateway, and the simulated site that serves it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_probe.model import SitePlan
from device_probe.report import load_plan
from device_probe.simulator import SimulatedSite, simulate

VECTORS = Path(__file__).parent.parent / "vectors" / "probe"


@pytest.fixture(scope="session")
def plan() -> SitePlan:
    return load_plan(json.loads((VECTORS / "site-plan.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def running(plan: SitePlan) -> Iterator[SimulatedSite]:
    with simulate(plan, "healthy") as site:
        yield site


@pytest.fixture
def simulated(running: SimulatedSite) -> Iterator[SimulatedSite]:
    running.set_scenario("healthy")
    yield running
    running.set_scenario("healthy")
