"""Selectivity between protective devices in series: which of two opens alone, up to which current.

Only what the equipment list proves is claimed. Fuse over fuse: a ratio of rated currents of at least 1.6
(gG). Breaker over breaker without the makers' table: at most "partial", up to the lower edge of the upstream
instantaneous band (IEC 60947-2); "full" only where no higher current can flow at the downstream device. In
the range of overload the makers' time curves decide. A fuse and a breaker in series need the pre-arcing
energy of the fuse, which the equipment list does not hold: "inconclusive".
"""

import math

from designs.findings import known
from designs.model import MCCB_TOLERANCE, Circuit, OneLine, Selectivity, Study
from designs.rules.adiabatic import lower_edge_a
from designs.topology import Topology

#: In of the upstream gG fuse over In of the downstream one.
FUSE_RATIO = 1.6
OVERLOAD = "in the range of overload the makers' time curves decide"


def judge(one_line: OneLine, study: Study) -> tuple[Selectivity, ...]:
    """Return the verdict on every pair of neighbouring protective devices, in the order of the circuits.

    ``study`` gives the short-circuit currents in kA at the devices; its own verdicts are not read.
    """
    topology = Topology(one_line)
    ik_ka = {each.tag: known(each.ik_max_source_ka) for each in study.circuits}
    pairs = [(above, circuit) for circuit in one_line.circuits if (above := _above(topology, circuit))]
    return tuple(_judge(above, circuit, ik_ka[circuit.tag]) for above, circuit in pairs)


def _above(topology: Topology, circuit: Circuit) -> Circuit | None:
    """Return the next circuit upstream with a device of its own in the same voltage level."""
    if circuit.protected_by is not None:
        return None
    path = topology.local_path(circuit.source)
    return next((each for each in reversed(path) if each.protected_by is None), None)


def _judge(above: Circuit, below: Circuit, ik_ka: float) -> Selectivity:
    upper, lower = above.device, below.device
    if lower.rated_current_a >= upper.rated_current_a:
        reason = (
            f"{lower.rated_current_a:g} A downstream are not below the {upper.rated_current_a:g} A upstream"
        )
        return Selectivity(above.tag, below.tag, "none", None, reason)
    fuses = (upper.kind == "gg-fuse", lower.kind == "gg-fuse")
    if all(fuses):
        return _fuses(above, below, ik_ka)
    if any(fuses):
        reason = "a fuse and a breaker in series need the maker's pre-arcing and let-through energies"
        return Selectivity(above.tag, below.tag, "inconclusive", None, reason)
    return _breakers(above, below, ik_ka)


def _fuses(above: Circuit, below: Circuit, ik_ka: float) -> Selectivity:
    ratio = above.device.rated_current_a / below.device.rated_current_a
    said = f"the rated currents stand {ratio:.2f} to 1; gG fuses are selective from {FUSE_RATIO} to 1"
    if above.device.rated_current_a >= FUSE_RATIO * below.device.rated_current_a:
        return Selectivity(above.tag, below.tag, "full", ik_ka, f"{said} (IEC 60269-1)")
    return Selectivity(
        above.tag, below.tag, "inconclusive", None, f"{said}, below it the makers' curves decide"
    )


def _breakers(above: Circuit, below: Circuit, ik_ka: float) -> Selectivity:
    upper, lower = above.device, below.device
    if upper.short_time_s is not None and (lower.short_time_s or 0.0) >= upper.short_time_s:
        reason = f"{below.tag} waits {lower.short_time_s:g} s, {above.tag} {upper.short_time_s:g} s: no step"
        return Selectivity(above.tag, below.tag, "inconclusive", None, reason)
    pickup_a = (upper.short_time_a or math.inf) / MCCB_TOLERANCE * (2 - MCCB_TOLERANCE)
    if pickup_a < min(lower.instantaneous_a, ik_ka * 1000):
        reason = (
            f"{above.tag} may open after {upper.short_time_s:g} s from {pickup_a / 1000:g} kA, while "
            f"{below.tag} surely trips at once only from {lower.instantaneous_a / 1000:g} kA"
        )
        return Selectivity(
            above.tag, below.tag, "partial", round(pickup_a / 1000, 3), f"{reason}; {OVERLOAD}"
        )
    edge_ka = round(lower_edge_a(above.device) / 1000, 3)
    waits = above.device.short_time_s
    how = f"waits {waits:g} s" if waits is not None else "does not trip at once"
    reason = f"{above.tag} {how} up to {edge_ka:g} kA, the lower edge of its instantaneous band (IEC 60947-2)"
    if ik_ka < edge_ka:
        more = f"no more than {ik_ka:g} kA can flow at {below.tag}"
        return Selectivity(above.tag, below.tag, "full", ik_ka, f"{reason}; {more}; {OVERLOAD}")
    return Selectivity(above.tag, below.tag, "partial", edge_ka, f"{reason}; {OVERLOAD}")
