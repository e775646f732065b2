"""Rules on protective devices, RCDs, conductors and switchboards: small functions over a studied one-line."""

from collections.abc import Iterator

from designs import cable_rules
from designs.fault_loop import TOUCH_VOLTAGE_V
from designs.findings import finding
from designs.model import Circuit, Figure, Finding, OneLine, ResidualCurrentDevice, Station, Study

#: mA of smooth DC that a station with a 6 mA detector may leave flowing (IEC 62955), and what an RCD stands.
RDC_DD_MA = 6.0

#: A type B RCD trips with smooth DC at 2 IΔn at the latest (IEC 62423).
TYPE_B_DC = 2.0

ADDITIONAL_PROTECTION_MA = 30.0

#: gG fuses operate at 1.6 In; 1.45/1.6 of Iz is what their In may reach (433.1).
FUSE_SHARE_OF_IZ = 0.9

#: The equipment list knows the current that melts a gG fuse within this time (IEC 60269-1 gates).
FUSE_TIME_S = 5.0


def breaking_capacity(one_line: OneLine, study: Study) -> Iterator[Finding]:
    """Icn or Icu of a device is at least the short-circuit current where it stands."""
    for circuit in one_line.circuits:
        ik = study.circuit(circuit.tag).ik_max_source_ka
        limit = circuit.device.breaking_capacity_ka
        if limit < ik:
            yield finding(
                "breaking_capacity",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: {circuit.device.equipment} breaks {limit:g} kA, but {ik:g} kA "
                "can flow at "
                f"{circuit.source}.",
                Figure("ik_max", ik, "kA"),
                Figure("breaking_capacity", limit, "kA"),
                "IEC 60364-4-43, 434.5.1",
                f"Choose a device with a breaking capacity of at least {ik:g} kA, or one with a tested "
                "back-up device.",
            )


def board_withstand(one_line: OneLine, study: Study) -> Iterator[Finding]:
    """A switchboard withstands the short-circuit current at its busbar."""
    for board in one_line.switchboards:
        ik = study.board(board.tag).ik_max_ka
        if board.short_circuit_rating_ka < ik:
            yield finding(
                "board_withstand",
                "error",
                board.tag,
                f"Switchboard {board.tag} withstands {board.short_circuit_rating_ka:g} kA, but {ik:g} kA "
                "can flow there.",
                Figure("ik_max", ik, "kA"),
                Figure("short_circuit_rating", board.short_circuit_rating_ka, "kA"),
                "IEC 61439-1, short-circuit withstand strength",
                f"Choose an assembly rated for at least {ik:g} kA.",
            )


