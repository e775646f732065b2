"""From a wrong wiring to the smallest physical correction in trade language, and what it then shows. Pure.

No sentence here ever tells anyone to open the secondary of a loaded current transformer.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from device_probe.diagnosis.evidence import Evidence, Meter
from device_probe.diagnosis.hypotheses import Hypothesis, shown
from device_probe.diagnosis.systems import LAYOUTS, LOST, NEUTRAL, NO_CURRENT

SAFE_CT = (
    "Isolate the circuit and prove it dead, or short the current transformer at its test block; "
    "never open its secondary while current flows."
)
SAFE_DIRECT = "Isolate the circuit and prove it dead."
SAFE_VOLTAGE = "Isolate the meter's voltage tap and prove it dead."
SEALED = "A sealed meter is corrected by its operator only."


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: a code, the phases concerned, what it is and what puts it right."""

    code: str
    phases: tuple[int, ...]
    sentence: str
    cure: str
    at_voltage: bool = False


def mistakes(meter: Meter, hypothesis: Hypothesis) -> tuple[Mistake, ...]:
    """Return what is wrong in a hypothesis, voltages first; none when it measures right."""
    if hypothesis.right:
        return ()
    if hypothesis.matched:
        return (_mirrored(),)
    return (*_voltages(hypothesis), *_currents(meter, hypothesis))


def shared_mistakes(meter: Meter, possible: Iterable[Hypothesis]) -> tuple[Mistake, ...]:
    """Return the lost or swapped leads that every possible wiring has: these are corrected first."""
    first, *others = [mistakes(meter, hypothesis) for hypothesis in possible]
    certain = ("voltage-input-missing", "neutral-swapped")
    return tuple(m for m in first if m.code in certain and all(m in other for other in others))


def correction(meter: Meter, found: tuple[Mistake, ...]) -> str:
    """Return the steps that put a wiring right, safety first."""
    if not found:
        return ""
    safe = [SAFE_VOLTAGE] if any(m.at_voltage for m in found) else []
    if not all(m.at_voltage for m in found):
        safe.append(SAFE_DIRECT if meter.ct_primary_a is None else SAFE_CT)
    return f"{' '.join(safe)} Then {'; '.join(m.cure for m in found)}; measure again. {SEALED}"


def expectation(hypothesis: Hypothesis, evidence: Evidence) -> str:
    """Return what each phase should show after the correction at the same load, "" where unknown."""
    after = _after(hypothesis, evidence)
    return ", ".join(f"{watts / 1000:+.1f} kW on {name(phase)}" for phase, watts in sorted(after.items()))


def name(phase: int) -> str:
    """Return the name of a conductor."""
    return {NEUTRAL: "N", LOST: "0"}.get(phase, f"L{phase + 1}")


def names(phases: tuple[int, ...]) -> str:
    """Return the names of conductors as one speaks them."""
    words = [name(phase) for phase in phases]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _after(hypothesis: Hypothesis, evidence: Evidence) -> dict[int, float]:
    added = shown(hypothesis).added_deg
    voltage = _voltage(hypothesis, evidence)
    if voltage is None:
        return {}
    found: dict[int, float] = {}
    for element, angle, conductor in zip(
        evidence.elements, added, hypothesis.current.conductors, strict=True
    ):
        if not element.loaded or angle is None or conductor == NO_CURRENT:
            continue
        # without Q ahead looks like behind; the load is what is nearer to pure import or export
        loads = (math.cos(math.radians(degrees - angle)) for degrees in element.angles[-1].degrees)
        found[conductor] = voltage * element.current_a * max(loads, key=abs)
    return found if hypothesis.system != "3P3W" else {}


def _voltage(hypothesis: Hypothesis, evidence: Evidence) -> float | None:
    """Return the voltage line to neutral that a rightly connected input would read."""
    levels = shown(hypothesis).levels
    for element, level in zip(evidence.elements, levels, strict=False):
        if element.voltage_v is not None and level == 1.0:
            return element.voltage_v
    for element, level in zip(evidence.elements, levels, strict=False):
        if element.voltage_v is not None and level:
            return element.voltage_v / level
    return None


