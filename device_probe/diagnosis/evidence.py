"""What samples of one meter say about its wiring: the angle at each element, levels, phase sequence. Pure.

Signs are canonical: import positive, inductive reactive power positive; P may include harmonics, Q is of the
fundamental.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from device_probe.diagnosis.systems import LAYOUTS, System
from device_probe.diagnosis.transformers import displacement_deg

Role = Literal["load", "generation", "mixed"]
Load = Literal["ev_charging", "general"]
Value = float | str | None

#: Displacement angle of each phase that carries current, from capacitive to inductive, by kind of load.
WINDOWS_DEG: dict[Load, tuple[float, float]] = {
    "ev_charging": (-math.degrees(math.acos(0.95)), math.degrees(math.acos(0.90))),
    "general": (-math.degrees(math.acos(0.95)), math.degrees(math.acos(0.80))),
}
LARGEST, SMALLEST = 1e15, 1e-9
MIN_CURRENT_A = 1.0
MIN_CT_SHARE = 0.05
MIN_SAMPLES = 3
MOST_SAMPLES = 1000
METER_DEG = 1.2  # for each per cent of the meter's class: its own angle and unequal errors of P and Q
BASE_DEG = 0.5
SKEW_FREE = 0.03  # what distortion and classes may part U·I and the power of the fundamental by
RATIO_ERROR = 0.02  # for each per cent of the meter's class: P against U·I
MAX_DISTORTION = 0.05  # of the apparent power by harmonic currents up to 30 %, where Q was not read


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter as planned. ``nominal_voltage_v`` is line to neutral; no CT: directly connected."""

    system: System
    nominal_voltage_v: float
    ct_primary_a: float | None = None
    ct_class: float = 1.0
    meter_class: float = 1.0
    role: Role = "load"
    load: Load = "ev_charging"
    expected_phases: tuple[int, ...] | None = None  # conductors that should carry current; None: not known
    tag: str = ""

    @property
    def min_current_a(self) -> float:
        """Return the current from which on an input counts."""
        return max(MIN_CURRENT_A, MIN_CT_SHARE * (self.ct_primary_a or 0.0))


@dataclass(frozen=True, slots=True)
class Sample:
    """What was read at one moment: quantity -> value, canonical names and units."""

    at: str
    readings: Mapping[str, Value]

    def number(self, quantity: str) -> float | None:
        """Return a finite number, None when there is none."""
        value = self.readings.get(quantity)
        if value is None or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        # nothing on a site is that large: what is can only be a wrongly decoded register
        if not abs(value) <= LARGEST:
            return None
        return float(value) if abs(value) >= SMALLEST else 0.0


@dataclass(frozen=True, slots=True)
class Angle:
    """The angle between voltage and current at one element: possible values and how far each may be off."""

    degrees: tuple[float, ...]
    tolerance_deg: float


@dataclass(frozen=True, slots=True)
class Moment:
    """What one sample says about one element; the current without its sign."""

    sample: Sample
    current: float | None
    voltage: float | None
    power: float | None
    reactive: float | None

    @property
    def apparent(self) -> float:
        """Return U·I, 0 where one of them is not known."""
        return (self.voltage or 0.0) * (self.current or 0.0)


