"""What a manual or a maintainer tells in prose about a device is a key that the reader obeys."""

import pytest

from device_probe.plan import plan_requests
from device_probe.problems import ProfileError
from device_probe.profile import (
    SIGN_FAMILIES,
    Profile,
    SignFrom,
    Span,
    ValidWhen,
    for_connector,
    is_not_available,
    unit_of_connector,
)
from device_probe.profile_schema import list_profiles, load_profile


def each(*quantities: str, **wanted) -> dict:
    return dict.fromkeys(quantities, wanted)


# the manners of each device: attribute of the profile -> what it must be
MANNERS = {
    "abl-em4": {"default_unit_id": 255, "connector_stride": dict.fromkeys(("holding", "input", "coil",
        "discrete"), 256)},
    "alfen-eve-ng9xx": {"single_client": True, "connector_unit_stride": 1, "connectors": 2},
    "algodue-upm209": {"max_registers": 58},
    "alpitronic-hypercharger": {"connectors": 4},
    "ambibox-ambicharge": {"connector_stride": {"input": 200, "holding": 100}},
    "amperfied-connect": {"default_unit_id": 255},
    "camille-bauer-aplus": {"word_order": "little"},
    "carlo-gavazzi-em24-e1": {"word_order": "little", "tables_alike": True},
    "carlo-gavazzi-em340": {"word_order": "little", "max_registers": 50},
    "circutor-cvm-c10": {"tables_alike": True},
    "compleo-solo-duo": {"connectors": 2},
    "eastron-sdm120": {"max_registers": 80},
    "eastron-sdm630": {"max_registers": 80, "even_start": True, "zero_when_absent": True},
    "eastron-sdm72d-m-v2": {"max_registers": 80},
    "etrel-inch": {"ports": (503,), "connectors": 2},
    "heidelberg-energy-control": {"max_registers": 14, "baud": 19200, "parity": "E", "stop_bits": 1},
    "huawei-sun2000": {"single_client": True, "connect_delay_ms": 1500, "unit_ids": (0, 16),
        "ports": (6607,)},
    "janitza-umg-512-pro": {"unit_ids": (2,)}, "janitza-umg-604-pro": {"unit_ids": (2,)},
    "janitza-umg-96-pa": {"unit_ids": (2,)}, "janitza-umg-96rm-e": {"unit_ids": (2,)},
    "kathrein-kwb": {"default_unit_id": 0},
    "keba-kecontact-p30": {"exact_reads": True, "min_gap_ms": 500, "max_registers": 2,
        "zero_when_absent": True},
    "keba-kecontact-p40": {"exact_reads": True, "min_gap_ms": 500, "max_registers": 2,
        "zero_when_absent": True},
    "kostal-plenticore": {"default_port": 1502, "default_unit_id": 71, "word_order": "little"},
    "mennekes-amtron-compact": {"default_unit_id": 50},
    "mennekes-amtron-hcc3": {"word_order": "little"},
    "phoenix-contact-ev-cc-ac1": {"word_order": "little", "default_unit_id": 255},
    "sax-power-home": {"default_unit_id": 64, "ports": (3600,), "joint_reads": (("battery_soc",
        "battery_power"),)},
    "shelly-pro-3em": {"word_order": "little", "max_gap": 0},
    "siemens-pac2200": {"whole_values": True, "max_gap": 0, "tables_alike": True,
                        "forbidden": (Span("holding", 43, 54), Span("input", 43, 54))},
    "siemens-pac3200": {"whole_values": True, "max_gap": 0, "tables_alike": True},
    "siemens-versicharge-gen3": {"default_unit_id": 2},
    "sma-sunny-tripower": {"default_unit_id": 3},
    "sungrow-sh-hybrid": {"word_order": "little"},
    "sunspec-inverter-103": {"ports": (1502,), "unit_ids": (126,), "sunspec_model": 103, "model_base": 40070},
    "sunspec-inverter-113": {"unit_ids": (126,), "sunspec_model": 113},
    "sunspec-meter-203": {"unit_ids": (240,), "sunspec_model": 203},
    "sunspec-meter-213": {"sunspec_model": 213},
    "victron-gx": {"default_unit_id": 100},
    "webasto-next": {"max_gap": 0},
}  # fmt: skip
BENDER_METER = ("active_energy_import_l1", "active_power_total", "current_l3", "voltage_l2_n")
# point keys: profile -> quantities -> attributes
POINTS = {
    "abl-em4": {"charger_state": {"mask": 0xF0, "shift": 4}},
    "accuenergy-acuvim-ii": each("serial_number", "manufacturer", optional=True),
    "alfen-eve-ng9xx": {"serial_number": {"unit_id": 200}, "max_current_limit": {"write_function": 16}},
    "alpitronic-hypercharger": {"serial_number": {"station": True},
        "active_energy_import_total": {"optional": True},
                                "ev_id": {"encoding": "hex"}},
    "carlo-gavazzi-em24-e1": {"model_code": {"alone": True},
                              "active_energy_export_total": {"valid_when": ValidWhen("application", ("7",))}},
    "chint-dtsu666": each("current_l1", "active_power_total", "active_energy_export_l3", ratio_register=6),
    "compleo-solo-duo": {"charging_time": {"fully_swapped": True}, "number_of_connectors": {"station": True}},
    "etrel-inch": {"serial_number": {"station": True}},
    "kathrein-kwb": {"max_current_limit": {"na": 0xFFFF}},
    "keba-kecontact-p30": {"max_current_limit": {"write_function": 6}},
    "mennekes-amtron-bender": {**each(*BENDER_METER, retry_na=True, na=0xFFFFFFFF),
                               **each("vehicle_soc", "smart_vehicle_detected",
                                      alone=True, optional=True, may_close=True),
                               **each("device_model", "session_energy", optional=True)},
    "mennekes-amtron-hcc3": {"device_name": {"byte_swap": True}, "serial_number": {"byte_swap": False}},
    "peblar": each("voltage_l2_n", "current_l3", "active_power_l2", optional=True),
    "phoenix-contact-charx-sec": {"firmware_version": {"station": True}, "meter_type": {"na": 0,
        "also_na": (0xFFFF,)}},
    "phoenix-contact-ev-cc-ac1": {"max_current_limit": {"whole_below": 60},
        "charger_state": {"encoding": "ascii_low_byte"}},
    "sax-power-home": {"battery_power": {"offset": -16384}, "grid_power": {"offset": -16384}},
    "schneider-iem3155-iem3255": {"active_energy_export_total": {"optional": True}},
    "schneider-pm5320": {"power_factor_l1": {"encoding": "four_quadrant"},
        "thd_r_current_l1": {"basis": "rms"},
                         "thd_current_l1": {"basis": "fundamental"}, "ct_secondary": {"na": 0xFFFF}},
    "schneider-pm5560": {"power_factor_total": {"encoding": "four_quadrant"}},
    "siemens-pac3200": {"thd_voltage_l1": {"basis": "rms"}, "thd_current_l3": {"basis": "rms"}},
    "sigenergy-evdc": {"session_control": {"write_function": 6}, "max_power_limit": {"write_function": 16}},
    "sungrow-sh-hybrid": {"battery_power": {"sign_from": SignFrom("running_state_bits", "battery_charging",
                                                                  "battery_discharging"), "na": 0x7FFF}},
}  # fmt: skip
# quantities that the device counts the other way round than import, charging and inductive positive
INVERTED = {
    "huawei-sun2000": ("active_power_total", "meter_active_power_total"),
        "intilion-scalebloc": ("battery_power",),
    "kostal-plenticore": ("active_power_l1", "battery_power"), "sax-power-home": ("battery_power",),
    "sma-sunny-tripower": ("active_power_total", "battery_current"),
        "sungrow-sh-hybrid": ("active_power_total",),
    "sunspec-inverter-103": ("active_power_total",), "ambibox-ambicharge": ("power_setpoint",),
    "eastron-sdm630": ("power_factor_total",),
}  # fmt: skip
AS_CANONICAL = {
    "huawei-sun2000": ("battery_power",), "kostal-plenticore": ("meter_active_power_total",),
    "sax-power-home": ("grid_power",), "victron-gx": ("battery_power", "grid_power_l1"),
    "sungrow-sh-hybrid": ("grid_power_export", "meter_active_power_total"), "sigenergy-evdc": ("dc_power",),
    "eastron-sdm630": ("active_power_total", "reactive_power_total"),
        "schneider-pm5320": ("active_power_l1",),
}  # fmt: skip


