"""Values against one another: V·I, S, P, Q and PF of a phase, the parts against the totals. Pure.

Nothing here depends on how the meter is wired: a reversed or swapped current transformer changes angles,
and every angle is possible.
"""

import math
from collections.abc import Iterable, Iterator

from device_probe.plausibility.measured import Context, Measured, Values
from device_probe.plausibility.outcome import Outcome, borne_out, contradicted
from device_probe.plausibility.ranges import dead_below, phase_names, possible_v, title

SHARE = 0.05  # agreement expected of V·I, S, P, Q and PF of one phase
SHARE_APART = 0.5  # the same for values of several requests: the load may have changed in between
FACTOR_SHARE = 0.15  # more for the power factor, which some meters form without the harmonics
LEAST_FACTOR = 0.15  # hypot(P, Q) of a load that is nothing but distortion, as a share of V·I
FLOOR_VA = 5.0
PAIRS = (("l1_l2", 1, 2), ("l2_l3", 2, 3), ("l3_l1", 3, 1))


def relations(values: Values, context: Context) -> Iterator[Outcome]:
    """Check the values against one another."""
    for k in (1, 2, 3):
        yield from _phase(values, context, f"l{k}")
        yield from _triangle(values, f"l{k}")
    yield from _triangle(values, "total")
    yield from _power_sums(values)
    yield from _apparent_sum(values)
    yield from _total(values, context)
    yield from _line_to_line(values, context)
    yield from _means(values)
    yield from _twice(values)


def share_of(values: Values, names: Iterable[str]) -> float:
    """Return how well values must agree; less when they were read with several requests."""
    first = None
    for name in names:
        request = values[name].request if name in values else None
        if request is None or request == first:
            continue
        if first is not None:
            return SHARE_APART
        first = request
    return SHARE


def _phase(values: Values, context: Context, phase: str) -> Iterator[Outcome]:
    voltage, current = values.get(f"voltage_{phase}_n"), values.get(f"current_{phase}")
    if voltage is None or current is None:
        return
    names = (f"voltage_{phase}_n", f"current_{phase}")
    apparent = abs(voltage.value * current.value)
    slack = (
        abs(voltage.value) * (context.current_error_a + current.grain)
        + abs(current.value) * voltage.grain
        + FLOOR_VA
    )
    yield from _ceiling(values, context, phase, names, apparent, slack)
    yield from _apparent(values, context, phase, names, apparent, slack)
    if abs(current.value) >= context.sure_current_a:
        yield from _by_factor(values, context, phase, names, apparent, slack)
        yield from _floor(values, context, phase, names, apparent, slack)


def _ceiling(
    values: Values, context: Context, phase: str, names: tuple[str, str], apparent: float, slack: float
) -> Iterator[Outcome]:
    """P and Q together are at most V·I."""
    power, reactive = values.get(f"active_power_{phase}"), values.get(f"reactive_power_{phase}")
    parts = [item for item in (power, reactive) if item is not None]
    size = math.hypot(*(item.value for item in parts))
    limit = apparent * (1 + share_of(values, (*names, *_powers(values, phase)))) + slack
    if not parts or size <= limit + sum(item.grain for item in parts):
        return
    culprits = _culprits(values, phase, limit)
    needed = (size - slack) / (abs(values[names[1]].value) * (1 + SHARE) or 1e-9)
    culprit = _culprit_voltage(values, context, names, needed, at_least=True)
    what = " and ".join(
        "PQ"[name.startswith("reactive")] for name in culprits
    )  # the letters, as an electrician says them
    made = "make" if len(culprits) > 1 else "makes"
    words = f"on {phase.upper()} {what} {made} {size:.4g} VA but V·I only {apparent:.4g} VA"
    yield from contradicted(f"P, Q <= V·I {phase}", (*culprit, names[1], *culprits), words, "across")


def _culprit_voltage(
    values: Values, context: Context, names: tuple[str, str], needed: float, at_least: bool = False
) -> tuple[str, ...]:
    """Return the voltage where it may be to blame.

    When it is impossible itself, or when another possible voltage would put things right.
    """
    low, high = possible_v(context)
    possible = low <= values[names[0]].value <= high
    cure = needed <= high and (at_least or low <= needed)
    return () if possible and not cure else names[:1]


