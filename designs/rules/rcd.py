"""Residual current devices: one per connecting point, direct current, sharing, rating, selectivity.

IEC 60364-7-722, 722.531.3; IEC 60364-5-53, 531.3. Type AC can't be written: the equipment list has A, F
and B only.
"""

from collections import defaultdict
from collections.abc import Iterator

from designs.findings import Studied, finding, listed
from designs.model import Circuit, Figure, Finding, PvInverter, ResidualCurrentDevice, Station, Storage

#: mA of smooth DC that a station with a 6 mA detector may leave flowing (IEC 62955).
RDC_DD_MA = 6.0
#: A type B RCD trips with smooth DC at 2 IΔn at the latest (IEC 62423).
TYPE_B_DC = 2.0
ADDITIONAL_PROTECTION_MA = 30.0
#: Two RCDs in series: ratio of IΔn from which, with a selective one upstream, only the lower one opens.
SELECTIVE_RATIO = 3.0


def additional_protection(studied: Studied) -> Iterator[Finding]:
    """Every AC connecting point has an RCD of 30 mA or less of its own (DC outlets are isolated)."""
    for station, feeder in studied.feeders():
        rcd = feeder.rcd
        own = rcd is not None and len(station.connectors) == 1
        upstream = own and rcd is not None and rcd.rated_residual_ma <= ADDITIONAL_PROTECTION_MA
        if station.current == "AC" and not upstream and station.point_rcd is None:
            yield finding(
                "rcd_per_point",
                "error",
                feeder.tag,
                f"Circuit {feeder.tag}: {_points(station)} of {station.tag} without an RCD of 30 mA or "
                "less of "
                "its own.",
                Figure("rcd", f"{rcd.rated_residual_ma:g} mA" if rcd else "none"),
                Figure("rated_residual_current", ADDITIONAL_PROTECTION_MA, "mA"),
                studied.clause("7-722", "722.531.3"),
                "Put a 30 mA RCD in the circuit of each connecting point, or order the station with one per "
                "point.",
            )


def dc_fault_protection(studied: Studied) -> Iterator[Finding]:
    """Every AC connecting point is protected against smooth DC: RDC-DD, or an RCD of type B on its way."""
    for station, feeder in studied.feeders():
        kind = station.dc_fault_protection
        built_in = kind in ("rdc-dd", "isolated")
        if station.current == "AC" and not built_in and not _type_b_on_way(studied, station, feeder):
            yield finding(
                "dc_fault_protection",
                "error",
                station.tag,
                f"Station {station.tag} has neither a 6 mA DC detector (RDC-DD) nor an RCD of type B "
                "upstream.",
                Figure("dc_fault_protection", "none"),
                None,
                studied.clause("7-722", "722.531.3.101"),
                "Choose a station with an RDC-DD, or an RCD of type B for its circuit.",
            )


def blinding(studied: Studied) -> Iterator[Finding]:
    """No RCD carries more smooth DC from the stations behind it than its type stands, at any depth."""
    for circuit in studied.one_line.circuits:
        rcd = circuit.rcd
        if rcd is None:
            continue
        behind = studied.stations_below(circuit.target)
        points = sum(len(station.connectors) for station in behind if _passes_ma(studied, circuit, station))
        total = sum(_passes_ma(studied, circuit, station) for station in behind)
        limit = _stands_ma(rcd)
        if total > limit:
            yield finding(
                "rcd_blinded",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: its RCD of type {rcd.type} works with up to {limit:g} mA DC, "
                "but the "
                f"{points} connecting point{'s' if points > 1 else ''} behind it may pass {total:g} mA.",
                Figure("dc_residual", total, "mA"),
                Figure("dc_stood", limit, "mA"),
                studied.clause("5-53", "531.3.3"),
                "Give every connecting point its own RCD, or use type B upstream of several.",
            )


def converters(studied: Studied) -> Iterator[Finding]:
    """An RCD before a three-phase converter is of type B: an earth fault in its DC link is smooth DC.

    The isolation of a DC station stands behind that link and does not help. A maker may declare otherwise.
    """
    for circuit in studied.one_line.circuits:
        if circuit.rcd is None or circuit.rcd.type == "B":
            continue
        tags = [tag for tag in studied.topology.below(circuit.target) if _is_converter(studied, tag)]
        if tags:
            yield finding(
                "rcd_type",
                "warning",
                circuit.tag,
                f"Circuit {circuit.tag}: its RCD is of type {circuit.rcd.type}, while an earth fault in the "
                f"rectifier or inverter of {listed(tags)} may be smooth DC, at which it does not trip.",
                Figure("rcd_type", circuit.rcd.type),
                Figure("rcd_type", "B"),
                studied.clause("5-53", "531.3.3; 7-712, 712.531.3"),
                "Choose type B, or file the maker's declaration that another type does.",
            )


