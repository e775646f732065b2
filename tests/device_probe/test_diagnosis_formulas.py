"""Figures of power quality against cases worked out by hand, and tables of limits against their sources."""

import cmath
import math

import pytest

from device_probe.diagnosis import formulas
from device_probe.diagnosis.limits import CLASS_2, EN_50160, IEEE_519, current_limit, tdd_limit


def test_thd_of_a_spectrum() -> None:
    # 3, 4 and 12 A beside 100 A: the root of 9 + 16 + 144 is 13
    assert formulas.thd({1: 100.0, 3: 3.0, 5: 4.0, 7: 12.0}, 100.0) == pytest.approx(13.0)
    # order 41 lies beyond what EN 50160 sums up, and within what IEEE 519 does
    assert formulas.thd({41: 50.0}, 100.0) == 0
    assert formulas.thd({41: 50.0}, 100.0, last=50) == pytest.approx(50.0)


def test_tdd_relates_to_the_demand_and_not_to_what_flows() -> None:
    spectrum = {1: 20.0, 5: 3.0, 7: 4.0}  # 5 A of harmonics
    assert formulas.thd(spectrum, 20.0) == pytest.approx(25.0)
    assert formulas.tdd(spectrum, 100.0) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("currents", "expected"),
    [
        ({1: 1.0}, 1.0),
        ({1: 100.0, 5: 20.0}, (10_000 + 25 * 400) / 10_400),  # 1.923
        ({1: 1.0, 3: 1.0}, 5.0),  # (1 + 9) / 2
        ({}, 1.0),
    ],
)
def test_k_factor(currents: dict[int, float], expected: float) -> None:
    assert formulas.k_factor(currents) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("lines", "percent"),
    [((400, 400, 400), 0.000), ((400, 396, 404), 1.155), ((400, 390, 410), 2.888), ((410, 400, 380), 4.424)],
)
def test_cigre_unbalance(lines: tuple[float, ...], percent: float) -> None:
    assert formulas.unbalance_cigre(lines) == pytest.approx(percent, abs=0.0006)


def test_true_unbalance_of_one_phase_that_is_ten_per_cent_low() -> None:
    # 0.9, 1, 1: U1 = 2.9 / 3, U2 = 0.1 / 3
    turn = [cmath.rect(1, math.radians(a)) for a in (0, -120, 120)]
    assert formulas.unbalance_true([0.9 * turn[0], turn[1], turn[2]]) == pytest.approx(100 / 29)


def test_cigre_is_the_true_unbalance_whatever_the_zero_sequence() -> None:
    star = [cmath.rect(u, math.radians(a)) for u, a in ((231, 0), (219, -118), (242, 121))]
    lines = [abs(star[k] - star[(k + 1) % 3]) for k in range(3)]
    assert formulas.unbalance_cigre(lines) == pytest.approx(formulas.unbalance_true(star), rel=1e-9)


def test_nema_and_phase_unbalance() -> None:
    # mean 400, the furthest 10 away
    assert formulas.unbalance_nema((400, 390, 410)) == pytest.approx(2.5)
    # mean 230, the furthest 12 away
    assert formulas.unbalance_phase((230, 218, 242)) == pytest.approx(100 * 12 / 230)


@pytest.mark.parametrize(("third", "share"), [(0.33, 0.940), (0.70, 1.720), (0.0, 0.0)])
def test_neutral_of_a_balanced_load_with_third_harmonic(third: float, share: float) -> None:
    assert formulas.neutral_share(third) == pytest.approx(share, abs=0.0006)
    assert formulas.neutral_triplen([10 * third] * 3) == pytest.approx(30 * third)


def test_distortion_of_the_rms_value_becomes_one_of_the_fundamental() -> None:
    # 60 % of the rms leaves 80 % for the fundamental
    assert formulas.of_fundamental(60.0) == pytest.approx(75.0)
    assert formulas.of_fundamental(0.0) == 0
    for wrong in (100.0, 130.0, -1.0):
        with pytest.raises(ValueError, match="below 100"):
            formulas.of_fundamental(wrong)
    # back again: 5 A rms at 75 % of the fundamental hold 3 A of harmonics
    assert formulas.harmonic_rms(75.0, 5.0) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("order", "en", "class_2"),
    [(2, 2, 2), (3, 5, 5), (5, 6, 6), (7, 5, 5), (11, 3.5, 3.5), (12, 0.5, 0.46), (15, 0.5, 0.4),
     (19, 1.5, 1.76), (21, 0.5, 0.3), (25, 1.5, 1.27)],
)  # fmt: skip
def test_limits_of_harmonic_voltages(order: int, en: float, class_2: float) -> None:
    assert EN_50160[order] == en
    assert CLASS_2[order] == class_2
    assert 29 not in EN_50160


@pytest.mark.parametrize("order", [29, 31, 35, 37, 41, 43, 47, 49])
def test_class_2_beyond_25_follows_its_formula(order: int) -> None:
    assert CLASS_2[order] == pytest.approx(2.27 * 17 / order - 0.27, abs=0.0051)


@pytest.mark.parametrize(
    ("ratio", "order", "limit", "tdd"),
    [(19.9, 3, 4, 5), (20, 3, 7, 8), (49.9, 11, 3.5, 8), (50, 11, 4.5, 12), (100, 17, 5, 15),
     (999, 23, 2, 15), (1000, 35, 1, 15), (1001, 35, 1.4, 20), (30, 5, 7, 8), (30, 10, 7, 8),
     (30, 50, 0.5, 8)],
)  # fmt: skip
def test_limits_of_harmonic_currents(ratio: float, order: int, limit: float, tdd: float) -> None:
    assert current_limit(order, ratio) == limit
    assert tdd_limit(ratio) == tdd


def test_even_orders_up_to_six_get_half_and_orders_beyond_fifty_nothing() -> None:
    assert current_limit(4, 30) == 3.5
    assert current_limit(6, 30) == 3.5
    assert current_limit(8, 30) == 7
    assert current_limit(51, 30) is None
    assert all(len(limits) == 5 for _, limits, _ in IEEE_519)
