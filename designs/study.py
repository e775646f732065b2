"""The electrical study: short circuit by pandapower (IEC 60909), loops, loading, voltage drop, rules.

This is the only door to pandapower; it is imported when a study runs. How the network is put to it:

* The supply is an external grid with the declared three-phase current and R/X. The earth-fault loop of
  the origin is Ze with the same R/X (TN), or the source impedance plus the resistance RA (TT).
* A fault from line to PE is a single-phase fault whose zero-sequence impedance is Z1 + 3·Z_PE in every
  element, so that (Z1 + Z2 + Z0) / 3 is exactly the loop of line and protective conductor.
* Maximum: conductors at 20 °C, cmax 1.10. Minimum: at operating temperature (XLPE 90 °C), cmin 0.95.
"""

import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from designs import cable_rules, fault_loop, harmonics, loading, rules
from designs.errors import DesignError
from designs.model import BoardStudy, Circuit, CircuitStudy, OneLine, SiteDesign, Study
from designs.topology import Topology

RULE_SET = "IEC 60364; IEC 60909-0 with cmax 1.10, cmin 0.95; 2/3 rule for Zs"
C_MAX = 1.10
C_MIN = 0.95
#: The voltage tolerance by which pandapower chooses cmax 1.10 and cmin 0.95 (10 % would give cmin 0.90).
TOLERANCE_PERCENT = {"max": 10, "min": 6}


def study(site_design: SiteDesign) -> Study:
    """Return the electrical study of a site design with the findings of every rule."""
    one_line = site_design.one_line
    _check_studied(one_line)
    ik_max = _short_circuit(one_line, hot=False, fault="3ph", case="max")
    ik_min = _short_circuit(one_line, hot=True, fault="1ph", case="min")
    ik_cold = _short_circuit(one_line, hot=False, fault="1ph", case="min")
    hot = {tag: _loop_ohm(one_line, current) for tag, current in ik_min.items()}
    cold = {tag: _loop_ohm(one_line, current) for tag, current in ik_cold.items()}
    boards = tuple(
        BoardStudy(tag, round(ik_max[tag], 3), round(ik_min[tag], 4), round(hot[tag], 4)) for tag in ik_max
    )
    drops = _voltage_drops(one_line)
    topology = Topology(one_line)
    circuits = tuple(
        _circuit(topology, circuit, ik_max, ik_min, (hot, cold), drops) for circuit in one_line.circuits
    )
    point = harmonics.connection_point(
        ik_max[one_line.supply.tag],
        max(loading.full_demand(one_line)),
        loading.managed_demand_a(one_line),
        one_line.supply.import_limit_a,
    )
    unjudged = Study(RULE_SET, boards, circuits, point, ())
    return Study(RULE_SET, boards, circuits, point, rules.judge(one_line, unjudged, site_design.strict))


def source_impedance(one_line: OneLine) -> complex:
    """Return the positive-sequence impedance behind the origin, from Ik max, cmax and R/X."""
    supply = one_line.supply
    size = C_MAX * supply.voltage_v / (math.sqrt(3) * supply.ik_max_ka * 1000)
    reactance = size / math.hypot(1.0, supply.r_over_x)
    return complex(supply.r_over_x * reactance, reactance)


def source_loop(one_line: OneLine) -> complex:
    """Return the earth-fault loop at the origin: Ze along the source's angle, with TT the source and RA."""
    source, supply = source_impedance(one_line), one_line.supply
    if supply.earthing == "TT":
        return source + supply.ze_ohm
    return source * (supply.ze_ohm / abs(source))


def _check_studied(one_line: OneLine) -> None:
    if one_line.transformers:
        tags = ", ".join(transformer.tag for transformer in one_line.transformers)
        raise DesignError(f"{tags}: a study needs the supply given at low voltage, behind the transformer.")
    supply = one_line.supply
    if supply.earthing != "TT" and supply.ze_ohm < abs(source_impedance(one_line)):
        raise DesignError(
            f"{supply.tag}: Ze {supply.ze_ohm:g} Ω is lower than the line impedance "
            f"{abs(source_impedance(one_line)):.3f} Ω that Ik {supply.ik_max_ka:g} kA implies; check "
            "both with the "
            "network operator."
        )


def _short_circuit(one_line: OneLine, hot: bool, fault: str, case: str) -> dict[str, float]:
    """Return the initial short-circuit current in kA at every node."""
    with _quiet():
        import pandapower
        from pandapower.shortcircuit import calc_sc

        net = pandapower.create_empty_network(f_hz=one_line.supply.frequency_hz)
        buses = _add_nodes(pandapower, net, one_line)
        for circuit in one_line.circuits:
            _add_line(pandapower, net, buses, circuit, hot)
        calc_sc(net, fault=fault, case=case, lv_tol_percent=TOLERANCE_PERCENT[case], topology="radial")
        currents = net.res_bus_sc["ikss_ka"]
        return {tag: float(currents.at[bus]) for tag, bus in buses.items()}


