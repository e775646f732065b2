"""What a meter is expected to read of harmonics: the study of the connection point, carried on into the site.

The same assumption as there: all equipment at rated current at once, summed by IEC 61000-3-6, without
resonance and without what the network brings. Where a spectrum is missing nothing is guessed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from designs import cable_rules, harmonics, loading, source
from designs.harmonics import Sources
from designs.model import Cable, Meter, OneLine, Phases, PvInverter, Transformer
from designs.topology import Topology

ASSUMED = (
    "this site alone, all equipment at rated current, summed by IEC 61000-3-6; without resonance and without "
    "what the network brings"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected at one meter; orders are missing where a spectrum is, and the statement says so."""

    current_a: float  # the largest phase current, all equipment behind at rated current
    statement: str
    harmonic_current_a: Mapping[int, float] = field(default_factory=dict)  # by order
    harmonic_voltage_percent: Mapping[int, float] = field(default_factory=dict)  # by order, where it stands
    thd_voltage_percent: float | None = None


@dataclass(frozen=True, slots=True)
class _Segment:
    """One step of the way from the network to a point: what leads there, and what flows through it."""

    node: str
    link: Cable | Transformer | None  # None: the network itself
    sources: Sources


def at_meters(one_line: OneLine) -> dict[str, Expected]:
    """Return what every meter of a one-line is expected to read, by tag."""
    topology = Topology(one_line)
    through = {node: harmonics.harmonic_sources(topology, (node,)) for node in topology.order}
    return {meter.tag: _at(topology, meter, through) for meter in one_line.meters}


def _at(topology: Topology, meter: Meter, through: Mapping[str, Sources]) -> Expected:
    nodes = tuple(topology.one_line.circuit(tag).target for tag in meter.measures)
    current = round(_current_a(topology, nodes), 3)
    own = harmonics.harmonic_sources(topology, nodes)
    amps = {} if own.unknown else {order: round(each, 3) for order, each in own.current_a.items()}
    missing = through[topology.one_line.supply.tag].unknown
    if missing:
        return Expected(current, _unknown(own, missing), amps)
    exact = _voltage_percent(topology, tuple(_way(topology, meter.board, through)))
    shown = {order: round(each, 3) for order, each in exact.items()}
    return Expected(current, ASSUMED, amps, shown, round(math.hypot(*exact.values()), 2))


def _unknown(own: Sources, missing: Sequence[str]) -> str:
    shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
    what = "unknown" if own.unknown else f"{ASSUMED}; the voltage is unknown"
    return f"{what}: no harmonic spectrum with a source for {len(missing)} consumers ({shown})"


def _current_a(topology: Topology, nodes: Sequence[str]) -> float:
    """Return the largest phase current: what is drawn behind the nodes, or fed in where that is more."""
    drawn, fed = [0.0] * 3, [0.0] * 3
    behind = {each for node in nodes for each in topology.below(node)}
    for tag in (each for each in topology.order if each in behind and each in topology.node_of):
        node = topology.node_of[tag]
        into = isinstance(node, PvInverter)
        amps: Phases = (node.rated_current_a,) * 3 if isinstance(node, PvInverter) else loading.draw_of(node)
        weight = loading.ratio(topology, tag, nodes[0])
        for phase, amp in enumerate(amps):
            (fed if into else drawn)[phase] += weight * amp
    return max(*drawn, *fed)


def _way(topology: Topology, node: str, through: Mapping[str, Sources]) -> Iterator[_Segment]:
    for each in topology.way(node):
        feeder, transformer = topology.feeder.get(each), topology.transformers.get(each)
        yield _Segment(each, transformer or (feeder.cable if feeder else None), through[each])


def _voltage_percent(topology: Topology, way: Sequence[_Segment]) -> dict[int, float]:
    """Return the harmonic voltages at the end of a way in percent of nominal, the currents taken in phase."""
    found: dict[int, complex] = {}
    for segment in way:
        u0 = topology.voltage_v(segment.node) / math.sqrt(3)
        if isinstance(segment.link, Transformer):
            # a Dyn winding keeps multiples of three from the network: there they meet the transformer alone
            found = {order: 0j if order % 3 == 0 else volts for order, volts in found.items()}
        for order, amps in segment.sources.current_a.items():
            drop = amps * _impedance_ohm(topology, segment, order) / u0 * 100
            found[order] = found.get(order, 0j) + drop
    return {order: abs(volts) for order, volts in sorted(found.items())}


def _impedance_ohm(topology: Topology, segment: _Segment, order: int) -> complex:
    """Return the impedance of a step, conductors hot; multiples of three return through the neutral."""
    link = segment.link
    if link is None:
        return harmonics.source_impedance_ohm(topology, order)
    triplen = order % 3 == 0
    if isinstance(link, Transformer):
        one = source.transformer_impedance(link)
        r, x = (link.r0_over_r1, link.x0_over_x1) if triplen else (1.0, 1.0)
        return complex(one.real * r, order * one.imag * x)
    impedance = cable_rules.line_impedance(link, hot=True)
    if triplen and topology.voltage_v(segment.node) <= source.LOW_VOLTAGE_V:
        impedance += 3 * cable_rules.neutral_impedance(link, hot=True)
    return complex(impedance.real, order * impedance.imag)
