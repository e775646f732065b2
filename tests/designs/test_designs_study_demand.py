"""Demand: full and managed currents, who gives way, neutral currents, transformers, connection point."""

import math
from dataclasses import replace

import pytest

from designs import loading
from designs.errors import DesignError
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
    small_site,
    station,
    storage,
    supply,
    transformer,
)

WIRE = cable(70.0, 10.0, 35.0)


def done(line: OneLine) -> Study:
    return study(site_design(line))


def shared_building(limit: float | None = 100.0) -> OneLine:
    """A building of 60/30/30 A, two chargers of 32 A and a storage of 64 A behind a cap."""
    return one_line(
        supply(),
        [
            board("MSB"), load("B1", (60.0, 30.0, 30.0)), station("CH1", minimum_a=0.0),
            station("CH2", minimum_a=0.0), storage("BS1", 64.0),
        ],
        [
            circuit("F0", "GRID", "MSB", WIRE, 250.0, managed_to_a=limit),
            circuit("F1", "MSB", "B1", WIRE, 63.0),
            circuit("F2", "MSB", "CH1", WIRE),
            circuit("F3", "MSB", "CH2", WIRE),
            circuit("F4", "MSB", "BS1", WIRE, 63.0),
        ],
    )  # fmt: skip


def test_without_a_limit_everything_adds_up() -> None:
    found = done(shared_building(None))
    assert found.circuit("F0").full_a == (188.0, 158.0, 158.0)
    assert found.circuit("F0").managed_a == (188.0, 158.0, 158.0)
    assert found.connection_point.demand_full_by_phase_a == (188.0, 158.0, 158.0)


def test_loads_come_first_and_the_rest_is_shared_in_proportion() -> None:
    found = done(shared_building())
    # 40 A are left in L1 for 128 A of chargers and storage, which draw alike from all three phases.
    assert found.circuit("F1").managed_a == (60.0, 30.0, 30.0)
    assert found.circuit("F2").managed_a == (10.0, 10.0, 10.0)
    assert found.circuit("F3").managed_a == (10.0, 10.0, 10.0)
    assert found.circuit("F4").managed_a == (20.0, 20.0, 20.0)
    assert found.circuit("F0").managed_a == (100.0, 70.0, 70.0)
    assert found.connection_point.demand_managed_a == 100.0
    assert found.connection_point.demand_full_a == 188.0


def test_a_limit_below_a_limit_holds_too() -> None:
    line = one_line(
        supply(),
        [board("MSB"), board("SB"), station("CH1"), station("CH2"), station("CH3")],
        [
            circuit("F0", "GRID", "MSB", WIRE, 100.0, managed_to_a=60.0),
            circuit("F1", "MSB", "SB", WIRE, 63.0, managed_to_a=32.0),
            circuit("F2", "SB", "CH1", WIRE),
            circuit("F3", "SB", "CH2", WIRE),
            circuit("F4", "MSB", "CH3", WIRE),
        ],
    )
    found = done(line)
    share = 60.0 / 64.0  # 32 A of the sub-board and 32 A of CH3 share 60 A
    assert found.circuit("F2").managed_a == pytest.approx((16 * share,) * 3, abs=0.01)
    assert found.circuit("F4").managed_a == pytest.approx((32 * share,) * 3, abs=0.01)
    assert found.circuit("F0").managed_a == pytest.approx((60.0,) * 3, abs=0.01)


def test_only_who_uses_a_crowded_phase_gives_way() -> None:
    line = one_line(
        supply(),
        [
            board("MSB"), station("P1", 32.0, 1, phase_rotation="L1"),
            station("P2", 32.0, 1, phase_rotation="L1"), station("P3", 32.0, 1, phase_rotation="L2"),
        ],
        [
            circuit("F0", "GRID", "MSB", WIRE, 63.0, managed_to_a=40.0),
            *(circuit(f"F{n}", "MSB", f"P{n}", WIRE, phases=1) for n in (1, 2, 3)),
        ],
    )  # fmt: skip
    found = done(line)
    assert found.circuit("F0").full_a == (64.0, 32.0, 0.0)
    assert found.circuit("F0").managed_a == (40.0, 32.0, 0.0)
    assert found.circuit("F1").managed_a == (20.0, 0.0, 0.0)
    assert found.circuit("F3").managed_a == (0.0, 32.0, 0.0)


def test_the_design_current_respects_limits_and_carries_infeed() -> None:
    line = one_line(
        supply(),
        [board("MSB"), board("SB"), station("CH1"), pv("PV1", 120.0), storage("BS1", 40.0)],
        [
            circuit("F0", "GRID", "MSB", WIRE, 250.0, managed_to_a=60.0),
            circuit("F1", "MSB", "SB", WIRE, 250.0),
            circuit("F2", "SB", "CH1", WIRE),
            circuit("F3", "SB", "PV1", WIRE),
            circuit("F4", "SB", "BS1", WIRE),
        ],
    )
    ib = loading.design_currents(line)
    assert ib["F3"] == 120.0
    assert ib["F1"] == 160.0  # PV and storage together towards the main board
    assert ib["F0"] == 120.0  # exported: PV alone; imported: at most 60 A
    assert ib["F2"] == 32.0
    assert done(line).circuit("F3").full_a == (0.0, 0.0, 0.0)  # it never lowers a demand


