"""What an earth-fault loop may have at most, by which rule, and the time to disconnect it (IEC 60364)."""

from decimal import ROUND_FLOOR, Decimal

from designs.model import Circuit, OneLine

TOUCH_VOLTAGE_V = 50.0
#: Final circuits up to this rated current have the times of Table 41.1 (with sockets; 411.3.2.2).
FINAL_CIRCUIT_A = 63.0
RULE_TN = (
    "Zs measured cold ≤ 2/3 · U0 / Ia "
    "(IEC 60364-6 Annex D; the third covers heating and voltage tolerance), rounded down"
)
RULE_TT = "(RA + PE) · IΔn ≤ 50 V (IEC 60364-4-41, 411.5.3), rounded down"
RULE_TT_OVERCURRENT = (
    "TT without RCD: Zs · Ia ≤ U0 (IEC 60364-4-41, 411.5.4), 2/3 of it for a cold reading, rounded down"
)


def nominal_u0_v(voltage_v: float) -> float:
    """Return the nominal voltage to earth: 230 V in a 400 V system (IEC 60038), else U/√3."""
    return 230.0 if voltage_v == 400.0 else float(voltage_v / 3**0.5)


def round_down(ohm: float) -> float:
    """Return a limit rounded down to 10 mΩ, below 0.1 Ω to 1 mΩ: what a tester shows."""
    step = Decimal("0.01") if ohm >= 0.1 else Decimal("0.001")
    return float(Decimal(repr(ohm)).quantize(step, rounding=ROUND_FLOOR))


def disconnection_time_s(one_line: OneLine, circuit: Circuit) -> float:
    """Return the required disconnection time: Table 41.1 for a final circuit, else 411.3.2.3 and .4."""
    tt = one_line.supply.earthing == "TT"
    stations = {station.tag for station in one_line.stations}
    if circuit.target in stations and circuit.device.rated_current_a <= FINAL_CIRCUIT_A:
        return 0.2 if tt else 0.4
    return 1.0 if tt else 5.0


def permitted_zs(one_line: OneLine, circuit: Circuit) -> tuple[float, str]:
    """Return the highest cold loop impedance at the end of a circuit, and the rule behind it in words."""
    u0 = nominal_u0_v(one_line.supply.voltage_v)
    by_device = 2.0 / 3.0 * u0 / circuit.device.instantaneous_a
    if one_line.supply.earthing != "TT":
        return round_down(by_device), RULE_TN
    residual = residual_ma(one_line, circuit)
    if residual is None:
        return round_down(by_device), RULE_TT_OVERCURRENT
    return round_down(TOUCH_VOLTAGE_V / (residual / 1000.0)), f"{RULE_TT}, IΔn {residual:g} mA"


def residual_ma(one_line: OneLine, circuit: Circuit) -> float | None:
    """Return the lowest residual current that an RCD on the way to the end of a circuit trips at."""
    path = one_line.path_to(circuit.target)
    return min((step.rcd.rated_residual_ma for step in path if step.rcd), default=None)
