"""k²S²: what is known about the energy that a device lets through, and what stays undecided."""

import pytest

from designs.model import Finding, LetThrough, ProtectiveDevice
from designs.rules import adiabatic as adiabatic_rules
from tests.designs.rule_changes import circuit as of_circuit
from tests.designs.rule_changes import figures, found, part
from tests.designs.rule_changes import supply as of_supply

CURVE = (LetThrough(3.0, 20_000.0), LetThrough(6.0, 45_000.0), LetThrough(10.0, 90_000.0))


def heavy(found_: list[Finding]) -> list[tuple[str, str]]:
    return [(each.code, each.tag) for each in found_ if each.severity != "info"]


def undecided(found_: list[Finding]) -> str:
    return next((each.sentence for each in found_ if each.code == "adiabatic_undecided"), "")


# The PE of 2.5 mm² Cu XLPE stands (143 · 2.5)² = 127 806 A²s; the PE of 1.5 mm² stands 46 010 A²s.


@pytest.mark.parametrize(
    ("ik", "pe", "codes"),
    [(5.9, 1.5, []), (6.0, 1.5, []), (6.1, 1.5, ["adiabatic"]), (9.9, 2.5, [])],
)
def test_a_makers_curve_is_read_at_the_next_higher_point(ik: float, pe: float, codes: list[str]) -> None:
    changes = (
        part("F01", "device", let_through=CURVE, let_through_source="maker, page 7"),
        part("F01", "cable", pe_area_mm2=pe), figures("F01", ik_max_source_ka=ik),
    )  # fmt: skip
    said = found(adiabatic_rules.adiabatic, *changes)
    assert [code for code, _ in heavy(said)] == codes
    assert "F01" not in undecided(said)
    assert all(
        "90,000 A²s" in each.sentence and "maker, page 7" in each.sentence
        for each in said
        if codes[:1] == [each.code]
    )


def test_energy_at_k2s2_passes_and_is_decided() -> None:
    said = found(adiabatic_rules.adiabatic, part("F01", "device", i2t_a2s=2_044_900.0))
    assert heavy(said) == []
    assert "F01" not in undecided(said)


def test_beyond_the_end_of_a_curve_nothing_is_decided() -> None:
    changes = (part("F01", "device", let_through=CURVE), figures("F01", ik_max_source_ka=10.1))
    said = found(adiabatic_rules.adiabatic, *changes)
    assert heavy(said) == []
    assert "F01" in undecided(said)


def test_the_weakest_conductor_is_judged_the_neutral_too() -> None:
    changes = (part("F01", "device", i2t_a2s=60_000.0), part("F01", "cable", neutral_area_mm2=1.5))
    (said,) = [each for each in found(adiabatic_rules.adiabatic, *changes) if each.severity == "error"]
    assert "the neutral of its cable stands 46,010 A²s" in said.sentence


@pytest.mark.parametrize(
    ("ik_min_ka", "area", "outcome"),
    [
        (2.0, 10.0, "decided"),  # 0.4 s gate: 500² · 0.4 = 100 000 ≤ (143 · 10)²
        (0.4, 10.0, "decided"),  # 5 s gate: 320² · 5 = 512 000 ≤ 2 044 900
        (0.4, 4.0, "adiabatic"),  # 512 000 > (143 · 4)² = 327 184
        (2.0, 4.0, "decided"),
        (0.3, 10.0, "undecided"),  # needs more than 5 s
    ],
)
def test_a_fuse_is_bounded_by_the_gate_that_ik_min_reaches(
    ik_min_ka: float, area: float, outcome: str
) -> None:
    fuse = ProtectiveDevice("gg-63", "gg-fuse", "", 63.0, 80.0, 3, 320.0, operating_04s_a=500.0)
    changes = (
        of_circuit("F01", device=fuse), part("F01", "cable", area_mm2=area, pe_area_mm2=area),
        figures("F01", ik_min_end_ka=ik_min_ka),
    )  # fmt: skip
    said = found(adiabatic_rules.adiabatic, *changes)
    assert heavy(said) == ([("adiabatic", "F01")] if outcome == "adiabatic" else [])
    assert ("F01" in undecided(said)) == (outcome == "undecided")
    tt = found(adiabatic_rules.adiabatic, *changes, of_supply(earthing="TT", ze_ohm=50.0))
    assert "F01" in undecided(tt)


@pytest.mark.parametrize(
    ("ik_ka", "outcome"),
    [
        (20.0, "decided"),  # 20 000² · 0.4 = 160 MA²s ≤ (143 · 95)² = 184.6 MA²s
        (22.0, "undecided"),  # 193.6 MA²s, unless it trips at once
        (30.0, "adiabatic"),  # up to 24 kA it surely waits: 230.4 MA²s
    ],
)
def test_a_delayed_breaker_is_judged_by_ik_squared_and_its_delay(ik_ka: float, outcome: str) -> None:
    low = 24_000.0 if ik_ka > 25 else 16_000.0
    acb = ProtectiveDevice(
        "acb",
        "acb",
        "",
        1000.0,
        50.0,
        4,
        36_000.0,
        instantaneous_low_a=low,
        short_time_a=4800.0,
        short_time_s=0.4,
    )
    changes = (
        of_circuit("F00", device=acb), part("F00", "cable", area_mm2=95.0, pe_area_mm2=95.0),
        figures("F00", ik_max_source_ka=ik_ka),
    )  # fmt: skip
    said = found(adiabatic_rules.adiabatic, *changes)
    assert heavy(said) == ([("adiabatic", "F00")] if outcome == "adiabatic" else [])
    assert ("F00" in undecided(said)) == (outcome == "undecided")


@pytest.mark.parametrize(
    ("line", "pe"), [(2.5, 2.5), (16.0, 16.0), (25.0, 16.0), (35.0, 16.0), (50.0, 25.0), (240.0, 120.0)]
)
def test_the_pe_that_needs_no_calculation_is_that_of_table_54_2(line: float, pe: float) -> None:
    assert adiabatic_rules.least_pe_mm2(line) == pe
