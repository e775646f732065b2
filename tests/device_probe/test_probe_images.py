"""Devices whose registers were typed by hand read as their manuals say."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from device_probe.bus import Bus
from device_probe.model import PlannedDevice, Snapshot
from device_probe.profile import Profile, for_connector
from device_probe.profile_format.yaml_text import read_yaml
from device_probe.profile_schema import load_profile, parse_profile
from device_probe.read import read_on
from tests.device_probe.registers_by_hand import Registers, served

IMAGES = sorted((Path(__file__).parent / "images").glob("*.yaml"))


class ByHand(Registers):
    """An image; some registers tell something else when nothing is read with them."""

    def __init__(self, image: dict) -> None:
        super().__init__()
        self.by_itself = {}
        for into, key in ((self.words, "units"), (self.by_itself, "by_itself")):
            for unit, tables in image.get(key, {}).items():
                for table, places in tables.items():
                    words = into.setdefault((unit, table), {})
                    for address, content in places.items():
                        words.update(enumerate((int(word, 16) for word in content.split()), address))

    def answer(self, unit: int, pdu: bytes) -> bytes:
        table = {3: "holding", 4: "input"}.get(pdu[0], "")
        address, count = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        word = self.by_itself.get((unit, table), {}).get(address)
        if word is not None and count == 1:
            return bytes([pdu[0], 2]) + word.to_bytes(2, "big")
        return super().answer(unit, pdu)


def read(profile: Profile, port: int, unit: int, quantities=None, connector: int = 1) -> Snapshot:
    device = PlannedDevice("X", profile.id, "127.0.0.1", port, unit, "other", connector=connector)

    async def run() -> Snapshot:
        bus = Bus()
        try:
            quick = replace(profile, connect_delay_ms=0, min_gap_ms=0)
            return await read_on(bus, device, quick, quantities)
        finally:
            await bus.close()

    return asyncio.run(run())


def image_of(name: str) -> dict:
    path = next(path for path in IMAGES if path.stem == name)
    return read_yaml(path.read_text(encoding="utf-8"), path.name)


def wanted(value):
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.stem)
def test_a_device_typed_by_hand_reads_as_its_manual_says(path: Path) -> None:
    image = image_of(path.stem)
    profile = load_profile(image["profile"])
    with served(ByHand(image)) as port:
        snapshot = read(profile, port, image["unit"])
    found = {reading.quantity: reading for reading in snapshot.readings}
    for quantity, value in image["expected"].items():
        reading = found[quantity]
        assert reading.problem in (None, "suspect"), reading
        assert isinstance(reading.value, type(wanted(value))), reading
        same = pytest.approx(value, rel=1e-6) if isinstance(value, float) else wanted(value)
        assert reading.value == same, reading
    for quantity in image.get("absent", []):
        assert (found[quantity].value, found[quantity].problem) == (None, "not_available"), found[quantity]


def test_at_least_five_devices_were_typed() -> None:
    assert len(IMAGES) >= 8
    assert sum(len(image_of(path.stem)["expected"]) for path in IMAGES) >= 150


def test_named_quantities_read_the_same_though_others_give_them_their_meaning() -> None:
    """The direction, the application and the word order are read along when only one value is asked."""
    for name, quantity in (
        ("sungrow-sh-hybrid", "battery_power"),
        ("carlo-gavazzi-em24-e1", "active_energy_export_total"),
        ("carlo-gavazzi-em24-e1", "model_code"),
        ("carlo-gavazzi-em24-e1", "voltage_l3_l1"),
    ):
        image = image_of(name)
        with served(ByHand(image)) as port:
            (reading,) = read(load_profile(name), port, image["unit"], [quantity]).readings
        assert reading.value == pytest.approx(image["expected"][quantity]), reading


def test_export_energy_that_the_meter_hides_is_not_available_and_no_zero() -> None:
    image = image_of("carlo-gavazzi-em24-e1")
    image["units"][1]["holding"][40960] = "0002"
    image["units"][1]["input"][78] = "0000 0000"
    with served(ByHand(image)) as port:
        snapshot = read(load_profile("carlo-gavazzi-em24-e1"), port, 1)
    reading = {r.quantity: r for r in snapshot.readings}["active_energy_export_total"]
    assert (reading.value, reading.problem) == (None, "not_available")
    assert "application 7" in reading.cause


def test_a_meter_set_to_the_other_word_order_is_read_in_it() -> None:
    """Kostal keeps the order in register 5; the SDM630 shows 2141.0 in the order it is set to."""
    registers = Registers()
    registers.put(71, "holding", 5, [1])
    registers.put(71, "holding", 152, [0x4248, 0x0000])  # 50 Hz, high word first
    kostal = load_profile("kostal-plenticore")
    with served(registers) as port:
        (reading,) = read(kostal, port, 71, ["frequency"]).readings
    assert (reading.value, reading.problem) == (50.0, None)
    registers.put(71, "holding", 5, [0])
    registers.put(71, "holding", 152, [0x0000, 0x4248])
    with served(registers) as port:
        assert read(kostal, port, 71, ["frequency"]).readings[0].value == 50.0
    registers.put(71, "holding", 5, [9])
    with served(registers) as port:
        (reading,) = read(kostal, port, 71, ["frequency"]).readings
    assert reading.problem == "suspect"
    assert "word order" in reading.cause


def test_secondary_values_are_multiplied_by_the_ratio_and_doubted_without_one() -> None:
    registers = Registers()
    registers.put(1, "holding", 0x2010, [0x459C, 0x4000])  # 5000.0 counts of 1 mA at L3
    registers.put(1, "holding", 6, [40])
    chint = load_profile("chint-dtsu666")
    with served(registers) as port:
        assert read(chint, port, 1, ["current_l3"]).readings[0].value == 200.0
    registers.put(1, "holding", 6, [0])
    with served(registers) as port:
        (reading,) = read(chint, port, 1, ["current_l3"]).readings
    assert (reading.value, reading.problem) == (5.0, "suspect")


def test_the_direction_of_a_battery_is_never_guessed() -> None:
    image = image_of("sungrow-sh-hybrid")
    sungrow = load_profile("sungrow-sh-hybrid")
    for bits, value, problem in (
        ("0002", 3100.0, None),
        ("0004", -3100.0, None),
        ("0000", 3100.0, "suspect"),
    ):
        image["units"][1]["input"][13000] = bits
        with served(ByHand(image)) as port:
            (reading,) = read(sungrow, port, 1, ["battery_power"]).readings
        assert (reading.value, reading.problem) == (value, problem)


def test_the_second_connector_stands_where_the_facts_say() -> None:
    """Ambibox steps differently in each table, Alfen by the unit id, and what is the station's stays."""
    ambibox = for_connector(load_profile("ambibox-ambicharge"), 2)
    assert (ambibox.point("vehicle_soc").address, ambibox.point("power_setpoint").address) == (4254, 3100)
    alpitronic = for_connector(load_profile("alpitronic-hypercharger"), 4)
    assert (alpitronic.point("dc_power").address, alpitronic.point("serial_number").address) == (404, 6)
    registers = Registers()
    registers.put(1, "holding", 320, [0x4120, 0])  # socket 1: 10 A
    registers.put(2, "holding", 320, [0x41A0, 0])  # socket 2: 20 A
    registers.put(200, "holding", 1100, [0x4200, 0])  # the station: 32 A
    alfen = load_profile("alfen-eve-ng9xx")
    with served(registers) as port:
        snapshot = read(alfen, port, 1, ["current_l1", "station_max_current"], connector=2)
    assert [reading.value for reading in snapshot.readings] == [20.0, 32.0]
    assert snapshot.unit == 2


