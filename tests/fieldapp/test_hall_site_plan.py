"""The plan that the device probe reads a site by follows from the one-line of every standard design."""

from dataclasses import replace
from functools import cache

import pytest

from designs.apply import apply
from designs.cable_rules import line_impedance
from designs.harmonic_points import Expected, at_meters
from designs.library import EXAMPLE_SITES, find_design, load_equipment, read_site_file
from designs.model import SiteDesign, Spectrum, Study
from designs.study import study
from device_probe.model import Expectation, PlannedDevice, SitePlan
from device_probe.report import dump_plan, load_plan
from fieldapp.usecases.planned_devices import devices_of
from fieldapp.usecases.site_plan import as_approved, plan_of
from tests.fieldapp.test_hall_contracts import validator

EXAMPLES = sorted(path.stem for path in EXAMPLE_SITES.glob("*.yaml") if path.stem != "wrong-design")


@cache
def planned(example: str) -> tuple[SiteDesign, Study, SitePlan, dict[str, PlannedDevice]]:
    site = read_site_file(EXAMPLE_SITES / f"{example}.yaml")
    site_design = apply(find_design(site.design), site)
    studied = study(site_design)
    plan = plan_of("s", site.name, site_design.one_line, studied)
    return site_design, studied, plan, {device.tag: device for device in plan.devices}


def test_behind_an_own_transformer_everything_is_said_at_low_voltage() -> None:
    _, studied, plan, devices = planned("rastplatz-heidehof")
    assert plan.voltage_v == 400
    # the managed demand stands at 20 kV in the study
    assert plan.demand_current_a == studied.connection_point.demand_managed_a * 20000 / 400
    assert devices["CH06"].parent == "PM06"
    assert devices["PM06"].parent == "PM0"
    assert devices["PM0"].role == "main_meter"
    assert devices["PM0"].ct_primary_a == 2500
    assert (devices["PV"].role, devices["PV"].parent) == ("other", None)


def test_a_station_behind_a_board_belongs_to_the_meter_of_the_board() -> None:
    _, _, _, devices = planned("depot-hafen")
    assert devices["CH01"].parent == "PM1"
    assert devices["CH20"].parent == "PM3"
    assert devices["DC01"].parent == "PMD01"
    assert "CH07" not in devices  # taken away
    assert devices["CH08"].phase_rotation == "L2L3L1"


def test_a_single_phase_point_and_its_meter_are_expected_on_their_phase() -> None:
    _, _, _, devices = planned("wohnpark-am-bach")
    # point 2 is single-phase and second in turn: on L2
    assert (devices["PM02"].phases, devices["PM02"].phase_rotation) == (1, "L2L3L1")
    assert (devices["PM01"].phases, devices["PM01"].phase_rotation) == (3, "L1L2L3")
    assert (devices["CH03"].phases, devices["CH03"].phase_rotation) == (3, "L3L1L2")
    assert (devices["PM02"].host, devices["PM02"].unit) == ("10.40.1.1", 2)


def test_what_a_main_meter_sees_is_covered_by_the_meters_below_it() -> None:
    for example in ("hotel-seeblick", "lindenallee", "office-campus-sud", "rathausplatz"):
        site_design, _, _, devices = planned(example)
        board = site_design.one_line.circuit("F00").target
        leaving = {circuit.tag for circuit in site_design.one_line.circuits if circuit.source == board}
        seen = {tag for device in devices.values() if device.parent == "PM0" for tag in device.circuits}
        assert seen == leaving, example


def test_a_scan_is_told_the_approved_firmware_and_the_serial_numbers_of_the_nameplates() -> None:
    site_design, _, plan, _ = planned("hotel-seeblick")
    first, *others = site_design.one_line.stations
    one_line = replace(
        site_design.one_line, stations=(replace(first, equipment="keba-kecontact-p40"), *others)
    )
    expected = as_approved(plan, one_line, load_equipment(), {others[0].tag: "4711"})
    said = {device.tag: device for device in expected.devices}
    assert said[first.tag].approved_firmware == (">=1.2.1",)
    assert (said[first.tag].serial_number, said[others[0].tag].serial_number) == (None, "4711")
    assert [device.tag for device in expected.devices] == [device.tag for device in plan.devices]


def test_every_connector_that_the_register_map_tells_apart_is_read() -> None:
    site_design, _, _, devices = planned("rathausplatz")
    double = next(s for s in site_design.one_line.stations if s.profile == "alfen-eve-ng9xx")
    first, second = devices[double.tag], devices[f"{double.tag}.2"]
    assert (first.connector, second.connector) == (1, 2)
    assert replace(second, tag=first.tag, connector=1) == first
    assert f"{double.tag}.3" not in devices


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_plan_of_every_example_site_fits_its_contract_and_bears_the_figures_of_the_study(
    example: str,
) -> None:
    site_design, studied, plan, devices = planned(example)
    document = dump_plan(plan)
    validator("site-plan").validate(document)
    assert load_plan(document) == plan
    assert plan.isc_over_il == studied.connection_point.isc_over_il
    assert set(plan.expected) == {tag for tag, each in devices.items() if "meter" in each.role}
    assert plan.expected == {tag: expectation(each) for tag, each in at_meters(site_design.one_line).items()}
    assert {each.load for each in devices.values()} <= {"ev_charging", "general", "generation"}
    for each in devices.values():
        assert (each.resistance_ohm is None) == (each.parent is None), each.tag


