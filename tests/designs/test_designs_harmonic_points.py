"""What a meter is expected to read of harmonics: the figures of the connection point, carried inwards."""

import math
from dataclasses import replace

import pytest

from designs import harmonic_points, source
from designs.errors import DesignError
from designs.harmonic_points import Expected
from designs.model import Meter, OneLine, Spectrum
from designs.study import study
from tests.designs import park
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

LONG, NONE = cable(70.0, 40.0, 35.0), cable(70.0, 1e-6, 35.0)
MEASURED = Spectrum("type test 123, table 4", "type-test", {"3": 5.0, "5": 4.0, "7": 3.0, "11": 2.0})
U0 = 400 / math.sqrt(3)
SUPPLY = "supply: {tag: GRID"


def meter(tag: str, where: str, *measures: str, parent: str | None = None) -> Meter:
    return Meter(tag, f"Meter {tag}", "m", None, where, parent, measures, None, None, 1.0)


def site(main: object = NONE, spectrum: Spectrum | None = MEASURED, **changes: object) -> OneLine:
    """Two groups of two stations: PM0 at the main board, PM1 there too, PM2 at a board behind 40 m."""
    posts = [station(f"CH{number}", spectrum=spectrum) for number in range(1, 5)]
    nodes = [board("MSB"), board("DB2"), *posts]
    circuits = [
        circuit("F0", "GRID", "MSB", main, 160.0),  # type: ignore[arg-type]
        circuit("FB", "MSB", "DB2", LONG, 80.0),
        *(circuit(f"F{n}", "MSB" if n < 3 else "DB2", f"CH{n}", NONE) for n in range(1, 5)),
    ]
    meters = (
        meter("PM0", "MSB", "F0"),
        meter("PM1", "MSB", "F1", "F2", parent="PM0"),
        meter("PM2", "DB2", "FB", parent="PM0"),
    )
    return one_line(supply(), nodes, circuits, meters=meters, **changes)


def test_at_the_connection_point_it_is_what_the_study_says() -> None:
    line = site()
    found, point = harmonic_points.at_meters(line)["PM0"], study(site_design(line)).connection_point
    assert found.harmonic_current_a == {each.order: each.current_a for each in point.harmonics}
    assert found.harmonic_voltage_percent == pytest.approx(
        {each.order: each.voltage_percent for each in point.harmonics}, abs=0.001
    )
    assert found.thd_voltage_percent == point.expected_thd_voltage_percent
    assert found.current_a == point.demand_full_a == 128.0
    assert found.statement.startswith("this site alone, all equipment at rated current")


def test_a_group_meter_is_expected_to_read_the_currents_of_its_group_alone() -> None:
    found = harmonic_points.at_meters(site())
    assert found["PM1"] == replace(found["PM0"], current_a=64.0, harmonic_current_a={
        3: 3.2, 5: round(2 ** (1 / 1.4) * 1.28, 3), 7: round(2 ** (1 / 1.4) * 0.96, 3),
        11: round(2 ** 0.5 * 0.64, 3),
    })  # fmt: skip


def test_the_voltage_grows_along_a_cable_by_its_own_impedance_at_that_order() -> None:
    found = harmonic_points.at_meters(site())
    near, far = found["PM1"].harmonic_voltage_percent, found["PM2"].harmonic_voltage_percent
    hot = 0.268 * (1 + 0.00393 * 70) * 0.04
    grid = source.impedance(supply())
    whole, behind = found["PM0"].harmonic_current_a[5], found["PM2"].harmonic_current_a[5]
    drop = whole * complex(grid.real, 5 * grid.imag) + behind * complex(hot, 5 * 0.077 * 0.04)
    assert far[5] == pytest.approx(abs(drop) / U0 * 100, abs=0.002)
    assert far[5] > near[5]
    # the third returns through the neutral: of the cable four times the impedance of a line conductor
    assert far[3] - near[3] > 3.2 * 4 * hot / U0 * 100 * 0.5


