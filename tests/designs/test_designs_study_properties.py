"""Over random one-lines of any depth: currents add up, Ik falls and Zs rises along every way."""

import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designs import loading
from designs.model import OneLine, Study
from designs.study import study
from designs.topology import Topology
from tests.designs.one_lines import (
    board,
    cable,
    circuit,
    load,
    mv_supply,
    one_line,
    pv,
    site_design,
    station,
    storage,
    supply,
    transformer,
)

FEW = settings(
    max_examples=15, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
RATIO = 20000 / 400


@st.composite
def origins(draw: st.DrawFn) -> tuple[Any, list[Any], str]:
    """Return a supply, the transformers behind it and the node that the site is fed from."""
    limit, reserved = draw(st.floats(80, 500)), draw(st.floats(0, 30))
    earthing = draw(st.sampled_from(["TN-S", "TN-C-S", "TT"]))
    electrode = draw(st.floats(0.5, 150))
    rx = draw(st.floats(0.05, 3))
    if draw(st.booleans()):
        ik = draw(st.floats(1, 30))
        ze = electrode if earthing == "TT" else 1.1 * 230.94 / (ik * 1000) * draw(st.floats(1.001, 4))
        made = supply(
            earthing=earthing, ik_max_ka=ik, r_over_x=rx, ze_ohm=ze, import_limit_a=limit, reserved_a=reserved
        )
        return made, [], "GRID"
    winding = transformer(
        rated_voltage_v=draw(st.sampled_from([400.0, 410.0, 420.0])),
        rated_power_kva=draw(st.sampled_from([250.0, 630.0, 1600.0])),
        uk_percent=draw(st.floats(4, 6)),
    )
    made = mv_supply(
        earthing=earthing, ze_ohm=electrode if earthing == "TT" else None, r_over_x=rx,
        ik_max_ka=draw(st.floats(3, 25)), import_limit_a=limit / RATIO, reserved_a=reserved / RATIO,
    )  # fmt: skip
    return made, [winding], "T1"


@st.composite
def lines(draw: st.DrawFn) -> OneLine:
    """Return a one-line: boards in a random tree; stations, load, storage and PV anywhere; some caps."""
    origin, nodes, first = draw(origins())
    boards = [f"B{number}" for number in range(draw(st.integers(1, 6)))]
    feeds = [(first, boards[0], 3)]
    feeds += [(boards[draw(st.integers(0, k - 1))], boards[k], 3) for k in range(1, len(boards))]
    nodes += [board(tag) for tag in boards]
    for number in range(draw(st.integers(0, 9))):
        phases = draw(st.sampled_from([1, 3]))
        rotation = draw(st.sampled_from(["L1L2L3", "L2L3L1", "L3L1L2"]))
        third = draw(st.sampled_from([None, 0.0, 12.0]))
        nodes.append(
            station(
                f"CH{number}", draw(st.sampled_from([16.0, 32.0, 63.0])), phases, phase_rotation=rotation,
                power_factor=draw(st.floats(0.9, 1)), third_harmonic_percent=third,
            )
        )  # fmt: skip
        feeds.append((draw(st.sampled_from(boards)), f"CH{number}", phases))
    others = [load("L0", (25.0, 5.0, 0.0)), storage("S0"), pv("V0")]
    for made in draw(st.lists(st.sampled_from(others), unique=True)):
        nodes.append(made)
        feeds.append((draw(st.sampled_from(boards)), made.tag, 3))
    circuits = []
    for number, (above, below, phases) in enumerate(feeds):
        metal, area = draw(st.sampled_from([("Cu", 10.0), ("Cu", 35.0), ("Cu", 120.0), ("Al", 150.0)]))
        wire = cable(area, draw(st.floats(0.5, 120)), metal=metal, parallel=draw(st.integers(1, 2)))
        cap = draw(st.none() | st.floats(25, 200)) if below.startswith("B") else None
        circuits.append(circuit(f"F{number}", above, below, wire, phases=phases, managed_to_a=cap))
    allowed = (origin.import_limit_a - origin.reserved_a) * (RATIO if first == "T1" else 1.0)
    circuits[0] = replace(circuits[0], managed_to_a=allowed)
    line = one_line(origin, nodes, circuits)
    ib = loading.design_currents(line)
    return replace(line, circuits=tuple(replace(each, design_current_a=ib[each.tag]) for each in circuits))


def floats(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for each in value.values():
            yield from floats(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from floats(each)
    elif isinstance(value, float):
        yield value


def check_currents(line: OneLine, done: Study) -> None:
    topology = Topology(line)
    for tag in (each.tag for each in line.switchboards):
        above = done.circuit(topology.feeder[tag].tag)
        below = [done.circuit(each.tag) for each in topology.outgoing(tag)]
        for name in ("full_a", "managed_a"):
            sums = [sum(getattr(each, name)[phase] for each in below) for phase in range(3)]
            assert sums == pytest.approx(getattr(above, name), abs=0.006 * (1 + len(below)))  # rounding
    for each in line.circuits:
        found = done.circuit(each.tag)
        assert found.full_a is not None
        assert found.managed_a is not None
        assert all(low <= high + 0.01 for low, high in zip(found.managed_a, found.full_a, strict=True))
        assert max(found.managed_a) <= found.ib_a + 0.02
        if each.managed_to_a is not None:
            assert max(found.managed_a) <= each.managed_to_a + 0.01


def check_ways(line: OneLine, done: Study) -> None:
    topology = Topology(line)
    for each in line.circuits:
        upper, lower = done.board(each.source), done.board(each.target)
        assert lower.ik_max_ka <= upper.ik_max_ka
        assert lower.ik_min_ka <= upper.ik_min_ka
        assert lower.zs_ohm >= upper.zs_ohm
        assert (lower.ip_ka or 0) <= (upper.ip_ka or 0)
        found = done.circuit(each.tag)
        assert found.zs_expected_cold_ohm <= found.zs_expected_ohm
        assert found.zs_expected_ohm == lower.zs_ohm
    for tag in topology.order:
        drops = [done.circuit(each.tag).voltage_drop_total_percent for each in topology.local_path(tag)]
        assert all(later >= 0 for later in drops)
        kept = [done.circuit(each.tag).pe_path_ohm for each in topology.local_path(tag)]
        assert all(one <= other for one, other in pairwise(kept))


@given(lines())
@FEW
def test_over_random_sites_currents_add_up_short_circuit_falls_and_loops_rise(line: OneLine) -> None:
    done = study(site_design(line))
    assert {each.tag for each in done.boards} == set(line.nodes())
    assert {each.tag for each in done.circuits} == {each.tag for each in line.circuits}
    assert all(math.isfinite(each) for each in floats(asdict(done)))
    assert all(each > 0 for found in done.boards for each in (found.ik_max_ka, found.ik_min_ka, found.zs_ohm))
    check_currents(line, done)
    check_ways(line, done)
    point = done.connection_point
    assert point.demand_managed_a <= point.import_limit_a - point.reserved_a + 0.002
    assert point.demand_managed_a <= point.demand_full_a


@given(lines())
@settings(FEW, max_examples=6)
def test_a_longer_cable_never_raises_a_current_nor_lowers_a_loop(line: OneLine) -> None:
    longer = replace(line.circuits[0], cable=replace(line.circuits[0].cable, length_m=250.0))
    before = study(site_design(line))
    after = study(site_design(replace(line, circuits=(longer, *line.circuits[1:]))))
    for each in line.circuits:
        assert after.board(each.target).ik_max_ka <= before.board(each.target).ik_max_ka
        assert after.board(each.target).zs_ohm >= before.board(each.target).zs_ohm
    assert after.connection_point == before.connection_point