def _powers(values: Values, phase: str) -> tuple[str, ...]:
    return tuple(n for n in (f"active_power_{phase}", f"reactive_power_{phase}") if n in values)


def _culprits(values: Values, phase: str, limit: float) -> tuple[str, ...]:
    names = _powers(values, phase)
    alone = tuple(name for name in names if abs(values[name].value) > limit)
    return alone or names


def _apparent(
    values: Values, context: Context, phase: str, names: tuple[str, str], apparent: float, slack: float
) -> Iterator[Outcome]:
    """S is V·I; a meter that forms it from P and Q loses the distortion, never more."""
    name = f"apparent_power_{phase}"
    if name not in values:
        return
    size, all_names = abs(values[name].value), (*names, name)
    share, slack = share_of(values, all_names), slack + values[name].grain
    if size > apparent * (1 + share) + slack or size < apparent * min(0.3, 1 - share) - slack:
        words = f"on {phase.upper()} S reads {size:.4g} VA but V·I is {apparent:.4g} VA"
        culprit = _culprit_voltage(values, context, names, size / (abs(values[names[1]].value) or 1e-9))
        yield from contradicted(f"S = V·I {phase}", (*culprit, names[1], name), words, "across")
    elif apparent > 2 * slack and abs(size - apparent) <= SHARE * apparent + slack:
        yield from borne_out(f"S = V·I {phase}", all_names, "across")


def _by_factor(
    values: Values, context: Context, phase: str, names: tuple[str, str], apparent: float, slack: float
) -> Iterator[Outcome]:
    """P is V·I·PF."""
    wanted = (f"active_power_{phase}", f"power_factor_{phase}")
    if not all(name in values for name in wanted):
        return
    power, factor = (values[name] for name in wanted)
    expected, size = apparent * abs(factor.value), abs(power.value)
    share = share_of(values, (*names, *wanted))
    slack += apparent * factor.grain + power.grain
    high = expected + (share + FACTOR_SHARE) * apparent + slack
    if size > high or size < 0.5 * expected - share * apparent - slack:
        words = f"on {phase.upper()} P reads {power.value:.4g} W but V·I·PF is {expected:.4g} W"
        needed = size / (abs(values[names[1]].value * factor.value) or 1e-9)
        culprit = _culprit_voltage(values, context, names, needed)
        told = (
            wanted if size <= apparent * (1 + share) + slack else wanted[:1]
        )  # no factor makes P that great
        yield from contradicted(f"P = V·I·PF {phase}", (*culprit, names[1], *told), words, "across")
    elif expected > 2 * slack and abs(size - expected) <= SHARE * apparent + slack:
        yield from borne_out(f"P = V·I·PF {phase}", (*names, *wanted), "across")


def _floor(
    values: Values, context: Context, phase: str, names: tuple[str, str], apparent: float, slack: float
) -> Iterator[Outcome]:
    """P and Q together cannot vanish while current flows."""
    wanted = _powers(values, phase)
    if len(wanted) < len(names):
        return
    size = math.hypot(*(values[name].value for name in wanted))
    if size < LEAST_FACTOR * apparent - slack and share_of(values, (*names, *wanted)) == SHARE:
        words = f"on {phase.upper()} P and Q make only {size:.4g} VA where V·I is {apparent:.4g} VA"
        culprit = _culprit_voltage(values, context, names, 0.0)
        yield from contradicted(f"P, Q > 0 {phase}", (*culprit, names[1], *wanted), words, "across")


