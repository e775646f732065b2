"""The load flow against pandapower, to 0.1 %: balanced and not, with and without an own transformer."""

import logging
import math
import warnings
from typing import Any

import pytest

from designs import cable_rules, load_flow, loading, source
from designs.model import Load, OneLine, Phases, Station
from designs.study import study
from designs.topology import Topology
from tests.designs.one_lines import (
    board,
    cable,
    circuit,
    load,
    mv_supply,
    one_line,
    site_design,
    station,
    supply,
    transformer,
)

TENTH_OF_A_PERCENT = 0.1


def balanced(own_transformer: bool) -> OneLine:
    """Two boards in a row with three-phase consumers of several power factors."""
    first = "T1" if own_transformer else "GRID"
    nodes = [
        board("MSB"), board("SB"), station("CH1", 63.0), station("CH2", 32.0, power_factor=0.98),
        load("L1", (80.0, 80.0, 80.0), power_factor=0.9),
    ]  # fmt: skip
    wires = [
        circuit("F0", first, "MSB", cable(150.0, 60.0, 95.0), 200.0),
        circuit("F1", "MSB", "SB", cable(50.0, 80.0, 35.0), 100.0),
        circuit("F2", "SB", "CH1", cable(16.0, 45.0)),
        circuit("F3", "SB", "CH2", cable(6.0, 30.0)),
        circuit("F4", "MSB", "L1", cable(35.0, 25.0)),
    ]
    if not own_transformer:
        return one_line(supply(), nodes, wires)
    # A long thin cable at medium voltage, so that the currents of the primary count.
    made = transformer(rated_power_kva=250.0, rated_voltage_v=410.0, copper_loss_kw=3.2, source="RMU")
    return one_line(
        mv_supply(), [board("RMU"), made, *nodes], [circuit("M0", "GRID", "RMU", cable(2.5, 5e3)), *wires]
    )


def unbalanced(own_transformer: bool) -> OneLine:
    """The same boards with single-phase posts on chosen phases and a one-sided building."""
    line = balanced(own_transformer)
    posts = [
        station("P1", 32.0, 1, phase_rotation="L2"),
        station("P2", 32.0, 1, phase_rotation="L3"),
        station("P3", 16.0, 1, phase_rotation="L2"),
    ]
    wires = [
        circuit("G1", "SB", "P1", cable(10.0, 50.0), phases=1),
        circuit("G2", "SB", "P2", cable(10.0, 35.0), phases=1),
        circuit("G3", "MSB", "P3", cable(2.5, 40.0), phases=1),
    ]
    found: list[Any] = [*line.switchboards, *(each for each in line.stations if each.tag != "CH1")]
    found += [*line.transformers, load("L1", (100.0, 20.0, 50.0), power_factor=0.92), *posts]
    kept = [each for each in line.circuits if each.target != "CH1"]
    return one_line(line.supply, found, [*kept, *wires])


def by_pandapower(line: OneLine, volts: dict[str, Phases]) -> dict[str, Phases]:
    """Return the voltages in percent that pandapower finds for the powers drawn at the voltages given."""
    logging.getLogger("pandapower").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower

        topology = Topology(line)
        net = pandapower.create_empty_network(f_hz=50.0)
        buses = {
            tag: pandapower.create_bus(net, vn_kv=topology.voltage_v(tag) / 1000) for tag in topology.order
        }
        stiff = {"s_sc_max_mva": 1e7, "rx_max": 0.1, "x0x_max": 1.0, "r0x0_max": 0.1}
        pandapower.create_ext_grid(net, buses["GRID"], **stiff)
        for wire in line.circuits:
            positive = cable_rules.line_impedance(wire.cable, hot=True)
            zero = positive + 3 * cable_rules.neutral_impedance(wire.cable, hot=True)
            pandapower.create_line_from_parameters(
                net, buses[wire.source], buses[wire.target], 1.0, positive.real, positive.imag, 0.0, 1.0,
                r0_ohm_per_km=zero.real, x0_ohm_per_km=zero.imag, c0_nf_per_km=0.0,
            )  # fmt: skip
        for each in line.transformers:
            _add_transformer(pandapower, net, buses, each)
        for tag, amps in loading.full(topology).draws.items():
            if any(amps):
                _add_load(pandapower, net, buses[tag], topology, tag, amps, volts[tag])
        pandapower.runpp_3ph(net, tolerance_mva=1e-9)
        table = net.res_bus_3ph
        return {
            tag: tuple(float(table.at[bus, f"vm_{name}_pu"]) * 100 for name in "abc")  # type: ignore[misc]
            for tag, bus in buses.items()
        }


def _add_transformer(pandapower: Any, net: Any, buses: dict[str, int], each: Any) -> None:
    loss = each.copper_loss_kw / each.rated_power_kva * 100
    reactance = math.sqrt(each.uk_percent**2 - loss**2)
    pandapower.create_transformer_from_parameters(
        net, buses[each.source], buses[each.tag], each.rated_power_kva / 1000, each.rated_primary_v / 1000,
        each.rated_voltage_v / 1000, loss, each.uk_percent, 0.0, 0.0, vector_group="Dyn", shift_degree=150,
        vk0_percent=math.hypot(loss * each.r0_over_r1, reactance * each.x0_over_x1),
        vkr0_percent=loss * each.r0_over_r1, mag0_percent=1e6, mag0_rx=0.0, si0_hv_partial=0.9,
    )  # fmt: skip


