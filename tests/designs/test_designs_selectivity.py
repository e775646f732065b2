"""Selectivity of devices in series claims no more than the equipment list proves."""

from dataclasses import replace
from typing import Any

import pytest

from designs import selectivity
from designs.model import Circuit, OneLine, ProtectiveDevice, Selectivity, Study
from designs.study import study
from tests.designs.one_lines import (
    board,
    cable,
    circuit,
    mcb,
    mv_supply,
    one_line,
    site_design,
    station,
    supply,
    transformer,
)


def fuse(amps: float) -> ProtectiveDevice:
    return ProtectiveDevice(f"gg-{amps:g}", "gg-fuse", "", amps, 80.0, 3, 10 * amps)


def breaker(amps: float, low: float | None = None, **fields: Any) -> ProtectiveDevice:
    made = ProtectiveDevice(f"mccb-{amps:g}", "mccb", "", amps, 50.0, 4, 12 * amps, instantaneous_low_a=low)
    return replace(made, **fields)


def line_of(upper: ProtectiveDevice, lower: ProtectiveDevice) -> OneLine:
    first = circuit("F00", "GRID", "MSB", cable(70.0, 15.0), device=upper)
    second = circuit("F01", "MSB", "CH01", cable(10.0, 30.0), device=lower)
    return one_line(supply(), [board("MSB"), station("CH01")], [first, second])


@pytest.fixture(scope="module")
def figures() -> Study:
    """A study with 9 kA at the main board."""
    done = study(site_design(line_of(breaker(160.0), mcb(32.0))))
    rows = tuple(replace(each, ik_max_source_ka=9.0) for each in done.circuits)
    return replace(done, circuits=rows)


def verdict(figures: Study, upper: ProtectiveDevice, lower: ProtectiveDevice, ik: float = 9.0) -> Selectivity:
    rows = tuple(replace(each, ik_max_source_ka=ik) for each in figures.circuits)
    (found,) = selectivity.judge(line_of(upper, lower), replace(figures, circuits=rows))
    return found


@pytest.mark.parametrize(
    ("upper", "lower", "said"),
    [(160.0, 100.0, "full"), (100.0, 63.0, "inconclusive"), (63.0, 63.0, "none"), (50.0, 63.0, "none")],
)
def test_fuses_are_selective_from_a_ratio_of_1_6(
    figures: Study, upper: float, lower: float, said: str
) -> None:
    found = verdict(figures, fuse(upper), fuse(lower))
    assert (found.verdict, found.limit_ka) == (said, 9.0 if said == "full" else None)


@pytest.mark.parametrize(
    ("ik", "said", "limit"), [(9.0, "partial", 1.28), (1.28, "partial", 1.28), (1.279, "full", 1.279)]
)
def test_breakers_are_selective_up_to_the_lower_edge_of_the_upstream_band(
    figures: Study, ik: float, said: str, limit: float
) -> None:
    """Ii 10 · 160 A, lower edge 0.8 of it: 1.28 kA."""
    found = verdict(figures, breaker(160.0, low=1280.0), mcb(32.0), ik)
    assert (found.upstream, found.downstream, found.verdict, found.limit_ka) == ("F00", "F01", said, limit)
    assert "overload" in found.reason


def test_the_lower_edge_follows_from_the_standard_where_it_is_not_given(figures: Study) -> None:
    """1.2 Ii = 1920 A means a lower edge of 1280 A; a C63 does not trip at once below 5 In."""
    assert verdict(figures, breaker(160.0), mcb(32.0)).limit_ka == 1.28
    assert verdict(figures, mcb(63.0, "C"), mcb(16.0)).limit_ka == 0.315


def test_a_delayed_breaker_is_selective_up_to_its_instantaneous_override(figures: Study) -> None:
    acb = breaker(1000.0, low=9600.0, kind="acb", short_time_a=4800.0, short_time_s=0.4)
    assert verdict(figures, acb, mcb(32.0)).verdict == "full"
    assert "waits 0.4 s" in verdict(figures, acb, mcb(32.0)).reason
    assert verdict(figures, acb, mcb(32.0), 12.0).limit_ka == 9.6


