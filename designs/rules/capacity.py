"""Capacity: import limit and what is reserved of it, other consumers, loading of transformers."""

from collections.abc import Iterator

from designs.findings import Studied, finding, listed
from designs.loading import draw_of, ratio
from designs.model import Figure, Finding, Load, Phases, Station, TransformerStudy

#: Continuous loading above which we advise a larger transformer: our own guidance.
TRANSFORMER_PERCENT = 80.0


def import_limit(studied: Studied) -> Iterator[Finding]:
    """What the site draws with load management stays within the import limit."""
    point, tag = studied.study.connection_point, studied.one_line.supply.tag
    if point.demand_managed_a > point.import_limit_a:
        yield finding(
            "import_limit",
            "error",
            tag,
            f"{tag}: the demand of {point.demand_managed_a:g} A per phase is above the import limit of "
            f"{point.import_limit_a:g} A.",
            Figure("demand_managed", point.demand_managed_a, "A"),
            Figure("import_limit", point.import_limit_a, "A"),
            studied.clause("7-722", "722.311"),
            "Switch load management on, connect fewer stations, or agree a higher import limit.",
        )


def reserved_capacity(studied: Studied) -> Iterator[Finding]:
    """Demand and the capacity reserved for others or for later stay together within the import limit."""
    point, supply = studied.study.connection_point, studied.one_line.supply
    total = round(point.demand_managed_a + supply.reserved_a, 3)
    if point.demand_managed_a <= point.import_limit_a < total:
        yield finding(
            "reserved_capacity",
            "error",
            supply.tag,
            f"{supply.tag}: the demand of {point.demand_managed_a:g} A and the {supply.reserved_a:g} A "
            "reserved "
            f"make {total:g} A per phase, above the import limit of {point.import_limit_a:g} A.",
            Figure("demand_and_reserved", total, "A"),
            Figure("import_limit", point.import_limit_a, "A"),
            studied.clause("7-722", "722.311"),
            f"Let load management keep the site within {point.import_limit_a - supply.reserved_a:g} A, "
            "or reserve "
            "less.",
        )


def full_demand(studied: Studied) -> Iterator[Finding]:
    """Says when the import limit holds only because load management works."""
    point, tag = studied.study.connection_point, studied.one_line.supply.tag
    if point.demand_managed_a <= point.import_limit_a < point.demand_full_a:
        yield finding(
            "relies_on_load_management",
            "info",
            tag,
            f"{tag}: everything together could draw {point.demand_full_a:g} A per phase; load management "
            "keeps it "
            f"within {point.demand_managed_a:g} A.",
            Figure("demand_full", point.demand_full_a, "A"),
            Figure("import_limit", point.import_limit_a, "A"),
            studied.clause("7-722", "722.311"),
            "Prove on site that the limit holds, and that it falls back safely when communication is lost.",
        )


def loads_above_cap(studied: Studied) -> Iterator[Finding]:
    """Other consumers are never managed: alone they stay within what load management keeps a circuit to."""
    for circuit in studied.one_line.circuits:
        if circuit.managed_to_a is None:
            continue
        nodes = [studied.topology.node_of.get(tag) for tag in studied.topology.below(circuit.target)]
        loads = [each for each in nodes if isinstance(each, Load)]
        total = round(max(sum(load.currents_a[phase] for load in loads) for phase in range(3)), 2)
        if total > circuit.managed_to_a:
            yield finding(
                "loads_above_cap",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: {listed([load.tag for load in loads])} alone draw {total:g} A, "
                "more than "
                f"the {circuit.managed_to_a:g} A that load management keeps it within.",
                Figure("loads", total, "A"),
                Figure("managed_to", circuit.managed_to_a, "A"),
                studied.clause("7-722", "722.311"),
                "Load management can't lower these loads: raise the limit, or supply them elsewhere.",
            )


def fallback_in_steps(studied: Studied) -> Iterator[Finding]:
    """What a controller falls back to is a current that its AC stations can offer a vehicle, or nothing."""
    for controller in studied.one_line.controllers:
        nodes = [studied.topology.node_of.get(tag) for tag in controller.controls]
        alternating = [each for each in nodes if isinstance(each, Station) and each.current == "AC"]
        least = max((each.minimum_a for each in alternating), default=0.0)
        if 0.0 < controller.fallback_a < least:
            yield finding(
                "fallback_too_low",
                "error",
                controller.tag,
                f"{controller.tag}: the {controller.fallback_a:g} A per station when communication is lost "
                f"are below the {least:g} A that a station charges with at least; it may take those instead.",
                Figure("fallback", controller.fallback_a, "A"),
                Figure("least", least, "A"),
                "IEC 61851-1, Annex A: least current that the control pilot can offer",
                f"Choose at least {least:g} A, or 0 so that they pause.",
            )