def _add_nodes(pandapower: Any, net: Any, one_line: OneLine) -> dict[str, int]:
    supply = one_line.supply
    kv = supply.voltage_v / 1000
    boards, stations = one_line.switchboards, one_line.stations
    nodes = [supply.tag, *(board.tag for board in boards), *(station.tag for station in stations)]
    buses = {tag: int(pandapower.create_bus(net, vn_kv=kv, name=tag)) for tag in nodes}
    pandapower.create_ext_grid(net, buses[supply.tag], **_grid(one_line, kv))
    return buses


def _grid(one_line: OneLine, kv: float) -> dict[str, float]:
    source, loop = source_impedance(one_line), source_loop(one_line)
    zero = 3 * loop - 2 * source
    power = {"max": C_MAX * kv**2 / abs(source), "min": C_MIN * kv**2 / abs(source)}
    grid: dict[str, float] = {}
    for case, mva in power.items():
        grid[f"s_sc_{case}_mva"] = mva
        grid[f"rx_{case}"] = source.real / source.imag
        grid[f"x0x_{case}"] = zero.imag / source.imag
        grid[f"r0x0_{case}"] = zero.real / zero.imag
    return grid


def _add_line(pandapower: Any, net: Any, buses: Mapping[str, int], circuit: Circuit, hot: bool) -> None:
    cable = circuit.cable
    km = cable.length_m / 1000
    line = cable_rules.line_impedance(cable, hot) / km
    zero = line + 3 * cable_rules.pe_impedance(cable, hot) / km
    pandapower.create_line_from_parameters(
        net,
        buses[circuit.source],
        buses[circuit.target],
        length_km=km,
        r_ohm_per_km=line.real,
        x_ohm_per_km=line.imag,
        c_nf_per_km=0.0,
        r0_ohm_per_km=zero.real,
        x0_ohm_per_km=zero.imag,
        c0_nf_per_km=0.0,
        max_i_ka=cable.iz_tabulated_a / 1000,
        endtemp_degree=20.0,  # the resistances already are those of the temperature meant
        name=circuit.tag,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pandapower's own remarks (numba, pandas) away from the people and tests that use the study."""
    loggers = [logging.getLogger(name) for name in ("pandapower", "numba")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def _loop_ohm(one_line: OneLine, ik_ka: float) -> float:
    return C_MIN * one_line.supply.voltage_v / math.sqrt(3) / (ik_ka * 1000)


def _voltage_drops(one_line: OneLine) -> dict[str, float]:
    u0 = fault_loop.nominal_u0_v(one_line.supply.voltage_v)
    return {circuit.tag: cable_rules.voltage_drop_v(circuit) / u0 * 100 for circuit in one_line.circuits}


def _circuit(
    topology: Topology,
    circuit: Circuit,
    ik_max: Mapping[str, float],
    ik_min: Mapping[str, float],
    loops: tuple[Mapping[str, float], Mapping[str, float]],
    drops: Mapping[str, float],
) -> CircuitStudy:
    permitted = fault_loop.permitted(topology, circuit)
    path = topology.path(circuit.target)
    line = cable_rules.line_impedance(circuit.cable, hot=False).real
    pe = cable_rules.pe_impedance(circuit.cable, hot=False).real
    return CircuitStudy(
        tag=circuit.tag,
        ib_a=round(circuit.design_current_a, 2),
        in_a=circuit.device.rated_current_a,
        iz_a=round(cable_rules.corrected_iz_a(circuit.cable), 2),
        ik_max_source_ka=round(ik_max[circuit.source], 3),
        ik_min_end_ka=round(ik_min[circuit.target], 4),
        zs_expected_ohm=round(loops[0][circuit.target], 4),
        zs_expected_cold_ohm=round(loops[1][circuit.target], 4),
        zs_permitted_ohm=permitted.cold_ohm,
        zs_rule=permitted.cold_rule,
        zs_permitted_hot_ohm=permitted.hot_ohm,
        zs_hot_rule=permitted.hot_rule,
        r1_plus_r2_ohm=round(line + pe, 4),
        pe_path_ohm=round(sum(cable_rules.pe_impedance(step.cable, hot=False).real for step in path), 4),
        disconnection_time_s=fault_loop.disconnection_time_s(topology, circuit),
        voltage_drop_percent=round(drops[circuit.tag], 3),
        voltage_drop_total_percent=round(sum(drops[step.tag] for step in path), 3),
    )
