"""Every profile file loads, uses the vocabulary, and a wrong one is refused in one sentence."""

from dataclasses import replace

import pytest

from device_probe import quantities
from device_probe.problems import ProfileError
from device_probe.profile import PROFILES
from device_probe.profile_schema import list_profiles, load_profile, parse_profile

FILES = sorted(path.stem for path in PROFILES.glob("*.yaml"))
GOOD = """
id: my-meter
vendor: Mine
model: M1
kind: meter
phases: 3
transport: tcp
points:
  voltage_l1_n: {table: input, address: 0, type: float32, unit: V}
"""


def test_all_64_profiles_are_there() -> None:
    assert len(FILES) == 64
    assert [profile.id for profile in list_profiles()] == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_profile_loads_and_every_point_has_its_unit_from_the_vocabulary(name: str) -> None:
    profile = load_profile(name)
    assert profile.id == name
    assert profile.points
    for point in profile.points:
        entry = quantities.find(point.quantity)
        assert entry is not None, point.quantity
        assert (point.unit or "-") in entry.units
        assert point.end <= 65536
        assert point.registers <= max(profile.max_registers, 1) or point.type == "coil"


def test_a_profile_file_anywhere_can_be_used(tmp_path) -> None:
    path = tmp_path / "my-meter.yaml"
    path.write_text(GOOD)
    assert load_profile(str(path)).point("voltage_l1_n").address == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "kind: meter",
            "kind: meter\nbaudrate: 9600",
            "line 6: baudrate: there is no such key; did you mean baud?",
        ),
        ("type: float32", "type: float16", "points.voltage_l1_n.type"),
        ("voltage_l1_n:", "voltage_phase_a:", "not in the vocabulary"),
        ("unit: V", "unit: kV", "points.voltage_l1_n.unit: must be V"),
        ("address: 0, ", "", "points.voltage_l1_n.address: is missing"),
        ("vendor: Mine", "vendor: Mine\nvendor: Yours", "line 4: key 'vendor' is given twice"),
        ("address: 0", "address: 70000", "points.voltage_l1_n.address"),
        ("float32, unit: V", "string, unit: V", "needs its length"),
        ("points:", "joint_reads: [[frequency, voltage_l1_n]]\npoints:", "frequency is not a point"),
        ("phases: 3", "phases: [3", "my.yaml, line"),
        (GOOD, "just text", "must be a mapping"),
    ],
)
def test_a_wrong_profile_is_refused_in_one_sentence(old: str, new: str, words: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(GOOD.replace(old, new), "my.yaml")
    message = str(caught.value)
    assert words in message
    assert "my.yaml" in message
    assert "\n" not in message


def test_an_unknown_profile_says_where_to_look() -> None:
    with pytest.raises(ProfileError, match="device-probe profiles"):
        load_profile("no-such-meter")


def test_an_exporting_inverter_reads_import_positive() -> None:
    inverter, meter = load_profile("sma-sunny-tripower"), load_profile("eastron-sdm630")
    assert inverter.inverted("active_power_total")
    assert not meter.inverted("active_power_total")
    assert not load_profile("sungrow-sh-hybrid").inverted("grid_power_export")


def test_addresses_may_be_those_of_the_manual() -> None:
    """The same device, once as in the request and once with the numbers of a manual, is the same profile."""
    as_asked = """
forbidden_gaps: [{table: input, from: 40, to: 49}]
word_order_setting: {table: holding, address: 5, type: uint16, values: {0: little, 1: big}}
identity: {model: {table: holding, address: 9, alternatives: [19], type: uint16, value: 7}}
points:
  voltage_l1_n: {table: input, address: 0, type: int16, unit: V, scale_register: 30}
  current_l1: {table: input, address: 50, type: float32, unit: A, ratio_register: 31}
  system_type: {table: holding, address: 7, type: uint16}
  harmonic_voltage_l1: {table: input, address_of_h1: 99, stride: 2, from: 2, to: 5, type: float32, unit: "%"}
"""
    as_printed = """
addresses_from: {input: 30001, holding: 40001}
forbidden_gaps: [{table: input, from: 30041, to: 30050}]
word_order_setting: {table: holding, address: 40006, type: uint16, values: {0: little, 1: big}}
identity: {model: {table: holding, address: 40010, alternatives: [40020], type: uint16, value: 7}}
points:
  voltage_l1_n: {table: input, address: 30001, type: int16, unit: V, scale_register: 30031}
  current_l1: {table: input, address: 30051, type: float32, unit: A, ratio_register: 30032}
  system_type: {table: holding, address: 40008, type: uint16}
  harmonic_voltage_l1: {table: input, address_of_h1: 30100, stride: 2, from: 2, to: 5, type: float32,
    unit: "%"}
"""
    head = GOOD.split("points:")[0]
    asked, printed = (parse_profile(head + text, "m.yaml") for text in (as_asked, as_printed))
    assert replace(printed, digest="") == replace(asked, digest="")
    assert printed.point("voltage_l1_n").address == 0
    counted_from_1 = GOOD.replace("address: 0", "address: 1").replace("points:", "addresses_from: 1\npoints:")
    assert parse_profile(counted_from_1, "m.yaml").point("voltage_l1_n").address == 0
