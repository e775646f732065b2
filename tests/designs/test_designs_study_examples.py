"""Short circuit and loops against published worked examples, within 1 %; each names where it is printed."""

import cmath
import math
from dataclasses import replace

import pytest

from designs import source
from designs.model import Cable, OneLine, Supply
from designs.short_circuit import ShortCircuits, short_circuits
from designs.topology import Topology
from tests.designs.one_lines import board, cable, circuit, mv_supply, one_line, station, supply, transformer

ONE_PERCENT = 0.01
MILLI = 1e-3

# IEC TR 60909-4, 3.1: a low-voltage system of two transformers and four lines, 20 kV, 10 kA, ±6 %
# (cmax 1.05). Impedances in mΩ and currents as printed; the tests of powsybl-incubator have them too.
NETWORK = complex(0.053, 0.531)
T1_UNCORRECTED, T2_UNCORRECTED, KT = complex(2.753, 10.312), complex(4.833, 16.100), 0.975
L1, L2, L3, L4 = complex(0.385, 0.395), complex(0.416, 0.136), complex(5.42, 1.74), complex(18.50, 14.85)
F2_KA, F3_KA = 34.12, 6.95
CMAX_OF_EXAMPLE = 1.05


def of_ohms(resistance: float, reactance: float, earth: float = 0.0) -> Cable:
    """Return a cable whose line has these milliohms; ``earth`` are those of its PE."""
    base = cable(10.0, 1000.0)
    ohms = {"r20_ohm_per_km": resistance * MILLI, "pe_r20_ohm_per_km": earth * MILLI}
    return replace(base, x_ohm_per_km=reactance * MILLI, **ohms)


def studied(line: OneLine, tolerance_percent: int = 10) -> ShortCircuits:
    return short_circuits(Topology(line), tolerance_percent)


def test_iec_60909_4_radial_lines_behind_the_main_board() -> None:
    first, second = T1_UNCORRECTED * KT + L1, T2_UNCORRECTED * KT + L2
    behind = NETWORK + first * second / (first + second)
    assert CMAX_OF_EXAMPLE * 0.4 / math.sqrt(3) / abs(behind) * 1000 == pytest.approx(F2_KA, rel=ONE_PERCENT)
    factor = source.C_MAX / CMAX_OF_EXAMPLE  # this study takes 1.10: currents are proportional to it
    origin = supply(ik_max_ka=F2_KA * factor, r_over_x=behind.real / behind.imag, ze_ohm=0.01)
    line = one_line(
        origin,
        [board("B5"), board("F3")],
        [
            circuit("L3", "GRID", "B5", of_ohms(L3.real, L3.imag)),
            circuit("L4", "B5", "F3", of_ohms(L4.real, L4.imag)),
        ],
    )
    done = studied(line)
    assert done.ik_max_ka["GRID"] / factor == pytest.approx(F2_KA, rel=ONE_PERCENT)
    assert done.ik_max_ka["F3"] / factor == pytest.approx(F3_KA, rel=ONE_PERCENT)


@pytest.mark.parametrize(
    ("kva", "loss_kw", "uncorrected"), [(630.0, 6.5, T1_UNCORRECTED), (400.0, 4.6, T2_UNCORRECTED)]
)
def test_iec_60909_4_transformers_with_410_v_on_the_nameplate(
    kva: float, loss_kw: float, uncorrected: complex
) -> None:
    made = transformer(rated_power_kva=kva, rated_voltage_v=410.0, copper_loss_kw=loss_kw)
    assert source.transformer_impedance(made) == pytest.approx(uncorrected * MILLI, rel=ONE_PERCENT)
    origin = mv_supply(ik_max_ka=10.0)
    assert source.impedance(origin) * (410 / 20000) ** 2 == pytest.approx(NETWORK * MILLI, rel=ONE_PERCENT)
    done = studied(one_line(origin, [made], []), tolerance_percent=6)
    printed = CMAX_OF_EXAMPLE * 400 / math.sqrt(3) / abs(NETWORK + uncorrected * KT)
    assert done.ik_max_ka["T1"] == pytest.approx(printed, rel=ONE_PERCENT)


def test_electrical_installation_guide_400_kva_with_420_v() -> None:
    # Electrical Installation Guide (Schneider Electric), chapter G, three-phase fault at the terminals
    # of a transformer: 400 kVA, 420 V at no load, 4 %: In 550 A, Isc 13.7 kA, network taken as infinite.
    made = transformer(
        rated_power_kva=400.0, rated_voltage_v=420.0, copper_loss_kw=4.6, x0_over_x1=1.0, r0_over_r1=1.0
    )
    done = studied(one_line(mv_supply(ik_max_ka=1e6), [made], []))
    assert 420 / math.sqrt(3) / done.hot_ohm["T1"] / 1000 == pytest.approx(13.7, rel=ONE_PERCENT)
    assert 400e3 / math.sqrt(3) / 420 == pytest.approx(550, rel=ONE_PERCENT)


def test_iet_example_of_the_loop_from_a_500_kva_transformer_to_a_final_circuit() -> None:
    # engx.theiet.org, Wiring and the regulations, thread 24378, "Calculation of earth fault loop impedance":
    # 0.030 Ω at A; 50 m of 185 mm² aluminium with steel-wire armour to B, 0.066 Ω; 5 m of 6 mm² in steel
    # conduit to C, 0.097 Ω.
    at_a = complex(0.021, 0.022)
    origin: Supply = supply(ik_max_ka=12.0, r_over_x=at_a.real / at_a.imag, ze_ohm=abs(at_a))
    line = one_line(
        origin,
        [board("B"), station("C", 32.0, 1)],
        [
            circuit("FB", "GRID", "B", of_ohms(8.0, 2.0, earth=32.0)),
            circuit("FC", "B", "C", of_ohms(23.0, 4.0, earth=7.0), phases=1),
        ],
    )
    done = studied(line)
    assert done.cold_ohm["GRID"] == pytest.approx(0.0304, rel=ONE_PERCENT)
    assert done.cold_ohm["B"] == pytest.approx(0.066, rel=ONE_PERCENT)
    assert done.cold_ohm["C"] == pytest.approx(0.097, rel=ONE_PERCENT)


def test_the_peak_is_that_of_the_published_factor() -> None:
    # κ = 1.02 + 0.98·e^(−3R/X) (IEC 60909-0, 8.1): 1.02 + 0.98·e^(−0.9) = 1.4184 at R/X 0.3.
    done = studied(one_line(supply(ik_max_ka=10.0, r_over_x=0.3), [], []))
    assert done.ip_ka["GRID"] == pytest.approx(1.4184 * math.sqrt(2) * 10.0, rel=ONE_PERCENT)


def test_the_angle_of_the_source_is_that_of_r_over_x() -> None:
    made = source.impedance(supply(ik_max_ka=10.0, r_over_x=0.5))
    assert abs(made) == pytest.approx(1.1 * 400 / math.sqrt(3) / 10e3)
    assert cmath.phase(made) == pytest.approx(math.atan2(1.0, 0.5))
