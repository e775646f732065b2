"""Can the readings of one meter be true at all? The gate before any verdict about its wiring. Pure.

However a meter is wired, P and Q of an input are no more than U·I, and a frequency is that of a grid. Values
are compared by their medians: registers of one sample may be read while the load changes.
"""

import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from device_probe.diagnosis.evidence import Element, Evidence, Meter, Sample
from device_probe.diagnosis.hypotheses import wrapped

FREQUENCY_HZ = (45.0, 65.0)
HIGHEST = 2.5  # times nominal to neutral, for either kind of voltage: a neutral at a phase gives 1.73
LIVE = 0.5  # of nominal: an input with less may float
LARGEST_FACTOR = 1.02
MOST = 1.25  # of U·I, for P and Q together and for S
LEAST, LEAST_APPARENT = 0.3, 0.6  # the rest may be distortion
FACTOR_APART = 0.3
TORN_DEG = 40.0  # no load that is allowed turns so far between two samples
LINE_TITLES = {(0, 1): "L1-L2", (1, 2): "L2-L3", (0, 2): "L3-L1"}
VOLTAGES = {
    **{f"voltage_l{k}_n": f"L{k}-N" for k in (1, 2, 3)},
    "voltage_l1_l2": "L1-L2", "voltage_l2_l3": "L2-L3", "voltage_l3_l1": "L3-L1",
}  # fmt: skip
COUNTERS = tuple(
    f"active_energy_{way}_{part}" for way in ("import", "export") for part in ("total", "l1", "l2", "l3")
)


def doubt(meter: Meter, samples: Sequence[Sample], evidence: Evidence) -> str | None:
    """Return in a sentence the first thing that cannot be true, None when everything fits together."""
    checks = (_voltages(meter, samples), _frequency(meter, samples, evidence), _factors(samples),
              _powers(meter, samples, evidence), _counters(samples))  # fmt: skip
    return next((words for check in checks for words in check), None)


def _median(samples: Sequence[Sample], quantity: str) -> float | None:
    values = [value for sample in samples if (value := sample.number(quantity)) is not None]
    return statistics.median(values) if values else None


def _voltages(meter: Meter, samples: Sequence[Sample]) -> Iterator[str]:
    for quantity, title in VOLTAGES.items():
        value = _median(samples, quantity)
        if value is not None and not -1 <= value <= HIGHEST * meter.nominal_voltage_v:
            yield f"The voltage {title} reads {value:.4g} V at {meter.nominal_voltage_v:.4g} V to neutral."


def _frequency(meter: Meter, samples: Sequence[Sample], evidence: Evidence) -> Iterator[str]:
    value = _median(samples, "frequency")
    if value is None or FREQUENCY_HZ[0] <= value <= FREQUENCY_HZ[1]:
        return
    live = any((e.voltage_v or 0.0) >= LIVE * meter.nominal_voltage_v for e in evidence.elements)
    if value or live:  # without voltage many devices read 0 Hz
        yield f"The frequency reads {value:.4g} Hz."


def _factors(samples: Sequence[Sample]) -> Iterator[str]:
    for k in (1, 2, 3):
        for quantity in (f"power_factor_l{k}", f"cos_phi_l{k}"):
            value = _median(samples, quantity)
            if value is not None and abs(value) > LARGEST_FACTOR:
                yield f"The power factor of L{k} reads {value:.4g}; none is beyond 1."


def _powers(meter: Meter, samples: Sequence[Sample], evidence: Evidence) -> Iterator[str]:
    for element in evidence.elements:
        voltage = element.voltage_v
        if not element.flowing or (voltage is not None and voltage < LIVE * meter.nominal_voltage_v):
            continue
        highest = HIGHEST * meter.nominal_voltage_v if voltage is None else voltage
        yield from _against_product(meter, element, highest * element.current_a)
        if voltage is not None and meter.system != "3P3W":
            yield from _told(_loaded(meter, samples, element), element, voltage * element.current_a)


def _against_product(meter: Meter, element: Element, product: float) -> Iterator[str]:
    """P and Q of an element against the most that its voltage and current can make."""
    if element.power_share is None or not product:
        return
    size = element.power_share * meter.nominal_voltage_v * element.current_a
    title = f"L{element.current_input + 1}"
    made = f"P makes {_kva(size)}" if element.unsigned else f"P and Q make {_kva(size)}"
    if size > MOST * product:
        yield f"On {title} {made}, but U·I only {_kva(product)}."
    elif meter.system != "3P3W" and not element.unsigned and element.voltage_v and size < LEAST * product:
        yield f"On {title} {made}, but U·I {_kva(product)}."


def _loaded(meter: Meter, samples: Sequence[Sample], element: Element) -> Sequence[Sample]:
    name = f"current_l{element.current_input + 1}"
    return [sample for sample in samples if abs(sample.number(name) or 0.0) >= meter.min_current_a]


def _told(samples: Sequence[Sample], element: Element, product: float) -> Iterator[str]:
    """S and the power factor as the device tells them, against the product and against P."""
    k = element.current_input + 1
    apparent, factor = _median(samples, f"apparent_power_l{k}"), _median(samples, f"power_factor_l{k}")
    if apparent is not None and not LEAST_APPARENT * product <= abs(apparent) <= MOST * product:
        yield f"On L{k} S reads {_kva(apparent)}, but U·I makes {_kva(product)}."
    share = None if element.power_w is None else abs(element.power_w) / product
    if factor is not None and share is not None and abs(abs(factor) - share) > FACTOR_APART:
        yield f"On L{k} the power factor reads {factor:.3g}, but P is {share:.2g} of U·I."


def _kva(value: float) -> str:
    return f"{value / 1000:.3g} kVA"


def _counters(samples: Sequence[Sample]) -> Iterator[str]:
    for quantity in COUNTERS:
        values = [value for sample in samples if (value := sample.number(quantity)) is not None]
        if any(later < earlier for earlier, later in pairwise(values)):
            yield f"The counter {quantity} runs backwards."


def told_voltages(meter: Meter, evidence: Evidence) -> str:
    """Return in words the voltages that were read, and what they are held against."""
    own = "" if meter.system == "3P3W" else "-N"
    parts = [
        f"L{k + 1}{own} {level * meter.nominal_voltage_v:.4g} V"
        for k, level in enumerate(evidence.levels)
        if level is not None
    ] + [
        f"{LINE_TITLES[ends]} {line * meter.nominal_voltage_v:.4g} V" for ends, line in evidence.lines.items()
    ]
    return f"{', '.join(parts)}; {meter.nominal_voltage_v:.4g} V to neutral is nominal"


def contradicting(evidence: Evidence) -> str | None:
    """Return in words which input shows different angles in different samples, None when none does."""
    for element in evidence.elements:
        turned = [angle.degrees[0] for angle in element.angles]
        apart = max((abs(wrapped(one - turned[0])) for one in turned), default=0.0)
        if element.loaded and apart > TORN_DEG:
            other = max(turned, key=lambda one: abs(wrapped(one - turned[0])))
            return f"L{element.current_input + 1} shows {turned[0]:.0f}° in one and {other:.0f}° in another"
    return None
