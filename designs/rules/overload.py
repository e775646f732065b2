"""Overload: Ib ≤ In ≤ Iz, boards and their sources. IEC 60364-4-43, 433; IEC 61439-1."""

from collections.abc import Iterator

from designs import cable_rules
from designs.findings import Studied, finding, listed
from designs.model import Circuit, Figure, Finding, ProtectiveDevice, PvInverter, Storage

#: I2 as a multiple of In: (In up to, factor) of gG fuses (IEC 60269-1 and -2; below 16 A firm memory).
FUSE_I2 = ((4.0, 2.1), (15.99, 1.9), (float("inf"), 1.6))
#: I2 may reach this multiple of Iz (433.1). Breakers: I2 is 1.45 In (IEC 60898-1) or 1.30 In (IEC 60947-2).
I2_OF_IZ = 1.45
#: In a gG fuse may reach this share of Iz: 1.45/1.6, rounded down.
FUSE_SHARE_OF_IZ = 0.9


def design_current(studied: Studied) -> Iterator[Finding]:
    """Ib ≤ In: the device carries what its circuit draws, or what PV and storage feed back through it."""
    for circuit in studied.one_line.circuits:
        figures = studied.circuits[circuit.tag]
        if figures.ib_a > figures.in_a:
            back = infeed_a(studied, circuit.target) >= figures.ib_a
            yield finding(
                "overload",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: the design current Ib of {figures.ib_a:g} A"
                f"{', fed back by PV or storage,' if back else ''} is above the {figures.in_a:g} A that "
                f"{_device(circuit)} is rated or set for.",
                Figure("ib", figures.ib_a, "A"),
                Figure("in", figures.in_a, "A"),
                studied.clause("4-43", "433.1"),
                "Choose a device with a higher rated current, or limit the demand.",
            )


def cable_capacity(studied: Studied) -> Iterator[Finding]:
    """In ≤ Iz and I2 ≤ 1.45 Iz, Iz corrected for temperature, grouping and soil; a gG fuse: In ≤ 0.9 Iz."""
    for circuit in studied.one_line.circuits:
        figures = studied.circuits[circuit.tag]
        if figures.iz_a is None:
            continue
        limit = round(figures.iz_a * share_of_iz(circuit.device), 2)
        if figures.in_a > limit:
            own = circuit.protected_by is None
            yield finding(
                "overload",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: {_device(circuit)} lets {figures.in_a:g} A flow for long, "
                f"{_laid(circuit)} may carry {limit:g} A.",
                Figure("in", figures.in_a, "A"),
                Figure("iz", limit, "A"),
                studied.clause("4-43", "433.1" if own else "433.2.1"),
                "Choose a larger cross-section, lay fewer circuits together, or choose a smaller device."
                if own
                else f"Choose a larger cross-section, or a device of its own at the start of {circuit.tag}.",
            )


def parallel_distance(studied: Studied) -> Iterator[Finding]:
    """Says where no grouping factor is counted among single cores in parallel: they need a clear distance."""
    tags = [
        each.tag
        for each in studied.one_line.circuits
        if each.cable.kind == "cable" and each.cable.parallel > cable_rules.grouped(each.cable)
    ]
    if tags:
        yield finding(
            "parallel_distance",
            "info",
            tags[0],
            f"{listed(tags)}: Iz of the single cores in parallel is counted without grouping, so every "
            "trefoil must lie at a clear distance of at least twice its cable's diameter from the next.",
            Figure("circuits", float(len(tags))),
            None,
            studied.clause("5-52", "523.5 and Table B.52.21", "523.5 and Table 4C5"),
            "Look at the distance on the tray before the cover closes, or count the trefoils as grouped.",
        )


def board_current(studied: Studied) -> Iterator[Finding]:
    """A switchboard carries what its feeding device lets through."""
    for board in studied.one_line.switchboards:
        feeder = studied.topology.feeder.get(board.tag)
        if feeder and feeder.device.rated_current_a > board.rated_current_a:
            rated = feeder.device.rated_current_a
            yield finding(
                "board_current",
                "error",
                board.tag,
                f"Switchboard {board.tag} is rated {board.rated_current_a:g} A, but {_protects(feeder)} it "
                f"at {rated:g} A.",
                Figure("in", rated, "A"),
                Figure("rated_current", board.rated_current_a, "A"),
                "IEC 61439-1, rated current of the assembly",
                f"Choose an assembly of at least {rated:g} A, or set {_guard(feeder)} lower.",
            )


def board_sources(studied: Studied) -> Iterator[Finding]:
    """Feeder and infeed together stay within the busbar: our own rule, on the safe side."""
    for board in studied.one_line.switchboards:
        feeder = studied.topology.feeder.get(board.tag)
        back = infeed_a(studied, board.tag)
        if not feeder or not back:
            continue
        total = round(feeder.device.rated_current_a + back, 2)
        if feeder.device.rated_current_a <= board.rated_current_a < total:
            yield finding(
                "board_sources",
                "warning",
                board.tag,
                f"Switchboard {board.tag}: {feeder.tag} and the infeed of PV and storage may together put "
                f"{total:g} A on a busbar rated {board.rated_current_a:g} A.",
                Figure("sources", total, "A"),
                Figure("rated_current", board.rated_current_a, "A"),
                "own rule after IEC 60364-5-551 and IEC 61439-1: sum of the sources of a busbar",
                "Choose an assembly for the sum, or have its maker confirm the busbar section by section.",
            )


def infeed_a(studied: Studied, node: str) -> float:
    """Return what PV and storage behind a node may feed back at most, in A per phase."""
    below = (studied.topology.node_of.get(tag) for tag in studied.topology.below(node))
    return round(sum(each.rated_current_a for each in below if isinstance(each, Storage | PvInverter)), 2)


def share_of_iz(device: ProtectiveDevice) -> float:
    """Return which share of Iz a device's In may reach so that In ≤ Iz and I2 ≤ 1.45 Iz (433.1)."""
    if device.kind != "gg-fuse":
        return 1.0
    factor = next(factor for limit, factor in FUSE_I2 if device.rated_current_a <= limit)
    return FUSE_SHARE_OF_IZ if factor == FUSE_I2[-1][1] else I2_OF_IZ / factor


def _device(circuit: Circuit) -> str:
    if circuit.protected_by is not None:
        return f"the device of {circuit.protected_by} upstream"
    return circuit.device.equipment


def _guard(feeder: Circuit) -> str:
    return feeder.protected_by or feeder.tag


def _protects(feeder: Circuit) -> str:
    return f"{_guard(feeder)} protects"


def _laid(circuit: Circuit) -> str:
    cable = circuit.cable
    if cable.kind == "busbar":
        return f"its busbar trunking {cable.equipment}"
    count = cable_rules.grouped(cable)
    together = f"{count} circuits together" if count > 1 else "alone"
    return f"its cable as laid (method {cable.method}, {cable.ambient_c:g} °C, {together})"
