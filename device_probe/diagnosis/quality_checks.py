"""Every value of power quality that one meter tells, held against its limit. Pure.

A value over its limit fails now, though the standards judge percentiles of averages over days: the note says
so. A value without a limit is information.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from device_probe.diagnosis import formulas
from device_probe.diagnosis.evidence import Meter
from device_probe.diagnosis.limits import (
    FREQUENCY_CLAUSE,
    FREQUENCY_PERCENT,
    LAST_ORDER,
    TDD_CLAUSE,
    VoltageLimits,
    current_limit,
)
from device_probe.diagnosis.quality_limits import Limits
from device_probe.diagnosis.quality_values import PHASES, largest_current, orders_of
from device_probe.judgement import Check

STATISTICAL = "one measurement; the standard judges averages over a longer time"
LOW_LOAD = "per cent of a small current says little; judged in amperes"
OWN = "limit of the network operator"
OWN_DEFINITION = "as the device tells it, by a definition of its own; the line-to-line voltages were not read"
CIGRE = "U2/U1 from the line-to-line voltages (CIGRE); the device tells no angles of the voltages"
OWN_TDD = "as the device tells it, by a demand current of its own"
OWN_K = "as the device tells it"
MEAN = "mean of the phases: one of them may be worse"
OWN_AVERAGE = "averaged by the device itself"
LINES = ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")
UNBALANCES = ("voltage_unbalance", "voltage_unbalance_ll", "voltage_unbalance_ln")
Values = Mapping[str, float]


def all_checks(meter: Meter, values: Values, limits: Limits) -> Iterator[Check]:
    """Hold every value against its limit."""
    standard = limits.standard
    yield from _voltages(meter, values, standard)
    yield from _frequency(values, limits)
    yield from _unbalance(values, standard)
    yield from _voltage_distortion(values, limits, standard)
    yield from _current_distortion(values, limits)
    yield from _neutral(values)
    yield from _demand(values)


def held(
    code: str, quantity: str, value: float, limit: float | None, unit: str, clause: str = "", note: str = ""
) -> Check:
    """Return one value held against its limit."""
    if limit is None:
        return Check(code, quantity, value, None, unit, "info", "", note)
    over = value > limit * (1 + 1e-9)
    return Check(
        code, quantity, value, limit, unit, "fail" if over else "pass", clause,
        "; ".join(filter(None, (note, STATISTICAL if over else ""))),
    )  # fmt: skip


def _voltages(meter: Meter, values: Values, standard: VoltageLimits | None) -> Iterator[Check]:
    nominal = {f"voltage_l{k}_n": meter.nominal_voltage_v for k in (1, 2, 3)}
    if not any(name in values for name in nominal):
        nominal = dict.fromkeys(LINES, meter.nominal_voltage_v * math.sqrt(3))
    for name in (name for name in nominal if name in values):
        off = 100 * abs(values[name] / nominal[name] - 1)
        limit, clause = (standard.band_percent, standard.clause_band) if standard else (None, "")
        note = f"{values[name]:.1f} V against {nominal[name]:.4g} V"
        yield held("voltage-band", name, off, limit, "%", clause, note)


def _frequency(values: Values, limits: Limits) -> Iterator[Check]:
    if "frequency" in values:
        off = 100 * abs(values["frequency"] / limits.nominal_frequency_hz - 1)
        limit = FREQUENCY_PERCENT if limits.voltage == "en50160" else None
        note = f"{values['frequency']:.2f} Hz"
        yield held("frequency", "frequency", off, limit, "%", FREQUENCY_CLAUSE, note)


def _unbalance(values: Values, standard: VoltageLimits | None) -> Iterator[Check]:
    lines = [values.get(name, 0.0) for name in LINES]
    if min(lines) <= 0:
        for name in UNBALANCES:
            if (own := values.get(name)) is not None:
                yield held("voltage-unbalance", name, own, None, "%", note=OWN_DEFINITION)
    elif _triangle(lines):
        limit, clause = (standard.unbalance_percent, standard.clause_unbalance) if standard else (None, "")
        value = formulas.unbalance_cigre(lines)
        yield held("voltage-unbalance", "voltage_unbalance", value, limit, "%", clause, CIGRE)


def _triangle(lines: Sequence[float]) -> bool:
    """Return True when three lengths can be the voltages between three conductors."""
    return 2 * max(lines) <= sum(lines)


def _voltage_distortion(values: Values, limits: Limits, standard: VoltageLimits | None) -> Iterator[Check]:
    last = LAST_ORDER[limits.voltage] if limits.voltage else 40
    known = False
    for phase in (*PHASES, *(name.removeprefix("voltage_") for name in LINES)):
        orders = orders_of(values, f"harmonic_voltage_{phase}")
        total, note = values.get(f"thd_voltage_{phase}"), ""
        if total is None and len(orders) > 1:
            counted = {h: v for h, v in orders.items() if 2 <= h <= last}
            total, note = math.hypot(*counted.values()), f"made of orders {_range(counted)}"
        if total is not None:
            known = True
            yield held("thd-voltage", f"thd_voltage_{phase}", total, limits.thd[0], "%", limits.thd[1], note)
        for order, percent in orders.items():
            if order > 1:
                yield _harmonic_voltage(phase, order, percent, limits, standard)
    if not known:
        for name in ("thd_voltage_ln_avg", "thd_voltage_ll_avg"):
            if (mean := values.get(name)) is not None:
                yield held("thd-voltage", name, mean, limits.thd[0], "%", limits.thd[1], MEAN)


def _range(orders: Mapping[int, float]) -> str:
    return f"{min(orders)} to {max(orders)}" if orders else "none"


def _harmonic_voltage(
    phase: str, order: int, percent: float, limits: Limits, standard: VoltageLimits | None
) -> Check:
    quantity = f"harmonic_voltage_{phase}_h{order}"
    if order in limits.harmonics:
        return held("harmonic-voltage", quantity, percent, limits.harmonics[order], "%", OWN)
    limit = standard.harmonics.get(order) if standard else None
    clause = standard.clause_harmonics if standard else ""
    return held("harmonic-voltage", quantity, percent, limit, "%", clause)


def _current_distortion(values: Values, limits: Limits) -> Iterator[Check]:
    for phase in PHASES:
        orders = orders_of(values, f"harmonic_current_{phase}")
        if (percent := _thd_current(values, phase)) is not None:
            yield held("thd-current", f"thd_current_{phase}", percent, None, "%", note=LOW_LOAD)
        rms, made_of = _harmonic_current(values, phase, orders)
        if rms is not None:
            yield _of_demand("tdd-current", f"tdd_current_{phase}", rms, limits.tdd, limits, made_of)
        for order, amperes in orders.items():
            if order > 1:
                yield _harmonic_of_demand(phase, order, amperes, limits)
        yield from _k_factor(values, phase, orders)
    if (own := values.get("tdd_current")) is not None:
        yield held("tdd-current", "tdd_current", own, None, "%", note=OWN_TDD)


def _thd_current(values: Values, phase: str) -> float | None:
    return values.get(f"thd_current_{phase}", values.get(f"thd_r_current_{phase}"))


def _harmonic_of_demand(phase: str, order: int, amperes: float, limits: Limits) -> Check:
    ratio = limits.isc_over_il if limits.judges_current else None
    limit = current_limit(order, ratio) if ratio else None
    return _of_demand("harmonic-current", f"harmonic_current_{phase}_h{order}", amperes, limit, limits)


def _k_factor(values: Values, phase: str, orders: Mapping[int, float]) -> Iterator[Check]:
    name = f"k_factor_{phase}"
    if len(orders) > 1 and 1 in orders:
        yield held("k-factor", name, formulas.k_factor(orders), None, "-", note=f"orders {_range(orders)}")
    elif (own := values.get(name)) is not None:
        yield held("k-factor", name, own, None, "-", note=OWN_K)


def _of_demand(
    code: str, quantity: str, amperes: float, limit: float | None, limits: Limits, said: str = ""
) -> Check:
    """Return a current in per cent of the demand current; in amperes where that is not known."""
    note = "" if limit is not None else _why_no_limit(limits)
    if not limits.il_a:
        return held(code, quantity, amperes, None, "A", note="; ".join(filter(None, (said, note))))
    note = "; ".join(filter(None, (f"{amperes:.3g} A of IL", said, note)))
    return held(code, quantity, 100 * amperes / limits.il_a, limit, "%", TDD_CLAUSE, note)


def _why_no_limit(limits: Limits) -> str:
    if limits.current != "ieee519":
        return "no limit was given"
    if not limits.at_connection:
        return "IEEE 519 holds at the connection point only"
    if not limits.il_a or not limits.isc_over_il:
        return "the demand current IL is not known" if not limits.il_a else "Isc/IL is not known"
    return "the standard has no limit for this order"


def _harmonic_current(values: Values, phase: str, orders: Mapping[int, float]) -> tuple[float | None, str]:
    """Return the rms of the harmonic currents in A and what it was made of: orders, else THD and current."""
    if len(orders) > 1 or (orders and 1 not in orders):
        counted = {h: v for h, v in orders.items() if 2 <= h <= LAST_ORDER["ieee519"]}
        return math.hypot(*counted.values()), f"orders {_range(counted)}"
    if (own := values.get(f"distortion_current_{phase}")) is not None:
        return own, "as the device tells it"
    percent, current = _thd_current(values, phase), values.get(f"current_{phase}")
    if percent is None or current is None:
        return None, ""
    return formulas.harmonic_rms(percent, abs(current)), "from THD and current"


def _neutral(values: Values) -> Iterator[Check]:
    thirds = [v for phase in PHASES if (v := values.get(f"harmonic_current_{phase}_h3")) is not None]
    triplen = formulas.neutral_triplen(thirds) if len(thirds) == len(PHASES) else None
    neutral, current = values.get("current_n"), largest_current(values)
    if neutral is not None and current:
        note = f"{neutral:.3g} A"
        if triplen is not None:
            note += f"; the third harmonics of the phases make {triplen:.3g} A of it"
        yield held("neutral-current", "current_n", 100 * abs(neutral) / current, None, "%", note=note)
    elif triplen is not None:
        note = "from the third harmonics of the phases; the neutral itself was not read"
        yield held("neutral-current", "current_n", triplen, None, "A", note=note)


def _demand(values: Values) -> Iterator[Check]:
    """Tell the currents that the device averages itself: IL is such an average, and never a single moment."""
    for phase in PHASES:
        for name in (f"current_demand_{phase}", f"current_demand_max_{phase}"):
            if (amperes := values.get(name)) is not None:
                yield held("demand-current", name, amperes, None, "A", note=OWN_AVERAGE)
