"""Rules in depth: cables, RCDs through boards, voltage, SPD, meters, neutrals, PEN."""

from dataclasses import replace
from typing import Any

import pytest

from designs import cable_rules, rules
from designs.errors import DesignError
from designs.findings import studied
from designs.model import Finding, Meter, OneLine, ProtectiveDevice, ResidualCurrentDevice
from designs.rules import disconnection as disconnection_rules
from designs.rules import neutral as neutral_rules
from designs.rules import overload as overload_rules
from designs.rules import pen as pen_rules
from designs.rules import rcd as rcd_rules
from designs.rules import short_circuit as short_circuit_rules
from designs.rules import site as site_rules
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
from tests.designs.rule_changes import Change, figures, first_station, found, part, rcd, solar, stations
from tests.designs.rule_changes import circuit as of_circuit
from tests.designs.rule_changes import supply as of_supply

# Cables


@pytest.mark.parametrize(
    ("changes", "factor"),
    [
        ({"method": "D1", "ambient_c": 20.0, "grouped_circuits": 4, "spacing": "0.25 m"}, 0.80),
        ({"method": "D1", "ambient_c": 20.0, "grouped_circuits": 4}, 0.70),
        ({"method": "D2", "ambient_c": 20.0, "grouped_circuits": 6, "spacing": "0.25 m"}, 0.70),
        ({"method": "D2", "ambient_c": 20.0, "soil_km_per_w": 1.0}, 1.50),
        ({"method": "D1", "ambient_c": 20.0, "soil_km_per_w": 1.2}, 1.10),  # between rows the drier one
        ({"method": "D1", "ambient_c": 20.0, "soil_km_per_w": 3.0}, 0.96),
        ({"method": "D1", "ambient_c": 20.0, "parallel": 4}, 4 * 0.70),  # four cables heat one another
        ({"method": "D1", "ambient_c": 20.0, "parallel": 2, "grouped_circuits": 6}, 2 * 0.60),
        ({"method": "C", "parallel": 2}, 2 * 0.80),
        ({"method": "F", "parallel": 4}, 4.0),  # single cores at a clear distance
        ({"method": "E", "soil_km_per_w": 0.5}, 1.0),
        ({"method": "C", "grouped_circuits": 3, "spacing": "0.25 m"}, 0.70),
        ({"method": "E", "ambient_c": 40.0, "grouped_circuits": 9, "kind": "busbar"}, 1.0),
    ],
)
def test_iz_is_corrected_for_spacing_and_soil(changes: dict[str, Any], factor: float) -> None:
    laid = replace(cable(10.0, 20.0, iz_tabulated_a=100.0), **changes)
    assert cable_rules.corrected_iz_a(laid) == pytest.approx(100.0 * factor)


def test_soil_drier_than_the_table_is_refused() -> None:
    with pytest.raises(DesignError, match=r"3\.1 K·m/W"):
        cable_rules.corrected_iz_a(cable(10.0, 20.0, method="D1", ambient_c=20.0, soil_km_per_w=3.1))


def test_a_smaller_neutral_has_its_own_resistance() -> None:
    reduced = cable(70.0, 100.0, neutral_r20_ohm_per_km=0.524)
    assert cable_rules.neutral_impedance(reduced, hot=False) == pytest.approx(0.0524 + 0.0077j)
    assert cable_rules.neutral_impedance(cable(70.0, 100.0), hot=False).real == pytest.approx(0.0268)


@pytest.mark.parametrize(
    ("amps", "share"), [(4.0, 1.45 / 2.1), (10.0, 1.45 / 1.9), (16.0, 0.9), (250.0, 0.9)]
)
def test_a_fuse_may_reach_less_of_iz_than_a_breaker(amps: float, share: float) -> None:
    fuse = ProtectiveDevice("gg", "gg-fuse", "", amps, 80.0, 3, 65.0)
    assert overload_rules.share_of_iz(fuse) == pytest.approx(share)
    assert overload_rules.share_of_iz(replace(fuse, kind="mcb")) == 1.0
    limit = round(share * 100.0, 2)
    changes = (of_circuit("F01", device=fuse), figures("F01", iz_a=100.0, in_a=limit))
    assert found(overload_rules.cable_capacity, *changes) == []
    assert len(found(overload_rules.cable_capacity, *changes, figures("F01", in_a=limit + 0.01))) == 1


