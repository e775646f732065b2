"""PEN conductors and charging: none in final circuits, and what a broken one of the supply does."""

from collections.abc import Iterator

from designs.findings import Studied, finding, listed
from designs.model import Circuit, Figure, Finding, Station


def pen_in_final_circuit(studied: Studied) -> Iterator[Finding]:
    """The circuit to a station has neutral and PE of their own, or a PE only where no neutral is used."""
    for station, feeder in studied.feeders():
        needed = cores_needed(station, feeder)
        cable = feeder.cable
        if cable.pe_area_mm2 <= 0 or cable.cores < needed:
            yield finding(
                "pen_in_final_circuit",
                "error",
                feeder.tag,
                f"Circuit {feeder.tag}: {cable.equipment} has {cable.cores} conductors, but "
                f"{station.tag} needs "
                f"{needed} to have no PEN in its final circuit.",
                Figure("conductors", float(cable.cores)),
                Figure("conductors", float(needed)),
                studied.clause("7-722", "722.312.2.1"),
                "Choose a cable with neutral and PE of their own.",
            )


def open_pen(studied: Studied) -> Iterator[Finding]:
    """With TN-C-S a broken PEN of the supply can make the housings of stations outdoors live."""
    supply = studied.one_line.supply
    bare = [each.tag for each in studied.one_line.stations if not each.open_pen_protection]
    if supply.earthing != "TN-C-S" or not bare:
        return
    uk = studied.one_line.rule_set == "bs7671"
    yield finding(
        "open_pen",
        "error" if uk else "warning",
        supply.tag,
        f"{supply.tag}: with TN-C-S a broken PEN conductor of the supply can make the housings of "
        f"{listed(bare)} live, which have no open-PEN protection.",
        Figure("earthing", supply.earthing),
        None,
        "BS 7671, 722.411.4.1" + ("" if uk else "; outside the United Kingdom the rule of the country"),
        "Choose stations with open-PEN protection (methods (c) to (e) of 722.411.4.1), or supply them as TT"
        + (
            "; an additional electrode, method (b), is not computed here."
            if uk
            else "; where the country's rule asks for none, accept it with that rule as the reason."
        ),
    )


def cores_needed(station: Station, feeder: Circuit) -> int:
    """Return the conductors that a final circuit needs: lines, PE, and a neutral for an AC station."""
    return feeder.phases + (2 if station.current == "AC" else 1)
