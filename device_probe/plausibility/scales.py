"""Wrong scales: which factor of ten, or which transformer ratio, makes the values fit one another. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from device_probe.diagnosis.transformers import LEAST_USUAL_A, STANDARD_PRIMARY_A
from device_probe.plausibility.measured import Context, Measured, Values
from device_probe.plausibility.mistakes import PROFILE_REMEDY, Mistake
from device_probe.plausibility.ranges import FREQUENCY_BAND_HZ, USUAL_V, VOLTAGE_BAND
from device_probe.profile import Profile

DECADES = (10.0, 100.0, 1000.0, 0.1, 0.01, 0.001)
PHASES = ("l1", "l2", "l3")
RATIO_SPREAD = 0.03
GREATEST_FACTOR = 1.02
FAMILIES = {
    "voltages": ("voltage_",),
    "native voltages": ("native_voltage_",),
    "integer voltages": ("integer_voltage_",),
    "currents": ("current_",),
    "powers": ("active_power_", "reactive_power_", "apparent_power_"),
    "active powers": ("active_power_",),
    "reactive powers": ("reactive_power_",),
    "apparent powers": ("apparent_power_",),
    "total powers": ("active_power_total", "reactive_power_total", "apparent_power_total"),
    "power factors": ("power_factor_", "cos_phi_"),
    "frequencies": ("frequency",),
}
LOADS = ("currents", "powers", "active powers", "reactive powers", "apparent powers", "total powers")
Factors = dict[str, float]  # family -> factor


def scales(profile: Profile, values: Values, context: Context) -> Iterator[Mistake]:
    """Return the scales that may be wrong so that these values come out."""
    needed = _needed(values, context)
    if needed:
        yield _scale(profile, values, needed)
    for family in LOADS:
        if not members(family, values):
            continue
        for factor in DECADES:
            yield _scale(profile, values, {**needed, family: factor})
    yield from _ratios(profile, values, context)


def scaled(values: Values, factors: Factors) -> dict[str, Measured]:
    """Return the values with their factors applied."""
    return {
        name: replace(item, value=item.value * factors[name], grain=item.grain * factors[name])
        if name in factors
        else item
        for name, item in values.items()
    }


def members(family: str, values: Values) -> tuple[str, ...]:
    """Return the quantities of one family; a second block of registers may have scales of its own."""
    return tuple(name for name in values if name.startswith(FAMILIES[family]))


def _needed(values: Values, context: Context) -> Factors:
    """Return the factors without which voltage, frequency and power factor cannot be what they say."""
    bands = ((VOLTAGE_BAND[0] * context.nominal_v, VOLTAGE_BAND[1] * context.nominal_v),) if (
        context.nominal_v
    ) else USUAL_V  # fmt: skip
    found = {
        f"{prefix}voltages".replace("_", " "): _factor(
            _sizes(values, [f"{prefix}voltage_{phase}_n" for phase in PHASES]), bands
        )
        for prefix in ("", "native_", "integer_")
    }
    found |= {
        "frequencies": _factor(_sizes(values, ["frequency"]), (FREQUENCY_BAND_HZ,)),
        "power factors": _share(_sizes(values, list(members("power factors", values)))),
    }
    return {family: factor for family, factor in found.items() if factor is not None}


def _sizes(values: Values, names: list[str]) -> list[float]:
    return [abs(values[name].value) for name in names if name in values and values[name].value]


def _factor(sizes: list[float], bands: tuple[tuple[float, float], ...]) -> float | None:
    if not sizes:
        return None
    size = median(sizes)
    if any(low <= size <= high for low, high in bands):
        return None
    return next((f for f in DECADES if any(low <= size * f <= high for low, high in bands)), None)


def _share(sizes: list[float]) -> float | None:
    if not sizes or max(sizes) <= GREATEST_FACTOR:
        return None
    return next((f for f in DECADES[3:] if max(sizes) * f <= GREATEST_FACTOR), None)


def _scale(profile: Profile, values: Values, by_family: Factors) -> Mistake:
    factors = {name: factor for family, factor in by_family.items() for name in members(family, values)}
    words = " and ".join(f"the {family} {_times(factor)}" for family, factor in by_family.items())
    remedy = f"{PROFILE_REMEDY}: scale of {words} - or the device's own setting of its units."
    return Mistake("scale", f"with {words}", remedy, profile, factors, len(by_family), words)


def _times(factor: float) -> str:
    return f"times {factor:g}" if factor >= 1 else f"divided by {1 / factor:g}"


def _ratios(profile: Profile, values: Values, context: Context) -> Iterator[Mistake]:
    """Currents before, powers behind the transformers, or the other way round."""
    ratio = _observed(values)
    if ratio is None:
        return
    known = context.ct_a / (context.ct_secondary_a or 5.0) if context.ct_a else None
    usual = [p for p in STANDARD_PRIMARY_A if p >= LEAST_USUAL_A]
    series = {p / s for p in usual for s in (5.0, 1.0)} - {10.0, 100.0, 1000.0}
    for candidate in [known] if known else sorted(series):
        for family, other, size in (("currents", "powers", ratio), ("powers", "currents", 1 / ratio)):
            if candidate > 1 and abs(size / candidate - 1) <= RATIO_SPREAD:
                yield _secondary(profile, values, candidate, family, other)


def _secondary(profile: Profile, values: Values, ratio: float, family: str, other: str) -> Mistake:
    factors = dict.fromkeys(members(family, values), ratio)
    words = f"with the {family} times {ratio:g}: they are secondary values, the {other} are primary ones"
    remedy = f"Set the transformers in the device so that all values are primary, or multiply by {ratio:g}."
    return Mistake("ct_ratio", words, remedy, profile, factors, 1, f"{family} times {ratio:g}")


def _observed(values: Values) -> float | None:
    """Return P or S of the phases divided by what V·I says they are."""
    found = []
    for phase in PHASES:
        voltage, current = values.get(f"voltage_{phase}_n"), values.get(f"current_{phase}")
        apparent, power = values.get(f"apparent_power_{phase}"), values.get(f"active_power_{phase}")
        factor = values.get(f"power_factor_{phase}")
        size = abs(voltage.value * current.value) if voltage and current else 0.0
        if size and apparent and apparent.value:
            found.append(abs(apparent.value) / size)
        elif size and power and factor and power.value and factor.value:
            found.append(abs(power.value / factor.value) / size)
    return median(found) if found else None
