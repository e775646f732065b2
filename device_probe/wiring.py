"""How is a four-wire meter really connected? Hypotheses over voltage inputs, current inputs and polarity.

Pure.

Each of the three elements of a meter multiplies the voltage at its voltage input with the current at its
current input. Wrong conductors or polarity turn the angle between them by a multiple of 60°, so with the
load's own angle known within a window narrower than 60° (charging electric vehicles have a power factor
near 1) every element tells which conductor's current it gets, and in which direction.
"""

import cmath
import math
from dataclasses import dataclass
from itertools import permutations, product

from device_probe.model import PlannedDevice, SitePlan, Snapshot
from device_probe.plausibility import DEAD_SHARE

# displacement angle of the load: 0.95 capacitive to 0.90 inductive, for each phase that carries current
WINDOW_DEG = (-18.2, 25.9)
TOLERANCE_DEG = 6.0
MIN_CURRENT_A = 1.0
MIN_CT_SHARE = 0.05
ORDERS = tuple(permutations((0, 1, 2)))
EVEN_ORDERS = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
IDENTITY = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Which conductor each voltage and current input gets (0 to 2), and each current's direction (+1, -1)."""

    voltage_inputs: tuple[int, int, int]
    current_inputs: tuple[int, int, int]
    polarity: tuple[int, int, int]

    @property
    def correct(self) -> bool:
        """Return True for a meter that measures right; a rotation of the whole system counts as right."""
        return self.voltage_inputs == self.current_inputs and self.polarity == (1, 1, 1)

    @property
    def faults(self) -> int:
        """Return how many leads are wrong: the fewer, the likelier."""
        moved = sum(a != b for a, b in zip(self.voltage_inputs, IDENTITY, strict=True))
        moved += sum(a != b for a, b in zip(self.current_inputs, IDENTITY, strict=True))
        return moved + self.polarity.count(-1)


@dataclass(frozen=True, slots=True)
class Element:
    """What one element of the meter says.

    Possible angles of its power in degrees (one when Q is known, else two).
    """

    index: int
    angles_deg: tuple[float, ...]
    power_w: float
    current_a: float


@dataclass(frozen=True, slots=True)
class WiringResult:
    """The outcome for one meter: the hypotheses that explain the readings, the simplest first."""

    loaded: tuple[Element, ...]
    unloaded: tuple[int, ...]
    without_voltage: tuple[int, ...]
    explanations: tuple[Hypothesis, ...]
    sequence: str | None
    min_current_a: float

    @property
    def best(self) -> Hypothesis | None:
        """Return the simplest explanation."""
        return self.explanations[0] if self.explanations else None


def min_current(device: PlannedDevice) -> float:
    """Return the current from which on an input counts."""
    return max(MIN_CURRENT_A, MIN_CT_SHARE * (device.ct_primary_a or 0.0))


def examine(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot) -> WiringResult:
    """Return which wirings explain what the meter reads."""
    threshold, nominal = min_current(device), plan.voltage_v / math.sqrt(3)
    voltages = [snapshot.value(f"voltage_l{k}_n") for k in (1, 2, 3)]
    without_voltage = tuple(k for k, v in enumerate(voltages) if v is not None and v < DEAD_SHARE * nominal)
    elements = [_element(snapshot, k, voltages[k]) for k in range(3) if k not in without_voltage]
    loaded = tuple(e for e in elements if e is not None and e.current_a >= threshold and e.angles_deg)
    unloaded = tuple(k for k in range(3) if k not in {e.index for e in loaded} and k not in without_voltage)
    sequence = _sequence(snapshot)
    explanations = _explanations(loaded, sequence) if loaded else ()
    return WiringResult(loaded, unloaded, without_voltage, explanations, sequence, threshold)


def _sequence(snapshot: Snapshot) -> str | None:
    for reading in snapshot.readings:
        if reading.quantity == "phase_sequence" and reading.value in ("clockwise", "counter_clockwise"):
            return str(reading.value)
    return None


def _element(snapshot: Snapshot, k: int, voltage: float | None) -> Element | None:
    current, power = snapshot.value(f"current_l{k + 1}"), snapshot.value(f"active_power_l{k + 1}")
    if current is None or power is None or voltage is None:
        return None
    return Element(k, _angles(snapshot, k, voltage * abs(current), power), power, abs(current))


def _angles(snapshot: Snapshot, k: int, apparent: float, power: float) -> tuple[float, ...]:
    reactive = snapshot.value(f"reactive_power_l{k + 1}")
    if reactive is not None:
        return (math.degrees(math.atan2(reactive, power)),) if math.hypot(power, reactive) else ()
    if not apparent:
        return ()
    # without Q only the size of the angle is known
    size = math.degrees(math.acos(max(-1.0, min(1.0, power / apparent))))
    return size, -size


def _explanations(loaded: tuple[Element, ...], sequence: str | None) -> tuple[Hypothesis, ...]:
    ranked = []
    for order in _voltage_orders(sequence):
        for currents, polarity in product(ORDERS, product((1, -1), repeat=3)):
            hypothesis = Hypothesis(order, currents, polarity)  # type: ignore[arg-type]
            if all(_fits(hypothesis, element) for element in loaded):
                ranked.append(hypothesis)
    return tuple(sorted(ranked, key=lambda h: (not h.correct, h.faults)))


def _voltage_orders(sequence: str | None) -> tuple[tuple[int, ...], ...]:
    # a rotation of the whole system cannot be seen by one meter: one order stands for each sense of rotation
    if sequence == "clockwise":
        return (IDENTITY,)
    odd = tuple(order for order in ORDERS if order not in EVEN_ORDERS)
    return odd if sequence == "counter_clockwise" else (IDENTITY, *odd)


def _fits(hypothesis: Hypothesis, element: Element) -> bool:
    """Return True when the element's angle, freed of what the wiring adds, is one that the load can have."""
    k = element.index
    voltage, current = hypothesis.voltage_inputs[k], hypothesis.current_inputs[k]
    added = -120.0 * (voltage - current) + (0.0 if hypothesis.polarity[k] > 0 else 180.0)
    return any(
        WINDOW_DEG[0] - TOLERANCE_DEG <= _wrapped(angle - added) <= WINDOW_DEG[1] + TOLERANCE_DEG
        for angle in element.angles_deg
    )


def _wrapped(angle_deg: float) -> float:
    return math.degrees(cmath.phase(cmath.rect(1.0, math.radians(angle_deg))))
