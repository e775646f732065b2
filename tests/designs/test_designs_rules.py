"""Each rule passes a sound design and finds its fault, with tag, figure, limit, clause and remedy."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import designs
from designs import rules
from designs.errors import DesignError
from designs.findings import WARNINGS, Rule, listed, merged
from designs.model import Finding, Selectivity
from designs.rules import adiabatic as adiabatic_rules
from designs.rules import capacity as capacity_rules
from designs.rules import disconnection as disconnection_rules
from designs.rules import neutral as neutral_rules
from designs.rules import overload as overload_rules
from designs.rules import pen as pen_rules
from designs.rules import quality as quality_rules
from designs.rules import rcd as rcd_rules
from designs.rules import selectivity as selectivity_rules
from designs.rules import short_circuit as short_circuit_rules
from designs.rules import site as site_rules
from designs.standard_design import parse_design
from designs.study import study
from tests.designs.one_lines import cable, site_design, small_site
from tests.designs.rule_changes import (
    Change,
    at_board,
    board,
    circuit,
    figures,
    first_station,
    found,
    harmonic,
    line_with,
    managed_by,
    meter,
    other,
    part,
    point,
    rcd,
    solar,
    sound,
    stations,
    study_with,
    supply,
    transformed,
    two_connectors,
)

#: rule, changes that it must find, code, severity, tag.
Case = tuple[Rule, tuple[Change, ...], str, str, str]

TT = supply(earthing="TT", ze_ohm=150.0)
NO_SELECTIVITY = study_with(selectivity=(Selectivity("F00", "F01", "none", None, "equal"),))
PARTIAL = study_with(selectivity=(Selectivity("F00", "F01", "partial", 0.64, "edge"),))

PROTECTION: list[Case] = [
    (short_circuit_rules.breaking_capacity, (part("F01", "device", breaking_capacity_ka=6.0),),
     "breaking_capacity", "error", "F01"),
    (short_circuit_rules.board_withstand, (board(short_circuit_rating_ka=6.0),),
     "board_withstand", "error", "MSB"),
    (short_circuit_rules.board_peak, (at_board("MSB", ip_ka=52.51),), "board_peak", "warning", "MSB"),
    (short_circuit_rules.board_short_time, (part("F00", "device", short_time_s=1.01),),
     "board_short_time", "error", "MSB"),
    (disconnection_rules.loop_hot, (figures("F02", zs_expected_ohm=1.1501),), "zs_too_high", "error", "F02"),
    (disconnection_rules.loop_cold, (figures("F02", zs_expected_cold_ohm=0.7601),),
     "zs_too_high", "error", "F02"),
    (disconnection_rules.fuse_data, (part("F01", "device", kind="gg-fuse"),),
     "fuse_too_slow", "error", "F01"),
    (disconnection_rules.rcd_time,
     (TT, rcd("F01", residual_ma=300.0, selective=True),
      figures("F01", zs_expected_ohm=400.0, disconnection_time_s=0.2)),
     "rcd_too_slow", "error", "F01"),
    (disconnection_rules.earth_electrode, (supply(earthing="TT", ze_ohm=200.1),),
     "electrode_unstable", "warning", "GRID"),
    (overload_rules.design_current, (figures("F03", ib_a=40.01),), "overload", "error", "F03"),
    (overload_rules.cable_capacity, (figures("F03", iz_a=39.9),), "overload", "error", "F03"),
    (overload_rules.board_current, (board(rated_current_a=159.0),), "board_current", "error", "MSB"),
    (overload_rules.board_sources, (board(rated_current_a=190.0), solar(40.0)),
     "board_sources", "warning", "MSB"),
    (adiabatic_rules.adiabatic, (part("F01", "device", i2t_a2s=2_044_901.0),), "adiabatic", "error", "F01"),
    (adiabatic_rules.protective_conductor, (part("F01", "cable", pe_area_mm2=6.0),),
     "pe_size", "warning", "F01"),
]  # fmt: skip

EARTH: list[Case] = [
    (rcd_rules.additional_protection, (first_station(point_rcd=None),), "rcd_per_point", "error", "F01"),
    (rcd_rules.additional_protection, (first_station(point_rcd=None), rcd("F01", residual_ma=100.0)),
     "rcd_per_point", "error", "F01"),
    (rcd_rules.additional_protection, (first_station(point_rcd=None), two_connectors, rcd("F01")),
     "rcd_per_point", "error", "F01"),
    (rcd_rules.dc_fault_protection, (first_station(dc_fault_protection="none"),),
     "dc_fault_protection", "error", "CH01"),
    (rcd_rules.dc_fault_protection, (first_station(dc_fault_protection="rcd-b"),),
     "dc_fault_protection", "error", "CH01"),
    (rcd_rules.blinding, (rcd("F00"),), "rcd_blinded", "error", "F00"),
    (rcd_rules.blinding, (two_connectors, rcd("F01")), "rcd_blinded", "error", "F01"),
    (rcd_rules.converters, (rcd("F01", residual_ma=300.0), first_station(current="DC")),
     "rcd_type", "warning", "F01"),
    (rcd_rules.converters, (solar(20.0), rcd("F20", "F")), "rcd_type", "warning", "F20"),
    (rcd_rules.rating, (rcd("F01", rated_current_a=25.0),), "rcd_rating", "error", "F01"),
    (rcd_rules.rcd_selectivity, (rcd("F00", "B", 89.9, selective=True), rcd("F01")),
     "rcd_selectivity", "warning", "F00"),
    (rcd_rules.rcd_selectivity, (rcd("F00", "B", 300.0),), "rcd_selectivity", "warning", "F00"),
    (neutral_rules.triplen_sizing, (stations(third_harmonic_percent=40.0), figures("F01", iz_a=44.0)),
     "neutral_triplen", "error", "F01"),
    (neutral_rules.neutral_loading, (figures("F01", neutral_a=50.13),), "neutral_overload", "error", "F01"),
    (neutral_rules.reduced_neutral, (part("F00", "cable", neutral_area_mm2=35.0),),
     "neutral_reduced", "warning", "F00"),
    (pen_rules.pen_in_final_circuit, (part("F01", "cable", cores=4),),
     "pen_in_final_circuit", "error", "F01"),
    (pen_rules.open_pen, (supply(earthing="TN-C-S"),), "open_pen", "warning", "GRID"),
    (pen_rules.open_pen, (supply(earthing="TN-C-S"), line_with(rule_set="bs7671")),
     "open_pen", "error", "GRID"),
]  # fmt: skip

SITE: list[Case] = [
    (adiabatic_rules.busbar_withstand, (part("F00", "cable", kind="busbar", short_circuit_rating_ka=5.0),),
     "busbar_withstand", "warning", "F00"),
    (selectivity_rules.no_selectivity, (NO_SELECTIVITY,), "selectivity_none", "warning", "F00"),
    (site_rules.voltage_drop, (figures("F03", voltage_drop_total_percent=5.001),),
     "voltage_drop", "warning", "F03"),
    (site_rules.surge_protection, (board(spd=None),), "spd_missing", "warning", "MSB"),
    (site_rules.meter_range, (meter(max_current_a=95.0),), "meter_range", "error", "PM0"),
    (capacity_rules.import_limit, (point(demand_managed_a=250.1),), "import_limit", "error", "GRID"),
    (capacity_rules.reserved_capacity, (supply(reserved_a=154.1),), "reserved_capacity", "error", "GRID"),
    (capacity_rules.reserved_capacity, (point(demand_managed_a=250.0), supply(reserved_a=0.1)),
     "reserved_capacity", "error", "GRID"),
    (capacity_rules.loads_above_cap, (other("building", 60.1), circuit("F00", managed_to_a=60.0)),
     "loads_above_cap", "error", "F00"),
    (capacity_rules.fallback_unknown, (circuit("F00", managed_to_a=50.0),),
     "fallback_unknown", "warning", "F00"),
    (capacity_rules.fallback_in_steps, (managed_by(fallback_a=5.9),), "fallback_too_low", "error", "LM1"),
    (capacity_rules.fallback_within_caps, (managed_by(fallback_a=7.0), circuit("F00", managed_to_a=20.9)),
     "fallback_above_cap", "error", "F00"),
    (capacity_rules.fallback_within_caps,
     (managed_by(("CH01",), fallback_a=0.0), circuit("F00", managed_to_a=63.9)),
     "fallback_above_cap", "error", "F00"),
    (capacity_rules.transformer_loading, (transformed(120.0, 80.1),), "transformer_loading", "warning", "T1"),
    (capacity_rules.transformer_loading, (transformed(120.0, 100.1),), "transformer_loading", "error", "T1"),
    (quality_rules.harmonic_voltage, (point(expected_thd_voltage_percent=8.1),),
     "harmonic_voltage", "warning", "GRID"),
    (quality_rules.harmonic_voltage, (harmonic(voltage_percent=6.1),), "harmonic_voltage", "warning", "GRID"),
    (quality_rules.harmonic_current, (harmonic(current_percent=4.1),), "harmonic_current", "warning", "GRID"),
    (rules.without_data, (line_with(rule_set="nec"),), "rule_set_without_data", "warning", "GRID"),
]  # fmt: skip

#: What a rule says without objecting: rule, changes, code, tag.
INFOS: list[tuple[Rule, tuple[Change, ...], str, str]] = [
    (short_circuit_rules.board_short_time, (part("F00", "device", short_time_s=0.4),),
     "board_short_time", "MSB"),
    (adiabatic_rules.adiabatic, (), "adiabatic_undecided", "F00"),
    (adiabatic_rules.busbar_withstand, (part("F00", "cable", kind="busbar"),), "busbar_withstand", "F00"),
    (overload_rules.parallel_distance, (part("F00", "cable", method="F", parallel=2),),
     "parallel_distance", "F00"),
    (neutral_rules.triplen_unknown, (), "triplen_unknown", "CH01"),
    (selectivity_rules.limited_selectivity, (PARTIAL,), "selectivity_limited", "F01"),
    (site_rules.surge_distance, (), "spd_distance", "CH01"),
    (capacity_rules.full_demand, (point(demand_full_a=250.1),), "relies_on_load_management", "GRID"),
    (capacity_rules.transformer_loading, (transformed(100.1, 80.0),),
     "transformer_relies_on_load_management", "T1"),
    (quality_rules.dense_site, (point(dense=True),), "dense_site", "GRID"),
]  # fmt: skip

CASES = PROTECTION + EARTH + SITE
IDS = [f"{case[2]} {case[4]} {number}" for number, case in enumerate(CASES)]


@pytest.mark.parametrize(("rule", "changes", "code", "severity", "tag"), CASES, ids=IDS)
def test_a_rule_finds_its_fault(
    rule: Rule, changes: tuple[Change, ...], code: str, severity: str, tag: str
) -> None:
    heavy = [each for each in found(rule, *changes) if each.severity != "info"]
    assert [(each.code, each.severity, each.tag) for each in heavy] == [(code, severity, tag)]
    assert tag in heavy[0].sentence
    _assert_readable(heavy[0])


@pytest.mark.parametrize(("rule", "changes", "code", "tag"), INFOS, ids=[case[2] for case in INFOS])
def test_a_rule_says_what_it_can_not_decide(
    rule: Rule, changes: tuple[Change, ...], code: str, tag: str
) -> None:
    said = found(rule, *changes)
    assert [(each.code, each.severity, each.tag) for each in said] == [(code, "info", tag)]
    _assert_readable(said[0])


def _assert_readable(said: Finding) -> None:
    assert said.sentence.endswith(".")
    assert "  " not in said.sentence + said.remedy
    assert said.remedy.endswith(".")
    assert said.figures
    assert said.clause


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: f"{rule.__module__}.{rule.__name__}")
def test_a_rule_has_nothing_against_a_sound_design(rule: Rule) -> None:
    assert [each for each in found(rule) if each.severity != "info"] == []


def test_every_rule_has_a_case_that_it_finds() -> None:
    assert {case[0] for case in CASES} | {case[0] for case in INFOS} == set(rules.RULES)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (short_circuit_rules.breaking_capacity, (figures("F01", ik_max_source_ka=10.0),)),
        (short_circuit_rules.board_peak, (at_board("MSB", ip_ka=52.5),)),
        (disconnection_rules.loop_hot, (figures("F02", zs_expected_ohm=1.15),)),
        (disconnection_rules.loop_cold, (figures("F02", zs_expected_cold_ohm=0.76, zs_expected_ohm=0.95),)),
        (overload_rules.design_current, (figures("F03", ib_a=40.0),)),
        (overload_rules.cable_capacity, (figures("F03", iz_a=40.0),)),
        (overload_rules.board_sources, (board(rated_current_a=200.0), solar(40.0))),
        (rcd_rules.blinding, (rcd("F01"),)),
        (
            adiabatic_rules.busbar_withstand,
            (part("F00", "cable", kind="busbar", short_circuit_rating_ka=60.0),),
        ),
        (rcd_rules.rcd_selectivity, (rcd("F00", "B", 90.0, selective=True), rcd("F01"))),
        (rcd_rules.converters, (rcd("F00", "B", 300.0), first_station(current="DC"))),
        (overload_rules.parallel_distance, (part("F00", "cable", method="D1", parallel=2),)),
        (capacity_rules.fallback_unknown, (managed_by(fallback_a=0.0), circuit("F00", managed_to_a=50.0))),
        (capacity_rules.fallback_unknown, (circuit("F00", managed_to_a=None),)),
        (capacity_rules.fallback_in_steps, (managed_by(fallback_a=6.0),)),
        (capacity_rules.fallback_in_steps, (managed_by(fallback_a=0.0),)),
        (
            capacity_rules.fallback_within_caps,
            (managed_by(fallback_a=7.0), circuit("F00", managed_to_a=21.0)),
        ),
        (rcd_rules.additional_protection, (first_station(point_rcd=None), rcd("F01"))),
        (site_rules.voltage_drop, (figures("F03", voltage_drop_total_percent=5.0),)),
        (site_rules.meter_range, (meter(max_current_a=96.0),)),
        (capacity_rules.import_limit, (point(demand_managed_a=250.0),)),
        (capacity_rules.reserved_capacity, (supply(reserved_a=154.0),)),
        (capacity_rules.loads_above_cap, (other("building", 60.0), circuit("F00", managed_to_a=60.0))),
        (quality_rules.harmonic_current, (harmonic(current_percent=4.0),)),
        (quality_rules.harmonic_voltage, (harmonic(voltage_percent=6.0),)),
        (quality_rules.harmonic_voltage, (point(expected_thd_voltage_percent=8.0),)),
        (short_circuit_rules.board_withstand, (at_board("MSB", ik_max_ka=25.0),)),
        (overload_rules.board_current, (board(rated_current_a=160.0),)),
        (rcd_rules.rating, (rcd("F01", rated_current_a=40.0),)),
        (disconnection_rules.earth_electrode, (supply(earthing="TT", ze_ohm=200.0),)),
        (neutral_rules.neutral_loading, (figures("F01", neutral_a=50.0, iz_a=50.0),)),
        (neutral_rules.triplen_sizing, (stations(third_harmonic_percent=15.0), figures("F01", iz_a=32.0))),
        (capacity_rules.transformer_loading, (transformed(100.0, 80.0),)),
        (capacity_rules.full_demand, (point(demand_full_a=250.0),)),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_value_at_its_limit_passes(rule: Rule, changes: tuple[Change, ...]) -> None:
    assert found(rule, *changes) == []


def test_strict_makes_only_the_named_warnings_errors() -> None:
    line, done = sound()
    done = replace(figures("F03", voltage_drop_total_percent=6.0)(line, done)[1], findings=())
    line = board(spd=None)(line, done)[0]
    plain = {each.code: each.severity for each in rules.judge(line, done)}
    strict = {
        each.code: each.severity for each in rules.judge(line, done, ("voltage_drop", "triplen_unknown"))
    }
    assert (plain["voltage_drop"], plain["spd_missing"], plain["triplen_unknown"]) == (
        "warning",
        "warning",
        "info",
    )
    assert (strict["voltage_drop"], strict["spd_missing"], strict["triplen_unknown"]) == (
        "error",
        "warning",
        "info",
    )


def test_findings_stand_by_weight_then_tag_then_code() -> None:
    line, done = sound()
    done = figures("F03", ib_a=50.0, voltage_drop_total_percent=6.0)(line, done)[1]
    line, done = figures("F02", zs_expected_ohm=2.0, zs_expected_cold_ohm=2.0, ib_a=50.0)(line, done)
    heavy = [
        (each.severity, each.tag, each.code) for each in rules.judge(line, done) if each.severity != "info"
    ]
    assert heavy == [
        ("error", "F02", "overload"), ("error", "F02", "zs_too_high"), ("error", "F02", "zs_too_high"),
        ("error", "F03", "overload"), ("warning", "F03", "voltage_drop"),
    ]  # fmt: skip


def test_merged_findings_take_their_places() -> None:
    _, done = sound()
    late = Finding("not_approved", "error", "CH01", "Not approved.")
    assert merged(done, (late,)).findings[0] == late
    assert merged(done, (late,)).refused


def test_tags_are_listed_as_in_a_sentence() -> None:
    tags = [f"F{number:02}" for number in range(1, 61)]
    assert [listed(tags[:count]) for count in (1, 2, 4, 60)] == [
        "F01", "F01 and F02", "F01, F02, F03 and F04", "F01, F02, F03 and 57 more",
    ]  # fmt: skip


def test_without_data_no_figure_of_iec_is_given() -> None:
    thin = small_site(rule_set="nec")
    broken = [replace(each, cable=cable(2.5, 300.0), rcd=None) for each in thin.circuits]
    done = study(site_design(replace(thin, circuits=tuple(broken))))
    assert {each.code for each in done.findings} == {"rule_set_without_data"}
    assert not done.refused
    assert "must come from a licensed engineer's sealed design" in done.findings[0].sentence
    assert "ground-fault protection" in done.findings[0].sentence
    assert {(each.iz_a, each.zs_permitted_ohm, each.zs_permitted_hot_ohm) for each in done.circuits} == {
        (None, None, None)
    }
    assert any("3 %" in each and "recommend" in each for each in done.not_computed)


def test_every_code_stands_in_the_table_of_rules() -> None:
    room = Path(designs.__file__).parent
    table = (room.parent / "docs" / "rules.md").read_text("utf-8")
    codes = {code for path in room.rglob("*.py") for code in _codes(path)}
    assert len(codes) > 35
    assert sorted(code for code in codes if f"| `{code}` |" not in table) == []
    rows = [line for line in table.split("\n## ")[0].splitlines() if line.startswith("| `")]
    assert sorted({row.split("`")[1] for row in rows} - codes) == []


def test_what_may_be_strict_is_what_the_table_calls_a_warning() -> None:
    table = (Path(designs.__file__).parents[1] / "docs" / "rules.md").read_text("utf-8")
    rows = [line.split("|") for line in table.split("\n## ")[0].splitlines() if line.startswith("| `")]
    assert [row[1].strip(" `") for row in rows if "warning" in row[2]] == sorted(
        WARNINGS, key=[row[1].strip(" `") for row in rows].index
    )


def test_a_design_that_is_strict_about_no_warning_is_refused() -> None:
    text = (Path(designs.__file__).parent / "standard" / "destination-ac.yaml").read_text("utf-8")
    with pytest.raises(DesignError, match="strict: 'voltage_dorp' is no warning"):
        parse_design({**yaml.safe_load(text), "strict": ["voltage_dorp"]}, "own.yaml")


def _codes(path: Path) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    named = [
        call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("finding", "Finding")
    ]
    first = [call.args[0] for call in named if call.args]
    return [arg.value for arg in first if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
