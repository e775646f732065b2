"""What a study assumes, one sentence each, for whoever signs for its figures."""

from collections.abc import Callable, Mapping

from designs.model import Phases
from designs.source import LOW_VOLTAGE_V
from designs.topology import Topology

SHORT_CIRCUIT = (
    "Ik max: three-phase, conductors at 20 °C, cmax 1.10. Ik min and Zs: line to PE, conductors at "
    "operating temperature (XLPE 90 °C, PVC 70 °C), cmin 0.95 (IEC 60909-0)."
)
CURRENTS = "Currents are added as if in phase; a converter's infeed is never counted on to lower a demand."
VOLTAGES = (
    "Voltages: constant currents at each consumer's power factor, conductors at operating temperature, the "
    "origin at nominal voltage, PV without infeed."
)
NO_IK_MIN = "The lowest short-circuit current of the network is not declared: Ik min rests on the highest."
SHARED = (
    "With load management the loads come first; chargers and storage behind a limit share the rest in "
    "proportion. One that this would hold below its least current pauses instead; the shares are then "
    "means over time."
)
CONVERTERS = (
    "Storage and PV add their short-circuit factor times rated current to Ik max at every board, "
    "arithmetically; Ik min and Zs are those of the supply alone."
)
SINGLE_PHASE = (
    "On single-phase circuits Ik max is stated as if three-phase, which is above the current of line and "
    "neutral."
)
TRANSFORMER = (
    "Transformers: impedance from the nameplate secondary voltage, c applied to the nominal voltage of the "
    "system, KT for Ik max only (IEC 60909-0); currents pass with the ratio of the nominal voltages."
)
MEDIUM_VOLTAGE = (
    "Above 1000 V, Ik min and Zs are those of the lowest three-phase fault (cmin 1.00): an earth fault there "
    "depends on the earthing of the operator's network."
)
TT = "TT: the earth-fault loop is the source and RA; the electrode of the source's star point is left out."
COLLAPSE = (
    "{which}: the load flow has no solution above half the nominal voltage; no voltages are given. The "
    "cables are far too small for the current."
)


def assumptions(
    topology: Topology,
    volts_full: Mapping[str, Phases] | None,
    volts_managed: Mapping[str, Phases] | None,
) -> tuple[str, ...]:
    """Return the assumptions behind the study of a one-line; ``None`` voltages have no solution."""
    said = [sentence for sentence, holds in _CASES if holds(topology)]
    said += [
        COLLAPSE.format(which=which)
        for which, volts in (("Full demand", volts_full), ("Managed demand", volts_managed))
        if volts is None
    ]
    return tuple(said)


def _always(_topology: Topology) -> bool:
    return True


def _at_medium_voltage(topology: Topology) -> bool:
    return topology.one_line.supply.voltage_v > LOW_VOLTAGE_V


def _shares(topology: Topology) -> bool:
    return any(circuit.managed_to_a is not None for circuit in topology.one_line.circuits)


def _has_single_phase(topology: Topology) -> bool:
    return any(circuit.phases == 1 for circuit in topology.one_line.circuits)


_CASES: tuple[tuple[str, Callable[[Topology], bool]], ...] = (
    (SHORT_CIRCUIT, _always),
    (NO_IK_MIN, lambda topology: topology.one_line.supply.ik_min_ka is None),
    (TRANSFORMER, lambda topology: bool(topology.transformers)),
    (MEDIUM_VOLTAGE, _at_medium_voltage),
    (TT, lambda topology: topology.one_line.supply.earthing == "TT"),
    (SINGLE_PHASE, _has_single_phase),
    (CONVERTERS, lambda topology: bool(topology.one_line.storage or topology.one_line.pv)),
    (CURRENTS, _always),
    (SHARED, _shares),
    (VOLTAGES, _always),
)
