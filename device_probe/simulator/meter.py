"""How a device measures: its class, its noise, and the quantities that follow from its inputs. Pure.

All quantities of one device are computed from the same phasors, so they fit together as those of a real
meter do: S = U·I, P with all harmonics, Q of the fundamental, PF = P/S, S² = P² + Q² + D².
"""

import cmath
import math
import random
from collections.abc import Mapping
from functools import cache

from device_probe.model import PlannedDevice
from device_probe.simulator.encode import Encodable
from device_probe.simulator.network import Conductor, Three, neutral_current

PAIRS = ((0, 1, "l1_l2"), (1, 2, "l2_l3"), (2, 0, "l3_l1"))
MAX_ORDER = 63
# shares of the class that a device's own constant errors use up at most; together they stay inside it
GAIN_U, GAIN_I, PHASE_RAD = 0.05, 0.25, 0.10
ALIVE = 1e-9


def with_errors(device: PlannedDevice, inputs: Three, noise_percent: float = 0.0, sample: str = "") -> Three:
    """Return what the device makes of its inputs: constant errors well inside its class, noise on top."""
    voltage, current = _constant_errors(device.tag, device.accuracy_percent / 100)
    if not noise_percent:
        return _three([_scaled(c, voltage, current) for c in inputs])
    noise = random.Random(f"noise/{device.tag}/{sample}")  # noqa: S311 - a repeatable device, not a secret
    some = [
        (1 + noise.gauss(0, noise_percent / 300), 1 + noise.gauss(0, noise_percent / 300)) for _ in inputs
    ]
    return _three([_scaled(c, voltage * u, current * i) for c, (u, i) in zip(inputs, some, strict=True)])


@cache
def _constant_errors(tag: str, share: float) -> tuple[float, complex]:
    """Return by what a device multiplies its voltages and its currents; ``share`` is its class."""
    chance = random.Random(f"class/{tag}")  # noqa: S311 - a repeatable device, not a secret
    current = 1 + chance.uniform(-1, 1) * GAIN_I * share
    voltage = 1 + chance.uniform(-1, 1) * GAIN_U * share
    return voltage, current * cmath.rect(1.0, chance.uniform(-1, 1) * PHASE_RAD * share)


def _three(found: list[Conductor]) -> Three:
    return found[0], found[1], found[2]


def measured(inputs: Three, frequency_hz: float, orders: int = MAX_ORDER) -> dict[str, Encodable]:
    """Return every electrical quantity of three inputs, with its harmonics up to an order."""
    values: dict[str, Encodable] = {
        "frequency": frequency_hz,
        "nominal_frequency": float(round(frequency_hz)),
    }
    for k, conductor in enumerate(inputs, 1):
        values |= _phase_values(k, conductor, frequency_hz) | _harmonics(k, conductor, orders)
    return values | _totals(inputs) | _neutral(inputs) | _line_to_line(inputs, orders) | _unbalances(inputs)


def _scaled(c: Conductor, voltage: complex, current: complex) -> Conductor:
    return Conductor(
        c.voltage * voltage,
        c.current * current,
        {h: u * voltage for h, u in c.voltage_harmonics.items()},
        {h: i * current for h, i in c.current_harmonics.items()},
    )


def _phase_values(k: int, c: Conductor, frequency_hz: float) -> dict[str, Encodable]:
    voltage, current, active, reactive = c.voltage_rms, c.current_rms, c.active_power, c.reactive_power
    apparent, fundamental = voltage * current, abs(c.voltage * c.current)
    thd_u, thd_i = _thd(c.voltage, c.voltage_harmonics), _thd(c.current, c.current_harmonics)
    return {
        f"voltage_l{k}_n": voltage,
        f"current_l{k}": current,
        f"active_power_l{k}": active,
        f"reactive_power_l{k}": reactive,
        f"apparent_power_l{k}": apparent,
        f"power_factor_l{k}": active / apparent if apparent else 0.0,
        f"cos_phi_l{k}": math.cos(_angle(c)) if fundamental else 0.0,
        f"phase_angle_l{k}": math.degrees(_angle(c)),
        f"frequency_l{k}": frequency_hz,
        f"reactive_power_inductive_l{k}": max(reactive, 0.0),
        f"reactive_power_capacitive_l{k}": max(-reactive, 0.0),
        f"thd_voltage_l{k}": thd_u,
        f"thd_current_l{k}": thd_i,
        f"thd_r_current_l{k}": 100 * thd_i / math.hypot(100, thd_i),
        f"distortion_current_l{k}": math.hypot(*map(abs, c.current_harmonics.values())),
        f"k_factor_l{k}": _k_factor(c),
        f"current_demand_l{k}": current,
        f"current_demand_max_l{k}": current,
    }


def _angle(c: Conductor) -> float:
    power = c.voltage * c.current.conjugate()
    return cmath.phase(power) if abs(power) > ALIVE else 0.0


def _thd(fundamental: complex, harmonics: Mapping[int, complex]) -> float:
    if abs(fundamental) <= ALIVE:
        return 0.0
    return 100 * math.hypot(*map(abs, harmonics.values())) / abs(fundamental)