def test_a_section_without_a_device_is_judged_by_the_one_upstream() -> None:
    shared = part("F01", "device", rated_current_a=160.0, equipment="mccb-160", breaking_capacity_ka=1.0)
    changes = (shared, of_circuit("F01", protected_by="F00"), figures("F01", in_a=160.0, ib_a=32.0))
    (said,) = found(overload_rules.cable_capacity, *changes)
    assert said.clause.endswith("433.2.1")
    assert "the device of F00 upstream lets 160 A flow" in said.sentence
    assert "a device of its own" in said.remedy
    assert found(short_circuit_rules.breaking_capacity, *changes) == []


def test_infeed_of_pv_is_named_where_it_overloads_a_circuit() -> None:
    (said,) = found(overload_rules.design_current, solar(50.0), figures("F20", ib_a=50.0, in_a=40.0))
    assert "fed back by PV or storage" in said.sentence


# RCDs through boards


def deep(upstream_type: str, **of_station: Any) -> OneLine:
    """Return two stations behind a board behind a board; the RCD stands in the first circuit."""
    names = ("CH01", "CH02")
    nodes = [board("MSB"), board("DB1"), *[station(tag, **of_station) for tag in names]]
    guard = ResidualCurrentDevice("rcd", upstream_type, 300.0, True)  # type: ignore[arg-type]
    feeders = [circuit(f"F{n}", "DB1", tag, cable(10.0, 30.0), 40.0) for n, tag in enumerate(names, start=1)]
    main = circuit("F00", "GRID", "MSB", cable(70.0, 15.0), 160.0, rcd=guard)
    middle = circuit("F10", "MSB", "DB1", cable(25.0, 30.0), 80.0)
    return one_line(supply(), nodes, [main, middle, *feeders])


def codes(line: OneLine) -> list[tuple[str, str]]:
    return [(each.code, each.tag) for each in study(site_design(line)).findings if each.severity != "info"]


def test_a_shared_rcd_is_found_through_any_depth_of_boards() -> None:
    assert ("rcd_blinded", "F00") in codes(deep("A"))
    assert ("rcd_blinded", "F00") in codes(deep("F"))
    assert ("rcd_blinded", "F00") not in codes(deep("B"))


def test_dc_stations_are_isolated_and_need_no_rcd_of_their_own() -> None:
    isolated = {"current": "DC", "dc_fault_protection": "isolated", "point_rcd": None}
    assert [code for code, _ in codes(deep("B", **isolated)) if code.startswith(("rcd", "dc_"))] == []
    assert [code for code, _ in codes(deep("A", **isolated)) if code.startswith(("rcd", "dc_"))] == [
        "rcd_type"
    ]
    assert [code for code, _ in codes(deep("A", point_rcd=None))].count("rcd_per_point") == 2


def test_type_b_of_its_own_does_not_save_a_type_a_upstream() -> None:
    """Up to 60 mA of smooth DC flow before a 30 mA type B trips."""
    changes = (rcd("F01", "B"), first_station(dc_fault_protection="rcd-b"), rcd("F00", "A", 300.0))
    (said,) = found(rcd_rules.blinding, *changes)
    assert said.figures[0].value == 60.0 + 2 * 6.0
    assert found(rcd_rules.dc_fault_protection, *changes) == []


def test_type_b_in_the_station_or_far_upstream_is_dc_fault_protection() -> None:
    bare = first_station(dc_fault_protection="none")
    assert found(rcd_rules.dc_fault_protection, bare, rcd("F00", "B", 300.0)) == []
    assert len(found(rcd_rules.dc_fault_protection, bare, rcd("F00", "A", 300.0))) == 1
    built_in = first_station(dc_fault_protection="none", point_rcd="B")
    assert found(rcd_rules.dc_fault_protection, built_in) == []
    (said,) = found(rcd_rules.blinding, built_in, rcd("F01", "A"))
    assert (said.figures[0].value, said.limit and said.limit.value) == (60.0, 6.0)


