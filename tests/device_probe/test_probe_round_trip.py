"""Every point of every profile, encoded by a few lines of the test's own and read back over a socket."""

import asyncio
import math
import random
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from device_probe.bus import Bus
from device_probe.model import PlannedDevice, Snapshot
from device_probe.profile import PROFILES, Point, Profile
from device_probe.profile_schema import load_profile
from device_probe.read import read_on
from tests.device_probe.registers_by_hand import FORMATS, Registers, a_raw_number, served, words_of

NAMES = sorted(path.stem for path in PROFILES.glob("*.yaml"))
UNIT = 7
# canonical is import, charging and inductive positive; written out here once more, from the facts
TURNED = {
    "huawei-sun2000": ("active_power_total", "meter_active_power_l1", "meter_active_power_l2",
                       "meter_active_power_l3", "meter_active_power_total"),
    "kostal-plenticore": ("active_power_total", "active_power_l1", "active_power_l2", "active_power_l3",
                          "battery_power"),
    "sma-sunny-tripower": ("active_power_total", "active_power_l1", "active_power_l2", "active_power_l3",
                           "battery_current"),
    "sungrow-sh-hybrid": ("active_power_total",),
    "sunspec-inverter-103": ("active_power_total",), "sunspec-inverter-113": ("active_power_total",),
    "sax-power-home": ("battery_power",), "intilion-scalebloc": ("battery_power",),
    "ambibox-ambicharge": ("power_setpoint",),
    "eastron-sdm630": ("power_factor_l1", "power_factor_l2", "power_factor_l3", "power_factor_total"),
}  # fmt: skip
TEXTS = ("serial_number", "firmware", "hardware_version", "modbus_version", "modbus_table_version",
         "protocol_version", "register_layout_version", "production_date")  # fmt: skip


@dataclass(frozen=True)
class Expected:
    value: float | str | tuple[str, ...] | None
    raw: str


def fixed(profile: Profile, point: Point) -> int | None:
    """Registers that other values depend on hold what leaves those as they are."""
    if profile.sunspec_model and point.value is not None:
        return point.value
    if profile.id == "sungrow-sh-hybrid" and point.quantity == "running_state_bits":
        return 0b100  # battery is discharging
    if profile.id == "kostal-plenticore" and point.quantity == "byte_order_setting":
        return 0
    if profile.id == "carlo-gavazzi-em24-e1" and point.quantity == "application":
        return 7
    return None


def raw_of(profile: Profile, point: Point, chance: random.Random):
    if (number := fixed(profile, point)) is not None:
        return number
    patterns = {int(na) for na in (point.na, *point.also_na) if na is not None and not math.isnan(na)}
    while True:
        raw = a_raw_number(point.type, chance)
        if point.encoding == "four_quadrant":
            raw = chance.choice([0.5, -0.5, 1.25, -1.25, 1.0, -1.0])
        if point.enum and chance.random() < 0.7:
            raw = int(chance.choice(list(point.enum)))
            raw = raw << point.shift if point.mask else raw
            raw = raw - 0x10000 if point.type == "int16" and raw > 0x7FFF else raw
        if isinstance(raw, float) or not {raw, raw % 2 ** (16 * point.registers)} & patterns:
            return raw


def meaning(profile: Profile, point: Point, raw) -> float | str | tuple[str, ...]:
    """Say what a raw number means, straight from the words of the recipe."""
    if point.mask:
        raw = (raw & point.mask) >> point.shift
    if point.bits or point.type.startswith("bitmask"):
        names = {int(bit): name for bit, name in point.bits.items()}
        return tuple(names.get(bit, str(bit)) for bit in range(64) if raw & (1 << bit))
    for key in (raw, raw % 65536 if isinstance(raw, int) else raw):
        label = point.enum.get(str(int(key))) if key == int(key) else None
        if label is not None:
            return label
    if point.encoding == "hex":
        return f"{raw:X}"
    if point.encoding == "four_quadrant":
        return {0.5: 0.5, -0.5: -0.5, 1.25: 0.75, -1.25: -0.75, 1.0: 1.0, -1.0: -1.0}[raw]
    scale = 1 if point.whole_below is not None and raw < point.whole_below else point.scale
    value = float(Decimal(repr(raw)) * Decimal(repr(scale)) + Decimal(repr(point.offset)))
    if point.quantity.startswith(TEXTS):
        return f"{value:.15g}"
    if profile.id == "sungrow-sh-hybrid" and point.quantity == "battery_power":
        return -abs(value)
    return -value if point.quantity in TURNED.get(profile.id, ()) else value


def a_text(point: Point, chance: random.Random) -> tuple[bytes, str]:
    size = 2 * point.length
    if point.encoding == "hex":
        data = bytes(chance.randrange(256) for _ in range(size - 1)) + b"\1"
        return data, data.hex().upper()
    if point.encoding == "ascii_low_byte":
        key = chance.choice(list(point.enum))
        return b"\0" + key.encode(), point.enum[key]
    keys = [key for key in point.enum if len(key) <= size]
    text = chance.choice(keys) if keys else "".join(chance.choices("ABCxyz019-./", k=chance.randint(1, size)))
    return text.encode().ljust(size, b"\0"), point.enum.get(text, text)


