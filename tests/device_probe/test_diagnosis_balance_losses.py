"""Losses on long cables: nothing is falsely blamed; with known resistances smaller loads are found."""

import cmath
import math
import random
from dataclasses import replace

import pytest

from device_probe.diagnosis.balance import Circumstances, judge_balance
from device_probe.diagnosis.balance.losses import lost
from device_probe.diagnosis.balance.series import gather_site
from device_probe.diagnosis.evidence import Sample
from device_probe.model import PlannedDevice, SitePlan

U = 230.0
ROUNDS = 6
TURN = [cmath.rect(1.0, -2 * math.pi * k / 3) for k in range(3)]
AROUND = Circumstances(skew_s=0.5)
Phases = list[complex]  # currents of the supply's phases as phasors, A


def currents(amperes: tuple[float, float, float]) -> Phases:
    return [size * TURN[k] for k, size in enumerate(amperes)]


def watts_lost(flow: Phases, ohms: float) -> list[float]:
    """What a cable with a neutral as thick as its phases takes from each phase."""
    neutral = sum(flow)
    return [ohms * abs(i) ** 2 + ohms * (neutral * i.conjugate()).real for i in flow]


def told(watts: list[list[float]]) -> tuple[Sample, ...]:
    found = []
    for k, row in enumerate(watts):
        readings: dict[str, float] = {"active_power_total": sum(row), "reactive_power_total": 0.0}
        for phase, power in enumerate(row, 1):
            readings |= {f"active_power_l{phase}": power, f"reactive_power_l{phase}": 0.0}
            readings |= {f"current_l{phase}": abs(power) / U, f"voltage_l{phase}_n": U}
        found.append(Sample(f"2026-03-02T10:00:{5 * k:02}+00:00", readings))
    return tuple(found)


def planned(ways: list[tuple[float, float]], percent: float = 0.2, known: bool = True) -> SitePlan:
    """A main meter and a device at the end of each way; ways: own and shared resistance at 20 °C."""
    main = PlannedDevice(
        "M", "x", "h", 502, 1, "main_meter", accuracy_percent=percent, design_current_a=400.0
    )
    below = [
        PlannedDevice(
            f"D{n}", "x", "h", 502, 1, "other", "M", accuracy_percent=percent, design_current_a=32.0,
            resistance_ohm=own + common if known else None, shared_ohm=common if known else None,
        )
        for n, (own, common) in enumerate(ways)
    ]  # fmt: skip
    return SitePlan("s", "S", 400, 50, 8, "", 400, 8, (main, *below))


def read(
    ways: list[tuple[float, float]], loads: list[tuple[float, float, float]], warm: float, hidden: float = 0.0
) -> dict[str, tuple[Sample, ...]]:
    """What the meters read; hidden: a load without a meter, as a share of what all devices take."""
    flows = [currents(load) for load in loads]
    own = [[U * size for size in load] for load in loads]
    main = [sum(row[k] for row in own) * (1 + hidden) for k in range(3)]
    for flow, (ohms, _) in zip(flows, ways, strict=True):
        main = [a + b for a, b in zip(main, watts_lost(flow, warm * ohms), strict=True)]
    common = ways[0][1]
    together = [sum(flow[k] for flow in flows) for k in range(3)]
    main = [a + b for a, b in zip(main, watts_lost(together, warm * common), strict=True)]
    return {"M": told([main] * ROUNDS), **{f"D{n}": told([row] * ROUNDS) for n, row in enumerate(own)}}


def verdict_of(plan: SitePlan, samples: dict[str, tuple[Sample, ...]]) -> str:
    (node,) = judge_balance(plan, samples, AROUND).nodes
    return "pass" if node.verdict == "pass" and not node.explanations else "blamed"


@pytest.mark.parametrize("seed", range(60))
def test_long_cables_cold_or_hot_are_never_blamed(seed: int) -> None:
    chance = random.Random(seed)
    common = chance.choice((0.0, 0.0, 0.01, 0.03))
    ways = [(chance.uniform(0.02, 0.35), common) for _ in range(chance.randint(2, 8))]
    loads = []
    for _ in ways:
        size, phases = chance.uniform(8, 32), chance.choice((1, 2, 3, 3))
        on = chance.sample(range(3), phases)
        loads.append(tuple(size if k in on else 0.0 for k in range(3)))
    samples = read(ways, loads, chance.uniform(0.93, 1.27))  # type: ignore[arg-type]
    assert verdict_of(planned(ways), samples) == "pass"


def test_a_single_phase_loses_as_much_in_its_neutral_and_three_equal_ones_nothing() -> None:
    plan = planned([(0.1, 0.0), (0.1, 0.0)])
    samples = read([(0.1, 0.0)] * 2, [(20.0, 0.0, 0.0), (20.0, 20.0, 20.0)], 1.0)
    site = gather_site(plan, samples, AROUND)
    one, three = (lost(site, site.series[tag]).watts[3][0] for tag in ("D0", "D1"))
    assert one == pytest.approx(1.1 * 2 * 0.1 * 400, rel=0.01)
    assert three == pytest.approx(1.1 * 3 * 0.1 * 400, rel=0.01)


def least_found(known: bool) -> float:
    """The smallest load without a meter that is noticed, as a share of what all devices take."""
    ways = [(0.05, 0.0)] * 4
    loads = [(32.0, 32.0, 32.0)] * 4
    plan = planned(ways, known=known)
    return next(
        n / 1000 for n in range(5, 101, 5) if verdict_of(plan, read(ways, loads, 1.1, n / 1000)) == "blamed"
    )


def test_a_small_load_without_a_meter_is_found_sooner_where_resistances_are_known() -> None:
    with_ohms, without = least_found(True), least_found(False)
    assert with_ohms <= 0.01
    assert without > 0.02


def test_shared_ways_make_the_tolerance_wider_but_only_where_they_are() -> None:
    ways, loads = [(0.01, 0.03)] * 6, [(32.0, 32.0, 32.0)] * 6
    samples = read(ways, loads, 1.1)
    plan = planned(ways)
    assert verdict_of(plan, samples) == "pass"
    # without the word that the way is shared, its loss looks like a load
    alone = replace(plan, devices=tuple(replace(d, shared_ohm=None) for d in plan.devices))
    assert verdict_of(alone, samples) == "blamed"