@pytest.mark.parametrize("name", MANNERS)
def test_a_device_is_read_in_the_manner_it_needs(name: str) -> None:
    profile = load_profile(name)
    assert {key: getattr(profile, key) for key in MANNERS[name]} == MANNERS[name]


@pytest.mark.parametrize("name", POINTS)
def test_the_oddities_of_a_point_are_keys(name: str) -> None:
    profile = load_profile(name)
    for quantity, wanted in POINTS[name].items():
        point = profile.point(quantity)
        assert {key: getattr(point, key) for key in wanted} == wanted, quantity


def test_signs_are_known_for_each_family_of_quantities() -> None:
    for name, quantities in INVERTED.items():
        assert all(load_profile(name).inverted(quantity) for quantity in quantities), name
    for name, quantities in AS_CANONICAL.items():
        assert not any(load_profile(name).inverted(quantity) for quantity in quantities), name
    for profile in list_profiles():
        families = set(profile.sign) - {"note"}
        assert families <= set(SIGN_FAMILIES)
        for family in families:  # no sign is told of something that the device doesn't have
            names = [q for q in (p.quantity for p in profile.points) if SIGN_FAMILIES[family].fullmatch(q)]
            assert names or profile.kind == "ac_charger", (profile.id, family)


def test_not_available_is_known_by_type_where_the_device_has_such_a_rule() -> None:
    abb = load_profile("abb-b23-b24")
    for quantity, pattern in (("active_energy_export_total", b"\xff" * 8), ("active_power_l1",
        b"\x7f\xff\xff\xff"),
                              ("serial_number", b"\xff" * 4), ("power_factor_l2", b"\x7f\xff")):  # fmt: skip
        assert is_not_available(abb.point(quantity), pattern), quantity
    sungrow = load_profile("sungrow-sh-hybrid")
    assert is_not_available(sungrow.point("meter_active_power_l2"), b"\x7f\xff\xff\xff")
    assert not is_not_available(sungrow.point("meter_active_power_l2"), b"\xff\xff\xff\xff")  # -1 W
    charx = load_profile("phoenix-contact-charx-sec").point("meter_type")
    assert is_not_available(charx, b"\0\0")
    assert is_not_available(charx, b"\xff\xff")


