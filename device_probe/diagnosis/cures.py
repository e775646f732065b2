"""Would the correction of one hypothesis put a meter right that is really wired like another? Pure.

What looks alike to a meter may need different hands. A correction moves every wire to where its conductor
belongs, as the named hypothesis sees it; it is certain only where it helps in every wiring that is possible.
"""

from collections.abc import Iterable
from functools import cache

from device_probe.diagnosis.hypotheses import Hypothesis
from device_probe.diagnosis.systems import LAYOUTS, LOST, NEUTRAL, NO_CURRENT, System, VoltageWiring

CLOSE = 0.01  # phasors of unit length that are the same


def cured(named: Hypothesis, real: Hypothesis, loaded: frozenset[int]) -> bool:
    """Return True when the correction of ``named`` makes the loaded elements of ``real`` measure right."""
    voltages = _after(named.system, named.voltage, real.voltage)
    if voltages is None:
        return False
    layout = LAYOUTS[named.system]
    pairs = zip(named.current.conductors, named.current.signs, strict=True)
    really = zip(real.current.conductors, real.current.signs, strict=True)
    for (_, _, used), (told, sign), (conductor, way) in zip(layout.elements, pairs, really, strict=True):
        if used not in loaded or NO_CURRENT in (told, conductor):
            continue
        voltage = voltages.get(told)
        if voltage is not None and abs(voltage - sign * way * layout.phasors[conductor]) > CLOSE:
            return False
    return True


@cache
def _after(system: System, named: VoltageWiring, real: VoltageWiring) -> dict[int, complex] | None:
    """Return the phasor that each conductor's own input has after the correction; None: it doesn't help."""
    layout = LAYOUTS[system]
    inputs, common = list(real.inputs), real.common
    told = list(named.inputs)
    if NEUTRAL in told:
        place = told.index(NEUTRAL)
        told[place] = named.common
        inputs[place], common = common, inputs[place]
        if common == LOST:  # what would go to N is nothing
            return None
    if [t == LOST for t in told] != [r == LOST for r in inputs]:
        return None
    names = dict(zip(told, inputs, strict=True))
    names.pop(LOST, None)
    if LOST in told:
        _complete(names, len(layout.phasors))
    zero = 0j if common == NEUTRAL or not layout.common_neutral else layout.phasors[common]
    found = {
        conductor: (0j if end == NEUTRAL else layout.phasors[end]) - zero for conductor, end in names.items()
    }
    return found if all(abs(abs(phasor) - 1) < CLOSE for phasor in found.values()) else None


def _complete(names: dict[int, int], count: int) -> None:
    """A single lost lead can only be the one that is left."""
    told, real = set(range(count)) - set(names), set(range(count)) - set(names.values())
    if len(told) == len(real) == 1:
        names[told.pop()] = real.pop()


def kinds(members: Iterable[Hypothesis], loaded: frozenset[int]) -> tuple[Hypothesis, ...]:
    """Return one hypothesis for each correction that is needed, in the order given."""
    found: list[Hypothesis] = []
    seen: set[object] = set()  # what differs only where nothing flows needs the same
    for member in members:
        current = member.current
        at_work = tuple((current.conductors[k], current.signs[k]) for k in _places(member.system, loaded))
        what = (member.voltage, at_work)
        if what in seen:
            continue
        seen.add(what)
        if not any(cured(named, member, loaded) for named in found):
            found.append(member)
    return tuple(found)


@cache
def _places(system: System, loaded: frozenset[int]) -> tuple[int, ...]:
    """Return the elements whose current inputs carry current."""
    return tuple(k for k, (_, _, used) in enumerate(LAYOUTS[system].elements) if used in loaded)
