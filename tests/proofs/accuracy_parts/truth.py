"""Meters that are wired in a known way, and what they would read: phasors of its own, nothing of the judge's."""

import cmath
import itertools
import math
import random
from dataclasses import dataclass
from typing import Any

TURN = {"L1": 0.0, "L2": -120.0, "L3": -240.0}
ORDERS = list(itertools.permutations(("L1", "L2", "L3")))
POLARITIES = list(itertools.product("+-", repeat=3))
EVEN = {("L1", "L2", "L3"), ("L2", "L3", "L1"), ("L3", "L1", "L2")}
PATTERNS = ("balanced", "unbalanced", "two-phase", "one-phase")
WINDOWS = {"ev_charging": (-18.19, 25.84), "general": (-18.19, 36.87)}


@dataclass(frozen=True)
class Case:
    """One meter: how it is wired, what it measures, how well."""

    voltage_inputs: tuple[str, ...]
    current_inputs: tuple[str, ...]  # "+L1"
    load: str
    angles_deg: dict[str, float]
    amperes: dict[str, float]
    pattern: str
    share: float  # of the CT's rating
    ct_primary_a: float | None
    accuracy_class: float
    distortion: float
    skew_s: float
    samples: int
    sequence_read: bool
    background: float

    @property
    def identity(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.voltage_inputs, self.current_inputs

    @property
    def right(self) -> bool:
        """Right wiring; the whole system rotated is right too, a mirrored one where nobody reads the sequence."""
        matched = self.current_inputs == tuple(f"+{v}" for v in self.voltage_inputs)
        return matched and (self.voltage_inputs in EVEN or not self.sequence_read)


def draw(chance: random.Random, pattern: str | None = None) -> Case:
    """Draw one case of the full factorial."""
    order = chance.choice(ORDERS)
    if chance.random() < 0.2:
        currents = tuple(f"+{v}" for v in order)
    else:
        currents = tuple(s + c for s, c in zip(chance.choice(POLARITIES), chance.choice(ORDERS), strict=True))
    load = chance.choice(("ev_charging", "general"))
    window = WINDOWS[load]
    same = chance.uniform(*window)
    own = chance.random() < 0.5
    angles = {phase: chance.uniform(*window) if own else same for phase in TURN}
    ct = chance.choice((None, 100.0, 250.0, 600.0))
    share = chance.uniform(0.05, 1.0)
    kind = pattern or chance.choice(PATTERNS)
    background = chance.choice((0.0, 0.0, 0.1))
    return Case(
        order, currents, load, angles, _amperes(chance, kind, share * (ct or 63.0)), kind, share, ct,
        chance.choice((0.5, 1.0, 2.0)), chance.choice((0.0, 0.05, 0.1, 0.2)), chance.choice((0.0, 1.0, 5.0)),
        chance.choice((3, 5, 10)), chance.random() < 0.6, background,
    )  # fmt: skip


def _amperes(chance: random.Random, pattern: str, base: float) -> dict[str, float]:
    phases = list(TURN)
    if pattern == "balanced":
        return dict.fromkeys(phases, base)
    if pattern == "unbalanced":
        return {phase: base * chance.uniform(0.4, 1.0) for phase in phases}
    chosen = chance.sample(phases, 2 if pattern == "two-phase" else 1)
    return {phase: base if phase in chosen else 0.0 for phase in phases}


def document(case: Case, chance: random.Random) -> dict[str, Any]:
    """Return what the meter reads, as `device-probe judge --readings` takes it."""
    return {
        "meter": {
            "system": "3P4W", "nominal_voltage_v": 230, "ct_primary_a": case.ct_primary_a,
            "ct_class": case.accuracy_class, "meter_class": case.accuracy_class, "role": "load",
            "load": case.load,
        },
        "samples": _samples(case, chance),
    }  # fmt: skip


def _samples(case: Case, chance: random.Random) -> list[dict[str, Any]]:
    gains = [1 + chance.uniform(-1, 1) * case.accuracy_class / 100 for _ in range(3)]
    turns = [chance.uniform(-1, 1) * _ct_phase(case, case.amperes[c[1:]]) for c in case.current_inputs]
    swing = 0.02 * case.skew_s  # how far the load moves while the registers of one sample are read
    found = []
    for number in range(case.samples):
        readings: dict[str, Any] = {}
        for k in range(3):
            readings |= _input(case, k, gains[k], turns[k], swing, chance)
        if case.sequence_read:
            even = case.voltage_inputs in EVEN
            readings["phase_sequence"] = "clockwise" if even else "counter_clockwise"
        found.append({"at": f"2026-03-02T10:00:{number:02}Z", "readings": readings})
    return found


def _input(
    case: Case, k: int, gain: float, turn_deg: float, swing: float, chance: random.Random
) -> dict[str, float]:
    phase, sign = case.current_inputs[k][1:], -1 if case.current_inputs[k][0] == "-" else 1
    voltage = cmath.rect(230 * (1 + chance.uniform(-0.02, 0.02)), math.radians(TURN[case.voltage_inputs[k]]))
    behind = math.radians(TURN[phase] - case.angles_deg[phase] - turn_deg)
    current = sign * cmath.rect(case.amperes[phase] * gain, behind)
    other = sign * cmath.rect(case.background * case.amperes[phase], math.radians(TURN[phase] - 15.0))
    power = voltage * (current + other).conjugate()

    def seen(value: float, worse: float = 1.0) -> float:
        moved = 1 + chance.uniform(-swing, swing)
        return value * moved * (1 + worse * chance.gauss(0, case.accuracy_class / 300))

    whole = math.sqrt(1 + case.distortion**2)
    return {
        f"voltage_l{k + 1}_n": abs(voltage), f"current_l{k + 1}": seen(abs(current + other) * whole),
        f"active_power_l{k + 1}": seen(power.real), f"reactive_power_l{k + 1}": seen(power.imag, 2.0),
    }  # fmt: skip


def _ct_phase(case: Case, amperes: float) -> float:
    """The phase displacement that IEC 61869-2 permits, in degrees."""
    if case.ct_primary_a is None:
        return 0.0
    x = max(amperes / case.ct_primary_a, 0.05)
    if x < 0.2:
        limit = 3.0 - 1.5 * math.log(x / 0.05) / math.log(4)
    else:
        limit = 1.5 - 0.5 * math.log(x / 0.2) / math.log(5)
    return limit * case.accuracy_class


def rules(document: dict[str, Any]) -> dict[str, bool]:
    """Say for each rule of today's instruments whether it calls this wiring wrong."""
    readings = document["samples"][-1]["readings"]
    angles = {}
    for k in (1, 2, 3):
        power, reactive = readings[f"active_power_l{k}"], readings[f"reactive_power_l{k}"]
        if readings[f"current_l{k}"] >= max(1.0, 0.05 * (document["meter"]["ct_primary_a"] or 0)):
            angles[k] = math.degrees(math.atan2(reactive, power))
    return {
        "any P < 0": any(abs(a) > 90 for a in angles.values()),
        "|PF| < 0.55": any(abs(math.cos(math.radians(a))) < 0.55 for a in angles.values()),
        "angle > 30 deg": any(abs(a) > 30 for a in angles.values()),
        "window .97 lag .89 lead": any(not -27.1 <= a <= 14.1 for a in angles.values()),
        "window .85 lag .98 lead": any(not -11.5 <= a <= 31.8 for a in angles.values()),
        "window .52 lag .95 lag": any(not 18.2 <= a <= 58.7 for a in angles.values()),
    }
