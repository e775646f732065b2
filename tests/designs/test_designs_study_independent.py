"""The study against complex impedances in series, computed here from typed figures, without pandapower."""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from designs.model import Study
from designs.study import study
from tests.designs.one_lines import (
    CONDUCTORS,
    board,
    cable,
    circuit,
    mv_supply,
    one_line,
    pv,
    site_design,
    station,
    storage,
    supply,
    transformer,
)

ONE_PERCENT = 0.01
U0 = 400 / math.sqrt(3)
HOT = {"Cu": 1 + 0.00393 * 70, "Al": 1 + 0.00403 * 70}  # XLPE at 90 °C


@dataclass(frozen=True)
class Step:
    """A cable by its metal, sections and length; ``ways`` laid in parallel."""

    metal: str
    mm2: float
    pe_mm2: float
    metres: float
    ways: int = 1

    def line(self, hot: bool = False) -> complex:
        return self._ohms(self.mm2, hot)

    def loop(self, hot: bool) -> complex:
        return self._ohms(self.mm2, hot) + self._ohms(self.pe_mm2, hot)

    def _ohms(self, mm2: float, hot: bool) -> complex:
        resistance, reactance = CONDUCTORS[self.metal, mm2]
        factor = HOT[self.metal] if hot else 1.0
        return complex(resistance * factor, reactance) * self.metres / 1000 / self.ways

    def laid(self) -> object:
        return cable(self.mm2, self.metres, self.pe_mm2, self.metal, parallel=self.ways)


def chain(origin: object, steps: Sequence[Step], first: str = "GRID", more: Sequence[object] = ()) -> Study:
    """Return the study of boards one behind the other: B1, B2 …"""
    nodes = [board(f"B{number}") for number in range(1, len(steps) + 1)]
    ends = [first, *(node.tag for node in nodes)]
    circuits = [
        circuit(f"F{number}", ends[number - 1], ends[number], step.laid(), 63.0)  # type: ignore[arg-type]
        for number, step in enumerate(steps, start=1)
    ]
    return study(site_design(one_line(origin, [*more, *nodes], circuits)))  # type: ignore[arg-type]


def check(done: Study, tags: Sequence[str], source: complex, loop: complex, steps: Sequence[Step]) -> None:
    """Hold every board to impedances in series: source and lines; loop of the source and of the cables."""
    for depth, tag in enumerate(tags):
        way = steps[:depth]
        line = source + sum((step.line() for step in way), 0j)
        hot = abs(loop + sum((step.loop(True) for step in way), 0j))
        cold = abs(loop + sum((step.loop(False) for step in way), 0j))
        found = done.board(tag)
        assert found.ik_max_ka == pytest.approx(1.1 * U0 / abs(line) / 1000, rel=ONE_PERCENT)
        kappa = 1.02 + 0.98 * math.exp(-3 * line.real / line.imag)
        assert found.ip_ka == pytest.approx(
            kappa * math.sqrt(2) * 1.1 * U0 / abs(line) / 1000, rel=ONE_PERCENT
        )
        assert found.zs_ohm == pytest.approx(hot, rel=ONE_PERCENT, abs=1e-4)
        assert found.ik_min_ka == pytest.approx(0.95 * U0 / hot / 1000, rel=ONE_PERCENT, abs=1e-4)
        if depth:
            last = done.circuit(f"F{depth}")
            assert last.zs_expected_cold_ohm == pytest.approx(cold, rel=ONE_PERCENT, abs=1e-4)
            assert last.ik_max_source_ka == done.board(tags[depth - 1]).ik_max_ka
            assert last.ik_max_end_ka == found.ik_max_ka
            assert last.ip_source_ka == done.board(tags[depth - 1]).ip_ka


def behind(ik_ka: float, r_over_x: float) -> complex:
    return cmath.rect(1.1 * U0 / (ik_ka * 1000), math.atan2(1.0, r_over_x))


THREE_DEEP = (
    Step("Cu", 240.0, 120.0, 30.0, ways=2),
    Step("Al", 150.0, 95.0, 85.0),
    Step("Cu", 10.0, 10.0, 42.0),
)


@pytest.mark.parametrize("earthing", ["TN-S", "TN-C-S"])
def test_public_supply_tn_three_boards_deep_with_parallel_and_aluminium_cables(earthing: str) -> None:
    done = chain(supply(earthing=earthing, ik_max_ka=16.0, r_over_x=0.35, ze_ohm=0.025), THREE_DEEP)
    source = behind(16.0, 0.35)
    check(done, ("GRID", "B1", "B2", "B3"), source, source / abs(source) * 0.025, THREE_DEEP)
    assert done.board("B3").ik_max_ka < done.board("B2").ik_max_ka < done.board("GRID").ik_max_ka


def test_public_supply_tt_the_electrode_is_in_the_loop() -> None:
    done = chain(supply(earthing="TT", ik_max_ka=6.0, r_over_x=0.8, ze_ohm=45.0), THREE_DEEP)
    source = behind(6.0, 0.8)
    check(done, ("GRID", "B1", "B2", "B3"), source, source + 45.0, THREE_DEEP)
    assert done.board("B3").zs_ohm > 45.0


def own(
    rated_v: float, kva: float = 630.0, uk: float = 6.0, loss_kw: float = 6.5
) -> tuple[complex, complex, complex]:
    """Return 20 kV network, transformer and its zero sequence at low voltage, in ohms."""
    network = cmath.rect(1.1 * 20000**2 / 500e6, math.atan2(1.0, 0.1)) * (rated_v / 20000) ** 2
    base = rated_v**2 / (kva * 1000)
    resistance = loss_kw / kva * base
    reactance = math.sqrt((uk / 100 * base) ** 2 - resistance**2)
    return network, complex(resistance, reactance), complex(resistance, 0.95 * reactance)


