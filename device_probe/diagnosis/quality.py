"""Power quality of one meter's samples against limits. Pure; every result is indicative at its load.

A value over its limit fails now, though the standards judge percentiles of averages over days: the note says
so. A value without a limit is information.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from device_probe.diagnosis import formulas
from device_probe.diagnosis.evidence import Meter, Sample
from device_probe.diagnosis.limits import (
    FREQUENCY_CLAUSE,
    FREQUENCY_PERCENT,
    LAST_ORDER,
    TDD_CLAUSE,
    VOLTAGE,
    CurrentStandard,
    VoltageLimits,
    current_limit,
    tdd_limit,
)
from device_probe.judgement import Check as Check
from device_probe.judgement import QualityVerdict as QualityVerdict
from device_probe.model import VoltageStandard

Place = Literal["connection_point", "feeder", "station"]
MIN_DEMAND_SHARE = 0.10  # of IL; below it good values prove nothing
STATISTICAL = "one measurement; the standard judges averages over a longer time"
LOW_LOAD = "per cent of a small current says little; judged in amperes"
OWN = "limit of the network operator"
OWN_DEFINITION = "as the device tells it, by a definition of its own; the line-to-line voltages were not read"
PHASES = ("l1", "l2", "l3")
LINES = ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the values are held against."""

    voltage: VoltageStandard | None = None
    current: CurrentStandard | None = None
    isc_over_il: float | None = None
    il_a: float | None = None
    harmonics: Mapping[int, float] = field(default_factory=dict)  # voltage orders, a network operator's own
    measured_at: Place = "feeder"
    nominal_frequency_hz: float = 50.0


def judge_quality(meter: Meter, samples: Sequence[Sample], limits: Limits) -> QualityVerdict:
    """Judge what the samples say: the median of each quantity, the worst phase by itself."""
    values = _medians(samples)
    checks = tuple(_checks(meter, values, limits))
    statement = _statement(values, samples, limits)
    judged = [check for check in checks if check.verdict != "info"]
    failed = [check for check in judged if check.verdict == "fail"]
    if failed:
        worst = max(failed, key=lambda c: c.value / c.limit if c.limit else 0.0)
        return QualityVerdict("fail", f"{told(worst)} ({statement}).", _cure(worst), checks, statement)
    if not judged:
        return QualityVerdict(
            "inconclusive", f"Nothing was read that has a limit ({statement}).",
            "Give limits, or measure with a meter that reads distortion.", checks, statement,
        )  # fmt: skip
    if (needed := _missing_load(meter, values, limits)) is not None:
        return QualityVerdict(
            "inconclusive", f"All {len(judged)} values are within their limits, but the load is too small "
            f"({statement}).", f"Let stations charge until {needed:.3g} A flow, then measure again.", checks,
            statement,
        )  # fmt: skip
    reason = f"All {len(judged)} values are within their limits ({statement})."
    return QualityVerdict("pass", reason, "", checks, statement)


def told(check: Check) -> str:
    """Return a value and its limit in words."""
    return f"{check.quantity} is {check.value:.3g} {check.unit}, limit {check.limit:g} {check.unit}"


def _cure(check: Check) -> str:
    if check.code in ("tdd-current", "harmonic-current"):
        return "Find which stations bring it by letting them charge one group at a time."
    if check.code == "voltage-unbalance":
        return "Compare with all stations off; check how single-phase loads are spread."
    if check.code in ("voltage-band", "frequency"):
        return "Ask the network operator (own transformer: let its tap be checked), then measure again."
    return "Measure with all stations off for the grid's own share, then over a week."


def _medians(samples: Sequence[Sample]) -> dict[str, float]:
    names = {name for sample in samples for name in sample.readings}
    found: dict[str, float] = {}
    for name in sorted(names):
        values = [value for sample in samples if (value := sample.number(name)) is not None]
        if values:
            found[name] = statistics.median(values)
    return found


def _current(values: Mapping[str, float]) -> float | None:
    currents = [abs(values[name]) for k in (1, 2, 3) if (name := f"current_l{k}") in values]
    return max(currents, default=None)


def _missing_load(meter: Meter, values: Mapping[str, float], limits: Limits) -> float | None:
    """Return the current that has to flow before good values prove something; None: enough flows."""
    needed = MIN_DEMAND_SHARE * limits.il_a if limits.il_a else meter.min_current_a
    current = _current(values)
    return None if current is not None and current >= needed else needed