def test_loads_above_their_limit_are_refused_since_nothing_can_give_way() -> None:
    with pytest.raises(DesignError, match=r"F0: the loads behind it draw 60 A, more than the 50 A"):
        loading.design_currents(shared_building(50.0))


def test_through_a_transformer_currents_follow_the_voltages() -> None:
    line = one_line(
        mv_supply(reserved_a=5.0),
        [transformer(), board("MSB"), station("DC1", 500.0), load("B1", (100.0, 0.0, 0.0))],
        [
            circuit("F0", "T1", "MSB", WIRE, 800.0),
            circuit("F1", "MSB", "DC1", WIRE, 630.0),
            circuit("F2", "MSB", "B1", WIRE, 125.0),
        ],
    )
    found = done(line)
    point = found.connection_point
    assert point.demand_full_by_phase_a == (12.0, 10.0, 10.0)  # 600/500/500 A at 400 V, 20 kV
    assert point.reserved_a == 5.0
    assert point.demand_managed_kva == pytest.approx(1600 * 400 / math.sqrt(3) / 1000, abs=0.1)
    rated = 630e3 / math.sqrt(3) / 400
    assert found.transformers[0].rated_current_a == pytest.approx(rated, abs=0.1)
    assert found.transformers[0].loading_full_percent == pytest.approx(600 / rated * 100, abs=0.1)
    assert point.short_circuit_power_mva == pytest.approx(500, abs=0.5)


def test_managed_demand_loads_the_transformer_less() -> None:
    line = one_line(
        mv_supply(), [transformer(), board("MSB"), station("DC1", 500.0)],
        [circuit("F0", "T1", "MSB", WIRE, 800.0, managed_to_a=250.0), circuit("F1", "MSB", "DC1", WIRE)],
    )  # fmt: skip
    found = done(line).transformers[0]
    assert found.loading_managed_percent == pytest.approx(found.loading_full_percent / 2, abs=0.1)


@pytest.mark.parametrize(("third", "neutral"), [(0.0, 0.0), (10.0, 28.8), (33.0, 95.04), (None, None)])
def test_third_harmonics_of_balanced_stations_add_up_in_the_neutral(
    third: float | None, neutral: float | None
) -> None:
    line = small_site()
    posts = tuple(replace(each, third_harmonic_percent=third) for each in line.stations)
    assert done(replace(line, stations=posts)).circuit("F00").neutral_a == neutral


def test_a_dc_station_leaves_the_neutral_known() -> None:
    line = small_site()
    posts = tuple(replace(each, current="DC") for each in line.stations)
    assert done(replace(line, stations=posts)).circuit("F00").neutral_a == 0.0


def test_unbalance_and_third_harmonics_meet_in_the_neutral_by_the_root_of_squares() -> None:
    post = station("P1", 32.0, 1, phase_rotation="L2", third_harmonic_percent=20.0)
    other = station("P2", 16.0, 1, phase_rotation="L3", third_harmonic_percent=5.0)
    wires = [
        circuit("F0", "GRID", "MSB", WIRE, 63.0),
        circuit("F1", "MSB", "P1", WIRE, phases=1),
        circuit("F2", "MSB", "P2", WIRE, phases=1),
    ]
    found = done(one_line(supply(), [board("MSB"), post, other], wires))
    assert found.circuit("F1").neutral_a == pytest.approx(math.hypot(32.0, 6.4), abs=0.01)
    unbalance = math.sqrt(32.0**2 + 16.0**2 - 32.0 * 16.0)
    assert found.circuit("F0").neutral_a == pytest.approx(math.hypot(unbalance, 6.4 + 0.8), abs=0.01)


def test_loading_is_the_design_current_against_the_corrected_capacity() -> None:
    found = done(small_site()).circuit("F01")
    assert found.iz_a is not None
    assert found.loading_percent == pytest.approx(32.0 / found.iz_a * 100, abs=0.1)


@pytest.mark.parametrize("kva", [100.0, 111.1, 69.0, 87.654321])
def test_a_demand_held_at_a_limit_given_in_kva_is_not_above_it(kva: float) -> None:
    limit, reserved = kva * 1000 / math.sqrt(3) / 400, 20.0 / 3.0
    line = shared_building(limit - reserved)
    found = done(replace(line, supply=supply(import_limit_a=limit, reserved_a=reserved)))
    point = found.connection_point
    assert point.demand_managed_a == pytest.approx(limit - reserved, abs=0.001)
    assert not {"import_limit", "reserved_capacity"} & {each.code for each in found.findings}


def test_nothing_connected_has_finite_figures() -> None:
    point = done(one_line(supply(), [board("MSB")], [circuit("F0", "GRID", "MSB", WIRE)])).connection_point
    assert point.demand_managed_a == 0.0
    assert point.isc_over_il == 40.0  # of the import limit, 250 A
    assert not point.dense


def test_the_tree_is_looked_up_the_same_way_from_any_side() -> None:
    topology = Topology(shared_building())
    demand = loading.managed(topology)
    assert demand.through["GRID"] == pytest.approx(demand.through["MSB"])
