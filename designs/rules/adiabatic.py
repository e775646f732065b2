"""Thermal stress of conductors in a short circuit, k²S², and the size of protective conductors.

The energy that a device lets through comes from its maker (``let_through`` or ``i2t_a2s``), from the gates
of IEC 60269-1 for gG fuses, or from Ik² · t for a breaker with a set delay (``short_time_s`` counts as the
whole clearing time). Otherwise it is undecided, never guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from designs import cable_rules
from designs.fault_loop import FUSE_SHORT_TIME_S, FUSE_TIME_S
from designs.findings import Studied, finding, known, listed
from designs.model import Cable, Circuit, Figure, Finding, ProtectiveDevice


@dataclass(frozen=True, slots=True)
class Energy:
    """Let-through energy in A²s: surely not above ``highest`` (None: no bound known), by this source."""

    highest_a2s: float | None
    source: str
    at_least_a2s: float = 0.0  # surely reached at some current that can flow


def adiabatic(studied: Studied) -> Iterator[Finding]:
    """Let-through energy ≤ k²S² of line, neutral and PE, where it is known; one finding lists the others."""
    undecided = []
    for circuit in studied.one_line.circuits:
        if circuit.cable.kind == "busbar":
            continue
        energy = let_through(studied, circuit)
        conductor, limit = weakest(circuit.cable)
        if energy.highest_a2s is not None and energy.highest_a2s <= limit:
            continue
        worst = energy.at_least_a2s
        if worst > limit:
            yield _too_weak(studied, circuit, conductor, worst, limit, energy.source)
        else:
            undecided.append(circuit.tag)
    if undecided:
        yield _undecided(studied, undecided)


def busbar_withstand(studied: Studied) -> Iterator[Finding]:
    """Busbar trunking withstands the short circuit; an info where the list has no rating of it.

    Its rating behind a device that limits the current may be higher than Icw: a warning, not an error.
    """
    trunking = [each for each in studied.one_line.circuits if each.cable.kind == "busbar"]
    for circuit in trunking:
        ik, rating = (
            known(studied.circuits[circuit.tag].ik_max_source_ka),
            circuit.cable.short_circuit_rating_ka,
        )
        if rating is not None and ik > rating:
            yield finding(
                "busbar_withstand",
                "warning",
                circuit.tag,
                f"Circuit {circuit.tag}: {ik:g} kA can flow into busbar trunking of Icw {rating:g} kA.",
                Figure("ik_max", ik, "kA"),
                Figure("short_circuit_rating", rating, "kA"),
                "IEC 61439-6, rated short-time withstand current",
                "Choose trunking with a higher Icw, or have its maker confirm the rating behind this device.",
            )
    tags = [each.tag for each in trunking if each.cable.short_circuit_rating_ka is None]
    if tags:
        ik = max(known(studied.circuits[tag].ik_max_source_ka) for tag in tags)
        yield finding(
            "busbar_withstand",
            "info",
            tags[0],
            f"Whether the busbar trunking of {listed(tags)} withstands {ik:g} kA is for its data sheet "
            "to say.",
            Figure("ik_max", ik, "kA"),
            None,
            "IEC 61439-6, rated short-time withstand current",
            "Compare Icw of the trunking, or its rating behind this device, with Ik max.",
        )


def protective_conductor(studied: Studied) -> Iterator[Finding]:
    """The PE has the size of Table 54.2, which needs no calculation."""
    for circuit in studied.one_line.circuits:
        cable = circuit.cable
        limit = least_pe_mm2(cable.area_mm2)
        if cable.kind == "cable" and cable.pe_area_mm2 < limit:
            yield finding(
                "pe_size",
                "warning",
                circuit.tag,
                f"Circuit {circuit.tag}: the PE of {cable.pe_area_mm2:g} mm² is below the {limit:g} mm² that "
                "need no calculation.",
                Figure("pe_area", cable.pe_area_mm2, "mm²"),
                Figure("pe_area", limit, "mm²"),
                studied.clause("5-54", "Table 54.2", "Table 54.7"),
                "Choose a larger PE, or prove the size by the adiabatic equation.",
            )


def least_pe_mm2(line_mm2: float) -> float:
    """Return the PE size in mm² of IEC 60364-5-54 Table 54.2 for the same metal."""
    if line_mm2 <= 16:
        return line_mm2
    return 16.0 if line_mm2 <= 35 else line_mm2 / 2


def weakest(cable: Cable) -> tuple[str, float]:
    """Return the weakest conductor and its k²S² in A²s: of one cable, which may carry the fault alone."""
    k = cable_rules.ADIABATIC_K[cable.conductor, cable.insulation]
    neutral = cable.area_mm2 if cable.neutral_area_mm2 is None else cable.neutral_area_mm2
    areas = (("line conductor", cable.area_mm2), ("neutral", neutral), ("PE", cable.pe_area_mm2))
    name, area = min(areas, key=lambda each: each[1])
    return name, (k * area) ** 2


def let_through(studied: Studied, circuit: Circuit) -> Energy:
    """Return what the device of a circuit lets through for a fault on its cable."""
    device, figures = circuit.device, studied.circuits[circuit.tag]
    ik_ka = known(figures.ik_max_source_ka)
    ik_a = ik_ka * 1000
    if device.kind == "gg-fuse":
        return _fuse(studied, circuit)
    if device.let_through:
        return _by_curve(device, ik_ka)
    if device.i2t_a2s is not None:
        return Energy(device.i2t_a2s, "the maker's let-through energy", device.i2t_a2s)
    if device.short_time_s is not None:
        delayed = min(ik_a, lower_edge_a(device)) ** 2 * device.short_time_s
        return Energy(ik_a**2 * device.short_time_s, f"Ik² · {device.short_time_s:g} s", delayed)
    return Energy(None, "no data")


def lower_edge_a(device: ProtectiveDevice) -> float:
    """Return the current in A up to which a breaker surely does not trip at once.

    IEC 60898-1: 3, 5 and 10 In for B, C and D; IEC 60947-2: 0.8 Ii, which is 2/3 of the upper edge 1.2 Ii.
    """
    if device.instantaneous_low_a is not None:
        return device.instantaneous_low_a
    if device.kind == "mcb":
        return {"B": 3.0, "C": 5.0, "D": 10.0}[device.characteristic] * device.rated_current_a
    return device.instantaneous_a * 0.8 / 1.2


def _by_curve(device: ProtectiveDevice, ik_ka: float) -> Energy:
    """Read the maker's curve at the next higher current; beyond its end nothing is known."""
    above = [point for point in device.let_through if point.ik_ka >= ik_ka]
    if not above:
        return Energy(None, "the maker's curve ends below Ik max")
    energy = min(above, key=lambda point: point.ik_ka).i2t_a2s
    return Energy(energy, device.let_through_source or "the maker's let-through curve", energy)


