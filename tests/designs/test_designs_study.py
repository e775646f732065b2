"""The study against complex impedances in series, computed here from tabulated figures without pandapower."""

import cmath
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from designs import cable_rules, fault_loop, harmonics
from designs.errors import DesignError
from designs.model import Cable, SiteDesign, Study
from designs.study import study
from designs.topology import Topology

Make = Callable[..., SiteDesign]
ONE_PERCENT = 0.01
U0 = 400 / math.sqrt(3)

#: Ω/km at 20 °C of line and PE, and X, typed from IEC 60228 and Annex G.
CABLES = {
    "cu-xlpe-5g6": (3.08, 3.08, 0.097),
    "cu-xlpe-5g10": (1.83, 1.83, 0.091),
    "cu-xlpe-5g16": (1.15, 1.15, 0.086),
    "cu-xlpe-4x70-35": (0.268, 0.524, 0.077),
    "cu-xlpe-4x150-95": (0.124, 0.193, 0.075),
    "cu-xlpe-4x240-120": (0.0754, 0.153, 0.074),
}
HOT = 1 + 0.00393 * 70

CASES = [
    # Ik kA, R/X, Ze Ω, earthing, main cable, m, station cable, m
    (8.0, 0.6, 0.06, "TN-S", "cu-xlpe-4x150-95", 15.0, "cu-xlpe-5g10", 25.0),
    (10.0, 0.1, 0.03, "TN-S", "cu-xlpe-4x240-120", 60.0, "cu-xlpe-5g16", 90.0),
    (3.0, 2.0, 0.35, "TN-C-S", "cu-xlpe-4x70-35", 40.0, "cu-xlpe-5g6", 12.0),
    (25.0, 0.3, 0.8, "TN-S", "cu-xlpe-4x240-120", 5.0, "cu-xlpe-5g10", 150.0),
    (1.2, 5.0, 0.25, "TN-S", "cu-xlpe-4x150-95", 120.0, "cu-xlpe-5g10", 40.0),
    (50.0, 0.05, 0.01, "TN-S", "cu-xlpe-4x240-120", 1.0, "cu-xlpe-5g16", 1.0),
    (6.0, 0.8, 80.0, "TT", "cu-xlpe-4x150-95", 25.0, "cu-xlpe-5g10", 30.0),
]


def impedance(name: str, metres: float, factor: float, pe: bool) -> complex:
    line, earth, reactance = CABLES[name]
    return complex((earth if pe else line) * factor, reactance) * metres / 1000


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]:g} kA {case[3]}" for case in CASES])
def test_short_circuit_and_loop_agree_with_impedances_in_series(
    make_design: Make, case: tuple[object, ...]
) -> None:
    ik, rx, ze, earthing, main, main_m, cable, metres = case
    assert isinstance(ik, float)
    assert isinstance(rx, float)
    assert isinstance(ze, float)
    design = make_design(
        supply_ik=ik, supply_r_over_x=rx, supply_ze=ze, earthing=earthing, main_cable=main,
        main_length=main_m, station_cable=cable, station_length=metres,
    )  # fmt: skip
    done = study(design)
    source = cmath.rect(1.1 * U0 / (ik * 1000), math.atan2(1, rx))
    origin = source + ze if earthing == "TT" else source / abs(source) * ze
    steps = ((main, main_m), (cable, metres))
    line = [impedance(str(name), float(str(m)), 1.0, False) for name, m in steps]
    for depth, tag in ((0, "GRID"), (1, "MSB"), (2, "CH03")):
        expected = 1.1 * U0 / abs(source + sum(line[:depth])) / 1000
        assert done.board(tag).ik_max_ka == pytest.approx(expected, rel=ONE_PERCENT)
        hot = abs(origin + _loop(steps[:depth], HOT))
        assert done.board(tag).zs_ohm == pytest.approx(hot, rel=ONE_PERCENT, abs=1e-4)
        assert done.board(tag).ik_min_ka == pytest.approx(0.95 * U0 / hot / 1000, rel=ONE_PERCENT, abs=1e-4)
    cold = abs(origin + _loop(steps, 1.0))
    assert done.circuit("F03").zs_expected_cold_ohm == pytest.approx(cold, rel=ONE_PERCENT, abs=1e-4)
    assert done.circuit("F03").zs_expected_ohm == done.board("CH03").zs_ohm


def _loop(steps: tuple[tuple[object, object], ...], factor: float) -> complex:
    return sum(
        (impedance(str(n), float(str(m)), factor, pe) for n, m in steps for pe in (False, True)),
        start=complex(0),
    )


@pytest.mark.parametrize(
    ("kind", "current", "permitted"),
    [("b", 32, 0.95), ("b", 40, 0.76), ("c", 40, 0.38), ("b", 63, 0.48), ("c", 63, 0.24), ("c", 16, 0.95)],
)
def test_permitted_zs_is_the_two_thirds_column_rounded_down(
    make_design: Make, kind: str, current: int, permitted: float
) -> None:
    line = make_design(station_device=f"mcb-{kind}{current}-10ka").one_line
    limit = fault_loop.permitted(Topology(line), line.circuit("F01"))
    assert limit.cold_ohm == permitted
    assert "2/3" in limit.cold_rule
    assert "60364-6" in limit.cold_rule


@pytest.mark.parametrize(
    ("ohm", "shown"), [(0.7666, 0.76), (0.10222, 0.10), (0.0999, 0.099), (1666.6667, 1666.66), (0.1, 0.1)]
)
def test_limits_are_rounded_down(ohm: float, shown: float) -> None:
    assert fault_loop.round_down(ohm) == shown


