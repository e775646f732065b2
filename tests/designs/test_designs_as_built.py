"""Deviations recorded on site replace what the design says, and nothing else changes."""

from typing import Any

import pytest

from designs.as_built import PROPERTIES, check, current_value, properties_of
from designs.errors import DesignError
from designs.library import parse_site
from tests.designs import park

AS_BUILT: dict[str, dict[str, Any]] = {
    "F03": {"cable": "cu-xlpe-5g16", "length_m": 31, "method": "C", "grouped_circuits": 2, "rcd": "none"},
    "F04": {"device": "mcb-c40-10ka", "ambient_c": 35.0, "parallel": 2},
    "FR01": {"setting_a": 500, "instantaneous_a": 4000},
    "CH03": {"equipment": "keba-kecontact-p40", "phase_rotation": "L2L3L1", "x_m": 18, "port": 1502},
    "MSB": {"spd": "none", "equipment": "msb-1600-50ka"},
    "PM1": {"ct": "ct-400-5", "host": "10.0.0.9"},
    "NW1": {"host": "10.0.0.1"},
}


def test_every_deviation_reaches_the_one_line() -> None:
    made = park.made(as_built=AS_BUILT)
    line = made.one_line
    three, four, row = line.circuit("F03"), line.circuit("F04"), line.circuit("FR01")
    assert (three.cable.area_mm2, three.cable.length_m, three.cable.method) == (16.0, 31.0, "C")
    assert (three.cable.grouped_circuits, three.cable.length_source, three.rcd) == (2, "surveyed", None)
    assert (four.device.characteristic, four.cable.ambient_c, four.cable.parallel) == ("C", 35.0, 2)
    assert (row.device.rated_current_a, row.device.instantaneous_a) == (500.0, 4800.0)
    station = line.stations[2]
    assert (station.equipment, station.phase_rotation) == ("keba-kecontact-p40", "L2L3L1")
    assert station.modbus is not None
    assert (station.modbus.host, station.modbus.port) == ("st3.site", 1502)
    assert (line.switchboards[0].equipment, line.switchboards[0].spd) == ("msb-1600-50ka", None)
    assert (line.meters[1].ct_primary_a, line.meters[1].modbus.host) == (400.0, "10.0.0.9")  # type: ignore[union-attr]
    assert line.network[0].host == "10.0.0.1"
    assert made.as_built == AS_BUILT


def test_what_is_not_recorded_stays_as_designed() -> None:
    plain, built = park.made().one_line, park.made(as_built=AS_BUILT).one_line
    for tag in ("F01", "F02", "F05", "FR02"):
        assert built.circuit(tag) == plain.circuit(tag)
    assert [circuit.tag for circuit in built.circuits] == [circuit.tag for circuit in plain.circuits]


def test_a_moved_station_takes_its_cable_with_it() -> None:
    plain, moved = park.made(), park.made(as_built={"CH02": {"x_m": 24.5}})
    assert moved.one_line.circuit("F02").cable.length_m == plain.one_line.circuit("F02").cable.length_m + 10
    assert moved.one_line.circuit("F02").cable.length_source == "layout"
    bay = park.made(as_built={"BAY02": {"y_m": 19.25}})
    assert bay.layout is not None
    assert next(item.y_m for item in bay.layout.items if item.tag == "BAY02") == 19.25


def test_another_device_keeps_the_settings_it_can_have_and_drops_the_others() -> None:
    setting = ("device: {equipment: mccb-630-50ka}", "device: {equipment: mccb-630-50ka, setting_a: 450}")
    fuse = park.made(setting, as_built={"FR01": {"device": "gg-nh-400"}}).one_line.circuit("FR01").device
    assert (fuse.kind, fuse.rated_current_a) == ("gg-fuse", 400.0)
    other = park.made(setting, as_built={"FR01": {"device": "mccb-500-50ka"}}).one_line.circuit("FR01")
    assert other.device.rated_current_a == 450.0
    with pytest.raises(
        DesignError, match=r"FR01: the overload setting Ir of this device goes from .* not to 450"
    ):
        park.made(setting, as_built={"FR01": {"device": "mccb-250-50ka"}})


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"F99": {"length_m": 3}}, "nothing with the tag 'F99'"),
    ({"CH03.1": {"equipment": "x"}}, "nothing with the tag 'CH03.1'"),
    ({"F03": {"colour": "red"}}, "F03 has no 'colour'; it has cable, length_m"),
    ({"F03": {"phase_rotation": "L1L2L3"}}, "F03 has no 'phase_rotation'"),
    ({"CH03": {"length_m": 3}}, "CH03 has no 'length_m'; it has equipment, phase_rotation, host"),
    ({"BS1": {"equipment": "storage-50-100"}}, "nothing with the tag 'BS1'"),
    ({"F03": {"length_m": 0}}, "length_m (Length of the cable) must be 0.1 to 5000 m, not 0"),
    ({"F03": {"length_m": -4.0}}, "not -4.0"),
    ({"F03": {"length_m": float("nan")}}, "not nan"),
    ({"F03": {"length_m": "31 m"}}, "must be a number"),
    ({"F03": {"length_m": True}}, "must be a number"),
    ({"F03": {"grouped_circuits": 2.5}}, "must be a whole number"),
    ({"F03": {"cable": 5}}, "cable (Cable) must be a text"),
    ({"F03": {"cable": "rope"}}, "F03: 'rope' is not on the approved equipment list"),
    ({"F03": {"cable": "mcb-b40-10ka"}}, "equipment of another class"),
    ({"F03": {"device": "none"}}, "'none' is not on the approved equipment list"),
    ({"F03": {"setting_a": 32.0}}, "has no settings"),
    ({"F03": {"method": "Z"}}, "no current-carrying capacity for method Z"),
    ({"CH03": {"phase_rotation": "L1"}}, "phase_rotation must be one of L1L2L3"),
    ({"CH03": {"host": "a b"}}, "host must be a host name"),
    ({"CH03": {"port": 99999}}, "port (TCP port) must be 1 to 65535"),
    ({"CH03": {"x_m": 4000}}, "CH03 at 4000 m, 14 m stands outside the plan"),
    ({"CH03": {"equipment": "none"}}, "'none' is not on the approved"),
]


