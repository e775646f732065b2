"""Neutral conductors: triplen currents and unbalance. IEC 60364-5-52, 523.6.3, 524.2 and Annex E."""

from collections.abc import Iterator

from designs.findings import Studied, finding, listed
from designs.loading import third_harmonic_percent
from designs.model import Circuit, CircuitStudy, Figure, Finding

#: (third harmonic up to %, factor on Iz, whether the neutral governs): Table E.52.1.
ANNEX_E = ((15.0, 1.0, False), (33.0, 0.86, False), (45.0, 0.86, True), (float("inf"), 1.0, True))
#: Up to this share of third harmonic a neutral may be smaller than the lines (524.2.2).
REDUCED_UP_TO_PERCENT = 15.0


def triplen_sizing(studied: Studied) -> Iterator[Finding]:
    """A three-phase circuit carries its current and its triplen neutral current by Annex E, where known."""
    for circuit in studied.one_line.circuits:
        share, figures = third_harmonic(studied, circuit), studied.circuits[circuit.tag]
        if circuit.phases != 3 or share is None or figures.iz_a is None or circuit.cable.kind == "busbar":
            continue
        needed = annex_e_current_a(figures.ib_a, share)
        if needed > figures.iz_a >= figures.ib_a:
            yield finding(
                "neutral_triplen",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: with {share:.0f} % third harmonic its cable must be sized for "
                f"{needed:g} A, but may carry {figures.iz_a:g} A.",
                Figure("annex_e_current", needed, "A"),
                Figure("iz", figures.iz_a, "A"),
                studied.clause("5-52", "523.6.3 and Annex E, Table E.52.1", "523.6.3 and Appendix 4, 5.5"),
                "Choose a larger cross-section for all conductors, or stations with less third harmonic.",
            )


def neutral_loading(studied: Studied) -> Iterator[Finding]:
    """The neutral carries unbalance and triplen currents together."""
    for circuit in studied.one_line.circuits:
        figures = studied.circuits[circuit.tag]
        limit = neutral_capacity_a(circuit, figures)
        if figures.neutral_a is None or limit is None or figures.neutral_a <= limit:
            continue
        managed = figures.full_a is not None and figures.ib_a < max(figures.full_a)
        yield finding(
            "neutral_overload",
            "warning" if managed else "error",
            circuit.tag,
            f"Circuit {circuit.tag}: its neutral may carry {figures.neutral_a:g} A "
            f"{'at full demand, without load management' if managed else 'by unbalance and third harmonic'}, "
            f"above the {limit:g} A that it stands.",
            Figure("neutral", figures.neutral_a, "A"),
            Figure("neutral_iz", limit, "A"),
            studied.clause("5-52", "524.2"),
            "Choose a neutral of a larger cross-section, or rotate the phases of the stations.",
        )


def reduced_neutral(studied: Studied) -> Iterator[Finding]:
    """A neutral smaller than the lines needs a third harmonic known to be at most 15 %."""
    for circuit in studied.one_line.circuits:
        neutral = circuit.cable.neutral_area_mm2
        share = third_harmonic(studied, circuit)
        if neutral is None or neutral >= circuit.cable.area_mm2:
            continue
        if share is None or share > REDUCED_UP_TO_PERCENT:
            known = "is not known" if share is None else f"is {share:.0f} %"
            yield finding(
                "neutral_reduced",
                "warning",
                circuit.tag,
                f"Circuit {circuit.tag}: the neutral of {neutral:g} mm² is smaller than the lines of "
                f"{circuit.cable.area_mm2:g} mm², while the third harmonic of the stations {known}.",
                Figure("neutral_area", neutral, "mm²"),
                Figure("third_harmonic", REDUCED_UP_TO_PERCENT, "%"),
                studied.clause("5-52", "524.2"),
                "Choose a cable with a full neutral, or stations with a known third harmonic of 15 % or "
                "less.",
            )


def triplen_unknown(studied: Studied) -> Iterator[Finding]:
    """Says which stations give no third harmonic: their neutral current is measured, not computed."""
    tags = [
        each.tag
        for each in studied.one_line.stations
        if each.current == "AC" and third_harmonic_percent(each) is None
    ]
    if tags:
        yield finding(
            "triplen_unknown",
            "info",
            tags[0],
            f"The third harmonic of {listed(tags)} is unknown, so the current in their neutrals is not "
            "computed.",
            Figure("stations", float(len(tags))),
            None,
            studied.clause("5-52", "523.6.3 and Annex E", "523.6.3"),
            "Measure the neutral current at load after commissioning, or ask the maker for a type test.",
        )


def third_harmonic(studied: Studied, circuit: Circuit) -> float | None:
    """Return the third harmonic in % of the line current of a circuit; None: no stations, or one unknown.

    Weighted by the rated currents of the stations behind it. DC stations have no neutral and add nothing.
    """
    behind = studied.stations_below(circuit.target)
    total = sum(each.rated_input_a for each in behind)
    shares = [third_harmonic_percent(each) for each in behind]
    known = [
        share * each.rated_input_a for share, each in zip(shares, behind, strict=True) if share is not None
    ]
    return sum(known) / total if total and len(known) == len(behind) else None


def annex_e_current_a(ib_a: float, third_percent: float) -> float:
    """Return the current in A that sizes the cable, from Ib and the third harmonic (Table E.52.1)."""
    _, factor, by_neutral = next(row for row in ANNEX_E if third_percent <= row[0])
    return round((3 * third_percent / 100 if by_neutral else 1.0) * ib_a / factor, 2)


def neutral_capacity_a(circuit: Circuit, figures: CircuitStudy) -> float | None:
    """Return what the neutral may carry: Iz, in proportion where it is smaller (on the safe side)."""
    cable = circuit.cable
    if figures.iz_a is None:
        return None
    share = 1.0 if cable.neutral_area_mm2 is None else min(1.0, cable.neutral_area_mm2 / cable.area_mm2)
    return round(figures.iz_a * share, 2)
