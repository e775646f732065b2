"""What a simulated device knows: conductors at its inputs -> the values of its quantities. Pure."""

import cmath
import math
import random
import zlib
from collections.abc import Mapping

from device_probe.model import PlannedDevice
from device_probe.profile import Point, Profile
from device_probe.simulator.encode import Encodable
from device_probe.simulator.network import Conductor

Three = tuple[Conductor, Conductor, Conductor]
PAIRS = ((0, 1, "l1_l2"), (1, 2, "l2_l3"), (2, 0, "l3_l1"))


def quantities_of(
    device: PlannedDevice, profile: Profile, inputs: Three, frequency_hz: float
) -> dict[str, Encodable]:
    """Return every quantity that the model knows, with the meter's own small gain error."""
    inputs = _with_class_error(device, inputs)
    values: dict[str, Encodable] = {"frequency": frequency_hz, "nominal_frequency": frequency_hz}
    for k, conductor in enumerate(inputs):
        values |= _phase_values(k + 1, conductor, frequency_hz)
    values |= _totals(inputs) | _line_to_line(inputs)
    values |= _settings(device, profile) | _state(device, inputs)
    energy = 1000.0 * (_number(device.tag) % 90_000 + 100)
    values |= {
        "active_energy_import_total": energy,
        "active_energy_total": energy,
        "active_energy_export_total": 0.0,
    }
    values |= {f"active_energy_import_l{k}": round(energy / 3) for k in (1, 2, 3)}
    return _second_representations(values) | values


def value_for(point: Point, values: dict[str, Encodable]) -> Encodable:
    """Return the value of a point.

    A quantity outside the model is what the device has when nothing is set.
    """
    if point.value is not None:
        return float(point.value)
    if point.quantity in values:
        return values[point.quantity]
    if point.enum:
        return next(iter(point.enum.values()))
    if point.type == "string":
        return (
            "0" * (2 * point.registers)
            if point.encoding == "hex"
            else point.quantity.upper()[: 2 * point.registers]
        )
    if point.bits:
        return ()
    return "0" if point.encoding == "hex" else 0.0


def _with_class_error(device: PlannedDevice, inputs: Three) -> Three:
    """Give the meter a constant gain error well inside its class, the same on every run."""
    chance = random.Random(f"class/{device.tag}")  # noqa: S311 - a repeatable device, not a secret
    gain = 1 + chance.uniform(-0.25, 0.25) * device.accuracy_percent / 100
    found = [Conductor(c.voltage, c.current * gain, c.voltage_harmonics,
                       {h: i * gain for h, i in c.current_harmonics.items()}) for c in inputs]  # fmt: skip
    return found[0], found[1], found[2]


def _phase_values(k: int, conductor: Conductor, frequency_hz: float) -> dict[str, Encodable]:
    voltage, current = conductor.voltage_rms, conductor.current_rms
    power = conductor.voltage * conductor.current.conjugate()
    apparent = voltage * current
    found: dict[str, Encodable] = {
        f"voltage_l{k}_n": voltage,
        f"current_l{k}": current,
        f"active_power_l{k}": power.real,
        f"reactive_power_l{k}": power.imag,
        f"apparent_power_l{k}": apparent,
        f"power_factor_l{k}": power.real / apparent if apparent else 0.0,
        f"cos_phi_l{k}": power.real / abs(power) if abs(power) else 0.0,
        f"phase_angle_l{k}": math.degrees(cmath.phase(power)) if abs(power) else 0.0,
        f"frequency_l{k}": frequency_hz,
        f"reactive_power_inductive_l{k}": max(power.imag, 0.0),
        f"reactive_power_capacitive_l{k}": max(-power.imag, 0.0),
        f"thd_voltage_l{k}": _thd(conductor.voltage, conductor.voltage_harmonics),
        f"thd_current_l{k}": _thd(conductor.current, conductor.current_harmonics),
        f"distortion_current_l{k}": math.hypot(*conductor.current_harmonics.values()),
        f"k_factor_l{k}": _k_factor(conductor),
    }
    return found | _harmonics(k, conductor)


def _thd(fundamental: complex, harmonics: Mapping[int, float]) -> float:
    return 100 * math.hypot(*harmonics.values()) / abs(fundamental) if abs(fundamental) > 1e-9 else 0.0


def _k_factor(conductor: Conductor) -> float:
    squares = {1: abs(conductor.current) ** 2} | {h: i * i for h, i in conductor.current_harmonics.items()}
    total = sum(squares.values())
    return sum(h * h * square for h, square in squares.items()) / total if total else 1.0


def _harmonics(k: int, conductor: Conductor) -> dict[str, Encodable]:
    found: dict[str, Encodable] = {}
    for order in range(1, 64):
        voltage = abs(conductor.voltage) if order == 1 else conductor.voltage_harmonics.get(order, 0.0)
        current = abs(conductor.current) if order == 1 else conductor.current_harmonics.get(order, 0.0)
        found[f"harmonic_voltage_l{k}_h{order}"] = voltage
        found[f"harmonic_current_l{k}_h{order}"] = current
    return found


