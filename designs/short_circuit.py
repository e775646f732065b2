"""Short circuit at every node by pandapower (IEC 60909-0), with designs.study the only door to it.

How the network is put to it:

* The supply is an external grid with the declared three-phase current and R/X. The earth-fault loop of a
  low-voltage origin is Ze with the same R/X (TN), or the source impedance plus the resistance RA (TT).
* A fault from line to PE is a single-phase fault whose zero-sequence impedance is Z1 + 3·Z_PE in every
  cable, so that (Z1 + Z2 + Z0) / 3 is exactly the loop of line and protective conductor.
* An own transformer ends the zero sequence of the network above it (Dyn); its star point is earthed, with TT
  through RA. Its impedance follows from the nameplate secondary voltage UrT; the voltage at the fault is c·Un
  with the nominal voltage Un of the system (0.4 kV), as IEC 60909-0 has it: a nameplate of 410 V makes
  the impedance 5 % higher than one of 400 V and the current as much lower, since c covers the higher
  no-load voltage.
  The correction factor KT is applied to maximum currents only.
* Maximum: conductors at 20 °C, cmax 1.10. Minimum: at operating temperature, cmin 0.95 (above 1 kV: 1.00).
* Converters (storage, PV) add factor × rated current to the maximum at every node, arithmetically and
  transferred to its voltage: an upper bound. They are left out of the minimum.
"""

import copy
import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from designs import cable_rules, source
from designs.model import PvInverter, Storage, Transformer
from designs.topology import Topology

#: The voltage tolerance by which pandapower chooses cmax 1.10 and cmin 0.95 (10 % would give cmin 0.90).
MAX_TOLERANCE_PERCENT = 10
MIN_TOLERANCE_PERCENT = 6
#: Zero-sequence magnetising impedance of a transformer in percent: out of the way.
_NO_MAGNETISING = 1e7

_OPTIONS: Mapping[str, Any] = {"topology": "radial", "inverse_y": False}

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ShortCircuits:
    """By node: currents in kA, loops in ohms. Above 1 kV ``ik_min_ka`` is the lowest three-phase current."""

    ik_max_ka: Figures  # with the contribution of converters
    ip_ka: Figures
    ik_min_ka: Figures
    hot_ohm: Figures
    cold_ohm: Figures
    ik_supply_ka: float  # at the origin, from the supply alone


def short_circuits(topology: Topology, tolerance_percent: int = MAX_TOLERANCE_PERCENT) -> ShortCircuits:
    """Return the short circuits at every node of a checked one-line (``source.check``).

    ``tolerance_percent``: 10 (cmax 1.10, the default) or 6 (cmax 1.05) of the low-voltage system.
    """
    with _quiet():
        from pandapower.shortcircuit import calc_sc

        network = _Network(topology)
        calc_sc(network.net, fault="3ph", case="max", lv_tol_percent=tolerance_percent, **_OPTIONS)
        ik_max = network.figures("ikss_ka")
        kappa = _kappas(network.figures("rk_ohm"), network.figures("xk_ohm"))
        cold = network.loops(calc_sc)
        network.heat(hot=True)
        hot = network.loops(calc_sc)
    extra = _contributions(topology)
    with_extra = {tag: ik_max[tag] + extra[tag] for tag in ik_max}
    ip = {tag: math.sqrt(2) * (kappa[tag] * ik_max[tag] + extra[tag]) for tag in ik_max}
    lowest = {tag: _current_ka(topology, tag, ohm) for tag, ohm in hot.items()}
    return ShortCircuits(with_extra, ip, lowest, hot, cold, ik_max[topology.one_line.supply.tag])


class _Network:
    """The one-line as a pandapower network: built once, its conductors set hot or cold."""

    def __init__(self, topology: Topology) -> None:
        import pandapower

        self.topology, self.hot = topology, False
        supply = topology.one_line.supply
        self.net = copy.deepcopy(_blank())
        self.net.f_hz = supply.frequency_hz
        self.volts = {tag: topology.voltage_v(tag) for tag in topology.order}
        kilovolts = [volts / 1000 for volts in self.volts.values()]
        buses = pandapower.create_buses(self.net, len(kilovolts), vn_kv=kilovolts)
        self.bus_of = {tag: int(bus) for tag, bus in zip(topology.order, buses, strict=True)}
        pandapower.create_ext_grid(self.net, self.bus_of[supply.tag], **_grid(topology))
        self.circuits = [topology.feeder[tag] for tag in topology.order if tag in topology.feeder]
        if self.circuits:
            self._add_lines(pandapower)
        for transformer in topology.one_line.transformers:
            ends = self.bus_of[transformer.source or supply.tag], self.bus_of[transformer.tag]
            pandapower.create_transformer_from_parameters(self.net, *ends, **_winding(topology, transformer))

    def heat(self, hot: bool) -> None:
        """Set the conductors to operating temperature, or to 20 °C."""
        self.hot = hot
        if not self.circuits:
            return
        line = [cable_rules.line_impedance(circuit.cable, hot) for circuit in self.circuits]
        earth = [cable_rules.pe_impedance(circuit.cable, hot) for circuit in self.circuits]
        self.net.line["r_ohm_per_km"] = [each.real for each in line]
        self.net.line["r0_ohm_per_km"] = [one.real + 3 * pe.real for one, pe in zip(line, earth, strict=True)]

    def loops(self, calc_sc: Any) -> dict[str, float]:
        """Return the earth-fault loop at every node that the last ``heat`` gives, in ohms.

        Above 1 kV it is the impedance of the lowest three-phase fault, summed along the way.
        """
        calc_sc(self.net, fault="1ph", case="min", lv_tol_percent=MIN_TOLERANCE_PERCENT, **_OPTIONS)
        currents = self.figures("ikss_ka")
        return {
            tag: _loop_ohm(volts, currents[tag])
            if volts <= source.LOW_VOLTAGE_V
            else self._three_phase_ohm(tag)
            for tag, volts in self.volts.items()
        }

    def _three_phase_ohm(self, tag: str) -> float:
        way = (cable_rules.line_impedance(step.cable, self.hot) for step in self.topology.local_path(tag))
        return abs(sum(way, source.impedance_min(self.topology.one_line.supply)))

    def figures(self, name: str) -> dict[str, float]:
        """Return one column of the last results by node."""
        column = self.net.res_bus_sc[name].to_dict()
        return {tag: float(column[bus]) for tag, bus in self.bus_of.items()}

    def _add_lines(self, pandapower: Any) -> None:
        # Length 1: the impedances are those of the whole cable. End temperature 20: they need no correction.
        line = [cable_rules.line_impedance(circuit.cable, False) for circuit in self.circuits]
        earth = [cable_rules.pe_impedance(circuit.cable, False) for circuit in self.circuits]
        pandapower.create_lines_from_parameters(
            self.net,
            [self.bus_of[circuit.source] for circuit in self.circuits],
            [self.bus_of[circuit.target] for circuit in self.circuits],
            length_km=1.0,
            r_ohm_per_km=[each.real for each in line],
            x_ohm_per_km=[each.imag for each in line],
            c_nf_per_km=0.0,
            r0_ohm_per_km=[one.real + 3 * pe.real for one, pe in zip(line, earth, strict=True)],
            x0_ohm_per_km=[one.imag + 3 * pe.imag for one, pe in zip(line, earth, strict=True)],
            c0_nf_per_km=0.0,
            max_i_ka=1.0,
            endtemp_degree=20.0,
        )


