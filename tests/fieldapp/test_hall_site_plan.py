"""The plan that the device probe reads a site by follows from the one-line of every standard design."""

from dataclasses import replace

from designs.apply import apply
from designs.library import EXAMPLE_SITES, find_design, load_equipment, read_site_file
from designs.model import SiteDesign, Study
from designs.study import study
from device_probe.model import PlannedDevice, SitePlan
from fieldapp.usecases.site_plan import as_approved, plan_of


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