def in_percent(values: dict[str, Encodable], point: Point) -> Encodable:
    """Return a harmonic in the unit of its point: volts and amperes, or per cent of the fundamental."""
    value = values.get(point.quantity)
    if point.unit != "%" or not isinstance(value, float):
        return value
    fundamental = values.get(point.quantity.rsplit("_h", 1)[0] + "_h1")
    return 100 * value / fundamental if isinstance(fundamental, float) and fundamental > 1e-9 else 0.0


def _totals(inputs: Three) -> dict[str, Encodable]:
    power = sum((c.voltage * c.current.conjugate() for c in inputs), 0j)
    apparent = sum(c.voltage_rms * c.current_rms for c in inputs)
    currents = [c.current_rms for c in inputs]
    neutral = math.hypot(
        abs(sum((c.current for c in inputs), 0j)), sum(c.current_harmonics.get(3, 0.0) for c in inputs)
    )
    factor = power.real / apparent if apparent else 0.0
    return {
        "active_power_total": power.real,
        "reactive_power_total": power.imag,
        "apparent_power_total": apparent,
        "power_factor_total": factor,
        "power_factor_total_iec": factor,
        "cos_phi_total": power.real / abs(power) if abs(power) else 0.0,
        "phase_angle_total": math.degrees(cmath.phase(power)) if abs(power) else 0.0,
        "reactive_power_inductive_total": max(power.imag, 0.0),
        "reactive_power_capacitive_total": max(-power.imag, 0.0),
        "current_n": neutral,
        "current_avg": sum(currents) / 3,
        "current_sum": sum(currents),
        "active_power_demand": power.real,
        "active_power_import_demand": max(power.real, 0.0),
        "phase_sequence": _sequence(inputs),
    }


def _sequence(inputs: Three) -> str:
    if min(abs(c.voltage) for c in inputs) < 1:
        return "none"
    turn = math.degrees(cmath.phase(inputs[1].voltage / inputs[0].voltage))
    return "clockwise" if turn < 0 else "counter_clockwise"


def _line_to_line(inputs: Three) -> dict[str, Encodable]:
    line = {name: abs(inputs[a].voltage - inputs[b].voltage) for a, b, name in PAIRS}
    neutral = [c.voltage_rms for c in inputs]
    found: dict[str, Encodable] = {f"voltage_{name}": value for name, value in line.items()}
    found |= {
        f"thd_voltage_{name}": _thd(inputs[a].voltage, inputs[a].voltage_harmonics) * 0.9
        for a, _, name in PAIRS
    }
    mean = sum(line.values()) / 3
    return found | {
        "voltage_ll_avg": mean, "voltage_avg_system": mean, "voltage_ln_avg": sum(neutral) / 3,
        "voltage_unbalance_ll": 100 * max(abs(v - mean) for v in line.values()) / mean if mean else 0.0,
        "thd_voltage_ln_avg": sum(_thd(c.voltage, c.voltage_harmonics) for c in inputs) / 3,
        "thd_current_avg": sum(_thd(c.current, c.current_harmonics) for c in inputs) / 3,
    }  # fmt: skip


def _settings(device: PlannedDevice, profile: Profile) -> dict[str, Encodable]:
    found: dict[str, Encodable] = {
        "serial_number": str(_number(device.tag)),
        "manufacturer": profile.vendor,
        "device_model": profile.model,
        "device_name": device.tag,
        "meter_name": profile.model,
        "station_name": device.tag,
        "system_type": "3P4W",
        "number_of_phases": 3.0,
        "ct_primary": device.ct_primary_a or 5.0,
        "ct_secondary": device.ct_secondary_a or 5.0,
        "vt_primary": 400.0,
        "vt_secondary": 400.0,
        "thd_reference": "L-N",
        "number_of_connectors": 1.0,
        "firmware_version": "1",
    }
    for identity in profile.identity:
        if identity.contains:
            text = identity.contains if identity.contains in profile.vendor else profile.model
            for point in profile.points:
                if (point.address, point.table) == (identity.point.address, identity.point.table):
                    found[point.quantity] = text if identity.contains in text else identity.contains
    return found


def _state(device: PlannedDevice, inputs: Three) -> dict[str, Encodable]:
    charging = max(c.current_rms for c in inputs) >= 1
    found: dict[str, Encodable] = {
        "charger_state": "charging" if charging else "standby",
        "availability": "operative",
    }
    limit = device.design_current_a or 32.0
    found |= {"current_limit_actual": limit, "max_current_limit": limit, "station_max_current": limit}
    return found | {"current_limit_failsafe": 6.0, "phases_used": "3_phase", "device_temperature": 24.0}


def _second_representations(values: dict[str, Encodable]) -> dict[str, Encodable]:
    """Return the same values under the names that some devices use for a second block of registers."""
    prefixes = ("native_", "integer_", "meter_")
    return {prefix + name: value for prefix in prefixes for name, value in values.items()}


def _number(tag: str) -> int:
    return zlib.crc32(tag.encode()) % 90_000_000 + 10_000_000
