"""Voltage, distortion, unbalance and neutral of one snapshot against their limits. Pure.

A snapshot is one moment: every result is indicative at the load it was taken at, never a statement of
conformity (EN 50160 judges 10-minute values over a week).
"""

import math

from device_probe.model import Figure, Finding, PlannedDevice, SitePlan, Snapshot, Verdict
from device_probe.problems import ProfileError
from device_probe.profile_schema import load_profile

MIN_DEMAND_SHARE = 0.10  # of the site's demand; below it a good value proves nothing
UNBALANCE_LIMIT_PERCENT = 2.0
UNBALANCE_CLAUSE = "EN 50160 4.2.4"
HARMONIC_CLAUSE = "EN 50160 4.2.5"
VOLTAGE_BAND_PERCENT = 10.0
VOLTAGE_CLAUSE = "EN 50160 4.2.2"
# EN 50160, low voltage, per cent of the fundamental; 15 and 21 changed in later editions: not judged here
HARMONIC_LIMITS = {
    2: 2.0,
    3: 5.0,
    4: 1.0,
    5: 6.0,
    6: 0.5,
    7: 5.0,
    8: 0.5,
    9: 1.5,
    10: 0.5,
    11: 3.5,
    12: 0.5,
    13: 3.0,
    14: 0.5,
    16: 0.5,
    17: 2.0,
    18: 0.5,
    19: 1.5,
    20: 0.5,
    22: 0.5,
    23: 1.5,
    24: 0.5,
    25: 1.5,
}
Judged = tuple[Verdict, tuple[Finding, ...]]


def judge_power_quality(
    plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, wired_right: bool = True
) -> Judged | None:
    """Judge what a device tells about power quality; None when it measures no distortion."""
    thd = thd_voltage(snapshot)
    if not thd:
        return None
    findings = tuple(_checks(plan, device, snapshot, thd))
    if wired_right:  # most meters compute the neutral from the phases, which a wrong input makes meaningless
        findings += tuple(_neutral(device, snapshot))
    phase, worst = max(thd.items(), key=lambda item: item[1])
    load = load_statement(plan, device, snapshot)
    broken = [finding for finding in findings if finding.severity == "error"]
    if broken:
        return Verdict(
            device.tag, "power_quality", "fail", f"{broken[0].sentence}", broken[0].remedy
        ), findings
    said = f"THD of the voltage {worst:.1f} % ({phase}), limit {plan.thd_voltage_limit_percent:g} %, {load}."
    share = load_current(snapshot) / plan.demand_current_a
    if device.role == "main_meter" and share < MIN_DEMAND_SHARE:
        needed = MIN_DEMAND_SHARE * plan.demand_current_a
        action = f"Let stations charge until {needed:.0f} A flow, then probe again."
        return Verdict(
            device.tag, "power_quality", "inconclusive", f"Too little load to judge: {said}", action
        ), findings
    if device.role != "main_meter" and load_current(snapshot) < 1.0:
        action = f"Let stations charge below {device.tag}, then probe again."
        return Verdict(
            device.tag, "power_quality", "inconclusive", f"Too little load to judge: {said}", action
        ), findings
    return Verdict(device.tag, "power_quality", "pass", said), findings


def load_current(snapshot: Snapshot) -> float:
    """Return the highest phase current of a snapshot, 0 when none was read."""
    currents = [snapshot.value(f"current_l{k}") for k in (1, 2, 3)]
    return max((abs(c) for c in currents if c is not None), default=0.0)


def load_statement(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot) -> str:
    """Return under which load a snapshot was taken, to stand beside every result."""
    current = load_current(snapshot)
    if device.role == "main_meter":
        share = 100 * current / plan.demand_current_a
        of_demand = f"{current:.0f} A of {plan.demand_current_a:g} A ({share:.0f} %)"
        return f"indicative at {of_demand} at the connection point"
    return f"indicative at {current:.0f} A at {device.tag}"


def thd_voltage(snapshot: Snapshot) -> dict[str, float]:
    """Return the distortion of the phase voltages in per cent of the fundamental, by phase."""
    return _by_phase(snapshot, "thd_voltage")


