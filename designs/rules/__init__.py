"""Rules over a studied one-line: each is a small function returning findings with clause, limit and remedy.

A finding of severity ``error`` refuses the design, a ``warning`` is for the engineer to decide, an ``info``
says what could not be decided. docs/rules.md lists every rule with its source.
"""

from collections.abc import Iterator, Sequence

from designs.findings import Rule, Studied, finding, in_order, stricter, studied
from designs.model import Figure, Finding, OneLine, Study
from designs.rule_sets import rule_set
from designs.rules import (
    adiabatic,
    capacity,
    disconnection,
    neutral,
    overload,
    pen,
    quality,
    rcd,
    selectivity,
    short_circuit,
    site,
)


def without_data(context: Studied) -> Iterator[Finding]:
    """Without data a licensed engineer's design must come first: "not computed" is not "sound"."""
    chosen = rule_set(context.one_line.rule_set)
    if not chosen.has_data:
        tag = context.one_line.supply.tag
        yield finding(
            "rule_set_without_data",
            "warning",
            tag,
            f"{tag}: by {chosen.title} this software computes no conductor, protective device, fault loop or "
            "voltage drop; ampacity and overcurrent protection, grounding, available fault current and "
            "interrupting ratings, ground-fault protection and voltage drop must come from a licensed "
            "engineer's sealed design.",
            Figure("rule_set", chosen.id),
            None,
            chosen.title,
            "Have a licensed engineer design and seal it (125 % of the continuous load for conductors and "
            "overcurrent protection). The checklists stop all work until that design and the permit are on "
            "site.",
        )


#: What holds under every rule set: amounts of current and equipment ratings, no installation rule.
ALWAYS: tuple[Rule, ...] = (
    without_data,
    capacity.import_limit,
    capacity.reserved_capacity,
    capacity.full_demand,
    capacity.loads_above_cap,
    capacity.fallback_in_steps,
    capacity.fallback_within_caps,
    capacity.fallback_unknown,
    capacity.transformer_loading,
    site.meter_range,
    quality.harmonic_current,
    quality.dense_site,
)

#: The rules of IEC 60364, which BS 7671 shares, in the order of the work: protection first.
INSTALLATION: tuple[Rule, ...] = (
    short_circuit.breaking_capacity,
    short_circuit.board_withstand,
    short_circuit.board_peak,
    short_circuit.board_short_time,
    disconnection.loop_hot,
    disconnection.loop_cold,
    disconnection.fuse_data,
    disconnection.rcd_time,
    disconnection.earth_electrode,
    overload.design_current,
    overload.cable_capacity,
    overload.parallel_distance,
    overload.board_current,
    overload.board_sources,
    rcd.additional_protection,
    rcd.dc_fault_protection,
    rcd.blinding,
    rcd.converters,
    rcd.rating,
    rcd.rcd_selectivity,
    adiabatic.adiabatic,
    adiabatic.busbar_withstand,
    adiabatic.protective_conductor,
    neutral.triplen_sizing,
    neutral.neutral_loading,
    neutral.reduced_neutral,
    neutral.triplen_unknown,
    pen.pen_in_final_circuit,
    pen.open_pen,
    selectivity.no_selectivity,
    selectivity.limited_selectivity,
    site.voltage_drop,
    site.surge_protection,
    site.surge_distance,
    quality.harmonic_voltage,
)

RULES: tuple[Rule, ...] = ALWAYS + INSTALLATION


def judge(one_line: OneLine, study: Study, strict: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Return the findings of all rules of the chosen rule set: errors first, then by tag and code.

    ``study`` holds the figures (ohms, amperes, kA, percent); its own findings are not read. ``strict``:
    codes of warnings that the design makes errors.
    """
    context = studied(one_line, study)
    applied = RULES if rule_set(one_line.rule_set).has_data else ALWAYS
    return in_order(stricter(each, strict) for rule in applied for each in rule(context))