def _mirrored() -> Mistake:
    return Mistake(
        "phase-sequence", (), "The phases run counter-clockwise, with currents that fit their voltages.",
        "check the phase sequence at the supply with a phase-sequence tester; where it is clockwise there, "
        "exchange two phases at the meter, voltage lead and current transformer together",
        at_voltage=True,
    )  # fmt: skip


def _voltages(hypothesis: Hypothesis) -> tuple[Mistake, ...]:
    inputs, common = hypothesis.voltage.inputs, hypothesis.voltage.common
    found = [_lost(k) for k, conductor in enumerate(inputs) if conductor == LOST]
    if common != NEUTRAL:
        found.append(_neutral(inputs.index(NEUTRAL)))
    restored = tuple(common if c == NEUTRAL else c for c in inputs)
    moved = tuple(k for k, c in enumerate(restored) if c not in (k, LOST))
    if moved:
        found.append(_moved_voltages(restored, moved))
    return tuple(found)


def _lost(place: int) -> Mistake:
    return Mistake(
        "voltage-input-missing", (place,), f"There is no voltage at input {name(place)}.",
        f"check supply, fuse and lead of the voltage input {name(place)}",
        at_voltage=True,
    )  # fmt: skip


def _neutral(place: int) -> Mistake:
    return Mistake(
        "neutral-swapped", (place,),
        f"The neutral and the lead of the voltage input {name(place)} are swapped.",
        f"exchange the leads at N and at the voltage input {name(place)}",
        at_voltage=True,
    )  # fmt: skip


def _moved_voltages(restored: tuple[int, ...], moved: tuple[int, ...]) -> Mistake:
    seen = ", ".join(f"input {name(k)} gets {name(restored[k])}" for k in moved)
    verb = "exchange" if len(moved) == 2 else "put in order"
    return Mistake(
        "voltage-leads-swapped", moved, f"The voltage leads of {names(moved)} are swapped ({seen}).",
        f"{verb} the voltage leads {names(moved)}",
        at_voltage=True,
    )  # fmt: skip


def _currents(meter: Meter, hypothesis: Hypothesis) -> tuple[Mistake, ...]:
    used = [current for _, _, current in LAYOUTS[hypothesis.system].elements]
    conductors, signs = hypothesis.current.conductors, hypothesis.current.signs
    part = "current path" if meter.ct_primary_a is None else "CT"
    found = [
        _no_current(part, k) for k, conductor in zip(used, conductors, strict=True) if conductor == NO_CURRENT
    ]
    moved = tuple(
        k for k, conductor in zip(used, conductors, strict=True) if conductor not in (NO_CURRENT, k)
    )
    if moved:
        gets = {k: conductors[used.index(k)] for k in moved}
        found.append(_moved_currents(part, gets))
    found += [_reversed(meter, k) for k, sign in zip(used, signs, strict=True) if sign < 0]
    return tuple(found)


def _no_current(part: str, k: int) -> Mistake:
    return Mistake(
        "current-input-missing", (k,),
        f"The current input {name(k)} gets nothing though its phase carries current.",
        f"look for a missing {part} or a shorting link left in at the test block of {name(k)}",
    )  # fmt: skip


def _moved_currents(part: str, gets: dict[int, int]) -> Mistake:
    places = tuple(sorted(gets))
    seen = ", ".join(f"input {name(k)} gets the current of {name(gets[k])}" for k in places)
    verb = "exchange" if len(places) == 2 else "put in order"
    return Mistake(
        "ct-on-wrong-phase", places, f"The {part}s are on the wrong phases: {seen}.",
        f"{verb} the {part}s or their leads of {names(places)}",
    )  # fmt: skip


def _reversed(meter: Meter, k: int) -> Mistake:
    if meter.ct_primary_a is None:
        return Mistake(
            "ct-reversed", (k,), f"The current path at input {name(k)} is reversed.",
            f"exchange incoming and outgoing conductor at {name(k)}",
        )  # fmt: skip
    return Mistake(
        "ct-reversed", (k,), f"The CT at input {name(k)} is reversed.",
        f"swap S1 and S2 of the CT at input {name(k)}",
    )  # fmt: skip