def _triangle(values: Values, phase: str) -> Iterator[Outcome]:
    """P and Q are at most S, and P is S·PF."""
    name = f"apparent_power_{phase}"
    parts = _powers(values, phase)
    if name not in values or not parts:
        return
    size, apparent = math.hypot(*(values[n].value for n in parts)), abs(values[name].value)
    share = share_of(values, (name, *parts))
    slack = 2 * FLOOR_VA + sum(values[n].grain for n in (name, *parts)) + 0.02 * apparent
    where = "in total" if phase == "total" else f"on {phase.upper()}"
    if size > apparent * (1 + share) + slack:
        words = f"{where} P and Q make {size:.4g} VA but S is {apparent:.4g} VA"
        culprits = _culprits(values, phase, apparent * (1 + share) + slack)
        yield from contradicted(f"P, Q <= S {phase}", (name, *culprits), words, "within")
    elif len(parts) > 1 and apparent > 3 * slack and abs(size - apparent) <= SHARE * apparent:
        yield from borne_out(f"P, Q <= S {phase}", (name, *parts), "within")
    factor = values.get(f"power_factor_{phase}")
    if factor and len(parts) and parts[0].startswith("active") and apparent > 3 * slack:
        power = abs(values[parts[0]].value)
        if power > slack and abs(power - apparent * abs(factor.value)) <= SHARE * apparent:
            names = (name, parts[0], f"power_factor_{phase}")
            yield from borne_out(f"P = S·PF {phase}", names, "within")


def _power_sums(values: Values) -> Iterator[Outcome]:
    """P of the phases make P in total, counted with their signs or without, or one direction alone."""
    for prefix in ("", "native_", "meter_"):
        names = tuple(f"{prefix}active_power_l{k}" for k in (1, 2, 3))
        total = f"{prefix}active_power_total"
        if total not in values or not all(name in values for name in names):
            continue
        parts = [values[name].value for name in names]
        size = sum(map(abs, parts))
        one_way = [sum(max(p, 0) for p in parts), sum(min(p, 0) for p in parts)]
        candidates = (sum(parts), size, *(candidate for candidate in one_way if candidate))
        share = share_of(values, (*names, total))
        slack = 4 * FLOOR_VA + values[total].grain + sum(values[name].grain for name in names)
        off = min(abs(values[total].value - candidate) for candidate in candidates)
        if off > 2 * share * size + slack:
            words = (
                f"P of the phases make {sum(parts):.4g} W but P in total reads {values[total].value:.4g} W"
            )
            yield from contradicted(f"sum {total}", (*names, total), words, "within")
        elif size > 4 * slack and off <= SHARE * size:
            yield from borne_out(f"sum {total}", (*names, total), "within")


def _apparent_sum(values: Values) -> Iterator[Outcome]:
    """S in total is what S of the phases make, or less where it is formed from P and Q."""
    names, total = tuple(f"apparent_power_l{k}" for k in (1, 2, 3)), "apparent_power_total"
    if total not in values or not all(name in values for name in names):
        return
    size, told = sum(abs(values[name].value) for name in names), abs(values[total].value)
    slack = 4 * FLOOR_VA + values[total].grain + sum(values[name].grain for name in names)
    if told > size * (1 + 2 * share_of(values, (*names, total))) + slack:
        words = f"S of the phases make {size:.4g} VA but S in total reads {told:.4g} VA"
        yield from contradicted(f"sum {total}", (*names, total), words, "within")
    elif size > 4 * slack and abs(told - size) <= SHARE * size:
        yield from borne_out(f"sum {total}", (*names, total), "within")


def _total(values: Values, context: Context) -> Iterator[Outcome]:
    """Where only P in total is told: it is at most the sum of V·I, and near it for a charger."""
    total = values.get("active_power_total")
    loaded = [k for k in (1, 2, 3) if f"current_l{k}" in values and f"voltage_l{k}_n" in values]
    if total is None or len(loaded) < context.phases or any(f"active_power_l{k}" in values for k in loaded):
        return
    names = tuple(f"current_l{k}" for k in loaded)
    voltages = tuple(f"voltage_l{k}_n" for k in loaded)
    apparent = sum(abs(values[v].value * values[i].value) for v, i in zip(voltages, names, strict=True))
    share = share_of(values, (*names, *voltages, "active_power_total"))
    slack = 4 * FLOOR_VA + total.grain + sum(
        abs(values[v].value) * (context.current_error_a + values[i].grain)
        for v, i in zip(voltages, names, strict=True)
    )  # fmt: skip
    size = abs(total.value)
    if size > apparent * (1 + 2 * share) + slack:
        words = f"P in total reads {total.value:.4g} W but V·I of the phases make only {apparent:.4g} VA"
        yield from contradicted("P <= V·I", (*names, "active_power_total"), words, "across")
    elif _too_little(context, values, names, size, apparent):
        words = f"P in total reads {total.value:.4g} W but V·I of the phases make {apparent:.4g} VA"
        yield from contradicted("P > 0", (*names, "active_power_total"), words, "across")
    elif apparent > 3 * slack and size >= 0.6 * apparent:
        yield from borne_out("P = V·I", (*names, *voltages, "active_power_total"), "across")


