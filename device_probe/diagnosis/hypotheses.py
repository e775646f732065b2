"""The hypotheses about one meter and what each of them makes its elements show. Pure.

Every element shows the load's own angle plus what the wiring adds. All hypotheses that add the same to every
element that carries current look alike to the meter: they are one *picture*.
"""

import cmath
import math
from dataclasses import dataclass
from functools import cache

from device_probe.diagnosis.systems import (
    LAYOUTS,
    LOST,
    NEUTRAL,
    NO_CURRENT,
    CurrentWiring,
    Input,
    Layout,
    System,
    VoltageWiring,
    inputs,
    transpositions,
    voltage_wirings,
)

#: A voltage as a multiple of the nominal one line to neutral, rounded: 0 lost, 1, 1.73 between two lines, 2.
Level = float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One way in which a meter may be connected."""

    system: System
    voltage: VoltageWiring
    current: CurrentWiring

    @property
    def faults(self) -> int:
        """Return how many single mistakes it takes; a rotation of the whole system is none."""
        return 0 if self.right else self.voltage.faults + self.current.faults

    @property
    def right(self) -> bool:
        """Return True when every element multiplies what belongs together, the sense of rotation kept.

        A cyclic rotation of voltages and currents together measures right, and no single meter can see it.
        """
        return self.matched and not self.mirrored

    @property
    def matched(self) -> bool:
        """Return True when every current input gets its own voltage's current in the right direction."""
        if self.voltage.common != NEUTRAL or LOST in self.voltage.inputs:
            return False
        used = [current for _, _, current in LAYOUTS[self.system].elements]
        return all(
            conductor == self.voltage.inputs[k] and sign > 0
            for k, conductor, sign in zip(used, self.current.conductors, self.current.signs, strict=True)
        )

    @property
    def sense(self) -> bool | None:
        """Return True when the voltage inputs see the phases clockwise, None when they don't see three."""
        return None if _sequence(self.voltage) is None else not self.mirrored

    @property
    def mirrored(self) -> bool:
        """Return True when the voltage inputs see the phases in the opposite sense of rotation."""
        return _sequence(self.voltage) == "counter_clockwise"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a hypothesis makes a meter show: degrees added at each element (None: no angle), and levels."""

    added_deg: tuple[float | None, ...]
    levels: tuple[Level, ...]  # of each voltage input against the common terminal
    sequence: str | None  # "clockwise", "counter_clockwise"; None: the inputs don't see three phases


@cache
def shown_voltage(system: System, voltage: VoltageWiring) -> tuple[tuple[complex, ...], tuple[Level, ...]]:
    """Return the phasor at each element and the level at each voltage input."""
    layout = LAYOUTS[system]
    at_elements = tuple(_between(layout, voltage, a, b) for a, b, _ in layout.elements)
    common = layout.inputs if layout.common_neutral else None
    levels = tuple(
        round(abs(_between(layout, voltage, k, common)), 2) if common is not None else _line(voltage, k)
        for k in range(layout.inputs)
    )
    return at_elements, levels


def shown(hypothesis: Hypothesis) -> Shown:
    """Return what a meter connected like this shows of a load whose current is in phase."""
    at_elements, levels = shown_voltage(hypothesis.system, hypothesis.voltage)
    current = hypothesis.current
    added = tuple(
        _added(hypothesis.system, phasor, conductor, sign)
        for phasor, conductor, sign in zip(at_elements, current.conductors, current.signs, strict=True)
    )
    return Shown(added, levels, _sequence(hypothesis.voltage))


def _between(layout: Layout, voltage: VoltageWiring, a: int, b: int | None) -> complex:
    ends = (voltage.at(a), voltage.at(b) if b is not None else NEUTRAL)
    if LOST in ends:
        return 0j
    return _phasor(layout, ends[0]) - _phasor(layout, ends[1])


def _line(voltage: VoltageWiring, terminal: int) -> Level:
    """Return 0 for a lost input of a meter without neutral, the line-to-line level for the others."""
    return 0.0 if voltage.at(terminal) == LOST else round(math.sqrt(3), 2)


def _phasor(layout: Layout, end: int) -> complex:
    return 0j if end == NEUTRAL else layout.phasors[end]


@cache  # few phasors occur, and all of them many times
def _added(system: System, at_element: complex, conductor: int, sign: int) -> float | None:
    if conductor == NO_CURRENT or abs(at_element) < 0.1:
        return None
    turned = at_element / (LAYOUTS[system].phasors[conductor] * sign)
    return wrapped(round(math.degrees(cmath.phase(turned)), 6))


def wrapped(angle_deg: float) -> float:
    """Return an angle in (-180, 180]."""
    return -((-angle_deg + 180.0) % 360.0 - 180.0)


@cache
def _sequence(voltage: VoltageWiring) -> str | None:
    if len(voltage.inputs) != 3 or sorted(voltage.inputs) != [0, 1, 2]:
        return None
    return "counter_clockwise" if transpositions(voltage.inputs) == 1 else "clockwise"


@dataclass(frozen=True, slots=True)
class Family:
    """All hypotheses with one wiring of the voltage inputs, which show the same levels and sequence."""

    system: System
    voltage: VoltageWiring
    levels: tuple[Level, ...]
    sequence: str | None
    ordinary: bool  # no voltage input lost, the neutral where it belongs

    def added(self) -> tuple[dict[Input, float | None], ...]:
        """Return for each element the degrees that each way to connect its current input adds."""
        return _added_by_input(self.system, self.voltage)

    def hypothesis(self, current: CurrentWiring) -> Hypothesis:
        """Return the hypothesis with these current inputs."""
        return Hypothesis(self.system, self.voltage, current)


@cache
def families(system: System) -> tuple[Family, ...]:
    """Return every hypothesis by its voltage inputs."""
    return tuple(_family(system, voltage) for voltage in voltage_wirings(system))


def _family(system: System, voltage: VoltageWiring) -> Family:
    ordinary = voltage.common == NEUTRAL and LOST not in voltage.inputs
    return Family(system, voltage, shown_voltage(system, voltage)[1], _sequence(voltage), ordinary)


@cache
def _added_by_input(system: System, voltage: VoltageWiring) -> tuple[dict[Input, float | None], ...]:
    return tuple(
        {each: _added(system, phasor, *each) for each in inputs(system)}
        for phasor in shown_voltage(system, voltage)[0]
    )