def test_breakers_that_wait_as_long_are_not_called_selective(figures: Study) -> None:
    acb = breaker(1000.0, low=9600.0, kind="acb", short_time_a=4800.0, short_time_s=0.2)
    lower = breaker(800.0, low=7680.0, kind="acb", short_time_a=3840.0, short_time_s=0.2)
    assert verdict(figures, acb, lower).verdict == "inconclusive"
    assert verdict(figures, acb, replace(lower, short_time_s=0.1)).verdict != "inconclusive"


def test_a_short_time_setting_below_the_lower_breaker_s_instantaneous_limits_selectivity(
    figures: Study,
) -> None:
    """Isd 3.6 kA, lower edge 2.88 kA; the breaker below surely trips at once only from 3 kA."""
    acb = breaker(2500.0, low=20000.0, kind="acb", short_time_a=4320.0, short_time_s=0.2)
    lower = breaker(500.0, low=2000.0, instantaneous_a=3000.0)
    found = verdict(figures, acb, lower)
    assert (found.verdict, found.limit_ka) == ("partial", 2.88)
    assert verdict(figures, acb, lower, ik=2.8).verdict == "full"
    assert verdict(figures, replace(acb, short_time_a=4500.0), lower).verdict == "full"


@pytest.mark.parametrize(("upper", "lower"), [(fuse(160.0), mcb(32.0)), (breaker(160.0), fuse(35.0))])
def test_a_fuse_and_a_breaker_need_the_makers_energies(
    figures: Study, upper: ProtectiveDevice, lower: ProtectiveDevice
) -> None:
    found = verdict(figures, upper, lower)
    assert (found.verdict, found.limit_ka) == ("inconclusive", None)
    assert "maker" in found.reason


def test_a_larger_device_downstream_is_not_selective(figures: Study) -> None:
    found = verdict(figures, mcb(32.0), mcb(40.0))
    assert (found.verdict, "40 A downstream" in found.reason) == ("none", True)


def test_a_section_without_a_device_is_no_pair_and_is_looked_through() -> None:
    def feed(tag: str, source: str, target: str, **fields: Any) -> Circuit:
        return circuit(tag, source, target, cable(70.0, 5.0), 160.0, **fields)

    nodes = [board("MSB"), board("TO1"), board("TO2"), station("CH01")]
    riser = feed("R2", "TO1", "TO2", protected_by="R1")
    final = circuit("F01", "TO2", "CH01", cable(10.0, 10.0), 32.0)
    main = circuit("F00", "GRID", "MSB", cable(240.0, 5.0), 400.0)
    line = one_line(supply(), nodes, [main, feed("R1", "MSB", "TO1"), riser, final])
    found = study(site_design(line)).selectivity
    assert [(each.upstream, each.downstream) for each in found] == [("F00", "R1"), ("R1", "F01")]


def test_devices_on_both_sides_of_a_transformer_are_not_compared() -> None:
    """Their currents differ by the ratio of voltages; the network operator's protection study decides."""
    high = circuit("M1", "GRID", "RMU", cable(95.0, 10.0), 63.0)
    low = circuit("F00", "T1", "MSB", cable(240.0, 5.0, parallel=3), 800.0)
    nodes = [board("RMU"), transformer(source="RMU"), board("MSB", rated_current_a=1000.0), station("CH01")]
    final = circuit("F01", "MSB", "CH01", cable(10.0, 10.0), 32.0)
    line = one_line(mv_supply(), nodes, [high, low, final])
    found = study(site_design(line)).selectivity
    assert [(each.upstream, each.downstream) for each in found] == [("F00", "F01")]


def test_missing_selectivity_is_one_warning_for_each_upstream_device() -> None:
    nodes = [board("MSB"), *[station(f"CH{n}") for n in (1, 2, 3)]]
    finals = [circuit(f"F{n}", "MSB", f"CH{n}", cable(10.0, 10.0), 63.0) for n in (1, 2, 3)]
    line = one_line(supply(), nodes, [circuit("F0", "GRID", "MSB", cable(70.0, 5.0), 63.0), *finals])
    said = [each for each in study(site_design(line)).findings if each.code == "selectivity_none"]
    assert [(each.severity, each.tag) for each in said] == [("warning", "F0")]
    assert "behind F1, F2 and F3 may open F0 too" in said[0].sentence