def thd_current(snapshot: Snapshot) -> dict[str, float]:
    """Return the distortion of the phase currents in per cent of the fundamental, by phase."""
    return _by_phase(snapshot, "thd_current")


def tdd(plan: SitePlan, snapshot: Snapshot) -> dict[str, float]:
    """Return the harmonic current of each phase in per cent of the site's demand current (IEEE 519)."""
    found = {}
    for phase, percent in thd_current(snapshot).items():
        current = snapshot.value(f"current_{phase.lower()}")
        if current is not None:
            share = percent / 100
            found[phase] = 100 * abs(current) * share / math.sqrt(1 + share * share) / plan.demand_current_a
    return found


def unbalance_percent(snapshot: Snapshot) -> float | None:
    """Return U2/U1 from the three line-to-line voltages (CIGRE), None when they were not read."""
    values = [snapshot.value(name) for name in ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")]
    known = [value for value in values if value]
    if len(known) < 3:
        return None
    beta = sum(v**4 for v in known) / sum(v**2 for v in known) ** 2
    root = math.sqrt(max(3 - 6 * beta, 0.0))
    return 100 * math.sqrt(max((1 - root) / (1 + root), 0.0))


def harmonic_voltages(snapshot: Snapshot) -> dict[int, float]:
    """Return the worst phase's voltage of each order in per cent of the fundamental."""
    return _harmonics(snapshot, "voltage")


def harmonic_currents(snapshot: Snapshot) -> dict[int, float]:
    """Return the worst phase's current of each order in per cent of the fundamental."""
    return _harmonics(snapshot, "current")


def _by_phase(snapshot: Snapshot, name: str) -> dict[str, float]:
    found = {}
    for k in (1, 2, 3):
        value = snapshot.value(f"{name}_l{k}")
        if value is not None:
            found[f"L{k}"] = _of_fundamental(snapshot, f"{name}_l{k}", value)
    return found


def _of_fundamental(snapshot: Snapshot, quantity: str, percent: float) -> float:
    """Convert a distortion that a device gives in per cent of the total rms value."""
    try:
        basis = load_profile(snapshot.profile).point(quantity).basis
    except (ProfileError, KeyError):
        return percent
    share = percent / 100
    return 100 * share / math.sqrt(1 - share * share) if basis == "rms" and share < 1 else percent


def _harmonics(snapshot: Snapshot, kind: str) -> dict[int, float]:
    found: dict[int, float] = {}
    for k in (1, 2, 3):
        fundamental = snapshot.value(f"harmonic_{kind}_l{k}_h1")
        for reading in snapshot.readings:
            prefix = f"harmonic_{kind}_l{k}_h"
            if not reading.quantity.startswith(prefix) or not isinstance(reading.value, int | float):
                continue
            order = int(reading.quantity.removeprefix(prefix))
            percent = _percent(reading.value, reading.unit, fundamental)
            if order > 1 and percent is not None:
                found[order] = max(found.get(order, 0.0), percent)
    return dict(sorted(found.items()))


def _percent(value: float, unit: str, fundamental: float | None) -> float | None:
    if unit == "%":
        return value
    return 100 * value / fundamental if fundamental else None


def _checks(
    plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, thd: dict[str, float]
) -> list[Finding]:
    found = (
        [_over_thd(plan, device, snapshot, thd)] if max(thd.values()) > plan.thd_voltage_limit_percent else []
    )
    found += _over_harmonics(plan, device, snapshot)
    found += _out_of_band(plan, device, snapshot)
    if device.role == "main_meter":
        found += _over_tdd(plan, device, snapshot)
    unbalance = unbalance_percent(snapshot)
    if unbalance is not None and unbalance > UNBALANCE_LIMIT_PERCENT:
        found.append(_unbalanced(plan, device, snapshot, unbalance))
    return found


def _over_thd(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, thd: dict[str, float]) -> Finding:
    phase, value = max(thd.items(), key=lambda item: item[1])
    load, limit = load_statement(plan, device, snapshot), plan.thd_voltage_limit_percent
    return Finding(
        "thd-voltage",
        "error",
        device.tag,
        f"The voltage {phase} at {device.tag} has a THD of {value:.1f} %, limit {limit:g} % ({load}).",
        tuple(Figure(f"thd_voltage_{name.lower()}", round(v, 2), "%") for name, v in thd.items()),
        Figure("limit", limit, "%"),
        plan.thd_clause,
        "Measure with all stations off for the grid's own share, then over a week before ordering filters.",
        phase,
    )


def _over_harmonics(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot) -> list[Finding]:
    load = load_statement(plan, device, snapshot)
    return [
        Finding(
            "harmonic-voltage",
            "error",
            device.tag,
            f"Order {order} of the voltage at {device.tag} is {value:.1f} %, "
            f"limit {HARMONIC_LIMITS[order]:g} % ({load}).",
            (Figure(f"h{order}", round(value, 2), "%"),),
            Figure("limit", HARMONIC_LIMITS[order], "%"),
            HARMONIC_CLAUSE,
            f"Measure order {order} with all stations off, then over a week.",
        )
        for order, value in harmonic_voltages(snapshot).items()
        if order in HARMONIC_LIMITS and value > HARMONIC_LIMITS[order]
    ]


def _out_of_band(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot) -> list[Finding]:
    nominal, found = _nominal_u0(plan.voltage_v), []
    for k in (1, 2, 3):
        value = snapshot.value(f"voltage_l{k}_n")
        if (
            value is not None
            and round(abs(value / nominal - 1) * 100, 9) > VOLTAGE_BAND_PERCENT
            and value > 0.2 * nominal
        ):
            found.append(
                Finding(
                    "voltage-band",
                    "error",
                    device.tag,
                    f"The voltage L{k}-N at {device.tag} is {value:.1f} V, outside {nominal:.0f} V ±10 % "
                    f"({load_statement(plan, device, snapshot)}).",
                    (Figure("voltage", round(value, 1), "V"),),
                    Figure("band", VOLTAGE_BAND_PERCENT, "%"),
                    VOLTAGE_CLAUSE,
                    "Ask the network operator (own transformer: let its tap be checked), then probe again.",
                    f"L{k}",
                )
            )
    return found


def _nominal_u0(voltage_v: float) -> float:
    """Return the nominal voltage to earth: 230 V in a 400 V system (IEC 60038), else U/√3."""
    return 230.0 if voltage_v == 400.0 else voltage_v / math.sqrt(3)


def _over_tdd(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot) -> list[Finding]:
    limit, load, shares = (
        plan.tdd_current_limit_percent,
        load_statement(plan, device, snapshot),
        tdd(plan, snapshot),
    )
    if not shares or max(shares.values()) <= limit:
        return []
    phase, value = max(shares.items(), key=lambda item: item[1])
    return [Finding(
        "tdd-current", "error", device.tag,
        f"The harmonic current on {phase} is {value:.1f} % of the demand current, over {limit:g} % ({load}).",
        tuple(Figure(f"tdd_{name.lower()}", round(v, 2), "%") for name, v in shares.items()),
        Figure("limit", limit, "%"), "IEEE 519-2022 5",
        "Find which stations bring it by letting them charge one group at a time.", phase,
    )]  # fmt: skip


def _unbalanced(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, value: float) -> Finding:
    return Finding(
        "voltage-unbalance",
        "error",
        device.tag,
        f"The voltage unbalance at {device.tag} is {value:.1f} %, over {UNBALANCE_LIMIT_PERCENT:g} % "
        f"({load_statement(plan, device, snapshot)}).",
        (Figure("unbalance", round(value, 2), "%"),),
        Figure("limit", UNBALANCE_LIMIT_PERCENT, "%"),
        UNBALANCE_CLAUSE,
        "Compare with all stations off; check how single-phase loads are spread.",
    )


def _neutral(device: PlannedDevice, snapshot: Snapshot) -> list[Finding]:
    neutral, phase = snapshot.value("current_n"), load_current(snapshot)
    if neutral is None or phase < 1.0 or neutral <= phase:
        return []
    return [Finding(
        "neutral-current", "warning", device.tag,
        f"The neutral of {device.tag} carries {neutral:.1f} A, more than any phase ({phase:.1f} A).",
        (Figure("current_n", round(neutral, 2), "A"),), Figure("phase", round(phase, 2), "A"),
        remedy="Check the cross-section of the neutral and the third harmonic of the load.",
    )]  # fmt: skip
