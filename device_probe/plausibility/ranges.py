"""One value against what is possible: voltages of any grid, 45 to 65 Hz, shares and factors. Pure."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from device_probe.plausibility.measured import Context, Values
from device_probe.plausibility.outcome import Outcome, borne_out, contradicted

DEAD_SHARE = 0.20  # of the nominal voltage; below this an input is without voltage, not wrongly decoded
VOLTAGE_BAND = (0.70, 1.30)
FREQUENCY_BAND_HZ = (45.0, 65.0)
# phase to neutral in the grids of this world, and what is possible at all where no plan says which it is
USUAL_V = ((85, 146), (170, 319), (338, 460))
POSSIBLE_V = (40.0, 480.0)
LINE_SHARE = 3**0.5
ALIKE = 1.15  # phases that differ by less than this have the same supply
MIN_LOW_V = 0.05
CURRENT_LIMIT_A = {"ac_charger": 130.0, "dc_charger": 2000.0, "inverter": 2000.0, "bess": 2000.0}
MAX_CURRENT_A = 12_000.0
OVER_CT = 2.5
VANISHING, ENDLESS = 1e-20, 1e13  # numbers between 0 and the first, or beyond the second, no device means
LIMITS = (
    (re.compile(r"(power_factor|cos_phi)_\w+"), -1.02, 1.02, "a power factor lies between -1 and 1"),
    (re.compile(r"thd_voltage_\w+|voltage_unbalance\w*"), 0, 100, "it lies between 0 and 100 %"),
    (re.compile(r"thd_(r_)?current_\w+|tdd_current"), 0, 2000, "no current is so distorted"),
    (re.compile(r"battery_so[ch]|vehicle_soc"), 0, 100.5, "a state of charge lies between 0 and 100 %"),
    (re.compile(r"(device|battery)_temperature"), -60, 150, "no device works at this temperature"),
    (re.compile(r"\w*active_energy_(import|export)\w*"), 0, 1e12, "no counter of a site holds this"),
    (re.compile(r"phase_angle_\w+"), -360, 360, "an angle lies between -360 and 360 degrees"),
    (re.compile(r"dc_voltage|battery_voltage"), -50, 3000, "no direct voltage of a site is like this"),
)


def ranges(values: Values, context: Context) -> Iterator[Outcome]:
    """Check every value for itself."""
    yield from _limits(values)
    for prefix in ("", "native_", "integer_", "meter_"):
        yield from _neutral_voltages(values, context, prefix)
    yield from _line_voltages(values, context)
    yield from _mean_voltages(values, context)
    yield from _frequencies(values, context)
    yield from _currents(values, context)


def phase_names(prefix: str, values: Values) -> list[str]:
    """Return the voltages to neutral of one block of registers."""
    return [name for k in (1, 2, 3) if (name := f"{prefix}voltage_l{k}_n") in values]


def dead_below(values: Values, context: Context, names: list[str]) -> float:
    """Return the voltage below which an input has none."""
    nominal = context.nominal_v or max((abs(values[name].value) for name in names), default=0.0)
    return max(DEAD_SHARE * nominal, MIN_LOW_V)


def possible_v(context: Context) -> tuple[float, float]:
    """Return the lowest and highest voltage to neutral that can be."""
    if context.nominal_v:
        return VOLTAGE_BAND[0] * context.nominal_v, VOLTAGE_BAND[1] * context.nominal_v
    if context.vt_v and context.vt_v > 2 * POSSIBLE_V[1]:  # behind voltage transformers
        return POSSIBLE_V[0], VOLTAGE_BAND[1] * context.vt_v
    return POSSIBLE_V


def has_supply(values: Values) -> bool:
    """Return True when something says that there is voltage: a frequency, or a current that flows."""
    frequency = values.get("frequency")
    if frequency and FREQUENCY_BAND_HZ[0] <= frequency.value <= FREQUENCY_BAND_HZ[1]:
        return True
    return flows(values)


def flows(values: Values) -> bool:
    """Return True when a phase carries current."""
    return any(0.5 <= values[f"current_l{k}"].value < MAX_CURRENT_A for k in (1, 2, 3)
               if f"current_l{k}" in values)  # fmt: skip


def _limits(values: Values) -> Iterator[Outcome]:
    for name, item in values.items():
        size = abs(item.value)
        if 0 < size < VANISHING or size > ENDLESS:
            yield from contradicted(f"size {name}", (name,), f"{title(name)} reads {item.value:.3g}")
            continue
        limit = _limit(name)
        if limit and not limit[0] - item.grain <= item.value <= limit[1] + item.grain:
            words = f"{title(name)} reads {item.value:.4g}, but {limit[2]}"
            yield from contradicted(f"range {name}", (name,), words)


@cache
def _limit(name: str) -> tuple[float, float, str] | None:
    return next(((low, high, why) for pattern, low, high, why in LIMITS if pattern.fullmatch(name)), None)


def _neutral_voltages(values: Values, context: Context, prefix: str) -> Iterator[Outcome]:
    names = phase_names(prefix, values)
    low = _low_together(values, context, names)
    dead = dead_below(values, context, names)
    for name in names:
        if name in low or abs(values[name].value) >= dead:
            yield from _voltage(name, values[name].value, 1.0, context)


def _low_together(values: Values, context: Context, names: list[str]) -> tuple[str, ...]:
    """Return voltages that are all as low as no supply is, and yet alike: wrongly scaled, not dead."""
    sizes = [abs(values[name].value) for name in names]
    if not sizes or max(sizes) >= possible_v(context)[0] or min(sizes) < MIN_LOW_V:
        return ()
    # what an open contactor leaves on the phases of a charger may be alike too
    charger = context.kind in ("ac_charger", "dc_charger") or len(names) < 3
    certain = flows(values) if charger else has_supply(values)
    return tuple(names) if certain and max(sizes) <= ALIKE * min(sizes) else ()


def _line_voltages(values: Values, context: Context) -> Iterator[Outcome]:
    names = [n for n in ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1") if n in values]
    low = _low_together(values, context, names)
    dead = dead_below(values, context, names)
    for name in names:
        if name in low or abs(values[name].value) >= max(dead, 1.0):
            yield from _voltage(name, values[name].value, LINE_SHARE, context, one_dead=True)


def _voltage(
    name: str, value: float, share: float, context: Context, one_dead: bool = False
) -> tuple[Outcome, ...]:
    low, high = possible_v(context)
    # between a live and a dead input a meter reads no more than a voltage to neutral
    if not share * low / (LINE_SHARE if one_dead else 1) <= value <= share * high:
        about = f" where about {share * context.nominal_v:.0f} V must be" if context.nominal_v else ""
        return contradicted(f"range {name}", (name,), f"{title(name)} reads {value:.4g} V{about}")
    usual = ((low, high),) if context.nominal_v else USUAL_V
    if any(first * share <= value <= last * share for first, last in usual):
        return borne_out(f"range {name}", (name,))
    return ()


def _mean_voltages(values: Values, context: Context) -> Iterator[Outcome]:
    high = possible_v(context)[1]
    for name in ("voltage_ln_avg", "voltage_ll_avg", "voltage_avg_system"):
        if name in values and not -1 <= values[name].value <= high * LINE_SHARE:
            words = f"{title(name)} reads {values[name].value:.4g} V"
            yield from contradicted(f"range {name}", (name,), words)


def _frequencies(values: Values, context: Context) -> Iterator[Outcome]:
    neutral = phase_names("", values)
    low, high = possible_v(context)
    live = any(low <= values[name].value <= high for name in neutral)
    for name in ("frequency", "frequency_l1", "native_frequency", "meter_frequency"):
        if name not in values:
            continue
        value = values[name].value
        if FREQUENCY_BAND_HZ[0] <= value <= FREQUENCY_BAND_HZ[1]:
            yield from borne_out(f"range {name}", (name,))
        elif value or (live and name == "frequency"):  # without voltage many devices read 0 Hz
            yield from contradicted(f"range {name}", (name,), f"the {title(name)} reads {value:.4g} Hz")


def _currents(values: Values, context: Context) -> Iterator[Outcome]:
    limit = CURRENT_LIMIT_A.get(context.kind, MAX_CURRENT_A)
    because = "which no device of this kind carries"
    if context.ct_a and OVER_CT * context.ct_a < limit:
        limit, because = OVER_CT * context.ct_a, f"with transformers for {context.ct_a:g} A"
    for name in (*(f"{p}current_l{k}" for p in ("", "native_") for k in (1, 2, 3)), "current_n"):
        if name in values and abs(values[name].value) > limit:
            words = f"{title(name)} reads {values[name].value:.4g} A, {because}"
            yield from contradicted(f"range {name}", (name,), words)


@lru_cache(maxsize=4096)
def title(name: str) -> str:
    """Return a quantity as people say it: voltage L1-N, active power total."""
    words = name.replace("_l1_l2", " L1-L2").replace("_l2_l3", " L2-L3").replace("_l3_l1", " L3-L1")
    words = re.sub(r"_l([123])_n", r" L\1-N", words)
    return re.sub(r"_l([123])\b", r" L\1", words).replace("_", " ")
