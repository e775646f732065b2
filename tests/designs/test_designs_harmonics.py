"""Distortion at the connection point: limits of the standards, and expectations that are never guessed."""

import math

import pytest

from designs import harmonics
from designs.model import ConnectionPointStudy, OneLine, Spectrum
from designs.study import study
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
    supply,
    transformer,
)

WIRE = cable(70.0, 10.0, 35.0)
MEASURED = Spectrum(
    "type test 123, table 4", "type-test", {"3": 5.0, "5": 4.0, "7": 3.0, "11": 2.0, "50": 9.0}
)


def point(line: OneLine) -> ConnectionPointStudy:
    return study(site_design(line)).connection_point


def stations(count: int, spectrum: Spectrum | None, **origin: object) -> OneLine:
    posts = [station(f"CH{number}", spectrum=spectrum) for number in range(1, count + 1)]
    wires = [circuit(f"F{number}", "MSB", f"CH{number}", WIRE) for number in range(1, count + 1)]
    main = circuit("F0", "GRID", "MSB", WIRE, 32.0 * count)
    return one_line(supply(**origin), [board("MSB"), *posts], [main, *wires])


def test_currents_are_summed_by_the_law_of_iec_61000_3_6() -> None:
    found = {each.order: each for each in point(stations(4, MEASURED)).harmonics}
    assert sorted(found) == [3, 5, 7, 11]  # order 50 is above those of EN 50160
    assert found[3].current_a == pytest.approx(4 * 1.6, abs=0.001)  # alpha 1
    assert found[5].current_a == pytest.approx((4 * 1.28**1.4) ** (1 / 1.4), abs=0.001)
    assert found[7].current_a == pytest.approx(4 ** (1 / 1.4) * 0.96, abs=0.001)
    assert found[11].current_a == pytest.approx(2 * 0.64, abs=0.001)  # alpha 2
    assert found[5].current_percent == pytest.approx(found[5].current_a / 128 * 100, abs=0.01)


def test_voltages_are_current_times_the_source_at_that_order() -> None:
    line = stations(4, MEASURED, ik_max_ka=10.0, r_over_x=0.4, ze_ohm=0.05)
    expected = point(line)
    found = {each.order: each for each in expected.harmonics}
    size = 1.1 * 400 / math.sqrt(3) / 10e3
    reactance = size / math.hypot(1, 0.4)
    fifth = found[5].current_a * math.hypot(0.4 * reactance, 5 * reactance) / (400 / math.sqrt(3)) * 100
    assert found[5].voltage_percent == pytest.approx(fifth, abs=0.002)
    # The third returns through the neutral: Z1 + 3·(Ze − Z1) = 3·Ze − 2·Z1 along the same angle.
    zero = (3 * 0.05 - 2 * size) / size * reactance
    third = found[3].current_a * math.hypot(0.4 * zero, 3 * zero) / (400 / math.sqrt(3)) * 100
    assert found[3].voltage_percent == pytest.approx(third, abs=0.002)
    thd = math.hypot(*(each.voltage_percent for each in expected.harmonics))
    assert expected.expected_thd_voltage_percent == pytest.approx(thd, abs=0.01)
    assert "caused by this site alone" in expected.expected_thd_statement


def test_single_phase_points_are_summed_in_the_worst_phase() -> None:
    posts = [
        station(f"P{number}", 32.0, 1, phase_rotation=phase, spectrum=MEASURED)
        for number, phase in enumerate(("L1", "L2", "L2", "L2"))
    ]
    wires = [circuit(f"F{number}", "GRID", f"P{number}", WIRE, phases=1) for number in range(4)]
    found = {each.order: each for each in point(one_line(supply(), posts, wires)).harmonics}
    assert found[3].current_a == pytest.approx(3 * 1.6, abs=0.001)


def test_without_a_spectrum_the_expectation_is_unknown_and_names_who_lacks_it() -> None:
    line = one_line(
        supply(),
        [station("CH1", spectrum=MEASURED), station("CH2"), load("B1", (20.0, 20.0, 20.0)), pv("PV1")],
        [circuit(f"F{tag}", "GRID", tag, WIRE) for tag in ("CH1", "CH2", "B1", "PV1")],
    )
    found = point(line)
    assert found.expected_thd_voltage_percent is None
    assert found.harmonics == ()
    assert found.expected_thd_statement.startswith("unknown: ")
    assert "3 consumers (CH2, B1, PV1)" in found.expected_thd_statement
    assert "a lower bound" in found.expected_thd_statement


def test_all_unknown_gives_no_bound() -> None:
    said = point(stations(7, None)).expected_thd_statement
    assert said.startswith("unknown: no harmonic spectrum with a source for 7 consumers (CH1, CH2,")
    assert "lower bound" not in said


def test_behind_a_transformer_the_currents_are_those_of_the_medium_voltage() -> None:
    line = one_line(
        mv_supply(),
        [transformer(), station("DC1", 500.0, spectrum=MEASURED)],
        [circuit("F1", "T1", "DC1", WIRE, 630.0)],
    )
    found = point(line)
    fifth = next(each for each in found.harmonics if each.order == 5)
    assert fifth.current_a == pytest.approx(500 / 50 * 0.04, abs=0.001)
    assert fifth.voltage_limit_percent is None  # the table held is that of low voltage
    assert "medium voltage" in found.thd_clause


@pytest.mark.parametrize(
    ("order", "ratio", "limit"),
    [
        (5, 10, 4.0), (5, 30, 7.0), (7, 75, 10.0), (10, 500, 12.0), (3, 5000, 15.0),
        (11, 10, 2.0), (13, 30, 3.5), (17, 75, 4.0), (23, 500, 2.0), (35, 5000, 1.4), (50, 10, 0.3),
        (2, 10, 2.0), (4, 30, 3.5), (6, 75, 5.0), (8, 75, 10.0), (12, 30, 3.5),
    ],
)  # fmt: skip
def test_current_limits_by_order_are_those_of_ieee_519(order: int, ratio: float, limit: float) -> None:
    assert harmonics.current_limit(order, ratio) == limit


@pytest.mark.parametrize(
    ("order", "limit"),
    [(2, 2.0), (3, 5.0), (4, 1.0), (5, 6.0), (6, 0.5), (7, 5.0), (9, 1.5), (11, 3.5), (13, 3.0), (15, 0.5),
     (17, 2.0), (19, 1.5), (21, 0.5), (23, 1.5), (24, 0.5), (25, 1.5)],
)  # fmt: skip
def test_voltage_limits_by_order_are_those_of_en_50160(order: int, limit: float) -> None:
    assert harmonics.VOLTAGE_LIMITS[order] == limit
    assert 26 not in harmonics.VOLTAGE_LIMITS


@pytest.mark.parametrize(("order", "alpha"), [(2, 1.0), (4, 1.0), (5, 1.4), (10, 1.4), (11, 2.0), (40, 2.0)])
def test_exponents_of_the_summation_law(order: int, alpha: float) -> None:
    assert harmonics.summation_exponent(order) == alpha


def test_a_site_is_dense_when_its_chargers_are_large_against_the_network() -> None:
    # 22.2 kVA each against 6.93 MVA: 312 for one, 31.2 for ten.
    assert not point(stations(1, None)).dense
    crowded = point(stations(10, None))
    assert crowded.dense
    assert "= 31;" in crowded.dense_statement
    assert "planning rule of our own, not a limit" in crowded.dense_statement