def expectation(found: Expected) -> Expectation:
    return Expectation(
        found.current_a, found.thd_voltage_percent, found.harmonic_voltage_percent, found.harmonic_current_a,
        found.statement,
    )  # fmt: skip


def test_what_the_study_expects_of_the_site_alone_is_expected_of_its_main_meter() -> None:
    site_design, _, _, _ = planned("hotel-seeblick")
    spectrum = Spectrum("type test", "type-test", {"3": 5.0, "5": 4.0, "7": 3.0})
    line = replace(
        site_design.one_line,
        stations=tuple(replace(each, spectrum=spectrum) for each in site_design.one_line.stations),
    )
    studied = study(replace(site_design, one_line=line))
    expected = plan_of("s", "S", line, studied).expected["PM0"]
    point = studied.connection_point
    assert expected.harmonic_current_a == {each.order: each.current_a for each in point.harmonics}
    assert expected.current_a == point.demand_full_a
    # the main cable comes on top of the network
    assert (expected.thd_voltage_percent or 0.0) > (point.expected_thd_voltage_percent or 9.0)
    assert "this site alone" in expected.source


def test_the_voltage_is_held_against_the_standard_of_its_network() -> None:
    standards = {example: planned(example)[2].voltage_standard for example in ("lindenallee", "depot-hafen")}
    assert standards == {"lindenallee": "en50160", "depot-hafen": "61000-2-4-class-2"}
    site_design, studied, _, _ = planned("lindenallee")
    american = replace(site_design.one_line, rule_set="nec")
    assert plan_of("s", "S", american, studied).voltage_standard == "ieee519"


def test_the_operators_own_limits_go_along_where_they_were_agreed() -> None:
    for example, expected in (("lindenallee", {5: 4.5}), ("depot-hafen", {})):
        site_design, studied, _, _ = planned(example)
        agreed = replace(site_design.one_line.supply, harmonic_limits={"5": 4.5})
        plan = plan_of("s", "S", replace(site_design.one_line, supply=agreed), studied)
        assert plan.grid_harmonics == expected, example


def test_between_two_meters_lies_the_cable_of_the_way_cold() -> None:
    site_design, studied, _, devices = planned("depot-hafen")
    line = site_design.one_line
    cold = {tag: line_impedance(line.circuit(tag).cable, hot=False).real for tag in ("FB1", "F01")}
    assert devices["PM1"].resistance_ohm == pytest.approx(cold["FB1"], abs=1e-5)
    assert devices["CH01"].resistance_ohm == pytest.approx(cold["F01"], abs=1e-5)
    assert planned("hotel-seeblick")[3]["PM1"].resistance_ohm == 0.0  # both stand at the same board
    assert studied.circuit("F01").r1_plus_r2_ohm > cold["F01"] > 0


def test_what_devices_share_of_their_way_is_told_of_each() -> None:
    for example in ("depot-hafen", "hotel-seeblick", "lindenallee", "rastplatz-heidehof"):
        for each in planned(example)[3].values():
            assert (each.shared_ohm or 0.0) <= (each.resistance_ohm or 0.0) + 1e-9, (example, each.tag)
    line = planned("depot-hafen")[0].one_line
    stations = [tag for tag in planned("depot-hafen")[3] if tag.startswith("CH")]
    # without the group meters the stations of a board share its feeder
    bare = replace(line, meters=(next(m for m in line.meters if m.tag == "PM0"),))
    found = {d.tag: d for d in devices_of(bare)}
    cold = line_impedance(line.circuit("FB1").cable, hot=False).real
    assert found["CH01"].parent == "PM0"
    assert found["CH01"].shared_ohm == pytest.approx(cold, abs=1e-5)
    assert all(found[tag].shared_ohm for tag in stations)


def test_a_meter_is_told_what_it_feeds() -> None:
    devices = planned("rastplatz-heidehof")[3]
    loads = {tag: devices[tag].load for tag in ("PM0", "PMA", "PMV", "PM01", "CH01", "PV")}
    assert loads == {
        # 16 A of lighting and auxiliaries can't mislead behind transformers for 2500 A
        "PM0": "ev_charging", "PMA": "general", "PMV": "generation", "PM01": "ev_charging",
        "CH01": "ev_charging", "PV": "generation",
    }  # fmt: skip
    campus = planned("office-campus-sud")[3]
    assert [campus[tag].load for tag in ("PM0", "PMB", "PM1")] == ["general", "general", "ev_charging"]
