"""The source behind the origin: its impedance and earth-fault loop, and what must be known of it.

The operator declares a three-phase current; the impedance behind it is c·U/(√3·Ik), with cmax 1.10 at
any voltage.
"""

import math

from designs.errors import DesignError
from designs.model import OneLine, Supply, Transformer
from designs.topology import Topology

LOW_VOLTAGE_V = 1000.0
C_MAX = 1.10
#: Voltage factor for minimum currents, low and higher voltage (IEC 60909-0, Table 1).
C_MIN = 0.95
C_MIN_MV = 1.00
#: Vector groups whose low-voltage star point is earthed and whose zero sequence ends in the transformer.
VECTOR_GROUPS = ("Dyn", "Yzn")
#: How far a nameplate voltage may lie from the voltage of its network before it must be a slip.
NAMEPLATE_TOLERANCE = 0.15


def c_min(voltage_v: float) -> float:
    """Return the voltage factor for minimum short-circuit currents."""
    return C_MIN if voltage_v <= LOW_VOLTAGE_V else C_MIN_MV


def impedance(supply: Supply) -> complex:
    """Return the positive-sequence impedance behind the origin in ohms, from Ik max, cmax and R/X."""
    return _along(supply, C_MAX * supply.voltage_v / (math.sqrt(3) * supply.ik_max_ka * 1000))


def impedance_min(supply: Supply) -> complex:
    """Return the impedance for minimum currents: from the declared Ik min, else that of Ik max."""
    if supply.ik_min_ka is None:
        return impedance(supply)
    return _along(
        supply, c_min(supply.voltage_v) * supply.voltage_v / (math.sqrt(3) * supply.ik_min_ka * 1e3)
    )


def loop(supply: Supply) -> complex:
    """Return the earth-fault loop at a low-voltage origin: Ze along the source's angle, TT: source and RA."""
    if supply.ze_ohm is None:
        return impedance_min(supply)
    if supply.earthing == "TT":
        return impedance_min(supply) + supply.ze_ohm
    source = impedance(supply)
    return source * (supply.ze_ohm / abs(source))


def transformer_impedance(transformer: Transformer) -> complex:
    """Return the positive-sequence impedance of a transformer in ohms at its nameplate low voltage."""
    base = transformer.rated_voltage_v**2 / (transformer.rated_power_kva * 1000)
    resistance = transformer.copper_loss_kw / transformer.rated_power_kva
    return complex(resistance, math.sqrt((transformer.uk_percent / 100) ** 2 - resistance**2)) * base


def check(topology: Topology) -> None:
    """Refuse, each in one sentence, data of the supply and the transformers that a study can't rest on."""
    supply = topology.one_line.supply
    _check_earthing(topology.one_line)
    for transformer in topology.one_line.transformers:
        _check_transformer(topology, transformer)
    for tag in _consumers(topology.one_line):
        if topology.voltage_v(tag) > LOW_VOLTAGE_V:
            raise DesignError(
                f"{tag}: it would stand at {topology.voltage_v(tag):g} V; feed it from the low-voltage side "
                "of a transformer."
            )
    if supply.ik_min_ka is not None and supply.ik_min_ka > supply.ik_max_ka:
        raise DesignError(
            f"{supply.tag}: the lowest short-circuit current {supply.ik_min_ka:g} kA is above the highest "
            f"{supply.ik_max_ka:g} kA; check both with the network operator."
        )


def _consumers(one_line: OneLine) -> tuple[str, ...]:
    groups = (one_line.stations, one_line.loads, one_line.storage, one_line.pv)
    return tuple(node.tag for group in groups for node in group)


def _check_earthing(one_line: OneLine) -> None:
    supply, source = one_line.supply, abs(impedance(one_line.supply))
    if supply.voltage_v > LOW_VOLTAGE_V and supply.earthing != "TT":
        return
    if supply.ze_ohm is None:
        missing = "the resistance RA of the earth electrode" if supply.earthing == "TT" else "Ze"
        raise DesignError(
            f"{supply.tag}: {missing} is not given; a {supply.earthing} system needs it as ze_ohm."
        )
    if supply.earthing != "TT" and supply.ze_ohm < source:
        raise DesignError(
            f"{supply.tag}: Ze {supply.ze_ohm:g} Ω is lower than the line impedance "
            f"{source:.3f} Ω that Ik {supply.ik_max_ka:g} kA implies; check both with the "
            "network operator."
        )


def _check_transformer(topology: Topology, transformer: Transformer) -> None:
    tag, group = transformer.tag, transformer.vector_group.rstrip("0123456789")
    if group not in VECTOR_GROUPS:
        raise DesignError(
            f"{tag}: with vector group {transformer.vector_group} the earth-fault loop can't be computed "
            f"here; use {' or '.join(VECTOR_GROUPS)}."
        )
    if transformer.copper_loss_kw / transformer.rated_power_kva * 100 >= transformer.uk_percent:
        raise DesignError(
            f"{tag}: the copper loss {transformer.copper_loss_kw:g} kW is more than uk "
            f"{transformer.uk_percent:g} % allows; check both on the nameplate."
        )
    primary = topology.voltage_v(transformer.source) if transformer.source else transformer.rated_primary_v
    for rated, network in (
        (transformer.rated_primary_v, primary),
        (transformer.rated_voltage_v, transformer.nominal_voltage_v),
    ):
        if abs(rated / network - 1.0) > NAMEPLATE_TOLERANCE:
            raise DesignError(
                f"{tag}: the nameplate voltage {rated:g} V does not fit a network of {network:g} V; check "
                "the supply and the transformer."
            )


def _along(supply: Supply, size: float) -> complex:
    reactance = size / math.hypot(1.0, supply.r_over_x)
    return complex(supply.r_over_x * reactance, reactance)
