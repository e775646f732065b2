"""The electrical side of the simulated site.

Phasors at every meter and station for one moment of a scenario. Pure.
"""

import cmath
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from device_probe.model import PlannedDevice, SitePlan
from device_probe.simulator.scenario import MeterFault, Scenario

PHASES = (0, 1, 2)
ROTATION = cmath.exp(-2j * math.pi / 3)
IDENTITY = (0, 1, 2)
# shares of the orders in a charger's distortion and in the background voltage; demo data, not measurements
CURRENT_SHARES = {3: 0.45, 5: 0.70, 7: 0.45, 9: 0.15, 11: 0.25, 13: 0.15}
VOLTAGE_SHARES = {3: 0.25, 5: 0.80, 7: 0.50, 9: 0.05, 11: 0.20, 13: 0.12}


@dataclass(frozen=True, slots=True)
class Conductor:
    """Voltage to neutral and current of one conductor.

    Fundamental phasors and rms values of the harmonics.
    """

    voltage: complex
    current: complex
    voltage_harmonics: Mapping[int, float] = field(default_factory=dict)
    current_harmonics: Mapping[int, float] = field(default_factory=dict)

    @property
    def voltage_rms(self) -> float:
        """Return the rms voltage, harmonics included."""
        return math.hypot(abs(self.voltage), *self.voltage_harmonics.values())

    @property
    def current_rms(self) -> float:
        """Return the rms current, harmonics included."""
        return math.hypot(abs(self.current), *self.current_harmonics.values())


State = Mapping[str, tuple[Conductor, Conductor, Conductor]]


def solve(plan: SitePlan, scenario: Scenario) -> dict[str, tuple[Conductor, Conductor, Conductor]]:
    """Return what really flows at every device's place, by tag; before any wiring fault."""
    stations = {d.tag: _station_currents(plan, scenario, d) for d in plan.devices if d.role == "station"}
    totals = {d.tag: _sum_below(plan, d.tag, stations) for d in plan.devices}
    top = [sum((stations[tag][k] for tag in stations), 0j) for k in PHASES]
    voltages = _voltages(plan, scenario, top)
    return {tag: _conductors(scenario, plan, voltages, currents) for tag, currents in totals.items()}


def miswired(
    truth: tuple[Conductor, Conductor, Conductor], faults: tuple[MeterFault, ...]
) -> tuple[Conductor, Conductor, Conductor]:
    """Return what a meter's three inputs get when it is wired with these faults."""
    voltage_from, current_from = list(IDENTITY), list(IDENTITY)
    factor = [1.0, 1.0, 1.0]
    present = [1.0, 1.0, 1.0]
    for fault in faults:
        first, second = fault.phase - 1, fault.other_phase - 1
        match fault.kind:
            case "ct_reversed":
                factor[first] *= -1
            case "ct_swapped":
                current_from[first], current_from[second] = current_from[second], current_from[first]
            case "ct_missing":
                factor[first] = 0.0
            case "ct_ratio":
                factor = [value * fault.factor for value in factor]
            case "voltage_swapped":
                voltage_from[first], voltage_from[second] = voltage_from[second], voltage_from[first]
            case "voltage_missing":
                present[first] = 0.0
    inputs = [_input(truth[voltage_from[k]], truth[current_from[k]], present[k], factor[k]) for k in PHASES]
    return inputs[0], inputs[1], inputs[2]


def _input(voltage_of: Conductor, current_of: Conductor, present: float, factor: float) -> Conductor:
    return Conductor(
        voltage_of.voltage * present,
        current_of.current * factor,
        {h: value * present for h, value in voltage_of.voltage_harmonics.items()},
        {h: value * abs(factor) for h, value in current_of.current_harmonics.items()},
    )


def _station_currents(
    plan: SitePlan, scenario: Scenario, station: PlannedDevice
) -> tuple[complex, complex, complex]:
    """Return the currents (fundamental) that a station draws from the supply's L1, L2 and L3."""
    index = [d.tag for d in plan.devices if d.role == "station"].index(station.tag)
    chance = random.Random(f"{scenario.seed}/{station.tag}")  # noqa: S311 - a repeatable scenario, not a secret
    load = scenario.load_of(station.tag, index)
    lands_on = supply_phases(station)
    currents = [0j, 0j, 0j]
    for own_phase in range(min(load.phases, station.phases)):
        amplitude = load.current_a * (1 + chance.uniform(-scenario.spread, scenario.spread))
        angle = math.acos(load.cos_phi) * (1 if load.inductive else -1)
        supply = lands_on[own_phase]
        currents[supply] += amplitude * ROTATION**supply * cmath.exp(-1j * angle)
    return currents[0], currents[1], currents[2]


def supply_phases(device: PlannedDevice) -> tuple[int, int, int]:
    """Return the supply phase (0 to 2) that each of the device's own phases lands on."""
    digits = [int(char) - 1 for char in device.phase_rotation if char.isdigit()]
    return (digits[0], digits[1], digits[2]) if sorted(digits) == [0, 1, 2] else IDENTITY


def _sum_below(
    plan: SitePlan, tag: str, stations: Mapping[str, tuple[complex, complex, complex]]
) -> tuple[complex, complex, complex]:
    if tag in stations:
        return stations[tag]
    children = [_sum_below(plan, d.tag, stations) for d in plan.devices if d.parent == tag]
    return (
        sum((c[0] for c in children), 0j),
        sum((c[1] for c in children), 0j),
        sum((c[2] for c in children), 0j),
    )


def _voltages(plan: SitePlan, scenario: Scenario, top: list[complex]) -> list[complex]:
    nominal = plan.voltage_v / math.sqrt(3)
    impedance = complex(scenario.source_r_ohm, scenario.source_x_ohm)
    return [nominal * scenario.voltage_factor[k] * ROTATION**k - impedance * top[k] for k in PHASES]


def _conductors(
    scenario: Scenario, plan: SitePlan, voltages: list[complex], currents: tuple[complex, complex, complex]
) -> tuple[Conductor, Conductor, Conductor]:
    found = [_conductor(scenario, k, voltages[k], currents[k], plan) for k in PHASES]
    return found[0], found[1], found[2]


def _conductor(
    scenario: Scenario, phase: int, voltage: complex, current: complex, plan: SitePlan
) -> Conductor:
    # distortion rises as the load of a charger falls; the share of each order stays
    loading = abs(current) / max(plan.demand_current_a, 1.0)
    thd_current = scenario.thd_current_percent / 100
    thd_voltage = scenario.thd_voltage_percent / 100 * (1 + 0.02 * phase + 0.1 * min(loading, 1.0))
    return Conductor(
        voltage,
        current,
        _spectrum(VOLTAGE_SHARES, abs(voltage) * thd_voltage),
        _spectrum(CURRENT_SHARES, abs(current) * thd_current),
    )


def _spectrum(shares: Mapping[int, float], rms: float) -> dict[int, float]:
    length = math.hypot(*shares.values())
    return {order: rms * share / length for order, share in shares.items()}