@cache
def _blank() -> Any:
    """Return an empty network, made once: to copy its many tables is ten times faster than to make them."""
    import pandapower

    return pandapower.create_empty_network()


def _grid(topology: Topology) -> dict[str, float]:
    """Return the external grid: at low voltage its loop is Ze or RA, above 1 kV a transformer ends it."""
    supply = topology.one_line.supply
    high, lowest = source.impedance(supply), source.impedance_min(supply)
    at_low_voltage = supply.voltage_v <= source.LOW_VOLTAGE_V
    if at_low_voltage and supply.earthing != "TT":
        lowest = high  # Ze holds for both; its part of the zero sequence must not turn negative
    kv = supply.voltage_v / 1000
    grid: dict[str, float] = {}
    for case, impedance, factor in (
        ("max", high, source.C_MAX), ("min", lowest, source.c_min(supply.voltage_v)),
    ):  # fmt: skip
        zero = 3 * source.loop(supply) - 2 * impedance if at_low_voltage else impedance
        grid[f"s_sc_{case}_mva"] = factor * kv**2 / abs(impedance)
        grid[f"rx_{case}"] = impedance.real / impedance.imag
        grid[f"x0x_{case}"] = zero.imag / impedance.imag
        grid[f"r0x0_{case}"] = zero.real / zero.imag
    return grid


def _winding(topology: Topology, transformer: Transformer) -> dict[str, Any]:
    supply = topology.one_line.supply
    resistance = transformer.copper_loss_kw / transformer.rated_power_kva * 100
    reactance = math.sqrt(transformer.uk_percent**2 - resistance**2)
    zero_r, zero_x = resistance * transformer.r0_over_r1, reactance * transformer.x0_over_x1
    return {
        "sn_mva": transformer.rated_power_kva / 1000,
        "vn_hv_kv": transformer.rated_primary_v / 1000,
        "vn_lv_kv": transformer.rated_voltage_v / 1000,
        "vk_percent": transformer.uk_percent,
        "vkr_percent": resistance,
        "pfe_kw": 0.0,
        "i0_percent": 0.0,
        "vector_group": transformer.vector_group.rstrip("0123456789"),
        "vk0_percent": math.hypot(zero_r, zero_x),
        "vkr0_percent": zero_r,
        "mag0_percent": _NO_MAGNETISING,
        "mag0_rx": 0.0,
        "si0_hv_partial": 0.9,
        "rn_ohm": (supply.ze_ohm or 0.0) if supply.earthing == "TT" else 0.0,
        "xn_ohm": 0.0,
    }


def _contributions(topology: Topology) -> dict[str, float]:
    """Return what all converters together add at every node, in kA."""
    converters: tuple[Storage | PvInverter, ...] = (*topology.one_line.storage, *topology.one_line.pv)
    kva = sum(
        each.short_circuit_factor * each.rated_current_a * topology.voltage_v(each.tag) / 1000
        for each in converters
    )
    return {tag: kva / topology.voltage_v(tag) for tag in topology.order}


def _kappas(resistance: Figures, reactance: Figures) -> dict[str, float]:
    """Return κ of IEC 60909-0, 8.1, for a radial network: 1.02 + 0.98·e^(−3R/X)."""
    return {tag: 1.02 + 0.98 * math.exp(-3 * resistance[tag] / reactance[tag]) for tag in resistance}


def _loop_ohm(volts: float, ik_ka: float) -> float:
    return source.c_min(volts) * volts / math.sqrt(3) / (ik_ka * 1000)


def _current_ka(topology: Topology, tag: str, ohm: float) -> float:
    volts = topology.voltage_v(tag)
    return source.c_min(volts) * volts / math.sqrt(3) / ohm / 1000


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