def _too_little(
    context: Context, values: Values, names: tuple[str, ...], size: float, apparent: float
) -> bool:
    charger = context.kind in ("ac_charger", "dc_charger", "inverter")
    loaded = [name for name in names if abs(values[name].value) >= context.sure_current_a]
    return charger and bool(loaded) and size < 0.1 * apparent


def _line_to_line(values: Values, context: Context) -> Iterator[Outcome]:
    """Two voltages to neutral and the one between them make a triangle."""
    dead = dead_below(values, context, phase_names("", values))
    for pair, first, second in PAIRS:
        names = (f"voltage_l{first}_n", f"voltage_l{second}_n", f"voltage_{pair}")
        if not all(name in values for name in names):
            continue
        one, other, line = (values[name].value for name in names)
        if min(one, other) <= max(dead, 1.0):
            continue
        if not 0.85 * abs(one - other) - 5 <= line <= 1.1 * (one + other) + 5:
            words = f"{title(names[2])} reads {line:.4g} V between {one:.4g} V and {other:.4g} V to neutral"
            yield from contradicted(f"triangle {pair}", names, words, "within")
        elif abs(line - math.sqrt(3) * (one + other) / 2) <= SHARE * line:
            yield from borne_out(f"triangle {pair}", names, "within")


def _means(values: Values) -> Iterator[Outcome]:
    """A mean lies between the least and the greatest."""
    triples = (
        ("voltage_ln_avg", [f"voltage_l{k}_n" for k in (1, 2, 3)], 2.0),
        ("voltage_ll_avg", [f"voltage_{pair}" for pair, _, _ in PAIRS], 2.0),
        ("current_avg", [f"current_l{k}" for k in (1, 2, 3)], 0.5),
    )
    for name, parts, slack in triples:
        if name not in values or not all(part in values for part in parts):
            continue
        sizes, mean = [abs(values[part].value) for part in parts], abs(values[name].value)
        share = 2 * share_of(values, (name, *parts))
        allowed = slack + max(item.grain for item in (values[name], values[parts[0]]))
        if not min(sizes) * (1 - share) - allowed <= mean <= max(sizes) * (1 + share) + allowed:
            of = ", ".join(f"{size:.4g}" for size in sizes)
            words = f"{title(name)} reads {mean:.4g}, which is no mean of {of}"
            yield from contradicted(f"mean {name}", (name, *parts), words, "within")
        elif mean > 4 * allowed and abs(mean - sum(sizes) / 3) <= 0.02 * mean:
            yield from borne_out(f"mean {name}", (name, *parts), "within")


def _twice(values: Values) -> Iterator[Outcome]:
    """A voltage that stands in a second block of registers is the same there."""
    for prefix in ("native_", "integer_"):
        for name in phase_names(prefix, values):
            plain = name.removeprefix(prefix)
            if plain not in values:
                continue
            one, other = values[plain], values[name]
            if abs(one.value - other.value) > 0.2 * max(abs(one.value), abs(other.value)) + 5 + other.grain:
                words = (
                    f"{title(plain)} reads {one.value:.4g} V in one place and {other.value:.4g} V in another"
                )
                yield from contradicted(f"twice {plain}", (plain, name), words, "within")
            elif one.value > 10 * _step(one, other):
                yield from borne_out(f"twice {plain}", (plain, name), "within")


def _step(one: Measured, other: Measured) -> float:
    return max(1.0, one.grain, other.grain)