def board_current(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """A switchboard carries what its feeding device lets through."""
    for board in one_line.switchboards:
        feeder = one_line.circuit_to(board.tag)
        if feeder and feeder.device.rated_current_a > board.rated_current_a:
            rated = feeder.device.rated_current_a
            yield finding(
                "board_current",
                "error",
                board.tag,
                f"Switchboard {board.tag} is rated {board.rated_current_a:g} A, but {feeder.tag} protects "
                f"it at {rated:g} A.",
                Figure("in", rated, "A"),
                Figure("rated_current", board.rated_current_a, "A"),
                "IEC 61439-1, rated current of the assembly",
                f"Choose an assembly of at least {rated:g} A, or set {feeder.tag} lower.",
            )


def loop_impedance(one_line: OneLine, study: Study) -> Iterator[Finding]:
    """The cold earth-fault loop impedance stays within what disconnects in time."""
    for circuit in one_line.circuits:
        figures = study.circuit(circuit.tag)
        cold, limit = figures.zs_expected_cold_ohm, figures.zs_permitted_ohm
        if limit is not None and cold > limit:
            yield finding(
                "zs_too_high",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: Zs {cold:.3f} Ω (cold) at {circuit.target} is above the "
                f"{limit:g} Ω that "
                f"{_what_disconnects(one_line, circuit)} needs to disconnect in "
                f"{figures.disconnection_time_s or 0:g} s.",
                Figure("zs_expected_cold", cold, "Ω"),
                Figure("zs_permitted", limit, "Ω"),
                _loop_clause(one_line),
                "Shorten the cable, choose a larger cross-section, or a device that trips at a lower "
                "current.",
            )


def disconnection_data(one_line: OneLine, study: Study) -> Iterator[Finding]:
    """A fuse serves where 5 s are allowed; its current for a shorter time is not known."""
    for circuit in one_line.circuits:
        time = study.circuit(circuit.tag).disconnection_time_s
        by_rcd = one_line.supply.earthing == "TT" and any(
            step.rcd for step in one_line.path_to(circuit.target)
        )
        if circuit.device.kind == "gg-fuse" and time is not None and time < FUSE_TIME_S and not by_rcd:
            yield finding(
                "fuse_too_slow",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: {circuit.device.equipment} is known to disconnect within "
                f"{FUSE_TIME_S:g} s, but {time:g} s are required.",
                Figure("disconnection_time", FUSE_TIME_S, "s"),
                Figure("disconnection_time", time, "s"),
                "IEC 60364-4-41, 411.3.2",
                "Choose a circuit-breaker, or with TT an RCD for this circuit.",
            )


def overload(one_line: OneLine, study: Study) -> Iterator[Finding]:
    """Ib ≤ In ≤ Iz, with a gG fuse In ≤ 0.9 Iz."""
    for circuit in one_line.circuits:
        figures = study.circuit(circuit.tag)
        if figures.ib_a > figures.in_a:
            yield _overload(
                circuit,
                f"the design current Ib {figures.ib_a:g} A is above In {figures.in_a:g} A of the "
                "protective device",
                Figure("ib", figures.ib_a, "A"),
                Figure("in", figures.in_a, "A"),
                "Choose a device with a higher rated current, or limit the demand.",
            )
        limit = round(
            (figures.iz_a or 0) * (FUSE_SHARE_OF_IZ if circuit.device.kind == "gg-fuse" else 1.0), 2
        )
        if figures.in_a > limit:
            yield _overload(
                circuit,
                f"In {figures.in_a:g} A of the protective device is above the {limit:g} A that the cable "
                "may be loaded with "
                f"(method {circuit.cable.method}, {circuit.cable.grouped_circuits} laid together)",
                Figure("in", figures.in_a, "A"),
                Figure("iz", limit, "A"),
                "Choose a larger cross-section, lay fewer circuits together, or a smaller device.",
            )


def additional_protection(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """Every connecting point has an RCD of 30 mA or less of its own."""
    for station in one_line.stations:
        feeder = one_line.circuit_to(station.tag)
        rcd = feeder.rcd if feeder else None
        own = rcd is not None and len(station.connectors) == 1
        upstream = own and rcd is not None and rcd.rated_residual_ma <= ADDITIONAL_PROTECTION_MA
        if feeder and not upstream and station.point_rcd is None:
            yield finding(
                "rcd_per_point",
                "error",
                feeder.tag,
                f"Circuit {feeder.tag}: {station.tag} has {len(station.connectors)} connecting point(s), "
                "which do not "
                "each have an RCD of 30 mA or less of their own.",
                Figure("rcd", f"{rcd.rated_residual_ma:g} mA" if rcd else "none"),
                Figure("rated_residual_current", ADDITIONAL_PROTECTION_MA, "mA"),
                "IEC 60364-7-722, 722.531.3",
                "Put a 30 mA RCD in the circuit of each connecting point, or order the station with one "
                "per point.",
            )


def dc_fault_protection(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """Every connecting point is protected against DC residual current: RDC-DD or RCD type B."""
    for station in one_line.stations:
        if station.dc_fault_protection == "none":
            yield finding(
                "dc_fault_protection",
                "error",
                station.tag,
                f"Station {station.tag} has neither a 6 mA DC detector (RDC-DD) nor an RCD of type B "
                "upstream.",
                Figure("dc_fault_protection", "none"),
                None,
                "IEC 60364-7-722, 722.531.3.101",
                "Choose a station with an RDC-DD, or an RCD of type B for its circuit.",
            )


def rcd_blinding(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """No RCD carries more smooth DC from the stations behind it than its type stands."""
    for circuit in one_line.circuits:
        if circuit.rcd is None:
            continue
        behind = _stations_behind(one_line, circuit)
        points = sum(len(station.connectors) for station in behind)
        total = sum(_passes_ma(one_line, circuit, station) for station in behind)
        limit = _stands_ma(circuit.rcd)
        if total > limit:
            yield finding(
                "rcd_blinded",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: {points} connecting points may pass {total:g} mA DC through one "
                "RCD of type "
                f"{circuit.rcd.type}, which stands {limit:g} mA.",
                Figure("dc_residual", total, "mA"),
                Figure("dc_stood", limit, "mA"),
                "IEC 60364-5-53, 531.3.3",
                "Give every connecting point its own RCD, or use type B upstream of several.",
            )


def rcd_rating(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """The contacts of an RCD carry what the overcurrent device of its circuit lets through."""
    for circuit in one_line.circuits:
        rated = circuit.rcd.rated_current_a if circuit.rcd else None
        if rated is not None and rated < circuit.device.rated_current_a:
            yield finding(
                "rcd_rating",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: the RCD is rated {rated:g} A, behind a device of "
                f"{circuit.device.rated_current_a:g} A.",
                Figure("in", circuit.device.rated_current_a, "A"),
                Figure("rcd_rated_current", rated, "A"),
                "IEC 60364-5-53, coordination of RCD and overcurrent device",
                f"Choose an RCD of at least {circuit.device.rated_current_a:g} A.",
            )


def adiabatic(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """Let-through energy ≤ k²S² of line and PE, where the maker's data are known."""
    undecided = [circuit.tag for circuit in one_line.circuits if circuit.device.i2t_a2s is None]
    for circuit in one_line.circuits:
        cable, energy = circuit.cable, circuit.device.i2t_a2s
        area = min(cable.area_mm2, cable.pe_area_mm2)  # of one cable: it may carry the fault alone
        limit = (cable_rules.ADIABATIC_K[cable.conductor, cable.insulation] * area) ** 2
        if energy is not None and energy > limit:
            yield finding(
                "adiabatic",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: the device lets {energy:g} A²s through, the smallest conductor "
                f"stands {limit:g} A²s.",
                Figure("let_through", energy, "A²s"),
                Figure("k2s2", limit, "A²s"),
                "IEC 60364-4-43, 434.5.2 and IEC 60364-5-54, 543.1.2",
                "Choose a larger cross-section (PE included) or a device that limits more.",
            )
    if undecided:
        yield finding(
            "adiabatic_undecided",
            "info",
            undecided[0],
            f"k²S² is not decided for {_list(undecided)}: the equipment list has no let-through "
            "energy from the maker.",
            Figure("circuits", float(len(undecided))),
            None,
            "IEC 60364-4-43, 434.5.2",
            "Check the maker's let-through curve at the Ik of the circuit, and add i2t_a2s to the "
            "equipment list.",
        )


def protective_conductor(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """The PE has the size of Table 54.2, which needs no calculation."""
    for circuit in one_line.circuits:
        limit = least_pe_mm2(circuit.cable.area_mm2)
        if circuit.cable.pe_area_mm2 < limit:
            yield finding(
                "pe_size",
                "warning",
                circuit.tag,
                f"Circuit {circuit.tag}: the PE of {circuit.cable.pe_area_mm2:g} mm² is below the "
                f"{limit:g} mm² that need no "
                "calculation.",
                Figure("pe_area", circuit.cable.pe_area_mm2, "mm²"),
                Figure("pe_area", limit, "mm²"),
                "IEC 60364-5-54, Table 54.2",
                "Choose a larger PE, or prove the size by the adiabatic equation.",
            )


def least_pe_mm2(line_mm2: float) -> float:
    """Return the PE size of IEC 60364-5-54 Table 54.2 for the same metal."""
    if line_mm2 <= 16:
        return line_mm2
    return 16.0 if line_mm2 <= 35 else line_mm2 / 2


def _overload(circuit: Circuit, what: str, figure: Figure, limit: Figure, remedy: str) -> Finding:
    sentence = f"Circuit {circuit.tag}: {what}."
    return finding("overload", "error", circuit.tag, sentence, figure, limit, "IEC 60364-4-43, 433.1", remedy)


def _what_disconnects(one_line: OneLine, circuit: Circuit) -> str:
    if one_line.supply.earthing == "TT" and any(step.rcd for step in one_line.path_to(circuit.target)):
        return f"its RCD (touch voltage {TOUCH_VOLTAGE_V:g} V)"
    return circuit.device.equipment


def _loop_clause(one_line: OneLine) -> str:
    if one_line.supply.earthing == "TT":
        return "IEC 60364-4-41, 411.5.3"
    return "IEC 60364-4-41, 411.4.4; IEC 60364-6 Annex D"


def _stations_behind(one_line: OneLine, circuit: Circuit) -> list[Station]:
    return [station for station in one_line.stations if circuit in one_line.path_to(station.tag)]


def _passes_ma(one_line: OneLine, circuit: Circuit, station: Station) -> float:
    """Return the smooth DC that a station may leave flowing through the RCD of a circuit."""
    feeder = one_line.circuit_to(station.tag)
    own = feeder.rcd if feeder and feeder.tag != circuit.tag else None
    blind = circuit.rcd is not None and circuit.rcd.type != "B"
    if blind and own and station.dc_fault_protection == "rcd-b":
        return TYPE_B_DC * own.rated_residual_ma
    return len(station.connectors) * RDC_DD_MA


def _stands_ma(rcd: ResidualCurrentDevice) -> float:
    return {"A": 6.0, "F": 10.0}.get(rcd.type, max(0.4 * rcd.rated_residual_ma, 10.0))


def _list(tags: list[str]) -> str:
    return ", ".join(tags) if len(tags) <= 3 else f"{tags[0]} to {tags[-1]} ({len(tags)} circuits)"
