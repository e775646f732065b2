"""Snapshots of a device read right or wrong: true registers, and the profile somebody reads them with."""

import cmath
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from device_probe.blocks import decode_blocks
from device_probe.model import RawBlock, Snapshot
from device_probe.plan import plan_requests
from device_probe.profile import Point, Profile

UNIT = 7
EXPONENT = -1  # of every scale register
SCALED_LIMIT_VA = 3000.0  # what 16 bits of 0.1 VA hold
SETTINGS = {"ct_primary": 400.0, "ct_secondary": 5.0, "vt_primary": 400.0, "nominal_frequency": 50.0,
            "battery_soc": 60.0, "battery_soh": 98.0, "vehicle_soc": 41.0, "battery_temperature": 21.0,
            "device_temperature": 35.0}  # fmt: skip
Words = dict[str, dict[int, int]]


@dataclass(frozen=True)
class Load:
    """What flows at the three inputs of a meter."""

    volts: tuple[float, float, float] = (230.0, 231.0, 229.0)
    amperes: tuple[float, float, float] = (16.05, 15.05, 17.05)
    angle_deg: float = 8.0
    thd: float = 0.06
    hertz: float = 50.02
    currents_from: tuple[int, int, int] = (0, 1, 2)  # current transformers on other phases
    polarity: tuple[int, int, int] = (1, 1, 1)
    energy_wh: float = 8_765_000.0


def values_of(load: Load, phases: int = 3) -> dict[str, float]:
    """Return what a meter measures; for a single-phase one of the first input alone."""
    turn = [cmath.rect(1, math.radians(-120 * k)) for k in range(3)]
    inputs = range(phases if phases != 2 else 3)
    voltage = [load.volts[k] * turn[k] if k in inputs else 0j for k in range(3)]
    flow = [load.amperes[k] * turn[k] * cmath.rect(1, -math.radians(load.angle_deg)) for k in range(3)]
    current = [flow[load.currents_from[k]] * load.polarity[k] if k in inputs else 0j for k in range(3)]
    found: dict[str, float] = dict(SETTINGS)
    rms = [abs(c) * math.hypot(1, load.thd) for c in current]
    power = [v * c.conjugate() for v, c in zip(voltage, current, strict=True)]
    apparent = [abs(v) * i for v, i in zip(voltage, rms, strict=True)]
    parts = [(f"l{k + 1}", power[k], apparent[k]) for k in range(3)]
    for name, vector, size in (*parts, ("total", sum(power), sum(apparent))):
        found |= {
            f"active_power_{name}": vector.real, f"reactive_power_{name}": vector.imag,
            f"apparent_power_{name}": size, f"power_factor_{name}": vector.real / size if size else 0.0,
            f"cos_phi_{name}": vector.real / abs(vector) if abs(vector) else 0.0,
            f"phase_angle_{name}": math.degrees(cmath.phase(vector)) if abs(vector) else 0.0,
        }  # fmt: skip
    for k in range(3):
        found |= {
            f"voltage_l{k + 1}_n": abs(voltage[k]),
            f"current_l{k + 1}": rms[k],
            f"thd_current_l{k + 1}": 100 * load.thd,
            f"thd_voltage_l{k + 1}": 2.1,
            f"frequency_l{k + 1}": load.hertz,
            f"active_energy_import_l{k + 1}": load.energy_wh / 3,
        }
    for a, b, name in ((0, 1, "l1_l2"), (1, 2, "l2_l3"), (2, 0, "l3_l1")):
        found[f"voltage_{name}"] = abs(voltage[a] - voltage[b])
    lines = [found[f"voltage_{name}"] for name in ("l1_l2", "l2_l3", "l3_l1")]
    found |= {
        "voltage_ln_avg": sum(map(abs, voltage)) / 3, "voltage_ll_avg": sum(lines) / 3,
        "voltage_avg_system": sum(lines) / 3, "current_avg": sum(rms) / 3, "current_sum": sum(rms),
        "current_n": abs(sum(current)), "frequency": load.hertz if any(load.volts) else 0.0,
        "active_energy_import_total": load.energy_wh, "active_energy_total": load.energy_wh,
    }  # fmt: skip
    return found | {
        f"{p}{name}": value for p in ("native_", "integer_", "meter_") for name, value in found.items()
    }


def packed(profile: Profile, point: Point, value: float, exponent: int) -> bytes:
    """Return the registers of a number as the manual says; nothing of the package's own encoder is in it."""
    number = -value if profile.inverted(point.quantity) else value
    raw = (number - point.offset) / (point.scale * 10.0**exponent)
    if point.type.startswith("float"):
        data = struct.pack(">f" if point.type == "float32" else ">d", raw)
    else:
        bits, low = 16 * point.registers, point.type.startswith("int")
        least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if low else (0, 2**bits - 1)
        data = (min(max(round(raw), least), most) & (2**bits - 1)).to_bytes(bits // 8, "big")
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if point.fully_swapped or point.byte_swap:
        words = [word[::-1] for word in words]
    if point.fully_swapped or profile.word_order == "little":
        words.reverse()
    return b"".join(words)


def registers_of(profile: Profile, values: dict[str, float]) -> Words:
    """Return every register of a device, by table and address."""
    words: Words = {}
    for point in profile.points:
        if point.table not in ("holding", "input"):
            continue
        place = words.setdefault(point.table, {})
        if point.scale_register is not None:
            place[point.scale_register] = EXPONENT & 0xFFFF
        if point.type == "string":
            data = point.quantity.upper().encode()[: 2 * point.registers].ljust(2 * point.registers, b" ")
        elif point.quantity in values:
            data = packed(profile, point, values[point.quantity], EXPONENT if point.scale_register else 0)
        elif point.quantity == "serial_number":
            data = (4711).to_bytes(2 * point.registers, "big")
        else:
            data = bytes(2 * point.registers)
        for i in range(point.registers):
            place.setdefault(point.address + i, int.from_bytes(data[2 * i : 2 * i + 2], "big"))
    return words


def read(words: Words, profile: Profile, tag: str = "PM1") -> Snapshot:
    """Return what reading these registers with a profile gives; a register that is nowhere holds 0."""
    blocks = []
    for block in plan_requests(profile, UNIT):
        if block.table in ("holding", "input"):
            place = words.get(block.table, {})
            span = range(block.address, block.address + block.count)
            data = b"".join(place.get(a, 0).to_bytes(2, "big") for a in span)
            blocks.append(
                RawBlock(
                    block.unit, block.table, block.address, block.count, data.hex(), "2026-01-01T00:00:00Z"
                )
            )
    readings = decode_blocks(profile, UNIT, blocks, {})
    return Snapshot(tag, profile.id, profile.digest, "192.0.2.7", 502, UNIT, "2026-01-01T00:00:00Z",
                    readings, tuple(blocks), len(blocks))  # fmt: skip


def healthy(profile: Profile, load: Load | None = None) -> Snapshot:
    """Return a device read as it should be."""
    return read(registers_of(profile, values_of(load or Load(), profile.phases)), profile)


def misread(profile: Profile, change: Callable[[Profile], Profile], load: Load | None = None) -> Snapshot:
    """Return a device whose registers are right, read with a profile that somebody changed."""
    return read(registers_of(profile, values_of(load or Load(), profile.phases)), change(profile))


def each(change: Callable[[Point], Point]) -> Callable[[Profile], Profile]:
    """Return a change of every point that can be changed so."""
    return lambda profile: replace(
        profile, points=tuple(change(p) for p in profile.points if p.address or change(p).address >= 0)
    )
