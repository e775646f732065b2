"""What the encoder of the simulator writes the decoder reads back, for every point of every profile."""

import math
import random
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_probe.blocks import decode_blocks
from device_probe.decode import decode
from device_probe.model import RawBlock
from device_probe.profile import PROFILES, Point
from device_probe.profile_schema import list_profiles, load_profile, parse_profile
from device_probe.quantities import is_text
from device_probe.simulator.encode import encode

FILES = sorted(path.stem for path in PROFILES.glob("*.yaml"))
RANGES = {
    "uint16": (0, 60000), "int16": (-30000, 30000), "bitmask16": (0, 65535), "uint32": (0, 2**31),
    "int32": (-(2**30), 2**30), "uint64": (0, 2**50), "int64": (-(2**50), 2**50), "float32": (-1e6, 1e6),
    "float64": (-1e9, 1e9),
}  # fmt: skip


def a_value(point: Point, chance: random.Random):
    if point.enum:
        return chance.choice(list(point.enum.values()))
    if point.type == "string":
        text = "".join(
            chance.choices("ABCDEF0123456789", k=2 * point.registers if point.encoding == "hex" else 1)
        )
        return text * 2 if point.encoding == "hex" else text
    if point.bits or point.type.startswith("bitmask"):
        names = point.bits or {bit: str(bit) for bit in range(16)}
        return tuple(name for _, name in sorted(names.items()) if chance.random() < 0.5)
    if point.encoding == "hex":
        return f"{chance.randrange(2**30):X}"
    if point.encoding == "four_quadrant":
        return chance.uniform(-1, 1)
    low, high = RANGES[point.type]
    return chance.uniform(low, high) * point.scale + point.offset


@pytest.mark.parametrize("name", FILES)
def test_every_point_of_a_profile_survives_the_round_trip(name: str) -> None:
    profile, chance = load_profile(name), random.Random(name)
    checked = 0
    for point in profile.points:
        if point.type == "coil" or point.table == "coil":
            continue
        if point.sign_from is not None:
            continue  # its sign stands elsewhere: test_probe_round_trip
        value = a_value(point, chance)
        reading = decode(profile, point, encode(profile, point, value))
        assert reading.problem is None, (point, value, reading)
        if isinstance(value, float):
            back = float(reading.value) if is_text(point.quantity) else reading.value
            tolerance = (
                abs(point.scale) * 0.51
                if "int" in point.type or point.type == "bitmask16"
                else abs(value) * 1e-6 + 1e-6
            )
            assert abs(back - value) <= tolerance, (point.quantity, value, reading)
        else:
            assert reading.value == value or point.enum.get(str(value)) == reading.value, (
                point,
                value,
                reading,
            )
        checked += 1
    assert checked


@pytest.mark.parametrize("name", FILES)
def test_not_available_never_becomes_a_number(name: str) -> None:
    profile = load_profile(name)
    patterns = [p for p in profile.points if p.na is not None]
    floats = [p for p in profile.points if p.type.startswith("float")]
    for point in [*patterns, *floats]:
        reading = decode(profile, point, encode(profile, point, None))
        assert (reading.value, reading.problem) == (None, "not_available"), point
    for point in floats:
        for number in (math.inf, -math.inf, math.nan):
            data = struct.pack(">f" if point.type == "float32" else ">d", number)
            words = [data[i : i + 2] for i in range(0, len(data), 2)]
            if profile.word_order == "little":
                words.reverse()
            assert decode(profile, point, b"".join(words)).problem == "not_available"
    assert profile.points


def test_word_order_is_taken_from_the_profile_not_guessed() -> None:
    big, little = load_profile("eastron-sdm630"), load_profile("carlo-gavazzi-em340")
    assert decode(big, big.point("voltage_l1_n"), bytes.fromhex("43663333")).value == pytest.approx(
        230.2, abs=0.001
    )
    # 2302 counts of 0.1 V, low word first, as the facts of this meter say
    assert decode(little, little.point("voltage_l1_n"), bytes.fromhex("08fe0000")).value == 230.2


def test_scale_registers_are_powers_of_ten_and_may_be_missing() -> None:
    profile = load_profile("sunspec-meter-203")
    point = profile.point("active_power_total")
    data = (1234).to_bytes(2, "big")
    assert decode(profile, point, data, exponent=1).value == 12340.0
    assert decode(profile, point, data, exponent=-2).value == 12.34
    assert decode(profile, point, data, exponent=-32768).problem == "not_available"


def test_schneiders_four_quadrant_power_factor() -> None:
    profile = load_profile("schneider-pm5320")
    point = profile.point("power_factor_l1")
    read = {raw: decode(profile, point, struct.pack(">f", raw)).value for raw in (0.9, 1.25, -0.5, -1.25)}
    assert read == {0.9: pytest.approx(0.9), 1.25: 0.75, -0.5: -0.5, -1.25: -0.75}


def test_bit_fields_name_their_set_bits() -> None:
    profile = load_profile("circutor-cvm-c10")
    reading = decode(profile, profile.point("power_quadrant"), (0b10000101).to_bytes(2, "big"))
    assert reading.value == ("consumed", "inductive", "7")


def test_state_letters_in_mixed_encodings() -> None:
    abl = load_profile("abl-em4")
    assert decode(abl, abl.point("charger_state"), bytes.fromhex("00b1")).value == "B"
    phoenix = load_profile("phoenix-contact-ev-cc-ac1")
    assert decode(phoenix, phoenix.point("charger_state"), b"\0C").value == "charging"
    alfen = load_profile("alfen-eve-ng9xx")
    assert decode(alfen, alfen.point("charger_state"), b"C2" + bytes(8)).value == "charging"


def test_mask_and_shift_apply_before_the_enum() -> None:
    text = """
id: masked
vendor: V
model: M
kind: ac_charger
phases: 3
transport: tcp
points:
  charger_state: {table: holding, address: 0, type: uint16, mask: 0x0F00, shift: 8, enum: {3: charging}}
"""
    profile = parse_profile(text, "masked.yaml")
    assert decode(profile, profile.points[0], bytes.fromhex("f3aa")).value == "charging"


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_registers_decode_to_a_value_or_a_problem_never_an_exception(draw) -> None:
    for profile in list_profiles():
        for point in profile.points[:: draw.draw(st.integers(1, 7))]:
            if point.table == "coil":
                continue
            data = draw.draw(st.binary(min_size=2 * point.registers, max_size=2 * point.registers))
            exponent = draw.draw(st.integers(-32768, 32767)) if point.scale_register is not None else None
            reading = decode(profile, point, data, exponent)
            assert (reading.value is None) == (reading.problem in ("not_available", "unreadable"))
            assert not isinstance(reading.value, float) or math.isfinite(reading.value)


def test_a_number_that_its_scale_makes_infinite_is_no_number() -> None:
    text = """
id: vast
vendor: V
model: M
kind: meter
phases: 3
transport: tcp
points:
  active_energy_import_total: {table: holding, address: 0, type: float64, unit: Wh, scale: 1000}
  voltage_l1_n: {table: holding, address: 4, type: float32, unit: V, scale: 1.0e+300}
"""
    profile = parse_profile(text, "vast.yaml")
    data = struct.pack(">df", 1.7e308, 3.4e38)
    block = RawBlock(1, "holding", 0, 6, data.hex(), "2026-01-01T00:00:00Z")
    for reading in decode_blocks(profile, 1, [block], {}):
        assert (reading.value, reading.problem) == (None, "not_available")
