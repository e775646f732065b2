"""What a meter's inputs get when its leads are connected wrongly. Pure."""

import cmath
import math
from collections.abc import Iterable

from device_probe.simulator.network import PHASES, Conductor, Three
from device_probe.simulator.scenario import MeterFault

Phasors = dict[int, complex]  # order -> phasor; the fundamental is order 1
SHORTED = cmath.rect(
    0.02, math.radians(40)
)  # the little that still passes a current transformer in short circuit
SATURATED = cmath.rect(0.72, math.radians(14))
SATURATION = {3: cmath.rect(0.22, math.radians(-150)), 5: cmath.rect(0.09, math.radians(40))}


def miswired(truth: Three, faults: Iterable[MeterFault]) -> Three:
    """Return what a meter's three inputs get when it is wired with these faults."""
    voltages = [{1: c.voltage, **c.voltage_harmonics} for c in truth]
    currents = [{1: c.current, **c.current_harmonics} for c in truth]
    for fault in faults:
        voltages = _voltages(fault, voltages)
        currents = _currents(fault, currents)
    inputs = [_conductor(voltages[k], currents[k]) for k in PHASES]
    return inputs[0], inputs[1], inputs[2]


def ratio_set(faults: Iterable[MeterFault]) -> float:
    """Return by which factor the primary current set in the meter differs from the transformer's."""
    return math.prod((fault.factor for fault in faults if fault.kind == "ct_setting"), start=1.0)


def is_three_wire(faults: Iterable[MeterFault]) -> bool:
    """Return True when the meter is set and wired for three wires."""
    return any(fault.kind == "three_wire" for fault in faults)


def _voltages(fault: MeterFault, leads: list[Phasors]) -> list[Phasors]:
    first, second = fault.phase - 1, fault.other_phase - 1
    match fault.kind:
        case "voltage_swapped":
            return _swapped(leads, first, second)
        case "voltages_permuted":
            return [leads[phase - 1] for phase in fault.order]
        case "voltage_missing":
            return [_times(lead, 0.0) if k == first else lead for k, lead in enumerate(leads)]
        case "neutral_swapped":  # the meter's N stands on this phase, and its input on the neutral
            return [
                _times(leads[first], -1) if k == first else _minus(leads[k], leads[first]) for k in PHASES
            ]
        case "neutral_missing" | "three_wire":  # the star point of the inputs floats to their mean
            mean = _times(_plus(leads), 1 / 3)
            return [_minus(lead, mean) for lead in leads]
    return leads


def _currents(fault: MeterFault, leads: list[Phasors]) -> list[Phasors]:
    first, second = fault.phase - 1, fault.other_phase - 1
    single = {"ct_reversed": -1.0, "ct_missing": 0.0, "ct_shorted": SHORTED}
    if fault.kind in single:
        return [_times(lead, single[fault.kind]) if k == first else lead for k, lead in enumerate(leads)]
    match fault.kind:
        case "ct_saturated":
            return [_saturated(lead) if k == first else lead for k, lead in enumerate(leads)]
        case "ct_swapped":
            return _swapped(leads, first, second)
        case "currents_permuted":
            return [leads[phase - 1] for phase in fault.order]
        case "ct_ratio" | "ct_setting":
            return [_times(lead, fault.factor) for lead in leads]
        case "three_wire":  # the second current is computed from the others, as if there were no neutral
            return [leads[0], _times(_plus([leads[0], leads[2]]), -1), leads[2]]
    return leads


def _swapped(leads: list[Phasors], first: int, second: int) -> list[Phasors]:
    found = list(leads)
    found[first], found[second] = found[second], found[first]
    return found


def _times(lead: Phasors, factor: complex) -> Phasors:
    return {order: value * factor for order, value in lead.items()}


def _plus(leads: list[Phasors]) -> Phasors:
    orders = {order for lead in leads for order in lead}
    return {order: sum((lead.get(order, 0j) for lead in leads), 0j) for order in sorted(orders)}


def _minus(lead: Phasors, other: Phasors) -> Phasors:
    return _plus([lead, _times(other, -1)])


def _saturated(lead: Phasors) -> Phasors:
    added = {
        order: lead[1] * part * cmath.rect(1, (order - 1) * cmath.phase(lead[1]))
        for order, part in SATURATION.items()
    }
    return _plus([_times(lead, SATURATED), added])


def _conductor(voltage: Phasors, current: Phasors) -> Conductor:
    return Conductor(
        voltage[1],
        current[1],
        {order: value for order, value in voltage.items() if order != 1},
        {order: value for order, value in current.items() if order != 1},
    )