def test_tt_is_judged_by_touch_voltage_and_its_own_times(make_design: Make) -> None:
    done = study(make_design(earthing="TT", supply_ze=80))
    final, main = done.circuit("F01"), done.circuit("F00")
    assert (final.zs_permitted_ohm, main.zs_permitted_ohm) == (1666.66, 166.66)
    assert "411.5.3" in final.zs_rule
    assert (final.disconnection_time_s, main.disconnection_time_s) == (0.2, 1.0)
    assert not done.refused


def test_tn_times_are_those_of_table_41_1(small_study: Study) -> None:
    assert small_study.circuit("F01").disconnection_time_s == 0.4
    assert small_study.circuit("F00").disconnection_time_s == 5.0


def test_a_gg_fuse_is_judged_by_its_gate(make_design: Make) -> None:
    line = make_design(main_device="gg-nh-250").one_line
    assert fault_loop.permitted(Topology(line), line.circuit("F00")).cold_ohm == 0.092


def test_continuity_figures_are_cold_resistances(hotel_study: Study) -> None:
    last = hotel_study.circuit("F12")
    assert last.r1_plus_r2_ohm == pytest.approx(2 * 1.83 * 0.152, abs=1e-4)
    assert last.pe_path_ohm == pytest.approx(0.193 * 0.018 + 1.83 * 0.152, abs=1e-4)


def test_voltage_drop_is_the_worst_of_two_power_factors(hotel_study: Study) -> None:
    volts = 32 * 1.83 * HOT * 0.152
    assert hotel_study.circuit("F12").voltage_drop_percent == pytest.approx(
        volts / 230 * 100, rel=ONE_PERCENT
    )
    total = hotel_study.circuit("F00").voltage_drop_percent + hotel_study.circuit("F12").voltage_drop_percent
    assert hotel_study.circuit("F12").voltage_drop_total_percent == pytest.approx(total, abs=0.002)
    main = 200 * max(0.124 * HOT, 0.95 * 0.124 * HOT + 0.3122 * 0.075) * 0.018
    assert hotel_study.circuit("F00").voltage_drop_percent == pytest.approx(main / 230 * 100, rel=ONE_PERCENT)


def cable(**changes: object) -> Cable:
    base = Cable("x", "Cu", "XLPE", 5, 10, 10, 10, "D1", 1, 20, 1.83, 0.091, 1.83, 58)
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "iz"),
    [
        ({}, 58.0),
        ({"grouped_circuits": 4}, 58 * 0.70),
        ({"grouped_circuits": 4, "method": "D2", "iz_tabulated_a": 65.0}, 65 * 0.60),
        ({"ambient_c": 25}, 58 * 0.96),
        ({"ambient_c": 22}, 58 * 0.96),
        ({"method": "C", "iz_tabulated_a": 71.0, "ambient_c": 40, "grouped_circuits": 3}, 71 * 0.91 * 0.70),
        ({"method": "E", "iz_tabulated_a": 75.0, "ambient_c": 30, "grouped_circuits": 11}, 75 * 0.45),
        ({"insulation": "PVC", "ambient_c": 35, "method": "C"}, 58 * 0.94),
        ({"parallel": 2}, 116.0 * 0.85),  # two ducts side by side: each cable is a circuit
    ],
)
def test_correction_factors_are_those_of_the_tables(changes: dict[str, object], iz: float) -> None:
    assert cable_rules.corrected_iz_a(cable(**changes)) == pytest.approx(iz)


@pytest.mark.parametrize(
    "changes", [{"grouped_circuits": 7}, {"ambient_c": 61}, {"method": "C", "grouped_circuits": 21}]
)
def test_what_the_tables_do_not_hold_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(DesignError, match=r"no (grouping|correction) factor"):
        cable_rules.corrected_iz_a(cable(**changes))


@pytest.mark.parametrize(
    ("ratio", "limit"),
    [(5, 5.0), (19.99, 5.0), (20, 8.0), (49.9, 8.0), (50, 12.0), (100, 15.0), (1000, 20.0), (5000, 20.0)],
)
def test_the_demand_distortion_row_follows_the_stiffness(ratio: float, limit: float) -> None:
    value, clause = harmonics.tdd_limit(ratio)
    assert value == limit
    assert "IEEE 519-2022" in clause


def test_the_connection_point_has_limits_and_no_guessed_distortion(hotel_study: Study) -> None:
    point = hotel_study.connection_point
    assert (point.demand_full_a, point.demand_managed_a, point.import_limit_a) == (384.0, 200.0, 200.0)
    assert point.isc_over_il == 50.0
    assert point.thd_voltage_limit_percent == 8.0
    assert point.expected_thd_voltage_percent is None
    assert point.expected_thd_statement.startswith("unknown")


def test_contradictory_supply_data_are_refused(make_design: Make) -> None:
    with pytest.raises(DesignError, match=r"Ze 0\.01 Ω is lower than the line impedance"):
        study(make_design(supply_ik=5, supply_ze=0.01))


def test_the_study_is_the_same_every_time_and_does_not_touch_the_design(
    small: SiteDesign, small_study: Study
) -> None:
    assert study(small) == small_study


def test_nothing_but_a_study_imports_pandapower() -> None:
    code = (
        "import sys, designs.apply, designs.drawing, designs.library, designs.rules, designs.study\n"
        "print('pandapower' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_study_says_nothing_on_the_terminal() -> None:
    code = (
        "from designs.apply import apply\nfrom designs.library import *\nfrom designs.study import study\n"
        "site = read_site_file(EXAMPLE_SITES / 'hotel-seeblick.yaml')\n"
        "study(apply(find_design(site.design), site))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout + done.stderr == ""