def _fuse(studied: Studied, circuit: Circuit) -> Energy:
    """Bound a gG fuse by the gates that Ik min reaches: its I²t does not rise with the current.

    With TT, Ik min to earth says nothing about the short circuit to neutral, so nothing is decided.
    """
    device = circuit.device
    if studied.one_line.supply.earthing == "TT":
        return Energy(None, "no data")
    ik_a = known(studied.circuits[circuit.tag].ik_min_end_ka) * 1000
    gates = ((device.operating_04s_a, FUSE_SHORT_TIME_S), (device.instantaneous_a, FUSE_TIME_S))
    reached = [gate**2 * time for gate, time in gates if gate is not None and ik_a >= gate]
    if not reached:
        return Energy(None, "the fuse needs more than 5 s")
    return Energy(min(reached), "the gates of IEC 60269-1", min(reached))


def _too_weak(
    studied: Studied, circuit: Circuit, conductor: str, energy: float, limit: float, source: str
) -> Finding:
    return finding(
        "adiabatic",
        "error",
        circuit.tag,
        f"Circuit {circuit.tag}: {circuit.device.equipment} lets {energy:,.0f} A²s through ({source}), the "
        f"{conductor} of its cable stands {limit:,.0f} A²s.",
        Figure("let_through", energy, "A²s"),
        Figure("k2s2", limit, "A²s"),
        f"{studied.clause('4-43', '434.5.2')}; {studied.clause('5-54', '543.1.2', '543.1.3')}",
        "Choose a larger cross-section (PE included), or a device that limits more.",
    )


def _undecided(studied: Studied, tags: list[str]) -> Finding:
    return finding(
        "adiabatic_undecided",
        "info",
        tags[0],
        f"Whether the conductors of {listed(tags)} withstand a short circuit (k²S²) is not decided: the "
        "equipment list has no let-through energy for their devices at this current.",
        Figure("circuits", float(len(tags))),
        None,
        studied.clause("4-43", "434.5.2"),
        "Look up the maker's let-through curve at the Ik of the circuit and add it to the equipment list.",
    )