def test_behind_a_transformer_the_third_stays_and_the_fifth_meets_network_and_transformer() -> None:
    line = one_line(
        mv_supply(),
        [transformer(), board("MSB"), station("DC1", 500.0, spectrum=MEASURED)],
        [circuit("F0", "T1", "MSB", NONE, 630.0), circuit("F1", "MSB", "DC1", NONE, 630.0)],
        meters=(meter("PM0", "MSB", "F0"),),
    )
    found = harmonic_points.at_meters(line)["PM0"]
    assert (found.current_a, found.harmonic_current_a[5]) == (500.0, 20.0)  # at 400 V
    own = source.transformer_impedance(transformer())
    network = source.impedance(line.supply) * (400 / 20000) ** 2
    fifth = 20.0 * (complex(own.real, 5 * own.imag) + complex(network.real, 5 * network.imag))
    third = 25.0 * complex(own.real, 3 * 0.95 * own.imag)
    assert found.harmonic_voltage_percent[5] == pytest.approx(abs(fifth) / U0 * 100, abs=0.002)
    assert found.harmonic_voltage_percent[3] == pytest.approx(abs(third) / U0 * 100, abs=0.002)


def test_where_a_spectrum_is_missing_nothing_is_guessed() -> None:
    line = site()
    lacking = replace(line.stations[3], spectrum=None)
    found = harmonic_points.at_meters(replace(line, stations=(*line.stations[:3], lacking)))
    assert found["PM2"] == Expected(64.0, "unknown: no harmonic spectrum with a source for 1 consumers (CH4)")
    # the currents of the other group are known, the voltage is not: it is everybody's
    assert found["PM1"].harmonic_current_a[3] == 3.2
    assert (found["PM1"].thd_voltage_percent, found["PM1"].harmonic_voltage_percent) == (None, {})
    assert "the voltage is unknown" in found["PM1"].statement


def test_a_meter_of_generation_is_expected_at_what_is_fed_in() -> None:
    line = one_line(
        supply(),
        [board("MSB"), load("B1", (20.0, 30.0, 20.0)), pv("PV1", 72.0, spectrum=MEASURED)],
        [circuit("F0", "GRID", "MSB", NONE), *(circuit(f"F{t}", "MSB", t, NONE) for t in ("B1", "PV1"))],
        meters=(meter("PM0", "MSB", "F0"), meter("PMV", "MSB", "FPV1"), meter("PMB", "MSB", "FB1")),
    )
    found = harmonic_points.at_meters(line)
    assert [found[tag].current_a for tag in ("PMV", "PMB", "PM0")] == [72.0, 30.0, 72.0]
    assert found["PMV"].harmonic_current_a[5] == pytest.approx(2.88)
    assert found["PM0"].harmonic_current_a == {}


def test_the_operators_own_limits_stand_before_those_of_the_standard() -> None:
    line = replace(site(), supply=supply(harmonic_limits={"5": 0.1}))
    found = study(site_design(line))
    limits = {each.order: each.voltage_limit_percent for each in found.connection_point.harmonics}
    assert (limits[5], limits[7]) == (0.1, 5.0)
    (warned,) = [each for each in found.findings if each.code == "harmonic_voltage"]
    assert (warned.clause, warned.limit and warned.limit.value) == ("limit of the network operator", 0.1)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ('{"1": 4}', "'1' is no order from 2 to 50"),
        ('{"fifth": 4}', "'fifth' is no order"),
        ('{"5": 0}', "order 5 must be above 0"),
    ],
)
def test_limits_that_can_be_none_are_refused(limits: str, said: str) -> None:
    with pytest.raises(DesignError, match=said):
        park.made((SUPPLY, f"{SUPPLY}, harmonic_limits: {limits}"))


def test_a_design_can_carry_the_operators_limits() -> None:
    made = park.made((SUPPLY, f'{SUPPLY}, harmonic_limits: {{"5": 4.5}}')).one_line.supply
    assert made.harmonic_limits == {"5": 4.5}
