"""What the meter of a case reads: phasors, transformers, classes, skew between registers, distortion."""

import cmath
import itertools
import math
import random
from dataclasses import dataclass
from typing import Any

from accuracy_parts.truth import BACKGROUND_DEG, CURRENT_INPUTS, EVEN, TURN, Case

NOMINAL_V = 230.0
#: IEC 61869-2, class 1: ratio error in %, phase displacement in degrees, straight between the points.
CT_POINTS = ((0.05, 3.0, 3.0), (0.20, 1.5, 1.5), (1.0, 1.0, 1.0))
METER_PHASE_DEG = (
    0.6  # for each per cent of class: what its error at power factor 0.5 permits beyond that at 1
)


@dataclass(frozen=True)
class Flow:
    """Voltages of the conductors, their currents, and what they are without noise."""

    at: dict[str, complex]
    current: dict[str, complex]


def flow(case: Case, chance: random.Random) -> Flow:
    """Return the phasors of a case."""
    turn = {"L1": 0.0, "L2": 180.0} if case.system == "split" else TURN
    at = {
        name: _polar(NOMINAL_V * (1 + chance.uniform(-0.03, 0.03)), turn[name] + chance.uniform(-0.5, 0.5))
        for name in case.amperes
    }
    at["N"] = 0j
    back = -1 if case.exporting else 1
    if case.system == "3P3W":
        current = _between_lines(case, at)
    else:
        current = {
            name: _drawn(at[name], case.amperes[name], case.angles_deg[name])
            + _drawn(at[name], case.background * case.amperes[name], BACKGROUND_DEG)
            for name in case.amperes
        }
    return Flow(at, {name: back * value for name, value in current.items()})


def _between_lines(case: Case, at: dict[str, complex]) -> dict[str, complex]:
    """Without neutral every load stands between two lines; three equal ones are a balanced load."""
    current = dict.fromkeys(case.amperes, 0j)
    for name, other in (("L1", "L2"), ("L2", "L3"), ("L3", "L1")):
        line = at[name] - at[other]
        amperes = case.amperes[name] / math.sqrt(3 if case.pattern == "balanced" else 1)
        drawn = _drawn(line, amperes, case.angles_deg[name])
        drawn += _drawn(line, case.background * amperes, BACKGROUND_DEG)
        current[name] += drawn
        current[other] -= drawn
    return current


def _drawn(voltage: complex, amperes: float, angle_deg: float) -> complex:
    return amperes * _polar(1.0, math.degrees(cmath.phase(voltage)) - angle_deg)


def _polar(size: float, degrees: float) -> complex:
    return cmath.rect(size, math.radians(degrees))


def carrying(case: Case, at_work: Flow, margin: float = 1.15) -> tuple[str, ...]:
    """Return the conductors whose current counts."""
    return tuple(name for name, value in at_work.current.items() if abs(value) >= margin * case.threshold_a)


def document(case: Case, chance: random.Random, at_work: Flow | None = None) -> dict[str, Any]:
    """Return what the meter reads, as `device-probe judge --readings` takes it."""
    seen = at_work or flow(case, chance)
    meter: dict[str, Any] = {
        "system": case.system, "nominal_voltage_v": NOMINAL_V, "ct_primary_a": case.ct_primary_a,
        "ct_class": case.ct_class, "meter_class": case.meter_class, "role": case.role, "load": case.load,
    }  # fmt: skip
    if case.expected_given:
        meter["expected_phases"] = sorted(carrying(case, seen))
    return {"meter": meter, "samples": _samples(case, seen, chance)}


def _samples(case: Case, seen: Flow, chance: random.Random) -> list[dict[str, Any]]:
    inputs = [_Input(case, seen, place, chance) for place in range(len(CURRENT_INPUTS[case.system]))]
    step_at = chance.randrange(case.samples) if case.skew_s >= 1 and chance.random() < 0.15 else None
    step = chance.uniform(0.4, 1.0)
    level, found = 1.0, []
    for number in range(case.samples):
        level *= 1 + chance.uniform(-0.01, 0.01)
        readings: dict[str, Any] = {}
        jump = step if number == step_at else 1.0
        for each in inputs:
            readings |= each.read(level, jump)
        if step_at is not None and number >= step_at:
            level = step
        readings |= _voltages(case, seen, chance)
        if case.sequence_read:
            readings["phase_sequence"] = _sequence(case)
        if not case.reactive_read:
            readings = {name: v for name, v in readings.items() if not name.startswith("reactive")}
        found.append({"at": f"2026-03-02T10:00:{number:02}Z", "readings": readings})
    return found


def _sequence(case: Case) -> str | None:
    if len(case.leads) < 3 or case.lost or case.neutral_at is not None:
        return None
    return "clockwise" if case.leads in EVEN else "counter_clockwise"


def _end(case: Case, seen: Flow, k: int, ghost: complex) -> complex:
    return ghost if case.voltage_inputs[k] == "0" else seen.at[case.voltage_inputs[k]]


