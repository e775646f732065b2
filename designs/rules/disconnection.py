"""Fault protection: loop impedance hot and cold, fuses and RCDs in time, the earth electrode of TT.

IEC 60364-4-41, 411; BS 7671 has the same numbers.
"""

from collections.abc import Iterator

from designs.fault_loop import TOUCH_VOLTAGE_V, nominal_u0_v, residual_ma, tripping_current_a
from designs.findings import Studied, finding, known
from designs.model import Circuit, CircuitStudy, Figure, Finding, ResidualCurrentDevice

STABLE_ELECTRODE_OHM = 200.0
#: (multiple of IΔn from, longest time in s general, selective): IEC 61008-1, alternating current.
RCD_TIMES = ((5.0, 0.04, 0.15), (2.0, 0.15, 0.2), (1.0, 0.3, 0.5))


def loop_hot(studied: Studied) -> Iterator[Finding]:
    """The earth-fault loop, conductors hot, stays within what disconnects in time."""
    for circuit in studied.one_line.circuits:
        figures = studied.circuits[circuit.tag]
        loop, limit = known(figures.zs_expected_ohm), figures.zs_permitted_hot_ohm
        if limit is not None and loop > limit:
            yield _too_high(studied, circuit, figures, "hot", loop, limit)


def loop_cold(studied: Studied) -> Iterator[Finding]:
    """The loop that a tester should show on cold conductors stays within the limit for a cold reading.

    Where the RCD of a TT system disconnects both limits are one, and the hot loop, the higher, is judged.
    """
    for circuit in studied.one_line.circuits:
        figures = studied.circuits[circuit.tag]
        loop, limit = known(figures.zs_expected_cold_ohm), figures.zs_permitted_ohm
        judged_hot = _by_rcd(studied, circuit) and figures.zs_permitted_hot_ohm is not None
        if limit is not None and loop > limit and not judged_hot:
            yield _too_high(studied, circuit, figures, "cold", loop, limit)


def fuse_data(studied: Studied) -> Iterator[Finding]:
    """A fuse serves where its current for the required time is on the equipment list."""
    for circuit in studied.one_line.circuits:
        time = studied.circuits[circuit.tag].disconnection_time_s
        if circuit.device.kind != "gg-fuse" or time is None or _by_rcd(studied, circuit):
            continue
        if tripping_current_a(circuit.device, time) is None:
            yield finding(
                "fuse_too_slow",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: {time:g} s are required to disconnect, but the equipment list "
                "says of "
                f"{circuit.device.equipment} only what melts it in 5 s.",
                Figure("disconnection_time_known", 5.0, "s"),
                Figure("disconnection_time", time, "s"),
                studied.clause("4-41", "411.3.2"),
                "Choose a circuit-breaker, add the fuse's current for 0.4 s to the equipment list, or "
                "with TT "
                "an RCD for this circuit.",
            )


def rcd_time(studied: Studied) -> Iterator[Finding]:
    """With TT the RCD disconnects the earth-fault current that can flow within the required time."""
    for circuit in studied.one_line.circuits:
        figures = studied.circuits[circuit.tag]
        required, rcds = figures.disconnection_time_s, _rcds(studied, circuit)
        if studied.one_line.supply.earthing != "TT" or required is None or not rcds:
            continue
        u0 = nominal_u0_v(studied.topology.voltage_v(circuit.source))
        fault_ma = u0 / known(figures.zs_expected_ohm) * 1000
        times = [time for rcd in rcds if (time := rcd_time_s(rcd, fault_ma)) is not None]
        if times and min(times) > required:
            yield finding(
                "rcd_too_slow",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: an earth fault drives {fault_ma / 1000:.2f} A, at which its RCD may "
                f"take {min(times):g} s; {required:g} s are required.",
                Figure("rcd_time", min(times), "s"),
                Figure("disconnection_time", required, "s"),
                studied.clause("4-41", "411.5.3"),
                "Lower the resistance of the earth electrode, or choose an RCD without delay or with a lower "
                "rated residual current.",
            )