def test_devices_are_told_apart_by_values_ranges_and_what_they_lack() -> None:
    keba = load_profile("keba-kecontact-p30").identity[0]
    assert (keba.fits(316101.0), keba.fits(416101.0), keba.fits("x")) == (True, False, False)
    acuvim = load_profile("accuenergy-acuvim-l").identity[0]
    assert (acuvim.absent, acuvim.point.address, acuvim.fits(0)) == (True, 50000, None)
    schneider = {i.name: i for i in load_profile("schneider-pm5320").identity}
    assert schneider["model_string"].fits("pm5320") is True
    assert schneider["manufacturer_string"].fits(None) is False
    assert 0x0E03 in range(*load_profile("sungrow-sh-hybrid").identity[0].range)
    assert load_profile("schneider-pm5320").fc43 == {"vendor": "Schneider Electric"}


def test_the_plan_obeys_the_quirks() -> None:
    keba = plan_requests(load_profile("keba-kecontact-p30"), 255)
    assert all(block.count == 2 and len(block.points) == 1 for block in keba)
    pac = load_profile("siemens-pac2200")
    edges = {p.address for p in pac.points} | {p.end for p in pac.points}
    for block in plan_requests(pac, 1):
        assert {block.address, block.end} <= edges
        assert not (block.address <= 54 and block.end > 43), "the hole of this meter"
    sax = plan_requests(load_profile("sax-power-home"), 64, ["battery_soc", "battery_power"])
    assert [(block.address, block.count) for block in sax] == [(46, 2)]
    bender = plan_requests(load_profile("mennekes-amtron-bender"), 255)
    assert [block.address for block in bender[-2:]] == [730, 740]
    sungrow = plan_requests(load_profile("sungrow-sh-hybrid"), 1, ["battery_power"])
    assert {p.quantity for block in sungrow for p in block.points} == {"battery_power", "running_state_bits"}


def test_every_stride_leads_to_its_connector() -> None:
    steps = {"abl-em4": ("current_l1", 256), "alpitronic-hypercharger": ("dc_voltage", 100),
             "compleo-solo-duo": ("voltage_l1_n", 16), "etrel-inch": ("current_l1", 100),
             "phoenix-contact-charx-sec": ("current_l1", 1000)}  # fmt: skip
    for name, (quantity, step) in steps.items():
        profile = load_profile(name)
        second = for_connector(profile, 2)
        assert second.point(quantity).address == profile.point(quantity).address + step
        assert [p for p in second.points if p.station] == [p for p in profile.points if p.station]
        assert for_connector(profile, 1) is profile
    alfen = load_profile("alfen-eve-ng9xx")
    assert (unit_of_connector(alfen, 1, 2), for_connector(alfen, 2).points) == (2, alfen.points)


@pytest.mark.parametrize(
    ("name", "connector", "words"),
    [
        ("eastron-sdm630", 2, "has one connector"),
        ("alfen-eve-ng9xx", 3, "connectors 1 to 2"),
        ("alpitronic-hypercharger", 0, "connectors 1 to 4"),
        ("phoenix-contact-charx-sec", 66, "beyond address 65535"),
    ],
)
def test_a_connector_that_is_not_there_is_refused_in_one_sentence(
    name: str, connector: int, words: str
) -> None:
    with pytest.raises(ProfileError, match=words) as refused:
        for_connector(load_profile(name), connector)
    assert "\n" not in str(refused.value)


def test_no_key_of_the_format_is_without_a_device_that_needs_it() -> None:
    """Each manner is used by a profile, so that none is only on paper (those kept for users are named)."""
    unused = {"tid_zero_ok", "sunspec_length", "stop_bits"}
    usual = Profile("x", "", "", "meter", 1, "tcp", 1, 502, "big", (), "")
    for key in ("max_gap", "forbidden", "joint_reads", "exact_reads", "even_start", "connect_delay_ms",
        "min_gap_ms",
                "baud", "parity", "single_client", "unit_ids", "ports", "connector_stride",
                    "connector_unit_stride",
                "connectors", "word_order_setting", "whole_values", "zero_when_absent",
                    "tables_alike"):  # fmt: skip
        assert key not in unused
        assert any(getattr(profile, key) != getattr(usual, key) for profile in list_profiles()), key