def _statement(values: Mapping[str, float], samples: Sequence[Sample], limits: Limits) -> str:
    current = _current(values)
    load = "an unknown load" if current is None else f"{current:.3g} A"
    if current is not None and limits.il_a:
        load += f" of {limits.il_a:g} A"
    span = f", {samples[0].at} to {samples[-1].at}" if len(samples) > 1 and samples[0].at else ""
    return f"indicative at {load}, {len(samples)} samples{span}"


def _checks(meter: Meter, values: Mapping[str, float], limits: Limits) -> Iterator[Check]:
    standard = VOLTAGE[limits.voltage] if limits.voltage else None
    yield from _voltages(meter, values, standard)
    yield from _frequency(values, limits)
    yield from _unbalance(values, standard)
    yield from _voltage_distortion(values, limits, standard)
    yield from _current_distortion(values, limits)
    yield from _neutral(values)


def _held(
    code: str, quantity: str, value: float, limit: float | None, unit: str, clause: str = "", note: str = ""
) -> Check:
    if limit is None:
        return Check(code, quantity, value, None, unit, "info", "", note)
    over = value > limit * (1 + 1e-9)
    return Check(
        code, quantity, value, limit, unit, "fail" if over else "pass", clause,
        "; ".join(filter(None, (note, STATISTICAL if over else ""))),
    )  # fmt: skip


def _voltages(meter: Meter, values: Mapping[str, float], standard: VoltageLimits | None) -> Iterator[Check]:
    nominal = {f"voltage_l{k}_n": meter.nominal_voltage_v for k in (1, 2, 3)}
    if not any(name in values for name in nominal):
        nominal = dict.fromkeys(LINES, meter.nominal_voltage_v * math.sqrt(3))
    for name in (name for name in nominal if name in values):
        off = 100 * abs(values[name] / nominal[name] - 1)
        limit, clause = (standard.band_percent, standard.clause_band) if standard else (None, "")
        note = f"{values[name]:.1f} V against {nominal[name]:.4g} V"
        yield _held("voltage-band", name, off, limit, "%", clause, note)


def _frequency(values: Mapping[str, float], limits: Limits) -> Iterator[Check]:
    if "frequency" in values:
        off = 100 * abs(values["frequency"] / limits.nominal_frequency_hz - 1)
        limit = FREQUENCY_PERCENT if limits.voltage == "en50160" else None
        note = f"{values['frequency']:.2f} Hz"
        yield _held("frequency", "frequency", off, limit, "%", FREQUENCY_CLAUSE, note)


def _unbalance(values: Mapping[str, float], standard: VoltageLimits | None) -> Iterator[Check]:
    lines = [values.get(name, 0.0) for name in LINES]
    if min(lines) <= 0:
        if (own := values.get("voltage_unbalance")) is not None:
            yield _held("voltage-unbalance", "voltage_unbalance", own, None, "%", note=OWN_DEFINITION)
    elif _triangle(lines):
        limit, clause = (standard.unbalance_percent, standard.clause_unbalance) if standard else (None, "")
        yield _held(
            "voltage-unbalance", "voltage_unbalance", formulas.unbalance_cigre(lines), limit, "%", clause,
            "U2/U1 from the line-to-line voltages (CIGRE)",
        )  # fmt: skip


def _triangle(lines: Sequence[float]) -> bool:
    """Return True when three lengths can be the voltages between three conductors."""
    return 2 * max(lines) <= sum(lines)


def _voltage_distortion(
    values: Mapping[str, float], limits: Limits, standard: VoltageLimits | None
) -> Iterator[Check]:
    last = LAST_ORDER[limits.voltage] if limits.voltage else 40
    for phase in (*PHASES, *(name.removeprefix("voltage_") for name in LINES)):
        orders = _orders(values, f"harmonic_voltage_{phase}")
        total = values.get(f"thd_voltage_{phase}")
        if total is None and len(orders) > 1:
            total = math.hypot(*(v for h, v in orders.items() if 2 <= h <= last))
        if total is not None:
            limit, clause = (standard.thd_percent, standard.clause_thd) if standard else (None, "")
            yield _held("thd-voltage", f"thd_voltage_{phase}", total, limit, "%", clause)
        for order, percent in orders.items():
            if order > 1:
                yield _harmonic_voltage(phase, order, percent, limits, standard)