def _k_factor(c: Conductor) -> float:
    squares = {1: abs(c.current) ** 2} | {h: abs(i) ** 2 for h, i in c.current_harmonics.items()}
    total = sum(squares.values())
    return sum(h * h * square for h, square in squares.items()) / total if total > ALIVE else 1.0


def _harmonics(k: int, c: Conductor, orders: int) -> dict[str, Encodable]:
    found: dict[str, Encodable] = {}
    for order in range(1, orders + 1):
        found[f"harmonic_voltage_l{k}_h{order}"] = abs(_order(order, c.voltage, c.voltage_harmonics))
        found[f"harmonic_current_l{k}_h{order}"] = abs(_order(order, c.current, c.current_harmonics))
    return found


def _order(order: int, fundamental: complex, harmonics: Mapping[int, complex]) -> complex:
    return fundamental if order == 1 else harmonics.get(order, 0j)


def _totals(inputs: Three) -> dict[str, Encodable]:
    active, reactive = sum(c.active_power for c in inputs), sum(c.reactive_power for c in inputs)
    apparent = sum(c.voltage_rms * c.current_rms for c in inputs)
    fundamental = sum((c.voltage * c.current.conjugate() for c in inputs), 0j)
    angle = cmath.phase(fundamental) if abs(fundamental) > ALIVE else 0.0
    factor = active / apparent if apparent else 0.0
    return {
        "active_power_total": active,
        "reactive_power_total": reactive,
        "apparent_power_total": apparent,
        "power_factor_total": factor,
        "power_factor_total_iec": factor,
        "cos_phi_total": math.cos(angle) if abs(fundamental) > ALIVE else 0.0,
        "phase_angle_total": math.degrees(angle),
        "reactive_power_inductive_total": max(reactive, 0.0),
        "reactive_power_capacitive_total": max(-reactive, 0.0),
        "active_power_demand": active,
        "active_power_import_demand": max(active, 0.0),
        "active_power_export_demand": max(-active, 0.0),
        "apparent_power_demand": apparent,
        "power_quadrant": (
            "consumed" if active >= 0 else "generated", "inductive" if reactive >= 0 else "capacitive",
        ),
        "phase_sequence": _sequence(inputs),
    }  # fmt: skip


def _neutral(inputs: Three) -> dict[str, Encodable]:
    neutral = neutral_current(inputs)
    harmonics = {h: i for h, i in neutral.items() if h != 1}
    currents = [c.current_rms for c in inputs]
    rms = math.hypot(*map(abs, neutral.values()))
    return {
        "current_n": rms,
        "thd_current_n": _thd(neutral[1], harmonics) if abs(neutral[1]) > 0.05 * rms else 0.0,
        "current_avg": sum(currents) / 3,
        "current_sum": sum(currents),
        "thd_current_avg": sum(_thd(c.current, c.current_harmonics) for c in inputs) / 3,
    }


def _sequence(inputs: Three) -> str:
    if min(abs(c.voltage) for c in inputs) < 1:
        return "none"
    turn = math.degrees(cmath.phase(inputs[1].voltage / inputs[0].voltage))
    return "clockwise" if turn < 0 else "counter_clockwise"


def _line_to_line(inputs: Three, orders: int) -> dict[str, Encodable]:
    found: dict[str, Encodable] = {}
    volts, distortions = [], []
    for a, b, name in PAIRS:
        first, second = inputs[a], inputs[b]
        fundamental = first.voltage - second.voltage
        both = sorted({*first.voltage_harmonics, *second.voltage_harmonics})
        harmonics = {
            h: first.voltage_harmonics.get(h, 0j) - second.voltage_harmonics.get(h, 0j) for h in both
        }
        volts.append(math.hypot(abs(fundamental), *map(abs, harmonics.values())))
        distortions.append(_thd(fundamental, harmonics))
        found |= {f"voltage_{name}": volts[-1], f"thd_voltage_{name}": distortions[-1]}
        for order in range(1, orders + 1):
            found[f"harmonic_voltage_{name}_h{order}"] = abs(_order(order, fundamental, harmonics))
    mean = sum(volts) / 3
    return found | {
        "voltage_ll_avg": mean,
        "voltage_avg_system": mean,
        "voltage_ln_avg": sum(c.voltage_rms for c in inputs) / 3,
        "thd_voltage_ll_avg": sum(distortions) / 3,
        "thd_voltage_ln_avg": sum(_thd(c.voltage, c.voltage_harmonics) for c in inputs) / 3,
        "voltage_unbalance_ll": _worst(volts),
    }


def _unbalances(inputs: Three) -> dict[str, Encodable]:
    a = cmath.rect(1.0, 2 * math.pi / 3)
    positive = sum(c.voltage * a**k for k, c in enumerate(inputs))
    negative = sum(c.voltage * a ** (-k) for k, c in enumerate(inputs))
    return {
        "voltage_unbalance": 100 * abs(negative) / abs(positive) if abs(positive) > ALIVE else 0.0,
        "voltage_unbalance_ln": _worst([c.voltage_rms for c in inputs]),
        "current_unbalance": _worst([c.current_rms for c in inputs]),
    }


def _worst(values: list[float]) -> float:
    """Return the largest deviation from the mean in per cent of it (NEMA MG 1)."""
    mean = sum(values) / len(values)
    return 100 * max(abs(value - mean) for value in values) / mean if mean > ALIVE else 0.0