def fallback_within_caps(studied: Studied) -> Iterator[Finding]:
    """Without communication everything behind a managed circuit stays within what it is managed to.

    A one-line that names no controller says nothing of its fallback; ``fallback_unknown`` tells.
    """
    if not studied.one_line.controllers:
        return
    draws = _without_communication(studied)
    for circuit in studied.one_line.circuits:
        if circuit.managed_to_a is None:
            continue
        behind = [
            (draws[tag], ratio(studied.topology, tag, circuit.target))
            for tag in studied.topology.below(circuit.target)
            if tag in draws
        ]
        total = round(max(sum(amps[phase] * turns for amps, turns in behind) for phase in range(3)), 2)
        if total > circuit.managed_to_a:
            yield finding(
                "fallback_above_cap",
                "error",
                circuit.tag,
                f"Circuit {circuit.tag}: without communication everything behind it may draw {total:g} A, "
                f"more than the {circuit.managed_to_a:g} A that load management keeps it within.",
                Figure("fallback_total", total, "A"),
                Figure("managed_to", circuit.managed_to_a, "A"),
                studied.clause("7-722", "722.311"),
                "Lower the current per station when communication is lost, or choose 0 so that they pause.",
            )


def fallback_unknown(studied: Studied) -> Iterator[Finding]:
    """Load management that is counted on has a controller in the one-line, with its fallback."""
    managed = [each for each in studied.one_line.circuits if each.managed_to_a is not None]
    if managed and not studied.one_line.controllers:
        tag = managed[0].tag
        yield finding(
            "fallback_unknown",
            "warning",
            tag,
            f"Circuit {tag}: load management keeps it within {managed[0].managed_to_a:g} A, but the one-line "
            "names no controller, so what the stations draw without communication is not known.",
            Figure("controllers", 0.0),
            None,
            studied.clause("7-722", "722.311"),
            "Use a revision of the design with a controller, or prove the fallback on site.",
        )


def _without_communication(studied: Studied) -> dict[str, Phases]:
    """Return what each node draws when communication is lost: the fallback of its controller, else all.

    A station that is told less than it can charge with is taken to draw its least current, unless told 0.
    """
    kept = {tag: each.fallback_a for each in studied.one_line.controllers for tag in each.controls}
    drawn = {}
    for tag, node in studied.topology.node_of.items():
        one, two, three = draw_of(node)
        limit = kept.get(tag, max(one, two, three))
        if limit > 0.0 and isinstance(node, Station):
            limit = max(limit, node.minimum_a)
        drawn[tag] = (min(one, limit), min(two, limit), min(three, limit))
    return drawn


def transformer_loading(studied: Studied) -> Iterator[Finding]:
    """A transformer carries the managed demand; above 80 % for hours we advise the next size."""
    for each in studied.study.transformers:
        loading = each.loading_managed_percent
        if loading > TRANSFORMER_PERCENT:
            yield _loaded(each, loading)
        elif each.loading_full_percent > 100.0:
            yield finding(
                "transformer_relies_on_load_management",
                "info",
                each.tag,
                f"Transformer {each.tag}: {each.loading_full_percent:.0f} % loaded if everything drew "
                "all it can, "
                f"{loading:.0f} % with load management.",
                Figure("loading_full", each.loading_full_percent, "%"),
                Figure("loading", 100.0, "%"),
                "IEC 60076-1, rated power",
                "Prove on site that the limit holds, and that it falls back safely when communication is "
                "lost.",
            )


def _loaded(transformer: TransformerStudy, loading: float) -> Finding:
    over = loading > 100.0
    limit = 100.0 if over else TRANSFORMER_PERCENT
    why = "its rated power" if over else "what we advise for hours of charging"
    return finding(
        "transformer_loading",
        "error" if over else "warning",
        transformer.tag,
        f"Transformer {transformer.tag}: loaded to {loading:.1f} % at managed demand, above {limit:g} %, "
        f"{why}.",
        Figure("loading_managed", loading, "%"),
        Figure("loading", limit, "%"),
        "IEC 60076-1, rated power" if over else "own guidance for continuous loading",
        "Choose the next larger transformer, or let load management keep the site lower.",
    )