@dataclass(frozen=True, slots=True)
class Element:
    """What all samples say about one element."""

    current_input: int
    angles: tuple[Angle, ...]  # of the samples in which it carried enough current
    current_a: float  # median of these samples, else of all
    power_w: float | None
    voltage_v: float | None
    known: bool  # the meter reads what this element needs
    flowing: bool  # it carried enough current, whether or not power was read with it
    power_share: float | None  # of what its current gives at the nominal voltage

    @property
    def loaded(self) -> bool:
        """Return True when enough samples speak."""
        return len(self.angles) >= MIN_SAMPLES

    @property
    def unsigned(self) -> bool:
        """Return True when only the size of its angle is known: Q was not read."""
        return bool(self.angles) and all(len(angle.degrees) > 1 for angle in self.angles)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that counts for the wiring of one meter."""

    elements: tuple[Element, ...]
    levels: tuple[float | None, ...]  # of each voltage input in units of the nominal voltage
    sequence: str | None
    samples: int
    some: bool = False  # some input carried current, in however few samples
    lines: Mapping[tuple[int, int], float] = field(default_factory=dict)  # between inputs, like the levels


def gather(meter: Meter, samples: Sequence[Sample]) -> Evidence:
    """Return what the samples say about each element."""
    layout, taken = LAYOUTS[meter.system], len(samples)
    samples = thinned(samples)
    places = _places(meter.system, samples)
    elements = tuple(
        _element(meter, samples, current_input, suffix)
        for (_, _, current_input), suffix in zip(layout.elements, places, strict=True)
    )
    return Evidence(
        elements, _levels(meter, samples), _sequence(samples), taken,
        any(element.flowing for element in elements),
    )  # fmt: skip


def thinned(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return samples spread evenly over all of them: thousands more of the same say nothing new."""
    step = -(-len(samples) // MOST_SAMPLES) or 1
    return samples[::step]


def _places(system: System, samples: Sequence[Sample]) -> tuple[int, ...]:
    """Return the phase number under which the meter tells each element."""
    if system != "3P3W":
        return tuple(range(1, len(LAYOUTS[system].elements) + 1))
    third = any(sample.number("active_power_l3") is not None for sample in samples)
    return (1, 3) if third else (1, 2)


def _element(meter: Meter, samples: Sequence[Sample], current_input: int, place: int) -> Element:
    moments = [_moment(meter, sample, place) for sample in samples]
    loaded = [m for m in moments if m.current is not None and m.current >= meter.min_current_a]
    unsteady = _unsteady(loaded)
    angles = tuple(a for moment in loaded if (a := _angle(meter, moment, place, unsteady)) is not None)
    some = loaded or moments
    return Element(
        current_input,
        angles,
        _median(moment.current for moment in some) or 0.0,
        _median(moment.power for moment in some),
        _median(moment.voltage for moment in some),
        any(m.current is not None for m in moments) and any(m.power is not None for m in moments),
        bool(loaded),
        _median(_power_share(meter, moment) for moment in loaded),
    )


def _moment(meter: Meter, sample: Sample, place: int) -> Moment:
    current = sample.number(f"current_l{place}")
    return Moment(
        sample,
        None if current is None else abs(current),
        _voltage(meter.system, sample, place),
        sample.number(f"active_power_l{place}"),
        sample.number(f"reactive_power_l{place}"),
    )


def _power_share(meter: Meter, moment: Moment) -> float | None:
    if moment.power is None or not moment.current:
        return None
    return math.hypot(moment.power, moment.reactive or 0.0) / (meter.nominal_voltage_v * moment.current)


def _median(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None


def _voltage(system: System, sample: Sample, place: int) -> float | None:
    if system != "3P3W":
        return sample.number(f"voltage_l{place}_n")
    return sample.number("voltage_l1_l2" if place == 1 else "voltage_l2_l3")


def _angle(meter: Meter, moment: Moment, place: int, unsteady: float) -> Angle | None:
    """Return the angle of one sample; ``unsteady`` is how far power over U·I varies between the samples."""
    power, reactive = moment.power, moment.reactive
    if power is None:
        return None
    tolerance = _tolerance(meter, moment.current or meter.min_current_a)
    if reactive is not None:
        size = math.hypot(power, reactive)
        if not size or not math.isfinite(size):
            return None
        skew = abs(moment.apparent / size - 1) if moment.apparent else 0.0
        return Angle(
            (math.degrees(math.atan2(reactive, power)),),
            tolerance + math.degrees(min(max(skew - SKEW_FREE, 0.0), 1.0)),
        )
    return _unsigned(meter, moment, place, tolerance, unsteady)


def _unsigned(meter: Meter, moment: Moment, place: int, tolerance: float, unsteady: float) -> Angle | None:
    """Without Q only the size of the angle is known, and harmonics make it look larger than it is."""
    power = moment.power or 0.0
    if (told := _told_size(moment.sample, place, power)) is not None:
        return Angle((told, -told), tolerance)
    factor = moment.sample.number(f"power_factor_l{place}")
    if moment.apparent:
        cosine = power / moment.apparent
    elif factor is not None:
        cosine = math.copysign(min(abs(factor), 1.0), power)
    else:
        return None
    error = RATIO_ERROR * meter.meter_class + unsteady
    sizes = [
        math.degrees(math.acos(max(-1.0, min(1.0, cosine * grown))))
        for grown in (1 + MAX_DISTORTION + error, max(1 - error, 0.0))
    ]
    middle, half = sum(sizes) / 2, abs(sizes[1] - sizes[0]) / 2
    return Angle((middle, -middle), tolerance + half)


def _told_size(sample: Sample, place: int, power: float) -> float | None:
    """Return the size of the angle that the device itself tells; makers differ about its sign, P does not."""
    if not power:
        return None
    cosine, angle = sample.number(f"cos_phi_l{place}"), sample.number(f"phase_angle_l{place}")
    if cosine is not None and 0 < abs(cosine) <= 1:
        return math.degrees(math.acos(math.copysign(abs(cosine), power)))
    if angle is not None and abs(angle) <= 360:
        size = abs((angle + 180) % 360 - 180)
        return size if (size < 90) == (power > 0) else 180 - size
    return None


def _unsteady(moments: Iterable[Moment]) -> float:
    """Return by how much P/(U·I) grows between samples: their registers were read at different moments."""
    found = [m.power / m.apparent for m in moments if m.power is not None and m.apparent]
    least = min((abs(ratio) for ratio in found), default=0.0)
    return min((max(found) - min(found)) / least, 10.0) if least else 0.0


def _tolerance(meter: Meter, current: float) -> float:
    ct = displacement_deg(current / meter.ct_primary_a) * meter.ct_class if meter.ct_primary_a else 0.0
    return BASE_DEG + METER_DEG * meter.meter_class + ct


def _levels(meter: Meter, samples: Sequence[Sample]) -> tuple[float | None, ...]:
    if meter.system == "3P3W":
        return _line_levels(meter, samples)
    found = (
        _median(sample.number(f"voltage_l{k + 1}_n") for sample in samples)
        for k in range(LAYOUTS[meter.system].inputs)
    )
    return tuple(None if value is None else value / meter.nominal_voltage_v for value in found)


def _line_levels(meter: Meter, samples: Sequence[Sample]) -> tuple[float | None, ...]:
    """A meter without neutral shows a lost input as two low line voltages."""
    pairs = {(0, 1): "voltage_l1_l2", (1, 2): "voltage_l2_l3", (0, 2): "voltage_l3_l1"}
    lines = {
        ends: None if (v := _median(s.number(name) for s in samples)) is None else v / meter.nominal_voltage_v
        for ends, name in pairs.items()
    }
    levels: list[float | None] = []
    for terminal in range(3):
        own = [value for ends, value in lines.items() if terminal in ends and value is not None]
        levels.append(max(own) if own else None)
    return tuple(levels)


def _sequence(samples: Sequence[Sample]) -> str | None:
    found = {sample.readings.get("phase_sequence") for sample in samples} & {"clockwise", "counter_clockwise"}
    return str(found.pop()) if len(found) == 1 else None