def rating(studied: Studied) -> Iterator[Finding]:
    """The contacts of an RCD carry what the overcurrent device of its circuit lets through."""
    for circuit in studied.one_line.circuits:
        rated = circuit.rcd.rated_current_a if circuit.rcd else None
        if rated is not None and rated < circuit.device.rated_current_a:
            yield finding(
                "rcd_rating",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: the RCD is rated {rated:g} A, its overcurrent device "
                f"{circuit.device.rated_current_a:g} A.",
                Figure("in", circuit.device.rated_current_a, "A"),
                Figure("rcd_rated_current", rated, "A"),
                studied.clause("5-53", "536 (coordination of RCD and overcurrent device)"),
                f"Choose an RCD of at least {circuit.device.rated_current_a:g} A.",
            )


def rcd_selectivity(studied: Studied) -> Iterator[Finding]:
    """Of two RCDs in series only the lower one opens: upstream selective and at least three times IΔn."""
    for upstream, tags in _unselective(studied).items():
        circuit = studied.one_line.circuit(upstream)
        rcd = circuit.rcd
        if rcd is None:
            continue
        yield finding(
            "rcd_selectivity",
            "warning",
            upstream,
            f"Circuit {upstream}: its RCD of {rcd.rated_residual_ma:g} mA"
            f"{' (selective)' if rcd.selective else ''} may open together with the RCD of {listed(tags)}.",
            Figure("rated_residual_current", rcd.rated_residual_ma, "mA"),
            Figure("ratio", SELECTIVE_RATIO),
            studied.clause("5-53", "536 (selectivity between RCDs in series)"),
            "Choose a selective RCD (type S) of at least three times the rated residual current of those "
            "below.",
        )


def _unselective(studied: Studied) -> dict[str, list[str]]:
    """Return tags of circuits or stations with an RCD, by the upstream circuit whose RCD may open with it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for tag, residual, above in _lower_rcds(studied):
        upstream = next((step for step in reversed(above) if step.rcd), None)
        if upstream and upstream.rcd and not _selective(upstream.rcd, residual):
            found[upstream.tag].append(tag)
    return dict(found)


def _lower_rcds(studied: Studied) -> Iterator[tuple[str, float, tuple[Circuit, ...]]]:
    """Yield every RCD that may have another upstream: its tag, IΔn in mA and the circuits upstream of it.

    That in a station's only point and that of its own circuit serve the same point: either may open.
    """
    path = studied.topology.path
    for circuit in studied.one_line.circuits:
        if circuit.rcd:
            yield circuit.tag, circuit.rcd.rated_residual_ma, path(circuit.source)
    for station, feeder in studied.feeders():
        if station.point_rcd:
            alone = len(station.connectors) == 1
            yield station.tag, ADDITIONAL_PROTECTION_MA, path(feeder.source if alone else feeder.target)


def _selective(upstream: ResidualCurrentDevice, residual_ma: float) -> bool:
    return upstream.selective and upstream.rated_residual_ma >= SELECTIVE_RATIO * residual_ma


def _type_b_on_way(studied: Studied, station: Station, feeder: Circuit) -> bool:
    on_way = any(step.rcd and step.rcd.type == "B" for step in studied.topology.path(feeder.target))
    return on_way or station.point_rcd == "B"


def _is_converter(studied: Studied, tag: str) -> bool:
    node = studied.topology.node_of.get(tag)
    if isinstance(node, Station):
        return node.current == "DC" and node.phases > 1
    return isinstance(node, Storage | PvInverter)


def _passes_ma(studied: Studied, circuit: Circuit, station: Station) -> float:
    """Return the smooth DC that a station may let flow through the RCD of a circuit upstream.

    An RCD of type B of the station's own only trips at 2 IΔn of smooth DC, which is too late for a type A
    or F upstream (IEC 62423, IEC 60364-5-53 531.3.3). Upstream of type B each point counts 6 mA. A DC
    station isolates its outlets from the supply.
    """
    if station.current == "DC" or station.dc_fault_protection == "isolated":
        return 0.0
    feeder = studied.topology.feeder.get(station.tag)
    own = feeder.rcd if feeder and feeder.tag != circuit.tag else None
    blind = circuit.rcd is not None and circuit.rcd.type != "B"
    points = len(station.connectors)
    if blind and station.dc_fault_protection != "rdc-dd":
        if own and own.type == "B":
            return TYPE_B_DC * own.rated_residual_ma
        if station.point_rcd == "B":
            return points * TYPE_B_DC * ADDITIONAL_PROTECTION_MA
    return points * RDC_DD_MA


def _stands_ma(rcd: ResidualCurrentDevice) -> float:
    return {"A": 6.0, "F": 10.0}.get(rcd.type, max(0.4 * rcd.rated_residual_ma, 10.0))


def _points(station: Station) -> str:
    count = len(station.connectors)
    return "the connecting point" if count == 1 else f"the {count} connecting points"