def _voltages(case: Case, seen: Flow, chance: random.Random) -> dict[str, float]:
    ends = [_end(case, seen, k, 0j) for k in range(len(case.leads))]
    noise = case.meter_class / 300

    def told(value: complex, lost: bool) -> float:
        if lost:
            return NOMINAL_V * chance.uniform(0.0, 0.04)
        return abs(value) * (1 + chance.gauss(0, noise))

    if case.system != "3P3W":
        return {
            f"voltage_l{k + 1}_n": told(end - seen.at[case.common], k in case.lost)
            for k, end in enumerate(ends)
        }
    pairs = {"voltage_l1_l2": (0, 1), "voltage_l2_l3": (1, 2), "voltage_l3_l1": (2, 0)}
    return {
        name: chance.uniform(0.3, 0.6) * math.sqrt(3) * NOMINAL_V
        if {a, b} & case.lost
        else told(ends[a] - ends[b], False)
        for name, (a, b) in pairs.items()
    }


class _Input:
    """One current input with its element: constant errors, and a reading of one moment."""

    def __init__(self, case: Case, seen: Flow, place: int, chance: random.Random) -> None:
        self.case, self.chance = case, chance
        k = CURRENT_INPUTS[case.system][place]
        self.number = k + 1
        name = case.current_inputs[place]
        flowing = 0j if name == "0" else (-1 if name[0] == "-" else 1) * seen.current[name[1:]]
        ratio, turn = _transformer(case, abs(flowing))
        gain = 1 + chance.uniform(-1, 1) * ratio / 100
        self.current = flowing * gain * _polar(1.0, chance.uniform(-1, 1) * turn)
        if name == "0":
            self.current = _polar(chance.uniform(0.0, 0.2) * case.threshold_a, chance.uniform(0, 360))
        self.voltage = self._element(seen, k)
        self.turn = _polar(1.0, chance.uniform(-1, 1) * METER_PHASE_DEG * case.meter_class)
        self.own = {kind: 1 + chance.uniform(-1, 1) * case.meter_class / 100 for kind in "IPQ"}
        swing = chance.uniform(0.0, 0.04) * case.distortion  # power that harmonics carry
        self.harmonic = chance.choice((-1, 1)) * swing

    def _element(self, seen: Flow, k: int) -> complex:
        case = self.case
        against = 1 if case.system == "3P3W" else None
        if k in case.lost or against in case.lost:
            return _polar(NOMINAL_V * self.chance.uniform(0.0, 0.02), self.chance.uniform(0, 360))
        reference = seen.at[case.common] if against is None else seen.at[case.voltage_inputs[against]]
        return seen.at[case.voltage_inputs[k]] - reference

    def read(self, level: float, jump: float) -> dict[str, float]:
        case, chance, k = self.case, self.chance, self.number
        swing = 0.02 * case.skew_s  # how far the load moves while the registers of one sample are read

        def seen(value: float, kind: str, moved: float) -> float:
            noise = 1 + chance.gauss(0, case.meter_class / 300)
            return value * self.own[kind] * level * moved * noise * (1 + chance.uniform(-swing, swing))

        moment = _polar(1.0, chance.uniform(-0.3, 0.3))
        power = self.voltage * self.current.conjugate() * self.turn * moment
        size = abs(power)
        whole = math.sqrt(1 + case.distortion**2)
        # a step may come between the registers: current before it, power after it
        return {
            f"current_l{k}": seen(abs(self.current) * whole, "I", 1.0),
            f"active_power_l{k}": seen(power.real + self.harmonic * size, "P", jump),
            f"reactive_power_l{k}": seen(power.imag, "Q", jump),
        }


def _transformer(case: Case, amperes: float) -> tuple[float, float]:
    """Return the ratio error in % and the phase displacement in degrees that the class permits."""
    if case.ct_primary_a is None:
        return 0.0, 0.0
    share = min(max(amperes / case.ct_primary_a, 0.05), 1.0)
    points = list(itertools.pairwise(CT_POINTS))
    (x0, r0, d0), (x1, r1, d1) = next(pair for pair in points if share <= pair[1][0])
    way = (share - x0) / (x1 - x0)
    return (r0 + way * (r1 - r0)) * case.ct_class, (d0 + way * (d1 - d0)) * case.ct_class


def within_prior(case: Case, seen: Flow) -> bool:
    """True when every phase that counts draws at a power factor that was assumed of this load."""
    low, high = {"ev_charging": (-18.19, 25.84), "general": (-18.19, 36.87)}[case.load]
    for name in carrying(case, seen, 0.8):
        turned = math.degrees(cmath.phase(seen.at[name] / seen.current[name]))
        load = (turned - (180 if case.role == "generation" else 0) + 180) % 360 - 180
        if case.role == "mixed" and abs(load) > 90:
            load = (load + 180 + 180) % 360 - 180
        if not low - 0.6 <= load <= high + 0.6:
            return False
    return True