def _harmonic_voltage(
    phase: str, order: int, percent: float, limits: Limits, standard: VoltageLimits | None
) -> Check:
    quantity = f"harmonic_voltage_{phase}_h{order}"
    if order in limits.harmonics:
        return _held("harmonic-voltage", quantity, percent, limits.harmonics[order], "%", OWN)
    limit = standard.harmonics.get(order) if standard else None
    clause = standard.clause_harmonics if standard else ""
    return _held("harmonic-voltage", quantity, percent, limit, "%", clause)


def _current_distortion(values: Mapping[str, float], limits: Limits) -> Iterator[Check]:
    ratio = limits.isc_over_il if _judges_current(limits) else None
    for phase in PHASES:
        orders = _orders(values, f"harmonic_current_{phase}")
        rms = _harmonic_current(values, phase, orders)
        if (percent := values.get(f"thd_current_{phase}")) is not None:
            yield _held("thd-current", f"thd_current_{phase}", percent, None, "%", note=LOW_LOAD)
        if rms is not None:
            limit = tdd_limit(ratio) if ratio else None
            yield _of_demand("tdd-current", f"tdd_current_{phase}", rms, limit, limits)
        for order, amperes in orders.items():
            if order > 1:
                limit = current_limit(order, ratio) if ratio else None
                quantity = f"harmonic_current_{phase}_h{order}"
                yield _of_demand("harmonic-current", quantity, amperes, limit, limits)
        if len(orders) > 1 and 1 in orders:
            yield _held("k-factor", f"k_factor_{phase}", formulas.k_factor(orders), None, "-")


def _of_demand(code: str, quantity: str, amperes: float, limit: float | None, limits: Limits) -> Check:
    """Return a current in per cent of the demand current; in amperes where that is not known."""
    note = "" if limit is not None else _why_no_limit(limits)
    if not limits.il_a:
        return _held(code, quantity, amperes, None, "A", note=note)
    note = "; ".join(filter(None, (f"{amperes:.3g} A of IL", note)))
    return _held(code, quantity, 100 * amperes / limits.il_a, limit, "%", TDD_CLAUSE, note)


def _judges_current(limits: Limits) -> bool:
    return limits.current == "ieee519" and limits.measured_at == "connection_point" and bool(limits.il_a)


def _why_no_limit(limits: Limits) -> str:
    if limits.current != "ieee519":
        return "no limit was given"
    if limits.measured_at != "connection_point":
        return "IEEE 519 holds at the connection point only"
    if not limits.il_a or not limits.isc_over_il:
        return "the demand current IL is not known" if not limits.il_a else "Isc/IL is not known"
    return "the standard has no limit for this order"


def _harmonic_current(values: Mapping[str, float], phase: str, orders: Mapping[int, float]) -> float | None:
    """Return the rms of the harmonic currents in amperes: from the orders, else from THD and current."""
    if len(orders) > 1 or (orders and 1 not in orders):
        return math.hypot(*(v for h, v in orders.items() if 2 <= h <= LAST_ORDER["ieee519"]))
    percent, current = values.get(f"thd_current_{phase}"), values.get(f"current_{phase}")
    return None if percent is None or current is None else formulas.harmonic_rms(percent, abs(current))


def _orders(values: Mapping[str, float], prefix: str) -> dict[int, float]:
    found = {
        int(order): value
        for name, value in values.items()
        if name.startswith(f"{prefix}_h") and (order := name.removeprefix(f"{prefix}_h")).isdecimal()
    }
    return dict(sorted(found.items()))


def _neutral(values: Mapping[str, float]) -> Iterator[Check]:
    thirds = [v for phase in PHASES if (v := values.get(f"harmonic_current_{phase}_h3")) is not None]
    triplen = formulas.neutral_triplen(thirds) if len(thirds) == len(PHASES) else None
    neutral, current = values.get("current_n"), _current(values)
    if neutral is not None and current:
        note = f"{neutral:.3g} A"
        if triplen is not None:
            note += f"; the third harmonics of the phases make {triplen:.3g} A of it"
        yield _held("neutral-current", "current_n", 100 * abs(neutral) / current, None, "%", note=note)
    elif triplen is not None:
        note = "from the third harmonics of the phases; the neutral itself was not read"
        yield _held("neutral-current", "current_n", triplen, None, "A", note=note)
