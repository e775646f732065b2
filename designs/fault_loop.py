"""What an earth-fault loop may have at most, by which rule, and the time to disconnect it.

IEC 60364-4-41 for the design (conductors hot), IEC 60364-6 Annex D for a reading on cold conductors;
BS 7671 has its own factors for both. The factor for a cold reading is never applied to a hot loop.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from designs.model import Circuit, Load, ProtectiveDevice, PvInverter, Station, Storage
from designs.rule_sets import rule_set
from designs.topology import Node, Topology

TOUCH_VOLTAGE_V = 50.0
#: Above this the rules of low-voltage installations end.
LOW_VOLTAGE_V = 1000.0
#: Final circuits up to this rated current have the times of Table 41.1 (with socket-outlets; 411.3.2.2).
FINAL_CIRCUIT_A = 63.0
#: The same for equipment that is connected for good: lighting, storage, PV.
FIXED_CIRCUIT_A = 32.0
#: (U0 up to, TN, TT): longest disconnection times in s of final circuits, Table 41.1, alternating current.
TABLE_41_1 = ((120.0, 0.8, 0.3), (230.0, 0.4, 0.2), (400.0, 0.2, 0.07), (float("inf"), 0.1, 0.04))
#: Distribution circuits and everything else: TN, TT (411.3.2.3, 411.3.2.4).
OTHER_CIRCUITS_S = (5.0, 1.0)
#: The current that a gG fuse is known at without further data melts it within this time (IEC 60269-1 gates).
FUSE_TIME_S = 5.0
FUSE_SHORT_TIME_S = 0.4
C_MIN_UK = 0.95
COLD_IEC = 2.0 / 3.0
COLD_UK = 0.8

HOT_IEC = "Zs hot ≤ U0 / Ia (IEC 60364-4-41, 411.4.4), rounded down"
RULE_TN = (
    "Zs measured cold ≤ 2/3 · U0 / Ia "
    "(IEC 60364-6 Annex D; the third covers heating and voltage tolerance), rounded down"
)
HOT_UK = "Zs hot ≤ U0 · Cmin / Ia with Cmin 0.95 (BS 7671, 411.4.4 and Table 41.3), rounded down"
COLD_UK_RULE = "Zs measured cold ≤ 0.8 · U0 · Cmin / Ia with Cmin 0.95 (BS 7671, Appendix 3), rounded down"
RULE_TT = "(RA + PE) · IΔn ≤ 50 V (IEC 60364-4-41, 411.5.3), rounded down"
TT_HOT_OVERCURRENT = "TT without RCD: Zs · Ia ≤ U0 (IEC 60364-4-41, 411.5.4), rounded down"
RULE_TT_OVERCURRENT = (
    "TT without RCD: Zs · Ia ≤ U0 (IEC 60364-4-41, 411.5.4), 2/3 of it for a cold reading, rounded down"
)
NOT_LOW_VOLTAGE = "not computed: above 1000 V the earthing study of the network decides"


@dataclass(frozen=True, slots=True)
class PermittedZs:
    """The highest earth-fault loop impedances at the end of a circuit, in ohms, rounded down.

    ``hot_ohm`` is the limit of the design, conductors at operating temperature; ``cold_ohm`` that of a
    reading on the tester. ``None``: no figure can be given; the rule says why.
    """

    hot_ohm: float | None
    hot_rule: str
    cold_ohm: float | None
    cold_rule: str


def nominal_u0_v(voltage_v: float) -> float:
    """Return the nominal voltage to earth: 230 V in a 400 V system (IEC 60038), else U/√3."""
    return 230.0 if voltage_v == 400.0 else float(voltage_v / 3**0.5)


def round_down(ohm: float) -> float:
    """Return a limit rounded down to 10 mΩ, below 0.1 Ω to 1 mΩ: what a tester shows."""
    step = Decimal("0.01") if ohm >= 0.1 else Decimal("0.001")
    return float(Decimal(repr(ohm)).quantize(step, rounding=ROUND_FLOOR))


def disconnection_time_s(topology: Topology, circuit: Circuit) -> float | None:
    """Return the longest disconnection time in s: Table 41.1 for a final circuit, else 411.3.2.3 and .4.

    None where the rule set has no data, or at medium voltage.
    """
    voltage = topology.voltage_v(circuit.source)
    if not rule_set(topology.one_line.rule_set).has_data or voltage > LOW_VOLTAGE_V:
        return None
    tt = topology.one_line.supply.earthing == "TT"
    if circuit.device.rated_current_a <= _table_reaches_a(topology.node_of.get(circuit.target)):
        u0 = nominal_u0_v(voltage)
        _, tn_s, tt_s = next(row for row in TABLE_41_1 if u0 <= row[0])
        return tt_s if tt else tn_s
    return OTHER_CIRCUITS_S[tt]


def tripping_current_a(device: ProtectiveDevice, within_s: float) -> float | None:
    """Return Ia, the current in A that surely makes a device disconnect within a time; None if unknown."""
    if device.kind == "gg-fuse":
        return device.instantaneous_a if within_s >= FUSE_TIME_S else _fuse_a(device, within_s)
    delayed, delay = device.short_time_a, device.short_time_s
    if delayed is not None and delay is not None and delay < within_s:
        return min(delayed, device.instantaneous_a)
    return device.instantaneous_a


def permitted(topology: Topology, circuit: Circuit) -> PermittedZs:
    """Return what the earth-fault loop at the end of a circuit may have, hot and cold, and by which rules."""
    time = disconnection_time_s(topology, circuit)
    if time is None:
        why = _why_not(topology)
        return PermittedZs(None, why, None, why)
    residual = residual_ma(topology, circuit) if _is_tt(topology) else None
    if residual is not None:
        limit, rule = round_down(TOUCH_VOLTAGE_V * 1000.0 / residual), f"{RULE_TT}, IΔn {residual:g} mA"
        return PermittedZs(limit, rule, limit, rule)
    current = tripping_current_a(circuit.device, time)
    if current is None:
        fuse = circuit.device.equipment
        why = f"not known: the equipment list has no current that melts {fuse} in {time:g} s"
        return PermittedZs(None, why, None, why)
    return _by_device(topology, nominal_u0_v(topology.voltage_v(circuit.source)) / current)


def residual_ma(topology: Topology, circuit: Circuit) -> float | None:
    """Return the lowest residual current that an RCD on the way to the end of a circuit trips at."""
    path = topology.path(circuit.target)
    return min((step.rcd.rated_residual_ma for step in path if step.rcd), default=None)


def _by_device(topology: Topology, ohm: float) -> PermittedZs:
    """Return the limits by the overcurrent device from U0/Ia."""
    if topology.one_line.rule_set == "bs7671":
        ohm *= C_MIN_UK
        return PermittedZs(round_down(ohm), HOT_UK, round_down(COLD_UK * ohm), COLD_UK_RULE)
    hot, cold = (TT_HOT_OVERCURRENT, RULE_TT_OVERCURRENT) if _is_tt(topology) else (HOT_IEC, RULE_TN)
    return PermittedZs(round_down(ohm), hot, round_down(COLD_IEC * ohm), cold)


def _fuse_a(device: ProtectiveDevice, within_s: float) -> float | None:
    return device.operating_04s_a if within_s >= FUSE_SHORT_TIME_S else None


def _table_reaches_a(target: Node | None) -> float:
    """Return up to which In a circuit to this node is a final circuit of Table 41.1; 0: never."""
    if isinstance(target, Station):
        return FINAL_CIRCUIT_A
    lighting = isinstance(target, Load) and target.kind == "lighting"
    return FIXED_CIRCUIT_A if lighting or isinstance(target, Storage | PvInverter) else 0.0


def _is_tt(topology: Topology) -> bool:
    return topology.one_line.supply.earthing == "TT"


def _why_not(topology: Topology) -> str:
    chosen = rule_set(topology.one_line.rule_set)
    return NOT_LOW_VOLTAGE if chosen.has_data else f"not computed: there are no data for {chosen.title}"