def test_a_register_that_means_something_else_alone_is_never_taken_from_a_longer_answer() -> None:
    """Without its own request, register 11 of the EM24 is half a voltage and no model."""

    class Refuses(ByHand):
        def answer(self, unit: int, pdu: bytes) -> bytes:
            if pdu[1:5] == b"\x00\x0b\x00\x01":
                return bytes([pdu[0] | 0x80, 2])
            return super().answer(unit, pdu)

    with served(Refuses(image_of("carlo-gavazzi-em24-e1"))) as port:
        snapshot = read(load_profile("carlo-gavazzi-em24-e1"), port, 1)
    readings = {reading.quantity: reading for reading in snapshot.readings}
    assert (readings["model_code"].value, readings["model_code"].problem) == (None, "unreadable")
    assert readings["voltage_l3_l1"].value == 398.8


def test_harmonics_stand_where_the_manuals_say() -> None:
    """Janitza UMG 512: h1 of L1 at 391, two registers an order. Acuvim-L: h2 at 1030, no h1."""
    registers = Registers()
    registers.put(1, "holding", 391, [0x4366, 0x0000])  # 230 V, the fundamental
    registers.put(1, "holding", 399, [0x40A0, 0x0000])  # 5 V of the 5th
    registers.put(1, "holding", 1147 + 124, [0x3F00, 0x0000])  # 0.5 A of the 63rd in L3
    wanted = ["harmonic_voltage_l1_h1", "harmonic_voltage_l1_h5", "harmonic_current_l3_h63"]
    with served(registers) as port:
        snapshot = read(load_profile("janitza-umg-512-pro"), port, 1, wanted)
    values = {r.quantity: (r.value, r.unit) for r in snapshot.readings}
    assert values == dict(zip(wanted, [(230.0, "V"), (5.0, "V"), (0.5, "A")], strict=True))
    registers = Registers()
    registers.put(1, "holding", 1030, [123])  # 1.23 % of the 2nd
    registers.put(1, "holding", 1059 + 30, [45])  # 0.45 % of the 31st in L2
    wanted = ["harmonic_voltage_l1_h2", "harmonic_voltage_l2_h31"]
    with served(registers) as port:
        snapshot = read(load_profile("accuenergy-acuvim-l"), port, 1, wanted)
    assert [reading.value for reading in snapshot.readings] == [1.23, 0.45]


def test_a_table_of_odd_harmonics_has_them_next_to_one_another() -> None:
    text = """
id: odd
vendor: V
model: M
kind: analyser
phases: 3
transport: tcp
points:
  harmonic_current_l1: {table: input, address_of_h1: 500, stride: 1, from: 1, to: 49, odd_only: true,
    type: uint16, scale: 0.1, unit: "%", h1_unit: A}
"""
    profile = parse_profile(text, "odd.yaml")
    assert [p.quantity for p in profile.points[:3]] == [
        f"harmonic_current_l1_h{order}" for order in (1, 3, 5)
    ]
    places = {p.quantity: (p.address, p.unit) for p in profile.points}
    assert places["harmonic_current_l1_h1"] == (500, "A")
    assert places["harmonic_current_l1_h7"] == (503, "%")
    assert places["harmonic_current_l1_h49"] == (524, "%")
    assert len(places) == 25