def filled(profile: Profile, seed: str) -> tuple[Registers, dict[str, Expected]]:
    """Return registers of the whole map with random contents, and what must be read."""
    chance, registers, expected = random.Random(seed), Registers(), {}
    little = profile.word_order == "little"
    for point in sorted(profile.points, key=lambda p: p.alone):
        unit = UNIT if point.unit_id is None else point.unit_id
        if point.type == "coil":
            bit = chance.randrange(2)
            registers.put(unit, point.table, point.address, [bit])
            value = point.enum.get(str(bit), float(bit))
            expected[point.quantity] = Expected(value, str(bit))
            continue
        if point.alone and profile.id == "carlo-gavazzi-em24-e1":
            continue  # shares its register with a voltage: test_probe_images reads it
        if point.type == "string":
            raw, value = a_text(point, chance)
        else:
            raw = raw_of(profile, point, chance)
            value = meaning(profile, point, raw)
        words = words_of(point.type, raw, little, point.byte_swap, point.fully_swapped)
        registers.put(unit, point.table, point.address, words)
        if point.scale_register is not None:
            registers.put(unit, point.table, point.scale_register, [0])
        if point.ratio_register is not None:
            registers.put(unit, point.table, point.ratio_register, [1])
        if point.access != "wo":
            expected[point.quantity] = Expected(value, "".join(f"{word:04x}" for word in words))
    if profile.id == "eastron-sdm630":  # the word order it is set to: 2141.0, high word first
        registers.put(UNIT, "holding", 40, [0x4505, 0xD000])
    if profile.sunspec_model:  # the chain that the addresses of the file are true of
        registers.put(UNIT, "holding", 40000, [0x5375, 0x6E53, 1, 66])
        length = {103: 50, 113: 60, 203: 105, 213: 124}[profile.sunspec_model]
        registers.put(UNIT, "holding", 40070, [profile.sunspec_model, length])
        registers.put(UNIT, "holding", 40072 + length, [0xFFFF, 0])
    return registers, expected


def read(profile: Profile, port: int) -> Snapshot:
    device = PlannedDevice("X", profile.id, "127.0.0.1", port, UNIT, "other")

    async def run() -> Snapshot:
        bus = Bus()
        try:
            return await read_on(bus, device, profile)
        finally:
            await bus.close()

    return asyncio.run(run())


def hurried(profile: Profile) -> Profile:
    """A device that needs no pauses: the time they take proves nothing here."""
    return replace(profile, connect_delay_ms=0, min_gap_ms=0)


@pytest.mark.parametrize("name", NAMES)
def test_every_point_is_read_as_it_was_written(name: str) -> None:
    profile = hurried(load_profile(name))
    registers, expected = filled(profile, name)
    with served(registers) as port:
        snapshot = read(profile, port)
    assert snapshot.problem is None
    assert registers.other_functions == 0
    assert {r.quantity for r in snapshot.readings} >= set(expected)
    for reading in snapshot.readings:
        if reading.quantity not in expected:
            continue
        wanted = expected[reading.quantity]
        assert reading.problem in (None, "suspect"), reading
        if isinstance(wanted.value, float):
            assert reading.value == pytest.approx(wanted.value, rel=1e-12, abs=1e-12), reading
        else:
            assert reading.value == wanted.value, reading
        assert reading.raw == wanted.raw, reading
    assert not any(point.quantity in expected for point in profile.points if point.access == "wo")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_available_comes_back_as_a_problem_never_as_a_number(name: str) -> None:
    profile = hurried(load_profile(name))
    registers, _ = filled(profile, name)
    little = profile.word_order == "little"
    absent = set()
    for point in profile.points:
        unit = UNIT if point.unit_id is None else point.unit_id
        if point.access == "wo" or point.alone or fixed(profile, point) is not None:
            continue
        if point.type.startswith("float"):
            for_all = random.Random(point.quantity).choice([math.nan, math.inf, -math.inf])
            words = words_of(point.type, for_all, little)
        elif point.type == "string":
            words = [0] * point.length
        elif point.na is not None:
            number = int(random.Random(point.quantity).choice([point.na, *point.also_na]))
            kind = point.type.replace("int", "uint").replace("uuint", "uint").replace("bitmask", "uint")
            words = words_of(kind, number % 2 ** (16 * point.registers), little, point.byte_swap)
        else:
            continue
        registers.put(unit, point.table, point.address, words)
        absent.add(point.quantity)
    with served(registers) as port:
        found = {reading.quantity: reading for reading in read(profile, port).readings}
    for quantity in absent:
        assert (found[quantity].value, found[quantity].problem) == (None, "not_available"), found[quantity]
        assert found[quantity].cause


def test_every_type_of_the_format_is_met_somewhere() -> None:
    types = {point.type for name in NAMES for point in load_profile(name).points}
    assert types >= {*FORMATS, "string", "coil"} - {"bitmask32"}
