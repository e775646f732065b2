"""An inconclusive verdict: its one action, taken in the simulated site, leads to the right decision."""

from dataclasses import replace

import pytest

from device_probe.model import ProbeReport
from device_probe.report import judge_rounds
from device_probe.simulator import MeterFault
from device_probe.simulator.scenario import Injection
from tests.device_probe.proof_cases import FEW, GROUPS
from tests.device_probe.proof_site import SITE, Loads, World

STEADY = Loads(moving=False, pv_w=12_000, battery_w=4000)
PAUSING = replace(STEADY, parade=GROUPS)
REVERSED = (MeterFault("ct_reversed", "PM0", phase=1),)
ROOF_W = 65_280.0  # 2.04 times what PM0 carries on L1 under this seed: it then reads the load backwards


def reported(loads: Loads, faults: tuple[MeterFault, ...] = (), roof_w: float = 0.0) -> ProbeReport:
    world = World(3, loads, rounds=FEW)
    if roof_w:
        roof = Injection("ROOF1", "pv", roof_w, "main", (1,), 1.0, wobble_percent=0.5)
        world.scenario = replace(world.scenario, injections=(*world.scenario.injections, roof))
    return judge_rounds(SITE, world.read(faults))


def errors(report: ProbeReport) -> set[tuple[str, str | None]]:
    return {(f.code, f.tag) for f in report.findings if f.severity == "error"}


@pytest.mark.parametrize(
    ("faults", "roof_w", "truth"),
    [((), ROOF_W, "unmetered-generation"), (REVERSED, 0.0, "ct-reversed")],
    ids=["single-phase inverter", "CT reversed"],
)
def test_one_phase_backwards_beside_a_source_is_decided_by_pausing(
    faults: tuple[MeterFault, ...], roof_w: float, truth: str
) -> None:
    """A single-phase inverter of twice the load looks like a reversed CT until a group pauses."""
    steady = reported(STEADY, faults, roof_w)
    (balance,) = (v for v in steady.verdicts if (v.tag, v.aspect) == ("PM0", "balance"))
    assert (steady.verdict, balance.verdict) == ("inconclusive", "inconclusive")
    assert errors(steady) == {("balance-ambiguous", "PM0")}
    assert "kW" in balance.reason
    assert "PM0 reads the right size in the wrong direction on L1" in balance.reason
    assert "pause for a minute" in balance.action

    decided = reported(PAUSING, faults, roof_w)
    assert (decided.verdict, errors(decided)) == ("fail", {(truth, "PM0")})
