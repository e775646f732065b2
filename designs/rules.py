"""Rules over a studied one-line: each is a small function returning findings with clause, limit and remedy.

A finding of severity ``error`` refuses the design, a ``warning`` is for the engineer to decide, an ``info``
says what could not be decided. docs/rules.md lists every rule with its source.
"""

from collections.abc import Iterator, Sequence

from designs import (
    adiabatic_rules,
    capacity_rules,
    disconnection_rules,
    neutral_rules,
    overload_rules,
    pen_rules,
    quality_rules,
    rcd_rules,
    selectivity_rules,
    short_circuit_rules,
    site_rules,
)
from designs.findings import Rule, Studied, finding, in_order, stricter, studied
from designs.model import Figure, Finding, OneLine, Study
from designs.rule_sets import rule_set


def without_data(context: Studied) -> Iterator[Finding]:
    """A design by a rule set without data is refused: nobody may take "not computed" for "sound"."""
    chosen = rule_set(context.one_line.rule_set)
    if not chosen.has_data:
        tag = context.one_line.supply.tag
        yield finding(
            "rule_set_without_data",
            "error",
            tag,
            f"{tag}: by {chosen.title} this software computes no conductor, protective device, fault loop or "
            "voltage drop.",
            Figure("rule_set", chosen.id),
            None,
            chosen.title,
            "A licensed engineer must provide ampacity and overcurrent protection (125 % of the continuous "
            "load), grounding, available fault current and interrupting ratings, ground-fault protection and "
            "voltage drop.",
        )


#: What holds under every rule set: amounts of current and equipment ratings, no installation rule.
ALWAYS: tuple[Rule, ...] = (
    without_data,
    capacity_rules.import_limit,
    capacity_rules.reserved_capacity,
    capacity_rules.full_demand,
    capacity_rules.loads_above_cap,
    capacity_rules.fallback_in_steps,
    capacity_rules.fallback_within_caps,
    capacity_rules.transformer_loading,
    site_rules.meter_range,
    quality_rules.harmonic_current,
    quality_rules.dense_site,
)

#: The rules of IEC 60364, which BS 7671 shares, in the order of the work: protection first.
INSTALLATION: tuple[Rule, ...] = (
    short_circuit_rules.breaking_capacity,
    short_circuit_rules.board_withstand,
    short_circuit_rules.board_peak,
    short_circuit_rules.board_short_time,
    disconnection_rules.loop_hot,
    disconnection_rules.loop_cold,
    disconnection_rules.fuse_data,
    disconnection_rules.rcd_time,
    disconnection_rules.earth_electrode,
    overload_rules.design_current,
    overload_rules.cable_capacity,
    overload_rules.parallel_distance,
    overload_rules.board_current,
    overload_rules.board_sources,
    rcd_rules.additional_protection,
    rcd_rules.dc_fault_protection,
    rcd_rules.blinding,
    rcd_rules.converters,
    rcd_rules.rating,
    rcd_rules.rcd_selectivity,
    adiabatic_rules.adiabatic,
    adiabatic_rules.busbar_withstand,
    adiabatic_rules.protective_conductor,
    neutral_rules.triplen_sizing,
    neutral_rules.neutral_loading,
    neutral_rules.reduced_neutral,
    neutral_rules.triplen_unknown,
    pen_rules.pen_in_final_circuit,
    pen_rules.open_pen,
    selectivity_rules.no_selectivity,
    selectivity_rules.limited_selectivity,
    site_rules.voltage_drop,
    site_rules.surge_protection,
    site_rules.surge_distance,
    quality_rules.harmonic_voltage,
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