@pytest.mark.parametrize(("as_built", "said"), WRONG, ids=[case[1][:40] for case in WRONG])
def test_a_deviation_that_can_not_be_is_refused_in_one_sentence(as_built: Any, said: str) -> None:
    with pytest.raises(DesignError) as caught:
        park.made(as_built=as_built)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_section_without_a_device_of_its_own_has_none_to_replace() -> None:
    section = (
        "device: {equipment: mcb-b40-15ka}",
        'device: {protected_by: "FR{r:02}"}',
    )
    assert park.made(section).one_line.circuit("F03").protected_by == "FR01"
    with pytest.raises(DesignError, match="F03 has no 'device'; it has cable"):
        park.made(section, as_built={"F03": {"device": "mcb-b40-10ka"}})


def test_a_person_is_offered_what_may_deviate_and_shown_what_stands_now() -> None:
    made = park.made(storage=True)
    line, layout = made.one_line, made.layout
    assert properties_of(line, layout, "F03")[:3] == ("cable", "length_m", "method")
    assert properties_of(line, layout, "CH03") == (
        "equipment", "phase_rotation", "host", "port", "unit", "x_m", "y_m",
    )  # fmt: skip
    assert properties_of(line, layout, "BS1") == ("equipment",)
    assert properties_of(line, layout, "BAY03") == ("x_m", "y_m")
    assert properties_of(line, layout, "NOTHING") == ()
    assert current_value(made, "F03", "cable") == "cu-xlpe-5g10"
    assert current_value(made, "F03", "rcd") == "rcd-a-40-30ma"
    assert current_value(made, "F03", "setting_a") is None
    assert current_value(made, "FR01", "instantaneous_a") == 3150.0
    assert current_value(made, "CH03", "x_m") == 17.0
    assert current_value(made, "CH03", "port") == 502
    assert current_value(made, "NW1", "host") == "router.site"
    with pytest.raises(DesignError, match="CH03 has no 'cable'"):
        current_value(made, "CH03", "cable")


def test_what_is_shown_now_can_be_recorded_and_changes_nothing() -> None:
    plain = park.made()
    for tag in ("F03", "FR01", "CH03", "MSB", "PM1", "TR1", "LC01", "NW1", "BAY02"):
        for key in properties_of(plain.one_line, plain.layout, tag):
            value = current_value(plain, tag, key)
            if value is None or key == "ct":
                continue
            check(key, value)
            again = park.made(as_built={tag: {key: value}})
            assert [each.tag for each in again.one_line.circuits] == [
                each.tag for each in plain.one_line.circuits
            ]
            if key != "length_m":  # the same length, now surveyed
                assert again.one_line == plain.one_line


def test_every_property_says_what_it_is() -> None:
    for key, each in PROPERTIES.items():
        assert each.key == key
        assert each.title
        assert each.kind in ("number", "integer", "equipment", "text")
    with pytest.raises(DesignError, match="'colour' can't deviate; what can is cable, length_m"):
        check("colour", "red")


def test_a_site_file_holds_its_deviations() -> None:
    text = (
        "name: A\naddress: B\ncountry: DE\ntimezone: Europe/Berlin\ndesign: park\n"
        "as_built:\n  F03: {cable: cu-xlpe-5g16, length_m: 31}\n"
    )
    assert parse_site(text).as_built == {"F03": {"cable": "cu-xlpe-5g16", "length_m": 31}}
    with pytest.raises(DesignError, match="as_built"):
        parse_site(text.replace("  F03: {cable: cu-xlpe-5g16, length_m: 31}", "  F03: 31"))