def test_an_rcd_in_the_only_point_and_one_in_its_circuit_may_open_together() -> None:
    assert found(rcd_rules.rcd_selectivity, rcd("F01")) == []
    (said,) = found(rcd_rules.rcd_selectivity, rcd("F00", "B"))
    assert "CH01, CH02 and CH03" in said.sentence


# Voltage, SPD, meters


def long_way(metres: float, own: bool = False, **of_load: Any) -> Finding | None:
    """Return the voltage drop finding of a consumer at the end of a cable with 6.2 % drop."""
    node = load("LGT", (10.0, 10.0, 10.0), **of_load)
    top = transformer() if own else board("MSB")
    feed = circuit("F01", top.tag, "LGT", cable(6.0, metres), 10.0)
    first = [] if own else [circuit("F00", "GRID", "MSB", cable(240.0, 1.0), 160.0)]
    line = one_line(mv_supply() if own else supply(), [top, node], [*first, feed])
    context = studied(line, study(site_design(line)))
    rows = {"F01": replace(context.circuits["F01"], voltage_drop_total_percent=6.2)}
    return next(iter(site_rules.voltage_drop(replace(context, circuits={**context.circuits, **rows}))), None)


@pytest.mark.parametrize(
    ("metres", "own", "kind", "limit"),
    [
        (50.0, False, "building", 5.0), (99.0, False, "building", 5.0), (139.0, False, "building", 5.2),
        (500.0, False, "building", 5.5), (50.0, False, "lighting", 3.0), (50.0, True, "lighting", 6.0),
        (50.0, True, "building", None), (141.0, True, "lighting", None),
    ],
)  # fmt: skip
def test_guidance_on_voltage_drop(metres: float, own: bool, kind: str, limit: float | None) -> None:
    said = long_way(metres, own, kind=kind)
    assert (said and said.limit and said.limit.value) == limit
    assert said is None or said.severity == "warning"


def test_a_surge_protective_device_upstream_serves_the_boards_below() -> None:
    line = deep("B")
    bare = replace(line, switchboards=(line.switchboards[0], replace(line.switchboards[1], spd=None)))
    assert "spd_missing" not in [code for code, _ in codes(bare)]
    none = replace(line, switchboards=tuple(replace(each, spd=None) for each in line.switchboards))
    assert ("spd_missing", "MSB") in codes(none)


def test_a_meter_counts_circuits_in_series_once_and_phases_apart() -> None:
    points = [station(f"CH{n}", 32.0, 1, phase_rotation=f"L{n}") for n in (1, 2, 3)]
    wire = cable(10.0, 20.0, cores=3)
    feeders = [
        replace(circuit(f"F{n}", "MSB", f"CH{n}", wire, 40.0, design_current_a=32.0), phases=1)
        for n in (1, 2, 3)
    ]
    main = circuit("F0", "GRID", "MSB", cable(70.0, 15.0), 160.0, design_current_a=32.0)
    meter = Meter("PM1", "Meter", "m", None, "MSB", None, ("F0", "F1"), None, None, 1.0)
    spread = replace(meter, tag="PM2", measures=("F1", "F2", "F3"))
    line = one_line(supply(), [board("MSB"), *points], [main, *feeders], meters=(meter, spread))
    context = studied(line, study(site_design(line)))
    assert [site_rules.metered_a(context, each) for each in line.meters] == [32.0, 32.0]


def test_a_meter_sees_the_infeed_of_pv_behind_a_board() -> None:
    wire = cable(70.0, 20.0)
    feeders = [circuit("F1", "MSB", "DB1", wire, 160.0), circuit("F2", "DB1", "PV1", wire, 160.0)]
    main = circuit("F0", "GRID", "MSB", cable(70.0, 15.0), 160.0)
    meter = Meter("PM1", "Meter", "m", None, "MSB", None, ("F1",), None, None, 1.0)
    line = one_line(
        supply(), [board("MSB"), board("DB1"), pv("PV1", 144.0)], [main, *feeders], meters=(meter,)
    )
    context = studied(line, study(site_design(line)))
    assert context.circuits["F1"].full_a == (0.0, 0.0, 0.0)
    assert site_rules.metered_a(context, meter) == 144.0