@pytest.mark.parametrize("rated_v", [400.0, 410.0, 420.0])
def test_own_transformer_tn_with_its_nameplate_voltage(rated_v: float) -> None:
    network, positive, zero = own(rated_v)
    made = transformer(rated_voltage_v=rated_v, uk_percent=6.0, copper_loss_kw=6.5)
    done = chain(mv_supply(), THREE_DEEP, "T1", [made])
    relative_x = positive.imag / (rated_v**2 / 630e3)
    corrected = positive * 0.95 * 1.1 / (1 + 0.6 * relative_x)
    loop = (2 * network + 2 * positive + zero) / 3
    check(done, ("T1", "B1", "B2", "B3"), network + corrected, loop, THREE_DEEP)
    assert done.transformers[0].ik_max_ka == done.board("T1").ik_max_ka
    assert done.board("GRID").ik_max_ka == pytest.approx(500 / math.sqrt(3) / 20, rel=ONE_PERCENT)


def test_a_higher_nameplate_voltage_lowers_the_current() -> None:
    made = [chain(mv_supply(), (), "T1", [transformer(rated_voltage_v=volts)]) for volts in (400.0, 410.0)]
    at_400, at_410 = (done.board("T1").ik_max_ka for done in made)
    assert at_400 / at_410 == pytest.approx((410 / 400) ** 2, rel=ONE_PERCENT)


def test_own_transformer_tt_adds_the_electrode() -> None:
    network, positive, zero = own(400.0)
    made = transformer(uk_percent=6.0, copper_loss_kw=6.5)
    done = chain(mv_supply(earthing="TT", ze_ohm=20.0), THREE_DEEP, "T1", [made])
    loop = (2 * network + 2 * positive + zero) / 3 + 20.0
    assert done.board("B3").zs_ohm == pytest.approx(
        abs(loop + sum((step.loop(True) for step in THREE_DEEP), 0j)), rel=ONE_PERCENT
    )


def test_a_declared_lowest_current_of_the_network_counts_for_the_minimum_only() -> None:
    made = transformer(uk_percent=6.0, copper_loss_kw=6.5)
    weak = chain(mv_supply(ik_min_ka=2.0), (), "T1", [made])
    strong = chain(mv_supply(), (), "T1", [made])
    network = cmath.rect(20000 / math.sqrt(3) / 2000, math.atan2(1.0, 0.1)) * (400 / 20000) ** 2
    _, positive, zero = own(400.0)
    assert weak.board("T1").zs_ohm == pytest.approx(
        abs((2 * network + 2 * positive + zero) / 3), rel=ONE_PERCENT
    )
    assert weak.board("T1").ik_max_ka == strong.board("T1").ik_max_ka
    assert weak.board("GRID").ik_min_ka == pytest.approx(2.0, rel=ONE_PERCENT)
    assert any("not declared" in sentence for sentence in strong.assumptions)
    assert not any("not declared" in sentence for sentence in weak.assumptions)


def test_a_single_phase_spur_has_the_loop_of_its_own_two_cores() -> None:
    steps = (Step("Cu", 70.0, 35.0, 20.0), Step("Cu", 6.0, 6.0, 33.0))
    post = station("CH1", 32.0, 1, phase_rotation="L2")
    line = one_line(
        supply(),
        [board("B1"), post],
        [
            circuit("F1", "GRID", "B1", steps[0].laid()),  # type: ignore[arg-type]
            circuit("F2", "B1", "CH1", steps[1].laid(), phases=1),  # type: ignore[arg-type]
        ],
    )
    done = study(site_design(line))
    source = behind(10.0, 0.4)
    check(done, ("GRID", "B1", "CH1"), source, source / abs(source) * 0.04, steps)
    both_ways = 2 * 32 * 3.08 * HOT["Cu"] * 0.033 / 230 * 100
    assert done.circuit("F2").voltage_drop_percent == pytest.approx(both_ways, rel=ONE_PERCENT)


def test_converters_add_to_the_maximum_everywhere_and_never_to_the_minimum() -> None:
    step = Step("Cu", 70.0, 35.0, 40.0)
    wires = [circuit("F1", "GRID", "B1", step.laid())]  # type: ignore[arg-type]
    bare = study(site_design(one_line(supply(), [board("B1")], wires)))
    nodes = [board("B1"), pv("PV1", 72.0), storage("BS1", 144.0, short_circuit_factor=1.5)]
    fed = [
        *wires,
        circuit("F2", "GRID", "PV1", cable(35.0, 10.0), 80.0),
        circuit("F3", "B1", "BS1", cable(70.0, 10.0), 160.0),
    ]
    done = study(site_design(one_line(supply(), nodes, fed)))
    extra = (1.2 * 72.0 + 1.5 * 144.0) / 1000
    for tag in ("GRID", "B1"):
        assert done.board(tag).ik_max_ka == pytest.approx(bare.board(tag).ik_max_ka + extra, abs=0.002)
        assert done.board(tag).ik_min_ka == bare.board(tag).ik_min_ka
        assert done.board(tag).zs_ohm == bare.board(tag).zs_ohm
    assert done.connection_point.ik_max_ka == bare.connection_point.ik_max_ka
    assert any("Ik min and Zs are those of the supply alone" in each for each in done.assumptions)


def test_behind_a_transformer_converters_are_transferred_to_the_medium_voltage() -> None:
    wire = circuit("F1", "T1", "PV1", cable(35.0, 10.0), 80.0)
    done = study(site_design(one_line(mv_supply(), [transformer(), pv("PV1", 100.0)], [wire])))
    assert done.board("GRID").ik_max_ka == pytest.approx(500 / math.sqrt(3) / 20 + 0.12 / 50, abs=0.001)