def earth_electrode(studied: Studied) -> Iterator[Finding]:
    """An earth electrode of a TT system is low enough to be stable over the seasons."""
    supply = studied.one_line.supply
    if supply.earthing == "TT" and supply.ze_ohm is not None and supply.ze_ohm > STABLE_ELECTRODE_OHM:
        yield finding(
            "electrode_unstable",
            "warning",
            supply.tag,
            f"{supply.tag}: the earth electrode of {supply.ze_ohm:g} Ω is above {STABLE_ELECTRODE_OHM:g} Ω "
            "and may not be stable.",
            Figure("ra", supply.ze_ohm, "Ω"),
            Figure("guidance", STABLE_ELECTRODE_OHM, "Ω"),
            studied.clause("4-41", "411.5.3; guidance of BS 7671 Table 41.5", "411.5.3 and Table 41.5"),
            "Drive a longer electrode or several, and measure again in a dry season.",
        )


def rcd_time_s(rcd: ResidualCurrentDevice, fault_ma: float) -> float | None:
    """Return the longest time in s that an RCD may take at a residual current; None below IΔn."""
    multiple = fault_ma / rcd.rated_residual_ma
    row = next((row for row in RCD_TIMES if multiple >= row[0]), None)
    return None if row is None else row[2 if rcd.selective else 1]


def _rcds(studied: Studied, circuit: Circuit) -> list[ResidualCurrentDevice]:
    return [step.rcd for step in studied.topology.path(circuit.target) if step.rcd]


def _by_rcd(studied: Studied, circuit: Circuit) -> bool:
    return studied.one_line.supply.earthing == "TT" and bool(_rcds(studied, circuit))


def _too_high(
    studied: Studied, circuit: Circuit, figures: CircuitStudy, state: str, loop: float, limit: float
) -> Finding:
    hot = state == "hot"
    meaning = "conductors hot" if hot else "the reading to expect on cold conductors"
    return finding(
        "zs_too_high",
        "error",
        circuit.tag,
        f"Circuit {circuit.tag}: Zs at {circuit.target} is {loop:.3f} Ω ({meaning}), above the {limit:g} Ω "
        f"with which {_disconnects(studied, circuit, figures)}.",
        Figure("zs_expected_hot" if hot else "zs_expected_cold", loop, "Ω"),
        Figure("zs_permitted_hot" if hot else "zs_permitted", limit, "Ω"),
        _loop_clause(studied, circuit, hot),
        _loop_remedy(studied, circuit),
    )


def _disconnects(studied: Studied, circuit: Circuit, figures: CircuitStudy) -> str:
    if _by_rcd(studied, circuit):
        residual = residual_ma(studied.topology, circuit)
        return f"the touch voltage stays within {TOUCH_VOLTAGE_V:g} V at the {residual:g} mA of its RCD"
    device = circuit.device
    kind = f"{device.characteristic}{device.rated_current_a:g}" if device.kind == "mcb" else device.equipment
    where = f" of {circuit.protected_by}" if circuit.protected_by else ""
    return f"{kind}{where} disconnects in {figures.disconnection_time_s or 0:g} s"


def _loop_remedy(studied: Studied, circuit: Circuit) -> str:
    if _by_rcd(studied, circuit):
        return "Lower the resistance of the earth electrode, or choose an RCD of a lower IΔn."
    if studied.one_line.supply.earthing == "TT":
        return (
            f"Give {circuit.tag}, or a circuit upstream of it, an RCD: through an earth electrode too little "
            "current flows for an overcurrent device."
        )
    return "Shorten the cable, choose a larger cross-section, or a device that trips at a lower current."


def _loop_clause(studied: Studied, circuit: Circuit, hot: bool) -> str:
    if _by_rcd(studied, circuit):
        return studied.clause("4-41", "411.5.3")
    earthed_alone = studied.one_line.supply.earthing == "TT"
    design = studied.clause("4-41", "411.5.4" if earthed_alone else "411.4.4")
    if hot:
        return design
    return f"{design}; " + ("Appendix 3" if studied.one_line.rule_set == "bs7671" else "IEC 60364-6, Annex D")
