"""Rules on the way to the consumers: voltage drop, surge protection, metering."""

from collections.abc import Iterator

from designs.findings import Studied, finding, known, listed
from designs.model import Circuit, Figure, Finding, Load, Meter, PvInverter, Switchboard
from designs.rules.overload import infeed_a
from designs.topology import Topology

#: Guidance in %, lighting and other, from a public supply and from an own transformer (Table G.52.1).
PUBLIC_PERCENT = (3.0, 5.0)
OWN_PERCENT = (6.0, 8.0)
#: Beyond this length the guidance grows per metre, up to a limit (Table G.52.1, note).
LONG_M = 100.0
LONG_PERCENT_PER_M = 0.005
LONG_PERCENT = 0.5
#: Farther than this from its surge protective device, equipment needs a second one or a check (534.4).
SPD_REACH_M = 10.0


def voltage_drop(studied: Studied) -> Iterator[Finding]:
    """The voltage drop to every consumer stays within guidance; a warning unless the design makes it hard."""
    for circuit in studied.one_line.circuits:
        node = studied.topology.node_of.get(circuit.target)
        if studied.topology.outgoing(circuit.target) or isinstance(node, PvInverter):
            continue
        drop = known(studied.circuits[circuit.tag].voltage_drop_total_percent)
        limit, supply = drop_guidance(studied.topology, circuit)
        if drop > limit:
            yield finding(
                "voltage_drop",
                "warning",
                circuit.tag,
                f"Circuit {circuit.tag}: the voltage drop to {circuit.target} is {drop:.2f} %, the guidance "
                f"from {supply} is {limit:g} %.",
                Figure("voltage_drop_total", drop, "%"),
                Figure("guidance", limit, "%"),
                studied.clause("5-52", "525 and Table G.52.1", "525 and Appendix 4, 6.4"),
                "Choose a larger cross-section or a shorter route, or accept it with a reason.",
            )


def surge_protection(studied: Studied) -> Iterator[Finding]:
    """A surge protective device stands at a switchboard on the way to every charging point."""
    bare: dict[str, list[str]] = {}
    for station in studied.one_line.stations:
        boards = studied.boards_above(station.tag)
        if boards and all(board.spd is None for board in boards):
            bare.setdefault(boards[0].tag, []).append(station.tag)
    for board, stations in bare.items():
        yield finding(
            "spd_missing",
            "warning",
            board,
            f"Switchboard {board} has no surge protective device, and none stands on the way to "
            f"{listed(stations)}; publicly accessible points require one.",
            Figure("spd", "none"),
            None,
            studied.clause("7-722", "722.443.4"),
            "Add an SPD of type 2 (type 1+2 with lightning protection or an overhead line).",
        )


def surge_distance(studied: Studied) -> Iterator[Finding]:
    """Says which stations are so far from their SPD that a second one, or a check, is advised."""
    far = []
    for station, feeder in studied.feeders():
        distance = _from_spd_m(studied, feeder)
        if distance is not None and distance > SPD_REACH_M:
            far.append((station.tag, distance))
    if far:
        longest = max(distance for _, distance in far)
        yield finding(
            "spd_distance",
            "info",
            far[0][0],
            f"{listed([tag for tag, _ in far])}: up to {longest:g} m of cable from the surge protective "
            "device; "
            f"beyond {SPD_REACH_M:g} m a second one near the station, or a check, is advised.",
            Figure("distance", longest, "m"),
            Figure("guidance", SPD_REACH_M, "m"),
            studied.clause("5-53", "534.4"),
            "Ask the maker whether the station has an SPD of its own, else place one at or near it.",
        )


def meter_range(studied: Studied) -> Iterator[Finding]:
    """A meter is not loaded above its current transformers or its own rating."""
    for meter in studied.one_line.meters:
        load, limit = metered_a(studied, meter), meter.max_current_a
        if limit is not None and load > limit:
            kind = "current transformers" if meter.ct_primary_a else "direct connection"
            yield finding(
                "meter_range",
                "error",
                meter.tag,
                f"Meter {meter.tag} sees up to {load:g} A, its {kind} go to {limit:g} A.",
                Figure("load", load, "A"),
                Figure("range", limit, "A"),
                "rated current of the meter or of its current transformers",
                "Choose larger current transformers, or a meter with current transformers.",
            )


def drop_guidance(topology: Topology, circuit: Circuit) -> tuple[float, str]:
    """Return the guidance in % for the drop at the end of a circuit, and which supply it is measured from."""
    own = topology.one_line.supply.own_transformer or topology.transformer_above(circuit.target)
    node = topology.node_of.get(circuit.target)
    lighting = isinstance(node, Load) and node.kind == "lighting"
    row = OWN_PERCENT if own else PUBLIC_PERCENT
    metres = sum(step.cable.length_m for step in topology.local_path(circuit.target))
    longer = min(max(0.0, metres - LONG_M) * LONG_PERCENT_PER_M, LONG_PERCENT)
    supply = "an own transformer" if own else "a public supply"
    return round(row[0 if lighting else 1] + longer, 3), supply


def metered_a(studied: Studied, meter: Meter) -> float:
    """Return the highest phase current in A that a meter sees: circuits in series are counted once.

    The sum of Ib, or where the currents of all circuits are known by phase the largest sum of one phase, or
    the infeed behind them.
    """
    measured = set(meter.measures)
    first = [tag for tag in meter.measures if not measured & _upstream(studied, tag)]
    rows = [studied.circuits[tag] for tag in first]
    by_ib = sum(row.ib_a for row in rows)
    full = [row.full_a for row in rows if row.full_a is not None]
    if len(full) < len(rows):
        return round(by_ib, 2)
    by_phase = max((sum(row[phase] for row in full) for phase in range(3)), default=0.0)
    infeed = sum(infeed_a(studied, studied.one_line.circuit(tag).target) for tag in first)
    return round(min(by_ib, max(by_phase, infeed)), 2)


def _upstream(studied: Studied, tag: str) -> set[str]:
    return {step.tag for step in studied.topology.path(studied.one_line.circuit(tag).source)}


def _from_spd_m(studied: Studied, feeder: Circuit) -> float | None:
    """Return the metres of cable from the nearest board with an SPD to a circuit's end; None without one."""
    metres = 0.0
    for step in reversed(studied.topology.local_path(feeder.target)):
        metres += step.cable.length_m
        board = studied.topology.node_of.get(step.source)
        if isinstance(board, Switchboard) and board.spd:
            return round(metres, 1)
    return None