# Neutrals and PEN


@pytest.mark.parametrize(
    ("percent", "amps"),
    [(0.0, 100.0), (15.0, 100.0), (15.1, 116.28), (33.0, 116.28), (40.0, 139.53), (50.0, 150.0)],
)  # fmt: skip
def test_annex_e_sizes_a_cable_by_its_third_harmonic(percent: float, amps: float) -> None:
    assert neutral_rules.annex_e_current_a(100.0, percent) == amps


def test_a_reduced_neutral_passes_with_a_low_known_third_harmonic() -> None:
    reduced = part("F00", "cable", neutral_area_mm2=35.0)
    assert found(neutral_rules.reduced_neutral, reduced, stations(third_harmonic_percent=15.0)) == []
    assert len(found(neutral_rules.reduced_neutral, reduced, stations(third_harmonic_percent=15.1))) == 1
    assert len(found(neutral_rules.reduced_neutral, reduced)) == 1


def test_a_neutral_at_full_demand_is_a_warning_under_load_management() -> None:
    over: Change = figures("F00", neutral_a=500.0)
    plain = found(neutral_rules.neutral_loading, over)
    managed = found(neutral_rules.neutral_loading, over, figures("F00", ib_a=60.0))
    assert [each.severity for each in plain + managed] == ["error", "warning"]


def test_open_pen_protection_in_every_station_satisfies_bs_7671() -> None:
    tn_c_s = of_supply(earthing="TN-C-S")
    assert found(pen_rules.open_pen, tn_c_s, stations(open_pen_protection=True)) == []
    (said,) = found(pen_rules.open_pen, tn_c_s, first_station(open_pen_protection=True))
    assert "CH02 and CH03" in said.sentence
    assert found(pen_rules.open_pen, of_supply(earthing="TT", ze_ohm=50.0)) == []


@pytest.mark.parametrize(
    ("current", "cores", "count"), [("AC", 4, 1), ("AC", 5, 0), ("DC", 4, 0), ("DC", 3, 1)]
)
def test_a_final_circuit_has_no_pen(current: str, cores: int, count: int) -> None:
    changes = (first_station(current=current), part("F01", "cable", cores=cores))
    assert len(found(pen_rules.pen_in_final_circuit, *changes)) == count


def test_clauses_are_those_of_the_chosen_rule_set() -> None:
    line = replace(deep("A"), rule_set="bs7671")
    done = study(site_design(line))
    clauses = {each.clause for each in done.findings if each.code in ("rcd_blinded", "adiabatic_undecided")}
    assert clauses == {"BS 7671, 531.3.3", "BS 7671, 434.5.2"}


def test_a_design_makes_a_warning_hard_through_its_strict_codes() -> None:
    line = deep("B")
    none = replace(line, switchboards=tuple(replace(each, spd=None) for each in line.switchboards))
    design = site_design(none)
    assert "spd_missing" not in {each.code for each in study(design).findings if each.severity == "error"}
    hard = study(replace(design, strict=("spd_missing",)))
    assert "spd_missing" in {each.code for each in hard.findings if each.severity == "error"}


def test_rules_look_only_at_figures_that_exist() -> None:
    """A study of an older release holds no hot limit, no peak and no currents by phase."""
    line = deep("B")
    done = study(site_design(line))
    old = replace(
        done, findings=(), selectivity=(),
        boards=tuple(replace(each, ip_ka=None) for each in done.boards),
        circuits=tuple(
            replace(each, zs_permitted_hot_ohm=None, full_a=None, neutral_a=None) for each in done.circuits
        ),
    )  # fmt: skip
    assert {each.code for each in rules.judge(line, old)} <= {each.code for each in done.findings}
    assert list(disconnection_rules.loop_hot(studied(line, old))) == []
