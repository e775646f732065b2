"""Selectivity between protective devices in series: which of two opens alone, up to which current.

Only what the equipment list proves is claimed. Fuse over fuse: a ratio of rated currents of at least 1.6
(IEC 60269-2, gG). Breaker over breaker without the maker's table: at most "partial", up to the lower edge of
the upstream instantaneous band (IEC 60947-2, Annex A); "full" only where no higher current can flow at the
downstream device. Fuse and breaker in series: from the makers' let-through and pre-arcing energies, else
"inconclusive".
"""

from designs.model import Circuit, OneLine, Selectivity, Study
from designs.topology import Topology

#: In of the upstream gG fuse over In of the downstream one.
FUSE_RATIO = 1.6


def judge(one_line: OneLine, study: Study) -> tuple[Selectivity, ...]:
    """Return the verdict on every pair of neighbouring protective devices, in the order of the circuits.

    ``study`` gives the short-circuit currents in kA at the devices; its own verdicts are not read.
    """
    topology = Topology(one_line)
    ik_ka = {each.tag: each.ik_max_source_ka for each in study.circuits}
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
            f"In {lower.rated_current_a:g} A downstream is not below In {upper.rated_current_a:g} A upstream"
        )
        return Selectivity(above.tag, below.tag, "none", None, reason)
    if upper.kind == "gg-fuse" and lower.kind == "gg-fuse":
        return _fuses(above, below, ik_ka)
    return Selectivity(above.tag, below.tag, "inconclusive", None, "the maker's selectivity table decides")


def _fuses(above: Circuit, below: Circuit, ik_ka: float) -> Selectivity:
    ratio = above.device.rated_current_a / below.device.rated_current_a
    said = f"ratio of rated currents {ratio:.2f}; gG fuses are selective from {FUSE_RATIO} (IEC 60269-2)"
    if ratio >= FUSE_RATIO:
        return Selectivity(above.tag, below.tag, "full", ik_ka, said)
    return Selectivity(above.tag, below.tag, "inconclusive", None, said)
