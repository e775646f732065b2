"""The electrical study: short circuit (IEC 60909), loops, loading, voltages, connection point, rules.

The only door to pandapower, which ``short_circuit`` imports when a study runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from designs import (
    assumptions,
    cable_rules,
    fault_loop,
    harmonics,
    load_flow,
    loading,
    rules,
    selectivity,
    short_circuit,
    source,
)
from designs.findings import merged
from designs.loading import Demand
from designs.model import (
    BoardStudy,
    Circuit,
    CircuitStudy,
    ConnectionPointStudy,
    Phases,
    SiteDesign,
    Study,
    Transformer,
    TransformerStudy,
)
from designs.rule_sets import rule_set
from designs.rules import layout as layout_rules
from designs.rules import site as site_rules
from designs.short_circuit import ShortCircuits
from designs.topology import Topology

Voltages = Mapping[str, Phases] | None


@dataclass(frozen=True, slots=True)
class _Basis:
    """What every figure of a study is taken from."""

    topology: Topology
    short: ShortCircuits
    full: Demand
    managed: Demand
    volts_full: Voltages  # percent of nominal; None where there is no solution
    volts_managed: Voltages


def study(site_design: SiteDesign) -> Study:
    """Return the electrical study of a site design with the findings of every rule.

    DesignError, in one sentence, when the data of the supply or of a transformer contradict one another.
    """
    one_line = site_design.one_line
    topology = Topology(one_line)
    source.check(topology)
    basis = _basis(topology)
    chosen = rule_set(one_line.rule_set)
    unjudged = Study(
        rule_set=chosen.computed if chosen.has_data else f"{chosen.title}: no data",
        boards=tuple(_board(basis, tag) for tag in topology.order),
        circuits=tuple(_circuit(basis, circuit) for circuit in one_line.circuits),
        connection_point=_connection_point(basis),
        findings=(),
        transformers=tuple(_transformer(basis, each) for each in one_line.transformers),
        assumptions=assumptions.assumptions(topology, basis.volts_full, basis.volts_managed),
        not_computed=chosen.not_computed,
    )
    if chosen.has_data:
        unjudged = replace(unjudged, selectivity=selectivity.judge(one_line, unjudged))
    else:
        unjudged = _without_figures(unjudged)
    judged = replace(unjudged, findings=rules.judge(one_line, unjudged, site_design.strict))
    return merged(judged, layout_rules.grouping(site_design)) if chosen.has_data else judged


def _without_figures(computed: Study) -> Study:
    """Return a study without what IEC standards compute: under another name those figures would mislead.

    Demand, the resistances of the cables and the connection point remain.
    """
    circuits = (
        replace(
            each,
            ik_max_source_ka=None,
            ik_min_end_ka=None,
            zs_expected_ohm=None,
            zs_expected_cold_ohm=None,
            voltage_drop_percent=None,
            voltage_drop_total_percent=None,
            voltage_drop_guidance_percent=None,
            ik_max_end_ka=None,
            ip_source_ka=None,
        )
        for each in computed.circuits
    )
    transformers = (replace(each, ik_max_ka=None) for each in computed.transformers)
    return replace(
        computed, boards=(), circuits=tuple(circuits), transformers=tuple(transformers), assumptions=()
    )


def _basis(topology: Topology) -> _Basis:
    full, managed = loading.full(topology), loading.managed(topology)
    return _Basis(
        topology,
        short_circuit.short_circuits(topology),
        full,
        managed,
        load_flow.voltages(topology, full.draws),
        load_flow.voltages(topology, managed.draws),
    )


def _board(basis: _Basis, tag: str) -> BoardStudy:
    short = basis.short
    return BoardStudy(
        tag=tag,
        ik_max_ka=round(short.ik_max_ka[tag], 3),
        ik_min_ka=round(short.ik_min_ka[tag], 4),
        zs_ohm=round(short.hot_ohm[tag], 4),
        ip_ka=round(short.ip_ka[tag], 3),
        nominal_voltage_v=basis.topology.voltage_v(tag),
        voltage_full_percent=_rounded(basis.volts_full[tag]) if basis.volts_full else None,
        voltage_managed_percent=_rounded(basis.volts_managed[tag]) if basis.volts_managed else None,
    )


def _circuit(basis: _Basis, circuit: Circuit) -> CircuitStudy:
    topology, short = basis.topology, basis.short
    permitted = fault_loop.permitted(topology, circuit)
    path = topology.local_path(circuit.target)
    line = cable_rules.line_impedance(circuit.cable, hot=False).real
    pe = cable_rules.pe_impedance(circuit.cable, hot=False).real
    iz = _iz_a(topology, circuit)
    neutral = loading.neutral_a(topology, circuit, basis.full)
    return CircuitStudy(
        tag=circuit.tag,
        ib_a=round(circuit.design_current_a, 2),
        in_a=circuit.device.rated_current_a,
        iz_a=None if iz is None else round(iz, 2),
        ik_max_source_ka=round(short.ik_max_ka[circuit.source], 3),
        ik_min_end_ka=round(short.ik_min_ka[circuit.target], 4),
        zs_expected_ohm=round(short.hot_ohm[circuit.target], 4),
        zs_expected_cold_ohm=round(short.cold_ohm[circuit.target], 4),
        zs_permitted_ohm=permitted.cold_ohm,
        zs_rule=permitted.cold_rule,
        r1_plus_r2_ohm=round(line + pe, 4),
        pe_path_ohm=round(sum(cable_rules.pe_impedance(step.cable, hot=False).real for step in path), 4),
        disconnection_time_s=fault_loop.disconnection_time_s(topology, circuit),
        voltage_drop_percent=round(_annex_g_percent(topology, circuit), 3),
        voltage_drop_total_percent=round(_drop_percent(basis, circuit, path), 3),
        voltage_drop_guidance_percent=site_rules.drop_guidance(topology, circuit)[0],
        zs_permitted_hot_ohm=permitted.hot_ohm,
        zs_hot_rule=permitted.hot_rule,
        ik_max_end_ka=round(short.ik_max_ka[circuit.target], 3),
        ip_source_ka=round(short.ip_ka[circuit.source], 3),
        full_a=_rounded(basis.full.through[circuit.target]),
        managed_a=_rounded(basis.managed.through[circuit.target]),
        neutral_a=None if neutral is None else round(neutral, 2),
        loading_percent=None if not iz else round(circuit.design_current_a / iz * 100, 1),
    )


def _iz_a(topology: Topology, circuit: Circuit) -> float | None:
    has_data = rule_set(topology.one_line.rule_set).has_data
    return cable_rules.corrected_iz_a(circuit.cable) if has_data else None


def _annex_g_percent(topology: Topology, circuit: Circuit) -> float:
    u0 = fault_loop.nominal_u0_v(topology.voltage_v(circuit.target))
    return cable_rules.voltage_drop_v(circuit) / u0 * 100


def _drop_percent(basis: _Basis, circuit: Circuit, path: tuple[Circuit, ...]) -> float:
    """Return the drop from the origin, or the own transformer: Annex G at Ib, or the load flow if worse.

    The load flow is that of managed demand: what the site may really draw.
    """
    annex_g = sum(_annex_g_percent(basis.topology, step) for step in path)
    if basis.volts_managed is None:
        return annex_g
    begin, end = basis.volts_managed[path[0].source], basis.volts_managed[circuit.target]
    carried = basis.managed.through[circuit.target]
    drops = [upper - lower for upper, lower, amps in zip(begin, end, carried, strict=True) if amps > 0.0]
    return max(annex_g, *drops) if drops else annex_g


def _transformer(basis: _Basis, transformer: Transformer) -> TransformerStudy:
    rated = transformer.rated_power_kva * 1000 / (3**0.5 * transformer.rated_voltage_v)
    tag = transformer.tag
    return TransformerStudy(
        tag=tag,
        rated_current_a=round(rated, 1),
        ik_max_ka=round(basis.short.ik_max_ka[tag], 3),
        loading_full_percent=round(max(basis.full.through[tag]) / rated * 100, 1),
        loading_managed_percent=round(max(basis.managed.through[tag]) / rated * 100, 1),
    )


def _connection_point(basis: _Basis) -> ConnectionPointStudy:
    return harmonics.connection_point(basis.topology, basis.short.ik_supply_ka, basis.full, basis.managed)


def _rounded(phases: Phases) -> Phases:
    return (round(phases[0], 2), round(phases[1], 2), round(phases[2], 2))
