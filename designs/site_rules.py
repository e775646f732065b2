"""Rules on the site as a whole: voltage drop, import limit, surge protection, metering, earth electrode."""

from collections.abc import Iterator

from designs.findings import finding
from designs.model import Figure, Finding, Meter, OneLine, Study

STABLE_ELECTRODE_OHM = 200.0


def voltage_drop(one_line: OneLine, study: Study) -> Iterator[Finding]:
    """The voltage drop stays within guidance: 5 % from a public supply, 8 % from an own transformer."""
    limit = 8.0 if one_line.supply.own_transformer else 5.0
    supply = "an own transformer" if one_line.supply.own_transformer else "a public supply"
    for station in one_line.stations:
        feeder = one_line.circuit_to(station.tag)
        drop = study.circuit(feeder.tag).voltage_drop_total_percent if feeder else 0.0
        if feeder and drop > limit:
            yield finding(
                "voltage_drop",
                "warning",
                feeder.tag,
                f"Circuit {feeder.tag}: the voltage drop to {station.tag} is {drop:.1f} %, guidance from "
                f"{supply} is "
                f"{limit:g} %.",
                Figure("voltage_drop_total", drop, "%"),
                Figure("guidance", limit, "%"),
                "IEC 60364-5-52, 525 and Table G.52.1",
                "Choose a larger cross-section or a shorter route, or accept it with a reason.",
            )


def import_limit(one_line: OneLine, study: Study) -> Iterator[Finding]:
    """What the site draws with load management stays within the import limit."""
    point = study.connection_point
    if point.demand_managed_a > point.import_limit_a:
        tag = one_line.supply.tag
        yield finding(
            "import_limit",
            "error",
            tag,
            f"{tag}: the demand of {point.demand_managed_a:g} A per phase is above the import limit of "
            f"{point.import_limit_a:g} A.",
            Figure("demand_managed", point.demand_managed_a, "A"),
            Figure("import_limit", point.import_limit_a, "A"),
            "IEC 60364-7-722, 722.311",
            "Switch load management on, connect fewer stations, or agree a higher import limit.",
        )


def surge_protection(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """A switchboard that feeds charging points has a surge protective device."""
    for board in one_line.switchboards:
        if board.spd is None:
            yield finding(
                "spd_missing",
                "warning",
                board.tag,
                f"Switchboard {board.tag} has no surge protective device, which publicly accessible "
                "points require.",
                Figure("spd", "none"),
                None,
                "IEC 60364-7-722, 722.443.4",
                "Add an SPD of type 2 (type 1+2 with lightning protection or an overhead line).",
            )


def meter_range(one_line: OneLine, study: Study) -> Iterator[Finding]:
    """A meter is not loaded above its current transformers or its own rating."""
    for meter in one_line.meters:
        load, limit = _metered_a(study, meter), meter.max_current_a
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


def earth_electrode(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """An earth electrode of a TT system is low enough to be stable over the seasons."""
    supply = one_line.supply
    if supply.earthing == "TT" and supply.ze_ohm is not None and supply.ze_ohm > STABLE_ELECTRODE_OHM:
        yield finding(
            "electrode_unstable",
            "warning",
            supply.tag,
            f"{supply.tag}: the earth electrode of {supply.ze_ohm:g} Ω is above "
            f"{STABLE_ELECTRODE_OHM:g} Ω and may not be stable.",
            Figure("ra", supply.ze_ohm, "Ω"),
            Figure("guidance", STABLE_ELECTRODE_OHM, "Ω"),
            "IEC 60364-4-41, 411.5.3; guidance of BS 7671 Table 41.5",
            "Drive a longer electrode or several, and measure again in a dry season.",
        )


def open_pen(one_line: OneLine, _study: Study) -> Iterator[Finding]:
    """With TN-C-S a broken PEN of the supply can make the housings of stations outdoors live."""
    supply = one_line.supply
    if supply.earthing == "TN-C-S" and one_line.stations:
        yield finding(
            "open_pen",
            "warning",
            supply.tag,
            f"{supply.tag}: with TN-C-S a broken PEN conductor of the supply can make the housings of "
            "stations outdoors live.",
            Figure("earthing", supply.earthing),
            None,
            "BS 7671, 722.411.4.1; outside the United Kingdom the rule of the country",
            "Plan one of the methods (b) to (e) of 722.411.4.1 (open-PEN device, additional electrode), or "
            "supply the stations as TT; where the country's rule asks for none, accept it with that rule as "
            "the reason.",
        )


def _metered_a(study: Study, meter: Meter) -> float:
    load = sum(study.circuit(tag).ib_a for tag in meter.measures)
    return round(min(load, study.connection_point.demand_full_a), 2)
