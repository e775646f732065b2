"""A standard design and a page of parameters make the one-line that a person would draw."""

from collections.abc import Callable

import pytest

from designs.errors import DesignError
from designs.loading import full_demand, station_phases
from designs.model import ModbusAddress, SiteDesign

Make = Callable[..., SiteDesign]


def test_the_example_site_has_its_boards_meters_stations_and_circuits(hotel: SiteDesign) -> None:
    line = hotel.one_line
    assert [board.tag for board in line.switchboards] == ["MSB"]
    assert [meter.tag for meter in line.meters] == ["PM0", "PM1", "PM2", "PM3"]
    assert [station.tag for station in line.stations] == [f"CH{n:02}" for n in range(1, 13)]
    assert [circuit.tag for circuit in line.circuits] == [f"F{n:02}" for n in range(13)]
    assert [step.tag for step in line.path_to("CH12")] == ["F00", "F12"]
    assert hotel.design.id == "destination-ac"
    assert hotel.checklists[0] == "inspection"


def test_meters_see_the_circuits_of_their_group_and_hang_on_the_main_meter(hotel: SiteDesign) -> None:
    main, one, two, three = hotel.one_line.meters
    assert main.measures == ("F00",)
    assert main.parent is None
    assert one.measures == ("F01", "F02", "F03", "F04")
    assert three.measures == ("F09", "F10", "F11", "F12")
    assert {meter.parent for meter in (one, two, three)} == {"PM0"}
    assert (one.profile, two.profile) == ("eastron-sdm630", "carlo-gavazzi-em340")
    assert (one.ct_primary_a, one.ct_secondary_a) == (150.0, 5.0)
    assert one.accuracy_percent == pytest.approx((1.0**2 + 0.5**2) ** 0.5, abs=0.01)


def test_phases_rotate_from_station_to_station(hotel: SiteDesign) -> None:
    assert [station.phase_rotation for station in hotel.one_line.stations[:4]] == [
        "L1L2L3",
        "L2L3L1",
        "L3L1L2",
        "L1L2L3",
    ]


def test_an_odd_number_of_stations_leaves_a_smaller_last_group(make_design: Make) -> None:
    line = make_design(stations=7, group_size=3).one_line
    assert [meter.measures for meter in line.meters[1:]] == [
        ("F01", "F02", "F03"),
        ("F04", "F05", "F06"),
        ("F07",),
    ]
    assert [station.group for station in line.stations] == [1, 1, 1, 2, 2, 2, 3]


def test_inserting_a_station_renames_no_other(make_design: Make) -> None:
    fewer, more = make_design(stations=5).one_line, make_design(stations=6).one_line
    assert more.stations[:5] == fewer.stations
    assert [circuit.tag for circuit in more.circuits[:6]] == [circuit.tag for circuit in fewer.circuits]


def test_addresses_follow_the_scheme_and_the_gateway_serves_all_group_meters(hotel: SiteDesign) -> None:
    main, *groups = (meter.modbus for meter in hotel.one_line.meters)
    assert main == ModbusAddress("192.168.40.10", 502, 1)
    assert groups == [ModbusAddress("192.168.40.11", 502, unit) for unit in (1, 2, 3)]
    assert hotel.one_line.stations[11].modbus == ModbusAddress("192.168.40.112", 502, 1)


def test_single_addresses_can_be_set_by_tag(make_design: Make) -> None:
    line = make_design(
        addresses={
            "PM1": {"host": "127.0.0.1", "port": 15020, "unit": 7},
            "CH02": {"port": 15021},
        }
    ).one_line
    assert line.meters[1].modbus == ModbusAddress("127.0.0.1", 15020, 7)
    assert line.stations[1].modbus == ModbusAddress("192.168.40.102", 15021, 1)
    assert line.stations[0].modbus == ModbusAddress("192.168.40.101", 502, 1)


def test_load_management_keeps_the_main_circuit_within_the_import_limit(make_design: Make) -> None:
    managed = make_design(stations=8, import_limit=100).one_line.circuit("F00").design_current_a
    free = (
        make_design(stations=8, import_limit=100, load_management=False)
        .one_line.circuit("F00")
        .design_current_a
    )
    assert managed == 100.0
    assert free == 8 * 32


def test_a_station_may_differ_from_the_others(make_design: Make) -> None:
    line = make_design(
        per_station={
            2: {
                "type": "keba-kecontact-p40",
                "length": "41.5 m",
                "rcd": "rcd-b-40-30ma",
                "cable": "cu-xlpe-5g16",
            }
        }
    ).one_line
    circuit = line.circuit("F02")
    assert line.stations[1].profile == "keba-kecontact-p40"
    assert (circuit.cable.length_m, circuit.cable.area_mm2) == (41.5, 16.0)
    assert circuit.rcd is not None
    assert circuit.rcd.type == "B"
    assert line.circuit("F01").cable.length_m < 41.5


def test_a_double_station_has_two_connectors_and_needs_their_current(make_design: Make) -> None:
    line = make_design(per_station={1: {"type": "alfen-eve-double-pro"}}).one_line
    assert [connector.tag for connector in line.stations[0].connectors] == ["CH01.1", "CH01.2"]
    assert line.circuit("F01").design_current_a == 63.0


def test_settings_of_the_main_breaker_reach_the_device(make_design: Make) -> None:
    device = make_design(main_setting=200, main_instantaneous=1500).one_line.circuit("F00").device
    assert device.rated_current_a == 200.0
    assert device.instantaneous_a == 1500 * 1.2


def test_the_instantaneous_current_is_the_upper_edge_of_the_band(make_design: Make) -> None:
    b, c = (make_design(station_device=f"mcb-{kind}40-10ka").one_line.circuit("F01").device for kind in "bc")
    assert (b.instantaneous_a, c.instantaneous_a) == (5 * 40, 10 * 40)


def test_only_tt_has_an_rcd_in_the_main_circuit(make_design: Make) -> None:
    assert make_design().one_line.circuit("F00").rcd is None
    rcd = make_design(earthing="TT", supply_ze=30).one_line.circuit("F00").rcd
    assert rcd is not None
    assert rcd.selective


def test_a_meter_that_does_not_take_the_secondary_is_refused(make_design: Make) -> None:
    direct = make_design(per_group={1: {"meter": "eastron-sdm630"}}).one_line.meters[1]
    assert direct.ct_primary_a is None
    assert direct.max_current_a == 100.0
    with pytest.raises(DesignError, match=r"per_group\.1\.ct"):
        make_design(per_group={1: {"ct": "mcb-b40-10ka"}})


def test_every_phase_of_a_station_is_counted_where_it_lands(hotel: SiteDesign) -> None:
    assert station_phases(hotel.one_line.stations[0]) == (32.0, 32.0, 32.0)
    assert full_demand(hotel.one_line) == (384.0, 384.0, 384.0)


def test_the_filled_in_parameters_say_everything(hotel: SiteDesign) -> None:
    values = hotel.parameters.values
    assert values["group_size"] == 4
    assert values["main_setting"] is None
    assert isinstance(values["per_station"], dict)
    assert values["per_station"]["12"]["length"] == 152.0
    assert values["per_station"]["12"]["cable"] == "cu-xlpe-5g10"