def _add_load(
    pandapower: Any, net: Any, bus: int, topology: Topology, tag: str, amps: Phases, volts: Phases
) -> None:
    node = topology.node_of[tag]
    factor = node.power_factor if isinstance(node, Station | Load) else 1.0
    u0 = topology.voltage_v(tag) / math.sqrt(3)
    va = [amp * volt / 100 * u0 / 1e6 for amp, volt in zip(amps, volts, strict=True)]
    named = {f"p_{name}_mw": each * factor for name, each in zip("abc", va, strict=True)}
    named |= {
        f"q_{name}_mvar": each * math.sin(math.acos(factor)) for name, each in zip("abc", va, strict=True)
    }
    pandapower.create_asymmetric_load(net, bus, **named)


@pytest.mark.parametrize("own_transformer", [False, True], ids=["public supply", "own transformer"])
@pytest.mark.parametrize("made", [balanced, unbalanced])
def test_voltages_agree_with_pandapower(made: Any, own_transformer: bool) -> None:
    line = made(own_transformer)
    topology = Topology(line)
    found = load_flow.voltages(topology, loading.full(topology).draws)
    assert found is not None
    expected = by_pandapower(line, dict(found))
    for tag, phases in found.items():
        # pandapower turns the star of a Dyn5: which of our phases is which is told by the others.
        assert sorted(phases) == pytest.approx(sorted(expected[tag]), abs=TENTH_OF_A_PERCENT), tag
        if not own_transformer:
            assert phases == pytest.approx(expected[tag], abs=TENTH_OF_A_PERCENT), tag
    assert min(min(phases) for phases in found.values()) < 98.0  # the case says something


def test_a_single_conductor_pair_drops_by_ohms_law() -> None:
    post = station("CH1", 32.0, 1, phase_rotation="L3")
    wire = circuit("F1", "GRID", "CH1", cable(6.0, 40.0, x_ohm_per_km=0.0), phases=1)
    topology = Topology(one_line(supply(), [post], [wire]))
    found = load_flow.voltages(topology, loading.full(topology).draws)
    assert found is not None
    volts = 2 * 32.0 * 3.08 * (1 + 0.00393 * 70) * 0.040
    assert found["CH1"][2] == pytest.approx(100 - volts / (400 / math.sqrt(3)) * 100, abs=1e-6)


def test_at_no_load_the_nameplate_voltage_stands_behind_the_transformer() -> None:
    topology = Topology(one_line(mv_supply(), [transformer(rated_voltage_v=410.0)], []))
    found = load_flow.voltages(topology, loading.full(topology).draws)
    assert found is not None
    assert found["T1"] == pytest.approx((102.5, 102.5, 102.5))
    assert found["GRID"] == pytest.approx((100.0, 100.0, 100.0))


def test_the_neutral_lifts_the_phases_that_are_not_loaded() -> None:
    posts = [station("P1", 32.0, 1, phase_rotation="L1")]
    wires = [
        circuit("F1", "GRID", "SB", cable(16.0, 80.0)), circuit("F2", "SB", "P1", cable(10.0, 5.0), phases=1)
    ]  # fmt: skip
    done = study(site_design(one_line(supply(), [board("SB"), *posts], wires)))
    found = done.board("SB").voltage_full_percent
    assert found is not None
    assert found[0] < 98.5
    assert min(found[1:]) > 100.2


def test_cables_far_too_small_have_no_voltages_and_a_sentence_instead_of_a_traceback() -> None:
    wire = circuit("F1", "GRID", "CH1", cable(2.5, 900.0), 63.0)
    done = study(site_design(one_line(supply(), [station("CH1", 63.0)], [wire])))
    assert done.board("CH1").voltage_full_percent is None
    assert done.board("CH1").voltage_managed_percent is None
    assert any(each.startswith("Full demand: the load flow has no solution") for each in done.assumptions)
    assert done.circuit("F1").voltage_drop_total_percent > 50


def test_the_drop_counts_from_the_own_transformer_and_takes_the_worse_of_the_two_ways() -> None:
    posts = [station(f"P{number}", 32.0, 1, phase_rotation="L1") for number in (1, 2, 3)]
    feeders = [circuit(f"F{number}", "SB", f"P{number}", cable(10.0, 10.0), phases=1) for number in (1, 2, 3)]
    main = circuit("F0", "T1", "SB", cable(35.0, 100.0), 96.0)
    done = study(site_design(one_line(mv_supply(), [transformer(), board("SB"), *posts], [main, *feeders])))
    end = done.circuit("F1")
    annex_g = done.circuit("F0").voltage_drop_percent + end.voltage_drop_percent
    volts = [done.board(tag).voltage_managed_percent for tag in ("T1", "P1")]
    assert volts[0] is not None
    assert volts[1] is not None
    # Three posts on one phase: the neutral of the main carries it back, which Annex G leaves out.
    assert volts[0][0] - volts[1][0] > annex_g
    assert end.voltage_drop_total_percent == pytest.approx(volts[0][0] - volts[1][0], abs=0.02)


def test_the_transformer_impedance_is_that_of_the_nameplate() -> None:
    made = transformer(rated_power_kva=400.0, rated_voltage_v=410.0, uk_percent=4.0, copper_loss_kw=4.6)
    found = source.transformer_impedance(made)
    assert abs(found) == pytest.approx(0.04 * 410**2 / 400e3)
    assert found.real == pytest.approx(4600 * (410 / 400e3) ** 2)
