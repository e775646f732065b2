"""The connection point: demand, stiffness, limits of distortion, and the distortion to expect.

Limits: EN 50160 for the voltage, IEEE 519-2022 for the current. An expectation needs the harmonic currents
of every consumer from a document; where one is missing it is "unknown", never guessed.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from designs import loading, source
from designs.loading import Demand
from designs.model import (
    ConnectionPointStudy,
    Harmonic,
    Load,
    Phases,
    PvInverter,
    Spectrum,
    Station,
    Storage,
)
from designs.topology import Topology

THD_VOLTAGE_LIMIT_PERCENT = 8.0
THD_CLAUSE = "EN 50160, 4.2.5: THD of the supply voltage up to order 40, 10 min values"
THD_CLAUSE_MV = "EN 50160, medium voltage: THD of the supply voltage up to order 40, 10 min values"
HIGHEST_ORDER = 40
#: Voltage limits at low voltage in percent by order, EN 50160:2010. Orders that it leaves open are not here.
VOLTAGE_LIMITS: Mapping[int, float] = {
    2: 2.0, 3: 5.0, 4: 1.0, 5: 6.0, 7: 5.0, 9: 1.5, 11: 3.5, 13: 3.0, 15: 0.5, 17: 2.0, 19: 1.5, 21: 0.5,
    23: 1.5, 25: 1.5,
} | dict.fromkeys(range(6, 25, 2), 0.5)  # fmt: skip
#: (Isc/IL below, limits for orders up to 10, 16, 22, 34, 50, TDD), % of IL, IEEE 519-2022, 120 V to 69 kV.
CURRENT_ROWS = (
    (20.0, (4.0, 2.0, 1.5, 0.6, 0.3), 5.0),
    (50.0, (7.0, 3.5, 2.5, 1.0, 0.5), 8.0),
    (100.0, (10.0, 4.5, 4.0, 1.5, 0.7), 12.0),
    (1000.0, (12.0, 5.5, 5.0, 2.0, 1.0), 15.0),
    (math.inf, (15.0, 7.0, 6.0, 2.5, 1.4), 20.0),
)
CURRENT_CLAUSE = "IEEE 519-2022, current distortion limits 120 V to 69 kV"
#: Orders below which the columns of CURRENT_ROWS end.
COLUMNS_END = (11, 17, 23, 35, 51)
#: Up to this order an even harmonic has half the limit of an odd one (IEEE 519-2022).
HALVED_EVEN = 6
#: Below this ratio of short-circuit power to charging power a site is called dense.
DENSE_RATIO = 33.0

Emitter = Station | Storage | PvInverter


@dataclass(frozen=True, slots=True)
class Sources:
    """Harmonic currents of a site in A at the connection point, by order, and who has no spectrum."""

    current_a: Mapping[int, float]
    unknown: tuple[str, ...]


def connection_point(
    topology: Topology, ik_max_ka: float, full: Demand, managed: Demand
) -> ConnectionPointStudy:
    """Return the study of the connection point; currents at the supply's voltage.

    ``ik_max_ka`` is that of the supply alone. IL of a new site is its managed demand, an estimate (without
    any demand, the import limit).
    """
    supply = topology.one_line.supply
    by_phase, full_by_phase = managed.through[supply.tag], full.through[supply.tag]
    demand = max(by_phase)
    largest = demand if demand > 0.0 else supply.import_limit_a
    stiffness = ik_max_ka * 1000 / largest
    tdd, clause = tdd_limit(stiffness)
    power = math.sqrt(3) * supply.voltage_v * ik_max_ka / 1000
    dense, dense_statement = dense_site(topology, power)
    thd, thd_clause = voltage_limit(topology)
    sources = harmonic_sources(topology)
    expected = expected_harmonics(topology, sources, largest, stiffness)
    return ConnectionPointStudy(
        ik_max_ka=round(ik_max_ka, 3),
        demand_full_a=round(max(full_by_phase), 3),
        demand_managed_a=_milliamperes(demand),
        import_limit_a=round(supply.import_limit_a, 3),
        isc_over_il=round(stiffness, 1),
        thd_voltage_limit_percent=thd,
        thd_clause=thd_clause,
        tdd_current_limit_percent=tdd,
        tdd_clause=clause,
        expected_thd_voltage_percent=None if sources.unknown else round(_thd(expected), 2),
        expected_thd_statement=_statement(topology, sources, expected),
        demand_full_by_phase_a=_rounded(full_by_phase),
        demand_managed_by_phase_a=_rounded(by_phase),
        reserved_a=supply.reserved_a,
        short_circuit_power_mva=round(power, 3),
        demand_managed_kva=round(sum(by_phase) * supply.voltage_v / math.sqrt(3) / 1000, 1),
        harmonics=() if sources.unknown else tuple(_shown(each) for each in expected),
        dense=dense,
        dense_statement=dense_statement,
    )


def voltage_limit(topology: Topology) -> tuple[float, str]:
    """Return the limit of the voltage distortion at the connection point in percent, and its clause."""
    low_voltage = topology.one_line.supply.voltage_v <= source.LOW_VOLTAGE_V
    if topology.one_line.rule_set == "nec":
        limit, range_ = (8.0, "up to 1.0 kV") if low_voltage else (5.0, "above 1 kV to 69 kV")
        return limit, f"IEEE 519-2022, voltage distortion limits, {range_}"
    return THD_VOLTAGE_LIMIT_PERCENT, THD_CLAUSE if low_voltage else THD_CLAUSE_MV


def tdd_limit(isc_over_il: float) -> tuple[float, str]:
    """Return the demand distortion limit in percent and the row of the table that it comes from."""
    below, _, limit = next(row for row in CURRENT_ROWS if isc_over_il < row[0])
    low = max((row[0] for row in CURRENT_ROWS if row[0] < below), default=0.0)
    if low == 0.0:
        row = f"Isc/IL < {below:g}"
    else:
        row = f"Isc/IL {low:g} and above" if below == math.inf else f"Isc/IL {low:g} to {below:g}"
    return limit, f"{CURRENT_CLAUSE}, {row}"


def current_limit(order: int, isc_over_il: float) -> float:
    """Return the limit of one harmonic current in percent of IL (orders 2 to 50)."""
    limits = next(row for below, row, _ in CURRENT_ROWS if isc_over_il < below)
    odd = next(limit for end, limit in zip(COLUMNS_END, limits, strict=True) if order < end)
    return odd / 2.0 if order % 2 == 0 and order <= HALVED_EVEN else odd


def summation_exponent(order: int) -> float:
    """Return alpha of the summation law of IEC 61000-3-6: higher orders meet at random angles."""
    if order < 5:
        return 1.0
    return 1.4 if order <= 10 else 2.0


def harmonic_sources(topology: Topology, nodes: Collection[str] = ()) -> Sources:
    """Return the harmonic currents of all equipment at rated current, summed in the worst phase.

    All of it at once and at rated current: load management lowers the fundamental more than the harmonics.
    With ``nodes`` only what stands behind these, at the voltage of the first.
    """
    summed: dict[int, list[float]] = {}
    unknown = []
    behind = {each for node in nodes for each in topology.below(node)}
    reference = next(iter(nodes), topology.one_line.supply.tag)
    for emitter, spectrum, amps in emitters(topology):
        if nodes and emitter not in behind:
            continue
        if spectrum is None:
            unknown.append(emitter)
            continue
        weight = loading.ratio(topology, emitter, reference)
        for order, percent in _orders(spectrum):
            phases = summed.setdefault(order, [0.0, 0.0, 0.0])
            for number, amp in enumerate(amps):
                phases[number] += (amp * weight * percent / 100) ** summation_exponent(order)
    currents = {order: max(summed[order]) ** (1 / summation_exponent(order)) for order in sorted(summed)}
    return Sources(currents, tuple(unknown))


def expected_harmonics(
    topology: Topology, sources: Sources, il_a: float, isc_over_il: float
) -> tuple[Harmonic, ...]:
    """Return every order: its current against IEEE 519, the voltage that it causes against EN 50160."""
    supply = topology.one_line.supply
    u0 = supply.voltage_v / math.sqrt(3)
    limits = dict(VOLTAGE_LIMITS if supply.voltage_v <= source.LOW_VOLTAGE_V else {})
    limits |= {int(order): percent for order, percent in (supply.harmonic_limits or {}).items()}
    return tuple(
        Harmonic(
            order=order,
            current_a=amps,
            current_percent=amps / il_a * 100,
            current_limit_percent=current_limit(order, isc_over_il),
            voltage_percent=amps * abs(source_impedance_ohm(topology, order)) / u0 * 100,
            voltage_limit_percent=limits.get(order),
        )
        for order, amps in sources.current_a.items()
    )


def source_impedance_ohm(topology: Topology, order: int) -> complex:
    """Return the impedance that a harmonic current meets in the network: R + j·h·X of the source.

    At low voltage, orders that are multiples of three return through the neutral: Z1 + 3·Z_N, with Z_N from
    Ze (TN), else like the line conductor. No resonance and no other customer is considered.
    """
    supply = topology.one_line.supply
    impedance = source.impedance(supply)
    if order % 3 == 0 and supply.voltage_v <= source.LOW_VOLTAGE_V:
        returned = impedance if supply.earthing == "TT" else source.loop(supply) - impedance
        impedance += 3 * returned
    return complex(impedance.real, order * impedance.imag)


def dense_site(topology: Topology, short_circuit_mva: float) -> tuple[bool, str]:
    """Return whether harmonic planning is advised, by a planning rule of our own, and why."""
    line = topology.one_line
    managed: tuple[Station | Storage, ...] = (*line.stations, *line.storage)
    volts = {node.tag: topology.voltage_v(node.tag) / math.sqrt(3) for node in managed}
    kva = sum(sum(loading.draw_of(node)) * volts[node.tag] / 1000 for node in managed)
    if kva == 0.0:
        return False, "no charging power"
    quotient = short_circuit_mva * 1000 / kva
    dense = quotient < DENSE_RATIO
    said = f"short-circuit power / installed charging and storage power = {quotient:.0f}"
    rule = (
        f"planning rule of our own, not a limit: below {DENSE_RATIO:g}, the least Rsce that IEC 61000-3-12 "
        "takes without conditions for one equipment"
    )
    return dense, f"{said}; {'harmonic planning is advised' if dense else 'not dense'} ({rule})"


def _milliamperes(amps: float) -> float:
    """Return a current down to the milliampere: up, a demand held at its limit would be above it."""
    return math.floor(amps * 1000 + 1e-3) / 1000


def emitters(topology: Topology) -> Iterator[tuple[str, Spectrum | None, Phases]]:
    """Yield every consumer with its spectrum and rated current by phase; a building load has no spectrum."""
    for tag in topology.order:
        node = topology.node_of.get(tag)
        if isinstance(node, PvInverter):
            yield tag, node.spectrum, (node.rated_current_a,) * 3
        elif isinstance(node, Station | Storage):
            yield tag, node.spectrum, loading.draw_of(node)
        elif isinstance(node, Load):
            yield tag, None, node.currents_a


def _orders(spectrum: Spectrum) -> Iterator[tuple[int, float]]:
    for text, percent in spectrum.percent.items():
        order = int(text)
        if 2 <= order <= HIGHEST_ORDER:
            yield order, percent


def _thd(expected: tuple[Harmonic, ...]) -> float:
    return math.hypot(*(each.voltage_percent for each in expected))


def _statement(topology: Topology, sources: Sources, expected: tuple[Harmonic, ...]) -> str:
    known = sum(1 for _, spectrum, _ in emitters(topology) if spectrum is not None)
    if not known and not sources.unknown:
        return "0: nothing is connected that causes harmonics"
    if sources.unknown:
        shown = ", ".join(sources.unknown[:5]) + (", …" if len(sources.unknown) > 5 else "")
        said = f"unknown: no harmonic spectrum with a source for {len(sources.unknown)} consumers ({shown})"
        if known:
            said += f"; the other {known} alone would cause {_thd(expected):.2f} %, a lower bound"
        return f"{said}; measure at load after commissioning"
    return (
        f"{_thd(expected):.2f} % caused by this site alone: all {known} devices at rated current, summed by "
        "IEC 61000-3-6 (alpha 1 below order 5, 1.4 to order 10, 2 above), times R + j·h·X of the source; "
        "without resonance and without what the network brings"
    )


def _shown(each: Harmonic) -> Harmonic:
    return Harmonic(
        each.order,
        round(each.current_a, 3),
        round(each.current_percent, 2),
        each.current_limit_percent,
        round(each.voltage_percent, 3),
        each.voltage_limit_percent,
    )


def _rounded(phases: Phases) -> Phases:
    return (round(phases[0], 2), round(phases[1], 2), round(phases[2], 2))
